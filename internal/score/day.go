package score

import (
	"time"

	"duban/internal/issue"
)

// Day is what one day's summary and ranking are made of (design.md §6).
type Day struct {
	From, To     time.Time // the period, [From, To)
	Filed        int
	Closed       int
	Overdue      int // late and not submitted at the end of the period
	Before       *DayTotals
	Scores       []Score       // ranked within each group, in the order of the groups
	Ranked       time.Time     // the end of the ranking's period
	Held         bool          // the ranking is held, so that there are no scores to tell
	Worst        []issue.Issue // the longest overdue
	Hot          []Hot         // places with several new issues in the last week
	Coverage     Coverage      // of the places, once the books go back far enough to tell
	Lagging      []Lagging     // the groups with units that stay behind, as far as remarkable
	DueTomorrow  int           // deadlines on the next working day
	Review       int           // waiting for an inspector
	Undispatched int           // without a unit
	Undecided    int           // with a request that somebody has to decide
	Talks        int           // on the list of talks 约谈名单
}

// DayTotals are the totals of the day before, for the change.
type DayTotals struct {
	Filed, Closed, Overdue int
}

// Rank gives a day its ranking up to an instant, and what is remarkable about it.
func (d *Day) Rank(reg *issue.Register, scores []Score, to time.Time) {
	d.Scores, d.Ranked, d.Lagging = scores, to, remarkable(reg, scores)
}

// remarkable compares the units of each group by what they did in a day.
func remarkable(reg *issue.Register, scores []Score) []Lagging {
	var out []Lagging
	for _, g := range reg.Groups {
		var counts []Counts
		for _, s := range scores {
			if u, _ := reg.Unit(s.Unit); u.Group == g.ID {
				counts = append(counts, s.Counts)
			}
		}
		l := Lags(g.ID, counts, reg.Scoring.MinCases)
		worst := l.Worst
		l.Worst = nil
		for _, lag := range worst {
			if lag.Remarkable() {
				l.Worst = append(l.Worst, lag)
			}
		}
		if len(l.Worst) > 0 {
			out = append(out, l)
		}
	}
	return out
}
