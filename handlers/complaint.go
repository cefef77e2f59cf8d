package handlers

import (
	"fmt"
	"strings"
	"time"

	"duban/internal/issue"
	"duban/internal/report"
)

func complaintFiling() []*Command {
	return []*Command{{
		Name: "投诉", Aliases: []string{"群众投诉", "群众意见"}, Loose: []string{"意见"}, Shape: Words, Reports: true, Counted: true, Action: issue.Report,
		Section: "上报", Args: "地点 问题", Run: (*Request).complain,
		Help: "登记群众投诉：当日提出处理意见，3个工作日内公布结果并告知当事人。例：投诉 红星中路路灯不亮，来电人王女士",
	}}
}

func complaintCommands() []*Command {
	return []*Command{
		{
			Name: "答复", Shape: Numbers, Timed: true, SetOff: true, Action: issue.Opine, Section: "投诉", Args: "编号 处理意见", For: handling(issue.RoleOffice),
			Help: "记下给投诉当事人的处理意见。例：答复 17 已联系物业，明天上午清理", Run: (*Request).opine,
		},
		{
			Name: "公布", Shape: Numbers, Timed: true, SetOff: true, Action: issue.Publish, Section: "投诉", Args: "编号 在哪里公布", For: handling(issue.RoleOffice),
			Help: "记下投诉的处理结果在哪里公布。例：公布 17 小区公告栏", Run: (*Request).publish,
		},
		{
			Name: "告知", Shape: Numbers, Timed: true, SetOff: true, Action: issue.Tell, Section: "投诉", Args: "编号 怎样告知", For: handling(issue.RoleOffice),
			Help: "记下怎样告知了投诉的当事人。例：告知 17 电话告知，当事人满意", Run: (*Request).inform,
		},
		{
			Name: "回访", Shape: Numbers, Timed: true, SetOff: true, Action: issue.CallBack, Section: "投诉", Args: "编号 结果",
			Roles: []issue.Role{issue.RoleOffice, issue.RoleInspector}, Run: (*Request).callBack,
			Help: "投诉销号后问当事人：满意、基本满意、不满意或未联系上，可加已解决、未解决。例：回访 17 基本满意 已解决",
		},
	}
}

// complain files what somebody of the public complains about: it has two clocks of its own (S73).
func (r *Request) complain() (Reply, error) { return r.fileWith(issue.Change{Complaint: true}) }

func (r *Request) opine() (Reply, error) {
	return r.answered(issue.Opine, "答复内容", "答复 %d 已联系物业，明天上午清理", func(i issue.Issue) (time.Time, time.Time) { return i.OpinionAt, i.OpinionDue })
}

func (r *Request) publish() (Reply, error) {
	return r.answered(issue.Publish, "在哪里公布", "公布 %d 小区公告栏", func(i issue.Issue) (time.Time, time.Time) { return i.PublishedAt, i.TellDue })
}

func (r *Request) inform() (Reply, error) {
	return r.answered(issue.Tell, "怎样告知当事人", "告知 %d 电话告知，当事人满意", func(i issue.Issue) (time.Time, time.Time) { return i.ToldAt, i.TellDue })
}

// answered records one of the three acts that a complaint needs, with what was said. The first one meets the clock; what is said
// later is added to the record. clock gives when it was done and until when it had to be.
func (r *Request) answered(action issue.Action, what, example string, clock func(issue.Issue) (at, due time.Time)) (Reply, error) {
	return r.each(func(i issue.Issue) (Reply, error) {
		act := issue.Act{Action: action, By: r.From.ID, Note: r.Args}
		if err := r.Policy.Check(i, r.act(act)); err != nil {
			return Reply{}, err
		}
		if r.Args == "" {
			return Reply{}, issue.Fail(issue.CodeInput, i.Number()+" 请写明"+what, fmt.Sprintf("例如：「"+example+"」", i.ID))
		}
		earlier, due := clock(i)
		if err := r.apply(&i, act); err != nil {
			return Reply{}, err
		}
		text := i.Number() + " 已" + action.Verb()
		switch late := r.Now.Sub(due); {
		case !earlier.IsZero():
			text = i.Number() + " 已补充" + action.Verb()
		case late > 0:
			text += "，超过时限 " + report.Span(late)
		}
		notice := fmt.Sprintf("【投诉】%s\n已%s（%s）：%s", r.Words.Head(i), action.Verb(), r.From.Name, report.Short(r.Args, 100))
		outs := first(r.toReporter(i, notice), r.toRole(issue.RoleOffice, notice))
		if !r.Reg.Handles(i, r.From.ID) {
			outs = first(outs, r.toOwners(i, notice))
		}
		return Reply{Text: text + "。" + r.nextForComplaint(i), Notices: outs}, nil
	})
}

// nextForComplaint is what a complaint still needs. The office may answer for the unit, but not do its work.
func (r *Request) nextForComplaint(i issue.Issue) string {
	var todo []string
	work := r.Reg.UnitName(i.Unit) + "完成整改"
	if r.Reg.Handles(i, r.From.ID) {
		work = fmt.Sprintf("「完成 %d 措施」", i.ID)
	}
	for _, step := range []struct {
		done bool
		text string
	}{
		{!i.OpinionAt.IsZero(), fmt.Sprintf("「答复 %d 处理意见」", i.ID)},
		{!i.PublishedAt.IsZero(), fmt.Sprintf("「公布 %d 在哪里公布」", i.ID)},
		{!i.ToldAt.IsZero(), fmt.Sprintf("「告知 %d 怎样告知」", i.ID)},
		{!i.Status.WithUnit(), work},
	} {
		if !step.done {
			todo = append(todo, step.text)
		}
	}
	if len(todo) == 0 {
		return "答复、公布、告知都已完成，等督查员核查"
	}
	return "接下来：" + strings.Join(todo, "、")
}
