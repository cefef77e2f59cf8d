package bot

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/time/rate"

	"duban/internal/chat"
)

// brief is how long a conversation that has had its share may hold up the others: some networks count by the second.
const brief = time.Second

// pace waits for the channel's turn: so many messages a minute, all conversations together, and never quite evenly. A
// conversation that has had its share waits by itself, so that it does not hold up the others. A story's time stands still while
// messages are sent, so that there is none to spread them over.
func (o *outbox) pace(ctx context.Context, c chat.Channel, out chat.Outgoing) error {
	can := c.Can()
	if o.bot.clock.story {
		return nil
	}
	for wait := o.share(c, out); wait > 0; wait = o.share(c, out) {
		if wait > brief {
			return &chat.SendError{Err: fmt.Errorf("%s has had its share", out.Conversation), Retry: true, After: wait}
		}
		if err := rest(ctx, wait); err != nil {
			return err
		}
	}
	if can.PerMinute <= 0 {
		return nil
	}
	l := o.limiter(c.Name(), chat.Limit{N: can.PerMinute, Per: time.Minute + can.Jitter}, burst)
	if err := l.Wait(ctx); err != nil {
		return fmt.Errorf("wait for the channel's turn: %w", err)
	}
	for range alongside(out) {
		l.Reserve()
	}
	if can.Jitter <= 0 {
		return nil
	}
	return rest(ctx, rand.N(can.Jitter))
}

func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// share takes a message off a conversation's share; if there is none left, it says how long until there is.
func (o *outbox) share(c chat.Channel, out chat.Outgoing) (wait time.Duration) {
	var limiters []*rate.Limiter
	var taken []*rate.Reservation
	for _, limit := range c.Can().Conversation {
		l := o.limiter(fmt.Sprintf("%s/%s/%s", c.Name(), out.Conversation, limit.Per), limit, limit.N/3)
		r := l.Reserve()
		wait, taken, limiters = max(wait, r.Delay()), append(taken, r), append(limiters, l)
	}
	if wait > 0 {
		for _, r := range taken {
			r.Cancel()
		}
		return wait
	}
	for _, l := range limiters {
		for range alongside(out) {
			l.Reserve()
		}
	}
	return 0
}

// mostAlongside is the most that alongside gives.
const mostAlongside = 2

// alongside is how many messages a network may make of one besides the first: buttons and a file are often messages of their own. They
// go out with it, and what comes next waits for them.
func alongside(out chat.Outgoing) (n int) {
	if len(out.Actions) > 0 {
		n++
	}
	if out.Attachment != nil && out.Text != "" {
		n++
	}
	return n
}

func (o *outbox) limiter(name string, limit chat.Limit, burst int) *rate.Limiter {
	if o.limiters == nil {
		o.limiters = map[string]*rate.Limiter{}
	}
	l := o.limiters[name]
	if l == nil {
		l = newLimiter(limit, burst)
		o.limiters[name] = l
	}
	return l
}

// burst is how many messages of a channel may follow each other without a pause, so that an account does not look like a machine.
// A conversation may have a third of its share at once: people talk in bursts.
const burst = 3

// newLimiter makes a limiter. The burst, and what may go out besides a last message, are taken off the rate, so that no time sees more
// than the limit allows; a little over, because of rounding. Who moves messages by a jitter makes the time longer by it.
func newLimiter(l chat.Limit, burst int) *rate.Limiter {
	at := max(1, min(burst, l.N))
	return rate.NewLimiter(rate.Every(l.Per/time.Duration(max(1, l.N-at+1-mostAlongside))+time.Millisecond), at)
}
