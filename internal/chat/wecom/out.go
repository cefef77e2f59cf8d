package wecom

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"duban/internal/chat"
)

// Send implements chat.Channel: a text, then a picture or file if there is one. What was sent of a message is remembered, so that
// a repeated attempt does not send it again. Everything goes out as a push: a reply counts against the same limits, and would
// be lost with the connection that its question came on.
func (c *Channel) Send(ctx context.Context, out chat.Outgoing) error {
	s := c.current.Load()
	if s == nil {
		return &chat.SendError{Err: errors.New("offline"), Retry: true}
	}
	if text := markdown(out); text != "" && !c.sent.has(out.ID) {
		body := map[string]any{"chatid": out.Conversation, "msgtype": "markdown", "markdown": words{text}}
		if _, err := s.call(ctx, cmdSend, body); err != nil {
			return sendError(err)
		}
		c.sent.add(out.ID)
	}
	if out.Attachment == nil {
		return nil
	}
	kind, data, err := readWhole(*out.Attachment)
	if err != nil {
		return err
	}
	id, err := s.upload(ctx, kind, nameOf(*out.Attachment), data)
	if err != nil {
		return sendError(err)
	}
	body := map[string]any{"chatid": out.Conversation, "msgtype": kind, kind: map[string]string{"media_id": id}}
	if _, err := s.call(ctx, cmdSend, body); err != nil {
		return sendError(err)
	}
	return nil
}

// markdown is the text to send. People's words are repeated in it, and must neither ring anybody nor look like another's: < is
// what a mention and a colour begin with. Persons who are to be rung stand at the end unless the text names them.
func markdown(out chat.Outgoing) string {
	text := strings.ReplaceAll(out.Text, "<@", "＜@")
	text = strings.ReplaceAll(text, "<font", "＜font")
	var calls []string
	for _, m := range out.Mentions {
		switch {
		case m.Key != "":
			calls = append(calls, "<@"+m.Key+">")
		case !strings.Contains(text, m.Name):
			calls = append(calls, "@"+m.Name)
		}
	}
	return strings.TrimSpace(text + "\n" + strings.Join(calls, " "))
}

// restAfterTooOften is how long a conversation rests that was written to too often; its limits are by the minute.
const restAfterTooOften = time.Minute

// sendError says what an error means for the message. An error of the attachment itself says so already.
func sendError(err error) error {
	if e, ok := errors.AsType[*chat.SendError](err); ok {
		return e
	}
	e, ok := errors.AsType[*refusal](err)
	switch {
	case !ok:
		return &chat.SendError{Err: err, Retry: true, Unknown: true}
	case e.tooOften():
		return &chat.SendError{Err: err, Retry: true, After: restAfterTooOften}
	}
	return &chat.SendError{Err: err, Retry: e.passing()}
}

// parts remembers the last messages whose text was sent.
type parts struct{ ids []string }

// remembered is how many that are; the outbox repeats a message long before so many others were sent.
const remembered = 256

func (p *parts) has(id string) bool { return slices.Contains(p.ids, id) }

func (p *parts) add(id string) {
	if p.ids = append(p.ids, id); len(p.ids) > remembered {
		p.ids = p.ids[1:]
	}
}

// nameOf is the name that people see of a file.
func nameOf(a chat.Attachment) string {
	if a.Name != "" {
		return a.Name
	}
	return filepath.Base(a.Path)
}
