package chattest

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Spoil is one way in which a server's answer is wrong.
type Spoil struct {
	Name   string
	Gentle bool // what was asked for still comes
	// answer is the wrong answer; right does what was asked and gives what the server answers to it.
	answer func(w http.ResponseWriter, right func() *httptest.ResponseRecorder)
}

// Endless is how long an answer without end is, in bytes.
const Endless = 1 << 30

// Spoils are the ways in which any server's answer can be wrong, but for silence, which would have to be waited out.
func Spoils() []Spoil {
	status := func(code int) Spoil {
		return Spoil{http.StatusText(code), false, func(w http.ResponseWriter, _ func() *httptest.ResponseRecorder) {
			http.Error(w, "<html>"+http.StatusText(code)+"</html>", code)
		}}
	}
	text := func(name, body string) Spoil {
		return Spoil{name, false, func(w http.ResponseWriter, right func() *httptest.ResponseRecorder) {
			w.Header().Set("Content-Type", right().Header().Get("Content-Type"))
			_, _ = io.WriteString(w, body)
		}}
	}
	return []Spoil{
		status(http.StatusInternalServerError), status(http.StatusBadGateway), status(http.StatusTooManyRequests),
		{"reset", false, func(http.ResponseWriter, func() *httptest.ResponseRecorder) { panic(http.ErrAbortHandler) }},
		{"lost", false, func(_ http.ResponseWriter, right func() *httptest.ResponseRecorder) {
			right()
			panic(http.ErrAbortHandler)
		}},
		{"half", false, func(w http.ResponseWriter, right func() *httptest.ResponseRecorder) {
			rec := right()
			w.Header().Set("Content-Length", strconv.Itoa(rec.Body.Len()))
			_, _ = w.Write(rec.Body.Bytes()[:rec.Body.Len()/2])
			panic(http.ErrAbortHandler)
		}},
		text("page", "<html><body>请登录</body></html>"), text("deep", strings.Repeat(`{"a":`, 20_000)), text("empty", ""), text("list", "[]"),
		text("null", "null"), text("nothing in it", "{}"),
		{"endless", false, func(w http.ResponseWriter, right func() *httptest.ResponseRecorder) {
			rec := right()
			maps.Copy(w.Header(), rec.Header())
			w.Header().Del("Content-Length")
			_, err := w.Write(rec.Body.Bytes())
			for blanks := make([]byte, 1<<20); err == nil; {
				_, err = w.Write(blanks)
			}
		}},
		{"more fields", true, func(w http.ResponseWriter, right func() *httptest.ResponseRecorder) {
			rec := right()
			body := rec.Body.Bytes()
			var all map[string]any
			if json.Unmarshal(body, &all) == nil {
				all["new"] = []any{map[string]any{"a": nil}, 1, "x"}
				body, _ = json.Marshal(all)
			}
			w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
			_, _ = w.Write(body)
		}},
	}
}

// Front is a server in front of a network's, which spoils its answers on demand.
type Front struct {
	URL string

	mu    sync.Mutex
	path  string
	spoil *Spoil
	asked int
	wrote int64
	again *sync.Cond // somebody asked
}

// NewFront starts a front that ends with the test.
func NewFront(t testing.TB, behind string) *Front {
	t.Helper()
	at, err := url.Parse(behind)
	if err != nil {
		t.Fatal(err)
	}
	f := &Front{}
	f.again = sync.NewCond(&f.mu)
	proxy := httputil.NewSingleHostReverseProxy(at)
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := f.spoils(r.URL.Path)
		if s == nil {
			proxy.ServeHTTP(w, r)
			return
		}
		s.answer(&counter{w, f}, func() *httptest.ResponseRecorder {
			rec := httptest.NewRecorder()
			proxy.ServeHTTP(rec, r)
			return rec
		})
	}))
	t.Cleanup(server.Close)
	f.URL = server.URL
	return f
}

func (f *Front) spoils(path string) *Spoil {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.spoil == nil || !strings.Contains(path, f.path) {
		return nil
	}
	f.asked++
	f.again.Broadcast()
	return f.spoil
}

// Spoil spoils the answers of a path from now on.
func (f *Front) Spoil(path string, s Spoil) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.path, f.spoil, f.asked, f.wrote = path, &s, 0, 0
}

// WaitAsked waits until the path was asked so often.
func (f *Front) WaitAsked(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.asked < n {
		f.again.Wait()
	}
}

// Heal ends that, and says how often the path was asked and how many bytes of answers were taken.
func (f *Front) Heal() (asked int, taken int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.spoil = nil
	return f.asked, f.wrote
}

// counter counts what a client takes.
type counter struct {
	http.ResponseWriter
	front *Front
}

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	c.front.mu.Lock()
	defer c.front.mu.Unlock()
	if c.front.wrote += int64(n); c.front.wrote >= Endless {
		return n, io.ErrShortWrite
	}
	return n, err
}
