package wechattest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"time"
)

// Fault is one way to misbehave. Exactly one of its fields says which; Times says for how many requests (0: one).
type Fault struct {
	Times  int
	HTML   int           // answer with this HTTP status and an HTML page, without any effect
	Ret    int           // answer with this BaseResponse.Ret, without any effect
	Refuse bool          // the connection is not made at all (in memory only)
	Before bool          // drop the connection after reading the request, without any effect
	After  bool          // do what was asked, then drop the connection
	Body   string        // do what was asked, then answer with this text
	Empty  bool          // do what was asked, then answer with no byte
	Slow   time.Duration // wait before answering
	Half   bool          // do what was asked, then drop the connection in the middle of the answer
	Drip   time.Duration // do what was asked, then answer byte by byte with this pause before each
	Huge   int64         // do what was asked, then follow the answer by blanks, so many bytes in all
	// Edit changes the JSON answer.
	Edit func(map[string]any)
	// Rewrite changes an answer that is a text.
	Rewrite func(string) string
}

// Inject makes the next request to an endpoint misbehave. Faults of one endpoint queue up.
func (s *Server) Inject(endpoint string, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.Times = max(f.Times, 1)
	s.faults[endpoint] = append(s.faults[endpoint], &f)
}

// Heal forgets all faults that were not yet met.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = map[string][]*Fault{}
	s.stuck = ""
	s.wake()
}

// Break drops the connections of the long polls that wait now.
func (s *Server) Break() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.breaks++
	s.wake()
}

// Stick makes every long poll answer at once with this selector although there is nothing; "" ends it.
func (s *Server) Stick(selector string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stuck = selector
	s.wake()
}

func (s *Server) takeFault(endpoint string) *Fault {
	queue := s.faults[endpoint]
	if len(queue) == 0 {
		return nil
	}
	f := queue[0]
	if f.Times--; f.Times == 0 {
		s.faults[endpoint] = queue[1:]
	}
	return f
}

// errRefused is what the transport answers to a request whose connection could not be made.
type errRefused struct{}

func (errRefused) Error() string { return "dial tcp: connection refused" }

func (s *Server) serveWith(f *Fault, endpoint string, w http.ResponseWriter, r *http.Request) {
	handler := s.route(endpoint)
	if f == nil {
		handler(w, r)
		return
	}
	switch {
	case f.Refuse:
		panic(errRefused{})
	case f.Before:
		panic(http.ErrAbortHandler)
	case f.HTML != 0:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(f.HTML)
		fmt.Fprint(w, "<html><body><h1>Bad Gateway</h1></body></html>")
	case f.Ret != 0:
		replyRet(w, endpoint, f.Ret)
	case f.After:
		s.unheard(handler, r)
		panic(http.ErrAbortHandler)
	default:
		s.spoil(f, handler, w, r)
	}
}

// unheard does what was asked and leaves the answer out. What was sent by it bears a mark.
func (s *Server) unheard(handler http.HandlerFunc, r *http.Request) {
	n := len(s.Sent())
	handler(httptest.NewRecorder(), r)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := n; i < len(s.sent); i++ {
		s.sent[i].Unheard = true
	}
}

// spoil does what was asked and then spoils the answer.
func (s *Server) spoil(f *Fault, handler http.HandlerFunc, w http.ResponseWriter, r *http.Request) {
	rec := httptest.NewRecorder()
	handler(rec, r)
	body := rec.Body.Bytes()
	switch {
	case f.Empty:
		body = nil
	case f.Body != "":
		body = []byte(f.Body)
	case f.Edit != nil:
		body = edit(body, f.Edit)
	case f.Rewrite != nil:
		body = []byte(f.Rewrite(string(body)))
	case f.Slow != 0:
		select {
		case <-time.After(f.Slow):
		case <-r.Context().Done():
			return
		}
	}
	maps.Copy(w.Header(), rec.Header())
	w.WriteHeader(rec.Code)
	if f.Half || f.Drip != 0 || f.Huge != 0 {
		s.pour(w, &trickle{ctx: r.Context(), fault: f, body: body})
		return
	}
	_, _ = w.Write(body)
}

// trickle is an answer that does not come in one piece.
type trickle struct {
	ctx   context.Context
	fault *Fault
	body  []byte
	read  int64 // bytes so far
}

var blanks = bytes.Repeat([]byte{' '}, 64<<10)

// Read implements io.Reader.
func (t *trickle) Read(p []byte) (n int, err error) {
	switch {
	case t.fault.Half && int(t.read) >= len(t.body)/2:
		return 0, errDropped
	case t.fault.Half:
		n = copy(p, t.body[t.read:len(t.body)/2])
	case t.fault.Drip != 0 && int(t.read) == len(t.body), t.fault.Huge != 0 && t.read >= t.fault.Huge:
		return 0, io.EOF
	case t.fault.Drip != 0:
		select {
		case <-time.After(t.fault.Drip):
		case <-t.ctx.Done():
			return 0, t.ctx.Err()
		}
		n = copy(p[:1], t.body[t.read:])
	case int(t.read) < len(t.body):
		n = copy(p, t.body[t.read:])
	default:
		n = copy(p[:min(int64(len(p)), t.fault.Huge-t.read)], blanks)
	}
	t.read += int64(n)
	return n, nil
}

// pour sends an answer that does not come in one piece, and notes how much of it was taken.
func (s *Server) pour(w http.ResponseWriter, t *trickle) {
	if m, ok := w.(*memoryWriter); ok {
		m.rest = t // the client reads it
		m.done = func() { s.tookAway(t.read) }
		return
	}
	_, err := io.Copy(w, t)
	s.tookAway(t.read)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
}

func (s *Server) tookAway(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = max(s.taken, n)
}

// Taken is the most that a client has read of one answer that did not come in one piece, in bytes.
func (s *Server) Taken() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken
}

func edit(body []byte, f func(map[string]any)) []byte {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v map[string]any
	if err := dec.Decode(&v); err != nil {
		return body
	}
	f(v)
	out, err := json.Marshal(v)
	if err != nil {
		return body
	}
	return out
}

// replyRet answers with a code in the shape that the endpoint has.
func replyRet(w http.ResponseWriter, endpoint string, ret int) {
	switch endpoint {
	case "synccheck":
		fmt.Fprintf(w, `window.synccheck={retcode:"%d",selector:"0"}`, ret)
	case "webwxnewloginpage":
		fmt.Fprintf(w, "<error><ret>%d</ret><message>为了你的帐号安全，此微信号不能登录网页微信。</message></error>", ret)
	default:
		reply(w, object{"BaseResponse": base(ret)})
	}
}

func base(ret int) object { return object{"Ret": ret, "ErrMsg": ""} }

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "text/plain")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
}
