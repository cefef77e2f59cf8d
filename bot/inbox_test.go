package bot

import (
	"context"
	"errors"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/config"
	"duban/internal/store"
)

// arrivals lists what was written down, in order.
func arrivals(t *testing.T, b *Bot) (list []store.Arrival) {
	t.Helper()
	read(t, b, func(tx *store.Tx) error {
		return tx.EachArrival(func(a store.Arrival) error { list = append(list, a); return nil })
	})
	return list
}

// TestAnsweredAtOnce: what finds nobody at work in its conversation is answered when Receive returns, by the transaction that writes it
// down, whether it was done or refused.
func TestAnsweredAtOnce(t *testing.T) {
	net := &fakeNet{name: "net", can: identified}
	b := openBot(t, talkConfig(t, t.TempDir()), morning(t), net)
	defer b.Close()
	for n, text := range []string{"上报 金水湾小区垃圾", "签收 99"} {
		if err := b.Receive(t.Context(), said("net", n, "zhang_min", "inspect", text)); err != nil {
			t.Fatal(err)
		}
		list := arrivals(t, b)
		if len(list) != n+1 {
			t.Fatalf("%d arrivals after %s", len(list), text)
		}
		if a := list[n]; a.DoneAt == 0 || a.DoneAt != a.ArrivedAt || a.Failure != "" {
			t.Errorf("%s: %+v", text, a)
		}
	}
	if issues, _ := counted(t, b); issues != 1 {
		t.Errorf("%d issues", issues)
	}
	settle(t, b)
	if got := net.arrived(); len(got) != 3 { // with the unit's message
		t.Errorf("answers: %q", got)
	}
}

// TestOrderOfABusyConversation: what comes while somebody is at work in its conversation is written down and waits; other conversations
// do not.
func TestOrderOfABusyConversation(t *testing.T) {
	net := &fakeNet{name: "net", can: identified}
	b := openBot(t, talkConfig(t, t.TempDir()), morning(t), net)
	defer b.Close()
	work := b.lanes.work
	b.lanes.work = func(ctx context.Context, a store.Arrival, tries int) bool {
		if a.MessageID == "0" {
			b.lanes.work = work
			for n, m := range []chat.Message{
				said("net", 1, "zhang_min", "inspect", "撤回"), said("net", 2, "chen_jing", "office", "我的"), said("net", 3, "zhang_min", "inspect", "我的"),
			} {
				if err := b.Receive(ctx, m); err != nil {
					t.Error(err)
				}
				if a := arrivals(t, b)[n]; (a.DoneAt == 0) != (m.Conversation.Key == "inspect") {
					t.Errorf("%s while the group is busy: %+v", m.Text, a)
				}
			}
		}
		return work(ctx, a, tries)
	}
	if err := b.Receive(t.Context(), said("net", 0, "zhang_min", "inspect", "上报 金水湾小区垃圾")); err != nil {
		t.Fatal(err)
	}
	settle(t, b)
	for _, a := range arrivals(t, b) {
		if a.DoneAt == 0 {
			t.Errorf("open: %+v", a)
		}
	}
	if issues, events := counted(t, b); issues != 1 || events != 3 { // 撤回 found the report that was before it
		t.Errorf("%d issues, %d events", issues, events)
	}
}

// TestSlowIsWrittenDownFirst: the network may forget what is fetched for, asked about or long in work, before any of that begins.
func TestSlowIsWrittenDownFirst(t *testing.T) {
	b, _ := mediaBot(t, nil)
	work := b.lanes.work
	b.lanes.work = func(ctx context.Context, a store.Arrival, tries int) bool { return a.ID != 0 || work(ctx, a, tries) }
	picture, sheet := said("net", 1, "zhang_min", "inspect", "上报 金水湾小区垃圾"), said("net", 2, "chen_jing", "office", "导入 问题")
	picture.Pictures, sheet.Files = []chat.Picture{{Ref: "a"}}, []chat.File{{Ref: "b", Name: "问题.xlsx"}}
	change(b, func(e *edition) {
		cfg := *e.cfg
		cfg.Identity, e.cfg = config.IdentityGroupCard, &cfg
	})
	card := said("net", 5, "somebody", "inspect", "上报 金水湾小区垃圾")
	card.From.Card = "张敏"
	for n, m := range []chat.Message{picture, sheet, said("net", 3, "chen_jing", "office", "导入 问题"), said("net", 4, "chen_jing", "office", "确认导入 1"), card} {
		if err := b.Receive(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if list := arrivals(t, b); len(list) != n+1 || list[n].DoneAt != 0 {
			t.Errorf("%s: %+v", m.Text, list)
		}
	}
	if !slow(chat.Message{}, identity{rebind: true}, nil) {
		t.Error("the members of a group that may be a work group are asked for at once")
	}
}

// TestFloodIsWrittenDownFirst: what is one too many waits for its sender's turn.
func TestFloodIsWrittenDownFirst(t *testing.T) {
	b := openBot(t, talkConfig(t, t.TempDir()), morning(t), &fakeNet{name: "net", can: identified})
	defer b.Close()
	for range floodBurst {
		b.floods.over(senderKey{"net", "", "zhang_min"}, time.Now())
	}
	b.clock.story = false
	b.lanes.work = func(context.Context, store.Arrival, int) bool { t.Error("it was done at once"); return true }
	close(b.lanes.ending) // nor later
	if err := b.Receive(t.Context(), said("net", 1, "zhang_min", "inspect", "我的")); err != nil {
		t.Fatal(err)
	}
	b.lanes.wait()
	if list := arrivals(t, b); len(list) != 1 || list[0].DoneAt != 0 {
		t.Errorf("%+v", list)
	}
}

// TestNothingIsTakenFromALeavingNetwork: what a network delivers that is ending is not taken; it delivers it again.
func TestNothingIsTakenFromALeavingNetwork(t *testing.T) {
	b := openBot(t, talkConfig(t, t.TempDir()), morning(t), &fakeNet{name: "net", can: identified})
	defer b.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Receive(ctx, said("net", 1, "zhang_min", "inspect", "我的")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if list := arrivals(t, b); len(list) > 0 {
		t.Errorf("%+v", list)
	}
}
