package wecomhook

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/chat/chattest"
	"duban/internal/chat/wecomhook/wecomhooktest"
)

const room = "leaders"

func newChannel(s *wecomhooktest.Server) *Channel { return newChannelAt(s.URL() + "/") }

// newChannelAt reaches the network at an address.
func newChannelAt(address string) *Channel {
	return New(Config{URL: address, Groups: map[string]string{room: wecomhooktest.Key, "wrong": "a-wrong-key"}, Log: slog.New(slog.DiscardHandler)})
}

func TestContract(t *testing.T) {
	chattest.Run(t, func(t *testing.T) chattest.Network {
		s := wecomhooktest.New(t)
		return network(s, newChannel(s))
	})
}

// TestFaults: whatever the network answers, it is not taken for what it is not.
func TestFaults(t *testing.T) {
	chattest.Faults(t, func(t *testing.T) (chattest.Network, *chattest.Front) {
		s := wecomhooktest.New(t)
		front := chattest.NewFront(t, s.URL())
		return network(s, newChannelAt(front.URL)), front
	},
		chattest.Path{Path: "/webhook/send", For: chattest.Text, Shows: true},
		chattest.Path{Path: "/webhook/send", For: chattest.Picture, Shows: true},
		chattest.Path{Path: "/webhook/upload_media", For: chattest.File},
		chattest.Path{Path: "/webhook/send", For: chattest.File, Shows: true},
	)
}

// network is the far side of a channel.
func network(s *wecomhooktest.Server, c *Channel) chattest.Network {
	fail := func(f wecomhooktest.Fault) func(*testing.T) { return func(*testing.T) { s.Fail(f) } }
	return chattest.Network{
		Channel: c,
		Group:   func(*testing.T) string { return room },
		Seen: func() (out []string) {
			for _, m := range s.Sent() {
				if m.Text != "" {
					out = append(out, m.Text)
				}
			}
			return out
		},
		SeenFiles: func() (out []chattest.SeenFile) {
			for _, m := range s.Sent() {
				if m.Data != nil {
					out = append(out, chattest.SeenFile{Name: m.Name, Picture: m.Type == "image", Data: m.Data})
				}
			}
			return out
		},
		TooOften: fail(wecomhooktest.TooOften), Refuse: fail(wecomhooktest.Refused), Lose: fail(wecomhooktest.Lost),
	}
}

// send sends and checks that no error shows a key or an address.
func send(t *testing.T, c *Channel, out chat.Outgoing) *chat.SendError {
	t.Helper()
	if out.Conversation == "" {
		out.Conversation = room
	}
	err := c.Send(t.Context(), out)
	if err == nil {
		return nil
	}
	for _, secret := range []string{wecomhooktest.Key, "a-wrong-key", "cgi-bin"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s is in the error: %v", secret, err)
		}
	}
	e, ok := errors.AsType[*chat.SendError](err)
	if !ok {
		t.Fatalf("not a send error: %v", err)
	}
	return e
}

// TestAnswers: what each way of going wrong means for the message. It is sent again, so that it arrives unless it was refused.
func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		fault wecomhooktest.Fault
		want  chat.SendError // but for Err
		sent  int
		again int
	}{
		"500":       {wecomhooktest.Down, chat.SendError{Retry: true, Unknown: true}, 0, 1},
		"reset":     {wecomhooktest.Reset, chat.SendError{Retry: true, Unknown: true}, 0, 1},
		"lost":      {wecomhooktest.Lost, chat.SendError{Retry: true, Unknown: true}, 1, 2},
		"garbage":   {wecomhooktest.Garbage, chat.SendError{Retry: true, Unknown: true}, 1, 2},
		"empty":     {wecomhooktest.Empty, chat.SendError{Retry: true, Unknown: true}, 1, 2},
		"busy":      {wecomhooktest.Busy, chat.SendError{Retry: true}, 0, 1},
		"too often": {wecomhooktest.TooOften, chat.SendError{Retry: true, After: time.Minute}, 0, 1},
		"refused":   {wecomhooktest.Refused, chat.SendError{}, 0, 1},
		"redirect":  {wecomhooktest.Redirect, chat.SendError{}, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := wecomhooktest.New(t)
			ch := newChannel(s)
			s.Fail(c.fault)
			e := send(t, ch, chat.Outgoing{ID: "1", Text: "今日排名"})
			if e == nil || e.Retry != c.want.Retry || e.Unknown != c.want.Unknown || e.After != c.want.After {
				t.Errorf("got %+v, want %+v", e, c.want)
			}
			if n := len(s.Sent()); n != c.sent {
				t.Errorf("%d messages arrived, want %d", n, c.sent)
			}
			if e := send(t, ch, chat.Outgoing{ID: "1", Text: "今日排名"}); e != nil || len(s.Sent()) != c.again {
				t.Errorf("again: %v, %d messages", e, len(s.Sent()))
			}
		})
	}
}

// TestNoAnswer: a server that is silent, and one that is not there.
func TestNoAnswer(t *testing.T) {
	s := wecomhooktest.New(t)
	c := newChannel(s)
	c.client.Timeout = 50 * time.Millisecond
	s.Fail(wecomhooktest.Silence)
	if e := send(t, c, chat.Outgoing{ID: "1", Text: "一"}); e == nil || !e.Retry || !e.Unknown {
		t.Errorf("silence: %+v", e)
	}
	away := New(Config{URL: "http://127.0.0.1:1", Groups: map[string]string{room: wecomhooktest.Key}})
	if e := send(t, away, chat.Outgoing{ID: "1", Text: "一"}); e == nil || !e.Retry || e.Unknown {
		t.Errorf("nobody there: %+v", e)
	}
	broken := New(Config{URL: "://x", Groups: map[string]string{room: wecomhooktest.Key}})
	if e := send(t, broken, chat.Outgoing{ID: "1", Text: "一"}); e == nil || e.Retry {
		t.Errorf("no address: %+v", e)
	}
}

