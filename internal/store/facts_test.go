package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/issue"
	"duban/internal/score"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// life is an issue with its history.
type life struct {
	issue  issue.Issue
	events []issue.Event
}

func lives(t *testing.T, tx *store.Tx) []life {
	t.Helper()
	all, err := tx.Issues(store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var out []life
	for _, i := range all {
		events, err := tx.Events(i.ID)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, life{i, events})
	}
	return out
}

// fact says of an issue what the counting rule asks, by its history alone.
func (l life) fact(from, to time.Time) score.Fact {
	i := l.issue
	f := score.Fact{
		Unit: i.Unit, Status: i.Status, ReportedAt: i.ReportedAt, FirstSubmitted: i.FirstSubmittedAt, Due: i.ScoredDue(),
		CurrentDue: i.Due, ClosedAt: i.ClosedAt, Extended: i.Extensions > 0, SelfFound: i.SelfFound,
	}
	for _, e := range l.events {
		if e.At.Before(from) || !e.At.Before(to) {
			continue
		}
		f.Reviewed = f.Reviewed || e.Action == issue.Pass || e.Action == issue.Return
		f.Returned = f.Returned || e.Action == issue.Return
	}
	return f
}

// TestFactsAreThoseThatMatter: the few rows that are read count the same as all of them, for days before the data, in the
// middle of it and after it, and for weeks.
func TestFactsAreThoseThatMatter(t *testing.T) {
	p, start := storetest.Supervised(t), storetest.At(t, "2026-11-02 09:00")
	for seed := range uint64(4) {
		s := storetest.Open(t)
		storetest.Lives(t, s, p, start, 150, 10+seed)
		storetest.Read(t, s, start, func(tx *store.Tx) error {
			all := lives(t, tx)
			for day := range 26 {
				from := start.Add(time.Duration(24*day-33) * time.Hour)
				compareFacts(t, tx, all, from, from.Add(24*time.Hour))
				compareFacts(t, tx, all, from, from.Add(7*24*time.Hour))
			}
			return nil
		})
	}
}

func compareFacts(t *testing.T, tx *store.Tx, all []life, from, to time.Time) {
	t.Helper()
	facts, err := tx.Facts(from, to)
	if err != nil {
		t.Fatal(err)
	}
	var naive []score.Fact
	for _, l := range all {
		naive = append(naive, l.fact(from, to))
	}
	units := []string{"zhaoyang", "zhujian"}
	if diff := cmp.Diff(score.Count(units, naive, from, to), score.Count(units, facts, from, to)); diff != "" {
		t.Errorf("%v – %v (-all +read):\n%s", from, to, diff)
	}
	for _, f := range facts {
		if !slices.ContainsFunc(naive, func(g score.Fact) bool { return sameFact(f, g) }) {
			t.Errorf("%v – %v: no issue is %+v", from, to, f)
		}
	}
}

// sameFact compares instants as instants, whatever zone they are told in.
func sameFact(a, b score.Fact) bool {
	for _, f := range []*score.Fact{&a, &b} {
		for _, v := range []*time.Time{&f.ReportedAt, &f.FirstSubmitted, &f.Due, &f.CurrentDue, &f.ClosedAt} {
			*v = v.UTC()
		}
	}
	return a == b
}

// TestFactsOfADayAreFew: a day long after the lives have come to rest asks for what is overdue, and nothing else.
func TestFactsOfADayAreFew(t *testing.T) {
	s, p, start := storetest.Open(t), storetest.County(t), storetest.At(t, "2026-11-02 09:00")
	storetest.Lives(t, s, p, start, 200, 20)
	later := start.Add(100 * 24 * time.Hour)
	storetest.Read(t, s, start, func(tx *store.Tx) error {
		facts, err := tx.Facts(later, later.Add(24*time.Hour))
		if err != nil {
			return err
		}
		overdue, err := tx.CountIssues(store.Filter{Statuses: []issue.Status{issue.Assigned, issue.Working}, DueBefore: later})
		if len(facts) != overdue || overdue == 0 {
			t.Errorf("%d facts for %d overdue issues", len(facts), overdue)
		}
		return err
	})
}

