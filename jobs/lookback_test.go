package jobs

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

var lookBacks = []Spec{{"look_back", "0 9 * * *"}}

// planned is a county with two more inspectors, one of them of a unit, that looks back after seven days.
func planned(t *testing.T, start string, share, most int) *county {
	t.Helper()
	c := newCounty(t, start, lookBacks)
	c.env.Reg.People = append(c.env.Reg.People,
		issue.Person{ID: "he_ping", Name: "何平", Unit: "zhaoyang", Roles: []issue.Role{issue.RoleInspector}},
		issue.Person{ID: "luo_gang", Name: "罗刚", Roles: []issue.Role{issue.RoleInspector}})
	c.env.Reg.Rules.LookBack = issue.LookBackPlan{After: 7, Share: share, Most: most, Limit: c.env.Reg.Rules.ReviewLimit}
	return c
}

// closed files an issue and closes it at once.
func (c *county) closed(change issue.Change) issue.Issue {
	c.Helper()
	if change.Unit == "" {
		change.Unit = "zhaoyang"
	}
	change.Text, change.Reporter, change.Assignee = "楼道堆物", "zhang_min", c.env.Reg.Receiver(change.Unit)
	i := storetest.Issue(c, c.env.Store, c.env.Policy, c.now, change)
	c.move(i.ID, issue.Submit, change.Assignee)
	c.move(i.ID, issue.Pass, "zhang_min")
	return i
}

// drawn are the issues that were drawn so far and are still to be looked at, as "#1 zhang_min".
func (c *county) drawn() []string {
	c.Helper()
	var out []string
	storetest.Read(c, c.env.Store, c.now, func(tx *store.Tx) error {
		list, err := tx.Issues(store.Filter{Drawn: true})
		for _, i := range list {
			out = append(out, i.Number()+" "+i.LookBackBy)
		}
		return err
	})
	return out
}

// TestLookBackPlan: a week after the closing, on working days alone, a share of what was closed is drawn, for inspectors who had
// nothing to do with it, one after the other.
func TestLookBackPlan(t *testing.T) {
	c := planned(t, "2026-11-20 10:00", 50, 10) // a Friday; the plan of Friday the 27th is over when it comes of age
	for range 4 {
		c.closed(issue.Change{Chat: "inspect"})
	}
	c.now = storetest.At(t, "2026-11-21 10:00") // a Saturday
	c.closed(issue.Change{Chat: "inspect", Unit: "zhujian"})
	same(t, []string{"11-30 09:00 inspect: 【回头看】今日抽查 3 件，请在 12-01 17:30 前看完"}, c.until("2026-12-01 08:00"))
	got := c.drawn()
	if len(got) != 3 {
		t.Fatalf("drawn: %q", got)
	}
	for n, line := range got {
		var id int64
		var who string
		if _, err := fmt.Sscanf(line, "#%d %s", &id, &who); err != nil {
			t.Fatal(err)
		}
		if who == "he_ping" && id < 5 || who == "" {
			t.Errorf("%s is not independent (%d)", line, n)
		}
	}
	if first, second := got[0], got[1]; first[3:] == second[3:] {
		t.Errorf("no round: %q", got)
	}
}

// TestLookBackOnce: one closing is drawn at most once, however long the program ran or stood still; a new closing counts anew.
func TestLookBackOnce(t *testing.T) {
	c := planned(t, "2026-11-16 10:00", 100, 10)
	i := c.closed(issue.Change{Chat: "inspect"})
	same(t, []string{"11-24 09:00 inspect: 【回头看】今日抽查 1 件，请在 11-25 17:30 前看完"}, c.until("2026-11-24 09:00"))
	c.move(i.ID, issue.LookBack, "zhang_min")
	same(t, nil, c.until("2026-12-20 09:00"))
	c.move(i.ID, issue.Relapse, "zhang_min")
	c.move(i.ID, issue.Submit, "li_qiang")
	c.move(i.ID, issue.Pass, "zhang_min")
	same(t, []string{"12-28 09:00 inspect: 【回头看】今日抽查 1 件，请在 12-29 17:30 前看完"}, c.until("2027-01-20 09:00"))
}

// TestOneChance: what was not drawn when it came of age is not drawn later, so that the share stays the share.
func TestOneChance(t *testing.T) {
	c := planned(t, "2026-11-16 10:00", 20, 10)
	for range 10 {
		c.closed(issue.Change{Chat: "inspect"})
	}
	c.until("2026-12-31 10:00")
	if got := c.drawn(); len(got) != 2 {
		t.Errorf("of ten a fifth is drawn, not %q", got)
	}
}

// TestLookedAtAlready: what an inspector looked at by themselves since the closing is not drawn.
func TestLookedAtAlready(t *testing.T) {
	c := planned(t, "2026-11-16 10:00", 100, 10)
	i := c.closed(issue.Change{Chat: "inspect"})
	c.until("2026-11-18 10:00")
	c.move(i.ID, issue.LookBack, "zhang_min")
	same(t, nil, c.until("2026-11-30 10:00"))
}

