package feishu

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	im "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"

	"duban/internal/chat"
	"duban/internal/chat/chattest"
	"duban/internal/chat/feishu/feishutest"
)

// group is the group of the tests.
const group = "oc_GROUP"

func newChannel(t *testing.T, s *feishutest.Server) *Channel {
	t.Helper()
	return New(Config{AppID: s.AppID, Secret: s.Secret, URL: s.URL(), All: true, Log: slog.New(slog.DiscardHandler)})
}

// said is a text in the group that mentions the bot.
func saidInGroup(text string) map[string]any {
	content, err := json.Marshal(map[string]string{"text": "@_user_1 " + text})
	if err != nil {
		panic(err)
	}
	return map[string]any{
		"chat_id": group, "chat_type": "group", "message_type": "text", "content": string(content), "create_time": "1764000000000",
		"mentions": []any{map[string]any{"key": "@_user_1", "id": map[string]string{"open_id": feishutest.Bot}, "name": "督办"}},
	}
}

func TestContract(t *testing.T) {
	chattest.Run(t, func(t *testing.T) chattest.Network {
		s := feishutest.New(t)
		return chattest.Network{
			Channel: newChannel(t, s),
			Say:     func(_ *testing.T, text string) { s.Say(saidInGroup(text), "ou_zhang") },
			Group:   func(*testing.T) string { return group },
			Seen: func() (out []string) {
				for _, m := range s.Sent() {
					out = append(out, m.Text)
				}
				return out
			},
		}
	})
}

func online(t *testing.T, c *Channel, sink *chattest.Sink) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx, sink) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run ended with %v", err)
		}
	})
	waitOnline(t, sink, 1)
}

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

func TestMessages(t *testing.T) {
	other := map[string]any{"key": "@_user_2", "id": map[string]string{"open_id": "ou_wang"}, "name": "王芳"}
	with := func(change func(m map[string]any)) map[string]any {
		m := saidInGroup("完成")
		change(m)
		return m
	}
	for name, c := range map[string]struct {
		message  map[string]any
		want     chat.Message // Text, Mentioned, Conversation.Private, Quote
		pictures int
	}{
		"mention": {saidInGroup("上报 南门菜场"), chat.Message{Text: "上报 南门菜场", Mentioned: true}, 0},
		"plain": {with(func(m map[string]any) {
			delete(m, "mentions")
			m["content"] = `{"text":"上报 甲\n第二行"}`
		}), chat.Message{Text: "上报 甲\n第二行"}, 0},
		"another person": {with(func(m map[string]any) {
			m["content"], m["mentions"] = `{"text":"派单 17 @_user_2"}`, []any{other}
		}), chat.Message{Text: "派单 17 @王芳"}, 0},
		"private": {with(func(m map[string]any) {
			delete(m, "mentions")
			m["chat_type"], m["content"] = "p2p", `{"text":"后台"}`
		}), chat.Message{Text: "后台", Conversation: chat.Conversation{Private: true}}, 0},
		"picture": {with(func(m map[string]any) {
			delete(m, "mentions")
			m["message_type"], m["content"] = "image", `{"image_key":"img_1"}`
		}), chat.Message{}, 1},
		"rich text": {with(func(m map[string]any) {
			m["message_type"] = "post"
			m["content"] = `{"title":"","content":[[{"tag":"at","user_id":"@_user_1"},{"tag":"text","text":" 上报 南门"}],[{"tag":"img","image_key":"img_1"}],[{"tag":"img","image_key":"img_2"}]]}`
		}), chat.Message{Text: "上报 南门", Mentioned: true}, 2},
		"quote": {
			with(func(m map[string]any) { m["parent_id"] = "om_other" }),
			chat.Message{Text: "完成", Mentioned: true, Quote: &chat.Quote{ID: "om_other", Text: "别人的话 #17"}},
			0,
		},
		"quote that is gone": {
			with(func(m map[string]any) { m["parent_id"] = "om_gone" }),
			chat.Message{Text: "完成", Mentioned: true, Quote: &chat.Quote{ID: "om_gone"}},
			0,
		},
		"sticker": {with(func(m map[string]any) {
			delete(m, "mentions")
			m["message_type"], m["content"] = "sticker", `{"file_key":"x"}`
		}), chat.Message{}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := feishutest.New(t)
			s.Remember("om_other", `{"text":"别人的话 #17"}`)
			sink := chattest.NewSink()
			online(t, newChannel(t, s), sink)
			s.Say(c.message, "ou_zhang")
			m := sink.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return len(got) > 0 })[0]
			if m.Text != c.want.Text || m.Mentioned != c.want.Mentioned || m.Conversation.Private != c.want.Conversation.Private || len(m.Pictures) != c.pictures {
				t.Errorf("got %+v", m)
			}
			if (m.Quote == nil) != (c.want.Quote == nil) || m.Quote != nil && *m.Quote != *c.want.Quote {
				t.Errorf("quote: %+v", m.Quote)
			}
		})
	}
}

