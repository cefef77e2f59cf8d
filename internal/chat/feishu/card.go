package feishu

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/larksuite/oapi-sdk-go/v3/event/dispatcher/callback"

	"duban/internal/chat"
	"duban/internal/chat/link"
)

// maxCard is the largest card, in bytes; the network takes 30 KB with what it adds itself.
const maxCard = 28 << 10

// card is a message with buttons, in the form that every version of the clients shows. The text is plain, so that people's words that
// are repeated in it stay what they are. It cannot be passed on: a button belongs to the conversation that it was made for. A message without actions, or
// one that is too large for a card, has none: its words can be typed.
func card(out chat.Outgoing) (map[string]any, bool) {
	var elements, buttons []any
	if out.Text != "" {
		elements = append(elements, map[string]any{"tag": "div", "text": plain(out.Text)})
	}
	if rung := link.Calls(out, inCard); rung != "" {
		elements = append(elements, map[string]any{"tag": "markdown", "content": rung})
	}
	for _, a := range out.Actions {
		says := words{Text: a.Text, Private: strings.HasPrefix(out.Conversation, personal)}
		buttons = append(buttons, map[string]any{"tag": "button", "type": "default", "text": plain(a.Label), "value": says})
	}
	c := map[string]any{
		"config":   map[string]bool{"wide_screen_mode": true, "enable_forward": false},
		"elements": append(elements, map[string]any{"tag": "action", "actions": buttons}),
	}
	data, err := json.Marshal(c)
	return c, err == nil && len(buttons) > 0 && len(data) <= maxCard
}

// inCard is a mention in the markdown of a card.
func inCard(m chat.Mention) string {
	if m.Key == "" {
		return ""
	}
	return "<at id=" + m.Key + "></at>"
}

func plain(text string) map[string]string {
	return map[string]string{"tag": "plain_text", "content": text}
}

// words is what the network gives back when a button is tapped: the bot's own words, which nobody can change. Who tapped and where is told by
// the network.
type words struct {
	Text    string `json:"say"`
	Private bool   `json:"private,omitempty"` // the conversation is the private chat of whoever taps: the network does not tell
}

// keepTap bounds the keeping of a tap: after three seconds the network tells whoever tapped that nothing happened, and it does not
// deliver a tap twice.
const keepTap = 2500 * time.Millisecond

// tapped takes a tap. What is answered is shown to whoever tapped: that it is kept, or that they have to tap again.
func (c *Channel) tapped(ctx context.Context, sink chat.Sink, e *callback.CardActionTriggerEvent) (*callback.CardActionTriggerResponse, error) {
	m, ok := tap(e)
	if !ok {
		return toast("error", "这个按钮不能用，请直接发文字"), nil
	}
	ctx, cancel := context.WithTimeout(ctx, keepTap)
	defer cancel()
	if err := sink.Receive(ctx, m); err != nil {
		c.cfg.Log.Error("tap not kept", "id", m.ID, "err", err)
		return toast("error", "没有收到，请稍后再点一次"), nil
	}
	return toast("success", "已收到"), nil
}

func toast(kind, text string) *callback.CardActionTriggerResponse {
	return &callback.CardActionTriggerResponse{Toast: &callback.Toast{Type: kind, Content: text}}
}

// tap is what a tap says; false if it is none of a button of this bot.
func tap(e *callback.CardActionTriggerEvent) (m chat.Message, ok bool) {
	if e == nil || e.EventV2Base == nil || e.EventV2Base.Header == nil || e.Event == nil {
		return m, false
	}
	head, by, on, at := e.EventV2Base.Header, e.Event.Operator, e.Event.Action, e.Event.Context
	if by == nil || on == nil || at == nil {
		return m, false
	}
	text, _ := on.Value["say"].(string)
	m = chat.Message{
		Channel: Name, ID: "tap-" + head.EventID, From: chat.Sender{Key: by.OpenID}, SentAt: moment(head.CreateTime),
		Conversation: chat.Conversation{Key: at.OpenChatID}, Text: text, Mentioned: true,
	}
	if alone, _ := on.Value["private"].(bool); alone {
		m.Conversation = private(m.From.Key)
	}
	return m, head.EventID != "" && m.From.Key != "" && m.Conversation.Key != "" && text != ""
}
