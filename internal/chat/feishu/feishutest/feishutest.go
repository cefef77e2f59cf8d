// Package feishutest is a loopback server that speaks what the 飞书 kit speaks: the bootstrap and the frames of the long connection,
// and the part of the open interface that the bot uses, with faults on demand.
package feishutest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/larksuite/oapi-sdk-go/v3/ws"
)

// The bot's own id, and how long a test waits for something that is expected to happen.
const (
	Bot      = "ou_bot"
	patience = 30 * time.Second
)

// Fault is what the server does instead of answering a call rightly, once.
type Fault int

// The faults.
const (
	Cut      Fault = iota + 1 // the connection is cut before the call has an effect
	Lost                      // the call has its effect, then the connection is cut
	Broken                    // 500
	TooOften                  // the app's rate limit
	GroupTooOften
	Refused // the bot is not in the group
	Garbage // an answer that is no JSON, without effect
	Expired // the token is no longer good
	Empty   // an answer that says yes and nothing else, without effect
	Barred  // a permission is missing
	Botless // the app has no bot
	Silence // no answer, until the bot hangs up; without effect

	// Faults of the handshake of the long connection.
	Crowded   // too many connections
	Forbidden // the app may not connect
)

// Sent is a message that the bot sent.
type Sent struct {
	ID      string
	To, By  string // receive_id and its type
	Kind    string
	Content string // as it came
	Text    string
	Name    string // of files
	Data    []byte // of images and files
	Buttons []Button
}

// Server is the network. Its app is called by its port, because the kit keeps tokens by the app's id for the whole process.
type Server struct {
	t      testing.TB
	http   *httptest.Server
	AppID  string
	Secret string

	mu      sync.Mutex
	conn    *websocket.Conn
	change  *sync.Cond
	n       int
	token   int
	sent    []Sent
	doubles int
	uuids   map[string]string
	faults  map[string][]Fault
	files   map[string]Sent
	texts   map[string]Message     // messages that can be asked for
	acks    map[string]ws.Response // by event
	tries   int                    // how often the kit may try to come back; -1: without end
	silent  chan struct{}
	staff   Organisation
	scopes  map[string]int // permissions
}

// Message is a message that can be asked for.
type Message struct {
	Kind, Content string
	App           string // the app that sent it; "" for a person
}

// New starts a server that ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{
		t: t, Secret: "a secret of the test", uuids: map[string]string{},
		faults: map[string][]Fault{}, files: map[string]Sent{}, texts: map[string]Message{}, acks: map[string]ws.Response{}, silent: make(chan struct{}, 10), tries: -1, scopes: map[string]int{
			"im:message": 1, "im:message.group_at_msg:readonly": 1, "im:message.group_msg": 1, "im:message.p2p_msg:readonly": 1, "im:resource": 1,
		},
	}
	s.change = sync.NewCond(&s.mu)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /callback/ws/endpoint", s.endpoint)
	mux.HandleFunc("GET /ws", s.connect)
	mux.HandleFunc("POST /open-apis/auth/v3/tenant_access_token/internal", s.auth)
	mux.HandleFunc("GET /open-apis/bot/v3/info", s.api("info", s.info))
	mux.HandleFunc("POST /open-apis/im/v1/messages", s.api("send", s.message))
	mux.HandleFunc("GET /open-apis/im/v1/messages/{id}", s.api("get", s.get))
	mux.HandleFunc("POST /open-apis/im/v1/images", s.api("upload", s.upload))
	mux.HandleFunc("POST /open-apis/im/v1/files", s.api("upload", s.upload))
	mux.HandleFunc("GET /open-apis/im/v1/messages/{id}/resources/{key}", s.api("resource", s.resource))
	mux.HandleFunc("GET /open-apis/application/v6/scopes", s.api("scopes", s.granted))
	mux.HandleFunc("GET /open-apis/contact/v3/", s.api("contact", s.contact))
	s.http = httptest.NewServer(mux)
	s.AppID = "cli_" + s.http.URL[strings.LastIndex(s.http.URL, ":")+1:]
	t.Cleanup(s.close)
	return s
}

// URL is the service's address.
func (s *Server) URL() string { return s.http.URL }

// Fail makes the next calls of a kind go wrong, one by one: bootstrap, handshake, info, send, get, upload, resource, scopes, contact.
func (s *Server) Fail(call string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[call] = append(s.faults[call], faults...)
}

func (s *Server) fault(call string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.faults[call]
	if len(list) == 0 {
		return 0
	}
	s.faults[call] = list[1:]
	return list[0]
}

// GiveUp makes the server tell the kit that it may not try to come back.
func (s *Server) GiveUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries = 0
}

// Silent gets a value whenever the server has begun not to answer.
func (s *Server) Silent() <-chan struct{} { return s.silent }

// Sent lists what has arrived from the bot, doubles by uuid left out.
func (s *Server) Sent() []Sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Sent(nil), s.sent...)
}

// Await waits for a message of the bot, among those that have arrived after the first n, and gives it.
func (s *Server) Await(n int, want func(Sent) bool) Sent {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	over := false
	late := time.AfterFunc(patience, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		over = true
		s.change.Broadcast()
	})
	defer late.Stop()
	for !over {
		for _, m := range s.sent[min(n, len(s.sent)):] {
			if want(m) {
				return m
			}
		}
		s.change.Wait()
	}
	s.t.Fatalf("waited in vain; the bot has sent %+v", s.sent)
	return Sent{}
}

// Doubles counts the messages that were dropped because their uuid was known.
func (s *Server) Doubles() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.doubles
}
