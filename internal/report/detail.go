package report

import (
	"fmt"
	"strings"
	"time"

	"duban/internal/issue"
)

// How much the answer about one issue shows: it is read on a phone.
const (
	detailText     = 300 // characters of the problem
	timelineLines  = 20
	relatedNumbers = 5 // issues that are named in one line
)

// Story is an issue with what stands around it.
type Story struct {
	Issue  issue.Issue
	Events []issue.Event
	Whole  *issue.Issue  // the joint issue of which it is a part 协办; nil if it is none
	Parts  []issue.Issue // the parts of assisting units
	Target *issue.Issue  // into which it was merged 并案; nil if it was not
	Merged []issue.Issue // merged into it
}

// Detail answers 查 17: everything about an issue in at most ten lines, and its history in at most twenty.
func (w Words) Detail(s Story, now time.Time) string {
	i := s.Issue
	lines := []string{
		i.Number() + " " + w.status(s, now),
		Short(i.Text, detailText),
		fmt.Sprintf("地点：%s｜类别：%s%s", orElse(i.Place, "未识别"), orElse(i.Category, "未识别"), source(i)),
		"责任：" + w.responsible(i, now),
	}
	for _, line := range []string{
		labelled("责任人：", w.Chain(i.Unit)), labelled("包保：", w.Guarantee(i.Place)), w.complaint(i, now), related(s, w),
		w.pending(i, now), labelled("措施：", Short(i.Measure, 2*shortText)),
	} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(append(lines, w.timeline(s.Events)...), "\n")
}

func labelled(label, text string) string {
	if text == "" {
		return ""
	}
	return label + text
}

// status is where the issue stands, and what it went through so far in numbers.
func (w Words) status(s Story, now time.Time) string {
	i := s.Issue
	text := i.Status.Text()
	if s.Target != nil {
		text = fmt.Sprintf("已并入 %s（%s）", s.Target.Number(), s.Target.Status.Text())
	}
	if i.Overdue(now) {
		text += "，已超期 " + Span(now.Sub(i.Due))
	}
	for _, c := range []struct {
		n    int
		what string
	}{
		{i.Returns, "退回"},
		{i.Relapses, "反弹"},
		{i.LookBacks - i.Relapses, "回头看合格"},
		{i.Extensions, "延期"},
		{i.SendBacks, "退单成立"},
		{i.Refusals, "退单驳回"},
		{i.Appeals, "申诉成立"},
	} {
		if c.n > 0 {
			text += fmt.Sprintf("，%s %d 次", c.what, c.n)
		}
	}
	if i.Falsified {
		text += "，认定虚假整改"
	}
	return text
}

// source says how the problem came to be known, unless an inspector found it.
func source(i issue.Issue) string {
	switch {
	case i.SelfFound:
		return "｜来源：自查"
	case i.Source != "" && i.Source != issue.FromInspection:
		return "｜来源：" + i.Source.Text()
	}
	return ""
}

func (w Words) responsible(i issue.Issue, now time.Time) string {
	text := w.Owner(i)
	if i.Status.WithUnit() {
		text += "，" + w.Due(i, now)
	}
	if i.First != "" {
		text += "（签收前由首接单位" + w.Reg.UnitName(i.First) + "负责）"
	}
	return text
}

// Chain is a unit's responsible persons: 主要领导 高建国、负责人 张伟、联络员 李强、B岗 刘芳 (S10, domain.md row 18).
func (w Words) Chain(unit string) string {
	u, _ := w.Reg.Unit(unit)
	var parts []string
	for _, p := range []struct{ what, id string }{
		{"主要领导", u.Head}, {"负责人", u.Lead}, {"联络员", u.Liaison}, {"B岗", u.Deputy},
	} {
		if p.id != "" {
			parts = append(parts, p.what+" "+w.Reg.PersonName(p.id))
		}
	}
	return strings.Join(parts, "、")
}

// Guarantee is who answers for a place: 领导 刘建、挂钩单位 住建局、社区 金水湾社区 (S11, S12, domain.md row 11).
func (w Words) Guarantee(place string) string {
	p, _ := w.Reg.Place(place)
	var parts []string
	if p.Leader != "" {
		parts = append(parts, "领导 "+w.Reg.PersonName(p.Leader))
	}
	if p.Support != "" {
		parts = append(parts, "挂钩单位 "+w.Reg.UnitName(p.Support))
	}
	if p.Community != "" {
		parts = append(parts, "社区 "+p.Community)
	}
	return strings.Join(parts, "、")
}

