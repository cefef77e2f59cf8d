// Package feishu is the channel for 飞书 through its official kit: messages arrive over the kit's long connection and are sent by
// the open interface. An event is acknowledged when it is kept; the network delivers it again until it is, which may be hours later.
package feishu

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/larksuite/oapi-sdk-go/v3/core"
	"github.com/larksuite/oapi-sdk-go/v3/event/dispatcher"
	"github.com/larksuite/oapi-sdk-go/v3/event/dispatcher/callback"
	im "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"
	"github.com/larksuite/oapi-sdk-go/v3/ws"

	"duban/internal/chat"
	"duban/internal/chat/link"
)

// Name is the channel's name in the configuration and the database.
const Name = "feishu"

// Address is the public service. Private deployments and Lark have their own.
const Address = "https://open.feishu.cn"

// Config is what the channel needs.
type Config struct {
	AppID  string
	Secret string
	URL    string // Address unless the deployment is private
	// All says that the app has the permission im:message.group_msg, so that every message of a group arrives and not only those
	// that mention the bot.
	All bool
	Log *slog.Logger

	again time.Duration // before the kit is started anew; zero: startAgain. Tests hurry.
}

// connectEvery is how far apart connections are tried, whatever the network says.
const connectEvery = 2 * time.Second

// startAgain is how long to wait before the kit, which has given up, is started anew.
const startAgain = time.Minute

// Channel is the app's bot.
type Channel struct {
	cfg  Config
	http *http.Client
	core *larkcore.Config
	im   *im.V1
	said link.Recent[string] // the bot's last messages, because a quote names only an id

	mu  sync.Mutex // guards own
	own string     // the bot's open_id; "" until it is known
}

var (
	_ chat.Channel        = (*Channel)(nil)
	_ chat.PictureFetcher = (*Channel)(nil)
	_ chat.FileFetcher    = (*Channel)(nil)
)

// requestTimeout bounds one call of the open interface.
const requestTimeout = time.Minute

// New makes the channel. It connects to nothing before Run.
func New(cfg Config) *Channel {
	if cfg.URL == "" {
		cfg.URL = Address
	}
	connect := &pacer{every: min(cmp.Or(cfg.again, connectEvery), connectEvery), burst: 2}
	client := &http.Client{Timeout: requestTimeout, Transport: transport{http.DefaultTransport, cfg.AppID, connect}}
	c := &larkcore.Config{
		BaseUrl: cfg.URL, AppId: cfg.AppID, AppSecret: cfg.Secret, AppType: larkcore.AppTypeSelfBuilt, HttpClient: client,
		EnableTokenCache: true, Logger: logger{cfg.Log}, Serializable: &larkcore.DefaultSerialization{},
	}
	return &Channel{cfg: cfg, http: client, core: c, im: im.New(c), said: link.Recent[string]{Most: remembered}}
}

// logger hands the kit's words on. Its details hold what people wrote, so they are left out.
type logger struct{ log *slog.Logger }

func (logger) Debug(context.Context, ...any) {}
func (logger) Info(context.Context, ...any)  {}

func (l logger) Warn(_ context.Context, args ...any) {
	l.log.Warn("feishu kit", "text", fmt.Sprint(args...))
}

func (l logger) Error(_ context.Context, args ...any) {
	l.log.Error("feishu kit", "text", fmt.Sprint(args...))
}

// Name implements chat.Channel.
func (c *Channel) Name() string { return Name }

// Limits of the network. It takes texts of 150 KB, which nobody reads.
const (
	maxText    = 8000     // characters
	maxFile    = 30 << 20 // bytes
	maxPicture = 10 << 20 // larger ones go as files
	perMinute  = 900      // all conversations together; a thousand are allowed
	perSecond  = 5        // one conversation, all bots in it together
)

// Can implements chat.Channel.
func (c *Channel) Can() chat.Capabilities {
	return chat.Capabilities{
		MentionOnly: !c.cfg.All, Loose: c.cfg.All, QuotesShown: !c.cfg.All, Opens: true, Pictures: true, Files: true, Mentions: true, Cards: true,
		MaxText: maxText, MaxFile: maxFile, PerMinute: perMinute, Conversation: []chat.Limit{{N: perSecond, Per: time.Second}},
	}
}

