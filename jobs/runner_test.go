package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"duban/internal/store"
	"duban/internal/store/storetest"
)

// TestChangeOfTimes: whatever the instant at which another timetable begins to count, a slot is run by the timetable that counted
// then, once; and one that the new timetable had before it counted is not run.
func TestChangeOfTimes(t *testing.T) {
	at := func(clock string) string { return "2000-01-01 " + clock } // when a bubble begins
	for _, c := range []struct {
		name, before, after string
		change              string // seconds are given, so that a change falls before, onto and after a slot
		want                []string
	}{
		{"later", "0 18 * * *", "0 19 * * *", "17:59:59", []string{"01-01 19:00 done"}},
		{"later, at the very instant", "0 18 * * *", "0 19 * * *", "18:00:00", []string{"01-01 18:00 done", "01-01 19:00 done"}},
		{"later, just after it ran", "0 18 * * *", "0 19 * * *", "18:00:01", []string{"01-01 18:00 done", "01-01 19:00 done"}},
		{"earlier than now", "0 18 * * *", "0 17 * * *", "17:30:00", nil},
		{"the same", "0 18 * * *", "0 18 * * *", "17:59:59", []string{"01-01 18:00 done"}},
		{"the same, at the very instant", "0 18 * * *", "0 18 * * *", "18:00:00", []string{"01-01 18:00 done"}},
		{"switched on", "", "0 18 * * *", "17:59:59", []string{"01-01 18:00 done"}},
		{"switched on too late", "", "0 18 * * *", "18:00:00", nil},
		{"switched off", "0 18 * * *", "", "17:59:59", nil},
	} {
		for _, late := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, late %v", c.name, late), func(t *testing.T) {
				w := newCounty(t, at("12:00"), nil) // outside: GORM keeps tickers that never end
				synctest.Test(t, func(t *testing.T) { changeTimes(t, w, c.before, c.after, ofDay(t, c.change), late) })
				same(t, c.want, w.ledger("ranking_draft"))
			})
		}
	}
}

// changeTimes lets a runner run over a change of its timetable; late, it notices nothing of it until other times have come.
func changeTimes(t *testing.T, w *county, before, after string, change time.Duration, late bool) {
	table := func(s string) *Timetable {
		if s == "" {
			return w.timetable(nil)
		}
		return w.timetable([]Spec{{"ranking_draft", s}})
	}
	midnight := storetest.At(t, "2000-01-01 00:00")
	clock := time.Now
	until := func(d time.Duration) { time.Sleep(time.Until(midnight.Add(d))) }
	if late { // the clock is set forward, over what happens meanwhile
		now := midnight.Add(12 * time.Hour)
		var set atomic.Pointer[time.Time]
		set.Store(&now)
		clock = func() time.Time { return *set.Load() }
		until = func(d time.Duration) { later := midnight.Add(d); set.Store(&later) }
	}
	var live atomic.Pointer[Timetable]
	live.Store(table(before))
	r := New(live.Load, func() time.Time { return clock().In(storetest.Zone()) }, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); r.Start(ctx) }()
	synctest.Wait()
	until(change)
	live.Store(table(after).From(midnight.Add(change)))
	for _, d := range []time.Duration{18*time.Hour + 40*time.Minute, 19*time.Hour + 30*time.Minute} {
		until(d)
		time.Sleep(2 * look)
		synctest.Wait()
	}
	cancel()
	<-ended
}

func ofDay(t *testing.T, clock string) time.Duration {
	t.Helper()
	at, err := time.Parse(time.TimeOnly, clock)
	if err != nil {
		t.Fatal(err)
	}
	return at.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC))
}

