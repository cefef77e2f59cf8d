package console

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/chat/chattest"
)

// TestContract: the console keeps what package chat promises.
func TestContract(t *testing.T) {
	chattest.Run(t, func(t *testing.T) chattest.Network {
		in, keyboard := io.Pipe()
		t.Cleanup(func() { _ = keyboard.Close() })
		screen := &screen{}
		c := New(Config{
			In: in, Out: screen, ErrOut: t.Output(), Clock: &fakeBot{now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)},
			Cast: chat.Cast{People: []chat.Named{{ID: "zhang_min", Name: "张敏"}}, Chats: []chat.Named{{ID: "inspect", Name: "督查群"}}},
		})
		return chattest.Network{
			Channel: c,
			Say: func(t *testing.T, text string) {
				if _, err := io.WriteString(keyboard, "张敏@inspect: "+strings.ReplaceAll(text, "\n", "\n  ")+"\n"); err != nil {
					t.Error(err)
				}
			},
			SendFile: func(t *testing.T, name string, data []byte) {
				path := filepath.Join(t.TempDir(), name)
				if err := os.WriteFile(path, data, 0o600); err != nil {
					t.Error(err)
				}
				if _, err := io.WriteString(keyboard, "张敏@inspect: [文件 "+path+"]\n"); err != nil {
					t.Error(err)
				}
			},
			Group: func(*testing.T) string { return "inspect" },
			Seen:  screen.texts,
		}
	})
}

// screen is what the console shows.
type screen struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *screen) texts() (out []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for line := range strings.Lines(s.buf.String()) {
		line = strings.TrimSuffix(line, "\n")
		if text, ok := strings.CutPrefix(line, "督办@inspect> "); ok {
			out = append(out, text)
		} else if text, ok := strings.CutPrefix(line, "  "); ok && len(out) > 0 {
			out[len(out)-1] += "\n" + text
		}
	}
	return out
}
