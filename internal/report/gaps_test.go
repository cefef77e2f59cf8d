package report_test

import (
	"testing"

	"duban/internal/issue"
	"duban/internal/score"
)

// coverage is of ten places: four mandatory ones and two others were not inspected.
func coverage(t testing.TB) score.Coverage {
	gap := func(name, unit string, mandatory bool, last string) score.Gap {
		g := score.Gap{Place: issue.Place{Name: name, Unit: unit, Mandatory: mandatory}}
		if last != "" {
			g.Last = at(t, last)
		}
		return g
	}
	return score.Coverage{Days: 14, Places: 19, Gaps: []score.Gap{
		gap("金水湾小区", "zhaoyang", true, ""), gap("安居小区", "lincheng", true, "2026-10-01 09:00"), gap("南门菜场", "zhaoyang", true, "2026-11-01 09:00"),
		gap("文昌小区", "", true, "2026-11-09 16:00"), gap("湖滨公园", "duotian", false, "2026-11-03 18:00"), gap("红星中路", "zhujian", false, "2026-11-09 09:00"),
	}}
}

func TestGaps(t *testing.T) {
	w, now, c := words(t), at(t, "2026-11-23 18:00"), coverage(t)
	golden(t, "gaps", w.Gaps("", c, 10, now))
	golden(t, "gaps_cut", w.Gaps("昭阳街道 ", c, 3, now))
	c.Gaps = c.Gaps[4:]
	golden(t, "gaps_not_mandatory", w.Gaps("", c, 10, now))
	c.Gaps = nil
	golden(t, "gaps_none", w.Gaps("", c, 10, now))
}

func TestHots(t *testing.T) {
	w := words(t)
	kinds := func(name string, n, before int) score.HotCategory {
		return score.HotCategory{Tally: score.Tally{Category: name, N: n}, Before: before}
	}
	full := score.Hots{
		Least: 3, N: 37,
		Places: []score.HotPlace{
			{Hot: score.Hot{Place: "金水湾小区", N: 7}, Categories: []score.Tally{{Category: "小区管理", N: 4}, {Category: "环境卫生", N: 2}}},
			{Hot: score.Hot{Place: "南门菜场", N: 3}},
		},
		Categories: []score.HotCategory{kinds("环境卫生", 19, 14), kinds("小区管理", 12, 12), kinds("公共设施", 3, 5)},
	}
	golden(t, "hots", w.Hots("11月17日至23日", full))
	full.Places = nil
	golden(t, "hots_of_categories", w.Hots("11月", full))
	golden(t, "hots_none", w.Hots("昭阳街道 11月", score.Hots{Least: 3, N: 2}))
}

func TestLagging(t *testing.T) {
	golden(t, "lagging", words(t).Lagging("11月17日至23日", []score.Lagging{
		{Group: "street", Units: 3, Sum: score.Counts{Overdue: 4, Entering: 40, OnTime: 34, Reviewed: 30, Returned: 5}, Worst: []score.Lag{
			{Counts: score.Counts{Unit: "duotian", Entering: 10, OnTime: 6, Reviewed: 8, Returned: 3}, ByTime: true, ByReturns: true},
			{Counts: score.Counts{Unit: "lincheng", Overdue: 4}, ByOverdue: true},
		}},
		{Group: "dept", Units: 3},
		{Group: "village"},
	}))
}
