// Package bot is the running program: it joins the channels, the commands, the jobs and the store, and guarantees that
// what was said is handled once and what is answered arrives (design.md §9).
package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"duban/internal/chat"
	"duban/internal/config"
	"duban/internal/health"
	"duban/internal/lease"
	"duban/internal/metrics"
	"duban/internal/store"
	"duban/jobs"
)

// Bot is the program. Make it with New, give it channels with Add, then Run it.
type Bot struct {
	live      atomic.Pointer[edition] // what the configuration that counts now describes
	log       *slog.Logger
	store     *store.Store
	jobs      *jobs.Runner
	clock     *clock
	channels  []chat.Channel
	states    health.Channels
	seen      atomic.Pointer[health.State] // the newest look at the program; nil before the first
	begun     time.Time                    // when the program began
	jump      atomic.Pointer[jump]         // of the clock, the newest; nil: there was none
	metrics   *metrics.Metrics
	guide     *guide // for the person at the terminal; nil where nobody watches
	names     *bindings
	heard     heard
	lanes     *lanes
	floods    floods // messages
	guesses   floods // of codes
	outbox    *outbox
	board     *board        // nil: there is no dashboard
	leases    *lease.Keeper // nil: no other process works on this database
	place     *lease.Place
	elsewhere atomic.Pointer[string] // what was said last of the leases that others hold
	advance   sync.Mutex             // one caller moves the time at a time
	started   *config.Config         // of the start
	shared    lent
}

// Options are what a run is started with besides the configuration.
type Options struct {
	// Start is the first instant of a clock that stands still until it is moved, for the console and the demo. Zero: the
	// real time.
	Start time.Time
	// Now is the real time, for tests; nil: that of the computer.
	Now func() time.Time
	Log *slog.Logger
	// Version is the program's, for the figures.
	Version string
}

