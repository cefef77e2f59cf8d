package dingtalk

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/chat/chattest"
	"duban/internal/chat/dingtalk/dingtalktest"
	"duban/internal/chat/link"
)

var hurry = link.Pace{Beat: time.Hour, First: time.Millisecond, Last: 4 * time.Millisecond}

func newChannel(t *testing.T, s *dingtalktest.Server, change func(*Config)) *Channel {
	t.Helper()
	cfg := Config{
		ClientID: dingtalktest.ClientID, Secret: dingtalktest.Secret, URL: s.URL() + "/", OldURL: s.URL(), Log: slog.New(slog.DiscardHandler), pace: hurry,
	}
	if change != nil {
		change(&cfg)
	}
	return New(cfg)
}

// room is the group of the tests.
const room = "cidROOM/+=="

// online runs a channel until the test ends.
func online(t *testing.T, c *Channel, sink *chattest.Sink) (ended <-chan error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done, gone := make(chan error, 1), make(chan struct{})
	go func() { defer close(gone); done <- c.Run(ctx, sink) }()
	t.Cleanup(func() { cancel(); <-gone }) // TestLeavesNothingRunning looks at every goroutine
	waitOnline(t, sink, 1)
	return done
}

// waitOnline waits until the channel has come online so many times.
func waitOnline(t *testing.T, sink *chattest.Sink, times int) {
	t.Helper()
	sink.Wait(t, func(_ []chat.Message, states []chat.Status) bool {
		n := 0
		for _, s := range states {
			if s.State == chat.StateOnline {
				n++
			}
		}
		return n >= times
	})
}

func received(t *testing.T, sink *chattest.Sink, n int) []chat.Message {
	t.Helper()
	return sink.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return len(got) >= n })
}

// A message is acknowledged when it is kept and not before; one that was not kept is offered again.
func TestAcknowledged(t *testing.T) {
	s := dingtalktest.New(t)
	sink := chattest.NewSink()
	refusing := &refusingSink{Sink: sink, refuse: make(chan error)}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { _ = newChannel(t, s, nil).Run(ctx, refusing) }()
	waitOnline(t, sink, 1)
	id := s.Say(dingtalktest.InGroup(room, "zhang", "上报 甲"))
	refusing.refuse <- errors.New("disk full")
	refusing.refuse <- errors.New("disk full")
	s.Wait(t.Context(), func(st dingtalktest.State) bool {
		if code, ok := st.Acks[id]; ok {
			t.Errorf("acknowledged with %d though it was not kept", code)
		}
		return true
	})
	refusing.refuse <- nil
	s.Wait(t.Context(), func(st dingtalktest.State) bool { return st.Acks[id] == http.StatusOK })
	received(t, sink, 1)
}

// refusingSink answers as the test says.
type refusingSink struct {
	*chattest.Sink
	refuse chan error
}

func (s *refusingSink) Receive(ctx context.Context, m chat.Message) error {
	select {
	case err := <-s.refuse:
		if err != nil {
			return err
		}
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.Sink.Receive(ctx, m)
}

// Frames that come in one go keep their order, what cannot be read is left out, and every other frame gets its answer.
func TestFrames(t *testing.T) {
	s := dingtalktest.New(t)
	sink := chattest.NewSink()
	online(t, newChannel(t, s, nil), sink)
	s.Deliver("<html>502")
	s.Deliver(`{"type":"CALLBACK","headers":null,"data":"x"}`)
	s.Deliver(`{"type":"CALLBACK","headers":{"topic":"/v1.0/im/bot/messages/get","messageId":"bad1"},"data":"no json"}`)
	s.Deliver(`{"type":"CALLBACK","headers":{"topic":"/v1.0/im/bot/messages/get","messageId":"bad2"},"data":"{\"msgId\":\"1\"}"}`)
	s.Deliver(dingtalktest.Frame("SYSTEM", "ping", "ping", map[string]string{"opaque": "1"}))
	s.Deliver(dingtalktest.Frame("SYSTEM", "CONNECTED", "connected", nil))
	s.Deliver(dingtalktest.Frame("EVENT", "*", "event", nil))
	const many = 50
	for range many {
		s.Say(dingtalktest.InGroup(room, "zhang", "上报 甲"))
	}
	got := received(t, sink, many)
	for k, m := range got[1:] {
		if m.SentAt.Before(got[k].SentAt) || len(m.ID) < len(got[k].ID) || len(m.ID) == len(got[k].ID) && m.ID <= got[k].ID {
			t.Fatalf("message %s comes after %s", m.ID, got[k].ID)
		}
	}
	want := map[string]int{"bad1": 200, "bad2": 200, "ping": 200, "connected": 404, "event": 404}
	s.Wait(t.Context(), func(st dingtalktest.State) bool {
		for id, code := range want {
			if st.Acks[id] != code {
				return false
			}
		}
		return true
	})
}

func TestReconnects(t *testing.T) {
	s := dingtalktest.New(t)
	sink := chattest.NewSink()
	online(t, newChannel(t, s, nil), sink)
	s.Fail(dingtalktest.Open, dingtalktest.Cut, dingtalktest.Broken, dingtalktest.Garbage, dingtalktest.TooOften, dingtalktest.Lost)
	s.Break()
	waitOnline(t, sink, 2)
	s.Say(dingtalktest.InGroup(room, "zhang", "上报 还在"))
	if m := received(t, sink, 1)[0]; m.Text != "上报 还在" {
		t.Errorf("got %q", m.Text)
	}
}

// A server that asks for a new connection gets one, and nobody is told that anything was wrong.
func TestMoves(t *testing.T) {
	s := dingtalktest.New(t)
	sink := chattest.NewSink()
	online(t, newChannel(t, s, nil), sink)
	s.Deliver(dingtalktest.Frame("SYSTEM", "disconnect", "bye", map[string]string{"reason": "rebalance"}))
	waitOnline(t, sink, 2)
	sink.Wait(t, func(_ []chat.Message, states []chat.Status) bool {
		for _, st := range states {
			if st.State == chat.StateOffline {
				t.Error("it said that it was offline")
			}
		}
		return true
	})
	s.Wait(t.Context(), func(st dingtalktest.State) bool { return st.Acks["bye"] == http.StatusOK })
}

// A connection that answers no pings is given up.
func TestPings(t *testing.T) {
	s := dingtalktest.New(t)
	sink := chattest.NewSink()
	s.Deafen()
	online(t, newChannel(t, s, func(cfg *Config) { cfg.pace.Beat = 20 * time.Millisecond }), sink)
	waitOnline(t, sink, 2)
}

func TestStopsForGood(t *testing.T) {
	s := dingtalktest.New(t)
	sink := chattest.NewSink()
	err := newChannel(t, s, func(cfg *Config) { cfg.Secret = "wrong secret" }).Run(t.Context(), sink)
	if err == nil || !strings.Contains(err.Error(), "钉钉不接受应用的 Client ID 或 Client Secret") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("got %v", err)
	}
	sink.Wait(t, func(_ []chat.Message, states []chat.Status) bool {
		return states[len(states)-1].State == chat.StateStopped
	})
}

