//go:build linux

package bot

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"duban/internal/store"
)

// full lets no file of this process grow any more, as a full disk does, until the returned function is called.
func full(t *testing.T, size int64) (free func()) {
	t.Helper()
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Skip(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: uint64(size), Max: old.Max}); err != nil {
		t.Skip(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
			t.Fatal(err)
		}
		signal.Reset(syscall.SIGXFSZ)
	}
}

// TestDiskFull: a message that cannot be stored is not taken; one that was taken before is answered when there is room again.
func TestDiskFull(t *testing.T) {
	cfg := talkConfig(t, t.TempDir())
	net := &fakeNet{name: "net", can: identified}
	b, err := New(t.Context(), cfg, Options{Start: morning(t), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	b.Add(net)
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	taken := said("net", 1, "zhang_min", "inspect", "上报 金水湾小区垃圾")
	work := b.lanes.work
	hold := make(chan struct{})
	b.lanes.work = func(ctx context.Context, a store.Arrival) { <-hold; work(ctx, a) }
	if err := b.Receive(t.Context(), taken); err != nil {
		t.Fatal(err)
	}
	wal, err := os.Stat(cfg.Storage.DSN + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	free := full(t, wal.Size())
	refused := b.Receive(t.Context(), said("net", 2, "zhang_min", "inspect", "上报 红星中路站牌破损"))
	close(hold)
	b.lanes.wait()
	free()
	if refused == nil {
		t.Error("a message was taken on a full disk")
	}
	if !b.stuck.Load() {
		t.Error("nobody will look after the open message")
	}
	if issues, events := counted(t, b); issues+events != 0 {
		t.Errorf("%d issues, %d events", issues, events)
	}
	if err := b.takeUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	settle(t, b)
	if issues, _ := counted(t, b); issues != 1 || len(net.arrived()) != 2 {
		t.Errorf("%d issues, said %q", issues, net.arrived())
	}
}
