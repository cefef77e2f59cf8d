package score

import (
	"cmp"
	"slices"
)

// What makes a unit lag behind its group (S32). Small differences are chance and nobody's fault.
const (
	lagMargin  = 10 // per cent of on-time handling below the group's
	lagReturns = 2  // returned issues
	lagWorst   = 3  // units that are named in each group
)

// Lagging is a group with those of its units that stay behind the others, the worst first (S32, domain.md row 57).
type Lagging struct {
	Group string // id
	Units int    // in the group
	Sum   Counts // of all its units
	Worst []Lag
}

// Lag is a unit that stays behind its group, and by what.
type Lag struct {
	Counts
	ByOverdue bool // more overdue issues than a unit of the group has on the average
	ByTime    bool // fewer of its issues handled on time
	ByReturns bool // more of its reviews returned
}

// Lags finds the units that stay behind their group. Fewer than least entering issues say nothing of a rate on time.
func Lags(group string, counts []Counts, least int) Lagging {
	l := Lagging{Group: group, Units: len(counts)}
	for _, c := range counts {
		l.Sum.Overdue += c.Overdue
		l.Sum.Entering += c.Entering
		l.Sum.OnTime += c.OnTime
		l.Sum.Reviewed += c.Reviewed
		l.Sum.Returned += c.Returned
	}
	for _, c := range counts {
		if lag := l.lag(c, least); lag.reasons() > 0 {
			l.Worst = append(l.Worst, lag)
		}
	}
	slices.SortStableFunc(l.Worst, func(a, b Lag) int {
		return cmp.Or(
			cmp.Compare(b.reasons(), a.reasons()),
			cmp.Compare(b.Overdue, a.Overdue),
			a.rateOnTime().Cmp(b.rateOnTime()),
			cmp.Compare(b.Returned, a.Returned),
		)
	})
	l.Worst = l.Worst[:min(len(l.Worst), lagWorst)]
	return l
}

// lag compares a unit with its group, rates as products so that nothing is rounded.
func (l Lagging) lag(c Counts, least int) Lag {
	all := l.Sum
	return Lag{
		Counts:    c,
		ByOverdue: c.Overdue*l.Units > all.Overdue,
		ByTime:    c.Entering >= max(1, least) && 100*(all.OnTime*c.Entering-c.OnTime*all.Entering) >= lagMargin*c.Entering*all.Entering,
		ByReturns: c.Returned >= lagReturns && c.Returned*all.Reviewed > all.Returned*c.Reviewed,
	}
}

func (l Lag) reasons() int { return one(l.ByOverdue) + one(l.ByTime) + one(l.ByReturns) }

// remarkableOverdue is from how many overdue issues on the leaders hear of a lagging unit in their digest.
const remarkableOverdue = 3

// Remarkable says whether the leaders should hear of it by themselves.
func (l Lag) Remarkable() bool {
	return l.reasons() > 1 || l.ByOverdue && l.Overdue >= remarkableOverdue
}
