package feishu

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
	"duban/internal/chat/feishu/feishutest"
)

func send(t *testing.T, c *Channel, out chat.Outgoing) *chat.SendError {
	t.Helper()
	out.Conversation = group
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

func TestSendAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		fault feishutest.Fault
		want  *chat.SendError // but for Err
		sent  int
	}{
		"right":           {sent: 1},
		"expired token":   {fault: feishutest.Expired, sent: 1}, // the kit gets a new one
		"cut":             {fault: feishutest.Cut, want: &chat.SendError{Retry: true, Unknown: true}},
		"lost":            {fault: feishutest.Lost, want: &chat.SendError{Retry: true, Unknown: true}, sent: 1},
		"broken":          {fault: feishutest.Broken, want: &chat.SendError{Retry: true, Unknown: true}},
		"garbage":         {fault: feishutest.Garbage, want: &chat.SendError{Retry: true, Unknown: true}},
		"too often":       {fault: feishutest.TooOften, want: &chat.SendError{Retry: true, After: restAfterTooOften}},
		"group too often": {fault: feishutest.GroupTooOften, want: &chat.SendError{Retry: true, After: 3 * time.Second}},
		"refused":         {fault: feishutest.Refused, want: &chat.SendError{}},
		"no permission":   {fault: feishutest.Barred, want: &chat.SendError{}},
	} {
		t.Run(name, func(t *testing.T) {
			s := feishutest.New(t)
			ch := newChannel(t, s)
			s.Fail("send", c.fault)
			e := send(t, ch, chat.Outgoing{ID: "1", Text: "已立案 #1"})
			if (e == nil) != (c.want == nil) || e != nil && (e.Retry != c.want.Retry || e.Unknown != c.want.Unknown || e.After != c.want.After) {
				t.Errorf("got %+v, want %+v", e, c.want)
			}
			if n := len(s.Sent()); n != c.sent {
				t.Errorf("%d messages arrived, want %d", n, c.sent)
			}
			if e != nil && strings.Contains(e.Error(), s.Secret) {
				t.Errorf("the secret is in %v", e)
			}
			// Whatever it was, the second attempt brings it there once.
			if e := send(t, ch, chat.Outgoing{ID: "1", Text: "已立案 #1"}); e != nil || len(s.Sent()) != 1 {
				t.Errorf("the second attempt: %v, %d messages", e, len(s.Sent()))
			}
		})
	}
}

func TestMentionsAndPrivate(t *testing.T) {
	s := feishutest.New(t)
	c := newChannel(t, s)
	out := chat.Outgoing{
		ID: "1", Text: `#1 <at user_id="all"></at> <AT user_id="all"> 请李强处理`, Mentions: []chat.Mention{{Key: "ou_li", Name: "李<at>强"}, {Name: "王芳"}, {Name: "李强"}},
	}
	if e := send(t, c, out); e != nil {
		t.Fatal(e)
	}
	want := "#1 ＜at user_id=\"all\">＜/at> ＜AT user_id=\"all\"> 请李强处理\n<at user_id=\"ou_li\">李＜at＞强</at> @王芳"
	if got := s.Sent()[0]; got.Text != want || got.By != "chat_id" {
		t.Errorf("got %+v", got)
	}
	if err := c.Send(t.Context(), chat.Outgoing{ID: "2", Conversation: "ou_li", Text: "提醒"}); err != nil {
		t.Fatal(err)
	}
	if got := s.Sent()[1]; got.To != "ou_li" || got.By != "open_id" {
		t.Errorf("got %+v", got)
	}
}

// A network that never answers may have shown the message.
func TestSilence(t *testing.T) {
	s := feishutest.New(t)
	s.Fail("send", feishutest.Silence)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-s.Silent(); cancel() }()
	err := newChannel(t, s).Send(ctx, chat.Outgoing{ID: "1", Conversation: group, Text: "已立案 #1"})
	if e, ok := errors.AsType[*chat.SendError](err); !ok || !e.Retry || !e.Unknown {
		t.Errorf("got %v", err)
	}
}

