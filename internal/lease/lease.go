// Package lease lets several processes share one database: what only one of them may do at a time is done by whoever holds the lease for
// it, and when that process is gone, another one takes it over (docs/adr/0041-leases.md).
package lease

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"duban/internal/store"
)

// ErrLost says that a lease is not here any more, so that nothing may be done for which it is needed.
var ErrLost = errors.New("another process has taken over")

// Config is what a keeper needs to know.
type Config struct {
	Store    *store.Store
	Now      func() time.Time // the instants of what is written, for people alone
	Place    string           // Place.ID, or "": then what an earlier life held is had only after Patience
	Name     string           // of this process, for people
	Wants    []string         // the leases that it is to hold if nobody else does
	Patience time.Duration    // how long another process may give no sign of life before it counts as dead
	Log      *slog.Logger

	// Note is what the others are to know of a lease that is here.
	Note func(name string) string
	// Looked hears after each look what the others hold.
	Looked func(Look)
	// Inherit is called in the transaction in which leases of a process that counts as dead are taken.
	Inherit func(tx *store.Tx, from store.Worker, names []string) error
}

// Look is what a keeper sees of the others.
type Look struct {
	Others    []store.Worker // who is alive, this process not among them
	Elsewhere []Elsewhere    // the leases that they hold
}

// Elsewhere is a lease that another process holds.
type Elsewhere struct{ Name, Holder, Note string } // Holder is Worker.Name

// Keeper keeps the leases of one process. All methods may be called at once. A nil keeper belongs to a process that is always alone: it
// holds everything.
type Keeper struct {
	cfg  Config
	self store.Worker
	wake chan struct{}

	turn  sync.Mutex       // held by who looks
	known bool             // this life was added to the workers at least once
	sight map[string]sight // of the others
	last  time.Time        // the last look

	mu      sync.Mutex
	held    map[string]*held
	proof   time.Time // until Patience after it nobody can have taken what is held
	lapsed  bool      // that was too long ago: what is held may be had by others soon
	look    Look
	changed chan struct{} // closed when a lease comes
}

// held is a lease that is here.
type held struct {
	over chan struct{} // closed when it may not be used any more
}

// end says that a lease may not be used any more. The keeper's lock is held.
func (h *held) end() {
	if !h.ended() {
		close(h.over)
	}
}

func (h *held) ended() bool {
	select {
	case <-h.over:
		return true
	default:
		return false
	}
}

// during is a context that ends with a lease.
func (h *held) during(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-ctx.Done():
		case <-h.over:
			cancel()
		}
	}()
	return ctx, cancel
}

// sight is when another worker's beat was seen first as it is.
type sight struct {
	beat  int64
	since time.Time
}

// New makes a keeper, which holds nothing yet.
func New(cfg Config) *Keeper {
	wants := slices.Sorted(slices.Values(cfg.Wants))
	return &Keeper{
		cfg: cfg, self: store.Worker{ID: rand.Text(), Place: cfg.Place, Name: cfg.Name, Works: strings.Join(wants, " ")},
		wake: make(chan struct{}, 1), sight: map[string]sight{}, held: map[string]*held{}, changed: make(chan struct{}),
	}
}

// The pace, in parts of Config.Patience: a sign of life every quarter, and whoever could give none for three quarters stops before
// another process may think that it is dead. Whether that time has come is looked at every eighth.
func (k *Keeper) every() time.Duration  { return k.cfg.Patience / 4 }
func (k *Keeper) within() time.Duration { return k.cfg.Patience * 3 / 4 }
func (k *Keeper) check() time.Duration  { return k.cfg.Patience / 8 }

// Run gives signs of life, takes what is free and gives up what cannot be kept, until ctx ends. What is here then stays here until
// Leave, or until another process has waited for long enough.
func (k *Keeper) Run(ctx context.Context) {
	if k == nil {
		return
	}
	guarded := make(chan struct{})
	defer func() { <-guarded }()
	go func() { defer close(guarded); k.guard(ctx) }()
	for {
		pause, cancel := context.WithTimeout(ctx, k.every())
		select {
		case <-pause.Done():
		case <-k.wake:
		}
		cancel()
		if ctx.Err() != nil {
			return
		}
		if err := k.Look(ctx); err != nil && ctx.Err() == nil {
			k.cfg.Log.Warn("no sign of life could be given", "err", err)
		}
	}
}

// guard ends in time what is held, by a clock of its own: a look may take long when the database does not answer.
func (k *Keeper) guard(ctx context.Context) {
	t := time.NewTicker(k.check())
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		k.mu.Lock()
		if !k.lapsed && len(k.held) > 0 && time.Since(k.proof) >= k.within() {
			k.lapsed = true
			for _, h := range k.held {
				h.end()
			}
			k.cfg.Log.Error("no sign of life for too long, stopping before another process takes over", "for", time.Since(k.proof))
		}
		k.mu.Unlock()
	}
}

