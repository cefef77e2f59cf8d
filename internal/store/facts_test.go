package store_test

import (
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

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
	when := func(at time.Time) score.When {
		switch {
		case at.IsZero():
			return score.Never
		case at.Before(from):
			return score.Before
		case at.Before(to):
			return score.Within
		}
		return score.After
	}
	f := score.Fact{
		Unit: i.Unit, N: 1, Issue: i.ID, Status: i.Status, Source: i.Source,
		Reported: when(i.ReportedAt), Submitted: when(i.FirstSubmittedAt), Due: when(i.ScoredDue()), CurrentDue: when(i.Due),
		Passed: when(i.PassedAt), Closed: when(i.ClosedAt), Called: when(i.Call.At),
		Late: i.FirstSubmittedAt.After(i.ScoredDue()), Extended: i.Extensions > 0, SelfFound: i.SelfFound, Early: i.Early, Excused: i.Excused,
		Call: i.Call,
	}
	f.Call.At = time.Time{}
	if f.Source != issue.FromUpper && f.Source != issue.FromSelf {
		f.Source = ""
	}
	for _, j := range issue.Judgements(l.events) {
		if j.Unit == i.Unit && !j.Excused && when(j.At) == score.Within {
			f.Reviewed = f.Reviewed || j.Kind == issue.Passed || j.Kind == issue.Returned
			f.Returned = f.Returned || j.Kind == issue.Returned
		}
	}
	return f
}

// deeds says what of an issue's history costs or brings points by itself.
func (l life) deeds(reg *issue.Register, from, to time.Time) []score.Deed {
	var out []score.Deed
	if s := l.issue.Status; s == issue.Voided || s == issue.Merged || s == issue.Rejected {
		return nil
	}
	for _, j := range issue.Judgements(l.events) {
		if j.Excused || j.At.Before(from) || !j.At.Before(to) || j.Kind == issue.Passed || j.Kind == issue.Returned && j.Nth <= 2 {
			continue
		}
		d := score.Deed{Unit: j.Unit, Kind: j.Kind, N: 1, Issue: j.Issue}
		if p, ok := reg.Person(j.Person); ok {
			d.Unit = p.Unit
		}
		out = append(out, d)
	}
	return out
}

// TestFactsAreThoseThatMatter: the few rows that are read count the same as all of them, for days before the data, in the
// middle of it and after it, and for weeks.
func TestFactsAreThoseThatMatter(t *testing.T) {
	p, start := storetest.Supervised(t), storetest.At(t, "2026-11-02 09:00")
	reg := *p.Reg
	reg.People = slices.Clone(reg.People)
	for n := range reg.People { // who solves on the spot is of a unit when it comes to scores
		if reg.People[n].ID == "zhang_min" {
			reg.People[n].Unit = "zhaoyang"
		}
	}
	for seed := range uint64(4) {
		s := storetest.Open(t)
		storetest.Lives(t, s, p, start, 150, 10+seed)
		storetest.Read(t, s, start, func(tx *store.Tx) error {
			all := lives(t, tx)
			for day := range 26 {
				rule := p.Reg.Scoring
				rule.Style, rule.OnTimeRequiresPass, rule.MinCases = issue.Styles()[day%3], day%2 == 1, 2
				from := start.Add(time.Duration(24*day-33) * time.Hour)
				compareFacts(t, tx, &reg, rule, all, from, from.Add(24*time.Hour))
				compareFacts(t, tx, &reg, rule, all, from, from.Add(7*24*time.Hour))
			}
			return nil
		})
	}
}

