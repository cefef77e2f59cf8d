package score

import (
	"cmp"
	"math/big"
	"slices"

	"duban/internal/issue"
)

// Score is a unit's place in a ranking.
type Score struct {
	Counts
	Points issue.Points
	Rank   int // 1 is best; equal points share a rank; 0: not ranked
	Reason string
}

// Why a unit is not ranked.
const (
	TooFew  = "样本不足"
	Nothing = "无应处置"
)

// Rank makes the accounts of the units of one ranking group and orders them: best first, then those with too few cases, then
// those with none. Ties are equal points; among them the order is 按期率, fewer returns, more cases, unit id (domain.md §5.4).
func Rank(s issue.Scoring, sheets []Sheet) []Account {
	var out []Account
	for _, sheet := range sheets {
		a := open(s, sheet)
		a.Reason = unranked(s, sheet.Counts)
		out = append(out, a)
	}
	shrink(s, out)
	for n := range out {
		out[n].round()
		if out[n].Reason == Nothing {
			out[n].Points, out[n].Lines = 0, nil
		}
	}
	slices.SortFunc(out, compareAccounts)
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

// Scores are the places of accounts, without their lines.
func Scores(accounts []Account) []Score {
	var out []Score
	for _, a := range accounts {
		out = append(out, a.Score)
	}
	return out
}

// unranked says why a unit is not ranked; "" if it is. By deductions everybody is: nothing found is the best that there is.
func unranked(s issue.Scoring, c Counts) string {
	n := Cases(s, c)
	switch {
	case s.Style == issue.StyleDeductions:
		return ""
	case n == 0:
		return Nothing
	case n < s.MinCases:
		return TooFew
	}
	return ""
}

// Cases is how many cases a score rests on: what entered, or by complaints what was called back about.
func Cases(s issue.Scoring, c Counts) int {
	if s.Style == issue.StyleComplaints {
		return c.Calls.Valid
	}
	return c.Entering
}

// shrink draws scores that rest on few cases towards the mean of the ranked units: (n·s + k·mean)/(n+k) (domain.md §5.4).
func shrink(s issue.Scoring, all []Account) {
	mean, ranked := new(big.Rat), int64(0)
	for n := range all {
		if all[n].Reason == "" {
			mean.Add(mean, all[n].sum())
			ranked++
		}
	}
	if s.Shrink <= 0 || ranked == 0 {
		return
	}
	mean.Quo(mean, big.NewRat(ranked, 1))
	k := int64(s.Shrink)
	for n := range all {
		cases := int64(Cases(s, all[n].Counts))
		by := new(big.Rat).Sub(mean, all[n].sum())
		all[n].add(Line{Kind: KindShrink, Points: by.Mul(by, big.NewRat(k, cases+k))})
	}
}

func compareAccounts(a, b Account) int {
	return cmp.Or(
		cmp.Compare(a.class(), b.class()),
		cmp.Compare(b.Points, a.Points),
		b.rateOnTime().Cmp(a.rateOnTime()),
		cmp.Compare(a.Returned, b.Returned),
		cmp.Compare(b.Entering, a.Entering),
		cmp.Compare(a.Unit, b.Unit),
	)
}

func compareManual(a, b Manual) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Points, b.Points), cmp.Compare(a.Reason, b.Reason))
}

func (s Score) class() int { return slices.Index([]string{"", TooFew, Nothing}, s.Reason) }
