package wecom

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"duban/internal/chat/link"
)

// The commands of the connection.
const (
	cmdSubscribe   = "aibot_subscribe"
	cmdPing        = "ping"
	cmdMessage     = "aibot_msg_callback"
	cmdEvent       = "aibot_event_callback"
	cmdSend        = "aibot_send_msg"
	cmdUpdate      = "aibot_respond_update_msg"
	cmdUploadBegin = "aibot_upload_media_init"
	cmdUploadChunk = "aibot_upload_media_chunk"
	cmdUploadEnd   = "aibot_upload_media_finish"
)

// frame is one message of the connection. An answer bears the req_id of what it answers, and no command.
type frame struct {
	Cmd     string          `json:"cmd"`
	Headers headers         `json:"headers"`
	Body    json.RawMessage `json:"body"`
	Code    *int            `json:"errcode"` // of an answer
	Message string          `json:"errmsg"`
}

type headers struct {
	ReqID string `json:"req_id"`
}

// refusal is an answer that says no.
type refusal struct {
	cmd  string
	code int
	text string
}

func (r *refusal) Error() string { return fmt.Sprintf("%s: %d %s", r.cmd, r.code, r.text) }

// Codes of the service that pass by themselves.
const (
	codeBusy     = -1
	codeTooOften = 45009
)

// passing says whether it may work later.
func (r *refusal) passing() bool { return r.code == codeBusy || r.code == codeTooOften }

// errLost says that a connection ended before the answer came, so that nobody knows what became of the question.
var errLost = errors.New("connection lost")

// socket is one connection.
type socket struct {
	conn    *websocket.Conn
	pace    link.Pace
	done    <-chan struct{} // closed at its end
	end     func()
	waiters sync.Map // channels of frames by req_id
}

func (c *Channel) dial(ctx context.Context) (*socket, error) {
	dialing, cancel := context.WithTimeout(ctx, c.cfg.pace.Answer)
	defer cancel()
	conn, err := link.Dial(dialing, c.client, c.cfg.URL)
	if err != nil {
		return nil, err
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	return &socket{conn: conn, pace: c.cfg.pace, done: life.Done(), end: end}, nil
}

func (s *socket) close() {
	s.end()
	_ = s.conn.CloseNow() // it is given up either way
}

// call asks something and waits for the answer. A *refusal is certain; any other error leaves open what happened.
func (s *socket) call(ctx context.Context, cmd string, body any) (frame, error) {
	id := cmd + "_" + rand.Text()
	answer := make(chan frame, 1)
	s.waiters.Store(id, answer)
	defer s.waiters.Delete(id)
	ctx, cancel := context.WithTimeout(ctx, s.pace.Answer)
	defer cancel()
	if err := s.write(ctx, cmd, id, body); err != nil {
		return frame{}, err
	}
	select {
	case f := <-answer:
		switch {
		case f.Code == nil:
			return f, fmt.Errorf("%s: the answer says neither yes nor no", cmd)
		case *f.Code != 0:
			return f, &refusal{cmd, *f.Code, f.Message}
		}
		return f, nil
	case <-s.done:
		return frame{}, fmt.Errorf("%s: %w", cmd, errLost)
	case <-ctx.Done():
		return frame{}, fmt.Errorf("%s: no answer: %w", cmd, ctx.Err())
	}
}

func (s *socket) write(ctx context.Context, cmd, req string, body any) error {
	f := map[string]any{"cmd": cmd, "headers": headers{req}}
	if body != nil {
		f["body"] = body
	}
	if err := wsjson.Write(ctx, s.conn, f); err != nil {
		return fmt.Errorf("write %s: %w", cmd, err)
	}
	return nil
}

// read reads frames until the connection ends: answers go to who waits for them, the rest to arrive. What cannot be read is
// left out; it would not be better the second time.
func (s *socket) read(ctx context.Context, arrive func(context.Context, *socket, frame) error) error {
	defer s.close()
	for {
		_, data, err := s.conn.Read(ctx)
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
		var f frame
		if json.Unmarshal(data, &f) != nil {
			continue
		}
		if w, ok := s.waiters.LoadAndDelete(f.Headers.ReqID); ok {
			w.(chan frame) <- f
		} else if err := arrive(ctx, s, f); err != nil {
			return err
		}
	}
}

// beat pings until the connection ends; two pings in a row without an answer end it. Why it ended is read's to say.
func (s *socket) beat(ctx context.Context) {
	_ = link.Beat(ctx, s.pace.Beat, 2, func(ctx context.Context) error {
		_, err := s.call(ctx, cmdPing, nil)
		return err
	})
	s.close()
}
