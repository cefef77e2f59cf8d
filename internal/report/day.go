package report

import (
	"fmt"
	"strings"
	"time"

	"duban/internal/issue"
)

// Reminder is the one message of a tick to a unit: what is due or late, worst first, naming the responsible person
// (design.md §5).
func (w Words) Reminder(unit string, list []issue.Issue, now time.Time) string {
	late := 0
	for _, i := range list {
		if !now.Before(i.Due) {
			late++
		}
	}
	title := "【提醒】"
	if late > 0 {
		title = "【催办】"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s %s", title, w.Reg.UnitName(unit), dueText(len(list)-late, late))
	for k, i := range list {
		if k == 10 {
			fmt.Fprintf(&b, "\n……另有 %d 件", len(list)-10)
			break
		}
		b.WriteString("\n" + w.Head(i) + "｜" + w.left(i, now))
	}
	fmt.Fprintf(&b, "\n办好请发「完成 %d 措施」并附整改后照片", list[0].ID)
	return b.String()
}

func dueText(soon, late int) string {
	switch {
	case late == 0:
		return fmt.Sprintf("%d 件将到期", soon)
	case soon == 0:
		return fmt.Sprintf("%d 件已到期", late)
	}
	return fmt.Sprintf("%d 件已到期、%d 件将到期", late, soon)
}

func (w Words) left(i issue.Issue, now time.Time) string {
	if now.Before(i.Due) {
		return fmt.Sprintf("限 %s，还剩 %s", w.Cal.Text(i.Due, now), Span(i.Due.Sub(now)))
	}
	if now.Sub(i.Due) < time.Minute {
		return "现在到期"
	}
	return fmt.Sprintf("限 %s，已超期 %s", w.Cal.Text(i.Due, now), Span(now.Sub(i.Due)))
}

// Ranking is the daily ranking, group by group (domain.md §5.4). Before it is final it says until when it counts.
func (w Words) Ranking(d issue.Day, last []issue.Score, final bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "【%s创城排名】", w.day(d.To))
	if !final {
		fmt.Fprintf(&b, "截至 %s，未定稿", d.To.In(w.Cal.Location()).Format("15:04"))
	}
	for _, g := range w.Reg.Groups {
		w.rankGroup(&b, g, d.Scores, last)
	}
	fmt.Fprintf(&b, "\n有异议请联系创城办")
	return b.String()
}

func (w Words) rankGroup(b *strings.Builder, g issue.Group, scores, last []issue.Score) {
	var few, late []string
	ranked := 0
	fmt.Fprintf(b, "\n— %s —", g.Name)
	for _, s := range scores {
		u, _ := w.Reg.Unit(s.Unit)
		switch {
		case u.Group != g.ID:
		case s.Rank > 0:
			ranked++
			fmt.Fprintf(b, "\n%d. %s %s%s｜按期 %d/%d%s", s.Rank, u.Name, s.Points, change(s, last), s.OnTime, s.Entering,
				overdueText(s.Overdue))
		case s.Entering > 0:
			few = append(few, fmt.Sprintf("%s %d 件%s", u.Name, s.Entering, overdueText(s.Overdue)))
		case s.Overdue > 0:
			late = append(late, fmt.Sprintf("%s %d 件", u.Name, s.Overdue))
		}
	}
	if ranked == 0 {
		b.WriteString("\n今日无参评单位")
	}
	if len(few) > 0 {
		b.WriteString("\n件数不足不排名：" + strings.Join(few, "、"))
	}
	if len(late) > 0 {
		b.WriteString("\n仍有超期未整改：" + strings.Join(late, "、"))
	}
}

func overdueText(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("，超期 %d", n)
}

// change is the move against the last ranking: ↑2, ↓1, or nothing.
func change(s issue.Score, last []issue.Score) string {
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

// Summary is the leaders' digest: it fits one phone screen (design.md §6).
func (w Words) Summary(d issue.Day) string {
	var b strings.Builder
	fmt.Fprintf(&b, "【创城日报】%s（截至 %s）", w.day(d.To), d.To.In(w.Cal.Location()).Format("15:04"))
	fmt.Fprintf(&b, "\n新立案 %d%s｜销号 %d%s｜超期 %d%s", d.Filed, w.diff(d, d.Filed, 0), d.Closed, w.diff(d, d.Closed, 1),
		d.Overdue, w.diff(d, d.Overdue, 2))
	if d.Review+d.Undispatched > 0 {
		fmt.Fprintf(&b, "\n待核查 %d｜待派单 %d", d.Review, d.Undispatched)
	}
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
			places = append(places, fmt.Sprintf("%s（%d）", h.Place, h.N))
		}
		b.WriteString("\n七日多发：" + strings.Join(places, "、"))
	}
	fmt.Fprintf(&b, "\n下一工作日到期 %d 件", d.DueTomorrow)
	return b.String()
}

// diff is the change against the last summary: （+3）.
func (w Words) diff(d issue.Day, now, which int) string {
	if d.Before == nil {
		return ""
	}
	was := [...]int{d.Before.Filed, d.Before.Closed, d.Before.Overdue}[which]
	if now == was {
		return "（平）"
	}
	return fmt.Sprintf("（%+d）", now-was)
}

func (w Words) firstAndLast(g issue.Group, scores []issue.Score) string {
	var first, last issue.Score
	for _, s := range scores {
		u, _ := w.Reg.Unit(s.Unit)
		if u.Group != g.ID || s.Rank == 0 {
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
