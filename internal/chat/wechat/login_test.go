package wechat

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
	"duban/internal/chat/wechat/wechattest"
)

func TestScanThenTalk(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		zhang := w.srv.AddFriend("小张&", "张敏")
		group := w.srv.AddGroup("创城督查<工作>群", false, zhang)
		group.SetCard(zhang, "督查员张敏")
		r := w.online()
		id := w.srv.PostText(group, zhang, "上报 金水湾小区3号楼\n步骤:\n1、堆放杂物")
		got := r.received(1)[0]
		want := chat.Message{
			Channel: "wechat", Session: w.srv.Bot().Key(), ID: id,
			Conversation: chat.Conversation{Key: group.Key(), Name: "创城督查<工作>群"},
			From:         chat.Sender{Key: zhang.Key(), Name: "小张&", Card: "督查员张敏", Remark: "张敏"},
			Text:         "上报 金水湾小区3号楼\n步骤:\n1、堆放杂物", SentAt: got.SentAt,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]chat.State{chat.StateConnecting, chat.StateScan, chat.StateConnecting, chat.StateOnline}, r.inbox.states()); diff != "" {
			t.Error(diff)
		}
		if st := r.inbox.last(); st.Account != "督办" || st.Text != "微信已登录：督办" {
			t.Errorf("status %+v", st)
		}
		r.quit()
	})
}

func TestQRCodeIsShownAndShownAnew(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		r := w.start()
		first, err := w.srv.WaitQR(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		address := "https://login.weixin.qq.com/l/" + first
		if st := r.inbox.last(); st.State != chat.StateScan || st.QR != address || !strings.Contains(st.Text, "扫描二维码") {
			t.Errorf("status %+v", st)
		}
		if out := w.qr.String(); !strings.Contains(out, address) || !strings.Contains(out, "▄") {
			t.Errorf("the terminal shows\n%s", out)
		}
		w.srv.ExpireQR(first)
		r.until("a second code", func() bool { return r.inbox.count(chat.StateScan) == 2 })
		second, _ := w.srv.WaitQR(t.Context())
		w.srv.Scan(second)
		r.until("scanned", func() bool { return r.inbox.last().Text == "已扫码，请在手机上点“登录”确认。" })
		w.srv.Confirm(second)
		r.until("online", func() bool { return r.ch.current.Load() != nil })
		r.quit()
		var shown []string // a code is told while it can be scanned, and with nothing else
		for _, st := range r.inbox.statuses {
			if st.QR != "" {
				shown = append(shown, st.QR)
			}
			if (st.QR != "") != (st.State == chat.StateScan) {
				t.Errorf("status %+v", st)
			}
		}
		if diff := cmp.Diff([]string{address, "https://login.weixin.qq.com/l/" + second}, shown); diff != "" {
			t.Error(diff)
		}
	}, wechattest.WithManualScan())
}

func TestHotLoginDeliversBacklog(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		zhang := w.srv.AddFriend("张", "张敏")
		group := w.srv.AddGroup("工作群", true, zhang)
		r := w.online()
		w.srv.PostText(group, zhang, "第一条")
		r.received(1)
		r.quit()
		time.Sleep(3 * time.Hour)
		w.srv.PostText(group, zhang, "第二条")
		w.srv.PostAged(group, zhang, "第三条", 2*time.Hour)
		time.Sleep(2 * time.Hour)
		r = w.online()
		r.received(2)
		if diff := cmp.Diff([]string{"第二条", "第三条"}, r.inbox.texts()); diff != "" {
			t.Error(diff)
		}
		r.quit()
	})
}

func TestNewLoginDropsWhatIsOlder(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		zhang := w.srv.AddFriend("张", "张敏")
		r := w.online()
		w.srv.PostAged(zhang, zhang, "很久以前", 10*time.Minute)
		w.srv.PostAged(zhang, zhang, "刚才", time.Minute)
		r.received(1)
		r.until("poll", func() bool { return w.srv.Count("synccheck") > 3 })
		if diff := cmp.Diff([]string{"刚才"}, r.inbox.texts()); diff != "" {
			t.Error(diff)
		}
		r.quit()
	})
}

// TestScanAfterExpiryStartsFresh: the old position must not replace the new login's, or everything since then would come
// again.
func TestScanAfterExpiryStartsFresh(t *testing.T) {
	for _, push := range []bool{false, true} {
		inWorld(t, func(t *testing.T, w *world) {
			zhang := w.srv.AddFriend("张", "张敏")
			if push {
				w.srv.AllowPush(true)
			}
			r := w.online()
			first := w.srv.Bot().Key()
			w.srv.PostText(zhang, zhang, "一")
			r.received(1)
			r.quit()
			w.srv.Expire(1101)
			w.srv.PostText(zhang, zhang, "二")
			r = w.online()
			w.srv.PostText(zhang, zhang, "三")
			got := r.received(1)
			if diff := cmp.Diff([]string{"三"}, r.inbox.texts()); diff != "" {
				t.Error(diff)
			}
			if got[0].Session == first || got[0].Session != w.srv.Bot().Key() {
				t.Errorf("session %q", got[0].Session)
			}
			if want := map[bool]int{false: 2, true: 1}[push]; w.srv.Count("jslogin") != want {
				t.Errorf("%d QR codes", w.srv.Count("jslogin"))
			}
			r.quit()
		})
	}
}

