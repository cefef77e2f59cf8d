package store

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/issue"
	"duban/internal/score"
)

// yearStart is when the year of the benchmark begins.
var yearStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// fillYear writes a year's issues of forty units: one of a thousand was never submitted, one of twelve returned, one of twenty late,
// one of twenty extended; some are self-found or found by an upper level, and some were exposed, refused or relapsed. The database
// makes the rows itself, and the indexes of ranking are built at the end.
func fillYear(b *testing.B, s *Store, issues int) {
	b.Helper()
	const hour = int64(time.Hour / time.Microsecond)
	values := map[string]string{
		"id": "n", "unit": "'unit' || substr('0' || (n * 31 % 40), -2)", "source": "CASE WHEN n % 50 = 0 THEN 'upper' ELSE '' END",
		"status": "CASE WHEN submitted = 0 THEN 'working' ELSE 'closed' END", "reported_at": "at", "assigned_at": "at",
		"due": "at + 24 * hour", "scored_due": "at + 24 * hour", "first_submitted_at": "submitted", "submitted_at": "submitted",
		"passed_at": "submitted + 4 * hour * (submitted > 0)", "closed_at": "submitted + 4 * hour * (submitted > 0)",
		"extensions": "n % 20 = 7", "self_found": "n % 30 = 7", "early": "n * 37 % 20 < 6 AND submitted > 0", "seq": "5",
	}
	rows := fmt.Sprintf(`WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %d),
		ats AS (SELECT n, %d AS hour, %d + n * %d AS at FROM numbers),
		lives AS (SELECT n, hour, at, CASE WHEN n %% 1000 = 500 THEN 0 ELSE at + (6 + n * 37 %% 20) * hour END AS submitted FROM ats) `,
		issues, hour, yearStart.UnixMicro(), 365*24*hour/int64(issues))
	run := func(statement string) {
		if err := s.writer.Exec(statement).Error; err != nil {
			b.Fatalf("%s: %v", statement, err)
		}
	}
	var indexes []struct{ Name, SQL string }
	if err := s.writer.Raw("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name IN ('issues', 'judgements') AND sql > ''").Scan(&indexes).Error; err != nil {
		b.Fatal(err)
	}
	for _, i := range indexes {
		run("DROP INDEX " + i.Name)
	}
	names, selected := columns(b, s, "issues", values)
	run("INSERT INTO issues (" + names + ") " + rows + "SELECT " + selected + " FROM lives")
	for _, j := range []struct{ kind, when, nth, which string }{
		{"passed", "passed_at", "1", "passed_at > 0"},
		{"returned", "first_submitted_at + 1", "1", "id % 12 = 0 AND passed_at > 0"},
		{"exposed", "reported_at + 2", "0", "id % 300 = 0"},
		{"refused", "reported_at + 3", "0", "id % 500 = 0"},
		{"relapsed", "passed_at + 4", "0", "id % 200 = 0 AND passed_at > 0"},
	} {
		seq := len(j.kind) // one of each kind for an issue, and each kind has another length but for two that do not meet
		run(fmt.Sprintf("INSERT OR IGNORE INTO judgements SELECT id, %d, %s, '%s', unit, '', %s, FALSE FROM issues WHERE %s", seq, j.when, j.kind, j.nth, j.which))
	}
	for _, i := range indexes {
		for _, used := range []string{"reported", "issues_first_submitted", "passed", "status_due", "called", "judgements", "unit_status"} {
			if strings.Contains(i.Name, used) {
				run(i.SQL)
			}
		}
	}
}

// columns lists the columns of a table and what is selected for them: what is named, or nothing.
func columns(b *testing.B, s *Store, table string, values map[string]string) (names, selected string) {
	b.Helper()
	var all []struct{ Name, Type string }
	if err := s.writer.Raw("SELECT name, type FROM pragma_table_info('" + table + "')").Scan(&all).Error; err != nil {
		b.Fatal(err)
	}
	var left, right []string
	for _, c := range all {
		value, named := values[c.Name]
		switch {
		case named:
		case strings.Contains(c.Type, "INT") || strings.Contains(c.Type, "BOOL"):
			value = "0"
		default:
			value = "''"
		}
		left, right = append(left, c.Name), append(right, value)
	}
	return strings.Join(left, ", "), strings.Join(right, ", ")
}

