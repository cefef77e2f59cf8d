package wecom

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/chat/chattest"
	"duban/internal/chat/link"
	"duban/internal/chat/wecom/wecomtest"
)

var hurry = link.Pace{Beat: time.Hour, Answer: 10 * time.Second, Media: 10 * time.Second, First: time.Millisecond, Last: 4 * time.Millisecond}

func newChannel(t *testing.T, s *wecomtest.Server, change func(*Config)) *Channel {
	t.Helper()
	cfg := Config{BotID: wecomtest.BotID, Secret: wecomtest.Secret, URL: s.URL(), Log: slog.New(slog.DiscardHandler), pace: hurry}
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// room is the group of the tests.
const room = "wrGROUP"

func TestContract(t *testing.T) {
	chattest.Run(t, func(t *testing.T) chattest.Network {
		s := wecomtest.New(t)
		say := func(t *testing.T, m map[string]any) {
			s.Wait(t.Context(), func(s wecomtest.State) bool { return s.Online })
			s.Say(m)
		}
		return chattest.Network{
			Channel: newChannel(t, s, nil),
			Say:     func(t *testing.T, text string) { say(t, wecomtest.Group(room, "zhang", text)) },
			SendPicture: func(t *testing.T, text string, data []byte) {
				say(t, wecomtest.Mixed(room, "zhang", text, s.Picture("p", data)))
			},
			SendFile: func(t *testing.T, name string, data []byte) { // loose ones do not arrive from groups
				m := wecomtest.Group(room, "zhang", "")
				m["quote"] = map[string]any{"msgtype": "file", "file": s.File(name, data)}
				say(t, m)
			},
			QuotePicture: func(t *testing.T, data []byte) {
				m := wecomtest.Group(room, "zhang", "")
				m["quote"] = map[string]any{"msgtype": "image", "image": s.Picture("p", data)}
				say(t, m)
			},
			Group:     func(*testing.T) string { return room },
			Seen:      func() []string { return seenTexts(s) },
			SeenFiles: func() []chattest.SeenFile { return seenFiles(s) },
			TooOften:  func(*testing.T) { s.Fail(cmdSend, wecomtest.TooOften) },
			Refuse:    func(*testing.T) { s.Fail(cmdSend, wecomtest.Refused) },
			Lose:      func(*testing.T) { s.Fail(cmdSend, wecomtest.Lost) },
			Break:     func(*testing.T) { s.Break() },
			Twice: func(t *testing.T, text string) {
				m := wecomtest.Group(room, "zhang", text)
				m["msgid"] = "same"
				say(t, m)
				say(t, m)
			},
			Buttons: func() (out []string) {
				for _, b := range lastCard(s).Card.Buttons {
					out = append(out, b.Text)
				}
				return out
			},
			Tap: func(_ *testing.T, label string) { s.Tap("zhang", lastCard(s), label) },
		}
	})
}

func lastCard(s *wecomtest.Server) wecomtest.Sent {
	sent := s.Sent()
	return sent[len(sent)-1]
}

// seenTexts takes a card for a message, which it is where its text is short.
func seenTexts(s *wecomtest.Server) (out []string) {
	for _, m := range s.Sent() {
		if m.Type == "markdown" || m.Type == "template_card" {
			out = append(out, m.Text)
		}
	}
	return out
}

func seenFiles(s *wecomtest.Server) (out []chattest.SeenFile) {
	for _, m := range s.Sent() {
		if m.Type == "image" || m.Type == "file" {
			out = append(out, chattest.SeenFile{Name: m.Name, Picture: m.Type == "image", Data: m.Data})
		}
	}
	return out
}

// online runs a channel until the test ends.
func online(t *testing.T, c *Channel, sink *chattest.Sink) (ended <-chan error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx, sink) }()
	t.Cleanup(cancel)
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

