package bot

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"duban/internal/chat"
	"duban/internal/store"
)

// strict are networks with the limits of real ones, made small.
var strict = map[string]chat.Capabilities{
	"account": {Identified: true, Files: true, Apart: true, MaxText: 30, PerMinute: 20, Jitter: 2 * time.Second},
	"shares":  {Identified: true, Files: true, Cards: true, MaxText: 30, Conversation: []chat.Limit{{N: 12, Per: time.Minute}, {N: 60, Per: time.Hour}}},
	"minutes": {Identified: true, Files: true, Cards: true, Conversation: []chat.Limit{{N: 12, Per: time.Minute}}},
	"both":    {Identified: true, Files: true, Cards: true, PerMinute: 40, Conversation: []chat.Limit{{N: 5, Per: time.Second}}},
}

// strictNet counts what arrives, and when. Messages are slow, fail, and arrive although they failed.
type strictNet struct {
	fakeNet
	slow  []time.Duration // of the messages, one after the other, from the beginning again
	fates []string
	die   chan struct{} // the program ends in the middle of the next message

	mu    sync.Mutex
	n     int
	wires []wire
}

// wire is a message as the network counts.
type wire struct {
	at           time.Time
	conversation string
}

func (f *strictNet) Send(ctx context.Context, out chat.Outgoing) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
	slow, fate := f.slow[f.n%len(f.slow)], f.fates[f.n%len(f.fates)]
	time.Sleep(slow / 2)
	for range 1 + alongside(out) {
		f.wires = append(f.wires, wire{time.Now(), out.Conversation})
	}
	select {
	case <-f.die: // it has arrived, and nobody knows
		<-ctx.Done()
		return ctx.Err()
	default:
	}
	time.Sleep(slow / 2)
	switch fate {
	case "again":
		return &chat.SendError{Err: errNet, Retry: true}
	case "lost":
		return &chat.SendError{Err: errNet, Unknown: true}
	case "never":
		return &chat.SendError{Err: errNet}
	}
	return nil
}

// over says where the network saw more than a limit; "" if nowhere.
func (f *strictNet) over() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	slices.SortStableFunc(f.wires, func(a, b wire) int { return a.at.Compare(b.at) })
	by := map[string][]time.Time{}
	for _, w := range f.wires {
		by[""] = append(by[""], w.at)
		by[w.conversation] = append(by[w.conversation], w.at)
	}
	for conversation, at := range by {
		limits := f.can.Conversation
		if conversation == "" {
			limits = nil
			if f.can.PerMinute > 0 {
				limits = []chat.Limit{{N: f.can.PerMinute, Per: time.Minute}}
			}
		}
		for _, l := range limits {
			for n := range max(0, len(at)-l.N) {
				if d := at[n+l.N].Sub(at[n]); d < l.Per {
					return fmt.Sprintf("%s %q: %d messages within %s, from %s on; %d in %s are the limit", f.name, conversation, l.N+1, d, at[n], l.N, l.Per)
				}
			}
		}
	}
	return ""
}

// move is something that happens to the outbox.
type move struct {
	wait time.Duration
	what string // says, waits, restarts, or dies: the next message on a network is the program's last
	on   string
	to   string
	kind string
	n    int
}

func drawMove(t *rapid.T) move {
	return move{
		wait: rapid.SampledFrom([]time.Duration{0, 0, time.Second, 20 * time.Second, 2 * time.Minute, 50 * time.Minute}).Draw(t, "wait"),
		what: rapid.SampledFrom([]string{"says", "says", "says", "says", "restarts", "dies"}).Draw(t, "what"),
		on:   rapid.SampledFrom(slices.Sorted(maps.Keys(strict))).Draw(t, "on"),
		to:   rapid.SampledFrom([]string{"inspect", "leaders", "office"}).Draw(t, "to"),
		kind: rapid.SampledFrom([]string{"short", "long", "file", "buttons"}).Draw(t, "kind"),
		n:    rapid.IntRange(1, 40).Draw(t, "n"),
	}
}

