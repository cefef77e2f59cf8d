package dingtalk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"duban/internal/chat"
	"duban/internal/chat/link"
)

// Send implements chat.Channel: a text, then a picture or file if there is one. What was sent of a message is remembered, so that a
// repeated attempt does not send it again.
func (c *Channel) Send(ctx context.Context, out chat.Outgoing) error {
	if strings.TrimSpace(out.Text) != "" || len(out.Mentions) > 0 {
		if err := c.sent.Once(out.ID+"/text", func() error { return c.say(ctx, out) }); err != nil {
			return err
		}
	}
	if out.Attachment == nil {
		return nil
	}
	return c.sent.Once(out.ID+"/file", func() error {
		key, param, err := c.upload(ctx, *out.Attachment)
		if err != nil {
			return err
		}
		return sendError(c.push(ctx, out.Conversation, key, param))
	})
}

// say sends a text by the address that the conversation's last message brought along, which alone can ring people, and by a push where
// there is none or it is refused.
func (c *Channel) say(ctx context.Context, out chat.Outgoing) error {
	if address, ok := c.hooks.Get(out.Conversation, margin); ok {
		said, ring := rung(out)
		var verdict struct {
			Number *int `json:"errcode"`
		}
		err := c.request(ctx, "reply", address, "", map[string]any{
			"msgtype": kindText, kindText: map[string]string{"content": said}, "at": map[string]any{"atUserIds": ring, "isAtAll": false},
		}, &verdict)
		if err == nil && verdict.Number == nil {
			err = errSilent
		}
		e, refused := errors.AsType[*refusal](err)
		if !refused || e.broken() || e.Number == numberBusy {
			return sendError(err)
		}
		c.cfg.Log.Warn("reply refused, pushing", "err", err)
		c.hooks.Drop(func(key, _ string) bool { return key == out.Conversation })
	}
	return sendError(c.push(ctx, out.Conversation, "sampleText", map[string]string{"content": named(out)}))
}

// rung is a text for a reply, and the staff ids of those whom it rings. It is sent as a plain text: nothing that people wrote can ring
// anybody or become a heading.
func rung(out chat.Outgoing) (said string, ring []string) {
	ring = []string{}
	said = called(out, func(m chat.Mention) string {
		ring = append(ring, m.Key)
		return m.Key
	})
	return said, ring
}

// named is a text for a push, which rings nobody.
func named(out chat.Outgoing) string {
	return called(out, func(m chat.Mention) string { return m.Name })
}

// called is a text that ends with those whom it is for.
func called(out chat.Outgoing, call func(chat.Mention) string) string {
	return strings.TrimSpace(out.Text + "\n" + link.Calls(out, func(m chat.Mention) string {
		if !staff(m.Key) {
			return ""
		}
		return "@" + call(m)
	}))
}

// staff says whether a key is a staff id.
func staff(key string) bool { return key != "" && !strings.Contains(key, ":") }

// push sends to a group or a person without anybody having spoken.
func (c *Channel) push(ctx context.Context, to, key string, param map[string]string) error {
	data, err := json.Marshal(param)
	if err != nil {
		return fmt.Errorf("encode %s: %w", key, err)
	}
	body := map[string]any{"robotCode": c.cfg.RobotCode, "msgKey": key, "msgParam": string(data)}
	var answer struct {
		Key     string   `json:"processQueryKey"` // by which one can ask who has read it
		Unknown []string `json:"invalidStaffIdList"`
		Later   []string `json:"flowControlledStaffIdList"`
	}
	if id, ok := strings.CutPrefix(to, group); ok {
		body["openConversationId"] = id
		err = c.call(ctx, "robot/groupMessages/send", body, &answer)
		if err == nil && answer.Key == "" {
			err = errSilent
		}
		return err
	}
	if !staff(to) {
		return &chat.SendError{Err: errors.New("somebody from outside can only be answered for a short time")}
	}
	body["userIds"] = []string{to}
	err = c.call(ctx, "robot/oToMessages/batchSend", body, &answer)
	switch {
	case err != nil:
		return err
	case len(answer.Unknown) > 0:
		return &chat.SendError{Err: errors.New("the company has nobody with this staff id")}
	case len(answer.Later) > 0:
		return &chat.SendError{Err: errors.New("written to too often"), Retry: true, After: restAfterTooOften}
	case answer.Key == "":
		return errSilent
	}
	return nil
}

// errSilent is an answer that says neither yes nor no.
var errSilent = errors.New("the answer says nothing of the message")

// How long to wait when the network asks for patience, its limits are by the minute, and when the app lacks a permission.
const (
	restAfterTooOften  = time.Minute
	restAfterForbidden = 10 * time.Minute
)

// sendError says what an error means for the message; nil for none.
func sendError(err error) error {
	said := link.Outcome(err, func(r *refusal) chat.SendError {
		switch {
		case r.tooOften():
			return chat.SendError{Retry: true, After: restAfterTooOften}
		case errors.Is(err, errNoToken):
			return chat.SendError{Retry: true}
		case r.forbidden(): // an administrator can grant it
			return chat.SendError{Retry: true, After: restAfterForbidden}
		}
		return chat.SendError{Retry: r.broken() || r.Number == numberBusy || r.stale(), Unknown: r.broken()}
	})
	if errors.Is(err, errNoToken) { // nothing was sent
		return link.Certain(said)
	}
	return said
}

// margin is how long before its end an address to answer at is not used any more.
const margin = time.Minute
