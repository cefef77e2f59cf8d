package wechat

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"duban/internal/chat"
)

func sessionData(position string) string {
	return `{"Jar":{"https://wx.qq.com":[{"Name":"wxsid","Value":"s"}]},"BaseRequest":{"Uin":1,"Sid":"s","Skey":"k"},"LoginInfo":{"WxUin":1},` +
		`"WechatDomain":"wx.qq.com","SyncKey":{"Count":1,"List":[{"Key":2,"Val":` + position + `}]},"UUID":"u"}`
}

func TestStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "wechat.session")
	s := &store{path: path, log: slog.New(slog.DiscardHandler)}
	if _, err := s.load(); !errors.Is(err, errNoSession) {
		t.Fatalf("an empty store: %v", err)
	}
	for _, n := range []string{"1", "2", "3"} {
		if err := s.save([]byte(sessionData(n))); err != nil {
			t.Fatal(err)
		}
	}
	if data, err := s.load(); err != nil || string(data) != sessionData("3") {
		t.Errorf("%s, %v", data, err)
	}
	for _, p := range []string{path, path + ".bak"} {
		if st, err := os.Stat(p); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", p, st, err)
		}
	}
	// A crash between the two renames leaves no session file.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if data, err := s.load(); err != nil || string(data) != sessionData("2") {
		t.Errorf("%s, %v", data, err)
	}
}

// TestStoreRefuses: nobody can go on from these, and a good session must not be lost to them.
func TestStoreRefuses(t *testing.T) {
	good := sessionData("1")
	bad := map[string]string{
		"nothing": "", "cut off": good[:len(good)/2], "no jar": strings.Replace(good, `"Jar"`, `"X"`, 1), "null jar": strings.Replace(good, `{"https://wx.qq.com":[{"Name":"wxsid","Value":"s"}]}`, "null", 1),
		"empty jar":       strings.Replace(good, `[{"Name":"wxsid","Value":"s"}]`, "[]", 1),
		"no login":        strings.Replace(good, `"LoginInfo"`, `"X"`, 1),
		"no request":      strings.Replace(good, `"BaseRequest"`, `"X"`, 1),
		"no server":       strings.Replace(good, `"wx.qq.com","SyncKey"`, `"","SyncKey"`, 1),
		"strange server":  strings.Replace(good, `"wx.qq.com","SyncKey"`, `"x/y","SyncKey"`, 1),
		"wrong key count": strings.Replace(good, `"Count":1`, `"Count":0`, 1),
	}
	for name, data := range bad {
		dir := t.TempDir()
		s := &store{path: filepath.Join(dir, "s"), log: slog.New(slog.DiscardHandler)}
		if err := s.save([]byte(good)); err != nil {
			t.Fatal(err)
		}
		if err := s.save([]byte(data)); err == nil {
			t.Errorf("%s is stored", name)
		}
		if got, err := s.load(); err != nil || string(got) != good {
			t.Errorf("%s: the good session is lost: %s, %v", name, got, err)
		}
		// A damaged file is not used, and it does not become the last good copy.
		if err := errors.Join(s.save([]byte(sessionData("2"))), os.WriteFile(s.path, []byte(data), 0o600)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.load(); err != nil || string(got) != good {
			t.Errorf("%s: %s, %v", name, got, err)
		}
		if err := s.save([]byte(sessionData("3"))); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(s.path + ".bak"); err != nil || string(got) != good {
			t.Errorf("%s: the last good copy is %s, %v", name, got, err)
		}
	}
}

// TestDamagedSession: first the last good copy is used, then a QR code is shown; the log says why.
func TestDamagedSession(t *testing.T) {
	for _, withCopy := range []bool{true, false} {
		inWorld(t, func(t *testing.T, w *world) {
			zhang := w.srv.AddFriend("张", "张敏")
			r := w.online()
			w.srv.PostText(zhang, zhang, "一")
			r.received(1)
			r.quit()
			if err := os.WriteFile(w.path, []byte(`{"Jar":`), 0o600); err != nil {
				t.Fatal(err)
			}
			if !withCopy {
				if err := os.Remove(w.path + ".bak"); err != nil {
					t.Fatal(err)
				}
			}
			r = w.online()
			if scans := r.inbox.count(chat.StateScan); scans != map[bool]int{true: 0, false: 1}[withCopy] {
				t.Errorf("with a copy %v: %d codes", withCopy, scans)
			}
			if !strings.Contains(w.logged(), "session file cannot be used") {
				t.Error("the log does not say so")
			}
			r.quit()
		})
	}
}

// TestStrangeSessionFile: whatever lies where the session file should be, and can be moved out of the way, a new login is stored there,
// for its owner alone, and who can scan is told why.
func TestStrangeSessionFile(t *testing.T) {
	garbage := func(data string) func(string) error {
		return func(path string) error { return os.WriteFile(path, []byte(data), 0o644) }
	}
	for name, put := range map[string]func(path string) error{
		"empty": garbage(""), "garbage": garbage("\x00\xff{}"), "null": garbage("null"), "cut off": garbage(sessionData("1")[:60]),
		"a folder":       func(path string) error { return os.Mkdir(path, 0o755) },
		"a folder again": func(path string) error { return errors.Join(os.MkdirAll(path+".bad", 0o700), os.Mkdir(path, 0o755)) },
		"a full folder":  func(path string) error { return os.MkdirAll(filepath.Join(path, "x"), 0o755) },
	} {
		inWorld(t, func(t *testing.T, w *world) {
			if err := put(w.path); err != nil {
				t.Fatal(err)
			}
			r := w.online()
			if first := r.inbox.statuses[0]; first.State != chat.StateOffline || !strings.Contains(first.Text, "需要重新扫码") {
				t.Errorf("%s: first said %+v", name, first)
			}
			r.quit()
			info, err := os.Stat(w.path)
			if err != nil || !info.Mode().IsRegular() || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: stored as %v, %v", name, info, err)
			}
			r = w.online()
			if n := r.inbox.count(chat.StateScan); n != 0 {
				t.Errorf("%s: scanned again", name)
			}
			r.quit()
		})
	}
}

