package bot

import (
	"context"
	"errors"
	"strings"
	"testing"

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
	bot.Fail("aibot_subscribe", wecomtest.Cut)
	if _, err := trials(cfg)[0].Try(t.Context()); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("a cut connection: %v", err)
	}
}
