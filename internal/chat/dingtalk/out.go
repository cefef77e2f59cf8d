package dingtalk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"duban/internal/chat"
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
	if h, ok := c.hooks.of(out.Conversation); ok {
		said, ring := rung(out)
		err := c.request(ctx, "reply", h.address, "", map[string]any{
			"msgtype": kindText, kindText: map[string]string{"content": said}, "at": map[string]any{"atUserIds": ring, "isAtAll": false},
		}, nil)
		e, refused := errors.AsType[*refusal](err)
		if !refused || e.broken() || e.Number == numberBusy {
			return sendError(err)
		}
		c.cfg.Log.Warn("reply refused, pushing", "err", err)
		c.hooks.forget(out.Conversation)
	}
	return sendError(c.push(ctx, out.Conversation, "sampleText", map[string]string{"content": named(out)}))
}

// rung is a text for a reply, and the staff ids of those whom it rings. It is sent as a plain text: nothing that people wrote can ring
// anybody or become a heading.
func rung(out chat.Outgoing) (said string, ring []string) {
	ring = []string{}
	for _, m := range out.Mentions {
		if staff(m.Key) {
			ring = append(ring, m.Key)
		}
	}
	return called(out, func(m chat.Mention) string { return m.Key }), ring
}

// named is a text for a push, which rings nobody.
func named(out chat.Outgoing) string {
	return called(out, func(m chat.Mention) string { return m.Name })
}

// called is a text that ends with those whom it is for; who cannot be rung in any way is left out if the text names them already.
func called(out chat.Outgoing, call func(chat.Mention) string) string {
	var calls []string
	for _, m := range out.Mentions {
		switch {
		case staff(m.Key):
			calls = append(calls, "@"+call(m))
		case !strings.Contains(out.Text, m.Name):
			calls = append(calls, "@"+m.Name)
		}
	}
	return strings.TrimSpace(out.Text + "\n" + strings.Join(calls, " "))
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
	if id, ok := strings.CutPrefix(to, group); ok {
		body["openConversationId"] = id
		return c.call(ctx, "robot/groupMessages/send", body, nil)
	}
	if !staff(to) {
		return &chat.SendError{Err: errors.New("somebody from outside can only be answered for a short time")}
	}
	body["userIds"] = []string{to}
	var missed struct {
		Unknown []string `json:"invalidStaffIdList"`
		Later   []string `json:"flowControlledStaffIdList"`
	}
	err = c.call(ctx, "robot/oToMessages/batchSend", body, &missed)
	switch {
	case err == nil && len(missed.Unknown) > 0:
		return &chat.SendError{Err: errors.New("the company has nobody with this staff id")}
	case err == nil && len(missed.Later) > 0:
		return &chat.SendError{Err: errors.New("written to too often"), Retry: true, After: restAfterTooOften}
	}
	return err
}

// How long to wait when the network asks for patience, its limits are by the minute, and when the app lacks a permission.
const (
	restAfterTooOften  = time.Minute
	restAfterForbidden = 10 * time.Minute
)

// sendError says what an error means for the message. One that says so already is left as it is.
func sendError(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*chat.SendError](err); ok {
		return e
	}
	e, ok := errors.AsType[*refusal](err)
	switch {
	case ok && e.tooOften():
		return &chat.SendError{Err: err, Retry: true, After: restAfterTooOften}
	case errors.Is(err, errNoToken), chat.NotConnected(err):
		return &chat.SendError{Err: err, Retry: true}
	case ok && e.forbidden(): // an administrator can grant it
		return &chat.SendError{Err: err, Retry: true, After: restAfterForbidden}
	case !ok, e.broken():
		return &chat.SendError{Err: err, Retry: true, Unknown: true}
	}
	return &chat.SendError{Err: err, Retry: e.Number == numberBusy || e.stale()}
}

// hook is the address at which a conversation can be answered, for a time.
type hook struct {
	address string
	until   time.Time
}

// hooks are the latest addresses, by conversation. They are kept in memory only: what is lost with them is sent as a push.
type hooks struct {
	mu  sync.Mutex
	all map[string]hook
}

// margin is how long before its end an address is not used any more.
const margin = time.Minute

func (h *hooks) learn(conversation string, k hook) {
	if k.address == "" {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	for key, old := range h.all {
		if old.until.Before(now) {
			delete(h.all, key)
		}
	}
	if h.all == nil {
		h.all = map[string]hook{}
	}
	h.all[conversation] = k
}

func (h *hooks) of(conversation string) (hook, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	k, ok := h.all[conversation]
	return k, ok && time.Now().Add(margin).Before(k.until)
}

func (h *hooks) forget(conversation string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.all, conversation)
}
