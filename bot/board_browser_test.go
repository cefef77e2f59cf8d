package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"duban/internal/chat/demo"
	"duban/internal/chat/demo/demotest"
	"duban/internal/store"
	"duban/internal/web"
)

// playedBoard plays the demo's week and the evening on which everything is put out, and opens the dashboard on what came of it.
func playedBoard(t *testing.T) (*Bot, string) {
	t.Helper()
	dir := t.TempDir()
	cfg, err := demoConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := sampleScript()
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	b, err := New(t.Context(), cfg, Options{Start: steps[0].At.After(time.Now().In(cfg.Location())), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := demo.New(demo.Config{Title: cfg.Campaign.Name, People: demoPeople(b.edition().world.Reg), Chats: demoChats(b.edition().world.Reg), Clock: b, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	s := &sampler{Channel: c, bot: b, cast: cast(b.edition().world.Reg), folder: t.TempDir()}
	b.Add(s)
	if err := s.play(t.Context(), steps, func(string) {}); err != nil {
		t.Fatal(err)
	}
	server, err := web.New(b.boardConfig(cfg.Web))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(server.Handler())
	t.Cleanup(srv.Close)
	return b, srv.URL
}

// viewer is a browser in which somebody has logged in. What the browser complains about, refusals of the strict policy among it,
// and what it asks of anybody but the dashboard, fails the test.
type viewer struct {
	t   *testing.T
	ctx context.Context
	url string

	mu     sync.Mutex
	faults []string
	asked  int // requests to the dashboard
}

func newViewer(t *testing.T, tab context.Context, b *Bot, url, person string) *viewer {
	t.Helper()
	ctx, stop := chromedp.NewContext(tab, chromedp.WithNewBrowserContext()) // the login of one is not that of another
	t.Cleanup(stop)
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	v := &viewer{t: t, ctx: ctx, url: url}
	if err := chromedp.Listen(ctx, v.listen); err != nil {
		t.Fatal(err)
	}
	console := chromedp.Console(ctx)
	go func() {
		for m, err := range console {
			if err != nil {
				return
			}
			if text, _ := json.Marshal(m); strings.Contains(string(text), "error") {
				v.complain("console: " + string(text))
			}
		}
	}()
	t.Cleanup(func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		for _, f := range v.faults {
			t.Error(f)
		}
		if v.asked == 0 {
			t.Error("no request was seen")
		}
	})
	v.login(b, person)
	return v
}

// listen hears of every request of the page.
func (v *viewer) listen(ev any) {
	if r, ok := ev.(*network.EventRequestWillBeSent); ok {
		if !strings.HasPrefix(r.Request.URL, v.url+"/") && !strings.HasPrefix(r.Request.URL, "data:") { // the browser's own icon of a date field
			v.complain("a request to elsewhere: " + r.Request.URL)
		}
		v.mu.Lock()
		defer v.mu.Unlock()
		v.asked++
	}
}

func (v *viewer) complain(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.faults = append(v.faults, text)
}

func (v *viewer) do(actions ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	if err := chromedp.Do(v.ctx, actions...); err != nil {
		v.t.Fatal(err)
	}
}

func (v *viewer) login(b *Bot, person string) {
	v.t.Helper()
	var code string
	err := b.store.Write(v.t.Context(), b.Now(), func(tx *store.Tx) (err error) {
		code, err = tx.NewCode(store.CodeLogin, person, time.Minute)
		return err
	})
	if err != nil {
		v.t.Fatal(err)
	}
	v.do(chromedp.Navigate(v.url+"/login/"+code), chromedp.Click("button.main"), chromedp.WaitVisible(".menu"))
}

// open shows a page and checks that nothing of it is wider than the screen, that its texts can be read, that every picture came, and that it
// says what it has to.
func (v *viewer) open(path string, size screen, says ...string) {
	v.t.Helper()
	v.do(chromedp.EmulateViewport(size.width, size.height), chromedp.Navigate(v.url+path))
	there, _ := json.Marshal(path)
	v.until(fmt.Sprintf(`document.readyState === "complete" && innerWidth === %d && decodeURI(location.pathname + location.search) === %s`, size.width, there))
	v.finds(path, size, "wider than the screen", `[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".menu, .scroll, .wide")).map(e => e.tagName + "." + e.className)`)
	v.finds(path, size, "the page is wider than the screen", `document.body.scrollWidth > innerWidth ? [document.body.scrollWidth] : []`)
	v.finds(path, size, "too faint", demotest.Faint)
	v.finds(path, size, "no picture", `Promise.all([...document.images].map(i => { i.loading = "eager"; return i.decode().then(() => "", () => i.src) })).then(all => all.filter(s => s))`)
	text, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](`document.querySelector("main").innerText`))
	if err != nil {
		v.t.Fatal(err)
	}
	for _, want := range says {
		if !strings.Contains(text, want) {
			v.t.Errorf("%s at %s does not show %q:\n%s", path, size.name, want, text)
		}
	}
}

// until waits until an expression is true.
func (v *viewer) until(expression string) {
	v.t.Helper()
	if err := demotest.Until(v.ctx, expression); err != nil {
		v.t.Fatal(err)
	}
}

// finds fails if an expression gives anything.
func (v *viewer) finds(path string, size screen, what, expression string) {
	v.t.Helper()
	found, err := chromedp.Run(v.ctx, chromedp.Evaluate[[]any](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		v.t.Fatalf("%s: %v", path, err)
	}
	if len(found) > 0 {
		v.t.Errorf("%s at %s: %s: %v", path, size.name, what, found[:min(len(found), 5)])
	}
}

// shot keeps a picture if DUBAN_SHOTS names a folder: of the screen, or of the whole page.
func (v *viewer) shot(name string, whole bool) {
	dir := os.Getenv("DUBAN_SHOTS")
	if dir == "" {
		return
	}
	shoot := chromedp.CaptureScreenshot()
	if whole {
		shoot = chromedp.FullScreenshot(100)
	}
	png, err := chromedp.Run(v.ctx, shoot)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600)
	}
	if err != nil {
		v.t.Error(err)
	}
}

