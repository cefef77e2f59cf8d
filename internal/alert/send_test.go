package alert

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

var message = Message{Title: "督办告警：兴安县创城", Text: "【告警】微信已停止", At: start}

const key = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"

// TestWebhook: each kind of robot gets what it understands, and a refusal in a 200 is one.
func TestWebhook(t *testing.T) {
	for _, tt := range []struct {
		format, answer string
		want           string // in the error; "": none
	}{
		{WeCom, `{"errcode":0,"errmsg":"ok"}`, ""},
		{WeCom, `{"errcode":93000,"errmsg":"invalid webhook url, key=` + key + `"}`, "错误码 93000"},
		{DingTalk, `{"errcode":310000,"errmsg":"关键词不匹配"}`, "关键词写 督办"},
		{DingTalk, `{"errcode":0}`, ""},
		{Feishu, `{"code":0,"msg":"success","data":{}}`, ""},
		{Feishu, `{"code":19001}`, "错误码 19001"},
		{Feishu, `{"errcode":0}`, "看不懂"},
		{WeCom, `<html>login</html>`, "看不懂"},
		{WeCom, ``, "看不懂"},
		{WeCom, strings.Repeat("x", 1<<20), "看不懂"},
		{JSON, `anything`, ""},
	} {
		var body map[string]any
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil || r.Method != http.MethodPost || r.URL.Query().Get("key") != key {
				t.Errorf("%s: %v, %s %s", tt.format, err, r.Method, r.URL)
			}
			_, _ = io.WriteString(w, tt.answer)
		}))
		err := NewWebhook(server.URL+"/send?key="+key, tt.format).Send(t.Context(), message)
		server.Close()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %.40s: %v", tt.format, tt.answer, err)
		}
		secret(t, err)
		text := fmt.Sprint(body)
		if !strings.Contains(text, message.Title) || !strings.Contains(text, message.Text) {
			t.Errorf("%s got %s", tt.format, text)
		}
		kind := map[string]any{WeCom: body["msgtype"], DingTalk: body["msgtype"], Feishu: body["msg_type"], JSON: "text"}[tt.format]
		if kind != "text" {
			t.Errorf("%s: the kind of the message is %v", tt.format, kind)
		}
	}
}

// secret checks that an error does not show the key.
func secret(t *testing.T, err error) {
	t.Helper()
	if err != nil && (strings.Contains(err.Error(), key) || strings.Contains(err.Error(), "/send")) {
		t.Errorf("the key is in the error: %v", err)
	}
}

