package bot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
	"duban/internal/config"
	"duban/internal/lease"
	"duban/internal/store"
	"duban/internal/store/pgtest"
)

// node is one of several processes on a database, in a bubble.
type node struct {
	*Bot
	t    *testing.T
	nets map[string]*fakeNet
	halt context.CancelFunc
	over chan error
}

// newNode makes a process on a database with some networks, in a folder of its own, and gives it what is free. It does not run yet.
func newNode(t *testing.T, cfg *config.Config, nets ...string) *node {
	t.Helper()
	pgtest.NeedsFile(t, "the time of a bubble does not wait for a network")
	n := &node{t: t, nets: map[string]*fakeNet{}, over: make(chan error, 1)}
	cfg.File = "" // it is not followed: signals do not reach a bubble
	b := openBot(t, cfg, time.Time{})
	n.Bot = b
	for _, name := range nets {
		n.nets[name] = &fakeNet{name: name, can: identified}
		b.Add(n.nets[name])
	}
	if err := b.share(t.Context()); err != nil {
		t.Fatal(err)
	}
	return n
}

// run lets a process work.
func (n *node) run() {
	var ctx context.Context
	ctx, n.halt = context.WithCancel(context.Background())
	go func() { n.over <- n.Run(ctx) }()
	sleep(n.t, 700*time.Millisecond) // no two do anything at the same instant
}

// die ends a process without a word to the others.
func (n *node) die() {
	n.t.Helper()
	n.halt()
	if err := <-n.over; err != nil {
		n.t.Error(err)
	}
	if err := errors.Join(n.place.Leave(), n.Close()); err != nil {
		n.t.Error(err)
	}
}

func sleep(t *testing.T, d time.Duration) {
	t.Helper()
	time.Sleep(d)
	synctest.Wait()
}

// answers are what a process answered in the inspectors' group.
func (n *node) answers() (out []string) {
	for _, net := range n.nets {
		for _, text := range net.arrived() {
			if first, _, _ := strings.Cut(text, "\n"); strings.HasPrefix(first, "inspect: 已立案") {
				out = append(out, first)
			}
		}
	}
	slices.Sort(out)
	return out
}

// TestStandby: the second process answers nothing and sends nothing while the first one lives. It takes over what the first one left open,
// and the office is told once.
func TestStandby(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := talkConfig(t, t.TempDir())
		a := newNode(t, cfg, "net")
		a.run()
		b := newNode(t, cfg, "net")
		b.run()
		sleep(t, 10*time.Second)
		if err := a.Receive(t.Context(), said("net", 1, "zhang_min", "inspect", "上报 金水湾小区垃圾桶满溢")); err != nil {
			t.Fatal(err)
		}
		if err := b.Receive(t.Context(), said("net", 2, "zhang_min", "inspect", "上报 红星中路站牌破损")); !errors.Is(err, lease.ErrLost) {
			t.Errorf("the standby takes a message: %v", err)
		}
		refused := said("net", 3, "zhang_min", "inspect", "签收 99")
		if b.finish(t.Context(), store.Arrival{Channel: "net", MessageID: refused.ID, Conversation: "inspect", Body: "{}"}, refused, "没有 #99", nil, errNet) {
			t.Error("a message that is not written down is lost with the lease")
		}
		sleep(t, time.Second)
		write(t, b.Bot, func(tx *store.Tx) error { // as from its dashboard
			return tx.Send(store.Out{To: store.ToChat("office"), Text: "看板上写的"})
		})
		sleep(t, 1200*time.Millisecond) // before the next look at each other
		if diff := cmp.Diff([]string{"inspect: 已立案 #1 金水湾小区垃圾桶满溢"}, a.answers()); diff != "" || len(b.nets["net"].all()) > 0 {
			t.Errorf("%s, and the standby sent %v", diff, b.nets["net"].arrived())
		}
		if !slices.Contains(a.nets["net"].arrived(), "office: 看板上写的") {
			t.Errorf("what the standby queued has not been sent: %q", a.nets["net"].arrived())
		}
		a.die()
		write(t, b.Bot, func(tx *store.Tx) error { // what it had taken and not answered
			_, err := tx.AddArrival(&store.Arrival{
				Channel: "net", MessageID: "3", Conversation: "inspect",
				Body: `{"Channel":"net","ID":"3","Conversation":{"Key":"inspect"},"From":{"Key":"zhang_min"},"Text":"上报 红星中路站牌破损"}`,
			})
			return err
		})
		sleep(t, 40*time.Second)
		if diff := cmp.Diff([]string{"inspect: 已立案 #2 红星中路站牌破损"}, b.answers()); diff != "" {
			t.Error(diff)
		}
		told := slices.DeleteFunc(b.nets["net"].arrived(), func(text string) bool { return !strings.Contains(text, "【接手】") })
		if len(told) != 1 || !strings.Contains(told[0], "定时任务、net已由") && !strings.Contains(told[0], "net、定时任务已由") {
			t.Errorf("told: %q", told)
		}
		if s := b.states.Of("net"); s.Holder != "" {
			t.Errorf("still elsewhere: %+v", s)
		}
		b.die()
	})
}