// New opens the database and builds everything that a configuration describes. Close it when it is not needed any more.
func New(ctx context.Context, cfg *config.Config, opt Options) (*Bot, error) {
	if err := os.MkdirAll(cfg.Storage.Media, 0o700); err != nil {
		return nil, fmt.Errorf("照片目录无法创建：%w", err)
	}
	painter := painter(cfg.Pictures.Font)
	if cfg.Pictures.Font != "" { // the one inside the program is read when there is something to draw
		if _, err := painter(); err != nil { // it would be known at 17:30, when there is no ranking
			return nil, err
		}
	}
	s, err := store.Open(ctx, cfg.Storage.Place(), opt.Log)
	if err != nil {
		return nil, err
	}
	b := &Bot{log: opt.Log, store: s, clock: newClock(opt, cfg.Location()), started: cfg}
	b.begun, b.metrics = b.Now(), metrics.New(opt.Version, b.health)
	b.shared = lent{log: opt.Log, story: b.clock.story, ran: b.metrics.Ran}
	e, err := newEdition(cfg, s, painter, b.shared)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	b.live.Store(e)
	b.lanes = newLanes(b.handle, b.slowness)
	b.floods = floods{burst: floodBurst, pause: b.slowness}
	b.guesses = floods{burst: guessBurst, pause: func(string) time.Duration { return guessPause }}
	b.outbox = newOutbox(b)
	b.jobs = jobs.New(b.timetable, b.Now, opt.Log)
	b.jobs.Fence(func(tx *store.Tx) error { return b.leases.Fence(tx, leaseJobs) })
	if b.names, err = loadBindings(ctx, s); err == nil {
		err = b.outbox.remember(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return b, nil
}

// Add gives the bot a channel, before Run.
func (b *Bot) Add(c chat.Channel) {
	b.channels = append(b.channels, c)
	b.states.Add(c.Name(), b.Now())
}

// Channels tells how every channel is connected now.
func (b *Bot) Channels() []health.Channel { return b.states.List() }

// Close closes the database.
func (b *Bot) Close() error { return b.store.Close() }

// Run takes up what the last run left unfinished and then works until ctx ends or a channel gives up for good. The error
// of a channel that gave up tells a person what to do.
func (b *Bot) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g, ctx := errgroup.WithContext(ctx)
	if err := b.resume(ctx); err != nil {
		return err
	}
	if !b.clock.story {
		ready := b.leases.Holds(leaseJobs)
		g.Go(func() error { b.leases.Run(ctx); return nil })
		g.Go(func() error { return b.runJobs(ctx, ready) })
		b.look(ctx, true) // before anything can go wrong, so that it can be told
		g.Go(func() error { b.watch(ctx); return nil })
		g.Go(func() error { b.alerts(ctx); return nil })
	}
	g.Go(func() error { b.outbox.run(ctx); return nil })
	g.Go(func() error { return b.board.run(ctx, b) })
	g.Go(func() error { b.follow(ctx); return nil })
	g.Go(func() error { return b.runChannels(ctx, cancel) })
	err := g.Wait()
	b.lanes.end()
	return err
}

// resume takes up messages that were not answered yet, and jobs whose time passed meanwhile.
func (b *Bot) resume(ctx context.Context) error {
	if err := b.takeUp(ctx, b.ours); err != nil {
		return err
	}
	if !b.clock.story {
		b.ahead(ctx)
	}
	if err := b.sweep(); err != nil {
		b.log.Error("removing unfinished files", "err", err)
	}
	if !b.leases.Holds(leaseJobs) {
		return nil
	}
	b.compare(ctx)
	if err := b.jobs.CatchUp(ctx, b.Now()); err != nil {
		b.log.Error("catching up jobs", "err", err)
	}
	return nil
}

// ours says whether what arrived on a channel is for this process to answer.
func (b *Bot) ours(channel string) bool { return b.leases.Holds(b.duty(channel)) }

// duty is the lease that is needed for what arrived on a channel. One that is not configured any more belongs to whoever runs the jobs.
func (b *Bot) duty(channel string) string {
	if _, known := b.channel(channel); known {
		return channel
	}
	return leaseJobs
}

// takeUp gives the open arrivals of some channels to their lanes.
func (b *Bot) takeUp(ctx context.Context, which func(channel string) bool) error {
	var open []store.Arrival
	err := b.store.Read(ctx, b.Now(), func(tx *store.Tx) (err error) {
		open, err = tx.OpenArrivals()
		return err
	})
	if err != nil {
		return err
	}
	for _, a := range open {
		if !which(a.Channel) {
			continue
		}
		var m chat.Message
		_ = json.Unmarshal([]byte(a.Body), &m) // whoever handles it says what is wrong with it
		b.lanes.push(context.WithoutCancel(ctx), a, m.From.Key, b.flooding(m))
	}
	return nil
}

// runChannels runs all channels; when the last has ended, the program ends.
func (b *Bot) runChannels(ctx context.Context, cancel context.CancelFunc) error {
	defer cancel()
	var g errgroup.Group
	for _, c := range b.channels {
		ready := b.ours(c.Name())
		g.Go(func() error { return b.runChannel(ctx, c, ready) })
	}
	return g.Wait()
}

// Status implements chat.Sink.
func (b *Bot) Status(s chat.Status) {
	level := slog.LevelInfo
	if b.guide != nil && b.guide.hear(s) {
		level = slog.LevelDebug // where it was said in plain words, the log need not say it again
	}
	b.log.Log(context.Background(), level, "channel status", "channel", s.Channel, "state", s.State, "account", s.Account, "text", s.Text)
	b.states.Set(s, b.Now())
	if !b.leases.Alone() {
		b.leases.Poke() // the others want to know it
	}
	if s.State == chat.StateOnline {
		b.again(context.Background())
	}
}

// again tries at once what is being repeated.
func (b *Bot) again(ctx context.Context) {
	if err := b.outbox.hurry(ctx); err != nil {
		b.outbox.late.Store(true)
		b.log.Error("outbox", "err", err)
	}
	b.outbox.poke()
}

func (b *Bot) channel(name string) (chat.Channel, bool) {
	for _, c := range b.channels {
		if c.Name() == name {
			return c, true
		}
	}
	return nil, false
}
