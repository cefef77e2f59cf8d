package demo

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"duban/internal/chat"
)

const (
	maxPicture = 12 << 20  // bytes of one picture
	maxFile    = 25 << 20  // bytes of another file
	maxStored  = 512 << 20 // bytes of all files together
)

// files keeps pictures of visitors and attachments of the bot in a folder that goes away with the demo.
type files struct {
	mu    sync.Mutex
	dir   string // "" until the first file
	total int64
	types map[string]string // by ref
}

// pictureTypes are what a browser shows and the bot reads.
func pictureType(data []byte) (string, bool) {
	switch t := http.DetectContentType(data); t {
	case "image/jpeg", "image/png", "image/gif", "image/webp":
		return t, true
	default:
		return t, false
	}
}

// add keeps a visitor's picture and returns its ref. Errors are Chinese sentences.
func (f *files) add(data []byte) (string, error) {
	if len(data) == 0 {
		return "", errors.New("图片是空的")
	}
	if len(data) > maxPicture {
		return "", fmt.Errorf("图片太大，最大 %d MB", maxPicture>>20)
	}
	if _, ok := pictureType(data); !ok {
		return "", errors.New("这不是图片，请选 JPG、PNG、GIF 或 WebP 文件")
	}
	return f.put(data)
}

// copy keeps a copy of a file of the bot, which may delete its own after sending.
func (f *files) copy(path string) (ref string, size int64, err error) {
	in, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = in.Close() }()
	data, err := io.ReadAll(in)
	if err != nil {
		return "", 0, err
	}
	ref, err = f.put(data)
	return ref, int64(len(data)), err
}

func (f *files) put(data []byte) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.total+int64(len(data)) > maxStored {
		return "", errors.New("演示里的文件太多了，请重新启动演示")
	}
	if f.dir == "" {
		dir, err := os.MkdirTemp("", "duban-demo-")
		if err != nil {
			return "", fmt.Errorf("临时文件夹建不了：%w", err)
		}
		f.dir, f.types = dir, map[string]string{}
	}
	ref := rand.Text()
	if err := os.WriteFile(filepath.Join(f.dir, ref), data, 0o600); err != nil { //nolint:gosec // ref is ours, not the visitor's
		return "", fmt.Errorf("文件存不下：%w", err)
	}
	f.types[ref] = "application/octet-stream"
	if t, ok := pictureType(data); ok {
		f.types[ref] = t
	}
	f.total += int64(len(data))
	return ref, nil
}

// errGone is the answer to a ref that is not known, or not any more.
var errGone = gone{}

type gone struct{}

func (gone) Error() string { return "图片或文件已经不在了" }

// Is makes it the error by which channels say that asking again is of no use.
func (gone) Is(target error) bool { return target == chat.ErrGone }

// read returns a kept file. Only refs that were given out exist, so that a ref cannot name another file.
func (f *files) read(ref string) ([]byte, error) {
	f.mu.Lock()
	_, ok := f.types[ref]
	path := filepath.Join(f.dir, ref)
	f.mu.Unlock()
	if !ok {
		return nil, errGone
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("图片读不了：%w", err)
	}
	return data, nil
}

// remove deletes all files.
func (f *files) remove() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dir != "" {
		_ = os.RemoveAll(f.dir) // a leftover in the system's folder for temporary files does no harm
	}
	f.dir, f.types, f.total = "", nil, 0
}