func TestWrongKey(t *testing.T) {
	s := wecomhooktest.New(t)
	c := newChannel(s)
	for _, group := range []string{"wrong", "none"} {
		if e := send(t, c, chat.Outgoing{ID: "1", Conversation: group, Text: "一"}); e == nil || e.Retry || e.Unknown {
			t.Errorf("%s: %+v", group, e)
		}
	}
}

// TestTexts: a text goes as it is, a longer one as markdown, and what people wrote rings nobody.
func TestTexts(t *testing.T) {
	s := wecomhooktest.New(t)
	c := newChannel(s)
	long := strings.Repeat("𠮷", maxText) // four bytes each
	for n, text := range []string{"第一行\n第二行 *甲*", strings.Repeat("督", maxWords/3), long, "<@all> <font color=red>假</font>"} {
		if e := send(t, c, chat.Outgoing{ID: string(rune('a' + n)), Text: text}); e != nil {
			t.Fatal(e)
		}
	}
	got := s.Sent()
	if got[0].Type != "text" || got[0].Text != "第一行\n第二行 *甲*" {
		t.Errorf("got %+v", got[0])
	}
	if got[1].Type != "text" || got[2].Type != "markdown" || got[2].Text != long {
		t.Errorf("got %s and %s", got[1].Type, got[2].Type)
	}
	if got[3].Text != "＜@all> ＜font color=red>假</font>" {
		t.Errorf("got %q", got[3].Text)
	}
}

// TestAttachments: pictures go as pictures up to 2 MB and as files beyond. A text that arrived is not sent again for them, and the upload
// of a file shows nothing, whatever becomes of it.
func TestAttachments(t *testing.T) {
	s := wecomhooktest.New(t)
	c := newChannel(s)
	file := func(size int) string {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, bytes.Repeat([]byte("图"), size)[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	out := chat.Outgoing{ID: "1", Text: "今日排名", Attachment: &chat.Attachment{Name: "排名.png", Path: file(1000), Picture: true}}
	s.Fail(wecomhooktest.None, wecomhooktest.Busy)
	if e := send(t, c, out); e == nil || !e.Retry {
		t.Fatalf("got %+v", e)
	}
	if e := send(t, c, out); e != nil {
		t.Fatal(e)
	}
	large := chat.Outgoing{ID: "2", Attachment: &chat.Attachment{Name: "全县.png", Path: file(maxPicture + 1), Picture: true}}
	for _, fault := range []wecomhooktest.Fault{wecomhooktest.Lost, wecomhooktest.Reset, wecomhooktest.Garbage, wecomhooktest.Down} {
		s.Fail(fault)
		if e := send(t, c, large); e == nil || !e.Retry || e.Unknown {
			t.Errorf("upload with fault %d: %+v", fault, e)
		}
	}
	if e := send(t, c, large); e != nil {
		t.Fatal(e)
	}
	got := s.Sent()
	if len(got) != 3 || got[0].Text != "今日排名" || got[1].Type != "image" || len(got[1].Data) != 1000 {
		t.Fatalf("%d messages, %.200v", len(got), got)
	}
	if got[2].Type != "file" || got[2].Name != "全县.png" || len(got[2].Data) != maxPicture+1 {
		t.Errorf("got %s %s of %d bytes", got[2].Type, got[2].Name, len(got[2].Data))
	}
	for name, path := range map[string]string{"missing": "/none", "empty": file(0), "large": file(maxFile + 1)} {
		if e := send(t, c, chat.Outgoing{ID: name, Attachment: &chat.Attachment{Path: path}}); e == nil || e.Retry {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// TestRun: it is online at once, hears nothing and ends with its context; it reaches its groups and no others.
func TestRun(t *testing.T) {
	c := newChannel(wecomhooktest.New(t))
	ctx, cancel := context.WithCancel(t.Context())
	sink, ended := chattest.NewSink(), make(chan error, 1)
	go func() { ended <- c.Run(ctx, sink) }()
	sink.Wait(t, func(_ []chat.Message, states []chat.Status) bool {
		return len(states) == 1 && states[0].State == chat.StateOnline
	})
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if key, ok := c.Reach(room); !ok || key != room {
		t.Errorf("reaches %q, %v", key, ok)
	}
	if _, ok := c.Reach("office"); ok {
		t.Error("reaches a group without a robot")
	}
}

// TestProbe: it tells a wrong key from a right one and shows nothing in the group.
func TestProbe(t *testing.T) {
	s := wecomhooktest.New(t)
	c := newChannel(s)
	if text, err := c.Probe(t.Context(), room); text != "" || err != nil || len(s.Sent()) != 0 {
		t.Errorf("right: %q, %v, %v", text, err, s.Sent())
	}
	if text, err := c.Probe(t.Context(), "wrong"); !strings.Contains(text, "不认识这个 key") || err != nil {
		t.Errorf("wrong: %q, %v", text, err)
	}
	for _, fault := range []wecomhooktest.Fault{wecomhooktest.Reset, wecomhooktest.Down} {
		s.Fail(fault)
		if text, err := c.Probe(t.Context(), room); text != "" || err == nil {
			t.Errorf("fault %d: %q, %v", fault, text, err)
		}
	}
}
