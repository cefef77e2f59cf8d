package issue

import (
	"time"

	"duban/internal/calendar"
)

// The levels of the ladder (domain.md §5.1).
const (
	LevelRemind    = "L0" // 提醒
	LevelUrge      = "L1" // 催办
	LevelSupervise = "L2" // 督办
	LevelBulletin  = "L3" // 通报
	LevelTalk      = "L4" // 约谈名单
)

// Duty is something that somebody owes besides the handling itself, with a clock of its own.
type Duty string

// The duties.
const (
	DutySign     Duty = "sign"      // the unit: 签收
	DutyOpinion  Duty = "opinion"   // the unit: the first answer to who complained
	DutyTell     Duty = "tell"      // the unit: 公布 and 告知
	DutyReply    Duty = "reply"     // the unit: 回复 to a supervision
	DutyReview   Duty = "review"    // the inspectors: 核查
	DutyDecide   Duty = "decide"    // office or leader: the pending request
	DutyLookBack Duty = "look_back" // the drawn inspector: 回头看
)

// Duties lists all duties.
func Duties() []Duty {
	return []Duty{DutySign, DutyOpinion, DutyTell, DutyReply, DutyReview, DutyDecide, DutyLookBack}
}

// soon marks that the warning before a duty's time was said.
const soon = "/soon"

// marks are the words by which a duty is marked as said.
func (d Duty) marks() []string { return []string{string(d), string(d) + soon} }

// warned says whether a warning before the duty's time still helps: who complained waits for it.
func (d Duty) warned() bool { return d == DutyOpinion || d == DutyTell }

// clock is until when the issue's duty has to be done; zero if it need not be.
func (i *Issue) clock(d Duty) *time.Time {
	switch d {
	case DutySign:
		return &i.SignDue
	case DutyOpinion:
		return &i.OpinionDue
	case DutyTell:
		return &i.TellDue
	case DutyReply:
		return &i.ReplyDue
	case DutyReview:
		return &i.ReviewDue
	case DutyLookBack:
		return &i.LookBackDue
	}
	return &i.Request.Due
}

// clock is the time that a change sets for a duty.
func (c Change) clock(d Duty) time.Time {
	switch d {
	case DutySign:
		return c.SignDue
	case DutyOpinion:
		return c.OpinionDue
	case DutyTell:
		return c.TellDue
	case DutyReply:
		return c.ReplyDue
	case DutyReview:
		return c.ReviewDue
	case DutyLookBack:
		return c.LookBackDue
	}
	if c.Request == nil {
		return time.Time{}
	}
	return c.Request.Due
}

// owes says whether a duty is open, as soon as its clock runs. What rests waits for nothing but a decision.
func (i Issue) owes(d Duty) bool {
	complained := i.Complaint && i.Open() && i.Status != Suspended
	switch d {
	case DutySign:
		return i.Status == Assigned && i.Request.Kind != AskSendBack // whether it is the unit's at all comes first
	case DutyOpinion:
		return complained && i.OpinionAt.IsZero()
	case DutyTell:
		return complained && (i.PublishedAt.IsZero() || i.ToldAt.IsZero())
	case DutyReply:
		return i.Status.WithUnit()
	case DutyReview:
		return i.Status == Submitted
	case DutyDecide:
		return i.Request.Pending()
	case DutyLookBack:
		return i.Status == Closed
	}
	return false
}

// Alarm is something that has to be said about an issue now: a rung of the ladder that was reached, or a duty.
type Alarm struct {
	Rung Rung // Level is "" for a duty
	Duty Duty
	Due  time.Time // of the duty
	Soon bool      // the duty's time is not over yet
	mark string
	at   time.Time
}

// Alarms is what has to be said about the issue by now and was not yet. Of the rungs there is at most one, the highest:
// those that were passed over, after a standstill, are not made up for.
func (p Policy) Alarms(i Issue, now time.Time) []Alarm {
	var out []Alarm
	var top Alarm
	for _, a := range p.alarms(i) {
		switch {
		case a.at.After(now), a.Soon && !now.Before(a.Due):
		case a.Rung.Level == "":
			out = append(out, a)
		case a.Rung.Level > top.Rung.Level:
			top = a
		}
	}
	if top.Rung.Level != "" {
		out = append([]Alarm{top}, out...)
	}
	return out
}

// Reminded is the act that records alarms as said, and with the rung those below it whose time has come as well.
func (p Policy) Reminded(i Issue, said []Alarm, now time.Time) Act {
	a := Act{Action: Remind, At: now}
	for _, s := range said {
		a.Change.Told = append(a.Change.Told, s.mark)
		if s.Rung.Level == "" {
			continue
		}
		a.Change.Level = s.Rung.Level
		for _, lower := range p.alarms(i) {
			if lower.Rung.Level != "" && lower.Rung.Level < s.Rung.Level && !lower.at.After(now) {
				a.Change.Told = append(a.Change.Told, lower.mark)
			}
		}
	}
	return a
}

