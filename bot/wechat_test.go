package bot

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/chat/wechat"
	"duban/internal/chat/wechat/wechattest"
	"duban/internal/config"
)

// serveEnv names the folder in which the test binary is to run as the real program on WeChat.
const serveEnv = "DUBAN_TEST_SERVE"

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(serveEnv); dir != "" {
		os.Exit(serve(dir))
	}
	os.Exit(m.Run())
}

// serve runs the bot as `duban run` does, without the pause between two sent messages.
func serve(dir string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	cfg, err := config.Load("testdata/talk.yaml")
	if err == nil {
		cfg.Storage.DSN, cfg.Storage.Media = config.Secret(filepath.Join(dir, "duban.db")), filepath.Join(dir, "media")
		cfg.Channels.WeChat = config.WeChat{Enabled: true, Mode: config.ModeDesktop, Session: filepath.Join(dir, "wechat.session")}
		err = Serve(ctx, cfg, Options{Version: "test", Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}, Terminal{Out: os.Stdout})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// wechatCounty is a protocol-level server with the people of talk.yaml and their work group.
func wechatCounty(hold time.Duration) (srv *wechattest.Server, people map[string]*wechattest.Person, group *wechattest.Group) {
	srv = wechattest.New("督办", wechattest.WithHold(hold))
	people = map[string]*wechattest.Person{}
	var members []*wechattest.Person
	for nick, remark := range map[string]string{"小张": "张敏", "静静": "陈静", "强哥": "李强", "路人": ""} {
		people[remark] = srv.AddFriend(nick, remark)
		members = append(members, people[remark])
	}
	return srv, people, srv.AddGroup("创城督查工作群", false, members...)
}

// TestKilledInTheMiddle kills the real program several times while 200 reports come in over WeChat. Each new process logs in
// with the stored session; in the end every report is filed and answered once.
func TestKilledInTheMiddle(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	const reports = 200
	dir := t.TempDir()
	srv, people, group := wechatCounty(time.Second)
	proxy, err := srv.Proxy(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = proxy.Close() }()
	p := startServe(t, dir, proxy)
	until(t, dir, "the login", func() bool { return srv.Count("synccheck") > 0 })
	srv.PostText(group, people["陈静"], "绑定本群 创城督查工作群")
	until(t, dir, "the group's binding", func() bool { return strings.Contains(allSent(srv), "本群已绑定") })
	for n := range reports {
		srv.PostText(group, people["张敏"], fmt.Sprintf("上报 金水湾小区%d号楼前垃圾未清", n+1))
	}
	for _, after := range []int{20, 70, 130} {
		until(t, dir, "answers", func() bool { return len(answers(t, srv)) >= after })
		if err := p.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = p.Wait()
		p = startServe(t, dir, proxy)
	}
	until(t, dir, "all answers", func() bool { return len(answers(t, srv)) >= reports })
	for n := range reports {
		building := fmt.Sprintf("金水湾小区%d号楼前垃圾未清", n+1)
		if !strings.Contains(allSent(srv), building+"\n") {
			t.Errorf("no answer about %s", building)
		}
	}
	if n := srv.Count("jslogin"); n != 1 {
		t.Errorf("%d QR codes were needed, want 1", n)
	}
	t.Logf("%d reports, 3 times killed: %d filed and answered, each once; %d QR code", reports, len(answers(t, srv)), srv.Count("jslogin"))
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("the end in good order: %v", err)
	}
}

var filed = regexp.MustCompile(`^已立案 #(\d+) (.*)`)

// answers gives the filed issues by number. A number that was answered with two different client ids, or two numbers for one
// report, is a double.
func answers(t *testing.T, srv *wechattest.Server) map[string]string {
	t.Helper()
	ids, texts := map[string]string{}, map[string]string{}
	for _, s := range srv.Sent() {
		m := filed.FindStringSubmatch(s.Text)
		if m == nil {
			continue
		}
		if id, twice := ids[m[1]]; twice && id != s.ClientMsgID {
			t.Fatalf("#%s was answered twice", m[1])
		}
		if number, twice := texts[m[2]]; twice && number != m[1] {
			t.Fatalf("%s was filed as #%s and #%s", m[2], number, m[1])
		}
		ids[m[1]], texts[m[2]] = s.ClientMsgID, m[1]
	}
	return ids
}

func allSent(srv *wechattest.Server) string {
	var b strings.Builder
	for _, s := range srv.Sent() {
		b.WriteString(s.Text + "\n")
	}
	return b.String()
}

func startServe(t *testing.T, dir string, proxy *wechattest.Proxy) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^$")
	cmd.Env = append(proxy.Environ(), serveEnv+"="+dir)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = log.Close() })
	return cmd
}

