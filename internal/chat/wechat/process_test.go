package wechat

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/chat/wechat/wechattest"
)

// TestMain lets the test binary play the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("WECHAT_TEST_CHILD"); dir != "" {
		os.Exit(child(dir))
	}
	os.Exit(m.Run())
}

// child runs a channel as a real program does, with the default transport, and appends each message's id and text to a
// file before it accepts the message.
func child(dir string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	f, err := os.OpenFile(filepath.Join(dir, "received"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	ch, err := New(Config{
		Session: filepath.Join(dir, "wechat.session"), Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Pacing: Pacing{SyncSpacing: 5 * time.Millisecond, Relogin: 10 * time.Millisecond, LoginSpacing: 5 * time.Millisecond},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	if err := ch.Run(ctx, &paper{ch: ch, f: f}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// paper is the child's sink. It answers the message "回声" so that the parent sees that sending works, too.
type paper struct {
	ch *Channel
	f  *os.File
}

func (p *paper) Receive(ctx context.Context, m chat.Message) error {
	if _, err := fmt.Fprintf(p.f, "%s %s\n", m.ID, m.Text); err != nil {
		return err
	}
	if m.Text == "回声" {
		go func() {
			_ = p.ch.Send(ctx, chat.Outgoing{ID: m.ID, Conversation: m.Conversation.Key, Text: "回声收到"})
		}()
	}
	return p.f.Sync()
}

func (p *paper) Status(chat.Status) {}

// TestKilledProcessLosesNothing kills a real process several times in the middle of batches. Each new one logs in with the
// stored session, through the proxy and with its certificate, and in the end every message was accepted at least once.
func TestKilledProcessLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	dir := t.TempDir()
	srv := wechattest.New("督办", wechattest.WithBatch(25), wechattest.WithHold(time.Second))
	proxy, err := srv.Proxy(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = proxy.Close() }()
	zhang := srv.AddFriend("张", "张敏")
	group := srv.AddGroup("工作群", false, zhang)
	p := startChild(t, dir, proxy)
	waitFor(t, "the first login", func() bool { return srv.Count("synccheck") > 0 })
	want := map[string]bool{}
	for i := range 200 {
		want[srv.PostText(group, zhang, fmt.Sprint("消息", i))] = true
	}
	for _, at := range []int{10, 60, 110} {
		waitFor(t, "messages", func() bool { return len(accepted(t, dir)) >= at })
		if err := p.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = p.Wait()
		p = startChild(t, dir, proxy)
	}
	echo := srv.PostText(zhang, zhang, "回声")
	want[echo] = true
	waitFor(t, "all messages", func() bool { return distinct(accepted(t, dir)) == len(want) })
	waitFor(t, "the answer", func() bool { return len(srv.Sent()) > 0 })
	for id := range want {
		if accepted(t, dir)[id] == 0 {
			t.Errorf("message %s is lost", id)
		}
	}
	if n := srv.Count("jslogin"); n != 1 {
		t.Errorf("%d QR codes were needed", n)
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("the end in good order: %v", err)
	}
	if refused := proxy.Refused(); len(refused) != 0 {
		t.Errorf("the process asked for %v", refused)
	}
}

func startChild(t *testing.T, dir string, proxy *wechattest.Proxy) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^$")
	cmd.Env = append(proxy.Environ(), "WECHAT_TEST_CHILD="+dir)
	log, err := os.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = log.Close()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		if text, err := os.ReadFile(filepath.Join(dir, "log")); err == nil && t.Failed() {
			t.Logf("the processes' log:\n%s", text)
		}
	})
	return cmd
}

// accepted counts how often each message was accepted.
func accepted(t *testing.T, dir string) map[string]int {
	t.Helper()
	ids := map[string]int{}
	f, err := os.Open(filepath.Join(dir, "received"))
	if err != nil {
		return ids
	}
	defer func() { _ = f.Close() }()
	for sc := bufio.NewScanner(f); sc.Scan(); {
		id, _, _ := strings.Cut(sc.Text(), " ")
		ids[id]++
	}
	return ids
}

func distinct(ids map[string]int) int { return len(ids) }

// waitFor waits for another process to get somewhere.
func waitFor(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !cond(); {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// TestProxyRefusesOtherHosts: nothing but WeChat's hosts can be reached through the stand-in's proxy.
func TestProxyRefusesOtherHosts(t *testing.T) {
	proxy, err := wechattest.New("督办").Proxy(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = proxy.Close() }()
	for _, host := range []string{"example.com:443", "wx.qq.com:80", "wx.qq.com.example.com:443", "notqq.com:443"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodConnect, proxy.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s", host, resp.Status)
		}
	}
}
