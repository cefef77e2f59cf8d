package jobs

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// progress is how far a job has got.
type progress struct {
	upTo  time.Time // every slot up to it is in the ledger or needs not be; zero: not known yet
	busy  bool
	fails int // in a row, because the database or a disk could not be used
	skip  int // looks that are left out before the next try
}

func (r *Runner) of(job string) *progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.jobs[job]
	if p == nil {
		p = &progress{}
		r.jobs[job] = p
	}
	return p
}

// look is how often the clock and the timetable are looked at, so that another timetable, a clock that was set and a computer that
// slept are noticed. mostSkipped bounds how many looks a job leaves out that could not be recorded.
const (
	look        = time.Second
	mostSkipped = 30
)

// Start runs the jobs at their times until ctx ends. Every slot is run by the timetable that counted at that instant, however
// the timetables change: none is passed over and none is run that a new one had before it counted. A run that takes longer than
// its interval is not run twice at once, and one that cannot be recorded is tried again; what came meanwhile is made up for as after a start.
// Where the clock was set back, slots come again, and the ledger knows those that have run.
func (r *Runner) Start(ctx context.Context) {
	var runs sync.WaitGroup
	defer runs.Wait()
	var last time.Time
	tables := []*Timetable{r.timetable()} // those that some job still has slots of, in order
	for _, p := range r.jobs {
		if p.upTo.Before(tables[0].since) {
			p.upTo = time.Time{} // the table was changed since
		}
	}
	for {
		now, latest := r.now(), r.timetable()
		if latest != tables[len(tables)-1] {
			tables = append(tables, latest)
		}
		if now.Before(last) { // what counted when is not known any more
			tables = tables[len(tables)-1:]
		}
		last = now
		behind := len(tables) - 1
		for _, j := range all() {
			behind = min(behind, r.advance(ctx, &runs, tables, j.Name, now))
		}
		tables = tables[behind:]
		pause, cancel := context.WithTimeout(ctx, look)
		<-pause.Done()
		cancel()
		if ctx.Err() != nil {
			return
		}
	}
}

// advance begins to run what a job owes. It gives the timetable whose slots the job is at.
func (r *Runner) advance(ctx context.Context, runs *sync.WaitGroup, tables []*Timetable, job string, now time.Time) int {
	p := r.of(job)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !p.busy && now.Before(p.upTo) { // as at a start, the ledger knows what of that has run which comes again, or came while the clock was ahead
		p.upTo = time.Time{}
	}
	switch {
	case p.busy:
		return 0
	case p.skip > 0:
		p.skip--
		return 0
	case p.upTo.IsZero() && !r.begin(ctx, p, tables[0], job, now):
		return 0
	}
	for n, t := range tables {
		end := now
		if n+1 < len(tables) && tables[n+1].since.Before(now) {
			end = tables[n+1].since
		}
		if !end.After(p.upTo) {
			continue
		}
		if j, ok := t.job(job); ok {
			if slot := j.schedule.Next(p.upTo.In(t.zone())); !slot.IsZero() && !slot.After(end) {
				r.owed(ctx, runs, p, t, j, end)
				return n
			}
		}
		p.upTo = end
	}
	return len(tables) - 1
}

func (t *Timetable) job(name string) (scheduled, bool) {
	n := slices.IndexFunc(t.jobs, func(j scheduled) bool { return j.Name == name })
	if n < 0 {
		return scheduled{}, false
	}
	return t.jobs[n], true
}

// begin finds out from the ledger how far a job has got; false if it cannot be read.
func (r *Runner) begin(ctx context.Context, p *progress, t *Timetable, job string, now time.Time) bool {
	p.upTo = now
	j, ok := t.job(job)
	if !ok {
		return true
	}
	last, err := t.last(ctx, j, now)
	if err != nil {
		r.log.Error("jobs", "job", job, "err", err)
		p.upTo, p.skip = time.Time{}, mostSkipped
		return false
	}
	if p.upTo = last; t.since.After(last) {
		p.upTo = t.since
	}
	if p.upTo.After(now) { // the times were changed by a clock that was ahead
		p.upTo = now
	}
	return true
}

// owed runs the slots of a job up to an instant, by itself. It is called with the lock.
func (r *Runner) owed(ctx context.Context, runs *sync.WaitGroup, p *progress, t *Timetable, j scheduled, end time.Time) {
	from := p.upTo
	p.busy = true
	runs.Go(func() {
		err := r.makeUp(ctx, t, j, from, end)
		if err != nil && ctx.Err() == nil {
			r.log.Error("jobs", "err", err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		p.busy = false
		if errors.Is(err, errUnrecorded) {
			p.skip = min(1<<min(p.fails, 10), mostSkipped)
			p.fails++
			return
		}
		p.upTo, p.fails = end, 0
	})
}
