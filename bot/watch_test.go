package bot

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/config"
)

// TestLookAtItself: a look sees the database, what waits, the jobs and the channels.
func TestLookAtItself(t *testing.T) {
	b, _, night := atNightfall(t, filepath.Join(t.TempDir(), "backup"))
	if b.health().Healthy(b.Now()) {
		t.Error("well before anybody looked")
	}
	if err := b.jobs.RunSlot(t.Context(), night); err != nil {
		t.Fatal(err)
	}
	b.look(t.Context(), true)
	s := b.health()
	if !s.Healthy(b.Now()) || s.Written.IsZero() || !s.Backup.Equal(night) || !s.Backups || len(s.Runs) != 1 || s.DiskFree <= 0 || s.Load.Bytes == 0 {
		t.Errorf("%+v", s)
	}
	b.Status(chat.Status{Channel: "net", State: chat.StateStopped, Text: "被封"})
	if s := b.health(); len(s.Channels) != 1 || s.Channels[0].State != chat.StateStopped {
		t.Errorf("the channels are those of the last look: %+v", s.Channels)
	}
	if err := b.store.Close(); err != nil {
		t.Fatal(err)
	}
	b.look(t.Context(), false)
	if s := b.health(); s.Unread == nil || s.Unwritten != nil {
		t.Errorf("a database that is gone: %+v", s)
	}
	if b.look(t.Context(), true); b.health().Unwritten == nil {
		t.Error("it can be written")
	}
}

// TestChecksFromOutside: the running program answers machines without a login, and duban health asks it.
func TestChecksFromOutside(t *testing.T) {
	b, _, _ := atNightfall(t, filepath.Join(t.TempDir(), "backup"))
	web := config.Web{Listen: "192.0.2.1:8711", Token: "0123456789abcdef"}
	if err := b.openBoard(t.Context(), web); err == nil || !strings.Contains(err.Error(), "这台电脑没有这个地址。请改 web.listen") {
		t.Errorf("an address of another computer: %v", err)
	}
	web.Listen = "127.0.0.1:0"
	if err := b.openBoard(t.Context(), web); err != nil {
		t.Fatal(err)
	}
	defer b.board.listener.Close()
	server := httptest.NewServer(b.board.server.Handler())
	defer server.Close()
	web.Listen = strings.TrimPrefix(server.URL, "http://")
	if text, err := AskHealth(t.Context(), web); err == nil || !strings.Contains(text, "failing") {
		t.Errorf("before anybody looked: %q, %v", text, err)
	}
	b.look(t.Context(), true)
	text, err := AskHealth(t.Context(), web)
	if err != nil || !json.Valid([]byte(text)) || !strings.Contains(text, `"status":"ok"`) {
		t.Errorf("%q, %v", text, err)
	}
	if err := b.Receive(t.Context(), said("net", 1, "zhang_min", "inspect", "上报 金水湾小区垃圾")); err != nil {
		t.Fatal(err)
	}
	if err := b.Receive(t.Context(), said("net", 2, "li_qiang", "inspect", "通过 1")); err != nil {
		t.Fatal(err)
	}
	settle(t, b)
	resp, err := http.Get(server.URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	figures, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`duban_messages_received_total{channel="net"} 2`, `duban_commands_total{command="上报",result="done"} 1`,
		`duban_commands_total{command="通过",result="refused"} 1`, `duban_sends_total{channel="net",result="sent"}`, `duban_up 1`,
	} {
		if !strings.Contains(string(figures), want) {
			t.Errorf("missing: %s", want)
		}
	}
	server.Close()
	if _, err := AskHealth(t.Context(), web); err == nil || !strings.Contains(err.Error(), "可能没有运行") {
		t.Errorf("nobody answers: %v", err)
	}
	if _, err := AskHealth(t.Context(), config.Web{Listen: config.Off}); err == nil {
		t.Error("a dashboard that is off answers")
	}
}

// TestBanIsTold: a channel that gives up for good ends the program, and the people outside of the chat hear of it before.
func TestBanIsTold(t *testing.T) {
	told := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		told <- string(body)
		_, _ = io.WriteString(w, `{"errcode":0}`)
	}))
	defer server.Close()
	cfg := talkConfig(t, t.TempDir())
	cfg.Alerts.Webhook, cfg.Alerts.Format = config.Secret(server.URL), config.WebhookWeCom
	b := openBot(t, cfg, time.Time{}, &gaveUp{fakeNet{name: "wechat", can: identified}})
	defer b.Close()
	if err := b.Run(t.Context()); err == nil {
		t.Error("the program goes on")
	}
	select {
	case text := <-told:
		if !strings.Contains(text, "微信已停止：账号被限制登录") {
			t.Errorf("told %s", text)
		}
	default:
		t.Error("nobody was told")
	}
	if _, err := os.Stat(cfg.Storage.Beside(".alerts.json")); err != nil {
		t.Errorf("not remembered: %v", err)
	}
}

func TestTestAlert(t *testing.T) {
	cfg := talkConfig(t, t.TempDir())
	if _, err := TestAlert(t.Context(), cfg, time.Now()); err != ErrNoAlerts { //nolint:errorlint // the very one
		t.Errorf("no ways: %v", err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"errcode":0}`) }))
	defer server.Close()
	cfg.Alerts.Webhook = config.Secret(server.URL)
	cfg.Alerts.Email = config.Email{Server: "127.0.0.1:1", From: "a@example.cn", To: []string{"b@example.cn"}}
	lines, err := TestAlert(t.Context(), cfg, time.Now())
	if err == nil || len(lines) != 2 || !strings.Contains(lines[0], "没有送到") || !strings.Contains(lines[1], "已送出") {
		t.Errorf("%q, %v", lines, err)
	}
}
