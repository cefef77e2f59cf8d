package bot

import (
	"bytes"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
	"duban/internal/store"
)

// TestGuide: the terminal tells each step of a login once, and after the first one whom to bind.
func TestGuide(t *testing.T) {
	b := openBot(t, talkConfig(t, t.TempDir()), time.Time{}, &fakeNet{name: "wechat"})
	defer b.Close()
	var out bytes.Buffer
	b.guide = &guide{out: &out, reg: b.register, stranger: b.names.nobody}
	said := func(s chat.Status) string {
		out.Reset()
		s.Channel = "wechat"
		b.Status(s)
		return out.String()
	}
	scan := chat.Status{State: chat.StateScan, QR: "login-secret", Text: "请扫码"}
	online := chat.Status{State: chat.StateOnline, Account: "小督", Text: "微信已登录：小督"}
	for _, tt := range []struct {
		say  chat.Status
		want string
	}{
		{chat.Status{State: chat.StateConnecting, Text: "正在连接"}, "正在连接\n"},
		{scan, "扫码以后，还要在手机上点“登录”。二维码过期了会自动换新的，不用重新运行。\n"},
		{scan, ""}, // a new code: nothing new to do
		{chat.Status{State: chat.StateOffline, Text: "二维码已过期"}, "二维码已过期\n"},
		{chat.Status{State: chat.StateConnecting, Text: "正在连接"}, ""}, // with each attempt
		{chat.Status{State: chat.StateStopped, Text: "被拒绝"}, ""},
	} {
		if diff := cmp.Diff(tt.want, said(tt.say)); diff != "" {
			t.Errorf("%v: %s", tt.say, diff)
		}
	}
	first := said(online)
	for _, want := range []string{"账号：小督", "还没有绑定任何人", "备注名改成「陈静」", "duban code person 陈静", "绑定本群 创城督查工作群"} {
		if strings.Count(first, want) != 1 {
			t.Errorf("not said once: %s\n%s", want, first)
		}
	}
	if lost := said(chat.Status{State: chat.StateConnecting, Text: "正在连接"}); lost != "正在连接\n" {
		t.Errorf("after it was online, it is news again: %q", lost)
	}
	if again := said(online); strings.Contains(again, "绑定") || !strings.Contains(again, "小督") {
		t.Errorf("the second time: %s", again)
	}
}

// TestGuideInsteadOfTheLog: what the terminal was told in plain words is not in a log that goes to it as well; a file has it.
func TestGuideInsteadOfTheLog(t *testing.T) {
	for _, instead := range []bool{true, false} {
		var log bytes.Buffer
		b := openBot(t, talkConfig(t, t.TempDir()), time.Time{}, &fakeNet{name: "wechat"})
		b.log = slog.New(slog.NewTextHandler(&log, nil))
		b.guide = &guide{out: io.Discard, reg: b.register, stranger: b.names.nobody, instead: instead}
		b.Status(chat.Status{Channel: "wechat", State: chat.StateOffline, Text: "中断"})
		b.Status(chat.Status{Channel: "wechat", State: chat.StateStopped, Text: "被拒绝"}) // the terminal is not told
		if said := log.String(); strings.Contains(said, "中断") == instead || !strings.Contains(said, "被拒绝") {
			t.Errorf("instead %v: %s", instead, said)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestGuideKnowsBindings: who has bound somebody before is not told how to begin.
func TestGuideKnowsBindings(t *testing.T) {
	b := openBot(t, talkConfig(t, t.TempDir()), time.Time{}, &fakeNet{name: "wechat"})
	defer b.Close()
	err := b.store.Write(t.Context(), time.Now(), func(tx *store.Tx) error {
		return tx.BindPerson(store.PersonBinding{Channel: "wechat", Session: "old", Sender: "@1", Person: "chen_jing", How: "code"})
	})
	if err == nil {
		err = b.names.reload(t.Context(), b.store)
	}
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	b.guide = &guide{out: &out, reg: b.register, stranger: b.names.nobody}
	b.Status(chat.Status{Channel: "wechat", State: chat.StateOnline, Account: "小督"})
	if strings.Contains(out.String(), "绑定") {
		t.Error(out.String())
	}
	out.Reset()
	b.Status(chat.Status{Channel: "wecom", State: chat.StateOnline, Account: "bot1"})
	if said := out.String(); !strings.Contains(said, "企业微信已登录，账号：bot1") || !strings.Contains(said, "  1. 另开一个窗口运行 duban code person 陈静") || strings.Contains(said, "备注名") {
		t.Errorf("on a network without a phone: %s", said)
	}
	if !b.names.nobody("console") {
		t.Error("a binding on one channel is none on another")
	}
}
