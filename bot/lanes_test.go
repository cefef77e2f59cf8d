package bot

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
	"duban/internal/store"
)

// traffic is what lanes worked on, each with the time since the beginning.
type traffic struct {
	*lanes
	did chan string
}

func newTraffic() traffic {
	begun, t := time.Now(), traffic{did: make(chan string, 100)}
	t.lanes = newLanes(func(_ context.Context, a store.Arrival, tries int) bool {
		t.did <- fmt.Sprintf("%s %v", a.Body, time.Since(begun))
		return !strings.HasPrefix(a.Body, "难") || tries > 6
	}, everySecond)
	return t
}

func everySecond(string) time.Duration { return floodPause }

func (t traffic) say(body, sender string, flooding bool) {
	t.push(context.Background(), store.Arrival{Channel: "net", Conversation: "inspect", Body: body}, sender, flooding)
}

func (t traffic) all() (list []string) {
	for {
		select {
		case s := <-t.did:
			list = append(list, s)
		default:
			return list
		}
	}
}

// TestFloodHoldsUpItsSenderAlone: who floods is handled slowly and in order, while others in the same group are handled at once. When it is
// over, so is the lane.
func TestFloodHoldsUpItsSenderAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTraffic()
		l.say("甲1", "a", false)
		synctest.Wait()
		l.say("甲2", "a", true)
		l.say("甲3", "a", true)
		l.say("乙1", "b", false)
		synctest.Wait()
		if l.now(t.Context(), store.Arrival{Channel: "net", Conversation: "inspect"}, "a") {
			t.Error("done before the others of the same person")
		}
		l.say("甲4", "a", false) // not before the others of the same person
		l.wait()
		l.say("甲5", "a", false)
		l.wait()
		if diff := cmp.Diff([]string{"甲1 0s", "乙1 0s", "甲2 1s", "甲3 2s", "甲4 3s", "甲5 4s"}, l.all()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestEndDoesNotWaitForAFlood: what is left of it stays open in the database, for the next start.
func TestEndDoesNotWaitForAFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTraffic()
		for n := range 50 {
			l.say(fmt.Sprint(n), "a", true)
		}
		time.Sleep(2*floodPause + floodPause/2) // of the bubble's clock
		l.end()
		if diff := cmp.Diff([]string{"0 1s", "1 2s"}, l.all()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestWhatCannotBeDoneHoldsUpItsLane: it is tried again, less and less often, and nothing in its conversation is done before it. The end
// does not wait for it.
func TestWhatCannotBeDoneHoldsUpItsLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTraffic()
		l.say("难1", "a", false)
		l.say("乙1", "b", false)
		l.wait()
		want := []string{"难1 0s", "难1 1s", "难1 3s", "难1 7s", "难1 15s", "难1 30s", "难1 45s", "乙1 45s"}
		if diff := cmp.Diff(want, l.all()); diff != "" {
			t.Error(diff)
		}
		l.say("难2", "a", false)
		l.say("乙2", "b", false)
		synctest.Wait()
		l.end()
		if diff := cmp.Diff([]string{"难2 45s"}, l.all()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestSlowNetworksSlowFloods: the answers to whoever floods leave room for those to others in the same group.
func TestSlowNetworksSlowFloods(t *testing.T) {
	for want, can := range map[time.Duration]chat.Capabilities{
		floodPause:       {},
		4 * time.Second:  {PerMinute: 60},
		12 * time.Second: {PerMinute: 20, Conversation: []chat.Limit{{N: 5, Per: time.Second}}},
		24 * time.Second: {PerMinute: 20, Conversation: []chat.Limit{{N: 30, Per: time.Minute}, {N: 600, Per: time.Hour}}},
	} {
		b := &Bot{channels: []chat.Channel{&fakeNet{name: "fast"}, &fakeNet{name: "net", can: can}}}
		if got := b.slowness("net"); got != want {
			t.Errorf("%+v: %v, want %v", can, got, want)
		}
		if got := b.slowness("fast"); got != floodPause {
			t.Errorf("fast: %v", got)
		}
	}
}

func TestFloodIsTooManyInARow(t *testing.T) {
	f := floods{burst: floodBurst, pause: everySecond}
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	a, b := senderKey{"net", "", "a"}, senderKey{"net", "", "b"}
	for n := range floodBurst {
		if f.over(a, now) {
			t.Fatalf("too many after %d", n)
		}
	}
	if !f.over(a, now) || f.over(b, now) {
		t.Error("one more is not too many, or it is another's")
	}
	if now = now.Add(floodPause); f.over(a, now) || !f.over(a, now) {
		t.Error("there is not just one more after a pause")
	}
	for n := range mostFloods {
		f.over(senderKey{"net", "", fmt.Sprint(n)}, now)
	}
	if len(f.by) > mostFloods {
		t.Errorf("%d senders are remembered", len(f.by))
	}
}

// TestLongLaneStaysInTheDatabase: of many messages that wait only the first are kept in memory, and all are answered, in order.
func TestLongLaneStaysInTheDatabase(t *testing.T) {
	net := &fakeNet{name: "net", can: identified}
	b := openBot(t, talkConfig(t, t.TempDir()), morning(t), net)
	defer b.Close()
	work, hold := b.lanes.work, make(chan struct{})
	b.lanes.work = written(func(ctx context.Context, a store.Arrival, tries int) bool { <-hold; return work(ctx, a, tries) })
	const many = keptInLane + 20
	for n := range many {
		if err := b.Receive(t.Context(), said("net", n, "zhang_min", "inspect", fmt.Sprintf("上报 金水湾小区%d号楼楼道堆放杂物", n+1))); err != nil {
			t.Fatal(err)
		}
	}
	b.lanes.mu.Lock()
	for n, a := range b.lanes.todo["net/inspect"] {
		if kept := a.Body != ""; kept != (n < keptInLane) {
			t.Errorf("message %d is kept: %v", n, kept)
		}
	}
	b.lanes.mu.Unlock()
	close(hold)
	settle(t, b)
	if issues, _ := counted(t, b); issues != many {
		t.Errorf("%d issues of %d", issues, many)
	}
	n := 0
	for _, a := range net.all() {
		if a.out.Conversation != "inspect" || !strings.HasPrefix(a.out.Text, "已立案") {
			continue
		}
		n++
		if want := fmt.Sprintf("已立案 #%d 金水湾小区%d号楼", n, n); !strings.HasPrefix(a.out.Text, want) {
			t.Fatalf("answer %d: %q", n, a.out.Text)
		}
	}
	if n != many {
		t.Errorf("%d answers to %d", n, many)
	}
}
