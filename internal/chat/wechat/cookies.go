package wechat

import (
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/eatmoreapple/openwechat"
)

// cookieKeeper looks after the library's cookie jar. The jar's list of hosts has no lock, its stored form forgets which
// hosts a cookie is for, and restored hosts are not stored again; so every cookie of a session is kept for each of its
// three hosts, and only the library's goroutine ever changes the jar.
type cookieKeeper struct {
	jar func() *openwechat.Jar

	mu      sync.Mutex
	pending []received
}

type received struct {
	domain  string
	cookies []*http.Cookie
}

// sessionDomain is the domain whose session a request belongs to, or "" for the hosts of the login.
func sessionDomain(host string) string {
	if strings.HasPrefix(host, "login.") {
		return ""
	}
	host = strings.TrimPrefix(host, "webpush.")
	return strings.TrimPrefix(host, "file.")
}

func hostsOf(domain string) []*url.URL {
	return []*url.URL{
		{Scheme: "https", Host: domain, Path: "/"},
		{Scheme: "https", Host: "file." + domain, Path: "/"},
		{Scheme: "https", Host: "webpush." + domain, Path: "/"},
	}
}

// take removes the cookies from an answer and keeps them until the library's goroutine comes by.
func (k *cookieKeeper) take(req *http.Request, resp *http.Response) {
	cookies := resp.Cookies()
	domain := sessionDomain(req.URL.Hostname())
	if len(cookies) == 0 || domain == "" {
		return
	}
	resp.Header.Del("Set-Cookie")
	k.mu.Lock()
	k.pending = append(k.pending, received{domain, cookies})
	k.mu.Unlock()
	if req.Context().Value(ownCall{}) == nil {
		k.applyPending()
	}
}

// applyPending puts the kept cookies into the jar. Only the library's goroutine may call it.
func (k *cookieKeeper) applyPending() {
	k.mu.Lock()
	pending := k.pending
	k.pending = nil
	k.mu.Unlock()
	for _, r := range pending {
		for _, c := range r.cookies {
			c.Domain = ""
		}
		for _, u := range hostsOf(r.domain) {
			k.jar().SetCookies(u, r.cookies)
		}
	}
}

// spreadHook runs before webwxinit, when the sync goroutine does not exist yet: it puts the cookies of a restored session
// on all three hosts again, which also makes the jar store them again.
type spreadHook struct{ keeper *cookieKeeper }

// BeforeRequest spreads the cookies if this is the first request of a session.
func (h spreadHook) BeforeRequest(req *http.Request) {
	if !strings.HasSuffix(req.URL.Path, "/webwxinit") {
		return
	}
	jar := h.keeper.jar()
	hosts := hostsOf(sessionDomain(req.URL.Hostname()))
	base := jar.Cookies(hosts[0])
	for _, u := range hosts {
		jar.SetCookies(u, merge(jar.Cookies(u), base))
	}
}

// AfterRequest does nothing.
func (h spreadHook) AfterRequest(*http.Response, error) {}

// merge is the cookies that a host has, completed by those of the base host.
func merge(have, base []*http.Cookie) []*http.Cookie {
	out := make([]*http.Cookie, 0, len(base))
	seen := map[string]bool{}
	for _, c := range append(append([]*http.Cookie(nil), have...), base...) {
		if !seen[c.Name] {
			seen[c.Name] = true
			out = append(out, &http.Cookie{Name: c.Name, Value: c.Value, Path: "/"})
		}
	}
	return out
}
