package wechat

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
	"duban/internal/chat/wechat/wechattest"
)

func TestSendTextPictureFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "0a1b2c")
	big := bytes.Repeat([]byte("0123456789abcdef"), 90_000) // three chunks
	if err := os.WriteFile(path, append(append([]byte(nil), png...), big...), 0o600); err != nil {
		t.Fatal(err)
	}
	inWorld(t, func(t *testing.T, w *world) {
		group := w.srv.AddGroup("工作群", false)
		r := w.online()
		send := func(out chat.Outgoing) {
			t.Helper()
			out.Conversation = group.Key()
			if err := r.ch.Send(t.Context(), out); err != nil {
				t.Fatal(err)
			}
		}
		send(chat.Outgoing{ID: "1", Text: "已立案 #1 <A&B>\n限 11-24"})
		send(chat.Outgoing{ID: "2", Attachment: &chat.Attachment{Path: path, Name: "排名 11月23日.png", Picture: true}})
		send(chat.Outgoing{ID: "3", Text: "台账", Attachment: &chat.Attachment{Path: path, Name: "a/../台账\"11\".xlsx"}})
		send(chat.Outgoing{ID: "4", Text: "限明天", Mentions: []chat.Mention{{Name: "李强"}, {Name: "明天"}}})
		send(chat.Outgoing{ID: "5", Text: strings.Repeat("督", 1500)})
		got := w.srv.Sent()
		if len(got) != 6 {
			t.Fatalf("%d were sent", len(got))
		}
		kinds := []int{got[0].Kind, got[1].Kind, got[2].Kind, got[3].Kind, got[4].Kind, got[5].Kind}
		if diff := cmp.Diff([]int{1, 3, 1, 6, 1, 1}, kinds); diff != "" {
			t.Error(diff)
		}
		if got[0].Text != "已立案 #1 <A&B>\n限 11-24" || got[0].To != wechattest.Conversation(group) {
			t.Errorf("%+v", got[0])
		}
		for _, i := range []int{1, 3} {
			if len(got[i].Data) != len(png)+len(big) || strings.Contains(got[i].FormName, dir) || strings.Contains(got[i].FormName, "0a1b2c") {
				t.Errorf("%d bytes under the form name %q", len(got[i].Data), got[i].FormName)
			}
		}
		if got[3].Title != "a_.._台账_11_.xlsx" {
			t.Errorf("title %q", got[3].Title)
		}
		if got[4].Text != "@李强\n限明天" {
			t.Errorf("text %q", got[4].Text)
		}
		if n := len([]rune(got[5].Text)); n != 1000 || !strings.HasSuffix(got[5].Text, "…") {
			t.Errorf("%d characters", n)
		}
		r.quit()
	})
}

