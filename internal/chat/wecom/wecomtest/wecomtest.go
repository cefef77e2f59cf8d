// Package wecomtest is a loopback server that speaks the protocol of 企业微信智能机器人: the long connection, the upload of media
// and the download of encrypted pictures, with faults on demand.
package wecomtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// The bot that the server knows.
const (
	BotID  = "aib-test"
	Secret = "a secret of the test"
)

// Fault is what the server does instead of answering a command rightly, once.
type Fault int

// The faults.
const (
	Cut      Fault = iota + 1 // the connection is cut before the command has an effect
	Lost                      // the command has its effect, then the connection is cut: the answer is lost
	Garbage                   // something that is no frame comes first, then the right answer
	Busy                      // the system is busy (-1)
	TooOften                  // the rate limit (45009)
	Refused                   // the content is refused (40008)
	Silence                   // no effect and no answer
	Mute                      // the command has its effect, and the answer says neither yes nor no
	Half                      // the command has its effect, and the connection is reset in the middle of the answer
	Down                      // HTTP 500, for Connect and Media
)

// What may go wrong besides commands.
const (
	Connect = "connect" // the handshake: Down, Cut, Silence
	Media   = "media"   // the download of a picture: Down, Cut (before its end), Silence
)

// Sent is a message that the bot sent.
type Sent struct {
	Chat string
	Type string // markdown, template_card, image or file
	Text string // of markdown and cards
	Card Card   // of cards
	Name string // of files
	Data []byte // of images and files
}

// Server is the network.
type Server struct {
	t    testing.TB
	http *httptest.Server

	mu      sync.Mutex
	conn    *websocket.Conn
	wake    chan struct{} // closed and renewed when something changes
	n       int
	sent    []Sent
	faults  map[string][]Fault
	uploads map[string]*upload
	media   map[string]upload
	files   map[string][]byte // encrypted pictures and files by path
	names   map[string]string // of files, likewise
	asked   map[string]int
	taps    map[string]string // task by req_id of taps that may still be answered
	updated []Card
}

// New starts a server that ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{
		t: t, wake: make(chan struct{}), faults: map[string][]Fault{}, uploads: map[string]*upload{}, media: map[string]upload{},
		files: map[string][]byte{}, names: map[string]string{}, asked: map[string]int{}, taps: map[string]string{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/ws", s.connect)
	mux.HandleFunc("GET /media/{name}", s.download)
	s.http = httptest.NewServer(mux)
	t.Cleanup(s.http.Close)
	return s
}

// URL is where the long connection is made.
func (s *Server) URL() string { return "ws" + strings.TrimPrefix(s.http.URL, "http") + "/ws" }

// Fail makes the next commands of a kind go wrong, one by one.
func (s *Server) Fail(cmd string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[cmd] = append(s.faults[cmd], faults...)
}

// Sent lists what has arrived from the bot.
func (s *Server) Sent() []Sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Sent(nil), s.sent...)
}

// Asked counts the commands of a kind that have come.
func (s *Server) Asked(cmd string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[cmd]
}

// State is what a test may wait for.
type State struct {
	Online  bool // a bot is connected
	Sent    int  // messages that have arrived from it
	Updated int  // cards that it has replaced
}

// patience bounds a wait for something that is expected to happen; it is never waited out unless a test fails.
const patience = 30 * time.Second

// Wait waits until enough says so.
func (s *Server) Wait(ctx context.Context, enough func(State) bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		s.mu.Lock()
		ok, wake := enough(State{s.conn != nil, len(s.sent), len(s.updated)}), s.wake
		s.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-wake:
		case <-ctx.Done():
			s.t.Fatal("waited in vain")
		}
	}
}

// changed wakes who waits; the lock is held.
func (s *Server) changed() {
	close(s.wake)
	s.wake = make(chan struct{})
}

type frame struct {
	Cmd     string            `json:"cmd,omitempty"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body,omitempty"`
	Code    int               `json:"errcode"`
	Message string            `json:"errmsg,omitempty"`
}

