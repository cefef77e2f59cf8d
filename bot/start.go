package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"
	_ "time/tzdata" // Windows and bare containers have no time zones

	"duban/internal/chat"
	"duban/internal/chat/console"
	"duban/internal/chat/demo"
	"duban/internal/chat/dingtalk"
	"duban/internal/chat/feishu"
	"duban/internal/chat/wechat"
	"duban/internal/chat/wecom"
	"duban/internal/chat/wecomhook"
	"duban/internal/config"
	"duban/internal/issue"
	"duban/internal/store"
)

// Serve runs the bot on the channels that a configuration enables, until ctx ends. The terminal gets the QR code of the
// login and is the console channel, if that is enabled.
func Serve(ctx context.Context, cfg *config.Config, opt Options, t Terminal) (err error) {
	if !cfg.Channels.Any() {
		return errors.New("配置里没有启用任何能收消息的通道：请把 channels 里 wechat、wecom、dingtalk、feishu 中要用的 enabled 设为 true（企业微信群机器人只发不收）；只想看看请运行 duban demo")
	}
	b, err := patiently(ctx, cfg, opt, t, startAgain)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.unshare(context.WithoutCancel(ctx)), b.Close()) }()
	b.guide = &guide{out: t.Out, reg: b.register, stranger: b.strange, instead: cfg.Log.File == ""}
	if err := b.addAll(cfg, t); err != nil {
		return err
	}
	if err := b.share(ctx); err != nil {
		return err
	}
	if err := b.openBoard(ctx, cfg.Web); err != nil {
		return err
	}
	return b.Run(ctx)
}

// addAll adds the channels that a configuration enables.
func (b *Bot) addAll(cfg *config.Config, t Terminal) error {
	log := b.log
	if c := cfg.Channels.WeChat; c.Enabled {
		w, err := wechat.New(wechat.Config{
			Mode: c.Mode, Session: c.Session, QRWriter: t.Out, PerMinute: c.Send.PerMinute, Jitter: c.Send.Jitter, Logger: log,
		})
		if err != nil {
			return err
		}
		b.Add(w)
	}
	if c := cfg.Channels.WeCom; c.Enabled {
		w, err := wecom.New(weComConfig(c, log))
		if err != nil {
			return err
		}
		b.Add(w)
	}
	if c := cfg.Channels.Feishu; c.Enabled {
		b.Add(feishu.New(feishuConfig(c, log)))
	}
	if c := cfg.Channels.DingTalk; c.Enabled {
		b.Add(dingtalk.New(dingTalkConfig(c, log)))
	}
	if c := cfg.Channels.WeComHook; c.Enabled { // after those that hear answers, which are the better way to a group
		b.Add(wecomhook.New(weComHookConfig(c, log)))
	}
	if cfg.Channels.Console.Enabled {
		b.Add(b.newConsole(t, false))
	}
	return nil
}

func weComConfig(c config.WeCom, log *slog.Logger) wecom.Config {
	return wecom.Config{BotID: c.BotID, Secret: c.Secret.Reveal(), URL: c.URL, CA: c.CA, Log: log}
}

func weComHookConfig(c config.WeComHook, log *slog.Logger) wecomhook.Config {
	return wecomhook.Config{URL: c.URL, Groups: c.Keys(), Log: log}
}

func dingTalkConfig(c config.DingTalk, log *slog.Logger) dingtalk.Config {
	return dingtalk.Config{ClientID: c.ClientID, Secret: c.Secret.Reveal(), RobotCode: c.RobotCode, URL: c.URL, OldURL: c.OapiURL, Log: log}
}

func feishuConfig(c config.Feishu, log *slog.Logger) feishu.Config {
	return feishu.Config{AppID: c.AppID, Secret: c.Secret.Reveal(), URL: c.URL, All: c.Receive == config.ReceiveAll, Log: log}
}

// Terminal is what a person or a script reads from and writes to.
type Terminal struct {
	In     io.Reader
	Out    io.Writer
	ErrOut io.Writer
}

// newConsole makes the console channel. Movable says that "at" lines may move the time.
func (b *Bot) newConsole(t Terminal, echo bool) *console.Channel {
	return console.New(console.Config{
		In: t.In, Out: t.Out, ErrOut: t.ErrOut, Cast: cast(b.edition().world.Reg), Clock: b, Movable: b.clock.story, Echo: echo, Open: openPicture,
	})
}

// Console runs the bot on a terminal or a script until the input ends (design.md §10). start is the first instant of the
// story's clock, as chat.ParseMoment reads it; "" means the real time. echo repeats the input.
func Console(ctx context.Context, cfg *config.Config, t Terminal, start string, echo bool, log *slog.Logger) (err error) {
	from, err := startTime(start, cfg.Location())
	if err != nil {
		return err
	}
	b, err := New(ctx, cfg, Options{Start: from, Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	b.Add(b.newConsole(t, echo))
	return b.Run(ctx)
}

// openPicture reads a picture's file, or draws a scene of the demo, so that its scripts can be replayed in the console.
func openPicture(ref string) ([]byte, error) {
	if demo.IsScene(ref) {
		return demo.OpenScene(ref)
	}
	return console.ReadFile(ref)
}

func startTime(text string, loc *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	m, err := chat.ParseMoment(text)
	if err != nil {
		return time.Time{}, fmt.Errorf("--start：%w", err)
	}
	return m.After(time.Now().In(loc)), nil
}

// cast is everybody and every group that scripts may name.
func cast(reg *issue.Register) chat.Cast {
	var c chat.Cast
	for _, p := range reg.People {
		c.People = append(c.People, chat.Named{ID: p.ID, Name: p.Name})
	}
	for _, g := range reg.Chats {
		c.Chats = append(c.Chats, chat.Named{ID: g.ID, Name: g.Name})
	}
	return c
}

// codeValid is how long a one-time code can be used.
const codeValid = 24 * time.Hour

// NewCode makes a one-time code that binds a person or a work group, and says how to use it.
func NewCode(ctx context.Context, cfg *config.Config, kind, name string, log *slog.Logger) (text string, err error) {
	reg := cfg.Register()
	subject, shown, use := "", "", ""
	switch kind {
	case store.CodePerson:
		p, ok := reg.Person(name)
		if !ok {
			p, ok = reg.PersonNamed(name)
		}
		if !ok {
			return "", fmt.Errorf("配置里没有“%s”这个人（或有重名，请写 id）", name)
		}
		subject, shown, use = p.ID, p.Name, "请本人在工作群或私聊里发：绑定 "
	default:
		c, ok := reg.ChatNamed(name)
		if !ok {
			return "", fmt.Errorf("配置里没有“%s”这个群", name)
		}
		subject, shown, use = c.ID, c.Name, "请在该群里发：绑定本群 "
	}
	s, err := store.Open(ctx, cfg.Storage.Place(), log)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var code string
	err = s.Write(ctx, time.Now(), func(tx *store.Tx) (err error) {
		code, err = tx.NewCode(kind, subject, codeValid)
		return err
	})
	return fmt.Sprintf("%s 的绑定码（24小时内有效，只能用一次）\n%s%s", shown, use, code), err
}
