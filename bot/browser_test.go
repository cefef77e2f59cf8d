package bot_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"duban/bot"
	"duban/internal/chat/demo"
	"duban/internal/chat/demo/demotest"
)

// TestBrowserDemo opens the demo as a visitor does and reports, completes with a photo, verifies and reads the ranking, each
// as the person whose work it is: the real bot, the real database, a real browser. DUBAN_SHOTS names a folder for pictures.
func TestBrowserDemo(t *testing.T) {
	tab := demotest.Browser(t)
	v := &visitor{t: t, ctx: tab, url: startDemo(t)}
	v.open(1280, 800)
	v.be("zhang_min")
	v.enter("inspect")
	v.say("上报 金水湾小区3号楼楼道堆放杂物")
	v.sees("已立案 #70 金水湾小区3号楼楼道堆放杂物")
	v.click("#hint-close")
	v.be("li_qiang")
	v.enter("streets")
	v.sees("【新派单】昭阳街道 1 件")
	v.say("完成 70 杂物已清走")
	v.sees("#70 请在5分钟内发整改后照片")
	v.picture(photo(t))
	v.sees("#70 已提交完成，整改后照片 1 张")
	v.shot("demo.png")
	v.be("zhang_min")
	v.enter("inspect")
	v.say("通过 70")
	v.sees("#70 核查通过，已销号")
	v.say("照片 70")
	v.until(`[...document.querySelectorAll("#messages img")].some((i) => i.alt.startsWith("督办发的图片") && i.naturalWidth > 0)`)
	v.shot("photos.png")
	v.be("ma_hongtao") // 北苑街道's lead asks, the office decides
	v.enter("streets")
	v.say("延期 27 1个工作日 等物业审批")
	v.sees("#27 已过时限，不能再申请延期")
	v.say("投诉 玉兰花园路灯不亮，来电人张先生")
	v.sees("#71 玉兰花园路灯不亮，来电人张先生（投诉）")
	v.be("gao_feng")
	v.enter("inspect")
	v.say("挂账 66 到12月31日 树池改造等春季施工")
	v.sees("#66 已申请挂账到 12-31 17:30，等领导决定")
	v.be("liu_jian")
	v.enter("leaders")
	v.sees("【待审批】#66")
	v.say("同意 66")
	v.sees("#66 挂账已同意（刘建）")
	v.shot("request.png")
	v.be("liu_jian")
	v.enter("leaders")
	v.click(`[data-to="evening"]`)
	v.sees("【创城日报】11月23日（截至 18:00）")
	v.until(`[...document.querySelectorAll("#messages img")].some((i) => i.alt.startsWith("督办发的图片") && i.naturalWidth === 1080)`)
	v.shot("summary.png")
	v.open(375, 812)
	v.be("zhang_min")
	v.enter("inspect")
	v.sees("【11月23日创城排名】")
	v.until(`[...document.querySelectorAll("#messages img")].some((i) => i.naturalWidth === 1080)`)
	v.shot("phone.png")
	v.open(1280, 800)
	v.be("chen_jing") // the office explains a score, and puts out the bulletin that was drafted in the morning
	v.enter("office")
	v.say("得分 昭阳街道")
	v.sees("【得分】昭阳街道｜11月23日创城排名")
	v.shot("account.png")
	v.say("发布 通报")
	v.sees("通报已发布到 3 个群")
	v.enter("inspect")
	v.sees("创城通报〔2026〕1号.docx")
	v.shot("bulletin.png")
}

// startDemo runs the demo and gives its address.
func startDemo(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended, url := make(chan error, 1), make(chan string, 1)
	go func() {
		ended <- bot.Demo(ctx, "127.0.0.1:0", func(u string) { url <- u }, slog.New(slog.DiscardHandler))
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case u := <-url:
		return u
	case err := <-ended:
		ended <- err
		t.Fatalf("the demo did not start: %v", err)
		return ""
	}
}

// photo is the file of a picture that the demo draws.
func photo(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "after.jpg")
	if err := os.WriteFile(path, demo.Scene("楼道", 70, true), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// visitor is somebody in front of the page.
type visitor struct {
	t   *testing.T
	ctx context.Context
	url string
}

func (v *visitor) do(actions ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, 90*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		v.shot("failed.png")
		v.t.Fatal(err)
	}
}

func (v *visitor) until(expression string) {
	v.t.Helper()
	if err := demotest.Until(v.ctx, expression); err != nil {
		v.shot("failed.png")
		v.t.Fatal(err)
	}
}

func (v *visitor) click(selector string) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, 90*time.Second)
	defer cancel()
	if err := demotest.Click(ctx, selector); err != nil {
		v.shot("failed.png")
		v.t.Fatal(err)
	}
}

// open shows the page in a window of a size, once the county's week has been played.
func (v *visitor) open(width, height int64) {
	v.t.Helper()
	v.do(chromedp.EmulateViewport(width, height), chromedp.Navigate(v.url))
	v.until(`document.querySelector("#clock").textContent.includes("11月23日") && document.querySelector("#bar").hidden`)
}

// be chooses who the visitor is.
func (v *visitor) be(person string) {
	v.t.Helper()
	v.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#who").open || document.querySelector("#switch").click()`))
	v.until(`document.querySelector("#who").open`)
	v.click(`#people [data-person="` + person + `"]`)
}

// enter opens a group.
func (v *visitor) enter(group string) {
	v.t.Helper()
	v.click(`#chats [data-chat="` + group + `"]`)
}

func (v *visitor) say(text string) { v.t.Helper(); v.do(chromedp.SendKeys("#text", text+"\r")) }

func (v *visitor) picture(path string) {
	v.t.Helper()
	v.do(chromedp.SetUploadFiles("#picture", []string{path}))
	v.until(`document.querySelectorAll("#thumbs img").length === 1`)
	v.click("#send")
}

func (v *visitor) sees(text string) {
	v.t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		v.t.Fatal(err)
	}
	v.until(`document.querySelector("#messages").innerText.includes(` + string(quoted) + `)`)
}

func (v *visitor) shot(name string) {
	dir := os.Getenv("DUBAN_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(v.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name), png, 0o600)
	}
	if err != nil {
		v.t.Error(err)
	}
}
