package feishu

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/larksuite/oapi-sdk-go/v3/core"
	im "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"

	"duban/internal/chat"
	"duban/internal/chat/link"
)

// Send implements chat.Channel: a text or a card with buttons, then a picture or file if there is one. Every part has a key of its own by which the
// network drops doubles for an hour, so that a repeated attempt sends nothing twice.
func (c *Channel) Send(ctx context.Context, out chat.Outgoing) error {
	if err := c.sendText(ctx, out); err != nil {
		return err
	}
	if out.Attachment == nil {
		return nil
	}
	kind, content, err := c.upload(ctx, *out.Attachment)
	if err != nil {
		return err
	}
	return c.post(ctx, out, kind, content)
}

func (c *Channel) sendText(ctx context.Context, out chat.Outgoing) error {
	if buttons, ok := card(out); ok {
		return c.post(ctx, out, "interactive", buttons)
	}
	if text := marked(out); text != "" {
		return c.post(ctx, out, "text", map[string]string{"text": text})
	}
	return nil
}

// opening is what a mention begins with in a text.
var opening = regexp.MustCompile(`(?i)<(/?at\b)`)

// marked is the text with its mentions. People's words are repeated in it and must not ring anybody.
func marked(out chat.Outgoing) string {
	said := opening.ReplaceAllString(out.Text, "＜$1")
	return strings.TrimSpace(said + "\n" + link.Calls(out, inText))
}

// inText is a mention in a text.
func inText(m chat.Mention) string {
	if m.Key == "" {
		return ""
	}
	return fmt.Sprintf(`<at user_id="%s">%s</at>`, m.Key, strings.NewReplacer("<", "＜", ">", "＞").Replace(m.Name))
}

// once is the key by which the network drops doubles of a part. What is said is in it, too: after a restore the numbers of messages
// are given once more.
func once(out chat.Outgoing, kind string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{out.ID, out.Conversation, kind, out.Text}, "\x00")))
	return "duban-" + hex.EncodeToString(sum[:16])
}

func (c *Channel) post(ctx context.Context, out chat.Outgoing, kind string, content any) error {
	data, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("encode %s: %w", kind, err)
	}
	by := "chat_id"
	if strings.HasPrefix(out.Conversation, personal) {
		by = "open_id"
	}
	body := im.NewCreateMessageReqBodyBuilder().ReceiveId(out.Conversation).MsgType(kind).Content(string(data)).Uuid(once(out, kind)).Build()
	resp, err := c.im.Message.Create(ctx, im.NewCreateMessageReqBuilder().ReceiveIdType(by).Body(body).Build())
	if err != nil {
		return unanswered(err)
	}
	if err := refused(resp.ApiResp, resp.CodeError); err != nil {
		return err
	}
	if resp.Data == nil || text(resp.Data.MessageId) == "" { // a yes without the message is from nobody who has shown it
		return unanswered(errors.New("the answer names no message"))
	}
	if out.Text != "" {
		c.said.Put(text(resp.Data.MessageId), out.Text)
	}
	return nil
}

// unanswered says what it means for the message that there was no answer, or none that can be read. Without a token nothing was asked; a refusal
// that is an error of the kit is one of a token, too.
func unanswered(err error) error {
	_, dialling := errors.AsType[*larkcore.DialFailedError](err)
	_, refused := errors.AsType[larkcore.CodeError](err)
	return &chat.SendError{Err: brief(err), Retry: true, Unknown: !dialling && !refused && !errors.Is(err, errNoToken)}
}

// brief is an error without the page that somebody between here and the network may have answered with.
func brief(err error) error {
	const most = 300
	if text := []rune(err.Error()); len(text) > most {
		return errors.New(string(text[:most]) + "…")
	}
	return err
}

// personal is what the keys of people begin with.
const personal = "ou_"

// Codes of the service.
const (
	codeTooOften      = 99991400 // the app
	codeGroupTooOften = 230020   // one conversation
	codeBusy          = 2200     // internal error
	codeBeingSent     = 230049   // an earlier attempt at the same message has not ended
)

// restAfterTooOften is how long to wait after the network asks for patience without saying how much.
const restAfterTooOften = 10 * time.Second

// refused says what an answer means for the message; nil if it was accepted. A missing permission will not come by itself, so that the
// message is better sent another way at once.
func refused(resp *larkcore.ApiResp, code larkcore.CodeError) error {
	if code.Code == 0 && resp.StatusCode == http.StatusOK {
		return nil
	}
	err := fmt.Errorf("feishu: %d %s", code.Code, code.Msg)
	switch {
	case resp.StatusCode == http.StatusTooManyRequests, code.Code == codeTooOften, code.Code == codeGroupTooOften:
		return &chat.SendError{Err: err, Retry: true, After: rest(resp.Header)}
	case resp.StatusCode >= 500, code.Code == codeBusy, code.Code == codeBeingSent:
		return &chat.SendError{Err: err, Retry: true, Unknown: true}
	}
	return &chat.SendError{Err: err}
}

// rest is how long the network wants to be left alone.
func rest(h http.Header) time.Duration {
	n, err := strconv.Atoi(h.Get("x-ogw-ratelimit-reset"))
	if err != nil || n <= 0 {
		return restAfterTooOften
	}
	return min(time.Duration(n)*time.Second, time.Minute)
}

// remembered is how many of its messages the bot knows without asking.
const remembered = 2000
