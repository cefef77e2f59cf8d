// Package wecom is the channel for a 企业微信智能机器人 over its long connection: one WebSocket, on which messages that mention the
// bot arrive and on which it sends. The protocol is that of the public documentation (document 101463) and of the official
// kit; facts that shaped this package stand in docs/adr/0034-wecom.md.
//
// A bot has one valid connection. When another program opens one, the server says so on the older one, and this channel
// stops for good: two programs would otherwise take the bot from each other for ever.
package wecom

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"duban/internal/chat"
	"duban/internal/chat/link"
)

// Name is the channel's name in the configuration and the database.
const Name = "wecom"

// Address is where the public service listens. Private deployments have their own.
const Address = "wss://openws.work.weixin.qq.com"

// Config is what the channel needs.
type Config struct {
	BotID  string
	Secret string
	URL    string // Address unless the deployment is private
	CA     string // a file of certificates to trust besides the system's; "" for none
	Log    *slog.Logger

	pace link.Pace // zero: that of the real network
}

// Channel is the bot.
type Channel struct {
	cfg     Config
	client  *http.Client
	current atomic.Pointer[socket] // nil while offline
	todo    link.Queue[chat.Message]
	sent    chat.Progress
	cards   link.Recent[*card] // the last ones by their task, so that they can show who tapped
}

var (
	_ chat.Channel        = (*Channel)(nil)
	_ chat.PictureFetcher = (*Channel)(nil)
	_ chat.FileFetcher    = (*Channel)(nil)
)

// New makes the channel. It connects to nothing before Run.
func New(cfg Config) (*Channel, error) {
	cfg.URL = cmp.Or(cfg.URL, Address)
	cfg.pace = cmp.Or(cfg.pace, link.Real)
	transport, err := link.Transport("channels.wecom.ca", cfg.CA)
	if err != nil {
		return nil, err
	}
	c := &Channel{cfg: cfg, client: &http.Client{Transport: transport}, todo: link.NewQueue[chat.Message]()}
	c.cards.Most = cardsKept
	return c, nil
}

// Name implements chat.Channel.
func (c *Channel) Name() string { return Name }

// maxText is the longest text in characters: 20,480 bytes of markdown, at most four for a character, and room for mentions.
const maxText = 5000

// Can implements chat.Channel. Replies and pushes count together against the limits of a conversation.
func (c *Channel) Can() chat.Capabilities {
	return chat.Capabilities{
		MentionOnly: true, QuotesShown: true, Pictures: true, Files: true, Mentions: true, Cards: true, MaxText: maxText, MaxFile: maxFile,
		Conversation: []chat.Limit{{N: 30, Per: time.Minute}, {N: 1000, Per: time.Hour}},
	}
}

// errTaken says that another program has connected as the same bot.
var errTaken = errors.New("the bot is connected elsewhere")

// Run implements chat.Channel: it connects again by itself, more and more slowly, until ctx ends, the bot's key is refused or
// another program takes the bot.
func (c *Channel) Run(ctx context.Context, sink chat.Sink) error {
	go c.deliver(ctx, sink)
	return link.Line{
		Channel: Name, Account: c.cfg.BotID, Pace: c.cfg.pace, Log: c.cfg.Log, Serve: c.serve, Final: final,
		Away: func(error) string { return "和企业微信的连接断了，正在自动重连" },
	}.Run(ctx, sink)
}

// final says what a person has to do about an error that trying again does not mend; "" for any other.
func final(err error) string {
	if errors.Is(err, errTaken) {
		return "同一个机器人在别处连上了，这里已经停下。请确认只有一台电脑在运行，再重新启动"
	}
	if e, ok := errors.AsType[*refusal](err); ok && e.cmd == cmdSubscribe && !e.passing() {
		return fmt.Sprintf("企业微信不接受机器人的 ID 或密钥（错误码 %d）。请在管理后台核对 channels.wecom 的 bot_id 和 secret，再重新启动", e.code)
	}
	return ""
}

// serve works on one connection until it ends.
func (c *Channel) serve(ctx context.Context, tell link.Tell) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, ended, err := c.login(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	c.current.Store(s)
	defer c.current.CompareAndSwap(s, nil)
	tell(chat.StateOnline, "")
	go s.beat(ctx)
	return <-ended
}

// login opens a connection as the bot. What ends it is told by a channel.
func (c *Channel) login(ctx context.Context) (*socket, chan error, error) {
	s, err := c.dial(ctx)
	if err != nil {
		return nil, nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- s.read(ctx, c.arrive) }()
	if _, err := s.call(ctx, cmdSubscribe, map[string]string{"bot_id": c.cfg.BotID, "secret": c.cfg.Secret}); err != nil {
		s.close()
		return nil, nil, err
	}
	return s, ended, nil
}

// deliver offers what arrived to the sink until it is kept: the network does not deliver twice.
func (c *Channel) deliver(ctx context.Context, sink chat.Sink) {
	c.todo.Deliver(ctx, c.cfg.pace, c.cfg.Log, func(ctx context.Context, m chat.Message) error {
		c.nameFiles(ctx, m.Files)
		if err := sink.Receive(ctx, m); err != nil {
			return fmt.Errorf("message %s: %w", m.ID, err)
		}
		return nil
	})
}
