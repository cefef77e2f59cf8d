package feishu

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

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
	}), "cli"}
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
