package feishu

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	im "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"

	"duban/internal/chat"
	"duban/internal/chat/chattest"
	"duban/internal/chat/feishu/content"
	"duban/internal/chat/feishu/feishutest"
)

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
		"eleven people": {with(func(m map[string]any) {
			m["content"] = `{"text":"@_user_10 @_user_1 @_all @_user_7"}`
			m["mentions"] = []any{other, map[string]any{"key": "@_user_10", "id": map[string]string{"open_id": "ou_li"}, "name": "李强"}, m["mentions"].([]any)[0]}
		}), chat.Message{Text: "@李强  @所有人 @_user_7", Mentioned: true}, 0},
		"another person": {with(func(m map[string]any) {
			m["content"], m["mentions"] = `{"text":"派单 17 @_user_2"}`, []any{other}
		}), chat.Message{Text: "派单 17 @王芳"}, 0},
		"a name that says something": {with(func(m map[string]any) {
			evil := map[string]any{"key": "@_user_2", "id": map[string]string{"open_id": "ou_evil"}, "name": "小王，通过 17\n通过 18"}
			m["content"], m["mentions"] = `{"text":"退回 5 没改，@_user_2 抓紧"}`, []any{evil}
		}), chat.Message{Text: "退回 5 没改，@小王_通过_17_通过_18 抓紧"}, 0},
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
			s.Remember("om_other", feishutest.Message{Kind: "text", Content: `{"text":"别人的话 #17"}`})
			sink := chattest.NewSink()
			online(t, newChannel(t, s), sink)
			s.Say(c.message, "ou_zhang")
			m := sink.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return len(got) > 0 })[0]
			if want := time.UnixMilli(1764000000000); !m.SentAt.Equal(want) {
				t.Errorf("sent at %s", m.SentAt)
			}
			if m.Conversation.Private && m.Conversation.Key != "ou_zhang" {
				t.Errorf("in %q", m.Conversation.Key)
			}
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
	m["parent_id"] = s.Sent()[0].ID
	s.Fail("get", feishutest.Broken)
	s.Say(m, "ou_zhang")
	got := sink.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return len(got) > 0 })[0]
	if got.Quote == nil || !got.Quote.FromBot || got.Quote.Text != "已立案 #17" {
		t.Errorf("got %+v", got.Quote)
	}
}

// After a restart the bot asks what it said.
func TestQuoteAfterRestart(t *testing.T) {
	s := feishutest.New(t)
	s.Remember("om_text", feishutest.Message{Kind: "text", Content: `{"text":"已立案 #17"}`, App: s.AppID})
	s.Remember("om_card", feishutest.Message{
		Kind: "interactive", App: s.AppID,
		Content: `{"title":"","elements":[[{"tag":"text","text":"已立案 #17"}],[{"tag":"button","text":"签收"}]]}`,
	})
	s.Remember("om_robot", feishutest.Message{Kind: "text", Content: `{"text":"已立案 #17"}`, App: "cli_other"})
	sink := chattest.NewSink()
	online(t, newChannel(t, s), sink)
	for n, id := range []string{"om_text", "om_card", "om_robot"} {
		m := saidInGroup("完成")
		m["parent_id"] = id
		s.Say(m, "ou_zhang")
		got := sink.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return len(got) > n })[n]
		if got.Quote == nil || got.Quote.Text != "已立案 #17" || got.Quote.FromBot != (id != "om_robot") {
			t.Errorf("%s: %+v", id, got.Quote)
		}
	}
}

// Where only mentions arrive, a photo or a file that was sent by itself comes with its quote. Where everything arrives it has come already, and what the
// bot sent is no evidence.
func TestQuotedMedia(t *testing.T) {
	for name, c := range map[string]struct {
		all, private    bool
		quoted          feishutest.Message
		pictures, files int
	}{
		"photo":       {false, false, feishutest.Message{Kind: "image", Content: `{"image_key":"img_1"}`}, 1, 0},
		"spreadsheet": {false, false, feishutest.Message{Kind: "file", Content: `{"file_key":"file_1","file_name":"问题.xlsx"}`}, 0, 1},
		"has come":    {true, false, feishutest.Message{Kind: "image", Content: `{"image_key":"img_1"}`}, 0, 0},
		"in private":  {false, true, feishutest.Message{Kind: "image", Content: `{"image_key":"img_1"}`}, 0, 0},
		"own":         {false, false, feishutest.Message{Kind: "image", Content: `{"image_key":"img_1"}`, App: "me"}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := feishutest.New(t)
			s.Offer("img_1", []byte("a photo"))
			s.Offer("file_1", []byte("a file"))
			if c.quoted.App != "" {
				c.quoted.App = s.AppID
			}
			s.Remember("om_old", c.quoted)
			sink := chattest.NewSink()
			ch := newChannelThat(t, s, c.all)
			online(t, ch, sink)
			m := saidInGroup("上报 南门")
			m["parent_id"] = "om_old"
			if c.private {
				m["chat_type"] = "p2p"
			}
			s.Say(m, "ou_zhang")
			got := sink.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return len(got) > 0 })[0]
			if len(got.Pictures) != c.pictures || len(got.Files) != c.files {
				t.Fatalf("got %+v", got)
			}
			for _, p := range got.Pictures {
				if data, err := ch.FetchPicture(t.Context(), p); string(data) != "a photo" || p.Ref != (content.Ref{Message: "om_old", Key: "img_1"}).Handle() {
					t.Errorf("got %q by %s, %v", data, p.Ref, err)
				}
			}
		})
	}
}

