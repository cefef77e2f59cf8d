package score

import (
	"cmp"
	"slices"
	"time"

	"duban/internal/issue"
)

// Coverage tells how many places inspectors went to lately, and which ones nobody did (S9, S20, domain.md rows 57, 62).
type Coverage struct {
	Days   int // what lately means
	Places int
	Gaps   []Gap // mandatory places first, then the longest without an inspection
}

// Gap is a place that nobody inspected lately.
type Gap struct {
	issue.Place
	Last time.Time // zero: never
}

// Cover looks for the places whose last inspection is more than some days ago.
func Cover(places []issue.Place, last map[string]time.Time, days int, now time.Time) Coverage {
	c := Coverage{Days: days, Places: len(places)}
	since := now.AddDate(0, 0, -days)
	for _, p := range places {
		if at := last[p.Name]; at.Before(since) {
			c.Gaps = append(c.Gaps, Gap{p, at})
		}
	}
	slices.SortStableFunc(c.Gaps, func(a, b Gap) int {
		return cmp.Or(cmp.Compare(one(b.Mandatory), one(a.Mandatory)), a.Last.Compare(b.Last))
	})
	return c
}

// Covered is how many places were inspected.
func (c Coverage) Covered() int { return c.Places - len(c.Gaps) }

// Mandatory are the gaps that must not be 必查.
func (c Coverage) Mandatory() []Gap {
	n := slices.IndexFunc(c.Gaps, func(g Gap) bool { return !g.Mandatory })
	if n < 0 {
		return c.Gaps
	}
	return c.Gaps[:n]
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}