// TestFencedWork: what a process had begun when another one took over has no effect, is not answered by it, and is left open.
func TestFencedWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := talkConfig(t, t.TempDir())
		a := newNode(t, cfg, "net")
		work, begun := a.lanes.work, make(chan struct{})
		a.lanes.work = written(func(ctx context.Context, arrival store.Arrival, tries int) bool {
			<-begun
			return work(ctx, arrival, tries)
		})
		if err := a.Receive(t.Context(), said("net", 1, "zhang_min", "inspect", "上报 金水湾小区垃圾桶满溢")); err != nil {
			t.Fatal(err)
		}
		b := newNode(t, cfg, "net") // a does not run: it is stopped
		b.run()
		sleep(t, time.Minute)
		if len(b.answers()) != 1 {
			t.Errorf("the other one answered %q", b.answers())
		}
		write(t, b.Bot, func(tx *store.Tx) error { // and has another one open, which a has in a lane
			_, err := tx.AddArrival(&store.Arrival{Channel: "net", MessageID: "2", Conversation: "inspect", Body: `{"Channel":"net","ID":"2","Conversation":{"Key":"inspect"},"From":{"Key":"zhang_min"},"Text":"上报 红星中路站牌破损"}`})
			return err
		})
		var open []store.Arrival
		read(t, b.Bot, func(tx *store.Tx) (err error) { open, err = tx.OpenArrivals(); return err })
		a.lanes.push(t.Context(), open[0], "zhang_min", false)
		close(begun)
		a.lanes.wait()
		read(t, b.Bot, func(tx *store.Tx) error {
			if open, err := tx.OpenArrivals(); len(open) != 1 || open[0].MessageID != "2" || err != nil {
				t.Errorf("open: %+v, %v", open, err)
			}
			return nil
		})
		if issues, _ := counted(t, b.Bot); issues != 1 || len(a.nets["net"].all()) > 0 {
			t.Errorf("%d issues; the stopped process said %q", issues, a.nets["net"].arrived())
		}
		b.die()
		_ = a.place.Leave()
		_ = a.Close()
	})
}

// TestStoppedSender: a process that was stopped between its look at the database and the network sends nothing more when it goes on.
func TestStoppedSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := talkConfig(t, t.TempDir())
		a := newNode(t, cfg, "net")
		b := newNode(t, cfg, "net")
		write(t, a.Bot, func(tx *store.Tx) error { return tx.Send(store.Out{To: store.ToChat("office"), Text: "一次"}) })
		b.run() // a is stopped
		sleep(t, time.Minute)
		write(t, a.Bot, func(tx *store.Tx) error { return tx.Send(store.Out{To: store.ToChat("leaders"), Text: "两次"}) })
		if err := a.outbox.drain(t.Context()); err != nil { // it goes on before it has noticed anything
			t.Error(err)
		}
		sleep(t, 2*time.Minute)
		if got := a.nets["net"].all(); len(got) > 0 {
			t.Errorf("it sent %v", got)
		}
		for _, want := range []string{"office: 一次", "leaders: 两次"} {
			if got := b.nets["net"].arrived(); !slices.Contains(got, want) {
				t.Errorf("no %q in %q", want, got)
			}
		}
		b.die()
		_ = a.place.Leave()
		_ = a.Close()
	})
}

// TestTwoWays: two processes with a channel each, who know different ways for a message, send it once, and give it to whose it is.
func TestTwoWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := talkConfig(t, t.TempDir())
		a := newNode(t, cfg, "one", "two")
		b := newNode(t, cfg, "one", "two")
		write(t, a.Bot, func(tx *store.Tx) error { // b has taken one of them
			_, leases, err := tx.Sharing()
			if err != nil {
				return err
			}
			workers, _, err := tx.Sharing()
			if err != nil {
				return err
			}
			other := workers[0].ID
			if other == leases[0].Holder {
				other = workers[1].ID
			}
			_, err = tx.TakeLease("two", leases[0].Holder, other)
			return err
		})
		change(b.Bot, func(e *edition) { // an order that a does not know yet
			reg := *e.world.Reg
			reg.Chats = slices.Clone(reg.Chats)
			for n := range reg.Chats {
				reg.Chats[n].Channels = []string{"two", "one"}
			}
			world := *e.world
			world.Reg, e.world = &reg, &world
		})
		for _, net := range []*fakeNet{a.nets["one"], b.nets["two"]} { // slow, so that the other process looks meanwhile
			net.answer = func(chat.Outgoing, int) error { time.Sleep(3 * time.Second); return nil }
		}
		a.run()
		b.run()
		sleep(t, 10*time.Second)
		if !a.leases.Holds("one") || !b.leases.Holds("two") || a.leases.HoldsAll() {
			t.Fatal("they do not share")
		}
		for _, n := range []string{"一", "二", "三"} {
			write(t, a.Bot, func(tx *store.Tx) error { return tx.Send(store.Out{To: store.ToChat("office"), Text: n}) })
			sleep(t, 10*time.Second)
		}
		got := slices.Concat(a.nets["one"].arrived(), a.nets["two"].arrived(), b.nets["one"].arrived(), b.nets["two"].arrived())
		slices.Sort(got)
		if diff := cmp.Diff([]string{"office: 一", "office: 三", "office: 二"}, got); diff != "" {
			t.Error(diff)
		}
		if wrong := append(a.nets["two"].all(), b.nets["one"].all()...); len(wrong) > 0 {
			t.Errorf("sent without the lease: %v", wrong)
		}
		a.die()
		b.die()
	})
}
