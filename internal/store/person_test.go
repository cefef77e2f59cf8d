package store_test

import (
	"database/sql"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/pgtest"
	"duban/internal/store/storetest"
)

// inhabited is a database in which a person did everything that leaves a trace.
func inhabited(t *testing.T, path, id string) (*store.Store, issue.Policy, time.Time) {
	t.Helper()
	s, p, start := storetest.OpenAt(t, path), storetest.Supervised(t), storetest.At(t, "2026-03-02 09:00")
	storetest.Lives(t, s, p, start, 120, 7)
	storetest.Write(t, s, start, func(tx *store.Tx) error {
		for _, n := range []int64{1, 0} {
			ph := store.Photo{IssueID: n, Kind: store.PhotoBefore, SHA256: fmt.Sprint(n), File: fmt.Sprint(n, ".jpg"), Person: id, Conversation: "person/" + id}
			if err := tx.AddPhoto(&ph); err != nil {
				return err
			}
		}
		code := func() error { _, err := tx.NewCode(store.CodePerson, id, time.Hour); return err }
		draw, err := store.NewSnapshot(store.SnapshotLookBack, start, start, "v", map[string]any{"Last": id}, "")
		draw.Person = id
		a := issue.Adjustment{Unit: "zhaoyang", Points: 50, Reason: "配合", Person: id, Chat: "office"}
		for _, step := range []func() error{
			func() error { return err },
			func() error { return tx.KeepSnapshot(&draw) },
			func() error { return tx.AddVisit(store.Visit{Place: "金水湾小区", Person: id, Note: "正常"}) },
			func() error { return tx.AddAdjustment(&a) },
			func() error {
				return tx.AddBatch(&store.Batch{State: store.BatchWaiting, Name: "测评", Person: id, Conversation: "person/" + id}, start)
			},
			func() error { return tx.AddAwait(store.Await{Message: "m", Person: id, IssueID: 1}, start) },
			func() error {
				return tx.BindPerson(store.PersonBinding{Channel: "wechat", Session: "s", Sender: "@" + id, Person: id, How: "code"})
			},
			func() error { return tx.Audit("chen_jing", "unbind_person", id+" wechat") },
			func() error { return tx.Audit("chen_jing", "new_code", "李强") },
			code,
			func() error {
				return tx.Send(store.Out{To: store.ToPerson(id), Text: "请李强", Dedup: "summary/1/person/" + id})
			},
			func() error {
				return tx.Send(store.Out{To: store.ToChat("inspect"), Text: "请处理", Mentions: []string{id}})
			},
			func() error { return tx.Send(store.Out{To: store.ToChat("leaders"), Text: "昭阳街道 李强"}) },
		} {
			if err := step(); err != nil {
				return err
			}
		}
		due, err := tx.DueOutgoing(10)
		for _, o := range due {
			if err := tx.MarkSent(o.ID); err != nil {
				return err
			}
		}
		return err
	})
	return s, p, start
}

// counted is all that scores are made of.
func counted(t *testing.T, s *store.Store, reg *issue.Register, start time.Time) (out []any) {
	t.Helper()
	storetest.Read(t, s, start, func(tx *store.Tx) error {
		for week := range 6 {
			from := start.AddDate(0, 0, 7*week)
			facts, err := tx.Facts(from, from.AddDate(0, 0, 7), "")
			if err != nil {
				return err
			}
			deeds, err := tx.Deeds(reg, from, from.AddDate(0, 0, 7), true)
			if err != nil {
				return err
			}
			reviews, err := tx.Reviews(from, from.AddDate(0, 0, 7))
			if err != nil {
				return err
			}
			accounts, err := tx.Ranking(reg, reg.Scoring, from, from.AddDate(0, 0, 7))
			if err != nil {
				return err
			}
			out = append(out, facts, deeds, reviews, accounts)
		}
		return nil
	})
	return out
}

// TestErasure: of a person who has left nothing tells who it was, in no table, and every score and every history is what it was.
func TestErasure(t *testing.T) {
	for _, id := range []string{"li_qiang", "zhang_min"} { // who had it put right, and who found and reviewed it
		t.Run(id, func(t *testing.T) { erased(t, id) })
	}
}

