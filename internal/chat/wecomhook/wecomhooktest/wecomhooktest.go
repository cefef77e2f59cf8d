// Package wecomhooktest is a loopback server that takes messages as 企业微信 does for the robots of groups that only send, with faults
// on demand.
package wecomhooktest

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// Key is the key of the robot that the server knows.
const Key = "693a91f6-0000-4bc4-97a0-0ec2sifa5aaa"

// Fault is what the server does instead of answering a request rightly, once.
type Fault int

// The faults.
const (
	None     Fault = iota
	Down           // HTTP 500
	Reset          // the connection is cut before the request has an effect
	Lost           // the request has its effect, then the connection is cut: the answer is lost
	Garbage        // the request has its effect, and the answer cannot be read
	Empty          // the request has its effect, and the answer says nothing of it
	Busy           // the system is busy (-1)
	TooOften       // the rate limit (45009)
	Refused        // the content is refused (40058)
	Silence        // no effect and no answer, until whoever asked goes away
	Redirect       // the request is sent elsewhere
)

// Sent is a message as the group sees it.
type Sent struct {
	Type string // text, markdown, image or file
	Text string
	Name string // of files
	Data []byte // of images and files
}

// Server is the network.
type Server struct {
	t    testing.TB
	http *httptest.Server

	mu     sync.Mutex
	sent   []Sent
	faults []Fault
	files  map[string]Sent
	asked  int
}

// New starts a server that ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, files: map[string]Sent{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /cgi-bin/webhook/send", s.take(s.send))
	mux.HandleFunc("POST /cgi-bin/webhook/upload_media", s.take(s.upload))
	s.http = httptest.NewServer(mux)
	t.Cleanup(s.http.Close)
	return s
}

// URL is where the service is.
func (s *Server) URL() string { return s.http.URL }

// Fail makes the next requests go wrong, one by one.
func (s *Server) Fail(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// Sent lists what the group sees.
func (s *Server) Sent() []Sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

// Asked counts the requests.
func (s *Server) Asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

type answer struct {
	Code    int    `json:"errcode"`
	Message string `json:"errmsg"`
	Media   string `json:"media_id,omitempty"`
}

// take answers a request; effect does what it asks, the lock held.
func (s *Server) take(effect func(*http.Request) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked++
		fault := None
		if len(s.faults) > 0 {
			fault, s.faults = s.faults[0], s.faults[1:]
		}
		s.mu.Unlock()
		var a answer
		switch fault {
		case Down:
			http.Error(w, "key="+Key, http.StatusInternalServerError)
			return
		case Redirect:
			http.Redirect(w, r, s.http.URL+r.URL.Path+"?key="+Key+"&elsewhere", http.StatusTemporaryRedirect)
			return
		case Reset:
			panic(http.ErrAbortHandler)
		case Silence:
			_, _ = io.Copy(io.Discard, r.Body) // so that the end of the connection is noticed
			<-r.Context().Done()
			return
		case Busy:
			a = answer{Code: -1, Message: "system busy"}
		case TooOften:
			a = answer{Code: 45009, Message: "api freq out of limit"}
		case Refused:
			a = answer{Code: 40058, Message: "invalid parameter"}
		default:
			a = s.judge(r, effect)
		}
		switch fault {
		case Lost:
			panic(http.ErrAbortHandler)
		case Garbage:
			_, _ = io.WriteString(w, "<html>login</html>")
		case Empty:
			_, _ = io.WriteString(w, "{}")
		default:
			_ = json.NewEncoder(w).Encode(a) // whoever asked may be gone
		}
	}
}

func (s *Server) judge(r *http.Request, effect func(*http.Request) answer) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key := r.URL.Query().Get("key"); key != Key {
		return answer{Code: 93000, Message: "invalid webhook url, key=" + key}
	}
	return effect(r)
}

func (s *Server) send(r *http.Request) answer {
	var b struct {
		Type     string `json:"msgtype"`
		Text     struct{ Content string }
		Markdown struct{ Content string }
		Image    struct {
			Base64 string
			MD5    string
		}
		File struct {
			ID string `json:"media_id"`
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&b); err != nil {
		return answer{Code: 40058, Message: err.Error()}
	}
	m := Sent{Type: b.Type, Text: b.Text.Content + b.Markdown.Content}
	switch b.Type {
	case "text", "markdown":
		if most := map[string]int{"text": 2048, "markdown": 4096}[b.Type]; len(m.Text) > most {
			return answer{Code: 40058, Message: "content exceeds limit"}
		}
		if m.Text == "" {
			return answer{Code: 44004, Message: "text content is empty"}
		}
	case "image":
		data, err := base64.StdEncoding.DecodeString(b.Image.Base64)
		sum := md5.Sum(data)
		if err != nil || hex.EncodeToString(sum[:]) != b.Image.MD5 || len(data) > 2<<20 {
			return answer{Code: 40009, Message: "invalid image"}
		}
		m.Data = data
	case "file":
		f, ok := s.files[b.File.ID]
		if !ok {
			return answer{Code: 40007, Message: "invalid media_id"}
		}
		m.Name, m.Data = f.Name, f.Data
	default:
		return answer{Code: 40008, Message: "invalid message type"}
	}
	s.sent = append(s.sent, m)
	return answer{Message: "ok"}
}

func (s *Server) upload(r *http.Request) answer {
	f, head, err := r.FormFile("media")
	if err != nil || r.URL.Query().Get("type") != "file" {
		return answer{Code: 40058, Message: fmt.Sprint(err)}
	}
	var data bytes.Buffer
	if n, err := io.Copy(&data, f); err != nil || n < 5 || n > 20<<20 {
		return answer{Code: 40006, Message: "invalid media size"}
	}
	id := fmt.Sprintf("m%d", len(s.files))
	s.files[id] = Sent{Name: head.Filename, Data: data.Bytes()}
	return answer{Message: "ok", Media: id}
}
