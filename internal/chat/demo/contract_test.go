package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"duban/internal/chat/chattest"
)

// TestContract: the demo keeps what package chat promises. A visitor whose message was not taken sends it again.
func TestContract(t *testing.T) {
	chattest.Run(t, func(t *testing.T) chattest.Network {
		c, err := New(Config{
			People: []Person{{ID: "zhang_min", Name: "张敏"}}, Chats: []Chat{{ID: "inspect", Name: "督查群"}},
			Clock: &fakeBot{now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)},
		})
		if err != nil {
			t.Fatal(err)
		}
		return chattest.Network{
			Channel: c,
			Say:     func(t *testing.T, text string) { sayUntilTaken(t, c, posted{Text: text}) },
			SendPicture: func(t *testing.T, text string, data []byte) {
				var kept struct{ Ref string }
				upload(t, c, "/api/pictures", data, &kept)
				sayUntilTaken(t, c, posted{Text: text, Pictures: []string{kept.Ref}})
			},
			SendFile: func(t *testing.T, name string, data []byte) {
				var kept file
				upload(t, c, "/api/files?name="+url.QueryEscape(name), data, &kept)
				sayUntilTaken(t, c, posted{File: &kept})
			},
			Group:     func(*testing.T) string { return "inspect" },
			Seen:      func() []string { return botTexts(c) },
			SeenFiles: func() []chattest.SeenFile { return botFiles(t, c) },
		}
	})
}

// upload brings what a visitor wants to send.
func upload(t *testing.T, c *Channel, path string, data []byte, kept any) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1"+path, bytes.NewReader(data))
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, r)
	if err := json.Unmarshal(w.Body.Bytes(), kept); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
}

func sayUntilTaken(t *testing.T, c *Channel, p posted) {
	t.Helper()
	p.Person, p.Chat = "zhang_min", "inspect"
	body, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	for {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/api/messages", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		c.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusServiceUnavailable {
			if w.Code != http.StatusOK {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			return
		}
	}
}

// botEntries are the bot's messages as the page shows them.
func botEntries(c *Channel) (out []entry) {
	for seq := int64(1); ; seq++ {
		e, ok := c.room.find(seq)
		if !ok {
			return out
		}
		if e.Bot {
			out = append(out, e)
		}
	}
}

func botTexts(c *Channel) (out []string) {
	for _, e := range botEntries(c) {
		out = append(out, e.Text)
	}
	return out
}

// botFiles are those that a visitor can download.
func botFiles(t *testing.T, c *Channel) (out []chattest.SeenFile) {
	t.Helper()
	for _, e := range botEntries(c) {
		for _, ref := range e.Pictures {
			out = append(out, chattest.SeenFile{Picture: true, Data: download(t, c, "/pictures/"+ref)})
		}
		if e.File != nil {
			out = append(out, chattest.SeenFile{Name: e.File.Name, Data: download(t, c, fmt.Sprintf("/files/%d", e.Seq))})
		}
	}
	return out
}

func download(t *testing.T, c *Channel, path string) []byte {
	t.Helper()
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1"+path, nil))
	if w.Code != http.StatusOK {
		t.Errorf("%s: %d %s", path, w.Code, w.Body)
	}
	return w.Body.Bytes()
}
