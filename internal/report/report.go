// Package report puts issues, rankings and summaries into the words that people read. It takes data and gives text; it
// reads nothing and sends nothing.
package report

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"duban/internal/calendar"
	"duban/internal/issue"
)

// Words writes for one campaign.
type Words struct {
	Reg *issue.Register
	Cal *calendar.Calendar
}

// shortText is how much of a problem's own words a line shows, in characters.
const shortText = 30

// Short cuts a text to n characters, with … in place of the rest.
func Short(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// Head is the number and the problem: #17 金水湾小区3号楼楼道堆放杂物.
func (w Words) Head(i issue.Issue) string {
	return i.Number() + " " + Short(i.Text, shortText)
}

// Owner is the unit and the person: 昭阳街道 李强; 待派单 if nobody owns the issue yet, and nobody of what was solved on the spot.
func (w Words) Owner(i issue.Issue) string {
	switch {
	case i.Unit == "" && i.OnTheSpot:
		return "督查员当场解决"
	case i.Unit == "":
		return "待派单"
	}
	if i.Assignee == "" {
		return w.Reg.UnitName(i.Unit)
	}
	return w.Reg.UnitName(i.Unit) + " " + w.Reg.PersonName(i.Assignee)
}

// Due is the deadline: 限 11-24 17:30, 今日 24:00 前（事不过夜）, with a warning where the year's holidays are not known.
func (w Words) Due(i issue.Issue, now time.Time) string {
	if i.Due.IsZero() {
		return ""
	}
	text := w.Cal.Text(i.Due, now)
	if i.Limit.Kind == calendar.SameDay && strings.HasSuffix(text, "24:00") {
		text += " 前（事不过夜）"
	} else {
		text = "限 " + text
	}
	if i.DueUnsure {
		text += "（节假日未公布，暂按周末规则）"
	}
	return text
}

// Line is an issue in a list: number, problem, owner and deadline.
func (w Words) Line(i issue.Issue, now time.Time) string {
	parts := []string{w.Owner(i)}
	switch {
	case i.Status == issue.Submitted:
		parts = append(parts, "待核查")
	case i.Overdue(now):
		parts = append(parts, "已超期 "+Span(now.Sub(i.Due)))
	case i.Status.WithUnit():
		parts = append(parts, w.Due(i, now))
	case i.Status == issue.Suspended:
		parts = append(parts, "挂账到 "+w.Cal.Text(i.ResumeAt, now))
	case i.Status != issue.Reported:
		parts = append(parts, i.Status.Text())
	}
	head := w.Head(i)
	if i.Parent != 0 {
		head += fmt.Sprintf("（协办 #%d）", i.Parent)
	}
	return head + "｜" + strings.Join(parts, "，")
}

// Lines lists issues, at most n, and says how many more there are.
func (w Words) Lines(list []issue.Issue, n int, now time.Time) string {
	var b strings.Builder
	for k, i := range list {
		if k == n {
			fmt.Fprintf(&b, "\n……另有 %d 件", len(list)-n)
			break
		}
		b.WriteString("\n" + w.Line(i, now))
	}
	return strings.TrimPrefix(b.String(), "\n")
}

// Span is a length of time as people say it, rounded down: 35分钟, 1小时50分, 7小时, 2天.
func Span(d time.Duration) string {
	minutes := int(d % time.Hour / time.Minute)
	switch {
	case d < time.Hour:
		return fmt.Sprintf("%d分钟", max(1, minutes))
	case d < 6*time.Hour && minutes > 0:
		return fmt.Sprintf("%d小时%d分", d/time.Hour, minutes)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d小时", d/time.Hour)
	}
	return fmt.Sprintf("%d天", d/(24*time.Hour))
}