// TestSessionForEverybody: a session file that others may read is used, and is its owner's again.
func TestSessionForEverybody(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s := &store{path: path, log: slog.New(slog.DiscardHandler)}
	if err := errors.Join(s.save([]byte(sessionData("1"))), os.Chmod(path, 0o644)); err != nil {
		t.Fatal(err)
	}
	data, err := s.load()
	info, statErr := os.Stat(path)
	if err != nil || string(data) != sessionData("1") || statErr != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%s, %v, %v, %v", data, err, info.Mode(), statErr)
	}
}

// TestSessionThatCannotBeStored: the program goes on from it as long as it lives, says that a restart will need a code, and stores it as soon
// as it can; nothing half is left.
func TestSessionThatCannotBeStored(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		zhang := w.srv.AddFriend("张", "张敏")
		r := w.online()
		blocked := w.path + ".new"
		if err := os.MkdirAll(filepath.Join(blocked, "x"), 0o700); err != nil {
			t.Fatal(err)
		}
		w.srv.PostText(zhang, zhang, "一")
		r.received(1)
		synctest.Wait()
		if last := r.inbox.last(); last.State != chat.StateOnline || !strings.Contains(last.Text, "没有存下来") {
			t.Errorf("said %+v", last)
		}
		if data, err := os.ReadFile(w.path); err != nil || len(data) == 0 {
			t.Errorf("the old one: %v", err)
		}
		if err := os.RemoveAll(blocked); err != nil {
			t.Fatal(err)
		}
		w.srv.PostText(zhang, zhang, "二")
		r.received(2)
		synctest.Wait()
		if last := r.inbox.last(); last.State != chat.StateOnline || !strings.HasPrefix(last.Text, "微信已登录：") {
			t.Errorf("said %+v", last)
		}
		r.quit()
	})
	s := &store{path: filepath.Join(t.TempDir(), "s"), log: slog.New(slog.DiscardHandler)}
	if err := errors.Join(s.save([]byte(sessionData("1"))), os.MkdirAll(s.path+".new/x", 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := s.save([]byte(sessionData("2"))); err == nil {
		t.Error("stored where nothing can be")
	}
	if data, err := s.load(); err != nil || string(data) != sessionData("2") {
		t.Errorf("goes on from %s, %v", data, err)
	}
}

func TestWithoutPosition(t *testing.T) {
	out, err := withoutPosition([]byte(sessionData("9")))
	if err != nil || bytes.Contains(out, []byte("SyncKey")) || !bytes.Contains(out, []byte("wxsid")) {
		t.Errorf("%s, %v", out, err)
	}
}
