package bot

import (
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
	"duban/internal/store"
)

// clocked is a bot by a clock that a test sets.
func clocked(t *testing.T, net chat.Channel, at time.Time) (b *Bot, set func(time.Time)) {
	t.Helper()
	var now atomic.Pointer[time.Time]
	now.Store(&at)
	b, err := New(t.Context(), talkConfig(t, t.TempDir()), Options{Now: func() time.Time { return *now.Load() }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	b.Add(net)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b, func(at time.Time) { now.Store(&at) }
}

// TestWorkOverClockJumps: an issue goes on by whatever the clock says, forward or back by a day, and every answer comes.
func TestWorkOverClockJumps(t *testing.T) {
	net := &fakeNet{name: "net", can: identified}
	b, set := clocked(t, net, morning(t))
	day := 24 * time.Hour
	for n, step := range []struct {
		at         time.Duration
		where, who string
		say, want  string
	}{
		{0, "inspect", "zhang_min", "上报 金水湾小区垃圾桶满溢", "已立案 #1"},
		{-day, "zhaoyang_group", "li_qiang", "签收 1", "#1 李强已签收"},
		{day, "zhaoyang_group", "li_qiang", "进展 1 正在办", "#1 已记录进展"},
		{-day, "inspect", "zhang_min", "查 1", "#1 整改中\n金水湾小区垃圾桶满溢"},
		{0, "inspect", "zhang_min", "撤回 1", "#1 整改中，不能撤回"},
	} {
		set(morning(t).Add(step.at + time.Duration(n)*time.Second))
		before := len(net.arrived())
		if err := b.Receive(t.Context(), said("net", n, step.who, step.where, step.say)); err != nil {
			t.Fatal(err)
		}
		b.lanes.wait()
		b.rewind(t.Context())
		drained(t, b)
		said := strings.Join(net.arrived()[before:], "\n")
		if !strings.Contains(said, step.where+": "+step.want) || strings.Contains(said, "-") && strings.Contains(said, "超期 -") {
			t.Errorf("%s: %s", step.say, said)
		}
	}
	if issues, events := counted(t, b); issues != 1 || events < 4 {
		t.Errorf("%d issues, %d events", issues, events)
	}
}

// TestClockSetBack: what was queued or tried by a clock that was a day ahead does not wait for that day, and is not given up for being old.
func TestClockSetBack(t *testing.T) {
	failing := true
	net := &fakeNet{name: "net", can: identified, answer: func(chat.Outgoing, int) error {
		if failing {
			return &chat.SendError{Err: errNet, Retry: true}
		}
		return nil
	}}
	b, set := clocked(t, net, morning(t))
	queue(t, b, to("office", "以前的"))
	ahead := morning(t).Add(25 * time.Hour)
	set(ahead)
	drained(t, b) // it is tried and fails
	queue(t, b, to("inspect", "答复"))
	queue(t, b, store.Out{To: store.ToChat("leaders"), Text: "窗口", NotBefore: ahead.Add(5 * time.Minute)})
	queue(t, b, store.Out{To: store.ToChat("leaders"), Text: "夜里一", HeldUntil: ahead.Add(8 * time.Hour)}, store.Out{To: store.ToChat("leaders"), Text: "夜里二", HeldUntil: ahead.Add(8 * time.Hour)})
	failing = false
	set(morning(t).Add(time.Minute))
	b.ahead(t.Context()) // as at a start
	var seen []string
	for _, after := range []time.Duration{time.Minute, 5 * time.Minute, 7 * time.Hour, 9 * time.Hour} {
		set(morning(t).Add(time.Minute + after))
		b.ahead(t.Context()) // once is enough
		drained(t, b)
		seen = append(seen, strings.Join(net.arrived(), "|"))
	}
	want := []string{"office: 以前的|inspect: 答复", "office: 以前的|inspect: 答复|leaders: 窗口"}
	want = append(want, want[1], want[1]+"|leaders: 【夜间汇总】\n夜里一\n夜里二")
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
	b.look(t.Context(), false)
	if s := b.health(); s.Jump > -time.Hour || s.JumpAt.IsZero() {
		t.Errorf("nobody will be told: %v at %v", s.Jump, s.JumpAt)
	}
}

// TestKilledBeforeALook: the clock is set back, something is queued by it, and the program ends before it looks at the clock. The next start
// finds what waits for the day that was, because it was queued or tried then, and says so once.
func TestKilledBeforeALook(t *testing.T) {
	failing := true
	net := &fakeNet{name: "net", can: identified, answer: func(chat.Outgoing, int) error {
		if failing {
			return &chat.SendError{Err: errNet, Retry: true}
		}
		return nil
	}}
	for _, c := range []struct {
		what   string
		queued time.Duration // when, by the real time
		tried  bool
	}{{"queued", 24 * time.Hour, false}, {"tried", -time.Hour, true}} {
		b, set := clocked(t, net, morning(t).Add(c.queued))
		queue(t, b, to("office", c.what))
		set(morning(t).Add(24 * time.Hour))
		if failing = true; c.tried {
			drained(t, b)
		}
		set(morning(t))
		queue(t, b, to("inspect", c.what))
		before := len(net.arrived())
		failing = false
		b.ahead(t.Context())
		drained(t, b)
		if diff := cmp.Diff([]string{"inspect: " + c.what, "office: " + c.what}, slices.Sorted(slices.Values(net.arrived()[before:]))); diff != "" {
			t.Errorf("%s: %s", c.what, diff)
		}
		if j := b.jump.Swap(nil); j == nil || j.by > -23*time.Hour {
			t.Errorf("%s: nobody will be told: %+v", c.what, j)
		}
		if b.ahead(t.Context()); b.jump.Load() != nil {
			t.Errorf("%s: it is told again", c.what)
		}
	}
}

// TestClockIsWatched: time that passes is no jump, and neither is a clock that is a little off; what is set is one, once.
func TestClockIsWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		off := time.Duration(0)
		show := func() time.Time { return time.Now().Round(0).Add(off) }
		var s steady
		for n, c := range []struct{ set, want time.Duration }{
			{0, 0}, {0, 0}, {time.Second, 0}, {-time.Minute, 0}, {24 * time.Hour, 24 * time.Hour}, {0, 0}, {-24 * time.Hour, -24 * time.Hour}, {0, 0},
		} {
			time.Sleep(15 * time.Second) // of the bubble
			off += c.set
			if by := s.look(show()); by != c.want {
				t.Errorf("look %d: %v, want %v", n, by, c.want)
			}
		}
	})
}

