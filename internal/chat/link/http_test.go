package link

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"duban/internal/chat"
)

// served is a network that answers so.
func served(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return s.URL
}

// cut breaks a connection off.
func cut(w http.ResponseWriter, _ *http.Request) {
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func TestAsk(t *testing.T) {
	address := served(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case string(body) == "long":
			_, _ = w.Write(make([]byte, maxAnswer+100))
			return
		case r.URL.Path == "/none":
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = w.Write([]byte(r.Method + " " + r.Header.Get("Token") + " " + string(body)))
	})
	for name, c := range map[string]struct {
		ask    Ask
		status int
		want   string
	}{
		"get":      {Ask{Address: address}, http.StatusOK, "GET  "},
		"post":     {Ask{Address: address, Body: []byte("甲"), Header: map[string]string{"Token": "t"}}, http.StatusOK, "POST t 甲"},
		"empty":    {Ask{Address: address, Body: []byte{}}, http.StatusOK, "POST  "},
		"refusal":  {Ask{Address: address + "/none"}, http.StatusTeapot, "GET  "},
		"too long": {Ask{Address: address, Body: []byte("long")}, http.StatusOK, string(make([]byte, maxAnswer))},
	} {
		status, answer, err := c.ask.Do(t.Context(), http.DefaultClient)
		if err != nil || status != c.status || string(answer) != c.want {
			t.Errorf("%s: %d, %d bytes, %v", name, status, len(answer), err)
		}
	}
}

// No error shows an address, which may hold a key. One about the address itself is certain.
func TestAskErrors(t *testing.T) {
	for name, c := range map[string]struct {
		address string
		certain bool
	}{
		"no address":   {"http://127.0.0.1\x00/?key=secret", true},
		"nobody there": {"http://127.0.0.1:1/?key=secret", false},
		"cut":          {served(t, cut) + "/?key=secret", false},
		"half": {served(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("half"))
			cut(w, r)
		}) + "/?key=secret", false},
	} {
		_, answer, err := Ask{What: "reply", Address: c.address}.Do(t.Context(), http.DefaultClient)
		e, certain := errors.AsType[*chat.SendError](err)
		if err == nil || answer != nil || certain != c.certain || certain && (e.Retry || e.Unknown) {
			t.Errorf("%s: %q, %v", name, answer, err)
		}
		if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "127.0.0.1:1/") || !strings.HasPrefix(err.Error(), "reply: ")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestForm(t *testing.T) {
	data := []byte("\x00\xff--\r\n")
	body, kind, err := Form("media", "11月 台账.xlsx", data)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", bytes.NewReader(body))
	r.Header.Set("Content-Type", kind)
	file, head, err := r.FormFile("media")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(file); err != nil || !bytes.Equal(got, data) || head.Filename != "11月 台账.xlsx" {
		t.Errorf("got %q called %q, %v", got, head.Filename, err)
	}
}

