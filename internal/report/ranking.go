package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"duban/internal/issue"
	"duban/internal/score"
)

// Ranking is a ranking of the units, ready to be told.
type Ranking struct {
	Title   string // 11月23日创城排名
	Until   string // of a day: 截至 17:30
	Scores  []score.Score
	Last    []score.Score // the ranking before it, for the change
	Scoring issue.Scoring // the rules by which it was made
}

// Date is a day as documents say it: 11月23日.
func (w Words) Date(t time.Time) string { return t.In(w.Cal.Location()).Format("1月2日") }

// DayTitle names the ranking of a day that ends at an instant, and says until when it counts.
func (w Words) DayTitle(to time.Time) (title, until string) {
	return w.day(to) + "创城排名", "截至 " + w.clock(to)
}

// Ranking tells a ranking, group by group (domain.md §5.4). Not final, it is what it would be now.
func (w Words) Ranking(r Ranking, final bool) string {
	var b strings.Builder
	notes := []string{r.Until}
	if !final {
		notes = append(notes, "未定稿")
	}
	b.WriteString("【" + r.Title + "】" + strings.TrimPrefix(strings.Join(notes, "，"), "，"))
	for _, g := range w.Reg.Groups {
		if len(w.OfGroup(g, r.Scores)) > 0 {
			w.rankGroup(&b, g, r)
		}
	}
	if len(r.Scores) == 0 {
		b.WriteString("\n没有参评单位")
	}
	b.WriteString("\n" + r.Rules())
	return b.String()
}

// rankGroup writes one group: the ranked units line by line, and below them the remarks.
func (w Words) rankGroup(b *strings.Builder, g issue.Group, r Ranking) {
	fmt.Fprintf(b, "\n— %s —", g.Name)
	for _, s := range w.OfGroup(g, r.Scores) {
		if s.Rank > 0 {
			fmt.Fprintf(b, "\n%d. %s %s%s｜%s%s", s.Rank, w.Reg.UnitName(s.Unit), s.Points, arrow(Change(s, r.Last)), r.Basis(s), overdueText("，", s.Overdue))
		}
	}
	for _, remark := range w.Remarks(g, r) {
		b.WriteString("\n" + remark)
	}
}

// Basis is what a score rests on.
func (r Ranking) Basis(s score.Score) string {
	switch r.Scoring.Style {
	case issue.StyleComplaints:
		return fmt.Sprintf("回访 %d 件，满意 %d，基本满意 %d", s.Calls.Valid, s.Calls.Satisfied, s.Calls.Basic)
	case issue.StyleDeductions:
		if s.Entering == 0 {
			return fmt.Sprintf("问题 %d 件", s.Found.Upper+s.Found.County+s.Found.Own)
		}
		return fmt.Sprintf("问题 %d 件，按期 %d/%d", s.Found.Upper+s.Found.County+s.Found.Own, s.OnTime, s.Entering)
	}
	return fmt.Sprintf("按期 %d/%d", s.OnTime, s.Entering)
}

// Remarks are the lines below a group: those with too few cases, and those with none.
func (w Words) Remarks(g issue.Group, r Ranking) []string {
	var few, none, out []string
	group, idle := w.OfGroup(g, r.Scores), 0
	for _, s := range group {
		name, cases := w.Reg.UnitName(s.Unit), score.Cases(r.Scoring, s.Counts)
		switch {
		case s.Rank > 0:
		case cases > 0:
			few = append(few, fmt.Sprintf("%s %d 件%s", name, cases, brackets(overdueText("", s.Overdue))))
		default:
			none = append(none, name+brackets(overdueText("", s.Overdue)))
			if s.Overdue == 0 {
				idle++
			}
		}
	}
	if len(few) > 0 {
		out = append(out, fmt.Sprintf("不足 %d 件不排名：%s", r.Scoring.MinCases, strings.Join(few, "、")))
	}
	switch {
	case idle == len(group):
		out = append(out, "各单位均"+r.nothing())
	case len(none) > 0:
		out = append(out, r.nothing()+"："+strings.Join(none, "、"))
	}
	return out
}

// nothing is what a unit without any case has none of.
func (r Ranking) nothing() string {
	if r.Scoring.Style == issue.StyleComplaints {
		return "无回访"
	}
	return score.Nothing
}

// Unranked says why a unit is not ranked; "" if it is.
func (r Ranking) Unranked(s score.Score) string {
	if s.Reason == score.Nothing {
		return r.nothing()
	}
	return s.Reason
}

// Rules is the last line: by which rules, and whom to ask.
func (r Ranking) Rules() string {
	return "按 " + r.Scoring.Version + " 版规则计分，有异议请联系创城办"
}

// OfGroup chooses the scores of a group's units, in their order.
func (w Words) OfGroup(g issue.Group, scores []score.Score) []score.Score {
	var out []score.Score
	for _, s := range scores {
		if u, _ := w.Reg.Unit(s.Unit); u.Group == g.ID {
			out = append(out, s)
		}
	}
	return out
}

func brackets(s string) string {
	if s == "" {
		return ""
	}
	return "（" + s + "）"
}

func overdueText(before string, n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s超期 %d 件", before, n)
}

// Change is by how many places a unit moved up against the last ranking, or, below zero, down; 0 if it was not in it.
func Change(s score.Score, last []score.Score) int {
	for _, l := range last {
		if l.Unit == s.Unit && l.Rank > 0 && s.Rank > 0 {
			return l.Rank - s.Rank
		}
	}
	return 0
}

func arrow(change int) string {
	switch {
	case change > 0:
		return fmt.Sprintf(" ↑%d", change)
	case change < 0:
		return fmt.Sprintf(" ↓%d", -change)
	}
	return ""
}

// StillHeld reminds the office of what did not go out at its time.
func (w Words) StillHeld(name string) string {
	return "【暂缓】" + name + "没有发布。重新计算请发「草稿 " + name + "」，发布请发「发布 " + name + "」"
}

// Corrections says unit by unit what a corrected ranking changes; nil if nothing.
func (w Words) Corrections(r Ranking, was []score.Score) []string {
	var out []string
	for _, s := range r.Scores {
		n := slices.IndexFunc(was, func(o score.Score) bool { return o.Unit == s.Unit })
		if n < 0 || was[n].Points == s.Points && was[n].Rank == s.Rank {
			continue
		}
		out = append(out, fmt.Sprintf("%s %s→ %s", w.Reg.UnitName(s.Unit), r.placed(was[n]), r.placed(s)))
	}
	return out
}

// placed is a score with its place: 80.00（第 2）, or why there is none, as 样本不足.
func (r Ranking) placed(s score.Score) string {
	if s.Rank == 0 {
		return r.Unranked(s)
	}
	return fmt.Sprintf("%s（第 %d）", s.Points, s.Rank)
}
