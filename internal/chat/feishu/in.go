package feishu

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	im "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"

	"duban/internal/chat"
)

// arrive takes one event. Its error makes the network deliver the event again.
func (c *Channel) arrive(ctx context.Context, sink chat.Sink, e *im.P2MessageReceiveV1) error {
	if e == nil || e.Event == nil || e.Event.Message == nil || e.Event.Sender == nil || e.Event.Sender.SenderId == nil {
		return nil // it would not be better the second time
	}
	in, from := e.Event.Message, e.Event.Sender
	if text(from.SenderType) == "app" || text(from.SenderType) == "bot" {
		return nil // a robot, perhaps this one
	}
	m := chat.Message{
		Channel: Name, ID: text(in.MessageId), From: chat.Sender{Key: text(from.SenderId.OpenId)},
		Conversation: chat.Conversation{Key: text(in.ChatId), Private: text(in.ChatType) == "p2p"},
	}
	if m.ID == "" || m.From.Key == "" || m.Conversation.Key == "" {
		return nil
	}
	if ms, err := strconv.ParseInt(text(in.CreateTime), 10, 64); err == nil {
		m.SentAt = time.UnixMilli(ms)
	}
	var keys []string
	m.Text, keys = words(text(in.MessageType), text(in.Content))
	for _, key := range keys {
		m.Pictures = append(m.Pictures, picture(m.ID, key))
	}
	if err := c.mentions(ctx, &m, in.Mentions); err != nil {
		return err
	}
	if parent := text(in.ParentId); parent != "" {
		m.Quote = c.quoted(ctx, parent)
	}
	return sink.Receive(ctx, m)
}

// mentions puts names in place of @_user_1 and its like, and takes the bot's own away.
func (c *Channel) mentions(ctx context.Context, m *chat.Message, list []*im.MentionEvent) error {
	for _, at := range list {
		if at == nil || at.Id == nil || text(at.Key) == "" {
			continue
		}
		own, err := c.openID(ctx)
		if err != nil {
			return err
		}
		name := "@" + text(at.Name)
		if text(at.Id.OpenId) == own {
			m.Mentioned, name = true, ""
		}
		m.Text = strings.Replace(m.Text, text(at.Key), name, 1)
	}
	m.Text = strings.TrimSpace(m.Text)
	return nil
}

// span is a piece of a rich text.
type span struct {
	Tag   string `json:"tag"` // text, a, at, img and others
	Text  string `json:"text"`
	User  string `json:"user_id"` // of at: @_user_1
	Image string `json:"image_key"`
}

// words reads the text and the keys of the pictures of a message's content. What cannot be read has none.
func words(kind, content string) (said string, pictures []string) {
	var c struct {
		Text    string   `json:"text"`
		Image   string   `json:"image_key"`
		Title   string   `json:"title"`
		Content [][]span `json:"content"`
	}
	if json.Unmarshal([]byte(content), &c) != nil {
		return "", nil
	}
	switch kind {
	case "text":
		return c.Text, nil
	case "image":
		if c.Image == "" {
			return "", nil
		}
		return "", []string{c.Image}
	case "post":
		lines := []string{c.Title}
		for _, row := range c.Content {
			var line strings.Builder
			for _, s := range row {
				switch {
				case s.Tag == "img" && s.Image != "":
					pictures = append(pictures, s.Image)
				case s.Tag == "at":
					line.WriteString(s.User)
				default:
					line.WriteString(s.Text)
				}
			}
			lines = append(lines, line.String())
		}
		return strings.TrimSpace(strings.Join(lines, "\n")), pictures
	}
	return "", nil
}

// quoteTimeout bounds the look at a quoted message: an event has to be kept within three seconds, or it comes again.
const quoteTimeout = 1500 * time.Millisecond

// quoted is a quoted message, as far as it can be had at once: what the bot said itself it remembers.
func (c *Channel) quoted(ctx context.Context, id string) *chat.Quote {
	q := &chat.Quote{ID: id}
	if own, ok := c.said.text(id); ok {
		q.Text, q.FromBot = own, true
		return q
	}
	ctx, cancel := context.WithTimeout(ctx, quoteTimeout)
	defer cancel()
	resp, err := c.im.Message.Get(ctx, im.NewGetMessageReqBuilder().MessageId(id).Build())
	switch {
	case err != nil:
		c.cfg.Log.Warn("quoted message not read", "message", id, "err", err)
	case !resp.Success() || resp.Data == nil || len(resp.Data.Items) == 0 || resp.Data.Items[0].Body == nil:
		c.cfg.Log.Warn("quoted message not read", "message", id, "code", resp.Code)
	default:
		item := resp.Data.Items[0]
		q.Text, _ = words(text(item.MsgType), text(item.Body.Content))
		q.FromBot = item.Sender != nil && text(item.Sender.SenderType) == "app" && text(item.Sender.Id) == c.cfg.AppID
	}
	return q
}

// ref is the handle of a picture: it is had by its message and its key.
type ref struct {
	Message string `json:"m"`
	Key     string `json:"k"`
}

func picture(message, key string) chat.Picture {
	data, _ := json.Marshal(ref{message, key}) // two texts always marshal
	return chat.Picture{Ref: string(data)}
}

// FetchPicture implements chat.PictureFetcher.
func (c *Channel) FetchPicture(ctx context.Context, p chat.Picture) ([]byte, error) {
	var r ref
	if err := json.Unmarshal([]byte(p.Ref), &r); err != nil || r.Message == "" || r.Key == "" {
		return nil, fmt.Errorf("not a picture of this channel: %w", chat.ErrGone)
	}
	resp, err := c.im.MessageResource.Get(ctx, im.NewGetMessageResourceReqBuilder().MessageId(r.Message).FileKey(r.Key).Type("image").Build())
	switch {
	case err != nil:
		return nil, fmt.Errorf("fetch picture: %w", err)
	case resp.File != nil:
		return readAll(resp.File)
	case resp.StatusCode >= 400 && resp.StatusCode < 500 && resp.StatusCode != http.StatusTooManyRequests:
		return nil, fmt.Errorf("fetch picture: %d %s: %w", resp.Code, resp.Msg, chat.ErrGone)
	}
	return nil, fmt.Errorf("fetch picture: %d %s", resp.Code, resp.Msg)
}

// text is what a pointer of the kit points to.
func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
