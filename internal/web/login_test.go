package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Whoever is not known gets to the login, and nothing else, whatever door they try.
func TestEveryDoorIsShut(t *testing.T) {
	b := newBoard(t)
	stranger := b.browser()
	for _, r := range b.server.routes() {
		method, path, _ := strings.Cut(r.pattern, " ")
		if r.open {
			continue
		}
		path = strings.NewReplacer("{$}", "", "{id}", "1", "{", "", "}", "").Replace(path)
		code, body := stranger.do(stranger.request(method, path, nil))
		switch {
		case method == http.MethodGet && code != http.StatusSeeOther, method != http.MethodGet && code != http.StatusUnauthorized:
			t.Errorf("%s: %d", r.pattern, code)
		case strings.Contains(body, "昭阳"):
			t.Errorf("%s tells a stranger something", r.pattern)
		}
	}
	if code, _ := stranger.get("/whatever"); code != http.StatusSeeOther {
		t.Errorf("an unknown page says to strangers that it is unknown: %d", code)
	}
}

func TestLinkOpensOnce(t *testing.T) {
	b := newBoard(t)
	code := b.code("liu_jian")
	preview := b.browser()
	for range 2 { // a chat program that looks at the link does not use it up
		if status, body := preview.get("/login/" + code); status != http.StatusOK || !strings.Contains(body, "进入看板") {
			t.Fatalf("the link's page: %d %s", status, body)
		}
	}
	if status, _ := preview.get("/"); status != http.StatusSeeOther {
		t.Fatalf("looking at a link opened the dashboard: %d", status)
	}
	leader := b.browser()
	if status, _ := leader.post("/login", url.Values{"code": {code}}); status != http.StatusSeeOther {
		t.Fatalf("login: %d", status)
	}
	if status, body := leader.get("/"); status != http.StatusOK || !strings.Contains(body, "刘建") {
		t.Fatalf("overview: %d %s", status, body)
	}
	if status, body := b.browser().post("/login", url.Values{"code": {code}}); status != http.StatusUnauthorized || !strings.Contains(body, "已用过") || strings.Count(body, "「后台」") != 1 {
		t.Fatalf("the second use: %d %s", status, body)
	}
	if status, _ := leader.post("/logout", nil); status != http.StatusSeeOther {
		t.Fatalf("logout: %d", status)
	}
	if status, _ := leader.get("/"); status != http.StatusSeeOther {
		t.Fatalf("after the logout: %d", status)
	}
}

func TestLinkGoesStale(t *testing.T) {
	b := newBoard(t)
	code := b.code("liu_jian")
	b.now = b.now.Add(11 * time.Minute)
	if status, _ := b.browser().post("/login", url.Values{"code": {code}}); status != http.StatusUnauthorized {
		t.Fatalf("an old link: %d", status)
	}
}

func TestWhoMayComeIn(t *testing.T) {
	b := newBoard(t)
	for person, want := range map[string]int{
		"zhao_yi":  http.StatusUnauthorized, // only reports
		"nobody":   http.StatusUnauthorized,
		"li_qiang": http.StatusSeeOther, "liu_jian": http.StatusSeeOther, "wu_di": http.StatusSeeOther, "zhang_min": http.StatusSeeOther,
	} {
		if status, _ := b.browser().post("/login", url.Values{"code": {b.code(person)}}); status != want {
			t.Errorf("%s: %d, want %d", person, status, want)
		}
	}
}

// A session is worth what its person is now.
func TestLeavingTheRegisterEndsTheSession(t *testing.T) {
	b := newBoard(t)
	leader := b.as("liu_jian")
	reg := *b.policy.Reg
	reg.People = reg.People[:2]
	b.policy.Reg = &reg
	if status, _ := leader.get("/"); status != http.StatusSeeOther {
		t.Fatalf("somebody who left still sees the dashboard: %d", status)
	}
}

func TestToken(t *testing.T) {
	b := newBoard(t)
	holder := b.browser()
	if status, body := holder.post("/login", url.Values{"token": {"wrong"}}); status != http.StatusUnauthorized || !strings.Contains(body, "口令不对") {
		t.Fatalf("a wrong token: %d %s", status, body)
	}
	if status, _ := holder.post("/login", url.Values{"token": {token}}); status != http.StatusSeeOther {
		t.Fatalf("the token: %d", status)
	}
	if status, _ := holder.get("/"); status != http.StatusOK {
		t.Fatalf("overview: %d", status)
	}
	b.server.Token = "a new token, as long"
	if status, _ := holder.get("/"); status != http.StatusSeeOther {
		t.Fatalf("a new token leaves old sessions open: %d", status)
	}
	b.server.Token = ""
	if status, _ := b.browser().post("/login", url.Values{"token": {""}}); status != http.StatusUnauthorized {
		t.Fatalf("no token is a token: %d", status)
	}
}

func TestGuessingIsSlow(t *testing.T) {
	b := newBoard(t)
	guesser := b.browser()
	last := 0
	for range knocks + 1 {
		last, _ = guesser.post("/login", url.Values{"token": {"guess"}})
	}
	if last != http.StatusTooManyRequests {
		t.Fatalf("after %d guesses: %d", knocks+1, last)
	}
}

// Whoever has a whole network of addresses has no more tries for it, and nobody else has fewer.
func TestGuessingFromManyAddresses(t *testing.T) {
	var d door
	opened := 0
	for n := range 100 {
		if d.opens(fmt.Sprintf("[2001:db8:1:2:%x::%x]:443", n, n)) {
			opened++
		}
	}
	if opened != knocks {
		t.Errorf("%d tries from one network", opened)
	}
	for _, other := range []string{"[2001:db8:1:3::1]:443", "[fe80::1%eth0]:443", "192.0.2.1:443", "192.0.2.2:443", "[::ffff:192.0.2.3]:443", "unknown"} {
		if !d.opens(other) {
			t.Errorf("%s is not let in", other)
		}
	}
}

// A session's name is new after the login, so that one that somebody else chose is worth nothing.
func TestSessionIsNotFixed(t *testing.T) {
	b := newBoard(t)
	victim := b.browser()
	u, _ := url.Parse(b.http.URL)
	victim.client.Jar.SetCookies(u, []*http.Cookie{{Name: "duban", Value: "chosen", Path: "/"}})
	if status, _ := victim.post("/login", url.Values{"code": {b.code("liu_jian")}}); status != http.StatusSeeOther {
		t.Fatalf("login: %d", status)
	}
	other := b.browser()
	other.client.Jar.SetCookies(u, []*http.Cookie{{Name: "duban", Value: "chosen", Path: "/"}})
	if status, _ := other.get("/"); status != http.StatusSeeOther {
		t.Fatalf("the chosen session is open: %d", status)
	}
}

func TestOtherSitesAreRefused(t *testing.T) {
	b := newBoard(t)
	leader := b.as("liu_jian")
	r := leader.request(http.MethodPost, "/logout", nil)
	r.Header.Set("Origin", "http://elsewhere.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if status, _ := leader.do(r); status != http.StatusForbidden {
		t.Errorf("a post from another site: %d", status)
	}
	r = leader.request(http.MethodGet, "/", nil)
	r.Host = "rebound.example"
	if status, _ := leader.do(r); status != http.StatusMisdirectedRequest {
		t.Errorf("another host's name: %d", status)
	}
}

func TestPagesLoadNothingFromElsewhere(t *testing.T) {
	b := newBoard(t)
	resp, err := b.as("liu_jian").client.Get(b.http.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if got := resp.Header.Get("Content-Security-Policy"); got != policy {
		t.Errorf("policy: %q", got)
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
