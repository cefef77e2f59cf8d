package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// sendMark travels in the context of a send. The guard notes in it how far the send came.
type sendMark struct {
	clientID string      // the id by which the network can drop a double
	posted   atomic.Bool // the request that has the effect was begun
	traced   atomic.Bool // the transport told about its connection, so written can be trusted
	written  atomic.Bool // its head went out: the server may have it
}

type sendMarkKey struct{}

// send does the request that makes a message appear. It is done once: the library's own five attempts are switched off
// (a lost reply would double the message), and the id of the message is that of the order to send it.
func (g *guard) send(req *http.Request) (*http.Response, error) {
	mark, _ := req.Context().Value(sendMarkKey{}).(*sendMark)
	if mark == nil {
		return g.json(req, maxSmall, callTimeout)
	}
	if err := setClientID(req, mark.clientID); err != nil {
		return nil, err
	}
	mark.posted.Store(true)
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GetConn:      func(string) { mark.traced.Store(true) },
		WroteHeaders: func() { mark.written.Store(true) },
	})
	resp, err := g.json(req.WithContext(ctx), maxSmall, callTimeout)
	if err != nil {
		return nil, err
	}
	body := mustRead(resp)
	if err := complete(body, "BaseResponse"); err != nil {
		return nil, err
	}
	return answered(resp, body), nil
}

// setClientID replaces the message's client id, which the library makes from the time.
func setClientID(req *http.Request, id string) error {
	var whole map[string]json.RawMessage
	if err := json.NewDecoder(req.Body).Decode(&whole); err != nil {
		return fmt.Errorf("read the library's message: %w", err)
	}
	var msg map[string]json.RawMessage
	if err := json.Unmarshal(whole["Msg"], &msg); err != nil {
		return fmt.Errorf("read the library's message: %w", err)
	}
	quoted := json.RawMessage(`"` + id + `"`)
	msg["LocalID"], msg["ClientMsgId"] = quoted, quoted
	var err error
	if whole["Msg"], err = encode(msg); err != nil {
		return err
	}
	body, err := encode(whole)
	if err != nil {
		return err
	}
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	return nil
}

// encode is JSON as the protocol wants it: without escaping of HTML.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("write the message: %w", err)
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// ours marks a context as that of a call made by the channel itself.
func ours(ctx context.Context) context.Context { return context.WithValue(ctx, ownCall{}, true) }
