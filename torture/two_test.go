package torture

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"duban/internal/chat/wechat/wechattest"
)

// twoEnv says that two processes share the database, each of which may be killed or stopped at any moment.
const twoEnv = "DUBAN_TWO"

// patience is how long a process may be silent before the other one takes over: shorter than anybody would configure it.
const patience = 4 * time.Second

// justSent is how many messages the others may have sent between the moment at which a stopped program goes on and that at which its
// own last message is counted.
const justSent = 10

// one is one of two processes.
type one struct {
	*exec.Cmd
	proxy *wechattest.Proxy
}

// allOfTwo lives: two processes at a time, of which one or the other is killed, ended or stopped for a while, and comes back at once or
// when the other has taken over. In the end both come to rest.
func (r *run) allOfTwo(kills int) {
	began := time.Now()
	r.firstLogin()
	talking, hush := context.WithCancel(r.Context())
	defer hush()
	silent := make(chan struct{})
	go func() { defer close(silent); r.crowd.talk(talking) }()
	two := []*one{r.begin(r.proxy), r.begin(r.another())}
	for n := len(r.ends); n < kills; n++ {
		r.disturb(two[r.IntN(2)])
		if r.IntN(6) == 0 {
			r.clock.jump()
		}
	}
	for _, p := range two {
		r.end(p)
	}
	r.age()
	r.clock.ahead()
	for _, p := range two {
		p.Cmd = r.startBehind(p.proxy)
	}
	r.up()
	for _, p := range two { // one of them waits for the other to fall silent
		r.wait("a process to heed signals", func(ctx context.Context) error { return present(ctx, heeding(r.dir, p.Process.Pid)) })
	}
	hush()
	<-silent
	r.crowd.rest()
	r.tidy()
	r.calm() // the jobs of the minute for whose backup it waited have said something
	for _, p := range two {
		if err := p.Process.Signal(syscall.SIGTERM); err != nil {
			r.Fatal(err)
		}
		if err := p.Wait(); err != nil {
			r.Errorf("the last end: %v", err)
		}
	}
	r.over()
	r.Logf("%d lives in %s, ended by %v, the clock set %v, %d times the other process took over",
		len(r.ends), time.Since(began).Round(time.Second), r.died, r.clock.jumps, r.takeovers())
}

// present waits until a file is there.
func present(ctx context.Context, file string) error {
	for {
		if _, err := os.Stat(file); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (r *run) another() *wechattest.Proxy {
	proxy, err := r.srv.Proxy(r.TempDir())
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { _ = proxy.Close() })
	return proxy
}

func (r *run) begin(proxy *wechattest.Proxy) *one { return &one{r.startBehind(proxy), proxy} }

// disturb does something to a process while the other one works.
func (r *run) disturb(p *one) {
	d := r.death()
	d.wait(r)
	if r.IntN(3) == 0 {
		r.stop(p)
		if r.IntN(2) == 0 {
			return // it goes on
		}
		d.name = "after a stop"
	} else if d.term {
		_ = p.Process.Signal(syscall.SIGTERM)
		r.pause(60 * time.Millisecond)
	}
	r.end(p)
	r.died[d.name]++
	if r.IntN(3) == 0 {
		r.pause(3 * patience) // long enough for the other one, or not
	}
	p.Cmd = r.startBehind(p.proxy)
}

// stop keeps a process from running for a while, which may be long enough for the other one to take over.
func (r *run) stop(p *one) {
	r.signal(p, halt)
	<-time.After(200 * time.Millisecond) // what was on its way has arrived
	r.ends = append(r.ends, len(r.srv.Sent()))
	r.pause(3 * patience)
	r.wakes = append(r.wakes, len(r.srv.Sent()))
	r.signal(p, goOn)
	r.died["(stopped)"]++
}

func (r *run) signal(p *one, s os.Signal) {
	if err := p.Process.Signal(s); err != nil {
		r.Fatalf("a life ended by itself: %v", err)
	}
}

// end kills a process and notes how far it came.
func (r *run) end(p *one) {
	_ = p.Process.Kill()
	_ = p.Wait()
	status, _ := p.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signal() != syscall.SIGKILL && status.Signal() != syscall.SIGTERM && status.ExitStatus() != 0 {
		r.Fatalf("a life ended by itself: %s", p.ProcessState)
	}
	r.wait("the connections to end", p.proxy.WaitGone)
	r.ends = append(r.ends, len(r.srv.Sent()))
}

// justWoken is the stopped program that went on right before a message was sent; -1 if there was none.
func (r *run) justWoken(n int) int {
	for w, at := range r.wakes {
		if n >= at && n < at+justSent {
			return w
		}
	}
	return -1
}

// takeovers counts how often a process took over what the other one had left in silence.
func (r *run) takeovers() int {
	text, err := os.ReadFile(filepath.Join(r.dir, "log"))
	if err != nil {
		r.Error(err)
	}
	return strings.Count(string(text), "msg=\"took over\"")
}
