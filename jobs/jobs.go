// Package jobs is what happens by the clock: reminders, rankings, summaries. Every run of a job is a row of the job ledger,
// so that nothing happens twice and what was missed while the program was down is made up for.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/robfig/cron/v3"

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

// Spec is a job's times as the configuration gives them.
type Spec struct {
	Name string
	Spec string // a cron expression of five fields
}

type scheduled struct {
	Job
	schedule cron.Schedule
}

// Runner runs the jobs of a schedule.
type Runner struct {
	jobs []scheduled
	env  func() Env
	loc  *time.Location
	now  func() time.Time
	log  *slog.Logger
}

// New makes a runner whose slots are in now's time zone. Names in specs that no job has are left out; env is asked anew at
// each run, so that a reload counts.
func New(specs []Spec, now func() time.Time, env func() Env, log *slog.Logger) (*Runner, error) {
	r := &Runner{loc: now().Location(), now: now, log: log}
	r.env = func() Env {
		e := env()
		e.slot = r.slotAfter
		return e
	}
	for _, j := range all() {
		n := slices.IndexFunc(specs, func(s Spec) bool { return s.Name == j.Name })
		if n < 0 {
			continue
		}
		schedule, err := cron.ParseStandard(specs[n].Spec)
		if err != nil {
			return nil, fmt.Errorf("schedule.%s: %w", j.Name, err)
		}
		r.jobs = append(r.jobs, scheduled{j, schedule})
	}
	return r, nil
}

// Start runs the jobs at their times until ctx ends. A run that takes longer than its interval is not run twice at once,
// and a panic ends only the run.
func (r *Runner) Start(ctx context.Context) {
	logger := cron.PrintfLogger(slog.NewLogLogger(r.log.Handler(), slog.LevelError))
	c := cron.New(cron.WithLocation(r.loc), cron.WithLogger(logger),
		cron.WithChain(cron.SkipIfStillRunning(logger), cron.Recover(logger)))
	for _, j := range r.jobs {
		c.Schedule(j.schedule, cron.FuncJob(func() {
			now := r.now()
			_ = r.run(ctx, j.Job, now.Truncate(time.Minute), now) // logged and recorded by run
		}))
	}
	c.Start()
	<-ctx.Done()
	<-c.Stop().Done()
}

// Next is the earliest slot of any job after an instant; zero if no job has one. alarm is when an issue next asks for something,
// zero if none does: the slots of sparse jobs before it have no work and are passed over.
func (r *Runner) Next(after, alarm time.Time) time.Time {
	var next time.Time
	for _, j := range r.jobs {
		from := after
		if j.Sparse && alarm.IsZero() {
			continue
		}
		if j.Sparse && alarm.After(after) {
			from = alarm.Add(-time.Nanosecond) // a slot at that very instant counts
		}
		if t := j.schedule.Next(from.In(r.loc)); !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	return next
}

// slotAfter is the next slot of a job after an instant; zero if it has none.
func (r *Runner) slotAfter(job string, after time.Time) time.Time {
	for _, j := range r.jobs {
		if j.Name == job {
			return j.schedule.Next(after.In(r.loc))
		}
	}
	return time.Time{}
}

// RunSlot runs every job that has a slot at this very instant.
func (r *Runner) RunSlot(ctx context.Context, slot time.Time) error {
	var failed error
	for _, j := range r.jobs {
		if j.schedule.Next(slot.Add(-time.Second).In(r.loc)).Equal(slot) {
			failed = errors.Join(failed, r.run(ctx, j.Job, slot, slot))
		}
	}
	return failed
}

// run runs one slot of a job. The outcome is in the ledger, whatever it is.
func (r *Runner) run(ctx context.Context, j Job, slot, now time.Time) error {
	err := r.attempt(ctx, j, slot, now)
	if err == nil || errors.Is(err, errTaken) {
		return nil
	}
	r.log.Error("job failed", "job", j.Name, "slot", slot, "err", err)
	return errors.Join(fmt.Errorf("job %s: %w", j.Name, err), r.failed(ctx, j, slot, now, err))
}

// failed records a failure, so that the slot can be run again, and tells the administrators once a day.
func (r *Runner) failed(ctx context.Context, j Job, slot, now time.Time, cause error) error {
	e := r.env()
	local := slot.In(r.loc)
	text := "【任务失败】" + j.Title + "（" + local.Format("01-02 15:04") + "）没有完成。请管理员查看日志"
	return e.Store.Write(ctx, now, func(tx *store.Tx) error {
		if won, err := tx.ClaimRun(j.Name, slot, store.RunFailed, cause.Error()); err != nil || !won {
			return err
		}
		day := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, r.loc)
		return e.publish(tx, issue.ForAdmin, "failed/"+j.Name, day, text)
	})
}

