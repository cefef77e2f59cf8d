package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/eatmoreapple/openwechat"

	"duban/internal/chat"
)

// TestHotLoginSurvivesGenerations restarts a process five times. Each time a text, a picture and a file must go out: the
// library's own jar loses the file host's cookies in the second generation and all cookies in the third.
func TestHotLoginSurvivesGenerations(t *testing.T) {
	picture := filepath.Join(t.TempDir(), "ranking.png")
	if err := os.WriteFile(picture, png, 0o600); err != nil {
		t.Fatal(err)
	}
	inWorld(t, func(t *testing.T, w *world) {
		zhang := w.srv.AddFriend("张", "张敏")
		for generation := 1; generation <= 6; generation++ {
			r := w.online()
			w.srv.PostText(zhang, zhang, "我的")
			time.Sleep(5 * time.Second)
			if n := len(r.received(1)); n != 1 {
				t.Errorf("generation %d: %d messages", generation, n)
			}
			for _, a := range []*chat.Attachment{nil, {Path: picture, Name: "排名.png", Picture: true}, {Path: picture, Name: "台账.xlsx"}} {
				out := chat.Outgoing{ID: time.Now().String(), Conversation: zhang.Key(), Attachment: a}
				if a == nil {
					out.Text = "已收到"
				}
				if err := r.ch.Send(t.Context(), out); err != nil {
					t.Errorf("generation %d: %v", generation, err)
				}
				time.Sleep(time.Second)
			}
			if got := len(w.srv.Sent()); got != 3*generation {
				t.Fatalf("generation %d: %d were sent", generation, got)
			}
			r.quit()
		}
		if n := w.srv.Count("jslogin"); n != 1 {
			t.Errorf("%d QR codes were asked for", n)
		}
	})
}

// TestCookiesOfOneHostAreEnough: a session as the library alone stores it knows the cookies of one host only.
func TestCookiesOfOneHostAreEnough(t *testing.T) {
	picture := filepath.Join(t.TempDir(), "x.png")
	if err := os.WriteFile(picture, png, 0o600); err != nil {
		t.Fatal(err)
	}
	inWorld(t, func(t *testing.T, w *world) {
		zhang := w.srv.AddFriend("张", "张敏")
		w.online().quit()
		var fields map[string]any
		data, err := os.ReadFile(w.path)
		if err := errors.Join(err, json.Unmarshal(data, &fields)); err != nil {
			t.Fatal(err)
		}
		jar := fields["Jar"].(map[string]any)
		delete(jar, "https://file.wx.qq.com")
		delete(jar, "https://webpush.wx.qq.com")
		data, err = json.Marshal(fields)
		if err := errors.Join(err, os.WriteFile(w.path, data, 0o600)); err != nil {
			t.Fatal(err)
		}
		r := w.online()
		out := chat.Outgoing{ID: "1", Conversation: zhang.Key(), Attachment: &chat.Attachment{Path: picture, Picture: true}}
		if err := r.ch.Send(t.Context(), out); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		if n := w.srv.Count("jslogin"); n != 1 {
			t.Errorf("%d codes", n)
		}
		r.quit()
	})
}

// TestCookiesAreRenewed: a new cookie for the whole domain replaces the restored one on all three hosts.
func TestCookiesAreRenewed(t *testing.T) {
	picture := filepath.Join(t.TempDir(), "x.png")
	if err := os.WriteFile(picture, png, 0o600); err != nil {
		t.Fatal(err)
	}
	inWorld(t, func(t *testing.T, w *world) {
		zhang := w.srv.AddFriend("张", "张敏")
		for generation := range 4 {
			r := w.online()
			w.srv.Rotate()
			w.srv.PostText(zhang, zhang, "一")
			r.received(1)
			out := chat.Outgoing{ID: time.Now().String(), Conversation: zhang.Key(), Text: "一", Attachment: &chat.Attachment{Path: picture, Picture: true}}
			if err := r.ch.Send(t.Context(), out); err != nil {
				t.Errorf("generation %d: %v", generation, err)
			}
			time.Sleep(2 * time.Minute)
			r.quit()
		}
		if n := w.srv.Count("jslogin") + w.srv.Count("webwxpushloginurl"); n != 1 {
			t.Errorf("%d logins", n)
		}
	})
}

// TestJarBelongsToTheLibrarysGoroutine: cookies of the channel's own requests wait until the library's goroutine comes by.
func TestJarBelongsToTheLibrarysGoroutine(t *testing.T) {
	jar := openwechat.NewJar()
	g := &guard{pace: Pacing{}.withDefaults(), last: map[string]time.Time{}, base: cookieSetter{}}
	g.jar.jar = func() *openwechat.Jar { return jar }
	ask := func(ctx context.Context) *http.Response {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://file.wx.qq.com/cgi-bin/mmwebwx-bin/webwxoplog", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := g.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp
	}
	cookies := func() (n int) {
		for _, u := range hostsOf("wx.qq.com") {
			n += len(jar.Cookies(u))
		}
		return n
	}
	if resp := ask(ours(t.Context())); len(resp.Cookies()) != 0 || cookies() != 0 {
		t.Errorf("%v, %d in the jar", resp.Cookies(), cookies())
	}
	if ask(t.Context()); cookies() != 3 {
		t.Errorf("%d in the jar", cookies())
	}
}

type cookieSetter struct{}

func (cookieSetter) RoundTrip(req *http.Request) (*http.Response, error) {
	resp := local(req, []byte("{}"))
	resp.Header.Set("Set-Cookie", "a=b; Domain=.qq.com; Path=/")
	return resp, nil
}
