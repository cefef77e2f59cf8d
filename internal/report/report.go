// Package report puts issues, rankings and summaries into the words that people read. It takes data and gives text; it
// reads nothing and sends nothing.
package report

import (
	"fmt"
	"slices"
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

// detailText is how much of them the answer about one issue shows.
const detailText = 300

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

// Owner is the unit and the person: 昭阳街道 李强; 待派单 if nobody owns the issue yet.
func (w Words) Owner(i issue.Issue) string {
	if i.Unit == "" {
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
	case i.Status != issue.Reported:
		parts = append(parts, i.Status.Text())
	}
	return w.Head(i) + "｜" + strings.Join(parts, "，")
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

// Filed answers a report: every issue with what was understood of it, and the next step (design.md §3).
func (w Words) Filed(list []issue.Issue, photos int, now time.Time) string {
	var b strings.Builder
	if len(list) == 1 {
		w.filedOne(&b, list[0], now)
	} else {
		fmt.Fprintf(&b, "已立案 %d 件", len(list))
		for _, i := range list {
			b.WriteString("\n" + w.filedLine(i, now))
		}
	}
	b.WriteString("\n" + w.filedNext(list, photos))
	return b.String()
}

func (w Words) filedOne(b *strings.Builder, i issue.Issue, now time.Time) {
	fmt.Fprintf(b, "已立案 %s %s", i.Number(), Short(i.Text, 2*shortText))
	fmt.Fprintf(b, "\n地点：%s｜类别：%s", orElse(i.Place, "未识别"), orElse(i.Category, "未识别"))
	if i.Unit == "" {
		b.WriteString("\n责任：待创城办派单")
		return
	}
	fmt.Fprintf(b, "\n责任：%s，%s", w.Owner(i), w.Due(i, now))
}

func (w Words) filedLine(i issue.Issue, now time.Time) string {
	line := w.Head(i) + "｜" + orElse(i.Category, "类别未识别")
	if i.Place == "" {
		line += "｜地点未识别"
	}
	if i.Unit == "" {
		return line + " → 待创城办派单"
	}
	return line + " → " + w.Owner(i) + "，" + w.Due(i, now)
}

// filedNext says where photos go, and how to dispatch the first issue that has no unit, or else to dispatch otherwise.
func (w Words) filedNext(list []issue.Issue, photos int) string {
	photo := "照片请在 " + w.window() + "内发到群里"
	switch {
	case photos > 0:
		photo = fmt.Sprintf("已收到照片 %d 张，%s内还可补发", photos, w.window())
	case list[0].Chat == "":
		photo = "照片请在 " + w.window() + "内发来"
	}
	verb, id := "改派", list[0].ID
	if n := slices.IndexFunc(list, func(i issue.Issue) bool { return i.Unit == "" }); n >= 0 {
		verb, id = "派单", list[n].ID
	}
	return fmt.Sprintf("%s；%s请发「%s %d 单位」", photo, verb, verb, id)
}

// window is how long a photo may come after its command.
func (w Words) window() string {
	if d := w.Reg.Rules.PairWindow; d%time.Minute != 0 {
		return fmt.Sprintf("%d 秒", d/time.Second)
	}
	return fmt.Sprintf("%d 分钟", w.Reg.Rules.PairWindow/time.Minute)
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// Detail answers 查 17: everything about an issue, and its history.
func (w Words) Detail(i issue.Issue, events []issue.Event, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n%s", i.Number(), w.statusText(i, now), Short(i.Text, detailText))
	fmt.Fprintf(&b, "\n地点：%s｜类别：%s", orElse(i.Place, "未识别"), orElse(i.Category, "未识别"))
	fmt.Fprintf(&b, "\n责任：%s", w.Owner(i))
	if i.Status.WithUnit() {
		b.WriteString("，" + w.Due(i, now))
	}
	if i.Measure != "" {
		fmt.Fprintf(&b, "\n措施：%s", Short(i.Measure, 2*shortText))
	}
	for _, e := range events {
		b.WriteString("\n" + w.event(e))
	}
	return b.String()
}

func (w Words) statusText(i issue.Issue, now time.Time) string {
	text := i.Status.Text()
	if i.Overdue(now) {
		text += "，已超期 " + Span(now.Sub(i.Due))
	}
	if i.Returns > 0 {
		text += fmt.Sprintf("，退回 %d 次", i.Returns)
	}
	return text
}

// event is a line of the history.
func (w Words) event(e issue.Event) string {
	what := e.Action.Verb()
	switch e.Action {
	case issue.Assign, issue.Reassign:
		what += "给 " + w.Owner(issue.Issue{Unit: e.Change.Unit, Assignee: e.Change.Assignee})
	case issue.Extend:
		what += "到 " + w.Cal.Text(e.Change.Due, e.At)
	case issue.Remind:
		what = rung(e.Change.Level)
	case issue.Merge:
		what += fmt.Sprintf("到 #%d", e.Change.Merged)
	}
	line := e.At.In(w.Cal.Location()).Format("01-02 15:04") + " " + w.Reg.PersonName(e.By) + " " + what
	if e.Note != "" && e.Action != issue.Report {
		line += "：" + Short(e.Note, shortText)
	}
	return line
}

// rung is what a level of the ladder is called (domain.md §5.1).
func rung(level string) string {
	switch level {
	case "L0":
		return "提醒"
	case "L1":
		return "催办"
	case "L2":
		return "督办"
	case "L3":
		return "通报"
	case "L4":
		return "列入约谈名单"
	}
	return level
}