// AutoSigns says whether the issue counts as signed by now, because the unit had it long enough (domain.md §5.2).
func (p Policy) AutoSigns(i Issue, now time.Time) bool {
	at := p.autoSign(i)
	return !at.IsZero() && !at.After(now)
}

// autoSign is when the issue counts as signed; zero if never. Whether it is the unit's at all comes first.
func (p Policy) autoSign(i Issue) time.Time {
	if wait := p.Reg.Rules.AutoSign; wait > 0 && i.Status == Assigned && i.Request.Kind != AskSendBack {
		return i.AssignedAt.Add(wait)
	}
	return time.Time{}
}

// Resumes says whether a suspension has ended by now.
func (i Issue) Resumes(now time.Time) bool {
	return i.Status == Suspended && !i.ResumeAt.IsZero() && !i.ResumeAt.After(now)
}

// nextAlarm is when there is next something to say or to do about the issue by itself; zero if never.
func (p Policy) nextAlarm(i Issue) time.Time {
	var next time.Time
	sooner := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for _, a := range p.alarms(i) {
		sooner(a.at)
	}
	sooner(p.autoSign(i))
	if i.Status == Suspended {
		sooner(i.ResumeAt)
	}
	return next
}

// alarms are all alarms of the issue that were not said yet, in order of the ladder and then of the duties.
func (p Policy) alarms(i Issue) []Alarm {
	var out []Alarm
	if i.Status.WithUnit() {
		out = make([]Alarm, 0, len(p.Reg.Escalation))
	}
	for _, r := range p.Reg.Escalation {
		if i.Told.has(r.Level) {
			continue
		}
		if at, ok := p.reached(&i, &r); ok {
			out = append(out, Alarm{Rung: r, mark: r.Level, at: at})
		}
	}
	for _, a := range p.duties(i) {
		if !i.Told.has(a.mark) {
			out = append(out, a)
		}
	}
	return out
}

// reached is when a rung is reached: by time, or at once by the number of returns.
func (p Policy) reached(i *Issue, r *Rung) (time.Time, bool) {
	if !i.Status.WithUnit() || i.Due.IsZero() {
		return time.Time{}, false
	}
	if r.OrReturns > 0 && i.Returns >= r.OrReturns && !i.ReturnedAt.Before(i.DueSince) {
		return i.ReturnedAt, true
	}
	from := r.from(i.Limit.Kind)
	at, _ := p.Cal.Shift(i.Due, from)
	if i.Limit.Kind == calendar.SameDay && from.N < 0 && !at.After(i.DueSince) {
		at, _ = p.Cal.Shift(i.Due, around(from)) // set after hours: the last working hours before it were over already
	}
	return at, true
}

// from is the rung's distance from the deadline: short limits have their own (domain.md §5.2). A warning before a limit that
// runs day and night is counted as the limit is, or else the last working hours before a night or a weekend would be meant,
// which are mostly over when the issue is filed.
func (r Rung) from(k calendar.Kind) calendar.Offset {
	switch {
	case r.UrgentAt != nil && (k == calendar.SameDay || k == calendar.UrgentHour):
		return *r.UrgentAt
	case k == calendar.UrgentHour && r.At.N < 0:
		return around(r.At)
	}
	return r.At
}

// around is a distance in working hours as one in hours around the clock; others stay.
func around(o calendar.Offset) calendar.Offset {
	if o.Kind == calendar.WorkHour {
		o.Kind = calendar.UrgentHour
	}
	return o
}

// duties are the duties that are open, each as the alarm when its time is over, and before it where a warning helps.
func (p Policy) duties(i Issue) []Alarm {
	var out []Alarm
	for _, d := range Duties() {
		due := *i.clock(d)
		if due.IsZero() || !i.owes(d) {
			continue
		}
		if d.warned() && !i.Told.has(string(d)) {
			at, _ := p.Cal.Shift(due, calendar.Offset{N: -2, Kind: calendar.WorkHour})
			out = append(out, Alarm{Duty: d, Due: due, Soon: true, mark: string(d) + soon, at: at})
		}
		out = append(out, Alarm{Duty: d, Due: due, mark: string(d), at: due})
	}
	return out
}

// passed are the warnings whose instant is over already when an event sets their time: nobody is warned of what they were told
// a minute ago.
func (p Policy) passed(i Issue, e Event) Marks {
	fold(&i, e)
	var out Marks
	for _, a := range p.alarms(i) {
		if a.warns(e, i) && !a.at.After(e.At) {
			out = append(out, a.mark)
		}
	}
	return out
}

// warns says whether an alarm comes before a time that the event sets.
func (a Alarm) warns(e Event, i Issue) bool {
	if a.Rung.Level != "" {
		return !e.Change.Due.IsZero() && a.Rung.from(i.Limit.Kind).N < 0
	}
	return a.Soon && !e.Change.clock(a.Duty).IsZero()
}