func (s *Server) connect(w http.ResponseWriter, r *http.Request) {
	if !s.healthy(Connect, w, r) {
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	conn.SetReadLimit(4 << 20)
	defer s.gone(conn)
	for {
		_, data, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		var f frame
		if err := json.Unmarshal(data, &f); err != nil {
			s.t.Errorf("the bot sent what is no frame: %s", data)
			return
		}
		if !s.take(r.Context(), conn, f) {
			return
		}
	}
}

// gone ends a connection.
func (s *Server) gone(conn *websocket.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == conn {
		s.conn = nil
		s.changed()
	}
	_ = conn.CloseNow()
}

// take answers one command; false cuts the connection.
func (s *Server) take(ctx context.Context, conn *websocket.Conn, f frame) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.changed()
	fault := s.next(f.Cmd)
	answer := frame{Headers: f.Headers, Message: "ok"}
	switch fault {
	case Cut:
		return false
	case Silence:
		return true
	case Busy:
		answer.Code, answer.Message = -1, "system busy"
	case TooOften:
		answer.Code, answer.Message = 45009, "api freq out of limit"
	case Refused:
		answer.Code, answer.Message = 40008, "invalid message type"
	case Garbage:
		_ = conn.Write(ctx, websocket.MessageText, []byte("<html>502"))
		_ = conn.Write(ctx, websocket.MessageText, []byte(`{"cmd":"aibot_msg_callback","headers":{"req_id":"x"},"body":[1,2]}`))
		fallthrough
	default:
		answer = s.effect(conn, f, answer)
	}
	if fault == Lost {
		return false
	}
	data, err := json.Marshal(answer)
	if err != nil {
		s.t.Error(err)
	}
	if fault == Mute {
		data = bytes.Replace(data, []byte(`"errcode":0`), []byte(`"new":[{"a":null}]`), 1)
	}
	if fault == Half {
		if w, err := conn.Writer(ctx, websocket.MessageText); err == nil {
			_, _ = w.Write(append(data[:len(data)/2], make([]byte, 8<<10)...)) // more than is kept before it goes out
		}
		return false
	}
	return conn.Write(ctx, websocket.MessageText, data) == nil
}

// next is the fault for something that is asked now, and counts it; the lock is held.
func (s *Server) next(what string) Fault {
	s.asked[what]++
	list := s.faults[what]
	if len(list) == 0 {
		return 0
	}
	s.faults[what] = list[1:]
	return list[0]
}

// healthy says whether an HTTP request is to be answered rightly; if not, it has been answered wrongly.
func (s *Server) healthy(what string, w http.ResponseWriter, r *http.Request) bool {
	s.mu.Lock()
	fault := s.next(what)
	s.changed()
	s.mu.Unlock()
	switch fault {
	case Down:
		http.Error(w, "down", http.StatusInternalServerError)
	case Cut:
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write(make([]byte, 16)) // a whole block of what is encrypted
		panic(http.ErrAbortHandler)
	case Silence:
		<-r.Context().Done()
	default:
		return true
	}
	return false
}

// effect does what a command asks; the lock is held.
func (s *Server) effect(conn *websocket.Conn, f, answer frame) frame {
	refuse := func(code int, text string) frame {
		answer.Code, answer.Message = code, text
		return answer
	}
	switch f.Cmd {
	case "aibot_subscribe":
		var b struct {
			Bot    string `json:"bot_id"`
			Secret string `json:"secret"`
		}
		if json.Unmarshal(f.Body, &b) != nil || b.Bot != BotID || b.Secret != Secret {
			return refuse(40001, "invalid credential")
		}
		if s.conn != nil && s.conn != conn {
			s.tell(s.conn, "aibot_event_callback", map[string]any{"msgtype": "event", "event": map[string]string{"eventtype": "disconnected_event"}})
			old := s.conn
			go func() { _ = old.Close(websocket.StatusNormalClosure, "taken") }()
		}
		s.conn = conn
	case "ping":
	case "aibot_send_msg":
		return s.send(f, answer, refuse)
	case "aibot_respond_update_msg":
		return s.update(f, answer, refuse)
	default:
		return s.upload(f, answer, refuse)
	}
	return answer
}

