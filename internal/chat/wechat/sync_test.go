package wechat

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
	"duban/internal/chat/wechat/wechattest"
)

// TestPollingSurvivesBadAnswers: each fault is met several times, afterwards messages arrive and nothing was lost.
func TestPollingSurvivesBadAnswers(t *testing.T) {
	edit := func(f func(map[string]any)) wechattest.Fault { return wechattest.Fault{Edit: f, Times: 3} }
	faults := []struct {
		name, endpoint string
		fault          wechattest.Fault
	}{
		{"poll 502", "synccheck", wechattest.Fault{HTML: 502, Times: 3}},
		{"poll nonsense", "synccheck", wechattest.Fault{Body: "<html>busy</html>", Times: 3}},
		{"poll negative", "synccheck", wechattest.Fault{Body: `window.synccheck={retcode:"-1",selector:"0"}`, Times: 3}},
		{"poll dropped", "synccheck", wechattest.Fault{Before: true, Times: 3}},
		{"poll refused", "synccheck", wechattest.Fault{Refuse: true, Times: 3}},
		{"poll unknown code", "synccheck", wechattest.Fault{Ret: 1104, Times: 3}},
		{"sync 502", "webwxsync", wechattest.Fault{HTML: 502, Times: 3}},
		{"sync empty", "webwxsync", wechattest.Fault{Empty: true, Times: 3}},
		{"sync bad JSON", "webwxsync", wechattest.Fault{Body: `{"AddMsgList": [`, Times: 3}},
		{"sync dropped", "webwxsync", wechattest.Fault{After: true, Times: 3}},
		{"sync refused by code", "webwxsync", wechattest.Fault{Ret: -1, Times: 3}},
		{"sync without key", "webwxsync", edit(func(m map[string]any) { delete(m, "SyncKey") })},
		{"sync with null key", "webwxsync", edit(func(m map[string]any) { m["SyncKey"] = nil })},
		{"sync with empty key", "webwxsync", edit(func(m map[string]any) { m["SyncKey"] = map[string]any{"Count": 0, "List": []any{}} })},
		{"sync counts too little", "webwxsync", edit(func(m map[string]any) { m["SyncKey"].(map[string]any)["Count"] = 1 })},
		{"sync counts below nothing", "webwxsync", edit(func(m map[string]any) { m["SyncKey"].(map[string]any)["Count"] = -1 })},
		{"sync with null message", "webwxsync", edit(func(m map[string]any) { m["AddMsgList"] = append(m["AddMsgList"].([]any), nil) })},
		{"sync with null contact", "webwxsync", edit(func(m map[string]any) { m["ModContactList"], m["ModChatRoomMemberList"] = []any{nil}, []any{nil, 7} })},
	}
	for _, tt := range faults {
		inWorld(t, func(t *testing.T, w *world) {
			zhang := w.srv.AddFriend("张", "张敏")
			r := w.online()
			r.until("polling", func() bool { return w.srv.Count("synccheck") > 0 })
			w.srv.Inject(tt.endpoint, tt.fault)
			for i := range 4 {
				w.srv.PostText(zhang, zhang, fmt.Sprint(tt.name, i))
				time.Sleep(20 * time.Second)
			}
			r.received(4)
			if got := r.inbox.texts(); len(got) != 4 || got[0] != tt.name+"0" || got[3] != tt.name+"3" {
				t.Errorf("%s: got %q", tt.name, got)
			}
			if n := w.srv.Count("jslogin"); n != 1 {
				t.Errorf("%s: %d logins", tt.name, n)
			}
			r.quit()
		})
	}
}

// TestPollingIsPaced: whatever goes wrong, there are few requests. The library alone makes tens of thousands a second.
func TestPollingIsPaced(t *testing.T) {
	broken := map[string]func(*wechattest.Server){
		"refused":      func(s *wechattest.Server) { s.Inject("synccheck", wechattest.Fault{Refuse: true, Times: 1 << 30}) },
		"502":          func(s *wechattest.Server) { s.Inject("synccheck", wechattest.Fault{HTML: 502, Times: 1 << 30}) },
		"unknown code": func(s *wechattest.Server) { s.Inject("synccheck", wechattest.Fault{Ret: 1104, Times: 1 << 30}) },
		"stuck":        func(s *wechattest.Server) { s.Stick("7") },
		"sync 502": func(s *wechattest.Server) {
			s.Stick("2")
			s.Inject("webwxsync", wechattest.Fault{HTML: 502, Times: 1 << 30})
		},
	}
	for name, f := range broken {
		inWorld(t, func(t *testing.T, w *world) {
			r := w.online()
			f(w.srv)
			before := len(w.srv.Requests())
			time.Sleep(10 * time.Minute)
			if n := len(w.srv.Requests()) - before; n > 300 || n < 5 {
				t.Errorf("%s: %d requests in ten minutes", name, n)
			}
			w.srv.Heal()
			zhang := w.srv.AddFriend("张", "张敏")
			r.until("online", func() bool { return r.ch.current.Load() != nil })
			w.srv.PostText(zhang, zhang, "还在吗")
			r.received(1)
			r.quit()
		})
	}
}