func compareFacts(t *testing.T, tx *store.Tx, reg *issue.Register, rule issue.Scoring, all []life, from, to time.Time) {
	t.Helper()
	var naive score.Input
	for _, l := range all {
		naive.Facts = append(naive.Facts, l.fact(from, to))
		naive.Deeds = append(naive.Deeds, l.deeds(reg, from, to)...)
	}
	want := map[string]score.Account{}
	for _, g := range reg.Groups {
		for _, a := range score.Rank(rule, score.Sheets(rule, unitsIn(reg, g.ID), naive)) {
			want[a.Unit] = a
		}
	}
	for unit, account := range want {
		got, _, err := tx.Account(reg, rule, unit, from, to)
		if diff := cmp.Diff(account, got, exactly); diff != "" || err != nil {
			t.Errorf("%v – %v, %s by %s (-all +read): %v\n%s", from, to, unit, rule.Style, err, diff)
		}
	}
	ranking, err := tx.Ranking(reg, rule, from, to)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range ranking {
		if diff := cmp.Diff(want[a.Unit], a, exactly, cmpopts.IgnoreFields(score.Line{}, "Issues")); diff != "" {
			t.Errorf("%v – %v, ranked by %s (-all +read):\n%s", from, to, rule.Style, diff)
		}
	}
}

// exactly compares fractions by their value, and numbers of issues in any order.
var exactly = cmp.Options{
	cmp.Comparer(func(a, b *big.Rat) bool { return a.Cmp(b) == 0 }),
	cmpopts.SortSlices(func(a, b int64) bool { return a < b }), cmpopts.EquateEmpty(),
}

func unitsIn(reg *issue.Register, group string) []string {
	var out []string
	for _, u := range reg.Units {
		if u.Group == group {
			out = append(out, u.ID)
		}
	}
	return out
}

