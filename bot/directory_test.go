package bot

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/internal/chat/dingtalk/dingtalktest"
	"duban/internal/chat/feishu/feishutest"
	"duban/internal/config"
	"duban/internal/issue"
	"duban/internal/store"
)

// TestBindByDirectory: who alone bears a name on both sides is bound after a person has agreed, and nobody else; a binding that is there stays.
func TestBindByDirectory(t *testing.T) {
	srv := feishutest.New(t)
	srv.Employ(feishutest.Organisation{
		Departments: map[string]string{"od-a": "昭阳街道", "od-b": "住建局"},
		Members: []feishutest.Member{
			{ID: "ou_chen", Name: "陈静"},
			{ID: "ou_li", Name: "李强", Department: "od-a"},
			{ID: "ou_w1", Name: "王芳", Department: "od-a"},
			{ID: "ou_w2", Name: "王芳", Department: "od-b"},
			{ID: "ou_zhao", Name: "赵敏敏", Department: "od-b"},
			{ID: "ou_sun", Name: "孙丽", Department: "od-b"},
			{ID: "ou_zj", Name: "赵军", Department: "od-a"},
		},
	})
	cfg := talkConfig(t, t.TempDir())
	cfg.People = append(cfg.People, issue.Person{ID: "li_qiang2", Name: "赵军"})
	cfg.Channels.Feishu = config.Feishu{Enabled: true, AppID: srv.AppID, Secret: config.Secret(srv.Secret), URL: srv.URL(), Receive: config.ReceiveMentions}
	b := openBot(t, cfg, time.Time{})
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	before := []store.PersonBinding{
		{Channel: "feishu", Sender: "ou_old", Person: "chen_jing", How: "code"},
		{Channel: "feishu", Sender: "ou_sun", Person: "zhou_jun", How: "code"},
		{Channel: "wecom", Sender: "w-li", Person: "li_qiang", How: "code"},
	}
	write(t, b, func(tx *store.Tx) error {
		for _, p := range before {
			if err := tx.BindPerson(p); err != nil {
				return err
			}
		}
		return nil
	})
	run := func(yes bool) (text string) {
		t.Helper()
		var out bytes.Buffer
		agreed := func(question string) bool { out.WriteString(question); return yes }
		if err := BindByDirectory(t.Context(), cfg, "feishu", agreed, Terminal{Out: &out}, slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	bound := func() (list []store.PersonBinding) {
		read(t, b, func(tx *store.Tx) (err error) { list, err = tx.PersonBindings(); return err })
		for n := range list {
			list[n].At = 0
		}
		return list
	}
	text := run(false)
	for _, want := range []string{
		"看得到 7 人，配置里登记了 17 人", "不动的 2 人：周军、陈静", "对得上的 1 人", "李强（昭阳街道）＝ 李强（昭阳街道）", "绑定这 1 人？[y/N]", "一个人都没有绑定", "duban directory feishu --config testdata/talk.yaml --write",
		"王芳（通讯录里 2 个：昭阳街道、住建局）", "赵军（登记了 2 个）", "孙丽（已绑定为周军）", "没有这个姓名的 10 人：张敏、何平", "duban code person",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the list lacks %q:\n%s", want, text)
		}
	}
	if !slices.Equal(bound(), before) {
		t.Errorf("nobody agreed, and now: %+v", bound())
	}
	if text = run(true); !strings.Contains(text, "已绑定 1 人") {
		t.Errorf("got %s", text)
	}
	want := append(before, store.PersonBinding{Channel: "feishu", Sender: "ou_li", Person: "li_qiang", How: "directory"})
	if got := bound(); !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	if text = run(true); strings.Contains(text, "绑定这") || !strings.Contains(text, "不动的 3 人") || !slices.Equal(bound(), want) {
		t.Errorf("the second time:\n%s", text)
	}
}

// A running bot looks again: the file that it watches is touched, and it reads the bindings though the file says what it said.
func TestBindByDirectoryIsNoticed(t *testing.T) {
	srv := feishutest.New(t)
	srv.Employ(feishutest.Organisation{Members: []feishutest.Member{{ID: "ou_li", Name: "李强"}}})
	text, err := os.ReadFile("testdata/talk.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, old := filepath.Join(dir, "config.yaml"), time.Unix(1e9, 0)
	if err := errors.Join(os.WriteFile(file, text, 0o600), os.Chtimes(file, old, old)); err != nil {
		t.Fatal(err)
	}
	cfg := talkConfig(t, dir)
	cfg.File = file
	cfg.Channels.Feishu = config.Feishu{Enabled: true, AppID: srv.AppID, Secret: config.Secret(srv.Secret), URL: srv.URL(), Receive: config.ReceiveMentions}
	b := openBot(t, cfg, time.Time{})
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	b.edition().text = text
	yes := func(string) bool { return true }
	if err := BindByDirectory(t.Context(), cfg, "飞书", yes, Terminal{Out: &bytes.Buffer{}}, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || !info.ModTime().After(old) {
		t.Errorf("the file is not touched: %v", err)
	}
	if b.names.person("feishu", "", "ou_li") != "" {
		t.Fatal("known before the bot has looked")
	}
	(&follower{bot: b}).reload(t.Context(), bySaving)
	if got := b.names.person("feishu", "", "ou_li"); got != "li_qiang" {
		t.Errorf("the bot knows %q", got)
	}
}

// Who is bound while the list is looked at stays as they were bound.
func TestBindByDirectoryMeanwhile(t *testing.T) {
	srv := feishutest.New(t)
	srv.Employ(feishutest.Organisation{Members: []feishutest.Member{{ID: "ou_li", Name: "李强"}, {ID: "ou_sun", Name: "孙丽"}}})
	cfg := talkConfig(t, t.TempDir())
	cfg.Channels.Feishu = config.Feishu{Enabled: true, AppID: srv.AppID, Secret: config.Secret(srv.Secret), URL: srv.URL(), Receive: config.ReceiveMentions}
	b := openBot(t, cfg, time.Time{})
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	agreed := func(string) bool {
		write(t, b, func(tx *store.Tx) error {
			return tx.BindPerson(store.PersonBinding{Channel: "feishu", Sender: "ou_li", Person: "zhang_wei", How: "code"})
		})
		return true
	}
	var out bytes.Buffer
	if err := BindByDirectory(t.Context(), cfg, "feishu", agreed, Terminal{Out: &out}, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	if err := b.names.reload(t.Context(), b.store); err != nil {
		t.Fatal(err)
	}
	if b.names.person("feishu", "", "ou_li") != "zhang_wei" || b.names.person("feishu", "", "ou_sun") != "sun_li" || !strings.Contains(out.String(), "已绑定 1 人") {
		t.Errorf("now they are %+v\n%s", b.names.persons, out.String())
	}
}

// What cannot be read is said in Chinese, and binds nobody.
func TestBindByDirectoryRefused(t *testing.T) {
	srv := feishutest.New(t)
	cfg := talkConfig(t, t.TempDir())
	try := func() string {
		t.Helper()
		never := func(string) bool { t.Error("a person is asked"); return true }
		err := BindByDirectory(t.Context(), cfg, "feishu", never, Terminal{Out: &bytes.Buffer{}}, slog.New(slog.DiscardHandler))
		if err == nil {
			t.Fatal("no error")
		}
		return err.Error()
	}
	if text := try(); !strings.Contains(text, "要先在配置的 channels 里启用") {
		t.Errorf("not enabled: %s", text)
	}
	cfg.Channels.Feishu = config.Feishu{Enabled: true, AppID: srv.AppID, Secret: config.Secret(srv.Secret), URL: srv.URL(), Receive: config.ReceiveMentions}
	srv.Fail("contact", feishutest.Barred, feishutest.Garbage)
	if text := try(); !strings.Contains(text, "权限管理") {
		t.Errorf("barred: %s", text)
	}
	if text := try(); !strings.Contains(text, "请检查网络") || strings.Contains(text, "html") {
		t.Errorf("garbage: %s", text)
	}
}

// TestBindByDirectoryOfDingTalk: the key in the directory is the one that a message bears.
func TestBindByDirectoryOfDingTalk(t *testing.T) {
	srv := dingtalktest.New(t)
	srv.Employ(dingtalktest.Company{
		Tops: []int64{1}, Departments: map[int64]dingtalktest.Department{1: {Name: "兴安县"}},
		People: []dingtalktest.Member{{ID: "d-li", Name: "李强", In: []int64{1}}},
	})
	cfg := talkConfig(t, t.TempDir())
	cfg.Channels.DingTalk = config.DingTalk{Enabled: true, ClientID: dingtalktest.ClientID, Secret: dingtalktest.Secret, URL: srv.URL(), OapiURL: srv.URL()}
	b := openBot(t, cfg, time.Time{})
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	var out bytes.Buffer
	agreed := func(string) bool { return true }
	if err := BindByDirectory(t.Context(), cfg, "dingtalk", agreed, Terminal{Out: &out}, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	if err := b.names.reload(t.Context(), b.store); err != nil {
		t.Fatal(err)
	}
	if b.names.person("dingtalk", "", "d-li") != "li_qiang" || !strings.Contains(out.String(), "李强（昭阳街道）＝ 李强（兴安县）") {
		t.Errorf("now they are %+v\n%s", b.names.persons, out.String())
	}
}
