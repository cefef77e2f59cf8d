package bot_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duban/bot"
	"duban/internal/chat"
	"duban/internal/chat/demo"
	"duban/internal/config"
)

const county = "county/"

func steps(t *testing.T, name string) []chat.Step {
	t.Helper()
	f, err := os.Open(county + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, err := chat.ParseScript(f)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return list
}

type shown struct {
	Chat, Text string
	Bot        bool
	From       string
}

// TestCounty plays the fictional county's week and its day with the real bot: every command there must be understood and
// allowed, but for the stranger's, and the day must show what it is there to show.
func TestCounty(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine plays a week")
	}
	t.Parallel()
	cfg, err := config.Load(county + "county.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cfg.Storage.DSN, cfg.Storage.Media = config.Secret(filepath.Join(dir, "demo.db")), filepath.Join(dir, "media")
	history, day := steps(t, "history.txt"), steps(t, "day.txt")
	ctx, cancel := context.WithCancel(t.Context())
	b, err := bot.New(ctx, cfg, bot.Options{Start: history[0].At.After(time.Time{}.In(cfg.Location())), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	c := newDemo(t, cfg, b, append(history, day...))
	b.Add(c)
	done := make(chan error)
	go func() { done <- b.Run(ctx) }()
	said := listen(t, c)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	checkCounty(t, said)
}

// checkCounty looks for refusals and for the high points of the day.
func checkCounty(t *testing.T, said []shown) {
	t.Helper()
	for _, s := range said {
		for _, bad := range []string{"没看懂", "不能", "处理失败", "没有收到", "没收到", "未能", "请写明", "没有找到", "待派单】"} {
			if s.Bot && strings.Contains(s.Text, bad) && !strings.HasPrefix(s.Text, "还不认识您") {
				t.Errorf("the bot refuses in %s: %s", s.Chat, s.Text)
			}
		}
	}
	all := fmt.Sprint(said)
	for _, want := range []string{
		"已立案 3 件\n#70 金水湾小区3号楼楼道堆放杂物", "#72 退单已同意（谢芳）", "#70 请在5分钟内发整改后照片", "#70 已退回", "#70 核查通过，已销号",
		"还不认识您", "【提醒】昭阳街道", "【催办】城东街道", "#77 已撤回", "#74 已告知", "#71 延期已同意（陈静）", "【督办】#19", "#19 已回复督办", "【11月23日创城排名】", "【创城日报】11月23日",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("nobody says %s", want)
		}
	}
}

func newDemo(t *testing.T, cfg *config.Config, clock chat.Clock, script []chat.Step) *demo.Channel {
	t.Helper()
	d := demo.Config{Clock: clock, History: script}
	for _, p := range cfg.People {
		d.People = append(d.People, demo.Person{ID: p.ID, Name: p.Name})
	}
	for _, g := range cfg.Chats {
		d.Chats = append(d.Chats, demo.Chat{ID: g.ID, Name: g.Name})
	}
	c, err := demo.New(d)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// listen collects what is said until the script is over.
func listen(t *testing.T, c *demo.Channel) []shown {
	t.Helper()
	srv := httptest.NewServer(c.Handler())
	t.Cleanup(srv.Close)
	r, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL+"/api/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var said []shown
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		var s shown
		if ok && json.Unmarshal([]byte(data), &s) == nil && s.Chat != "" {
			said = append(said, s)
		}
		if strings.HasPrefix(data, `{"kind":""`) && len(said) > 0 {
			return said
		}
	}
	t.Fatalf("the stream ended: %v", lines.Err())
	return nil
}