func TestMessages(t *testing.T) {
	s := wecomtest.New(t)
	photo := []byte("\xff\xd8 a picture of 33 bytes, or so\xff\xd9")
	text := func(s string) map[string]any {
		return map[string]any{"msgtype": "text", "text": map[string]string{"content": s}}
	}
	shown := map[string]any{"msgtype": "image", "image": s.Picture("a.jpg", photo)}
	mixed := func(items ...map[string]any) map[string]any {
		m := wecomtest.Group(room, "zhang", "")
		m["msgtype"], m["mixed"] = "mixed", map[string]any{"msg_item": items}
		return m
	}
	quoting := wecomtest.Group(room, "zhang", "完成")
	quoting["quote"] = text("已立案 #17 堆放杂物")
	quotingPicture := wecomtest.Group(room, "zhang", "上报 南门")
	quotingPicture["quote"] = shown
	private := text("后台")
	private["chattype"], private["from"] = "single", map[string]string{"userid": "zhang"}
	voice := map[string]any{"msgtype": "voice", "voice": map[string]string{"content": "我的"}, "chattype": "single", "from": map[string]string{"userid": "zhang"}}

	for name, c := range map[string]struct {
		said     map[string]any
		text     string
		quote    string
		pictures int
		private  bool
	}{
		"text":            {wecomtest.Group(room, "zhang", "上报 南门菜场门口"), "上报 南门菜场门口", "", 0, false},
		"mention last":    {withText("上报 南门 @督办"), "上报 南门", "", 0, false},
		"mention alone":   {withText("@督办"), "", "", 0, false},
		"thin blank":      {withText("@督办\u2005上报 南门"), "上报 南门", "", 0, false},
		"mixed":           {mixed(text("@督办 "), shown, text("上报 南门")), "上报 南门", "", 1, false},
		"mixed two":       {mixed(text("@督办 完成 17 已清理"), shown, shown), "完成 17 已清理", "", 2, false},
		"quote":           {quoting, "完成", "已立案 #17 堆放杂物", 0, false},
		"quoted picture":  {quotingPicture, "上报 南门", "", 1, false},
		"private":         {private, "后台", "", 0, true},
		"private voice":   {voice, "我的", "", 0, true},
		"somebody's name": {withText("@督办 派单 17 @王芳"), "派单 17 @王芳", "", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := wecomtest.New(t)
			sink := chattest.NewSink()
			online(t, newChannel(t, s, nil), sink)
			s.Say(c.said)
			m := received(t, sink, 1)[0]
			if m.Text != c.text || len(m.Pictures) != c.pictures || m.Conversation.Private != c.private || m.From.Key != "zhang" {
				t.Errorf("got %+v", m)
			}
			if m.Mentioned == c.private {
				t.Errorf("mentioned: %v", m.Mentioned)
			}
			if (m.Quote != nil && m.Quote.Text != c.quote) || (m.Quote == nil && c.quote != "") {
				t.Errorf("quote: %+v", m.Quote)
			}
		})
	}
}

func withText(text string) map[string]any {
	m := wecomtest.Group(room, "zhang", "")
	m["text"] = map[string]string{"content": text}
	return m
}

func TestPicture(t *testing.T) {
	s := wecomtest.New(t)
	c := newChannel(t, s, nil)
	for _, size := range []int{5, 31, 32, 33, 100_000} {
		data := bytes.Repeat([]byte{7, 200, 31}, size)[:size]
		p := chat.Picture{Ref: media{URL: s.Picture("p", data)["url"], Key: s.Picture("p", data)["aeskey"]}.ref()}
		got, err := c.FetchPicture(t.Context(), p)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d bytes: got %d, %v", size, len(got), err)
		}
	}
	p := chat.Picture{Ref: media{URL: s.Picture("gone", []byte("12345"))["url"]}.ref()}
	s.Expire("gone")
	if _, err := c.FetchPicture(t.Context(), p); !errors.Is(err, chat.ErrGone) {
		t.Errorf("an expired picture: %v", err)
	}
	if _, err := c.FetchPicture(t.Context(), chat.Picture{Ref: "nonsense"}); !errors.Is(err, chat.ErrGone) {
		t.Errorf("another channel's picture: %v", err)
	}
}

