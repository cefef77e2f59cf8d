package handlers

import (
	"fmt"
	"slices"
	"strings"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
)

func askCommands() []*Command {
	return []*Command{
		{
			Name: "查", Aliases: []string{"查询", "查看"}, Loose: []string{"查一下", "看一下"}, Shape: Numbers | Question, Goes: true, Section: "查询", Args: "编号（或地点、单位）",
			Help: "看一件问题的经过，或一个地点、单位未办结的问题", Run: (*Request).look,
		},
		{
			Name: "我的", Aliases: []string{"待办", "我的待办", "我的任务", "我的问题"}, Shape: Question, Section: "查询",
			Help: "您要办的和您上报的问题", Run: (*Request).mine,
		},
		{
			Name: "待核查", Aliases: []string{"待核查清单"}, Shape: Question, Section: "查询", Help: "等督查员核查的问题", Run: (*Request).toReview,
		},
		{
			Name: "逾期", Aliases: []string{"超期", "逾期清单", "超期清单"}, Shape: Question, Section: "查询", Args: "[单位]",
			Help: "超期未整改的问题", Run: (*Request).overdue,
		},
		{
			Name: "挂账清单", Aliases: []string{"挂账 清单", "挂账台账"}, Shape: Question, Section: "查询", Args: "[单位]",
			Help: "经批准挂账、还没有恢复的问题", Run: (*Request).suspended,
		},
	}
}

// How many issues an answer lists, because more would not be read on a phone, and how many it counts.
const (
	listed = 10
	most   = 1000
)

// look tells of an issue, or what is open at a place or with a unit.
func (r *Request) look() (Reply, error) {
	if len(r.IDs) > 0 {
		return r.each(r.detail)
	}
	if r.Args == "" {
		return Reply{}, issue.Fail(issue.CodeInput, "请写明编号、地点或单位", "例如：「查 17」")
	}
	unit, nearUnits := r.Reader.Unit(r.Args)
	place, nearPlaces := r.Reader.Place(r.Args)
	switch {
	case place != "":
		return r.lookAtPlace(place)
	case unit != "":
		return r.lookAtUnit(unit)
	}
	return Reply{}, r.unknownName(nearUnits, nearPlaces)
}

// lookAtPlace lists what is open at a place, below who answers for it (domain.md row 11).
func (r *Request) lookAtPlace(name string) (Reply, error) {
	list, err := r.Tx.Issues(store.Filter{Statuses: issue.OpenStatuses(), Place: name, Whole: true, Limit: most})
	if err != nil {
		return Reply{}, err
	}
	closed, err := r.Tx.CountIssues(store.Filter{Statuses: []issue.Status{issue.Closed}, Place: name, Whole: true})
	if err != nil {
		return Reply{}, err
	}
	lines := []string{fmt.Sprintf("%s未办结 %d 件，已销号 %d 件", name, len(list), closed)}
	if len(list) == 0 {
		lines[0] = fmt.Sprintf("%s没有未办结的问题，已销号 %d 件", name, closed)
	}
	p, _ := r.Reg.Place(name)
	var who []string
	if p.Unit != "" {
		who = append(who, "责任单位："+r.Reg.UnitName(p.Unit))
	}
	if guarantee := r.Words.Guarantee(name); guarantee != "" {
		who = append(who, "包保："+guarantee)
	}
	return r.listed(append(lines, strings.Join(who, "｜")), list), nil
}

// lookAtUnit lists what a unit has open, below how much of it stands where, its responsible persons, and how often it was
// given what was not its own (domain.md rows 15, 18).
func (r *Request) lookAtUnit(id string) (Reply, error) {
	list, err := r.Tx.Issues(store.Filter{Statuses: issue.OpenStatuses(), Unit: id, Limit: most})
	if err != nil {
		return Reply{}, err
	}
	sentBack, err := r.sendBacks(id)
	if err != nil {
		return Reply{}, err
	}
	lines := []string{r.Words.Load(id, list, r.Now), "", sentBack}
	if chain := r.Words.Chain(id); chain != "" {
		lines[1] = "责任人：" + chain
	}
	return r.listed(lines, list), nil
}

