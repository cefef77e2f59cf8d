package dingtalk

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/open-dingtalk/dingtalk-stream-sdk-go/chatbot"

	"duban/internal/chat"
	"duban/internal/chat/link"
)

// arrived is a message as the network delivers it: as the kit has it, with what its kit leaves out.
type arrived struct {
	chatbot.BotCallbackDataModel
	Text    words   `json:"text"`
	Content content `json:"content"`
}

// words are the text of a message, and what it answers to.
type words struct {
	Content string   `json:"content"`
	Replied *replied `json:"repliedMsg"`
}

type replied struct {
	ID      string  `json:"msgId"`
	Type    string  `json:"msgType"`
	Sender  string  `json:"senderId"`
	Content content `json:"content"`
}

// content is what other messages than texts hold, and what a quoted message holds.
type content struct {
	Text        text   `json:"text"`        // of a quoted text
	Content     text   `json:"content"`     // likewise, by another name
	Recognition string `json:"recognition"` // speech, put into words by the network
	Code        string `json:"downloadCode"`
	Old         string `json:"pictureDownloadCode"` // does not always work where both are there
	File        string `json:"fileName"`
	Rich        []span `json:"richText"`
}

// span is a piece of a rich text. Quoted ones name their parts in another way.
type span struct {
	content
	Type   string `json:"type"`
	Quoted string `json:"msgType"`
}

// text is a text if it is one, and "" whatever else stands in its place.
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) == nil {
		*t = text(s)
	}
	return nil
}

// The kinds of conversations and of messages.
const (
	groupChat   = "2"
	kindText    = "text"
	kindPicture = "picture"
	kindRich    = "richText"
	kindAudio   = "audio"
	kindFile    = "file"
)

// What keys begin with that are not the staff id of somebody in the company. A staff id has no colon.
const (
	group    = "group:"
	outsider = "outsider:"
)

// arrive offers a message to the sink. Its error says that the message was not kept.
func (c *Channel) arrive(ctx context.Context, sink chat.Sink, data []byte) error {
	var a arrived
	if err := json.Unmarshal(data, &a); err != nil {
		c.cfg.Log.Warn("message cannot be read", "err", err)
		return nil // it would not be better the second time
	}
	m, ok := c.message(a)
	if !ok {
		c.cfg.Log.Warn("message without id, sender or conversation", "type", a.Msgtype)
		return nil
	}
	if c.own(a.SessionWebhook) {
		c.hooks.Put(m.Conversation.Key, a.SessionWebhook, time.UnixMilli(a.SessionWebhookExpiredTime))
	}
	if err := sink.Receive(ctx, m); err != nil {
		return fmt.Errorf("message %s: %w", m.ID, err)
	}
	return nil
}

// own says whether an address is the network's: what the bot says to a conversation goes there, whoever made the message.
func (c *Channel) own(address string) bool {
	at, err := url.Parse(address)
	if err != nil {
		return false
	}
	return slices.ContainsFunc([]string{c.cfg.URL, c.cfg.OldURL}, func(known string) bool {
		k, err := url.Parse(known)
		return err == nil && at.Scheme == k.Scheme && at.Host == k.Host
	})
}

// message converts what arrived; false if it lacks what an answer needs.
func (c *Channel) message(a arrived) (chat.Message, bool) {
	m := chat.Message{Channel: Name, ID: a.MsgId, From: chat.Sender{Key: sender(a), Name: a.SenderNick}}
	if a.CreateAt > 0 {
		m.SentAt = time.UnixMilli(a.CreateAt)
	}
	if a.ConversationType == groupChat {
		if a.ConversationId != "" {
			m.Conversation = chat.Conversation{Key: group + a.ConversationId, Name: a.ConversationTitle}
		}
		m.Mentioned = true // nothing else arrives from groups
	} else {
		m.Conversation = chat.Conversation{Key: m.From.Key, Private: true}
	}
	code := cmp.Or(a.RobotCode, c.cfg.RobotCode)
	if a.Msgtype == kindText {
		m.Text = a.Text.Content
	} else {
		m.Text = a.Content.take(a.Msgtype, code, &m)
	}
	if m.Mentioned {
		m.Text = link.WithoutMention(m.Text) // where the network has left it there
	}
	m.Text = strings.TrimSpace(m.Text)
	if q := a.Text.Replied; q != nil {
		// A quoted picture or file is how one that was sent by itself gets to the robot.
		m.Quote = &chat.Quote{ID: q.ID, Text: strings.TrimSpace(q.Content.take(q.Type, code, &m)), FromBot: q.Sender != "" && q.Sender == a.ChatbotUserId}
	}
	return m, m.ID != "" && m.From.Key != "" && m.Conversation.Key != ""
}

// sender is the key of who wrote. A staff id names somebody only within a company, so that of another company counts for nothing: its
// bearer is an outsider, known by the network's own id.
func sender(a arrived) string {
	switch {
	case a.SenderStaffId != "" && a.SenderCorpId == a.ChatbotCorpId && !strings.Contains(a.SenderStaffId, ":"):
		return a.SenderStaffId
	case a.SenderId != "":
		return outsider + a.SenderId
	}
	return ""
}

// take puts the pictures and files of a content into a message and gives its words.
func (c content) take(kind, robot string, m *chat.Message) string {
	code := cmp.Or(c.Code, c.Old)
	switch {
	case kind == kindRich:
		return spans(c.Rich, robot, m)
	case kind == kindPicture && code != "":
		m.Pictures = append(m.Pictures, chat.Picture{Ref: handleOf(code, robot)})
	case kind == kindFile && code != "":
		m.Files = append(m.Files, chat.File{Ref: handleOf(code, robot), Name: c.File})
	case kind == kindAudio:
		return c.Recognition
	case kind == kindText:
		return string(cmp.Or(c.Text, c.Content))
	}
	return ""
}

// spans reads a rich text: what stands on both sides of a picture are lines of their own.
func spans(rich []span, robot string, m *chat.Message) string {
	var said strings.Builder
	for _, s := range rich {
		if kind := cmp.Or(s.Type, s.Quoted, kindText); kind == kindPicture {
			s.take(kind, robot, m)
			said.WriteString("\n")
			continue
		}
		said.WriteString(string(cmp.Or(s.Text, s.Content)))
	}
	var lines []string
	for l := range strings.SplitSeq(said.String(), "\n") {
		if l = strings.TrimRightFunc(l, unicode.IsSpace); l != "" {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}