// learn lets GORM learn the tables of a county, which it does once and must not do in a bubble.
func learn(t *testing.T, w *county, table *Timetable) {
	t.Helper()
	var commit Commit
	j, _ := table.job("ranking_draft")
	storetest.Read(t, w.env.Store, w.now, func(tx *store.Tx) (err error) {
		_, _, last := tx.LastRun(j.Name)
		_, has := tx.HasRun(j.Name, w.now)
		commit, err = j.prepare(table.env, tx, w.now)
		return errors.Join(err, last, has)
	})
	forget := errors.New("nothing of it is kept")
	err := w.env.Store.Write(t.Context(), w.now, func(tx *store.Tx) error {
		_, err := tx.ClaimRun(j.Name, w.now, store.RunDone, "")
		return errors.Join(err, commit(tx), forget)
	})
	if err.Error() != forget.Error() {
		t.Fatal(err)
	}
}

// clocked runs a runner whose clock shows these times, one after the other, for so long as it takes to look twice, and as meanwhile wants.
func clocked(t *testing.T, w *county, table *Timetable, meanwhile func(n int) time.Duration, times ...string) {
	t.Helper()
	learn(t, w, table)
	synctest.Test(t, func(t *testing.T) {
		var clock atomic.Pointer[time.Time]
		show := func(at string) { now := storetest.At(t, at); clock.Store(&now) }
		show(times[0])
		r := New(func() *Timetable { return table }, func() time.Time { return *clock.Load() }, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); r.Start(ctx) }()
		for n, at := range times {
			more := meanwhile(n)
			show(at) // last: what was done meanwhile is done before the clock is looked at
			time.Sleep(more + 2*look + look/2)
			synctest.Wait()
		}
		cancel()
		<-ended
	})
}

// TestClockSetBack: a slot that has run is not run again when it comes again; one that only passed because the clock was ahead is run when
// it really comes, whether the program was started in between or not.
func TestClockSetBack(t *testing.T) {
	for _, life := range []string{"one", "one, set back to when it has come", "two", "not running when it comes"} {
		w := newCounty(t, "2000-01-01 12:00", nil)
		table := w.timetable([]Spec{{"ranking_draft", "30 17 * * *"}})
		ahead := []string{"1999-12-31 17:29", "1999-12-31 17:30", "2000-01-01 12:00", "2000-01-03 17:31"} // two days, of which the second slot is not too late
		back := []string{"2000-01-01 12:05", "2000-01-01 17:29", "2000-01-01 17:40", "2000-01-02 17:31", "2000-01-03 17:31", "2000-01-04 17:30"}
		nothing := func(int) time.Duration { return 0 }
		switch life {
		case "one":
			clocked(t, w, table, nothing, append(ahead, back...)...)
		case "one, set back to when it has come":
			clocked(t, w, table, nothing, append(ahead, back[2:]...)...)
		case "two":
			clocked(t, w, table, nothing, ahead...)
			clocked(t, w, table, nothing, back...)
		default:
			clocked(t, w, table, nothing, ahead...)
			clocked(t, w, table, nothing, back[2:]...)
		}
		same(t, []string{"12-31 17:30 done", "01-01 17:30 done", "01-02 17:30 done", "01-03 17:30 done", "01-04 17:30 done"}, w.ledger("ranking_draft"))
	}
}

// TestChangedAhead: times that were changed while the clock was ahead count when it is set back.
func TestChangedAhead(t *testing.T) {
	w := newCounty(t, "2000-01-01 12:00", nil)
	table := w.timetable([]Spec{{"ranking_draft", "30 17 * * *"}}).From(storetest.At(t, "2000-01-03 17:00"))
	clocked(t, w, table, func(int) time.Duration { return 0 }, "2000-01-03 17:29", "2000-01-03 17:31", "2000-01-01 17:29", "2000-01-01 17:31")
	same(t, []string{"01-01 17:30 done", "01-03 17:30 done"}, w.ledger("ranking_draft"))
}

