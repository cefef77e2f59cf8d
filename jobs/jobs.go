// Package jobs is what happens by the clock: reminders, rankings, summaries. Every run of a job is a row of the job ledger,
// so that nothing happens twice and what was missed while the program was down is made up for.
package jobs

import (
	"context"
	"errors"
	"time"

	"duban/internal/calendar"
	"duban/internal/issue"
	"duban/internal/publish"
	"duban/internal/report"
	"duban/internal/store"
)

// Env is what a job knows of the campaign.
type Env struct {
	Store  *store.Store
	Reg    *issue.Register
	Cal    *calendar.Calendar
	Words  report.Words
	Policy issue.Policy
	Desk   publish.Desk
	// Backup makes the backup of an instant and says in Chinese what is in it. It is there where the job backup is.
	Backup func(ctx context.Context, now time.Time) (string, error)
	// Ran is told of every run that has ended, for the program's own figures: the job's name, one of the store's results and how
	// long it took. It may be nil.
	Ran  func(job, result string, took time.Duration)
	Keep Keep
	// Remove removes a file that no photo promises any more. It says no if it cannot be removed yet.
	Remove func(ctx context.Context, r store.Removal) (bool, error)

	slot func(job string, after time.Time) time.Time // the next slot of a job
}

// next is when a job comes after an instant; zero if it never does.
func (e Env) next(job string, after time.Time) time.Time {
	if e.slot == nil {
		return time.Time{}
	}
	return e.slot(job, after)
}

// Job is something that is done at its times.
type Job struct {
	Name string
	// Title is what people call the job.
	Title string
	// Tells is who hears of a run, for whoever is about to start one by hand; "" if nobody does.
	Tells string
	// Grace is how late a missed slot may still be made up for.
	Grace time.Duration
	// Sparse says that what is due stands in the issues and not in the slots: any tick says what earlier ones would have said. A
	// slot without work leaves no row in the ledger, and none counts as missed.
	Sparse bool
	// Work is what takes long, such as copying files: it comes first, while no transaction is open, and what it says is the note
	// of the ledger's row. It is not undone when the program ends or another run has won the slot, so it must be harmless to
	// repeat. A missed slot is made up for while the program runs already.
	Work func(ctx context.Context, e Env, now time.Time) (note string, err error)
	// AtOnce says how people have the work done who cannot wait for the next slot; "": there is no other way.
	AtOnce string
	// Prepare reads and writes texts; what it returns is committed together with the ledger's row. No transaction is open
	// while it renders, and nothing of it is kept if another run has won the slot. A sparse job that finds nothing to do
	// returns nil. A job that only works has none.
	Prepare func(e Env, tx *store.Tx, slot time.Time) (Commit, error)
}

// Commit is the writing half of a job.
type Commit func(tx *store.Tx) error

// errTaken says that the slot has been recorded meanwhile.
var errTaken = errors.New("slot already recorded")

// all lists the jobs. There is no other place where jobs are registered.
func all() []Job {
	return []Job{
		remindJob(), unownedJob(), rankingDraftJob(), rankingJob(), weekRankingJob(), monthRankingJob(), bulletinJob(), summaryJob(), lookBackJob(),
		backupJob(), retentionJob(),
	}
}

// Title is what people call a job; the name itself if there is no such job.
func Title(name string) string {
	for _, j := range all() {
		if j.Name == name {
			return j.Title
		}
	}
	return name
}
