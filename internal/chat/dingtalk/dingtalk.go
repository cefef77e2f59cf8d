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

	pace pace // zero: the pace of the real network
}

// pace is how fast the channel does things by itself. Tests hurry.
type pace struct {
	beat       time.Duration // between two pings; one that is not answered for as long ends the connection
	firstPause time.Duration // before a new connection, and before a message is offered again
	lastPause  time.Duration
}

func (p pace) orReal() pace {
	if p != (pace{}) {
		return p
	}
	return pace{beat: 30 * time.Second, firstPause: time.Second, lastPause: 5 * time.Minute}
}

// Channel is the robot.
type Channel struct {
	cfg   Config
	http  *http.Client
	todo  chan delivery // arrived and not kept yet
	token token
	hooks hooks
	sent  chat.Progress
}

var (
	_ chat.Channel        = (*Channel)(nil)
	_ chat.PictureFetcher = (*Channel)(nil)
	_ chat.FileFetcher    = (*Channel)(nil)
)

// waiting is how many arrived messages may wait to be kept before the connection is read no further.
const waiting = 1024

// requestTimeout bounds one request, from the first byte that goes to the last one that comes.
const requestTimeout = time.Minute

// New makes the channel. It connects to nothing before Run.
func New(cfg Config) *Channel {
	cfg.RobotCode = cmp.Or(cfg.RobotCode, cfg.ClientID)
	cfg.URL = strings.TrimSuffix(cmp.Or(cfg.URL, Address), "/")
	cfg.OldURL = strings.TrimSuffix(cmp.Or(cfg.OldURL, OldAddress), "/")
	cfg.pace = cfg.pace.orReal()
	return &Channel{cfg: cfg, http: &http.Client{Timeout: requestTimeout}, todo: make(chan delivery, waiting)}
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
	for pause := c.cfg.pace.firstPause; ; pause = min(2*pause, c.cfg.pace.lastPause) {
		sink.Status(chat.Status{Channel: Name, State: chat.StateConnecting})
		begun := time.Now()
		err := c.serve(ctx, kit, sink)
		if ctx.Err() != nil {
			return nil
		}
		if text := final(err); text != "" {
			sink.Status(chat.Status{Channel: Name, State: chat.StateStopped, Text: text})
			return errors.New(text)
		}
		if time.Since(begun) > c.cfg.pace.lastPause {
			pause = c.cfg.pace.firstPause
		}
		c.cfg.Log.Warn("connection ended", "err", err)
		if !errors.Is(err, errMoved) {
			sink.Status(chat.Status{Channel: Name, State: chat.StateOffline, Text: "和钉钉的连接断了，正在自动重连"})
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
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
		client.WithOpenApiHost(c.cfg.URL), client.WithAutoReconnect(false),
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
	for {
		var d delivery
		select {
		case <-ctx.Done():
			return
		case d = <-c.todo:
		}
		for pause := c.cfg.pace.firstPause; ; pause = min(2*pause, c.cfg.pace.lastPause) {
			answer := handle(ctx, kit, d.frame)
			if answer.Code != payload.DataFrameResponseStatusCodeKInternalError {
				d.on.answer(ctx, d.frame, answer)
				break
			}
			c.cfg.Log.Error("message not kept, offering it again", "id", d.frame.GetMessageId(), "err", answer.Message)
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
		}
	}
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
func (c *Channel) serve(ctx context.Context, kit *client.StreamClient, sink chat.Sink) error {
	ctx, cancel := context.WithCancel(ctx)
	s, err := dial(ctx, kit, c.cfg.pace.beat)
	if err != nil {
		cancel()
		return err
	}
	var working sync.WaitGroup
	defer func() { cancel(); s.close(); working.Wait() }()
	sink.Status(chat.Status{Channel: Name, State: chat.StateOnline, Account: c.cfg.ClientID})
	ended := make(chan error, 2)
	working.Go(func() { ended <- s.read(ctx, kit, c.todo) })
	working.Go(func() { ended <- s.beat(ctx) })
	return fmt.Errorf("connection: %w", <-ended)
}