func (s *Server) send(f, answer frame, refuse func(int, string) frame) frame {
	var b struct {
		Chat     string `json:"chatid"`
		Type     string `json:"msgtype"`
		Markdown struct{ Content string }
		Card     Card `json:"template_card"`
		Image    struct {
			ID string `json:"media_id"`
		}
		File struct {
			ID string `json:"media_id"`
		}
	}
	if json.Unmarshal(f.Body, &b) != nil || b.Chat == "" {
		return refuse(40058, "invalid parameter")
	}
	out := Sent{Chat: b.Chat, Type: b.Type, Text: b.Markdown.Content}
	switch b.Type {
	case "markdown":
		if out.Text == "" || len(out.Text) > 20480 {
			return refuse(40058, "markdown size")
		}
	case "template_card":
		if code, text := b.Card.fault(); code != 0 || s.task(b.Card.Task) {
			return refuse(max(code, 42014), text)
		}
		out.Card, out.Text = b.Card, b.Card.text()
	case "image", "file":
		m, ok := s.media[b.Image.ID+b.File.ID]
		if !ok || m.kind != b.Type {
			return refuse(40007, "invalid media_id")
		}
		out.Name, out.Data = m.name, bytes.Join(m.data, nil)
	default:
		return refuse(40008, "invalid message type")
	}
	s.sent = append(s.sent, out)
	return answer
}

// tell sends a frame of the server's own; the lock is held.
func (s *Server) tell(conn *websocket.Conn, cmd string, body any) {
	s.tellAs(conn, cmd, fmt.Sprintf("s%d", s.n), body)
}

func (s *Server) tellAs(conn *websocket.Conn, cmd, req string, body any) {
	if conn == nil {
		s.t.Error("nobody is connected")
		return
	}
	data, err := json.Marshal(map[string]any{"cmd": cmd, "headers": map[string]string{"req_id": req}, "body": body})
	if err != nil {
		s.t.Error(err)
	}
	_ = conn.Write(context.Background(), websocket.MessageText, data) // a bot that is gone does not hear it
}

// Say delivers a message to the bot as the body says; msgid is filled in unless it is there.
func (s *Server) Say(body map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	if _, ok := body["msgid"]; !ok {
		body["msgid"] = fmt.Sprintf("msg%d", s.n)
	}
	s.tell(s.conn, "aibot_msg_callback", body)
}

// Event delivers an event of a kind by somebody in a private chat.
func (s *Server) Event(kind string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	s.tell(s.conn, "aibot_event_callback", map[string]any{
		"msgid": fmt.Sprintf("event%d", s.n), "chattype": "single", "from": map[string]string{"userid": "zhang"}, "msgtype": "event",
		"event": map[string]any{"eventtype": kind, kind: map[string]string{}},
	})
}

// Group is a group's message by somebody who mentions the bot.
func Group(chat, user, text string) map[string]any {
	return map[string]any{
		"chattype": "group", "chatid": chat, "from": map[string]string{"userid": user},
		"msgtype": "text", "text": map[string]string{"content": "@督办 " + text},
	}
}

// Mixed is a group's message by somebody who mentions the bot and shows a picture (Server.Picture) in one message; the text may be "".
func Mixed(chat, user, text string, shown map[string]string) map[string]any {
	m := Group(chat, user, "")
	delete(m, "text")
	items := []map[string]any{
		{"msgtype": "text", "text": map[string]string{"content": "@督办 "}},
		{"msgtype": "image", "image": shown},
	}
	if text != "" {
		items = append(items, map[string]any{"msgtype": "text", "text": map[string]string{"content": text}})
	}
	m["msgtype"], m["mixed"] = "mixed", map[string]any{"msg_item": items}
	return m
}

// Break cuts the connection.
func (s *Server) Break() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		_ = s.conn.CloseNow()
		s.conn = nil
	}
}
