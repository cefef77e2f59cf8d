package bot

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
	"duban/internal/files"
	"duban/internal/store"
)

var identified = chat.Capabilities{Identified: true, Loose: true, Opens: true, Pictures: true, Files: true}

// sending runs the outbox of a bot on a network in a bubble in which time is free.
func sending(t *testing.T, net *fakeNet, fn func(t *testing.T, b *Bot)) {
	t.Helper()
	b := openBot(t, awakeConfig(t), time.Time{}, net) // outside: GORM keeps tickers that never end
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		b.outbox = newOutbox(b)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); b.outbox.run(ctx) }()
		fn(t, b)
		cancel()
		<-ended
	})
}

// queue queues messages in one transaction and lets the outbox know.
func queue(t *testing.T, b *Bot, outs ...store.Out) {
	t.Helper()
	write(t, b, func(tx *store.Tx) error {
		for _, o := range outs {
			if err := tx.Send(o); err != nil {
				return err
			}
		}
		return nil
	})
	b.outbox.poke()
}

func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func to(chat, text string) store.Out { return store.Out{To: store.ToChat(chat), Text: text} }

var errNet = errors.New("网络不通")

// refuse answers messages to one conversation with an error, the first n times.
func refuse(conversation string, n int, err error) func(chat.Outgoing, int) error {
	seen := 0
	return func(out chat.Outgoing, _ int) error {
		if out.Conversation != conversation || seen >= n {
			return nil
		}
		seen++
		return err
	}
}

func gaps(list []attempt) []time.Duration {
	var out []time.Duration
	for n := 1; n < len(list); n++ {
		out = append(out, list[n].at.Sub(list[n-1].at))
	}
	return out
}

