// Package dingtalktest is a loopback server that speaks the protocols of a 钉钉 app's robot: tickets, the Stream connection, tokens, the
// robot's interface, the addresses that messages bring along, and media, with faults on demand.
package dingtalktest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// The app that the server knows.
const (
	ClientID = "ding-test"
	Secret   = "a secret of the test"
	Corp     = "corp-test"
	robotID  = "$:LWCP_v1:$robot"
	topicBot = "/v1.0/im/bot/messages/get"
)

// The kinds of requests, for faults.
const (
	Open     = "open"     // a ticket
	Token    = "token"    // an access token
	Group    = "group"    // a push to a group
	Person   = "person"   // a push to a person
	Reply    = "reply"    // an answer by the address of a message
	Upload   = "upload"   // of media
	Exchange = "exchange" // of a code for an address
	Download = "download"
	Contact  = "contact" // the directory
)

// Fault is what the server does instead of answering a request rightly, once.
type Fault int

// The faults.
const (
	Broken    Fault = iota + 1 // 500, without an effect
	Cut                        // the connection is cut before the request has an effect
	Lost                       // the request has its effect, then the connection is cut: the answer is lost
	Garbage                    // the request has its effect, and the answer cannot be read
	TooOften                   // the rate limit
	Refused                    // the content is refused
	Forbidden                  // the app lacks a permission
	Silence                    // no effect and no answer
	Gone                       // the address, the code or the file is gone
	Short                      // the download breaks off
	Busy                       // the system is busy
)

// Sent is a message that the robot sent.
type Sent struct {
	Way   string // Group, Person or Reply
	To    string // the conversation's id, or the staff id of a person
	Kind  string // text, image or file
	Text  string
	Rings []string // staff ids
	Name  string   // of files
	Data  []byte   // of images and files
}

// Server is the network.
type Server struct {
	t    testing.TB
	http *httptest.Server
	stop chan struct{} // closed at the end: nothing is silent any more

	mu      sync.Mutex
	conn    *websocket.Conn
	wake    chan struct{} // closed and renewed when something changes
	n       int
	tickets map[string]bool
	tokens  map[string]bool
	sent    []Sent
	acks    map[string]int // the codes of answers by the id of their frame
	faults  map[string][]Fault
	asked   map[string]int
	hooks   map[string]string // conversations, or staff ids, by the address of a message
	media   map[string]Sent
	files   map[string][]byte // what people sent, by its code
	silent  bool              // the next connection is deaf
	company Company
}

// New starts a server that ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{
		t: t, stop: make(chan struct{}), wake: make(chan struct{}), tickets: map[string]bool{}, tokens: map[string]bool{}, acks: map[string]int{},
		faults: map[string][]Fault{}, asked: map[string]int{}, hooks: map[string]string{}, media: map[string]Sent{}, files: map[string][]byte{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/connect", s.connect)
	for path, h := range map[string]struct {
		kind string
		do   func(*http.Request) any
	}{
		"POST /v1.0/gateway/connections/open":    {Open, s.open},
		"POST /v1.0/oauth2/accessToken":          {Token, s.giveToken},
		"POST /v1.0/robot/groupMessages/send":    {Group, s.pushGroup},
		"POST /v1.0/robot/oToMessages/batchSend": {Person, s.pushPerson},
		"POST /v1.0/robot/messageFiles/download": {Exchange, s.exchange},
		"POST /robot/sendBySession/{n}":          {Reply, s.reply},
		"POST /media/upload":                     {Upload, s.upload},
		"GET /files/{code}":                      {Download, s.download},
		"GET /auth/scopes":                       {Contact, s.contact},
		"POST /topapi/":                          {Contact, s.contact},
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, h.kind, h.do) })
	}
	s.http = httptest.NewServer(mux)
	t.Cleanup(func() { close(s.stop); s.cut(); s.http.Close() })
	return s
}

// URL is where both interfaces are.
func (s *Server) URL() string { return s.http.URL }

// Fail makes the next requests of a kind go wrong, one by one; 0 is a request that goes right.
func (s *Server) Fail(kind string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[kind] = append(s.faults[kind], faults...)
}

// Asked counts the requests of a kind that have come.
func (s *Server) Asked(kind string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[kind]
}

// Sent lists what has arrived from the robot.
func (s *Server) Sent() []Sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

// Deafen makes the next connection deaf: nothing that comes is read, so that pings are not answered.
func (s *Server) Deafen() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent = true
}

// ExpireTokens makes all tokens stale, whatever was said of their time.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

// ForgetSessions makes all addresses that messages brought along stale.
func (s *Server) ForgetSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.hooks)
}

// State is what a test may wait for.
type State struct {
	Online bool // a robot is connected
	Sent   int  // messages that have arrived from it
	Acks   map[string]int
}

