package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"duban/internal/issue"
)

// listLines is how many issues one message of a tick lists under a heading.
const listLines = 10

// Reached is an issue with the rung of the ladder that is said of it now.
type Reached struct {
	issue.Issue
	Level string
}

// Reminder is what a unit hears of a tick: what is due or late, the oldest deadline first, and how to report it done. The
// person is named by the message's mention (design.md §5), and in the lines where there are several, or where the mention is
// somebody who has to see to it that others do it. An issue that another unit has not signed for yet is named as such (S76).
func (w Words) Reminder(unit string, list []Reached, now time.Time) string {
	list = slices.SortedStableFunc(slices.Values(list), func(a, b Reached) int { return a.Due.Compare(b.Due) })
	level, names := "", false
	for _, r := range list {
		level = max(level, r.Level)
		names = names || r.Assignee != list[0].Assignee || r.Level >= issue.LevelSupervise
	}
	line := func(r Reached) string {
		text := w.Head(r.Issue) + "｜"
		if names && r.Assignee != "" {
			text += w.Reg.PersonName(r.Assignee) + "，"
		}
		return text + w.left(r.Issue, now) + w.first(r.Issue, unit)
	}
	late, count := countText(list, now)
	next := fmt.Sprintf("办好请发「完成 %d 措施」并附整改后照片", list[0].ID)
	if reply := w.replyBy(list, now); reply != "" {
		next = reply + "；" + next
	}
	return listing(reminderTitle(level, late)+w.Reg.UnitName(unit)+" "+count, list, line, next)
}

// first says why a unit hears of an issue that is another's: it answers for it until the other has signed (S76).
func (w Words) first(i issue.Issue, unit string) string {
	if unit == "" || i.Unit == unit {
		return ""
	}
	return "（" + w.Reg.UnitName(i.Unit) + "还没有签收，仍由" + w.Reg.UnitName(unit) + "负责）"
}

// replyBy asks for the answer that a supervision demands; "" if there is none to give.
func (w Words) replyBy(list []Reached, now time.Time) string {
	var asked []issue.Issue
	for _, r := range list {
		if r.Level >= issue.LevelSupervise && !r.ReplyDue.IsZero() {
			asked = append(asked, r.Issue)
		}
	}
	if len(asked) == 0 {
		return ""
	}
	return "请在 " + w.Cal.Text(asked[0].ReplyDue, now) + " 前发「回复 " + numbers(asked) + " 情况」"
}

// reminderTitle is what the highest rung among the issues is called; beyond 督办 the unit hears 督办 again, and others are told
// the rest.
func reminderTitle(level string, late int) string {
	switch {
	case level > issue.LevelUrge:
		return "【督办】"
	case late > 0:
		return "【催办】"
	}
	return "【提醒】"
}

// countText counts what is late, what was returned too often though it is not late again, and what will soon be due.
func countText(list []Reached, now time.Time) (late int, text string) {
	returned := 0
	for _, r := range list {
		switch {
		case !now.Before(r.Due):
			late++
		case r.Level > issue.LevelUrge:
			returned++
		}
	}
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{late, "已到期"}, {returned, "多次退回"}, {len(list) - late - returned, "将到期"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d 件%s", p.n, p.what))
		}
	}
	return late, strings.Join(parts, "、")
}

func (w Words) left(i issue.Issue, now time.Time) string {
	text := fmt.Sprintf("限 %s，", w.Cal.Text(i.Due, now))
	switch {
	case now.Before(i.Due):
		text += "还剩 " + Span(i.Due.Sub(now))
	case now.Sub(i.Due) < time.Minute:
		text = "现在到期"
	default:
		text += "已超期 " + Span(now.Sub(i.Due))
	}
	return text + returned(i)
}

// returned says how often an issue was returned, from the second time on.
func returned(i issue.Issue) string {
	if i.Returns < 2 {
		return ""
	}
	return fmt.Sprintf("，已退回 %d 次", i.Returns)
}

// Owed is an issue about which somebody owes something besides the handling, with the time until which it should be done.
type Owed struct {
	issue.Issue
	By time.Time
}

// Duty lists what was not done in time, or, with a complaint, will soon be too late: for the unit whose it is, or, without a
// unit, for those who are to see to it.
func (w Words) Duty(d issue.Duty, unit string, list []Owed, now time.Time) string {
	title := map[issue.Duty]string{
		issue.DutySign: "【签收超时】", issue.DutyOpinion: "【投诉答复】", issue.DutyTell: "【投诉结果】", issue.DutyReply: "【督办未回复】",
		issue.DutyReview: "【核查超时】", issue.DutyDecide: "【审批超时】", issue.DutyLookBack: "【回头看超时】",
	}[d]
	if unit != "" {
		title += w.Reg.UnitName(unit) + " "
	}
	line := func(o Owed) string {
		when := "应在 "
		if now.Before(o.By) {
			when = "请在 "
		}
		return w.Head(o.Issue) + "｜" + w.owes(d, unit, o.Issue, now) + when + w.Cal.Text(o.By, now) + " 前" + dutyVerb(d, o.Issue) + w.first(o.Issue, unit)
	}
	return listing(title+fmt.Sprintf("%d 件", len(list)), list, line, w.dutyNext(d, unit, list))
}

