package lease

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/store"
	"duban/internal/store/pgtest"
	"duban/internal/store/storetest"
)

const patience = 20 * time.Second

// process is a keeper as a process has one: it can be stopped for a while, and killed.
type process struct {
	*Keeper
	t     *testing.T
	store *store.Store
	halt  context.CancelFunc
	gone  chan struct{}

	inherited []string
}

// start begins the life of a process on the database at a path.
func start(t *testing.T, path, place string, change ...func(*Config)) *process {
	t.Helper()
	s, err := store.Open(t.Context(), path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, store: s}
	cfg := Config{
		Store: s, Now: time.Now, Place: place, Name: "on " + place, Wants: []string{"wechat", "jobs"}, Patience: patience, Log: slog.New(slog.DiscardHandler),
		Inherit: func(_ *store.Tx, from store.Worker, names []string) error {
			p.inherited = append(p.inherited, from.Name+": "+strings.Join(names, " "))
			return nil
		},
	}
	for _, c := range change {
		c(&cfg)
	}
	p.Keeper = New(cfg)
	if err := p.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.goOn()
	t.Cleanup(p.die)
	pass(700 * time.Millisecond) // no two do anything at the same instant: who waits for a lock holds up the time of the bubble
	return p
}

// goOn lets a process run that was stopped.
func (p *process) goOn() {
	var ctx context.Context
	ctx, p.halt = context.WithCancel(p.t.Context())
	gone := make(chan struct{})
	p.gone = gone
	go func() { defer close(gone); p.Run(ctx) }()
}

// stop keeps a process from running, as SIGSTOP does. Its clock goes on, and what it works on is not told.
func (p *process) stop() {
	p.halt()
	<-p.gone
}

// die ends a process without a word.
func (p *process) die() {
	p.stop()
	_ = p.store.Close()
}

// has is what a process holds.
func (p *process) has() string {
	var out []string
	for _, name := range p.cfg.Wants {
		if p.Holds(name) {
			out = append(out, name)
		}
	}
	return strings.Join(out, " ")
}

func (p *process) fenced(name string) error {
	var fence error
	storetest.Write(p.t, p.store, time.Now(), func(tx *store.Tx) error { fence = p.Fence(tx, name); return nil })
	return fence
}

func database(t *testing.T) string {
	pgtest.NeedsFile(t, "the time of a bubble does not wait for a network")
	return filepath.Join(t.TempDir(), "duban.db")
}

func pass(d time.Duration) {
	time.Sleep(d) // in a bubble, where nobody waits for it
	synctest.Wait()
}

const all = "wechat jobs"

// holds checks who holds what.
func holds(t *testing.T, when string, want map[*process]string) {
	t.Helper()
	for p, names := range want {
		if got := p.has(); got != names {
			t.Errorf("%s: %s holds %q, not %q", when, p.cfg.Name, got, names)
		}
		for _, name := range p.cfg.Wants {
			if lost := p.fenced(name); (lost == nil) != slices.Contains(strings.Fields(names), name) {
				t.Errorf("%s: the fence of %s on %s says %v", when, name, p.cfg.Name, lost)
			}
		}
	}
}

// TestTakeover: the first process has everything as long as it lives. The second one takes over when it has ended, and when it has said
// nothing for long enough, but not before.
func TestTakeover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := database(t)
		a := start(t, path, "a")
		b := start(t, path, "b")
		holds(t, "at first", map[*process]string{a: all, b: ""})
		pass(10 * time.Minute)
		holds(t, "later", map[*process]string{a: all, b: ""})
		if a.Alone() || b.Alone() {
			t.Error("they do not see each other")
		}
		a.die()
		pass(patience - patience/4 - time.Second)
		if b.has() != "" {
			t.Error("too soon")
		}
		pass(patience/2 + time.Second)
		holds(t, "after a death", map[*process]string{b: all})
		if diff := cmp.Diff([]string{"on a: wechat jobs"}, b.inherited); diff != "" || !b.Alone() {
			t.Error(diff)
		}
		c := start(t, path, "a")
		holds(t, "another life", map[*process]string{b: all, c: ""})
		if err := b.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.die()
		pass(patience / 4)
		holds(t, "after an end", map[*process]string{c: all})
		if len(c.inherited) > 0 {
			t.Errorf("an end in good order is told: %q", c.inherited)
		}
	})
}

