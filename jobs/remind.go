package jobs

import (
	"slices"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
)

// remindJob does what comes with time: suspensions end, what a unit had long enough counts as signed for, and what is due or
// late is said, each rung of the ladder and each duty once (design.md §5). Everybody gets one message per tick.
//
// In quiet hours only what is urgent is looked at. All else stays due, so that the first tick afterwards says in one message
// what came up meanwhile, and a tick at night costs nothing for what waits.
func remindJob() Job {
	return Job{Name: "reminders", Title: "催办提醒", Tells: "责任单位和各工作群", Grace: remindGrace, Sparse: true, Prepare: func(e Env, tx *store.Tx, slot time.Time) (Commit, error) {
		due, err := e.due(tx)
		if err != nil || !slices.ContainsFunc(due, func(i issue.Issue) bool { return e.acts(i, tx.Now()) }) {
			return nil, err
		}
		// The issues are read again by the writer: somebody may submit one between reading and writing.
		return func(tx *store.Tx) error {
			due, err := e.due(tx)
			if err != nil {
				return err
			}
			t := tick{Env: e, tx: tx, slot: slot}
			for _, i := range due {
				if err := t.take(i); err != nil {
					return err
				}
			}
			return t.tell()
		}, nil
	}}
}

// remindGrace is how late a tick is made up for after a start. What is due stands in the issues, so that one tick says all that
// was missed.
const remindGrace = time.Hour

// due are the issues about which there may be something to do by now.
func (e Env) due(tx *store.Tx) ([]issue.Issue, error) {
	_, quiet := e.Cal.Quiet(tx.Now())
	return tx.Issues(store.Filter{AlarmBy: tx.Now(), Urgent: quiet})
}

// acts says whether there is anything to do about an issue.
func (e Env) acts(i issue.Issue, now time.Time) bool {
	return e.Policy.AutoSigns(i, now) || i.Resumes(now) || len(e.Policy.Alarms(i, now)) > 0
}

// tick is one run of the job.
type tick struct {
	Env
	tx   *store.Tx
	slot time.Time
	said []said
	mail mail
}

// said is an issue after the tick's events, with what is said about it.
type said struct {
	issue.Issue
	level   string         // the rung that was reached; "" if none
	to      []issue.Target // whom it names
	duties  []issue.Alarm
	resumed bool
}

// take makes an issue's timed moves and records what has to be said about it, as one event.
func (t *tick) take(i issue.Issue) error {
	now := t.tx.Now()
	s := said{resumed: i.Resumes(now)}
	var acts []issue.Act
	switch {
	case s.resumed:
		acts = append(acts, issue.Act{Action: issue.Resume, At: now})
	case t.Policy.AutoSigns(i, now):
		acts = append(acts, issue.Act{Action: issue.Sign, At: now})
	}
	var events []issue.Event
	for _, a := range acts {
		e, err := t.Policy.Apply(&i, a)
		if err != nil {
			return err
		}
		events = append(events, e)
	}
	if alarms := t.Policy.Alarms(i, now); len(alarms) > 0 {
		e, err := t.Policy.Apply(&i, t.Policy.Reminded(i, alarms, now))
		if err != nil {
			return err
		}
		events = append(events, e)
		s.note(alarms, e, t.Reg.Escalation)
	}
	if len(events) == 0 {
		return nil
	}
	s.Issue = i
	t.said = append(t.said, s)
	return t.tx.SaveIssue(i, events...)
}

// note keeps what is said. A rung that stands for lower ones, which were passed over in a standstill or by a return, is said
// to those whom they name as well: a third return must not be quieter than a second.
func (s *said) note(alarms []issue.Alarm, e issue.Event, ladder []issue.Rung) {
	for _, a := range alarms {
		if a.Rung.Level == "" {
			s.duties = append(s.duties, a)
		} else {
			s.level = a.Rung.Level
		}
	}
	for _, r := range ladder {
		if s.level != "" && slices.Contains(e.Change.Told, r.Level) {
			s.to = append(s.to, r.To...)
		}
	}
}

// names says whether the rung that was reached names one of the targets.
func (s said) names(targets ...issue.Target) bool {
	return slices.ContainsFunc(s.to, func(t issue.Target) bool { return slices.Contains(targets, t) })
}

// owes gives the duty if it is said now.
func (s said) owes(d issue.Duty) (issue.Alarm, bool) {
	n := slices.IndexFunc(s.duties, func(a issue.Alarm) bool { return a.Duty == d })
	if n < 0 {
		return issue.Alarm{}, false
	}
	return s.duties[n], true
}