func TestDay(t *testing.T) {
	s, p := storetest.Open(t), storetest.County(t)
	when := func(text string) time.Time { return storetest.At(t, text) }
	file := func(at, unit, place string, said string) issue.Issue {
		c := issue.Change{Reporter: "zhang_min", Unit: unit, Assignee: p.Reg.Receiver(unit), Place: place}
		if said != "" {
			c.Due, c.Said = when(said), true
		}
		return storetest.Issue(t, s, p, when(at), c)
	}
	act := func(i issue.Issue, at string, a issue.Action, by string) {
		storetest.Move(t, s, p, i.ID, issue.Act{Action: a, By: by, At: when(at), Note: "已清理"})
	}
	oldest := file("2026-11-19 09:00", "zhujian", "红星中路", "2026-11-20 12:00")
	done := file("2026-11-23 09:00", "zhaoyang", "金水湾小区", "2026-11-24 12:00")
	act(done, "2026-11-23 10:00", issue.Submit, "li_qiang")
	act(done, "2026-11-23 11:00", issue.Pass, "zhang_min")
	waiting := file("2026-11-23 09:00", "zhaoyang", "金水湾小区", "2026-11-24 12:00")
	act(waiting, "2026-11-23 10:00", issue.Submit, "li_qiang")
	file("2026-11-23 09:00", "", "金水湾小区", "")
	late := file("2026-11-23 09:00", "zhaoyang", "", "2026-11-23 12:00")
	for _, due := range []string{"2026-11-24 00:00", "2026-11-24 00:01", "2026-11-24 17:30", "2026-11-25 00:00", "2026-11-25 00:01"} {
		file("2026-11-23 09:00", "zhujian", "", due)
	}
	void := file("2026-11-23 09:00", "zhujian", "金水湾小区", "")
	act(void, "2026-11-23 10:00", issue.AskVoid, "xie_lan")
	act(void, "2026-11-23 10:00", issue.Void, "chen_jing")
	storetest.Write(t, s, when("2026-11-22 18:00"), func(tx *store.Tx) error {
		return tx.AddSnapshot(store.SnapshotTotals, when("2026-11-21 18:00"), when("2026-11-22 18:00"), "1", score.DayTotals{Filed: 7, Overdue: 1}, "")
	})

	var d score.Day
	storetest.Read(t, s, when("2026-11-23 18:00"), func(tx *store.Tx) (err error) {
		d, err = tx.Day(p.Reg, when("2026-11-22 18:00"), when("2026-11-23 18:00"), when("2026-11-24 00:00"), when("2026-11-25 00:00"))
		if err == nil {
			d.Scores, err = tx.Scores(p.Reg, p.Reg.Scoring, d.From, d.To)
		}
		return err
	})
	if diff := cmp.Diff([]int64{oldest.ID, late.ID}, ids(d.Worst)); diff != "" {
		t.Errorf("the worst overdue:\n%s", diff)
	}
	var order []string
	for _, score := range d.Scores {
		order = append(order, score.Unit)
	}
	if diff := cmp.Diff([]string{"zhaoyang", "zhujian"}, order); diff != "" {
		t.Errorf("the groups are not in the register's order:\n%s", diff)
	}
	d.Worst, d.Scores = nil, nil
	want := score.Day{
		From: when("2026-11-22 18:00"), To: when("2026-11-23 18:00"), Filed: 9, Closed: 1, Overdue: 2,
		Before: &score.DayTotals{Filed: 7, Overdue: 1}, Hot: []score.Hot{{Place: "金水湾小区", N: 3}},
		DueTomorrow: 3, Review: 1, Undispatched: 1,
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
