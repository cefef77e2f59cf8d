package score

import (
	"math/big"

	"duban/internal/issue"
)

// deductions is style B of domain.md §5.4: a full account from which every finding takes, what was late, and what was late
// already in the period before. They add up.
func (a *Account) deductions(d issue.Deductions, sheet Sheet) {
	a.add(Line{Kind: KindStart, Points: exact(d.Start)})
	for _, part := range []struct {
		kind   func(Level) Kind
		points issue.Levels
		n      ByLevel
	}{
		{found, d.Found, sheet.Found},
		{late, d.Late, sheet.Late},
		{repeated, d.Repeated, sheet.Repeated},
	} {
		a.times(part.kind(Upper), part.points.Upper, part.n.Upper, sheet)
		a.times(part.kind(County), part.points.County, part.n.County, sheet)
		a.times(part.kind(Own), part.points.Own, part.n.Own, sheet)
	}
}

// complaints is style C of domain.md §5.4: 响应率, 解决率 and 满意率 of the complaints that were called back about.
func (a *Account) complaints(r issue.ComplaintRates, sheet Sheet) {
	c := sheet.Calls
	a.add(Line{Kind: KindResponse, Points: share(r.Response, c.Contacted, c.Valid), Num: c.Contacted, Den: c.Valid, Issues: sheet.Issues[KindResponse]})
	a.add(Line{Kind: KindSolved, Points: share(r.Solved, c.Solved, c.Valid), Num: c.Solved, Den: c.Valid, Issues: sheet.Issues[KindSolved]})
	points := big.NewRat(int64(r.Satisfied), 1)
	a.add(Line{
		Kind: KindSatisfied, Points: points.Mul(points, c.Satisfaction(r)), Num: c.Satisfied + c.Basic, Den: c.Valid,
		Issues: sheet.Issues[KindSatisfied],
	})
}

// Satisfaction is the rate of satisfaction, 0 to 1: 满意, and 基本满意 as far as it counts, of all valid calls.
func (c Calls) Satisfaction(r issue.ComplaintRates) *big.Rat {
	if c.Valid <= 0 {
		return big.NewRat(1, 1)
	}
	return big.NewRat(int64(c.Satisfied)*100+int64(c.Basic)*int64(r.Basic), int64(c.Valid)*100)
}

// Passes says whether the rate of satisfaction reaches the line (S75).
func (c Calls) Passes(r issue.ComplaintRates) bool {
	return c.Satisfaction(r).Cmp(big.NewRat(int64(r.Pass), 10_000)) >= 0
}
