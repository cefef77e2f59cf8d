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

// looking gives a bubble an outbox that looks and hands only when the test says so, and has seen that nothing waits.
func looking(t *testing.T, net *fakeNet, fn func(t *testing.T, b *Bot, look func() look, hand func(look))) {
	t.Helper()
	b := openBot(t, awakeConfig(t), time.Time{}, net)
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		o := newOutbox(b)
		b.outbox = o
		found := func() look {
			working, err := o.working()
			due, more := o.due(t.Context(), working)
			if err != nil || more != nil {
				t.Fatal(err, more)
			}
			return due
		}
		found()
		fn(t, b, found, func(due look) {
			if err := o.hand(t.Context(), due); err != nil {
				t.Fatal(err)
			}
		})
		o.finish()
	})
}

// TestLateLook: what was found before it was sent, or before a message that it has to wait for failed, is not sent because of that look.
func TestLateLook(t *testing.T) {
	leave := make(chan error)
	net := &fakeNet{name: "net", can: identified, answer: func(out chat.Outgoing, _ int) error {
		if out.Text == "一" {
			return <-leave
		}
		return nil
	}}
	looking(t, net, func(t *testing.T, b *Bot, look func() look, hand func(look)) {
		leave = make(chan error)
		queue(t, b, to("inspect", "一"))
		first := look()
		hand(first)
		hand(look())
		leave <- nil
		after(time.Second)
		hand(first)
		after(time.Second)
		if diff := cmp.Diff([]string{"inspect: 一"}, net.arrived()); diff != "" {
			t.Fatal(diff)
		}

		look()
		queue(t, b, to("leaders", "一"))
		hand(look())
		queue(t, b, to("leaders", "二"))
		late := look()
		if len(late.rows) != 1 {
			t.Fatalf("found: %+v", late.rows)
		}
		leave <- &chat.SendError{Err: errNet, Retry: true}
		after(time.Millisecond)
		hand(late)
		after(time.Millisecond)
		if diff := cmp.Diff([]string{"inspect: 一"}, net.arrived()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestTakenAlong: what comes while a courier has others for the same group goes after them at once, in order, each once, also what it does
// not take along. Of what comes it keeps no more than a beginning.
func TestTakenAlong(t *testing.T) {
	for _, many := range []int{1, carried, carried + 1, 5 * carried} {
		var leave chan error
		net := &fakeNet{name: "net", can: identified, answer: func(chat.Outgoing, int) error { return <-leave }}
		looking(t, net, func(t *testing.T, b *Bot, look func() look, hand func(look)) {
			leave = make(chan error)
			var want []string
			for n := range many {
				queue(t, b, to("inspect", fmt.Sprint(n)))
				hand(look())
				want = append(want, fmt.Sprint("inspect: ", n))
			}
			if n := len(b.outbox.couriers["net"].waits[store.ToChat("inspect")].rows); n > carried {
				t.Errorf("a courier keeps %d messages", n)
			}
			close(leave)
			after(brief / 2)
			if diff := cmp.Diff(want, net.arrived()); diff != "" {
				t.Error(diff)
			}
			b.outbox.forget()
			if left := b.outbox.busy(); len(left) > 0 {
				t.Errorf("couriers still look after %q", left)
			}
		})
	}
}

// TestWhileItReads: what comes while a courier reads what follows is read again, and not before what it reads.
func TestWhileItReads(t *testing.T) {
	b, here := &Bot{}, store.ToChat("inspect")
	o := newOutbox(b)
	d := &courier{outbox: o, waits: map[store.Target]*waiting{}}
	o.couriers["net"] = d
	row := func(id int64) store.Outgoing { return store.Outgoing{ID: id, Target: here} }
	d.waits[here] = beginning(nil, time.Time{}, true)
	for n, step := range []struct {
		read []store.Outgoing
		came []store.Outgoing
		have int
		dry  bool
	}{
		{[]store.Outgoing{}, []store.Outgoing{row(1)}, 0, true},
		{[]store.Outgoing{row(1)}, []store.Outgoing{row(2)}, 1, false},
	} {
		dry := d.dry(map[store.Target]bool{here: true})
		if left := o.offer(here, step.came, look{}); len(left) > 0 {
			t.Errorf("step %d: left: %+v", n, left)
		}
		d.refilled(dry, map[store.Target]*waiting{here: beginning(step.read, time.Time{}, false)})
		q := d.waits[here]
		if len(dry) != 1 || len(q.rows) != step.have || !q.more || len(d.turns) != step.have {
			t.Errorf("step %d: dry %v, turns %v, waits %+v", n, dry, d.turns, q)
		}
	}
}

// TestWhileItMarks: what comes while the last message is not marked yet gets its turn at once. Where a courier finishes while the outbox looks
// at what is due for all others, the outbox looks again.
func TestWhileItMarks(t *testing.T) {
	const here = store.Target("chat/inspect")
	o := newOutbox(&Bot{})
	d := &courier{outbox: o, waits: map[store.Target]*waiting{here: {last: 1, unmarked: true}}}
	o.couriers["net"] = d
	o.forget()
	if left := o.offer(here, []store.Outgoing{{ID: 1}, {ID: 2}}, look{}); len(left) > 0 || !slices.Equal(d.turns, []store.Target{here}) {
		t.Errorf("left: %+v, turns: %v", left, d.turns)
	}
	d.waits[here] = &waiting{}
	if busy := o.busy(); !slices.Equal(busy, []store.Target{here}) || !o.leaves() {
		t.Errorf("busy: %v", busy)
	}
}

// TestDueMeanwhile: what falls due for a group to which a courier always has something to send does not wait until it has nothing more.
func TestDueMeanwhile(t *testing.T) {
	net := &fakeNet{name: "net", can: identified, answer: func(chat.Outgoing, int) error { time.Sleep(300 * time.Millisecond); return nil }}
	sending(t, net, func(t *testing.T, b *Bot) {
		later := to("inspect", "到点")
		later.NotBefore = b.Now().Add(2 * time.Second)
		queue(t, b, later, to("inspect", "甲"), to("inspect", "乙"), to("inspect", "丙"))
		for n := range 40 {
			queue(t, b, to("inspect", fmt.Sprint(n)))
			time.Sleep(290 * time.Millisecond)
		}
		after(time.Minute)
		got := net.arrived()
		n := slices.Index(got, "inspect: 到点")
		if n < 0 || n > 20 {
			t.Fatalf("it came as number %d: %q", n, got)
		}
		got = slices.Delete(got, n, n+1)
		for n := range got[3:] {
			if want := fmt.Sprint("inspect: ", n); got[n+3] != want {
				t.Fatalf("%s instead of %s: %q", got[n+3], want, got)
			}
		}
	})
}

// TestCutLook: what is new does not go before what fell due with others, of which a look found only a part.
func TestCutLook(t *testing.T) {
	var leave chan error
	net := &fakeNet{name: "net", can: identified, answer: func(chat.Outgoing, int) error { return <-leave }}
	looking(t, net, func(t *testing.T, b *Bot, look func() look, hand func(look)) {
		leave = make(chan error)
		for n := range outBatch + 1 {
			out := to("inspect", fmt.Sprint(n))
			if n < outBatch-1 {
				out.To = store.ToPerson(fmt.Sprint(n))
			}
			out.NotBefore = b.Now().Add(time.Millisecond)
			queue(t, b, out)
		}
		look()
		after(brief / 2)
		hand(look())
		queue(t, b, to("inspect", "新"))
		late := look()
		if len(late.rows) != 1 {
			t.Fatalf("found: %+v", late.rows)
		}
		hand(late)
		close(leave)
		after(brief)
		var got []string
		for _, a := range net.all() {
			if a.out.Conversation == "inspect" {
				got = append(got, a.out.Text)
			}
		}
		if diff := cmp.Diff([]string{fmt.Sprint(outBatch - 1), fmt.Sprint(outBatch), "新"}, got); diff != "" {
			t.Error(diff)
		}
	})
}

// TestFoundBeforeAnError: what was found before a courier ended with an error is found again, after what it had.
func TestFoundBeforeAnError(t *testing.T) {
	o := newOutbox(&Bot{})
	d := &courier{outbox: o, waits: map[store.Target]*waiting{}}
	o.couriers["net"] = d
	d.stop(errNet)
	if left := o.offer("chat/inspect", []store.Outgoing{{ID: 1}}, look{}); len(left) > 0 || !o.leaves() {
		t.Errorf("left: %+v", left)
	}
}

// TestWentAlong: what was held and went along with another message is not sent again because it is found later.
func TestWentAlong(t *testing.T) {
	net := &fakeNet{name: "net", can: identified}
	looking(t, net, func(t *testing.T, b *Bot, look func() look, hand func(look)) {
		for n := range 3 {
			out := to("inspect", fmt.Sprint(n))
			out.HeldUntil = b.Now().Add(time.Millisecond)
			queue(t, b, out)
		}
		after(time.Second)
		due := look()
		rest := due
		due.rows, rest.rows = due.rows[:1], due.rows[1:]
		if hand(due); len(rest.rows) != 2 {
			t.Fatalf("found: %+v", rest.rows)
		}
		after(time.Second)
		hand(rest)
		after(time.Second)
		if n := len(net.all()); n != 1 {
			t.Errorf("%d messages instead of one", n)
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
