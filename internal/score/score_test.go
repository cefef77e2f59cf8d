package score_test

import (
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"duban/internal/issue"
	"duban/internal/score"
)

// TestWorkedExample is domain.md §5.4 A: 28.50 + 17.50 + 18.33… + 19.00 + 9.00 = 92.33.
func TestWorkedExample(t *testing.T) {
	c := score.Counts{Entering: 40, Handled: 38, OnTime: 35, Reviewed: 36, Returned: 3, Overdue: 2, Extended: 4}
	if got := points(c); got != 9233 || got.String() != "92.33" {
		t.Errorf("the worked example gives %s, want 92.33", got)
	}
}

func TestPointsAreRoundedOnceAndHalfUp(t *testing.T) {
	for _, tt := range []struct {
		name    string
		weights issue.Weights
		counts  score.Counts
		want    string
	}{
		{"nothing to count", jinniu(), score.Counts{}, "100.00"},
		{"everything lost", jinniu(), score.Counts{Entering: 1, Reviewed: 1, Returned: 1, Overdue: 1, Extended: 1}, "0.00"},
		// 1/200 of a point is half a hundredth.
		{"0.005 goes up", issue.Weights{Handled: 1}, score.Counts{Entering: 200, Handled: 1}, "0.01"},
		{"0.015 goes up", issue.Weights{Handled: 3}, score.Counts{Entering: 200, Handled: 1}, "0.02"},
		{"99.995 goes up", issue.Weights{Handled: 100}, score.Counts{Entering: 20000, Handled: 19999}, "100.00"},
		{"just below stays down", issue.Weights{Handled: 1}, score.Counts{Entering: 201, Handled: 1}, "0.00"},
		// Thirds: 33.33… + 66.66… is 100 only if nothing is rounded before the end.
		{"sums are exact", issue.Weights{Handled: 50, OnTime: 50}, score.Counts{Entering: 3, Handled: 2, OnTime: 1}, "50.00"},
		{"three times a third", issue.Weights{Handled: 10, OnTime: 10, NoExtension: 10}, score.Counts{Entering: 3, Handled: 1, OnTime: 1, Extended: 2}, "10.00"},
		{"rates stop at one", issue.Weights{Handled: 100}, score.Counts{Entering: 1, Handled: 5}, "100.00"},
		{"rates stop at nought", issue.Weights{NoReturn: 100}, score.Counts{Reviewed: 1, Returned: 3}, "0.00"},
	} {
		if got := pointsBy(tt.weights, tt.counts); got.String() != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestPointsAgreeWithFractions computes the formula once more, in the plainest way.
func TestPointsAgreeWithFractions(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := func(name string, most int) int { return rapid.IntRange(0, most).Draw(rt, name) }
		c := score.Counts{Entering: n("entering", 300) + 1, Reviewed: n("reviewed", 300) + 1, Carried: n("carried", 30)}
		c.Handled = n("handled", c.Entering)
		c.OnTime, c.Extended, c.Returned = n("on time", c.Handled), n("extended", c.Entering), n("returned", c.Reviewed)
		c.Overdue = n("overdue", c.Entering+c.Carried)
		rate := func(a, b int) *big.Rat { return big.NewRat(int64(a), int64(b)) }
		lost := func(a, b int) *big.Rat { return new(big.Rat).Sub(big.NewRat(1, 1), rate(a, b)) }
		sum := new(big.Rat)
		for _, part := range []struct {
			weight int64
			rate   *big.Rat
		}{
			{30, rate(c.Handled, c.Entering)},
			{20, rate(c.OnTime, c.Entering)},
			{20, lost(c.Returned, c.Reviewed)},
			{20, lost(c.Overdue, c.Entering+c.Carried)},
			{10, lost(c.Extended, c.Entering)},
		} {
			sum.Add(sum, new(big.Rat).Mul(big.NewRat(part.weight, 1), part.rate))
		}
		if got, want := points(c).String(), sum.FloatString(2); got != want { // FloatString rounds half away from 0
			rt.Fatalf("%+v: %s, want %s", c, got, want)
		}
	})
}

func TestPointsText(t *testing.T) {
	for p, want := range map[issue.Points]string{0: "0.00", 5: "0.05", 9230: "92.30", 10000: "100.00", -150: "-1.50", -5: "-0.05"} {
		if got := p.String(); got != want {
			t.Errorf("%d hundredths: %s, want %s", int64(p), got, want)
		}
	}
}

// The period of the counting tests is 23 November, 18:00, to 24 November, 18:00.
func period(t testing.TB) (from, to time.Time) {
	return at(t, "2026-11-23 18:00"), at(t, "2026-11-24 18:00")
}

