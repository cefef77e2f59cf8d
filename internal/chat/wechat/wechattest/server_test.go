package wechattest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// client is the least client that the server can be talked to with.
type client struct {
	t    *testing.T
	http *http.Client
	sid  string
	skey string
}

func newClient(t *testing.T, s *Server) *client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &client{t: t, http: &http.Client{Transport: s.Transport(), Jar: jar}}
}

func (c *client) do(method, url, body string) string {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(out)
}

func (c *client) find(pattern, in string) string {
	c.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(in)
	if m == nil {
		c.t.Fatalf("%s is not in %s", pattern, in)
	}
	return m[1]
}

// login scans and returns the answer to webwxinit.
func (c *client) login() string {
	uuid := c.find(`uuid = "(.*?)"`, c.do("GET", "https://login.wx.qq.com/jslogin", ""))
	poll := "https://login.wx.qq.com/cgi-bin/mmwebwx-bin/login?uuid=" + strings.ReplaceAll(uuid, "=", "%3D")
	if got := c.do("GET", poll, ""); !strings.Contains(got, "window.code=201") {
		c.t.Fatalf("poll: %s", got)
	}
	page := c.do("GET", c.find(`redirect_uri="(.*?)"`, c.do("GET", poll, "")), "")
	c.sid, c.skey = c.find("<wxsid>(.*?)</wxsid>", page), c.find("<skey>(.*?)</skey>", page)
	return c.do("POST", "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxinit", c.body(""))
}

func (c *client) body(more string) string {
	return fmt.Sprintf(`{"BaseRequest":{"Uin":%d,"Sid":%q,"Skey":%q}%s}`, uin, c.sid, c.skey, more)
}

func (c *client) sync(position int) (texts []string, next int64) {
	c.t.Helper()
	var out struct {
		SyncKey    syncKey
		AddMsgList []struct{ Content string }
	}
	key := fmt.Sprintf(`,"SyncKey":{"Count":1,"List":[{"Key":2,"Val":%d}]}`, position)
	answer := c.do("POST", "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxsync", c.body(key))
	if err := json.Unmarshal([]byte(answer), &out); err != nil {
		c.t.Fatalf("%s: %v", answer, err)
	}
	for _, m := range out.AddMsgList {
		texts = append(texts, m.Content)
	}
	return texts, out.SyncKey.position()
}

func TestLogGoesOnFromAnyPosition(t *testing.T) {
	s := New("督办", WithBatch(2))
	zhang := s.AddFriend("张", "")
	c := newClient(t, s)
	if got := c.login(); !strings.Contains(got, `"Ret":0`) || !strings.Contains(got, "督办") {
		t.Fatal(got)
	}
	for _, text := range []string{"一", "二", "三"} {
		s.PostText(zhang, zhang, text)
	}
	for _, want := range []struct {
		from  int
		texts string
		next  int64
	}{{0, "[一 二]", 2}, {2, "[三]", 3}, {0, "[一 二]", 2}, {1, "[二 三]", 3}, {3, "[]", 3}} {
		if texts, next := c.sync(want.from); fmt.Sprint(texts) != want.texts || next != want.next {
			t.Errorf("from %d: %v, next %d", want.from, texts, next)
		}
	}
}

// TestCookiesAreDemanded: every host of a session answers 1102 without cookies, whatever else the request holds.
func TestCookiesAreDemanded(t *testing.T) {
	s := New("督办")
	c := newClient(t, s)
	c.login()
	for _, url := range []string{
		"https://webpush.wx.qq.com/cgi-bin/mmwebwx-bin/synccheck?synckey=2_0",
		"https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxgetcontact", "https://file.wx.qq.com/cgi-bin/mmwebwx-bin/webwxgetmedia?mediaid=x",
	} {
		bare := newClient(t, s)
		if got := bare.do("GET", url, ""); !strings.Contains(got, "1102") {
			t.Errorf("%s: %s", url, got)
		}
		s.Stick("2")
		if got := c.do("GET", url, ""); strings.Contains(got, "1102") {
			t.Errorf("%s with cookies: %s", url, got)
		}
	}
}

