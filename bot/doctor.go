package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"duban/internal/chat/dingtalk"
	"duban/internal/chat/feishu"
	"duban/internal/chat/link"
	"duban/internal/chat/wechat"
	"duban/internal/chat/wecom"
	"duban/internal/chat/wecomhook"
	"duban/internal/config"
	"duban/internal/doctor"
	"duban/internal/picture"
	"duban/jobs"
)

// Doctor looks at an installation and prints what it finds, a line for each check. The error says that something has to be mended
// before the program can work. Nothing is changed, and a running bot is not disturbed unless login asks to log in for trial.
func Doctor(ctx context.Context, file string, login bool, t Terminal) error {
	sound := doctor.Patient{
		File: file, Now: time.Now(), Env: os.Getenv, Draw: draws, Servers: servers, Trials: trials, Login: login, JobTitle: jobs.Title, LastBackup: lastBackup,
		Log: slog.New(slog.DiscardHandler),
	}.Examine(ctx, func(f doctor.Finding) { fmt.Fprintln(t.Out, f) })
	switch {
	case ctx.Err() != nil:
		return errors.New("检查被中断，没有做完")
	case !sound:
		return errors.New("有 ✗ 的要先处理，处理好再运行一遍 duban doctor")
	}
	fmt.Fprintln(t.Out, "没有妨碍运行的问题。")
	return nil
}

// draws draws a small ranking in a font.
func draws(font string) error {
	p, err := painter(font)()
	if err != nil {
		return err
	}
	_, err = p.Ranking(picture.Ranking{Title: "自检：创建全国文明城市排名", Groups: []picture.RankGroup{
		{Name: "街道", Rows: []picture.RankRow{{Rank: 1, Unit: "样例街道", Score: "98.50", Bar: 0.985, Counts: "按期整改 12／12"}}},
	}})
	return err
}

// servers are what the enabled channels log in to.
func servers(cfg *config.Config) (out []doctor.Server, err error) {
	if cfg.Channels.WeChat.Enabled {
		out = append(out, doctor.Server{Host: wechat.LoginHost, Transport: http.DefaultTransport})
	}
	if c := cfg.Channels.WeCom; c.Enabled {
		address, err := url.Parse(cmp.Or(c.URL, wecom.Address))
		if err != nil {
			return nil, fmt.Errorf("channels.wecom.url：%w", err)
		}
		transport, err := link.Transport("channels.wecom.ca", c.CA)
		if err != nil {
			return nil, err
		}
		out = append(out, doctor.Server{Host: address.Host, Transport: transport})
	}
	if c := cfg.Channels.Feishu; c.Enabled {
		address, err := url.Parse(cmp.Or(c.URL, feishu.Address))
		if err != nil {
			return nil, fmt.Errorf("channels.feishu.url：%w", err)
		}
		out = append(out, doctor.Server{Host: address.Host, Transport: http.DefaultTransport})
	}
	if c := cfg.Channels.DingTalk; c.Enabled {
		for _, s := range []string{cmp.Or(c.URL, dingtalk.Address), cmp.Or(c.OapiURL, dingtalk.OldAddress)} {
			address, err := url.Parse(s)
			if err != nil {
				return nil, fmt.Errorf("channels.dingtalk：%w", err)
			}
			out = append(out, doctor.Server{Host: address.Host, Transport: http.DefaultTransport})
		}
	}
	return out, nil
}

// trials are the keys of the enabled channels.
func trials(cfg *config.Config) (out []doctor.Trial) {
	if c := cfg.Channels.WeCom; c.Enabled {
		out = append(out, doctor.Trial{What: "企业微信", Alone: true, Try: func(ctx context.Context) (string, error) {
			return wecom.Probe(ctx, weComConfig(c, slog.New(slog.DiscardHandler)))
		}})
	}
	if c := cfg.Channels.DingTalk; c.Enabled {
		out = append(out, doctor.Trial{What: "钉钉", Try: dingtalk.New(dingTalkConfig(c, slog.New(slog.DiscardHandler))).Probe})
	}
	if c := cfg.Channels.Feishu; c.Enabled {
		out = append(out, doctor.Trial{What: "飞书", Try: feishu.New(feishuConfig(c, slog.New(slog.DiscardHandler))).Probe})
	}
	if c := cfg.Channels.WeComHook; c.Enabled {
		hook, reg := wecomhook.New(weComHookConfig(c, slog.New(slog.DiscardHandler))), cfg.Register()
		for _, g := range c.Groups {
			group, _ := reg.Chat(g.Chat) // the check of the file sees to it
			out = append(out, doctor.Trial{What: "企业微信群机器人（" + group.Name + "）", Try: func(ctx context.Context) (string, error) {
				return hook.Probe(ctx, g.Chat)
			}})
		}
	}
	return out
}

// lastBackup is when the newest backup was made.
func lastBackup(cfg *config.Config) (time.Time, error) {
	plan := backups(cfg)
	list, err := plan.List()
	if err != nil || len(list) == 0 {
		return time.Time{}, err
	}
	at, _ := plan.MadeAt(filepath.Base(list[0]))
	return at, nil
}
