package bot

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
	"duban/internal/store"
)

// TestTurns: a long queue in one group holds up no other group, and a slow network no other network. Who waits for an answer, and what is
// urgent, waits for few others, and what nobody waits for gets its turns all the same.
func TestTurns(t *testing.T) {
	slow := &fakeNet{name: "slow", can: chat.Capabilities{Identified: true, PerMinute: 20}}
	quick := &fakeNet{name: "quick", can: identified}
	sending(t, slow, func(t *testing.T, b *Bot) {
		b.Add(quick)
		var outs []store.Out
		for n := range 200 {
			list := to("inspect", fmt.Sprint("清单", n))
			list.Via = "slow"
			outs = append(outs, list)
		}
		for n := range 60 {
			outs = append(outs, store.Out{To: store.ToPerson(fmt.Sprint(n)), Text: fmt.Sprint("排名", n)})
		}
		queue(t, b, outs...)
		after(time.Minute)
		answer, urgent, other := to("leaders", "已立案 #7"), to("office", "燃气泄漏"), to("zhaoyang_group", "走势")
		answer.Via, urgent.Urgent, other.Via = "slow", true, "quick"
		queue(t, b, answer, urgent, other)
		after(time.Second)
		if diff := cmp.Diff([]string{"zhaoyang_group: 走势"}, quick.arrived()); diff != "" {
			t.Errorf("another network waits: %s", diff)
		}
		before := len(slow.all())
		after(time.Hour)
		place := map[string]int{} // how many messages went out before it
		for n, a := range slow.all() {
			if _, twice := place[a.out.Text]; twice {
				t.Errorf("%s came twice", a.out.Text)
			}
			place[a.out.Text] = n
		}
		if len(place) != len(outs)+2 {
			t.Fatalf("%d of %d messages went out", len(place), len(outs)+2)
		}
		for _, text := range []string{"已立案 #7", "燃气泄漏"} {
			if n := place[text] - before; n > 6 {
				t.Errorf("%s waits for %d messages", text, n)
			}
		}
		if n := place["排名59"]; n > 130 {
			t.Errorf("the last of 60 rankings waits for %d messages", n)
		}
	})
}

// TestWithdrawnMeanwhile: what is withdrawn or bound elsewhere while it waits for its turn is not sent, or not there.
func TestWithdrawnMeanwhile(t *testing.T) {
	slow := &fakeNet{name: "slow", can: chat.Capabilities{Identified: true, PerMinute: 20}}
	sending(t, slow, func(t *testing.T, b *Bot) {
		var outs []store.Out
		for n := range 9 {
			o := to("inspect", fmt.Sprint(n))
			o.Dedup = fmt.Sprint("k/", n)
			outs = append(outs, o)
		}
		queue(t, b, outs...)
		after(time.Second)
		write(t, b, func(tx *store.Tx) error { return tx.Cancel("k/8") })
		after(time.Hour)
		if list := slow.arrived(); len(list) != 8 || slices.Contains(list, "inspect: 8") {
			t.Errorf("arrived: %q", list)
		}
	})
}

// TestForgottenShares: who has all of its share again is forgotten, so that many private chats do not stay in memory.
func TestForgottenShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(chat.Capabilities{Conversation: []chat.Limit{{N: 12, Per: time.Minute}}}, time.Time{})
		for n := range 5 * mostShares {
			g.share(chat.Outgoing{Conversation: fmt.Sprint(n)})
			time.Sleep(time.Second)
		}
		for range 4 {
			g.share(chat.Outgoing{Conversation: "last"})
		}
		if n := len(g.shares); n > mostShares {
			t.Errorf("%d conversations are remembered", n)
		}
		g.forget()
		if g.share(chat.Outgoing{Conversation: "last"}) == 0 {
			t.Error("a conversation that has had its share has one again")
		}
	})
}
