package score

import (
	"duban/internal/issue"
)

// When is where an instant lies, seen from a period [from, to).
type When int

// The places of an instant.
const (
	Never  When = iota // there is no such instant
	Before             // before the period
	Within             // in the period
	After              // when the period ends, or later
)

// by says whether the instant was over when the period ended.
func (w When) by() bool { return w == Before || w == Within }

// Fact is what the counting rule can tell of an issue, seen from a period. Issues that it cannot tell apart are one fact.
type Fact struct {
	Unit  string
	N     int   // how many issues are like this
	Issue int64 // the number of the one issue, where numbers are asked for; 0 otherwise

	Status     issue.Status
	Source     issue.Source // only whether it is FromUpper or FromSelf
	Reported   When
	Submitted  When // the first submission
	Due        When // the deadline that counted: as it stood at the first submission
	CurrentDue When // the deadline now, which a return has moved
	Passed     When // the first pass
	Closed     When
	Late       bool // first submitted after Due
	Extended   bool
	SelfFound  bool
	Early      bool // first submitted before half the limit
	Excused    bool // by an upheld appeal: it costs the unit nothing
	Reviewed   bool // a review was given in the period
	Returned   bool // one of these reviews was a return
	Called     When // the last call back about a complaint
	Call       issue.Call
}

// Level is who found a problem, for style B.
type Level int

// The levels.
const (
	County Level = iota // everybody else
	Upper               // 上级反馈
	Own                 // 自查
	levels
)

// Text is the level in Chinese.
func (l Level) Text() string {
	return [levels]string{County: "县里发现", Upper: "上级反馈", Own: "自查发现"}[l]
}

func (f Fact) level() Level {
	switch {
	case f.Source == issue.FromUpper:
		return Upper
	case f.Source == issue.FromSelf || f.SelfFound:
		return Own
	}
	return County
}

// effect is what a fact means in its period.
type effect struct {
	filed, closed                                 bool
	entering, handled, onTime, extended, early    bool
	late, reviewed, returned, overdue, carried    bool
	called, contacted, solved, satisfied, content bool
}

// effect is the counting rule (domain.md §5.4). Void, merged, rejected and suspended issues do not count, nor what was solved on
// the spot; self-found ones enter only if they are late (S33). What an upheld appeal excused must not cost the unit anything: submitted,
// it counts as on time and not returned; else it does not count.
func (f Fact) effect(needsPass bool) effect {
	if f.Excused {
		f.Late, f.Returned, f.Extended = false, false, false
	}
	if !f.counts() {
		return effect{}
	}
	late := f.Submitted == Never || f.Late
	entry := f.Due
	if !late {
		entry = f.Submitted
	}
	done := f.Submitted.by()
	if needsPass {
		done = done && f.Passed.by()
		if !late {
			entry = f.Passed
		}
	}
	e := effect{filed: f.Reported == Within, closed: f.Closed == Within}
	f.call(&e)
	if f.SelfFound && !late && !f.Excused {
		return e
	}
	if entry == Within {
		e.entering, e.handled, e.onTime, e.extended, e.late = true, done, done && !late, f.Extended, late
		e.early = e.onTime && f.Early
	}
	e.reviewed, e.returned = f.Reviewed, f.Reviewed && f.Returned
	e.overdue = f.waiting()
	e.carried = e.overdue && !e.entering
	return e
}

func (f Fact) counts() bool {
	switch f.Status {
	case issue.Voided, issue.Merged, issue.Rejected, issue.Suspended:
		return false
	case issue.Closed:
		return f.Due != Never && f.Submitted != Never // otherwise solved on the spot
	}
	return f.Due != Never && (!f.Excused || f.Submitted.by())
}

// waiting says whether the unit was late at the end of the period with nothing submitted: never, or not since a return.
func (f Fact) waiting() bool {
	if !f.Submitted.by() {
		return f.Due.by()
	}
	return !f.Excused && f.Status.WithUnit() && f.CurrentDue.by()
}

// call is what the last call back says: a complaint that nobody was reached about is a valid one all the same.
func (f Fact) call(e *effect) {
	if f.Called != Within {
		return
	}
	e.called, e.contacted, e.solved = true, f.Call.Contacted, f.Call.Solved
	e.satisfied, e.content = f.Call.Mood == issue.Satisfied, f.Call.Mood == issue.Basic
}
