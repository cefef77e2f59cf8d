package handlers

import (
	"fmt"
	"slices"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
)

func askCommands() []*Command {
	return []*Command{
		{
			Name: "查", Aliases: []string{"查询", "查看"}, Shape: Numbers | Question, Section: "查询", Args: "编号（或地点、单位）",
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
	}
}

// listed is how many issues an answer lists; more would not be read on a phone.
const listed = 10

func (r *Request) look() (Reply, error) {
	if len(r.IDs) > 0 {
		return r.each(r.detail)
	}
	if r.Args == "" {
		return Reply{}, issue.Fail(issue.CodeInput, "请写明编号、地点或单位", "例如：「查 17」")
	}
	f := store.Filter{Statuses: open(), Limit: 200}
	title := ""
	unit, nearUnits := r.Reader.Unit(r.Args)
	place, nearPlaces := r.Reader.Place(r.Args)
	switch {
	case place != "":
		f.Place, title = place, place
	case unit != "":
		f.Unit, title = unit, r.Reg.UnitName(unit)
	default:
		return Reply{}, r.unknownName(nearUnits, nearPlaces)
	}
	list, err := r.Tx.Issues(f)
	if err != nil {
		return Reply{}, err
	}
	return r.list(title+"未办结", title+"没有未办结的问题", list), nil
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
	return issue.Fail(issue.CodeUnknown, "没有找到“"+report.Short(r.Args, 20)+"”", "是不是"+joinOr(names)+"？请重发")
}

func (r *Request) detail(i issue.Issue) (Reply, error) {
	events, err := r.Tx.Events(i.ID)
	if err != nil {
		return Reply{}, err
	}
	return Reply{Text: r.Words.Detail(i, events, r.Now)}, nil
}

// open are the statuses in which something is still to be done.
func open() []issue.Status {
	return slices.DeleteFunc(issue.Statuses(), func(s issue.Status) bool { return !s.Open() })
}

func (r *Request) list(title, none string, list []issue.Issue) Reply {
	if len(list) == 0 {
		return Reply{Text: none}
	}
	return Reply{Text: fmt.Sprintf("%s %d 件\n%s", title, len(list), r.Words.Lines(list, listed, r.Now))}
}

// mine lists what is on a person's desk: what they and the units they lead have to handle, then what they reported.
func (r *Request) mine() (Reply, error) {
	var todo []issue.Issue
	seen := map[int64]bool{}
	for _, f := range r.deskFilters() {
		list, err := r.Tx.Issues(f)
		if err != nil {
			return Reply{}, err
		}
		for _, i := range list {
			if !seen[i.ID] {
				seen[i.ID] = true
				todo = append(todo, i)
			}
		}
	}
	slices.SortFunc(todo, func(a, b issue.Issue) int { return a.Due.Compare(b.Due) })
	reported, err := r.Tx.Issues(store.Filter{Statuses: open(), Reporter: r.From.ID, Limit: 200})
	if err != nil {
		return Reply{}, err
	}
	reported = slices.DeleteFunc(reported, func(i issue.Issue) bool { return seen[i.ID] })
	text := r.list("待您办理", "没有待您办理的问题", todo).Text
	if len(reported) > 0 {
		text += "\n" + r.list("您上报的", "", reported).Text
	}
	return Reply{Text: text}, nil
}

func (r *Request) deskFilters() []store.Filter {
	withUnit := []issue.Status{issue.Assigned, issue.Working}
	filters := []store.Filter{{Statuses: withUnit, Assignee: r.From.ID, Limit: 200}}
	for _, u := range r.Reg.Units {
		if u.Lead == r.From.ID || u.Liaison == r.From.ID {
			filters = append(filters, store.Filter{Statuses: withUnit, Unit: u.ID, Limit: 200})
		}
	}
	return filters
}

func (r *Request) toReview() (Reply, error) {
	list, err := r.Tx.Issues(store.Filter{Statuses: []issue.Status{issue.Submitted}, Limit: 200})
	if err != nil {
		return Reply{}, err
	}
	return r.list("待核查", "没有待核查的问题", list), nil
}

func (r *Request) overdue() (Reply, error) {
	f := store.Filter{Statuses: []issue.Status{issue.Assigned, issue.Working}, DueBefore: r.Now, Limit: 200}
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
	return r.list(whose+"超期未整改", whose+"没有超期未整改的问题", list), nil
}

func joinOr(names []string) string {
	text := ""
	for n, name := range names {
		switch {
		case n == 0:
			text = name
		case n < 3:
			text += "，或者" + name
		}
	}
	return text
}