// Wait waits until enough says so.
func (s *Server) Wait(ctx context.Context, enough func(State) bool) {
	s.t.Helper()
	for {
		s.mu.Lock()
		ok, wake := enough(State{s.conn != nil, len(s.sent), maps.Clone(s.acks)}), s.wake
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

// problem is an answer that says no.
type problem struct {
	status int
	body   map[string]any
}

func refuse(status int, code, text string) problem {
	return problem{status, map[string]any{"requestid": "r", "code": code, "message": text}}
}

// older is a refusal of the older interface.
func older(number int, text string) problem {
	return problem{http.StatusOK, map[string]any{"errcode": number, "errmsg": text}}
}

// faulty is what a fault answers in place of the right answer.
func faulty(kind string, f Fault) problem {
	old := kind == Reply || kind == Upload || kind == Contact
	switch f {
	case Broken:
		return problem{http.StatusInternalServerError, nil}
	case TooOften:
		if old {
			return older(130101, "send too fast, exceed 20 times per minute")
		}
		return refuse(http.StatusForbidden, "Forbidden.AccessDenied.QpsLimitForApi", "qps limit")
	case Forbidden:
		if old {
			p := older(88, "ding talk error[subcode=60011,submsg=没有调用该接口的权限]")
			p.body["sub_code"], p.body["sub_msg"] = "60011", "没有调用该接口的权限"
			return p
		}
		p := refuse(http.StatusForbidden, "Forbidden.AccessDenied.AccessTokenPermissionDenied", "应用尚未开通所需的权限：[qyapi_robot_sendmsg]")
		p.body["accessdenieddetail"] = map[string]any{"requiredScopes": []string{"qyapi_robot_sendmsg"}}
		return p
	case Busy:
		return older(-1, "系统繁忙")
	case Gone:
		if kind == Reply {
			return older(300001, "session 不存在")
		}
		return refuse(http.StatusNotFound, "notFound", "gone")
	}
	if old {
		return older(400105, "unsupported msgtype")
	}
	return refuse(http.StatusBadRequest, "invalidParameter", "refused")
}

// serve answers one request, or fails at it.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, kind string, do func(*http.Request) any) {
	s.mu.Lock()
	s.asked[kind]++
	fault := Fault(0)
	if list := s.faults[kind]; len(list) > 0 {
		fault, s.faults[kind] = list[0], list[1:]
	}
	s.mu.Unlock()
	switch fault {
	case Cut:
		panic(http.ErrAbortHandler)
	case Silence:
		select {
		case <-r.Context().Done():
		case <-s.stop:
		}
		panic(http.ErrAbortHandler)
	case 0, Lost, Garbage, Short:
	default:
		answer(w, faulty(kind, fault))
		return
	}
	s.mu.Lock()
	got := do(r)
	s.changed()
	s.mu.Unlock()
	switch fault {
	case Lost:
		panic(http.ErrAbortHandler)
	case Garbage:
		got = []byte("<html>502 Bad Gateway</html>")
	case Short:
		w.Header().Set("Content-Length", "1000000")
	}
	answer(w, got)
}

func answer(w http.ResponseWriter, got any) {
	status := http.StatusOK
	if p, ok := got.(problem); ok {
		status, got = p.status, p.body
	}
	data, ok := got.([]byte)
	if !ok {
		data, _ = json.Marshal(got) // maps of plain values always marshal
	}
	w.WriteHeader(status)
	_, _ = w.Write(data) // the robot may hang up
}

// open gives a ticket; the lock is held, as in all that answers requests.
func (s *Server) open(r *http.Request) any {
	var b struct {
		ID            string `json:"clientId"`
		Secret        string `json:"clientSecret"`
		Subscriptions []struct{ Type, Topic string }
	}
	if json.NewDecoder(r.Body).Decode(&b) != nil || b.ID != ClientID || b.Secret != Secret {
		return refuse(http.StatusUnauthorized, "authFailed", "鉴权失败")
	}
	if !slices.Contains(b.Subscriptions, struct{ Type, Topic string }{"CALLBACK", topicBot}) {
		s.t.Error("the robot does not subscribe to messages")
	}
	s.n++
	ticket := fmt.Sprintf("%d+/=&", s.n)
	s.tickets[ticket] = true
	return map[string]any{"endpoint": "ws" + strings.TrimPrefix(s.http.URL, "http") + "/connect", "ticket": ticket}
}

func (s *Server) giveToken(r *http.Request) any {
	var b struct{ AppKey, AppSecret string }
	if json.NewDecoder(r.Body).Decode(&b) != nil || b.AppKey != ClientID || b.AppSecret != Secret {
		return refuse(http.StatusBadRequest, "invalidClientIdOrSecret", "无效的clientId或者clientSecret")
	}
	s.n++
	token := fmt.Sprintf("token-%d", s.n)
	s.tokens[token] = true
	return map[string]any{"accessToken": token, "expireIn": 7200}
}

// connect carries frames until either side has enough.
func (s *Server) connect(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	ticket := r.URL.Query().Get("ticket")
	known := s.tickets[ticket]
	delete(s.tickets, ticket)
	s.conn = nil // an older connection gets nothing more
	s.mu.Unlock()
	if !known {
		http.Error(w, "no such ticket", http.StatusUnauthorized)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = conn.CloseNow() }()
	s.mu.Lock()
	s.conn = conn
	deaf := s.silent
	s.silent = false
	s.changed()
	s.mu.Unlock()
	if deaf {
		<-s.stop
		return
	}
	for {
		_, data, err := conn.Read(r.Context())
		s.mu.Lock()
		if err == nil {
			s.hear(data)
		} else if s.conn == conn {
			s.conn = nil
		}
		s.changed()
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// hear takes an answer of the robot.
func (s *Server) hear(data []byte) {
	var a struct {
		Code    int
		Headers map[string]string
		Data    string
	}
	if json.Unmarshal(data, &a) != nil || a.Headers["messageId"] == "" || a.Headers["contentType"] != "application/json" {
		s.t.Errorf("the robot answered with what is no answer: %s", data)
		return
	}
	s.acks[a.Headers["messageId"]] = a.Code
}

// Deliver puts bytes on the connection as they are, as soon as there is one.
func (s *Server) Deliver(data string) {
	s.Wait(s.t.Context(), func(st State) bool { return st.Online })
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		s.t.Error("the robot has gone")
		return
	}
	_ = s.conn.Write(context.Background(), websocket.MessageText, []byte(data)) // a robot that is gone does not hear it
}

// Frame is a frame with an id of its own.
func Frame(kind, topic, id string, data any) string {
	inner, _ := json.Marshal(data) // maps of plain values always marshal
	f, _ := json.Marshal(map[string]any{
		"specVersion": "1.0", "type": kind, "headers": map[string]string{"topic": topic, "messageId": id, "contentType": "application/json"}, "data": string(inner),
	})
	return string(f)
}

// Say delivers a message, whose msgId is filled in unless it is there, and gives the id of the frame.
func (s *Server) Say(body map[string]any) (frame string) {
	s.mu.Lock()
	s.n++
	frame = fmt.Sprintf("f%d", s.n)
	body = maps.Clone(body)
	for key, value := range map[string]any{
		"msgId": fmt.Sprintf("msg%d", s.n), "sessionWebhook": fmt.Sprintf("%s/robot/sendBySession/%d?session=secret", s.http.URL, s.n),
		"sessionWebhookExpiredTime": time.Now().Add(90 * time.Minute).UnixMilli(), "createAt": time.Now().UnixMilli(),
		"robotCode": ClientID, "chatbotUserId": robotID, "chatbotCorpId": Corp,
	} {
		if _, ok := body[key]; !ok {
			body[key] = value
		}
	}
	s.hooks[fmt.Sprint(s.n)] = fmt.Sprint(body["conversationId"])
	if body["conversationType"] == "1" {
		s.hooks[fmt.Sprint(s.n)] = fmt.Sprint(body["senderStaffId"])
	}
	s.mu.Unlock()
	s.Deliver(Frame("CALLBACK", topicBot, frame, body))
	return frame
}

// InGroup is a group's message by somebody of the company who mentions the robot.
func InGroup(conversation, staff, text string) map[string]any {
	return map[string]any{
		"conversationType": "2", "conversationId": conversation, "conversationTitle": "创城工作群", "senderStaffId": staff, "senderId": "$:LWCP_v1:$" + staff,
		"senderCorpId": Corp, "senderNick": "昵称" + staff, "isInAtList": true, "msgtype": "text", "text": map[string]any{"content": " " + text},
	}
}

// Private is what somebody of the company writes to the robot alone.
func Private(staff, text string) map[string]any {
	m := InGroup("cidPRIVATE"+staff, staff, text)
	m["conversationType"] = "1"
	delete(m, "conversationTitle")
	return m
}

// Rich puts words and pictures into a message as one rich text: the mention, the pictures, the words.
func (s *Server) Rich(m map[string]any, text string, pictures ...[]byte) map[string]any {
	spans := []map[string]any{{"text": "@督办 "}}
	for _, p := range pictures {
		spans = append(spans, map[string]any{"type": "picture", "downloadCode": s.File(p), "pictureDownloadCode": "old"})
	}
	if text != "" {
		spans = append(spans, map[string]any{"text": text})
	}
	m["msgtype"], m["content"] = "richText", map[string]any{"richText": spans}
	delete(m, "text")
	return m
}

// Quote makes a message answer to another one, of which the network tells this.
func Quote(m map[string]any, sender, kind string, content map[string]any) map[string]any {
	if sender == "" {
		sender = robotID
	}
	text := m["text"].(map[string]any)
	text["isReplyMsg"], text["repliedMsg"] = true, map[string]any{"msgId": "quoted", "msgType": kind, "senderId": sender, "content": content}
	return m
}

// File offers what somebody sends for download and gives its code.
func (s *Server) File(data []byte) (code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	code = fmt.Sprintf("code%d", s.n)
	s.files[code] = data
	return code
}

// Break cuts the connection, as soon as there is one.
func (s *Server) Break() {
	s.Wait(s.t.Context(), func(st State) bool { return st.Online })
	s.cut()
}

func (s *Server) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		_ = s.conn.CloseNow()
		s.conn = nil
	}
}
