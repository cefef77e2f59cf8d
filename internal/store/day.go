package store

import (
	"time"

	"duban/internal/issue"
	"duban/internal/score"
)

// Day gathers the facts of a period [from, to), but for the scores; tomorrow is [nextFrom, nextTo), the next working day.
func (tx *Tx) Day(reg *issue.Register, from, to, nextFrom, nextTo time.Time) (score.Day, error) {
	d := score.Day{From: from, To: to}
	steps := []func() error{
		func() error { return tx.totals(&d) },
		func() error { return tx.before(&d) },
		func() (err error) {
			d.Worst, err = tx.Issues(Filter{Statuses: withUnit(), DueBefore: to, Limit: 3})
			return
		},
		func() (err error) { d.Hot, err = tx.hot(inBooks(to.AddDate(0, 0, -hotDays), to)); return },
		func() error { return tx.gaps(reg, &d) },
		func() (err error) {
			// A deadline at midnight belongs to the day that it ends.
			d.DueTomorrow, err = tx.CountIssues(Filter{
				Statuses: withUnit(), DueFrom: nextFrom.Add(time.Microsecond), DueBefore: nextTo.Add(time.Microsecond),
			})
			return
		},
		func() (err error) {
			d.Review, err = tx.CountIssues(Filter{Statuses: []issue.Status{issue.Submitted}})
			return
		},
		func() (err error) {
			d.Undispatched, err = tx.CountIssues(Filter{Statuses: []issue.Status{issue.Reported}})
			return
		},
		func() (err error) { d.Undecided, err = tx.CountIssues(Filter{Requested: true}); return },
		func() (err error) { d.Talks, err = tx.CountIssues(TalkList()); return },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return d, err
		}
	}
	return d, nil
}

func withUnit() []issue.Status { return []issue.Status{issue.Assigned, issue.Working} }

func unitsOf(reg *issue.Register, group string) []string {
	var ids []string
	for _, u := range reg.Units {
		if u.Group == group {
			ids = append(ids, u.ID)
		}
	}
	return ids
}

// TalkList chooses the issues for which a unit's people are on the list of talks 约谈名单 (S4): the last rung was reached, and
// no inspector has seen yet that it is done.
func TalkList() Filter {
	return Filter{Statuses: []issue.Status{issue.Assigned, issue.Working, issue.Submitted}, LevelFrom: issue.LevelTalk}
}

// totals counts problems: the parts of assisting units are no problems of their own. What is late is counted unit by unit.
func (tx *Tx) totals(d *score.Day) (err error) {
	if d.Filed, err = tx.CountIssues(Filter{ReportedSince: d.From, Before: d.To, Statuses: Counted(), Whole: true}); err != nil {
		return err
	}
	if d.Closed, err = tx.CountIssues(Filter{ClosedFrom: d.From, ClosedBefore: d.To, Whole: true}); err != nil {
		return err
	}
	d.Overdue, err = tx.CountIssues(Filter{Statuses: withUnit(), DueBefore: d.To})
	return err
}

// Counted are the statuses of issues that stand in the books.
func Counted() []issue.Status {
	return []issue.Status{issue.Reported, issue.Assigned, issue.Working, issue.Submitted, issue.Suspended, issue.Closed}
}

// before takes the totals of the last summary, so that the change is against what people were told.
func (tx *Tx) before(d *score.Day) error {
	var b score.DayTotals
	_, found, err := tx.LastSnapshot(SnapshotTotals, d.To, &b)
	if err != nil || !found {
		return err
	}
	d.Before = &b
	return nil
}
