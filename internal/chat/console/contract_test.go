package console

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
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
			SendPicture: func(t *testing.T, text string, data []byte) {
				path := filepath.Join(t.TempDir(), "照片.png")
				if err := os.WriteFile(path, data, 0o600); err != nil {
					t.Error(err)
				}
				if _, err := io.WriteString(keyboard, "张敏@inspect: "+text+" [图 "+path+"]\n"); err != nil {
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
			Group:     func(*testing.T) string { return "inspect" },
			Seen:      func() []string { texts, _ := screen.shown(); return texts },
			SeenFiles: func() []chattest.SeenFile { _, files := screen.shown(); return files },
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

var attached = regexp.MustCompile(`\n?\[(图|文件) ([^\]]+)\]$`)

// shown is what the bot says there, and the names of the files that come with it.
func (s *screen) shown() (texts []string, files []chattest.SeenFile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for line := range strings.Lines(s.buf.String()) {
		line = strings.TrimSuffix(line, "\n")
		if text, ok := strings.CutPrefix(line, "督办@inspect> "); ok {
			texts = append(texts, text)
		} else if text, ok := strings.CutPrefix(line, "  "); ok && len(texts) > 0 {
			texts[len(texts)-1] += "\n" + text
		}
	}
	for k, text := range texts {
		if m := attached.FindStringSubmatch(text); m != nil {
			texts[k] = strings.TrimSuffix(text, m[0])
			files = append(files, chattest.SeenFile{Name: m[2], Picture: m[1] == "图"})
		}
	}
	return texts, files
}