func TestRepeatingSlowsDown(t *testing.T) {
	net := &fakeNet{name: "net", can: identified, answer: refuse("inspect", 10, &chat.SendError{Err: errNet, Retry: true})}
	sending(t, net, func(t *testing.T, b *Bot) {
		queue(t, b, to("inspect", "你好"))
		after(2 * time.Hour)
		want := []time.Duration{
			5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 160 * time.Second,
			320 * time.Second, 10 * time.Minute, 10 * time.Minute, 10 * time.Minute,
		}
		if diff := cmp.Diff(want, gaps(net.all())); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"inspect: 你好"}, net.arrived()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestNetworkSaysWhen(t *testing.T) {
	net := &fakeNet{name: "net", can: identified, answer: refuse("inspect", 2, &chat.SendError{Err: errNet, Retry: true, After: 7 * time.Minute})}
	sending(t, net, func(t *testing.T, b *Bot) {
		queue(t, b, to("inspect", "你好"))
		after(time.Hour)
		if diff := cmp.Diff([]time.Duration{7 * time.Minute, 7 * time.Minute}, gaps(net.all())); diff != "" {
			t.Error(diff)
		}
	})
}

// TestOrderWithinATarget: what is being repeated holds back what follows it in the same group, and nothing else.
func TestOrderWithinATarget(t *testing.T) {
	failures := 0
	net := &fakeNet{name: "net", can: identified, answer: func(out chat.Outgoing, _ int) error {
		if out.Text != "一" || failures == 3 {
			return nil
		}
		failures++
		return &chat.SendError{Err: errNet, Retry: true}
	}}
	sending(t, net, func(t *testing.T, b *Bot) {
		queue(t, b, to("inspect", "一"), to("inspect", "二"), to("leaders", "甲"), to("inspect", "三"))
		after(time.Second)
		if diff := cmp.Diff([]string{"leaders: 甲"}, net.arrived()); diff != "" {
			t.Error(diff)
		}
		queue(t, b, to("inspect", "四"), to("leaders", "乙"))
		after(time.Second)
		if diff := cmp.Diff([]string{"leaders: 甲", "leaders: 乙"}, net.arrived()); diff != "" {
			t.Error(diff)
		}
		after(time.Hour)
		want := []string{"leaders: 甲", "leaders: 乙", "inspect: 一", "inspect: 二", "inspect: 三", "inspect: 四"}
		if diff := cmp.Diff(want, net.arrived()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestLongText: parts are counted in characters, and a part that has arrived is not sent again after a failure.
func TestLongText(t *testing.T) {
	text := strings.Repeat("创建全国文明城市😀", 4) // 36 characters
	net := &fakeNet{name: "net", can: chat.Capabilities{Identified: true, Files: true, MaxText: 10}}
	net.answer = func(_ chat.Outgoing, nth int) error {
		if nth == 2 || nth == 4 {
			return &chat.SendError{Err: errNet, Retry: true}
		}
		return nil
	}
	sending(t, net, func(t *testing.T, b *Bot) {
		file := &store.OutFile{Name: "台账.xlsx", Path: filepath.Join(t.TempDir(), "台账.xlsx")}
		queue(t, b, store.Out{To: store.ToChat("inspect"), Text: text, File: file})
		after(time.Hour)
		got, files := "", 0
		parts := arrivedOnce(t, net)
		for _, out := range parts {
			got += out.Text
			if out.Attachment != nil {
				files++
			}
		}
		if got != text || len(parts) != 4 || files != 1 {
			t.Errorf("%d parts, %d files, together %q", len(parts), files, got)
		}
	})
}

// TestHurryIsNoAttempt: that a network has come back, however often, does not make the pauses longer.
func TestHurryIsNoAttempt(t *testing.T) {
	net := &fakeNet{name: "net", can: identified, answer: refuse("inspect", 1, &chat.SendError{Err: errNet, Retry: true})}
	sending(t, net, func(t *testing.T, b *Bot) {
		queue(t, b, to("inspect", "已立案 #1 垃圾"))
		after(time.Second)
		for range 3 {
			if err := b.outbox.hurry(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		read(t, b, func(tx *store.Tx) error {
			due, err := tx.DueOutgoing(10)
			if err != nil || len(due) != 1 || due[0].Attempts != 1 {
				t.Errorf("%+v, %v", due, err)
			}
			return nil
		})
	})
}

// TestFileApart: where a file is a message of its own, the text does not come again because the file did not arrive.
func TestFileApart(t *testing.T) {
	net := &fakeNet{name: "net", can: chat.Capabilities{Identified: true, Files: true, Apart: true, MaxText: 100}}
	net.answer = func(_ chat.Outgoing, nth int) error {
		if nth == 2 {
			return &chat.SendError{Err: errNet, Retry: true}
		}
		return nil
	}
	sending(t, net, func(t *testing.T, b *Bot) {
		for _, text := range []string{"台账在此", ""} {
			file := &store.OutFile{Name: "台账.xlsx", Path: filepath.Join(t.TempDir(), "台账.xlsx")}
			queue(t, b, store.Out{To: store.ToChat("inspect"), Text: text, File: file})
			after(time.Hour)
		}
		var got []string
		for _, out := range arrivedOnce(t, net) {
			got = append(got, fmt.Sprint(out.Text, out.Attachment != nil))
		}
		if diff := cmp.Diff([]string{"台账在此false", "true", "true"}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		text  string
		limit int
		want  []string
	}{
		{"", 5, []string{""}},
		{"一二三", 0, []string{"一二三"}},
		{"一二三四五", 5, []string{"一二三四五"}},
		{"一二三四五六", 5, []string{"一二三四五", "六"}},
		{"一二三\n四五六", 5, []string{"一二三", "四五六"}},
		{"一\n二三四五六", 5, []string{"一\n二三四", "五六"}},
		{"一二三四五\n", 5, []string{"一二三四五"}},
		{"一二三四\n\n\n\n五", 5, []string{"一二三四", "五"}},
		{"坏\xff\xfe的字节啊", 3, []string{"坏\xff\xfe", "的字节", "啊"}},
	} {
		if diff := cmp.Diff(tt.want, split(tt.text, tt.limit)); diff != "" {
			t.Errorf("%q: %s", tt.text, diff)
		}
	}
}

// TestDeadLetter: what does not arrive for a day is given up, and the administrators are told once.
func TestDeadLetter(t *testing.T) {
	net := &fakeNet{name: "net", can: identified, answer: refuse("inspect", 1000, &chat.SendError{Err: errNet, Retry: true})}
	sending(t, net, func(t *testing.T, b *Bot) {
		queue(t, b, to("inspect", "已立案 #1 垃圾\n地点：金水湾小区"))
		after(giveUp - time.Minute)
		if got := net.arrived(); len(got) != 0 {
			t.Errorf("told too early: %q", got)
		}
		after(3 * giveUp)
		want := []string{"office: 【发送失败】有一条消息没有送到：已立案 #1 垃圾\n请检查群绑定和账号状态"}
		if diff := cmp.Diff(want, net.arrived()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestRefused: what the network will never take is tried once. A message to the administrators is not reported to them.
func TestRefused(t *testing.T) {
	net := &fakeNet{name: "net", can: identified, answer: func(out chat.Outgoing, _ int) error {
		if !strings.HasPrefix(out.Text, "【发送失败】") {
			return &chat.SendError{Err: errNet}
		}
		return nil
	}}
	sending(t, net, func(t *testing.T, b *Bot) {
		queue(t, b, to("inspect", "一"), to("office", "二"))
		after(2 * giveUp)
		if n := len(net.all()); n != 3 {
			t.Errorf("%d attempts", n)
		}
		if diff := cmp.Diff([]string{"office: 【发送失败】有一条消息没有送到：一\n请检查群绑定和账号状态"}, net.arrived()); diff != "" {
			t.Error(diff)
		}
		read(t, b, func(tx *store.Tx) error {
			if n, err := tx.CountOutgoing(store.OutDead); n != 2 || err != nil {
				t.Errorf("%d dead letters: %v", n, err)
			}
			return nil
		})
	})
}

// TestUnknownOutcome: a message that may have arrived is sent again under the same id, by which the network drops doubles.
func TestUnknownOutcome(t *testing.T) {
	net := &fakeNet{name: "net", can: identified, answer: refuse("inspect", 2, &chat.SendError{Err: errNet, Unknown: true})}
	sending(t, net, func(t *testing.T, b *Bot) {
		queue(t, b, to("inspect", "你好"))
		after(time.Hour)
		list := net.all()
		if len(list) != 3 || list[0].out.ID == "" || list[0].out.ID != list[1].out.ID || list[1].out.ID != list[2].out.ID {
			t.Errorf("attempts: %+v", list)
		}
	})
}

// TestUnboundWaits: a message to a group that nobody has bound yet waits for that, and goes to where the group is then.
func TestUnboundWaits(t *testing.T) {
	net := &fakeNet{name: "net"}
	sending(t, net, func(t *testing.T, b *Bot) {
		queue(t, b, to("inspect", "你好"))
		after(3 * time.Hour)
		if n := len(net.all()); n != 0 {
			t.Fatalf("%d attempts before the group was bound", n)
		}
		write(t, b, func(tx *store.Tx) error {
			return tx.BindChat(store.ChatBinding{Channel: "net", Chat: "inspect", Session: "s1", Conversation: "@@g1", Name: "督查群"}, "chen_jing")
		})
		if err := b.names.reload(t.Context(), b.store); err != nil {
			t.Fatal(err)
		}
		after(lastRetry + time.Minute)
		if diff := cmp.Diff([]string{"@@g1: 你好"}, net.arrived()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestPace: in no minute more messages go out than the network allows, however many wait.
func TestPace(t *testing.T) {
	for _, tt := range []struct {
		perMinute int
		jitter    time.Duration
	}{{20, 0}, {20, time.Second}, {20, 10 * time.Second}, {1, 0}, {2, time.Second}, {3, 0}, {60, time.Second}} {
		t.Run(fmt.Sprint(tt.perMinute, tt.jitter), func(t *testing.T) {
			net := &fakeNet{name: "net", can: chat.Capabilities{Identified: true, PerMinute: tt.perMinute, Jitter: tt.jitter}}
			sending(t, net, func(t *testing.T, b *Bot) {
				var outs []store.Out
				for n := range 3*tt.perMinute + 5 {
					outs = append(outs, to([]string{"inspect", "leaders"}[n%2], fmt.Sprint(n)))
				}
				queue(t, b, outs...)
				after(time.Hour)
				list := net.all()
				if len(list) != len(outs) {
					t.Fatalf("%d of %d messages went out in an hour", len(list), len(outs))
				}
				for n := range list[:len(list)-tt.perMinute] {
					if d := list[n+tt.perMinute].at.Sub(list[n].at); d < time.Minute {
						t.Fatalf("message %d to %d within %s", n, n+tt.perMinute, d)
					}
				}
				if last := list[len(list)-1].at.Sub(list[0].at); last > 30*time.Minute {
					t.Errorf("the last message waited %s", last)
				}
			})
		})
	}
}

// TestShare: no conversation gets more than its share, and one that has had it does not hold up another.
func TestShare(t *testing.T) {
	limits := []chat.Limit{{N: 10, Per: time.Minute}, {N: 40, Per: time.Hour}}
	net := &fakeNet{name: "net", can: chat.Capabilities{Identified: true, Conversation: limits}}
	sending(t, net, func(t *testing.T, b *Bot) {
		var outs []store.Out
		for n := range 60 {
			outs = append(outs, to("inspect", fmt.Sprint(n)))
		}
		queue(t, b, append(outs, to("leaders", "日报"))...)
		after(5 * time.Second)
		if list := net.arrived(); !slices.Contains(list, "leaders: 日报") {
			t.Fatalf("the leaders wait for another group: %q", list)
		}
		after(3 * time.Hour)
		var at []time.Time
		for n, s := range net.all() {
			if s.out.Conversation == "inspect" {
				if want := fmt.Sprint(len(at)); s.out.Text != want {
					t.Fatalf("message %d is %q, want %q", n, s.out.Text, want)
				}
				at = append(at, s.at)
			}
		}
		if len(at) != 60 {
			t.Fatalf("%d of 60 messages went out", len(at))
		}
		for _, l := range limits {
			for n := range at[:len(at)-l.N] {
				if d := at[n+l.N].Sub(at[n]); d < l.Per {
					t.Fatalf("messages %d to %d within %s", n, n+l.N, d)
				}
			}
		}
	})
}

// TestShareOfFiles: what a network makes of a message besides its text counts, too.
func TestShareOfFiles(t *testing.T) {
	limit := chat.Limit{N: 12, Per: time.Minute}
	net := &fakeNet{name: "net", can: chat.Capabilities{Identified: true, Files: true, Conversation: []chat.Limit{limit}}}
	table, err := files.Spec{Name: "表", Table: &files.Table{Title: "表", Head: []string{"单位"}, Rows: [][]string{{"昭阳街道"}}}}.Recipe()
	if err != nil {
		t.Fatal(err)
	}
	sending(t, net, func(t *testing.T, b *Bot) {
		var outs []store.Out
		for n := range 20 {
			out := to("inspect", fmt.Sprint(n))
			out.Make = table
			outs = append(outs, out)
		}
		queue(t, b, outs...)
		after(time.Hour)
		var at []time.Time
		for _, s := range net.all() {
			for range alongside(s.out) + 1 {
				at = append(at, s.at)
			}
		}
		if len(at) != 40 {
			t.Fatalf("%d messages went out, want 40", len(at))
		}
		for n := range at[:len(at)-limit.N] {
			if d := at[n+limit.N].Sub(at[n]); d < limit.Per {
				t.Fatalf("messages %d to %d within %s", n, n+limit.N, d)
			}
		}
	})
}

// TestShareOfASecond: where a conversation's share is counted by the second, its next message waits for a part of one.
func TestShareOfASecond(t *testing.T) {
	limit := chat.Limit{N: 5, Per: time.Second}
	net := &fakeNet{name: "net", can: chat.Capabilities{Identified: true, Conversation: []chat.Limit{limit}}}
	sending(t, net, func(t *testing.T, b *Bot) {
		var outs []store.Out
		for n := range 12 {
			outs = append(outs, to("inspect", fmt.Sprint(n)))
		}
		queue(t, b, outs...)
		after(4 * time.Second)
		list := net.all()
		if len(list) != 12 {
			t.Fatalf("%d of 12 messages went out", len(list))
		}
		for n := range list[:len(list)-limit.N] {
			if d := list[n+limit.N].at.Sub(list[n].at); d < limit.Per {
				t.Fatalf("messages %d to %d within %s", n, n+limit.N, d)
			}
		}
	})
}

// TestMentions: names are written only where the network cannot ring, and keys go along where they are known.
func TestMentions(t *testing.T) {
	for _, tt := range []struct {
		can  bool
		want string
	}{{false, "请核查\n@李强 @王芳"}, {true, "请核查"}} {
		net := &fakeNet{name: "net", can: chat.Capabilities{Identified: true, Mentions: tt.can}}
		sending(t, net, func(t *testing.T, b *Bot) {
			write(t, b, func(tx *store.Tx) error {
				for _, s := range []string{"s1", "s2"} {
					if err := tx.BindPerson(store.PersonBinding{Channel: "net", Session: s, Sender: "@li-" + s, Person: "li_qiang", How: "code"}); err != nil {
						return err
					}
				}
				return nil
			})
			if err := b.names.reload(t.Context(), b.store); err != nil {
				t.Fatal(err)
			}
			queue(t, b, store.Out{To: store.ToChat("inspect"), Text: "请核查", Mentions: []string{"li_qiang", "wang_fang"}})
			after(time.Second)
			out := net.all()[0].out
			if out.Text != tt.want {
				t.Errorf("text %q, want %q", out.Text, tt.want)
			}
			if diff := cmp.Diff([]chat.Mention{{Key: "@li-s2", Name: "李强"}, {Name: "王芳"}}, out.Mentions); diff != "" {
				t.Error(diff)
			}
		})
	}
}