// owes names who owes it, where the message does not do so already.
func (w Words) owes(d issue.Duty, unit string, i issue.Issue, now time.Time) string {
	switch d {
	case issue.DutyReview:
		return w.Owner(i) + " " + w.Cal.Text(i.SubmittedAt, now) + " 已提交，"
	case issue.DutyDecide:
		return w.Request(i, now) + "，"
	case issue.DutyLookBack:
		return orElse(w.inspector(i.LookBackBy), "督查员") + "，"
	}
	if unit == "" {
		return w.Owner(i) + "，"
	}
	return ""
}

func (w Words) inspector(id string) string {
	if id == "" {
		return ""
	}
	return w.Reg.PersonName(id)
}

// dutyVerb is what should have been done.
func dutyVerb(d issue.Duty, i issue.Issue) string {
	switch d {
	case issue.DutyOpinion:
		return "给出处理意见"
	case issue.DutyTell:
		switch {
		case !i.PublishedAt.IsZero():
			return "告知当事人"
		case !i.ToldAt.IsZero():
			return "公布结果"
		}
		return "公布结果并告知当事人"
	}
	return map[issue.Duty]string{
		issue.DutySign: "签收", issue.DutyReply: "回复", issue.DutyReview: "核查", issue.DutyDecide: "决定", issue.DutyLookBack: "看完",
	}[d]
}

// dutyNext is what to type.
func (w Words) dutyNext(d issue.Duty, unit string, list []Owed) string {
	id := list[0].ID
	switch d {
	case issue.DutyReview:
		return fmt.Sprintf("请督查员核查：「通过 %d」或「退回 %d 原因」", id, id)
	case issue.DutyDecide:
		return "请发" + w.agree(list[0].Issue) + fmt.Sprintf("或「驳回 %d 原因」", id)
	case issue.DutyLookBack:
		return lookBackNext(id)
	}
	if unit == "" {
		return ""
	}
	switch d {
	case issue.DutySign:
		return ToSign(list...)
	case issue.DutyOpinion:
		return fmt.Sprintf("答复当事人后请发「答复 %d 意见」", id)
	case issue.DutyTell:
		publish, tell := fmt.Sprintf("「公布 %d 在哪里公布」", id), fmt.Sprintf("「告知 %d 怎样告知」", id)
		switch {
		case !list[0].PublishedAt.IsZero():
			publish = ""
		case !list[0].ToldAt.IsZero():
			tell = ""
		}
		return "办好请发" + publish + tell
	}
	return "请发「回复 " + numbers(list) + " 情况」"
}

// ToSign is how to sign issues that are listed, all in one message: those too for which the list has no line.
func ToSign[T numbered](list ...T) string {
	all := numbers(list)
	if len(list) > listLines {
		all = ranges(list[:min(len(list), mostSigned)])
	}
	return "签收请发「签收 " + all + "」"
}

// mostSigned is how many issues one message may name.
const mostSigned = 50

