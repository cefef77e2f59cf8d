package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/store"
	"duban/internal/store/storetest"
)

func TestArrivalIsStoredOnce(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	add := func(channel, id string) (first bool) {
		storetest.Write(t, s, now, func(tx *store.Tx) (err error) {
			a := store.Arrival{Channel: channel, MessageID: id, Conversation: "g1", Body: `{"text":"完成 17"}`}
			first, err = tx.AddArrival(&a)
			if first != (a.ID != 0) {
				t.Errorf("stored %v, but the id is %d", first, a.ID)
			}
			return err
		})
		return first
	}
	for _, tt := range []struct {
		channel, id string
		want        bool
	}{
		{"wechat", "m1", true}, {"wechat", "m1", false}, {"wechat", "m2", true}, {"demo", "m1", true}, {"demo", "m1", false},
	} {
		if got := add(tt.channel, tt.id); got != tt.want {
			t.Errorf("%s/%s: first %v, want %v", tt.channel, tt.id, got, tt.want)
		}
	}
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		open, err := tx.OpenArrivals()
		var got []string
		for _, a := range open {
			got = append(got, a.Channel+"/"+a.MessageID+" "+a.Conversation+" "+a.Body)
		}
		want := []string{`wechat/m1 g1 {"text":"完成 17"}`, `wechat/m2 g1 {"text":"完成 17"}`, `demo/m1 g1 {"text":"完成 17"}`}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("open arrivals, in order:\n%s", diff)
		}
		return err
	})
}

func TestArrivalIsFinishedOnce(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	a := store.Arrival{Channel: "wechat", MessageID: "m1"}
	finish := func(id int64) (first bool) {
		storetest.Write(t, s, now, func(tx *store.Tx) (err error) {
			first, err = tx.FinishArrival(store.Arrival{ID: id}, "")
			return err
		})
		return first
	}
	storetest.Write(t, s, now, func(tx *store.Tx) error { _, err := tx.AddArrival(&a); return err })
	for n, want := range []bool{true, false, false} {
		if got := finish(a.ID); got != want {
			t.Errorf("finishing for the %dth time: %v", n+1, got)
		}
	}
	if finish(a.ID + 1) {
		t.Error("an arrival that never was is finished")
	}
	storetest.Write(t, s, now, func(tx *store.Tx) error {
		open, err := tx.OpenArrivals()
		if len(open) != 0 {
			t.Errorf("%d are still open", len(open))
		}
		again := store.Arrival{Channel: "wechat", MessageID: "m1"}
		if first, _ := tx.AddArrival(&again); first {
			t.Error("a message that was handled is taken a second time")
		}
		return err
	})
}

// due lists the texts that are to be sent at an instant.
func due(t *testing.T, s *store.Store, now time.Time) []string {
	t.Helper()
	var out []string
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		list, err := tx.DueOutgoing(100)
		for _, o := range list {
			out = append(out, o.Text)
		}
		return err
	})
	return out
}

func wantDue(t *testing.T, s *store.Store, now time.Time, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, due(t, s, now)); diff != "" {
		t.Errorf("due at %v (-want +got):\n%s", now, diff)
	}
}

