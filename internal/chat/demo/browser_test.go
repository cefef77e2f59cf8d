package demo

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"duban/internal/chat"
	"duban/internal/chat/demo/demotest"
)

// page is one tab that shows the demo.
type page struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	faults   []string // what the browser complained about
	expected string   // a complaint that belongs to the test
}

// expect says that a complaint of the browser is right.
func (p *page) expect(complaint string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = complaint
}

// open shows the demo of a bot in a new tab of a size. Complaints of the browser, refusals of the strict policy among
// them, fail the test.
func open(t *testing.T, tab context.Context, b *fakeBot, width, height int64) *page {
	t.Helper()
	srv := httptest.NewServer(b.ch.Handler())
	t.Cleanup(srv.CloseClientConnections)
	ctx, stop := chromedp.NewContext(tab)
	t.Cleanup(stop)
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	p := &page{t: t, ctx: ctx}
	p.do(chromedp.EmulateViewport(width, height))
	console := chromedp.Console(ctx)
	go func() {
		for m, err := range console {
			if err != nil {
				return
			}
			if text, _ := json.Marshal(m); strings.Contains(string(text), "error") {
				p.complain(string(text))
			}
		}
	}()
	p.do(chromedp.Navigate(srv.URL))
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, f := range p.faults {
			t.Errorf("the browser complains: %s", f)
		}
	})
	return p
}

func (p *page) complain(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.expected == "" || !strings.Contains(text, p.expected) {
		p.faults = append(p.faults, text)
	}
}

func (p *page) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.shot("failed.png")
		p.t.Fatal(err)
	}
}

// wait waits until a JavaScript expression is true.
func (p *page) wait(expression string) {
	p.t.Helper()
	if err := demotest.Until(p.ctx, expression); err != nil {
		p.shot("failed.png")
		p.t.Fatal(err)
	}
}

func (p *page) click(selector string) {
	p.t.Helper()
	if err := demotest.Click(p.ctx, selector); err != nil {
		p.shot("failed.png")
		p.t.Fatal(err)
	}
}

func (p *page) be(person string) {
	p.t.Helper()
	p.click(`#people [data-person="` + person + `"]`)
}

// say types a message and sends it with the enter key.
func (p *page) say(text string) {
	p.t.Helper()
	p.do(chromedp.SendKeys("#text", text+"\r"))
}

// shows waits until the open chat shows a text.
func (p *page) shows(text string) {
	p.t.Helper()
	quoted, _ := json.Marshal(text)
	p.wait(`document.querySelector("#messages").innerText.includes(` + string(quoted) + `)`)
}

// shot keeps a screenshot if DUBAN_SHOTS names a folder.
func (p *page) shot(name string) {
	dir := os.Getenv("DUBAN_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Logf("no screenshot: %v", err)
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name), png, 0o600); err != nil {
		p.t.Error(err)
	}
}

// fits checks that the page is not wider than the screen, and that its texts can be read.
func (p *page) fits() {
	p.t.Helper()
	p.wait(`document.documentElement.scrollWidth <= innerWidth && document.body.scrollWidth <= innerWidth`)
	if faint := mustEval[[]string](p, demotest.Faint); len(faint) > 0 {
		p.t.Errorf("too faint: %q", faint)
	}
}

func TestBrowser(t *testing.T) {
	tab := demotest.Browser(t)
	t.Run("conversation on a desktop", func(t *testing.T) { testConversation(t, tab) })
	t.Run("pictures and quotes", func(t *testing.T) { testPictures(t, tab) })
	t.Run("phone", func(t *testing.T) { testPhone(t, tab) })
	t.Run("text is text", func(t *testing.T) { testHostileText(t, tab) })
	t.Run("clock and day", func(t *testing.T) { testDay(t, tab) })
	t.Run("two tabs and a new start", func(t *testing.T) { testTwoTabs(t, tab) })
}

