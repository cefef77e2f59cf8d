package wechat

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"duban/internal/chat"
	"duban/internal/chat/wechat/wechattest"
)

// inbox is a sink that keeps what it gets.
type inbox struct {
	mu       sync.Mutex
	messages []chat.Message
	statuses []chat.Status
	refuse   func(m chat.Message) error // nil accepts everything
	heard    func(s chat.Status)        // who else hears of the connection, or nil
}

func (b *inbox) Receive(_ context.Context, m chat.Message) error {
	b.mu.Lock()
	refuse := b.refuse
	b.mu.Unlock()
	if refuse != nil {
		if err := refuse(m); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages = append(b.messages, m)
	return nil
}

func (b *inbox) Status(s chat.Status) {
	if b.heard != nil {
		b.heard(s)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.statuses = append(b.statuses, s)
}

func (b *inbox) all() []chat.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]chat.Message(nil), b.messages...)
}

func (b *inbox) texts() []string {
	var out []string
	for _, m := range b.all() {
		out = append(out, m.Text)
	}
	return out
}

// states are the states in order, without repetitions.
func (b *inbox) states() []chat.State {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []chat.State
	for _, s := range b.statuses {
		if len(out) == 0 || out[len(out)-1] != s.State {
			out = append(out, s.State)
		}
	}
	return out
}

func (b *inbox) last() chat.Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.statuses) == 0 {
		return chat.Status{}
	}
	return b.statuses[len(b.statuses)-1]
}

func (b *inbox) count(s chat.State) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, st := range b.statuses {
		if st.State == s {
			n++
		}
	}
	return n
}

// world is one server, one session file and what a process sees of them. Everything in it runs in simulated time.
type world struct {
	t    *testing.T
	srv  *wechattest.Server
	path string
	logs bytes.Buffer
	logm sync.Mutex
	qr   bytes.Buffer
	pace Pacing
	// heard hears of the connections of every process; nil: nobody does.
	heard func(s chat.Status)
}

func (w *world) Write(p []byte) (int, error) {
	w.logm.Lock()
	defer w.logm.Unlock()
	return w.logs.Write(p)
}

func (w *world) logged() string {
	w.logm.Lock()
	defer w.logm.Unlock()
	return w.logs.String()
}

// run is one process: a channel that runs until stop.
type run struct {
	*world
	ch    *Channel
	inbox *inbox
	stop  func() error // cancels and returns what Run returned
	done  chan error
}

// inWorld runs a test in simulated time, and afterwards looks for tokens in the log.
func inWorld(t *testing.T, f func(t *testing.T, w *world), opts ...wechattest.Option) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, srv: wechattest.New("督办", opts...), path: filepath.Join(dir, "wechat.session")}
		f(t, w)
		for _, s := range w.srv.Secrets() {
			if strings.Contains(w.logged(), s) {
				t.Errorf("the log holds the token %q:\n%s", s, w.logged())
			}
		}
		if t.Failed() {
			t.Logf("log:\n%s", w.logged())
		}
	})
}

// start begins a process.
func (w *world) start(change ...func(*Config)) *run {
	w.t.Helper()
	cfg := Config{
		Session: w.path, QRWriter: &w.qr, Transport: w.srv.Transport(), Pacing: w.pace,
		Logger: slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, f := range change {
		f(&cfg)
	}
	ch, err := New(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	r := &run{world: w, ch: ch, inbox: &inbox{heard: w.heard}, done: make(chan error, 1)}
	ctx, cancel := context.WithCancel(w.t.Context())
	go func() { r.done <- ch.Run(ctx, r.inbox) }()
	r.stop = func() error {
		cancel()
		return <-r.done
	}
	return r
}

// online waits until a started process is logged in.
func (w *world) online(change ...func(*Config)) *run {
	w.t.Helper()
	r := w.start(change...)
	r.until("online", func() bool { return r.ch.current.Load() != nil })
	return r
}

// until lets simulated time pass, a second at a time and at most a day, until cond holds.
func (r *run) until(what string, cond func() bool) {
	r.t.Helper()
	for range 24 * 60 * 60 {
		synctest.Wait()
		if cond() {
			return
		}
		time.Sleep(time.Second)
	}
	r.t.Fatalf("never: %s; statuses %+v\nlog:\n%s", what, r.inbox.statuses, r.logged())
}

// received waits for n messages and returns all.
func (r *run) received(n int) []chat.Message {
	r.t.Helper()
	r.until("messages arrive", func() bool { return len(r.inbox.all()) >= n })
	return r.inbox.all()
}

// quit stops the process in good order.
func (r *run) quit() {
	r.t.Helper()
	if err := r.stop(); err != nil {
		r.t.Errorf("Run: %v", err)
	}
	synctest.Wait()
}
