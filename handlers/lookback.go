package handlers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
)

func lookBackCommands() []*Command {
	return []*Command{
		{
			Name: "回头看", Aliases: []string{"回头看清单", "待回头看"}, Shape: Numbers | Question, Timed: true, Action: issue.LookBack,
			Roles: []issue.Role{issue.RoleInspector, issue.RoleOffice, issue.RoleLeader}, Section: "核查", Args: "[编号 合格／反弹 原因]",
			Help: "已销号的问题再看一次；只发「回头看」列出抽中还没看的。例：回头看 17 合格；回头看 17 反弹 又堆了杂物", Run: (*Request).lookBack,
		},
		{
			Name: "反弹", Shape: Numbers, Timed: true, Action: issue.Relapse, Roles: []issue.Role{issue.RoleInspector}, Section: "核查",
			Args: "编号 原因", Help: "同「回头看 编号 反弹 原因」：已销号的问题又出现，按原编号重新整改", Run: (*Request).relapse,
		},
	}
}

// verdicts are the words for the two results of a look back, the longer ones first.
var verdicts = []struct {
	word string
	good bool
}{
	{"没有反弹", true},
	{"没反弹", true},
	{"未反弹", true},
	{"无反弹", true},
	{"保持良好", true},
	{"合格", true},
	{"通过", true},
	{"良好", true},
	{"不合格", false},
	{"不通过", false},
	{"未通过", false},
	{"反弹", false},
}

// lookBack takes the result of a look at closed issues, or lists those that are drawn.
func (r *Request) lookBack() (Reply, error) {
	if len(r.IDs) == 0 && r.Args == "" {
		return r.drawn()
	}
	if !r.Reg.Has(r.From.ID, issue.RoleInspector) {
		return Reply{}, issue.Fail(issue.CodeForbidden, "回头看的结果只能由督查员登记", "请联系督查员")
	}
	good, rest, ok := verdict(r.Args)
	if !ok && len(r.IDs) > 0 {
		hint := fmt.Sprintf("例如：「回头看 %d 合格」或「回头看 %d 反弹 又堆了杂物」", r.IDs[0], r.IDs[0])
		return Reply{}, issue.Fail(issue.CodeInput, "请写明合格还是反弹", hint)
	}
	r.Args = rest
	if !good {
		return r.relapse()
	}
	return r.reviewed(func(i *issue.Issue) (Reply, error) {
		if err := r.apply(i, issue.Act{Action: issue.LookBack, By: r.From.ID, Note: r.Args}); err != nil {
			return Reply{}, err
		}
		return Reply{Text: i.Number() + " 回头看合格，已记录"}, nil
	})
}

// verdict reads the result at the beginning of a text. The word must end there: 合格率不高 is no 合格.
func verdict(text string) (good bool, rest string, ok bool) {
	for _, v := range verdicts {
		rest, found := strings.CutPrefix(text, v.word)
		if !found {
			continue
		}
		rest = strings.TrimPrefix(rest, "了")
		if trimmed := trimSeparators(rest); trimmed == "" || trimmed != rest {
			return v.good, trimmed, true
		}
	}
	return false, "", false
}

// relapse reopens closed issues under their own numbers, with a fresh limit.
func (r *Request) relapse() (Reply, error) {
	return r.reviewed(func(i *issue.Issue) (Reply, error) {
		change, reason := r.relapsedTo(*i)
		act := issue.Act{Action: issue.Relapse, By: r.From.ID, Note: reason, Change: change}
		if err := r.Policy.Check(*i, r.act(act)); err != nil {
			return Reply{}, r.askUnit(*i, err)
		}
		if reason == "" {
			return Reply{}, issue.Fail(issue.CodeInput, i.Number()+" 请写明怎样反弹", fmt.Sprintf("例如：「回头看 %d 反弹 又堆了杂物」", i.ID))
		}
		if err := r.apply(i, act); err != nil {
			return Reply{}, err
		}
		text := i.Number() + " 反弹，重新整改"
		if i.Relapses > 1 {
			text += fmt.Sprintf("（第 %d 次反弹）", i.Relapses)
		}
		text += fmt.Sprintf("：%s\n请%s整改，%s", report.Short(reason, 100), r.Words.Owner(*i), r.Words.Due(*i, r.Now))
		if i.Complaint {
			text += "\n投诉要重新公布结果并告知当事人，限 " + r.Cal.Text(i.TellDue, r.Now)
		}
		notice := "【反弹】" + r.Words.Head(*i) + strings.TrimPrefix(text, i.Number()+" 反弹")
		return Reply{Text: text, Mentions: []string{i.Assignee}, Notices: r.toUnit(i.Unit, *i, notice, i.Assignee)}, nil
	})
}

// relapsedTo is who gets a relapsed issue that had no unit because it was solved on the spot: the unit that the inspector
// names, or else the one of the responsibility table. A unit before the reason is no part of it.
func (r *Request) relapsedTo(i issue.Issue) (to issue.Change, reason string) {
	if i.Unit != "" {
		return issue.Change{}, r.Args
	}
	first, rest, _ := strings.Cut(r.Args, " ")
	if unit, _ := r.Reader.Unit(first); unit != "" {
		return issue.Change{Unit: unit, Assignee: r.Reg.Receiver(unit)}, trimSeparators(rest)
	}
	if unit := r.unitIn(r.Args, ""); unit != "" {
		return issue.Change{Unit: unit, Assignee: r.Reg.Receiver(unit)}, r.Args
	}
	o := r.Reg.Owner(i.Category, i.Place)
	return issue.Change{Unit: o.Unit, Assignee: o.Person}, r.Args
}

// askUnit tells how to name the unit where the issue has none and nobody else names one.
func (r *Request) askUnit(i issue.Issue, err error) error {
	if e, ok := issue.AsError(err); ok && e.Code == issue.CodeInput && i.Unit == "" {
		return issue.Fail(e.Code, i.Number()+" 是当场解决的，没有责任单位", fmt.Sprintf("请写明单位：「回头看 %d 反弹 %s 原因」", i.ID, r.someUnit()))
	}
	return err
}

// drawn lists the closed issues that are drawn for a look back and were not looked at yet, the asker's own first.
func (r *Request) drawn() (Reply, error) {
	list, err := r.Tx.Issues(store.Filter{Drawn: true, Statuses: []issue.Status{issue.Closed}, Limit: most})
	if err != nil {
		return Reply{}, err
	}
	if len(list) == 0 {
		return Reply{Text: "没有要回头看的问题"}, nil
	}
	mine := func(i issue.Issue) int {
		if i.LookBackBy == r.From.ID {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b issue.Issue) int {
		return cmp.Or(cmp.Compare(mine(a), mine(b)), a.LookBackDue.Compare(b.LookBackDue))
	})
	return Reply{Text: r.Words.LookBacks("待回头看", list, r.Now)}, nil
}
