package alert

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"duban/internal/chat"
	"duban/internal/health"
)

// Message is what people get.
type Message struct {
	Title string // 督办告警：兴安县创建全国文明城市
	Text  string
	At    time.Time
}

// Way is how messages leave. An error bears no secret.
type Way interface {
	Name() string
	Send(ctx context.Context, m Message) error
}

// Settings are what a configuration says of alerts. Without ways nothing is watched.
type Settings struct {
	Limits
	Campaign string
	Ways     []Way
}

// The pace of sending: a try every firstTry after a failure, doubling up to lastTry; one try lasts no longer than tryFor.
const (
	every    = 15 * time.Second
	firstTry = 15 * time.Second
	lastTry  = 10 * time.Minute
	tryFor   = 20 * time.Second
)

// Watcher looks at the program again and again, and tells what begins and what is over. It has a goroutine of its own: a server that
// does not answer holds nothing up.
type Watcher struct {
	settings func() Settings
	last     func() health.State
	keeper   *keeper
	log      *slog.Logger
	failed   int       // tries in a row
	next     time.Time // not before
}

// New makes a watcher that remembers in a file what it told. settings are asked anew at each look, so that a reload counts.
func New(file string, settings func() Settings, last func() health.State, log *slog.Logger) *Watcher {
	k, err := load(file)
	if err != nil {
		log.Warn("what was told before is not known", "err", err)
	}
	return &Watcher{settings: settings, last: last, keeper: k, log: log}
}

// Run watches until ctx ends. A channel that has stopped for good ends the program, so that is told at the very end.
func (w *Watcher) Run(ctx context.Context) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			if slices.ContainsFunc(w.last().Channels, func(c health.Channel) bool { return c.State == chat.StateStopped }) {
				w.next = time.Time{}
				w.step(context.WithoutCancel(ctx))
			}
			return
		case <-t.C:
			w.step(ctx)
		}
	}
}

// step takes one look and tells what is due.
func (w *Watcher) step(ctx context.Context) {
	set, s := w.settings(), w.last()
	if len(set.Ways) == 0 || s.At.IsZero() {
		return
	}
	if w.next.Sub(s.At) > lastTry { // the clock was set back
		w.next = s.At
	}
	w.keeper.look(set.Limits, s)
	defer func() {
		if err := w.keeper.save(); err != nil { // on a full disk it is remembered until the end of the program
			w.log.Warn("alerts not remembered", "err", err)
		}
	}()
	text := w.keeper.due(set.Limits, s.At)
	if text == "" || s.At.Before(w.next) {
		return
	}
	if err := Send(ctx, set.Ways, set.message(text, s.At), w.log); err != nil {
		w.next = s.At.Add(min(firstTry<<min(w.failed, 20), lastTry))
		w.failed++
		return
	}
	w.failed, w.next = 0, time.Time{}
	w.keeper.told(set.Limits, s.At)
}

func (s Settings) message(text string, at time.Time) Message {
	return Message{Title: "督办告警：" + s.Campaign, Text: text, At: at.In(s.Zone)}
}

// Tell sends a message at once by all ways, whatever was told before.
func Tell(ctx context.Context, s Settings, text string, now time.Time, log *slog.Logger) error {
	return Send(ctx, s.Ways, s.message(text, now), log)
}

// Test sends a message by every way and says for each how it went, nil for one that worked.
func Test(ctx context.Context, s Settings, now time.Time) map[string]error {
	out := map[string]error{}
	for _, w := range s.Ways {
		out[w.Name()] = try(ctx, w, s.message("这是一条测试，收到说明告警能送到", now))
	}
	return out
}

// Send sends a message by all ways. It has arrived if one of them took it.
func Send(ctx context.Context, ways []Way, m Message, log *slog.Logger) error {
	var failed []error
	for _, w := range ways {
		if err := try(ctx, w, m); err != nil {
			log.Warn("alert not sent", "way", w.Name(), "err", err)
			failed = append(failed, err)
		}
	}
	if len(failed) < len(ways) {
		return nil
	}
	return errors.Join(failed...)
}

func try(ctx context.Context, w Way, m Message) error {
	ctx, cancel := context.WithTimeout(ctx, tryFor)
	defer cancel()
	return w.Send(ctx, m)
}
