//go:build linux

package bot

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
	"duban/internal/config"
	"duban/internal/store"
	"duban/internal/store/storetest"
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

// roomless is a bot whose database cannot grow any more, from a message on that it has taken and not answered yet, until free is called.
// Every try of that message is told.
func roomless(t *testing.T, cfg *config.Config, net *fakeNet, tried chan<- int) (b *Bot, free func()) {
	t.Helper()
	b, err := New(t.Context(), cfg, Options{Start: morning(t), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	b.Add(net)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	work, hold := b.lanes.work, make(chan struct{})
	b.lanes.work = written(func(ctx context.Context, a store.Arrival, tries int) bool {
		<-hold
		tried <- tries
		return work(ctx, a, tries)
	})
	if err := b.Receive(t.Context(), said("net", 1, "zhang_min", "inspect", "上报 金水湾小区垃圾")); err != nil {
		t.Fatal(err)
	}
	wal, err := os.Stat(cfg.Storage.Place() + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	free = full(t, wal.Size())
	close(hold)
	return b, free
}

// TestDiskFull: a message that cannot be stored is not taken. One that was taken before, and what follows it in the same group, is
// answered when there is room again, in order.
func TestDiskFull(t *testing.T) {
	if !storetest.Alone(t) {
		return
	}
	net := &fakeNet{name: "net", can: identified}
	tried := make(chan int, 100)
	b, free := roomless(t, talkConfig(t, t.TempDir()), net, tried)
	refused := b.Receive(t.Context(), said("net", 2, "zhang_min", "inspect", "上报 红星中路站牌破损"))
	for n := 0; n < 2; n = <-tried { // when it is tried again, the first time has failed
	}
	issues, events := counted(t, b)
	free()
	if refused == nil {
		t.Error("a message was taken on a full disk")
	}
	if issues+events != 0 {
		t.Errorf("%d issues, %d events", issues, events)
	}
	if err := b.Receive(t.Context(), said("net", 3, "zhang_min", "inspect", "撤回 1")); err != nil {
		t.Fatal(err)
	}
	settle(t, b)
	var answers []string
	for _, text := range net.arrived() {
		if first, _, _ := strings.Cut(text, "\n"); strings.HasPrefix(first, "inspect: ") {
			answers = append(answers, first)
		}
	}
	if diff := cmp.Diff([]string{"inspect: 已立案 #1 金水湾小区垃圾", "inspect: #1 已撤回"}, answers); diff != "" {
		t.Error(diff)
	}
}

// TestSentOnAFullDisk: what has left and cannot be marked as sent is not sent again, as long as the program lives, and goes on where it
// stopped when there is room again.
func TestSentOnAFullDisk(t *testing.T) {
	if !storetest.Alone(t) {
		return
	}
	net := &fakeNet{name: "net", can: identified}
	net.can.MaxText = 25
	b := openBot(t, talkConfig(t, t.TempDir()), morning(t), net)
	defer b.Close()
	if err := b.Receive(t.Context(), said("net", 1, "zhang_min", "inspect", "上报 金水湾小区垃圾")); err != nil {
		t.Fatal(err)
	}
	b.lanes.wait()
	free := func() {}
	net.answer = func(_ chat.Outgoing, nth int) error {
		if nth <= 2 {
			free()
			free = full(t, 0)
		}
		return nil
	}
	for range 3 {
		if err := b.Settle(t.Context()); err == nil {
			t.Error("nothing is wrong on a full disk")
		}
	}
	if n := len(net.all()); n != 1 {
		t.Errorf("the first part was sent %d times", n)
	}
	free()
	free = func() {}
	for range 3 {
		_ = b.Settle(t.Context()) // it fails at the second part
	}
	free()
	settle(t, b)
	seen := map[string]bool{}
	for _, a := range net.all() {
		if seen[a.out.ID] {
			t.Errorf("sent twice: %s %s", a.out.ID, a.out.Text)
		}
		seen[a.out.ID] = true
	}
	read(t, b, func(tx *store.Tx) error {
		if n, err := tx.CountOutgoing(store.OutSent); n != 2 || err != nil || len(seen) < 4 {
			t.Errorf("%d messages are sent in %d parts, %v", n, len(seen), err)
		}
		return nil
	})
	if len(b.outbox.ahead) > 0 {
		t.Errorf("still ahead: %v", b.outbox.ahead)
	}
}

// TestNoRoomForAPhoto: while there is room in the database and none for a photo, what it was sent with waits, and is told so only when that
// lasts. Nothing half lies in the media folder.
func TestNoRoomForAPhoto(t *testing.T) {
	if !storetest.Alone(t) {
		return
	}
	large := append(street(1), make([]byte, 8<<20)...)
	b, net := mediaBot(t, map[string][]byte{"a": large})
	wal, err := os.Stat(b.edition().cfg.Storage.Place() + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	var open store.Arrival
	b.lanes.work = written(func(_ context.Context, a store.Arrival, _ int) bool { open = a; return true })
	m := said("net", 1, "zhang_min", "inspect", "上报 金水湾小区垃圾")
	m.Pictures = []chat.Picture{{Ref: "a"}}
	if err := b.Receive(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	b.lanes.wait()
	free := full(t, wal.Size()+1<<20)
	early, late := b.handle(t.Context(), open, 1), b.handle(t.Context(), open, mostTries)
	left := mediaFiles(t, b)
	free()
	settle(t, b)
	if said := net.arrived(); early || !late || len(said) != 1 || !strings.Contains(said[0], "inspect: 现在存不下，这条没有办成") {
		t.Errorf("done at once: %v, done late: %v, said %q", early, late, said)
	}
	if len(left) > 0 {
		t.Errorf("left: %d files", len(left))
	}
}

// TestEndOnAFullDisk: a program that is ended ends in good order although it cannot write that it gives everything up.
func TestEndOnAFullDisk(t *testing.T) {
	if !storetest.Alone(t) {
		return
	}
	cfg := talkConfig(t, t.TempDir())
	b := openBot(t, cfg, time.Time{})
	if err := b.share(t.Context()); err != nil {
		t.Fatal(err)
	}
	wal, err := os.Stat(cfg.Storage.Place() + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	free := full(t, wal.Size())
	err = b.unshare(t.Context())
	free()
	if err != nil {
		t.Error(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// TestTheFullestDiskCounts: photos may lie on another disk than the database.
func TestTheFullestDiskCounts(t *testing.T) {
	dir := t.TempDir()
	if n := leastFree(dir, "/proc"); n != 0 { // where nothing is ever free
		t.Errorf("%d bytes are free", n)
	}
	if leastFree(dir) <= 0 || leastFree("/nowhere/at/all") >= 0 || leastFree("/nowhere/at/all", dir) <= 0 {
		t.Error("the free space of one disk is not known")
	}
}

// TestStartOnAFullDisk: the program does not end and is not started in vain again and again; who is to see to it is told, on the terminal
// and outside, once.
func TestStartOnAFullDisk(t *testing.T) {
	if !storetest.Alone(t) {
		return
	}
	cfg := talkConfig(t, t.TempDir())
	alarms := make(chan string, 100)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		alarms <- string(body)
		_, _ = io.WriteString(w, `{"errcode":0}`)
	}))
	defer hook.Close()
	cfg.Alerts.Webhook, cfg.Alerts.Format = config.Secret(hook.URL), "wecom"
	if err := os.MkdirAll(cfg.Storage.Media, 0o700); err != nil {
		t.Fatal(err)
	}
	var shown strings.Builder
	free := full(t, 0)
	failed := make(chan struct{}, 1)
	log := slog.New(slog.NewTextHandler(writing(func(p []byte) {
		if strings.Contains(string(p), "will try again") {
			select {
			case failed <- struct{}{}:
			default:
			}
		}
	}), nil))
	var b *Bot
	done := make(chan error)
	go func() {
		var err error
		b, err = patiently(t.Context(), cfg, Options{Log: log}, Terminal{ErrOut: &shown}, time.Millisecond)
		done <- err
	}()
	for range 3 {
		<-failed
	}
	free()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if text := shown.String(); strings.Count(text, "机器人还没有运行起来") != 1 {
		t.Errorf("on the terminal: %q", text)
	}
	if text := <-alarms; !strings.Contains(text, "机器人还没有运行起来") || len(alarms) > 0 {
		t.Errorf("outside: %q and %d more", text, len(alarms))
	}
}

// writing is a writer that shows each line to a function.
type writing func(p []byte)

func (w writing) Write(p []byte) (int, error) { w(p); return len(p), nil }

// TestWhyItCannotStart: the cause is said, and what to do.
func TestWhyItCannotStart(t *testing.T) {
	cfg := talkConfig(t, t.TempDir())
	for _, tt := range []struct {
		err  error
		want string
	}{
		{syscall.ENOSPC, "磁盘满了"}, {syscall.EROFS, "只读"}, {syscall.EIO, "用不了"},
	} {
		if text := unusable(cfg, tt.err); !strings.Contains(text, tt.want) || !strings.Contains(text, "请") {
			t.Errorf("%v: %s", tt.err, text)
		}
	}
	cfg.Storage.Media = "/proc/none" // where nobody may write
	if _, err := patiently(t.Context(), cfg, Options{Log: slog.New(slog.DiscardHandler)}, Terminal{ErrOut: io.Discard}, 0); err == nil {
		t.Error("started without a media folder")
	}
}