// TestNextLifeNeedNotWait: a process that was killed has at once what it had, because nobody else can be alive in its place.
func TestNextLifeNeedNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := database(t)
		for range 3 {
			a := start(t, path, "a")
			holds(t, "a new life", map[*process]string{a: all})
			a.die()
		}
		elsewhere := start(t, path, "b")
		unplaced := start(t, path, "")
		holds(t, "elsewhere", map[*process]string{elsewhere: "", unplaced: ""})
	})
}

// TestStopped: a process that was stopped for a while does nothing that another one does meanwhile. It stands by when it goes on.
func TestStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := database(t)
		a, b := start(t, path, "a"), start(t, path, "b")
		var with context.Context
		ran := 0
		go func() {
			_ = a.Hold(t.Context(), "wechat", func(ctx context.Context) error { with = ctx; ran++; <-ctx.Done(); return ctx.Err() })
		}()
		synctest.Wait()
		a.stop()
		pass(patience + patience/2)
		if b.has() != all {
			t.Errorf("%q was taken over", b.has())
		}
		for _, name := range a.cfg.Wants { // it may be about to write before it notices anything
			if err := a.fenced(name); !errors.Is(err, ErrLost) {
				t.Errorf("the fence of %s says %v", name, err)
			}
		}
		a.goOn()
		pass(patience / 8)
		if with.Err() == nil {
			t.Error("it works on")
		}
		pass(time.Minute)
		holds(t, "afterwards", map[*process]string{a: "", b: all})
		b.die()
		pass(patience * 2)
		holds(t, "and back", map[*process]string{a: all})
		if ran != 2 || with.Err() != nil {
			t.Errorf("the work was begun %d times", ran)
		}
	})
}

// TestSleeperTakesNothing: a process that slept saw nobody, and must not think that they were silent.
func TestSleeperTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := database(t)
		a, b := start(t, path, "a"), start(t, path, "b")
		pass(time.Minute)
		a.stop() // both sleep, and b wakes first
		b.stop()
		pass(time.Hour)
		b.goOn()
		pass(patience / 2)
		if b.has() != "" {
			t.Error("the sleeper took over at once")
		}
		a.goOn()
		pass(time.Minute)
		holds(t, "awake", map[*process]string{a: all, b: ""})
	})
}

// TestOnlyOwnTimeCounts: whatever the processes think what time it is, and however that jumps, nobody takes anything from who is alive.
func TestOnlyOwnTimeCounts(t *testing.T) {
	for name, now := range map[string]func(n int) time.Time{
		"a year behind":  func(int) time.Time { return time.Now().AddDate(-1, 0, 0) },
		"a year ahead":   func(int) time.Time { return time.Now().AddDate(1, 0, 0) },
		"to and fro":     func(n int) time.Time { return time.Now().AddDate(0, 0, n%3-1) },
		"stands still":   func(int) time.Time { return time.Unix(1_700_000_000, 0) },
		"runs backwards": func(n int) time.Time { return time.Unix(1_700_000_000-int64(n)*3600, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				path, n := database(t), 0
				a := start(t, path, "a", func(c *Config) { c.Now = func() time.Time { n++; return now(n) } })
				b := start(t, path, "b")
				for range 20 {
					pass(patience / 3)
					if a.has() != all || b.has() != "" {
						t.Fatalf("%q and %q", a.has(), b.has())
					}
				}
				a.die()
				pass(patience + patience/2)
				holds(t, "after a death", map[*process]string{b: all})
			})
		})
	}
}

// TestCannotWrite: a process that can give no sign of life stops before the other one takes over. One that sees that there is no other
// goes on: nothing would be gained by a new login.
func TestCannotWrite(t *testing.T) {
	for name, others := range map[string]bool{"alone": false, "two": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				path := database(t)
				a := start(t, path, "a")
				b := a
				if others {
					b = start(t, path, "b")
				}
				pass(patience)
				storetest.Exec(t, path, `CREATE TRIGGER full BEFORE UPDATE ON workers WHEN OLD.id = '`+a.self.ID+`' BEGIN SELECT RAISE(ABORT, 'full'); END`)
				var stopped time.Duration
				for began := time.Now(); stopped == 0 && time.Since(began) < 5*time.Minute; pass(time.Second) {
					if others && a.has() != "" && b.has() != "" {
						t.Fatal("both hold it")
					}
					if a.has() == "" {
						stopped = time.Since(began)
					}
				}
				if others != (stopped > 0) || stopped > patience {
					t.Errorf("it stopped after %s", stopped)
				}
				pass(patience)
				if b.has() != all {
					t.Error("nobody holds it")
				}
				storetest.Exec(t, path, "DROP TRIGGER full")
				pass(patience)
				if b.has() != all || b != a && a.has() != "" {
					t.Errorf("in the end %q and %q", a.has(), b.has())
				}
			})
		})
	}
}

