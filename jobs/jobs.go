// Package jobs is what happens by the clock: reminders, rankings, summaries. Every run of a job is a row of the job ledger,
// so that nothing happens twice and what was missed while the program was down is made up for.
package jobs

import (
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
	// Grace is how late a missed slot may still be made up for.
	Grace time.Duration
	// Sparse says that what is due stands in the issues and not in the slots: any tick says what earlier ones would have said. A
	// slot without work leaves no row in the ledger, and none counts as missed.
	Sparse bool
	// Prepare reads and writes texts; what it returns is committed together with the ledger's row. No transaction is open
	// while it renders, and nothing of it is kept if another run has won the slot. A sparse job that finds nothing to do
	// returns nil.
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
	}
}
