package dingtalk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"duban/internal/chat"
)

// refusal is an answer that says no, of either interface: the newer one names a code and has a status, the older one has a number.
type refusal struct {
	what   string
	status int

	Code    string `json:"code"`
	Message string `json:"message"`
	Number  int    `json:"errcode"`
	Text    string `json:"errmsg"`
	Sub     string `json:"sub_code"` // the number, where the number says only that there is one
	Detail  struct {
		Scopes []string `json:"requiredScopes"`
	} `json:"accessdenieddetail"`
}

func (r *refusal) Error() string {
	return fmt.Sprintf("%s: %d %s %s %d %s %s", r.what, r.status, r.Code, r.Message, r.Number, r.Sub, r.Text)
}

// Numbers of the older interface, which the addresses that messages bring along speak, too.
const (
	numberBusy    = -1
	numberNoToken = 40014
	numberExpired = 42001
	numberTooFast = 130101 // more than twenty a minute
	numberLimited = 410100 // likewise
	numberScope   = 60011  // a permission is missing
)

// tooOften says whether the network asks for patience.
func (r *refusal) tooOften() bool {
	return r.status == http.StatusTooManyRequests || r.Number == numberTooFast || r.Number == numberLimited ||
		strings.Contains(r.Code, "QpsLimit") || strings.HasPrefix(r.Code, "Throttling")
}

// stale says whether the token is not taken any more.
func (r *refusal) stale() bool {
	return r.status == http.StatusUnauthorized || r.Code == "InvalidAuthentication" || r.is(numberNoToken) || r.is(numberExpired)
}

// forbidden says whether the app lacks a permission.
func (r *refusal) forbidden() bool {
	return len(r.Detail.Scopes) > 0 || strings.HasSuffix(r.Code, "AccessTokenPermissionDenied") || r.is(numberScope)
}

// is says whether a number of the older interface is the reason.
func (r *refusal) is(number int) bool { return r.Number == number || r.Sub == strconv.Itoa(number) }

// broken says whether the network itself is in trouble. What became of the request is open then.
func (r *refusal) broken() bool { return r.status >= http.StatusInternalServerError }

// token is the key of the app's requests, which the network gives for two hours.
type token struct {
	mu    sync.Mutex
	text  string
	until time.Time
}

// early is how long before its end a token is renewed.
const early = 5 * time.Minute

// get gives a token that is good, a new one if the present one is about to end.
func (t *token) get(ctx context.Context, c *Channel) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.text != "" && time.Now().Add(early).Before(t.until) {
		return t.text, nil
	}
	var got struct {
		Token  string `json:"accessToken"`
		Expire int64  `json:"expireIn"` // seconds
	}
	err := c.request(ctx, "token", c.cfg.URL+"/v1.0/oauth2/accessToken", "", map[string]string{"appKey": c.cfg.ClientID, "appSecret": c.cfg.Secret}, &got)
	if err != nil {
		return "", err
	}
	if got.Token == "" {
		return "", errors.New("token: the answer has none")
	}
	t.text, t.until = got.Token, time.Now().Add(time.Duration(got.Expire)*time.Second)
	return t.text, nil
}

// drop forgets a token that is not taken any more.
func (t *token) drop(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.text == text {
		t.text = ""
	}
}

// errNoToken says that a request was not made, because there is no token for it.
var errNoToken = errors.New("no token")

// with makes a request with a token, and once more with a new one if the network does not take it any more: it had no effect then.
func (c *Channel) with(ctx context.Context, request func(token string) error) error {
	for again := false; ; again = true {
		t, err := c.token.get(ctx, c)
		if err != nil {
			return fmt.Errorf("%w: %w", errNoToken, err)
		}
		err = request(t)
		if e, ok := errors.AsType[*refusal](err); !ok || !e.stale() || again {
			return err
		}
		c.token.drop(t)
	}
}

// call asks the robot's interface.
func (c *Channel) call(ctx context.Context, path string, body, answer any) error {
	return c.with(ctx, func(token string) error { return c.request(ctx, path, c.cfg.URL+"/v1.0/"+path, token, body, answer) })
}

// maxAnswer bounds what is read as an answer, in bytes.
const maxAnswer = 1 << 20

// request posts JSON. A *refusal is certain unless it is broken; any other error leaves open what happened.
func (c *Channel) request(ctx context.Context, what, address, token string, body, answer any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode %s: %w", what, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(data))
	if err != nil {
		return &chat.SendError{Err: fmt.Errorf("%s: %w", what, withoutAddress(err))}
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("X-Acs-Dingtalk-Access-Token", token)
	}
	return c.do(what, req, answer)
}

// do makes a request and reads its answer, which has to be JSON.
func (c *Channel) do(what string, req *http.Request, answer any) error {
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("%s: %w", what, withoutAddress(err))
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	no := &refusal{what: what, status: resp.StatusCode}
	err = json.Unmarshal(data, no)
	switch {
	case resp.StatusCode != http.StatusOK:
		return no
	case err != nil:
		return fmt.Errorf("%s: an answer that cannot be read: %w", what, err)
	case no.Number != 0:
		return no
	case answer == nil:
		return nil
	}
	if err := json.Unmarshal(data, answer); err != nil {
		return fmt.Errorf("%s: an answer that cannot be read: %w", what, err)
	}
	return nil
}
