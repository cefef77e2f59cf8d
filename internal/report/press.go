package report

import (
	"fmt"
	"time"

	"duban/internal/issue"
)

// Pressed is what the unit hears when somebody presses it 催办.
func (w Words) Pressed(i issue.Issue, by, note string, now time.Time) string {
	return "【催办】" + w.Head(i) + "\n" + w.said(by, "催办", note) + "\n请" + w.Owner(i) + "抓紧整改，" + w.limit(i, now)
}

// Supervised is what the unit hears when it is supervised by hand 督办: who demands what, who answers for the place (S11), and
// until when a reply is expected.
func (w Words) Supervised(i issue.Issue, by, note string, now time.Time) string {
	text := "【督办】" + w.Head(i) + "\n" + w.said(by, "督办", note) + "\n责任：" + w.Owner(i) + "，" + w.limit(i, now)
	if p, _ := w.Reg.Place(i.Place); p.Leader != "" {
		text += "\n包保领导：" + w.Reg.PersonName(p.Leader)
	}
	return text + fmt.Sprintf("\n请在 %s 前发「回复 %d 情况」", w.Cal.Text(i.ReplyDue, now), i.ID)
}

// Answered tells those who supervise what the unit replied. asked is the event that demanded the reply, due until when.
func (w Words) Answered(i issue.Issue, asked issue.Event, due time.Time, by, note string, now time.Time) string {
	who := w.Reg.PersonName(by)
	if p, ok := w.Reg.Person(by); ok && p.Unit != "" {
		who = w.Reg.UnitName(p.Unit) + " " + who
	}
	text := "【督办回复】" + w.Head(i) + "\n" + who + "：" + Short(note, 2*reasonText)
	if now.After(due) {
		text += "（超过回复时限 " + Span(now.Sub(due)) + "）"
	}
	text += "\n" + w.said(asked.By, "督办", asked.Note)
	return text + "，" + w.limit(i, now)
}

// limit is the deadline, and whether it is over. How long is left is not said: the message may be read in the morning.
func (w Words) limit(i issue.Issue, now time.Time) string {
	text := "限 " + w.Cal.Text(i.Due, now)
	if i.Overdue(now) {
		text += "，已超期"
	}
	return text + returned(i)
}

// said is what somebody demanded: 刘建督办：今天清完.
func (w Words) said(by, what, note string) string {
	text := w.Reg.PersonName(by) + what
	if note != "" {
		text += "：" + Short(note, reasonText)
	}
	return text
}

// Unanswered lists supervisions that wait for a reply.
func (w Words) Unanswered(list []issue.Issue, now time.Time) string {
	line := func(i issue.Issue) string {
		when := "请在 "
		if now.After(i.ReplyDue) {
			when = "应在 "
		}
		return w.Head(i) + "｜" + w.Owner(i) + "，" + when + w.Cal.Text(i.ReplyDue, now) + " 前回复"
	}
	return listing(fmt.Sprintf("待回复 %d 件", len(list)), list, line, "")
}
