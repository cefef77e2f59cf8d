package wecomhook

import (
	"context"
	"crypto/md5" //nolint:gosec // the protocol's check against damage, not against attack
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"duban/internal/chat"
	"duban/internal/chat/link"
)

// Send implements chat.Channel: a text, then a picture or file if there is one. What was sent of a message is remembered, so that a
// repeated attempt does not send it again.
func (c *Channel) Send(ctx context.Context, out chat.Outgoing) error {
	if text := harmless(out.Text); text != "" {
		kind := "text"
		if len(text) > maxWords {
			kind = "markdown"
		}
		if err := c.once(ctx, out, kind, func() (any, error) { return map[string]string{"content": text}, nil }); err != nil {
			return err
		}
	}
	a := out.Attachment
	if a == nil {
		return nil
	}
	data, err := a.Read(minFile, maxFile)
	if err != nil {
		return err
	}
	if a.Picture && len(data) <= maxPicture {
		sum := md5.Sum(data) //nolint:gosec // see the import
		return c.once(ctx, out, "image", func() (any, error) {
			return map[string]string{"base64": base64.StdEncoding.EncodeToString(data), "md5": hex.EncodeToString(sum[:])}, nil
		})
	}
	return c.once(ctx, out, "file", func() (any, error) {
		id, err := c.upload(ctx, out.Conversation, a.Title(), data)
		return map[string]string{"media_id": id}, err
	})
}

func (c *Channel) once(ctx context.Context, out chat.Outgoing, kind string, content func() (any, error)) error {
	return c.sent.Once(out.ID+"/"+kind, func() error {
		what, err := content()
		if err != nil {
			return link.Certain(sendError(err)) // nothing was shown to anybody yet
		}
		return sendError(c.post(ctx, out.Conversation, kind, what))
	})
}

// harmless takes from words what rings a person or colours a text: people's words are repeated in what the bot says.
func harmless(text string) string {
	return strings.TrimSpace(strings.NewReplacer("<@", "＜@", "<font", "＜font").Replace(text))
}

// upload brings a file to the network and gives the id under which it can be sent.
func (c *Channel) upload(ctx context.Context, chatID, name string, data []byte) (string, error) {
	form, kind, err := link.Form("media", name, data)
	if err != nil {
		return "", err
	}
	a, err := c.ask(ctx, "/cgi-bin/webhook/upload_media", url.Values{"type": {"file"}}, chatID, kind, form)
	if err == nil && a.Media == "" {
		err = fmt.Errorf("upload: %w", errGarbage)
	}
	return a.Media, err
}

// post shows a message of a kind in a group.
func (c *Channel) post(ctx context.Context, chatID, kind string, content any) error {
	body, err := json.Marshal(map[string]any{"msgtype": kind, kind: content})
	if err != nil {
		return fmt.Errorf("encode %s: %w", kind, err)
	}
	_, err = c.ask(ctx, "/cgi-bin/webhook/send", url.Values{}, chatID, "application/json", body)
	return err
}

// answer is what the network says to any request.
type answer struct {
	Code  *int   `json:"errcode"`
	Media string `json:"media_id"`
}

// ask makes a request and reads the answer. The key is in the address, so that no error shows either.
func (c *Channel) ask(ctx context.Context, path string, q url.Values, chatID, kind string, body []byte) (a answer, err error) {
	key, ok := c.cfg.Groups[chatID]
	if !ok {
		return a, &chat.SendError{Err: fmt.Errorf("no robot in %s", chatID)}
	}
	q.Set("key", key)
	status, data, err := link.Ask{
		What: "post", Address: c.cfg.URL + path + "?" + q.Encode(), Header: map[string]string{"Content-Type": kind}, Body: body,
	}.Do(ctx, c.client)
	switch {
	case err != nil:
		return a, err
	case status != http.StatusOK:
		return a, &refusal{status: status}
	case json.Unmarshal(data, &a) != nil || a.Code == nil:
		return a, errGarbage
	case *a.Code != 0:
		return a, &refusal{status: status, code: *a.Code}
	}
	return a, nil
}

var errGarbage = errors.New("the answer cannot be read")

// refusal is an answer that says no. Its words are not repeated: they show the key.
type refusal struct{ status, code int }

func (r *refusal) Error() string {
	return fmt.Sprintf("refused: HTTP %d, errcode %d", r.status, r.code)
}

// Codes of the service.
const (
	codeBusy     = -1
	codeTooOften = 45009
	codeBadKey   = 93000
)

// restAfterTooOften is how long a group rests that was written to too often; its limit is by the minute.
const restAfterTooOften = time.Minute

// sendError says what an error means for the message; nil for none.
func sendError(err error) error {
	return link.Outcome(err, func(r *refusal) chat.SendError {
		switch {
		case r.status >= http.StatusInternalServerError:
			return chat.SendError{Retry: true, Unknown: true}
		case r.code == codeTooOften, r.status == http.StatusTooManyRequests:
			return chat.SendError{Retry: true, After: restAfterTooOften}
		}
		return chat.SendError{Retry: r.code == codeBusy}
	})
}
