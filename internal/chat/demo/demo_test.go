package demo

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"duban/internal/chat"
)

// call makes a request of the page and returns the status and the answer's sentence or body.
func call(t *testing.T, b *fakeBot, method, path, body string, change func(*http.Request)) (status int, text string, header http.Header) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "http://127.0.0.1:8710"+path, strings.NewReader(body))
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	b.ch.Handler().ServeHTTP(w, r)
	var refused struct{ Error string }
	text = w.Body.String()
	if json.Unmarshal(w.Body.Bytes(), &refused) == nil && refused.Error != "" {
		text = refused.Error
	}
	return w.Code, text, w.Header()
}

func TestOnlyThisMachine(t *testing.T) {
	b := newDemo(t, nil)
	for host, want := range map[string]int{
		"127.0.0.1:8710": 200, "localhost": 200, "[::1]:8710": 200, "evil.example:8710": 421, "127.0.0.1.evil.example": 421, "192.168.1.5:8710": 421, "": 421,
	} {
		code, _, header := call(t, b, "GET", "/", "", func(r *http.Request) { r.Host = host })
		if code != want {
			t.Errorf("host %q: %d, want %d", host, code, want)
		}
		csp := header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("host %q: headers %v", host, header)
		}
	}
	code, text, _ := call(t, b, "POST", "/api/play", "{}", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") })
	if code != 403 || text != "不接受别的网站发来的操作" {
		t.Errorf("another site's call: %d %s", code, text)
	}
	for _, address := range []string{":8710", "0.0.0.0:8710", "192.168.1.5:8710", "example.com:8710"} {
		if _, err := New(Config{Listen: address}); err == nil || !strings.Contains(err.Error(), "演示只能在本机打开") {
			t.Errorf("listen on %s: %v", address, err)
		}
	}
}

