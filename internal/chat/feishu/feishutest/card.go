package feishutest

import (
	"encoding/json"
	"net/http"
	"strings"
)

// Button is below a message.
type Button struct {
	Label string
	Value json.RawMessage // what the network gives back when it is tapped
}

// card reads a card as the network does: what people read, its buttons, and what is given to who asks for the message.
func card(content string) (text string, buttons []Button, rendered string, ok bool) {
	type words struct {
		Tag     string `json:"tag"`
		Content string `json:"content"`
	}
	var c struct {
		Config struct {
			Forward *bool `json:"enable_forward"`
		} `json:"config"`
		Elements []struct {
			Tag     string `json:"tag"`
			Text    words  `json:"text"`
			Content string `json:"content"`
			Actions []struct {
				Tag   string          `json:"tag"`
				Text  words           `json:"text"`
				Value json.RawMessage `json:"value"`
			} `json:"actions"`
		} `json:"elements"`
	}
	if json.Unmarshal([]byte(content), &c) != nil || len(content) > 30<<10 || len(c.Elements) == 0 {
		return "", nil, "", false
	}
	var lines []string
	var rows [][]map[string]string
	for _, e := range c.Elements {
		switch {
		case e.Tag == "div" && e.Text.Tag == "plain_text":
			lines = append(lines, e.Text.Content)
			rows = append(rows, []map[string]string{{"tag": "text", "text": e.Text.Content}})
		case e.Tag == "markdown":
			lines = append(lines, e.Content)
		case e.Tag == "action" && len(e.Actions) > 0:
			var row []map[string]string
			for _, a := range e.Actions {
				if a.Tag != "button" || a.Text.Content == "" || a.Value[0] != '{' {
					return "", nil, "", false
				}
				buttons = append(buttons, Button{a.Text.Content, a.Value})
				row = append(row, map[string]string{"tag": "button", "text": a.Text.Content})
			}
			rows = append(rows, row)
		default:
			return "", nil, "", false
		}
	}
	data, err := json.Marshal(map[string]any{"title": "", "elements": rows})
	return strings.Join(lines, "\n"), buttons, string(data), err == nil
}

// Tap lets somebody tap a button of a message, and gives what they are shown: 已收到, or what went wrong.
func (s *Server) Tap(m Sent, label, person string) string {
	s.t.Helper()
	for _, b := range m.Buttons {
		if b.Label == label {
			return s.PushTap(s.TapEvent(m, b.Value, person))
		}
	}
	s.t.Errorf("there is no button %q below %q", label, m.Text)
	return ""
}

// TapEvent is the event of a tap with a value of its own.
func (s *Server) TapEvent(m Sent, value json.RawMessage, person string) []byte {
	s.t.Helper()
	chat := m.To
	if m.By == "open_id" {
		chat = "oc_private"
	}
	return s.encode(map[string]any{
		"schema": "2.0",
		"header": map[string]string{"event_id": s.next("ev"), "event_type": "card.action.trigger", "create_time": "1764000000000000"},
		"event": map[string]any{
			"operator": map[string]string{"open_id": person}, "host": "im_message", "action": map[string]any{"tag": "button", "value": value},
			"context": map[string]string{"open_message_id": m.ID, "open_chat_id": chat},
		},
	})
}

// PushTap delivers a tap once, as the network does, and gives what whoever tapped is shown.
func (s *Server) PushTap(event []byte) string {
	s.t.Helper()
	answer := s.Push(event)
	var shown struct {
		Toast struct{ Content string }
	}
	if answer.StatusCode != http.StatusOK || json.Unmarshal(answer.Data, &shown) != nil || shown.Toast.Content == "" {
		return "出错了，请稍后重试"
	}
	return shown.Toast.Content
}
