package lease

import (
	"fmt"
	"slices"
	"time"

	"duban/internal/store"
)

// scene is what one look at the database saw, and did.
type scene struct {
	known  bool           // this worker is known to the others
	others []store.Worker // who is alive
	dead   []store.Worker // who is not, as far as can be told
	leases []store.Lease
}

// act is one turn in a writing transaction: nobody else can do the same meanwhile.
func (k *Keeper) act(tx *store.Tx, began time.Time) (scene, error) {
	if err := k.beat(tx); err != nil {
		return scene{}, err
	}
	s, err := k.see(tx, began)
	if err != nil {
		return s, err
	}
	taken, err := k.takeFree(tx, &s)
	if err != nil {
		return s, err
	}
	for _, w := range s.dead {
		if err := tx.DropWorker(w.ID); err != nil {
			return s, err
		}
		if names := taken[w.ID]; len(names) > 0 && k.cfg.Inherit != nil {
			if err := k.cfg.Inherit(tx, w, names); err != nil {
				return s, err
			}
		}
	}
	return s, k.note(tx, s.leases)
}

// beat gives a sign of life. A life begins with the end of all earlier ones in the same place: whoever has the place has outlived them.
func (k *Keeper) beat(tx *store.Tx) error {
	known, err := tx.BeatWorker(k.self.ID)
	if err != nil || known {
		return err
	}
	if !k.known && k.self.Place != "" {
		if err := tx.DropWorkersAt(k.self.Place); err != nil {
			return err
		}
	}
	return tx.AddWorker(k.self)
}

// see looks who is alive: who gave a sign of life since it was looked at last, or not for long enough to say otherwise. Only this
// process's own clock counts, and of it only how much time passes.
func (k *Keeper) see(tx *store.Tx, began time.Time) (s scene, err error) {
	workers, leases, err := tx.Sharing()
	if err != nil {
		return s, err
	}
	s.leases = leases
	now, seen := time.Now(), map[string]sight{}
	for _, w := range workers {
		if w.ID == k.self.ID {
			s.known = true
			continue
		}
		at, before := k.sight[w.ID]
		if !before || at.beat != w.Beat {
			at = sight{w.Beat, now}
		}
		seen[w.ID] = at
		if began.Sub(at.since) >= k.cfg.Patience {
			s.dead = append(s.dead, w)
		} else {
			s.others = append(s.others, w)
		}
	}
	k.sight = seen
	return s, nil
}

// takeFree takes the leases that nobody alive holds, and says from whom. While somebody works who does other things than this process,
// nothing is taken: the two would not agree about whose message is whose.
func (k *Keeper) takeFree(tx *store.Tx, s *scene) (taken map[string][]string, err error) {
	taken = map[string][]string{}
	for _, l := range s.leases {
		if w, alive := s.holder(l.Holder); alive && w.Works != k.self.Works {
			return taken, nil
		}
	}
	for _, name := range k.cfg.Wants {
		n := slices.IndexFunc(s.leases, func(l store.Lease) bool { return l.Name == name })
		if n < 0 {
			n = len(s.leases)
			s.leases = append(s.leases, store.Lease{Name: name})
		}
		l := &s.leases[n]
		if _, alive := s.holder(l.Holder); alive || l.Holder == k.self.ID {
			continue
		}
		won, err := tx.TakeLease(name, l.Holder, k.self.ID)
		if err != nil {
			return nil, err
		}
		if !won { // one writer at a time: nobody can have been faster
			return nil, fmt.Errorf("lease %s changed hands within a transaction", name)
		}
		taken[l.Holder] = append(taken[l.Holder], name)
		l.Holder, l.Note = k.self.ID, ""
	}
	return taken, nil
}

// note lets the others know what has changed about the leases that are here.
func (k *Keeper) note(tx *store.Tx, leases []store.Lease) error {
	if k.cfg.Note == nil {
		return nil
	}
	for _, l := range leases {
		if l.Holder != k.self.ID {
			continue
		}
		if note := k.cfg.Note(l.Name); note != l.Note {
			if err := tx.NoteLease(l.Name, k.self.ID, note); err != nil {
				return err
			}
		}
	}
	return nil
}

// holder is who holds a lease, if that is another worker who is alive.
func (s *scene) holder(id string) (store.Worker, bool) {
	n := slices.IndexFunc(s.others, func(w store.Worker) bool { return w.ID == id })
	if n < 0 {
		return store.Worker{}, false
	}
	return s.others[n], true
}

// settle goes by what a look has seen and done.
func (k *Keeper) settle(began time.Time, s scene) {
	look := Look{Others: s.others}
	mine := map[string]bool{}
	for _, l := range s.leases {
		if l.Holder == k.self.ID {
			mine[l.Name] = true
		} else if w, alive := s.holder(l.Holder); alive {
			look.Elsewhere = append(look.Elsewhere, Elsewhere{l.Name, w.Name, l.Note})
		}
	}
	k.mu.Lock()
	k.look, k.proof = look, began
	for name, h := range k.held {
		if !mine[name] || k.lapsed { // what was stopped begins anew
			h.end()
			delete(k.held, name)
		}
	}
	k.lapsed = false
	come := false
	for _, name := range k.cfg.Wants {
		if mine[name] && k.held[name] == nil {
			k.held[name], come = &held{over: make(chan struct{})}, true
		}
	}
	if come {
		close(k.changed)
		k.changed = make(chan struct{})
	}
	k.mu.Unlock()
	if k.cfg.Looked != nil {
		k.cfg.Looked(look)
	}
}

// settleUnwritten goes by a look that could change nothing. It proves that nobody takes anything soon only if there is nobody: whoever
// wants to take something has to be known for Config.Patience first.
func (k *Keeper) settleUnwritten(began time.Time, s scene) {
	k.mu.Lock()
	defer k.mu.Unlock()
	alone := s.known && len(s.others)+len(s.dead) == 0
	for name, h := range k.held {
		if !slices.ContainsFunc(s.leases, func(l store.Lease) bool { return l.Name == name && l.Holder == k.self.ID }) {
			alone = false
			h.end()
			delete(k.held, name)
		}
	}
	if alone && !k.lapsed {
		k.proof = began
	}
}
