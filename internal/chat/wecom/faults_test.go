package wecom

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/chat/chattest"
	"duban/internal/chat/wecom/wecomtest"
)

// TestHandshake: a server that is down, breaks off, is silent, busy or talks nonsense while the bot logs in is tried again.
func TestHandshake(t *testing.T) {
	for name, f := range map[string]struct {
		what  string
		fault wecomtest.Fault
	}{
		"500": {wecomtest.Connect, wecomtest.Down}, "reset": {wecomtest.Connect, wecomtest.Cut}, "silent": {wecomtest.Connect, wecomtest.Silence},
		"login cut": {cmdSubscribe, wecomtest.Cut}, "login lost": {cmdSubscribe, wecomtest.Lost}, "login half": {cmdSubscribe, wecomtest.Half},
		"login mute": {cmdSubscribe, wecomtest.Mute},
		"login busy": {cmdSubscribe, wecomtest.Busy}, "login too often": {cmdSubscribe, wecomtest.TooOften}, "login silent": {cmdSubscribe, wecomtest.Silence},
		"garbage": {cmdSubscribe, wecomtest.Garbage},
	} {
		t.Run(name, func(t *testing.T) {
			s := wecomtest.New(t)
			sink := chattest.NewSink()
			s.Fail(f.what, f.fault)
			online(t, newChannel(t, s, func(cfg *Config) {
				if f.fault == wecomtest.Silence {
					cfg.pace.Answer = 50 * time.Millisecond
				}
			}), sink)
			once := f.fault == wecomtest.Garbage // which is passed over
			if n := s.Asked(f.what); (n == 1) != once {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

// TestUploadInterrupted: wherever an upload breaks off, nobody has seen anything of it, and the next attempt sends the file and not the text
// again.
func TestUploadInterrupted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.png")
	data := bytes.Repeat([]byte("0123456789abcdef"), 50_000) // two chunks
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, cmd := range []string{cmdUploadBegin, cmdUploadChunk, cmdUploadEnd} {
		for _, fault := range []wecomtest.Fault{wecomtest.Cut, wecomtest.Lost, wecomtest.Half, wecomtest.Busy, wecomtest.TooOften, wecomtest.Mute} {
			t.Run(fmt.Sprintf("%s %d", cmd, fault), func(t *testing.T) {
				s := wecomtest.New(t)
				sink := chattest.NewSink()
				c := newChannel(t, s, nil)
				online(t, c, sink)
				s.Fail(cmd, fault)
				out := chat.Outgoing{ID: "1", Text: "今日排名", Attachment: &chat.Attachment{Name: "排名.png", Path: path, Picture: true}}
				if e := send(t, c, out); e == nil || !e.Retry || e.Unknown {
					t.Fatalf("got %+v", e)
				}
				if fault != wecomtest.Busy && fault != wecomtest.TooOften && fault != wecomtest.Mute {
					waitOnline(t, sink, 2)
				}
				if e := send(t, c, out); e != nil {
					t.Fatal(e)
				}
				if sent := s.Sent(); len(sent) != 2 || sent[0].Text != "今日排名" || !bytes.Equal(sent[1].Data, data) {
					t.Errorf("%d messages arrived", len(sent))
				}
			})
		}
	}
}

// TestMessagesWait: what arrived before a connection broke is kept in order, once each, when the inbox works again.
func TestMessagesWait(t *testing.T) {
	s := wecomtest.New(t)
	sink := chattest.NewSink()
	sink.Refuse = 20
	online(t, newChannel(t, s, nil), sink)
	for n := range 3 {
		s.Say(wecomtest.Group(room, "zhang", fmt.Sprint("上报 ", n)))
	}
	s.Break()
	waitOnline(t, sink, 2)
	s.Say(wecomtest.Group(room, "zhang", "上报 3"))
	got := received(t, sink, 4)
	for n, m := range got {
		if want := fmt.Sprint("上报 ", n); m.Text != want || len(got) != 4 {
			t.Errorf("message %d is %q, want %q", n, m.Text, want)
		}
	}
}

// TestPictureFaults: a picture whose server is down or breaks off may come the next time.
func TestPictureFaults(t *testing.T) {
	s := wecomtest.New(t)
	c := newChannel(t, s, nil)
	hasty := newChannel(t, s, func(cfg *Config) { cfg.pace.Media = 50 * time.Millisecond })
	data := []byte("a picture of some bytes")
	shown := s.Picture("a", data)
	p := chat.Picture{Ref: media{URL: shown["url"], Key: shown["aeskey"]}.ref()}
	for _, fault := range []wecomtest.Fault{wecomtest.Down, wecomtest.Cut} {
		s.Fail(wecomtest.Media, fault)
		if b, err := c.FetchPicture(t.Context(), p); err == nil || errors.Is(err, chat.ErrGone) || b != nil {
			t.Errorf("fault %d: %d bytes, %v", fault, len(b), err)
		}
	}
	s.Fail(wecomtest.Media, wecomtest.Silence)
	if _, err := hasty.FetchPicture(t.Context(), p); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, chat.ErrGone) {
		t.Errorf("silence: %v", err)
	}
	if b, err := c.FetchPicture(t.Context(), p); err != nil || !bytes.Equal(b, data) {
		t.Errorf("got %q, %v", b, err)
	}
	large := s.Picture("large", make([]byte, maxFile+1))
	if _, err := c.FetchPicture(t.Context(), chat.Picture{Ref: media{URL: large["url"], Key: large["aeskey"]}.ref()}); !errors.Is(err, chat.ErrGone) {
		t.Errorf("too large: %v", err)
	}
}

// TestOtherEvents: what the bot has no use for does no harm.
func TestOtherEvents(t *testing.T) {
	s := wecomtest.New(t)
	sink := chattest.NewSink()
	online(t, newChannel(t, s, nil), sink)
	s.Event("enter_chat")
	s.Event("feedback_event")
	s.Event("")
	s.Say(wecomtest.Group(room, "zhang", "上报 甲"))
	if got := received(t, sink, 1); got[0].Text != "上报 甲" || len(got) != 1 {
		t.Errorf("got %+v", got)
	}
}

// TestFileNames: the name of a file comes with its bytes only. Without one the message still arrives.
func TestFileNames(t *testing.T) {
	for name, f := range map[string]struct {
		name, want string
		fault      wecomtest.Fault
	}{
		"plain":   {name: "feedback.xlsx", want: "feedback.xlsx"},
		"escaped": {name: "%E5%8F%8D%E9%A6%88.xlsx", want: "反馈.xlsx"},
		"percent": {name: "100%.xlsx", want: "100%.xlsx"},
		"path":    {name: "../../反馈.xlsx", want: "反馈.xlsx"},
		"none":    {},
		"down":    {name: "反馈.xlsx", fault: wecomtest.Down},
	} {
		t.Run(name, func(t *testing.T) {
			s := wecomtest.New(t)
			sink := chattest.NewSink()
			online(t, newChannel(t, s, nil), sink)
			s.Fail(wecomtest.Media, f.fault)
			s.Say(map[string]any{
				"chattype": "single", "from": map[string]string{"userid": "zhang"}, "msgtype": "file", "file": s.File(f.name, []byte("PK....")),
			})
			if m := received(t, sink, 1)[0]; len(m.Files) != 1 || m.Files[0].Name != f.want || m.Text != "" || !m.Conversation.Private {
				t.Errorf("got %+v", m)
			}
		})
	}
}

// TestNamedOnce: a message that is offered again does not ask for its files' names again.
func TestNamedOnce(t *testing.T) {
	s := wecomtest.New(t)
	sink := chattest.NewSink()
	sink.Refuse = 3
	online(t, newChannel(t, s, nil), sink)
	s.Say(map[string]any{
		"chattype": "single", "from": map[string]string{"userid": "zhang"}, "msgtype": "file", "file": s.File("反馈.xlsx", []byte("PK....")),
	})
	if m := received(t, sink, 1)[0]; len(m.Files) != 1 || m.Files[0].Name != "反馈.xlsx" || s.Asked(wecomtest.Media) != 1 {
		t.Errorf("got %+v, asked %d times", m, s.Asked(wecomtest.Media))
	}
}

// TestHugeFile: what is told to be too large is not loaded.
func TestHugeFile(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000000000")
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush() // whoever asked may be gone
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	c := newChannel(t, wecomtest.New(t), func(cfg *Config) { cfg.pace.Media = time.Second })
	f := chat.File{Ref: media{URL: server.URL, Key: "x"}.ref()}
	if _, err := c.FetchFile(t.Context(), f, 1000); !errors.Is(err, chat.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}
