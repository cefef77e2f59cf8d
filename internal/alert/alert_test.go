package alert

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/health"
	"duban/internal/store"
)

var (
	zone  = time.FixedZone("Asia/Shanghai", 8*60*60)
	start = time.Date(2026, 11, 25, 9, 0, 0, 0, zone)
)

// fakeWay takes messages, or fails as a test says.
type fakeWay struct {
	name  string
	fails error
	got   []string
}

func (f *fakeWay) Name() string { return f.name }

func (f *fakeWay) Send(_ context.Context, m Message) error {
	if f.fails != nil {
		return f.fails
	}
	f.got = append(f.got, m.At.Format("15:04")+" "+m.Text)
	return nil
}

// desk is a watcher over a program that a test describes, and its clock.
type desk struct {
	*testing.T
	*Watcher
	way   *fakeWay
	state health.State
	set   Settings
	file  string
}

func newDesk(t *testing.T) *desk {
	d := &desk{T: t, way: &fakeWay{name: "webhook"}, file: filepath.Join(t.TempDir(), "alerts.json")}
	d.state = health.State{At: start, Started: start, DiskFree: 10 << 30, Channels: []health.Channel{{Name: "wechat", State: chat.StateOnline, Since: start}}}
	d.set = Settings{Campaign: "兴安县创城", Ways: []Way{d.way}, Limits: Limits{
		OfflineAfter: 10 * time.Minute, DiskFree: 500 << 20, PerHour: 10, Jobs: map[string]string{"backup": "备份"}, Zone: zone,
	}}
	d.restart()
	return d
}

// restart is a new run of the program.
func (d *desk) restart() {
	d.Watcher = New(d.file, func() Settings { return d.set }, func() health.State { return d.state }, slog.New(slog.DiscardHandler))
}

// after lets time pass, looking as often as the program does, and gives what was told meanwhile.
func (d *desk) after(span time.Duration) []string {
	before := len(d.way.got)
	for end := d.state.At.Add(span); d.state.At.Before(end); {
		d.state.At = d.state.At.Add(every)
		d.step(d.Context())
	}
	return d.way.got[before:]
}

func (d *desk) want(got []string, want ...string) {
	d.Helper()
	if !slices.Equal(got, want) {
		d.Errorf("told %q, want %q", got, want)
	}
}

func (d *desk) channel(state chat.State, text string) {
	var c health.Channels
	c.Set(chat.Status{Channel: "wechat", State: state, Text: text}, d.state.At)
	list := c.List()
	if old := d.state.Channels[0]; !old.Online() && state != chat.StateOnline {
		list[0].Down = old.Down
	}
	d.state.Channels = list
}

// TestOffline: a short absence is nobody's business; a long one is told once, again after a day, and when it is over.
func TestOffline(t *testing.T) {
	d := newDesk(t)
	d.channel(chat.StateOffline, "网络断开")
	d.want(d.after(9 * time.Minute))
	d.channel(chat.StateOnline, "")
	d.want(d.after(time.Hour))
	d.channel(chat.StateOffline, "网络断开") // 10:09
	d.want(d.after(11*time.Minute), "10:19 【告警】微信不在线（掉线，正在重连），程序会自己重连；手机也请保持登录和联网（11-25 10:19 起）")
	d.channel(chat.StateScan, "请扫码")
	d.want(d.after(23 * time.Hour))
	d.restart()
	d.want(d.after(2*time.Hour), "10:19 【仍未恢复】微信不在线（等待扫码），请到运行机器人的电脑上扫码登录（已持续 24 小时）")
	d.channel(chat.StateOnline, "")
	got := d.after(10 * time.Minute)
	if len(got) != 1 || !strings.Contains(got[0], "【已恢复】微信不在线") || !strings.Contains(got[0], "持续 25 小时") {
		t.Errorf("told %q", got)
	}
	d.restart()
	d.want(d.after(time.Hour))
}

// TestStopped: a ban is told at once, in the very last moment of the program too, and not again when it is started again.
func TestStopped(t *testing.T) {
	d := newDesk(t)
	ctx, stop := context.WithCancel(t.Context())
	d.channel(chat.StateStopped, "账号被限制登录。")
	stop()
	d.Watcher.Run(ctx)
	d.want(d.way.got, "09:00 【告警】微信已停止：账号被限制登录。机器人在微信上不再收发消息，请先由人工在那里的群派单（11-25 09:00 起）")
	d.restart()
	d.want(d.after(time.Hour))
}