func erased(t *testing.T, id string) {
	path := filepath.Join(t.TempDir(), "duban.db")
	s, p, start := inhabited(t, path, id)
	if left := holding(t, path, id); len(left) < 14 {
		t.Fatalf("the person stands only in %v", left)
	}
	p.Reg.People = slices.DeleteFunc(p.Reg.People, func(q issue.Person) bool { return q.ID == id })
	before := counted(t, s, p.Reg, start)
	var alias string
	storetest.Write(t, s, start.AddDate(1, 0, 0), func(tx *store.Tx) (err error) {
		if alias, err = tx.Alias(); err != nil {
			return err
		}
		touched, err := tx.TouchedIssues(id)
		if err != nil || len(touched) < 50 {
			t.Errorf("%d issues, %v", len(touched), err)
		}
		if err := tx.RenameInIssues(touched, id, alias); err != nil {
			return err
		}
		return tx.ErasePerson(id, "李强", alias, nil)
	})
	if left := holding(t, path, id); len(left) > 0 {
		t.Errorf("the id stands in %v", left)
	}
	if left := holding(t, path, "李强"); len(left) > 0 {
		t.Errorf("the name stands in %v", left)
	}
	if left := holding(t, path, alias); !slices.Contains(left, "audit.detail") || !slices.Contains(left, "events.details") {
		t.Errorf("the alias stands in %v", left)
	}
	if diff := cmp.Diff(before, counted(t, s, p.Reg, start), cmp.Comparer(func(a, b *big.Rat) bool { return a.Cmp(b) == 0 })); diff != "" {
		t.Errorf("scores (-before +after)\n%s", diff)
	}
	storetest.Read(t, s, start, func(tx *store.Tx) error {
		for i, err := range tx.EachIssue(store.Filter{}) {
			if err != nil {
				return err
			}
			events, err := tx.Events(i.ID)
			if err != nil {
				return err
			}
			if diff := cmp.Diff(i, issue.Rebuild(events)); diff != "" {
				t.Fatalf("#%d (-row +events)\n%s", i.ID, diff)
			}
		}
		next, err := tx.Alias()
		if next == alias {
			t.Errorf("the next one is %s too", next)
		}
		return err
	})
}

// holding lists the columns in which a word stands.
func holding(t *testing.T, path, word string) (out []string) {
	t.Helper()
	db, contains := storetest.Raw(t, path), "instr(CAST(%s AS TEXT), ?)"
	if pgtest.Server() != "" {
		contains = "strpos(CAST(%s AS TEXT), $1)"
	}
	for _, c := range columns(t, db) {
		table, column, _ := strings.Cut(c, ".")
		var n int
		if err := db.QueryRow("SELECT COUNT(*) FROM "+table+" WHERE "+fmt.Sprintf(contains, column)+" > 0", word).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			out = append(out, c)
		}
	}
	return out
}

// columns lists all columns of the schema as table.column.
func columns(t *testing.T, db *sql.DB) (out []string) {
	t.Helper()
	query := `SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid`
	if pgtest.Server() != "" {
		query = "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
	}
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var c string
		if err := rows.Scan(&c); err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestRecords: a person gets what the tables say of them, and of others only that they are others.
func TestRecords(t *testing.T) {
	const id = "li_qiang"
	s, _, start := inhabited(t, filepath.Join(t.TempDir(), "duban.db"), id)
	storetest.Read(t, s, start, func(tx *store.Tx) error {
		records, err := tx.Records(id)
		var tables []string
		for _, r := range records {
			tables = append(tables, r.Table)
			for _, row := range r.Rows {
				if len(row) != len(r.Columns) {
					t.Fatalf("%s: %v under %v", r.Table, row, r.Columns)
				}
				text := fmt.Sprint(row...)
				if strings.Contains(text, "zhang_min") || strings.Contains(text, "chen_jing") || !strings.Contains(text, "本人") {
					t.Errorf("%s: %s", r.Table, text)
				}
			}
		}
		// The random lives may leave no judgement of this person's.
		want := []string{"issues", "events", "judgements", "photos", "awaits", "visits", "adjustments", "snapshots", "batches", "audit", "person_bindings", "codes"}
		if diff := cmp.Diff(want, tables); diff != "" && !slices.Equal(slices.DeleteFunc(want, func(s string) bool { return s == "judgements" }), tables) {
			t.Errorf("tables (-want +got)\n%s", diff)
		}
		if none, _ := tx.Records("nobody"); len(none) > 0 {
			t.Errorf("of nobody: %+v", none)
		}
		return err
	})
}

// TestPrivacyListsEveryColumn: docs/privacy.md tells of every column of the schema what it holds, and says 人员编号 of exactly those that
// exports and erasures know. Who adds a column says there whether it may tell something about people.
func TestPrivacyListsEveryColumn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "duban.db")
	storetest.OpenAt(t, path)
	db := storetest.Raw(t, path)
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "privacy.md"))
	if err != nil {
		t.Fatal(err)
	}
	var listed, persons []string
	table := ""
	for line := range strings.Lines(string(text)) {
		if m := regexp.MustCompile("^#### `([a-z_]+)`").FindStringSubmatch(line); m != nil {
			table = m[1]
		}
		m := regexp.MustCompile("^\\| (`[^|]*`) \\| ([^|]*) \\|").FindStringSubmatch(line)
		if m == nil || table == "" {
			continue
		}
		for _, c := range regexp.MustCompile("`([a-z_0-9]+)`").FindAllStringSubmatch(m[1], -1) {
			listed = append(listed, table+"."+c[1])
			if strings.HasPrefix(m[2], "人员编号") {
				persons = append(persons, table+"."+c[1])
			}
		}
	}
	slices.Sort(listed)
	have := columns(t, db)
	slices.Sort(have)
	if diff := cmp.Diff(have, listed); diff != "" {
		t.Errorf("docs/privacy.md lists other columns than the schema has (-schema +document)\n%s", diff)
	}
	slices.Sort(persons)
	if diff := cmp.Diff(store.PersonColumns(), persons); diff != "" {
		t.Errorf("docs/privacy.md says 人员编号 of other columns than person.go knows (-code +document)\n%s", diff)
	}
}
