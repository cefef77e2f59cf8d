package report

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"duban/internal/issue"
	"duban/internal/score"
)

// Account explains a unit's score line by line, down to the numbers of the issues (domain.md §5.4). r is the ranking that it
// stands in.
func (w Words) Account(a score.Account, r Ranking, group string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "【得分】%s｜%s", w.Reg.UnitName(a.Unit), r.Title)
	if r.Until != "" {
		b.WriteString("，" + r.Until)
	}
	switch {
	case a.Rank > 0:
		fmt.Fprintf(&b, "\n%s 分，%s第 %d", a.Points, group, a.Rank)
	case a.Reason == score.TooFew:
		fmt.Fprintf(&b, "\n%s 分，%s（不足 %d 件），不排名", a.Points, a.Reason, r.Scoring.MinCases)
	default:
		b.WriteString("\n" + r.nothing() + "，不计分" + brackets(overdueText("", a.Overdue)))
	}
	for _, l := range a.Lines {
		if l.Kind != score.KindRounding {
			b.WriteString("\n" + line(l, r.Scoring))
		}
	}
	if slices.ContainsFunc(a.Lines, func(l score.Line) bool { return l.Kind == score.KindOnTime && l.Den > a.Entering }) {
		fmt.Fprintf(&b, "\n上级反馈的问题每件按 %d 件计", r.Scoring.Adjustments.UpperWeight)
	}
	b.WriteString(passLine(a.Calls, r.Scoring))
	if len(a.Lines) > 0 {
		b.WriteString("\n各项按精确值相加，最后四舍五入到两位小数")
	}
	return b.String() + "\n" + r.Rules()
}

// passLine says whether the rate of satisfaction reaches the line (S75); nothing if nobody was called back, or there is no line.
func passLine(c score.Calls, s issue.Scoring) string {
	line := s.Complaints
	if s.Style != issue.StyleComplaints || c.Valid == 0 || line.Pass == 0 {
		return ""
	}
	verdict := "未达到"
	if c.Passes(line) {
		verdict = "达到"
	}
	rate := c.Satisfaction(line)
	return fmt.Sprintf("\n满意率 %s%%，%s %s%%", rate.Mul(rate, big.NewRat(100, 1)).FloatString(2), verdict, line.Pass.Text())
}

// line is one line of an account: 按期处置率 35/40，得 17.50（满分 20）：#3、#5.
func line(l score.Line, s issue.Scoring) string {
	text := l.Kind.Text()
	switch {
	case l.Den > 0:
		text += fmt.Sprintf(" %d/%d，得 %s", l.Num, l.Den, l.Points.FloatString(2)) + brackets(full(l.Kind, s))
	case full(l.Kind, s) != "" && l.Num == 0 && len(l.Issues) == 0:
		text += "：本期没有，得 " + l.Points.FloatString(2) + brackets(full(l.Kind, s))
	case l.Entry > 0:
		text += fmt.Sprintf(" %s：%s（加减分 %d）", signed(l.Points), Short(l.Reason, 40), l.Entry)
	case l.Num > 0:
		text += fmt.Sprintf(" %d 件，%s", l.Num, signed(l.Points))
	default:
		text += " " + signed(l.Points)
	}
	if len(l.Issues) > 0 {
		text += "：" + issueNumbers(l.Issues)
	}
	return text
}

// full says how much a rate is worth at most.
func full(k score.Kind, s issue.Scoring) string {
	most := map[score.Kind]int{
		score.KindHandled: s.Weights.Handled, score.KindOnTime: s.Weights.OnTime, score.KindNoReturn: s.Weights.NoReturn,
		score.KindNoOverdue: s.Weights.NoOverdue, score.KindNoExtension: s.Weights.NoExtension,
		score.KindResponse: s.Complaints.Response, score.KindSolved: s.Complaints.Solved, score.KindSatisfied: s.Complaints.Satisfied,
	}[k]
	if most == 0 {
		return ""
	}
	text := fmt.Sprintf("满分 %d", most)
	if k == score.KindSatisfied && s.Complaints.Basic < 100 {
		text += "，基本满意每件按 " + s.Complaints.Basic.String() + " 件计"
	}
	return text
}

// signed shows points with their sign: +0.10, -1.00.
func signed(r *big.Rat) string {
	if r.Sign() < 0 {
		return r.FloatString(2)
	}
	return "+" + r.FloatString(2)
}

// accountNumbers is how many issues one line of an account names.
const accountNumbers = 12

func issueNumbers(ids []int64) string {
	var names []string
	for _, id := range ids[:min(len(ids), accountNumbers)] {
		names = append(names, fmt.Sprintf("#%d", id))
	}
	text := strings.Join(names, "、")
	if len(ids) > accountNumbers {
		text += fmt.Sprintf("等 %d 件", len(ids))
	}
	return text
}