// handWritten are two ways to write the counts as one statement: over the whole table, which is best for a year, and over what
// the indexes find, which is best for a day.
func handWritten(from, to time.Time) []string {
	a, z := fmt.Sprint(from.UnixMicro()), fmt.Sprint(to.UnixMicro())
	within := func(c string) string { return "(" + c + " >= " + a + " AND " + c + " < " + z + ")" }
	late := "(i.first_submitted_at = 0 OR i.first_submitted_at > i.scored_due)"
	entry := "(CASE WHEN " + late + " THEN i.scored_due ELSE i.first_submitted_at END)"
	submitted := "(i.first_submitted_at > 0 AND i.first_submitted_at < " + z + ")"
	counts := "(i.status NOT IN ('voided', 'merged', 'rejected', 'suspended') AND NOT i.excused AND i.scored_due > 0" +
		" AND (i.status <> 'closed' OR i.first_submitted_at > 0) AND NOT (i.self_found AND NOT " + late + "))"
	waiting := "(CASE WHEN NOT " + submitted + " THEN i.scored_due < " + z + " ELSE i.status IN ('assigned', 'working') AND i.due < " + z + " END)"
	sum := func(what string) string { return "SUM(CASE WHEN " + what + " THEN 1 ELSE 0 END)" }
	text := "SELECT i.unit AS unit, " + strings.Join([]string{
		sum(within(entry)) + " AS entering", sum(within(entry)+" AND "+submitted) + " AS handled",
		sum(within(entry)+" AND "+submitted+" AND NOT "+late) + " AS on_time", sum("r.review > 0") + " AS reviewed",
		sum("r.review > 1") + " AS returned", sum(waiting) + " AS overdue", sum(within(entry)+" AND i.extensions > 0") + " AS extended",
		sum(within(entry)+" AND "+submitted+" AND NOT "+late+" AND i.early") + " AS early",
	}, ", ")
	rest := " LEFT JOIN (SELECT issue_id, unit, MAX(CASE kind WHEN 'returned' THEN 2 ELSE 1 END) AS review FROM judgements" +
		" WHERE kind IN ('passed', 'returned') AND NOT excused AND " + within("at") + " GROUP BY issue_id, unit) r" +
		" ON r.issue_id = i.id AND r.unit = i.unit WHERE " + counts
	found := " FROM (SELECT id AS found FROM issues WHERE " + within("first_submitted_at") + " UNION SELECT id FROM issues WHERE " +
		"first_submitted_at >= " + z + " AND scored_due < " + z + " UNION SELECT id FROM issues WHERE status IN ('assigned', 'working') AND due < " + z +
		" UNION SELECT issue_id FROM judgements WHERE kind IN ('passed', 'returned') AND " + within("at") + ") c"
	whole := text + " FROM issues i" + rest + " GROUP BY i.unit"
	return []string{whole, text + found + " CROSS JOIN issues i ON i.id = c.found" + rest + " GROUP BY i.unit"}
}

// tally is what the statements count.
type tally struct {
	Unit                                                                    string
	Entering, Handled, OnTime, Reviewed, Returned, Overdue, Extended, Early int
}

// BenchmarkRanking ranks forty units by a million issues (a hundred thousand with -short), for a day, a month and the year, and
// compares with the better of two statements written by hand, in the same run.
func BenchmarkRanking(b *testing.B) {
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "duban.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	issues := 1_000_000
	if testing.Short() {
		issues = 100_000
	}
	began := time.Now()
	fillYear(b, s, issues)
	b.Logf("%d issues in %v", issues, time.Since(began).Round(time.Second))
	reg := &issue.Register{Groups: []issue.Group{{ID: "all"}}}
	for n := range 40 {
		reg.Units = append(reg.Units, issue.Unit{ID: fmt.Sprintf("unit%02d", n), Group: "all"})
	}
	rule := issue.Scoring{Weights: issue.Weights{Handled: 30, OnTime: 20, NoReturn: 20, NoOverdue: 20, NoExtension: 10}}
	for _, period := range []struct {
		name     string
		from, to time.Time
	}{
		{"day", yearStart.AddDate(0, 11, 30), yearStart.AddDate(1, 0, 0)},
		{"month", yearStart.AddDate(0, 11, 0), yearStart.AddDate(1, 0, 0)},
		{"year", yearStart, yearStart.AddDate(1, 0, 0)},
	} {
		b.Run(period.name, func(b *testing.B) {
			var ours, theirs time.Duration
			heap := peak(func() {
				for b.Loop() {
					took, ranked := timeRanking(b, s, reg, rule, period.from, period.to)
					best, counted := timeHandWritten(b, s, period.from, period.to)
					ours, theirs = ours+took, theirs+best
					if diff := cmp.Diff(counted, ranked); diff != "" {
						b.Fatalf("(-by hand +ours)\n%s", diff)
					}
				}
			})
			b.ReportMetric(float64(ours)/float64(theirs), "x_of_sql")
			b.ReportMetric(ours.Seconds()*1000/float64(b.N), "ms/ranking")
			b.ReportMetric(float64(heap)/(1<<20), "MB_heap")
		})
	}
}

func timeRanking(b *testing.B, s *Store, reg *issue.Register, rule issue.Scoring, from, to time.Time) (time.Duration, map[string]tally) {
	b.Helper()
	began := time.Now()
	var all []score.Account
	err := s.Read(b.Context(), to, func(tx *Tx) (err error) {
		all, err = tx.Ranking(reg, rule, from, to)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	took := time.Since(began)
	out := map[string]tally{}
	for _, a := range all {
		out[a.Unit] = tally{a.Unit, a.Entering, a.Handled, a.OnTime, a.Reviewed, a.Returned, a.Overdue, a.Extended, a.Early}
	}
	return took, out
}

// timeHandWritten is the better of the two statements.
func timeHandWritten(b *testing.B, s *Store, from, to time.Time) (best time.Duration, out map[string]tally) {
	b.Helper()
	for _, statement := range handWritten(from, to) {
		var rows []tally
		began := time.Now()
		if err := s.reader.Raw(statement).Scan(&rows).Error; err != nil {
			b.Fatal(err)
		}
		if took := time.Since(began); best == 0 || took < best {
			best = took
		}
		out = map[string]tally{}
		for _, r := range rows {
			out[r.Unit] = r
		}
	}
	return best, out
}

// peak is how much the heap grew at most while fn ran.
func peak(fn func()) uint64 {
	inUse := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse
	}
	runtime.GC()
	before, stop, most := inUse(), make(chan struct{}), make(chan uint64)
	go func() {
		var grown uint64
		for {
			if now := inUse(); now > before {
				grown = max(grown, now-before)
			}
			select {
			case <-stop:
				most <- grown
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	}()
	fn()
	close(stop)
	return <-most
}
