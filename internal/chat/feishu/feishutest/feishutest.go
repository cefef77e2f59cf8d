// Package feishutest is a loopback server that speaks what the 飞书 kit speaks: the bootstrap and the frames of the long connection,
// and the part of the open interface that the bot uses, with faults on demand.
package feishutest

import (
	"encoding/json"
	"fmt"
	"io"
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
)

// Sent is a message that the bot sent.
type Sent struct {
	To, By string // receive_id and its type
	Kind   string
	Text   string
	Name   string // of files
	Data   []byte // of images and files
}

// Server is the network. Secrets are fixed by the test's name, because the kit keeps tokens by the app's id for the whole process.
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
	texts   map[string]string // of messages that can be asked for
	acks    map[string]int    // the code of the answer, by event
}

// New starts a server that ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{
		t: t, AppID: "cli_" + strings.ReplaceAll(t.Name(), "/", "_"), Secret: "a secret of the test", uuids: map[string]string{},
		faults: map[string][]Fault{}, files: map[string]Sent{}, texts: map[string]string{}, acks: map[string]int{},
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
	s.http = httptest.NewServer(mux)
	t.Cleanup(func() { s.Break(); s.http.Close() })
	return s
}

// URL is the service's address.
func (s *Server) URL() string { return s.http.URL }

// Fail makes the next calls of a kind go wrong, one by one: bootstrap, info, send, get, upload, resource.
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

// Sent lists what has arrived from the bot, doubles by uuid left out.
func (s *Server) Sent() []Sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Sent(nil), s.sent...)
}

// Doubles counts the messages that were dropped because their uuid was known.
func (s *Server) Doubles() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.doubles
}

func (s *Server) endpoint(w http.ResponseWriter, r *http.Request) {
	switch s.fault("bootstrap") {
	case Broken:
		w.WriteHeader(http.StatusInternalServerError)
		return
	case Garbage:
		_, _ = io.WriteString(w, "<html>")
		return
	}
	var b ws.BootstrapRequest
	if json.NewDecoder(r.Body).Decode(&b) != nil || b.AppID != s.AppID || b.AppSecret != s.Secret {
		reply(w, map[string]any{"code": 1000040345, "msg": "invalid app"})
		return
	}
	reply(w, map[string]any{"code": 0, "data": map[string]any{
		"URL":          "ws" + strings.TrimPrefix(s.http.URL, "http") + "/ws?device_id=d&service_id=1",
		"ClientConfig": map[string]int{"ReconnectCount": -1, "ReconnectInterval": 0, "ReconnectNonce": 0, "PingInterval": 120},
	}})
}

func (s *Server) connect(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = conn.CloseNow() }()
	s.mu.Lock()
	s.conn = conn
	s.change.Broadcast()
	s.mu.Unlock()
	for {
		_, data, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		var f ws.Frame
		if f.Unmarshal(data) != nil || ws.FrameType(f.Method) != ws.FrameTypeData {
			continue
		}
		var answer ws.Response
		_ = json.Unmarshal(f.Payload, &answer)
		s.mu.Lock()
		s.acks[ws.Headers(f.Headers).GetString(ws.HeaderMessageID)] = answer.StatusCode
		s.change.Broadcast()
		s.mu.Unlock()
	}
}

// Break cuts the long connection.
func (s *Server) Break() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		_ = s.conn.CloseNow()
		s.conn = nil
	}
}