func TestPictureThatIsDamaged(t *testing.T) {
	key := "Wmhqam9wcXJzdHV2d3h5ejAxMjM0NTY3ODlhYmNkZWY="
	for name, c := range map[string]struct {
		sealed []byte
		key    string
		gone   bool
	}{
		"cut":       {make([]byte, 33), key, false},
		"empty":     {nil, key, false},
		"short key": {make([]byte, 32), "YWJj", true},
		"no base64": {make([]byte, 32), "?", true},
	} {
		if _, err := open(c.sealed, c.key); err == nil || errors.Is(err, chat.ErrGone) != c.gone {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func send(t *testing.T, c *Channel, out chat.Outgoing) *chat.SendError {
	t.Helper()
	out.Conversation = room
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
		fault       wecomtest.Fault
		want        chat.SendError // but for Err; Retry and Unknown false and Err nil: it is sent
		sent        int
		ok          bool
		answerLater bool
	}{
		"right":     {sent: 1, ok: true},
		"garbage":   {fault: wecomtest.Garbage, sent: 1, ok: true},
		"cut":       {fault: wecomtest.Cut, want: chat.SendError{Retry: true, Unknown: true}},
		"half":      {fault: wecomtest.Half, want: chat.SendError{Retry: true, Unknown: true}, sent: 1},
		"mute":      {fault: wecomtest.Mute, want: chat.SendError{Retry: true, Unknown: true}, sent: 1},
		"lost":      {fault: wecomtest.Lost, want: chat.SendError{Retry: true, Unknown: true}, sent: 1},
		"busy":      {fault: wecomtest.Busy, want: chat.SendError{Retry: true}},
		"too often": {fault: wecomtest.TooOften, want: chat.SendError{Retry: true, After: restAfterTooOften}},
		"refused":   {fault: wecomtest.Refused},
		"no answer": {fault: wecomtest.Silence, want: chat.SendError{Retry: true, Unknown: true}, answerLater: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := wecomtest.New(t)
			sink := chattest.NewSink()
			ch := newChannel(t, s, func(cfg *Config) {
				if c.answerLater {
					cfg.pace.Answer = 50 * time.Millisecond
				}
			})
			online(t, ch, sink)
			if c.fault != 0 {
				s.Fail(cmdSend, c.fault)
			}
			e := send(t, ch, chat.Outgoing{ID: "1", Text: "已立案 #1"})
			if (e == nil) != c.ok {
				t.Fatalf("got %v", e)
			}
			if e != nil && (e.Retry != c.want.Retry || e.Unknown != c.want.Unknown || e.After != c.want.After) {
				t.Errorf("got %+v, want %+v", *e, c.want)
			}
			if n := len(s.Sent()); n != c.sent {
				t.Errorf("%d messages arrived, want %d", n, c.sent)
			}
		})
	}
}

func TestSendWhileOffline(t *testing.T) {
	c := newChannel(t, wecomtest.New(t), nil)
	if e := send(t, c, chat.Outgoing{ID: "1", Text: "甲"}); e == nil || !e.Retry || e.Unknown {
		t.Errorf("got %+v", e)
	}
}

// What people wrote must not ring anybody, and who is to be rung is.
func TestMentions(t *testing.T) {
	s := wecomtest.New(t)
	sink := chattest.NewSink()
	c := newChannel(t, s, nil)
	online(t, c, sink)
	e := send(t, c, chat.Outgoing{
		ID: "1", Text: "#1 <@all> <font color=red>假</font> 请李强处理",
		Mentions: []chat.Mention{{Key: "li", Name: "李强"}, {Name: "王芳"}},
	})
	if e != nil {
		t.Fatal(e)
	}
	if got, want := s.Sent()[0].Text, "#1 ＜@all> ＜font color=red>假</font> 请李强处理\n<@li> @王芳"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAttachment(t *testing.T) {
	s := wecomtest.New(t)
	sink := chattest.NewSink()
	c := newChannel(t, s, nil)
	online(t, c, sink)
	path := filepath.Join(t.TempDir(), "x.png")
	data := bytes.Repeat([]byte("0123456789abcdef"), 100_000) // four chunks
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out := chat.Outgoing{ID: "1", Text: "今日排名", Attachment: &chat.Attachment{Name: "排名.png", Path: path, Picture: true}}
	// The first attempt fails in the middle of the picture; the second sends what is missing, and no text twice.
	s.Fail(cmdUploadChunk, wecomtest.Busy)
	if e := send(t, c, out); e == nil || !e.Retry || e.Unknown {
		t.Fatalf("got %+v", e)
	}
	if e := send(t, c, out); e != nil {
		t.Fatal(e)
	}
	sent := s.Sent()
	if len(sent) != 2 || sent[0].Text != "今日排名" || sent[1].Type != "image" || sent[1].Name != "排名.png" || !bytes.Equal(sent[1].Data, data) {
		t.Errorf("got %d messages: %.80s", len(sent), fmt.Sprint(sent))
	}
	out = chat.Outgoing{ID: "2", Attachment: &chat.Attachment{Name: "台账.xlsx", Path: path}}
	if e := send(t, c, out); e != nil || s.Sent()[2].Type != "file" {
		t.Errorf("file: %v", e)
	}
	huge := filepath.Join(t.TempDir(), "huge.png")
	if err := os.WriteFile(huge, make([]byte, maxPicture+1), 0o600); err != nil {
		t.Fatal(err)
	}
	out = chat.Outgoing{ID: "3", Attachment: &chat.Attachment{Name: "全县.png", Path: huge, Picture: true}}
	if e := send(t, c, out); e != nil || s.Sent()[3].Type != "file" || len(s.Sent()[3].Data) != maxPicture+1 {
		t.Errorf("a picture that is too large for one: %v", e)
	}
	for name, bad := range map[string]string{"missing": filepath.Join(t.TempDir(), "none"), "empty": empty(t)} {
		if e := send(t, c, chat.Outgoing{ID: name, Attachment: &chat.Attachment{Path: bad}}); e == nil || e.Retry {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func empty(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReconnects(t *testing.T) {
	s := wecomtest.New(t)
	sink := chattest.NewSink()
	c := newChannel(t, s, nil)
	online(t, c, sink)
	s.Fail(cmdSubscribe, wecomtest.Cut, wecomtest.Busy, wecomtest.Garbage)
	s.Break()
	waitOnline(t, sink, 2)
	s.Say(wecomtest.Group(room, "zhang", "上报 还在"))
	if m := received(t, sink, 1)[0]; m.Text != "上报 还在" {
		t.Errorf("got %q", m.Text)
	}
}

func TestStopsForGood(t *testing.T) {
	for name, c := range map[string]struct {
		secret string
		then   func(*testing.T, *wecomtest.Server)
		want   string
	}{
		"wrong secret": {secret: "wrong", want: "不接受机器人的 ID 或密钥（错误码 40001）"},
		"taken": {secret: wecomtest.Secret, want: "同一个机器人在别处连上了", then: func(t *testing.T, s *wecomtest.Server) {
			t.Helper()
			online(t, newChannel(t, s, nil), chattest.NewSink())
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := wecomtest.New(t)
			sink := chattest.NewSink()
			ch := newChannel(t, s, func(cfg *Config) { cfg.Secret = c.secret })
			var err error
			if c.then == nil {
				err = ch.Run(t.Context(), sink)
			} else {
				ended := online(t, ch, sink)
				c.then(t, s)
				err = <-ended
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
			if strings.Contains(err.Error(), c.secret) {
				t.Error("the secret is in the error")
			}
			sink.Wait(t, func(_ []chat.Message, states []chat.Status) bool {
				return states[len(states)-1].State == chat.StateStopped
			})
		})
	}
}

// Two pings without an answer in a row are the end of a connection; one is not.
func TestPings(t *testing.T) {
	s := wecomtest.New(t)
	sink := chattest.NewSink()
	c := newChannel(t, s, func(cfg *Config) { cfg.pace.Beat = 20 * time.Millisecond })
	s.Fail(cmdPing, wecomtest.Silence, 0, wecomtest.Silence, 0, wecomtest.Silence, wecomtest.Silence)
	online(t, c, sink)
	waitOnline(t, sink, 2)
	if n := s.Asked(cmdPing); n < 6 {
		t.Errorf("given up after %d pings", n)
	}
}

func TestTheSameMessageTwice(t *testing.T) {
	s := wecomtest.New(t)
	sink := chattest.NewSink()
	online(t, newChannel(t, s, nil), sink)
	for range 2 {
		m := wecomtest.Group(room, "zhang", "上报 甲")
		m["msgid"] = "same"
		s.Say(m)
	}
	if got := received(t, sink, 2); got[0].ID != got[1].ID { // the inbox drops the second by its id
		t.Errorf("got %q and %q", got[0].ID, got[1].ID)
	}
}

func TestCertificates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ca.pem")
	if _, err := New(Config{CA: path}); err == nil || !strings.Contains(err.Error(), "无法读取") {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(path, []byte("not a certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Config{CA: path}); err == nil || !strings.Contains(err.Error(), "没有证书") {
		t.Errorf("no certificate: %v", err)
	}
}

func FuzzMessage(f *testing.F) {
	f.Add([]byte(`{"msgid":"1","chattype":"group","chatid":"g","from":{"userid":"u"},"msgtype":"text","text":{"content":"@督办 上报 甲"}}`))
	f.Add([]byte(`{"msgid":"1","from":{"userid":"u"},"msgtype":"mixed","mixed":{"msg_item":[{"msgtype":"mixed"},{"msgtype":"image","image":{"url":"x"}}]},"quote":{"msgtype":"text"}}`))
	c, err := New(Config{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if err := c.arrive(t.Context(), nil, frame{Cmd: cmdMessage, Body: body}); err != nil {
			t.Fatal(err)
		}
		select {
		case m := <-c.todo:
			if m.ID == "" || m.From.Key == "" || m.Conversation.Key == "" {
				t.Errorf("incomplete: %+v", m)
			}
		default:
		}
	})
}

func FuzzOpen(f *testing.F) {
	f.Add(make([]byte, 32), "Wmhqam9wcXJzdHV2d3h5ejAxMjM0NTY3ODlhYmNkZWY=")
	f.Fuzz(func(t *testing.T, sealed []byte, key string) {
		if data, err := open(bytes.Clone(sealed), key); err == nil && len(data) > len(sealed) {
			t.Error("more came out than went in")
		}
	})
}