func send(t *testing.T, s *store.Store, now time.Time, list ...store.Out) {
	t.Helper()
	storetest.Write(t, s, now, func(tx *store.Tx) error {
		for _, o := range list {
			if err := tx.Send(o); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestOutgoingComesBackWhole(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	file := &store.OutFile{Name: "排名.png", Path: "out/1.png", Picture: true}
	send(t, s, now, store.Out{To: store.ToChat("inspect"), Text: "a", Mentions: []string{"li_qiang", "wang_fang"}, File: file},
		store.Out{To: store.ToPerson("li_qiang"), Text: "b"})
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		list, err := tx.DueOutgoing(10)
		if err != nil || len(list) != 2 {
			t.Fatalf("%d messages, %v", len(list), err)
		}
		mentions, err := list[0].MentionIDs()
		if diff := cmp.Diff([]string{"li_qiang", "wang_fang"}, mentions); diff != "" || err != nil {
			t.Errorf("mentions: %s %v", diff, err)
		}
		got, err := list[0].File()
		if diff := cmp.Diff(file, got); diff != "" || err != nil {
			t.Errorf("file: %s %v", diff, err)
		}
		if list[0].Target != "chat/inspect" || list[1].Target != "person/li_qiang" {
			t.Errorf("targets %s, %s", list[0].Target, list[1].Target)
		}
		mentions, err = list[1].MentionIDs()
		file, fileErr := list[1].File()
		if mentions != nil || file != nil || err != nil || fileErr != nil {
			t.Errorf("a bare message has %v, %v (%v, %v)", mentions, file, err, fileErr)
		}
		return nil
	})
}

func TestOutgoingOrderAndDelay(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	send(t, s, now,
		store.Out{Text: "later", NotBefore: now.Add(time.Hour)}, store.Out{Text: "first"}, store.Out{Text: "second"},
		store.Out{Text: "past", NotBefore: now.Add(-time.Hour)})
	wantDue(t, s, now.Add(-time.Microsecond))
	wantDue(t, s, now, "first", "second", "past")
	wantDue(t, s, now.Add(time.Hour), "first", "second", "past", "later")
	storetest.Read(t, s, now.Add(time.Hour), func(tx *store.Tx) error {
		if list, _ := tx.DueOutgoing(2); len(list) != 2 || list[0].Text != "first" {
			t.Errorf("two of them: %v", list)
		}
		next, ok, err := tx.NextOutgoing()
		if !ok || !next.Equal(now) {
			t.Errorf("next %v %v", next, ok)
		}
		return err
	})
	for range 3 {
		mark(t, s, now)
	}
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		next, ok, err := tx.NextOutgoing()
		if !ok || !next.Equal(now.Add(time.Hour)) {
			t.Errorf("next after those: %v %v", next, ok)
		}
		return err
	})
	mark(t, s, now.Add(time.Hour))
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		if next, ok, err := tx.NextOutgoing(); ok || err != nil {
			t.Errorf("next of none: %v, %v", next, err)
		}
		return nil
	})
}

// mark does something to the first message that is due.
func mark(t *testing.T, s *store.Store, now time.Time) {
	t.Helper()
	change(t, s, now, func(tx *store.Tx, o store.Outgoing) error { return tx.MarkSent(o.ID) })
}

func change(t *testing.T, s *store.Store, now time.Time, do func(*store.Tx, store.Outgoing) error) {
	t.Helper()
	storetest.Write(t, s, now, func(tx *store.Tx) error {
		list, err := tx.DueOutgoing(1)
		if err != nil || len(list) != 1 {
			return fmt.Errorf("%d due: %w", len(list), err)
		}
		return do(tx, list[0])
	})
}

func TestOutgoingWithAKeyIsSentOnce(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	send(t, s, now, store.Out{Text: "one", Dedup: "k"}, store.Out{Text: "two", Dedup: "k"}, store.Out{Text: "none"}, store.Out{Text: "none"})
	wantDue(t, s, now, "one", "none", "none")

	storetest.Write(t, s, now, func(tx *store.Tx) error { return tx.Cancel("k") })
	wantDue(t, s, now, "none", "none")
	send(t, s, now, store.Out{Text: "three", Dedup: "k"})
	wantDue(t, s, now, "none", "none", "three")

	for range 3 {
		mark(t, s, now)
	}
	storetest.Write(t, s, now, func(tx *store.Tx) error { return tx.Cancel("k") })
	send(t, s, now, store.Out{Text: "four", Dedup: "k"})
	wantDue(t, s, now)
	storetest.Write(t, s, now, func(tx *store.Tx) error { return tx.Cancel("no such key") })
}