// stubborn is a sink that goes on with a message for a while after the end was asked for.
type stubborn struct {
	*chattest.Sink
	inside chan struct{} // closed when it has begun
	done   atomic.Bool
}

func (s *stubborn) Receive(ctx context.Context, _ chat.Message) error {
	close(s.inside)
	<-ctx.Done()
	for range 10_000 { // time enough for whoever does not wait
		runtime.Gosched()
	}
	s.done.Store(true)
	return ctx.Err()
}

// Run ends after what it has begun.
func TestEndsLast(t *testing.T) {
	s := dingtalktest.New(t)
	sink := &stubborn{Sink: chattest.NewSink(), inside: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	c := newChannel(t, s, nil)
	go func() { ended <- c.Run(ctx, sink) }()
	s.Say(dingtalktest.InGroup(room, "zhang", "上报 甲"))
	<-sink.inside
	cancel()
	if err := <-ended; err != nil || !sink.done.Load() {
		t.Errorf("Run has ended while a message was being kept: %v", err)
	}
}

// After Run nothing goes on: neither of ours nor of the kit.
func TestLeavesNothingRunning(t *testing.T) {
	s := dingtalktest.New(t)
	sink := chattest.NewSink()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	c := newChannel(t, s, nil)
	go func() { ended <- c.Run(ctx, &refusingSink{Sink: sink, refuse: make(chan error)}) }()
	waitOnline(t, sink, 1)
	s.Say(dingtalktest.InGroup(room, "zhang", "上报 甲")) // is being offered when the end comes
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for _, of := range []string{"dingtalk.(*Channel)", "dingtalk.(*socket)", "chat/link.", "dingtalk-stream-sdk-go", "websocket.(*Conn).timeoutLoop"} {
		for g := range strings.SplitSeq(string(stacks), "\n\n") {
			if strings.Contains(g, of) && !strings.Contains(g, "dingtalktest") && !strings.Contains(g, "TestLeavesNothingRunning") {
				t.Errorf("still running: %s", g)
			}
		}
	}
}

func FuzzMessage(f *testing.F) {
	f.Add([]byte(`{"msgId":"1","conversationType":"2","conversationId":"cid","senderStaffId":"u","msgtype":"text","text":{"content":"@督办 上报 甲"}}`))
	f.Add([]byte(`{"msgId":"1","conversationType":"1","senderId":"$:1","msgtype":"richText","content":{"richText":[{"type":"picture","downloadCode":"x"},{"text":"甲"}]}}`))
	f.Add([]byte(`{"msgId":"1","conversationType":"1","senderId":"$:1","msgtype":"text","text":{"content":"甲","repliedMsg":{"msgType":"richText","content":{"richText":[{"msgType":"text","content":"乙"}]}}}}`))
	f.Add([]byte(`{"msgId":"1","senderId":"x","msgtype":"audio","content":{"recognition":"甲","content":{},"text":[1]}}`))
	c := New(Config{Log: slog.New(slog.DiscardHandler)})
	f.Fuzz(func(t *testing.T, body []byte) {
		sink := chattest.NewSink()
		if err := c.arrive(t.Context(), sink, body); err != nil {
			t.Fatal(err)
		}
		sink.Wait(t, func(got []chat.Message, _ []chat.Status) bool {
			for _, m := range got {
				if m.ID == "" || m.From.Key == "" || m.Conversation.Key == "" || m.Mentioned == m.Conversation.Private {
					t.Errorf("incomplete: %+v", m)
				}
				if !m.Conversation.Private != strings.HasPrefix(m.Conversation.Key, group) {
					t.Errorf("a group's key is %q", m.Conversation.Key)
				}
			}
			return true
		})
	})
}

// written is a file of the test.
func written(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// logged is a log to look into.
func logged() (*slog.Logger, *bytes.Buffer) {
	var b bytes.Buffer
	return slog.New(slog.NewTextHandler(&b, nil)), &b
}
