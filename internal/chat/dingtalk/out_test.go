package dingtalk

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/chat/chattest"
	"duban/internal/chat/dingtalk/dingtalktest"
)

func send(t *testing.T, c *Channel, out chat.Outgoing) *chat.SendError {
	t.Helper()
	if out.Conversation == "" {
		out.Conversation = "group:" + room
	}
	err := c.Send(t.Context(), out)
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*chat.SendError](err)
	if !ok {
		t.Fatalf("not a send error: %v", err)
	}
	return e
}

// answers are what the network can say to a message, and what it means.
var answers = map[string]struct {
	fault dingtalktest.Fault
	want  chat.SendError // but for Err
	sent  int
	ok    bool
}{
	"right":   {sent: 1, ok: true},
	"broken":  {fault: dingtalktest.Broken, want: chat.SendError{Retry: true, Unknown: true}},
	"cut":     {fault: dingtalktest.Cut, want: chat.SendError{Retry: true, Unknown: true}},
	"lost":    {fault: dingtalktest.Lost, want: chat.SendError{Retry: true, Unknown: true}, sent: 1},
	"garbage": {fault: dingtalktest.Garbage, want: chat.SendError{Retry: true, Unknown: true}, sent: 1},
	"silence": {fault: dingtalktest.Silence, want: chat.SendError{Retry: true, Unknown: true}},
	"busy":    {fault: dingtalktest.Busy, want: chat.SendError{Retry: true}},
	// Of these the reply is followed by a push.
	"too often": {fault: dingtalktest.TooOften, want: chat.SendError{Retry: true, After: restAfterTooOften}},
	"refused":   {fault: dingtalktest.Refused},
	"forbidden": {fault: dingtalktest.Forbidden, want: chat.SendError{Retry: true, After: restAfterForbidden}},
}

// try sends a text and compares how it went. Nothing that is secret may be in the error.
func try(t *testing.T, s *dingtalktest.Server, c *Channel, to string, want chat.SendError, ok bool, sent int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err := c.Send(ctx, chat.Outgoing{ID: "1", Conversation: to, Text: "已立案 #1"})
	if (err == nil) != ok {
		t.Fatalf("got %v", err)
	}
	if e, is := errors.AsType[*chat.SendError](err); err != nil && (!is || e.Retry != want.Retry || e.Unknown != want.Unknown || e.After != want.After) {
		t.Errorf("got %+v, want %+v", e, want)
	}
	if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "token-")) {
		t.Errorf("a secret is in the error: %v", err)
	}
	if n := len(s.Sent()); n != sent {
		t.Errorf("%d messages arrived, want %d", n, sent)
	}
}

func TestPushAnswers(t *testing.T) {
	for kind, to := range map[string]string{dingtalktest.Group: "group:" + room, dingtalktest.Person: "zhang"} {
		for name, a := range answers {
			t.Run(kind+" "+name, func(t *testing.T) {
				s := dingtalktest.New(t)
				c := newChannel(t, s, nil)
				if a.fault == dingtalktest.Silence {
					c.http.Timeout = 50 * time.Millisecond
				}
				s.Fail(kind, a.fault)
				try(t, s, c, to, a.want, a.ok, a.sent)
			})
		}
	}
}

func TestReplyAnswers(t *testing.T) {
	for name, a := range answers {
		t.Run(name, func(t *testing.T) {
			s := dingtalktest.New(t)
			log, said := logged()
			c := newChannel(t, s, func(cfg *Config) { cfg.Log = log })
			spoken(t, s, c, dingtalktest.InGroup(room, "zhang", "上报 甲"))
			if a.fault == dingtalktest.Silence {
				c.http.Timeout = 50 * time.Millisecond
			}
			s.Fail(dingtalktest.Reply, a.fault)
			pushed := a.fault == dingtalktest.TooOften || a.fault == dingtalktest.Refused || a.fault == dingtalktest.Forbidden
			if pushed {
				a.ok, a.sent = true, 1
			}
			try(t, s, c, "group:"+room, a.want, a.ok, a.sent)
			if pushed && s.Sent()[0].Way != dingtalktest.Group {
				t.Errorf("got %+v", s.Sent()[0])
			}
			if strings.Contains(said.String(), "secret") {
				t.Errorf("a secret is in the log: %s", said)
			}
		})
	}
}

// spoken runs a channel until a message has arrived on it, and then ends it: sending needs no connection.
func spoken(t *testing.T, s *dingtalktest.Server, c *Channel, said map[string]any) {
	t.Helper()
	sink := chattest.NewSink()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx, sink) }()
	waitOnline(t, sink, 1)
	s.Say(said)
	received(t, sink, 1)
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

