package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"duban/internal/chat/wechat/wechattest"
)

// mainEnv makes the test binary the program itself, so that it can be started as a process with an environment of its own.
const mainEnv = "DUBAN_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(mainEnv) != "" {
		main()
	}
	os.Exit(m.Run())
}

// step is one command of a README's session, what a person types into it and what it says.
type step struct {
	command string
	typed   string // to its input
	says    []string
}

// session reads the commands out of a section's code blocks. They begin with "$ ". A question is answered behind its colon; in the
// console, people's lines are typed.
func session(t *testing.T, readme, heading string) (steps []step) {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("%s has no section %s", readme, heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	question := regexp.MustCompile(`^([①-⑤].*：)(.*)$`)
	talk := regexp.MustCompile(`^[^@ ]+@\S+: `)
	for _, block := range regexp.MustCompile("(?s)```text\n(.*?)```").FindAllStringSubmatch(section, -1) {
		for line := range strings.Lines(block[1]) {
			line = strings.TrimSuffix(line, "\n")
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				command, _, _ = strings.Cut(command, "  #")
				steps = append(steps, step{command: strings.TrimSpace(command)})
				continue
			}
			s := &steps[len(steps)-1]
			switch m := question.FindStringSubmatch(line); {
			case m != nil:
				s.typed += m[2] + "\n"
				s.says = append(s.says, m[1]+"\x00") // no line end: it was typed
			case strings.Contains(s.command, "duban console") && talk.MatchString(line):
				s.typed += line + "\n"
			case strings.HasSuffix(line, "？[y/N] y"):
				s.command += " --write" // what a person says at a terminal; there is none here
			default:
				s.says = append(s.says, line)
			}
		}
	}
	if len(steps) == 0 {
		t.Fatalf("%s shows no commands", readme)
	}
	return steps
}

// pattern is what a command has to say: …… stands for anything in a line, and by itself for any lines.
func (s step) pattern() *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`^\s*`)
	for _, line := range s.says {
		if line == "……" {
			b.WriteString(`(?:.*\n)*?`)
			continue
		}
		b.WriteString(strings.ReplaceAll(regexp.QuoteMeta(strings.TrimRight(line, " ")), "……", ".*"))
		b.WriteString(`"?[ ]*\n+`) // a path with a space in it ends in a quotation mark
	}
	return regexp.MustCompile(strings.ReplaceAll(b.String(), "\x00\"?[ ]*\\n+", "") + `\s*$`)
}

// admin is a new administrator's computer: an empty folder, and servers of WeChat behind a proxy.
type admin struct {
	t     *testing.T
	dir   string
	srv   *wechattest.Server
	proxy *wechattest.Proxy
}

func newAdmin(t *testing.T) *admin {
	t.Helper()
	a := &admin{t: t, dir: filepath.Join(t.TempDir(), "督办 文件夹")}
	if err := os.Mkdir(a.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	a.srv = wechattest.New("督办", wechattest.WithHold(time.Second), wechattest.WithManualScan())
	proxy, err := a.srv.Proxy(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	a.proxy = proxy
	t.Cleanup(func() { _ = proxy.Close() })
	return a
}

// start begins a command as a process.
func (a *admin) start(ctx context.Context, s step, out, errOut *lines) *exec.Cmd {
	a.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		a.t.Fatal(err)
	}
	var args []string
	for _, m := range regexp.MustCompile(`"([^"]*)"|\S+`).FindAllStringSubmatch(s.command, -1) {
		args = append(args, cmp.Or(m[1], m[0]))
	}
	if args[0] != "duban" {
		a.t.Fatalf("not a command of duban: %s", s.command)
	}
	cmd := exec.CommandContext(ctx, exe, args[1:]...)
	cmd.Dir, cmd.Stdin = a.dir, strings.NewReader(s.typed)
	cmd.Env = append(a.proxy.Environ(), mainEnv+"=1")
	cmd.Stdout, cmd.Stderr = out, errOut
	if err := cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	return cmd
}

// do runs a command to its end and compares what it says with what the README shows.
func (a *admin) do(s step) {
	a.t.Helper()
	if s.command == "rm -r data" {
		if err := os.RemoveAll(filepath.Join(a.dir, "data")); err != nil {
			a.t.Fatal(err)
		}
		return
	}
	var out, errOut lines
	if err := a.start(a.t.Context(), s, &out, &errOut).Wait(); err != nil {
		a.t.Fatalf("%s: %v\n%s\n%s", s.command, err, &out, &errOut)
	}
	if !s.pattern().MatchString(out.String()) {
		a.t.Errorf("%s shows\n%s\n\nbut it says\n%s\n%s", s.command, strings.Join(s.says, "\n"), &out, &errOut)
	}
}

// lines is what a process has written so far.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestFirstRun does what the README tells a new administrator, in an empty folder: every command, up to the first report over WeChat,
// whose servers are stood in for.
func TestFirstRun(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	a := newAdmin(t)
	steps := session(t, "README.zh-CN.md", "第一次安装，一步一步")
	for _, s := range steps[:len(steps)-1] {
		if strings.HasPrefix(s.command, "duban import ") {
			a.fillIn(strings.Fields(s.command)[2])
		}
		a.do(s)
		if s.command == "duban init" {
			a.anyPort()
		}
	}
	a.serve(steps[len(steps)-1])
	if refused := a.proxy.Refused(); len(refused) > 0 {
		t.Errorf("the program asked strangers: %v", refused)
	}
}

// anyPort lets the dashboard have any port: the usual one may be taken on the computer that runs the test.
func (a *admin) anyPort() {
	a.t.Helper()
	file := filepath.Join(a.dir, "config.yaml")
	text, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(file, bytes.Replace(text, []byte("listen: 127.0.0.1:8711"), []byte("listen: 127.0.0.1:0"), 1), 0o600)
	}
	if err != nil {
		a.t.Fatal(err)
	}
}