// What is fetched comes whole and within the limit, or not at all; what is gone and what will not come another time is told apart from what may.
func TestGet(t *testing.T) {
	photo := []byte("0123456789")
	plain := func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(photo) }
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	unsized := func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).Flush()
		_, _ = w.Write(photo)
	}
	huge := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000000000")
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done() // whoever waits for the bytes waits for ever
	}
	for name, c := range map[string]struct {
		answer                            http.HandlerFunc
		limit                             int64
		ok, gone, large, refused, lasting bool
	}{
		"whole":     {answer: plain, limit: 10, ok: true},
		"too large": {answer: plain, limit: 9, large: true},
		"no length": {answer: unsized, limit: 10, ok: true},
		"larger":    {answer: unsized, limit: 9, large: true},
		"huge":      {answer: huge, limit: 10, large: true},
		"half": {answer: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "20")
			plain(w, r)
			cut(w, r)
		}, limit: 100},
		"cut":            {answer: cut, limit: 100},
		"gone":           {answer: status(http.StatusGone), gone: true, refused: true, lasting: true},
		"not found":      {answer: status(http.StatusNotFound), gone: true, refused: true, lasting: true},
		"expired":        {answer: status(http.StatusForbidden), refused: true, lasting: true},
		"too often":      {answer: status(http.StatusTooManyRequests), refused: true},
		"down":           {answer: status(http.StatusBadGateway), refused: true},
		"another answer": {answer: status(http.StatusNoContent), refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			var data []byte
			resp, err := Get(t.Context(), http.DefaultClient, served(t, c.answer))
			if err == nil {
				data, err = Body(resp, c.limit)
				_ = resp.Body.Close()
			}
			if (err == nil) != c.ok || c.ok && !bytes.Equal(data, photo) || !c.ok && data != nil {
				t.Fatalf("got %q, %v", data, err)
			}
			no, refused := errors.AsType[StatusError](err)
			if errors.Is(err, chat.ErrGone) != c.gone || errors.Is(err, chat.ErrTooLarge) != c.large || refused != c.refused || no.Lasting() != c.lasting {
				t.Errorf("got %v", err)
			}
			if data, err := Picture(data, err); (err == nil) != c.ok || len(data) == 0 == c.ok || errors.Is(err, chat.ErrGone) != (c.gone || c.large) {
				t.Errorf("a picture: %v", err)
			}
		})
	}
	for _, address := range []string{"http://127.0.0.1:1/secret", "http://127.0.0.1\x00/secret"} {
		if _, err := Get(t.Context(), http.DefaultClient, address); err == nil || errors.Is(err, chat.ErrGone) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v", err)
		}
	}
}

func TestFileName(t *testing.T) {
	for header, want := range map[string]string{
		"": "", "attachment": "", "nonsense;;": "", `attachment; filename="a b.xlsx"`: "a b.xlsx", `attachment; filename="%E5%8F%8D%E9%A6%88.xlsx"`: "反馈.xlsx",
		`attachment; filename*=UTF-8''%E5%8F%8D%E9%A6%88.xlsx`: "反馈.xlsx", `attachment; filename="100%.xlsx"`: "100%.xlsx", `attachment; filename="../../a.xlsx"`: "a.xlsx",
	} {
		if got := FileName(&http.Response{Header: http.Header{"Content-Disposition": {header}}}); got != want {
			t.Errorf("%s: got %q, want %q", header, got, want)
		}
	}
}

// A frame of a WebSocket is bounded; one that is larger ends the connection and not the program.
func TestDial(t *testing.T) {
	address := served(t, func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = conn.CloseNow() }()
		for _, size := range []int{maxFrame, maxFrame + 1} {
			if conn.Write(r.Context(), websocket.MessageText, make([]byte, size)) != nil {
				return
			}
		}
		_, _, _ = conn.Read(r.Context())
	})
	ctx, cancel := context.WithCancel(t.Context())
	conn, err := Dial(ctx, nil, address)
	cancel() // it bounds the opening only
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	if _, data, err := conn.Read(t.Context()); err != nil || len(data) != maxFrame {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	if _, data, err := conn.Read(t.Context()); err == nil {
		t.Errorf("%d bytes", len(data))
	}
	for name, bad := range map[string]string{"nobody there": "ws://127.0.0.1:1/?ticket=secret", "no socket": served(t, cut) + "/?ticket=secret"} {
		if _, err := Dial(t.Context(), http.DefaultClient, bad); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A private deployment's certificate is trusted when it is named, and only then.
func TestTransport(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(s.Close)
	s.Config.ErrorLog = nil
	path := filepath.Join(t.TempDir(), "ca.pem")
	if _, err := Transport("channels.robot.ca", path); err == nil || !strings.Contains(err.Error(), "channels.robot.ca 无法读取") {
		t.Errorf("no file: %v", err)
	}
	for _, c := range []struct {
		text string
		want string
	}{
		{"not a certificate", "channels.robot.ca：" + path + " 里没有证书"},
		{string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})), ""},
	} {
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		via, err := Transport("channels.robot.ca", path)
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := (Ask{Address: s.URL}).Do(t.Context(), &http.Client{Transport: via}); err != nil {
			t.Errorf("it is not trusted: %v", err)
		}
	}
	via, err := Transport("channels.robot.ca", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := (Ask{Address: s.URL}).Do(t.Context(), &http.Client{Transport: via}); err == nil {
		t.Error("anybody is trusted")
	}
}
