package report

import (
	"fmt"
	"strings"
	"time"

	"duban/internal/issue"
	"duban/internal/score"
)

// Ranking is the daily ranking, group by group (domain.md §5.4). Before it is final it says until when it counts.
func (w Words) Ranking(d score.Day, last []score.Score, final bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "【%s创城排名】", w.day(d.To))
	if !final {
		fmt.Fprintf(&b, "截至 %s，未定稿", w.clock(d.To))
	}
	for _, g := range w.Reg.Groups {
		if len(w.ofGroup(g, d.Scores)) > 0 {
			w.rankGroup(&b, g, d.Scores, last)
		}
	}
	if len(d.Scores) == 0 {
		b.WriteString("\n没有参评单位")
	}
	fmt.Fprintf(&b, "\n按 %s 版规则计分，有异议请联系创城办", w.Reg.Scoring.Version)
	return b.String()
}

// rankGroup writes one group: the ranked units line by line, then in one line each those with too few cases and with none.
func (w Words) rankGroup(b *strings.Builder, g issue.Group, scores, last []score.Score) {
	var few, none []string
	group, idle := w.ofGroup(g, scores), 0
	fmt.Fprintf(b, "\n— %s —", g.Name)
	for _, s := range group {
		if s.Entering+s.Overdue == 0 {
			idle++
		}
		name := w.Reg.UnitName(s.Unit)
		switch {
		case s.Rank > 0:
			fmt.Fprintf(b, "\n%d. %s %s%s｜按期 %d/%d%s", s.Rank, name, s.Points, change(s, last), s.OnTime, s.Entering, overdueText("，", s.Overdue))
		case s.Entering > 0:
			few = append(few, fmt.Sprintf("%s %d 件%s", name, s.Entering, brackets(overdueText("", s.Overdue))))
		default:
			none = append(none, name+brackets(overdueText("", s.Overdue)))
		}
	}
	if len(few) > 0 {
		fmt.Fprintf(b, "\n不足 %d 件不排名：%s", w.Reg.Scoring.MinCases, strings.Join(few, "、"))
	}
	switch {
	case idle == len(group):
		b.WriteString("\n各单位均无应处置")
	case len(none) > 0:
		b.WriteString("\n无应处置：" + strings.Join(none, "、"))
	}
}

// ofGroup chooses the scores of a group's units, in their order.
func (w Words) ofGroup(g issue.Group, scores []score.Score) []score.Score {
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

// change is the move against the last ranking: ↑2, ↓1, or nothing.
func change(s score.Score, last []score.Score) string {
	for _, l := range last {
		if l.Unit != s.Unit || l.Rank == 0 {
			continue
		}
		switch {
		case l.Rank > s.Rank:
			return fmt.Sprintf(" ↑%d", l.Rank-s.Rank)
		case l.Rank < s.Rank:
			return fmt.Sprintf(" ↓%d", s.Rank-l.Rank)
		}
	}
	return ""
}

// day is the date that a period ending at to is called by.
func (w Words) day(to time.Time) string {
	return to.Add(-time.Second).In(w.Cal.Location()).Format("1月2日")
}

// clock is the time of day of the end of a period; midnight is 24:00 of the day that it ends.
func (w Words) clock(to time.Time) string {
	_, at, _ := strings.Cut(w.Cal.Text(to, to), " ")
	return at
}

// Summary is the leaders' digest: it fits one phone screen (design.md §6).
func (w Words) Summary(d score.Day) string {
	var b strings.Builder
	fmt.Fprintf(&b, "【创城日报】%s（截至 %s）", w.day(d.To), w.clock(d.To))
	fmt.Fprintf(&b, "\n新立案 %d%s｜销号 %d%s｜超期 %d%s",
		d.Filed, diff(d, d.Filed, func(t score.DayTotals) int { return t.Filed }),
		d.Closed, diff(d, d.Closed, func(t score.DayTotals) int { return t.Closed }),
		d.Overdue, diff(d, d.Overdue, func(t score.DayTotals) int { return t.Overdue }))
	b.WriteString(waiting(d))
	if len(d.Worst) > 0 {
		b.WriteString("\n超期最久：")
		for _, i := range d.Worst {
			fmt.Fprintf(&b, "\n%s %s｜%s，超期 %s", i.Number(), Short(i.Text, 16), w.Owner(i), Span(d.To.Sub(i.Due)))
		}
	}
	for _, g := range w.Reg.Groups {
		b.WriteString(w.firstAndLast(g, d.Scores))
	}
	if len(d.Hot) > 0 {
		var places []string
		for _, h := range d.Hot[:min(3, len(d.Hot))] {
			places = append(places, fmt.Sprintf("%s %d 件", h.Place, h.N))
		}
		b.WriteString("\n七日多发：" + strings.Join(places, "、"))
	}
	fmt.Fprintf(&b, "\n下一工作日到期 %d 件", d.DueTomorrow)
	return b.String()
}

// waiting is the line of what waits for somebody; nothing if nothing does.
func waiting(d score.Day) string {
	var parts []string
	if d.Review+d.Undispatched > 0 {
		parts = append(parts, fmt.Sprintf("待核查 %d｜待派单 %d", d.Review, d.Undispatched))
	}
	if d.Undecided > 0 {
		parts = append(parts, fmt.Sprintf("待审批 %d", d.Undecided))
	}
	if d.Talks > 0 {
		parts = append(parts, fmt.Sprintf("约谈名单 %d", d.Talks))
	}
	if len(parts) == 0 {
		return ""
	}
	return "\n" + strings.Join(parts, "｜")
}

// diff is the change of a total against the last summary: （+3）.
func diff(d score.Day, now int, total func(score.DayTotals) int) string {
	if d.Before == nil {
		return ""
	}
	if was := total(*d.Before); now != was {
		return fmt.Sprintf("（%+d）", now-was)
	}
	return "（平）"
}

func (w Words) firstAndLast(g issue.Group, scores []score.Score) string {
	var first, last score.Score
	for _, s := range w.ofGroup(g, scores) {
		if s.Rank == 0 {
			continue
		}
		if first.Rank == 0 {
			first = s
		}
		last = s
	}
	if first.Rank == 0 {
		return ""
	}
	text := fmt.Sprintf("\n%s：第一 %s %s", g.Name, w.Reg.UnitName(first.Unit), first.Points)
	if last.Rank > first.Rank {
		text += fmt.Sprintf("，末位 %s %s", w.Reg.UnitName(last.Unit), last.Points)
	}
	return text
}
