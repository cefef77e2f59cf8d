package wechat

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

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

func TestWithoutPosition(t *testing.T) {
	out, err := withoutPosition([]byte(sessionData("9")))
	if err != nil || bytes.Contains(out, []byte("SyncKey")) || !bytes.Contains(out, []byte("wxsid")) {
		t.Errorf("%s, %v", out, err)
	}
}
