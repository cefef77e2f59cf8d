package feishu

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/larksuite/oapi-sdk-go/v3/core"

	"duban/internal/chat"
	"duban/internal/chat/link"
)

// transport is how the open interface is reached: answers are kept to a size that memory can hold, and a token that the service does not accept is forgotten, so
// that the kit's second try gets a new one.
type transport struct {
	http.RoundTripper
	app string
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
