package dingtalk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"duban/internal/chat/link"
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

// early is how long before its end a token is renewed.
const early = 5 * time.Minute

// token gives a token for the app's requests that is good, a new one if the present one is about to end. The network gives them for two hours.
func (c *Channel) token(ctx context.Context) (string, error) {
	c.asking.Lock()
	defer c.asking.Unlock()
	if t, ok := c.tokens.Get(c.cfg.ClientID, early); ok {
		return t, nil
	}
	var got struct {
		Token  string `json:"accessToken"`
		Expire int64  `json:"expireIn"` // seconds
	}
	err := c.request(ctx, "token", c.cfg.URL+"/v1.0/oauth2/accessToken", "", map[string]string{"appKey": c.cfg.ClientID, "appSecret": c.cfg.Secret}, &got)
	if err == nil && got.Token == "" {
		err = errors.New("token: the answer has none")
	}
	if err != nil {
		return "", err
	}
	c.tokens.Put(c.cfg.ClientID, got.Token, time.Now().Add(time.Duration(got.Expire)*time.Second))
	return got.Token, nil
}

// errNoToken says that a request was not made, because there is no token for it.
var errNoToken = errors.New("no token")

// with makes a request with a token, and once more with a new one if the network does not take it any more: it had no effect then.
func (c *Channel) with(ctx context.Context, request func(token string) error) error {
	for again := false; ; again = true {
		t, err := c.token(ctx)
		if err != nil {
			return fmt.Errorf("%w: %w", errNoToken, err)
		}
		err = request(t)
		if e, ok := errors.AsType[*refusal](err); !ok || !e.stale() || again {
			return err
		}
		c.tokens.Drop(func(_, text string) bool { return text == t })
	}
}

// call asks the robot's interface.
func (c *Channel) call(ctx context.Context, path string, body, answer any) error {
	return c.with(ctx, func(token string) error { return c.request(ctx, path, c.cfg.URL+"/v1.0/"+path, token, body, answer) })
}

// request posts JSON. A *refusal is certain unless it is broken; any other error leaves open what happened.
func (c *Channel) request(ctx context.Context, what, address, token string, body, answer any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode %s: %w", what, err)
	}
	header := map[string]string{"Content-Type": "application/json"}
	if token != "" {
		header["X-Acs-Dingtalk-Access-Token"] = token
	}
	return c.do(ctx, link.Ask{What: what, Address: address, Header: header, Body: data}, answer)
}

// do makes a request and reads its answer, which has to be JSON.
func (c *Channel) do(ctx context.Context, ask link.Ask, answer any) error {
	status, data, err := ask.Do(ctx, c.http)
	if err != nil {
		return err
	}
	no := &refusal{what: ask.What, status: status}
	err = json.Unmarshal(data, no)
	switch {
	case status != http.StatusOK, err == nil && no.Number != 0:
		return no
	case err == nil && answer != nil:
		err = json.Unmarshal(data, answer)
	}
	if err != nil {
		return fmt.Errorf("%s: an answer that cannot be read: %w", ask.What, err)
	}
	return nil
}
