package feishu

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	im "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"

	"duban/internal/chat"
	"duban/internal/chat/feishu/content"
)

// FetchPicture implements chat.PictureFetcher.
func (c *Channel) FetchPicture(ctx context.Context, p chat.Picture) ([]byte, error) {
	data, err := c.fetch(ctx, p.Ref, "image")
	if errors.Is(err, chat.ErrTooLarge) {
		err = fmt.Errorf("picture of more than %d bytes: %w", maxAnswer, chat.ErrGone)
	}
	return data, err
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
	case resp.StatusCode >= 400 && resp.StatusCode < 500 && resp.StatusCode != http.StatusTooManyRequests && resp.Code != codeTooOften:
		return nil, fmt.Errorf("fetch %s: %d %s: %w", kind, resp.Code, resp.Msg, chat.ErrGone)
	}
	return nil, fmt.Errorf("fetch %s: %d %s", kind, resp.Code, resp.Msg)
}

// upload brings a file to the network and gives what names it in a message. Nobody has seen anything of it yet, so that nothing about its failure is
// uncertain.
func (c *Channel) upload(ctx context.Context, a chat.Attachment) (kind string, names map[string]string, err error) {
	f, err := os.Open(a.Path)
	if err != nil {
		return "", nil, &chat.SendError{Err: fmt.Errorf("attachment: %w", err)}
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil || info.Size() == 0 || info.Size() > maxFile {
		return "", nil, &chat.SendError{Err: fmt.Errorf("attachment: the network takes 1 to %d bytes: %w", maxFile, errors.Join(err))}
	}
	if a.Picture && info.Size() <= maxPicture {
		key, err := c.uploadPicture(ctx, f)
		return "image", map[string]string{"image_key": key}, err
	}
	key, err := c.uploadFile(ctx, a.Name, f)
	return "file", map[string]string{"file_key": key}, err
}

func (c *Channel) uploadPicture(ctx context.Context, f io.Reader) (string, error) {
	body := im.NewCreateImageReqBodyBuilder().ImageType("message").Image(f).Build()
	resp, err := c.im.Image.Create(ctx, im.NewCreateImageReqBuilder().Body(body).Build())
	if err != nil {
		return "", &chat.SendError{Err: brief(err), Retry: true}
	}
	if err := refused(resp.ApiResp, resp.CodeError); err != nil {
		return "", err
	}
	if resp.Data == nil {
		return "", errNoKey
	}
	return text(resp.Data.ImageKey), nil
}

func (c *Channel) uploadFile(ctx context.Context, name string, f io.Reader) (string, error) {
	body := im.NewCreateFileReqBodyBuilder().FileType("stream").FileName(name).File(f).Build()
	resp, err := c.im.File.Create(ctx, im.NewCreateFileReqBuilder().Body(body).Build())
	if err != nil {
		return "", &chat.SendError{Err: brief(err), Retry: true}
	}
	if err := refused(resp.ApiResp, resp.CodeError); err != nil {
		return "", err
	}
	if resp.Data == nil {
		return "", errNoKey
	}
	return text(resp.Data.FileKey), nil
}

// errNoKey says that what was uploaded cannot be named.
var errNoKey = &chat.SendError{Err: errors.New("upload: no key in the answer"), Retry: true}
