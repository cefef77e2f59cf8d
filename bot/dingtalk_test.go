package bot

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/internal/chat/demo"
	"duban/internal/chat/dingtalk"
	"duban/internal/chat/dingtalk/dingtalktest"
	"duban/internal/store"
)

// TestDingTalk goes the whole way over the network's protocols: binding, a report with a photo in one message that mentions the robot, a
// quote in place of a number, a reminder without a word from anybody, and people who are not bound, also from another company.
func TestDingTalk(t *testing.T) {
	srv := dingtalktest.New(t)
	c := dingtalk.New(dingtalk.Config{
		ClientID: dingtalktest.ClientID, Secret: dingtalktest.Secret, URL: srv.URL(), OldURL: srv.URL(), Log: slog.New(slog.DiscardHandler),
	})
	b := openBot(t, awakeConfig(t), time.Time{}, c)
	ended := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	go func() { ended <- b.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()

	said := 0
	// next waits for what the robot says next, which has to hold what is wanted.
	next := func(want string) dingtalktest.Sent {
		t.Helper()
		srv.Wait(ctx, func(s dingtalktest.State) bool { return s.Sent > said })
		m := srv.Sent()[said]
		said++
		if !strings.Contains(m.Text, want) {
			t.Fatalf("got %q, want %q in it", m.Text, want)
		}
		return m
	}
	ask := func(body map[string]any, want string) dingtalktest.Sent {
		t.Helper()
		srv.Say(body)
		return next(want)
	}
	code := func(person string) (code string) {
		write(t, b, func(tx *store.Tx) (err error) {
			code, err = tx.NewCode(store.CodePerson, person, time.Hour)
			return err
		})
		return code
	}
	ask(dingtalktest.Private("d-chen", "绑定 "+code("chen_jing")), "已绑定：您是陈静")
	ask(dingtalktest.Private("d-zhang", "绑定 "+code("zhang_min")), "已绑定：您是张敏")
	ask(dingtalktest.InGroup("cidG1==", "d-chen", "绑定本群 创城督查工作群"), "本群已绑定为“创城督查工作群”")
	ask(dingtalktest.InGroup("cidG1==", "d-nobody", "上报 南门菜场门口垃圾"), "绑定")
	foreign := dingtalktest.InGroup("cidG1==", "d-zhang", "上报 南门菜场门口垃圾")
	foreign["senderCorpId"] = "another company"
	ask(foreign, "绑定") // the same staff id is somebody else there

	report := srv.Rich(dingtalktest.InGroup("cidG1==", "d-zhang", ""), "上报 金水湾小区3号楼楼道堆放杂物", demo.Scene("楼道", 1, false))
	answer := ask(report, "已立案 #1 金水湾小区3号楼楼道堆放杂物")
	if !strings.Contains(answer.Text, "1 张") || answer.Way != dingtalktest.Reply || answer.To != "cidG1==" {
		t.Errorf("got %+v", answer)
	}
	srv.ForgetSessions()
	answer = ask(dingtalktest.Quote(dingtalktest.InGroup("cidG1==", "d-zhang", "撤回"), "", "text", map[string]any{"text": answer.Text}), "#1")
	if !slices.Contains([]string{dingtalktest.Reply, dingtalktest.Group}, answer.Way) {
		t.Errorf("got %+v", answer)
	}

	srv.ForgetSessions() // now nobody has just spoken
	write(t, b, func(tx *store.Tx) error {
		return tx.Send(store.Out{To: store.ToPerson("zhang_min"), Text: "早上好"})
	})
	b.outbox.poke()
	if m := next("早上好"); m.Way != dingtalktest.Person || m.To != "d-zhang" {
		t.Errorf("got %+v", m)
	}
}
