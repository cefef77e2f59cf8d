package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
	"duban/internal/config"
	"duban/internal/store"
)

const (
	movedInspect = "【换通道】“创城督查工作群”的消息在企业微信送不到，已改从飞书发。请检查机器人是否还在群里"
	movedStopped = "【换通道】企业微信已停止，接了别的通道的群和人改从别的通道发，例如“创城督查工作群”改从飞书发；只接了企业微信的要等它恢复。请看看板“通道”页怎样恢复"
	movedAway    = "【换通道】企业微信一直没有连上，接了别的通道的群和人改从别的通道发，例如“创城督查工作群”改从飞书发；只接了企业微信的要等它恢复。请看看板“通道”页怎样恢复"
)

// TestSecondChannel: when a message leaves a channel for the next one, and when it does not.
func TestSecondChannel(t *testing.T) {
	var (
		hopeless = chat.SendError{}
		later    = chat.SendError{Retry: true}
		unknown  = chat.SendError{Retry: true, Unknown: true}
	)
	for name, tt := range map[string]struct {
		err   chat.SendError
		state chat.State
		after time.Duration // how long the channel has been in this state
		pass  time.Duration
		want  []string
	}{
		"arrives":                      {state: chat.StateOnline, err: chat.SendError{After: -1}, want: []string{"w:inspect 你好"}},
		"refused":                      {err: hopeless, state: chat.StateOnline, want: []string{"f:inspect 你好", "w:office " + movedInspect}},
		"worth a retry":                {err: later, state: chat.StateOnline, pass: 3 * time.Hour},
		"may have arrived":             {err: unknown, state: chat.StateOnline, pass: 3 * time.Hour},
		"stopped":                      {err: later, state: chat.StateStopped, want: []string{"f:inspect 你好", "w:office " + movedStopped}},
		"stopped, may have arrived":    {err: unknown, state: chat.StateStopped, want: []string{"f:inspect 你好", "w:office " + movedStopped}},
		"away a moment":                {err: later, state: chat.StateOffline, pass: 9 * time.Minute},
		"away":                         {err: later, state: chat.StateOffline, pass: 11 * time.Minute, want: []string{"f:inspect 你好", "w:office " + movedAway}},
		"away for long":                {err: later, state: chat.StateOffline, after: time.Hour, want: []string{"f:inspect 你好", "w:office " + movedAway}},
		"waits for its code":           {err: later, state: chat.StateScan, after: time.Hour, want: []string{"f:inspect 你好", "w:office " + movedAway}},
		"away, may have arrived":       {err: unknown, state: chat.StateOffline, pass: 3 * time.Hour},
		"away, and refused by mistake": {err: hopeless, state: chat.StateOffline, want: []string{"f:inspect 你好", "w:office " + movedInspect}},
		"a day long worth a retry":     {err: later, state: chat.StateOnline, pass: giveUp + time.Hour, want: []string{"f:inspect 你好", "w:office " + movedInspect}},
		"a day long may have arrived": {
			err: unknown, state: chat.StateOnline, pass: giveUp + time.Hour,
			want: []string{"w:office 【发送失败】有一条消息没有送到：你好\n请检查群绑定和账号状态"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newCouple(t)
			p.refuse(p.wecom, func(out chat.Outgoing) error {
				if err := tt.err; out.Conversation == "w:inspect" && err.After == 0 {
					err.Err = errNet
					return &err
				}
				return nil
			})
			p.state("wecom", tt.state)
			p.bot.clock.set(p.bot.Now().Add(tt.after))
			p.send(to("inspect", "你好"))
			p.pass(tt.pass)
			p.arrived(tt.want...)
		})
	}
}

// TestLastAttemptCounts: a message that may have arrived goes to another channel when it has certainly failed afterwards. It may come
// twice then, and holds up what follows it no longer.
func TestLastAttemptCounts(t *testing.T) {
	p := newCouple(t)
	p.broken(p.wecom, chat.SendError{Retry: true, Unknown: true})
	p.send(to("inspect", "一"), to("inspect", "二"))
	p.state("wecom", chat.StateOffline)
	p.broken(p.wecom, chat.SendError{Retry: true})
	p.pass(9 * time.Minute)
	p.arrived()
	p.pass(10 * time.Minute)
	p.arrived("f:inspect 一", "f:office "+movedAway, "f:inspect 二")
}

