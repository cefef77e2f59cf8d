package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path"
	"sync"
	"time"

	"duban/internal/chat"
)

// Body limits in bytes. An answer that is longer is an error, not a truncated answer.
const (
	maxSmall   = 1 << 20
	maxSync    = 16 << 20
	maxPicture = 32 << 20
)

// Timeouts for one request, body included. The long poll is held by the server for about 25 s.
const (
	pollTimeout     = 40 * time.Second
	callTimeout     = 30 * time.Second
	courtesyTimeout = 10 * time.Second
)

// ownCall marks the context of a request that the channel makes itself, from whatever goroutine. Requests without the
// mark are the library's, made by its login or by its sync goroutine, never by both at a time.
type ownCall struct{}

// guard is the RoundTripper between the library and the servers. It paces, checks, repairs or refuses every answer, so
// that the library only sees what it can cope with.
type guard struct {
	base http.RoundTripper
	pace Pacing
	log  *slog.Logger
	ends guardEnds

	jar cookieKeeper

	mu     sync.Mutex
	last   map[string]time.Time // when the last request to an endpoint began
	errs   int                  // failed polls in a row
	idle   int                  // polls in a row that promised something and brought nothing
	lastAt string               // the sync key that the last batch ended with
}

// guardEnds is what the guard tells the session. All are called on the library's goroutine.
type guardEnds struct {
	confirmed func()                                         // the phone confirmed a login
	begun     func(in initReply)                             // webwxinit answered
	batch     func(messages int, changed, deleted []contact) // a good answer to webwxsync is about to be decoded
	idle      func(polls int)                                // too many polls in a row brought nothing
	// beat: a poll went through, and what it promised was asked for. It is sound if all of that came, too.
	beat func(sound bool)
}

// RoundTrip answers a request from the network or, for what the library should not ask, from the channel's own index.
func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	own := req.Context().Value(ownCall{}) != nil
	endpoint := path.Base(req.URL.Path)
	if !own {
		g.jar.applyPending()
	}
	switch endpoint {
	case "synccheck":
		return g.syncCheck(req)
	case "webwxsync":
		return g.sync(req)
	case "webwxgetcontact", "webwxbatchgetcontact":
		if !own {
			return g.stub(req, endpoint)
		}
		return g.contacts(req, endpoint)
	case "jslogin", "login":
		return g.login(req, endpoint)
	case "webwxnewloginpage":
		return g.ticket(req)
	case "webwxinit":
		return g.begin(req)
	case "webwxstatusnotify":
		return g.notify(req)
	case "webwxgetmsgimg", "webwxgetmedia", "webwxgetvoice", "webwxgetvideo", "webwxgeticon":
		return g.media(req)
	case "webwxuploadmedia":
		return g.json(req, maxSmall, g.pace.MediaTimeout)
	case "webwxsendmsg", "webwxsendmsgimg", "webwxsendappmsg":
		return g.send(req)
	default:
		return g.json(req, maxSmall, callTimeout)
	}
}

// fetch does one request and reads the whole answer. It takes the cookies off the answer: the library's jar must only be
// touched by the library's goroutine.
func (g *guard) fetch(req *http.Request, limit int64, timeout time.Duration) (*http.Response, []byte, error) {
	ctx, cancel := context.WithTimeout(req.Context(), timeout)
	defer cancel()
	resp, err := g.base.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read the answer: %w", err)
	}
	if int64(len(body)) > limit {
		return nil, nil, fmt.Errorf("the answer is longer than %d bytes: %w", limit, chat.ErrTooLarge)
	}
	g.jar.take(req, resp)
	return resp, body, nil
}

// answered puts a body into a response.
func answered(resp *http.Response, body []byte) *http.Response {
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	resp.Header.Del("Content-Length")
	return resp
}

// local is a response that did not come from the network.
func local(req *http.Request, body []byte) *http.Response {
	resp := &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Request: req,
	}
	return answered(resp, body)
}

// json does a request whose answer must be a JSON object with status 200. The library checks neither.
func (g *guard) json(req *http.Request, limit int64, timeout time.Duration) (*http.Response, error) {
	resp, body, err := g.fetch(req, limit, timeout)
	if err != nil {
		return nil, err
	}
	if err := isJSON(resp, body); err != nil {
		return nil, fmt.Errorf("%s: %w", path.Base(req.URL.Path), err)
	}
	return answered(resp, body), nil
}

func isJSON(resp *http.Response, body []byte) error {
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answered %d", resp.StatusCode)
	}
	if b := bytes.TrimSpace(body); len(b) == 0 || b[0] != '{' || !json.Valid(b) {
		return errors.New("the server did not answer JSON")
	}
	return nil
}

// complete says whether an answer that is no refusal has all these fields. Without them it is no answer: an empty list of contacts would make
// the program forget everybody, and a message would count as sent.
func complete(body []byte, fields ...string) error {
	var base struct{ BaseResponse baseReply }
	var all map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(body, &base), json.Unmarshal(body, &all)); err != nil {
		return fmt.Errorf("the answer is nonsense: %w", err)
	}
	if base.BaseResponse.Ret != 0 {
		return nil
	}
	for _, f := range fields {
		if raw := all[f]; len(raw) == 0 || string(raw) == "null" {
			return fmt.Errorf("the answer has no %s", f)
		}
	}
	return nil
}

// media does a request for bytes. The caller checks that there are any.
func (g *guard) media(req *http.Request) (*http.Response, error) {
	resp, body, err := g.fetch(req, maxPicture, g.pace.MediaTimeout)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusPartialContent {
		return nil, fmt.Errorf("the server answered %d", resp.StatusCode)
	}
	return answered(resp, body), nil
}

// again does a harmless request up to four times with growing pauses: one lost poll would otherwise end a login that a
// person is just confirming.
func (g *guard) again(req *http.Request, try func() (*http.Response, error)) (*http.Response, error) {
	for attempt := 0; ; attempt++ {
		resp, err := try()
		if _, refused := retOf(orNone(err)); err == nil || refused || attempt == 3 {
			return resp, err
		}
		if !sleep(req.Context(), double(g.pace.LoginSpacing, attempt, 10*g.pace.LoginSpacing)) {
			return nil, req.Context().Err()
		}
		if err := rewind(req); err != nil {
			return nil, err
		}
	}
}

func orNone(err error) error {
	if err == nil {
		return errors.New("")
	}
	return err
}

// rewind makes a request's body readable again.
func rewind(req *http.Request) error {
	if req.Body == nil || req.GetBody == nil {
		return nil
	}
	body, err := req.GetBody()
	if err != nil {
		return fmt.Errorf("repeat the request: %w", err)
	}
	req.Body = body
	return nil
}

// space waits until at least d has passed since the last request to an endpoint began.
func (g *guard) space(ctx context.Context, endpoint string, d time.Duration) error {
	g.mu.Lock()
	wait := d - time.Since(g.last[endpoint])
	g.mu.Unlock()
	if !sleep(ctx, wait) {
		return ctx.Err()
	}
	g.mu.Lock()
	g.last[endpoint] = time.Now()
	g.mu.Unlock()
	return nil
}
