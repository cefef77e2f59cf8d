package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
	"duban/internal/store"
)

func morning(t *testing.T) time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 0, shanghai(t)) }

// crashed leaves arrivals in a database as a program does that is killed right after it took them.
func crashed(t *testing.T, b *Bot, messages ...chat.Message) {
	t.Helper()
	write(t, b, func(tx *store.Tx) error {
		for _, m := range messages {
			body, err := json.Marshal(m)
			if err != nil {
				return err
			}
			a := store.Arrival{Channel: m.Channel, MessageID: m.ID, Conversation: m.Conversation.Key, Body: string(body)}
			if _, err := tx.AddArrival(&a); err != nil {
				return err
			}
		}
		return nil
	})
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

func settle(t testing.TB, b *Bot) {
	t.Helper()
	if err := b.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestOpenArrivalsAreAnswered: what a killed program left open is answered by the next one, in order, once.
func TestOpenArrivalsAreAnswered(t *testing.T) {
	cfg := talkConfig(t, t.TempDir())
	crashed(t, openBot(t, cfg, morning(t)),
		said("net", 1, "zhang_min", "inspect", "上报 金水湾小区垃圾桶满溢"), said("net", 2, "li_qiang", "inspect", "签收 1"))
	net := &fakeNet{name: "net", can: identified}
	for range 3 {
		b := openBot(t, cfg, morning(t).Add(time.Hour), net)
		if err := b.resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		settle(t, b)
		if issues, events := counted(t, b); issues != 1 || events != 3 {
			t.Errorf("%d issues, %d events", issues, events)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var answers []string
	for _, text := range net.arrived() {
		if strings.HasPrefix(text, "inspect: ") {
			first, _, _ := strings.Cut(text, "\n")
			answers = append(answers, first)
		}
	}
	want := []string{"inspect: 已立案 #1 金水湾小区垃圾桶满溢", "inspect: #1 李强已签收，限 11-24 17:30"}
	if diff := cmp.Diff(want, answers); diff != "" {
		t.Error(diff)
	}
}

// TestDeliveredTwice: a network that offers a message again, before or after a restart, gets one answer.
func TestDeliveredTwice(t *testing.T) {
	cfg := talkConfig(t, t.TempDir())
	net := &fakeNet{name: "net", can: identified}
	for range 2 {
		b := openBot(t, cfg, morning(t), net)
		for range 3 {
			if err := b.Receive(t.Context(), said("net", 1, "zhang_min", "inspect", "上报 红星中路站牌破损")); err != nil {
				t.Fatal(err)
			}
		}
		settle(t, b)
		if issues, _ := counted(t, b); issues != 1 {
			t.Errorf("%d issues", issues)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := net.arrived(); len(got) != 1 {
		t.Errorf("answers: %q", got)
	}
}

var apologized = regexp.MustCompile(`^inspect: 处理失败，编号 ([A-Z2-7]{6})。请稍后重发，仍不行请把编号告诉管理员$`)

// TestPanicInAHandler: the writer gets a number that is in the log, nothing is changed, and the message does not come back.
func TestPanicInAHandler(t *testing.T) {
	net := &fakeNet{name: "net", can: identified}
	var log bytes.Buffer
	cfg := talkConfig(t, t.TempDir())
	b, err := New(t.Context(), cfg, Options{Start: morning(t), Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	b.Add(net)
	broken := *b.edition().world
	broken.Reader = nil // 上报 needs it, inside its transaction
	change(b, func(e *edition) { e.world = &broken })
	for n := range 2 {
		if err := b.Receive(t.Context(), said("net", n, "zhang_min", "inspect", "上报 金水湾小区垃圾")); err != nil {
			t.Fatal(err)
		}
	}
	settle(t, b)
	got := net.arrived()
	if len(got) != 2 {
		t.Fatalf("answers: %q", got)
	}
	for _, text := range got {
		m := apologized.FindStringSubmatch(text)
		if m == nil {
			t.Errorf("answer: %s", text)
		} else if !strings.Contains(log.String(), "ref="+m[1]) {
			t.Errorf("%s is not in the log", m[1])
		}
	}
	if !strings.Contains(log.String(), "panic") {
		t.Error("the log does not say why")
	}
	if issues, events := counted(t, b); issues+events != 0 {
		t.Errorf("%d issues, %d events", issues, events)
	}
	read(t, b, func(tx *store.Tx) error {
		if open, err := tx.OpenArrivals(); len(open) != 0 || err != nil {
			t.Errorf("still open: %+v %v", open, err)
		}
		return nil
	})
}

// TestStoreGone: without a database nothing is taken, so that the network offers the message again.
func TestStoreGone(t *testing.T) {
	cfg := talkConfig(t, t.TempDir())
	net := &fakeNet{name: "net", can: identified}
	b, err := New(t.Context(), cfg, Options{Start: morning(t), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	b.Add(net)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	m := said("net", 1, "zhang_min", "inspect", "上报 金水湾小区垃圾")
	if err := b.Receive(t.Context(), m); err == nil {
		t.Error("a message was taken without a database")
	}
	if err := b.Receive(t.Context(), said("net", 2, "zhang_min", "inspect", "大家辛苦了")); err != nil {
		t.Errorf("chatter needs no database: %v", err)
	}
	again := openBot(t, cfg, morning(t), net)
	if err := again.Receive(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	settle(t, again)
	if issues, _ := counted(t, again); issues != 1 || len(net.arrived()) != 2 { // the answer and the unit's group
		t.Errorf("%d issues, said %q", issues, net.arrived())
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// TestUnreadableArrival: a row that no program can read does not stop the start, and does not come back.
func TestUnreadableArrival(t *testing.T) {
	cfg := talkConfig(t, t.TempDir())
	b := openBot(t, cfg, morning(t), &fakeNet{name: "net", can: identified})
	write(t, b, func(tx *store.Tx) error {
		_, err := tx.AddArrival(&store.Arrival{Channel: "net", MessageID: "1", Conversation: "inspect", Body: "{"})
		return err
	})
	for range 2 {
		if err := b.takeUp(context.Background(), b.ours); err != nil {
			t.Fatal(err)
		}
		settle(t, b)
	}
	read(t, b, func(tx *store.Tx) error {
		if open, err := tx.OpenArrivals(); len(open) != 0 || err != nil {
			t.Errorf("still open: %+v %v", open, err)
		}
		return nil
	})
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}