// TestMovedKeepsOrder: what follows a message to the same group does not overtake it on its way to another channel.
func TestMovedKeepsOrder(t *testing.T) {
	p := newCouple(t)
	p.broken(p.wecom, chat.SendError{Retry: true})
	p.send(to("inspect", "一"), to("inspect", "二"), to("leaders", "甲"), to("inspect", "三"))
	p.arrived()
	p.state("wecom", chat.StateStopped)
	fails := 2
	p.refuse(p.feishu, func(out chat.Outgoing) error {
		if out.Text == "一" && fails > 0 {
			fails--
			return &chat.SendError{Err: errNet, Retry: true}
		}
		return nil
	})
	p.pass(time.Minute)
	var inspect []string
	for _, line := range p.log {
		if strings.HasPrefix(line, "f:inspect") {
			inspect = append(inspect, line)
		}
	}
	if diff := cmp.Diff([]string{"f:inspect 一", "f:inspect 二", "f:inspect 三"}, inspect); diff != "" {
		t.Error(diff)
	}
}

// TestToldOnce: the administrators hear of a group once a day for each channel that refuses it, through whatever works, and of a channel
// that is down once a day.
func TestToldOnce(t *testing.T) {
	p := newCouple(t)
	p.broken(p.wecom, chat.SendError{})
	p.send(to("inspect", "一"), to("inspect", "二"))
	p.send(to("inspect", "三"))
	p.arrived("f:inspect 一", "f:office "+movedInspect, "f:inspect 二", "f:office "+strings.ReplaceAll(movedInspect, "创城督查工作群", "创城办"), "f:inspect 三")
	p.pass(24 * time.Hour)
	p.whole(p.wecom)
	p.send(to("office", "管理群又通了"))
	p.refuse(p.wecom, func(out chat.Outgoing) error {
		if out.Conversation == "w:office" {
			return nil
		}
		return &chat.SendError{Err: errNet}
	})
	p.send(to("inspect", "四"))
	p.arrived("w:office 管理群又通了", "f:inspect 四", "w:office "+movedInspect)

	p.broken(p.wecom, chat.SendError{Retry: true})
	p.state("wecom", chat.StateStopped)
	p.send(to("inspect", "五"), to("leaders", "六"))
	p.send(to("zhaoyang_group", "七"))
	p.arrived("f:inspect 五", "f:leaders 六", "f:office "+movedStopped, "f:zhaoyang_group 七")
}

// TestBothRefuse: a message that no channel takes is a dead letter, as ever. Sent again by hand it begins at the first.
func TestBothRefuse(t *testing.T) {
	p := newCouple(t)
	for _, net := range []*fakeNet{p.wecom, p.feishu} {
		p.refuse(net, func(out chat.Outgoing) error {
			if out.Text == "一" {
				return &chat.SendError{Err: errNet}
			}
			return nil
		})
	}
	p.send(to("inspect", "一"))
	p.pass(time.Hour)
	p.arrived("w:office "+movedInspect, "w:office 【发送失败】有一条消息没有送到：一\n请检查群绑定和账号状态")
	if n := len(p.feishu.all()); n != 1 {
		t.Errorf("%d attempts on the second channel", n)
	}
	row := p.row("一")
	if row.State != store.OutDead || row.Route != "feishu" {
		t.Errorf("%+v", row)
	}
	p.whole(p.wecom)
	write(t, p.bot, func(tx *store.Tx) error {
		_, err := tx.Resend(row.ID)
		return err
	})
	drained(t, p.bot)
	p.arrived("w:inspect 一")
}

