package bot

import (
	"context"
	"errors"
	"strings"
	"testing"

	"duban/internal/chat/dingtalk/dingtalktest"
	"duban/internal/chat/feishu/feishutest"
	"duban/internal/chat/wecom/wecomtest"
	"duban/internal/chat/wecomhook/wecomhooktest"
	"duban/internal/config"
)

// TestTrials: a trial tells a key that the network takes from one that it refuses, and only the login disturbs a bot that runs.
func TestTrials(t *testing.T) {
	bot, hook := wecomtest.New(t), wecomhooktest.New(t)
	cfg := talkConfig(t, t.TempDir())
	if list := trials(cfg); len(list) != 0 {
		t.Errorf("tried without a channel: %+v", list)
	}
	cfg.Channels.WeCom = config.WeCom{Enabled: true, BotID: wecomtest.BotID, Secret: wecomtest.Secret, URL: bot.URL()}
	cfg.Channels.WeComHook = config.WeComHook{Enabled: true, URL: hook.URL(), Groups: []config.HookGroup{
		{Chat: "leaders", Key: wecomhooktest.Key}, {Chat: "office", Key: "wrong"},
	}}
	try := func(cfg *config.Config) (refused []string) {
		for _, trial := range trials(cfg) {
			text, err := trial.Try(t.Context())
			if err != nil {
				t.Errorf("%s: %v", trial.What, err)
			}
			if trial.Alone != (trial.What == "企业微信") {
				t.Errorf("%s: alone is %v", trial.What, trial.Alone)
			}
			refused = append(refused, trial.What+"："+text)
		}
		return refused
	}
	got := try(cfg)
	if len(got) != 3 || got[0] != "企业微信：" || got[1] != "企业微信群机器人（创城领导群）：" || !strings.Contains(got[2], "（创城办）：不认识这个 key") {
		t.Errorf("got %q", got)
	}
	cfg.Channels.WeCom.Secret = "wrong"
	if got := try(cfg); !strings.Contains(got[0], "错误码 40001") || strings.Contains(got[0], "wrong") {
		t.Errorf("got %q", got)
	}
	app := feishutest.New(t)
	app.Grant(map[string]int{"im:message": 1})
	only := talkConfig(t, t.TempDir())
	only.Channels.Feishu = config.Feishu{Enabled: true, AppID: app.AppID, Secret: config.Secret(app.Secret), URL: app.URL(), Receive: config.ReceiveMentions}
	if got := try(only); len(got) != 1 || !strings.Contains(got[0], "飞书：应用缺少权限：接收群聊中 @ 机器人的消息") {
		t.Errorf("got %q", got)
	}
	bot.Fail("aibot_subscribe", wecomtest.Cut)
	if _, err := trials(cfg)[0].Try(t.Context()); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("a cut connection: %v", err)
	}
}

// TestDingTalkTrial: the permission that is missing is named, and nothing is shown to anybody.
func TestDingTalkTrial(t *testing.T) {
	srv := dingtalktest.New(t)
	cfg := talkConfig(t, t.TempDir())
	cfg.Channels.DingTalk = config.DingTalk{Enabled: true, ClientID: dingtalktest.ClientID, Secret: dingtalktest.Secret, URL: srv.URL(), OapiURL: srv.URL()}
	for name, c := range map[string]struct {
		kind   string
		fault  dingtalktest.Fault
		change func(*config.DingTalk)
		want   string
	}{
		"sound":            {},
		"wrong secret":     {change: func(c *config.DingTalk) { c.Secret = "wrong" }, want: "钉钉不接受应用的 Client ID"},
		"no stream":        {kind: dingtalktest.Open, fault: dingtalktest.Refused, want: "消息接收模式是 Stream"},
		"no token":         {kind: dingtalktest.Token, fault: dingtalktest.Refused, want: "访问令牌"},
		"may not send":     {kind: dingtalktest.Group, fault: dingtalktest.Forbidden, want: "qyapi_robot_sendmsg"},
		"may not write to": {kind: dingtalktest.Person, fault: dingtalktest.Forbidden, want: "qyapi_robot_sendmsg"},
		"may not fetch":    {kind: dingtalktest.Exchange, fault: dingtalktest.Forbidden, want: "收照片"},
		"wrong robot":      {change: func(c *config.DingTalk) { c.RobotCode = "another" }, want: "channels.dingtalk.robot_code"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := *cfg
			if c.change != nil {
				c.change(&cfg.Channels.DingTalk)
			}
			if c.kind != "" {
				srv.Fail(c.kind, c.fault)
			}
			list := trials(&cfg)
			if len(list) != 1 || list[0].Alone {
				t.Fatalf("got %+v", list)
			}
			refused, err := list[0].Try(t.Context())
			if err != nil || (refused == "") != (c.want == "") || !strings.Contains(refused, c.want) || strings.Contains(refused, "wrong") {
				t.Errorf("got %q, %v", refused, err)
			}
		})
	}
	for _, kind := range []string{dingtalktest.Open, dingtalktest.Token, dingtalktest.Group} {
		srv.Fail(kind, dingtalktest.Cut)
		if refused, err := trials(cfg)[0].Try(t.Context()); err == nil || refused != "" {
			t.Errorf("%s is cut: %q, %v", kind, refused, err)
		}
	}
	if n := len(srv.Sent()); n != 0 {
		t.Errorf("%d messages were sent", n)
	}
}
