package wechat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/eatmoreapple/openwechat"

	"duban/internal/chat"
)

// pictureTries is how often an empty picture is asked for.
const pictureTries = 4

var errNoPicture = errors.New("the server has no such picture")

// FetchPicture brings a picture that arrived in this login. Servers sometimes answer nothing at first, and an expired
// session with a page; neither is returned as a picture. The error tells when there is none to be had.
func (c *Channel) FetchPicture(ctx context.Context, p chat.Picture) ([]byte, error) {
	if _, err := strconv.ParseInt(p.Ref, 10, 64); err != nil { // it would be a message's id
		return nil, fmt.Errorf("%w: %w", errNoPicture, chat.ErrGone)
	}
	s := c.current.Load()
	if s == nil {
		return nil, errOffline
	}
	ctx, cancel := s.join(ctx)
	defer cancel()
	for try := 1; ; try++ {
		data, err := s.picture(ctx, p.Ref)
		if errors.Is(err, chat.ErrTooLarge) { // nor will it be smaller the next time
			return nil, errors.Join(err, chat.ErrGone)
		}
		if err == nil || try == pictureTries || ctx.Err() != nil {
			return data, err
		}
		if !sleep(ctx, double(c.pace.PicturePause, try-1, 10*c.pace.PicturePause)) {
			return nil, ctx.Err()
		}
	}
}

func (s *session) picture(ctx context.Context, id string) ([]byte, error) {
	resp, err := s.bot.Caller.Client.WebWxGetMsgImg(ours(ctx), &openwechat.Message{MsgId: id}, s.bot.Storage.LoginInfo)
	if err != nil {
		return nil, fmt.Errorf("wechat: fetch the picture: %w", redacted(err))
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("wechat: fetch the picture: %w", err)
	}
	// Pictures begin with a signature; pages and refusals begin with a bracket.
	if b := bytes.TrimSpace(data); len(b) == 0 || b[0] == '<' || b[0] == '{' {
		return nil, fmt.Errorf("wechat: fetch the picture: %w", errNoPicture)
	}
	return data, nil
}
