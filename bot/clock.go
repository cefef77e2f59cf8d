package bot

import (
	"context"
	"sync"
	"time"

	"duban/internal/chat"
	"duban/internal/issue"
	"duban/internal/store"
)

// clock is the real time, as the computer shows it and people may set it, or, in the console and the demo, a story's time that moves only when somebody moves it.
type clock struct {
	story bool
	real  func() time.Time
	loc   *time.Location
	mu    sync.Mutex
	now   time.Time
}

func newClock(opt Options, loc *time.Location) *clock {
	c := &clock{story: !opt.Start.IsZero(), real: opt.Now, loc: loc, now: opt.Start}
	if c.real == nil {
		c.real = time.Now
	}
	return c
}

func (c *clock) read() time.Time {
	if !c.story {
		// Without what Go knows besides of the time since the start: every instant is compared with those of the database.
		return c.real().Round(0).In(c.loc)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now.In(c.loc)
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.now) {
		c.now = t
	}
}

var _ chat.Clock = (*Bot)(nil)

// Now implements chat.Clock.
func (b *Bot) Now() time.Time { return b.clock.read() }

// Advance implements chat.Clock. The real time cannot be moved.
func (b *Bot) Advance(ctx context.Context, to time.Time) error {
	b.advance.Lock()
	defer b.advance.Unlock()
	for b.clock.story {
		if err := b.Settle(ctx); err != nil {
			return err
		}
		next, err := b.nextHappening(ctx)
		if err != nil {
			return err
		}
		if next.IsZero() || next.After(to) {
			break
		}
		b.clock.set(next)
		if err := b.jobs.RunSlot(ctx, next); err != nil {
			b.log.Error("job failed", "at", next, "err", err)
		}
	}
	b.clock.set(to)
	return b.Settle(ctx)
}

// nextHappening is the next instant at which something happens by itself: a job's slot or a delayed message.
func (b *Bot) nextHappening(ctx context.Context) (time.Time, error) {
	now := b.Now()
	var next time.Time
	err := b.store.Read(ctx, now, func(tx *store.Tx) error {
		alarm, err := tx.NextAlarm()
		if err != nil {
			return err
		}
		next = b.timetable().Next(now, alarm)
		due, waits, err := tx.NextOutgoing()
		if waits && due.After(now) && (next.IsZero() || due.Before(next)) {
			next = due
		}
		return err
	})
	return next, err
}

// Settle implements chat.Clock.
func (b *Bot) Settle(ctx context.Context) error {
	b.lanes.wait()
	return b.outbox.drain(ctx)
}

// NextDeadline implements chat.Clock.
func (b *Bot) NextDeadline(ctx context.Context) (time.Time, bool, error) {
	var list []issue.Issue
	now := b.Now()
	err := b.store.Read(ctx, now, func(tx *store.Tx) (err error) {
		list, err = tx.Issues(store.Filter{
			Statuses: []issue.Status{issue.Assigned, issue.Working}, DueFrom: now.Add(time.Microsecond), Limit: 1,
		})
		return err
	})
	if err != nil || len(list) == 0 {
		return time.Time{}, false, err
	}
	return list[0].Due, true, nil
}
