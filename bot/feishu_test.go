package bot

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/internal/chat/demo"
	"duban/internal/chat/feishu"
	"duban/internal/chat/feishu/feishutest"
	"duban/internal/store"
)

// TestFeishu goes the whole way over the network's protocol: binding, a report with a photo, and buttons that do for whoever taps what typed
// words would do.
func TestFeishu(t *testing.T) {
	srv := feishutest.New(t)
	c := feishu.New(feishu.Config{AppID: srv.AppID, Secret: srv.Secret, URL: srv.URL(), Log: slog.New(slog.DiscardHandler)})
	b := openBot(t, awakeConfig(t), time.Time{}, c)
	ended := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	go func() { ended <- b.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	// ask does something and waits for an answer that holds what is wanted.
	ask := func(do func(), where, want string) {
		t.Helper()
		n := len(srv.Sent())
		do()
		srv.Await(n, func(m feishutest.Sent) bool { return m.To == where && strings.Contains(m.Text, want) })
	}
	say := func(m map[string]any, person, where, want string) {
		t.Helper()
		ask(func() { srv.Say(m, person) }, where, want)
	}
	for key, id := range map[string]string{"ou_chen": "chen_jing", "ou_zhang": "zhang_min", "ou_li": "li_qiang", "ou_luo": "luo_gang"} {
		var code string
		write(t, b, func(tx *store.Tx) (err error) { code, err = tx.NewCode(store.CodePerson, id, time.Hour); return err })
		say(feishutest.Private("绑定 "+code), key, key, "已绑定：您是")
	}
	say(feishutest.Text("oc_1", "绑定本群 创城督查工作群"), "ou_chen", "oc_1", "本群已绑定为“创城督查工作群”")
	say(feishutest.Text("oc_2", "绑定本群 昭阳街道创城群"), "ou_chen", "oc_2", "本群已绑定为“昭阳街道创城群”")
	say(feishutest.Text("oc_1", "上报 南门菜场门口垃圾"), "ou_nobody", "oc_1", "绑定")
	srv.Offer("img_1", demo.Scene("楼道", 1, false))
	say(feishutest.Post("oc_1", "上报 金水湾小区3号楼楼道堆放杂物", "img_1"), "ou_zhang", "oc_1", "已立案 #1 金水湾小区3号楼楼道堆放杂物")
	// card is the message of the bot with a button.
	card := func(where, label string) feishutest.Sent {
		t.Helper()
		return srv.Await(0, func(m feishutest.Sent) bool {
			return m.To == where && slices.ContainsFunc(m.Buttons, func(b feishutest.Button) bool { return b.Label == label })
		})
	}
	tap := func(m feishutest.Sent, person, want string) {
		t.Helper()
		ask(func() {
			if shown := srv.Tap(m, m.Buttons[0].Label, person); shown != "已收到" {
				t.Errorf("%s is shown %q", person, shown)
			}
		}, m.To, want)
	}
	sign := card("oc_2", "签收")
	tap(sign, "ou_nobody", "绑定")
	tap(sign, "ou_luo", "不能签收")
	event := srv.TapEvent(sign, sign.Buttons[0].Value, "ou_li")
	ask(func() {
		for range 2 { // the network may deliver it twice
			if shown := srv.PushTap(event); shown != "已收到" {
				t.Errorf("shown: %q", shown)
			}
		}
	}, "oc_2", "#1 李强已签收")
	srv.Offer("img_2", demo.Scene("楼道", 1, true))
	say(feishutest.Post("oc_2", "完成 1", "img_2"), "ou_li", "oc_2", "#1 已提交")
	pass := card("oc_1", "通过")
	tap(pass, "ou_li", "限督查员使用")
	tap(pass, "ou_zhang", "#1 核查通过，已销号")
	count := 0
	for _, m := range srv.Sent() {
		if strings.Contains(m.Text, "#1 李强已签收") && m.To == "oc_2" {
			count++
		}
	}
	if count != 1 {
		t.Errorf("signed %d times", count)
	}
}
