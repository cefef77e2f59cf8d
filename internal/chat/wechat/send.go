package wechat

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unicode"

	"github.com/eatmoreapple/openwechat"

	"duban/internal/chat"
)

// maxFile is the largest file that web WeChat takes, in bytes.
const maxFile = 50 << 20

// Send sends one message, once: a text, then a picture or file if there is one. A part that was sent is remembered, so
// that a repeated attempt with the same id does not send it again. Its errors are *chat.SendError.
func (c *Channel) Send(ctx context.Context, out chat.Outgoing) error {
	c.sending.Lock()
	defer c.sending.Unlock()
	s := c.current.Load()
	if s == nil {
		return &chat.SendError{Err: errOffline, Retry: true}
	}
	ctx, cancel := s.join(ctx)
	defer cancel()
	if text := c.textOf(out); text != "" {
		err := c.part(ctx, s, out.ID+"/text", func(ctx context.Context) error { return s.sendText(ctx, out.Conversation, text) })
		if err != nil {
			return err
		}
	}
	if out.Attachment == nil {
		return nil
	}
	return c.part(ctx, s, out.ID+"/file", func(ctx context.Context) error {
		return s.sendAttachment(ctx, out.Conversation, *out.Attachment)
	})
}

// textOf is the text to send: mentions that it does not name are named in front, and it is cut to what the channel can.
func (c *Channel) textOf(out chat.Outgoing) string {
	var missing []string
	for _, m := range out.Mentions {
		if m.Name != "" && !strings.Contains(out.Text, m.Name) {
			missing = append(missing, "@"+m.Name)
		}
	}
	text := out.Text
	if missing != nil {
		text = strings.Join(missing, " ") + "\n" + text
	}
	if r := []rune(text); len(r) > maxText {
		return string(r[:maxText-1]) + "…"
	}
	return text
}

// part sends one part of a message if it was not sent before, and classifies its error.
func (c *Channel) part(ctx context.Context, s *session, key string, send func(context.Context) error) error {
	if c.parts.has(key) {
		return nil
	}
	mark := &sendMark{clientID: clientID(key)}
	err := s.calls.take(ctx)
	if err == nil {
		err = send(context.WithValue(ours(ctx), sendMarkKey{}, mark))
		s.calls.give()
	}
	if err == nil {
		c.parts.add(key)
		c.tooOften = 0
		return nil
	}
	c.log.Warn("a message was not sent", fault(err))
	return c.classify(err, mark)
}

// clientID is the id by which the network may drop doubles: the same for each attempt, of the length of the library's.
func clientID(key string) string {
	sum := sha256.Sum256([]byte(key))
	return fmt.Sprintf("%017d", 1e16+binary.BigEndian.Uint64(sum[:])%(9*1e16))
}

// classify says what a failed send means. What failed before the message itself was posted can be repeated. After it was
// posted, only a code or a connection that never carried the request is a certain no.
func (c *Channel) classify(err error, mark *sendMark) error {
	out := &chat.SendError{Err: fmt.Errorf("wechat: send: %w", redacted(err)), Retry: true}
	var refused *refusedFile
	ret, coded := retOf(err)
	switch {
	case errors.As(err, &refused):
		out.Retry = false
	case coded && ret == retTooOften:
		out.After = double(c.pace.TooOften, c.tooOften, time.Hour)
		c.tooOften++
	case coded:
		out.Retry = ret != retNoTarget && ret != retParam
	case !mark.posted.Load(), mark.traced.Load() && !mark.written.Load():
	default:
		out.Retry, out.Unknown = false, true
	}
	return out
}

// sendText sends a text by UserName, which needs no contact list.
func (s *session) sendText(ctx context.Context, to, text string) error {
	self, _ := s.book.me()
	_, err := s.bot.Caller.WebWxSendMsg(ctx, &openwechat.CallerWebWxSendMsgOptions{
		LoginInfo:   s.bot.Storage.LoginInfo,
		BaseRequest: s.bot.Storage.Request, Message: openwechat.NewTextSendMessage(text, self, to),
	})
	return err
}

// refusedFile is a file that can never be sent.
type refusedFile struct{ err error }

// Error says why.
func (e *refusedFile) Error() string { return e.err.Error() }

// Unwrap is the cause.
func (e *refusedFile) Unwrap() error { return e.err }

func (s *session) sendAttachment(ctx context.Context, to string, a chat.Attachment) error {
	f, err := openNamed(a.Path, title(a))
	if err != nil {
		return &refusedFile{err}
	}
	defer func() { _ = f.Close() }()
	self, _ := s.book.me()
	opt := openwechat.CallerUploadMediaCommonOptions{
		FromUserName: self, ToUserName: to,
		BaseRequest: s.bot.Storage.Request, LoginInfo: s.bot.Storage.LoginInfo,
	}
	if a.Picture {
		o := openwechat.CallerWebWxSendImageMsgOptions(opt)
		_, err = s.bot.Caller.WebWxSendImageMsg(ctx, f, &o)
		return err
	}
	o := openwechat.CallerWebWxSendFileOptions(opt)
	_, err = s.bot.Caller.WebWxSendFile(ctx, f, &o)
	return err
}

// title is the name that people see, without anything that could be a path or break a form.
func title(a chat.Attachment) string {
	name := a.Name
	if name == "" {
		name = filepath.Base(a.Path)
	}
	name = strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r == '"' || unicode.IsControl(r) {
			return '_'
		}
		return r
	}, name)
	if name == "." || name == ".." {
		name = "file"
	}
	return name
}

// openNamed opens a file under another name. The library sends a file's name to the server, path and all, and shows its
// last element to people; so the open file must bear the title and nothing else.
func openNamed(path, name string) (*os.File, error) {
	st, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("open the attachment: %w", err)
	case !st.Mode().IsRegular() || st.Size() == 0:
		return nil, errors.New("the attachment is empty or not a file")
	case st.Size() > maxFile:
		return nil, fmt.Errorf("the attachment has %d bytes, more than the %d that WeChat takes", st.Size(), maxFile)
	}
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open the attachment: %w", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// maxParts is how many sent parts are remembered.
const maxParts = 1000

// partLog remembers the parts that were sent lately.
type partLog struct {
	sent  map[string]bool
	order []string
}

func newPartLog() *partLog { return &partLog{sent: map[string]bool{}} }

func (l *partLog) has(key string) bool { return l.sent[key] }

func (l *partLog) add(key string) {
	if len(l.order) == maxParts {
		delete(l.sent, l.order[0])
		l.order = l.order[1:]
	}
	l.sent[key] = true
	l.order = append(l.order, key)
}
