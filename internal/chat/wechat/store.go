package wechat

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// errNoSession means that there is no login to continue.
var errNoSession = errors.New("no stored session")

// store is the session file: the library's login data in the library's own form, replaced as a whole. It holds secrets,
// so only its owner can read it.
type store struct {
	path    string
	log     *slog.Logger
	mu      sync.Mutex
	unsaved []byte // newer than the file, which could not be written; nil: there is none
}

// stored is what a session file must hold so that the library can go on from it without a crash.
type stored struct {
	Jar          map[string][]struct{ Name, Value string }
	BaseRequest  *struct{ Sid, Skey string }
	LoginInfo    *struct{ WxUin int64 }
	WechatDomain string
	SyncKey      *syncKey
}

// check says why data cannot be gone on from, or nil. The library would crash on a missing jar and on a sync key that
// counts less than it lists, and an empty jar is answered 1102.
func check(data []byte) error {
	var st stored
	if err := json.Unmarshal(data, &st); err != nil {
		return fmt.Errorf("not a session: %w", err)
	}
	cookies := 0
	for _, list := range st.Jar {
		cookies += len(list)
	}
	switch {
	case cookies == 0:
		return errors.New("the session has no cookies")
	case st.BaseRequest == nil || st.BaseRequest.Sid == "" || st.LoginInfo == nil:
		return errors.New("the session has no login")
	case st.WechatDomain == "" || strings.ContainsAny(st.WechatDomain, "/@: "):
		return errors.New("the session names no server")
	case st.SyncKey != nil && st.SyncKey.Count != len(st.SyncKey.List):
		return errors.New("the session's sync key is damaged")
	}
	return nil
}

// load is the newest readable session: the file's, or that of its last good copy. The error is errNoSession if there was
// never one; other errors say that what is there cannot be used.
func (s *store) load() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unsaved != nil {
		return s.unsaved, nil
	}
	data, err := s.read(s.path)
	if err == nil {
		return data, nil
	}
	good, bakErr := s.read(s.path + ".bak")
	if bakErr != nil {
		return nil, err
	}
	s.log.Warn("the session file cannot be used, going on from its last good copy", "file", s.path, fault(err))
	return good, nil
}

func (s *store) read(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoSession
	}
	if err != nil {
		return nil, fmt.Errorf("read the session: %w", err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 { // somebody has put it back for everybody to read
		if err := os.Chmod(path, 0o600); err != nil {
			s.log.Warn("others may read the session file", "file", path, fault(err))
		}
	}
	if err := check(data); err != nil {
		return nil, err
	}
	return data, nil
}

// save replaces the session file: a temporary file is written and made durable, the present file becomes the last good
// copy, then the new one takes its name. A crash at any point leaves one of the two. Data that nobody could go on from
// is refused. What cannot be written is kept in memory until it can, so that at least this program goes on from it.
func (s *store) save(data []byte) error {
	if err := check(data); err != nil {
		return fmt.Errorf("refuse to store: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unsaved = data
	if err := s.replace(data); err != nil {
		return fmt.Errorf("store the session: %w", err)
	}
	s.unsaved = nil
	return nil
}

func (s *store) replace(data []byte) (err error) {
	dir := filepath.Dir(s.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp := s.path + ".new"
	defer func() {
		if err != nil {
			_ = os.Remove(tmp) // it takes room on a full disk
		}
	}()
	if err := writeDurable(tmp, data); err != nil {
		return err
	}
	if info, err := os.Stat(s.path); err == nil && info.IsDir() { // as containers make one of a file that is not there
		if os.Remove(s.path) != nil { // there is something in it
			if err := os.Rename(s.path, s.path+".bad"); err != nil {
				return err
			}
		}
	}
	if _, err := s.read(s.path); err == nil {
		if err := os.Rename(s.path, s.path+".bak"); err != nil {
			return fmt.Errorf("keep the last good session: %w", err)
		}
	}
	if err := os.Rename(tmp, s.path); err != nil {
		return err
	}
	syncDir(dir)
	return nil
}

func writeDurable(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	// An older file of the same name keeps its mode, so the mode is set again.
	return errors.Join(err, f.Chmod(0o600), f.Sync(), f.Close())
}

// syncDir makes renames durable where directories can be synced; elsewhere there is nothing to do.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}

// withoutPosition is session data without its place in the message log. A new login must not go on from an old one.
func withoutPosition(data []byte) ([]byte, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, fmt.Errorf("read the session: %w", err)
	}
	delete(fields, "SyncKey")
	out, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("write the session: %w", err)
	}
	return out, nil
}
