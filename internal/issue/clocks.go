package issue

import (
	"time"

	"duban/internal/calendar"
)

// clocks fills in the deadlines that follow from an event (design.md §4).
func (p Policy) clocks(i Issue, e *Event) {
	switch e.Action {
	case Report:
		p.reportClocks(e)
	case Assign, Reassign:
		e.Change.SelfFound = p.Reg.belongs(i.Reporter, e.Change.Unit) && !i.Source.outside()
		p.startClock(i, e)
		if limit := p.Reg.Rules.SignLimit; !limit.IsZero() {
			e.Change.SignDue, _ = p.Cal.Due(e.At, limit)
		}
	case Relapse, Resume:
		p.startClock(i, e)
		if e.Action == Relapse && i.Complaint {
			p.tellClock(e)
		}
	case Correct:
		p.correctClock(i, e)
	case Return:
		e.Change.Due, e.Change.DueUnsure = p.afterReturn(i, e.At)
	case Submit:
		e.Change.ReviewDue, _ = p.Cal.Due(e.At, p.Reg.Rules.ReviewLimit)
		e.Change.Early = p.early(i, e.At)
	case Remind:
		if due := p.replyDue(e.Change.Told, e.At); !due.IsZero() {
			e.Change.ReplyDue = due
			e.Change.Told = e.Change.Told.without(string(DutyReply)) // it was said of the clock before
		}
	case Supervise:
		e.Change.ReplyDue = p.supervised(e.At)
		e.Change.Said = !e.Change.Due.IsZero() // a leader's word; no corrected category moves it
	case AskSendBack, AskExtend, AskSuspend, AskVoid, Accuse, Appeal:
		p.complete(i, e)
	}
	e.Change.Told = e.Change.Told.with(p.passed(i, *e)...)
}

// reportClocks starts the two clocks of a complaint: an opinion the same day, and the result published and told within three
// working days (S73). The second is the unit's deadline, too, unless the report says an earlier one, and counts from the
// complaint, whenever it is dispatched. A time that is over when it is said is no deadline.
func (p Policy) reportClocks(e *Event) {
	c := &e.Change
	if !c.Due.After(e.At) {
		c.Due, c.DueUnsure, c.Said = time.Time{}, false, false
	}
	if !c.Complaint {
		return
	}
	c.OpinionDue, _ = p.Cal.Due(e.At, p.Reg.Rules.OpinionLimit)
	p.tellClock(e)
}

// tellClock starts the clock of what a complaint's person has to be told, after the report and after a relapse. The unit has to
// be done by then, unless an earlier time is set.
func (p Policy) tellClock(e *Event) {
	c := &e.Change
	due, known := p.Cal.Due(e.At, p.Reg.Rules.ComplaintLimit)
	c.TellDue = due
	if c.Due.IsZero() || c.Due.After(due) {
		c.Due, c.DueUnsure, c.Said = due, !known, true
	}
}

// startClock sets the deadline of an issue that a unit gets, or gets again after a relapse or a suspension: the time said in
// the report while it is still ahead, otherwise the category's limit from now on. The clock starts at dispatch, and what came
// back has a fresh limit whatever was said of it before (domain.md §5.2). Another person of the same unit inherits the deadline,
// or else it could be escaped by passing the issue around.
func (p Policy) startClock(i Issue, e *Event) {
	if !e.Change.Due.IsZero() || e.Action == Reassign && !e.moves(i) {
		return
	}
	if i.Said && i.Due.After(e.At) && e.Action != Relapse {
		e.Change.Due, e.Change.Said, e.Change.DueUnsure = i.Due, true, i.DueUnsure
		return
	}
	limit := i.Limit
	if e.Change.Limit != nil {
		limit = *e.Change.Limit
	}
	p.runFrom(e, limit)
}

// runFrom sets the deadline of a limit that runs from the event on.
func (p Policy) runFrom(e *Event, limit calendar.Limit) {
	if limit.IsZero() {
		limit = p.Reg.Rules.DefaultLimit
	}
	due, known := p.Cal.Due(e.At, limit)
	e.Change.Due, e.Change.DueUnsure = due, !known
}

// correctClock gives an issue whose category was wrong the right one's limit, from now on: a correction must make nobody late.
// A deadline that was said, extended or set by a review stands.
func (p Policy) correctClock(i Issue, e *Event) {
	if e.Change.Limit == nil || i.Said || !i.Status.WithUnit() || i.Returns+i.Relapses+i.Extensions > 0 {
		return
	}
	p.runFrom(e, *e.Change.Limit)
}

// afterReturn is the new deadline after a failed review: what was left when the unit submitted, but at least the return
// limit (domain.md §5.2). What was left is counted by the issue's own clock, working time in full hours begun.
func (p Policy) afterReturn(i Issue, now time.Time) (due time.Time, unsure bool) {
	due, known := p.Cal.Due(now, p.Reg.Rules.ReturnLimit)
	rest, restKnown := p.remaining(i, now)
	if rest.After(due) {
		return rest, !restKnown
	}
	return due, !known
}

// remaining is when the time that was left at the submission ends if it runs on from now.
func (p Policy) remaining(i Issue, now time.Time) (end time.Time, known bool) {
	if !i.SubmittedAt.Before(i.Due) {
		return now, true
	}
	switch i.Limit.Kind {
	case calendar.UrgentHour, calendar.NaturalDay:
		return now.Add(i.Due.Sub(i.SubmittedAt)), true
	}
	left := p.Cal.WorkTimeBetween(i.SubmittedAt, i.Due)
	hours := int((left + time.Hour - 1) / time.Hour)
	return p.Cal.Shift(now, calendar.Offset{N: hours, Kind: calendar.WorkHour})
}

// replyDue is until when the unit has to answer when it was told rungs, of which the highest may stand for others; zero if
// none of them asks for an answer.
func (p Policy) replyDue(told Marks, now time.Time) time.Time {
	for _, r := range p.Reg.Escalation {
		if r.Reply != nil && told.has(r.Level) {
			due, _ := p.Cal.Due(now, *r.Reply)
			return due
		}
	}
	return time.Time{}
}

// supervised is until when a supervision by hand has to be answered: as for the rung that is called so.
func (p Policy) supervised(now time.Time) time.Time {
	if due := p.replyDue(Marks{LevelSupervise}, now); !due.IsZero() {
		return due
	}
	due, _ := p.Cal.Due(now, calendar.Limit{N: 4, Kind: calendar.WorkHour})
	return due
}

// early says whether less than half the limit was used, by the clock of the limit: an extended one earns nothing (domain.md §5.4).
func (p Policy) early(i Issue, now time.Time) bool {
	if i.AssignedAt.IsZero() || i.Extensions > 0 || !i.FirstSubmittedAt.IsZero() || !now.Before(i.Due) {
		return false
	}
	switch i.Limit.Kind {
	case calendar.UrgentHour, calendar.NaturalDay:
		return 2*now.Sub(i.AssignedAt) < i.Due.Sub(i.AssignedAt)
	}
	return 2*p.Cal.WorkTimeBetween(i.AssignedAt, now) < p.Cal.WorkTimeBetween(i.AssignedAt, i.Due)
}
