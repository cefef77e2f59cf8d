// Package dingtalk is the channel for the robot of a 钉钉 app in Stream mode: one WebSocket, on which messages that mention the
// robot arrive, and the robot's HTTP interface, by which it sends. Tickets, frames, routes and answers are those of the official kit; the
// connection is our own (docs/adr/0036-dingtalk.md says why, and where what is known of the network comes from).
package dingtalk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/open-dingtalk/dingtalk-stream-sdk-go/client"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/payload"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/utils"

	"duban/internal/chat"
	"duban/internal/chat/link"
)

// Name is the channel's name in the configuration and the database.
const Name = "dingtalk"

// Where the public service is. Other deployments have their own.
const (
	Address    = "https://api.dingtalk.com"
	OldAddress = "https://oapi.dingtalk.com" // takes media
)

// Config is what the channel needs.
type Config struct {
	ClientID  string
	Secret    string
	RobotCode string // ClientID if ""
	URL       string // Address if ""
	OldURL    string // OldAddress if ""
	Log       *slog.Logger

	pace link.Pace // zero: that of the real network
}

// Channel is the robot.
type Channel struct {
	cfg    Config
	http   *http.Client
	todo   link.Queue[delivery]
	asking sync.Mutex   // for a token
	tokens link.Passing // the app's
	hooks  link.Passing // where conversations can be answered, by their keys: what is lost with these is sent as a push
	sent   chat.Progress
}

var (
	_ chat.Channel        = (*Channel)(nil)
	_ chat.PictureFetcher = (*Channel)(nil)
	_ chat.FileFetcher    = (*Channel)(nil)
)

// requestTimeout bounds one request, from the first byte that goes to the last one that comes.
const requestTimeout = time.Minute

// New makes the channel. It connects to nothing before Run.
func New(cfg Config) *Channel {
	cfg.RobotCode = cmp.Or(cfg.RobotCode, cfg.ClientID)
	cfg.URL = strings.TrimSuffix(cmp.Or(cfg.URL, Address), "/")
	cfg.OldURL = strings.TrimSuffix(cmp.Or(cfg.OldURL, OldAddress), "/")
	cfg.pace = cmp.Or(cfg.pace, link.Real)
	return &Channel{cfg: cfg, http: &http.Client{Timeout: requestTimeout}, todo: link.NewQueue[delivery]()}
}

// Name implements chat.Channel.
func (c *Channel) Name() string { return Name }

// Limits of the network.
const (
	maxText   = 3500     // characters; the parameters of a push have some 15 KB, and a character up to four bytes
	maxFile   = 20 << 20 // bytes, pictures likewise
	perMinute = 20       // in a group, by the address that a message brings along
)

// Can implements chat.Channel. A mention rings while the group's last message to the robot is fresh; a push can only write the name.
func (c *Channel) Can() chat.Capabilities {
	return chat.Capabilities{
		MentionOnly: true, QuotesShown: true, Opens: true, Pictures: true, Files: true, Mentions: true, MaxText: maxText, MaxFile: maxFile,
		Conversation: []chat.Limit{{N: perMinute, Per: time.Minute}},
	}
}

// errMoved says that the server asks for a new connection, as it does from time to time.
var errMoved = errors.New("the server asks for a new connection")

// Run implements chat.Channel: it connects again by itself, more and more slowly, until ctx ends or the key is refused. Nothing of it
// goes on after that.
func (c *Channel) Run(ctx context.Context, sink chat.Sink) error {
	kit := c.kit(sink)
	ctx, cancel := context.WithCancel(ctx)
	var delivering sync.WaitGroup
	delivering.Go(func() { c.deliver(ctx, kit) })
	defer func() { cancel(); delivering.Wait() }()
	return link.Line{
		Channel: Name, Account: c.cfg.ClientID, Pace: c.cfg.pace, Log: c.cfg.Log, Final: final, Away: away,
		Serve: func(ctx context.Context, tell link.Tell) error { return c.serve(ctx, kit, tell) },
	}.Run(ctx, sink)
}

// away says what is the matter until the next connection; "" where the server wants it.
func away(err error) string {
	if errors.Is(err, errMoved) {
		return ""
	}
	return "和钉钉的连接断了，正在自动重连"
}

// codeKey is the code with which a ticket is refused for a wrong key.
const codeKey = "authFailed"

// final says what a person has to do about an error that trying again does not mend; "" for any other.
func final(err error) string {
	if e, ok := errors.AsType[*refusal](err); ok && e.Code == codeKey {
		return "钉钉不接受应用的 Client ID 或 Client Secret。请在开发者后台“凭证与基础信息”里核对 channels.dingtalk 的 client_id 和 secret，再重新启动"
	}
	return ""
}

// kit is the official kit with the one route that we want. It is never started: it would open a connection of its own.
func (c *Channel) kit(sink chat.Sink) *client.StreamClient {
	return client.NewStreamClient(
		client.WithAppCredential(client.NewAppCredentialConfig(c.cfg.ClientID, c.cfg.Secret)),
		client.WithAutoReconnect(false),
		client.WithSubscription(utils.SubscriptionTypeKCallback, payload.BotMessageCallbackTopic,
			func(ctx context.Context, f *payload.DataFrame) (*payload.DataFrameResponse, error) {
				return nil, c.arrive(ctx, sink, []byte(f.Data))
			}),
	)
}

// delivery is a frame that has arrived, and the connection on which it has to be answered.
type delivery struct {
	frame *payload.DataFrame
	on    *socket
}

// deliver offers what arrived to the sink, in order and until it is kept, and then acknowledges it. A message whose connection is gone
// cannot be acknowledged; the network delivers it once more, and the inbox drops the double.
func (c *Channel) deliver(ctx context.Context, kit *client.StreamClient) {
	c.todo.Deliver(ctx, c.cfg.pace, c.cfg.Log, func(ctx context.Context, d delivery) error {
		answer := handle(ctx, kit, d.frame)
		if answer.Code == payload.DataFrameResponseStatusCodeKInternalError {
			return errors.New(answer.Message)
		}
		d.on.answer(ctx, d.frame, answer)
		return nil
	})
}

// handle leads a frame along the kit's routes.
func handle(ctx context.Context, kit *client.StreamClient, f *payload.DataFrame) *payload.DataFrameResponse {
	route, err := kit.GetHandler(f.Type, f.GetTopic())
	if err != nil {
		return payload.NewDataFrameResponse(payload.DataFrameResponseStatusCodeKHandlerNotFound)
	}
	answer, err := route(ctx, f)
	switch {
	case err != nil:
		return payload.NewErrorDataFrameResponse(err)
	case answer == nil:
		return payload.NewSuccessDataFrameResponse()
	}
	return answer
}

// serve works on one connection until it ends.
func (c *Channel) serve(ctx context.Context, kit *client.StreamClient, tell link.Tell) error {
	ctx, cancel := context.WithCancel(ctx)
	s, err := c.dial(ctx)
	if err != nil {
		cancel()
		return err
	}
	var working sync.WaitGroup
	defer func() { cancel(); s.close(); working.Wait() }()
	tell(chat.StateOnline, "")
	ended := make(chan error, 2)
	working.Go(func() { ended <- s.read(ctx, kit, c.todo) })
	working.Go(func() { ended <- link.Beat(ctx, c.cfg.pace.Beat, 1, s.conn.Ping) })
	return fmt.Errorf("connection: %w", <-ended)
}
