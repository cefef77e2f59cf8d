// Package torture kills the program at random moments, hundreds of times, while people use it, and then looks whether anything was
// lost or done twice. `make torture` runs it; .ci/run runs a short one.
package torture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"duban/bot"
	"duban/internal/chat/wechat/wechattest"
	"duban/internal/config"
	"duban/internal/store/pgtest"
)

// The environment: how often to kill, which random numbers, and for the process that is killed, its folder.
const (
	killsEnv = "DUBAN_KILLS"
	seedEnv  = "DUBAN_SEED"
	childEnv = "DUBAN_TORTURE_CHILD"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		os.Exit(program(dir))
	}
	os.Exit(m.Run())
}

// program is `duban run`, with two differences: it may send faster than the check of a configuration allows, because an account's
// real pace would make a run take days, and its clock is set by the test. It does not follow its file, which says another pace.
func program(dir string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := os.WriteFile(heeding(dir, os.Getpid()), nil, 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	bear()
	cfg, err := config.Load(filepath.Join(dir, "config.yaml"))
	if err == nil {
		cfg.Channels.WeChat.Send.PerMinute, cfg.Channels.WeChat.Send.Jitter, cfg.File = 12_000, 0, ""
		cfg.Storage.Takeover = patience
		log := slog.New(slog.NewTextHandler(os.Stderr, nil))
		err = bot.Serve(ctx, cfg, bot.Options{Version: "torture", Log: log, Now: shown(dir)}, bot.Terminal{In: strings.NewReader(""), Out: io.Discard, ErrOut: os.Stderr})
	}
	if err != nil && !errors.Is(err, context.Canceled) { // main.go's rule
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// heeding is there when a process ends in good order if it is asked to.
func heeding(dir string, pid int) string { return filepath.Join(dir, fmt.Sprint("heeding-", pid)) }

// TestTorture: however often the program is killed while thousands of messages of all kinds arrive, every command is answered, its
// effect is there once, every issue is what its events say, every slot of a job ran once, and nobody reads anything twice but
// what the program could not know to have arrived.
func TestTorture(t *testing.T) {
	kills, err := strconv.Atoi(os.Getenv(killsEnv))
	if err != nil {
		t.Skip("set " + killsEnv + ", or run make torture")
	}
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv(seedEnv); text != "" {
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%s=%d %s=%d %s=%s", killsEnv, kills, seedEnv, seed, twoEnv, os.Getenv(twoEnv))
	r := newRun(t, seed)
	if os.Getenv(twoEnv) != "" {
		r.allOfTwo(kills)
	} else {
		r.all(kills)
	}
	r.check()
}

// run is one program in one folder, with all its lives.
type run struct {
	*testing.T
	*rand.Rand
	dir   string
	srv   *wechattest.Server
	proxy *wechattest.Proxy
	crowd *crowd
	clock *clock
	place string         // of the database
	ends  []int          // how much had been sent at the end of each life
	wakes []int          // how much had been sent when a program went on that had been stopped
	died  map[string]int // how often by which death
}

func newRun(t *testing.T, seed uint64) *run {
	dir, err := os.MkdirTemp("", "duban-torture-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("everything is kept in %s", dir)
			return
		}
		_ = os.RemoveAll(dir)
	})
	place := pgtest.Place(t, filepath.Join(dir, "data", "duban.db"))
	if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(configuration(place)), 0o600); err != nil {
		t.Fatal(err)
	}
	srv := wechattest.New("督办", wechattest.WithHold(2*time.Second))
	proxy, err := srv.Proxy(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = proxy.Close() })
	return &run{
		T: t, Rand: rand.New(rand.NewPCG(seed, 1)), dir: dir, place: place, srv: srv, proxy: proxy, died: map[string]int{},
		crowd: newCrowd(t, srv, rand.New(rand.NewPCG(seed, 2))), clock: newClock(t, dir, rand.New(rand.NewPCG(seed, 3))),
	}
}

