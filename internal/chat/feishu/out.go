package feishu

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/larksuite/oapi-sdk-go/v3/core"
	im "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"

	"duban/internal/chat"
)

// Send implements chat.Channel: a text, then a picture or file if there is one. Every part has an id of its own by which the
// network drops doubles for an hour, so that a repeated attempt sends nothing twice.
func (c *Channel) Send(ctx context.Context, out chat.Outgoing) error {
	if t := marked(out); t != "" {
		if err := c.post(ctx, out.Conversation, out.ID+"-t", "text", map[string]string{"text": t}); err != nil {
			return err
		}
	}
	if out.Attachment == nil {
		return nil
	}
	kind, field := "file", "file_key"
	if out.Attachment.Picture {
		kind, field = "image", "image_key"
	}
	key, err := c.upload(ctx, *out.Attachment)
	if err != nil {
		return err
	}
	return c.post(ctx, out.Conversation, out.ID+"-a", kind, map[string]string{field: key})
}

// marked is the text with its mentions. People's words are repeated in it and must not ring anybody: <at is what a mention begins
// with.
func marked(out chat.Outgoing) string {
	said := strings.ReplaceAll(out.Text, "<at", "＜at")
	var calls []string
	for _, m := range out.Mentions {
		switch {
		case m.Key != "":
			calls = append(calls, fmt.Sprintf(`<at user_id="%s">%s</at>`, m.Key, strings.NewReplacer("<", "＜", ">", "＞").Replace(m.Name)))
		case !strings.Contains(said, m.Name):
			calls = append(calls, "@"+m.Name)
		}
	}
	return strings.TrimSpace(said + "\n" + strings.Join(calls, " "))
}

func (c *Channel) post(ctx context.Context, to, id, kind string, content map[string]string) error {
	data, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("encode %s: %w", kind, err)
	}
	by := "chat_id"
	if strings.HasPrefix(to, "ou_") { // a person who is written to first
		by = "open_id"
	}
	body := im.NewCreateMessageReqBodyBuilder().ReceiveId(to).MsgType(kind).Content(string(data)).Uuid("duban-" + id).Build()
	resp, err := c.im.Message.Create(ctx, im.NewCreateMessageReqBuilder().ReceiveIdType(by).Body(body).Build())
	if err != nil {
		return &chat.SendError{Err: err, Retry: true, Unknown: true}
	}
	if err := refused(resp.ApiResp, resp.CodeError); err != nil {
		return err
	}
	if kind == "text" && resp.Data != nil {
		c.said.add(text(resp.Data.MessageId), content["text"])
	}
	return nil
}

// Limits of attachments, in bytes.
const (
	maxPicture = 10 << 20
	maxFile    = 30 << 20
)

// upload brings a file to the network and gives its key. Nobody has seen anything of it yet, so that nothing about its failure is
// uncertain.
func (c *Channel) upload(ctx context.Context, a chat.Attachment) (string, error) {
	f, err := os.Open(a.Path)
	if err != nil {
		return "", &chat.SendError{Err: fmt.Errorf("attachment: %w", err)}
	}
	defer func() { _ = f.Close() }()
	most := int64(maxFile)
	if a.Picture {
		most = maxPicture
	}
	if info, err := f.Stat(); err != nil || info.Size() == 0 || info.Size() > most {
		return "", &chat.SendError{Err: fmt.Errorf("attachment: the network takes 1 to %d bytes: %w", most, errors.Join(err))}
	}
	if a.Picture {
		body := im.NewCreateImageReqBodyBuilder().ImageType("message").Image(f).Build()
		resp, err := c.im.Image.Create(ctx, im.NewCreateImageReqBuilder().Body(body).Build())
		if err != nil {
			return "", &chat.SendError{Err: err, Retry: true}
		}
		if err := refused(resp.ApiResp, resp.CodeError); err != nil {
			return "", err
		}
		return text(resp.Data.ImageKey), nil
	}
	body := im.NewCreateFileReqBodyBuilder().FileType("stream").FileName(a.Name).File(f).Build()
	resp, err := c.im.File.Create(ctx, im.NewCreateFileReqBuilder().Body(body).Build())
	if err != nil {
		return "", &chat.SendError{Err: err, Retry: true}
	}
	if err := refused(resp.ApiResp, resp.CodeError); err != nil {
		return "", err
	}
	return text(resp.Data.FileKey), nil
}

// Codes of the service.
const (
	codeTooOften      = 99991400 // the app
	codeGroupTooOften = 230020   // one group
	codeBusy          = 2200     // internal error
)

// restAfterTooOften is how long to wait after the network asks for patience.
const restAfterTooOften = 10 * time.Second

// refused says what an answer means for the message; nil if it was accepted.
func refused(resp *larkcore.ApiResp, code larkcore.CodeError) error {
	if code.Code == 0 && resp.StatusCode == http.StatusOK {
		return nil
	}
	err := fmt.Errorf("feishu: %d %s", code.Code, code.Msg)
	switch {
	case resp.StatusCode == http.StatusTooManyRequests, code.Code == codeTooOften, code.Code == codeGroupTooOften:
		return &chat.SendError{Err: err, Retry: true, After: restAfterTooOften}
	case resp.StatusCode >= 500, code.Code == codeBusy:
		return &chat.SendError{Err: err, Retry: true, Unknown: true}
	}
	return &chat.SendError{Err: err}
}

// said remembers the last messages of the bot, because a quote names only an id.
type said struct {
	mu    sync.Mutex
	texts map[string]string
	order []string
}

// remembered is how many messages that are.
const remembered = 2000

func (s *said) add(id, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.texts == nil {
		s.texts = map[string]string{}
	}
	s.texts[id], s.order = text, append(s.order, id)
	if len(s.order) > remembered {
		delete(s.texts, s.order[0])
		s.order = s.order[1:]
	}
}

func (s *said) text(id string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.texts[id]
	return t, ok
}