// fact is an issue of 昭阳街道: due, first submitted ("" never), and what else it was.
func fact(t testing.TB, due, submitted string, change func(*moments)) moments {
	f := moments{
		Fact: score.Fact{Unit: "zhaoyang", Status: issue.Assigned}, ReportedAt: at(t, "2026-11-20 09:00"), Due: at(t, due), CurrentDue: at(t, due),
	}
	if submitted != "" {
		f.Status, f.FirstSubmitted = issue.Submitted, at(t, submitted)
	}
	if change != nil {
		change(&f)
	}
	return f
}

func status(s issue.Status) func(*moments) { return func(f *moments) { f.Status = s } }

func TestCountingRule(t *testing.T) {
	returned := func(current string) func(*moments) {
		return func(f *moments) {
			f.Status, f.CurrentDue, f.Reviewed, f.Returned = issue.Working, at(t, current), true, true
		}
	}
	late := score.Counts{Entering: 1, Handled: 1}
	onTime := score.Counts{Entering: 1, Handled: 1, OnTime: 1}
	tests := []struct {
		name string
		fact moments
		want score.Counts
	}{
		{"submitted on time", fact(t, "2026-11-25 18:00", "2026-11-24 10:00", nil), onTime},
		{"enters when it is submitted, not again when it is due", fact(t, "2026-11-24 10:00", "2026-11-22 10:00", nil), score.Counts{}},
		{"enters when it is due, not again when it is submitted", fact(t, "2026-11-22 10:00", "2026-11-24 10:00", nil), score.Counts{}},
		{"submitted late", fact(t, "2026-11-24 09:00", "2026-11-24 10:00", nil), late},
		{"submitted to the minute", fact(t, "2026-11-24 10:00", "2026-11-24 10:00", nil), onTime},
		{"submitted after the period, due in it", fact(t, "2026-11-24 10:00", "2026-11-24 19:00", nil), score.Counts{Entering: 1, Overdue: 1}},
		{"submitted when the period begins", fact(t, "2026-11-25 18:00", "2026-11-23 18:00", nil), onTime},
		{"submitted when the period ends", fact(t, "2026-11-25 18:00", "2026-11-24 18:00", nil), score.Counts{}},
		{"due in the period, nothing submitted", fact(t, "2026-11-24 17:30", "", nil), score.Counts{Entering: 1, Overdue: 1}},
		{"due when the period ends", fact(t, "2026-11-24 18:00", "", nil), score.Counts{}},
		{"not due yet", fact(t, "2026-11-26 18:00", "", nil), score.Counts{}},
		{"overdue from before", fact(t, "2026-11-20 18:00", "", nil), score.Counts{Overdue: 1, Carried: 1}},
		{"suspended", fact(t, "2026-11-24 10:00", "", status(issue.Suspended)), score.Counts{}},
		{"void", fact(t, "2026-11-24 10:00", "", status(issue.Voided)), score.Counts{}},
		{"merged", fact(t, "2026-11-24 10:00", "", status(issue.Merged)), score.Counts{}},
		{"rejected", fact(t, "2026-11-24 10:00", "", status(issue.Rejected)), score.Counts{}},
		{"no deadline", moments{Fact: score.Fact{Unit: "zhaoyang", Status: issue.Reported}, ReportedAt: at(t, "2026-11-24 10:00")}, score.Counts{}},
		{"another unit", fact(t, "2026-11-24 10:00", "", func(f *moments) { f.Unit = "zhujian" }), score.Counts{}},
		{"solved on the spot before a said deadline", fact(t, "2026-11-24 10:00", "", status(issue.Closed)), score.Counts{}},
		{
			"filed and closed in the period", fact(t, "2026-11-25 18:00", "2026-11-24 10:00", func(f *moments) {
				f.Status, f.ReportedAt, f.ClosedAt, f.Reviewed = issue.Closed, at(t, "2026-11-23 18:00"), at(t, "2026-11-24 11:00"), true
			}), score.Counts{Entering: 1, Handled: 1, OnTime: 1, Reviewed: 1, Filed: 1, Closed: 1},
		},
		{
			"closed in the period, submitted before", fact(t, "2026-11-25 18:00", "2026-11-23 10:00", func(f *moments) {
				f.Status, f.ClosedAt, f.Reviewed = issue.Closed, at(t, "2026-11-24 11:00"), true
			}), score.Counts{Reviewed: 1, Closed: 1},
		},
		{"with an extension", fact(t, "2026-11-25 18:00", "2026-11-24 10:00", func(f *moments) { f.Extended = true }), score.Counts{Entering: 1, Handled: 1, OnTime: 1, Extended: 1}},
		{
			"a return does not rewrite what was on time", fact(t, "2026-11-24 18:00", "2026-11-24 10:00", returned("2026-11-25 18:00")),
			score.Counts{Entering: 1, Handled: 1, OnTime: 1, Reviewed: 1, Returned: 1},
		},
		{
			"returned and late again", fact(t, "2026-11-24 18:00", "2026-11-24 08:00", returned("2026-11-24 12:00")),
			score.Counts{Entering: 1, Handled: 1, OnTime: 1, Reviewed: 1, Returned: 1, Overdue: 1},
		},
		{
			"entered by its submission before the period, returned and late", fact(t, "2026-11-24 10:00", "2026-11-23 10:00", returned("2026-11-24 12:00")),
			score.Counts{Reviewed: 1, Returned: 1, Overdue: 1, Carried: 1},
		},
		{"found by the unit itself, on time", fact(t, "2026-11-25 18:00", "2026-11-24 10:00", func(f *moments) { f.SelfFound, f.Reviewed = true, true }), score.Counts{}},
		{"found by the unit itself, late", fact(t, "2026-11-24 09:00", "2026-11-24 10:00", func(f *moments) { f.SelfFound = true }), late},
		{"found by the unit itself, overdue", fact(t, "2026-11-24 09:00", "", func(f *moments) { f.SelfFound = true }), score.Counts{Entering: 1, Overdue: 1}},
	}
	from, to := period(t)
	for _, tt := range tests {
		tt.want.Unit = "zhaoyang"
		got := count([]string{"zhaoyang"}, []moments{tt.fact}, from, to)
		if diff := cmp.Diff([]score.Counts{tt.want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestCountListsEveryUnitInOrder(t *testing.T) {
	from, to := period(t)
	got := count([]string{"zhujian", "zhaoyang"}, []moments{fact(t, "2026-11-24 10:00", "", nil)}, from, to)
	want := []score.Counts{{Unit: "zhujian"}, {Unit: "zhaoyang", Entering: 1, Overdue: 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// randomFact is any issue around the period, also impossible ones.
func randomFact(rt *rapid.T, from time.Time) moments {
	when := func(name string) time.Time {
		if rapid.IntRange(0, 3).Draw(rt, name+" never") == 0 {
			return time.Time{}
		}
		return from.Add(time.Duration(rapid.IntRange(-72, 72).Draw(rt, name)) * time.Hour)
	}
	flag := func(name string) bool { return rapid.Bool().Draw(rt, name) }
	f := moments{
		Fact: score.Fact{
			Unit:   rapid.SampledFrom([]string{"zhaoyang", "zhujian", "elsewhere"}).Draw(rt, "unit"),
			Status: rapid.SampledFrom(issue.Statuses()).Draw(rt, "status"), Source: rapid.SampledFrom(sources()).Draw(rt, "source"),
			Extended: flag("extended"), SelfFound: flag("self"), Reviewed: flag("reviewed"), Early: flag("early"), Excused: flag("excused"),
		},
		ReportedAt: when("reported"), FirstSubmitted: when("submitted"), Due: when("due"), CurrentDue: when("current"), ClosedAt: when("closed"),
		PassedAt: when("passed"), CalledAt: when("called"),
	}
	f.Returned = f.Reviewed && flag("returned")
	return f
}

func TestOrderOfFactsDoesNotMatter(t *testing.T) {
	from, to := period(t)
	rapid.Check(t, func(rt *rapid.T) {
		facts := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) moments { return randomFact(rt, from) }), 0, 30).Draw(rt, "facts")
		units := []string{"zhaoyang", "zhujian"}
		want := jinniuRanking(count(units, facts, from, to))
		slices.Reverse(units)
		got := jinniuRanking(count(units, rapid.Permutation(facts).Draw(rt, "shuffled"), from, to))
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func jinniuRanking(counts []score.Counts) []score.Score {
	return rank(issue.Scoring{Weights: jinniu(), MinCases: 1}, counts)
}

// TestCountsFitTogether: rates never exceed one before they are clamped.
func TestCountsFitTogether(t *testing.T) {
	from, to := period(t)
	rapid.Check(t, func(rt *rapid.T) {
		facts := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) moments { return randomFact(rt, from) }), 0, 30).Draw(rt, "facts")
		for _, c := range count([]string{"zhaoyang", "zhujian"}, facts, from, to) {
			if c.OnTime > c.Handled || c.Handled > c.Entering || c.Returned > c.Reviewed || c.Carried > c.Overdue || c.Extended > c.Entering {
				rt.Fatalf("%+v", c)
			}
			if c.Overdue > c.Entering+c.Carried {
				rt.Fatalf("more overdue than entered and carried: %+v", c)
			}
		}
	})
}

// TestGoodWorkNeverCosts: one more issue, closed on time, never lowers a unit's points.
func TestGoodWorkNeverCosts(t *testing.T) {
	from, to := period(t)
	rapid.Check(t, func(rt *rapid.T) {
		facts := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) moments { return randomFact(rt, from) }), 0, 30).Draw(rt, "facts")
		good := fact(t, "2026-11-25 18:00", "2026-11-24 10:00", func(f *moments) {
			f.Status, f.ClosedAt, f.Reviewed = issue.Closed, at(t, "2026-11-24 11:00"), true
			f.SelfFound = rapid.Bool().Draw(rt, "self-found")
		})
		before := points(count([]string{"zhaoyang"}, facts, from, to)[0])
		after := points(count([]string{"zhaoyang"}, append(facts, good), from, to)[0])
		if after < before {
			rt.Fatalf("from %s to %s", before, after)
		}
	})
}

func TestRanking(t *testing.T) {
	unit := func(unit string, entering, handled, onTime, reviewed, returned int) score.Counts {
		return score.Counts{Unit: unit, Entering: entering, Handled: handled, OnTime: onTime, Reviewed: reviewed, Returned: returned}
	}
	for _, tt := range []struct {
		name   string
		counts []score.Counts
		want   []string
	}{
		{"best first, ties share a rank and the next is left out", []score.Counts{
			unit("c", 10, 5, 5, 0, 0), unit("b", 10, 10, 10, 0, 0), unit("a", 10, 10, 10, 0, 0),
		}, []string{"1 a", "1 b", "3 c"}},
		{"among equals: the higher rate on time", []score.Counts{
			// 30 × 6/10 + 20 × 9/10 = 30 × 8/10 + 20 × 6/10
			unit("less", 10, 8, 6, 0, 0), unit("more", 10, 6, 9, 0, 0),
		}, []string{"1 more", "1 less"}},
		{"then fewer returns", []score.Counts{
			unit("a", 10, 10, 10, 20, 2), unit("b", 10, 10, 10, 10, 1),
		}, []string{"1 b", "1 a"}},
		{"then more cases", []score.Counts{
			unit("a", 10, 10, 10, 0, 0), unit("b", 20, 20, 20, 0, 0),
		}, []string{"1 b", "1 a"}},
		{"a unit code is a code, not a number", []score.Counts{
			unit("u2", 10, 10, 10, 0, 0), unit("u10", 10, 10, 10, 0, 0),
		}, []string{"1 u10", "1 u2"}},
		{"too few and none come last, without a rank", []score.Counts{
			unit("none", 0, 0, 0, 0, 0), unit("few", 4, 4, 4, 0, 0), unit("enough", 5, 0, 0, 5, 5), unit("fewer", 1, 0, 0, 0, 0),
		}, []string{"1 enough", "0 few 样本不足", "0 fewer 样本不足", "0 none 无应处置"}},
		{"nothing", nil, nil},
	} {
		var got []string
		for _, s := range rank(issue.Scoring{Weights: jinniu(), MinCases: 5}, tt.counts) {
			line := fmt.Sprintf("%d %s", s.Rank, s.Unit)
			if s.Reason != "" {
				line += " " + s.Reason
			}
			got = append(got, line)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestEqualsHaveOneOrder: who had nothing to handle has lost nothing of 按期率, so that the order among equals never depends on the
// order in which units are configured.
func TestEqualsHaveOneOrder(t *testing.T) {
	idle := score.Counts{Unit: "idle", Reviewed: 9, Returned: 1}
	half := score.Counts{Unit: "half", Entering: 2, OnTime: 1}
	all := score.Counts{Unit: "all", Entering: 1, OnTime: 1, Reviewed: 9, Returned: 2}
	rule := issue.Scoring{Style: issue.StyleDeductions}
	for _, counts := range [][]score.Counts{{idle, half, all}, {half, all, idle}, {all, idle, half}, {all, half, idle}} {
		var got []string
		for _, s := range rank(rule, counts) {
			got = append(got, s.Unit)
		}
		if diff := cmp.Diff([]string{"idle", "all", "half"}, got); diff != "" {
			t.Error(diff)
		}
	}
}

// TestRankingLeavesCountsAlone: the caller's counts keep their order, and an unranked unit keeps its overdue issues.
func TestRankingLeavesCountsAlone(t *testing.T) {
	counts := []score.Counts{{Unit: "b", Overdue: 2, Carried: 2}, {Unit: "a", Entering: 5, Handled: 5, OnTime: 5}}
	scores := rank(issue.Scoring{Weights: jinniu(), MinCases: 5}, counts)
	if counts[0].Unit != "b" {
		t.Error("the counts were sorted in place")
	}
	if last := scores[1]; last.Unit != "b" || last.Overdue != 2 || last.Points != 0 {
		t.Errorf("unit without cases: %+v", last)
	}
}