// TestPhotosOverClockJumps: a photo counts for what its sender said before it, whatever clock that was said by, and for nothing that was said
// a day away; nobody is told that a photo is missing which has come.
func TestPhotosOverClockJumps(t *testing.T) {
	files := map[string][]byte{"1": street(1), "2": street(2), "3": street(3), "4": street(4), "5": street(5)}
	net := &cameraNet{&fakeNet{name: "net", can: identified}, files}
	b, set := clocked(t, net, morning(t))
	const day = 24 * time.Hour
	for n, step := range []struct {
		at              time.Duration
		where, who, say string
		photo, want     string
	}{
		{0, "inspect", "zhang_min", "上报 金水湾小区垃圾桶满溢", "", "inspect: 已立案 #1"},
		{0, "inspect", "zhang_min", "上报 金水湾小区楼道堆放杂物", "", "inspect: 已立案 #2"},
		{0, "zhaoyang_group", "li_qiang", "签收 1 2", "", "#2 李强已签收"},
		{0, "zhaoyang_group", "li_qiang", "完成 1 已清运", "", "#1 请在5分钟内发整改后照片"},
		{-day, "zhaoyang_group", "li_qiang", "", "1", "#1 已提交完成"}, // before the return by the present clock, too, and no proof after it
		{day, "inspect", "zhang_min", "退回 1 还有垃圾", "", "#1 已退回"},
		{day, "zhaoyang_group", "li_qiang", "", "2", ""},               // nobody waits for it
		{0, "zhaoyang_group", "li_qiang", "完成 2 已清理", "", "#2 请在5分钟内"}, // it is of tomorrow
		{0, "zhaoyang_group", "li_qiang", "", "3", "#2 已提交完成"},
		{-day, "zhaoyang_group", "li_qiang", "完成 1 又清了", "", "#1 请在5分钟内"}, // it was returned later
		{-day, "zhaoyang_group", "li_qiang", "", "4", "#1 已提交完成"},
		{-day, "inspect", "zhang_min", "退回 2 还有杂物", "", "#2 已退回"},
		{-day, "zhaoyang_group", "li_qiang", "完成 2 又清了", "", "#2 请在5分钟内"}, // its photo, of the day ahead, is from before the return
		{-day, "zhaoyang_group", "li_qiang", "", "5", "#2 已提交完成"},
	} {
		at := morning(t).Add(step.at + time.Duration(n)*time.Second)
		set(at)
		before := len(net.arrived())
		m := said("net", n, step.who, step.where, step.say)
		if step.photo != "" {
			m.Pictures = []chat.Picture{{Ref: step.photo}}
		}
		if err := b.Receive(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		b.lanes.wait()
		b.rewind(t.Context())
		drained(t, b)
		if said := strings.Join(net.arrived()[before:], "\n"); !strings.Contains(said, step.want) || (said == "") != (step.want == "") {
			t.Errorf("%d. %s%s: %s", n, step.say, step.photo, said)
		}
	}
	set(morning(t).Add(3 * day)) // everything that waits goes out
	drained(t, b)
	if said := strings.Join(net.arrived(), "\n"); strings.Contains(said, "没收到整改后照片") {
		t.Error(said)
	}
}
