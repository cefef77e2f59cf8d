package feishu

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/larksuite/oapi-sdk-go/v3/event/dispatcher/callback"

	"duban/internal/chat"
	"duban/internal/chat/chattest"
	"duban/internal/chat/feishu/feishutest"
)

var asked = chat.Outgoing{
	ID: "1", Text: "#17 等您核查 **[点我](x)** <at id=all></at>", Mentions: []chat.Mention{{Key: "ou_li", Name: "李强"}},
	Actions: []chat.Action{{Label: "通过", Text: "通过 17"}, {Label: "退回", Text: "退回 17"}},
}

// What people said stays what it is on a card, and only those who are meant are rung.
func TestCard(t *testing.T) {
	s := feishutest.New(t)
	c := newChannel(t, s)
	if e := send(t, c, asked); e != nil {
		t.Fatal(e)
	}
	if got, want := last(s).Text, asked.Text+"\n<at id=ou_li></at>"; got != want || last(s).Kind != "interactive" {
		t.Errorf("got %q as %s", got, last(s).Kind)
	}
	if !strings.Contains(last(s).Content, `"enable_forward":false`) {
		t.Errorf("it can be passed on: %s", last(s).Content)
	}
	if e := send(t, c, asked); e != nil || len(s.Sent()) != 1 {
		t.Errorf("the second attempt: %v, %d messages", e, len(s.Sent()))
	}
}

// A text that is too long for a card goes without buttons: its words can be typed.
func TestTooLargeForACard(t *testing.T) {
	s := feishutest.New(t)
	out := asked
	out.Text, out.Mentions = strings.Repeat("𠮷", maxText), nil
	if e := send(t, newChannel(t, s), out); e != nil {
		t.Fatal(e)
	}
	if got := last(s); got.Kind != "text" || got.Text != out.Text {
		t.Errorf("%d characters as %s", len([]rune(got.Text)), got.Kind)
	}
}

// A tap comes from whoever tapped, where the card is. A card in private has its taps in the private chat.
func TestTap(t *testing.T) {
	s := feishutest.New(t)
	sink := chattest.NewSink()
	c := newChannel(t, s)
	online(t, c, sink)
	for n, to := range []string{group, "ou_li"} {
		out := asked
		out.Conversation = to
		if err := c.Send(t.Context(), out); err != nil {
			t.Fatal(err)
		}
		if shown := s.Tap(last(s), "退回", "ou_li"); shown != "已收到" {
			t.Errorf("shown: %s", shown)
		}
		got := sink.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return len(got) > n })[n]
		want := chat.Message{
			Channel: Name, ID: got.ID, Conversation: chat.Conversation{Key: to, Private: to == "ou_li"}, From: chat.Sender{Key: "ou_li"},
			Text: "退回 17", Mentioned: true, SentAt: time.UnixMicro(1764000000000000),
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

// A tap that was not kept is told to whoever tapped: the network does not deliver it again. One that comes twice has one id.
func TestTapIsKept(t *testing.T) {
	s := feishutest.New(t)
	sink := chattest.NewSink()
	sink.Refuse = 1
	c := newChannel(t, s)
	online(t, c, sink)
	if e := send(t, c, asked); e != nil {
		t.Fatal(e)
	}
	event := s.TapEvent(last(s), json.RawMessage(`{"say":"通过 17"}`), "ou_li")
	for n, want := range []string{"没有收到，请稍后再点一次", "已收到", "已收到"} {
		if shown := s.PushTap(event); shown != want {
			t.Errorf("time %d: %s", n, shown)
		}
	}
	got := sink.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return len(got) > 1 })
	if got[0].ID != got[1].ID || got[0].Text != "通过 17" {
		t.Errorf("got %+v", got)
	}
}

// slow is a sink that keeps nothing before its time is over.
type slow struct{ *chattest.Sink }

func (slow) Receive(ctx context.Context, _ chat.Message) error {
	<-ctx.Done()
	return ctx.Err()
}

// Within three seconds whoever tapped knows.
func TestTapIsAnsweredInTime(t *testing.T) {
	c := New(Config{Log: slog.New(slog.DiscardHandler)})
	event := &callback.CardActionTriggerEvent{}
	if err := json.Unmarshal([]byte(`{"header":{"event_id":"e"},"event":{"operator":{"open_id":"ou_li"},"action":{"value":{"say":"通过 17"}},"context":{"open_chat_id":"oc"}}}`), event); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		answer, err := c.tapped(t.Context(), slow{}, event)
		if took := time.Since(begun); err != nil || answer.Toast.Type != "error" || took > 3*time.Second {
			t.Errorf("%+v, %v after %s", answer, err, took)
		}
	})
}

// Whatever else comes as a tap does nothing.
func TestOtherTaps(t *testing.T) {
	s := feishutest.New(t)
	sink := chattest.NewSink()
	sink.Refuse = 1 // whoever asks is refused, and would see another answer
	online(t, newChannel(t, s), sink)
	m := feishutest.Sent{To: group, By: "chat_id"}
	events := [][]byte{
		s.TapEvent(m, json.RawMessage(`{}`), "ou_li"), s.TapEvent(m, json.RawMessage(`{"say":17}`), "ou_li"), s.TapEvent(m, json.RawMessage(`{"say":"通过 17"}`), ""),
		[]byte(`{"header":{"event_type":"card.action.trigger","event_id":"x"}}`), []byte(`{"header":{"event_type":"card.action.trigger"},"event":{}}`),
	}
	for n, e := range events {
		if shown := s.PushTap(e); shown != "这个按钮不能用，请直接发文字" {
			t.Errorf("%d: %s", n, shown)
		}
	}
}