// TestSlotOfALockedDatabase: a slot that comes while the database cannot be used is run when it can be used again, and those that came
// meanwhile are made up for.
func TestSlotOfALockedDatabase(t *testing.T) {
	w := newCounty(t, "2000-01-01 12:00", nil)
	table := w.timetable([]Spec{{"ranking_draft", "30 17 * * *"}, {"backup", "0 3 * * *"}})
	backups := 0
	table.env.Backup = func(context.Context, time.Time) (string, error) { backups++; return "", nil }
	clocked(t, w, table, func(n int) time.Duration {
		switch n {
		case 1:
			storetest.ReadOnly(t, w.path, true)
		case 4:
			storetest.ReadOnly(t, w.path, false)
			return mostSkipped * look
		}
		return 0
	}, "2000-01-01 12:00", "2000-01-01 17:30", "2000-01-02 03:00", "2000-01-02 17:30", "2000-01-02 17:40")
	same(t, []string{"01-01 17:30 missed 程序未运行，从 01-01 17:30 起错过 1 次", "01-02 17:30 done"}, w.ledger("ranking_draft"))
	same(t, []string{"01-02 03:00 done"}, w.ledger("backup"))
	if backups != 1 {
		t.Errorf("%d backups", backups)
	}
}

// TestSleptThrough: a computer that slept runs the newest slot that is not too late, and records the others, as after a start.
func TestSleptThrough(t *testing.T) {
	w := newCounty(t, "2000-01-01 12:00", nil)
	table := w.timetable([]Spec{{"ranking_draft", "30 17 * * *"}})
	now := storetest.At(t, "2000-01-01 12:00")
	synctest.Test(t, func(t *testing.T) {
		var clock atomic.Pointer[time.Time]
		clock.Store(&now)
		r := New(func() *Timetable { return table }, func() time.Time { return *clock.Load() }, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); r.Start(ctx) }()
		for _, at := range []string{"2000-01-04 18:00", "2000-01-02 09:00", "2000-01-04 18:10"} { // the second was set back
			later := storetest.At(t, at)
			synctest.Wait()
			clock.Store(&later)
			time.Sleep(look)
		}
		cancel()
		<-ended
	})
	same(t, []string{"01-01 17:30 missed 程序未运行，从 01-01 17:30 起错过 3 次", "01-04 17:30 done"}, w.ledger("ranking_draft"))
}

// TestJobsOfAnotherProcess: a process that does not have the jobs records nothing of them. When they come to it, it goes by the ledger and
// not by what it believed: the other one may have run them, or not.
func TestJobsOfAnotherProcess(t *testing.T) {
	w := newCounty(t, "2000-01-01 12:00", nil)
	table := w.timetable([]Spec{{"ranking_draft", "30 17 * * *"}})
	learn(t, w, table)
	synctest.Test(t, func(t *testing.T) {
		var clock atomic.Pointer[time.Time]
		var ours atomic.Bool
		r := New(func() *Timetable { return table }, func() time.Time { return *clock.Load() }, slog.New(slog.DiscardHandler))
		r.Fence(func(*store.Tx) error {
			if !ours.Load() {
				return errors.New("another process has the jobs")
			}
			return nil
		})
		live := func(has bool, times ...string) {
			ours.Store(has)
			r.Forget()
			show := func(at string) { now := storetest.At(t, at); clock.Store(&now) }
			show(times[0])
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() { defer close(ended); r.Start(ctx) }()
			for _, at := range times {
				show(at)
				time.Sleep(2*look + look/2)
				synctest.Wait()
			}
			cancel()
			<-ended
		}
		live(true, "2000-01-01 17:29", "2000-01-01 17:30")
		live(false, "2000-01-02 17:29", "2000-01-02 17:30", "2000-01-02 17:31")
		same(t, []string{"01-01 17:30 done"}, w.ledger("ranking_draft"))
		live(true, "2000-01-02 17:32", "2000-01-02 17:33")
	})
	same(t, []string{"01-01 17:30 done", "01-02 17:30 done"}, w.ledger("ranking_draft"))
}