func (m move) outs(dir string) (outs []store.Out) {
	for range m.n {
		out := to(m.to, "你好")
		out.Via = m.on
		switch m.kind {
		case "long":
			out.Text = "【排名】第一名昭阳街道\n第二名临湖街道\n第三名北门街道，第四名翠绿街道，第五名南门街道"
		case "file":
			out.File = &store.OutFile{Name: "台账.xlsx", Path: filepath.Join(dir, "台账.xlsx")}
		case "buttons":
			out.Text = "#1 请发「签收 1」"
			out.File = &store.OutFile{Name: "台账.xlsx", Path: filepath.Join(dir, "台账.xlsx")}
		}
		outs = append(outs, out)
	}
	return outs
}

// TestNeverOverTheRate: no time of the length of a limit sees more than the limit at the network, whatever is sent in whatever form, fails or
// is slow, and however often the program ends, in the middle of a message too. A longer search: -rapid.checks=2000.
func TestNeverOverTheRate(t *testing.T) {
	lives := 25
	if raced {
		lives = 3
	}
	checks(t, lives)
	rapid.Check(t, func(r *rapid.T) {
		moves := rapid.SliceOfN(rapid.Custom(drawMove), 1, 12).Draw(r, "moves")
		slow := rapid.SliceOfN(rapid.SampledFrom([]time.Duration{0, 0, 0, time.Second, 40 * time.Second}), 1, 7).Draw(r, "slow")
		fates := rapid.SliceOfN(rapid.SampledFrom([]string{"", "", "", "", "again", "lost", "never"}), 1, 7).Draw(r, "fates")
		if over := paced(t, moves, slow, fates); over != "" {
			r.Fatal(over)
		}
	})
}

// TestRestartsKeepTheRate: limits do not begin anew with the program, although it ends with every message, in the middle of it or after.
func TestRestartsKeepTheRate(t *testing.T) {
	for on := range strict {
		says := move{what: "says", on: on, to: "inspect", kind: "buttons", n: 1}
		waits, restarts := move{what: "waits", wait: 9 * time.Second}, move{what: "restarts", wait: time.Second / 10}
		ended := slices.Repeat([]move{says, restarts, waits}, 40)
		many, dies := move{what: "says", on: on, to: "inspect", kind: "short", n: 40}, move{what: "dies", on: on}
		died := append([]move{many}, slices.Repeat([]move{dies}, 80)...)
		for name, moves := range map[string][]move{"after": ended, "in the middle": died} {
			t.Run(on+" "+name, func(t *testing.T) {
				if over := paced(t, moves, []time.Duration{0}, []string{""}); over != "" {
					t.Error(over)
				}
			})
		}
	}
}

// paced makes moves and says which limit was not kept.
func paced(t *testing.T, moves []move, slow []time.Duration, fates []string) (over string) {
	t.Helper()
	dir := t.TempDir()
	b := openBot(t, talkConfig(t, dir), time.Time{})
	defer b.Close()
	synctest.Test(t, func(t *testing.T) {
		nets := map[string]*strictNet{}
		for name, can := range strict {
			nets[name] = &strictNet{fakeNet: fakeNet{name: name, can: can}, slow: slow, fates: fates, die: make(chan struct{}, 1)}
			b.Add(nets[name])
		}
		end := begin(t, b)
		for _, m := range moves {
			time.Sleep(m.wait)
			switch m.what {
			case "says":
				queue(t, b, m.outs(dir)...)
			case "dies":
				nets[m.on].die <- struct{}{}
				time.Sleep(time.Second / 2)
				fallthrough
			case "restarts":
				end()
				for _, n := range nets {
					select {
					case <-n.die:
					default:
					}
				}
				end = begin(t, b)
			}
		}
		time.Sleep(3 * time.Hour)
		end()
		for _, n := range nets {
			over = cmp.Or(over, n.over())
		}
	})
	return over
}

// begin runs an outbox as a start of the program does.
func begin(t *testing.T, b *Bot) (end func()) {
	t.Helper()
	b.outbox = newOutbox(b)
	if err := b.outbox.remember(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); b.outbox.run(ctx) }()
	return func() { cancel(); <-ended }
}
