package wecomtest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Card is a template card with buttons.
type Card struct {
	Type  string `json:"card_type"`
	Title struct {
		Title string `json:"title"`
	} `json:"main_title"`
	Below string `json:"sub_title_text"`
	Rows  []struct {
		Label string `json:"keyname"`
		Text  string `json:"value"`
	} `json:"horizontal_content_list"`
	Buttons []Button `json:"button_list"`
	Task    string   `json:"task_id"`
}

// Button is a button of a card.
type Button struct {
	Text string `json:"text"`
	Key  string `json:"key"`
}

// text is what people read on a card.
func (c Card) text() string { return strings.TrimSpace(c.Title.Title + "\n" + c.Below) }

var taskID = regexp.MustCompile(`^[0-9A-Za-z_@-]{1,128}$`)

// fault is why the network refuses a card; 0 if it does not.
func (c Card) fault() (code int, text string) {
	keys := map[string]bool{}
	for _, b := range c.Buttons {
		if b.Text == "" || b.Key == "" || len(b.Key) > 1024 || keys[b.Key] {
			return 42039, "button_list.key Missing or Invalid"
		}
		keys[b.Key] = true
	}
	switch {
	case c.Type != "button_interaction":
		return 42030, "card_type"
	case c.Title.Title == "" || len([]rune(c.Title.Title)) > 26 || len([]rune(c.Below)) > 112:
		return 42031, "title"
	case len(c.Buttons) == 0 || len(c.Buttons) > 6:
		return 42039, "button_list"
	case len(c.Rows) > 6:
		return 42036, "horizontal_content_list"
	case !taskID.MatchString(c.Task):
		return 42014, "task_id"
	}
	return 0, ""
}

// task says whether a card with this task was sent; the lock is held.
func (s *Server) task(id string) bool {
	return slices.ContainsFunc(s.sent, func(m Sent) bool { return m.Card.Task == id && id != "" })
}

// Tap makes somebody tap a button of a card that the bot sent, by the words on it.
func (s *Server) Tap(user string, on Sent, button string) {
	n := slices.IndexFunc(on.Card.Buttons, func(b Button) bool { return b.Text == button })
	if n < 0 {
		s.t.Errorf("no button %s on %+v", button, on.Card)
		return
	}
	s.TapKey(user, on.Chat, on.Card.Task, on.Card.Buttons[n].Key)
}

// TapKey delivers a tap as the words say, whether there is such a card or not. In a group a chat's key differs from the user's.
func (s *Server) TapKey(user, chat, task, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	req := fmt.Sprintf("tap%d", s.n)
	s.taps[req] = task
	body := map[string]any{
		"msgid": "event" + req, "chattype": "group", "chatid": chat, "from": map[string]string{"userid": user}, "msgtype": "event",
		"event": map[string]any{
			"eventtype":           "template_card_event",
			"template_card_event": map[string]string{"card_type": "button_interaction", "event_key": key, "task_id": task},
		},
	}
	if chat == user {
		body["chattype"] = "single"
		delete(body, "chatid")
	}
	s.tellAs(s.conn, "aibot_event_callback", req, body)
}

// update replaces a card, once for each tap; the lock is held.
func (s *Server) update(f, answer frame, refuse func(int, string) frame) frame {
	var b struct {
		Type string `json:"response_type"`
		Card Card   `json:"template_card"`
	}
	task, ok := s.taps[f.Headers["req_id"]]
	delete(s.taps, f.Headers["req_id"])
	if err := json.Unmarshal(f.Body, &b); err != nil || !ok || b.Type != "update_template_card" || b.Card.Task != task {
		return refuse(846605, "invalid req_id")
	}
	if code, text := b.Card.fault(); code != 0 {
		return refuse(code, text)
	}
	s.updated = append(s.updated, b.Card)
	return answer
}

// Updated lists the cards that the bot has replaced, as they look now.
func (s *Server) Updated() []Card {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.updated)
}
