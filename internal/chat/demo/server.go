package demo

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

//go:embed static
var static embed.FS

// policy lets the page load nothing but its own files, and no one frame it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
	"form-action 'none'; frame-ancestors 'none'; base-uri 'none'"

// Handler is the page and what it calls. It refuses names that are not this machine's, so that no web site can reach it
// by pointing a name of its own here, and calls from other sites' pages.
func (c *Channel) Handler() http.Handler {
	mux := http.NewServeMux()
	pages, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	mux.Handle("GET /", http.FileServerFS(pages))
	mux.HandleFunc("GET /api/setup", c.getSetup)
	mux.HandleFunc("GET /api/events", c.getEvents)
	mux.HandleFunc("POST /api/messages", c.postMessage)
	mux.HandleFunc("POST /api/pictures", c.postPicture)
	mux.HandleFunc("POST /api/files", c.postFile)
	mux.HandleFunc("GET /api/sample", c.getSample)
	mux.HandleFunc("POST /api/clock", c.postClock)
	mux.HandleFunc("POST /api/play", c.postPlay)
	mux.HandleFunc("POST /api/stop", c.postStop)
	mux.HandleFunc("GET /pictures/{ref}", c.getPicture)
	mux.HandleFunc("GET /files/{seq}", c.getFile)
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusForbidden, "不接受别的网站发来的操作")
	}))
	return onlyHere(guard.Handler(mux))
}

func onlyHere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache")
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if !loopback(host) {
			refuse(w, http.StatusMisdirectedRequest, "请用 http://127.0.0.1 开头的地址打开演示")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// refuse answers with a sentence that the page shows as it is.
func refuse(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(encode(map[string]string{"error": text})) // nobody is left to hear of a failure
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(encode(v))
}

// decode reads a request's JSON, at most limit bytes of it. It answers itself if that fails.
func decode(w http.ResponseWriter, r *http.Request, limit int64, into any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, limit))
	dec.DisallowUnknownFields()
	err := dec.Decode(into)
	var big *http.MaxBytesError
	switch {
	case err == nil:
		return true
	case errors.As(err, &big):
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("内容太长，最多 %d KB", limit>>10))
	default:
		refuse(w, http.StatusBadRequest, "页面和程序的版本不一致，请刷新页面")
	}
	return false
}

// beat is how often a silent stream shows that it is alive, so that the page notices a program that was stopped.
const beat = 15 * time.Second

// getEvents is the stream of news (server-sent events). A page that lost it goes on where it was.
func (c *Channel) getEvents(w http.ResponseWriter, r *http.Request) {
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(time.Time{}) // where it cannot be set there is none
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.Header().Set("X-Accel-Buffering", "no")
	seq := c.resume(r)
	write := func(format string, args ...any) bool {
		_, err := fmt.Fprintf(w, format, args...)
		return err == nil
	}
	if !write("retry: 1000\nevent: hello\ndata: %s\n\n", encode(map[string]string{"run": c.room.run})) {
		return
	}
	var version int64
	alive := time.NewTicker(beat)
	defer alive.Stop()
	for {
		news, now, wake := c.room.since(seq, version)
		version = now
		for _, ev := range news {
			id := ""
			if ev.seq > 0 {
				seq, id = ev.seq, fmt.Sprintf("id: %s.%d\n", c.room.run, ev.seq)
			}
			if !write("%sevent: %s\ndata: %s\n\n", id, ev.kind, ev.data) {
				return
			}
		}
		if out.Flush() != nil || !rest(r.Context(), wake, alive.C, write) {
			return
		}
	}
}

// rest waits for the next change and meanwhile keeps the stream alive; false if the listener has gone.
func rest(ctx context.Context, wake <-chan struct{}, alive <-chan time.Time, write func(string, ...any) bool) bool {
	select {
	case <-wake:
		return true
	case <-alive:
		return write(": \n\n")
	case <-ctx.Done():
		return false
	}
}

// resume is the number of the last message that the listener has: 0 after a restart of the program.
func (c *Channel) resume(r *http.Request) int64 {
	last := r.Header.Get("Last-Event-ID")
	if last == "" {
		last = r.URL.Query().Get("after")
	}
	run, number, _ := strings.Cut(last, ".")
	seq, err := strconv.ParseInt(number, 10, 64)
	if run != c.room.run || err != nil {
		return 0
	}
	return seq
}
