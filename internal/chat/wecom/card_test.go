package wecom

import (
	"fmt"
	"strings"
	"testing"

	"duban/internal/chat"
	"duban/internal/chat/chattest"
	"duban/internal/chat/wecom/wecomtest"
)

// TestCards: a text with actions goes out with a card that stands alone. A short one that rings nobody is the card itself.
func TestCards(t *testing.T) {
	sign := []chat.Action{{Label: "签收", Text: "签收 17"}, {Label: "退单", Text: "退单 17"}}
	long := "#17 " + strings.Repeat("堆", 60)
	for name, c := range map[string]struct {
		text     string
		mentions []chat.Mention
		actions  []chat.Action
		want     []string // a card begins with ▢, and its buttons stand in brackets
	}{
		"short":      {text: "#17 已派给住建局\n截止 11月26日 18:00", actions: sign, want: []string{"▢#17 已派给住建局\n截止 11月26日 18:00 [签收=签收 17][退单=退单 17]"}},
		"rings":      {text: "#17 已派给住建局", mentions: []chat.Mention{{Key: "li", Name: "李强"}}, actions: sign, want: []string{"#17 已派给住建局\n<@li>", "▢#17 已派给住建局 [签收=签收 17][退单=退单 17]"}},
		"long":       {text: "#17 已派\n" + long + long, actions: sign, want: []string{"#17 已派\n" + long + long, "▢#17 已派 [签收=签收 17][退单=退单 17]"}},
		"long line":  {text: long, actions: sign[:1], want: []string{"▢#17 " + strings.Repeat("堆", 21) + "…\n" + long + " [签收=签收 17]"}},
		"longer":     {text: long + long, actions: sign[:1], want: []string{long + long, "▢#17 " + strings.Repeat("堆", 21) + "…\n" + (long + long)[:len("#17 ")*2+3*103] + "… [签收=签收 17]"}},
		"no text":    {actions: sign[:1], want: []string{"▢请选择 [签收=签收 17]"}},
		"no ringing": {text: "<@all> 请看", actions: sign[:1], want: []string{"▢＜@all> 请看 [签收=签收 17]"}},
		"unusable":   {text: "请看", actions: []chat.Action{{Label: "", Text: "a"}, {Label: "b", Text: ""}, {Label: "c", Text: strings.Repeat("长", 342)}}, want: []string{"请看"}},
		"too many": {text: "请看", actions: []chat.Action{
			{Label: "1", Text: "1"},
			{Label: "1", Text: "1"},
			{Label: "一二三四五六七八九十一", Text: "2"},
			{Label: "3", Text: "3"},
			{Label: "4", Text: "4"},
			{Label: "5", Text: "5"},
			{Label: "6", Text: "6"},
			{Label: "7", Text: "7"},
		}, want: []string{"▢请看 [1=1][一二三四五六七八九…=2][3=3][4=4][5=5][6=6]"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := wecomtest.New(t)
			ch := newChannel(t, s, nil)
			online(t, ch, chattest.NewSink())
			if e := send(t, ch, chat.Outgoing{ID: "1", Text: c.text, Mentions: c.mentions, Actions: c.actions}); e != nil {
				t.Fatal(e)
			}
			if got := shown(s.Sent()); fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func shown(sent []wecomtest.Sent) (out []string) {
	for _, m := range sent {
		text := m.Text
		if m.Type == "template_card" {
			text = "▢" + text + " "
			for _, b := range m.Card.Buttons {
				text += "[" + b.Text + "=" + b.Key + "]"
			}
		}
		out = append(out, text)
	}
	return out
}

// TestTaps: a tap arrives as words of whoever tapped, and the card shows it to all. Its buttons stay for the others.
func TestTaps(t *testing.T) {
	s := wecomtest.New(t)
	sink := chattest.NewSink()
	c := newChannel(t, s, nil)
	online(t, c, sink)
	actions := []chat.Action{{Label: "签收", Text: "签收 17"}, {Label: "同意", Text: "@同意"}}
	if e := send(t, c, chat.Outgoing{ID: "1", Text: "请签收", Actions: actions}); e != nil {
		t.Fatal(e)
	}
	card := s.Sent()[0]
	for n, tap := range []struct{ user, button, text string }{{"li", "签收", "签收 17"}, {"wang", "同意", "@同意"}} {
		s.Tap(tap.user, card, tap.button)
		m := received(t, sink, n+1)[n]
		if m.Text != tap.text || !m.Mentioned || m.From.Key != tap.user || m.Conversation.Key != room || m.Conversation.Private || m.ID == "" {
			t.Errorf("got %+v", m)
		}
		s.Wait(t.Context(), func(st wecomtest.State) bool { return st.Updated > n })
	}
	now := s.Updated()[1]
	if len(now.Rows) != 2 || now.Rows[0].Text != "签收 17 · li" || now.Rows[1].Text != "@同意 · wang" || len(now.Buttons) != 2 {
		t.Errorf("the card is now %+v", now)
	}
	for n := range 4 { // no more rows than the card has room for
		s.Tap(fmt.Sprint("u", n), card, "签收")
		s.Wait(t.Context(), func(st wecomtest.State) bool { return st.Updated > n+2 })
	}
	if now := s.Updated()[5]; len(now.Rows) != maxTaps || now.Rows[maxTaps-1].Text != "签收 17 · u3" {
		t.Errorf("the card is now %+v", now)
	}
}

// TestStrangeTaps: a tap on a card that is not known any more counts and leaves the card, one without words is nothing, and a private
// one is private.
func TestStrangeTaps(t *testing.T) {
	s := wecomtest.New(t)
	sink := chattest.NewSink()
	online(t, newChannel(t, s, nil), sink)
	s.TapKey("li", room, "OLD", "")
	s.TapKey("li", room, "OLD", "签收 17")
	s.TapKey("li", "li", "OLD", "签收 18")
	got := received(t, sink, 2)
	if got[0].Text != "签收 17" || got[1].Text != "签收 18" || !got[1].Conversation.Private || got[1].Conversation.Key != "li" || got[0].ID == got[1].ID {
		t.Errorf("got %+v", got)
	}
	if n := s.Asked(cmdUpdate); n != 0 {
		t.Errorf("%d cards were replaced", n)
	}
}

// TestCardAgain: a card that could not be sent is sent the next time, without its text, and it can be tapped.
func TestCardAgain(t *testing.T) {
	s := wecomtest.New(t)
	c := newChannel(t, s, nil)
	online(t, c, chattest.NewSink())
	s.Fail(cmdSend, 0, wecomtest.Busy)
	out := chat.Outgoing{ID: "1", Text: "请签收", Mentions: []chat.Mention{{Key: "li"}}, Actions: []chat.Action{{Label: "签收", Text: "签收 17"}}}
	if e := send(t, c, out); e == nil || !e.Retry || e.Unknown {
		t.Fatalf("got %+v", e)
	}
	if e := send(t, c, out); e != nil {
		t.Fatal(e)
	}
	if got := shown(s.Sent()); len(got) != 2 || got[1] != "▢请签收 [签收=签收 17]" {
		t.Errorf("got %q", got)
	}
	s.Tap("li", s.Sent()[1], "签收")
	s.Wait(t.Context(), func(st wecomtest.State) bool { return st.Updated == 1 })
}