func TestBusyGroupIsPacedToo(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		zhang := w.srv.AddFriend("张", "张敏")
		r := w.online()
		began := time.Now()
		for i := range 50 {
			w.srv.PostText(zhang, zhang, fmt.Sprint(i))
		}
		r.received(50)
		if d := time.Since(began); d < 9*time.Second || d > 15*time.Second {
			t.Errorf("ten batches took %v", d)
		}
		r.quit()
	}, wechattest.WithBatch(5))
}

// TestWatchdogRebuilds: a long poll that hangs for ever, or never says anything good, is given up, and the session with it.
func TestWatchdogRebuilds(t *testing.T) {
	for _, f := range []wechattest.Fault{{Slow: 10 * time.Hour}, {Ret: 1104}, {HTML: 502}} {
		inWorld(t, func(t *testing.T, w *world) {
			zhang := w.srv.AddFriend("张", "张敏")
			r := w.online()
			r.until("polling", func() bool { return w.srv.Count("synccheck") > 0 })
			f.Times = 1 << 20
			w.srv.Inject("synccheck", f)
			w.srv.PostText(zhang, zhang, "一")
			began := time.Now()
			r.until("rebuilt", func() bool { return w.srv.Count("webwxinit") == 2 })
			if d := time.Since(began); d < 80*time.Second || d > 4*time.Minute {
				t.Errorf("%+v: after %v", f, d)
			}
			w.srv.Heal()
			w.srv.PostText(zhang, zhang, "二")
			r.until("both", func() bool { return slices.Contains(r.inbox.texts(), "二") })
			if got := r.inbox.texts(); !slices.Contains(got, "一") {
				t.Errorf("got %q", got)
			}
			if n := w.srv.Count("jslogin"); n != 1 {
				t.Errorf("%d codes", n)
			}
			r.quit()
		})
	}
}

// TestStuckSelector: more than twenty empty promises end the session; after three such sessions the login is renewed.
func TestStuckSelector(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		r := w.online()
		w.srv.Stick("7")
		r.until("rebuilt", func() bool { return w.srv.Count("webwxinit") == 2 })
		if n := w.srv.Count("webwxsync"); n < 18 || n > 24 {
			t.Errorf("%d empty answers", n)
		}
		r.until("a new login", func() bool { return w.srv.Count("webwxpushloginurl") == 1 })
		if n := w.srv.Count("webwxinit"); n != 3 {
			t.Errorf("%d sessions", n)
		}
		w.srv.Heal()
		r.until("online", func() bool { return r.ch.current.Load() != nil })
		r.quit()
	})
}

// TestPoisonMessage: one message with a field of a wrong type. The library cannot decode its batch, and would fetch it for
// ever.
func TestPoisonMessage(t *testing.T) {
	tests := []struct {
		name   string
		fields map[string]any
		want   []string
	}{
		{"a number as text", map[string]any{"FileSize": 17, "VoiceLength": "3"}, []string{"前", "毒", "后"}},
		{"a list for a number", map[string]any{"ImgWidth": []int{1}}, []string{"前", "毒", "后"}},
		{"a text for an object", map[string]any{"RecommendInfo": "none"}, []string{"前", "毒", "后"}},
		{"an id as number", map[string]any{"MsgId": 9007199254740993}, []string{"前", "毒", "后"}},
		{"an object as content", map[string]any{"Content": map[string]any{"a": 1}}, []string{"前", "后"}},
	}
	for _, tt := range tests {
		inWorld(t, func(t *testing.T, w *world) {
			zhang := w.srv.AddFriend("张", "张敏")
			r := w.online()
			w.srv.PostText(zhang, zhang, "前")
			w.srv.PostKind(zhang, zhang, 1, "毒", tt.fields)
			w.srv.PostText(zhang, zhang, "后")
			r.received(len(tt.want))
			if diff := cmp.Diff(tt.want, r.inbox.texts()); diff != "" {
				t.Errorf("%s: %s", tt.name, diff)
			}
			if !strings.Contains(w.logged(), "message with a field of a wrong type") && !strings.Contains(w.logged(), "unreadable message") {
				t.Errorf("%s: not logged", tt.name)
			}
			if tt.name == "an id as number" && r.inbox.all()[1].ID != "9007199254740993" {
				t.Errorf("id %s", r.inbox.all()[1].ID)
			}
			r.quit()
		})
	}
}