func TestFailedSendingIsRepeatedInOrder(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	send(t, s, now, store.Out{To: "chat/a", Text: "a1"}, store.Out{To: "chat/a", Text: "a2"}, store.Out{To: "chat/b", Text: "b1"})
	change(t, s, now, func(tx *store.Tx, o store.Outgoing) error {
		return tx.Postpone(o, now.Add(time.Minute), "网络断开")
	})
	wantDue(t, s, now, "b1")
	mark(t, s, now)
	wantDue(t, s, now.Add(time.Second))
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		next, ok, err := tx.NextOutgoing() // a2 is due, but waits: whoever sleeps until then must not spin
		if !ok || !next.Equal(now.Add(time.Minute)) {
			t.Errorf("next %v %v", next, ok)
		}
		return err
	})
	wantDue(t, s, now.Add(time.Minute), "a1")
	mark(t, s, now.Add(time.Minute))
	wantDue(t, s, now.Add(time.Minute), "a2")
}

func TestHopelessMessageIsBuriedAndHoldsNothingUp(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	send(t, s, now, store.Out{To: "chat/a", Text: "a1"}, store.Out{To: "chat/a", Text: "a2"})
	change(t, s, now, func(tx *store.Tx, o store.Outgoing) error { return tx.Postpone(o, now, "网络断开") })
	change(t, s, now, func(tx *store.Tx, o store.Outgoing) error {
		if o.Text != "a1" || o.Attempts != 1 || o.Failure != "网络断开" {
			t.Errorf("after one failure: %+v", o)
		}
		return tx.Bury(o, "群不存在")
	})
	wantDue(t, s, now, "a2")
	mark(t, s, now)
	wantDue(t, s, now.Add(24*time.Hour))
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		for state, want := range map[string]int{store.OutQueued: 0, store.OutSent: 1, store.OutDead: 1} {
			if n, err := tx.CountOutgoing(state); n != want || err != nil {
				t.Errorf("%d %s, want %d, %v", n, state, want, err)
			}
		}
		return nil
	})
}

// TestMovedMessage: on another channel nothing of a message has arrived. It is due at once, and still holds back what follows it.
func TestMovedMessage(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	send(t, s, now, store.Out{To: store.ToChat("a"), Text: "一", Via: "wecom"})
	send(t, s, now, store.Out{To: store.ToChat("a"), Text: "二"})
	change(t, s, now, func(tx *store.Tx, o store.Outgoing) error {
		o.Route = "wecom"
		return errors.Join(tx.MarkPart(o, 2), tx.Postpone(o, now.Add(time.Hour), "掉线"), tx.Move(o, "feishu", "停止"))
	})
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		due, err := tx.DueOutgoing(10)
		if err != nil || len(due) != 1 {
			t.Fatalf("%d due: %v", len(due), err)
		}
		if o := due[0]; o.Text != "一" || o.Via != "wecom" || o.Route != "feishu" || o.PartsSent != 0 || o.Attempts != 1 || o.Failure != "停止" {
			t.Errorf("%+v", o)
		}
		return nil
	})
}

func TestPartsSentAreKept(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	send(t, s, now, store.Out{Text: "a"})
	change(t, s, now, func(tx *store.Tx, o store.Outgoing) error { return tx.MarkPart(o, 2) })
	change(t, s, now, func(_ *store.Tx, o store.Outgoing) error {
		if o.PartsSent != 2 {
			t.Errorf("%d parts", o.PartsSent)
		}
		return nil
	})
}

