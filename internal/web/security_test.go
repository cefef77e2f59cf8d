package web

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/health"
	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// officeDoors and adminDoors are the beginnings of the addresses that are not for everybody, with the roles that may open them. A
// route with roles that is in neither list fails the test: whoever adds one says here whom it is for.
var (
	officeDoors = []string{"/jobs", "/outbox", "/dead", "/people", "/chats", "/import"}
	adminDoors  = []string{"/channels", "/config", "/audit"}
)

func begins(path string, list []string) bool {
	return slices.ContainsFunc(list, func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") })
}

// sample is an address of a route: with ids of things that there are.
func sample(pattern string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	values := []string{
		"{$}", "", "/people/{id}", "/people/li_qiang", "/chats/{id}", "/chats/inspect", "/units/{id}", "/units/zhaoyang",
		"{channel}", "wechat", "{name}", "wechat", "{job}", "summary", "{slot}", "1", "{act}", "drop", "{id}", "1", "{kind}", "ranking", "{", "", "}", "", "...", "",
	}
	return method, strings.NewReplacer(values...).Replace(path)
}

// visitors are one of each role, the holder of the token, and those whom nobody lets in.
func (b *board) visitors() map[string]*browser {
	b.t.Helper()
	all := map[string]*browser{"stranger": b.browser(), "token": b.browser(), "forged": b.browser(), "expired": b.browser()}
	for _, person := range []string{"liu_jian", "zhang_min", "zhang_wei", "li_qiang", "chen_jing", "wu_di"} {
		all[person] = b.as(person)
	}
	if status, _ := all["token"].post("/login", url.Values{"token": {token}}); status != http.StatusSeeOther {
		b.t.Fatalf("token: %d", status)
	}
	home, _ := url.Parse(b.http.URL)
	all["forged"].client.Jar.SetCookies(home, []*http.Cookie{{Name: "duban", Value: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", Path: "/"}})
	b.server.sessions.Lifetime = time.Nanosecond
	jar := all["expired"].client.Jar
	code := b.code("wu_di")
	resp, err := b.http.Client().Transport.RoundTrip(b.loginRequest(code))
	if err != nil {
		b.t.Fatal(err)
	}
	_ = resp.Body.Close()
	for _, c := range resp.Cookies() { // kept longer than the browser would
		jar.SetCookies(home, []*http.Cookie{{Name: c.Name, Value: c.Value, Path: "/"}})
	}
	b.server.sessions.Lifetime = sessionLife
	return all
}

func (b *board) loginRequest(code string) *http.Request {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.http.URL+"/login", strings.NewReader("code="+code))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// supervisorDoors are for those who see the figures of all units.
var supervisorDoors = []string{"/wall"}

// TestRoleByRoute knocks at every door as everybody.
func TestRoleByRoute(t *testing.T) {
	b := newBoard(t)
	b.fill()
	b.server.Lent.Config = (&file{text: "units: []\n"}).lent()
	for who, br := range b.visitors() {
		out := who == "stranger" || who == "forged" || who == "expired"
		office := who == "token" || who == "chen_jing"
		admin := who == "token" || who == "wu_di"
		supervises := office || admin || who == "liu_jian" || who == "zhang_min"
		for _, r := range b.server.routes() {
			if r.open {
				continue
			}
			method, path := sample(r.pattern)
			status, body := br.do(br.request(method, path, nil))
			listed := begins(path, officeDoors) || begins(path, adminDoors) || begins(path, supervisorDoors)
			if listed != (r.roles != nil) {
				t.Errorf("%s: say in this test whom it is for", r.pattern)
			}
			may := !listed || begins(path, officeDoors) && (office || admin) || begins(path, adminDoors) && admin || begins(path, supervisorDoors) && supervises
			if method == http.MethodPost && begins(path, []string{"/import"}) { // filing is the office's alone
				may = office
			}
			var right bool
			switch {
			case out && method == http.MethodGet:
				right = status == http.StatusSeeOther && !strings.Contains(body, "昭阳")
			case out:
				right = status == http.StatusUnauthorized
			case !may:
				right = status == http.StatusForbidden
			default:
				right = status != http.StatusUnauthorized && status != http.StatusForbidden && status < 500
			}
			if !right {
				t.Errorf("%s, %s %s: %d", who, method, path, status)
			}
		}
	}
}

// evil is what somebody writes who wants the administrators' browser.
const evil = `<script>alert(1)</script>"'&<img src=x onerror=alert(1)>`

// fill gives everything that has words such words.
func (b *board) fill() {
	b.t.Helper()
	reg := b.policy.Reg
	storetest.Lives(b.t, b.store, b.policy, b.now.AddDate(0, 0, -14), 40, 3)
	reg.Chats = []issue.Chat{{ID: "inspect", Name: evil, For: []issue.Purpose{issue.ForRanking}}}
	for n := range reg.People {
		reg.People[n].Name = evil
	}
	for n := range reg.Units {
		reg.Units[n].Name = evil
	}
	b.letters()
	b.lender.channels = []health.Channel{{Name: "wechat", State: chat.StateScan, Account: evil, Text: evil, QR: evil}}
	storetest.Write(b.t, b.store, b.now, func(tx *store.Tx) error {
		list, err := tx.Issues(store.Filter{})
		if err != nil {
			return err
		}
		for _, i := range list {
			i.Text, i.Measure, i.PlaceText = evil, evil, evil
			i.Seq++
			if err := tx.SaveIssue(i, issue.Event{Issue: i.ID, Seq: i.Seq, Action: issue.Note, Note: evil, By: "li_qiang", At: b.now}); err != nil {
				return err
			}
		}
		for _, o := range []store.Out{{To: store.ToChat("inspect"), Text: evil}, {To: store.ToConversation(evil, evil, evil), Text: evil}, {To: store.Target(evil), Text: evil}} {
			if err := tx.Send(o); err != nil {
				return err
			}
		}
		if _, err := tx.ClaimRun("summary", time.Unix(1, 0), store.RunFailed, evil); err != nil {
			return err
		}
		if err := tx.BindChat(store.ChatBinding{Channel: "wechat", Chat: "inspect", Session: "now", Name: evil}, "li_qiang"); err != nil {
			return err
		}
		return tx.Audit("wu_di", evil, evil)
	})
	queued := b.outbox(store.OutQueued)
	storetest.Write(b.t, b.store, b.now, func(tx *store.Tx) error {
		for _, o := range queued {
			if err := tx.Bury(o, evil); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *board) outbox(state string) (list []store.Outgoing) {
	b.t.Helper()
	storetest.Read(b.t, b.store, b.now, func(tx *store.Tx) (err error) {
		list, err = tx.Outbox(state, 100)
		return err
	})
	return list
}

// TestWordsAreWords: whatever people write in chat, and whatever networks and errors say, is text on every page.
func TestWordsAreWords(t *testing.T) {
	b := newBoard(t)
	b.fill()
	b.server.Lent.Config = (&file{text: evil}).lent()
	admin := b.browser()
	if status, _ := admin.post("/login", url.Values{"token": {token}}); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	shown := 0
	for _, r := range b.server.routes() {
		method, path := sample(r.pattern)
		if method != http.MethodGet {
			continue
		}
		_, body := admin.get(path)
		if strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x") || strings.Contains(body, `"'&<`) {
			t.Errorf("%s shows words as they are: %s", path, body)
		}
		if strings.Contains(body, "&lt;script&gt;alert(1)") {
			shown++
		}
	}
	if _, body := admin.edit("/config/check", evil, "0", ""); strings.Contains(body, "<script>alert") {
		t.Error("the checked file is shown as it is")
	}
	if shown < 6 {
		t.Errorf("only %d pages show the words at all", shown)
	}
}

// TestOddPaths: whatever stands where a path has a value, nothing breaks and nothing else is shown.
func TestOddPaths(t *testing.T) {
	b := newBoard(t)
	admin := b.browser()
	if status, _ := admin.post("/login", url.Values{"token": {token}}); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	for _, r := range b.server.routes() {
		method, pattern, _ := strings.Cut(r.pattern, " ")
		if !strings.Contains(pattern, "{") || strings.Contains(pattern, "{$}") {
			continue
		}
		for _, odd := range []string{"..%2f..%2fweb.go", "%2e%2e%2fboard.css", "..%5c..%5cweb.go", "%00", "-1", "99999999999999999999", "%3Cscript%3E", strings.Repeat("A", 5000), "%ff%fe", "*"} {
			path := pattern
			for strings.Contains(path, "{") {
				from, to := strings.Index(path, "{"), strings.Index(path, "}")
				path = path[:from] + odd + path[to+1:]
			}
			status, body := admin.do(admin.request(method, path, nil))
			if status >= 500 || strings.Contains(body, "package web") || strings.Contains(body, "<script>") {
				t.Errorf("%s %s: %d %s", method, path, status, body)
			}
			if strings.HasPrefix(pattern, "/static") && status == http.StatusOK {
				t.Errorf("%s gives a file", path)
			}
		}
	}
}

// TestHeadersEverywhere: the headers that bind the browser are on every answer, refusals and files among them.
func TestHeadersEverywhere(t *testing.T) {
	b := newBoard(t)
	for _, br := range []*browser{b.browser(), b.as("liu_jian"), b.as("wu_di")} {
		for _, r := range b.server.routes() {
			method, path := sample(r.pattern)
			if path == "/logout" {
				continue
			}
			resp, err := br.client.Do(br.request(method, path, nil))
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			for name, want := range map[string]string{
				"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
				"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
			} {
				if got := resp.Header.Get(name); got != want {
					t.Errorf("%s %s %s: %q", method, path, name, got)
				}
			}
			cached := resp.Header.Get("Cache-Control")
			if !strings.HasPrefix(path, "/static") && !strings.Contains(cached, "no-store") && !strings.Contains(cached, "private") {
				t.Errorf("%s may be kept: %q", path, cached)
			}
		}
	}
}

// TestBadForms: forms that are too large, of another kind or incomplete are refused with a sentence, on every address that takes one.
func TestBadForms(t *testing.T) {
	b := newBoard(t)
	b.fill()
	b.server.Lent.Config = (&file{text: "units: []\n"}).lent()
	admin := b.browser()
	if status, _ := admin.post("/login", url.Values{"token": {token}}); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	form := strings.Repeat("A", formDigits)
	for _, r := range b.server.routes() {
		method, path := sample(r.pattern)
		if method != http.MethodPost || path == "/logout" || path == "/login" {
			continue
		}
		for name, send := range map[string]struct{ kind, body string }{
			"too large":    {"application/x-www-form-urlencoded", "form=" + form + "&text=" + strings.Repeat("x", configForm)},
			"another kind": {"application/json", `{"form":"` + form + `"}`},
			"empty":        {"application/x-www-form-urlencoded", ""},
			"broken":       {"application/x-www-form-urlencoded", "form=%zz"},
			"multipart":    {"multipart/form-data; boundary=x", "--x\r\nbroken"},
		} {
			req := admin.request(method, path, strings.NewReader(send.body))
			req.Header.Set("Content-Type", send.kind)
			if status, body := admin.do(req); status != http.StatusBadRequest && status != http.StatusNotFound || !strings.Contains(body, "<p>") {
				t.Errorf("%s, %s: %d %.200s", path, name, status, body)
			}
		}
	}
}

// FuzzDoors: without a session no path and no login that was not given out leads anywhere but to the login.
func FuzzDoors(f *testing.F) {
	for _, path := range []string{"/", "/people", "/static/../web.go", "/login/x", "//config", "/config/../login", "/%2e%2e/config", "/a?b=c", "/static/board.css"} {
		f.Add(path, "code", "token")
	}
	now, p := storetest.At(f, "2026-11-25 10:00"), storetest.County(f)
	server, err := New(Config{
		Store: storetest.Open(f), Now: func() time.Time { return now }, Token: token, Log: slog.New(slog.DiscardHandler),
		World: func() World { return World{Reg: p.Reg, Cal: p.Cal} },
	})
	if err != nil {
		f.Fatal(err)
	}
	handler := server.Handler()
	f.Fuzz(func(t *testing.T, path, code, said string) {
		if _, err := url.ParseRequestURI(path); err != nil || !strings.HasPrefix(path, "/") || said == token || strings.ContainsAny(path, " \r\n") {
			t.Skip()
		}
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.URL, _ = url.ParseRequestURI(path)
		r.Host = "localhost"
		handler.ServeHTTP(w, r)
		body := w.Body.String()
		open := strings.HasPrefix(r.URL.Path, "/login") || strings.HasPrefix(r.URL.Path, "/static/")
		if w.Code >= 500 || w.Code == http.StatusOK && !open || strings.Contains(body, "昭阳") {
			t.Errorf("%s: %d %s", path, w.Code, body)
		}
		w = httptest.NewRecorder()
		r = httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/login", strings.NewReader(url.Values{"code": {code}, "token": {said}}.Encode()))
		r.Host = "localhost"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		handler.ServeHTTP(w, r)
		if w.Code >= 500 || w.Code < 400 {
			t.Errorf("login with %q and %q: %d", code, said, w.Code)
		}
	})
}