// TestPositionWaitsForTheBatch: as long as one message of a batch is not accepted, the stored position is the old one.
func TestPositionWaitsForTheBatch(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		zhang := w.srv.AddFriend("张", "张敏")
		r := w.online()
		synctest.Wait()
		before, err := os.ReadFile(w.path)
		if err != nil {
			t.Fatal(err)
		}
		r.inbox.mu.Lock()
		r.inbox.refuse = func(m chat.Message) error {
			if m.Text == "三" {
				return errors.New("disk full")
			}
			return nil
		}
		r.inbox.mu.Unlock()
		for _, text := range []string{"一", "二", "三", "四"} {
			w.srv.PostText(zhang, zhang, text)
		}
		r.received(2)
		time.Sleep(5 * time.Second)
		if now, _ := os.ReadFile(w.path); string(now) != string(before) {
			t.Error("the position was stored before its batch was accepted")
		}
		r.quit() // as a crash: nothing of the batch is stored
		r = w.online()
		r.received(4)
		if diff := cmp.Diff([]string{"一", "二", "三", "四"}, r.inbox.texts()); diff != "" {
			t.Error(diff)
		}
		if now, _ := os.ReadFile(w.path); string(now) == string(before) {
			t.Error("the position was not stored afterwards")
		}
		r.quit()
	})
}

// TestRefusedMessagesComeAgain: for a while in the same session, after that from the stored position.
func TestRefusedMessagesComeAgain(t *testing.T) {
	for _, outage := range []time.Duration{5 * time.Second, 10 * time.Minute} {
		inWorld(t, func(t *testing.T, w *world) {
			zhang := w.srv.AddFriend("张", "张敏")
			r := w.online()
			end := time.Now().Add(outage)
			r.inbox.refuse = func(m chat.Message) error {
				if m.Text == "二" && time.Now().Before(end) {
					return errors.New("database is locked")
				}
				return nil
			}
			for _, text := range []string{"一", "二", "三"} {
				w.srv.PostText(zhang, zhang, text)
			}
			r.until("all", func() bool { return slices.Contains(r.inbox.texts(), "三") })
			ids := map[string]bool{}
			for _, m := range r.inbox.all() {
				ids[m.ID] = true
			}
			if len(ids) != 3 {
				t.Errorf("%v", r.inbox.texts())
			}
			if rebuilt := w.srv.Count("webwxinit") > 1; rebuilt != (outage > time.Minute) {
				t.Errorf("outage of %v: rebuilt is %v", outage, rebuilt)
			}
			if n := w.srv.Count("jslogin"); n != 1 {
				t.Errorf("%d codes", n)
			}
			r.quit()
		})
	}
}

// TestPanicInReceiver: the program goes on and the message comes again.
func TestPanicInReceiver(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		zhang := w.srv.AddFriend("张", "张敏")
		r := w.online()
		first := true
		r.inbox.refuse = func(chat.Message) error {
			if first {
				first = false
				panic("boom")
			}
			return nil
		}
		w.srv.PostText(zhang, zhang, "一")
		r.received(1)
		r.quit()
	})
}

// TestPanicInHandler: the library does not recover, so a panic would end the process. The session ends instead, without
// storing the position, and the next one gets the message again.
func TestPanicInHandler(t *testing.T) {
	ch, err := New(Config{Session: t.TempDir() + "/s"})
	if err != nil {
		t.Fatal(err)
	}
	s := ch.newSession(t.Context(), &inbox{}, hotLogin)
	s.open = &batch{want: 1}
	s.handle(nil)
	if err := context.Cause(s.ctx); !errors.Is(err, errNotKept) {
		t.Errorf("the session goes on: %v", err)
	}
}

// TestSlowReceiverKeepsTheHeart: while messages wait to be accepted, the long poll goes on.
func TestSlowReceiverKeepsTheHeart(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		zhang := w.srv.AddFriend("张", "张敏")
		r := w.online()
		r.inbox.refuse = func(chat.Message) error { time.Sleep(10 * time.Minute); return nil }
		w.srv.PostText(zhang, zhang, "一")
		time.Sleep(time.Minute)
		before := w.srv.Count("synccheck")
		time.Sleep(5 * time.Minute)
		if n := w.srv.Count("synccheck") - before; n < 10 {
			t.Errorf("%d polls in five minutes", n)
		}
		r.received(1)
		if n := w.srv.Count("webwxinit"); n != 1 {
			t.Errorf("%d sessions", n)
		}
		r.quit()
	})
}

// TestEndedSessionStoresNothingLate: a message of an ended session is accepted after all. Its session's position must not
// replace the login that came after it.
func TestEndedSessionStoresNothingLate(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		zhang := w.srv.AddFriend("张", "张敏")
		r := w.online()
		first := r.ch.current.Load()
		r.inbox.refuse = func(chat.Message) error { time.Sleep(10 * time.Minute); return nil }
		w.srv.PostText(zhang, zhang, "一")
		time.Sleep(time.Minute)
		w.srv.Expire(1101)
		r.until("online again", func() bool { s := r.ch.current.Load(); return s != nil && s != first })
		time.Sleep(20 * time.Minute)
		r.quit()
		w.online().quit()
		if n := w.srv.Count("jslogin"); n != 2 {
			t.Errorf("%d codes", n)
		}
	})
}