// Run implements chat.Channel. The kit connects again by itself, at the pace that the server tells it; where it gives up for
// another reason than a refusal it is started anew.
func (c *Channel) Run(ctx context.Context, sink chat.Sink) error {
	ctx = context.WithValue(ctx, receiverKey{}, receiver{c, sink})
	pause := cmp.Or(c.cfg.again, startAgain)
	return link.Line{
		Channel: Name, Account: c.cfg.AppID, Pace: link.Pace{First: pause, Last: pause}, Log: c.cfg.Log, Final: final, Away: passing,
		Serve: func(ctx context.Context, tell link.Tell) error { return c.client(tell).Start(ctx) },
	}.Run(ctx, sink)
}

const textOffline = "和飞书的连接断了，正在自动重连"

// client makes one run of the kit: it cannot be started twice.
func (c *Channel) client(tell link.Tell) *ws.Client {
	online := func() { tell(chat.StateOnline, "") }
	offline := func() { tell(chat.StateOffline, textOffline) }
	return ws.NewClient(c.cfg.AppID, c.cfg.Secret, ws.WithDomain(c.cfg.URL), ws.WithHttpClient(c.http), ws.WithWebSocketDialer(dialer()), ws.WithEventHandler(events),
		ws.WithLogger(logger{c.cfg.Log}), ws.WithOnReady(online), ws.WithOnReconnected(online), ws.WithOnReconnecting(offline))
}

// events leads what arrives to the channel and the sink that stand in its context. There is one for all, made while nothing else runs: the kit greets
// each on the program's standard output, which belongs to people.
var events = quietly(func() *dispatcher.EventDispatcher {
	d := dispatcher.NewEventDispatcher("", "").OnP2MessageReceiveV1(func(ctx context.Context, e *im.P2MessageReceiveV1) error {
		to := ctx.Value(receiverKey{}).(receiver)
		return to.channel.arrive(ctx, to.sink, e)
	}).OnP2CardActionTrigger(func(ctx context.Context, e *callback.CardActionTriggerEvent) (*callback.CardActionTriggerResponse, error) {
		to := ctx.Value(receiverKey{}).(receiver)
		return to.channel.tapped(ctx, to.sink, e)
	})
	d.Config.Logger = logger{slog.New(slog.DiscardHandler)}
	return d
})

type (
	receiverKey struct{}
	receiver    struct {
		channel *Channel
		sink    chat.Sink
	}
)

// quietly does something of which nothing is to be seen on the standard output.
func quietly[T any](do func() T) T {
	out := os.Stdout
	defer func() { os.Stdout = out }()
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stdout = null
	}
	return do()
}

// final says what a person has to do about a refusal; "" for what passes by itself.
func final(err error) string {
	e, ok := errors.AsType[*ws.ClientError](err)
	if !ok || crowded(e) || e.Code == codeTooOften {
		return ""
	}
	return fmt.Sprintf("飞书不接受应用（错误码 %d）。请在开放平台核对 channels.feishu 的 app_id 和 secret，并确认应用已启用机器人能力、用长连接接收事件、已发布版本，再重新启动", e.Code)
}

// crowded says whether the app has too many connections. Of the errors of authentication the kit gives up for this one only.
func crowded(e *ws.ClientError) bool { return e.Code == ws.ExceedConnLimit || e.Code == ws.AuthFailed }

// passing says what is the matter while the kit is not running.
func passing(err error) string {
	if e, ok := errors.AsType[*ws.ClientError](err); ok && crowded(e) {
		return "飞书应用的连接太多，一分钟后再试。请确认只有一台电脑在运行督办"
	}
	return textOffline
}

// openID is the bot's own id, which is asked for once.
func (c *Channel) openID(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.own != "" {
		return c.own, nil
	}
	info, err := get[struct {
		Bot struct {
			OpenID string `json:"open_id"`
		} `json:"bot"`
	}](ctx, c, "/open-apis/bot/v3/info", nil)
	if err != nil {
		return "", err
	}
	if info.Bot.OpenID == "" {
		return "", errors.New("bot info: no id")
	}
	c.own = info.Bot.OpenID
	return c.own, nil
}