// fillIn fills the form in as a person would: with the units and people of the example.
func (a *admin) fillIn(name string) {
	a.t.Helper()
	example, err := filepath.Abs("config.example.yaml")
	if err != nil {
		a.t.Fatal(err)
	}
	a.do(step{command: `duban template --force --config "` + example + `" ` + name, says: []string{"……"}})
}

// serve runs the bot: the code is scanned, somebody binds the group, and the first report is filed.
func (a *admin) serve(s step) {
	a.t.Helper()
	if s.command != "duban run" {
		a.t.Fatalf("the last step is %s", s.command)
	}
	ctx, cancel := context.WithTimeout(a.t.Context(), 3*time.Minute) // only ends a test that has failed
	defer cancel()
	chen, zhang := a.srv.AddFriend("静静", "陈静"), a.srv.AddFriend("小张", "张敏")
	group := a.srv.AddGroup("创城督查工作群", false, chen, zhang)
	var out, errOut lines
	cmd := a.start(ctx, s, &out, &errOut)
	code, err := a.srv.WaitQR(ctx)
	if err != nil {
		a.t.Fatalf("no QR code: %v\n%s\n%s", err, &out, &errOut)
	}
	a.srv.Scan(code)
	a.srv.Confirm(code)
	for n, say := range []func(){
		func() { a.srv.PostText(group, chen, "绑定本群 创城督查工作群") },
		func() { a.srv.PostText(group, zhang, "上报 金水湾小区3号楼楼道堆放杂物") },
	} {
		if n == 0 {
			err = a.srv.WaitCount(ctx, "synccheck", 1)
		}
		say()
		if err == nil {
			err = a.srv.WaitSent(ctx, n+1)
		}
	}
	if err != nil {
		a.t.Fatalf("%v\n%s\n%s", err, &out, &errOut)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		a.t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		a.t.Errorf("%v\n%s", err, &errOut)
	}
	said := ""
	for _, m := range a.srv.Sent() {
		said += m.Text + "\n"
	}
	if !strings.Contains(said, "本群已绑定为“创城督查工作群”") || !strings.Contains(said, "已立案 #1 金水湾小区3号楼楼道堆放杂物") {
		a.t.Errorf("the bot said\n%s", said)
	}
	plain := regexp.MustCompile(`(?m)^[█▄▀ ]*\n`).ReplaceAllString(out.String(), "")
	if !s.pattern().MatchString(plain) {
		a.t.Errorf("%s shows\n%s\n\nbut it says\n%s", s.command, strings.Join(s.says, "\n"), plain)
	}
}

// TestDemoIsGone: a terminal that is closed ends the demo as Ctrl+C does, and nothing of it stays.
func TestDemoIsGone(t *testing.T) {
	if testing.Short() || runtime.GOOS == "windows" {
		t.Skip("starts a process and hangs up")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), exe, "demo", "--no-open", "--listen", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), mainEnv+"=1", "TMPDIR="+dir)
	out, err := cmd.StdoutPipe()
	if err := errors.Join(err, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.Contains(line, "演示已打开") {
		t.Errorf("%q, %v", line, err)
	}
	if err := errors.Join(cmd.Process.Signal(syscall.SIGHUP), cmd.Wait()); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// TestSettingItUp: the short list in the English README is of commands that the long one shows.
func TestSettingItUp(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Setting it up\n")
	section, _, _ = strings.Cut(section, "\n## ")
	shown := map[string]bool{}
	for _, s := range session(t, "README.zh-CN.md", "第一次安装，一步一步") {
		shown[strings.TrimSuffix(s.command, " --write")] = true
	}
	commands := regexp.MustCompile(`(?m)^(duban .*?)  +#`).FindAllStringSubmatch(section, -1)
	for _, m := range commands {
		if !shown[m[1]] {
			t.Errorf("not in the session: %s", m[1])
		}
	}
	if len(commands) < 5 {
		t.Errorf("%d commands", len(commands))
	}
}