// TestRelapsedKindsGoFirst: where a kind of problem came back, everything of the kind is looked at, before any chance.
func TestRelapsedKindsGoFirst(t *testing.T) {
	c := planned(t, "2026-11-02 10:00", 0, 3)
	back := c.closed(issue.Change{Chat: "inspect", Place: "金水湾小区", Category: "环境卫生"})
	c.until("2026-11-03 10:00")
	c.move(back.ID, issue.Relapse, "zhang_min")
	c.until("2026-11-16 10:00")
	same := func(place, category, unit string) string {
		return c.closed(issue.Change{Chat: "inspect", Place: place, Category: category, Unit: unit}).Number()
	}
	same("红星中路", "环境卫生", "zhujian")           // another place and unit
	place := same("金水湾小区", "环境卫生", "zhujian") // the place
	unit := same("红星中路", "环境卫生", "zhaoyang")  // the unit
	same("金水湾小区", "公共设施", "zhaoyang")         // another category
	c.until("2026-11-24 09:00")
	var got []string
	for _, line := range c.drawn() {
		got = append(got, line[:2])
	}
	if want := []string{place, unit}; !slices.Equal(got, want) {
		t.Errorf("drawn %q, want %q", got, want)
	}
}

// TestDrawIsTheSlots: the draw depends on the slot and on nothing else, not even on the order of the issues; other slots draw
// others.
func TestDrawIsTheSlots(t *testing.T) {
	var closed []issue.Issue
	for id := range int64(200) {
		closed = append(closed, issue.Issue{ID: id + 1, Category: "环境卫生", Unit: "zhaoyang"})
	}
	rule := issue.LookBackPlan{After: 7, Share: 10, Most: 100}
	slot := storetest.At(t, "2026-11-24 09:00")
	want := draw(closed, nil, rule, slot)
	if len(want) != 20 {
		t.Errorf("%d of 200 are drawn, want 20", len(want))
	}
	slices.Reverse(closed)
	if got := draw(closed, nil, rule, slot); !slices.Equal(got, want) {
		t.Errorf("drawn %v, and %v in another order", want, got)
	}
	seen := map[int64]int{}
	for n := range 400 {
		for _, id := range draw(closed, nil, rule, slot.Add(time.Duration(n)*24*time.Hour)) {
			seen[id]++
		}
	}
	for id := int64(1); id <= 200; id++ {
		if seen[id] < 15 || seen[id] > 75 {
			t.Errorf("#%d was drawn %d times in 400 draws of a tenth", id, seen[id])
		}
	}
}

func TestDrawRoundsUpAndStops(t *testing.T) {
	some := func(n, relapses int) []issue.Issue {
		var out []issue.Issue
		for id := range int64(n) {
			out = append(out, issue.Issue{ID: id + 1, Relapses: relapses})
		}
		return out
	}
	slot := storetest.At(t, "2026-11-24 09:00")
	for _, tt := range []struct {
		closed            []issue.Issue
		share, most, want int
	}{
		{nil, 20, 10, 0},
		{some(1, 0), 20, 10, 1},
		{some(5, 0), 20, 10, 1},
		{some(6, 0), 20, 10, 2},
		{some(6, 0), 0, 10, 0},
		{some(6, 0), 100, 10, 6},
		{some(100, 0), 20, 10, 10},
		{some(6, 1), 0, 10, 6},
		{some(20, 1), 0, 10, 10},
	} {
		got := draw(tt.closed, nil, issue.LookBackPlan{Share: tt.share, Most: tt.most}, slot)
		if len(got) != tt.want {
			t.Errorf("%d closed, %d %%, at most %d: %d drawn, want %d", len(tt.closed), tt.share, tt.most, len(got), tt.want)
		}
	}
}

// TestLookBackOfAUnitsGroup: the unit whose work is looked at is not told beforehand.
func TestLookBackOfAUnitsGroup(t *testing.T) {
	c := planned(t, "2026-11-16 10:00", 100, 10)
	c.env.Reg.Chats[1].For = append(c.env.Reg.Chats[1].For, issue.ForIntake)
	c.closed(issue.Change{Chat: "zhaoyang_group"})
	same(t, []string{"11-24 09:00 inspect: 【回头看】今日抽查 1 件，请在 11-25 17:30 前看完"}, c.until("2026-11-24 10:00"))
}

// TestReopenedMeanwhile: what was reopened between the draw and its commit is left out.
func TestReopenedMeanwhile(t *testing.T) {
	c := planned(t, "2026-11-16 10:00", 100, 10)
	c.closed(issue.Change{Chat: "inspect"})
	stays := c.closed(issue.Change{Chat: "inspect"})
	c.now = storetest.At(t, "2026-11-24 09:00")
	var commit Commit
	storetest.Read(t, c.env.Store, c.now, func(tx *store.Tx) (err error) {
		commit, err = lookBackJob().Prepare(c.env, tx, c.now)
		return err
	})
	c.move(1, issue.Relapse, "zhang_min")
	storetest.Write(t, c.env.Store, c.now, commit)
	same(t, []string{stays.Number() + " zhang_min"}, c.drawn())
}

// TestLookBackLate: the inspector who does not look is reminded, once.
func TestLookBackLate(t *testing.T) {
	c := planned(t, "2026-11-16 10:00", 100, 10)
	c.closed(issue.Change{Chat: "inspect"})
	c.until("2026-11-24 09:00")
	c.fresh()
	c.runner = c.newRunner(daily[:1])
	c.until("2026-11-30 09:00")
	c.read = map[int64]bool{1: true}
	same(t, []string{
		"inspect: 【回头看超时】1 件\n#1 楼道堆物｜张敏，应在 今日 17:30 前看完\n看后请发「回头看 1 合格」或「回头看 1 反弹 原因」 @zhang_min",
	}, c.texts()[:1])
}