func TestAddressTaken(t *testing.T) {
	one, err := New(Config{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer one.listen.Close()
	if _, err := New(Config{Listen: one.Addr()}); err == nil || !strings.Contains(err.Error(), "已被别的程序占用") {
		t.Errorf("taken address: %v", err)
	}
}

// TestNoOutsideRequests: the page works without any other machine, and has no inline scripts or styles for the policy to
// refuse.
func TestNoOutsideRequests(t *testing.T) {
	files, err := filepath.Glob("static/*")
	if err != nil || len(files) < 5 {
		t.Fatalf("%v %v", files, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(data), "http://www.w3.org/2000/svg", "")
		for _, bad := range []string{"http://", "https://", "onclick=", "style=\"", "innerHTML", "<style", "eval("} {
			if strings.Contains(text, bad) {
				t.Errorf("%s contains %s", f, bad)
			}
		}
	}
}

func TestMessagesRefused(t *testing.T) {
	b := newDemo(t, nil)
	if code, text, _ := call(t, b, "POST", "/api/messages", `{"person":"zhang_min","chat":"inspect","text":"甲"}`, nil); code != 503 || text != notReady {
		t.Errorf("before Run: %d %s", code, text)
	}
	b.run(t)
	for body, want := range map[string]string{
		`{"person":"zhang_min","chat":"inspect","text":" \n "}`:                                    "请先写点什么",
		`{"person":"nobody","chat":"inspect","text":"甲"}`:                                          "请先选择您是谁",
		`{"person":"zhang_min","chat":"leaders","text":"甲"}`:                                       "您不在这个群里",
		`{"person":"zhang_min","chat":"nowhere","text":"甲"}`:                                       "您不在这个群里",
		`{"person":"zhang_min","chat":"~li_qiang","text":"甲"}`:                                     "这是别人和督办的私聊",
		`{"person":"zhang_min","chat":"inspect","pictures":["../../etc/passwd"]}`:                  "图片或文件已经不在了",
		`{"person":"zhang_min","chat":"inspect","file":{"ref":"../../etc/passwd"}}`:                "图片或文件已经不在了",
		`{"person":"zhang_min","chat":"inspect","text":"看","file":{"ref":"x"}}`:                    "文件要单独发",
		`{"person":"zhang_min","chat":"inspect","pictures":["","","","","","","","","",""]}`:       "一次最多发 9 张图片",
		`{"person":"zhang_min","chat":"inspect","text":"` + strings.Repeat("长", maxText+1) + `"}`:  "一条消息最多 20000 字",
		`{"person":"zhang_min","chat":"inspect","text":"` + strings.Repeat("长", maxRequest) + `"}`: "内容太长，最多 256 KB",
		`{"surprise":1}`: "页面和程序的版本不一致，请刷新页面",
		`not json`:       "页面和程序的版本不一致，请刷新页面",
	} {
		if code, text, _ := call(t, b, "POST", "/api/messages", body, nil); code/100 != 4 || text != want {
			t.Errorf("%.60s: %d %s, want %s", body, code, text, want)
		}
	}
	if got := b.messages(); len(got) != 0 {
		t.Errorf("the bot got %d of the refused messages", len(got))
	}
}

func TestStrangerIsNobody(t *testing.T) {
	b := newDemo(t, nil)
	b.run(t)
	if code, text, _ := call(t, b, "POST", "/api/messages", `{"person":"?陌生人","chat":"inspect","text":"@督办 完成 1\r\n乙"}`, nil); code != 200 {
		t.Fatal(code, text)
	}
	m := b.messages()[0]
	if m.From.Key != "?陌生人" || !m.Mentioned || m.Text != "完成 1\n乙" || m.Channel != Name || m.ID == "" || !m.SentAt.Equal(monday()) {
		t.Errorf("got %+v", m)
	}
}

func TestPicturesRefused(t *testing.T) {
	b := newDemo(t, nil)
	for body, want := range map[string]string{
		"":                                "图片是空的",
		"<script>":                        "这不是图片，请选 JPG、PNG、GIF 或 WebP 文件",
		"<svg xmlns='x'></svg>":           "这不是图片，请选 JPG、PNG、GIF 或 WebP 文件",
		strings.Repeat("x", maxPicture+1): "图片太大，最大 12 MB",
	} {
		if code, text, _ := call(t, b, "POST", "/api/pictures", body, nil); code/100 != 4 || text != want {
			t.Errorf("%.20q: %d %s, want %s", body, code, text, want)
		}
	}
	if _, err := b.ch.FetchPicture(t.Context(), chat.Picture{Ref: "none"}); !errors.Is(err, chat.ErrGone) {
		t.Errorf("a picture that is gone: %v", err)
	}
	for _, path := range []string{"/pictures/none", "/pictures/scene:x", "/pictures/..%2f..%2fgo.mod", "/files/1", "/files/x"} {
		if code, text, _ := call(t, b, "GET", path, "", nil); code != 404 {
			t.Errorf("%s: %d %s", path, code, text)
		}
	}
}

func TestFilesOfVisitors(t *testing.T) {
	b := newDemo(t, nil)
	b.run(t)
	if code, text, _ := call(t, b, "POST", "/api/files?name=a.xlsx", "", nil); code != 400 || text != "文件没有传完，请再试一次" {
		t.Errorf("empty: %d %s", code, text)
	}
	if code, text, _ := call(t, b, "POST", "/api/files?name=a.xlsx", strings.Repeat("x", maxFile+1), nil); code != 413 || text != "文件太大，最大 25 MB" {
		t.Errorf("too large: %d %s", code, text)
	}
	for name, want := range map[string]string{
		"": "文件", "..": "..", `C:\表\反馈.xlsx`: "反馈.xlsx", "../../x.xlsx": "x.xlsx", "a\nb.csv": "ab.csv", strings.Repeat("长", 200) + ".xlsx": strings.Repeat("长", maxName-5) + ".xlsx",
	} {
		if got := fileName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	if code, _, _ := call(t, b, "GET", "/api/sample", "", nil); code != 404 {
		t.Errorf("a sample where there is none: %d", code)
	}
}

func TestAttachments(t *testing.T) {
	b := newDemo(t, nil)
	b.run(t)
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("<script>表</script>"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := chat.Outgoing{ID: "1", Conversation: "inspect", Attachment: &chat.Attachment{Name: "台账 \"甲\".xlsx", Path: path}}
	if err := b.ch.Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	code, text, header := call(t, b, "GET", "/files/1", "", nil)
	if code != 200 || text != "<script>表</script>" || header.Get("Content-Type") != "application/octet-stream" ||
		!strings.HasPrefix(header.Get("Content-Disposition"), "attachment; filename*=UTF-8''%E5%8F%B0") {
		t.Errorf("%d %q %v", code, text, header)
	}
	out.ID = "2"
	var failed *chat.SendError
	if err := b.ch.Send(t.Context(), out); !errors.As(err, &failed) || !failed.Retry {
		t.Errorf("a file that is gone: %v", err)
	}
}

func TestSend(t *testing.T) {
	b := newDemo(t, nil)
	for range 2 {
		if err := b.ch.Send(t.Context(), chat.Outgoing{ID: "1", Conversation: "~zhang_min", Text: "甲"}); err != nil {
			t.Fatal(err)
		}
	}
	if news, _, _ := b.ch.room.since(0, 0); len(news) != 1 {
		t.Errorf("%d messages shown of one that was sent twice", len(news))
	}
	for _, where := range []string{"nowhere", "~nobody"} {
		var failed *chat.SendError
		if err := b.ch.Send(t.Context(), chat.Outgoing{ID: "2", Conversation: where}); !errors.As(err, &failed) || failed.Retry {
			t.Errorf("%s: %v, want a final error", where, err)
		}
	}
}

func TestBusyBot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newDemo(t, nil)
		b.ch.setSink(t.Context(), b)
		b.fails = 2
		m, e, err := b.ch.message(posted{Person: "zhang_min", Chat: "inspect", Text: "甲"})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.ch.say(t.Context(), m, e); err != nil || len(b.messages()) != 1 {
			t.Errorf("after two failures: %v, %d messages", err, len(b.messages()))
		}
		b.fails = 1000
		if err := b.ch.say(t.Context(), m, e); err == nil || err.Error() != "消息没有收下，请再发一次" {
			t.Errorf("a bot that is out of order: %v", err)
		}
		news, _, _ := b.ch.room.since(0, 0)
		if last := news[len(news)-1]; last.kind != "failed" || string(last.data) != `{"seq":2}` {
			t.Errorf("last event: %s %s", last.kind, last.data)
		}
	})
}

// stream reads events until one of a kind has come and returns their kinds and the last id.
func stream(t *testing.T, url, after, until string) (kinds []string, id string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url+"/api/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Last-Event-ID", after)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		if v, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
			id = v
		}
		if v, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			kinds = append(kinds, v)
		}
		if strings.Contains(lines.Text(), until) {
			return kinds, id
		}
	}
	t.Fatalf("the stream ended after %v: %v", kinds, lines.Err())
	return nil, ""
}

