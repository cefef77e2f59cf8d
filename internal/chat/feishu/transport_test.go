package feishu

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/larksuite/oapi-sdk-go/v3/ws"

	"duban/internal/chat"
)

// unread is a body that nobody may read.
type unread struct {
	t      *testing.T
	closed bool
}

func (u *unread) Read([]byte) (int, error) {
	u.t.Error("what is too large is loaded")
	return 0, io.EOF
}

func (u *unread) Close() error { u.closed = true; return nil }

// What the network says is too large is not loaded to find that out; a limit of downloads is none of other answers.
func TestTooLargeIsNotLoaded(t *testing.T) {
	body := &unread{t: t}
	tr := transport{transportFunc(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, ContentLength: 11, Body: body}, nil
	}), "cli", nil}
	ask := func(path string) error {
		ctx := context.WithValue(t.Context(), mostKey{}, int64(10))
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://example.cn"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := tr.RoundTrip(req)
		if err != nil {
			return err
		}
		return resp.Body.Close()
	}
	if err := ask("/open-apis/im/v1/messages/om/resources/key"); !errors.Is(err, chat.ErrTooLarge) || !body.closed {
		t.Errorf("got %v, closed: %v", err, body.closed)
	}
	if err := ask("/open-apis/im/v1/messages"); err != nil {
		t.Errorf("a message: %v", err)
	}
}

// A token is good for its time, and an app's are forgotten alone.
func TestTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &tokenCache{}
		has := func(app string) bool {
			value, err := c.Get(t.Context(), "t:app_secret:"+app+":")
			return err == nil && value != ""
		}
		for _, app := range []string{"cli_a", "cli_b"} {
			if err := c.Set(t.Context(), "t:app_secret:"+app+":", "t-"+app, time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		c.forget("cli_a")
		if has("cli_a") || !has("cli_b") {
			t.Error("the wrong tokens are forgotten")
		}
		time.Sleep(time.Hour)
		if has("cli_b") {
			t.Error("its time is over")
		}
	})
}

// The times of the network are not taken as they are: none would be a ping, or a connection, without a pause.
func TestTamesTimes(t *testing.T) {
	for settings, want := range map[string]ws.ClientConfig{
		`{}`: {PingInterval: usualPing},
		`{"PingInterval":-5,"ReconnectCount":-1,"ReconnectInterval":-1,"ReconnectNonce":-1}`: {PingInterval: usualPing, ReconnectCount: -1},
		`{"PingInterval":9000000000000000000,"ReconnectInterval":9000000000000000000,"ReconnectNonce":9000000000000000000}`: {
			PingInterval: mostPause, ReconnectInterval: mostPause, ReconnectNonce: mostPause,
		},
		`{"PingInterval":120,"ReconnectCount":7,"ReconnectInterval":120,"ReconnectNonce":30}`: {PingInterval: 120, ReconnectCount: 7, ReconnectInterval: 120, ReconnectNonce: 30},
	} {
		body := `{"code":0,"data":{"URL":"wss://example.cn/","ClientConfig":` + settings + `}}`
		tr := transport{transportFunc(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body))}, nil
		}), "cli", nil}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://example.cn"+ws.GenEndpointUri, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		var got ws.EndpointResp
		err = errors.Join(json.NewDecoder(resp.Body).Decode(&got), resp.Body.Close())
		if err != nil || got.Data == nil || got.Data.Url != "wss://example.cn/" || *got.Data.ClientConfig != want {
			t.Errorf("%s: %+v, %v", settings, got.Data, err)
		}
	}
}

// Some at once, and then one after the other.
func TestPacer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pacer{every: time.Second, burst: 3}
		start := time.Now()
		for n, want := range []time.Duration{0, 0, 0, time.Second, 2 * time.Second, 3 * time.Second} {
			if err := p.wait(t.Context()); err != nil || time.Since(start) != want {
				t.Errorf("%d after %v: %v", n, time.Since(start), err)
			}
		}
		time.Sleep(time.Hour)
		start = time.Now()
		for range 4 {
			_ = p.wait(t.Context())
		}
		if time.Since(start) != time.Second {
			t.Errorf("a rest is worth %v", time.Since(start))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := p.wait(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

// What is written to a long connection is paced: a pong that brings no time between two pings makes the kit ping a hundred times in two
// milliseconds, and go on like that.
func TestFramesArePaced(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	made, err := dialer().NetDialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = made.Close() }()
	pace := made.(pacedConn).pace
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, there) }()
		conn, start := pacedConn{here, pace}, time.Now()
		for range frameBurst + 20 {
			if _, err := conn.Write([]byte("ping")); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took != 20*frameEvery {
			t.Errorf("it took %v", took)
		}
		_ = conn.Close()
	})
}
