package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"duban/internal/store"
	"duban/internal/store/storetest"
)

// TestLastTried: what was sent, given up or dropped counts at that time and not when it was due; what may have been on its way counts now.
func TestLastTried(t *testing.T) {
	now := storetest.At(t, "2026-11-23 09:05")
	later := now.Add(time.Hour)
	for name, of := range map[string]struct {
		did  func(tx *store.Tx, o store.Outgoing) error
		want time.Time
	}{
		"nothing":  {func(tx *store.Tx, o store.Outgoing) error { return tx.Cancel("k") }, time.Time{}},
		"sent":     {func(tx *store.Tx, o store.Outgoing) error { return tx.MarkSent(o.ID) }, now.Add(time.Minute)},
		"given up": {func(tx *store.Tx, o store.Outgoing) error { return tx.Bury(o, "x") }, now.Add(time.Minute)},
		"repeated": {func(tx *store.Tx, o store.Outgoing) error { return tx.Postpone(o, later.Add(time.Hour), "x") }, later},
		"in parts": {func(tx *store.Tx, o store.Outgoing) error {
			return errors.Join(tx.MarkPart(o, 1), tx.Postpone(o, later.Add(time.Hour), "x"))
		}, later},
		"dropped": {func(tx *store.Tx, o store.Outgoing) error {
			_, err := tx.Drop(o.ID)
			return errors.Join(tx.Postpone(o, later, "x"), err, second(tx.Drop(o.ID)))
		}, now.Add(time.Minute)},
		"due": {func(*store.Tx, store.Outgoing) error { return nil }, later},
	} {
		t.Run(name, func(t *testing.T) {
			s := storetest.Open(t)
			send(t, s, now, store.Out{To: "chat/a", Text: "a", Dedup: "k"})
			send(t, s, now, store.Out{To: "chat/b", Text: "b", NotBefore: later.Add(time.Minute)})
			storetest.Write(t, s, now.Add(time.Minute), func(tx *store.Tx) error {
				due, err := tx.DueOutgoing(1)
				return errors.Join(err, of.did(tx, due[0]))
			})
			storetest.Read(t, s, later, func(tx *store.Tx) error {
				last, ever, err := tx.LastTried()
				if ever != !of.want.IsZero() || ever && !last.Equal(of.want) {
					t.Errorf("%v %v, want %v", last, ever, of.want)
				}
				return err
			})
		})
	}
}

func second(_ bool, err error) error { return err }

// TestDueWithout: what goes to some targets is left out, however many they are.
func TestDueWithout(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	var all []store.Target
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		send(t, s, now, store.Out{To: store.ToChat(name), Text: name})
		all = append(all, store.ToChat(name))
	}
	for n := range all {
		storetest.Read(t, s, now, func(tx *store.Tx) error {
			due, err := tx.DueOutgoing(10, all[:n]...)
			if len(due) != len(all)-n || due[0].Target != all[n] {
				t.Errorf("without %d: %+v", n, due)
			}
			return err
		})
	}
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		next, waits, err := tx.NextOutgoing(all...)
		if waits {
			t.Errorf("without all: %v", next)
		}
		return err
	})
}

// TestManyAtOnce: what one call queues, and what one call marks, is the same as one by one: in order, each key once, and no others.
func TestManyAtOnce(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	const many = 70
	var outs []store.Out
	for n := range many {
		outs = append(outs, store.Out{To: store.ToChat("a"), Text: fmt.Sprint(n), Dedup: fmt.Sprint("k", n)})
	}
	again := store.Out{To: store.ToChat("a"), Text: "again", Dedup: "k1"}
	storetest.Write(t, s, now, func(tx *store.Tx) error {
		return errors.Join(tx.Send(), tx.MarkSent(), tx.Send(append(outs, again, outs[0])...))
	})
	due := func() (list []store.Outgoing) {
		storetest.Read(t, s, now, func(tx *store.Tx) (err error) {
			list, err = tx.DueOutgoing(2 * many)
			return err
		})
		return list
	}
	list := due()
	if len(list) != many {
		t.Fatalf("%d messages, want %d", len(list), many)
	}
	for n, o := range list {
		if o.Text != fmt.Sprint(n) {
			t.Fatalf("message %d is %q", n, o.Text)
		}
	}
	storetest.Write(t, s, now.Add(time.Minute), func(tx *store.Tx) error {
		var ids []int64
		for _, o := range list[1 : many-1] {
			ids = append(ids, o.ID)
		}
		return tx.MarkSent(ids...)
	})
	if left := due(); len(left) != 2 || left[0].ID != list[0].ID || left[1].ID != list[many-1].ID {
		t.Errorf("left: %+v", left)
	}
}
