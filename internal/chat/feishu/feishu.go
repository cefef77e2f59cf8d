// Package feishu is the channel for 飞书 through its official kit: messages arrive over the kit's long connection and are sent by
// the open interface. An event is acknowledged when it is kept; the network delivers it again until it is, which may be hours later.
package feishu

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/larksuite/oapi-sdk-go/v3/core"
	"github.com/larksuite/oapi-sdk-go/v3/event/dispatcher"
	im "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"
	"github.com/larksuite/oapi-sdk-go/v3/ws"

	"duban/internal/chat"
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
}

// Channel is the app's bot.
type Channel struct {
	cfg    Config
	client *http.Client
	core   *larkcore.Config
	im     *im.V1
	said   said

	mu  sync.Mutex // guards own
	own string     // the bot's open_id; "" until it is known
}

var (
	_ chat.Channel        = (*Channel)(nil)
	_ chat.PictureFetcher = (*Channel)(nil)
)

// requestTimeout bounds one call of the open interface.
const requestTimeout = time.Minute

// New makes the channel. It connects to nothing before Run.
func New(cfg Config) *Channel {
	if cfg.URL == "" {
		cfg.URL = Address
	}
	client := &http.Client{Timeout: requestTimeout, Transport: bounded{http.DefaultTransport}}
	c := &larkcore.Config{
		BaseUrl: cfg.URL, AppId: cfg.AppID, AppSecret: cfg.Secret, AppType: larkcore.AppTypeSelfBuilt, HttpClient: client,
		EnableTokenCache: true, Logger: logger{cfg.Log}, Serializable: &larkcore.DefaultSerialization{},
	}
	return &Channel{cfg: cfg, client: client, core: c, im: im.New(c)}
}

// bounded keeps answers of the network to a size that memory can hold.
type bounded struct{ http.RoundTripper }

// maxAnswer is the largest answer that is read, in bytes: the largest picture and a little more.
const maxAnswer = 32 << 20

// RoundTrip cuts the answer's body.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = http.MaxBytesReader(nil, resp.Body, maxAnswer)
	}
	return resp, err
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

// maxText is the longest text in characters; the network takes 150 KB, which nobody reads.
const maxText = 8000

// Can implements chat.Channel. All groups together may have a thousand messages a minute, one group five a second.
func (c *Channel) Can() chat.Capabilities {
	return chat.Capabilities{MentionOnly: !c.cfg.All, Pictures: true, Files: true, Mentions: true, MaxText: maxText, PerMinute: 240}
}

// Run implements chat.Channel. The kit connects again by itself; it gives up where a person has to do something.
func (c *Channel) Run(ctx context.Context, sink chat.Sink) error {
	tell := func(state chat.State, text string) {
		sink.Status(chat.Status{Channel: Name, State: state, Account: c.cfg.AppID, Text: text})
	}
	online := func() { tell(chat.StateOnline, "") }
	offline := func() { tell(chat.StateOffline, "和飞书的连接断了，正在自动重连") }
	events := dispatcher.NewEventDispatcher("", "").OnP2MessageReceiveV1(func(ctx context.Context, e *im.P2MessageReceiveV1) error {
		return c.arrive(ctx, sink, e)
	})
	events.Config.Logger = logger{c.cfg.Log}
	client := ws.NewClient(c.cfg.AppID, c.cfg.Secret, ws.WithDomain(c.cfg.URL), ws.WithHttpClient(c.client), ws.WithEventHandler(events),
		ws.WithLogger(logger{c.cfg.Log}), ws.WithOnReady(online), ws.WithOnReconnected(online), ws.WithOnReconnecting(offline))
	tell(chat.StateConnecting, "")
	err := client.Start(ctx)
	if ctx.Err() != nil {
		return nil
	}
	text := final(err)
	tell(chat.StateStopped, text)
	return errors.New(text)
}

// Codes of the service that a person has to do something about.
const codeTooManyConnections = ws.ExceedConnLimit

// final says what a person has to do now that the kit has given up.
func final(err error) string {
	e, ok := errors.AsType[*ws.ClientError](err)
	switch {
	case ok && e.Code == codeTooManyConnections:
		return "飞书应用的连接太多。请确认只有一台电脑在运行，再重新启动"
	case ok:
		return fmt.Sprintf("飞书不接受应用（错误码 %d）。请在开放平台核对 channels.feishu 的 app_id 和 secret，并确认应用已启用机器人能力、用长连接接收事件、已发布版本", e.Code)
	}
	return "飞书的连接停了，请查看日志后重新启动"
}

// openID is the bot's own id, which is asked for once.
func (c *Channel) openID(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.own != "" {
		return c.own, nil
	}
	resp, err := larkcore.Request(ctx, &larkcore.ApiReq{
		HttpMethod: http.MethodGet, ApiPath: "/open-apis/bot/v3/info", SupportedAccessTokenTypes: []larkcore.AccessTokenType{larkcore.AccessTokenTypeTenant},
	}, c.core)
	if err != nil {
		return "", fmt.Errorf("bot info: %w", err)
	}
	var info struct {
		larkcore.CodeError
		Bot struct {
			OpenID string `json:"open_id"`
		} `json:"bot"`
	}
	if err := resp.JSONUnmarshalBody(&info, c.core); err != nil {
		return "", fmt.Errorf("bot info: %w", err)
	}
	if info.Code != 0 || info.Bot.OpenID == "" {
		return "", fmt.Errorf("bot info: %d %s", info.Code, info.Msg)
	}
	c.own = info.Bot.OpenID
	return c.own, nil
}

// readAll reads what was downloaded.
func readAll(r io.Reader) ([]byte, error) {
	if r == nil {
		return nil, errors.New("nothing was delivered")
	}
	return io.ReadAll(r)
}
