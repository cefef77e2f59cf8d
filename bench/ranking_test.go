package bench

import (
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/issue"
	"duban/internal/score"
	"duban/internal/store"
)

// mostOfSQL is how much longer than the hand-written statement a ranking may take.
const mostOfSQL = 1.5

// BenchmarkRanking ranks the units by all that is stored, and by a day, a month and a year of it, and beside each runs the same counts
// written by hand as one statement.
func BenchmarkRanking(b *testing.B) {
	dir := past(b, largest())
	cfg := county(b, dir)
	s, err := store.Open(b.Context(), cfg.Storage.DSN.Reveal(), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	r := ranked{s: s, db: connect(b, filepath.Join(dir, "duban.db")), reg: cfg.Register()}
	end := beginning(b, cfg)
	for _, period := range []struct {
		name string
		from time.Time
		most float64 // milliseconds
	}{
		{"a day", end.AddDate(0, 0, -1), 100}, {"a month", end.AddDate(0, -1, 0), 0}, {"a year", end.AddDate(-1, 0, 0), 0}, {"all", time.UnixMicro(1), 0},
	} {
		b.Run(fmt.Sprintf("%s of %d", period.name, largest()), func(b *testing.B) {
			r.from, r.to = period.from, end
			statement := r.faster(b)
			var ours, theirs time.Duration
			for b.Loop() {
				took, accounts := r.rank(b)
				byHand, counted := r.byHand(b, statement)
				ours, theirs = ours+took, theirs+byHand
				if diff := cmp.Diff(counted, accounts); diff != "" {
					b.Fatalf("(-by hand +ours)\n%s", diff)
				}
			}
			within(b, float64(ours)/float64(theirs), "times-one-SQL", mostOfSQL)
			ms := ours.Seconds() * 1000 / float64(b.N)
			b.ReportMetric(ms, "ms")
			if period.most > 0 {
				within(b, ms, "ms", period.most)
			}
			alone(b)
		})
	}
}

// ranked is a period that is ranked.
type ranked struct {
	s        *store.Store
	db       *sql.DB
	reg      *issue.Register
	from, to time.Time
}

// tally is what both count.
type tally struct {
	Unit                                                                    string
	Entering, Handled, OnTime, Reviewed, Returned, Overdue, Extended, Early int
}

func (r ranked) rank(b *testing.B) (time.Duration, map[string]tally) {
	b.Helper()
	began := time.Now()
	var all []score.Account
	err := r.s.Read(b.Context(), r.to, func(tx *store.Tx) (err error) {
		rule := issue.Scoring{Weights: issue.Weights{Handled: 30, OnTime: 20, NoReturn: 20, NoOverdue: 20, NoExtension: 10}}
		all, err = tx.Ranking(r.reg, rule, r.from, r.to)
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

func (r ranked) byHand(b *testing.B, statement string) (time.Duration, map[string]tally) {
	b.Helper()
	began, out := time.Now(), map[string]tally{}
	for _, row := range all(b, r.db, statement) {
		n := func(column int) int { return int(row[column].(int64)) }
		out[row[0].(string)] = tally{row[0].(string), n(1), n(2), n(3), n(4), n(5), n(6), n(7), n(8)}
	}
	return time.Since(began), out
}

// faster is the better of two statements: over the whole table, which is best for all of it, and over what the indexes find,
// which is best for a day.
func (r ranked) faster(b *testing.B) string {
	b.Helper()
	found, whole := r.statements()
	began := time.Now()
	all(b, r.db, found)
	took := time.Since(began)
	if took < time.Second {
		return found
	}
	began = time.Now()
	if all(b, r.db, whole); time.Since(began) < took {
		return whole
	}
	return found
}

// statements are the counts of a period as one statement.
func (r ranked) statements() (found, whole string) {
	a, z := fmt.Sprint(r.from.UnixMicro()), fmt.Sprint(r.to.UnixMicro())
	within := func(c string) string { return "(" + c + " >= " + a + " AND " + c + " < " + z + ")" }
	late := "(i.first_submitted_at = 0 OR i.first_submitted_at > i.scored_due)"
	entry := "(CASE WHEN " + late + " THEN i.scored_due ELSE i.first_submitted_at END)"
	submitted := "(i.first_submitted_at > 0 AND i.first_submitted_at < " + z + ")"
	counts := "(i.status NOT IN ('voided', 'merged', 'rejected', 'suspended') AND NOT i.excused AND i.scored_due > 0" +
		" AND (i.status <> 'closed' OR i.first_submitted_at > 0) AND NOT (i.self_found AND NOT " + late + "))"
	waiting := "(CASE WHEN NOT " + submitted + " THEN i.scored_due < " + z + " ELSE i.status IN ('assigned', 'working') AND i.due < " + z + " END)"
	sum := func(what string) string { return "SUM(CASE WHEN " + what + " THEN 1 ELSE 0 END)" }
	text := "SELECT i.unit, " + strings.Join([]string{
		sum(within(entry)), sum(within(entry) + " AND " + submitted), sum(within(entry) + " AND " + submitted + " AND NOT " + late),
		sum("r.review > 0"), sum("r.review > 1"), sum(waiting), sum(within(entry) + " AND i.extensions > 0"),
		sum(within(entry) + " AND " + submitted + " AND NOT " + late + " AND i.early"),
	}, ", ")
	rest := " LEFT JOIN (SELECT issue_id, unit, MAX(CASE kind WHEN 'returned' THEN 2 ELSE 1 END) AS review FROM judgements" +
		" WHERE kind IN ('passed', 'returned') AND NOT excused AND " + within("at") + " GROUP BY issue_id, unit) r" +
		" ON r.issue_id = i.id AND r.unit = i.unit WHERE " + counts + " GROUP BY i.unit"
	some := " FROM (SELECT id AS found FROM issues WHERE " + within("first_submitted_at") + " UNION SELECT id FROM issues WHERE " +
		"first_submitted_at >= " + z + " AND scored_due < " + z + " UNION SELECT id FROM issues WHERE status IN ('assigned', 'working') AND due < " + z +
		" UNION SELECT issue_id FROM judgements WHERE kind IN ('passed', 'returned') AND " + within("at") + ") c"
	return text + some + " CROSS JOIN issues i ON i.id = c.found" + rest, text + " FROM issues i" + rest
}
