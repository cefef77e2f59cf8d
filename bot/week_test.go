package bot

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/config"
	"duban/internal/web"
)

// TestWeek lives through a week: people work, photos come, files go out, jobs run, the configuration is changed, the dashboard is looked at,
// logins are lost and renewed. What the program holds is the same on each evening from the second on: goroutines, open files, temporary
// files, the entries of every map that it reaches, and memory.
func TestWeek(t *testing.T) {
	if raced || testing.Short() {
		t.Skip("the first day shows what races")
	}
	w := newWeek(t)
	var second, last holding
	for day := range 7 {
		w.day(day)
		last = w.evening()
		t.Logf("day %d: %d goroutines, %d files, %d temporary, %d KB, %d entries in %d maps",
			day+1, last.goroutines, last.files, last.temporary, last.heap>>10, last.entries(), len(last.maps))
		if day == 1 {
			second = last
		}
	}
	last.noMoreThan(t, second)
}

// week is a bot on WeChat and 企业微信, with its dashboard.
type week struct {
	*player
	follower follower
	board    *httptest.Server
	temp     string
	filed    int
}

func newWeek(t *testing.T) *week {
	t.Helper()
	cfg := editable(t)
	dir := t.TempDir()
	cfg.Storage.DSN, cfg.Storage.Media = config.Secret(filepath.Join(dir, "duban.db")), filepath.Join(dir, "media")
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	b := openBot(t, cfg, time.Date(2026, 11, 23, 8, 30, 0, 0, shanghai(t)))
	p := &player{t: t, bot: b, at: map[string]town{}, arrived: make(chan error, 100), online: make(chan struct{}, 100), seen: map[town]int{}}
	p.towns = []town{onWeChat(t, b), onWeCom(t, b)}
	for n, g := range b.register().Chats {
		p.at[g.ID] = p.towns[n%len(p.towns)]
	}
	t.Cleanup(p.connect())
	server, err := web.New(b.boardConfig(cfg.Web))
	if err != nil {
		t.Fatal(err)
	}
	w := &week{player: p, follower: follower{bot: b}, board: httptest.NewServer(server.Handler()), temp: temp}
	t.Cleanup(w.board.Close)
	b.board = &board{address: w.board.URL}
	return w
}

// day is a day of the week, the first being 0.
func (w *week) day(n int) {
	w.t.Helper()
	if err := w.bot.Advance(w.t.Context(), time.Date(2026, 11, 23+n, 9, 0, 0, 0, shanghai(w.t))); err != nil {
		w.t.Fatal(err)
	}
	w.heard()
	var work strings.Builder
	for k := range 3 {
		w.filed++
		fmt.Fprintf(&work, strings.ReplaceAll(`张敏@inspect: 上报 金水湾小区%[2]d号楼楼道堆放杂物
张敏@inspect: [图 前%[1]d.jpg]
李强@zhaoyang_group: 签收 #
李强@zhaoyang_group: 完成 # 已清
李强@zhaoyang_group: [图 后%[1]d.jpg]
张敏@inspect: 查 #
张敏@inspect: 照片 #
李强@inspect: 收到，马上安排
罗刚@inspect: 通过 #
`, "#", fmt.Sprint(w.filed)), w.filed, 1+n*3+k)
	}
	work.WriteString("陈静@office: 台账 全部 照片\n陈静@office: 排名\n张敏@inspect: 我的\n张敏@inspect~: 帮助\n")
	steps, err := chat.ParseScript(strings.NewReader("at 09:00\n" + work.String()))
	if err != nil {
		w.t.Fatal(err)
	}
	answered := 0
	for _, st := range steps[1:] {
		answered += len(w.do(st))
	}
	if answered < 20 {
		w.t.Fatalf("%d lines were answered", answered)
	}
	w.strangers(n)
	w.edit(n)
	w.look()
	switch n {
	case 0, 2, 5:
		w.loseLogin()
	case 1, 4:
		w.loseLine()
	}
}

// strangers are people whom nobody knows, in groups and in private.
func (w *week) strangers(n int) {
	w.t.Helper()
	for k := range 40 {
		m := said("wecom", 0, fmt.Sprintf("stranger-%d-%d", n, k), fmt.Sprintf("wr-%d-%d", n, k%10), "督办 我的")
		m.ID, m.Mentioned = fmt.Sprintf("strange-%d-%d", n, k), true
		if err := w.bot.Receive(w.t.Context(), m); err != nil {
			w.t.Fatal(err)
		}
	}
	settle(w.t, w.bot)
	w.heard()
}

// edit changes the configuration twice, well and badly.
func (w *week) edit(n int) {
	w.t.Helper()
	file := w.bot.started.File
	text, err := os.ReadFile(file)
	if err != nil {
		w.t.Fatal(err)
	}
	good := regexp.MustCompile(`name: 湖滨公园.*?,`).ReplaceAllString(string(text), fmt.Sprintf("name: 湖滨公园%d号,", n))
	before := w.bot.edition()
	for _, changed := range []string{good + "\nunknown: 1\n", good} {
		if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
			w.t.Fatal(err)
		}
		w.follower.reload(w.t.Context(), bySaving)
	}
	if w.bot.edition() == before {
		w.t.Fatal("the configuration was not taken")
	}
	settle(w.t, w.bot)
	w.heard()
}

