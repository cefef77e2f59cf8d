package demo

import (
	"bytes"
	"encoding/json"
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
			SendFile: func(t *testing.T, name string, data []byte) {
				r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/api/files?name="+url.QueryEscape(name), bytes.NewReader(data))
				w := httptest.NewRecorder()
				c.Handler().ServeHTTP(w, r)
				var kept file
				if err := json.Unmarshal(w.Body.Bytes(), &kept); err != nil || w.Code != http.StatusOK {
					t.Fatalf("%d %s", w.Code, w.Body)
				}
				sayUntilTaken(t, c, posted{File: &kept})
			},
			Group: func(*testing.T) string { return "inspect" },
			Seen:  func() []string { return botTexts(c) },
		}
	})
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

func botTexts(c *Channel) (out []string) {
	for seq := int64(1); ; seq++ {
		e, ok := c.room.find(seq)
		if !ok {
			return out
		}
		if e.Bot {
			out = append(out, e.Text)
		}
	}
}
