package bot

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"duban/internal/chat/demo"
	"duban/internal/chat/wecom"
	"duban/internal/chat/wecom/wecomtest"
	"duban/internal/store"
)

// TestWeCom goes the whole way over the network's protocol: binding, a report with a photo in one message that mentions the bot, a
// quote in place of a number, taps, and a person who is not bound.
func TestWeCom(t *testing.T) {
	srv := wecomtest.New(t)
	c, err := wecom.New(wecom.Config{BotID: wecomtest.BotID, Secret: wecomtest.Secret, URL: srv.URL(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
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
	srv.Wait(ctx, func(s wecomtest.State) bool { return s.Online })

	said := 0
	// answer waits for the next message of the bot, in which what is wanted must be.
	answer := func(want string) string {
		t.Helper()
		srv.Wait(ctx, func(s wecomtest.State) bool { return s.Sent > said })
		text := srv.Sent()[said].Text
		said++
		if !strings.Contains(text, want) {
			t.Fatalf("got %q, want %q in it", text, want)
		}
		return text
	}
	ask := func(body map[string]any, want string) string {
		t.Helper()
		srv.Say(body)
		return answer(want)
	}
	code := func(person string) (code string) {
		write(t, b, func(tx *store.Tx) (err error) {
			code, err = tx.NewCode(store.CodePerson, person, time.Hour)
			return err
		})
		return code
	}
	private := func(user, text string) map[string]any {
		return map[string]any{"chattype": "single", "from": map[string]string{"userid": user}, "msgtype": "text", "text": map[string]string{"content": text}}
	}
	ask(private("w-chen", "绑定 "+code("chen_jing")), "已绑定：您是陈静")
	ask(private("w-zhang", "绑定 "+code("zhang_min")), "已绑定：您是张敏")
	ask(wecomtest.Group("wrG1", "w-chen", "绑定本群 创城督查工作群"), "本群已绑定为“创城督查工作群”")
	ask(wecomtest.Group("wrG1", "w-nobody", "上报 南门菜场门口垃圾"), "绑定")

	report := wecomtest.Group("wrG1", "w-zhang", "")
	report["msgtype"], report["mixed"] = "mixed", map[string]any{"msg_item": []map[string]any{
		{"msgtype": "text", "text": map[string]string{"content": "@督办 "}},
		{"msgtype": "image", "image": srv.Picture("a", demo.Scene("楼道", 1, false))},
		{"msgtype": "text", "text": map[string]string{"content": "上报 金水湾小区3号楼楼道堆放杂物"}},
	}}
	text := ask(report, "已立案 #1 金水湾小区3号楼楼道堆放杂物")
	if !strings.Contains(text, "1 张") {
		t.Errorf("the photo is not counted: %q", text)
	}
	// A tap is judged like words of whoever tapped, whatever card it claims to be on.
	srv.TapKey("w-nobody", "wrG1", "FORGED", "通过 1")
	answer("绑定")
	srv.TapKey("w-zhang", "wrG1", "FORGED", "查 1")
	answer("金水湾小区3号楼楼道堆放杂物")
	withdraw := wecomtest.Group("wrG1", "w-zhang", "撤回")
	withdraw["quote"] = map[string]any{"msgtype": "text", "text": map[string]string{"content": text}}
	ask(withdraw, "#1")

	// A photo feeds what waits for it in both ways in which it can arrive: in one message with the mention and without words, and by a
	// quote with a mention and without words.
	ask(private("w-li", "绑定 "+code("li_qiang")), "已绑定：您是李强")
	alone := wecomtest.Mixed("wrG1", "w-li", "", srv.Picture("b", demo.Scene("楼道", 2, true)))
	quoting := wecomtest.Group("wrG1", "w-li", "")
	quoting["quote"] = map[string]any{"msgtype": "image", "image": srv.Picture("c", demo.Scene("楼道", 3, true))}
	text = ask(wecomtest.Group("wrG1", "w-zhang", "上报\n1、金水湾小区5号楼楼道堆放杂物\n2、金水湾小区9号楼楼道堆放杂物"), "已立案 2 件")
	if !strings.HasSuffix(text, "\n"+howPhotos) || !strings.Contains(text, "「@督办 改派 ") {
		t.Errorf("a person is not told how to answer here: %q", text)
	}
	text = ask(wecomtest.Group("wrG1", "w-li", "完成 2、3 已清空"), "#2 请在5分钟内发整改后照片，收到后自动提交")
	if !strings.HasSuffix(text, "\n"+howPhotos) {
		t.Errorf("a person is not told how photos arrive here: %q", text)
	}
	ask(alone, "#2 已提交完成，整改后照片 1 张")
	ask(quoting, "#3 已提交完成，整改后照片 1 张")
}