type screen struct {
	name          string
	width, height int64
}

var (
	phone = screen{"phone", 390, 844}
	desk  = screen{"desk", 1280, 900}
	telly = screen{"wall", 1920, 1080}
)

// TestBrowserBoard opens every page as every role on a phone and at a desk, after a week and an evening of the demo's county.
// With DUBAN_SHOTS it keeps pictures of all; those called board-… are what docs/img shows.
func TestBrowserBoard(t *testing.T) {
	t.Parallel()
	tab := demotest.Browser(t)
	b, url := playedBoard(t)
	all := map[string][]string{
		"/":                 {"今日总览", "超期最久", "东关巷墙面乱涂乱画", "近 14 天走势", "昭阳街道"},
		"/issues":           {"#77", "沿河路垃圾", "已销号", "下一页"},
		"/issues?status=超期": {"#62", "超期 1小时"},
		"/issues/19":        {"碧桂苑草坪裸露", "限 11-24 17:00", "整改前", "今晚动员住户拔菜", "郭敏"},
		"/issues/66":        {"整改后", "待核查"},
		"/units":            {"昭阳街道", "90.10", "约谈名单"},
		"/units/chengdong":  {"得分怎么算的", "孙国平", "近 30 天名次", "#62"},
		"/places":           {"从未督查", "必查", "14 天内督查过"},
		"/places/东关巷":       {"责任单位", "#62"},
		"/rankings":         {"11月23日创城排名", "11月16日至22日创城周排名"},
		"/bulletins":        {"通报"},
		"/hot?time=近30天":    {"多发类别", "占"},
		"/exposure":         {"#62 东关巷", "整改后", "共 3 件"},
	}
	own := map[string][]string{
		"/":                {"本单位", "城东街道", "#62"},
		"/issues":          {"#62", "#19"},
		"/issues/19":       all["/issues/19"],
		"/units":           {"城东街道"},
		"/units/chengdong": all["/units/chengdong"],
		"/places":          {"东关巷"},
		"/places/东关巷":      all["/places/东关巷"],
		"/rankings":        all["/rankings"],
		"/bulletins":       all["/bulletins"],
		"/hot?time=近30天":   all["/hot?time=近30天"],
		"/exposure":        all["/exposure"],
	}
	for who, pages := range map[string]map[string][]string{"liu_jian": all, "chen_jing": all, "zhang_min": all, "hong_tao": all, "zhou_xia": own} {
		t.Run(who, func(t *testing.T) {
			v := newViewer(t, tab, b, url, who)
			for path, says := range pages {
				for _, size := range []screen{phone, desk} {
					v.open(path, size, says...)
					v.shot(who+"-"+strings.NewReplacer("/", "_", "?", "_").Replace(path)+"-"+size.name, true)
				}
			}
			testPublications(v)
		})
	}
	t.Run("wall", func(t *testing.T) { testWall(newViewer(t, tab, b, url, "liu_jian")) })
	t.Run("pictures", func(t *testing.T) { testDocPictures(newViewer(t, tab, b, url, "liu_jian")) })
}

