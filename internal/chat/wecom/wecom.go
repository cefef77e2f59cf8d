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
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"duban/internal/chat"
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

	pace pace // zero: the pace of the real network
}

// pace is how fast the channel does things by itself. Tests hurry.
type pace struct {
	beat       time.Duration // between two pings; a connection that left two of them unanswered is dead
	answer     time.Duration // how long an answer may take
	media      time.Duration // how long the download of a picture or file may take
	firstPause time.Duration // before a new connection, and before a message is offered again
	lastPause  time.Duration
}

var realPace = pace{beat: 30 * time.Second, answer: 20 * time.Second, media: 2 * time.Minute, firstPause: time.Second, lastPause: 5 * time.Minute}

// Channel is the bot.
type Channel struct {
	cfg     Config
	client  *http.Client
	current atomic.Pointer[socket] // nil while offline
	todo    chan chat.Message      // arrived and not kept yet
	sent    chat.Progress
	cards   cards
}

var (
	_ chat.Channel        = (*Channel)(nil)
	_ chat.PictureFetcher = (*Channel)(nil)
	_ chat.FileFetcher    = (*Channel)(nil)
)

// waiting is how many arrived messages may wait to be kept before the connection is read no further.
const waiting = 1024

// New makes the channel. It connects to nothing before Run.
func New(cfg Config) (*Channel, error) {
	cfg.URL = cmp.Or(cfg.URL, Address)
	cfg.pace = cmp.Or(cfg.pace, realPace)
	transport, err := Transport(cfg.CA)
	if err != nil {
		return nil, err
	}
	return &Channel{cfg: cfg, client: &http.Client{Transport: transport}, todo: make(chan chat.Message, waiting)}, nil
}

// Transport is how the network is reached: by the environment's proxy, and trusting a file of certificates besides the system's; "" for
// none. An error names the setting that is wrong.
func Transport(ca string) (http.RoundTripper, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if ca == "" {
		return transport, nil
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, fmt.Errorf("channels.wecom.ca 无法读取：%w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("channels.wecom.ca：%s 里没有证书（要 PEM 格式）", ca)
	}
	transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return transport, nil
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
	for pause := c.cfg.pace.firstPause; ; pause = min(2*pause, c.cfg.pace.lastPause) {
		sink.Status(chat.Status{Channel: Name, State: chat.StateConnecting})
		begun := time.Now()
		err := c.serve(ctx, sink)
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
		sink.Status(chat.Status{Channel: Name, State: chat.StateOffline, Text: "和企业微信的连接断了，正在自动重连"})
		if !rest(ctx, pause) {
			return nil
		}
	}
}

// rest waits, and says whether ctx goes on.
func rest(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
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
func (c *Channel) serve(ctx context.Context, sink chat.Sink) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, ended, err := c.login(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	c.current.Store(s)
	defer c.current.CompareAndSwap(s, nil)
	sink.Status(chat.Status{Channel: Name, State: chat.StateOnline, Account: c.cfg.BotID})
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

// Probe logs in and out again, and says in Chinese why the bot is not let in; "" if it is. It takes the bot from whatever program runs it,
// and what is said to it meanwhile is lost. An error says that nothing was learnt.
func Probe(ctx context.Context, cfg Config) (refused string, err error) {
	c, err := New(cfg)
	if err != nil {
		return "", err
	}
	s, _, err := c.login(ctx)
	if text := final(err); text != "" {
		return text, nil
	}
	if err == nil {
		s.close()
	}
	return "", err
}

// deliver offers what arrived to the sink, in order and until it is kept: the network does not deliver twice.
func (c *Channel) deliver(ctx context.Context, sink chat.Sink) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-c.todo:
			c.nameFiles(ctx, m.Files)
			pause := c.cfg.pace.firstPause
			for err := sink.Receive(ctx, m); err != nil && rest(ctx, pause); err = sink.Receive(ctx, m) {
				c.cfg.Log.Error("message not kept, offering it again", "id", m.ID, "err", err)
				pause = min(2*pause, c.cfg.pace.lastPause)
			}
		}
	}
}
