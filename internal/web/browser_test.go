package web

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"duban/internal/chat"
	"duban/internal/chat/demo/demotest"
	"duban/internal/health"
	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// tab is a browser's tab in which somebody looks at the dashboard.
type tab struct {
	t   *testing.T
	ctx context.Context
	url string

	mu     sync.Mutex
	faults []string // what the browser complained about
}

// screens are the sizes at which every page is looked at.
var screens = map[string][2]int64{"phone": {390, 844}, "desk": {1280, 900}}

// open opens a tab of a size in which somebody has logged in.
func (b *board) open(browser context.Context, person string, width, height int64) *tab {
	b.t.Helper()
	ctx, stop := chromedp.NewContext(browser)
	b.t.Cleanup(stop)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	b.t.Cleanup(cancel)
	p := &tab{t: b.t, ctx: ctx, url: b.http.URL}
	b.t.Cleanup(b.http.CloseClientConnections)
	p.do(chromedp.EmulateViewport(width, height))
	console := chromedp.Console(ctx)
	go func() {
		for m, err := range console {
			if err != nil {
				return
			}
			if text, _ := json.Marshal(m); strings.Contains(string(text), "error") && !strings.Contains(string(text), "status of 422") && !strings.Contains(string(text), "status of 403") { // a refusal is no fault of the page
				p.mu.Lock()
				p.faults = append(p.faults, string(text))
				p.mu.Unlock()
			}
		}
	}()
	p.goTo("/login/" + b.code(person))
	p.do(chromedp.Click("button.main"))
	p.until(`location.pathname === "/"`)
	b.t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, f := range p.faults {
			b.t.Errorf("the browser complains: %s", f)
		}
	})
	return p
}

func (p *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.shot("failed.png")
		p.t.Fatal(err)
	}
}

func (p *tab) goTo(path string) {
	p.t.Helper()
	p.do(chromedp.Navigate(p.url + path))
}

// until waits until a JavaScript expression is true, on whatever page the tab gets to.
func (p *tab) until(expression string) {
	p.t.Helper()
	if err := demotest.Until(p.ctx, expression); err != nil {
		p.shot("failed.png")
		p.t.Fatal(err)
	}
}

// sees waits until the page shows a text.
func (p *tab) sees(text string) {
	p.t.Helper()
	quoted, _ := json.Marshal(text)
	p.until(`document.readyState === "complete" && document.body.innerText.includes(` + string(quoted) + `)`)
}

// fits checks that the page is not wider than the screen, and that its texts can be read.
func (p *tab) fits() {
	p.t.Helper()
	p.until(`document.documentElement.scrollWidth <= innerWidth && document.body.scrollWidth <= innerWidth`)
	if faint, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]string](demotest.Faint)); err != nil || len(faint) > 0 {
		p.t.Errorf("too faint: %q, %v", faint, err)
	}
}

// shot keeps a picture of the page if DUBAN_SHOTS names a folder.
func (p *tab) shot(name string) {
	dir := os.Getenv("DUBAN_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name), png, 0o600)
	}
	if err != nil {
		p.t.Log(err)
	}
}

// shows opens a page and checks that it says some words and is not wider than the screen.
func (p *tab) shows(path string, words []string) {
	p.t.Helper()
	p.goTo(path)
	for _, w := range words {
		if quoted, _ := json.Marshal(w); strings.Contains(w, "的配置") { // innerText knows no form fields
			p.until(`document.querySelector("textarea").value.includes(` + string(quoted) + `)`)
		} else {
			p.sees(w)
		}
	}
	p.fits()
}