// TestFlapping: what comes and goes is told once.
func TestFlapping(t *testing.T) {
	d := newDesk(t)
	d.state.DiskFree = 400 << 20
	d.want(d.after(time.Minute), "09:00 【告警】数据所在的磁盘只剩 400 MB，请清理（11-25 09:00 起）")
	for range 20 {
		d.state.DiskFree = 550 << 20 // more than the limit, but hardly
		d.want(d.after(5 * time.Minute))
		d.state.DiskFree = 450 << 20
		d.want(d.after(5 * time.Minute))
	}
	d.state.DiskFree = 700 << 20
	got := d.after(5 * time.Minute)
	if len(got) != 1 || !strings.Contains(got[0], "【已恢复】数据所在的磁盘只剩 450 MB") {
		t.Errorf("told %q", got)
	}
	d.state.DiskFree = -1 // not known
	d.want(d.after(time.Hour))
}

// TestDatabase: one failed look is none, a minute is.
func TestDatabase(t *testing.T) {
	d := newDesk(t)
	d.state.Unwritten = errors.New("database or disk is full (13)")
	d.want(d.after(every))
	d.state.Unwritten = nil
	d.want(d.after(10 * time.Minute))
	d.state.Unread = errors.New("malformed")
	if got := d.after(5 * time.Minute); len(got) != 1 || !strings.Contains(got[0], "数据库读不了") || strings.Contains(got[0], "malformed") {
		t.Errorf("told %q", got)
	}
}

// TestWaiting: messages that nobody answers, jobs that failed, backups that are too old.
func TestWaiting(t *testing.T) {
	d := newDesk(t)
	d.state.Load.Unread, d.state.Load.UnreadAt = 2, start
	d.want(d.after(11*time.Minute), "09:10 【告警】有 2 条消息收到了没有办，最早的是 11-25 09:00，请看日志（11-25 09:10 起）")
	d.state.Load = store.Load{}
	d.after(10 * time.Minute)
	d.state.Runs = []store.Run{{Job: "backup", Slot: start, Result: store.RunFailed, At: d.state.At, Note: "磁盘满了。请清理磁盘"}}
	d.want(d.after(time.Minute), "09:21 【告警】定时任务“备份”（11-25 09:00）没有完成：磁盘满了。请清理磁盘（11-25 09:21 起）")
	d.state.Runs[0].Result = store.RunDone
	d.after(10 * time.Minute)
	d.state.Runs = []store.Run{{Job: "odd", Slot: start, Result: store.RunFailed, At: d.state.At, Note: "panic: index out of range"}}
	if got := d.after(time.Minute); len(got) != 1 || !strings.Contains(got[0], "“odd”") || !strings.Contains(got[0], "请看日志") || strings.Contains(got[0], "panic") {
		t.Errorf("told %q", got)
	}
	d.state.Runs = nil
	d.after(10 * time.Minute)
	d.state.Backups = true
	d.want(d.after(49 * time.Hour))
	if got := d.after(4 * time.Hour); len(got) != 1 || !strings.Contains(got[0], "两天没有备份成功（最近一次：没有过）") {
		t.Errorf("told %q", got)
	}
	d.state.Backup = d.state.At
	if got := d.after(time.Hour); len(got) != 1 || !strings.Contains(got[0], "已恢复") {
		t.Errorf("told %q", got)
	}
}

// TestDeadLetters: those from before are old; more of them are told, over a restart too.
func TestDeadLetters(t *testing.T) {
	d := newDesk(t)
	d.state.Load.Dead = 5
	d.want(d.after(10 * time.Minute))
	d.restart()
	d.state.Load.Dead = 7
	d.want(d.after(time.Minute), "09:10 【告警】又有消息一直没有送到（共 7 条），请看群是不是还绑定着、号是不是还在群里（11-25 09:10 起）")
	d.state.Load.Dead = 0 // the office has dropped them
	if got := d.after(2 * time.Hour); len(got) != 1 || !strings.Contains(got[0], "已恢复") {
		t.Errorf("told %q", got)
	}
	d.state.Load.Dead = 1
	if got := d.after(time.Minute); len(got) != 1 {
		t.Errorf("told %q", got)
	}
}

