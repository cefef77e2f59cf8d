package wecom

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"duban/internal/chat"
)

// Bounds of a card (document 101032), in characters unless it says otherwise.
const (
	maxTitle   = 26
	maxBelow   = 112
	maxButton  = 10
	maxKey     = 1024 // bytes
	maxButtons = 6
	maxTaps    = 3 // the network takes 6 rows
)

// card is a template card of the type button_interaction.
type card struct {
	Type    string   `json:"card_type"`
	Title   title    `json:"main_title"`
	Below   string   `json:"sub_title_text,omitempty"`
	Taps    []tap    `json:"horizontal_content_list,omitempty"`
	Buttons []button `json:"button_list"`
	Task    string   `json:"task_id"` // no two cards of a bot may have the same
}

type title struct {
	Title string `json:"title"`
}

// button says its key when it is tapped. The keys of a card differ.
type button struct {
	Text string `json:"text"`
	Key  string `json:"key"`
}

// tap is a row of a card that tells what was tapped by whom, and leads to that member's page.
type tap struct {
	Type  int    `json:"type"`
	Label string `json:"keyname"`
	Text  string `json:"value"`
	User  string `json:"userid"`
}

// newCard makes the card of a message; nil if it has no actions. It begins with the text's first line, because in a group others come
// between it and what it belongs to. Whole says that nothing is missing on it, so that it can go alone.
func newCard(out chat.Outgoing) (c *card, whole bool) {
	buttons := buttonsFor(out.Actions)
	if len(buttons) == 0 {
		return nil, false
	}
	text := strings.TrimSpace(plain(out.Text))
	first, below, _ := strings.Cut(text, "\n")
	head := clip(first, maxTitle)
	if head != first {
		below = text
	}
	if whole = clip(below, maxBelow) == below; !whole {
		below = ""
		if head != first {
			below = clip(first, maxBelow)
		}
	}
	if head == "" {
		head = "请选择" // the network wants a title
	}
	c = &card{Type: "button_interaction", Title: title{head}, Below: below, Buttons: buttons, Task: rand.Text()}
	return c, whole && len(out.Mentions) == 0 && text != ""
}

// buttonsFor leaves out what the network would refuse the whole card for. Whoever misses a button can type its words.
func buttonsFor(actions []chat.Action) (list []button) {
	for _, a := range actions {
		again := slices.ContainsFunc(list, func(b button) bool { return b.Key == a.Text })
		if a.Text != "" && a.Label != "" && len(a.Text) <= maxKey && !again && len(list) < maxButtons {
			list = append(list, button{clip(a.Label, maxButton), a.Text})
		}
	}
	return list
}

// clip cuts a text to at most n characters, the last of which says that something is missing.
func clip(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return text
}

// cardsKept is how many cards are remembered.
const cardsKept = 256

// withTap is a card as it looks after a tap.
func (c card) withTap(key, user string) *card {
	c.Taps = append(c.Taps, tap{Type: 3, Label: "已点", Text: clip(key+" · "+user, maxTitle), User: user})
	c.Taps = c.Taps[max(0, len(c.Taps)-maxTaps):]
	return &c
}

// answerTap shows on a card what was tapped by whom, within the five seconds that the network allows for it. The buttons stay: whether
// the tap did anything depends on who it was. A card from before the last start stays as it is.
func (c *Channel) answerTap(ctx context.Context, s *socket, req string, a arrived) {
	k, ok := c.cards.Get(a.Event.Card.Task)
	if !ok {
		return
	}
	k = k.withTap(a.Event.Card.Key, a.From.UserID)
	c.cards.Put(k.Task, k)
	body := map[string]any{"response_type": "update_template_card", "template_card": k}
	if err := s.write(ctx, cmdUpdate, req, body); err != nil {
		c.cfg.Log.Warn("card not updated", "err", err)
	}
}