// testPublications opens the newest ranking, with its picture, and the newest bulletin.
func testPublications(v *viewer) {
	v.t.Helper()
	for path, says := range map[string][]string{"/rankings": {"发布的原文", "版规则计分"}, "/bulletins": {"下载Word 文件", "工作要求"}} {
		v.do(chromedp.Navigate(v.url + path))
		link, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](`document.querySelector(".issues a").getAttribute("href")`))
		if err != nil {
			v.t.Fatal(err)
		}
		for _, size := range []screen{phone, desk} {
			v.open(link, size, says...)
			v.shot("publication"+strings.ReplaceAll(path, "/", "-")+"-"+size.name, true)
		}
	}
}

// testWall looks at every panel of the wall: on a television nothing of it has to be scrolled to.
func testWall(v *viewer) {
	v.t.Helper()
	for n, says := range []string{"昭阳街道", "东关巷墙面乱涂乱画", "立案", "整改前"} {
		path := fmt.Sprintf("/wall?panel=%d", n+1)
		for _, size := range []screen{telly, phone} {
			v.open(path, size, "18:30", "待核查", says)
			v.shot(fmt.Sprintf("wall-%d-%s", n+1, size.name), true)
		}
		v.do(chromedp.EmulateViewport(telly.width, telly.height))
		const below = `[...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().bottom > (e.closest(".panel") || document.body).getBoundingClientRect().bottom + 1).map(e => e.tagName + "." + e.className)`
		v.finds(path, telly, "below the screen", below)
		v.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll(".panel tbody").forEach(b => { while (b.rows.length < (b.closest(".wallcols") ? 7 : 6)) b.append(b.rows[0].cloneNode(true)); })
			document.querySelectorAll("td.words").forEach(e => { e.textContent = "兴安县经济技术开发区管委会".repeat(3); })`))
		v.finds(path, telly, "below the screen with long names", below)
	}
}

// testDocPictures keeps the pictures of docs/img.
func testDocPictures(v *viewer) {
	v.t.Helper()
	for _, p := range []struct {
		name, path string
		size       screen
	}{
		{"board-overview", "/", desk},
		{"board-phone", "/", phone},
		{"board-issue", "/issues/66", desk},
		{"board-ledger", "/issues?status=未销号&order=due", desk},
		{"board-wall", "/wall?panel=1", telly},
	} {
		v.open(p.path, p.size)
		v.shot(p.name, false)
	}
}