// A quote of the bot's own message is known without asking, and as the bot's.
func TestQuoteOfTheBot(t *testing.T) {
	s := feishutest.New(t)
	sink := chattest.NewSink()
	c := newChannel(t, s)
	online(t, c, sink)
	if e := send(t, c, chat.Outgoing{ID: "1", Text: "已立案 #17"}); e != nil {
		t.Fatal(e)
	}
	m := saidInGroup("完成")
	m["parent_id"] = "om_1"
	s.Fail("get", feishutest.Broken)
	s.Say(m, "ou_zhang")
	got := sink.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return len(got) > 0 })[0]
	if got.Quote == nil || !got.Quote.FromBot || got.Quote.Text != "已立案 #17" {
		t.Errorf("got %+v", got.Quote)
	}
}

func TestPicture(t *testing.T) {
	s := feishutest.New(t)
	c := newChannel(t, s)
	data := bytes.Repeat([]byte{0xff, 0xd8, 7}, 1000)
	s.Picture("img_1", data)
	got, err := c.FetchPicture(t.Context(), picture("om_1", "img_1"))
	if err != nil || !bytes.Equal(got, data) {
		t.Fatalf("got %d bytes, %v", len(got), err)
	}
	for name, p := range map[string]chat.Picture{"unknown": picture("om_1", "img_2"), "nonsense": {Ref: "x"}} {
		if _, err := c.FetchPicture(t.Context(), p); !errors.Is(err, chat.ErrGone) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.Fail("resource", feishutest.Broken)
	if _, err := c.FetchPicture(t.Context(), picture("om_1", "img_1")); err == nil || errors.Is(err, chat.ErrGone) {
		t.Errorf("an error that passes: %v", err)
	}
}

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
		"group too often": {fault: feishutest.GroupTooOften, want: &chat.SendError{Retry: true, After: restAfterTooOften}},
		"refused":         {fault: feishutest.Refused, want: &chat.SendError{}},
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
		ID: "1", Text: `#1 <at user_id="all"></at> 请李强处理`, Mentions: []chat.Mention{{Key: "ou_li", Name: "李强"}, {Name: "王芳"}},
	}
	if e := send(t, c, out); e != nil {
		t.Fatal(e)
	}
	want := "#1 ＜at user_id=\"all\"></at> 请李强处理\n<at user_id=\"ou_li\">李强</at> @王芳"
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

