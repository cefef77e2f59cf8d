package dingtalk

import (
	"context"
	"fmt"
	"net/url"

	"github.com/coder/websocket"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/client"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/payload"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/utils"

	"duban/internal/chat/link"
)

// socket is one connection.
type socket struct{ conn *websocket.Conn }

// The system's topics: what only wants an answer, and what wants more.
const (
	topicPing       = "ping"
	topicDisconnect = "disconnect"
)

// ticket asks for a place to connect to. The kit's own question reads whatever is answered to it, however much that is.
func (c *Channel) ticket(ctx context.Context) (string, error) {
	question := payload.ConnectionEndpointRequest{
		ClientId: c.cfg.ClientID, ClientSecret: c.cfg.Secret, UserAgent: client.NewDingtalkGoSDKUserAgent().UserAgent,
		Subscriptions: []*payload.SubscriptionModel{
			{Type: utils.SubscriptionTypeKSystem, Topic: topicPing},
			{Type: utils.SubscriptionTypeKSystem, Topic: topicDisconnect},
			{Type: utils.SubscriptionTypeKCallback, Topic: payload.BotMessageCallbackTopic},
		},
	}
	question.LocalIP, _ = utils.GetFirstLanIP() // "" where there is none, as the kit has it
	var at payload.ConnectionEndpointResponse
	err := c.request(ctx, "ticket", c.cfg.URL+utils.GetConnectionEndpointAPIUrl, "", question, &at)
	if err == nil {
		err = at.Valid()
	}
	if err != nil {
		return "", err
	}
	return at.Endpoint + "?ticket=" + url.QueryEscape(at.Ticket), nil
}

func (c *Channel) dial(ctx context.Context) (*socket, error) {
	dialing, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	address, err := c.ticket(dialing)
	if err != nil {
		return nil, err
	}
	conn, err := link.Dial(dialing, nil, address)
	if err != nil {
		return nil, err
	}
	return &socket{conn}, nil
}

func (s *socket) close() { _ = s.conn.CloseNow() } // it is given up either way

// read reads frames until the connection ends: the system's are answered at once, the others wait for their turn. What cannot be read
// is left out; it would not be better the second time.
func (s *socket) read(ctx context.Context, kit *client.StreamClient, todo link.Queue[delivery]) error {
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
			if err := todo.Put(ctx, delivery{f, s}); err != nil {
				return err
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
