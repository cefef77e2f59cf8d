package bot

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
	"duban/internal/store"
)

// night queues messages that wait for the same morning, eight hours from now.
func night(t *testing.T, b *Bot, outs ...store.Out) {
	t.Helper()
	for n := range outs {
		outs[n].HeldUntil = b.Now().Truncate(time.Hour).Add(8 * time.Hour)
	}
	queue(t, b, outs...)
}

// drained delivers everything that is due, on a clock of its own.
func drained(t *testing.T, b *Bot) {
	t.Helper()
	if err := b.outbox.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestNightDigest: what waited for one target is one message, without empty lines, that names everybody once; what waited alone
// goes as it is; files go by themselves.
func TestNightDigest(t *testing.T) {
	net := &fakeNet{name: "net", can: identified}
	file := filepath.Join(t.TempDir(), "ledger")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	sending(t, net, func(t *testing.T, b *Bot) {
		night(t, b, store.Out{To: store.ToChat("inspect"), Text: "【待核查】#1 垃圾\n\n请核查", Mentions: []string{"zhang_min", "luo_gang"}})
		after(time.Hour)
		night(t, b, to("leaders", "【待审批】#2"), to("inspect", "【已销号】#3"))
		night(t, b, store.Out{To: store.ToChat("inspect"), Text: "台账", File: &store.OutFile{Name: "台账.xlsx", Path: file}})
		earlier := store.Out{To: store.ToChat("inspect"), Text: "【新派单】#5", HeldUntil: b.Now().Add(2 * time.Hour)}
		queue(t, b, earlier) // until another instant, which is another message
		queue(t, b, store.Out{To: store.ToChat("inspect"), Text: "【已退回】#4", Mentions: []string{"zhang_min"}, HeldUntil: b.Now().Truncate(time.Hour).Add(7 * time.Hour)})
		after(6 * time.Hour)
		if diff := cmp.Diff([]string{"inspect: 【新派单】#5"}, net.arrived()); diff != "" {
			t.Errorf("at night: %s", diff)
		}
		after(3 * time.Hour)
		want := []string{
			"inspect: 【新派单】#5",
			"inspect: 【夜间汇总】\n【待核查】#1 垃圾\n请核查\n【已退回】#4\n@张敏 @罗刚",
			"leaders: 【待审批】#2", "inspect: 【已销号】#3", "inspect: 台账",
		}
		if diff := cmp.Diff(want, net.arrived()); diff != "" {
			t.Error(diff)
		}
	})
}

// morningAfter gives a bot on whose database a night has gathered three messages for one group, at the end of the quiet hours. The
// outbox runs only when the test says so.
func morningAfter(t *testing.T, net *fakeNet) *Bot {
	t.Helper()
	start := time.Date(2026, 11, 23, 23, 0, 0, 0, shanghai(t))
	b := openBot(t, talkConfig(t, t.TempDir()), start, net)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	held := start.Add(8 * time.Hour)
	for _, text := range []string{"【甲】第一件事情", "【乙】第二件事情", "【丙】第三件事情"} {
		write(t, b, func(tx *store.Tx) error {
			return tx.Send(store.Out{To: store.ToChat("inspect"), Text: text, HeldUntil: held})
		})
	}
	drained(t, b)
	if n := len(net.all()); n != 0 {
		t.Fatalf("%d messages went out at night", n)
	}
	b.clock.set(held)
	return b
}

const joined = "【夜间汇总】\n【甲】第一件事情\n【乙】第二件事情\n【丙】第三件事情"

// TestCrashBetweenSendingAndMarking: the program dies when the network has the digest and the database does not know it. The
// next run sends the same message under the same id, by which the network drops the double, and nothing twice otherwise.
func TestCrashBetweenSendingAndMarking(t *testing.T) {
	net := &fakeNet{name: "net", can: identified}
	b := morningAfter(t, net)
	var rows []store.Outgoing
	read(t, b, func(tx *store.Tx) error {
		due, err := tx.DueOutgoing(1)
		if err != nil {
			return err
		}
		rows, err = tx.HeldWith(due[0])
		return err
	})
	if err := b.outbox.attempt(t.Context(), b.edition(), rows, way{net, "inspect"}, nil); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		b.outbox = newOutbox(b)
		drained(t, b)
	}
	list := net.all()
	if len(list) != 2 || list[0].out.ID != list[1].out.ID || list[0].out.Text != joined || list[1].out.Text != joined {
		t.Errorf("attempts: %+v", list)
	}
	read(t, b, func(tx *store.Tx) error {
		sent, err := tx.CountOutgoing(store.OutSent)
		if sent != 3 {
			t.Errorf("%d messages are marked as sent", sent)
		}
		return err
	})
}