func TestAttachment(t *testing.T) {
	s := feishutest.New(t)
	c := newChannel(t, s)
	path := filepath.Join(t.TempDir(), "x")
	data := bytes.Repeat([]byte("0123456789"), 1000)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out := chat.Outgoing{ID: "1", Text: "今日排名", Attachment: &chat.Attachment{Name: "排名.png", Path: path, Picture: true}}
	s.Fail("upload", feishutest.Broken)
	if e := send(t, c, out); e == nil || !e.Retry {
		t.Fatalf("got %+v", e)
	}
	if e := send(t, c, out); e != nil {
		t.Fatal(e)
	}
	sent := s.Sent()
	if len(sent) != 2 || s.Doubles() != 1 || sent[1].Kind != "image" || !bytes.Equal(sent[1].Data, data) {
		t.Errorf("%d messages, %d doubles", len(sent), s.Doubles())
	}
	out = chat.Outgoing{ID: "2", Attachment: &chat.Attachment{Name: "台账.xlsx", Path: path}}
	if e := send(t, c, out); e != nil || s.Sent()[2].Kind != "file" || s.Sent()[2].Name != "台账.xlsx" {
		t.Errorf("file: %v", e)
	}
	if e := send(t, c, chat.Outgoing{ID: "3", Attachment: &chat.Attachment{Path: path + "none"}}); e == nil || e.Retry {
		t.Errorf("missing: %+v", e)
	}
}

func TestReconnects(t *testing.T) {
	s := feishutest.New(t)
	sink := chattest.NewSink()
	online(t, newChannel(t, s), sink)
	s.Fail("bootstrap", feishutest.Broken, feishutest.Garbage)
	s.Break()
	waitOnline(t, sink, 2)
	s.Say(saidInGroup("上报 还在"), "ou_zhang")
	if m := sink.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return len(got) > 0 })[0]; m.Text != "上报 还在" {
		t.Errorf("got %q", m.Text)
	}
}

func TestWrongSecret(t *testing.T) {
	s := feishutest.New(t)
	sink := chattest.NewSink()
	c := New(Config{AppID: s.AppID, Secret: "wrong", URL: s.URL(), Log: slog.New(slog.DiscardHandler)})
	err := c.Run(t.Context(), sink)
	if err == nil || !strings.Contains(err.Error(), "飞书不接受应用（错误码 1000040345）") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("got %v", err)
	}
	sink.Wait(t, func(_ []chat.Message, states []chat.Status) bool {
		return states[len(states)-1].State == chat.StateStopped
	})
}

// While the bot's own id cannot be had, a message with mentions is not taken for one without: it comes again.
func TestOwnIDComesLater(t *testing.T) {
	s := feishutest.New(t)
	sink := chattest.NewSink()
	online(t, newChannel(t, s), sink)
	s.Fail("info", feishutest.Broken)
	s.Say(saidInGroup("我的"), "ou_zhang")
	if m := sink.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return len(got) > 0 })[0]; !m.Mentioned || m.Text != "我的" {
		t.Errorf("got %+v", m)
	}
}

func TestRobotsAreNotHeard(t *testing.T) {
	c := New(Config{Log: slog.New(slog.DiscardHandler)})
	sink := chattest.NewSink()
	sink.Refuse = 1 // whoever asks is refused, and that would be an error
	app := "app"
	id := "x"
	for _, e := range []*im.P2MessageReceiveV1{
		nil,
		{},
		{Event: &im.P2MessageReceiveV1Data{}},
		{Event: &im.P2MessageReceiveV1Data{Message: &im.EventMessage{MessageId: &id, ChatId: &id}, Sender: &im.EventSender{SenderId: &im.UserId{OpenId: &id}, SenderType: &app}}},
		{Event: &im.P2MessageReceiveV1Data{Message: &im.EventMessage{}, Sender: &im.EventSender{SenderId: &im.UserId{OpenId: &id}}}},
	} {
		if err := c.arrive(t.Context(), sink, e); err != nil {
			t.Errorf("%+v: %v", e, err)
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add("text", `{"text":"@_user_1 上报"}`)
	f.Add("post", `{"title":"t","content":[[{"tag":"img","image_key":"k"},{"tag":"at","user_id":"@_user_1"}],[]]}`)
	f.Fuzz(func(t *testing.T, kind, content string) {
		if _, pictures := words(kind, content); kind == "text" && len(pictures) > 0 {
			t.Error("a text has pictures")
		}
	})
}
