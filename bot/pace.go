package bot

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/time/rate"

	"duban/internal/chat"
)

// gate lets the messages of one channel through: in no time more of them than the network allows, all conversations together and each by
// itself, and never quite evenly. One goroutine uses it at a time.
type gate struct {
	can chat.Capabilities
	// used is when all shares were used up, whatever was sent before it: by the last run of the program, or on another channel. Zero: nothing
	// was ever sent.
	used   time.Time
	still  time.Duration              // for how long messages were on their way, all together
	all    *rate.Limiter              // of the account; nil: there is no limit
	shares map[string][]*rate.Limiter // of each conversation
}

// brief is how long a conversation that has had its share may hold up the others: some networks count by the second.
const brief = time.Second

// mostShares is how many conversations are remembered before those are forgotten that have all of their share again.
const mostShares = 1000

func newGate(can chat.Capabilities, used time.Time) *gate {
	g := &gate{can: can, used: used, shares: map[string][]*rate.Limiter{}}
	if can.PerMinute > 0 {
		g.all = newLimiter(chat.Limit{N: can.PerMinute, Per: time.Minute}, burst, used)
	}
	return g
}

// now is a gate's time. It stands still while a message is on its way: what was slow to arrive counts when it arrived.
func (g *gate) now() time.Time { return time.Now().Add(-g.still) }

// pass waits for a message's turn and carries it to the network. A conversation that has had its share waits by itself, so that it
// does not hold up the others.
func (g *gate) pass(ctx context.Context, c chat.Channel, out chat.Outgoing) error {
	for {
		if err := g.turn(ctx); err != nil {
			return err
		}
		wait := g.share(out)
		if wait == 0 {
			break
		}
		if wait > brief {
			return &chat.SendError{Err: fmt.Errorf("%s has had its share", out.Conversation), Retry: true, After: wait}
		}
		if err := rest(ctx, wait); err != nil {
			return err
		}
	}
	if g.all != nil {
		take(g.all, out, g.now())
	}
	begun := time.Now()
	defer func() { g.still += time.Since(begun) }()
	if g.can.Jitter > 0 {
		if err := rest(ctx, rand.N(g.can.Jitter)); err != nil {
			return err
		}
	}
	return c.Send(ctx, out)
}

// turn waits until the account may send a message.
func (g *gate) turn(ctx context.Context) error {
	if g.all == nil {
		return ctx.Err()
	}
	for {
		missing := 1 - g.all.TokensAt(g.now())
		if missing <= 0 {
			return ctx.Err()
		}
		if err := rest(ctx, time.Duration(missing/float64(g.all.Limit())*float64(time.Second))+time.Millisecond); err != nil {
			return err
		}
	}
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
func (g *gate) share(out chat.Outgoing) (wait time.Duration) {
	if len(g.can.Conversation) == 0 {
		return 0
	}
	limiters, now := g.of(out.Conversation), g.now()
	for _, l := range limiters {
		r := l.ReserveN(now, 1)
		wait = max(wait, r.DelayFrom(now))
		r.CancelAt(now)
	}
	if wait > 0 {
		return wait
	}
	for _, l := range limiters {
		take(l, out, now)
	}
	return 0
}

// of gives the limiters of a conversation, one for each limit.
func (g *gate) of(conversation string) []*rate.Limiter {
	if limiters := g.shares[conversation]; limiters != nil {
		return limiters
	}
	if len(g.shares) >= mostShares {
		g.forget()
	}
	var limiters []*rate.Limiter
	for _, limit := range g.can.Conversation {
		limiters = append(limiters, newLimiter(limit, limit.N/3, g.used))
	}
	g.shares[conversation] = limiters
	return limiters
}

// forget drops the conversations that have all of their share again.
func (g *gate) forget() {
	now := g.now()
	for conversation, limiters := range g.shares {
		full := true
		for _, l := range limiters {
			full = full && l.TokensAt(now) >= float64(l.Burst())
		}
		if full {
			delete(g.shares, conversation)
		}
	}
}

// take takes all that a network makes of a message.
func take(l *rate.Limiter, out chat.Outgoing, now time.Time) {
	for range 1 + alongside(out) {
		l.ReserveN(now, 1)
	}
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

// burst is how many messages of a channel may follow each other without a pause, so that an account does not look like a machine.
// A conversation may have a third of its share at once: people talk in bursts.
const burst = 3

// newLimiter makes a limiter of which all was used up at an instant, and what may go out besides a last message as well; zero: nothing was
// used. The burst, and what may go out besides a last message, are taken off the rate, so that no time sees more than the limit allows; a
// little over, because of rounding.
func newLimiter(l chat.Limit, burst int, used time.Time) *rate.Limiter {
	at := max(1, min(burst, l.N))
	limiter := rate.NewLimiter(rate.Every(l.Per/time.Duration(max(1, l.N-at+1-mostAlongside))+time.Millisecond), at)
	if !used.IsZero() {
		for range at + mostAlongside {
			limiter.ReserveN(used, 1)
		}
	}
	return limiter
}
