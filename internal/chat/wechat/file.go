package wechat

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"strconv"

	"github.com/eatmoreapple/openwechat"

	"duban/internal/chat"
)

// appFile is the type of app messages that carry a file.
const appFile = 6

// fileRef is what the file host asks for. It means nothing after the login.
type fileRef struct {
	Media string `json:"m"`
	Encry string `json:"e,omitempty"`
	From  string `json:"f"`
}

// attachment is the file of an app message; false if it names none.
func attachment(a arrival, content string) (chat.File, bool) {
	if a.media == "" {
		return chat.File{}, false
	}
	app, _ := readApp(plainText(content))
	ref, err := json.Marshal(fileRef{Media: a.media, Encry: a.encry, From: a.from})
	if err != nil {
		return chat.File{}, false
	}
	size, _ := strconv.ParseInt(a.fileSize, 10, 64) // 0 where the network does not tell
	return chat.File{Ref: string(ref), Name: cmp.Or(html.UnescapeString(a.fileName), app.Title), Size: max(0, size)}, true
}

var errNoFile = errors.New("the server has no such file")

// FetchFile brings a file that arrived in this login. A file whose announced size is too large is not asked for; one that comes with
// another size than announced, or as a page, is asked for again.
func (c *Channel) FetchFile(ctx context.Context, f chat.File, limit int64) ([]byte, error) {
	if f.Size > limit {
		return nil, fmt.Errorf("wechat: the file has %d bytes: %w", f.Size, chat.ErrTooLarge)
	}
	var ref fileRef
	if err := json.Unmarshal([]byte(f.Ref), &ref); err != nil {
		return nil, fmt.Errorf("wechat: no file: %w", chat.ErrGone)
	}
	s := c.current.Load()
	if s == nil {
		return nil, errOffline
	}
	ctx, cancel := s.join(ctx)
	defer cancel()
	for try := 1; ; try++ {
		data, err := s.file(ctx, ref, f.Size, limit)
		if err == nil || errors.Is(err, chat.ErrTooLarge) || ctx.Err() != nil {
			return data, err
		}
		if try == pictureTries {
			if errors.Is(err, errNoFile) {
				err = errors.Join(err, chat.ErrGone)
			}
			return nil, err
		}
		if !sleep(ctx, double(c.pace.PicturePause, try-1, 10*c.pace.PicturePause)) {
			return nil, ctx.Err()
		}
	}
}

func (s *session) file(ctx context.Context, ref fileRef, size, limit int64) ([]byte, error) {
	m := &openwechat.Message{FromUserName: ref.From, MediaId: ref.Media, EncryFileName: ref.Encry}
	resp, err := s.bot.Caller.Client.WebWxGetMedia(ours(ctx), m, s.bot.Storage.LoginInfo)
	if err != nil {
		return nil, fmt.Errorf("wechat: fetch the file: %w", redacted(err))
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	switch b := bytes.TrimSpace(data); {
	case err != nil:
		return nil, fmt.Errorf("wechat: fetch the file: %w", err)
	case int64(len(data)) > limit:
		return nil, fmt.Errorf("wechat: the file has %d bytes: %w", len(data), chat.ErrTooLarge)
	case len(b) == 0, size == 0 && (b[0] == '<' || b[0] == '{'): // nothing, a page, or a refusal
		return nil, fmt.Errorf("wechat: fetch the file: %w", errNoFile)
	case size != 0 && int64(len(data)) != size:
		return nil, fmt.Errorf("wechat: %d bytes of a file of %d: %w", len(data), size, errNoFile)
	}
	return data, nil
}
