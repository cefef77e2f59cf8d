package dingtalk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/coder/websocket"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/client"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/payload"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/utils"
)

// socket is one connection.
type socket struct {
	conn    *websocket.Conn
	pinging time.Duration
}

// maxFrame bounds what is read as one frame, in bytes.
const maxFrame = 1 << 20

// The system's topics that do not only want an answer.
const topicDisconnect = "disconnect"

// ticket asks for a place to connect to. The kit hands the body of a refusal on as the text of its error.
func ticket(ctx context.Context, kit *client.StreamClient) (string, error) {
	at, err := kit.GetConnectionEndpoint(ctx)
	if err != nil {
		no := &refusal{what: "ticket"}
		if json.Unmarshal([]byte(err.Error()), no) == nil && no.Code != "" {
			return "", no
		}
		return "", fmt.Errorf("ticket: %.300w", withoutAddress(err))
	}
	return at.Endpoint + "?ticket=" + url.QueryEscape(at.Ticket), nil
}

func dial(ctx context.Context, kit *client.StreamClient, beat time.Duration) (*socket, error) {
	dialing, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	address, err := ticket(dialing, kit)
	if err != nil {
		return nil, err
	}
	conn, resp, err := websocket.Dial(dialing, address, nil)
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close() // a websocket's answer has none that matters
	}
	if err != nil {
		return nil, fmt.Errorf("connect: %w", withoutAddress(err))
	}
	conn.SetReadLimit(maxFrame)
	return &socket{conn: conn, pinging: beat}, nil
}

// withoutAddress takes the address off an error: it bears tickets and tokens, which are no business of the log.
func withoutAddress(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("%s: %w", e.Op, e.Err)
	}
	return err
}

func (s *socket) close() { _ = s.conn.CloseNow() } // it is given up either way

// read reads frames until the connection ends: the system's are answered at once, the others wait for their turn. What cannot be read
// is left out; it would not be better the second time.
func (s *socket) read(ctx context.Context, kit *client.StreamClient, todo chan<- delivery) error {
	for {
		_, data, err := s.conn.Read(ctx)
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
		f, err := payload.DecodeDataFrame(data)
		if err != nil || f.Headers == nil {
			continue
		}
		switch {
		case f.Type != utils.SubscriptionTypeKSystem:
			select {
			case todo <- delivery{f, s}:
			case <-ctx.Done():
				return ctx.Err()
			}
		case f.GetTopic() == topicDisconnect:
			s.answer(ctx, f, payload.NewSuccessDataFrameResponse())
			return errMoved
		default:
			s.answer(ctx, f, handle(ctx, kit, f))
		}
	}
}

// answer answers a frame. If that fails the connection is at its end, which its reader finds out.
func (s *socket) answer(ctx context.Context, f *payload.DataFrame, a *payload.DataFrameResponse) {
	a.SetHeader(payload.DataFrameHeaderKMessageId, f.GetMessageId())
	a.SetHeader(payload.DataFrameHeaderKContentType, payload.DataFrameContentTypeKJson)
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	_ = s.conn.Write(ctx, websocket.MessageText, a.Encode())
}

// beat pings until the connection ends, or ends it when a ping is not answered.
func (s *socket) beat(ctx context.Context) error {
	t := time.NewTicker(s.pinging)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		}
		asking, cancel := context.WithTimeout(ctx, s.pinging)
		err := s.conn.Ping(asking)
		cancel()
		if err != nil {
			return fmt.Errorf("the server does not answer pings: %w", err)
		}
	}
}
