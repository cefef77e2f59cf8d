package report

import (
	"time"

	"duban/internal/issue"
)

// Moment is a line of an issue's history as a page shows it.
type Moment struct {
	At   time.Time // in the campaign's zone
	By   string    // who
	Text string    // what they did
	Note string    // what they said with it, whole
}

// History is all that happened to an issue, in the words of 查.
func (w Words) History(events []issue.Event) []Moment {
	var out []Moment
	for n, e := range events {
		m := Moment{At: e.At.In(w.Cal.Location()), By: w.Reg.PersonName(e.By), Text: w.act(events, n), Note: e.Note}
		if e.Action == issue.Report {
			m.Note = ""
		}
		out = append(out, m)
	}
	return out
}

// Status is where an issue stands, and what it went through so far in numbers: 整改中，已超期 2 天，退回 1 次.
func (w Words) Status(s Story, now time.Time) string { return w.status(s, now) }

// Clock is a deadline that still counts for an issue.
type Clock struct {
	Name string // what has to be done by then
	Text string // 限 11-24 17:30
	Late bool
}

// Clocks are the deadlines that still count for an issue, in the order in which they matter.
func (w Words) Clocks(i issue.Issue, now time.Time) []Clock {
	var out []Clock
	add := func(use bool, name string, due time.Time) {
		if !use || due.IsZero() {
			return
		}
		c := Clock{Name: name, Text: w.Cal.Text(due, now), Late: now.After(due)}
		if c.Late {
			c.Text += "，已超 " + Span(now.Sub(due))
		}
		out = append(out, c)
	}
	add(i.Status == issue.Assigned, "签收", i.SignDue)
	if i.Status.WithUnit() && !i.Due.IsZero() {
		c := Clock{Name: "整改", Text: w.Due(i, now), Late: i.Overdue(now)}
		if c.Late {
			c.Text += "，" + w.Late(i, now)
		}
		out = append(out, c)
	}
	add(i.Status == issue.Submitted, "核查", i.ReviewDue)
	add(i.Request.Pending(), "审批"+i.Request.Text(), i.Request.Due)
	add(i.Status.WithUnit(), "回复督办", i.ReplyDue)
	add(i.Complaint && i.Open() && i.OpinionAt.IsZero(), "答复投诉人", i.OpinionDue)
	add(i.Complaint && i.Open() && i.PublishedAt.IsZero(), "公布结果", i.TellDue)
	add(i.Complaint && i.Open() && i.ToldAt.IsZero(), "告知投诉人", i.TellDue)
	add(i.Status == issue.Suspended, "挂账到期恢复", i.ResumeAt)
	add(i.Status == issue.Closed, w.Reg.PersonName(i.LookBackBy)+"回头看", i.LookBackDue)
	return out
}

// Pending is what somebody still has to do about an issue besides handling it; "" for nothing.
func (w Words) Pending(i issue.Issue, now time.Time) string { return w.pending(i, now) }

// Complaint says which of the three acts that a complaint asks for are done (S73); "" for what is no complaint.
func (w Words) Complaint(i issue.Issue, now time.Time) string { return w.complaint(i, now) }

// Against is the change of a number against the period before: 比上期多 3 件.
func Against(now, before int) string { return against(now, before) }

// Percent is a share in per cent with at most one decimal: 51.4%.
func Percent(n, of int) string { return percent(n, of) }