// TestDigestIsRepeatedWhole: a digest that the network does not take stays together, under one id, and holds back what follows.
func TestDigestIsRepeatedWhole(t *testing.T) {
	net := &fakeNet{name: "net", can: identified, answer: refuse("inspect", 2, &chat.SendError{Err: errNet, Retry: true})}
	b := morningAfter(t, net)
	drained(t, b)
	write(t, b, func(tx *store.Tx) error { return tx.Send(to("inspect", "早上好")) })
	for range 10 {
		b.clock.set(b.Now().Add(10 * time.Second))
		drained(t, b)
	}
	if diff := cmp.Diff([]string{"inspect: " + joined, "inspect: 早上好"}, net.arrived()); diff != "" {
		t.Error(diff)
	}
	list := net.all()
	if len(list) != 4 || list[0].out.ID != list[2].out.ID || list[0].out.Text != list[2].out.Text {
		t.Errorf("attempts: %+v", list)
	}
}

// TestDigestInParts: a digest is cut like any long message, parts that arrived are not repeated after a crash, and what came to
// it in the very last moment changes nothing of them.
func TestDigestInParts(t *testing.T) {
	net := &fakeNet{name: "net", can: chat.Capabilities{Identified: true, MaxText: 18}}
	net.answer = func(_ chat.Outgoing, nth int) error {
		if nth == 2 {
			return &chat.SendError{Err: errNet, Retry: true}
		}
		return nil
	}
	b := morningAfter(t, net)
	drained(t, b)
	at := b.Now()
	late := store.Out{To: store.ToChat("inspect"), Text: "【丁】第四件事情", HeldUntil: at}
	if err := b.store.Write(t.Context(), at.Add(-time.Second), func(tx *store.Tx) error { return tx.Send(late) }); err != nil {
		t.Fatal(err)
	}
	b.outbox = newOutbox(b)
	b.clock.set(at.Add(time.Minute))
	drained(t, b)
	var lines []string
	for _, out := range arrivedOnce(t, net) {
		lines = append(lines, out.Text)
	}
	if diff := cmp.Diff(joined+"\n【丁】第四件事情", strings.Join(lines, "\n")); diff != "" {
		t.Error(diff)
	}
}

// TestDigestGivenUp: a digest that never arrives is given up as one, and the administrators are told once.
func TestDigestGivenUp(t *testing.T) {
	net := &fakeNet{name: "net", can: identified, answer: refuse("inspect", 100, &chat.SendError{Err: errNet})}
	b := morningAfter(t, net)
	drained(t, b)
	if diff := cmp.Diff([]string{"office: 【发送失败】有 3 条消息没有送到：【甲】第一件事情\n请检查群绑定和账号状态"}, net.arrived()); diff != "" {
		t.Error(diff)
	}
	read(t, b, func(tx *store.Tx) error {
		dead, err := tx.CountOutgoing(store.OutDead)
		if dead != 3 {
			t.Errorf("%d dead letters", dead)
		}
		return err
	})
}

// TestNightKeepsTheDay: what is held past midnight names the day that it means.
func TestNightKeepsTheDay(t *testing.T) {
	b := openBot(t, talkConfig(t, t.TempDir()), time.Date(2026, 11, 23, 22, 0, 0, 0, shanghai(t)), &fakeNet{name: "net", can: identified})
	t.Cleanup(func() { _ = b.Close() }) // nothing was written
	cal := b.edition().world.Cal
	for _, tt := range []struct{ at, want string }{
		{"2026-11-23 20:00", "限 今日 24:00"},
		{"2026-11-23 22:00", "限 11-23 24:00"},
		{"2026-11-24 01:00", "限 今日 24:00"},
	} {
		now, err := time.ParseInLocation("2006-01-02 15:04", tt.at, cal.Location())
		if err != nil {
			t.Fatal(err)
		}
		if got := atNight(store.Out{Text: "限 今日 24:00"}, cal, now); got.Text != tt.want {
			t.Errorf("at %s: %q, want %q", tt.at, got.Text, tt.want)
		}
		if got := atNight(store.Out{Text: "限 今日 24:00", Urgent: true}, cal, now); got.Text != "限 今日 24:00" || !got.HeldUntil.IsZero() {
			t.Errorf("at %s, urgent: %+v", tt.at, got)
		}
	}
}
