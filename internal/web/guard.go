package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"duban/internal/issue"
	"duban/internal/store"
)

// policy lets a page load nothing but the dashboard's own files and send nothing to anybody else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// shield is around everything: it sets the headers that bind the browser, and refuses host names that are not the
// dashboard's, so that no web site reaches it by pointing a name of its own here.
func (s *Server) shield(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store") // pages show what not everybody may see
		if !s.known(r.Host) {
			s.visit(w, r).say(http.StatusMisdirectedRequest, "请用本机或局域网的 IP 地址打开看板；要用域名，请在配置里写 web.public_url")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// known says whether a host is an address, this machine or the name in web.public_url.
func (s *Server) known(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	_, err := netip.ParseAddr(trimBrackets(host))
	return err == nil || host == "localhost" || slices.Contains(s.hosts, host)
}

func trimBrackets(host string) string {
	if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
		return host[1 : len(host)-1]
	}
	return host
}

// visit is one request by somebody whom the route lets in.
type visit struct {
	s     *Server
	w     http.ResponseWriter
	r     *http.Request
	now   time.Time
	world World
	who   visitor
	// units are the only ones whose issues the visitor may see; none means all (as 台账 in chat).
	units []string
}

func (s *Server) visit(w http.ResponseWriter, r *http.Request) *visit {
	return &visit{s: s, w: w, r: r, now: s.Now(), world: s.World()}
}

// all says whether the visitor sees the issues of all units.
func (v *visit) all() bool { return len(v.units) == 0 }

// ofUnit says whether the visitor sees the issues of a unit.
func (v *visit) ofUnit(unit string) bool { return v.all() || slices.Contains(v.units, unit) }

// sees says whether the visitor may see an issue: it is their unit's, or their unit answers for it until another has signed.
func (v *visit) sees(i issue.Issue) bool {
	return v.ofUnit(i.Unit) || i.First != "" && v.ofUnit(i.First)
}

// visitor is who looks.
type visitor struct {
	ID    string // person id; "" for whoever holds the token, who is the administrator of the machine
	Name  string
	Roles []issue.Role
}

// Has says whether the visitor has one of some roles.
func (p visitor) Has(roles ...issue.Role) bool {
	return slices.ContainsFunc(p.Roles, func(r issue.Role) bool { return slices.Contains(roles, r) })
}

// enter makes the handler of a route: who is not known is sent to the login, who may not come in is told so.
func (s *Server) enter(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := s.visit(w, r)
		known := v.recognise(r.Context())
		if known {
			s.seen.note(v.who.ID, v.now)
		}
		var err error
		switch {
		case rt.open:
			err = rt.serve(v)
		case !known && r.Method == http.MethodGet:
			http.Redirect(w, r, "/login", http.StatusSeeOther)
		case !known:
			err = denied{http.StatusUnauthorized, "请先登录"}
		case rt.roles != nil && !v.who.Has(rt.roles...):
			err = denied{http.StatusForbidden, "您的角色不能看这一页"}
		default:
			err = rt.serve(v)
		}
		if err != nil {
			v.fail(err)
		}
	})
}

// denied is a refusal with its status, in words for the visitor.
type denied struct {
	status int
	text   string
}

func (d denied) Error() string { return d.text }

func notFound(text string) error { return denied{http.StatusNotFound, text} }

func badRequest(text string) error { return denied{http.StatusBadRequest, text} }

// fail puts an error into words: a refusal as it is, anything else as a number that is also in the log.
func (v *visit) fail(err error) {
	if d, ok := errors.AsType[denied](err); ok {
		v.say(d.status, d.text)
		return
	}
	if e, ok := issue.AsError(err); ok {
		status := http.StatusBadRequest
		if e.Code == issue.CodeUnknown {
			status = http.StatusNotFound
		}
		v.say(status, e.Error())
		return
	}
	if v.r.Context().Err() != nil {
		return // the visitor has gone
	}
	ref := rand.Text()[:6]
	v.s.Log.Error("page failed", "ref", ref, "path", v.r.URL.Path, "err", err)
	v.say(http.StatusInternalServerError, "这一页没有打开，编号 "+ref+"。请稍后再试，仍不行请把编号告诉管理员")
}

// read runs fn on one state of the data at the visit's instant.
func (v *visit) read(fn func(tx *store.Tx) error) error {
	return v.s.Store.Read(v.r.Context(), v.now, fn)
}

// write runs fn in the one writing transaction. What was begun is ended even if the visitor goes.
func (v *visit) write(fn func(tx *store.Tx) error) error {
	return v.s.Store.Write(context.WithoutCancel(v.r.Context()), v.now, fn)
}

// door slows down those who try to guess.
type door struct {
	mu    sync.Mutex
	knock map[string]*rate.Limiter // by address
}

const (
	// knocks are how many wrong logins an address has at once, and knockEvery how soon it gets another.
	knocks     = 10
	knockEvery = 10 * time.Second
	mostKnown  = 10_000 // addresses remembered
)

// network is where an address belongs to: of the new kind one connection has 2^64.
func network(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		host = addr
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || ip.Unmap().Is4() {
		return host
	}
	p, _ := ip.WithZone("").Prefix(64) // a new address has that many bits
	return p.String()
}

// opens says whether an address may try to log in now.
func (d *door) opens(addr string) bool {
	addr = network(addr)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.knock == nil || len(d.knock) >= mostKnown {
		d.knock = map[string]*rate.Limiter{}
	}
	l, ok := d.knock[addr]
	if !ok {
		l = rate.NewLimiter(rate.Every(knockEvery), knocks)
		d.knock[addr] = l
	}
	return l.Allow()
}