// ranges are the numbers of issues in order, those that follow each other joined: 1-12、15.
func ranges[T numbered](list []T) string {
	var ids []int
	for _, i := range list {
		id, _ := strconv.Atoi(strings.TrimPrefix(i.Number(), "#"))
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var out []string
	for n := 0; n < len(ids); {
		first := n
		for n++; n < len(ids) && ids[n] == ids[n-1]+1; n++ {
		}
		out = append(out, strconv.Itoa(ids[first]))
		switch last := strconv.Itoa(ids[n-1]); n - first {
		case 1:
		case 2:
			out = append(out, last)
		default:
			out[len(out)-1] += "-" + last
		}
	}
	return strings.Join(out, "、")
}

// Resumed tells of suspensions that have ended: the clock runs again. unit is "" where the office is told.
func (w Words) Resumed(unit string, list []issue.Issue, now time.Time) string {
	title := "【挂账到期】"
	line := func(i issue.Issue) string { return w.Line(i, now) }
	if unit != "" {
		title += w.Reg.UnitName(unit) + " "
		line = func(i issue.Issue) string { return w.Head(i) + "｜" + w.Due(i, now) }
	}
	return listing(title+fmt.Sprintf("%d 件恢复计时", len(list)), list, line, "")
}

// Guaranteed tells the leaders who guarantee places what is pressed there (S11): one message, with place, problem and unit.
func (w Words) Guaranteed(list []issue.Issue, now time.Time) string {
	line := func(i issue.Issue) string {
		p, _ := w.Reg.Place(i.Place)
		return i.Place + "（" + w.Reg.PersonName(p.Leader) + "包保）" + w.pressed(i, now)
	}
	return listing(fmt.Sprintf("【督办】包保点位 %d 件", len(list)), list, line, "")
}

// Supported asks a supporting unit to help at the place that it is joined to (S12).
func (w Words) Supported(unit string, list []issue.Issue, now time.Time) string {
	line := func(i issue.Issue) string { return i.Place + " " + w.pressed(i, now) }
	return listing(fmt.Sprintf("【督办】%s 挂钩点位 %d 件", w.Reg.UnitName(unit), len(list)), list, line, "请协助责任单位整改")
}

// OfficeCopy tells the office what a rung names it for.
func (w Words) OfficeCopy(list []Reached, now time.Time) string {
	level := ""
	for _, r := range list {
		level = max(level, r.Level)
	}
	line := func(r Reached) string { return w.pressed(r.Issue, now) }
	return listing(fmt.Sprintf("%s抄送创城办 %d 件", reminderTitle(level, 1), len(list)), list, line, "")
}

// Listed is the list of what goes into the bulletin 通报, for the office to confirm: a wrong name there costs trust (domain.md
// §5.5).
func (w Words) Listed(list []issue.Issue, now time.Time) string {
	line := func(i issue.Issue) string { return w.pressed(i, now) }
	return listing(fmt.Sprintf("【列入通报】%d 件", len(list)), w.byUnit(list), line, "请创城办核对后通报")
}

// TalkList is the list of talks 约谈名单, unit by unit. The bot only lists; whether anybody is talked to the leaders decide (S4).
func (w Words) TalkList(title string, list []issue.Issue) string {
	list = w.byUnit(list)
	var units []string
	for _, i := range list {
		if !slices.Contains(units, i.Unit) {
			units = append(units, i.Unit)
		}
	}
	line := func(unit string) string {
		var own []issue.Issue
		for _, i := range list {
			if i.Unit == unit {
				own = append(own, i)
			}
		}
		text := fmt.Sprintf("%s %d 件", w.Reg.UnitName(unit), len(own))
		if chief := w.Reg.Chief(unit); chief != "" {
			text += "（" + w.Reg.PersonName(chief) + "）"
		}
		return text + "：" + strings.Join(hashed(own), "、")
	}
	return listing(fmt.Sprintf("【约谈名单】%s%d 个单位 %d 件", title, len(units), len(list)), units, line, "仅列名单，是否约谈由领导决定")
}

// byUnit orders issues by their units, in the order of the register, and keeps the order within a unit.
func (w Words) byUnit(list []issue.Issue) []issue.Issue {
	place := func(i issue.Issue) int {
		return slices.IndexFunc(w.Reg.Units, func(u issue.Unit) bool { return u.ID == i.Unit })
	}
	return slices.SortedStableFunc(slices.Values(list), func(a, b issue.Issue) int { return place(a) - place(b) })
}

// pressed is a line about an issue for those who press its unit.
func (w Words) pressed(i issue.Issue, now time.Time) string { return w.Line(i, now) + returned(i) }

// numbered is an issue, or something about one.
type numbered interface{ Number() string }

// hashed are the numbers of issues: #17, #18.
func hashed[T numbered](list []T) []string {
	var out []string
	for _, i := range list[:min(len(list), listLines)] {
		out = append(out, i.Number())
	}
	if more := len(list) - listLines; more > 0 {
		out = append(out, fmt.Sprintf("等 %d 件", len(list)))
	}
	return out
}

// numbers are the numbers of issues as they are typed after a verb: 17、18.
func numbers[T numbered](list []T) string {
	var out []string
	for _, i := range list[:min(len(list), listLines)] {
		out = append(out, strings.TrimPrefix(i.Number(), "#"))
	}
	return strings.Join(out, "、")
}

// listing is a heading, a line for each of the first issues, how many more there are, and what to do.
func listing[T any](title string, list []T, line func(T) string, next string) string {
	var b strings.Builder
	b.WriteString(title)
	for _, i := range list[:min(len(list), listLines)] {
		b.WriteString("\n" + line(i))
	}
	if more := len(list) - listLines; more > 0 {
		fmt.Fprintf(&b, "\n……另有 %d 件", more)
	}
	if next != "" {
		b.WriteString("\n" + next)
	}
	return b.String()
}