// TestNoOtherChannelWorks: where the other channel is no better, a message waits for whichever comes back first.
func TestNoOtherChannelWorks(t *testing.T) {
	for name, tt := range map[string]struct {
		first, second, back string
		want                []string
	}{
		"both away, the first comes back":      {"offline", "offline", "wecom", []string{"w:inspect 一"}},
		"both away, the second comes back":     {"offline", "offline", "feishu", []string{"f:inspect 一", "f:office " + movedAway}},
		"the second stopped":                   {"offline", "stopped", "wecom", []string{"w:inspect 一"}},
		"the first stopped, the second away":   {"stopped", "offline", "feishu", []string{"f:inspect 一", "f:office " + movedStopped}},
		"the first has stopped, and came back": {"stopped", "stopped", "wecom", []string{"w:inspect 一"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newCouple(t)
			p.broken(p.wecom, chat.SendError{Retry: true})
			p.broken(p.feishu, chat.SendError{Retry: true})
			p.state("wecom", chat.State(tt.first))
			p.state("feishu", chat.State(tt.second))
			p.send(to("inspect", "一"))
			p.pass(2 * time.Hour)
			p.arrived()
			p.state(tt.back, chat.StateOnline)
			p.whole(map[string]*fakeNet{"wecom": p.wecom, "feishu": p.feishu}[tt.back])
			drained(t, p.bot)
			p.arrived(tt.want...)
		})
	}
}

// TestMovedParts: on another channel a long message begins again, cut as that network needs it, and there each part arrives once,
// whatever happens in between, a restart included.
func TestMovedParts(t *testing.T) {
	p := newCouple(t)
	p.wecom.can.MaxText, p.feishu.can.MaxText = 4, 3
	p.refuse(p.wecom, func(out chat.Outgoing) error {
		if out.Text == "一二三四" {
			return nil
		}
		return &chat.SendError{Err: errNet, Retry: true}
	})
	fails := 1
	p.refuse(p.feishu, func(out chat.Outgoing) error {
		if out.Text == "七八九" && fails > 0 {
			fails--
			return &chat.SendError{Err: errNet, Retry: true}
		}
		return nil
	})
	p.send(to("inspect", "一二三四五六七八九十"))
	p.arrived("w:inspect 一二三四")
	p.state("wecom", chat.StateStopped)
	p.bot.clock.set(p.bot.Now().Add(firstRetry))
	drained(t, p.bot)
	if row := p.row("一二三四五六七八九十"); row.Route != "feishu" || row.PartsSent != 2 {
		t.Errorf("in the middle: %+v", row)
	}
	p.open(p.bot.started, p.bot.Now().Add(time.Hour)) // the first channel is well again: the message stays where it began
	p.whole(p.wecom)
	drained(t, p.bot)
	var parts []string
	for _, line := range p.log {
		if strings.HasPrefix(line, "f:inspect") {
			parts = append(parts, line)
		}
	}
	if diff := cmp.Diff([]string{"f:inspect 一二三", "f:inspect 四五六", "f:inspect 七八九", "f:inspect 十"}, parts); diff != "" {
		t.Error(diff)
	}
}

// TestPartsElsewhere: parts count on the channel on which they arrived, also where the message is carried on by another one because
// the group was bound otherwise meanwhile; be it after a failure, or after the program was ended in the middle.
func TestPartsElsewhere(t *testing.T) {
	for _, killed := range []bool{false, true} {
		p := newCouple(t)
		p.wecom.can.MaxText, p.feishu.can.MaxText = 2, 2
		ctx, kill := context.WithCancel(t.Context())
		stumble := func(out chat.Outgoing) error {
			if out.Text != "三四" {
				return nil
			}
			if killed {
				kill()
			}
			return &chat.SendError{Err: errNet, Retry: true}
		}
		p.refuse(p.wecom, stumble)
		p.broken(p.feishu, chat.SendError{Retry: true})
		queue(t, p.bot, to("inspect", "一二三四"))
		if err := p.bot.outbox.drain(ctx); (err != nil) != killed {
			t.Fatal(err)
		}
		kill()
		killed = false
		write(t, p.bot, func(tx *store.Tx) error {
			_, err := tx.UnbindChat("inspect", "wecom", "chen_jing")
			return err
		})
		p.reloadNames()
		p.pass(time.Minute)
		p.whole(p.feishu)
		p.pass(time.Hour)
		p.arrived("w:inspect 一二", "f:inspect 一二", "f:inspect 三四")
	}
}

