package bot

import (
	"context"
	"time"

	"duban/internal/store"
)

// jump is a change of the clock that was not the passing of time: somebody set it, or the computer slept.
type jump struct {
	at time.Time // by the new time
	by time.Duration
}

// clockSlack is how far a clock may be off without being a jump.
const clockSlack = 5 * time.Minute

// steady compares the clock with the time that passes.
type steady struct {
	shown  time.Time // what the clock showed
	passed time.Time // the same moment, by which time that passes is measured
}

// look takes a look at the clock and says by how much it jumped since the last one.
func (s *steady) look(shown time.Time) time.Duration {
	passed := time.Now()
	by := shown.Sub(s.shown) - passed.Sub(s.passed)
	first := s.shown.IsZero()
	s.shown, s.passed = shown, passed
	if first || by.Abs() < clockSlack {
		return 0
	}
	return by
}

// jumped goes on by another time. What was measured by the old one is moved along, so that a channel that has just gone is not taken for one
// that has been away for a day; the deadlines of issues are those that people read.
func (b *Bot) jumped(ctx context.Context, by time.Duration) {
	now := b.Now()
	b.log.Warn("the clock jumped", "by", by, "now", now)
	b.jump.Store(&jump{now, by})
	b.states.Shift(by)
	if by < 0 {
		b.rewind(ctx)
	}
}

// ahead looks at a start whether the clock was ahead when messages were last queued.
func (b *Bot) ahead(ctx context.Context) {
	var last time.Time
	err := b.store.Read(ctx, b.Now(), func(tx *store.Tx) (err error) {
		last, err = tx.LastQueued()
		return err
	})
	if err != nil {
		b.log.Error("outbox", "err", err)
	}
	if by := b.Now().Sub(last); err == nil && by <= -clockSlack {
		b.jumped(ctx, by)
	}
}

// rewind sends in time what would wait for the time that the clock showed before.
func (b *Bot) rewind(ctx context.Context) {
	var n int
	err := b.store.Write(ctx, b.Now(), func(tx *store.Tx) (err error) {
		n, err = tx.Rewind()
		return err
	})
	if err != nil {
		b.log.Error("outbox", "err", err)
		return
	}
	if n > 0 {
		b.log.Warn("messages that waited for the time before", "count", n)
		b.outbox.poke()
	}
}