// staff is a county in which everything has happened that the pages of those who run it can show.
func (b *board) staff() *file {
	b.t.Helper()
	b.policy.Reg.Chats = []issue.Chat{{ID: "inspect", Name: "创城督查工作群"}, {ID: "office", Name: "创城办管理群"}, {ID: "leaders", Name: "创城领导群"}}
	for n := range 60 {
		b.policy.Reg.People = append(b.policy.Reg.People, issue.Person{ID: fmt.Sprintf("person_%d", n), Name: fmt.Sprintf("联络员%02d", n), Unit: "zhaoyang"})
	}
	b.letters()
	b.lender.channels = []health.Channel{
		{Name: "wechat", State: chat.StateScan, Since: b.now, Down: b.now.Add(-9 * time.Minute), QR: "https://login.weixin.qq.com/l/QZxFakeForTheTest==", Text: "请用督办账号的手机微信扫描二维码登录，二维码约 5 分钟内有效。"},
		{Name: "console", State: chat.StateOnline, Since: b.now, Account: "终端"},
	}
	storetest.Write(b.t, b.store, b.now, func(tx *store.Tx) error {
		for day, run := range map[int]struct{ result, note string }{
			24: {store.RunDone, ""}, 23: {store.RunFailed, "commit: disk I/O error: no space left on device"}, 22: {store.RunMissed, "程序未运行，从 11-21 18:00 起错过 2 次"},
		} {
			if _, err := tx.ClaimRun("summary", time.Date(2026, 11, day, 18, 0, 0, 0, storetest.Zone()), run.result, run.note); err != nil {
				return err
			}
		}
		for n, p := range []string{"li_qiang", "chen_jing", "wang_fang"} {
			session := []string{"now", "before"}[n%2]
			if err := tx.BindPerson(store.PersonBinding{Channel: "wechat", Session: session, Sender: p, Person: p, How: "code"}); err != nil {
				return err
			}
		}
		return tx.BindChat(store.ChatBinding{Channel: "wechat", Chat: "inspect", Session: "now", Conversation: "@@1", Name: "创城督查工作群（2026）"}, "chen_jing")
	})
	var text strings.Builder
	text.WriteString("# 兴安县创建全国文明城市的配置\nunits:\n")
	for n := range 40 {
		fmt.Fprintf(&text, "  - {id: unit_%d, name: 第%d街道办事处, group: street, lead: person_%d, liaison: person_%d, aliases: [第%d街道, %d街]}\n", n, n, n, n+1, n, n)
	}
	text.WriteString("web:\n  token: <已隐藏 1>\n")
	f := &file{text: text.String()}
	b.server.Lent.Config = f.lent()
	return f
}

// TestBrowser looks at every page of those who run the bot as a browser shows it. DUBAN_SHOTS names a folder for pictures.
func TestBrowser(t *testing.T) {
	browser := demotest.Browser(t)
	pages := map[string][]string{"/jobs": {"日报", "磁盘满了"}, "/outbox": {"没有送到（2 条）"}, "/people": {"创城督查工作群", "联络员05"}, "/channels": {"等待扫码"}, "/import": {"问题表格"}, "/config": {"兴安县创建全国文明城市的配置"}, "/audit": {"登录看板"}}
	all := slices.Collect(maps.Keys(pages))
	for screen, size := range screens {
		for person, may := range map[string][]string{
			"wu_di": all, "chen_jing": {"/jobs", "/outbox", "/people", "/import"}, "liu_jian": nil, "zhang_min": nil, "li_qiang": nil,
		} {
			t.Run(screen+" "+person, func(t *testing.T) {
				b := newBoard(t)
				b.staff()
				p := b.open(browser, person, size[0], size[1])
				for path, words := range pages {
					switch {
					case !slices.Contains(may, path):
						words = []string{"您的角色不能看这一页"}
					case path == "/import" && person == "wu_di": // who is no office imports the register alone
						words = []string{"组织表格"}
					}
					p.shows(path, words)
					p.shot(strings.Trim(path, "/") + "-" + screen + "-" + person + ".png")
				}
				if person == "wu_di" {
					p.goTo("/channels")
					p.until(`document.querySelector("img.qr").naturalWidth > 0`)
				}
			})
		}
	}
	t.Run("office and leader", func(t *testing.T) { testBrowserRoles(t, browser) })
	t.Run("configuration", func(t *testing.T) { testBrowserConfig(t, browser) })
	t.Run("import", func(t *testing.T) { testBrowserImport(t, browser) })
	t.Run("deeds", func(t *testing.T) { testBrowserDeeds(t, browser) })
}

// testBrowserRoles: the menu offers what its visitor may open, and nothing else can be opened.
func testBrowserRoles(t *testing.T, browser context.Context) {
	b := newBoard(t)
	b.staff()
	for person, want := range map[string]string{"chen_jing": "定时任务,发件箱,人员绑定,导入", "liu_jian": "", "wu_di": "定时任务,发件箱,人员绑定,通道,配置,导入,操作记录"} {
		p := b.open(browser, person, 390, 844)
		quoted, _ := json.Marshal(want)
		p.until(`[...document.querySelectorAll("nav.menu a")].map((a) => a.textContent).filter((n) => ["定时任务","发件箱","人员绑定","通道","配置","导入","操作记录"].includes(n)).join() === ` + string(quoted))
		p.fits()
		p.do(chromedp.KeyEvent("\t\t\t")) // past the name and the logout; the ring around an entry is not cut off by the menu's edges
		p.until(`document.activeElement.matches(".menu a") && getComputedStyle(document.activeElement).outlineOffset === "-2px"`)
	}
	if status, _ := b.as("liu_jian").get("/config"); status != http.StatusForbidden {
		t.Errorf("a leader opens the configuration: %d", status)
	}
}