// all lives: a few that end before anybody has said a word, the many, and the last one, in which everything comes to rest.
func (r *run) all(kills int) {
	began := time.Now()
	for range kills / 20 {
		r.live(deaths[0])
	}
	r.firstLogin()
	talking, hush := context.WithCancel(r.Context())
	defer hush()
	silent := make(chan struct{})
	go func() { defer close(silent); r.crowd.talk(talking) }()
	for n := len(r.ends); n < kills; n++ {
		r.live(r.death())
		r.spoil()
		if r.IntN(10) == 0 {
			r.clock.jump()
		}
	}
	r.live(setBack)
	hush()
	<-silent
	r.srv.Heal()
	rest := r.start()
	r.calm()
	r.end(&one{rest, r.proxy})
	r.age()
	r.clock.ahead()
	last := r.start()
	r.up()
	r.crowd.rest()
	r.tidy()
	r.calm() // the jobs of the minute for whose backup it waited have said something
	if err := last.Process.Signal(syscall.SIGTERM); err != nil {
		r.Fatal(err)
	}
	if err := last.Wait(); err != nil {
		r.Errorf("the last end: %v", err)
	}
	r.over()
	r.Logf("%d lives in %s, ended by %v, the clock set %v", len(r.ends), time.Since(began).Round(time.Second), r.died, r.clock.jumps)
}

// start begins a life.
func (r *run) start() *exec.Cmd { return r.startBehind(r.proxy) }

// startBehind begins a life that reaches the network through a proxy.
func (r *run) startBehind(proxy *wechattest.Proxy) *exec.Cmd {
	exe, err := os.Executable()
	if err != nil {
		r.Fatal(err)
	}
	log, err := os.OpenFile(filepath.Join(r.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		r.Fatal(err)
	}
	fmt.Fprintf(log, "---- life %d\n", len(r.ends))
	cmd := exec.Command(exe)
	cmd.Env, cmd.Dir = append(proxy.Environ(), childEnv+"="+r.dir), r.dir
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { _ = cmd.Process.Kill() })
	_ = log.Close()
	return cmd
}

// firstLogin is a life that ends in good order when the session is stored: from then on nobody has to scan a code any more.
func (r *run) firstLogin() {
	cmd := r.start()
	r.up()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		r.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		r.Fatalf("the end of the first login: %v", err)
	}
	r.over()
	r.crowd.logins = r.srv.Count("jslogin")
}

// up waits until a program that has just begun is logged in. One that is asked to end before it can hear that just dies.
func (r *run) up() {
	r.wait("a login", func(ctx context.Context) error { return r.srv.WaitCount(ctx, "synccheck", r.srv.Count("synccheck")+2) })
}

// live lets the program live until its death.
func (r *run) live(d death) {
	cmd := r.start()
	end := r.beset(cmd.Process.Pid)
	d.wait(r)
	if d.term {
		_ = cmd.Process.Signal(syscall.SIGTERM) // an error says that it is dead, which Wait tells below
		r.pause(60 * time.Millisecond)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	end()
	status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
	asked := d.term && (status.Signal() == syscall.SIGTERM || status.Exited() && status.ExitStatus() == 0)
	if !asked && status.Signal() != syscall.SIGKILL {
		r.Fatalf("life %d ended by itself: %s", len(r.ends), cmd.ProcessState)
	}
	r.died[d.name]++
	r.over()
}

// over notes the end of a life, when nothing of it is on its way any more.
func (r *run) over() {
	r.wait("the connections to end", r.proxy.WaitGone)
	r.ends = append(r.ends, len(r.srv.Sent()))
}

// wait waits for the program or the network to get somewhere; longer than a busy machine takes.
func (r *run) wait(what string, until func(context.Context) error) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Minute)
	defer cancel()
	if err := until(ctx); err != nil {
		r.Fatalf("waiting for %s: %v", what, err)
	}
}

// pause lets a random time pass.
func (r *run) pause(most time.Duration) { <-time.After(time.Duration(r.Int64N(int64(most)))) }
