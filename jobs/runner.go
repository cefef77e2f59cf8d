package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"duban/internal/issue"
	"duban/internal/store"
)

// Spec is a job's times as the configuration gives them.
type Spec struct {
	Name string
	Spec string // a cron expression of five fields
}

type scheduled struct {
	Job
	schedule cron.Schedule
}

// Timetable is all that a configuration says to the jobs: when they run and what they know. It is immutable; a reload makes a new one.
type Timetable struct {
	jobs  []scheduled
	env   Env
	since time.Time // slots up to it are not this timetable's
}

// NewTimetable makes a timetable whose slots are in the calendar's time zone. Names in specs that no job has are left out.
func NewTimetable(specs []Spec, env Env) (*Timetable, error) {
	t := &Timetable{env: env}
	t.env.slot = t.slotAfter
	for _, j := range all() {
		n := slices.IndexFunc(specs, func(s Spec) bool { return s.Name == j.Name })
		if n < 0 {
			continue
		}
		schedule, err := cron.ParseStandard(specs[n].Spec)
		if err != nil {
			return nil, fmt.Errorf("schedule.%s: %w", j.Name, err)
		}
		t.jobs = append(t.jobs, scheduled{j, schedule})
	}
	return t, nil
}

// From is the timetable as one that takes the place of another at an instant: slots up to it were the other's.
func (t *Timetable) From(at time.Time) *Timetable {
	later := *t
	later.since = at
	later.env.slot = later.slotAfter
	return &later
}

func (t *Timetable) zone() *time.Location { return t.env.Cal.Location() }

// slotAfter is the next slot of a job after an instant; zero if it has none.
func (t *Timetable) slotAfter(job string, after time.Time) time.Time {
	for _, j := range t.jobs {
		if j.Name == job {
			return j.schedule.Next(after.In(t.zone()))
		}
	}
	return time.Time{}
}

// Next is the earliest slot of any job after an instant; zero if no job has one. alarm is when an issue next asks for something,
// zero if none does: the slots of sparse jobs before it have no work and are passed over.
func (t *Timetable) Next(after, alarm time.Time) time.Time {
	var next time.Time
	for _, j := range t.jobs {
		from := after
		if j.Sparse && alarm.IsZero() {
			continue
		}
		if j.Sparse && alarm.After(after) {
			from = alarm.Add(-time.Nanosecond) // a slot at that very instant counts
		}
		if slot := j.schedule.Next(from.In(t.zone())); !slot.IsZero() && (next.IsZero() || slot.Before(next)) {
			next = slot
		}
	}
	return next
}

// Runner runs the jobs.
type Runner struct {
	timetable func() *Timetable
	now       func() time.Time
	log       *slog.Logger
	fence     func(*store.Tx) error

	mu   sync.Mutex
	jobs map[string]*progress // by name
}

// New makes a runner. timetable is asked anew for each run and gives the one that counts at the time: a run keeps it to its end.
func New(timetable func() *Timetable, now func() time.Time, log *slog.Logger) *Runner {
	return &Runner{timetable: timetable, now: now, log: log, jobs: map[string]*progress{}}
}

// Fence makes the runner ask, in each transaction that records a run, whether the jobs are still this process's to run. If not, the
// run is left to whoever has them.
func (r *Runner) Fence(ours func(*store.Tx) error) { r.fence = ours }

// Forget forgets how far the jobs have got: another process may have run them, and the ledger knows.
func (r *Runner) Forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.jobs)
}

// write runs fn in a writing transaction; errTaken if the jobs are another process's.
func (r *Runner) write(ctx context.Context, s *store.Store, now time.Time, fn func(*store.Tx) error) error {
	return s.Write(ctx, now, func(tx *store.Tx) error {
		if r.fence != nil {
			if err := r.fence(tx); err != nil {
				return fmt.Errorf("%w: %w", errTaken, err)
			}
		}
		return fn(tx)
	})
}

// RunSlot runs every job that has a slot at this very instant.
func (r *Runner) RunSlot(ctx context.Context, slot time.Time) error {
	var failed error
	t := r.timetable()
	for _, j := range t.jobs {
		if j.schedule.Next(slot.Add(-time.Second).In(t.zone())).Equal(slot) {
			failed = errors.Join(failed, r.run(ctx, t, j.Job, due{slot: slot, now: slot}))
		}
	}
	return failed
}

// errUnrecorded says that a slot was not run and is not in the ledger, because the database or a disk cannot be used now.
var errUnrecorded = errors.New("slot not recorded")

// due is a slot that is to be run now, and what was missed before it: the two enter the ledger together, because who finds the one takes all
// before it for recorded.
type due struct {
	slot, now time.Time
	lost      missed
}

// missed are slots that were missed, as they stand in the ledger: in the row of one of them. Without a note there are none.
type missed struct {
	row  time.Time
	note string
}

func (m missed) record(tx *store.Tx, job string) error {
	if m.note == "" {
		return nil
	}
	_, err := tx.ClaimRun(job, m.row, store.RunMissed, m.note)
	return err
}