// TestWebhookServers: servers that fail, redirect, are silent, break off, or are not there.
func TestWebhookServers(t *testing.T) {
	silent := make(chan struct{})
	for name, answer := range map[string]http.HandlerFunc{
		"500": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, key, http.StatusInternalServerError) },
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/"+key, http.StatusTemporaryRedirect)
		},
		"silent": func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-silent:
			case <-r.Context().Done():
			}
		},
		"reset": func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) },
		"half": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"errcode":0`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(answer)
			defer server.Close()
			ctx, cancel := context.WithCancel(t.Context())
			if name == "silent" {
				cancel() // as a time that is over
			}
			defer cancel()
			err := NewWebhook(server.URL+"/send?key="+key, WeCom).Send(ctx, message)
			if err == nil {
				t.Error("it arrived")
			}
			secret(t, err)
		})
	}
	close(silent)
	for _, address := range []string{"http://127.0.0.1:1/send?key=" + key, "http://no-such-host.invalid/send?key=" + key, "://" + key} {
		err := NewWebhook(address, WeCom).Send(t.Context(), message)
		if err == nil {
			t.Errorf("%s: it arrived", address)
		}
		secret(t, err)
	}
}

// mailServer is a mail server that does as a test says, one line of the client after the other.
type mailServer struct {
	listener net.Listener
	tls      *tls.Config
	answers  map[string]string // instead of what is usual, by the command; "" breaks the connection
	got      chan string       // the message
	logins   chan string
}

func newMailServer(t *testing.T, change func(*mailServer)) *mailServer {
	t.Helper()
	https := httptest.NewTLSServer(nil) // for its certificate, which is for 127.0.0.1
	t.Cleanup(https.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &mailServer{listener: l, tls: https.TLS, answers: map[string]string{}, got: make(chan string, 1), logins: make(chan string, 1)}
	if change != nil {
		change(s)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.talk(c)
		}
	}()
	return s
}

// email is a way to the server that trusts its certificate.
func (s *mailServer) email(https *x509.Certificate) *Email {
	pool := x509.NewCertPool()
	pool.AddCert(https)
	return &Email{
		Server: s.listener.Addr().String(), From: "duban@example.cn", To: []string{"a@example.cn", "b@example.cn"},
		User: "duban", Password: key, tls: &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"},
	}
}

func (s *mailServer) talk(c net.Conn) {
	defer func() { _ = c.Close() }()
	encrypted := false
	in := bufio.NewReader(c)
	say := func(line string) bool { _, err := io.WriteString(c, line+"\r\n"); return err == nil }
	say("220 mail ready")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb := strings.ToUpper(strings.Fields(line + " x")[0])
		if answer, changed := s.answers[verb]; changed {
			if answer == "" || !say(answer) {
				return
			}
			continue
		}
		switch verb {
		case "EHLO":
			if encrypted {
				say("250-mail\r\n250 AUTH PLAIN")
			} else {
				say("250-mail\r\n250 STARTTLS")
			}
		case "STARTTLS":
			say("220 go")
			secured := tls.Server(c, s.tls)
			c, in, encrypted = secured, bufio.NewReader(secured), true
		case "AUTH":
			fields := strings.Fields(line)
			plain, _ := base64.StdEncoding.DecodeString(fields[len(fields)-1])
			s.logins <- string(plain)
			say("235 ok")
		case "DATA":
			say("354 go")
			var text strings.Builder
			for {
				l, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if l == ".\r\n" {
					break
				}
				text.WriteString(l)
			}
			s.got <- text.String()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func certificate(t *testing.T) *x509.Certificate {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	return s.Certificate()
}

// TestEmail: the message arrives whole, over an encrypted connection, after a login.
func TestEmail(t *testing.T) {
	s := newMailServer(t, nil)
	if err := s.email(certificate(t)).Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	if login := <-s.logins; login != "\x00duban\x00"+key {
		t.Errorf("login %q", login)
	}
	got := <-s.got
	head, body, _ := strings.Cut(got, "\r\n\r\n")
	subject := ""
	for line := range strings.SplitSeq(strings.ReplaceAll(head, "\r\n ", " "), "\r\n") {
		if rest, ok := strings.CutPrefix(line, "Subject: "); ok {
			subject, _ = new(mime.WordDecoder).DecodeHeader(rest)
		}
	}
	if subject != message.Title || !strings.Contains(head, "a@example.cn") || !strings.Contains(head, "b@example.cn") || body == "" {
		t.Errorf("subject %q, got %s", subject, got)
	}
	if !strings.Contains(head, "Date: Wed, 25 Nov 2026 09:00:00 +0800") {
		t.Errorf("the time: %s", head)
	}
}

// TestEmailServers: without encryption nothing is sent, above all no password; and servers that refuse, break off or talk nonsense
// are errors that show none.
func TestEmailServers(t *testing.T) {
	for name, change := range map[string]func(*mailServer){
		"no encryption":   func(s *mailServer) { s.answers["EHLO"] = "250-mail\r\n250 AUTH PLAIN" },
		"login refused":   func(s *mailServer) { s.answers["AUTH"] = "535 bad credentials " + key },
		"sender refused":  func(s *mailServer) { s.answers["MAIL"] = "550 no" },
		"message refused": func(s *mailServer) { s.answers["DATA"] = "554 spam" },
		"breaks off":      func(s *mailServer) { s.answers["MAIL"] = "" },
		"nonsense":        func(s *mailServer) { s.answers["EHLO"] = "hello there" },
	} {
		t.Run(name, func(t *testing.T) {
			s := newMailServer(t, change)
			err := s.email(certificate(t)).Send(t.Context(), message)
			if err == nil {
				t.Error("it arrived")
			}
			secret(t, err)
			select {
			case login := <-s.logins:
				if name == "no encryption" {
					t.Errorf("the password was sent: %q", login)
				}
			default:
			}
		})
	}
	t.Run("another's certificate", func(t *testing.T) {
		s := newMailServer(t, nil)
		e := s.email(certificate(t))
		e.tls = &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "127.0.0.1"}
		if err := e.Send(t.Context(), message); err == nil {
			t.Error("it arrived")
		}
	})
	t.Run("silent", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := (&Email{Server: l.Addr().String(), From: "a@example.cn", To: []string{"b@example.cn"}}).Send(ctx, message); err == nil {
			t.Error("it arrived")
		}
	})
	for _, e := range []*Email{
		{Server: "127.0.0.1:1", From: "a@example.cn", To: []string{"b@example.cn"}},
		{Server: "nowhere", From: "a@example.cn", To: []string{"b@example.cn"}},
		{Server: "127.0.0.1:25", From: "nobody", To: []string{"b@example.cn"}},
	} {
		if err := e.Send(t.Context(), message); err == nil {
			t.Errorf("%+v: it arrived", e)
		}
	}
}
