package chat

import (
	"context"
	"time"
)

// Clock is the bot's time, lent to channels that tell a story (the console and the demo): they may ask for it and move
// it forward.
type Clock interface {
	// Now is the bot's present instant, in the campaign's time zone.
	Now() time.Time
	// Advance moves the time forward to the given instant, running every due job and sending every due message on the
	// way, in order, each at its own instant. A time in the past changes nothing.
	Advance(ctx context.Context, to time.Time) error
	// Settle waits until every received message is answered and nothing that is due now waits to be sent.
	Settle(ctx context.Context) error
	// NextDeadline is the earliest deadline of an open issue after now; false if there is none.
	NextDeadline(ctx context.Context) (time.Time, bool, error)
}
