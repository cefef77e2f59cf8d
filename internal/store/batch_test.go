package store_test

import (
	"testing"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// TestBatches: the number of a command that waits is that of its batch; the last word counts; a batch is filed once, and its rows go.
func TestBatches(t *testing.T) {
	s := storetest.Open(t)
	now := storetest.At(t, "2026-11-23 09:00")
	write := func(at time.Time, do func(tx *store.Tx) error) {
		t.Helper()
		if err := s.Write(t.Context(), at, do); err != nil {
			t.Fatal(err)
		}
	}
	add := func(at time.Time, b store.Batch) (out store.Batch) {
		t.Helper()
		write(at, func(tx *store.Tx) error { return tx.AddBatch(&b, at.Add(time.Hour)) })
		return b
	}
	said := store.Batch{State: store.BatchWaiting, Person: "chen", Conversation: "office"}
	shown := store.Batch{State: store.BatchShown, Person: "chen", Conversation: "office", RowsJSON: "[1]", SHA256: "x", Count: 1}
	first := add(now, said)
	if b := add(now, shown); b.ID != first.ID {
		t.Errorf("the batch of command %d has the number %d", first.ID, b.ID)
	}
	other := add(now, store.Batch{State: store.BatchShown, Person: "zhao", Conversation: "office", RowsJSON: "[1]", SHA256: "y"})
	again := add(now, shown)
	late := add(now.Add(2*time.Hour), store.Batch{State: store.BatchShown, Person: "wu", Conversation: "office", RowsJSON: "[1]"})
	want := map[int64]string{first.ID: store.BatchDropped, other.ID: store.BatchDropped, again.ID: store.BatchDropped, late.ID: store.BatchShown}
	write(now.Add(2*time.Hour), func(tx *store.Tx) error {
		for id, state := range want {
			b, err := tx.Batch(id)
			if err != nil || b.State != state || (b.RowsJSON == "") != (state == store.BatchDropped) {
				t.Errorf("batch %d is %s with rows %q, want %s (%v)", id, b.State, b.RowsJSON, state, err)
			}
		}
		_, err := tx.Batch(99)
		if e, ok := issue.AsError(err); !ok || e.Code != issue.CodeUnknown {
			t.Errorf("an unknown batch: %v", err)
		}
		_, waits, err := tx.WaitingBatch("office", "chen")
		if err != nil || waits {
			t.Errorf("a command waits on: %v", err)
		}
		for n, want := range []bool{true, false} {
			if won, err := tx.FileBatch(late, "wu", 5, 9); err != nil || won != want {
				t.Errorf("filed the %d. time: %v, %v", n+1, won, err)
			}
		}
		b, err := tx.Batch(late.ID)
		if err != nil || b.State != store.BatchFiled || b.RowsJSON != "" || b.FirstIssue != 5 || b.LastIssue != 9 || !b.FiledTime().Equal(tx.Now()) {
			t.Errorf("filed as %+v, %v", b, err)
		}
		return nil
	})
}

// TestRecentArrivals: those of one conversation of one channel, since an instant, the newest first.
func TestRecentArrivals(t *testing.T) {
	s := storetest.Open(t)
	now := storetest.At(t, "2026-11-23 09:00")
	for n, a := range []store.Arrival{
		{Channel: "c", MessageID: "old", Conversation: "g"},
		{Channel: "c", MessageID: "1", Conversation: "g"},
		{Channel: "c", MessageID: "2", Conversation: "h"},
		{Channel: "d", MessageID: "3", Conversation: "g"},
		{Channel: "c", MessageID: "4", Conversation: "g"},
	} {
		err := s.Write(t.Context(), now.Add(time.Duration(n)*time.Minute), func(tx *store.Tx) error { _, err := tx.AddArrival(&a); return err })
		if err != nil {
			t.Fatal(err)
		}
	}
	err := s.Read(t.Context(), now, func(tx *store.Tx) error {
		list, err := tx.RecentArrivals("c", "g", now.Add(time.Minute), 10)
		if err != nil || len(list) != 2 || list[0].MessageID != "4" || list[1].MessageID != "1" {
			t.Errorf("got %+v, %v", list, err)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
