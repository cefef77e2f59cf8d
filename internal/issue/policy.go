package issue

import (
	"time"

	"duban/internal/calendar"
)

// Policy is what moves need to know of the world: who is responsible, which days are worked, and which verbs the chat
// offers.
type Policy struct {
	Reg     *Register
	Cal     *calendar.Calendar
	Offered []Action // named when an impossible move is answered with the possible ones
}

// Act is somebody's wish to move an issue.
type Act struct {
	Action  Action
	By      string // person id; "" for the bot itself
	At      time.Time
	Note    string
	Message string // the message that causes it
	Change  Change
}

// Apply checks that the move is allowed to this person in this status, computes the clocks that follow from it, changes
// the issue and returns the event to store. Errors are *Error; the issue is unchanged then.
func (p Policy) Apply(i *Issue, a Act) (Event, error) {
	if err := p.Check(*i, a); err != nil {
		return Event{}, err
	}
	m, _ := move(a.Action, i.Status)
	e := Event{
		Issue: i.ID, Seq: i.Seq + 1, At: a.At, By: a.By, Action: a.Action,
		From: i.Status, To: m.target(i.Status), Note: a.Note, Message: a.Message, Change: a.Change,
	}
	p.clocks(*i, &e)
	fold(i, e)
	return e, nil
}

// Check says whether the move is allowed to this person in this status. Errors are *Error.
func (p Policy) Check(i Issue, a Act) error {
	if err := p.checkState(i, a); err != nil {
		return err
	}
	if err := p.may(i, a); err != nil {
		return err
	}
	return checkOwner(i, a)
}

// checkOwner keeps an issue from running without anybody to run after it (S8): what an inspector solved on the spot may have
// no unit when it relapses.
func checkOwner(i Issue, a Act) error {
	m, _ := move(a.Action, i.Status)
	if m.target(i.Status).WithUnit() && i.Unit == "" && a.Change.Unit == "" {
		return Fail(CodeInput, i.Number()+" 没有责任单位，不能"+a.Action.Verb(), "请写明责任单位，或重新上报")
	}
	return nil
}

// clocks fills in the deadlines that follow from an event (design.md §4).
func (p Policy) clocks(i Issue, e *Event) {
	switch e.Action {
	case Assign, Reassign:
		e.Change.SelfFound = p.Reg.belongs(i.Reporter, e.Change.Unit)
		p.startClock(i, e)
	case Relapse, Resume:
		p.startClock(i, e)
	case Return:
		e.Change.Due, e.Change.DueUnsure = p.afterReturn(i, e.At)
	case Submit:
		e.Change.ReviewDue, _ = p.Cal.Due(e.At, p.Reg.Rules.ReviewLimit)
	case Remind:
		e.Change.NextAlarm = p.nextAlarm(i.Due, e.Change.Level, e.At)
	}
	if !e.Change.Due.IsZero() && e.To.WithUnit() {
		e.Change.NextAlarm = p.nextAlarm(e.Change.Due, "", e.At)
	}
}

// startClock sets the deadline of an issue that a unit gets, or gets again after a relapse or a suspension: the time said in
// the report while it is still ahead, otherwise the category's limit from now on. The clock starts at dispatch (domain.md
// §5.2). Another person of the same unit inherits the deadline, or else it could be escaped by passing the issue around.
func (p Policy) startClock(i Issue, e *Event) {
	if !e.Change.Due.IsZero() || e.Action == Reassign && e.Change.Unit == i.Unit {
		return
	}
	if i.Said && i.Due.After(e.At) {
		e.Change.Due, e.Change.Said, e.Change.DueUnsure = i.Due, true, i.DueUnsure
		return
	}
	limit := i.Limit
	if e.Change.Limit != nil {
		limit = *e.Change.Limit
	}
	if limit.IsZero() {
		limit = p.Reg.Rules.DefaultLimit
	}
	due, known := p.Cal.Due(e.At, limit)
	e.Change.Due, e.Change.DueUnsure = due, !known
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

// nextAlarm is the instant of the next rung after level for a deadline; zero if none is left. Warnings whose instant has
// passed already are left out: nobody is warned of what they were told a minute ago. Levels sort as text, L0 … L4.
func (p Policy) nextAlarm(due time.Time, level string, now time.Time) time.Time {
	for _, r := range p.Reg.Escalation {
		at, _ := p.Cal.Shift(due, r.At)
		warning := r.At.N < 0
		if r.Level > level && (!warning || at.After(now)) {
			return at
		}
	}
	return time.Time{}
}

// Rung is the highest rung of the ladder that the issue has reached by now and was not yet reminded of; false if the next
// alarm is still ahead or none is left. Rungs that were passed over, after a standstill, are not made up for.
func (p Policy) Rung(i Issue, now time.Time) (Rung, bool) {
	if i.NextAlarm.IsZero() || i.NextAlarm.After(now) {
		return Rung{}, false
	}
	var found Rung
	for _, r := range p.Reg.Escalation {
		if at, _ := p.Cal.Shift(i.Due, r.At); r.Level > i.Level && !at.After(now) {
			found = r
		}
	}
	return found, found.Level != ""
}