func TestPushThatNobodyConfirmsBecomesScan(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.srv.AllowPush(false)
		r := w.online()
		w.srv.Expire(1101)
		r.until("asked the phone", func() bool { return strings.Contains(r.inbox.last().Text, "请手机确认登录") })
		began := time.Now()
		r.until("a QR code", func() bool { return r.inbox.count(chat.StateScan) == 2 })
		if d := time.Since(began); d < time.Minute || d > 5*time.Minute {
			t.Errorf("after %v", d)
		}
		r.until("online", func() bool { return r.ch.current.Load() != nil })
		r.quit()
	})
}

// TestExpiryWhileOnline: the way back depends on the code.
func TestExpiryWhileOnline(t *testing.T) {
	tests := []struct {
		code    int
		after   time.Duration
		pushes  int
		stopped string
	}{
		{code: 1101, after: 10 * time.Second, pushes: 1},
		{code: 1100, after: 10 * time.Second},
		{code: 1102, after: time.Hour, pushes: 1},
		{code: 1102, after: 10 * time.Second, stopped: "刚登录就被微信踢下线（代码 1102）"},
		{code: 1203, after: time.Hour, stopped: "拒绝这个账号用程序登录（代码 1203）"},
	}
	for _, tt := range tests {
		inWorld(t, func(t *testing.T, w *world) {
			r := w.online()
			s := r.ch.current.Load()
			time.Sleep(tt.after)
			w.srv.Expire(tt.code)
			if tt.stopped == "" {
				r.until("offline", func() bool { return r.ch.current.Load() == nil })
				// The library's own way to end sets its account to nil under the feet of whoever still uses it.
				if _, err := s.bot.GetCurrentUser(); err != nil {
					t.Errorf("the library ended itself: %v", err)
				}
				r.until("online again", func() bool { return r.ch.current.Load() != nil })
				if n := w.srv.Count("webwxpushloginurl"); n != tt.pushes {
					t.Errorf("%d after %v: %d push logins", tt.code, tt.after, n)
				}
				r.quit()
				return
			}
			checkStopped(t, r, tt.stopped)
		})
	}
}

// checkStopped wants a final end that says what happened and names the way out, and no login after it.
func checkStopped(t *testing.T, r *run, sentence string) {
	t.Helper()
	r.until("stopped", func() bool { return r.inbox.last().State == chat.StateStopped })
	err := <-r.done
	logins := r.srv.Count("jslogin")
	time.Sleep(time.Hour)
	for _, want := range []string{sentence, "企业微信", "申诉", "不要反复扫码"} {
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(r.inbox.last().Text, want) {
			t.Errorf("%q is not in %v and %q", want, err, r.inbox.last().Text)
		}
	}
	if r.srv.Count("jslogin") != logins {
		t.Error("it tried again")
	}
}

func TestBarredAccountStops(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.srv.RefuseLogin(1203, "为了你的帐号安全，此微信号不能登录网页微信。")
		checkStopped(t, w.start(), "拒绝这个账号用程序登录（代码 1203）")
	})
}

func TestKickedInTheMiddleOfALoginStops(t *testing.T) {
	for _, endpoint := range []string{"webwxinit", "webwxstatusnotify"} {
		inWorld(t, func(t *testing.T, w *world) {
			w.srv.Inject(endpoint, wechattest.Fault{Ret: 1102})
			checkStopped(t, w.start(), "刚登录就被微信踢下线（代码 1102）")
		})
	}
}

// TestOldSessionAnswered1102IsNotABan: a stored session that is too old is answered 1102 as well.
func TestOldSessionAnswered1102IsNotABan(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.online().quit()
		time.Sleep(30 * time.Hour)
		w.srv.Expire(1102)
		r := w.online()
		if diff := cmp.Diff([]chat.State{
			chat.StateConnecting, chat.StateOffline, chat.StateConnecting, chat.StateOffline,
			chat.StateConnecting, chat.StateScan, chat.StateConnecting, chat.StateOnline,
		}, r.inbox.states()); diff != "" {
			t.Error(diff)
		}
		r.quit()
	})
}

// TestKickedAfterAHotLoginIsNotABan: nobody confirmed anything just now, so a person is asked once more.
func TestKickedAfterAHotLoginIsNotABan(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.online().quit()
		time.Sleep(5 * time.Hour)
		r := w.online()
		time.Sleep(5 * time.Second)
		w.srv.Expire(1102)
		r.until("a QR code", func() bool { return r.inbox.count(chat.StateScan) == 1 })
		r.until("online again", func() bool { return r.ch.current.Load() != nil })
		r.quit()
	})
}