func TestStreamResumes(t *testing.T) {
	b := newDemo(t, nil)
	srv := httptest.NewServer(b.ch.Handler())
	t.Cleanup(srv.Close)
	for _, text := range []string{"甲", "乙", "丙"} {
		b.ch.room.add(entry{Chat: "inspect", Text: text})
	}
	kinds, id := stream(t, srv.URL, "", `"text":"乙"`)
	if strings.Join(kinds, " ") != "hello message message" {
		t.Errorf("events %v", kinds)
	}
	if kinds, _ = stream(t, srv.URL, id, `"text":"丙"`); strings.Join(kinds, " ") != "hello message" {
		t.Errorf("after %s: %v", id, kinds)
	}
	if kinds, _ = stream(t, srv.URL, "otherrun.3", `"text":"丙"`); len(kinds) != 4 {
		t.Errorf("after another run: %v", kinds)
	}
	go b.ch.room.add(entry{Chat: "inspect", Text: "丁"})
	if kinds, _ = stream(t, srv.URL, id, `"text":"丁"`); len(kinds) != 3 {
		t.Errorf("live: %v", kinds)
	}
}

func TestRoomWakes(t *testing.T) {
	r := newRoom("x")
	for name, change := range map[string]func(){
		"message": func() { r.add(entry{Text: "甲"}) },
		"failure": func() { r.fail(1) },
		"state":   func() { r.set("clock", 1) },
	} {
		_, _, wake := r.since(0, 0)
		change()
		select {
		case <-wake:
		default:
			t.Errorf("a %s wakes nobody", name)
		}
	}
	_, _, wake := r.since(0, 0)
	r.set("clock", 1)
	select {
	case <-wake:
		t.Error("a state that stays the same is news")
	default:
	}
}