// TestStaysWhereTried: what may have arrived on a channel is not sent on another one because the order of the channels is changed.
func TestStaysWhereTried(t *testing.T) {
	p := newCouple(t)
	p.broken(p.wecom, chat.SendError{Retry: true, Unknown: true})
	p.send(to("inspect", "一"))
	change(p.bot, func(e *edition) {
		reg := *e.world.Reg
		reg.Chats = slices.Clone(reg.Chats)
		reg.Chats[0].Channels = []string{"feishu", "wecom"}
		world := *e.world
		world.Reg, e.world = &reg, &world
	})
	p.pass(time.Hour)
	p.arrived()
	p.whole(p.wecom)
	p.pass(time.Hour)
	p.send(to("inspect", "二"))
	p.arrived("w:inspect 一", "f:inspect 二")
}

// TestMovedDigest: what was held together goes together.
func TestMovedDigest(t *testing.T) {
	p := newCouple(t)
	p.refuse(p.wecom, func(out chat.Outgoing) error {
		if out.Conversation == "w:inspect" {
			return &chat.SendError{Err: errNet}
		}
		return nil
	})
	held := p.bot.Now().Add(8 * time.Hour)
	for _, text := range []string{"【甲】第一件事情", "【乙】第二件事情", "【丙】第三件事情"} {
		p.send(store.Out{To: store.ToChat("inspect"), Text: text, HeldUntil: held})
	}
	p.bot.clock.set(held)
	drained(t, p.bot)
	p.arrived("f:inspect "+joined, "w:office "+movedInspect)
	read(t, p.bot, func(tx *store.Tx) error {
		if n, err := tx.CountOutgoing(store.OutQueued); n != 0 || err != nil {
			t.Errorf("%d wait: %v", n, err)
		}
		return nil
	})
}

// TestMovedPerson: a person has a second channel, too.
func TestMovedPerson(t *testing.T) {
	p := newCouple(t)
	p.refuse(p.wecom, func(out chat.Outgoing) error {
		if out.Conversation == "w:li_qiang" {
			return &chat.SendError{Err: errNet}
		}
		return nil
	})
	p.send(store.Out{To: store.ToPerson("li_qiang"), Text: "你好"})
	p.arrived("f:li_qiang 你好", "w:office 【换通道】“李强（私聊）”的消息在企业微信送不到，已改从飞书发。请本人在企业微信给机器人发一句话试试，不行就重新绑定")
}

// TestConversationStays: a conversation of a network is nowhere else. A channel that has stopped is tried like one that is away.
func TestConversationStays(t *testing.T) {
	p := newCouple(t)
	p.refuse(p.wecom, func(out chat.Outgoing) error {
		if out.Conversation == "w:stranger" {
			return &chat.SendError{Err: errNet, Retry: true}
		}
		return nil
	})
	p.state("wecom", chat.StateStopped)
	p.send(store.Out{To: store.ToConversation("wecom", "s", "w:stranger"), Text: "你好"}, store.Out{To: store.ToConversation("gone", "s", "x"), Text: "再见"})
	p.pass(time.Hour)
	if n := len(p.wecom.all()); n != 12 {
		t.Errorf("%d attempts in an hour", n)
	}
	p.pass(giveUp)
	p.arrived(
		"w:office 【发送失败】有一条消息没有送到：你好\n请检查群绑定和账号状态",
		"w:office 【发送失败】有一条消息没有送到：再见\n请检查群绑定和账号状态",
	)
}