// Say delivers a message as an event, and again until it is acknowledged, as the network does.
func (s *Server) Say(message map[string]any, sender string) {
	s.t.Helper()
	s.mu.Lock()
	s.n++
	if _, ok := message["message_id"]; !ok {
		message["message_id"] = fmt.Sprintf("om_%d", s.n)
	}
	s.mu.Unlock()
	payload, err := json.Marshal(map[string]any{
		"schema": "2.0", "header": map[string]string{"event_id": fmt.Sprint(message["message_id"]), "event_type": "im.message.receive_v1"},
		"event": map[string]any{"sender": map[string]any{"sender_id": map[string]string{"open_id": sender}, "sender_type": "user"}, "message": message},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	for s.deliver(payload) != http.StatusOK {
		continue
	}
}

// Push delivers an event once and gives the code of the answer.
func (s *Server) Push(payload []byte) int { return s.deliver(payload) }

func (s *Server) deliver(payload []byte) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	id := fmt.Sprintf("frame-%d", s.n)
	headers := ws.Headers{}
	for k, v := range map[string]string{ws.HeaderType: string(ws.MessageTypeEvent), ws.HeaderMessageID: id, ws.HeaderSum: "1", ws.HeaderSeq: "0"} {
		headers.Add(k, v)
	}
	f := ws.Frame{Method: int32(ws.FrameTypeData), Service: 1, Headers: headers, Payload: payload}
	data, err := f.Marshal()
	if err != nil {
		s.t.Fatal(err)
	}
	late := time.AfterFunc(patience, func() { s.mu.Lock(); defer s.mu.Unlock(); s.acks[id] = -1; s.change.Broadcast() })
	defer late.Stop()
	for s.conn == nil {
		if s.acks[id] != 0 {
			s.t.Fatal("nobody is connected")
		}
		s.change.Wait()
	}
	if err := s.conn.Write(s.t.Context(), websocket.MessageBinary, data); err != nil {
		s.t.Fatal(err)
	}
	for s.acks[id] == 0 {
		s.change.Wait()
	}
	if s.acks[id] < 0 {
		s.t.Fatal("the event was never acknowledged")
	}
	return s.acks[id]
}

func reply(w http.ResponseWriter, v any) { replyWith(w, http.StatusOK, v) }

func replyWith(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the bot may hang up
}

func (s *Server) auth(w http.ResponseWriter, r *http.Request) {
	var b struct {
		ID     string `json:"app_id"`
		Secret string `json:"app_secret"`
	}
	if json.NewDecoder(r.Body).Decode(&b) != nil || b.ID != s.AppID || b.Secret != s.Secret {
		reply(w, map[string]any{"code": 10014, "msg": "app secret invalid"})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token++
	reply(w, map[string]any{"code": 0, "tenant_access_token": s.bearer(), "expire": 7200})
}

func (s *Server) bearer() string { return fmt.Sprintf("t-%s-%d", s.AppID, s.token) }

// api wraps a call of the open interface with its token and its faults.
func (s *Server) api(call string, serve func(http.ResponseWriter, *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		right := r.Header.Get("Authorization") == "Bearer "+s.bearer()
		s.mu.Unlock()
		fault := s.fault(call)
		if !right || fault == Expired {
			replyWith(w, http.StatusBadRequest, map[string]any{"code": 99991663, "msg": "Invalid access token"})
			return
		}
		codes := map[Fault][2]int{
			Broken: {500, 2200}, TooOften: {429, 99991400}, GroupTooOften: {400, 230020}, Refused: {400, 230002},
		}
		switch {
		case fault == Cut:
			panic(http.ErrAbortHandler)
		case fault == Lost:
			serve(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case fault == Garbage:
			_, _ = io.WriteString(w, "<html>502 Bad Gateway")
			return
		case fault != 0:
			replyWith(w, codes[fault][0], map[string]any{"code": codes[fault][1], "msg": "refused by the test"})
			return
		}
		serve(w, r)
	}
}

func (s *Server) info(w http.ResponseWriter, _ *http.Request) {
	reply(w, map[string]any{"code": 0, "msg": "ok", "bot": map[string]string{"open_id": Bot, "app_name": "督办"}})
}

func (s *Server) message(w http.ResponseWriter, r *http.Request) {
	var b struct {
		To      string `json:"receive_id"`
		Kind    string `json:"msg_type"`
		Content string `json:"content"`
		UUID    string `json:"uuid"`
	}
	var c struct {
		Text  string `json:"text"`
		Image string `json:"image_key"`
		File  string `json:"file_key"`
	}
	if json.NewDecoder(r.Body).Decode(&b) != nil || json.Unmarshal([]byte(b.Content), &c) != nil || b.To == "" || len(b.UUID) > 50 {
		replyWith(w, http.StatusBadRequest, map[string]any{"code": 230001, "msg": "invalid request"})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id, known := s.uuids[b.UUID]
	if !known {
		s.n++
		id = fmt.Sprintf("om_%d", s.n)
		s.uuids[b.UUID] = id
		out := s.files[c.Image+c.File]
		out.To, out.By, out.Kind, out.Text = b.To, r.URL.Query().Get("receive_id_type"), b.Kind, c.Text
		s.sent = append(s.sent, out)
		s.texts[id] = b.Content
	} else {
		s.doubles++
	}
	reply(w, map[string]any{"code": 0, "data": map[string]string{"message_id": id}})
}

// Remember makes a message of somebody else known, so that it can be asked for when it is quoted.
func (s *Server) Remember(id, content string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts[id] = content
}

func (s *Server) get(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	content, ok := s.texts[r.PathValue("id")]
	s.mu.Unlock()
	if !ok {
		replyWith(w, http.StatusBadRequest, map[string]any{"code": 230110, "msg": "no such message"})
		return
	}
	reply(w, map[string]any{"code": 0, "data": map[string]any{"items": []any{map[string]any{
		"msg_type": "text", "sender": map[string]string{"id": "ou_other", "sender_type": "user"}, "body": map[string]string{"content": content},
	}}}})
}

func (s *Server) upload(w http.ResponseWriter, r *http.Request) {
	kind := "file"
	if strings.HasSuffix(r.URL.Path, "images") {
		kind = "image"
	}
	f, _, err := r.FormFile(kind)
	if err != nil {
		replyWith(w, http.StatusBadRequest, map[string]any{"code": 234001, "msg": "invalid request"})
		return
	}
	data, err := io.ReadAll(f)
	if err != nil {
		s.t.Error(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	key := fmt.Sprintf("%s_%d", kind, s.n)
	s.files[key] = Sent{Name: r.FormValue("file_name"), Data: data}
	reply(w, map[string]any{"code": 0, "data": map[string]string{kind + "_key": key}})
}

// Picture offers a picture for download by its key.
func (s *Server) Picture(key string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[key] = Sent{Data: data}
}

func (s *Server) resource(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f, ok := s.files[r.PathValue("key")]
	s.mu.Unlock()
	if !ok {
		replyWith(w, http.StatusBadRequest, map[string]any{"code": 234003, "msg": "file not in message"})
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	_, _ = w.Write(f.Data) // the bot may hang up
}