func TestModes(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.online().quit()
	}, wechattest.WithDesktopOnly())
	inWorld(t, func(t *testing.T, w *world) {
		checkStopped(t, w.start(func(c *Config) { c.Mode = "normal" }), "1203")
	}, wechattest.WithDesktopOnly())
	if _, err := New(Config{Mode: "web", Session: "x"}); err == nil {
		t.Error("an unknown mode is accepted")
	}
	if _, err := New(Config{}); err == nil {
		t.Error("no session file is accepted")
	}
}

// TestLoginSurvivesBadAnswers: nobody wants to scan again because one answer was lost.
func TestLoginSurvivesBadAnswers(t *testing.T) {
	faults := map[string]wechattest.Fault{
		"502":      {HTML: 502, Times: 2},
		"dropped":  {After: true},
		"refused":  {Refuse: true, Times: 3},
		"nonsense": {Body: "<html>hello</html>"},
	}
	for name, f := range faults {
		for _, endpoint := range []string{"jslogin", "login", "webwxinit", "webwxstatusnotify"} {
			inWorld(t, func(t *testing.T, w *world) {
				w.srv.Inject(endpoint, f)
				r := w.online()
				if n := r.inbox.count(chat.StateScan); n != 1 {
					t.Errorf("%s of %s: %d codes were shown", name, endpoint, n)
				}
				r.quit()
			})
		}
	}
}

// TestUnknownLoginCodeIsPaced: the library polls again without a pause.
func TestUnknownLoginCodeIsPaced(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.srv.Inject("login", wechattest.Fault{Body: "window.code=500;", Times: 1 << 30})
		r := w.start()
		time.Sleep(10 * time.Minute)
		if n := w.srv.Count("login"); n > 700 || n < 100 {
			t.Errorf("%d polls in ten minutes", n)
		}
		r.quit()
	})
}

// TestFailedCourtesyIsForgiven: the library gives a login up when the phone cannot be told of it.
func TestFailedCourtesyIsForgiven(t *testing.T) {
	for _, f := range []wechattest.Fault{{Ret: 1205}, {HTML: 502, Times: 10}} {
		inWorld(t, func(t *testing.T, w *world) {
			w.srv.Inject("webwxstatusnotify", f)
			r := w.online()
			if n := r.inbox.count(chat.StateScan); n != 1 {
				t.Errorf("%d codes", n)
			}
			r.quit()
		})
	}
}

// TestBadInitDoesNotCrash: the library would crash on each of these.
func TestBadInitDoesNotCrash(t *testing.T) {
	edits := map[string]func(map[string]any){
		"no sync key":     func(m map[string]any) { delete(m, "SyncKey") },
		"no account":      func(m map[string]any) { delete(m, "User") },
		"empty contacts":  func(m map[string]any) { m["ContactList"] = []any{nil} },
		"count too small": func(m map[string]any) { m["SyncKey"].(map[string]any)["Count"] = 1 },
		"count negative":  func(m map[string]any) { m["SyncKey"].(map[string]any)["Count"] = -4 },
	}
	for name, e := range edits {
		inWorld(t, func(t *testing.T, w *world) {
			zhang := w.srv.AddFriend("张", "张敏")
			w.srv.Inject("webwxinit", wechattest.Fault{Edit: e})
			r := w.online()
			w.srv.PostText(zhang, zhang, name)
			if m := r.received(1)[0]; m.Session != w.srv.Bot().Key() {
				t.Errorf("%s: %+v", name, m)
			}
			r.quit()
		})
	}
}

func TestStopsAtOnceWhileLoggingIn(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		r := w.start()
		if _, err := w.srv.WaitQR(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		r.quit()
		if time.Since(began) != 0 {
			t.Errorf("it took %v", time.Since(began))
		}
	}, wechattest.WithManualScan())
	inWorld(t, func(t *testing.T, w *world) {
		w.srv.Inject("jslogin", wechattest.Fault{Refuse: true, Times: 1000})
		r := w.start()
		time.Sleep(time.Hour)
		began := time.Now()
		r.quit()
		if time.Since(began) != 0 {
			t.Errorf("it took %v", time.Since(began))
		}
		if n := w.srv.Count("jslogin"); n > 100 {
			t.Errorf("%d attempts in an hour", n)
		}
	})
}

func TestOfflineSendSaysSo(t *testing.T) {
	ch, err := New(Config{Session: filepath.Join(t.TempDir(), "s")})
	if err != nil {
		t.Fatal(err)
	}
	var se *chat.SendError
	if err := ch.Send(t.Context(), chat.Outgoing{Text: "x"}); !errors.As(err, &se) || !se.Retry || se.Unknown {
		t.Errorf("%#v", err)
	}
	if _, err := ch.FetchPicture(t.Context(), chat.Picture{Ref: "1"}); !errors.Is(err, errOffline) {
		t.Error(err)
	}
	if _, err := ch.Members(t.Context(), "@@1"); !errors.Is(err, errOffline) {
		t.Error(err)
	}
}

// png is the smallest thing that begins like a picture.
var png = []byte("\x89PNG\r\n\x1a\n-not really, but it begins like one-")
