package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/store"
	"duban/internal/store/storetest"
)

// shared describes who is known and who took which lease.
func shared(t *testing.T, s *store.Store) (out []string) {
	t.Helper()
	storetest.Read(t, s, time.Time{}, func(tx *store.Tx) error {
		workers, leases, err := tx.Sharing()
		for _, w := range workers {
			out = append(out, fmt.Sprintf("%s at %s: %d", w.ID, w.Place, w.Beat))
		}
		for _, l := range leases {
			out = append(out, fmt.Sprintf("%s: %s %s", l.Name, l.Holder, l.Note))
		}
		return err
	})
	return out
}

// TestTakeLease: a lease goes from the one who has it and from nobody else, and only its holder speaks of it.
func TestTakeLease(t *testing.T) {
	s := storetest.Open(t)
	for n, step := range []struct {
		from, to string
		won      bool
	}{
		{"b", "a", false}, // nobody has it: it cannot be had from somebody
		{"", "a", true},
		{"", "b", false},
		{"b", "c", false},
		{"a", "b", true},
		{"a", "c", false},
		{"", "c", false},
	} {
		storetest.Write(t, s, time.Now(), func(tx *store.Tx) error {
			won, err := tx.TakeLease("wechat", step.from, step.to)
			if won != step.won {
				t.Errorf("step %d: from %q to %q: %v", n, step.from, step.to, won)
			}
			return err
		})
	}
	for _, who := range []string{"a", "b", "c"} {
		storetest.Write(t, s, time.Now(), func(tx *store.Tx) error { return tx.NoteLease("wechat", who, "by "+who) })
	}
	storetest.Write(t, s, time.Now(), func(tx *store.Tx) error {
		for name, want := range map[string]string{"wechat": "b", "feishu": ""} {
			if got, err := tx.LeaseHolder(name); got != want || err != nil {
				t.Errorf("%s is held by %q, %v", name, got, err)
			}
		}
		return nil
	})
	if diff := cmp.Diff([]string{"wechat: b by b"}, shared(t, s)); diff != "" {
		t.Error(diff)
	}
	storetest.Write(t, s, time.Now(), func(tx *store.Tx) error {
		_, err := tx.TakeLease("wechat", "b", "a")
		return err
	})
	if diff := cmp.Diff([]string{"wechat: a "}, shared(t, s)); diff != "" {
		t.Error("what the last holder said stays: " + diff)
	}
}

// TestWorkers: a worker lives as long as nobody has forgotten it, and a place forgets all that were there.
func TestWorkers(t *testing.T) {
	s := storetest.Open(t)
	beat := func(id string) (known bool) {
		storetest.Write(t, s, time.Now(), func(tx *store.Tx) (err error) {
			known, err = tx.BeatWorker(id)
			return err
		})
		return known
	}
	if beat("a") {
		t.Error("a worker beats before it is known")
	}
	storetest.Write(t, s, time.Now(), func(tx *store.Tx) error {
		for _, w := range []store.Worker{{ID: "a", Place: "here"}, {ID: "b", Place: "here"}, {ID: "c", Place: "there"}} {
			if err := tx.AddWorker(w); err != nil {
				return err
			}
		}
		return nil
	})
	for _, id := range []string{"a", "a", "c"} {
		if !beat(id) {
			t.Errorf("%s is known and cannot beat", id)
		}
	}
	if diff := cmp.Diff([]string{"a at here: 2", "b at here: 0", "c at there: 1"}, shared(t, s)); diff != "" {
		t.Error(diff)
	}
	storetest.Write(t, s, time.Now(), func(tx *store.Tx) error { return tx.DropWorkersAt("here") })
	storetest.Write(t, s, time.Now(), func(tx *store.Tx) error { return tx.DropWorker("c") })
	if beat("a") || beat("c") || len(shared(t, s)) > 0 {
		t.Error("a forgotten worker is still known")
	}
}
