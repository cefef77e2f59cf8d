package store

import (
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"duban/internal/issue"
	"duban/internal/store/pgtest"
)

// served is a store on the server, another way into its database, and its address.
func served(t *testing.T) (s *Store, other *sql.DB, address string) {
	t.Helper()
	pgtest.NeedsServer(t)
	path := filepath.Join(t.TempDir(), "duban.db")
	s, err := openAt(t, path)
	if err != nil {
		t.Fatal(err)
	}
	address = pgtest.Place(t, path)
	if other, err = sql.Open("pgx", address); err != nil {
		t.Fatal(err)
	}
	other.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = other.Close() })
	return s, other, address
}

// cut ends all connections to a database but the one that says it.
func cut(t *testing.T, other *sql.DB) {
	t.Helper()
	var n int
	err := other.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM (SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "+
		"WHERE datname = current_database() AND pid <> pg_backend_pid()) AS ended").Scan(&n)
	if err != nil || n == 0 {
		t.Fatalf("%d connections ended, %v", n, err)
	}
}

// noted lists the rows that note has written.
func noted(t *testing.T, s *Store) []string {
	t.Helper()
	var out []string
	err := s.Read(t.Context(), time.UnixMicro(1), func(tx *Tx) error {
		return tx.db.Model(&ChatBinding{}).Order("chat").Pluck("chat", &out).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestServerThatWasAway: who comes after the connections were lost notices nothing, whether it writes, reads, tries the disk or asks
// without a transaction.
func TestServerThatWasAway(t *testing.T) {
	s, other, _ := served(t)
	now := time.UnixMicro(1)
	if err := s.Write(t.Context(), now, noting("before")); err != nil {
		t.Fatal(err)
	}
	for range readers { // so that all connections are open
		noted(t, s)
	}
	for name, use := range map[string]func() error{
		"write": func() error { return s.Write(t.Context(), now, noting("after")) },
		"read": func() error {
			return s.Read(t.Context(), now, func(tx *Tx) error { _, err := tx.ChatBindings(); return err })
		},
		"probe":  func() error { return s.Probe(t.Context(), now) },
		"counts": func() error { _, err := s.Holds(t.Context()); return err },
	} {
		cut(t, other)
		if err := use(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := noted(t, s); !slices.Equal(got, []string{"after", "before"}) {
		t.Errorf("kept: %v", got)
	}
}

// TestServerIsLostInTheMiddle: of a transaction whose connection is lost nothing is kept, everybody who shares its commit is told that it
// may be tried again, and the next one can write.
func TestServerIsLostInTheMiddle(t *testing.T) {
	pgtest.NeedsServer(t)
	c := together(t, map[string]func(*Tx) error{
		"cut": func(tx *Tx) error {
			if err := note(tx, "cut"); err != nil {
				return err
			}
			return tx.db.Exec("SELECT pg_terminate_backend(pg_backend_pid())").Error
		},
	})
	for _, name := range []string{"first", "cut"} {
		if err := c.errs[name]; err == nil || !Passing(err) || c.kept(name) {
			t.Errorf("%s: %v, kept: %v", name, err, c.kept(name))
		}
	}
	if err := c.Write(t.Context(), time.UnixMicro(1), noting("next")); err != nil || !c.kept("next") {
		t.Errorf("the next one: %v", err)
	}
	err := c.Read(t.Context(), time.UnixMicro(1), func(tx *Tx) error {
		return tx.db.Exec("SELECT pg_terminate_backend(pg_backend_pid())").Error
	})
	if !Passing(err) {
		t.Errorf("a reader: %v", err)
	}
	noted(t, c.Store)
}

// TestLostAnswerOfACommit: when the connection is lost before the commit is answered, the server is asked what it has kept.
func TestLostAnswerOfACommit(t *testing.T) {
	s, other, _ := served(t)
	c := s.writer.ConnPool.(*conn)
	for _, kept := range []bool{true, false} {
		name, err := c.dialect.begin(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if err := note(newTx(on(t.Context(), s.writer, c), time.UnixMicro(1)), fmt.Sprint(kept)); err != nil {
			t.Fatal(err)
		}
		if kept {
			if err := c.run("COMMIT"); err != nil {
				t.Fatal(err)
			}
		}
		cut(t, other)
		if err := (&batch{conn: c, name: name}).committed(); (err == nil) != kept {
			t.Errorf("kept: %v, told: %v", kept, err)
		}
	}
	if got := noted(t, s); !slices.Equal(got, []string{"true"}) {
		t.Errorf("kept: %v", got)
	}
}

// TestFailureThatWasOverlooked: the server keeps nothing of a transaction after one of its statements has failed, so that nobody may be
// told that it did; others who share the commit are not hurt.
func TestFailureThatWasOverlooked(t *testing.T) {
	pgtest.NeedsServer(t)
	overlooks := func(name string) func(*Tx) error {
		return func(tx *Tx) error {
			err := note(tx, name)
			_ = tx.db.Exec("SELECT nothing FROM nowhere").Error
			return err
		}
	}
	c := together(t, map[string]func(*Tx) error{"overlooks": overlooks("overlooks"), "other": noting("other")})
	if c.errs["overlooks"] == nil || c.kept("overlooks") || c.errs["other"] != nil || !c.kept("other") || !c.kept("first") {
		t.Errorf("%v, kept: %v, %v, %v", c.errs, c.kept("overlooks"), c.kept("other"), c.kept("first"))
	}
	if err := c.Write(t.Context(), time.UnixMicro(1), overlooks("alone")); err == nil || c.kept("alone") {
		t.Errorf("alone: %v, kept: %v", err, c.kept("alone"))
	}
}

// TestTwoProcessesOnOneServer: what two stores write at the same time is neither doubled nor lost: an arrival and a slot belong to one
// of them, numbers run on without a gap, and no error says that the other was there.
func TestTwoProcessesOnOneServer(t *testing.T) {
	one, _, address := served(t)
	two, err := Open(t.Context(), address, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer two.Close()
	const rounds = 40
	var mu sync.Mutex
	arrived, ran, numbers := map[int]int{}, map[int]int{}, map[int64]int{}
	var all sync.WaitGroup
	for _, s := range []*Store{one, two, one, two} { // two of each, which share commits
		all.Go(func() {
			for n := range rounds {
				var isNew, claimed bool
				var number int64
				now := time.UnixMicro(int64(n + 1))
				err := s.Write(t.Context(), now, func(tx *Tx) (err error) {
					if isNew, err = tx.AddArrival(&Arrival{Channel: "net", MessageID: fmt.Sprint(n), Body: "{}"}); err != nil {
						return err
					}
					if claimed, err = tx.ClaimRun("ranking", now, RunDone, ""); err != nil {
						return err
					}
					if number, err = tx.NewIssueNumber(); err != nil {
						return err
					}
					row := issueRow{ID: number, Text: "一", Status: string(issue.Reported), Seq: 1}
					return tx.db.Create(&row).Error
				})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				if isNew {
					arrived[n]++
				}
				if claimed {
					ran[n]++
				}
				numbers[number]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for n := range rounds {
		if arrived[n] != 1 || ran[n] != 1 {
			t.Errorf("%d: %d arrivals, %d runs", n, arrived[n], ran[n])
		}
	}
	sorted := slices.Sorted(maps.Keys(numbers))
	if len(sorted) != 4*rounds || sorted[len(sorted)-1] != 4*rounds {
		t.Errorf("%d numbers up to %d, want %d", len(sorted), sorted[len(sorted)-1], 4*rounds)
	}
}

// TestTablesChangeUnderTheProgram: after another process has changed a table, as a newer version does, at most one transaction fails.
func TestTablesChangeUnderTheProgram(t *testing.T) {
	s, other, _ := served(t)
	read := func() error {
		return s.Read(t.Context(), time.UnixMicro(1), func(tx *Tx) error { _, err := tx.ChatBindings(); return err })
	}
	for range readers {
		if err := read(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := other.ExecContext(t.Context(), "ALTER TABLE chat_bindings ADD COLUMN more BIGINT NOT NULL DEFAULT 0"); err != nil {
		t.Fatal(err)
	}
	failed := 0
	for range 3 * readers {
		if read() != nil {
			failed++
		}
	}
	if failed > readers { // one for each connection
		t.Errorf("%d of %d failed", failed, 3*readers)
	}
}

// TestAnyTextIsKept: what a network sends must not be refused because a server does not take it, and long ids are as good as short ones.
func TestAnyTextIsKept(t *testing.T) {
	s, err := openAt(t, filepath.Join(t.TempDir(), "duban.db"))
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("长", 500)
	err = s.Write(t.Context(), time.UnixMicro(1), func(tx *Tx) error {
		for _, id := range []string{"a\x00b", "a\xffb", long, ""} {
			if isNew, err := tx.AddArrival(&Arrival{Channel: "net", MessageID: id, Conversation: id, Body: "{}"}); err != nil || !isNew {
				return fmt.Errorf("%q: new %v, %w", id, isNew, err)
			}
			if isNew, err := tx.AddArrival(&Arrival{Channel: "net", MessageID: id, Body: "{}"}); err != nil || isNew {
				return fmt.Errorf("%q again: new %v, %w", id, isNew, err)
			}
		}
		return tx.Send(Out{To: ToConversation(long, long, "键\x00"), Text: "一\x00二", Dedup: long + "\x00"})
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Read(t.Context(), time.UnixMicro(1), func(tx *Tx) error {
		list, err := tx.OpenArrivals()
		if len(list) != 4 || list[2].MessageID != long || list[2].Conversation != long {
			t.Errorf("%d arrivals: %.100v", len(list), list)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestOrderOfTexts: texts are ordered by their bytes in every database, whatever language the server speaks.
func TestOrderOfTexts(t *testing.T) {
	s, err := openAt(t, filepath.Join(t.TempDir(), "duban.db"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"", "B", "Z-1", "a", "a b", "a-b", "ab", "东", "中"}
	err = s.Write(t.Context(), time.UnixMicro(1), func(tx *Tx) error {
		for _, name := range slices.Backward(want) {
			if err := note(tx, name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := noted(t, s); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestServerThatCannotBeUsed: what is wrong with a server is told in an administrator's words, without the password.
func TestServerThatCannotBeUsed(t *testing.T) {
	_, other, address := served(t)
	const secret = "geheim"
	name := strings.TrimPrefix(strings.SplitN(address, "?", 2)[0], strings.SplitAfter(pgtest.Server(), "@")[0])
	name = name[strings.LastIndex(name, "/")+1:]
	set := func(setting, value string) func() {
		return func() {
			if _, err := other.ExecContext(t.Context(), "ALTER DATABASE "+name+" SET "+setting+" = "+value); err != nil {
				t.Fatal(err)
			}
		}
	}
	reset := func() {
		if _, err := other.ExecContext(t.Context(), "ALTER DATABASE "+name+" RESET ALL"); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		prepare       func()
		address, want string
	}{
		{set("synchronous_commit", "off"), address, "数据库设置 synchronous_commit 是 off：改成 on，否则断电时会丢已经答复过的内容"},
		{set("default_transaction_read_only", "on"), address, "数据库设置 transaction_read_only 是 on：这是只读的备机或只读的用户，请连主机"},
		{func() {}, strings.Replace(address, name, "duban_nowhere", 1), "没有这个库，请先建库"},
		{func() {}, "postgres://duban:" + secret + "@127.0.0.1:1/duban", "数据库 127.0.0.1:1/duban 连不上：服务器没有启动，或地址、端口、防火墙不对"},
		{func() {}, "postgres://duban:" + secret + "@127.0.0.1:x/duban", "storage.dsn 不是 PostgreSQL 的地址"},
	} {
		tt.prepare()
		s, err := Open(t.Context(), tt.address, slog.New(slog.DiscardHandler))
		if err == nil {
			_ = s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), secret) {
			t.Errorf("got %v\nwant %s", err, tt.want)
		}
		reset()
	}
}

// TestViewOfAServer: a server's database can be looked at while a program uses it, and not be changed; one that no program has used yet
// is not made into one.
func TestViewOfAServer(t *testing.T) {
	s, other, address := served(t)
	if err := s.Write(t.Context(), time.UnixMicro(1), noting("one")); err != nil {
		t.Fatal(err)
	}
	v, err := View(address, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if got := noted(t, v); !slices.Equal(got, []string{"one"}) {
		t.Errorf("seen: %v", got)
	}
	err = v.Read(t.Context(), time.UnixMicro(1), func(tx *Tx) error {
		have, known, err := tx.Steps()
		damage, err2 := tx.QuickCheck(t.Context())
		if have != known || have == 0 || damage != "" {
			t.Errorf("steps %d of %d, %s", have, known, damage)
		}
		return errors.Join(err, err2)
	})
	if err != nil {
		t.Error(err)
	}
	if err := v.Write(t.Context(), time.UnixMicro(1), noting("two")); err == nil {
		t.Error("it can be written")
	}
	if err := v.reader.Exec("DELETE FROM chat_bindings").Error; sqlState(err) != "25006" {
		t.Errorf("its connections can write: %v", err)
	}
	if _, err := other.ExecContext(t.Context(), "DROP TABLE schema_steps"); err != nil {
		t.Fatal(err)
	}
	err = v.Read(t.Context(), time.UnixMicro(1), func(tx *Tx) error {
		have, _, err := tx.Steps()
		if have != 0 {
			t.Errorf("a database that was never used has had %d steps", have)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestServerIsNoFile: what is done with files only says what is done instead.
func TestServerIsNoFile(t *testing.T) {
	s, _, _ := served(t)
	if err := s.Copy(t.Context(), filepath.Join(t.TempDir(), "copy.db")); !errors.Is(err, ErrServer) || !strings.Contains(err.Error(), "pg_dump") {
		t.Errorf("copy: %v", err)
	}
	if err := s.Settle(t.Context()); err != nil {
		t.Errorf("settle: %v", err)
	}
}

func TestMarks(t *testing.T) {
	for query, want := range map[string]string{
		"SELECT 1":                      "SELECT 1",
		"a = ? AND b IN (?, ?)":         "a = $1 AND b IN ($2, $3)",
		"a = '?' AND b = ? -- 中":        "a = '?' AND b = $1 -- 中",
		`"?" = ? AND x = 'it''s ?' , ?`: `"?" = $1 AND x = 'it''s ?' , $2`,
		"a = $1":                        "a = $1",
	} {
		if got := numbered(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}
