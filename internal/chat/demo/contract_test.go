package demo

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
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
			Say:     func(t *testing.T, text string) { sayUntilTaken(t, c, text) },
			Group:   func(*testing.T) string { return "inspect" },
			Seen:    func() []string { return botTexts(c) },
		}
	})
}

func sayUntilTaken(t *testing.T, c *Channel, text string) {
	t.Helper()
	body, err := json.Marshal(posted{Person: "zhang_min", Chat: "inspect", Text: text})
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
