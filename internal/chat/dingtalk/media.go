package dingtalk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"duban/internal/chat"
	"duban/internal/chat/link"
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
	return link.Picture(c.fetch(ctx, p.Ref, maxFile))
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
	resp, err := link.Get(ctx, c.http, at.URL)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	return link.Body(resp, limit)
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
		return "", nil, link.Certain(sendError(err))
	}
	if a.Picture {
		return "sampleImageMsg", map[string]string{"photoURL": got.ID}, nil
	}
	return "sampleFile", map[string]string{"mediaId": got.ID, "fileName": name, "fileType": strings.TrimPrefix(filepath.Ext(name), ".")}, nil
}

// post uploads.
func (c *Channel) post(ctx context.Context, token, as, name string, data []byte, answer any) error {
	form, kind, err := link.Form("media", name, data)
	if err != nil {
		return err
	}
	return c.do(ctx, link.Ask{
		What: "upload", Address: c.old("/media/upload", token) + "&type=" + as, Header: map[string]string{"Content-Type": kind}, Body: form,
	}, answer)
}