func TestNewLoginNewNames(t *testing.T) {
	s := New("督办")
	zhang := s.AddFriend("张", "")
	old := newClient(t, s)
	old.login()
	first := zhang.Key()
	newClient(t, s).login()
	if zhang.Key() == first {
		t.Error("the UserName is the same after a new scan")
	}
	if got := old.do("POST", "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxinit", old.body("")); !strings.Contains(got, "1101") {
		t.Errorf("the old session goes on: %s", got)
	}
}

func TestLongPollIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New("督办")
		zhang := s.AddFriend("张", "")
		c := newClient(t, s)
		c.login()
		const url = "https://webpush.wx.qq.com/cgi-bin/mmwebwx-bin/synccheck?synckey=1_5%7C2_0"
		began := time.Now()
		if got := c.do("GET", url, ""); got != `window.synccheck={retcode:"0",selector:"0"}` || time.Since(began) != 25*time.Second {
			t.Errorf("%s after %v", got, time.Since(began))
		}
		go func() {
			time.Sleep(7 * time.Second)
			s.PostText(zhang, zhang, "一")
		}()
		began = time.Now()
		if got := c.do("GET", url, ""); got != `window.synccheck={retcode:"0",selector:"2"}` || time.Since(began) != 7*time.Second {
			t.Errorf("%s after %v", got, time.Since(began))
		}
	})
}

func TestFilesAndRevoking(t *testing.T) {
	s := New("督办")
	zhang := s.AddFriend("张", "")
	c := newClient(t, s)
	c.login()
	s.PostFile(zhang, zhang, "台账.xlsx", []byte("PK-data"))
	media := c.find(`"MediaId":"(.*?)"`, c.do("POST", "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxsync",
		c.body(`,"SyncKey":{"Count":1,"List":[{"Key":2,"Val":0}]}`)))
	if got := c.do("GET", "https://file.wx.qq.com/cgi-bin/mmwebwx-bin/webwxgetmedia?mediaid="+media, ""); got != "PK-data" {
		t.Errorf("got %q", got)
	}
	if got := c.do("POST", "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxrevokemsg", `{"SvrMsgId":"17"}`); !strings.Contains(got, `"Ret":0`) {
		t.Error(got)
	}
	if got := s.Revoked(); len(got) != 1 || got[0] != "17" {
		t.Errorf("revoked %v", got)
	}
	if got := c.do("GET", "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxlogout", ""); !strings.Contains(got, `"Ret":0`) {
		t.Error(got)
	}
	if got := c.do("POST", "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxinit", c.body("")); !strings.Contains(got, "1101") {
		t.Errorf("the session goes on after logging out: %s", got)
	}
}

func TestFaults(t *testing.T) {
	s := New("督办")
	c := newClient(t, s)
	c.login()
	const url = "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxgetcontact"
	s.Inject("webwxgetcontact", Fault{HTML: 502})
	s.Inject("webwxgetcontact", Fault{Ret: 1205})
	s.Inject("webwxgetcontact", Fault{Edit: func(m map[string]any) { delete(m, "MemberList") }})
	got := c.do("GET", url, "") + c.do("GET", url, "") + c.do("GET", url, "")
	if !strings.Contains(got, "<html>") || !strings.Contains(got, "1205") || strings.Contains(got, "MemberList") {
		t.Error(got)
	}
	s.Inject("webwxgetcontact", Fault{After: true})
	if resp, err := c.http.Get(url); err == nil {
		_ = resp.Body.Close()
		t.Error("the dropped connection answered")
	}
	if !bytes.Contains([]byte(c.do("GET", url, "")), []byte("MemberList")) {
		t.Error("the fault stays")
	}
}