// look opens every kind of page of the dashboard, and leaves some before they are there.
func (w *week) look() {
	w.t.Helper()
	w.say(w.towns[1], words{person: "chen_jing", text: "后台"})
	code := regexp.MustCompile(`/login/(\S+)`).FindStringSubmatch(strings.Join(w.heard(), "\n"))
	if code == nil {
		w.t.Fatal("no link to the dashboard")
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Jar: jar, Transport: transport}
	resp, err := client.PostForm(w.board.URL+"/login", url.Values{"code": {code[1]}})
	if err != nil {
		w.t.Fatal(err)
	}
	_ = resp.Body.Close()
	for _, path := range []string{
		"/", "/issues", "/issues/1", "/photos/1", "/issues/export/xlsx", "/issues/export/csv", "/units", "/units/zhaoyang", "/places", "/rankings", "/rankings/1", "/hot",
		"/jobs", "/outbox", "/people", "/channels", "/config", "/wall", "/audit", "/nothing",
	} {
		for _, stays := range []bool{true, false} {
			ctx, leave := context.WithCancel(w.t.Context())
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.board.URL+path, nil)
			if err != nil {
				w.t.Fatal(err)
			}
			resp, err := client.Do(req)
			if err != nil {
				w.t.Fatal(err)
			}
			if resp.StatusCode >= http.StatusInternalServerError || resp.StatusCode == http.StatusUnauthorized {
				w.t.Errorf("%s: %s", path, resp.Status)
			}
			if !stays {
				leave()
			}
			_ = resp.Body.Close()
			leave()
		}
	}
}

// loseLogin ends the login of WeChat, which then has new keys. Who is thrown out more often waits for hours.
func (w *week) loseLogin() {
	w.t.Helper()
	wechat := w.towns[0].(*weChatTown)
	wechat.srv.AllowPush(true)
	wechat.srv.Expire(1101)
	<-w.online
	w.bind(wechat)
}

// loseLine cuts the connections. That of 企业微信 comes back more slowly each time.
func (w *week) loseLine() {
	w.towns[0].(*weChatTown).srv.Break()
	w.towns[1].(*weComTown).srv.Break()
	<-w.online
}

// holding is what the program holds.
type holding struct {
	goroutines, files, temporary int
	heap                         uint64
	maps                         map[string]int // entries, by the way from the bot
	stacks                       string
}

func (h holding) entries() (n int) {
	for _, size := range h.maps {
		n += size
	}
	return n
}

// evening is what the program holds when all is quiet. Connections that were closed end by themselves a little later.
func (w *week) evening() (h holding) {
	w.t.Helper()
	settle(w.t, w.bot)
	for n := 0; n < 20 && (n < 3 || runtime.NumGoroutine() > h.goroutines); n++ {
		runtime.GC()
		h.goroutines = runtime.NumGoroutine()
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	var stacks strings.Builder
	_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
	h.heap, h.stacks, h.maps = mem.HeapAlloc, stacks.String(), map[string]int{}
	if fds, err := os.ReadDir("/proc/self/fd"); err == nil { // elsewhere there is none
		h.files = len(fds)
	}
	left, err := os.ReadDir(w.temp)
	if err != nil {
		w.t.Fatal(err)
	}
	h.temporary = len(left)
	count(h.maps, "bot", reflect.ValueOf(w.bot), map[uintptr]bool{})
	return h
}

// count counts the entries of the maps that a value of the program reaches.
func count(into map[string]int, path string, v reflect.Value, seen map[uintptr]bool) {
	switch v.Kind() {
	case reflect.Map:
		into[path] += v.Len()
	case reflect.Interface:
		if !v.IsNil() {
			count(into, path, v.Elem(), seen)
		}
	case reflect.Pointer:
		if v.IsNil() || seen[v.Pointer()] {
			return
		}
		seen[v.Pointer()] = true
		count(into, path, v.Elem(), seen)
	case reflect.Slice, reflect.Array:
		for n := range min(v.Len(), 50) {
			count(into, path, v.Index(n), seen)
		}
	case reflect.Struct:
		if pkg := v.Type().PkgPath(); strings.HasSuffix(pkg, "test") || pkg == "testing" || pkg == "log/slog" || pkg == "reflect" {
			return
		}
		for n := range v.NumField() {
			count(into, path+"."+v.Type().Field(n).Name, v.Field(n), seen)
		}
	}
}

// most is how much is remembered of what is forgotten by its number.
var most = map[string]int{
	"bot.guesses.by": mostFloods, "bot.channels.parts.sent": 1000, "bot.channels.cards.kept": 256, "bot.store.writer.Config.ConnPool.ready": 400,
}

// recorded is how much memory the networks of the test keep of what they were sent in five days, and more.
const recorded = 8 << 20

// slack is what may differ by chance: a connection that is just being closed.
const slack = 3

// noMoreThan compares what is held with what was held days before.
func (h holding) noMoreThan(t *testing.T, before holding) {
	t.Helper()
	if h.goroutines > before.goroutines+slack {
		t.Errorf("%d goroutines more:\n%s", h.goroutines-before.goroutines, h.stacks)
	}
	if h.files > before.files+slack {
		t.Errorf("%d open files more", h.files-before.files)
	}
	if h.temporary > before.temporary {
		t.Errorf("%d temporary files more", h.temporary-before.temporary)
	}
	for _, path := range slices.Sorted(maps.Keys(h.maps)) {
		if h.maps[path] <= most[path] {
			continue
		}
		if n := h.maps[path] - before.maps[path]; n > slack {
			t.Errorf("%s has %d entries more, %d in all", path, n, h.maps[path])
		}
	}
	if h.heap > before.heap+recorded {
		t.Errorf("%d KB of memory, %d before", h.heap>>10, before.heap>>10)
	}
}