// TestFactsOfADayAreFew: a day long after the lives have come to rest asks for what is overdue, and nothing else.
func TestFactsOfADayAreFew(t *testing.T) {
	s, p, start := storetest.Open(t), storetest.County(t), storetest.At(t, "2026-11-02 09:00")
	storetest.Lives(t, s, p, start, 200, 20)
	later := start.Add(100 * 24 * time.Hour)
	storetest.Read(t, s, start, func(tx *store.Tx) error {
		facts, err := tx.Facts(later, later.Add(24*time.Hour), "")
		if err != nil {
			return err
		}
		n := 0
		for _, f := range facts {
			n += f.N
		}
		overdue, err := tx.CountIssues(store.Filter{Statuses: []issue.Status{issue.Assigned, issue.Working}, DueBefore: later})
		if n != overdue || overdue == 0 || len(facts) >= n {
			t.Errorf("%d facts of %d issues for %d overdue ones", len(facts), n, overdue)
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
			var accounts []score.Account
			accounts, err = tx.Ranking(p.Reg, p.Reg.Scoring, d.From, d.To)
			d.Scores = score.Scores(accounts)
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

// TestAccountNamesItsIssues: the lines of one unit's account name the issues behind them, entries by hand count when they are of the
// period, and the rule is the one that is given.
func TestAccountNamesItsIssues(t *testing.T) {
	s, p := storetest.Open(t), storetest.County(t)
	when := func(text string) time.Time { return storetest.At(t, text) }
	file := func() issue.Issue {
		return storetest.Issue(t, s, p, when("2026-11-23 09:00"), issue.Change{
			Reporter: "zhang_min", Unit: "zhaoyang", Assignee: "li_qiang", Place: "金水湾小区", Due: when("2026-11-23 12:00"), Said: true,
		})
	}
	exposed, early := file(), file()
	storetest.Move(t, s, p, exposed.ID, issue.Act{Action: issue.Expose, By: "chen_jing", At: when("2026-11-23 10:00")})
	storetest.Move(t, s, p, early.ID, issue.Act{Action: issue.Submit, By: "li_qiang", At: when("2026-11-23 09:10"), Note: "已清理"})
	for _, at := range []string{"2026-11-23 17:59", "2026-11-23 18:00"} { // the second counts in the next period
		storetest.Write(t, s, when(at), func(tx *store.Tx) error {
			a := issue.Adjustment{Unit: "zhaoyang", Points: -50, Reason: "迟报", Person: "chen_jing"}
			if err := tx.AddAdjustment(&a); err != nil {
				return err
			}
			_, err := tx.DecideAdjustment(a.ID, issue.AdjustmentApproved, "liu_jian", "")
			return err
		})
	}
	rule := p.Reg.Scoring
	rule.Weights = issue.Weights{Handled: 100}
	var got score.Account
	storetest.Read(t, s, when("2026-11-23 18:00"), func(tx *store.Tx) (err error) {
		got, _, err = tx.Account(p.Reg, rule, "zhaoyang", when("2026-11-22 18:00"), when("2026-11-23 18:00"))
		return err
	})
	want := score.Account{
		Score: score.Score{
			Counts: score.Counts{
				Unit: "zhaoyang", Entering: 2, Handled: 1, OnTime: 1, Overdue: 1, Early: 1, Filed: 2,
				Found: score.ByLevel{County: 2}, Late: score.ByLevel{County: 1},
			},
			Points: 4860, Rank: 1,
		},
		Lines: []score.Line{
			{Kind: score.KindHandled, Points: big.NewRat(50, 1), Num: 1, Den: 2, Issues: []int64{exposed.ID}},
			{Kind: score.KindOnTime, Points: new(big.Rat), Num: 1, Den: 2, Issues: []int64{exposed.ID}},
			{Kind: score.KindNoOverdue, Points: new(big.Rat), Num: 1, Den: 2, Issues: []int64{exposed.ID}},
			{Kind: score.KindNoExtension, Points: new(big.Rat), Num: 2, Den: 2},
			{Kind: score.KindExposure, Points: big.NewRat(-1, 1), Num: 1, Issues: []int64{exposed.ID}},
			{Kind: score.KindEarly, Points: big.NewRat(1, 10), Num: 1, Issues: []int64{early.ID}},
			{Kind: score.KindManual, Points: big.NewRat(-1, 2), Reason: "迟报", Entry: 1},
		},
	}
	if diff := cmp.Diff(want, got, exactly); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestReviewsOfAPeriod: an excused return is no review, and what passes again after a relapse is reviewed on that day, though it was
// filed and first submitted long before.
func TestReviewsOfAPeriod(t *testing.T) {
	s, p := storetest.Open(t), storetest.County(t)
	when := func(text string) time.Time { return storetest.At(t, text) }
	act := func(i issue.Issue, at string, a issue.Action, by string) {
		storetest.Move(t, s, p, i.ID, issue.Act{Action: a, By: by, At: when(at), Note: "情况说明"})
	}
	file := func() issue.Issue {
		i := storetest.Issue(t, s, p, when("2026-11-16 09:00"), issue.Change{Reporter: "zhang_min", Unit: "zhaoyang", Assignee: "li_qiang", Place: "金水湾小区"})
		act(i, "2026-11-16 10:00", issue.Submit, "li_qiang")
		return i
	}
	again, returned := file(), file()
	act(again, "2026-11-16 11:00", issue.Pass, "zhang_min")
	act(again, "2026-11-20 10:00", issue.Relapse, "zhang_min")
	act(again, "2026-11-20 11:00", issue.Submit, "li_qiang")
	act(again, "2026-11-23 10:00", issue.Pass, "zhang_min")
	act(returned, "2026-11-23 10:00", issue.Return, "zhang_min")
	counts := func() [2]int {
		var facts []score.Fact
		storetest.Read(t, s, when("2026-11-23 18:00"), func(tx *store.Tx) (err error) {
			facts, err = tx.Facts(when("2026-11-23 00:00"), when("2026-11-23 18:00"), "")
			return err
		})
		got := score.Sheets(p.Reg.Scoring, []string{"zhaoyang"}, score.Input{Facts: facts})[0]
		return [2]int{got.Reviewed, got.Returned}
	}
	if got := counts(); got != [2]int{2, 1} {
		t.Errorf("reviewed and returned: %v", got)
	}
	storetest.Move(t, s, p, returned.ID, issue.Act{
		Action: issue.Appeal, By: p.Reg.Chief("zhaoyang"), At: when("2026-11-23 11:00"), Note: "已整改", Change: issue.Change{Request: &issue.Request{}},
	})
	act(returned, "2026-11-23 11:10", issue.Uphold, "chen_jing")
	if got := counts(); got != [2]int{1, 0} {
		t.Errorf("with the return excused: %v", got)
	}
}