// The numbers of messages begin anew after a restore: they alone must not make a message a double of another.
func TestNumbersAreGivenAgain(t *testing.T) {
	s := feishutest.New(t)
	c := newChannel(t, s)
	for _, text := range []string{"已立案 #1", "已立案 #2", "已立案 #2"} {
		if e := send(t, c, chat.Outgoing{ID: "1-0", Text: text}); e != nil {
			t.Fatal(e)
		}
	}
	if len(s.Sent()) != 2 || s.Doubles() != 1 {
		t.Errorf("%d arrived, %d doubles", len(s.Sent()), s.Doubles())
	}
}

func TestAttachment(t *testing.T) {
	s := feishutest.New(t)
	c := newChannel(t, s)
	path := filepath.Join(t.TempDir(), "x")
	data := bytes.Repeat([]byte("0123456789"), 1000)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out := chat.Outgoing{ID: "1", Text: "今日排名", Attachment: &chat.Attachment{Name: "排名.png", Path: path, Picture: true}}
	for _, fault := range []feishutest.Fault{feishutest.Broken, feishutest.Garbage, feishutest.Empty, feishutest.Cut, feishutest.Lost, feishutest.TooOften} {
		s.Fail("upload", fault)
		if e := send(t, c, out); e == nil || !e.Retry || e.Unknown { // nobody has seen anything of it
			t.Fatalf("%d: %+v", fault, e)
		}
	}
	s.Fail("upload", feishutest.Expired) // what is sent with a new token is whole
	if e := send(t, c, out); e != nil {
		t.Fatal(e)
	}
	sent := s.Sent()
	if len(sent) != 2 || s.Doubles() != 6 || sent[1].Kind != "image" || !bytes.Equal(sent[1].Data, data) {
		t.Errorf("%d messages, %d doubles", len(sent), s.Doubles())
	}
	for _, fault := range []feishutest.Fault{feishutest.Empty, feishutest.Refused} {
		s.Fail("upload", fault)
		if e := send(t, c, chat.Outgoing{ID: "2", Attachment: &chat.Attachment{Name: "台账.xlsx", Path: path}}); e == nil || e.Retry != (fault == feishutest.Empty) || e.Unknown {
			t.Errorf("%d: %+v", fault, e)
		}
	}
	out = chat.Outgoing{ID: "2", Attachment: &chat.Attachment{Name: "台账.xlsx", Path: path}}
	if e := send(t, c, out); e != nil || s.Sent()[2].Kind != "file" || s.Sent()[2].Name != "台账.xlsx" {
		t.Errorf("file: %v", e)
	}
	if err := os.WriteFile(path, make([]byte, maxPicture+1), 0o600); err != nil {
		t.Fatal(err)
	}
	out = chat.Outgoing{ID: "4", Attachment: &chat.Attachment{Name: "大图.png", Path: path, Picture: true}}
	if e := send(t, c, out); e != nil || s.Sent()[3].Kind != "file" || len(s.Sent()[3].Data) != maxPicture+1 {
		t.Errorf("large picture: %v", e)
	}
	for _, size := range []int64{0, maxFile + 1} {
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		if e := send(t, c, chat.Outgoing{ID: "5", Attachment: &chat.Attachment{Name: "x", Path: path}}); e == nil || e.Retry {
			t.Errorf("%d bytes: %+v", size, e)
		}
	}
	if e := send(t, c, chat.Outgoing{ID: "3", Attachment: &chat.Attachment{Path: path + "none"}}); e == nil || e.Retry {
		t.Errorf("missing: %+v", e)
	}
}

// A page that somebody between here and the network answers with is not kept whole.
func TestBrief(t *testing.T) {
	if got := brief(errors.New(strings.Repeat("页", 1000))).Error(); len([]rune(got)) != 301 {
		t.Errorf("%d characters", len([]rune(got)))
	}
	if err := errors.New("short"); !errors.Is(brief(err), err) {
		t.Error("a short error is another one")
	}
}

// TestNoConnection: what met no network has certainly not arrived, so that it may go by another channel.
func TestNoConnection(t *testing.T) {
	c := New(Config{AppID: "cli", Secret: "secret", URL: "http://127.0.0.1:1", Log: slog.New(slog.DiscardHandler), again: time.Millisecond})
	if e := send(t, c, chat.Outgoing{ID: "1", Text: "已立案 #1"}); e == nil || !e.Retry || e.Unknown {
		t.Errorf("got %+v", e)
	}
}
