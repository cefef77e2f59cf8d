// Package link is what the official channels share besides the contract: a connection that comes back by itself, messages that wait until
// they are kept, questions over HTTP within bounds, what an error means for a message, and things that are good for a time. It knows no
// network's protocol and no network's name.
package link

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"duban/internal/chat"
)

// Pace is how fast a channel does things by itself. Tests hurry.
type Pace struct {
	Beat   time.Duration // between two pings
	Answer time.Duration // how long an answer may take
	Media  time.Duration // how long the download of a picture or file may take
	First  time.Duration // the pause before a new connection, and before a message is offered again
	Last   time.Duration // the longest such pause
}

// Real is the pace of the real networks.
var Real = Pace{Beat: 30 * time.Second, Answer: 20 * time.Second, Media: 2 * time.Minute, First: time.Second, Last: 5 * time.Minute}

// longer is the pause after another one.
func (p Pace) longer(pause time.Duration) time.Duration { return min(2*pause, p.Last) }

// rest waits, and says whether ctx goes on.
func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return ctx.Err() == nil
	}
}

// Line keeps a channel connected.
type Line struct {
	Channel string // the adapter's name
	Account string // told while online
	Pace    Pace
	Log     *slog.Logger
	// Serve works on one connection until it ends. It tells when it is online.
	Serve func(ctx context.Context, tell Tell) error
	// Final says, in Chinese, what a person has to do about an error that trying again does not mend; "" for any other.
	Final func(err error) string
	// Away says, in Chinese, what is the matter until the next connection; "" if nobody needs to know.
	Away func(err error) string
}

// Tell tells a state of the connection; the text is "" or for the administrators.
type Tell func(state chat.State, text string)

// Run is chat.Channel's: it connects again and again, more and more slowly, until ctx ends or an error is final. A connection that lasted
// longer than the longest pause is as good as the first one.
func (l Line) Run(ctx context.Context, sink chat.Sink) error {
	tell := func(state chat.State, text string) {
		s := chat.Status{Channel: l.Channel, State: state, Text: text}
		if state == chat.StateOnline {
			s.Account = l.Account
		}
		sink.Status(s)
	}
	for pause := l.Pace.First; ; pause = l.Pace.longer(pause) {
		tell(chat.StateConnecting, "")
		begun := time.Now()
		err := l.Serve(ctx, tell)
		if ctx.Err() != nil {
			return nil
		}
		if text := l.Final(err); text != "" {
			tell(chat.StateStopped, text)
			return errors.New(text)
		}
		if time.Since(begun) > l.Pace.Last {
			pause = l.Pace.First
		}
		l.Log.Warn("connection ended", "err", err)
		if text := l.Away(err); text != "" {
			tell(chat.StateOffline, text)
		}
		if !rest(ctx, pause) {
			return nil
		}
	}
}

// Beat pings until ctx ends, or until so many pings in a row were not answered before the next one was due: then the other side is gone.
// Its error says which.
func Beat(ctx context.Context, every time.Duration, most int, ping func(context.Context) error) error {
	t := time.NewTicker(every)
	defer t.Stop()
	for missed := 0; ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		}
		asking, cancel := context.WithTimeout(ctx, every)
		err := ping(asking)
		cancel()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			missed = 0
			continue
		}
		if missed++; missed == most {
			return fmt.Errorf("pings are not answered: %w", err)
		}
	}
}

// Queue holds what has arrived until it is kept.
type Queue[T any] chan T

// waiting is how many may wait before a connection is read no further.
const waiting = 1024

// NewQueue makes an empty queue.
func NewQueue[T any]() Queue[T] { return make(Queue[T], waiting) }

// Put adds something, and waits while the queue is full. Its error says that ctx ended before.
func (q Queue[T]) Put(ctx context.Context, arrived T) error {
	select {
	case q <- arrived:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Deliver offers what arrived, in order, each one until offer has no error, more and more slowly. It ends with ctx.
func (q Queue[T]) Deliver(ctx context.Context, p Pace, log *slog.Logger, offer func(context.Context, T) error) {
	for {
		select {
		case <-ctx.Done():
			return
		case arrived := <-q:
			pause := p.First
			for err := offer(ctx, arrived); err != nil; err = offer(ctx, arrived) {
				log.Error("message not kept, offering it again", "err", err)
				if !rest(ctx, pause) {
					return
				}
				pause = p.longer(pause)
			}
		}
	}
}