func testConversation(t *testing.T, tab context.Context) {
	b := newDemo(t, nil)
	b.run(t)
	p := open(t, tab, b, 1280, 800)
	p.wait(`document.querySelector("#who").open`)
	p.shot("desktop-who.png")
	p.be("zhang_min")
	p.wait(`document.querySelector("#title").textContent === "创城督查工作群"`)
	if got := len(mustEval[[]string](p, `[...document.querySelectorAll("#chats .name")].map(e => e.textContent)`)); got != 3 {
		t.Errorf("%d chats, want 3: the leaders' group is not hers", got)
	}
	p.say("上报 金水湾小区3号楼楼道堆放杂物")
	p.shows("已立案 #1 金水湾小区3号楼楼道堆放杂物")
	p.wait(`document.querySelector("#text").value === ""`)
	p.shot("desktop.png")
	p.click("#hint-close")
	p.wait(`document.querySelector("#hint").hidden`)

	p.click(`#messages .do:last-of-type`) // 「完成 1」
	p.wait(`document.querySelector("#text").value === "完成 1"`)
	p.click("#mention")
	p.wait(`document.querySelector("#text").value === "@督办 完成 1"`)
	p.click("#send")
	p.shows("张敏，收到：完成 1")
	got := b.messages()
	if len(got) != 2 || !got[1].Mentioned || got[1].Text != "完成 1" || got[1].From.Key != "zhang_min" || got[1].Conversation.Key != "inspect" {
		t.Errorf("the bot got %+v", got)
	}
	p.click(`#chats [data-chat="~zhang_min"]`)
	p.say("查 1")
	p.shows("张敏，收到：查 1")
	if m := b.messages()[2]; !m.Conversation.Private || m.Conversation.Key != "~zhang_min" {
		t.Errorf("private message: %+v", m.Conversation)
	}
	p.fits()
}

