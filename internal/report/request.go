package report

import (
	"fmt"
	"strings"
	"time"

	"duban/internal/issue"
)

// reasonText is how much of a reason is quoted.
const reasonText = 60

// Request is what somebody asks for: 昭阳街道 张伟申请延期到 11-28 17:30：等配件到货.
func (w Words) Request(i issue.Issue, now time.Time) string {
	r := i.Request
	who := w.Reg.PersonName(r.By)
	if p, ok := w.Reg.Person(r.By); ok && p.Unit != "" {
		who = w.Reg.UnitName(p.Unit) + " " + who
	}
	text := who + asking(r)
	switch {
	case r.Kind == issue.AskExtend:
		text += "到 " + w.Cal.Text(r.Until, now)
	case r.Kind == issue.AskSuspend:
		text += "到 " + w.Cal.Text(r.Until, now) + " 恢复"
	case r.Unit != "":
		text += "给" + w.Reg.UnitName(r.Unit)
	}
	return text + "：" + Short(r.Reason, reasonText)
}

// asking is what somebody does who makes a request: 申请延期, 申诉.
func asking(r issue.Request) string {
	if r.Kind == issue.Appeal {
		return "申诉"
	}
	return "申请" + r.Text()
}

// Asked answers somebody who asked for a decision: what was understood, who decides until when, and what holds meanwhile.
func (w Words) Asked(i issue.Issue, now time.Time) string {
	r := i.Request
	text := i.Number() + " 已" + asking(r)
	if !r.Until.IsZero() {
		text += "到 " + w.Cal.Text(r.Until, now)
	}
	text += fmt.Sprintf("，等%s决定（%s 前）", r.Decider.Text(), w.Cal.Text(r.Due, now))
	switch r.Kind {
	case issue.AskExtend, issue.AskSuspend:
		text += "。批准前仍" + w.Due(i, now)
	case issue.AskSendBack:
		text += "。决定前仍由" + w.Reg.UnitName(i.Unit) + "负责（首问负责）"
	case issue.AskVoid:
		text += fmt.Sprintf("。请创城办的另一人发「同意 %d」或「驳回 %d 原因」", i.ID, i.ID)
	}
	return text
}

// ToDecide asks those who decide, with the words to type.
func (w Words) ToDecide(i issue.Issue, now time.Time) string {
	return "【待审批】" + w.Head(i) + "\n" + w.Request(i, now) + "\n请发" + w.agree(i) + fmt.Sprintf("或「驳回 %d 原因」", i.ID)
}

// agree is how to agree to a request: 「同意 17」, 「同意 17 住建局」.
func (w Words) agree(i issue.Issue) string {
	if i.Request.Kind == issue.AskSendBack {
		return fmt.Sprintf("「同意 %d %s」", i.ID, orElse(w.Reg.UnitName(i.Request.Unit), "单位"))
	}
	return fmt.Sprintf("「同意 %d」", i.ID)
}

// Decided quotes a request and its decision to both sides. i is the issue after it, r the request.
func (w Words) Decided(i issue.Issue, r issue.Request, by, note string, agreed bool, now time.Time) string {
	asked := i
	asked.Request = r
	var b strings.Builder
	verdict := "已驳回"
	if agreed {
		verdict = "已同意"
	}
	fmt.Fprintf(&b, "%s %s%s（%s）", i.Number(), strings.TrimPrefix(asking(r), "申请"), verdict, w.Reg.PersonName(by))
	if note != "" {
		b.WriteString("：" + Short(note, reasonText))
	}
	b.WriteString("\n" + w.Request(asked, now))
	if next := w.afterDecision(i, r, agreed, now); next != "" {
		b.WriteString("\n" + next)
	}
	return b.String()
}

// excused is what an upheld appeal changes in the score: one judgement, or the whole issue.
func excused(r issue.Request) string {
	switch r.Against.Action {
	case issue.Return:
		return "申诉成立，这次退回不再计入返工"
	case issue.Relapse:
		return "申诉成立，这次反弹不再扣分"
	case issue.Uphold:
		return "申诉成立，这次虚假整改认定不再扣分"
	}
	return "申诉成立，本件不再扣分"
}

// afterDecision says what holds now.
func (w Words) afterDecision(i issue.Issue, r issue.Request, agreed bool, now time.Time) string {
	switch {
	case !agreed && i.Status.WithUnit():
		return "请" + w.Owner(i) + "继续整改，" + w.Due(i, now)
	case !agreed:
		return ""
	}
	switch r.Kind {
	case issue.AskSendBack:
		text := "改派 → " + w.Owner(i) + "，" + w.Due(i, now)
		if i.First != "" { // nobody, if it goes back to the unit that still answers for it
			text += "；签收前" + w.Reg.UnitName(i.First) + "继续负责"
		}
		return text + "\n" + w.Reg.UnitName(i.Unit) + ToSign(i)
	case issue.AskExtend:
		return "新时限：" + w.Due(i, now)
	case issue.AskSuspend:
		return "已挂账，" + w.Cal.Text(i.ResumeAt, now) + " 恢复计时"
	case issue.AskVoid:
		return "已作废，不计分"
	case issue.Accuse:
		return "认定虚假整改，记入" + w.Reg.UnitName(i.Unit) + "考核，列入通报"
	case issue.Appeal:
		return excused(r)
	}
	return ""
}
