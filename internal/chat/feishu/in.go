package feishu

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"time"

	im "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"

	"duban/internal/chat"
	"duban/internal/chat/feishu/content"
)

// lookTimeout bounds what is asked of the network while an event waits: it has to be kept within three seconds, or it comes again.
const lookTimeout = 1500 * time.Millisecond

// arrive takes one event. Its error makes the network deliver the event again, after 15 seconds, five minutes, an hour and six hours.
func (c *Channel) arrive(ctx context.Context, sink chat.Sink, e *im.P2MessageReceiveV1) error {
	if e == nil || e.Event == nil || e.Event.Message == nil || e.Event.Sender == nil || e.Event.Sender.SenderId == nil {
		return nil // it would not be better the second time
	}
	in, from := e.Event.Message, e.Event.Sender
	if kind := text(from.SenderType); kind == "app" || kind == "bot" {
		return nil // a robot, perhaps this one
	}
	m := chat.Message{
		Channel: Name, ID: text(in.MessageId), From: chat.Sender{Key: text(from.SenderId.OpenId)}, SentAt: moment(text(in.CreateTime)),
		Conversation: chat.Conversation{Key: text(in.ChatId)},
	}
	if text(in.ChatType) == "p2p" {
		m.Conversation = private(m.From.Key)
	}
	if m.ID == "" || m.From.Key == "" || m.Conversation.Key == "" {
		return nil
	}
	body := content.Read(m.ID, text(in.MessageType), text(in.Content))
	m.Pictures, m.Files = body.Pictures, body.Files
	look, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	var err error
	if m.Text, m.Mentioned, err = c.named(look, body.Text, in.Mentions); err != nil {
		return err
	}
	if parent := text(in.ParentId); parent != "" {
		c.quote(look, &m, parent)
	}
	return sink.Receive(ctx, m)
}

// private is somebody's private chat with the bot. It is known by the person and not by its own id, because a person who has not
// written yet is written to by theirs.
func private(openID string) chat.Conversation { return chat.Conversation{Key: openID, Private: true} }

// moment reads an instant of the network: in milliseconds, but of taps in microseconds. What cannot be read is zero.
func moment(s string) time.Time {
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil || n <= 0:
		return time.Time{}
	case n >= 1e15:
		return time.UnixMicro(n)
	}
	return time.UnixMilli(n)
}

// placeholder is what stands in a text for a mention.
var placeholder = regexp.MustCompile(`@_user_\d+|@_all\b`)

// named puts names in place of @_user_1 and its like, takes the bot's own away, and says whether it was there.
func (c *Channel) named(ctx context.Context, said string, list []*im.MentionEvent) (plain string, mentioned bool, err error) {
	names := map[string]string{"@_all": "@所有人"}
	for _, at := range list {
		if at == nil || at.Id == nil {
			continue
		}
		own, err := c.openID(ctx)
		if err != nil {
			return "", false, err
		}
		names[text(at.Key)] = "@" + chat.Called(text(at.Name))
		if text(at.Id.OpenId) == own {
			mentioned, names[text(at.Key)] = true, ""
		}
	}
	said = placeholder.ReplaceAllStringFunc(said, func(key string) string {
		if name, ok := names[key]; ok {
			return name
		}
		return key
	})
	return strings.TrimSpace(said), mentioned, nil
}

// quote adds what a message answers to, as far as it can be had at once: what the bot said itself it remembers. Where only mentions
// arrive, what somebody else sent by itself has not come before, and comes with the quote.
func (c *Channel) quote(ctx context.Context, m *chat.Message, id string) {
	m.Quote = &chat.Quote{ID: id}
	if own, ok := c.said.Get(id); ok {
		m.Quote.Text, m.Quote.FromBot = own, true
		return
	}
	resp, err := c.im.Message.Get(ctx, im.NewGetMessageReqBuilder().MessageId(id).Build())
	switch {
	case err != nil:
		c.cfg.Log.Warn("quoted message not read", "message", id, "err", err)
		return
	case !resp.Success() || resp.Data == nil || len(resp.Data.Items) == 0 || resp.Data.Items[0] == nil || resp.Data.Items[0].Body == nil:
		c.cfg.Log.Warn("quoted message not read", "message", id, "code", resp.Code, "missing", scopes(resp.CodeError))
		return
	}
	item := resp.Data.Items[0]
	quoted := content.Read(id, text(item.MsgType), text(item.Body.Content))
	m.Quote.Text = quoted.Text
	m.Quote.FromBot = item.Sender != nil && text(item.Sender.SenderType) == "app" && text(item.Sender.Id) == c.cfg.AppID
	if !c.cfg.All && !m.Conversation.Private && !m.Quote.FromBot {
		m.Pictures, m.Files = append(m.Pictures, quoted.Pictures...), append(m.Files, quoted.Files...)
	}
}

// text is what a pointer of the kit points to.
func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