// complaint says which of the three acts that a complaint asks for are done, and until when the others are due (S73).
func (w Words) complaint(i issue.Issue, now time.Time) string {
	if !i.Complaint {
		return ""
	}
	act := func(verb string, done, due time.Time) string {
		switch {
		case !done.IsZero():
			return "已" + verb
		case !i.Open():
			return "未" + verb
		case now.After(due):
			return "未" + verb + "（限 " + w.Cal.Text(due, now) + "，已超时）"
		}
		return "未" + verb + "（限 " + w.Cal.Text(due, now) + "）"
	}
	return "投诉：" + act("答复", i.OpinionAt, i.OpinionDue) + "｜" + act("公布", i.PublishedAt, i.TellDue) + "｜" + act("告知", i.ToldAt, i.TellDue)
}

// related names the other issues that this one is bound to.
func related(s Story, w Words) string {
	var parts []string
	if s.Whole != nil {
		parts = append(parts, fmt.Sprintf("协办自 %s（%s）", s.Whole.Number(), s.Whole.Status.Text()))
	}
	if len(s.Parts) > 0 {
		var names []string
		for _, p := range s.Parts[:min(len(s.Parts), relatedNumbers)] {
			names = append(names, p.Number()+" "+w.Reg.UnitName(p.Unit)+" "+p.Status.Text())
		}
		parts = append(parts, "协办："+strings.Join(names, "、")+more(len(s.Parts)))
	}
	if len(s.Merged) > 0 {
		parts = append(parts, "并入 "+Numbers(s.Merged))
	}
	return strings.Join(parts, "｜")
}

// Numbers names issues in a row: #18、#19.
func Numbers(list []issue.Issue) string {
	var names []string
	for _, i := range list[:min(len(list), relatedNumbers)] {
		names = append(names, i.Number())
	}
	return strings.Join(names, "、") + more(len(list))
}

func more(n int) string {
	if n <= relatedNumbers {
		return ""
	}
	return fmt.Sprintf("等 %d 件", n)
}

// pending is what somebody still has to do about the issue besides handling it.
func (w Words) pending(i issue.Issue, now time.Time) string {
	var parts []string
	if i.Request.Pending() {
		parts = append(parts, w.Request(i, now)+"（等"+i.Request.Decider.Text()+"，"+w.Cal.Text(i.Request.Due, now)+" 前）")
	}
	if i.Status.WithUnit() && !i.ReplyDue.IsZero() {
		parts = append(parts, "督办待回复，限 "+w.Cal.Text(i.ReplyDue, now))
	}
	if i.Status == issue.Suspended && !i.ResumeAt.IsZero() {
		parts = append(parts, "挂账到 "+w.Cal.Text(i.ResumeAt, now))
	}
	if i.Status == issue.Closed && !i.LookBackDue.IsZero() {
		parts = append(parts, "待回头看："+w.Reg.PersonName(i.LookBackBy)+"，限 "+w.Cal.Text(i.LookBackDue, now))
	}
	return strings.Join(parts, "｜")
}

// timeline writes the history: the report, and of the rest what fits, the newest.
func (w Words) timeline(events []issue.Event) []string {
	var lines []string
	for n := range events {
		lines = append(lines, w.event(events, n))
	}
	if len(lines) <= timelineLines {
		return lines
	}
	cut := len(lines) - (timelineLines - 2)
	return append([]string{lines[0], fmt.Sprintf("…前面还有 %d 条", cut-1)}, lines[cut:]...)
}

// Load is where a unit's open issues stand: 昭阳街道未办结 4 件：待签收 1、整改中 2（超期 1）、待核查 1.
func (w Words) Load(unit string, list []issue.Issue, now time.Time) string {
	if len(list) == 0 {
		return w.Reg.UnitName(unit) + "没有未办结的问题"
	}
	var parts []string
	for _, s := range []issue.Status{issue.Assigned, issue.Working, issue.Submitted, issue.Suspended} {
		n, late := 0, 0
		for _, i := range list {
			if i.Status == s {
				n++
			}
			if i.Status == s && i.Overdue(now) {
				late++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d%s", s.Text(), n, brackets(overdueCount(late))))
		}
	}
	return fmt.Sprintf("%s未办结 %d 件：%s", w.Reg.UnitName(unit), len(list), strings.Join(parts, "、"))
}

func overdueCount(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("超期 %d", n)
}
