package report

import (
	"fmt"
	"strings"
	"time"

	"duban/internal/issue"
)

// LookBackPlan tells the inspectors of a group what was drawn for a look back, who looks at what, and until when. All of it is
// shown, however long: everybody has to find their own.
func (w Words) LookBackPlan(list []issue.Issue, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "【回头看】今日抽查 %d 件，请在 %s 前看完", len(list), w.Cal.Text(list[0].LookBackDue, now))
	for _, i := range list {
		fmt.Fprintf(&b, "\n%s｜", w.Head(i))
		if i.Unit != "" {
			b.WriteString(w.Reg.UnitName(i.Unit) + "，")
		}
		b.WriteString(i.ClosedAt.In(w.Cal.Location()).Format("01-02") + " 销号")
		if i.Relapses > 0 {
			b.WriteString("，曾反弹")
		}
		b.WriteString(" → " + orElse(w.inspector(i.LookBackBy), "其他单位的督查员"))
	}
	b.WriteString("\n" + lookBackNext(list[0].ID))
	return b.String()
}

// LookBacks lists closed issues that are drawn for a look back, with who should look and until when.
func (w Words) LookBacks(title string, list []issue.Issue, now time.Time) string {
	line := func(i issue.Issue) string {
		text := fmt.Sprintf("%s｜%s，%s 销号，请 %s 前看", w.Head(i), w.Owner(i), w.Cal.Text(i.ClosedAt, now), w.Cal.Text(i.LookBackDue, now))
		if i.LookBackBy != "" {
			text += "（" + w.Reg.PersonName(i.LookBackBy) + "）"
		}
		return text
	}
	return listing(fmt.Sprintf("%s %d 件", title, len(list)), list, line, lookBackNext(list[0].ID))
}

func lookBackNext(id int64) string {
	return fmt.Sprintf("看后请发「回头看 %d 合格」或「回头看 %d 反弹 原因」", id, id)
}

// Unowned is the daily alarm of issues that nobody runs after (S8).
func (w Words) Unowned(list []issue.Issue, now time.Time) string {
	line := func(i issue.Issue) string {
		return w.Head(i) + "｜" + w.lacks(i) + "，已报 " + Span(now.Sub(i.ReportedAt))
	}
	next := fmt.Sprintf("请发「派单 %d 单位」", list[0].ID)
	if list[0].Status != issue.Reported {
		next = fmt.Sprintf("请发「改派 %d 单位」，或请管理员在配置里补上", list[0].ID)
	}
	return listing(fmt.Sprintf("【无主问题】%d 件没有人负责", len(list)), list, line, next)
}

func (w Words) lacks(i issue.Issue) string {
	switch w.Reg.Lacks(i) {
	case issue.LacksUnit:
		return "没有责任单位"
	case issue.LacksEntry:
		return "责任单位“" + i.Unit + "”不在登记表"
	case issue.LacksPerson:
		return w.Reg.UnitName(i.Unit) + "没有联络员和负责人"
	case issue.LacksAssignee:
		return w.Reg.UnitName(i.Unit) + "的经办人“" + i.Assignee + "”不在登记表"
	}
	return ""
}
