package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/issue"
	"duban/internal/score"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// lastLook is when an inspector was last at a place before an instant, by the histories of all issues.
func lastLook(all []life, p issue.Policy, place string, to time.Time) time.Time {
	looks := []issue.Action{issue.Report, issue.SolveOnSpot, issue.Pass, issue.Return, issue.LookBack, issue.Relapse}
	var last time.Time
	for _, l := range all {
		if l.issue.Place != place || l.issue.Status == issue.Voided {
			continue
		}
		for _, e := range l.events {
			outside := e.Action == issue.Report && e.Change.Source != ""
			if slices.Contains(looks, e.Action) && !outside && p.Reg.Has(e.By, issue.RoleInspector) && e.At.Before(to) && e.At.After(last) {
				last = e.At
			}
		}
	}
	return last
}

// TestCoverageIsWhatHappened: after lives of all kinds, the last inspection of each place is what the histories say.
func TestCoverageIsWhatHappened(t *testing.T) {
	p, start := storetest.Supervised(t), storetest.At(t, "2026-11-02 09:00")
	p.Reg.Rules.CoverageDays = 1
	later := start.Add(90 * 24 * time.Hour)
	for seed := range uint64(20) {
		s := storetest.Open(t)
		storetest.Lives(t, s, p, start, 3, 100+seed)
		storetest.Read(t, s, later, func(tx *store.Tx) error {
			all := lives(t, tx)
			c, err := tx.Coverage(p.Reg, p.Reg.Places, later)
			if len(c.Gaps) != 2 {
				t.Errorf("%d gaps", len(c.Gaps))
			}
			for _, g := range c.Gaps {
				if want := lastLook(all, p, g.Name, later); !g.Last.Equal(want) {
					t.Errorf("seed %d, %s: %v, want %v", seed, g.Name, g.Last, want)
				}
			}
			return err
		})
	}
}

