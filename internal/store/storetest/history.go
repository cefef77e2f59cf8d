package storetest

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
)

// History is the past of a county, as a database keeps it that was used for long: so many issues, one after the other, each with
// its events, judgements, photos and messages. All but the newest are closed. Of every thousand one is void and five were exposed,
// of every hundred eight were returned and five were late.
type History struct {
	Reg    *issue.Register // its units, people and places take turns
	End    time.Time       // when the last issue was filed
	Issues int
	Daily  int // issues a day
	Open   int // how many are still being handled: every second of the newest, or all; their deadlines are ten days after End
	// For how many days photos and texts were kept; 0: for ever. What was to be removed by End has been.
	Photos, Texts int
}

// Fill writes the history into a new database. The database makes the rows itself, and the indexes are built at the end, so that a
// million issues take a minute.
func (h History) Fill(t testing.TB, path string) {
	t.Helper()
	s, err := store.Open(t.Context(), path, slog.New(slog.DiscardHandler)) // makes the tables
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-400000)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1) // temporary tables are a connection's
	err = h.fill(t.Context(), filler{db})
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// filler runs statements.
type filler struct{ db *sql.DB }

func (f filler) run(ctx context.Context, statement string, args ...any) error {
	if _, err := f.db.ExecContext(ctx, statement, args...); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

func (h History) fill(ctx context.Context, f filler) error {
	indexes, err := f.strings(ctx, "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql > ''")
	if err != nil {
		return err
	}
	names, err := f.strings(ctx, "SELECT name FROM sqlite_master WHERE type = 'index' AND sql > ''")
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := f.run(ctx, "DROP INDEX "+name); err != nil {
			return err
		}
	}
	if err := h.lives(ctx, f); err != nil {
		return err
	}
	for _, t := range tables() {
		if err := t.fill(ctx, f); err != nil {
			return err
		}
	}
	for _, statement := range append(indexes, "PRAGMA journal_mode = WAL") {
		if err := f.run(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func (f filler) strings(ctx context.Context, query string) (out []string, err error) {
	rows, err := f.db.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", query, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// lives makes the temporary table of what happened to each issue: who and where, and the instants of its life in microseconds, 0 for
// what has not come.
func (h History) lives(ctx context.Context, f filler) error {
	for _, statement := range []string{
		"CREATE TEMP TABLE places (n INTEGER PRIMARY KEY, name, unit, assignee)", "CREATE TEMP TABLE people (n INTEGER PRIMARY KEY, id)",
		"CREATE TEMP TABLE categories (n INTEGER PRIMARY KEY, name)",
	} {
		if err := f.run(ctx, statement); err != nil {
			return err
		}
	}
	for n, p := range h.Reg.Places {
		if err := f.run(ctx, "INSERT INTO places VALUES (?, ?, ?, ?)", n, p.Name, p.Unit, h.Reg.Receiver(p.Unit)); err != nil {
			return err
		}
	}
	for n, p := range h.Reg.People {
		if err := f.run(ctx, "INSERT INTO people VALUES (?, ?)", n, p.ID); err != nil {
			return err
		}
	}
	for n, c := range h.Reg.Categories {
		if err := f.run(ctx, "INSERT INTO categories VALUES (?, ?)", n, c.Name); err != nil {
			return err
		}
	}
	const hour = int64(time.Hour / time.Microsecond)
	return f.run(ctx, fmt.Sprintf(`CREATE TEMP TABLE lives AS
		WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %[1]d),
		filed AS (SELECT n, %[2]d - (%[1]d - n) * %[3]d AS at, n > %[1]d - 2 * %[4]d AND n %% 2 = 0 OR %[4]d = %[1]d AS open FROM numbers),
		handled AS (SELECT *, CASE WHEN open THEN 0 ELSE MIN(at + (5 + n * 37 %% 20) * %[5]d, %[2]d - 2) END AS submitted,
			CASE WHEN open THEN %[2]d + 240 * %[5]d ELSE at + 24 * %[5]d END AS deadline FROM filed)
		SELECT h.*, CASE WHEN open THEN 0 ELSE MIN(submitted + 4 * %[5]d, %[2]d - 1) END AS closed, NOT open AND submitted + 4 * %[5]d < %[10]d AS purged,
			at + 4 * %[5]d < %[11]d AS cleared, p.name AS place, p.unit, p.assignee, r.id AS reporter, '%[9]s' AS inspector, c.name AS category
		FROM handled h JOIN places p ON p.n = h.n * 7919 %% %[6]d JOIN people r ON r.n = h.n * 31 %% %[7]d JOIN categories c ON c.n = h.n * 13 %% %[8]d ORDER BY h.n`,
		h.Issues, h.End.UnixMicro(), 24*hour/int64(h.Daily), h.Open, hour, len(h.Reg.Places), len(h.Reg.People), len(h.Reg.Categories), h.inspector(), h.before(h.Photos), h.before(h.Texts)))
}

// before is the instant before which what is kept for so many days has been removed.
func (h History) before(days int) int64 {
	if days == 0 {
		return 0
	}
	return h.End.AddDate(0, 0, -days).UnixMicro()
}

// inspector is who passes all issues.
func (h History) inspector() string {
	for _, p := range h.Reg.People {
		if h.Reg.Has(p.ID, issue.RoleInspector) {
			return p.ID
		}
	}
	return ""
}

// table says how rows of a table come out of the lives: columns that are not named are empty.
type table struct {
	name   string
	values map[string]string
	which  string // of the lives
	order  string // in which they are inserted, that of the table's own index; "": that of the issues
}

func tables() []table {
	event := func(seq, at, who, action, from, to, which string) table {
		return table{"events", map[string]string{
			"issue_id": "n", "seq": seq, "at": at, "person": who, "action": "'" + action + "'", "from_status": "'" + from + "'",
			"to_status": "'" + to + "'", "message": "'bench/' || n", "details": `'{"Unit":"' || unit || '"}'`,
		}, which, ""}
	}
	judged := func(seq, at, kind, nth, which string) table {
		return table{"judgements", map[string]string{"issue_id": "n", "seq": seq, "at": at, "kind": "'" + kind + "'", "unit": "unit", "nth": nth}, which, ""}
	}
	said := func(message, target string) table {
		return table{"outbox", map[string]string{
			"target": "CASE WHEN cleared AND " + target + " NOT LIKE 'chat/%' THEN '' ELSE " + target + " END",
			"text":   kept("cleared", "'#' || n || ' "+message+"'"), "dedup": "NULL", "state": "CASE WHEN cleared THEN 'cleared' ELSE 'sent' END",
			"due_at": "at", "created_at": "at", "sent_at": "at",
		}, "TRUE", ""}
	}
	return []table{
		{"issues", issueValues(), "TRUE", ""},
		event("1", "at", "reporter", "report", "", "reported", "TRUE"), event("2", "at", "''", "assign", "reported", "assigned", "TRUE"),
		event("3", "at + 1", "assignee", "sign", "assigned", "working", "TRUE"),
		event("4", "submitted", "assignee", "submit", "working", "submitted", "NOT open"),
		event("5", "closed", "inspector", "pass", "submitted", "closed", "NOT open"),
		judged("5", "closed", "passed", "1", "NOT open"), judged("4", "submitted + 1", "returned", "1", "n % 12 = 0 AND NOT open"),
		judged("3", "at + 2", "exposed", "0", "n % 200 = 0 AND NOT open"),
		{"photos", map[string]string{
			"id": "n", "issue_id": "n", "kind": "'after'", "sha256": "printf('%064d', n)", "file": kept("purged", "'2026/' || n || '.jpg'"),
			"shown": kept("purged", "'2026/' || n || '-s.jpg'"), "purged_at": "CASE WHEN purged THEN closed + 1 ELSE 0 END",
			"phash": spread, "width": "1280", "height": "960", "bytes": "200000", "person": "assignee", "conversation": kept("purged", "'bench//g0'"), "at": "submitted",
		}, "NOT open", ""},
		hashes(0), hashes(1), hashes(2), hashes(3), hashes(4),
		{"inbox", map[string]string{
			"channel": "'bench'", "message_id": "printf('past/%09d', n)", "conversation": kept("cleared", "'g0'"),
			"body": kept("cleared", `'{"Text":"上报 ' || place || '"}'`), "arrived_at": "at", "done_at": "at", "cleared_at": "CASE WHEN cleared THEN closed + 1 ELSE 0 END",
		}, "TRUE", ""},
		said("已立案", "'chat/g0'"), said("请办理", "'person/' || assignee"),
	}
}

// kept is a value that is emptied when its time is over.
func kept(over, value string) string { return "CASE WHEN " + over + " THEN '' ELSE " + value + " END" }

// spread is a photo's hash, different in many bits from those of the others.
const spread = "(((n * 2654435761 & 2147483647) << 32) | (n * 2246822519 & 4294967295))"

// hashes are the rows of a photo's nth band, whose photo has the number of its place among all.
func hashes(nth int) table {
	return table{"photo_hashes", map[string]string{
		"band": fmt.Sprintf("%d | ((%s >> %d) & 8191)", nth<<13, spread, nth*13), "phash": spread, "photo_id": "n",
	}, "NOT open", spread}
}

func issueValues() map[string]string {
	return map[string]string{
		"id": "n", "text": "place || (n % 30 + 1) || '栋楼道堆放杂物'", "place": "place", "category": "category", "unit": "unit",
		"assignee": "assignee", "reporter": "reporter", "chat": "'g0'", "status": "CASE WHEN open THEN 'working' WHEN n % 1000 = 1 THEN 'voided' ELSE 'closed' END",
		"time_limit": "'1 work_day'", "reported_at": "at", "assigned_at": "at", "signed_at": "at + 1", "due": "deadline", "due_since": "at",
		"next_alarm": "CASE WHEN open THEN deadline - 86400000000 ELSE 0 END", "first_submitted_at": "submitted", "scored_due": "deadline",
		"submitted_at": "submitted", "submitted_by": "CASE WHEN open THEN '' ELSE assignee END", "measure": "CASE WHEN open THEN '' ELSE '已清理' END",
		"closed_at": "closed", "passed_at": "closed", "returns": "n % 12 = 0 AND NOT open", "extensions": "n % 20 = 7", "self_found": "n % 30 = 7",
		"seq": "CASE WHEN open THEN 3 ELSE 5 END", "early": "n * 37 % 20 < 6 AND NOT open", "seen_at": "closed", "seen_by": "CASE WHEN n / 7 % 3 = 0 THEN inspector ELSE reporter END",
	}
}

// fill inserts the rows of a table.
func (t table) fill(ctx context.Context, f filler) error {
	names, err := f.strings(ctx, "SELECT name FROM pragma_table_info('"+t.name+"')")
	if err != nil {
		return err
	}
	var into, selected []string
	for _, name := range names {
		value, named := t.values[name]
		if !named {
			if name == "id" {
				continue // the next one
			}
			if value, err = f.empty(ctx, t.name, name); err != nil {
				return err
			}
		}
		into, selected = append(into, name), append(selected, value)
	}
	return f.run(ctx, "INSERT INTO "+t.name+" ("+strings.Join(into, ", ")+") SELECT "+strings.Join(selected, ", ")+" FROM lives WHERE "+t.which+" ORDER BY "+cmp.Or(t.order, "n"))
}

// empty is nothing in a column.
func (f filler) empty(ctx context.Context, table, column string) (string, error) {
	var kind string
	err := f.db.QueryRowContext(ctx, "SELECT type FROM pragma_table_info('"+table+"') WHERE name = ?", column).Scan(&kind)
	if strings.Contains(kind, "CHAR") || strings.Contains(kind, "TEXT") {
		return "''", err
	}
	return "0", err
}