// TestSeveralAtOnceAndTooMany: what is due goes as one message, and no hour sees more of them than it may; nothing is lost thereby.
func TestSeveralAtOnceAndTooMany(t *testing.T) {
	d := newDesk(t)
	d.set.PerHour = 2
	d.state.DiskFree = 1
	d.channel(chat.StateStopped, "被封")
	if got := d.after(time.Minute); len(got) != 1 || strings.Count(got[0], "【告警】") != 2 {
		t.Errorf("told %q", got)
	}
	for n := range 8 {
		d.state.Runs = append(d.state.Runs, store.Run{Job: string(rune('a' + n)), Slot: start, Result: store.RunFailed, At: d.state.At})
		d.after(5 * time.Minute)
	}
	if len(d.way.got) != 2 {
		t.Errorf("told %d times", len(d.way.got))
	}
	if got := d.after(30 * time.Minute); len(got) != 1 || strings.Count(got[0], "【告警】") != 7 {
		t.Errorf("told %q", got)
	}
}

// TestServersFail: a way that fails is tried again and again, ever more slowly, until it works; what is over by then and was never told
// is not told. One way of two is enough.
func TestServersFail(t *testing.T) {
	d := newDesk(t)
	d.way.fails = errors.New("no route")
	d.state.DiskFree = 1
	d.want(d.after(30 * time.Minute))
	if d.failed < 4 || d.failed > 12 {
		t.Errorf("%d tries", d.failed)
	}
	second := &fakeWay{name: "email"}
	d.set.Ways = append(d.set.Ways, second)
	d.after(11 * time.Minute)
	if len(second.got) != 1 {
		t.Errorf("the second way: %q", second.got)
	}
	d.way.fails, d.set.Ways = nil, d.set.Ways[:1]
	d.want(d.after(time.Hour)) // it was told
	d.way.fails = errors.New("no route")
	d.channel(chat.StateStopped, "被封")
	d.after(20 * time.Minute)
	d.channel(chat.StateOnline, "")
	d.after(20 * time.Minute)
	d.way.fails = nil
	d.want(d.after(time.Hour))
	d.set.Ways = nil // nobody is to be told any more
	d.state.Unread = errors.New("gone")
	d.want(d.after(time.Hour))
}

// TestMemoryIsLost: a file that cannot be read or written does not keep anything from being told.
func TestMemoryIsLost(t *testing.T) {
	d := newDesk(t)
	d.file = t.TempDir() // a folder
	d.restart()
	d.state.DiskFree = 1
	if got := d.after(time.Hour); len(got) != 1 {
		t.Errorf("told %q", got)
	}
}

// TestClockJumps: that the clock changed is told once. A clock that is set back keeps nothing from being told, from being over, or from
// being tried again.
func TestClockJumps(t *testing.T) {
	d := newDesk(t)
	d.jump(24 * time.Hour)
	got := d.after(3 * time.Hour)
	if len(got) != 2 || !strings.Contains(got[0], "【告警】电脑时间一下子向前跳了 24 小时，现在是 11-26 09:00") || !strings.Contains(got[1], "已恢复") {
		t.Errorf("told %q", got)
	}
	d.state.DiskFree = 1 << 20
	d.want(d.after(time.Minute), "12:00 【告警】数据所在的磁盘只剩 1 MB，请清理（11-26 12:00 起）")
	d.way.fails = errors.New("no route")
	d.state.Unread = errors.New("gone")
	d.after(time.Hour) // it is tried less and less often
	d.way.fails = nil
	d.jump(-24 * time.Hour)
	got = d.after(20 * time.Minute)
	if all := strings.Join(got, "\n"); strings.Count(all, "倒退了 24 小时") != 1 || strings.Count(all, "数据库读不了") != 1 || strings.Contains(all, "磁盘只剩") {
		t.Errorf("told %q", got)
	}
	d.state.DiskFree, d.state.Unread = 10<<30, nil
	if got = d.after(time.Hour); strings.Count(strings.Join(got, "\n"), "已恢复") != 3 {
		t.Errorf("told %q", got)
	}
}

// jump changes the clock.
func (d *desk) jump(by time.Duration) {
	d.state.At = d.state.At.Add(by)
	d.state.Jump, d.state.JumpAt = by, d.state.At
	d.state.Channels[0].Since = d.state.Channels[0].Since.Add(by)
}

func TestTest(t *testing.T) {
	d := newDesk(t)
	bad := &fakeWay{name: "email", fails: errors.New("no route")}
	d.set.Ways = append(d.set.Ways, bad)
	got := Test(t.Context(), d.set, start)
	if got["webhook"] != nil || got["email"] == nil || len(d.way.got) != 1 || !strings.Contains(d.way.got[0], "测试") {
		t.Errorf("%v, %q", got, d.way.got)
	}
}
