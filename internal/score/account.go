package score

import (
	"math/big"
	"slices"

	"duban/internal/issue"
)

// Account is a unit's score and how it came about: lines that add up exactly to the points that are shown.
type Account struct {
	Score
	Lines []Line
}

// open writes the lines of a sheet by the chosen style, up to the floor: no score is below 0. Bonuses may lift it above 100, or
// they would be worth nothing to who has everything.
func open(s issue.Scoring, sheet Sheet) Account {
	a := Account{Score: Score{Counts: sheet.Counts}}
	switch s.Style {
	case issue.StyleDeductions:
		a.deductions(s.Deductions, sheet)
	case issue.StyleComplaints:
		a.complaints(s.Complaints, sheet)
	default:
		a.rates(s.Weights, sheet)
		a.penalties(s.Adjustments, sheet)
		a.bonuses(s.Adjustments, sheet)
	}
	a.byHand(s.Adjustments, sheet)
	if s.Style != issue.StyleDeductions && s.Style != issue.StyleComplaints {
		a.bound(KindTotalCap, a.adjusted(), s.Adjustments.TotalCap)
	}
	if sum := a.sum(); sum.Sign() < 0 {
		a.add(Line{Kind: KindFloor, Points: sum.Neg(sum)})
	}
	return a
}

// add writes a line; one that is worth nothing and says nothing is left out.
func (a *Account) add(l Line) {
	if l.Points.Sign() != 0 || l.Den > 0 {
		a.Lines = append(a.Lines, l)
	}
}

func (a *Account) sum() *big.Rat { return total(a.Lines, func(Line) bool { return true }) }

// adjusted is what was added to the five rates and taken from them.
func (a *Account) adjusted() *big.Rat {
	return total(a.Lines, func(l Line) bool { return !slices.Contains(factors(), l.Kind) })
}

func factors() []Kind {
	return []Kind{KindHandled, KindOnTime, KindNoReturn, KindNoOverdue, KindNoExtension}
}

func total(lines []Line, of func(Line) bool) *big.Rat {
	sum := new(big.Rat)
	for _, l := range lines {
		if of(l) {
			sum.Add(sum, l.Points)
		}
	}
	return sum
}

// rates are the five factors of domain.md §5.4 A: 处置率, 按期处置率, 1−返工率, 1−超期待处置率 and 1−延期率.
func (a *Account) rates(w issue.Weights, sheet Sheet) {
	c := sheet.Weighted
	for _, f := range []struct {
		kind             Kind
		weight, num, den int
	}{
		{KindHandled, w.Handled, c.Handled, c.Entering},
		{KindOnTime, w.OnTime, c.OnTime, c.Entering},
		{KindNoReturn, w.NoReturn, c.Reviewed - c.Returned, c.Reviewed},
		{KindNoOverdue, w.NoOverdue, c.Entering + c.Carried - c.Overdue, c.Entering + c.Carried},
		{KindNoExtension, w.NoExtension, c.Entering - c.Extended, c.Entering},
	} {
		a.add(Line{Kind: f.kind, Points: share(f.weight, f.num, f.den), Num: f.num, Den: f.den, Issues: sheet.Issues[f.kind]})
	}
}

// share is weight × num/den, the rate clamped to 0–1. Nothing to count means nothing lost: full points.
func share(weight, num, den int) *big.Rat {
	if den <= 0 {
		num, den = 1, 1
	}
	num = max(0, min(num, den))
	return big.NewRat(int64(weight)*int64(num), int64(den))
}

// penalties are what the judgements of the period cost.
func (a *Account) penalties(adj issue.Adjustments, sheet Sheet) {
	a.times(KindExposure, adj.Exposure, sheet.deeds(issue.Exposed), sheet)
	a.times(KindFalsified, adj.Falsified, sheet.deeds(issue.Falsification), sheet)
	a.times(KindRefusedSendBack, adj.RefusedSendBack, sheet.deeds(issue.RefusedSendBack), sheet)
	a.times(KindRelapse, adj.Relapse, sheet.deeds(issue.Relapsed), sheet)
	a.times(KindThirdReturn, adj.ThirdReturn, sheet.deeds(issue.Returned), sheet)
}

func (a *Account) bonuses(adj issue.Adjustments, sheet Sheet) {
	a.times(KindOnTheSpot, adj.OnTheSpot, sheet.deeds(issue.SolvedOnTheSpot), sheet)
	a.times(KindEarly, adj.Early, sheet.Early, sheet)
	a.bound(KindBonusCap, total(a.Lines, func(l Line) bool { return l.Kind == KindOnTheSpot || l.Kind == KindEarly }), adj.BonusCap)
}

func (s Sheet) deeds(k issue.JudgementKind) int {
	n := 0
	for _, d := range s.Deeds {
		if d.Kind == k {
			n += d.N
		}
	}
	return n
}

// times writes n times some points.
func (a *Account) times(k Kind, points issue.Points, n int, sheet Sheet) {
	a.add(Line{Kind: k, Points: exact(points * issue.Points(n)), Num: n, Issues: sheet.Issues[k]})
}

// byHand writes the office's own entries, each within its bound.
func (a *Account) byHand(adj issue.Adjustments, sheet Sheet) {
	entries := slices.SortedFunc(slices.Values(sheet.Manual), compareManual)
	for _, m := range entries {
		a.add(Line{Kind: KindManual, Points: exact(m.Points), Reason: m.Reason, Entry: m.ID})
		a.bound(KindManualCap, exact(m.Points), adj.ManualCap)
	}
}

// bound takes back what a sum is beyond a bound, up or down.
func (a *Account) bound(k Kind, sum *big.Rat, most issue.Points) {
	limit := exact(most)
	if sum.Sign() < 0 {
		limit.Neg(limit)
	}
	if new(big.Rat).Abs(sum).Cmp(exact(most)) > 0 {
		a.add(Line{Kind: k, Points: limit.Sub(limit, sum)})
	}
}

func exact(p issue.Points) *big.Rat { return big.NewRat(int64(p), 100) }

// round closes an account: it is rounded half up to two decimals, once.
func (a *Account) round() {
	sum := a.sum()
	a.Points = roundHalfUp(sum)
	a.add(Line{Kind: KindRounding, Points: new(big.Rat).Sub(exact(a.Points), sum)})
}

// roundHalfUp rounds a number of points to hundredths; a half goes up, also below 0.
func roundHalfUp(r *big.Rat) issue.Points {
	twice := new(big.Rat).Mul(r, big.NewRat(200, 1))
	twice.Add(twice, big.NewRat(1, 1))
	// ⌊(2x+1)/2⌋ rounds x half up. Div rounds down for a positive divisor.
	q := new(big.Int).Div(twice.Num(), new(big.Int).Mul(twice.Denom(), big.NewInt(2)))
	return issue.Points(q.Int64())
}
