package wecom

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"duban/internal/chat"
	"duban/internal/chat/link"
)

// arrived is a message as the network delivers it.
type arrived struct {
	content
	ID       string   `json:"msgid"`
	ChatType string   `json:"chattype"` // single or group
	ChatID   string   `json:"chatid"`   // of groups
	From     from     `json:"from"`
	SentAt   int64    `json:"create_time"` // seconds; 0 where the server does not tell
	Quote    *content `json:"quote"`
	Event    struct {
		Type string `json:"eventtype"`
		Card struct {
			Key  string `json:"event_key"`
			Task string `json:"task_id"`
		} `json:"template_card_event"`
	} `json:"event"`
}

type from struct {
	UserID string `json:"userid"`
}

// content is what a message or a quoted one holds, by its type.
type content struct {
	Type  string `json:"msgtype"`
	Text  words  `json:"text"`
	Voice words  `json:"voice"` // put into words by the network
	Image media  `json:"image"`
	File  media  `json:"file"`
	Mixed struct {
		Items []content `json:"msg_item"`
	} `json:"mixed"`
}

type words struct {
	Content string `json:"content"`
}

// media is where a picture or a file can be had for five minutes, and the key that it is encrypted with.
type media struct {
	URL string `json:"url"`
	Key string `json:"aeskey"`
}

// ref is the handle. It holds the key, because the address alone gives what nobody can read.
func (m media) ref() string {
	ref, _ := json.Marshal(m) // two texts always marshal
	return string(ref)
}

// arrive takes a frame that answers nothing that is waited for. Its error ends the connection.
func (c *Channel) arrive(ctx context.Context, s *socket, f frame) error {
	if f.Cmd != cmdMessage && f.Cmd != cmdEvent {
		if f.Code != nil && *f.Code != 0 { // the update of a card that came too late
			c.cfg.Log.Warn("refused", "req_id", f.Headers.ReqID, "code", *f.Code)
		}
		return nil
	}
	var a arrived
	if err := json.Unmarshal(f.Body, &a); err != nil {
		c.cfg.Log.Warn("frame cannot be read", "cmd", f.Cmd, "err", err)
		return nil
	}
	tapped := f.Cmd == cmdEvent && a.Event.Type == "template_card_event" && a.Event.Card.Key != ""
	switch {
	case f.Cmd == cmdEvent && a.Event.Type == "disconnected_event":
		return errTaken
	case f.Cmd == cmdEvent && !tapped:
		return nil
	}
	m, ok := message(a)
	if !ok {
		c.cfg.Log.Warn("message without id or sender", "type", a.Type)
		return nil
	}
	if err := c.todo.Put(ctx, m); err != nil {
		return fmt.Errorf("message %s: %w", m.ID, err)
	}
	if tapped {
		c.answerTap(ctx, s, f.Headers.ReqID, a)
	}
	return nil
}

// message converts what arrived; false if it lacks what an answer needs.
func message(a arrived) (chat.Message, bool) {
	m := chat.Message{
		Channel: Name, ID: a.ID, From: chat.Sender{Key: a.From.UserID, Name: a.From.UserID},
		Conversation: chat.Conversation{Key: a.ChatID},
	}
	if a.SentAt > 0 {
		m.SentAt = time.Unix(a.SentAt, 0)
	}
	if a.ChatType != "group" {
		m.Conversation = chat.Conversation{Key: a.From.UserID, Private: true}
	}
	m.Text = a.into(&m)
	switch {
	case a.Type == "event": // what the bot itself put on the card; it is judged like words that this person typed
		m.Mentioned, m.Text = true, a.Event.Card.Key
	case !m.Conversation.Private:
		m.Mentioned, m.Text = true, withoutMention(m.Text) // nothing else arrives from groups
	}
	m.Text = strings.TrimSpace(m.Text)
	if a.Quote != nil {
		// Who wrote it is not told. What it says could be typed as well, so that nothing is gained by a forged one; a quoted
		// picture or file is how one that was sent by itself gets to the bot.
		m.Quote = &chat.Quote{Text: a.Quote.into(&m), FromBot: true}
	}
	return m, m.ID != "" && m.From.Key != "" && m.Conversation.Key != ""
}

// into puts the pictures and files of a content into a message, in order, and gives the words.
func (c content) into(m *chat.Message) string {
	switch c.Type {
	case "text":
		return c.Text.Content
	case "voice":
		return c.Voice.Content
	case "image":
		m.Pictures = append(m.Pictures, chat.Picture{Ref: c.Image.ref()})
	case "file":
		m.Files = append(m.Files, chat.File{Ref: c.File.ref()})
	case "mixed":
		var texts []string
		for _, i := range c.Mixed.Items {
			if i.Type == "mixed" {
				continue // mixed contents hold plain ones
			}
			if t := strings.TrimRightFunc(i.into(m), unicode.IsSpace); t != "" {
				texts = append(texts, t)
			}
		}
		return strings.Join(texts, "\n")
	}
	return ""
}

// withoutMention takes the mention of the bot off, at the beginning or at the end.
func withoutMention(text string) string {
	text = strings.TrimSpace(text)
	if n := strings.LastIndex(text, "@"); n > 0 && !strings.HasPrefix(text, "@") && !strings.ContainsFunc(text[n:], unicode.IsSpace) {
		return text[:n]
	}
	return link.WithoutMention(text)
}