// run runs one slot of a job. The outcome is in the ledger, whatever it is, unless the error is errUnrecorded.
func (r *Runner) run(ctx context.Context, t *Timetable, j Job, d due) error {
	err := r.timed(ctx, t.env, j, d)
	if err == nil || errors.Is(err, errTaken) {
		return nil
	}
	r.log.Error("job failed", "job", j.Name, "slot", d.slot, "err", err)
	failed := fmt.Errorf("job %s: %w", j.Name, err)
	if j.Work == nil && store.Passing(err) { // what works outside of the database tells what keeps it from working
		return errors.Join(failed, errUnrecorded)
	}
	if err := r.failed(ctx, t, j, d, err); err != nil {
		return errors.Join(failed, err, errUnrecorded)
	}
	return failed
}

// failed records a failure, so that the slot can be run again, and tells the administrators once a day.
func (r *Runner) failed(ctx context.Context, t *Timetable, j Job, d due, cause error) error {
	local := d.slot.In(t.zone())
	text := "【任务失败】" + j.Title + "（" + local.Format("01-02 15:04") + "）没有完成" + reason(cause)
	return r.write(ctx, t.env.Store, d.now, func(tx *store.Tx) error {
		if won, err := tx.ClaimRun(j.Name, d.slot, store.RunFailed, cause.Error()); err != nil || !won {
			return err
		}
		if err := d.lost.record(tx, j.Name); err != nil {
			return err
		}
		day := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, t.zone())
		return t.env.publish(tx, issue.ForAdmin, "failed/"+j.Name, day, text)
	})
}

func (r *Runner) attempt(ctx context.Context, e Env, j Job, d due) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	note, err := work(ctx, e, j, d.slot, d.now)
	if err != nil {
		return err
	}
	var commit Commit
	err = e.Store.Read(ctx, d.now, func(tx *store.Tx) error {
		done, err := tx.HasRun(j.Name, d.slot)
		if err != nil {
			return err
		}
		if done {
			return errTaken
		}
		commit, err = j.prepare(e, tx, d.slot)
		return err
	})
	if err != nil || commit == nil {
		return err
	}
	return r.write(ctx, e.Store, d.now, func(tx *store.Tx) error {
		won, err := tx.ClaimRun(j.Name, d.slot, store.RunDone, note)
		if err != nil {
			return err
		}
		if !won {
			return errTaken
		}
		if err := d.lost.record(tx, j.Name); err != nil {
			return err
		}
		return commit(tx)
	})
}

// CatchUp makes up for slots that passed while the program was not running: of each job the newest one, if it is not too
// late for it; that older ones were missed is recorded. What fails Start tries again.
func (r *Runner) CatchUp(ctx context.Context, now time.Time) error {
	var failed error
	t := r.timetable()
	for _, j := range t.jobs {
		if j.Work != nil { // the start does not wait for what takes long
			continue
		}
		last, err := t.last(ctx, j, now)
		if err == nil {
			err = r.makeUp(ctx, t, j, last, now)
		}
		if err == nil {
			r.of(j.Name).upTo = now
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

// last is the newest slot of a job that is in the ledger; now if there is none, for a new installation has missed nothing.
func (t *Timetable) last(ctx context.Context, j scheduled, now time.Time) (last time.Time, err error) {
	if j.Sparse {
		return now.Add(-j.Grace), nil
	}
	last = now
	err = t.env.Store.Read(ctx, now, func(tx *store.Tx) error {
		slot, ran, err := tx.LastRun(j.Name)
		if ran {
			last = slot
		}
		return err
	})
	return last, err
}

// makeUp runs the newest slot of a job after last and up to now, if it is not too late for it, and records that older ones were missed.
func (r *Runner) makeUp(ctx context.Context, t *Timetable, j scheduled, last, now time.Time) error {
	first, newest, n := slots(j, last.In(t.zone()), now)
	if n == 0 {
		return nil
	}
	d := due{slot: newest, now: now}
	if j.Sparse {
		return r.run(ctx, t, j.Job, d)
	}
	late := now.Sub(newest) > j.Grace
	if !late {
		n--
	}
	if n > 0 {
		d.lost = missed{row: first, note: fmt.Sprintf("程序未运行，从 %s 起错过 %d 次", first.In(t.zone()).Format("01-02 15:04"), n)}
	}
	var err error
	if late {
		d.lost.row = newest // so that the next start does not count them again
		err = r.onlyLost(ctx, t, j.Job, d)
	} else {
		err = r.run(ctx, t, j.Job, d)
	}
	if n > 0 && !errors.Is(err, errUnrecorded) {
		r.log.Warn("job slots missed", "job", j.Name, "from", first, "count", n)
	}
	return err
}

// onlyLost records what was missed where it is too late even for the newest slot.
func (r *Runner) onlyLost(ctx context.Context, t *Timetable, j Job, d due) error {
	err := r.write(ctx, t.env.Store, d.now, func(tx *store.Tx) error { return d.lost.record(tx, j.Name) })
	if err != nil {
		return errors.Join(err, errUnrecorded)
	}
	return nil
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