// until waits for something that happens in another process. The limit only ends a test that has failed.
func until(t *testing.T, dir, what string, done func() bool) {
	t.Helper()
	for late := time.After(3 * time.Minute); !done(); {
		select {
		case <-late:
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Fatalf("waited in vain for %s; the end of the program's log:\n%s", what, log[max(0, len(log)-4000):])
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// TestWeChatDay plays an issue's whole way through the real client library: people known by the phone's remark, a photo in,
// a mention, both kinds of quotes, and somebody who only pretends to be an inspector.
func TestWeChatDay(t *testing.T) {
	srv, people, group := wechatCounty(25 * time.Second)
	cfg, err := config.Load("testdata/talk.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cfg.Storage = keptIn(t, filepath.Join(dir, "duban.db"))
	b, err := New(t.Context(), cfg, Options{Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	w, err := wechat.New(wechat.Config{
		Session: filepath.Join(dir, "wechat.session"), Transport: srv.Transport(), Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Pacing: wechat.Pacing{SyncSpacing: time.Millisecond, LoginSpacing: time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Add(w)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
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
	if err := srv.WaitCount(t.Context(), "synccheck", 1); err != nil {
		t.Fatal(err)
	}
	photo, err := (&stage{}).FetchPicture(t.Context(), chat.Picture{Ref: "after"})
	if err != nil {
		t.Fatal(err)
	}
	people["路人"] = people[""]
	people["路人"].Rename("张敏") // anybody can take any name
	for _, step := range []struct {
		post func()
		want string
	}{
		{func() { srv.PostText(group, people["张敏"], "@督办\u2005上报 南门菜场污水横流") }, "本群还没有绑定"},
		{func() { srv.PostText(group, people["陈静"], "绑定本群 创城督查工作群") }, "本群已绑定为“创城督查工作群”"},
		{func() {
			srv.PostText(group, people["张敏"], "上报：\n1、南门菜场污水横流\n2、金水湾小区垃圾未清")
		}, "已立案 2 件"},
		{func() { srv.PostText(group, people["路人"], "通过 1") }, "还不认识您"},
		{func() { srv.PostText(group, people["李强"], "完成 1 已疏通") }, "收到后自动提交"},
		{func() { srv.PostPicture(group, people["李强"], photo) }, "#1 已提交完成，整改后照片 1 张"},
		{func() {
			srv.PostQuote(group, people["张敏"], "督办", "#1 已提交完成，整改后照片 1 张", "退回 还有油污")
		}, "#1 已退回：还有油污"},
		{func() {
			srv.PostPicture(group, people["李强"], photo)
			srv.PostText(group, people["李强"], "@督办 1完成 已冲洗")
		}, "#1 已提交完成"},
		{func() {
			srv.PostQuoteXML(group, people["张敏"], "1", "督办", "#1 已提交完成，整改后照片 1 张", "通过")
		}, "#1 核查通过，已销号"},
		{func() { srv.PostText(people["李强"], people["李强"], "我的") }, "待您办理 1 件\n#2"},
	} {
		before := len(srv.Sent())
		step.post()
		waitSent(t, srv, before, step.want)
	}
}

func waitSent(t *testing.T, srv *wechattest.Server, before int, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for n := before + 1; ; n++ {
		if err := srv.WaitSent(ctx, n); err != nil {
			t.Fatalf("the bot did not say %q; it said:\n%s", want, allSent(srv))
		}
		if strings.Contains(srv.Sent()[n-1].Text, want) {
			return
		}
	}
}