func TestSlotIsClaimedOnceByMany(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 18:00")
	var wg sync.WaitGroup
	won := make(chan int, 20)
	for n := range 20 {
		wg.Go(func() {
			err := s.Write(t.Context(), now, func(tx *store.Tx) error {
				ok, err := tx.ClaimRun("ranking", now, store.RunDone, "")
				if ok {
					won <- n
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(won) != 1 {
		t.Errorf("%d runs won the slot", len(won))
	}
}

func TestRuns(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 18:00")
	tomorrow := now.Add(24 * time.Hour)
	claim := func(job string, slot time.Time, result string) (ok bool) {
		storetest.Write(t, s, now, func(tx *store.Tx) (err error) {
			ok, err = tx.ClaimRun(job, slot, result, "")
			return err
		})
		return ok
	}
	has := func(job string, slot time.Time) (ok bool) {
		storetest.Read(t, s, now, func(tx *store.Tx) (err error) {
			ok, err = tx.HasRun(job, slot)
			return err
		})
		return ok
	}
	if has("ranking", now) {
		t.Error("a run before any")
	}
	for _, tt := range []struct {
		job    string
		slot   time.Time
		result string
		want   bool
	}{
		{"ranking", now, store.RunFailed, true},
		{"ranking", now, store.RunFailed, true}, // a failure may be tried again
		{"ranking", now, store.RunDone, true},
		{"ranking", now, store.RunDone, false},
		{"ranking", now, store.RunFailed, false}, // and a success is not undone by a late failure
		{"summary", now, store.RunDone, true},
		{"ranking", tomorrow, store.RunMissed, true},
		{"ranking", tomorrow, store.RunDone, false},
	} {
		if got := claim(tt.job, tt.slot, tt.result); got != tt.want {
			t.Errorf("claiming %s %v as %s: %v", tt.job, tt.slot, tt.result, got)
		}
		if has(tt.job, tt.slot) == (tt.result == store.RunFailed && tt.want) {
			t.Errorf("after %s %v as %s: recorded %v", tt.job, tt.slot, tt.result, !has(tt.job, tt.slot))
		}
	}
	for _, early := range []time.Time{now.Add(-time.Second), tomorrow.Add(-time.Second)} { // what was missed was recorded by a clock that was ahead
		storetest.Read(t, s, early, func(tx *store.Tx) error {
			last, ok, err := tx.LastRun("ranking")
			if ok != early.After(now) || ok && !last.Equal(now) || err != nil {
				t.Errorf("last run at %v: %v %v %v", early, last, ok, err)
			}
			return nil
		})
	}
	storetest.Read(t, s, tomorrow, func(tx *store.Tx) error {
		if last, ok, err := tx.LastRun("ranking"); !ok || !last.Equal(tomorrow) || err != nil {
			t.Errorf("last run %v %v %v", last, ok, err)
		}
		if last, ok, err := tx.LastRun("bulletin"); ok || err != nil {
			t.Errorf("last run of what never ran: %v %v", last, err)
		}
		return nil
	})
}

func TestSnapshots(t *testing.T) {
	s, day := storetest.Open(t), storetest.At(t, "2026-11-23 18:00")
	add := func(kind string, to time.Time, filed int) {
		storetest.Write(t, s, to, func(tx *store.Tx) error {
			return tx.AddSnapshot(kind, to.Add(-24*time.Hour), to, "2026-01", map[string]int{"Filed": filed}, "文字")
		})
	}
	add(store.SnapshotTotals, day.Add(-48*time.Hour), 1)
	add(store.SnapshotTotals, day.Add(-24*time.Hour), 2)
	add(store.SnapshotTotals, day.Add(-24*time.Hour), 3) // published again: the later one counts
	add(store.SnapshotRanking, day.Add(-time.Hour), 9)
	add(store.SnapshotTotals, day, 4)
	for _, tt := range []struct {
		before time.Time
		want   int
	}{{day.Add(time.Microsecond), 4}, {day, 3}, {day.Add(-24 * time.Hour), 1}, {day.Add(-48 * time.Hour), 0}} {
		storetest.Read(t, s, day, func(tx *store.Tx) error {
			var inputs struct{ Filed int }
			snapshot, found, err := tx.LastSnapshot(store.SnapshotTotals, tt.before, &inputs)
			if inputs.Filed != tt.want || found != (tt.want > 0) || found && (snapshot.Text != "文字" || snapshot.Version != "2026-01") {
				t.Errorf("before %v: %+v %+v %v", tt.before, inputs, snapshot, found)
			}
			return err
		})
	}
}

// TestSnapshotsOfATime: what ends at midnight is of the day that it ends, the correction stands for what it corrects, and no more
// are read than asked for.
func TestSnapshotsOfATime(t *testing.T) {
	s, midnight := storetest.Open(t), storetest.At(t, "2026-11-24 00:00")
	day := 24 * time.Hour
	for n, to := range []time.Time{midnight.Add(-day), midnight, midnight, midnight.Add(day)} {
		storetest.Write(t, s, midnight.Add(day), func(tx *store.Tx) error {
			return tx.AddSnapshot(store.SnapshotRanking, to.Add(-day), to, "2026-01", n, "")
		})
	}
	storetest.Read(t, s, midnight, func(tx *store.Tx) error {
		for _, tt := range []struct {
			from, to time.Time
			want     int64
		}{{midnight.Add(-day), midnight, 3}, {midnight, midnight.Add(day), 4}, {midnight, midnight.Add(day - 1000), 0}} {
			got, found, err := tx.EndedIn(store.SnapshotRanking, tt.from, tt.to)
			if err != nil || got.ID != tt.want || found != (tt.want > 0) {
				t.Errorf("(%v, %v]: %d, %v, %v", tt.from, tt.to, got.ID, found, err)
			}
		}
		for most, want := range map[int]string{0: "[4 3 2 1]", 2: "[4 3]"} {
			list, err := tx.Published(store.SnapshotRanking, midnight.Add(-2*day), midnight.Add(day), most)
			var ids []int64
			for _, l := range list {
				ids = append(ids, l.ID)
			}
			if got := fmt.Sprint(ids); err != nil || got != want {
				t.Errorf("at most %d: %s, %v", most, got, err)
			}
		}
		return nil
	})
}

// What somebody drops while it is being tried stays dropped, unless it has arrived: then it counts as sent.
func TestDroppedWhileTried(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(*store.Tx, store.Outgoing) error
		want string
	}{
		"buried":    {func(tx *store.Tx, o store.Outgoing) error { return tx.Bury(o, "refused") }, store.OutDropped},
		"postponed": {func(tx *store.Tx, o store.Outgoing) error { return tx.Postpone(o, tx.Now(), "slow") }, store.OutDropped},
		"sent":      {func(tx *store.Tx, o store.Outgoing) error { return tx.MarkSent(o.ID) }, store.OutSent},
	} {
		s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
		storetest.Write(t, s, now, func(tx *store.Tx) error {
			if err := tx.Send(store.Out{To: store.ToChat("inspect"), Text: "一次", Dedup: "once"}); err != nil {
				return err
			}
			list, err := tx.DueOutgoing(1)
			if err != nil || len(list) != 1 {
				t.Fatalf("%d due, %v", len(list), err)
			}
			if won, err := tx.Drop(list[0].ID); won || err != nil {
				t.Errorf("what was never tried is dropped: %v", err)
			}
			if err := tx.Postpone(list[0], now, "slow"); err != nil {
				return err
			}
			if won, err := tx.Drop(list[0].ID); !won || err != nil {
				t.Errorf("not dropped: %v", err)
			}
			if err := tt.end(tx, list[0]); err != nil {
				return err
			}
			if o, _, err := tx.Outgoing(list[0].ID); o.State != tt.want || err != nil {
				t.Errorf("%s: %s %v", name, o.State, err)
			}
			if won, err := tx.Resend(list[0].ID); won || err != nil {
				t.Errorf("%s: sent again: %v", name, err)
			}
			if err := tx.Send(store.Out{To: store.ToChat("inspect"), Text: "一次", Dedup: "once"}); err != nil {
				return err
			}
			if n, err := tx.CountOutgoing(store.OutQueued); n != 0 || err != nil {
				t.Errorf("%s: queued again under the same key: %d %v", name, n, err)
			}
			return nil
		})
	}
}