// TestLapseIsNoLoss: who had to stop because the database did not answer, and lost nothing meanwhile, begins again.
func TestLapseIsNoLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := database(t)
		a := start(t, path, "a")
		b := start(t, path, "b", func(c *Config) { c.Wants = []string{"other"} })
		begun := 0
		go func() {
			_ = a.Hold(t.Context(), "wechat", func(ctx context.Context) error { begun++; <-ctx.Done(); return nil })
		}()
		pass(patience)
		b.stop()
		storetest.Exec(t, path, `CREATE TRIGGER full BEFORE UPDATE ON workers BEGIN SELECT RAISE(ABORT, 'full'); END`)
		pass(time.Minute)
		if a.has() != "" || !a.Held("wechat") || begun != 1 {
			t.Errorf("it holds %q and began %d times", a.has(), begun)
		}
		storetest.Exec(t, path, "DROP TRIGGER full")
		pass(patience / 2)
		if a.has() != all || begun != 2 {
			t.Errorf("it holds %q and began %d times", a.has(), begun)
		}
	})
}

// TestOtherWork: a process that does other things than the one that works stands by, whatever is free.
func TestOtherWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := database(t)
		a := start(t, path, "a", func(c *Config) { c.Wants = []string{"jobs"} })
		b := start(t, path, "b")
		pass(time.Minute)
		holds(t, "two configurations", map[*process]string{a: "jobs", b: ""})
		a.die()
		pass(2 * patience)
		holds(t, "one configuration", map[*process]string{b: all})
	})
}

// TestNotes: each knows what the others let it know.
func TestNotes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := database(t)
		var online atomic.Bool
		var looks []Look
		start(t, path, "a", func(c *Config) {
			c.Note = func(name string) string { return fmt.Sprint(name, " online ", online.Load()) }
		})
		start(t, path, "b", func(c *Config) { c.Looked = func(l Look) { looks = append(looks, l) } })
		online.Store(true)
		pass(patience)
		want := []Elsewhere{{"jobs", "on a", "jobs online true"}, {"wechat", "on a", "wechat online true"}}
		if diff := cmp.Diff(want, looks[len(looks)-1].Elsewhere); diff != "" {
			t.Error(diff)
		}
	})
}

// TestHold: work ends with its own error while the lease is here. If the lease is gone, the error was of that, and the work waits.
func TestHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := database(t)
		a, b := start(t, path, "a"), start(t, path, "b")
		wrong := errors.New("banned")
		if err := a.Hold(t.Context(), "jobs", func(context.Context) error { return wrong }); !errors.Is(err, wrong) {
			t.Errorf("got %v", err)
		}
		a.stop()
		pass(patience * 2)
		a.goOn()
		pass(patience / 2)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		begun := 0
		go func() {
			ended <- b.Hold(ctx, "wechat", func(context.Context) error {
				if begun++; begun > 1 {
					<-ctx.Done()
					return nil
				}
				storetest.Write(t, a.store, time.Now(), func(tx *store.Tx) error { // what a network tells earlier than the database
					_, err := tx.TakeLease("wechat", b.self.ID, a.self.ID)
					return err
				})
				return wrong
			})
		}()
		synctest.Wait()
		if b.has() != "jobs" {
			t.Errorf("it holds %q", b.has())
		}
		cancel()
		if err := <-ended; err != nil || begun != 1 {
			t.Errorf("begun %d times, ended with %v", begun, err)
		}
	})
}

// TestNobodyElse: without a keeper everything is here.
func TestNobodyElse(t *testing.T) {
	var k *Keeper
	if !k.Holds("wechat") || !k.Held("wechat") || !k.HoldsAll() || !k.Alone() || k.Fence(nil, "wechat") != nil || k.Look(t.Context()) != nil || k.Leave(t.Context()) != nil {
		t.Error("a process that is alone lacks something")
	}
	k.Run(t.Context())
	k.Poke()
	done := fmt.Errorf("done")
	if err := k.Hold(t.Context(), "wechat", func(context.Context) error { return done }); !errors.Is(err, done) {
		t.Error(err)
	}
}