// TestSendErrors: what may be repeated, what may not, and what nobody knows.
func TestSendErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.png")
	if err := os.WriteFile(path, png, 0o600); err != nil {
		t.Fatal(err)
	}
	type want struct {
		Retry, Unknown bool
		After          time.Duration
	}
	tests := []struct {
		name, endpoint string
		fault          wechattest.Fault
		want           want
		arrived        int
	}{
		{"too often", "webwxsendmsg", wechattest.Fault{Ret: 1205}, want{Retry: true, After: time.Minute}, 0},
		{"no such target", "webwxsendmsg", wechattest.Fault{Ret: 1204}, want{}, 0},
		{"bad parameter", "webwxsendmsg", wechattest.Fault{Ret: 1}, want{}, 0},
		{"system error", "webwxsendmsg", wechattest.Fault{Ret: -1}, want{Retry: true}, 0},
		{"session over", "webwxsendmsg", wechattest.Fault{Ret: 1101}, want{Retry: true}, 0},
		{"no connection", "webwxsendmsg", wechattest.Fault{Refuse: true}, want{Retry: true}, 0},
		{"reply lost", "webwxsendmsg", wechattest.Fault{After: true}, want{Unknown: true}, 1},
		{"request lost", "webwxsendmsg", wechattest.Fault{Before: true}, want{Unknown: true}, 0},
		{"reply is a page", "webwxsendmsg", wechattest.Fault{HTML: 502}, want{Unknown: true}, 0},
		{"reply is nonsense", "webwxsendmsg", wechattest.Fault{Body: "{"}, want{Unknown: true}, 1},
		{"reply is empty", "webwxsendmsg", wechattest.Fault{Empty: true}, want{Unknown: true}, 1},
		{"reply is late", "webwxsendmsg", wechattest.Fault{Slow: time.Hour}, want{Unknown: true}, 1},
		{"upload dropped", "webwxuploadmedia", wechattest.Fault{After: true}, want{Retry: true}, 0},
		{"upload is a page", "webwxuploadmedia", wechattest.Fault{HTML: 502}, want{Retry: true}, 0},
		{"picture reply lost", "webwxsendmsgimg", wechattest.Fault{After: true}, want{Unknown: true}, 1},
	}
	for _, tt := range tests {
		inWorld(t, func(t *testing.T, w *world) {
			zhang := w.srv.AddFriend("张", "张敏")
			r := w.online()
			out := chat.Outgoing{ID: "17", Conversation: zhang.Key(), Text: "限今天"}
			if tt.endpoint != "webwxsendmsg" {
				out.Text, out.Attachment = "", &chat.Attachment{Path: path, Name: "x.png", Picture: true}
			}
			w.srv.Inject(tt.endpoint, tt.fault)
			err := r.ch.Send(t.Context(), out)
			var se *chat.SendError
			if !errors.As(err, &se) {
				t.Fatalf("%s: %v", tt.name, err)
			}
			if diff := cmp.Diff(tt.want, want{se.Retry, se.Unknown, se.After}); diff != "" {
				t.Errorf("%s: %v\n%s", tt.name, err, diff)
			}
			if n := w.srv.Count(tt.endpoint); n != 1 {
				t.Errorf("%s: posted %d times", tt.name, n)
			}
			if n := len(w.srv.Sent()); n != tt.arrived {
				t.Errorf("%s: %d arrived", tt.name, n)
			}
			for _, s := range w.srv.Secrets() {
				if strings.Contains(err.Error(), s) {
					t.Errorf("%s: the error holds a token: %v", tt.name, err)
				}
			}
			// The next attempt works and bears the same client id.
			if err := r.ch.Send(t.Context(), out); err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			sent := w.srv.Sent()
			if last := sent[len(sent)-1]; last.ClientMsgID != sent[0].ClientMsgID || len(last.ClientMsgID) != 17 {
				t.Errorf("%s: client ids %q and %q", tt.name, sent[0].ClientMsgID, last.ClientMsgID)
			}
			r.quit()
		})
	}
}

func TestTooOftenDoubles(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		zhang := w.srv.AddFriend("张", "张敏")
		r := w.online()
		n := 0
		send := func() time.Duration {
			n++
			if se, ok := errors.AsType[*chat.SendError](r.ch.Send(t.Context(), chat.Outgoing{ID: fmt.Sprint(n), Conversation: zhang.Key(), Text: "x"})); ok {
				return se.After
			}
			return 0
		}
		w.srv.Inject("webwxsendmsg", wechattest.Fault{Ret: 1205, Times: 8})
		var got []time.Duration
		for range 9 {
			got = append(got, send()/time.Minute)
		}
		w.srv.Inject("webwxsendmsg", wechattest.Fault{Ret: 1205})
		got = append(got, send()/time.Minute)
		if diff := cmp.Diff([]time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 0, 1}, got); diff != "" {
			t.Error(diff)
		}
		r.quit()
	})
}

