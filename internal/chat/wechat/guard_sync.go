package wechat

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"regexp"
	"time"
)

// syncState is the only shape of an answer to synccheck that the library understands.
var syncState = regexp.MustCompile(`^\s*window\.synccheck=\{retcode:"(\d{1,9})",selector:"(\d{1,9})"\}`)

// syncCheck does the long poll. The library asks again at once after every answer and every error, tens of thousands of
// times a second when the network is down; here errors and empty promises make the distance grow.
func (g *guard) syncCheck(req *http.Request) (*http.Response, error) {
	if err := g.space(req.Context(), "synccheck", g.distance()); err != nil {
		return nil, err
	}
	resp, body, err := g.fetch(req, maxSmall, pollTimeout)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("the server answered %d", resp.StatusCode)
	}
	var state []string
	if err == nil {
		if state = syncState.FindStringSubmatch(string(body)); state == nil {
			err = errors.New("synccheck answered nonsense")
		}
	}
	if err != nil {
		g.failed()
		return nil, err
	}
	g.polled(state[1], state[2])
	return answered(resp, body), nil
}

// distance is how far apart two long polls must begin now.
func (g *guard) distance() time.Duration {
	g.mu.Lock()
	n := max(g.errs, g.idle)
	g.mu.Unlock()
	if n == 0 {
		return g.pace.SyncSpacing
	}
	d := double(g.pace.SyncSpacing, n, g.pace.SyncMax)
	return d - time.Duration(rand.Int64N(int64(d)/4+1))
}

func (g *guard) failed() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.errs++
}

// polled counts what a good poll said. Codes other than 0 are errors for the distance; what a promise is worth webwxsync will show.
func (g *guard) polled(ret, selector string) {
	switch {
	case ret != "0":
		g.failed()
	case selector == "0":
		g.mu.Lock()
		g.errs, g.idle = 0, 0
		g.mu.Unlock()
		g.ends.beat(true)
	}
}

// sync does webwxsync: refuses answers that would crash the library, repairs or drops single messages that would spoil
// the batch, and keeps the changed contacts, which the library throws away.
func (g *guard) sync(req *http.Request) (*http.Response, error) {
	resp, err := g.json(req, maxSync, callTimeout)
	if err != nil {
		g.failed()
		return nil, err
	}
	reply, key, err := readSync(mustRead(resp))
	if err != nil {
		g.failed()
		return nil, err
	}
	messages := cleanMessages(reply.AddMsgList, g.reportMessage)
	body, err := syncBody(key, messages)
	if err != nil {
		return nil, fmt.Errorf("rewrite the answer: %w", err)
	}
	changed, deleted := readContacts(reply.ModContactList), readContacts(reply.DelContactList)
	g.brought(key, len(messages), len(changed)+len(deleted))
	g.ends.batch(len(messages), changed, deleted)
	return answered(resp, body), nil
}

// brought notes that webwxsync worked. Messages, or changed contacts at a new position, keep the promise of the poll; else it was empty.
func (g *guard) brought(key syncKey, messages, contacts int) {
	g.mu.Lock()
	at := fmt.Sprint(key.List)
	if g.idle++; messages > 0 || contacts > 0 && at != g.lastAt {
		g.idle = 0
	}
	g.errs, g.lastAt = 0, at
	idle := g.idle
	g.mu.Unlock()
	g.ends.beat(idle == 0)
	if idle > g.pace.IdleSelectors {
		g.ends.idle(idle)
	}
}

func (g *guard) reportMessage(what string, raw json.RawMessage, err error) {
	var m rawMessage
	_ = json.Unmarshal(raw, &m)
	g.log.Error("webwxsync brought a bad message", slog.String("what", what), slog.String("message", string(m.MsgID)), slog.Int("bytes", len(raw)), fault(err))
}
