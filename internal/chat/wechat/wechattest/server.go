// Package wechattest is a stand-in for the servers behind web WeChat, as far as a client of the library openwechat
// meets them: login by QR code and by the phone, the long poll, the message log with its sync position, contacts, sending,
// uploads and downloads. It is scripted from Go, it can misbehave on demand, and it is reached in memory (Transport) or
// from another process through a TLS-terminating proxy (Proxy).
//
// It follows the wire description in reference/openwechat.md §5. It keeps real servers' strictness about cookies: every
// host of a session wants them and answers 1102 without.
package wechattest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Domain is the host that logins are redirected to. Files are at file.Domain, the long poll is at webpush.Domain.
const Domain = "wx.qq.com"

// Server is the stand-in. All its methods may be called from several goroutines. Every method that changes something
// wakes those who wait.
type Server struct {
	// Hold is how long a long poll waits for news before it answers that there is none.
	hold  time.Duration
	batch int

	mu       sync.Mutex
	changed  chan struct{}
	nextID   int64
	bot      *Person
	people   []*Person
	groups   []*Group
	log      []*event
	pictures map[string][]byte
	spoilt   map[string][][]byte // what the next fetches of a picture bring instead
	files    map[string][]byte
	logins   map[string]*login
	lastQR   string
	session  *session
	gen      int
	autoScan bool
	push     pushMode
	refuse   *refusal
	stuck    string
	breaks   int
	faults   map[string][]*Fault
	counts   map[string]int
	requests []Request
	uploads  map[string]*upload
	sent     []Sent
	revoked  []string
	desktop  bool
	taken    int64
}

// Option changes how a Server behaves from its start.
type Option func(*Server)

// WithHold sets how long the long polls wait; real servers wait 25 s, which is the default.
func WithHold(d time.Duration) Option { return func(s *Server) { s.hold = d } }

// WithBatch sets how many messages one webwxsync answer holds at most; the default is 50.
func WithBatch(n int) Option { return func(s *Server) { s.batch = n } }

// WithManualScan leaves every QR code unscanned until Scan and Confirm are called. Without it a code is scanned and
// confirmed by the first two polls.
func WithManualScan() Option { return func(s *Server) { s.autoScan = false } }

// WithDesktopOnly refuses accounts that do not log in with the headers of the desktop mode, as many real accounts are.
func WithDesktopOnly() Option { return func(s *Server) { s.desktop = true } }

// New makes a server with one account, the bot's, bearing the given nickname.
func New(nickname string, opts ...Option) *Server {
	s := &Server{
		hold: 25 * time.Second, batch: 50, changed: make(chan struct{}), nextID: 7_000_000_000_000_000_000,
		pictures: map[string][]byte{}, spoilt: map[string][][]byte{}, files: map[string][]byte{}, logins: map[string]*login{},
		faults: map[string][]*Fault{}, counts: map[string]int{}, uploads: map[string]*upload{}, autoScan: true,
	}
	s.bot = &Person{server: s, id: 1, name: nickname}
	s.people = append(s.people, s.bot)
	for _, opt := range opts {
		opt(s)
	}
	return s
}

// Request is one arrived request, for tests that count or look at them.
type Request struct {
	Host     string
	Endpoint string // the last element of the path, for example "webwxsync"
	URL      string
	Header   http.Header
	At       time.Time
}

// ServeHTTP answers as the host named in the request would.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	endpoint := path.Base(r.URL.Path)
	s.mu.Lock()
	s.counts[endpoint]++
	s.requests = append(s.requests, Request{Host: r.Host, Endpoint: endpoint, URL: r.URL.String(), Header: r.Header.Clone(), At: time.Now()})
	fault := s.takeFault(endpoint)
	s.wake()
	s.mu.Unlock()
	s.serveWith(fault, endpoint, w, r)
}

func (s *Server) route(endpoint string) http.HandlerFunc {
	switch endpoint {
	case "jslogin":
		return s.serveUUID
	case "login":
		return s.serveLoginPoll
	case "webwxnewloginpage":
		return s.serveTicket
	case "webwxpushloginurl":
		return s.servePush
	case "webwxinit":
		return s.serveInit
	case "webwxstatusnotify", "webwxlogout":
		return s.serveOK(endpoint)
	case "synccheck":
		return s.serveSyncCheck
	case "webwxsync":
		return s.serveSync
	case "webwxgetcontact":
		return s.serveContacts
	case "webwxbatchgetcontact":
		return s.serveBatch
	default:
		return s.routeMedia(endpoint)
	}
}

func (s *Server) routeMedia(endpoint string) http.HandlerFunc {
	switch endpoint {
	case "webwxsendmsg", "webwxsendmsgimg", "webwxsendappmsg":
		return s.serveSend
	case "webwxuploadmedia":
		return s.serveUpload
	case "webwxcheckupload":
		return s.serveCheckUpload
	case "webwxgetmsgimg":
		return s.servePicture
	case "webwxgetmedia":
		return s.serveFile
	case "webwxrevokemsg":
		return s.serveRevoke
	default:
		return http.NotFound
	}
}

// wake tells everyone who waits that something changed. The caller holds s.mu.
func (s *Server) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Wait blocks until cond is true; cond runs with the server locked, so it must not call the server's methods. It returns
// ctx's error if ctx ends first.
func (s *Server) wait(ctx context.Context, cond func() bool) error {
	for {
		s.mu.Lock()
		ok, changed := cond(), s.changed
		s.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// WaitCount blocks until an endpoint was called n times since the server was made.
func (s *Server) WaitCount(ctx context.Context, endpoint string, n int) error {
	return s.wait(ctx, func() bool { return s.counts[endpoint] >= n })
}

// Count is how often an endpoint was called.
func (s *Server) Count(endpoint string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[endpoint]
}

// Requests is a copy of everything that was asked for so far, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Secrets are the values of the present session that must not appear in any log.
func (s *Server) Secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Collect(maps.Keys(s.logins)) // whoever has a QR code's content can log in
	if s.session == nil {
		return out
	}
	return append(out, s.session.sid, s.session.skey, s.session.passTicket, s.session.dataTicket)
}

func (s *Server) newID() int64 {
	s.nextID++
	return s.nextID
}

func token(parts ...any) string {
	sum := sha256.Sum256([]byte(fmt.Sprint(parts...)))
	return hex.EncodeToString(sum[:])
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