// Poke makes the keeper look at once, because there is something that the others are to know.
func (k *Keeper) Poke() {
	if k == nil {
		return
	}
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// Look gives a sign of life, sees what the others do and takes what is free. An error says that the database could not be written.
func (k *Keeper) Look(ctx context.Context) error {
	if k == nil {
		return nil
	}
	k.turn.Lock()
	defer k.turn.Unlock()
	began := time.Now()
	if began.Sub(k.last) > k.cfg.Patience/2 { // who slept itself has watched nobody
		clear(k.sight)
	}
	k.last = began
	var s scene
	err := k.cfg.Store.Write(ctx, k.cfg.Now(), func(tx *store.Tx) (err error) {
		s, err = k.act(tx, began)
		return err
	})
	if err == nil {
		k.known = true
		k.settle(began, s)
		return nil
	}
	// Who cannot write, but sees that there is nobody who could take anything, need not stop.
	readErr := k.cfg.Store.Read(ctx, k.cfg.Now(), func(tx *store.Tx) (err error) {
		s, err = k.see(tx, began)
		return err
	})
	if readErr == nil && k.known {
		k.settleUnwritten(began, s)
	}
	return err
}

// Hold does work whenever the lease is here, with a context that ends with it. It returns what work returned while the lease was here, or
// nil when ctx has ended.
func (k *Keeper) Hold(ctx context.Context, name string, work func(context.Context) error) error {
	if k == nil {
		return work(ctx)
	}
	for {
		h := k.await(ctx, name)
		if h == nil {
			return nil
		}
		with, cancel := h.during(ctx)
		err := work(with)
		cancel()
		if ctx.Err() != nil {
			return err
		}
		if err != nil && !h.ended() { // what others do may be the very cause: a network drops the older of two connections
			_ = k.Look(ctx)
		}
		if !h.ended() {
			return err
		}
	}
}

// await waits until a lease is here; nil when ctx has ended.
func (k *Keeper) await(ctx context.Context, name string) *held {
	for ctx.Err() == nil {
		k.mu.Lock()
		h, changed := k.held[name], k.changed
		lapsed := k.lapsed
		k.mu.Unlock()
		if h != nil && !lapsed {
			return h
		}
		select {
		case <-ctx.Done():
		case <-changed:
		}
	}
	return nil
}

// Holds says whether a lease is here, as far as is known. Whoever writes asks Fence.
func (k *Keeper) Holds(name string) bool {
	if k == nil {
		return true
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.held[name] != nil && !k.lapsed
}

// Held says whether a lease was here at the last look that succeeded.
func (k *Keeper) Held(name string) bool {
	if k == nil {
		return true
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.held[name] != nil
}

// Wants are all leases that this process holds if nobody else does, in order.
func (k *Keeper) Wants() []string {
	if k == nil {
		return nil
	}
	return slices.Sorted(slices.Values(k.cfg.Wants))
}

// HoldsAll says whether everything is here that this process does.
func (k *Keeper) HoldsAll() bool {
	if k == nil {
		return true
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.held) == len(k.cfg.Wants) && !k.lapsed
}

// Seen is the last look at the others.
func (k *Keeper) Seen() Look {
	if k == nil {
		return Look{}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.look
}

// Alone says whether no other process was seen at the last look.
func (k *Keeper) Alone() bool { return len(k.Seen().Others) == 0 }

// Fence is ErrLost if a lease is not here. In a writing transaction it stays here until the end, so that nothing is done that
// another process has begun to do.
func (k *Keeper) Fence(tx *store.Tx, name string) error {
	if k == nil {
		return nil
	}
	holder, err := tx.LeaseHolder(name)
	if err != nil {
		return err
	}
	if holder != k.self.ID {
		k.Poke()
		return fmt.Errorf("%s: %w", name, ErrLost)
	}
	return nil
}

// Check is Fence for what no transaction can undo: nothing says that the lease is still here a moment later.
func (k *Keeper) Check(ctx context.Context, name string) error {
	if k == nil {
		return nil
	}
	return k.cfg.Store.Read(ctx, k.cfg.Now(), func(tx *store.Tx) error { return k.Fence(tx, name) })
}

// Leave gives everything up at the end of the process, so that another one need not wait.
func (k *Keeper) Leave(ctx context.Context) error {
	if k == nil {
		return nil
	}
	k.turn.Lock()
	defer k.turn.Unlock()
	k.settle(time.Now(), scene{})
	if !k.known {
		return nil
	}
	return k.cfg.Store.Write(ctx, k.cfg.Now(), func(tx *store.Tx) error { return tx.DropWorker(k.self.ID) })
}
