package wechattest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
)

// errDropped is what a client sees when the connection is dropped instead of an answer.
var errDropped = errors.New("wechattest: connection reset by peer")

// Transport reaches the server in memory, for all hosts. It needs no network, so it also works where time is simulated.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ server *Server }

type outcome struct {
	resp *http.Response
	err  error
}

// RoundTrip runs the server's handler in a goroutine of its own and gives up when the request's context ends.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	in, err := inbound(r)
	if err != nil {
		return nil, err
	}
	done := make(chan outcome, 1)
	go func() { done <- t.serve(in) }()
	select {
	case o := <-done:
		if o.err != nil {
			return nil, o.err
		}
		o.resp.Request = r
		return o.resp, nil
	case <-r.Context().Done():
		t.wrote(in) // the server has it and is still at it
		return nil, r.Context().Err()
	}
}

// inbound is the request as the server sees it.
func inbound(r *http.Request) (*http.Request, error) {
	trace := httptrace.ContextClientTrace(r.Context())
	if trace != nil && trace.GetConn != nil {
		trace.GetConn(r.URL.Host)
	}
	in := r.Clone(r.Context())
	in.Host, in.RequestURI, in.RemoteAddr = r.URL.Host, r.URL.RequestURI(), "127.0.0.1:1"
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil {
			return nil, err
		}
		in.Body = io.NopCloser(bytes.NewReader(body))
	} else {
		in.Body = http.NoBody
	}
	return in, nil
}

func (t transport) serve(in *http.Request) (o outcome) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case errRefused:
			o = outcome{err: v}
		case error:
			t.wrote(in)
			o = outcome{err: errDropped}
		default:
			panic(v)
		}
	}()
	w := &memoryWriter{ResponseRecorder: httptest.NewRecorder()}
	t.server.ServeHTTP(w, in)
	t.wrote(in)
	resp := w.Result()
	if w.rest != nil {
		resp.Body, resp.ContentLength = w, -1
	}
	return outcome{resp: resp}
}

// memoryWriter is a recorder whose body may be read while it is made.
type memoryWriter struct {
	*httptest.ResponseRecorder
	rest io.Reader
	done func()
}

// Read reads what is made.
func (w *memoryWriter) Read(p []byte) (int, error) { return w.rest.Read(p) }

// Close says that the client reads no more.
func (w *memoryWriter) Close() error {
	w.done()
	return nil
}

// wrote tells a tracing client that the whole request went out, as a real transport does it.
func (t transport) wrote(in *http.Request) {
	if trace := httptrace.ContextClientTrace(in.Context()); trace != nil {
		if trace.WroteHeaders != nil {
			trace.WroteHeaders()
		}
		if trace.WroteRequest != nil {
			trace.WroteRequest(httptrace.WroteRequestInfo{})
		}
	}
}