// sendBacks says how many of a unit's send-backs were upheld, which is the share of wrong dispatches, and how many refused;
// "" if there were none.
func (r *Request) sendBacks(unit string) (string, error) {
	u, _ := r.Reg.Unit(unit)
	var people []string
	for _, p := range r.Reg.People {
		if p.Unit == unit || officer(u, p.ID) {
			people = append(people, p.ID)
		}
	}
	upheld, refused, err := r.Tx.SendBacks(unit, people)
	if err != nil || upheld+refused == 0 {
		return "", err
	}
	kept, err := r.Tx.CountIssues(store.Filter{Unit: unit})
	return fmt.Sprintf("退单：成立 %d 件、驳回 %d 件，误派率 %d%%", upheld, refused, percent(upheld, upheld+kept)), err
}

// percent is a share in whole per cent, rounded.
func percent(n, of int) int {
	if of == 0 {
		return 0
	}
	return (200*n + of) / (2 * of)
}

// listed is an answer of some lines, empty ones left out, and of issues below them.
func (r *Request) listed(lines []string, list []issue.Issue) Reply {
	lines = append(lines, r.Words.Lines(list, listed, r.Now))
	return Reply{Text: strings.Join(slices.DeleteFunc(lines, func(l string) bool { return l == "" }), "\n")}
}

func (r *Request) unknownName(units, places []string) error {
	var names []string
	for _, u := range units {
		names = append(names, r.Reg.UnitName(u))
	}
	names = append(names, places...)
	if len(names) == 0 {
		return issue.Fail(issue.CodeUnknown, "没有找到“"+report.Short(r.Args, 20)+"”", "请写编号、登记的地点或单位，例如：「查 17」")
	}
	return issue.Fail(issue.CodeUnknown, "没有找到“"+report.Short(r.Args, 20)+"”", "是不是"+report.Or(names)+"？请重发")
}

// detail tells an issue's story.
func (r *Request) detail(i issue.Issue) (Reply, error) {
	s, err := r.Desk.Story(r.Tx, i)
	if err != nil {
		return Reply{}, err
	}
	return Reply{Text: r.Words.Detail(s, r.Now)}, nil
}

func (r *Request) list(title, none string, list []issue.Issue) Reply {
	if len(list) == 0 {
		return Reply{Text: none}
	}
	return Reply{Text: fmt.Sprintf("%s %d 件\n%s", title, len(list), r.Words.Lines(list, listed, r.Now))}
}

func (r *Request) toReview() (Reply, error) {
	list, err := r.Tx.Issues(store.Filter{Statuses: []issue.Status{issue.Submitted}, Limit: most})
	if err != nil {
		return Reply{}, err
	}
	return r.list("待核查", "没有待核查的问题", list), nil
}

func (r *Request) overdue() (Reply, error) {
	f := store.Filter{Statuses: []issue.Status{issue.Assigned, issue.Working}, DueBefore: r.Now, Limit: most}
	return r.listOf("超期未整改", f)
}

func (r *Request) suspended() (Reply, error) {
	return r.listOf("挂账", store.Filter{Statuses: []issue.Status{issue.Suspended}, Limit: most})
}

// listOf lists the issues of a kind, all or those of the unit that the question names.
func (r *Request) listOf(kind string, f store.Filter) (Reply, error) {
	whose := ""
	if r.Args != "" {
		unit, near := r.Reader.Unit(r.Args)
		if unit == "" {
			return Reply{}, r.unknownUnit(near)
		}
		f.Unit, whose = unit, r.Reg.UnitName(unit)
	}
	list, err := r.Tx.Issues(f)
	if err != nil {
		return Reply{}, err
	}
	return r.list(whose+kind, whose+"没有"+kind+"的问题", list), nil
}
