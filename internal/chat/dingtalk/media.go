package dingtalk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"

	"duban/internal/chat"
)

// ref is the handle of a picture or a file: its code, and the robot that got it.
type ref struct {
	Code  string `json:"c"`
	Robot string `json:"r"`
}

func handleOf(code, robot string) string {
	data, _ := json.Marshal(ref{code, robot}) // two texts always marshal
	return string(data)
}

// FetchPicture implements chat.PictureFetcher.
func (c *Channel) FetchPicture(ctx context.Context, p chat.Picture) ([]byte, error) {
	data, err := c.fetch(ctx, p.Ref, maxFile)
	if errors.Is(err, chat.ErrTooLarge) {
		return nil, errors.Join(err, chat.ErrGone)
	}
	return data, err
}

// FetchFile implements chat.FileFetcher.
func (c *Channel) FetchFile(ctx context.Context, f chat.File, limit int64) ([]byte, error) {
	return c.fetch(ctx, f.Ref, limit)
}

// fetch exchanges a code for an address that is good for some minutes, and brings what is there.
func (c *Channel) fetch(ctx context.Context, handle string, limit int64) ([]byte, error) {
	var r ref
	if err := json.Unmarshal([]byte(handle), &r); err != nil || r.Code == "" {
		return nil, fmt.Errorf("not of this channel: %w", chat.ErrGone)
	}
	var at struct {
		URL string `json:"downloadUrl"`
	}
	err := c.call(ctx, "robot/messageFiles/download", map[string]string{"downloadCode": r.Code, "robotCode": r.Robot}, &at)
	if e, ok := errors.AsType[*refusal](err); ok && !errors.Is(err, errNoToken) && !e.broken() && !e.tooOften() && !e.forbidden() && !e.stale() {
		return nil, errors.Join(err, chat.ErrGone)
	}
	if err != nil {
		return nil, err
	}
	return c.download(ctx, at.URL, limit)
}

func (c *Channel) download(ctx context.Context, address string, limit int64) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("download: %w", withoutAddress(err))
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("download: %w", withoutAddress(err))
	}
	defer func() { _ = resp.Body.Close() }()
	switch {
	case resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone:
		return nil, fmt.Errorf("download: %s: %w", resp.Status, chat.ErrGone)
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("download: %s", resp.Status)
	case resp.ContentLength > limit:
		return nil, fmt.Errorf("%d bytes: %w", resp.ContentLength, chat.ErrTooLarge)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("download: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("more than %d bytes: %w", limit, chat.ErrTooLarge)
	}
	return data, nil
}

// upload brings a file to the network and gives the message that shows it. Nobody has seen anything of it yet, so that nothing about
// its failure is uncertain.
func (c *Channel) upload(ctx context.Context, a chat.Attachment) (key string, param map[string]string, err error) {
	data, err := a.Read(1, maxFile)
	if err != nil {
		return "", nil, err
	}
	name, kind := a.Title(), "file"
	if a.Picture {
		kind = "image"
	}
	var got struct {
		ID string `json:"media_id"`
	}
	err = c.with(ctx, func(token string) error { return c.post(ctx, token, kind, name, data, &got) })
	if err == nil && got.ID == "" {
		err = errors.New("upload: no media id")
	}
	if err != nil {
		e, _ := errors.AsType[*chat.SendError](sendError(err))
		return "", nil, &chat.SendError{Err: e.Err, Retry: e.Retry, After: e.After}
	}
	if a.Picture {
		return "sampleImageMsg", map[string]string{"photoURL": got.ID}, nil
	}
	return "sampleFile", map[string]string{"mediaId": got.ID, "fileName": name, "fileType": strings.TrimPrefix(filepath.Ext(name), ".")}, nil
}

// post uploads.
func (c *Channel) post(ctx context.Context, token, kind, name string, data []byte, answer any) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("media", name)
	if err == nil {
		_, err = part.Write(data)
	}
	if err := errors.Join(err, form.Close()); err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.old("/media/upload", token)+"&type="+kind, &body)
	if err != nil {
		return &chat.SendError{Err: fmt.Errorf("upload: %w", withoutAddress(err))}
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	return c.do("upload", req, answer)
}