// transportFunc is a network of one's own.
type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// An event that quotes something is kept within three seconds, though the network does not answer.
func TestQuoteDoesNotHoldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{AppID: "cli_hold", Secret: "x", Log: slog.New(slog.DiscardHandler)})
		c.core.HttpClient = &http.Client{Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})}
		var e im.P2MessageReceiveV1
		if err := json.Unmarshal([]byte(`{"event":{"sender":{"sender_id":{"open_id":"ou"}},"message":{"message_id":"om_2","chat_id":"oc","chat_type":"group","parent_id":"om_1","message_type":"text","content":"{\"text\":\"完成\"}"}}}`), &e); err != nil {
			t.Fatal(err)
		}
		sink, begun := chattest.NewSink(), time.Now()
		if err := c.arrive(t.Context(), sink, &e); err != nil || time.Since(begun) > 2*time.Second {
			t.Errorf("%v after %s", err, time.Since(begun))
		}
		if got := sink.Wait(t, func([]chat.Message, []chat.Status) bool { return true }); len(got) != 1 || got[0].Text != "完成" || got[0].Quote.ID != "om_1" {
			t.Errorf("got %+v", got)
		}
	})
}

func TestPicture(t *testing.T) {
	s := feishutest.New(t)
	c := newChannel(t, s)
	data := bytes.Repeat([]byte{0xff, 0xd8, 7}, 1000)
	s.Offer("img_1", data)
	photo := chat.Picture{Ref: content.Ref{Message: "om_1", Key: "img_1"}.Handle()}
	got, err := c.FetchPicture(t.Context(), photo)
	if err != nil || !bytes.Equal(got, data) {
		t.Fatalf("got %d bytes, %v", len(got), err)
	}
	for name, p := range map[string]chat.Picture{"unknown": {Ref: content.Ref{Message: "om_1", Key: "img_2"}.Handle()}, "nonsense": {Ref: "x"}} {
		if _, err := c.FetchPicture(t.Context(), p); !errors.Is(err, chat.ErrGone) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, fault := range []feishutest.Fault{feishutest.Broken, feishutest.TooOften} {
		s.Fail("resource", fault)
		if _, err := c.FetchPicture(t.Context(), photo); err == nil || errors.Is(err, chat.ErrGone) {
			t.Errorf("an error that passes: %v", err)
		}
	}
	s.Offer("img_3", make([]byte, maxAnswer+1))
	if _, err := c.FetchPicture(t.Context(), chat.Picture{Ref: content.Ref{Message: "om_1", Key: "img_3"}.Handle()}); !errors.Is(err, chat.ErrGone) {
		t.Errorf("a picture that nobody can hold: %v", err)
	}
}

// While the bot's own id cannot be had, a message with mentions is not taken for one without: it comes again.
func TestOwnIDComesLater(t *testing.T) {
	s := feishutest.New(t)
	sink := chattest.NewSink()
	online(t, newChannel(t, s), sink)
	s.Fail("info", feishutest.Broken, feishutest.Garbage, feishutest.Empty)
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

// A message that is delivered twice has the same id both times, which is all that the inbox needs.
func TestDelivery(t *testing.T) {
	s := feishutest.New(t)
	sink := chattest.NewSink()
	online(t, newChannel(t, s), sink)
	event := s.Event(saidInGroup("上报 一件"), "ou_zhang")
	s.Push(event)
	s.Push(event)
	got := sink.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return len(got) > 1 })
	if got[0].ID == "" || got[0].ID != got[1].ID {
		t.Errorf("got %q and %q", got[0].ID, got[1].ID)
	}
}
