package bot

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"duban/internal/chat/wecomhook"
	"duban/internal/chat/wecomhook/wecomhooktest"
	"duban/internal/store"
)

// TestWeComHook: what is for a group with a robot that only sends arrives there although nobody bound it, and nobody is asked to bind
// anything there. What is for other groups waits.
func TestWeComHook(t *testing.T) {
	srv := wecomhooktest.New(t)
	c := wecomhook.New(wecomhook.Config{URL: srv.URL(), Groups: map[string]string{"leaders": wecomhooktest.Key}, Log: slog.New(slog.DiscardHandler)})
	cfg := talkConfig(t, t.TempDir())
	b := openBot(t, cfg, time.Time{}, c)
	defer b.Close()
	out := speaker{spoke: make(chan struct{})}
	b.guide = &guide{out: &out, reg: b.register, stranger: b.strange}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	queue(t, b, to("leaders", "日报"), to("office", "草稿"))
	for len(srv.Sent()) == 0 && ctx.Err() == nil {
		if err := b.outbox.drain(ctx); err != nil {
			t.Fatal(err)
		}
	}
	select { // what is sent here may be faster than the start
	case <-out.spoke:
	case <-ctx.Done():
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if sent := srv.Sent(); len(sent) != 1 || sent[0].Text != "日报" {
		t.Errorf("the group sees %+v", sent)
	}
	if said := out.String(); !strings.Contains(said, "1 个群发消息，只发不收") || strings.Contains(said, "绑定") {
		t.Errorf("the terminal says %q", said)
	}
	var rows []store.Outgoing
	err := b.store.Read(t.Context(), b.Now().Add(time.Hour), func(tx *store.Tx) (err error) { rows, err = tx.DueOutgoing(9); return err })
	if err != nil || len(rows) != 1 || strings.Contains(rows[0].Failure, wecomhooktest.Key) {
		t.Errorf("waiting: %+v, %v", rows, err)
	}
}

// speaker keeps what is written, and tells of the first of it.
type speaker struct {
	bytes.Buffer
	once  sync.Once
	spoke chan struct{}
}

func (s *speaker) Write(text []byte) (int, error) {
	defer s.once.Do(func() { close(s.spoke) })
	return s.Buffer.Write(text)
}

// TestHookAlone: a program that hears nothing does not start.
func TestHookAlone(t *testing.T) {
	cfg := talkConfig(t, t.TempDir())
	cfg.Channels.WeChat.Enabled, cfg.Channels.WeComHook.Enabled = false, true
	err := Serve(t.Context(), cfg, Options{Log: slog.New(slog.DiscardHandler)}, Terminal{Out: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "没有启用任何") {
		t.Errorf("got %v", err)
	}
}
