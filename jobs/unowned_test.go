package jobs

import (
	"slices"
	"strings"
	"testing"

	"duban/internal/issue"
	"duban/internal/store/storetest"
)

// TestUnowned: every morning the office hears of what nobody runs after, whatever the reason; where there is nothing it hears
// nothing.
func TestUnowned(t *testing.T) {
	c := newCounty(t, "2026-11-23 09:00", []Spec{{"unowned", "30 8 * * *"}})
	c.file("zhaoyang", "2026-11-30 17:30")
	same(t, nil, c.until("2026-11-24 09:00"))
	same(t, []string{"11-24 08:30 done"}, c.ledger("unowned"))

	storetest.Issue(t, c.env.Store, c.env.Policy, c.now, issue.Change{Text: "无人认领", Reporter: "zhang_min", Chat: "inspect"})
	c.file("zhujian", "2026-11-30 17:30")
	gone := storetest.Issue(t, c.env.Store, c.env.Policy, c.now, issue.Change{Text: "换了人", Reporter: "zhang_min", Unit: "zhaoyang", Assignee: "zhang_wei"})
	empty := storetest.Issue(t, c.env.Store, c.env.Policy, c.now, issue.Change{Text: "没人接", Reporter: "zhang_min", Unit: "zhaoyang"})
	same(t, []string{"11-25 08:30 office: 【无主问题】1 件没有人负责"}, c.until("2026-11-25 09:00"))

	// The register changes: a unit is gone, a person is gone, a unit has nobody left.
	reg := *c.env.Reg
	reg.Units = []issue.Unit{{ID: "zhaoyang", Name: "昭阳街道", Group: "street"}}
	reg.People = slices.DeleteFunc(slices.Clone(reg.People), func(p issue.Person) bool { return p.ID == "zhang_wei" })
	c.env.Reg, c.env.Policy.Reg, c.env.Words.Reg = &reg, &reg, &reg
	c.fresh()
	c.until("2026-11-26 09:00")
	c.read = map[int64]bool{1: true}
	want := "office: 【无主问题】4 件没有人负责\n#2 无人认领｜没有责任单位，已报 47小时\n#3 楼道堆物｜责任单位“zhujian”不在登记表，已报 47小时\n" +
		gone.Number() + " 换了人｜昭阳街道的经办人“zhang_wei”不在登记表，已报 47小时\n" +
		empty.Number() + " 没人接｜昭阳街道没有联络员和负责人，已报 47小时\n请发「派单 2 单位」"
	got := c.texts()
	if len(got) != 1 || strings.Join(slices.Sorted(strings.SplitSeq(got[0], "\n")), "\n") != strings.Join(slices.Sorted(strings.SplitSeq(want, "\n")), "\n") {
		t.Errorf("got:\n%s\nwant, in whatever order:\n%s", got, want)
	}
}
