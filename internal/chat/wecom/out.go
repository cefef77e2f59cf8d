package wecom

import (
	"context"
	"errors"
	"strings"
	"time"

	"duban/internal/chat"
	"duban/internal/chat/link"
)

// Send implements chat.Channel: a text, then a card if there are actions, then a picture or file if there is one; a text that the card
// shows whole is not sent besides. What was sent of a message is remembered, so that a repeated attempt does not send it again.
// Everything goes out as a push: a reply counts against the same limits, and would be lost with the connection that its question came on.
func (c *Channel) Send(ctx context.Context, out chat.Outgoing) error {
	s := c.current.Load()
	if s == nil {
		return &chat.SendError{Err: errors.New("offline"), Retry: true}
	}
	push := func(kind string, content func() (any, error)) error {
		return c.sent.Once(out.ID+"/"+kind, func() error {
			what, err := content()
			if err != nil {
				return link.Certain(sendError(err)) // nobody has seen anything yet
			}
			_, err = s.call(ctx, cmdSend, map[string]any{"chatid": out.Conversation, "msgtype": kind, kind: what})
			return sendError(err)
		})
	}
	k, whole := newCard(out)
	if text := markdown(out); text != "" && !whole {
		if err := push("markdown", func() (any, error) { return words{text}, nil }); err != nil {
			return err
		}
	}
	if k != nil {
		if err := push("template_card", func() (any, error) { c.cards.Put(k.Task, k); return k, nil }); err != nil {
			return err
		}
	}
	if out.Attachment == nil {
		return nil
	}
	data, err := out.Attachment.Read(minMedia, maxFile)
	if err != nil {
		return err
	}
	kind := "file"
	if out.Attachment.Picture && len(data) <= maxPicture { // a larger one goes as a file
		kind = "image"
	}
	return push(kind, func() (any, error) {
		id, err := s.upload(ctx, kind, out.Attachment.Title(), data)
		return map[string]string{"media_id": id}, err
	})
}

// plain takes from words what rings a person or colours a text: people's words are repeated in what the bot says, and must neither
// ring anybody nor look like another's.
func plain(text string) string {
	return strings.NewReplacer("<@", "＜@", "<font", "＜font").Replace(text)
}

// markdown is the text to send. Persons who are to be rung stand at the end.
func markdown(out chat.Outgoing) string {
	return strings.TrimSpace(plain(out.Text) + "\n" + link.Calls(out, func(m chat.Mention) string {
		if m.Key == "" {
			return ""
		}
		return "<@" + m.Key + ">"
	}))
}

// restAfterTooOften is how long a conversation rests that was written to too often; its limits are by the minute.
const restAfterTooOften = time.Minute

// sendError says what an error means for the message; nil for none.
func sendError(err error) error {
	return link.Outcome(err, func(r *refusal) chat.SendError {
		if r.code == codeTooOften {
			return chat.SendError{Retry: true, After: restAfterTooOften}
		}
		return chat.SendError{Retry: r.passing()}
	})
}
