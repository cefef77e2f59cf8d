package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/store"
	"duban/internal/store/storetest"
)

// TestAwaitsThatStandTogether: what one command waits for, and who waits for one issue.
func TestAwaitsThatStandTogether(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	until := now.Add(5 * time.Minute)
	first := store.Await{Message: "m1", Conversation: "chat/inspect", Person: "zhang_min", IssueID: 1}
	storetest.Write(t, s, now, func(tx *store.Tx) error {
		for _, a := range []store.Await{
			first,
			{Message: "m1", Conversation: "chat/inspect", Person: "zhang_min", IssueID: 2},
			{Message: "m2", Conversation: "chat/inspect", Person: "zhang_min", IssueID: 3},
			{Message: "m3", Conversation: "chat/zhaoyang", Person: "li_qiang", IssueID: 1},
		} {
			if err := tx.AddAwait(a, until); err != nil {
				return err
			}
		}
		return nil
	})
	issues := func(list []store.Await) (ids []int64) {
		for _, a := range list {
			ids = append(ids, a.IssueID)
			if !a.UntilTime().Equal(until) {
				t.Errorf("waits until %v, want %v", a.UntilTime(), until)
			}
		}
		return ids
	}
	storetest.Read(t, s, until, func(tx *store.Tx) error {
		list, err := tx.CommandAwaits(first)
		if diff := cmp.Diff([]int64{1, 2}, issues(list)); diff != "" {
			t.Errorf("of the command:\n%s", diff)
		}
		of, e := tx.IssueAwaits(1)
		if diff := cmp.Diff([]int64{1, 1}, issues(of)); diff != "" || e != nil {
			t.Errorf("of the issue: %v\n%s", e, diff)
		}
		return err
	})
	storetest.Read(t, s, until.Add(time.Second), func(tx *store.Tx) error {
		list, err := tx.CommandAwaits(first)
		if len(list) > 0 {
			t.Errorf("after the window: %+v", list)
		}
		return err
	})
}

// TestCancelUnder: messages with keys under a prefix are withdrawn, and no others.
func TestCancelUnder(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	storetest.Write(t, s, now, func(tx *store.Tx) error {
		for _, key := range []string{"spot/1/chat/a", "spot/1/chat/b", "spot/10/chat/a", "spot/2/chat/a", "spot/1", ""} {
			if err := tx.Send(store.Out{To: store.ToChat("a"), Text: key, Dedup: key, NotBefore: now.Add(time.Minute)}); err != nil {
				return err
			}
		}
		return nil
	})
	storetest.Write(t, s, now, func(tx *store.Tx) error {
		n, err := tx.CancelUnder("spot/1/")
		if n != 2 {
			t.Errorf("%d messages withdrawn, want 2", n)
		}
		return err
	})
	storetest.Read(t, s, now.Add(time.Minute), func(tx *store.Tx) error {
		var left []string
		due, err := tx.DueOutgoing(10)
		for _, o := range due {
			left = append(left, o.Text)
		}
		if diff := cmp.Diff([]string{"spot/10/chat/a", "spot/2/chat/a", "spot/1", ""}, left); diff != "" {
			t.Errorf("left (-want +got):\n%s", diff)
		}
		return err
	})
}