func testPictures(t *testing.T, tab context.Context) {
	b := newDemo(t, nil)
	b.run(t)
	p := open(t, tab, b, 1280, 800)
	p.be("li_qiang")
	photo := filepath.Join(t.TempDir(), "a.jpg")
	if err := os.WriteFile(photo, Scene("垃圾", 1, false), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"file", "picture"} { // who uses the keyboard sees where it is
		p.do(chromedp.Focus("#"+id), chromedp.KeyEvent("\t"), chromedp.KeyEvent("\t", chromedp.KeyModifiers(chromedp.ModifierShift)))
		p.wait(`document.activeElement.id === "` + id + `" && getComputedStyle(document.querySelector("label[for=` + id + `]")).outlineStyle === "solid"`)
	}
	p.do(chromedp.SetUploadFiles("#picture", []string{photo}))
	p.wait(`document.querySelectorAll("#thumbs img").length === 1`)
	p.click("#send")
	p.shows("收到照片 1 张")
	p.wait(`(i => i && i.complete && i.naturalWidth === 480)(document.querySelector("#messages .pics img"))`)
	m := b.messages()[0]
	if data, err := b.ch.FetchPicture(t.Context(), m.Pictures[0]); err != nil || len(data) < 1000 {
		t.Errorf("fetched %d bytes, %v", len(data), err)
	}
	p.click("#messages .pics button")
	p.wait(`document.querySelector("#viewer").open`)
	p.click("#viewer button")
	p.wait(`!document.querySelector("#viewer").open`)

	if err := os.WriteFile(photo, []byte("not a picture at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.expect("415 (Unsupported Media Type)") // the browser logs the refusal, as it should
	p.do(chromedp.SetUploadFiles("#picture", []string{photo}))
	p.wait(`document.querySelector("#toast").textContent.includes("这不是图片")`)

	if err := b.ch.Send(t.Context(), chat.Outgoing{ID: "x", Conversation: "inspect", Text: "#7 已立案\n第二行"}); err != nil {
		t.Fatal(err)
	}
	p.shows("#7 已立案")
	p.do(chromedp.Evaluate[chromedp.Void](`[...document.querySelectorAll(".cite")].at(-1).click()`))
	p.wait(`document.querySelector("#quoting-text").textContent.includes("引用 督办：#7 已立案 第二行")`)
	p.say("查 完成")
	p.shows("李强，收到：查 完成")
	got := b.messages()
	if q := got[len(got)-1].Quote; q == nil || !q.FromBot || q.Text != "#7 已立案\n第二行" || q.ID != "x" {
		t.Errorf("quote: %+v", q)
	}
	p.wait(`document.querySelector(".mine .quoted").textContent === "督办：#7 已立案 第二行"`)
	p.shot("desktop-pictures.png")
}

func testPhone(t *testing.T, tab context.Context) {
	b := newDemo(t, nil)
	b.run(t)
	p := open(t, tab, b, 375, 812)
	p.wait(`document.querySelector("#who").open`)
	p.fits()
	p.shot("phone-who.png")
	p.be("zhang_min")
	p.wait(`getComputedStyle(document.querySelector(".talk")).display === "none"`)
	if err := b.ch.Send(t.Context(), chat.Outgoing{ID: "1", Conversation: "streets", Text: "【催办】@张敏 #3 今日 17:30 到期", Mentions: []chat.Mention{{Key: "zhang_min", Name: "张敏"}}}); err != nil {
		t.Fatal(err)
	}
	p.wait(`document.querySelector(".badge")?.textContent === "1"`)
	p.wait(`document.querySelector("#chats").innerText.includes("[有人@我]")`)
	p.shot("phone-list.png")
	p.fits()
	p.click(`#chats [data-chat="streets"]`)
	p.shows("今日 17:30 到期")
	p.wait(`!document.querySelector(".badge")`)
	p.wait(`document.querySelector("#text").scrollHeight <= document.querySelector("#text").clientHeight`) // nothing of the hint in it is cut
	p.say("上报 金水湾小区3号楼楼道堆放杂物，一层楼梯口停着两辆电动车，居民反映多次没人管")
	p.shows("已立案 #1")
	p.say("@督办 " + strings.Repeat("长", 60) + strings.Repeat("W", 80))
	p.shows("WWW")
	p.fits()
	p.shot("phone.png")
	p.click("#back")
	p.wait(`getComputedStyle(document.querySelector(".side")).display !== "none"`)
	p.fits()
}

func testHostileText(t *testing.T, tab context.Context) {
	b := newDemo(t, func(c *Config) {
		c.People = append(c.People, Person{ID: "x", Name: `<img src=x onerror=alert(1)>`, Role: `<b>角色</b>`, Phrases: []string{`<script>alert(1)</script>`}})
	})
	b.run(t)
	p := open(t, tab, b, 1280, 800)
	p.be("x")
	hostile := `查 <img src=x onerror="document.title='hacked'"><script>document.title='hacked'</script>「<b>完成</b>」`
	p.say(hostile)
	p.shows("收到：" + hostile)
	if n := mustEval[int](p, `document.querySelectorAll("#messages b, #messages script, #messages img, #chips script, #chats img, .me img").length`); n != 0 {
		t.Errorf("%d elements came out of texts", n)
	}
	if title := mustEval[string](p, `document.title`); title != "督办 · 兴安县创建全国文明城市（演示）" {
		t.Errorf("title %q", title)
	}
}

func testDay(t *testing.T, tab context.Context) {
	b := newDemo(t, func(c *Config) {
		c.Day = script(t, "at 2026-11-23 10:00\n张敏@inspect: 上报 甲 [图 scene:垃圾:5:before]\nat 11:00\n李强@streets: 查 乙\n张敏@~: 查 我\n李强@streets: 收工\n")
	})
	b.run(t)
	p := open(t, tab, b, 1280, 800)
	p.be("zhang_min")
	p.wait(`document.querySelector("#clock").textContent === "11月23日 周一 09:00"`)
	p.click(`[data-to="deadline"]`)
	p.wait(`document.querySelector("#clock").textContent === "11月23日 周一 17:30"`)
	p.shows("@李强 现在 17:30")
	p.click(`[data-to="tomorrow"]`)
	p.wait(`document.querySelector("#clock").textContent === "11月24日 周二 08:30"`)
	p.click("#play")
	p.wait(`!document.querySelector("#bar").hidden`)
	p.wait(`document.querySelector("#title").textContent === "街道创城工作群"`) // the page follows the story
	p.wait(`document.querySelector("#bar").hidden`)
	p.shows("李强，收到：查 乙")
	p.click("#play")
	p.wait(`!document.querySelector("#bar").hidden`)
	p.click("#stop")
	p.wait(`document.querySelector("#bar").hidden`)
}

func testTwoTabs(t *testing.T, tab context.Context) {
	b := newDemo(t, nil)
	b.run(t)
	one, two := open(t, tab, b, 1280, 800), open(t, tab, b, 1280, 800)
	one.be("zhang_min")
	two.be("li_qiang")
	one.say("上报 金水湾小区3号楼楼道堆放杂物")
	two.shows("已立案 #1")
	two.do(chromedp.Reload())
	two.wait(`document.querySelector("#me-name").textContent === "李强"`)
	two.shows("已立案 #1")
	two.click("#switch")
	two.do(chromedp.SendKeys("#who-search", "创城办"))
	two.wait(`document.querySelectorAll("#people button").length === 1`)
	two.be("chen_jing")
	two.wait(`document.querySelector("#me-name").textContent === "陈静"`)
}

func mustEval[T any](p *page, expression string) T {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.t.Fatal(err)
	}
	return v
}
