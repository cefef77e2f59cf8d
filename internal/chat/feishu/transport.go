package feishu

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/larksuite/oapi-sdk-go/v3/core"
	"github.com/larksuite/oapi-sdk-go/v3/ws"

	"duban/internal/chat"
	"duban/internal/chat/link"
)

// transport is how the open interface is reached: answers are kept to a size that memory can hold, and a token that the service does not accept is forgotten, so
// that the kit's second try gets a new one.
type transport struct {
	http.RoundTripper
	app     string
	connect *pacer // of connections; nil: none
}

// Limits of answers, in bytes.
const (
	maxAnswer  = 32 << 20 // the largest picture and a little more
	maxRefusal = 64 << 10 // an answer that is no success
)

// mostKey is the key of a context's value: the largest download, in bytes, where it is less than maxAnswer.
type mostKey struct{}

// RoundTrip cuts the answer's body. A download of which the network says that it is larger is not begun.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == ws.GenEndpointUri {
		return t.bootstrap(r)
	}
	resp, err := t.RoundTripper.RoundTrip(r)
	if strings.HasPrefix(r.URL.Path, larkcore.TenantAccessTokenUrlPath) {
		return token(resp, err)
	}
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return t.refusal(resp)
	}
	most := int64(maxAnswer)
	if n, ok := r.Context().Value(mostKey{}).(int64); ok && strings.Contains(r.URL.Path, "/resources/") {
		most = min(most, n)
	}
	if resp.ContentLength > most {
		return nil, errors.Join(chat.ErrTooLarge, resp.Body.Close())
	}
	resp.Body = http.MaxBytesReader(nil, resp.Body, most)
	return resp, nil
}

// bootstrap asks where to connect to. The kit does as the answer says: without a time between two pings it pings without a pause, and without
// one between two connections it connects without a pause.
func (t transport) bootstrap(r *http.Request) (*http.Response, error) {
	if err := t.connect.wait(r.Context()); err != nil {
		return nil, err
	}
	resp, err := t.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxRefusal))
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, fmt.Errorf("read where to connect: %w", err)
	}
	var answer ws.EndpointResp
	if json.Unmarshal(data, &answer) == nil && answer.Data != nil && answer.Data.ClientConfig != nil {
		tame(answer.Data.ClientConfig)
		if data, err = json.Marshal(answer); err != nil {
			return nil, fmt.Errorf("where to connect: %w", err)
		}
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	return resp, nil
}

// Times in seconds between which the network's own have to be. A larger nonce would crash the kit.
const (
	usualPing = 120
	leastPing = 10
	mostPause = 300
)

// tame makes times from the network ones that a connection can live with.
func tame(c *ws.ClientConfig) {
	if c.PingInterval < leastPing {
		c.PingInterval = usualPing
	}
	c.PingInterval = min(c.PingInterval, mostPause)
	c.ReconnectInterval = min(max(c.ReconnectInterval, 0), mostPause)
	c.ReconnectNonce = min(max(c.ReconnectNonce, 0), mostPause)
}

// pacer lets something happen some times at once, and then once in a while.
type pacer struct {
	every time.Duration
	burst int

	mu   sync.Mutex
	next time.Time // when the next one would be due if all were paced
}

// wait waits for the turn. Its error is ctx's.
func (p *pacer) wait(ctx context.Context) error {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	now := time.Now()
	if p.next.Before(now) {
		p.next = now
	}
	due := p.next.Add(-time.Duration(p.burst-1) * p.every)
	p.next = p.next.Add(p.every)
	p.mu.Unlock()
	if !due.After(now) {
		return nil
	}
	timer := time.NewTimer(due.Sub(now))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pacedConn is a connection on which not too much is written at once: a pong may bring other times than the ones that bootstrap tames.
type pacedConn struct {
	net.Conn
	pace *pacer
}

// Write implements net.Conn. Every frame is one.
func (c pacedConn) Write(p []byte) (int, error) {
	if err := c.pace.wait(context.Background()); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// Frames that are written: pings and the acknowledgements of what arrives.
const (
	frameBurst = 100
	frameEvery = 50 * time.Millisecond
)

// dialer opens the long connections.
func dialer() *websocket.Dialer {
	return &websocket.Dialer{
		Proxy: http.ProxyFromEnvironment, HandshakeTimeout: 45 * time.Second,
		NetDialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return pacedConn{conn, &pacer{every: frameEvery, burst: frameBurst}}, nil
		},
	}
}

// errNoToken says that a request was not made, because there is no token for it.
var errNoToken = errors.New("no token")

// token looks at the answer to the question for a token: the kit would take one that holds none for an empty token.
func token(resp *http.Response, err error) (*http.Response, error) {
	if err != nil {
		return nil, errors.Join(errNoToken, err)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxRefusal))
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, errors.Join(errNoToken, err)
	}
	var answer larkcore.TenantAccessTokenResp
	if err := json.Unmarshal(data, &answer); err != nil || answer.Code == 0 && answer.TenantAccessToken == "" {
		return nil, fmt.Errorf("%w: HTTP %d", errNoToken, resp.StatusCode)
	}
	resp.Body = io.NopCloser(bytes.NewReader(data))
	return resp, nil
}

// codeBadToken is what the service answers to a token that is no longer good, though its time is not over.
const codeBadToken = 99991663

func (t transport) refusal(resp *http.Response) (*http.Response, error) {
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxRefusal))
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, fmt.Errorf("read refusal: %w", err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(data))
	var code larkcore.CodeError
	if json.Unmarshal(data, &code) == nil && code.Code == codeBadToken {
		tokens.forget(t.app)
	}
	return resp, nil
}

// tokens are the kit's tokens of all channels, because the kit keeps its own where nothing can be taken out.
var tokens = newTokens()

type tokenCache struct{ kept link.Passing }

func newTokens() *tokenCache {
	c := &tokenCache{}
	larkcore.NewCache(&larkcore.Config{TokenCache: c})
	return c
}

// Set implements larkcore.Cache.
func (c *tokenCache) Set(_ context.Context, key, value string, valid time.Duration) error {
	c.kept.Put(key, value, time.Now().Add(valid))
	return nil
}

// Get implements larkcore.Cache; "" where there is none that is good.
func (c *tokenCache) Get(_ context.Context, key string) (string, error) {
	value, _ := c.kept.Get(key, 0)
	return value, nil
}

// forget takes an app's tokens away; its id stands between colons in their keys.
func (c *tokenCache) forget(app string) {
	c.kept.Drop(func(key, _ string) bool { return strings.Contains(key, ":"+app+":") })
}
