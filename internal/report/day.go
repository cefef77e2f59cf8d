package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"duban/internal/issue"
	"duban/internal/score"
)

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
	if d.Held {
		b.WriteString("\n今日排名暂缓发布")
	}
	b.WriteString(w.standings(d))
	if len(d.Hot) > 0 {
		var places []string
		for _, h := range d.Hot[:min(3, len(d.Hot))] {
			places = append(places, fmt.Sprintf("%s %d 件", h.Place, h.N))
		}
		b.WriteString("\n七日多发：" + strings.Join(places, "、"))
	}
	b.WriteString(coverageLine(d.Coverage))
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

// standings are the lines of the day's ranking. It ends before the digest does, and on the next morning it is still that of the day before:
// what it says of a unit need not be what the digest lists.
func (w Words) standings(d score.Day) string {
	var b strings.Builder
	for _, g := range w.Reg.Groups {
		b.WriteString(w.firstAndLast(g, d.Scores))
	}
	b.WriteString(w.laggingLine(d.Lagging))
	if b.Len() == 0 || d.Ranked.Equal(d.To) {
		return b.String()
	}
	until := w.clock(d.Ranked)
	if day := w.day(d.Ranked); day != w.day(d.To) {
		until = day + " " + until
	}
	return "\n排名（截至 " + until + "）" + b.String()
}

func (w Words) firstAndLast(g issue.Group, scores []score.Score) string {
	e := w.Ends(g, scores)
	if e.First == "" {
		return ""
	}
	text := fmt.Sprintf("\n%s：第一 %s %s", g.Name, e.First, e.Best)
	if e.Last != "" {
		text += fmt.Sprintf("，末位 %s %s", e.Last, e.Least)
	}
	return text
}

// Ends are the first and the last units of a group with their points.
type Ends struct {
	Group       string
	First, Last string // names; Last is "" if all share the first place, First if nobody is ranked
	Best, Least issue.Points
}

// Ends finds the first and the last units of a group.
func (w Words) Ends(g issue.Group, scores []score.Score) Ends {
	e := Ends{Group: g.Name}
	ranked := slices.DeleteFunc(slices.Clone(w.OfGroup(g, scores)), func(s score.Score) bool { return s.Rank == 0 })
	if len(ranked) == 0 {
		return e
	}
	first, last := ranked[0], ranked[len(ranked)-1]
	e.First, e.Best = w.sharing(first.Rank, ranked), first.Points
	if last.Rank > first.Rank {
		e.Last, e.Least = w.sharing(last.Rank, ranked), last.Points
	}
	return e
}

// sharing names the units at a place: of more than two the first, and how many there are.
func (w Words) sharing(rank int, ranked []score.Score) string {
	var names []string
	for _, s := range ranked {
		if s.Rank == rank {
			names = append(names, w.Reg.UnitName(s.Unit))
		}
	}
	if len(names) > 2 {
		return fmt.Sprintf("%s等 %d 个单位", names[0], len(names))
	}
	return strings.Join(names, "、")
}
