package link

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"duban/internal/chat"
	"duban/internal/chat/chattest"
)

var quiet = slog.New(slog.DiscardHandler)

var (
	errBroken  = errors.New("broken")
	errMoved   = errors.New("moved")
	errRefused = errors.New("refused")
)

// line is a line whose connections last so long and end so.
func line(begun *[]time.Duration, ends ...struct {
	after time.Duration
	err   error
},
) Line {
	start := time.Now()
	return Line{
		Channel: "robot", Account: "督办", Pace: Real, Log: quiet,
		Serve: func(ctx context.Context, tell Tell) error {
			*begun = append(*begun, time.Since(start))
			tell(chat.StateOnline, "")
			if len(ends) == 0 {
				<-ctx.Done()
				return ctx.Err()
			}
			end := ends[0]
			ends = ends[1:]
			time.Sleep(end.after)
			return end.err
		},
		Final: func(err error) string {
			if errors.Is(err, errRefused) {
				return "请核对密钥"
			}
			return ""
		},
		Away: func(err error) string {
			if errors.Is(err, errMoved) {
				return ""
			}
			return "断了"
		},
	}
}

type end = struct {
	after time.Duration
	err   error
}

// A connection that ends is opened again after pauses that grow up to a bound, and begin anew after one that lasted.
func TestLinePauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var begun []time.Duration
		ends := slices.Repeat([]end{{0, errBroken}}, 11)
		ends = append(ends, end{Real.Last + time.Second, errBroken}, end{0, errBroken})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- line(&begun, ends...).Run(ctx, chattest.NewSink()) }()
		time.Sleep(time.Hour)
		cancel()
		if err := <-done; err != nil {
			t.Errorf("ended with %v", err)
		}
		var pauses []time.Duration
		for n := range begun[1:] {
			pauses = append(pauses, (begun[n+1] - begun[n]).Round(time.Second))
		}
		s := time.Second
		want := []time.Duration{1 * s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, 64 * s, 128 * s, 256 * s, 300 * s, 300 * s, 302 * s, 2 * s}
		if !slices.Equal(pauses, want) {
			t.Errorf("pauses of %v, want %v", pauses, want)
		}
	})
}

// What the administrators are told: the account while online, what is the matter while away, nothing of what needs no words, and what a person has
// to do at the end.
func TestLineTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var begun []time.Duration
		sink := chattest.NewSink()
		err := line(&begun, end{0, errBroken}, end{0, errMoved}, end{0, errRefused}).Run(t.Context(), sink)
		if err == nil || err.Error() != "请核对密钥" {
			t.Errorf("ended with %v", err)
		}
		connecting := chat.Status{Channel: "robot", State: chat.StateConnecting}
		online := chat.Status{Channel: "robot", State: chat.StateOnline, Account: "督办"}
		want := []chat.Status{
			connecting, online,
			{Channel: "robot", State: chat.StateOffline, Text: "断了"},
			connecting, online,
			connecting, online,
			{Channel: "robot", State: chat.StateStopped, Text: "请核对密钥"},
		}
		sink.Wait(t, func(_ []chat.Message, got []chat.Status) bool {
			if !slices.Equal(got, want) {
				t.Errorf("told %+v", got)
			}
			return true
		})
	})
}

// The end of its context ends a line at once, in the middle of a pause too, and is no error.
func TestLineEnds(t *testing.T) {
	for name, ends := range map[string][]end{"connected": nil, "in a pause": slices.Repeat([]end{{0, errBroken}}, 9)} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var begun []time.Duration
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Second) // in a pause of 64 seconds
				defer cancel()
				start := time.Now()
				sink := chattest.NewSink()
				if err := line(&begun, ends...).Run(ctx, sink); err != nil || time.Since(start) != 100*time.Second {
					t.Errorf("ended after %s with %v", time.Since(start), err)
				}
				sink.Wait(t, func(_ []chat.Message, states []chat.Status) bool {
					if len(ends) == 0 && len(states) != 2 { // nobody is told that it is away
						t.Errorf("told %+v", states)
					}
					return true
				})
			})
		})
	}
}

// So many pings in a row without an answer are the end; fewer are not.
func TestBeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := []bool{false, true, false, true, false, false}
		pings, start := 0, time.Now()
		err := Beat(t.Context(), time.Minute, 2, func(ctx context.Context) error {
			pings++
			if answers[pings-1] {
				return nil
			}
			<-ctx.Done() // nobody answers
			return ctx.Err()
		})
		if !errors.Is(err, context.DeadlineExceeded) || pings != len(answers) {
			t.Errorf("%v after %d pings", err, pings)
		}
		if took := time.Since(start); took > 8*time.Minute {
			t.Errorf("it took %s", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		if err := Beat(ctx, time.Minute, 1, func(context.Context) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

// What arrived is offered in order, each until it is kept, more and more slowly.
func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue[int]()
		ctx, cancel := context.WithCancel(t.Context())
		refusals := 10
		var kept []int
		var offered []time.Duration
		start := time.Now()
		go q.Deliver(ctx, Real, quiet, func(_ context.Context, n int) error {
			offered = append(offered, time.Since(start))
			if n == 1 && refusals > 0 {
				refusals--
				return errBroken
			}
			kept = append(kept, n)
			return nil
		})
		for n := range 3 {
			if err := q.Put(ctx, n); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Hour)
		cancel()
		synctest.Wait()
		s := time.Second
		if want := []time.Duration{0, 0, 1 * s, 3 * s, 7 * s, 15 * s, 31 * s, 63 * s, 127 * s, 255 * s, 511 * s, 811 * s, 811 * s}; !slices.Equal(offered, want) {
			t.Errorf("offered at %v, want %v", offered, want)
		}
		if !slices.Equal(kept, []int{0, 1, 2}) {
			t.Errorf("kept %v", kept)
		}
	})
}

// A full queue holds up whoever reads the connection, until something is kept or the end comes; then nothing more is offered.
func TestQueueEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue[int]()
		ctx, cancel := context.WithCancel(t.Context())
		for n := range waiting {
			if err := q.Put(ctx, n); err != nil {
				t.Fatal(err)
			}
		}
		put := make(chan error, 1)
		go func() { put <- q.Put(ctx, waiting) }()
		synctest.Wait()
		if len(put) != 0 {
			t.Fatal("a full queue took one more")
		}
		offered := 0
		delivered := make(chan struct{})
		go func() {
			q.Deliver(ctx, Real, quiet, func(context.Context, int) error { offered++; return errBroken })
			close(delivered)
		}()
		if err := <-put; err != nil {
			t.Errorf("got %v", err)
		}
		go func() { put <- q.Put(ctx, 0) }()
		synctest.Wait()
		cancel()
		<-delivered
		if err := <-put; !errors.Is(err, context.Canceled) || offered != 1 {
			t.Errorf("%v, offered %d times", err, offered)
		}
	})
}