// TestConfiguredOrder: a group's messages try the channels that its configuration names, in that order; on a group that is bound on none
// of them it says nothing.
func TestConfiguredOrder(t *testing.T) {
	for name, tt := range map[string]struct {
		channels []string
		broken   bool
		want     []string
	}{
		"as configured":      {[]string{"feishu", "wecom"}, false, []string{"f:inspect 你好"}},
		"the second of them": {[]string{"feishu", "wecom"}, true, []string{"w:inspect 你好", "w:office 【换通道】“创城督查工作群”的消息在飞书送不到，已改从企业微信发。请检查机器人是否还在群里"}},
		"only these":         {[]string{"feishu"}, true, []string{"w:office 【发送失败】有一条消息没有送到：你好\n请检查群绑定和账号状态"}},
		"bound on some":      {[]string{"wechat", "feishu"}, false, []string{"f:inspect 你好"}},
		"bound on none":      {[]string{"wechat"}, false, []string{"w:inspect 你好"}},
		"nothing configured": {nil, false, []string{"w:inspect 你好"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newCouple(t, func(cfg *config.Config) { cfg.Chats[0].Channels = tt.channels })
			if tt.broken {
				p.broken(p.feishu, chat.SendError{})
			}
			p.send(to("inspect", "你好"))
			p.arrived(tt.want...)
		})
	}
}

// TestAnsweredWhereAsked: an answer, and what it has to say later, comes on the channel on which it was asked for. What goes to other
// groups tries their first channel. If there is no way back, the answer goes by the other channel.
func TestAnsweredWhereAsked(t *testing.T) {
	for _, broken := range []bool{false, true} {
		p := newCouple(t)
		here := "f:office"
		if broken {
			p.broken(p.feishu, chat.SendError{})
			here = "w:office"
		}
		ask := func(n int, person, text string) []string {
			t.Helper()
			p.log = nil
			m := chat.Message{
				Channel: "feishu", Session: "s", ID: fmt.Sprint(n), Conversation: chat.Conversation{Key: "f:office", Name: "创城办"},
				From: chat.Sender{Key: "f:" + person}, Text: text, Mentioned: true,
			}
			if err := p.bot.Receive(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			settle(t, p.bot)
			p.pass(10*time.Minute + time.Second)
			var own []string // without what others are told
			for _, line := range p.log {
				where, text, _ := strings.Cut(line, " ")
				if first, _, _ := strings.Cut(text, "\n"); strings.HasSuffix(where, ":office") && !strings.HasPrefix(text, "【换通道】") {
					own = append(own, where+" "+first)
				}
			}
			return own
		}
		want := []string{here + " 已立案 #1 南门菜场店外经营", here + " #1 还缺整改前照片 1 张，请发「补照片 1」并附照片"}
		if diff := cmp.Diff(want, ask(1, "chen_jing", "上报 南门菜场店外经营")); diff != "" {
			t.Error(diff)
		}
		if !slices.ContainsFunc(p.log, func(line string) bool { return strings.HasPrefix(line, "w:zhaoyang_group 【新派单】") }) {
			t.Errorf("the unit is not told on its first channel: %q", p.log)
		}
		want = []string{here + " #1 请在5分钟内发整改后照片，收到后自动提交", here + " #1 5分钟内没收到整改后照片，还没有提交。请重发「完成 1」并附照片"}
		if diff := cmp.Diff(want, ask(2, "li_qiang", "完成 1 已劝离")); diff != "" {
			t.Error(diff)
		}
		if got := ask(3, "chen_jing", "台账 本周"); len(got) != 2 || !strings.HasPrefix(got[0], here) || !strings.HasPrefix(got[1], here) {
			t.Errorf("the ledger: %q", got)
		}
	}
}

// ended is a network that gives up for good.
type ended struct{ *fakeNet }

func (e ended) Run(context.Context, chat.Sink) error { return errors.New("账号被限制登录") }

// TestStoppedMovesAtOnce: when a channel gives up, what waits to be tried again need not wait any longer.
func TestStoppedMovesAtOnce(t *testing.T) {
	p := newCouple(t)
	p.broken(p.wecom, chat.SendError{Retry: true, After: 5 * time.Minute})
	p.send(to("inspect", "一"))
	p.arrived()
	p.bot.channels[0] = ended{p.wecom}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // so that the other network ends, too
	if err := p.bot.runChannels(ctx, cancel); err == nil {
		t.Error("nobody is told that a channel gave up")
	}
	drained(t, p.bot)
	p.arrived("f:inspect 一", "f:office "+movedStopped)
}
