// Package score is what a unit's handling of its issues is worth: what of a period counts, the account that follows, and
// the order of the units. It is pure: facts in, accounts out.
package score

import (
	"cmp"
	"math/big"
	"slices"
	"time"

	"duban/internal/issue"
)

// Counts is what a unit did in a period, by the counting rule of domain.md §5.4: an issue enters a period once, at the
// earlier of its first submission and its deadline.
type Counts struct {
	Unit     string
	Entering int // 应处置
	Handled  int // 处置: of these, submitted by the end of the period
	OnTime   int // 按期处置: of these, first submitted by the deadline
	Reviewed int // 应结案: reviewed in the period
	Returned int // 返工: of these, returned at least once
	Overdue  int // 超期待处置: late and not submitted at the end of the period
	Carried  int // of these, those that had entered before the period
	Extended int // 延期: of the entering ones
	Filed    int // filed in the period, for information
	Closed   int // closed in the period, for information
}

// Score is a unit's place in a ranking.
type Score struct {
	Counts
	Points issue.Points
	Rank   int // 1 is best; equal points share a rank; 0: not ranked
	Reason string
}

// Points computes the default score of domain.md §5.4 A out of 100: the weighted sum of 处置率, 按期处置率, 1−返工率,
// 1−超期待处置率 and 1−延期率, in exact fractions, rounded half up once at the end.
func Points(w issue.Weights, c Counts) issue.Points {
	sum := new(big.Rat)
	add := func(weight, num, den int) { sum.Add(sum, weighted(weight, num, den)) }
	add(w.Handled, c.Handled, c.Entering)
	add(w.OnTime, c.OnTime, c.Entering)
	add(w.NoReturn, c.Reviewed-c.Returned, c.Reviewed)
	add(w.NoOverdue, c.Entering+c.Carried-c.Overdue, c.Entering+c.Carried)
	add(w.NoExtension, c.Entering-c.Extended, c.Entering)
	return roundHalfUp(sum)
}

// weighted is weight × num/den, the rate clamped to 0–1. Nothing to count means nothing lost: full points.
func weighted(weight, num, den int) *big.Rat {
	if den <= 0 {
		num, den = 1, 1
	}
	num = max(0, min(num, den))
	return big.NewRat(int64(weight)*int64(num), int64(den))
}

// roundHalfUp rounds a number of points to hundredths.
func roundHalfUp(r *big.Rat) issue.Points {
	twice := new(big.Rat).Mul(r, big.NewRat(200, 1))
	twice.Add(twice, big.NewRat(1, 1))
	// ⌊(2x+1)/2⌋ rounds x half up; scores are never negative here.
	q := new(big.Int).Quo(twice.Num(), new(big.Int).Mul(twice.Denom(), big.NewInt(2)))
	return issue.Points(q.Int64())
}

// Rank scores the units and orders them: best first, then those with too few cases, then those with none. Ties are equal
// points; among them the order is 按期率, fewer returns, more cases, unit id (domain.md §5.4).
func Rank(s issue.Scoring, counts []Counts) []Score {
	var out []Score
	for _, c := range counts {
		out = append(out, scored(s, c))
	}
	slices.SortFunc(out, compareScores)
	for n := range out {
		if out[n].Reason != "" {
			continue
		}
		out[n].Rank = n + 1
		if n > 0 && out[n-1].Points == out[n].Points {
			out[n].Rank = out[n-1].Rank
		}
	}
	return out
}

func scored(s issue.Scoring, c Counts) Score {
	switch {
	case c.Entering == 0:
		return Score{Counts: c, Reason: "无应处置"}
	case c.Entering < s.MinCases:
		return Score{Counts: c, Points: Points(s.Weights, c), Reason: "样本不足"}
	}
	return Score{Counts: c, Points: Points(s.Weights, c)}
}

func compareScores(a, b Score) int {
	return cmp.Or(
		cmp.Compare(a.class(), b.class()),
		cmp.Compare(b.Points, a.Points),
		cmp.Compare(b.OnTime*a.Entering, a.OnTime*b.Entering),
		cmp.Compare(a.Returned, b.Returned),
		cmp.Compare(b.Entering, a.Entering),
		cmp.Compare(a.Unit, b.Unit),
	)
}

func (s Score) class() int {
	switch s.Reason {
	case "":
		return 0
	case "样本不足":
		return 1
	}
	return 2
}

// Fact is what the counting rule needs to know of one issue.
type Fact struct {
	Unit           string
	Status         issue.Status
	ReportedAt     time.Time
	FirstSubmitted time.Time
	Due            time.Time // the deadline that counted: as it stood at the first submission
	CurrentDue     time.Time // the deadline now, which a return has moved
	ClosedAt       time.Time
	Extended       bool
	SelfFound      bool
	Reviewed       bool // a review was given in the period
	Returned       bool // one of these reviews was a return
}

// Count adds up the facts of a period [from, to) per unit (domain.md §5.4). Void, merged, rejected and suspended issues do
// not count, nor what an inspector solved on the spot; self-found ones only if they are late (S33).
func Count(units []string, facts []Fact, from, to time.Time) []Counts {
	byUnit := map[string]*Counts{}
	out := make([]Counts, len(units))
	for n, u := range units {
		out[n].Unit = u
		byUnit[u] = &out[n]
	}
	for _, f := range facts {
		if c := byUnit[f.Unit]; c != nil && f.counts() {
			c.add(f, from, to)
		}
	}
	return out
}

func (f Fact) counts() bool {
	switch f.Status {
	case issue.Voided, issue.Merged, issue.Rejected, issue.Suspended:
		return false
	case issue.Closed:
		return !f.Due.IsZero() && !f.FirstSubmitted.IsZero() // otherwise solved on the spot
	}
	return !f.Due.IsZero()
}

func (c *Counts) add(f Fact, from, to time.Time) {
	in := func(t time.Time) bool { return !t.IsZero() && !t.Before(from) && t.Before(to) }
	submitted := !f.FirstSubmitted.IsZero() && f.FirstSubmitted.Before(to)
	late := f.FirstSubmitted.IsZero() || f.FirstSubmitted.After(f.Due)
	entry := f.Due
	if !late {
		entry = f.FirstSubmitted
	}
	if in(f.ReportedAt) {
		c.Filed++
	}
	if in(f.ClosedAt) {
		c.Closed++
	}
	if f.SelfFound && !late {
		return
	}
	if in(entry) {
		c.enter(f, submitted, late)
	}
	if f.Reviewed {
		c.Reviewed++
		c.Returned += one(f.Returned)
	}
	if f.waiting(to) {
		c.Overdue++
		c.Carried += one(entry.Before(from))
	}
}

// waiting says whether the unit was late at the end of the period with nothing submitted: never, or not since a return.
func (f Fact) waiting(to time.Time) bool {
	if f.FirstSubmitted.IsZero() || !f.FirstSubmitted.Before(to) {
		return f.Due.Before(to)
	}
	return f.Status.WithUnit() && f.CurrentDue.Before(to)
}

func (c *Counts) enter(f Fact, submitted, late bool) {
	c.Entering++
	c.Handled += one(submitted)
	c.OnTime += one(submitted && !late)
	c.Extended += one(f.Extended)
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}
