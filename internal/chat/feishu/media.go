package feishu

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/larksuite/oapi-sdk-go/v3/core"
	im "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"

	"duban/internal/chat"
	"duban/internal/chat/feishu/content"
	"duban/internal/chat/link"
)

// FetchPicture implements chat.PictureFetcher.
func (c *Channel) FetchPicture(ctx context.Context, p chat.Picture) ([]byte, error) {
	return link.Picture(c.fetch(ctx, p.Ref, "image"))
}

// FetchFile implements chat.FileFetcher.
func (c *Channel) FetchFile(ctx context.Context, f chat.File, limit int64) ([]byte, error) {
	return c.fetch(context.WithValue(ctx, mostKey{}, limit), f.Ref, "file")
}

func (c *Channel) fetch(ctx context.Context, handle, kind string) ([]byte, error) {
	r, ok := content.ParseRef(handle)
	if !ok {
		return nil, fmt.Errorf("no %s of this channel: %w", kind, chat.ErrGone)
	}
	resp, err := c.im.MessageResource.Get(ctx, im.NewGetMessageResourceReqBuilder().MessageId(r.Message).FileKey(r.Key).Type(kind).Build())
	_, over := errors.AsType[*http.MaxBytesError](err)
	switch {
	case over:
		return nil, fmt.Errorf("fetch %s: %w", kind, chat.ErrTooLarge)
	case err != nil:
		return nil, fmt.Errorf("fetch %s: %w", kind, err)
	case resp.File != nil:
		return io.ReadAll(resp.File) // the kit has it whole
	case link.StatusError(resp.StatusCode).Lasting() && resp.Code != codeTooOften:
		return nil, fmt.Errorf("fetch %s: %d %s: %w", kind, resp.Code, resp.Msg, chat.ErrGone)
	}
	return nil, fmt.Errorf("fetch %s: %d %s", kind, resp.Code, resp.Msg)
}

// upload brings a file to the network and gives what names it in a message. Nobody has seen anything of it yet, so that nothing about its failure is
// uncertain.
func (c *Channel) upload(ctx context.Context, a chat.Attachment) (kind string, names map[string]string, err error) {
	data, err := a.Read(1, maxFile)
	if err != nil {
		return "", nil, err
	}
	kind, form := "file", larkcore.NewFormdata().AddField("file_type", "stream").AddField("file_name", a.Title())
	if a.Picture && len(data) <= maxPicture {
		kind, form = "image", larkcore.NewFormdata().AddField("image_type", "message")
	}
	var answer struct {
		larkcore.CodeError
		Data struct {
			Picture string `json:"image_key"`
			File    string `json:"file_key"`
		} `json:"data"`
	}
	resp, err := larkcore.Request(ctx, &larkcore.ApiReq{
		HttpMethod: http.MethodPost, ApiPath: "/open-apis/im/v1/" + kind + "s", Body: form.AddFile(kind, bytes.NewReader(data)),
		SupportedAccessTokenTypes: tenant,
	}, c.core)
	if err == nil {
		err = resp.JSONUnmarshalBody(&answer, c.core)
	}
	if err != nil {
		return "", nil, link.Certain(unanswered(err))
	}
	if err := refused(resp, answer.CodeError); err != nil {
		return "", nil, link.Certain(err)
	}
	key := cmp.Or(answer.Data.Picture, answer.Data.File)
	if key == "" {
		return "", nil, &chat.SendError{Err: errors.New("upload: no key in the answer"), Retry: true}
	}
	return kind, map[string]string{kind + "_key": key}, nil
}