func (r *Runner) attempt(ctx context.Context, j Job, slot, now time.Time) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	e := r.env()
	var commit Commit
	err = e.Store.Read(ctx, now, func(tx *store.Tx) error {
		done, err := tx.HasRun(j.Name, slot)
		if err != nil {
			return err
		}
		if done {
			return errTaken
		}
		commit, err = j.Prepare(e, tx, slot)
		return err
	})
	if err != nil || commit == nil {
		return err
	}
	return e.Store.Write(ctx, now, func(tx *store.Tx) error {
		won, err := tx.ClaimRun(j.Name, slot, store.RunDone, "")
		if err != nil {
			return err
		}
		if !won {
			return errTaken
		}
		return commit(tx)
	})
}

// missed records that slots were missed.
func (r *Runner) missed(ctx context.Context, job string, slot, now time.Time, note string) error {
	return r.env().Store.Write(ctx, now, func(tx *store.Tx) error {
		_, err := tx.ClaimRun(job, slot, store.RunMissed, note)
		return err
	})
}

// CatchUp makes up for slots that passed while the program was not running: of each job the newest one, if it is not too
// late for it; that older ones were missed is recorded.
func (r *Runner) CatchUp(ctx context.Context, now time.Time) error {
	var failed error
	for _, j := range r.jobs {
		failed = errors.Join(failed, r.catchUp(ctx, j, now))
	}
	return failed
}

func (r *Runner) catchUp(ctx context.Context, j scheduled, now time.Time) error {
	if j.Sparse {
		if _, newest, n := slots(j, now.Add(-j.Grace).In(r.loc), now); n > 0 {
			return r.run(ctx, j.Job, newest, now)
		}
		return nil
	}
	var last time.Time
	var ran bool
	err := r.env().Store.Read(ctx, now, func(tx *store.Tx) (err error) {
		last, ran, err = tx.LastRun(j.Name)
		return err
	})
	if err != nil || !ran {
		return err // a new installation has missed nothing
	}
	first, newest, n := slots(j, last.In(r.loc), now)
	if n == 0 {
		return nil
	}
	row := newest // so that the next start does not count them again
	if now.Sub(newest) <= j.Grace {
		err = r.run(ctx, j.Job, newest, now)
		row = first
		n--
	}
	if n == 0 {
		return err
	}
	note := fmt.Sprintf("程序未运行，从 %s 起错过 %d 次", first.In(r.loc).Format("01-02 15:04"), n)
	r.log.Warn("job slots missed", "job", j.Name, "from", first, "count", n)
	return errors.Join(err, r.missed(ctx, j.Name, row, now, note))
}

// slots finds the first and the newest slot after last up to now, and how many there are.
func slots(j scheduled, last, now time.Time) (first, newest time.Time, n int) {
	for t := j.schedule.Next(last); !t.IsZero() && !t.After(now); t = j.schedule.Next(t) {
		if n == 0 {
			first = t
		}
		newest = t
		n++
	}
	return first, newest, n
}