// testBrowserConfig: a slip is shown with its line, mended, saved, and the outcome is told.
func testBrowserConfig(t *testing.T, browser context.Context) {
	for screen, size := range screens {
		b := newBoard(t)
		f := b.staff()
		p := b.open(browser, "wu_di", size[0], size[1])
		p.goTo("/config")
		p.until(`document.querySelector(".numbers")?.textContent.startsWith("1\n2\n3")`)
		p.do(chromedp.Evaluate[chromedp.Void](`(() => { const a = document.querySelector("textarea"); a.value = a.value.replace("lead: person_7", "lead: 错"); })()`))
		p.do(chromedp.Click(`button[formaction="/config/check"]`))
		p.sees("有 1 处错误")
		p.fits()
		p.shot("config-fault-" + screen + ".png")
		p.do(chromedp.Click(`a[data-line="10"]`))
		p.until(`document.activeElement.tagName === "TEXTAREA" && document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd).includes("lead: 错")`)
		p.shot("config-jump-" + screen + ".png")
		p.do(chromedp.Evaluate[chromedp.Void](`(() => { const a = document.querySelector("textarea"); a.value = a.value.replace("lead: 错", "lead: person_8"); })()`))
		p.do(chromedp.Click(`button[formaction="/config/check"]`))
		p.sees("没有错误")
		p.do(chromedp.Click(`.editor button.main`))
		p.sees("配置已生效")
		p.fits()
		p.shot("config-saved-" + screen + ".png")
		if f.saved != 1 || !strings.Contains(f.text, "lead: person_8") || !strings.Contains(f.text, "<已隐藏 1>") || strings.Contains(f.text, "\r") {
			t.Errorf("saved %d times: %q", f.saved, f.text)
		}
	}
}

// testBrowserImport: a sheet with faults lists them, a good one is previewed and confirmed.
func testBrowserImport(t *testing.T, browser context.Context) {
	bad, good := filepath.Join(t.TempDir(), "省模拟测评反馈.csv"), filepath.Join(t.TempDir(), "省模拟测评反馈.csv")
	for name, text := range map[string]string{bad: "序号,问题,点位,责任单位\n1,垃圾满溢无人清理,金水湾小区,昭阳街道\n2,,红星中路,住建局\n3,站牌破损,红星中路,没有这个局\n", good: problems} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for screen, size := range screens {
		b := newBoard(t)
		b.staff()
		p := b.open(browser, "chen_jing", size[0], size[1])
		for file, says := range map[string]string{bad: "一件也没有导入", good: "【导入预览】"} {
			p.goTo("/import")
			p.do(chromedp.SetUploadFiles(`form[action="/import/issues"] input[type=file]`, []string{file}), chromedp.Click(`form[action="/import/issues"] button`))
			p.sees(says)
			p.fits()
			p.until(`(r => r.every((e, n) => !n || e.top >= r[n - 1].bottom + 8 || e.left >= r[n - 1].right + 8))([...document.querySelectorAll("form.sheet label")].map(e => e.getBoundingClientRect()))`)
			p.shot("import-" + map[string]string{bad: "faults", good: "preview"}[file] + "-" + screen + ".png")
		}
		p.goTo("/import")
		p.do(chromedp.Click(`form[action="/import/1/confirm"] button.main`))
		p.sees("已导入 2 件")
		p.shot("import-done-" + screen + ".png")
	}
}

// testBrowserDeeds: what cannot be taken back is asked for first, and what came of it is told.
func testBrowserDeeds(t *testing.T, browser context.Context) {
	for screen, size := range screens {
		b := newBoard(t)
		b.staff()
		p := b.open(browser, "chen_jing", size[0], size[1])
		p.goTo("/jobs")
		p.do(chromedp.Click(`a[href$="/again"]`))
		p.sees("结果会发到：领导群")
		p.fits()
		p.shot("again-" + screen + ".png")
		p.do(chromedp.Click("button.main"))
		p.sees("已重跑：日报")
		p.goTo("/outbox")
		p.do(chromedp.Click(`a[href="/dead/resend"]`))
		p.sees("2 条没送到的消息")
		p.do(chromedp.Click("button.main"))
		p.sees("2 条已重新排队")
		p.goTo("/people?q=" + "联络员07")
		p.do(chromedp.Click(`form[action="/people/person_7/code"] button`))
		p.sees("联络员07 的绑定码")
		p.fits()
		p.shot("code-" + screen + ".png")
	}
}