func TestVisitsCover(t *testing.T) {
	s, p, now := storetest.Open(t), storetest.County(t), storetest.At(t, "2026-11-23 09:00")
	p.Reg.Rules.CoverageDays = 14
	gaps := func(at time.Time) (out []string) {
		storetest.Read(t, s, at, func(tx *store.Tx) error {
			c, err := tx.Coverage(p.Reg, p.Reg.Places, at)
			for _, g := range c.Gaps {
				out = append(out, g.Name)
			}
			return err
		})
		return out
	}
	storetest.Write(t, s, now, func(tx *store.Tx) error {
		return tx.AddVisit(store.Visit{Place: "红星中路", Person: "zhang_min", Note: "无问题", Message: "demo/1"})
	})
	soon := now.Add(time.Hour)
	if diff := cmp.Diff([]string{"金水湾小区"}, gaps(soon)); diff != "" {
		t.Errorf("after a visit:\n%s", diff)
	}
	mistake := storetest.Issue(t, s, p, now, issue.Change{Reporter: "zhang_min", Place: "金水湾小区"})
	if got := gaps(soon); len(got) > 0 {
		t.Errorf("after a report: %q", got)
	}
	storetest.Move(t, s, p, mistake.ID, issue.Act{Action: issue.Withdraw, By: "zhang_min", At: now})
	storetest.Issue(t, s, p, now, issue.Change{Reporter: "li_qiang", Place: "金水湾小区"})
	storetest.Issue(t, s, p, now, issue.Change{Reporter: "zhang_min", Place: "金水湾小区", Source: issue.FromPublic})
	if diff := cmp.Diff([]string{"金水湾小区"}, gaps(soon)); diff != "" {
		t.Errorf("after a report that was withdrawn, one of the unit and one of the public:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"金水湾小区", "红星中路"}, gaps(now.AddDate(0, 0, 15))); diff != "" {
		t.Errorf("fifteen days later:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"金水湾小区", "红星中路"}, gaps(now)); diff != "" {
		t.Errorf("before all that:\n%s", diff)
	}
}

func TestHots(t *testing.T) {
	s, p := storetest.Open(t), storetest.County(t)
	when := func(text string) time.Time { return storetest.At(t, text) }
	file := func(at, place, category string, n int) (last issue.Issue) {
		for range n {
			unit := map[string]string{"金水湾小区": "zhaoyang", "红星中路": "zhujian"}[place]
			last = storetest.Issue(t, s, p, when(at), issue.Change{
				Reporter: "zhang_min", Place: place, Category: category, Unit: unit, Assignee: p.Reg.Receiver(unit),
			})
		}
		return last
	}
	file("2026-11-15 08:59", "金水湾小区", "环境卫生", 1) // two periods ago
	file("2026-11-15 09:00", "金水湾小区", "环境卫生", 1)
	file("2026-11-15 10:00", "红星中路", "公共设施", 4)
	file("2026-11-19 09:00", "金水湾小区", "环境卫生", 2)
	file("2026-11-20 09:00", "金水湾小区", "交通秩序", 1)
	file("2026-11-20 09:00", "金水湾小区", "", 2)
	file("2026-11-21 09:00", "红星中路", "环境卫生", 2)
	void := file("2026-11-21 09:00", "红星中路", "环境卫生", 1)
	storetest.Move(t, s, p, void.ID, issue.Act{Action: issue.Withdraw, By: "zhang_min", At: when("2026-11-21 09:05")})
	storetest.Issue(t, s, p, when("2026-11-21 09:00"), issue.Change{Reporter: "zhang_min", Place: "红星中路", Category: "环境卫生", Parent: 1})
	file("2026-11-23 09:00", "红星中路", "环境卫生", 1) // when the period is over

	all := score.Hots{
		Least: 3, N: 7,
		Places: []score.HotPlace{{
			Hot: score.Hot{Place: "金水湾小区", N: 5}, Categories: []score.Tally{{Category: "环境卫生", N: 2}},
		}},
		Categories: []score.HotCategory{{Tally: score.Tally{Category: "环境卫生", N: 4}, Before: 1}},
	}
	street := score.Hots{Least: 3, N: 5, Places: all.Places}
	storetest.Read(t, s, when("2026-11-23 09:00"), func(tx *store.Tx) error {
		for unit, want := range map[string]score.Hots{"": all, "zhaoyang": street, "nobody": {Least: 3}} {
			got, err := tx.Hots(unit, when("2026-11-19 09:00"), when("2026-11-23 09:00"))
			if err != nil {
				return err
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("of %q (-want +got):\n%s", unit, diff)
			}
		}
		return nil
	})
}

// TestDayTellsOfGaps: the digest tells of gaps once the books are old enough, and never if it is not wanted.
func TestDayTellsOfGaps(t *testing.T) {
	s, p, now := storetest.Open(t), storetest.County(t), storetest.At(t, "2026-11-02 09:00")
	p.Reg.Places[0].Mandatory = true
	for _, unit := range []string{"zhaoyang", "zhaoyang", "zhaoyang", "zhujian", "zhujian"} { // two are no news for the leaders
		storetest.Issue(t, s, p, now, issue.Change{
			Reporter: "zhang_min", Place: "红星中路", Unit: unit, Assignee: p.Reg.Receiver(unit), Due: now.Add(time.Hour), Said: true,
		})
	}
	p.Reg.Groups, p.Reg.Units = p.Reg.Groups[:1], append(p.Reg.Units, issue.Unit{ID: "linhu", Group: "street"})
	p.Reg.Units[1].Group = "street"
	for _, tt := range []struct {
		days int
		to   time.Time
		gaps int
	}{{14, now.AddDate(0, 0, 13), 0}, {14, now.AddDate(0, 0, 14), 1}, {14, now.AddDate(0, 0, 15), 2}, {0, now.AddDate(0, 0, 15), 0}} {
		p.Reg.Rules.CoverageDays = tt.days
		storetest.Read(t, s, tt.to, func(tx *store.Tx) error {
			d, err := tx.Day(p.Reg, tt.to.AddDate(0, 0, -1), tt.to, tt.to, tt.to)
			if err != nil {
				return err
			}
			if len(d.Coverage.Gaps) != tt.gaps {
				t.Errorf("%d days, %v: %d gaps, want %d", tt.days, tt.to, len(d.Coverage.Gaps), tt.gaps)
			}
			accounts, err := tx.Ranking(p.Reg, p.Reg.Scoring, d.From, d.To)
			if err != nil {
				return err
			}
			d.Rank(p.Reg, score.Scores(accounts), d.To)
			if len(d.Lagging) != 1 || len(d.Lagging[0].Worst) != 1 || d.Lagging[0].Worst[0].Unit != "zhaoyang" {
				t.Errorf("lagging: %+v", d.Lagging)
			}
			return nil
		})
	}
}

// TestLagging: the units of a group are compared in the period that was asked for.
func TestLagging(t *testing.T) {
	s, p, now := storetest.Open(t), storetest.County(t), storetest.At(t, "2026-11-23 09:00")
	p.Reg.Units[1].Group = "street"
	storetest.Issue(t, s, p, now, issue.Change{Reporter: "zhang_min", Unit: "zhaoyang", Assignee: "li_qiang", Due: now.Add(time.Hour), Said: true})
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		for to, want := range map[time.Time]int{now.Add(time.Hour): 0, now.Add(2 * time.Hour): 1} {
			groups, err := tx.Lagging(p.Reg, now.AddDate(0, 0, -7), to)
			if err != nil {
				return err
			}
			if len(groups) != 2 || len(groups[0].Worst) != want || groups[0].Units != 2 || groups[1].Units != 0 {
				t.Errorf("until %v: %+v", to, groups)
			}
		}
		return nil
	})
}