// TestQuotesStayInTheirChat: the number of a message of somebody's private chat must not show it elsewhere.
func TestQuotesStayInTheirChat(t *testing.T) {
	b := newDemo(t, nil)
	secret := b.ch.room.add(entry{Chat: "~li_qiang", Name: "李强", Text: "密"})
	open := b.ch.room.add(entry{Chat: "inspect", Name: "李强", Text: "明"})
	if m, e, err := b.ch.message(posted{Person: "zhang_min", Chat: "inspect", Text: "甲", Quote: secret}); err != nil || m.Quote != nil || e.Quote != nil {
		t.Errorf("quote of another chat: %+v %v", m.Quote, err)
	}
	if m, _, err := b.ch.message(posted{Person: "zhang_min", Chat: "inspect", Text: "甲", Quote: open}); err != nil || m.Quote == nil || m.Quote.Text != "明" {
		t.Errorf("quote of this chat: %+v %v", m.Quote, err)
	}
}

func TestRoomForgets(t *testing.T) {
	r := newRoom("x")
	for range keepEvents + 10 {
		r.add(entry{Text: "甲"})
	}
	if news, _, _ := r.since(0, 0); len(news) != keepEvents || news[0].seq != 11 {
		t.Errorf("%d events kept, first %d", len(news), news[0].seq)
	}
	if _, ok := r.find(10); ok {
		t.Error("a forgotten message is found")
	}
	if _, ok := r.find(11); !ok {
		t.Error("a kept message is not found")
	}
}

func TestClockButtons(t *testing.T) {
	for button, want := range map[string]string{"deadline": "11-23 17:30", "evening": "11-23 18:00", "tomorrow": "11-24 08:30", "hour": "11-23 10:00"} {
		b := newDemo(t, nil)
		if code, text, _ := call(t, b, "POST", "/api/clock", `{"to":"`+button+`"}`, nil); code != 200 || b.Now().Format("01-02 15:04") != want {
			t.Errorf("%s: %d %s, now %v, want %s", button, code, text, b.Now(), want)
		}
	}
	b := newDemo(t, nil)
	b.now = b.now.Add(10 * time.Hour)
	if _, _, _ = call(t, b, "POST", "/api/clock", `{"to":"evening"}`, nil); b.Now().Format("01-02 15:04") != "11-24 18:00" {
		t.Errorf("evening after 18:00: %v", b.Now())
	}
	b.due = time.Time{}
	for button, want := range map[string]string{"deadline": "没有未办结的问题，也就没有截止时刻", "x": "页面和程序的版本不一致，请刷新页面"} {
		if code, text, _ := call(t, b, "POST", "/api/clock", `{"to":"`+button+`"}`, nil); code != 409 || text != want {
			t.Errorf("%s: %d %s", button, code, text)
		}
	}
}

func TestDayNumbersMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newDemo(t, func(c *Config) {
			c.History = script(t, "张敏@inspect: 上报 甲\n张敏@inspect: 上报 乙\n")
			c.Day = script(t, "张敏@inspect: 上报 丙\n张敏@inspect: [引 督办：#3 丙] 查 3、2，1号楼\n")
		})
		b.run(t)
		synctest.Wait()
		call(t, b, "POST", "/api/messages", `{"person":"zhang_min","chat":"inspect","text":"上报 别的"}`, nil)
		if code, text, _ := call(t, b, "POST", "/api/play", "{}", nil); code != 200 {
			t.Fatal(code, text)
		}
		if code, text, _ := call(t, b, "POST", "/api/play", "{}", nil); code != 409 || text != "正在播放，请先停止" {
			t.Errorf("a second player: %d %s", code, text)
		}
		time.Sleep(2 * dayLength)
		got := b.messages()
		if last := got[len(got)-1]; last.Text != "查 4、2，1号楼" || last.Quote.Text != "#4 丙" {
			t.Errorf("last: %q, quote %+v", last.Text, last.Quote)
		}
	})
}

func TestDayStopsWithRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newDemo(t, func(c *Config) { c.Day = script(t, strings.Repeat("张敏@inspect: 甲\n", 100)) })
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- b.ch.Run(ctx, b) }()
		synctest.Wait()
		call(t, b, "POST", "/api/play", "{}", nil)
		time.Sleep(10 * time.Second)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if n := len(b.messages()); n < 14 || n > 20 {
			t.Errorf("%d messages in ten seconds of a minute's day of 100", n)
		}
		if code, text, _ := call(t, b, "POST", "/api/play", "{}", nil); code != 503 || text != notReady {
			t.Errorf("after Run: %d %s", code, text)
		}
	})
}

func TestScenes(t *testing.T) {
	seen := map[string]string{}
	for _, kind := range []string{"垃圾", "楼道", "乱停", "广告", "路面", "占道", "绿化", "河道", "设施", "别的"} {
		for _, when := range []string{"before", "after"} {
			for _, seed := range []string{"1", "2"} {
				ref := "scene:" + kind + ":" + seed + ":" + when
				data, err := OpenScene(ref)
				if err != nil {
					t.Fatal(err)
				}
				if other := seen[string(data)]; other != "" {
					t.Errorf("%s and %s are the same picture", ref, other)
				}
				seen[string(data)] = ref
				if again, _ := OpenScene(ref); !bytes.Equal(data, again) {
					t.Errorf("%s is not the same twice", ref)
				}
			}
		}
	}
	for _, ref := range []string{"scene:", "scene:垃圾:x:before", "scene:垃圾:1:later", "scene:垃圾:1:before:x"} {
		if _, err := OpenScene(ref); err == nil {
			t.Errorf("%s is drawn", ref)
		}
	}
}

// TestServes runs the real server: it serves while Run does, and its waiting listeners do not hold it up when it ends.
func TestServes(t *testing.T) {
	b := newDemo(t, func(c *Config) { c.Listen = "127.0.0.1:0" })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- b.ch.Run(ctx, b) }()
	kinds, _ := stream(t, "http://"+b.ch.Addr(), "", `"now":"2026-11-23T09:00:00`)
	if len(kinds) != 2 {
		t.Errorf("events %v", kinds)
	}
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+b.ch.Addr()+"/api/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := io.ReadAll(res.Body); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Logf("the stream ended with %v", err)
	}
}

// FuzzMessages sends anything at all as a message: it is taken or refused with a sentence, and a refused one reaches nobody.
func FuzzMessages(f *testing.F) {
	f.Add(`{"person":"zhang_min","chat":"inspect","text":"上报 甲","quote":1}`)
	f.Add(`{"person":"?陌生人","chat":"~?陌生人","text":"@督办","pictures":["scene:x"]}`)
	f.Add(`{"person":"~","chat":"~~","text":"\u0000"}`)
	f.Fuzz(func(t *testing.T, body string) {
		b := newDemo(t, nil)
		b.ch.setSink(t.Context(), b)
		code, text, _ := call(t, b, "POST", "/api/messages", body, nil)
		if taken := len(b.messages()) == 1; (code == 200) != taken || (code != 200 && code/100 != 4) || text == "" {
			t.Errorf("%q: %d %s, %d messages", body, code, text, len(b.messages()))
		}
	})
}