// A reply goes by the address that the conversation's last message brought along, as long as it is good, and by a push after that.
func TestWays(t *testing.T) {
	s := dingtalktest.New(t)
	c := newChannel(t, s, nil)
	say := func(id, to string) {
		t.Helper()
		if e := send(t, c, chat.Outgoing{ID: id, Conversation: to, Text: id}); e != nil {
			t.Fatal(e)
		}
	}
	say("nobody spoke", "")
	spoken(t, s, c, dingtalktest.InGroup(room, "zhang", "上报"))
	say("fresh", "")
	say("another group", "group:cidOTHER")
	s.ForgetSessions()
	say("stale", "")
	say("still stale", "")
	spoken(t, s, c, with(dingtalktest.InGroup(room, "zhang", "上报"), map[string]any{"sessionWebhookExpiredTime": time.Now().Add(time.Second).UnixMilli()}))
	say("about to end", "")
	spoken(t, s, c, dingtalktest.Private("zhang", "我的"))
	say("private", "zhang")
	say("private, unasked", "li")
	spoken(t, s, c, with(dingtalktest.Private("x", "我的"), map[string]any{"senderStaffId": "", "senderId": "$:x"}))
	say("outside", "outsider:$:x")
	var got []string
	for _, m := range s.Sent() {
		got = append(got, m.Text+": "+m.Way)
	}
	want := []string{
		"nobody spoke: group", "fresh: reply", "another group: group", "stale: group", "still stale: group", "about to end: group",
		"private: reply", "private, unasked: person", "outside: reply",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
	if n := s.Asked(dingtalktest.Reply); n != 4 { // the stale address was tried once
		t.Errorf("%d replies", n)
	}
	if n := s.Asked(dingtalktest.Token); n != 1 {
		t.Errorf("%d tokens for one hour", n)
	}
	s.ForgetSessions()
	if e := send(t, c, chat.Outgoing{ID: "later", Conversation: "outsider:$:x", Text: "甲"}); e == nil || e.Retry || e.Unknown {
		t.Errorf("somebody from outside, later: %+v", e)
	}
}

func TestPeopleWhoAreMissed(t *testing.T) {
	s := dingtalktest.New(t)
	c := newChannel(t, s, nil)
	if e := send(t, c, chat.Outgoing{ID: "1", Conversation: dingtalktest.Nobody, Text: "甲"}); e == nil || e.Retry || e.Unknown {
		t.Errorf("nobody: %+v", e)
	}
	if e := send(t, c, chat.Outgoing{ID: "2", Conversation: dingtalktest.Slow, Text: "甲"}); e == nil || !e.Retry || e.Unknown || e.After == 0 {
		t.Errorf("too often: %+v", e)
	}
}

// A token that is not taken any more is renewed once; without one nothing is lost.
func TestTokens(t *testing.T) {
	s := dingtalktest.New(t)
	c := newChannel(t, s, nil)
	for k, id := range []string{"1", "2"} {
		if e := send(t, c, chat.Outgoing{ID: id, Text: "甲"}); e != nil {
			t.Fatal(e)
		}
		if n := s.Asked(dingtalktest.Token); n != k+1 {
			t.Errorf("%d tokens", n)
		}
		s.ExpireTokens()
	}
	for name, f := range map[string]dingtalktest.Fault{"refused": dingtalktest.Refused, "cut": dingtalktest.Cut, "garbage": dingtalktest.Garbage, "broken": dingtalktest.Broken} {
		s.Fail(dingtalktest.Token, f)
		if e := send(t, c, chat.Outgoing{ID: name, Text: "甲"}); e == nil || !e.Retry || e.Unknown {
			t.Errorf("%s: %+v", name, e)
		}
	}
	if n := len(s.Sent()); n != 2 {
		t.Errorf("%d messages arrived", n)
	}
}

// What people wrote must not ring anybody, and who is to be rung is: by a reply. A push can only name them.
func TestMentions(t *testing.T) {
	s := dingtalktest.New(t)
	c := newChannel(t, s, nil)
	out := chat.Outgoing{
		ID: "1", Text: "# 1 @all @所有人 [x](http://a) 请李强处理",
		Mentions: []chat.Mention{{Key: "li", Name: "李强"}, {Name: "王芳"}, {Key: "outsider:$:x", Name: "赵六"}},
	}
	spoken(t, s, c, dingtalktest.InGroup(room, "zhang", "上报"))
	if e := send(t, c, out); e != nil {
		t.Fatal(e)
	}
	if m := s.Sent()[0]; m.Text != "# 1 @all @所有人 [x](http://a) 请李强处理\n@li @王芳 @赵六" || !reflect.DeepEqual(m.Rings, []string{"li"}) {
		t.Errorf("got %+v", m)
	}
	s.ForgetSessions()
	out.ID, out.Text = "2", "请处理"
	if e := send(t, c, out); e != nil {
		t.Fatal(e)
	}
	if m := s.Sent()[1]; m.Text != "请处理\n@李强 @王芳 @赵六" || m.Way != dingtalktest.Group {
		t.Errorf("got %+v", m)
	}
}

func TestAttachments(t *testing.T) {
	s := dingtalktest.New(t)
	c := newChannel(t, s, nil)
	data := bytes.Repeat([]byte("0123456789abcdef"), 10_000)
	path := written(t, "x", data)
	out := chat.Outgoing{ID: "1", Text: "今日排名", Attachment: &chat.Attachment{Name: "排名.png", Path: path, Picture: true}}
	// Attempts fail at the picture; the last one sends what is missing, and no text twice.
	for _, f := range []dingtalktest.Fault{dingtalktest.Broken, dingtalktest.Cut, dingtalktest.Lost, dingtalktest.Garbage, dingtalktest.Busy} {
		s.Fail(dingtalktest.Upload, f)
		if e := send(t, c, out); e == nil || !e.Retry || e.Unknown {
			t.Fatalf("fault %d: %+v", f, e)
		}
	}
	s.Fail(dingtalktest.Upload, dingtalktest.TooOften)
	if e := send(t, c, out); e == nil || !e.Retry || e.After != restAfterTooOften {
		t.Fatalf("too often: %+v", e)
	}
	s.ExpireTokens()
	if e := send(t, c, out); e != nil {
		t.Fatal(e)
	}
	out = chat.Outgoing{ID: "2", Attachment: &chat.Attachment{Name: "11月 台账.xlsx", Path: path}}
	if e := send(t, c, out); e != nil {
		t.Fatal(e)
	}
	sent := s.Sent()
	if len(sent) != 3 || sent[0].Text != "今日排名" || sent[1].Kind != "image" || !bytes.Equal(sent[1].Data, data) || sent[2].Kind != "file" || sent[2].Name != "11月 台账.xlsx" {
		t.Errorf("%d messages arrived", len(sent))
	}
	for name, bad := range map[string]string{"missing": filepath.Join(t.TempDir(), "none"), "empty": written(t, "empty", nil)} {
		if e := send(t, c, chat.Outgoing{ID: name, Attachment: &chat.Attachment{Path: bad}}); e == nil || e.Retry {
			t.Errorf("%s: %+v", name, e)
		}
	}
	s.Fail(dingtalktest.Upload, dingtalktest.Refused)
	if e := send(t, c, chat.Outgoing{ID: "3", Attachment: &chat.Attachment{Name: "a.exe", Path: path}}); e == nil || e.Retry || e.Unknown {
		t.Errorf("refused: %+v", e)
	}
}

// TestNoConnection: what met no network has certainly not arrived, so that it may go by another channel.
func TestNoConnection(t *testing.T) {
	c := newChannel(t, dingtalktest.New(t), nil)
	if e := send(t, c, chat.Outgoing{ID: "1", Text: "已立案 #1"}); e != nil { // so that it has a token
		t.Fatal(e)
	}
	c.cfg.URL = "http://127.0.0.1:1"
	if e := send(t, c, chat.Outgoing{ID: "2", Text: "已立案 #2"}); e == nil || !e.Retry || e.Unknown {
		t.Errorf("got %+v", e)
	}
}

// TestForgedAddress: an address that is not the network's hears nothing of what the bot says, whatever message brought it along.
func TestForgedAddress(t *testing.T) {
	var heard atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		heard.Add(1)
		_, _ = w.Write([]byte(`{"errcode":0}`))
	}))
	defer elsewhere.Close()
	s := dingtalktest.New(t)
	c := newChannel(t, s, nil)
	for n, address := range []string{elsewhere.URL + "/robot/sendBySession/1", strings.Replace(c.cfg.URL, "://", "://x@", 1) + ".example/", "://", "file:///etc/passwd"} {
		spoken(t, s, c, with(dingtalktest.InGroup(room, "zhang", "上报"), map[string]any{"sessionWebhook": address}))
		if e := send(t, c, chat.Outgoing{ID: address, Text: "#17 金水湾"}); e != nil {
			t.Fatal(e)
		}
		if sent := s.Sent(); len(sent) != n+1 || sent[n].Way != "group" || heard.Load() != 0 {
			t.Errorf("%s: %+v, %d elsewhere", address, sent, heard.Load())
		}
	}
}