// TestTextIsNotRepeatedForItsAttachment: the second attempt of a message whose text went out sends the file only.
func TestTextIsNotRepeatedForItsAttachment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.png")
	if err := os.WriteFile(path, png, 0o600); err != nil {
		t.Fatal(err)
	}
	inWorld(t, func(t *testing.T, w *world) {
		zhang := w.srv.AddFriend("张", "张敏")
		r := w.online()
		out := chat.Outgoing{ID: "17", Conversation: zhang.Key(), Text: "排名", Attachment: &chat.Attachment{Path: path, Name: "x.png", Picture: true}}
		w.srv.Inject("webwxuploadmedia", wechattest.Fault{HTML: 502})
		if err := r.ch.Send(t.Context(), out); err == nil {
			t.Error("no error")
		}
		if err := r.ch.Send(t.Context(), out); err != nil {
			t.Error(err)
		}
		if got := w.srv.Sent(); len(got) != 2 || got[0].Kind != 1 || got[1].Kind != 3 {
			t.Errorf("%+v", got)
		}
		r.quit()
	})
}

func TestFilesThatCannotBeSent(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	huge := filepath.Join(dir, "huge")
	for path, size := range map[string]int64{empty: 0, huge: maxFile + 1} {
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.Truncate(size), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	inWorld(t, func(t *testing.T, w *world) {
		r := w.online()
		for _, path := range []string{empty, huge, dir, filepath.Join(dir, "missing")} {
			var se *chat.SendError
			err := r.ch.Send(t.Context(), chat.Outgoing{ID: path, Conversation: "@x", Attachment: &chat.Attachment{Path: path, Name: "x"}})
			if !errors.As(err, &se) || se.Retry || se.Unknown {
				t.Errorf("%s: %v", path, err)
			}
		}
		if n := w.srv.Count("webwxuploadmedia") + w.srv.Count("webwxcheckupload"); n != 0 {
			t.Errorf("%d uploads were begun", n)
		}
		r.quit()
	})
}

// TestLargeFiles: before a large file the server is asked whether it has it already. Whatever it answers, nothing counts as sent that was not.
func TestLargeFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "large")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 26<<20); err != nil {
		t.Fatal(err)
	}
	for _, m := range modes() {
		if testing.Short() && m.name != "500" {
			continue
		}
		inWorld(t, func(t *testing.T, w *world) {
			zhang := w.srv.AddFriend("张", "张敏")
			r := w.online()
			w.srv.Inject("webwxcheckupload", m.fault)
			err := r.ch.Send(t.Context(), chat.Outgoing{ID: "1", Conversation: zhang.Key(), Attachment: &chat.Attachment{Path: path, Name: "视频.zip"}})
			goes := m.gentle || m.name == "nothing in it" // it has not the file
			if se, ok := errors.AsType[*chat.SendError](err); goes != (err == nil) || !goes && (!ok || !se.Retry || se.Unknown) {
				t.Errorf("%s: %v", m.name, err)
			}
			if n := len(w.srv.Sent()); (n == 1) != goes {
				t.Errorf("%s: %d were sent", m.name, n)
			}
			r.quit()
		})
	}
}

func TestFetchPicture(t *testing.T) {
	tests := []struct {
		name  string
		fault wechattest.Fault
		tries int
		ok    bool
	}{
		{"good", wechattest.Fault{Slow: time.Minute}, 1, true},
		{"empty twice", wechattest.Fault{Empty: true, Times: 2}, 3, true},
		{"a page", wechattest.Fault{Body: "<html>expired</html>"}, 2, true},
		{"502", wechattest.Fault{HTML: 502, Times: 3}, 4, true},
		{"dropped", wechattest.Fault{Before: true}, 2, true},
		{"a code", wechattest.Fault{Ret: 1205}, 2, true},
		{"always empty", wechattest.Fault{Empty: true, Times: 100}, 4, false},
		{"never ends", wechattest.Fault{Slow: 24 * time.Hour, Times: 100}, 4, false},
		{"too long", wechattest.Fault{Body: strings.Repeat("x", maxPicture+1), Times: 100}, 1, false},
	}
	for _, tt := range tests {
		inWorld(t, func(t *testing.T, w *world) {
			zhang := w.srv.AddFriend("张", "张敏")
			r := w.online()
			w.srv.PostPicture(zhang, zhang, png)
			p := r.received(1)[0].Pictures[0]
			w.srv.Inject("webwxgetmsgimg", tt.fault)
			data, err := r.ch.FetchPicture(t.Context(), p)
			if tt.ok != (err == nil) || tt.ok && !bytes.Equal(data, png) {
				t.Errorf("%s: %d bytes, %v", tt.name, len(data), err)
			}
			if n := w.srv.Count("webwxgetmsgimg"); n != tt.tries {
				t.Errorf("%s: %d tries", tt.name, n)
			}
			r.quit()
		})
	}
}

