package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"duban/internal/issue"
)

// adjustment is what an entry by hand says: 昭阳街道 扣 0.50 分：迎检当天窗口无人.
func (w Words) adjustment(a issue.Adjustment) string {
	return w.Reg.UnitName(a.Unit) + " " + a.Text() + "：" + Short(a.Reason, reasonText)
}

// hands are who asked for an entry and who decided: 陈静提出，赵敏同意.
func (w Words) hands(a issue.Adjustment) string {
	text := w.Reg.PersonName(a.Person) + "提出"
	switch a.State {
	case issue.AdjustmentApproved:
		text += "，" + w.Reg.PersonName(a.DecidedBy) + "同意"
	case issue.AdjustmentRefused:
		text += "，" + w.Reg.PersonName(a.DecidedBy) + "驳回"
	}
	return text
}

// toDecideAdjustment are the words to type.
func toDecideAdjustment(a issue.Adjustment) string {
	return fmt.Sprintf("请发「同意加减分 %d」或「驳回加减分 %d 原因」", a.ID, a.ID)
}

// AdjustmentAsked answers who asked for points by hand: what was understood and who decides.
func (w Words) AdjustmentAsked(a issue.Adjustment) string {
	return a.Name() + " 已提出，等创城办的另一人或领导决定\n" + w.adjustment(a) + "\n" + toDecideAdjustment(a)
}

// AdjustmentToDecide asks those who decide.
func (w Words) AdjustmentToDecide(a issue.Adjustment) string {
	return "【待审批】" + a.Name() + "（" + w.hands(a) + "）\n" + w.adjustment(a) + "\n" + toDecideAdjustment(a)
}

// AdjustmentDecided quotes an entry and its decision to those who asked and who decide. since is when the current ranking
// period began; zero if there was no ranking yet.
func (w Words) AdjustmentDecided(a issue.Adjustment, since, now time.Time) string {
	verdict, counts := "已驳回", ""
	if a.State == issue.AdjustmentApproved {
		verdict, counts = "已同意", "\n"+w.countsFrom(since, now)
	}
	text := a.Name() + " " + verdict + "（" + w.Reg.PersonName(a.DecidedBy) + "）"
	if a.Note != "" {
		text += "：" + Short(a.Note, reasonText)
	}
	return text + "\n" + w.adjustment(a) + "（" + w.Reg.PersonName(a.Person) + "提出）" + counts
}

// AdjustmentTold tells the unit what it was given or what was taken from it.
func (w Words) AdjustmentTold(a issue.Adjustment, since, now time.Time) string {
	return "【加减分】" + w.adjustment(a) + "（" + w.hands(a) + "）\n" + w.countsFrom(since, now) + "，有异议请联系创城办"
}

// idleDays says what becomes of an entry in a period in which the unit has nothing to handle and is not ranked.
const idleDays = "；本期无应处置的计入周、月排名"

// countsFrom says from which ranking on an entry counts: the one of the period in which it was approved.
func (w Words) countsFrom(since, now time.Time) string {
	if since.IsZero() {
		return "自本期排名起计入" + idleDays
	}
	return "自本期排名起计入（本期从 " + w.Cal.Text(since, now) + " 起）" + idleDays
}

// AdjustmentsWaiting lists what waits for a decision, at most n.
func (w Words) AdjustmentsWaiting(list []issue.Adjustment, n int, now time.Time) string {
	title := fmt.Sprintf("加减分待审批 %d 笔", len(list))
	return w.adjustments(title, list, n, func(a issue.Adjustment) string { return w.Cal.Text(a.At, now) })
}

// AdjustmentsDecided lists what was decided in a time that the title names, the newest first, at most n, with the sum of what
// was approved.
func (w Words) AdjustmentsDecided(title string, list []issue.Adjustment, n int, now time.Time) string {
	given, taken := issue.Adjustment{}, issue.Adjustment{}
	for _, a := range list {
		switch {
		case a.State != issue.AdjustmentApproved:
		case a.Points > 0:
			given.Points += a.Points
		default:
			taken.Points += a.Points
		}
	}
	var sums []string
	for _, sum := range []issue.Adjustment{given, taken} {
		if sum.Points != 0 {
			sums = append(sums, "共"+sum.Text())
		}
	}
	title = fmt.Sprintf("%s %d 笔", title, len(list))
	if len(sums) > 0 {
		title += "，计入的" + strings.Join(sums, "、")
	}
	newest := slices.Clone(list)
	slices.Reverse(newest)
	return w.adjustments(title, newest, n, func(a issue.Adjustment) string { return w.Cal.Text(a.DecidedAt, now) })
}

// adjustments lists entries below a title, each with its number and an instant.
func (w Words) adjustments(title string, list []issue.Adjustment, n int, at func(issue.Adjustment) string) string {
	lines := []string{title}
	for _, a := range list[:min(n, len(list))] {
		line := fmt.Sprintf("%d｜%s（%s，%s）", a.ID, w.adjustment(a), w.hands(a), at(a))
		if a.State == issue.AdjustmentRefused {
			line += "：" + Short(a.Note, reasonText)
		}
		lines = append(lines, line)
	}
	if rest := len(list) - n; rest > 0 {
		lines = append(lines, fmt.Sprintf("……另有 %d 笔", rest))
	}
	return strings.Join(lines, "\n")
}
