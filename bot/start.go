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
	"duban/internal/config"
	"duban/internal/issue"
	"duban/internal/store"
)

// Serve runs the bot on the channels that a configuration enables, until ctx ends. out gets the QR code of the login.
func Serve(ctx context.Context, cfg *config.Config, out io.Writer, log *slog.Logger) (err error) {
	if !cfg.Channels.WeChat.Enabled && !cfg.Channels.Console.Enabled {
		return errors.New("配置里没有启用任何通道：请把 channels.wechat.enabled 设为 true；只想看看请运行 duban demo")
	}
	b, err := New(ctx, cfg, Options{Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	if cfg.Channels.WeChat.Enabled {
	}
	return b.Run(ctx)
}

// ConsoleOptions are what a console run reads and writes.
type ConsoleOptions struct {
	In          io.Reader
	Out, ErrOut io.Writer
	Start       string // the first instant of the story's clock; "": the real time
	Echo        bool
}

// Console runs the bot on a terminal or a script until the input ends (design.md §10).
func Console(ctx context.Context, cfg *config.Config, opt ConsoleOptions, log *slog.Logger) (err error) {
	start, err := startTime(opt.Start, cfg.Location())
	if err != nil {
		return err
	}
	b, err := New(ctx, cfg, Options{Start: start, Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	b.Add(console.New(console.Config{
		In: opt.In, Out: opt.Out, ErrOut: opt.ErrOut, Cast: cast(b.world.Reg), Clock: b, Movable: !start.IsZero(), Echo: opt.Echo,
	}))
	return b.Run(ctx)
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
	s, err := store.Open(ctx, cfg.Storage.DSN, log)
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