func TestFetchFile(t *testing.T) {
	sheet := append([]byte("PK\x03\x04"), bytes.Repeat([]byte("表"), 1000)...)
	tests := []struct {
		name  string
		fault wechattest.Fault
		limit int64
		tries int
		want  error // nil: it comes
	}{
		{"good", wechattest.Fault{Slow: time.Minute}, 1 << 20, 1, nil},
		{"empty twice", wechattest.Fault{Empty: true, Times: 2}, 1 << 20, 3, nil},
		{"a page", wechattest.Fault{Body: "<html>expired</html>"}, 1 << 20, 2, nil},
		{"502", wechattest.Fault{HTML: 502, Times: 3}, 1 << 20, 4, nil},
		{"dropped", wechattest.Fault{Before: true}, 1 << 20, 2, nil},
		{"cut short", wechattest.Fault{Body: string(sheet[:100])}, 1 << 20, 2, nil},
		{"always cut short", wechattest.Fault{Body: string(sheet[:100]), Times: 100}, 1 << 20, 4, chat.ErrGone},
		{"always empty", wechattest.Fault{Empty: true, Times: 100}, 1 << 20, 4, chat.ErrGone},
		{"without end", wechattest.Fault{Huge: 1 << 30}, 1 << 20, 1, chat.ErrTooLarge},
		{"announced too large", wechattest.Fault{}, 100, 0, chat.ErrTooLarge},
		{"larger than announced", wechattest.Fault{Body: strings.Repeat("x", 5000)}, 4000, 1, chat.ErrTooLarge},
	}
	for _, tt := range tests {
		inWorld(t, func(t *testing.T, w *world) {
			zhang := w.srv.AddFriend("张", "张敏")
			group := w.srv.AddGroup("创城", true, zhang)
			r := w.online()
			w.srv.PostFile(group, zhang, "11月 反馈&整改.xlsx", sheet)
			m := r.received(1)[0]
			if len(m.Files) != 1 || m.Text != "" || m.Files[0].Name != "11月 反馈&整改.xlsx" || m.Files[0].Size != int64(len(sheet)) {
				t.Fatalf("%s: %+v", tt.name, m)
			}
			w.srv.Inject("webwxgetmedia", tt.fault)
			data, err := r.ch.FetchFile(t.Context(), m.Files[0], tt.limit)
			if !errors.Is(err, tt.want) || tt.want == nil && !bytes.Equal(data, sheet) || tt.want != nil && data != nil {
				t.Errorf("%s: %d bytes, %v", tt.name, len(data), err)
			}
			if n := w.srv.Count("webwxgetmedia"); n != tt.tries {
				t.Errorf("%s: %d tries", tt.name, n)
			}
			r.quit()
		})
	}
}

func TestPartLogIsBounded(t *testing.T) {
	l := newPartLog()
	for i := range 3 * maxParts {
		l.add(time.Duration(i).String())
	}
	if len(l.sent) != maxParts || len(l.order) != maxParts || l.has("0s") || !l.has(time.Duration(3*maxParts-1).String()) {
		t.Errorf("%d and %d", len(l.sent), len(l.order))
	}
}

func TestCan(t *testing.T) {
	ch, err := New(Config{Session: "x", PerMinute: 20, Jitter: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	want := chat.Capabilities{
		Loose: true, Opens: true, Pictures: true, Files: true, Apart: true, MaxText: 1000, MaxFile: 50 << 20, PerMinute: 20, Jitter: time.Second,
	}
	if diff := cmp.Diff(want, ch.Can()); diff != "" || ch.Name() != "wechat" {
		t.Error(diff)
	}
}
