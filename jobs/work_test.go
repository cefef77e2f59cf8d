package jobs

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

var nightly = []Spec{{"backup", "0 3 * * *"}}

// TestWork: the long work of a job holds no transaction, is done once for a slot, and what it says is in the ledger; a failure is
// told in its own words after the quiet hours, and the slot can be run again.
func TestWork(t *testing.T) {
	c := newCounty(t, "2026-11-23 22:00", nightly)
	runs, broken := 0, error(nil)
	type ran struct{ job, result string }
	var told []ran
	c.env.Ran = func(job, result string, _ time.Duration) { told = append(told, ran{job, result}) }
	c.env.Backup = func(ctx context.Context, now time.Time) (string, error) {
		runs++
		if broken != nil {
			return "", broken
		}
		// The one writer is free while the work goes on.
		return "备份 1 份", c.env.Store.Write(ctx, now, func(*store.Tx) error { return nil })
	}
	slot := storetest.At(t, "2026-11-24 03:00")
	broken = issue.Fail(issue.CodeInput, "磁盘满了", "请清理磁盘")
	if err := c.runner.RunSlot(t.Context(), slot); !errors.Is(err, broken) {
		t.Errorf("the failure is lost: %v", err)
	}
	same(t, []string{"11-24 03:00 failed 磁盘满了。请清理磁盘"}, c.ledger("backup"))
	same(t, []string{"11-24 07:30 office: 【任务失败】备份（11-24 03:00）没有完成：磁盘满了。请清理磁盘"}, c.fresh())
	broken = nil
	for range 2 {
		if err := c.runner.RunSlot(t.Context(), slot); err != nil {
			t.Fatal(err)
		}
	}
	same(t, []string{"11-24 03:00 done 备份 1 份"}, c.ledger("backup"))
	if want := []ran{{"backup", "failed"}, {"backup", "done"}}; runs != 2 || len(told) != 2 || told[0] != want[0] || told[1] != want[1] {
		t.Errorf("%d runs, told %v", runs, told)
	}
}

// TestWorkIsMadeUpFor: the start does not wait for long work that was missed; it is done once everything runs, and an end of
// the program in the middle of it is no failure that could be recorded as done.
func TestWorkIsMadeUpFor(t *testing.T) {
	c := newCounty(t, "2026-11-24 03:00", nightly)
	c.env.Backup = func(context.Context, time.Time) (string, error) { return "备份 1 份", nil }
	if err := c.runner.RunSlot(t.Context(), c.now); err != nil {
		t.Fatal(err)
	}
	c.now = storetest.At(t, "2026-11-25 07:00") // the program was off at 3:00
	started := make(chan struct{})
	c.env.Backup = func(ctx context.Context, _ time.Time) (string, error) {
		close(started)
		<-ctx.Done()
		return "", ctx.Err()
	}
	// The runner of the tests alters its timetable for what a test changes; this one goes on beside the test.
	fixed := c.timetable(nightly)
	runner := New(func() *Timetable { return fixed }, c.runner.now, c.runner.log)
	if err := runner.CatchUp(t.Context(), c.now); err != nil {
		t.Fatal(err)
	}
	select {
	case <-started:
		t.Fatal("the start waits for the work")
	default:
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); runner.Start(ctx) }()
	<-started
	stop()
	<-ended
	if got := strings.Join(c.ledger("backup"), "\n"); strings.Contains(got, "11-25") {
		t.Errorf("recorded: %s", got)
	}
}
