package bot

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"duban/internal/store"
)

// lanes gives every conversation one worker, so that what people say in a group is handled in the order in which they said
// it, while groups do not wait for each other. Who floods a group gets a lane of their own there, which is slow.
type lanes struct {
	// work is done again and again until it says that it is done; tries counts. What follows in the lane waits. An arrival without an id
	// is not written down yet.
	work   func(ctx context.Context, a store.Arrival, tries int) (done bool)
	pause  func(channel string) time.Duration // before each message of a slow lane
	ending chan struct{}                      // closed at the end: lanes leave to the next start what they have not begun, or not brought to an end
	mu     sync.Mutex
	idle   sync.Cond
	todo   map[string][]store.Arrival // present: the lane has a worker
}

// keptInLane is how many messages of a lane stay in memory. Of the others only their ids do: they are in the database.
const keptInLane = 100

// The pauses before work is tried again, doubling.
const (
	firstAgain = time.Second
	lastAgain  = 15 * time.Second
)

func newLanes(work func(ctx context.Context, a store.Arrival, tries int) (done bool), pause func(channel string) time.Duration) *lanes {
	l := &lanes{work: work, pause: pause, ending: make(chan struct{}), todo: map[string][]store.Arrival{}}
	l.idle.L = &l.mu
	return l
}

// keys are the lane of an arrival's conversation, and the one that its sender has there who floods.
func keys(a store.Arrival, sender string) (key, slow string) {
	key = a.Channel + "/" + a.Conversation
	return key, key + "\n" + sender
}

// now does what has just come, before it is written down, if nothing else is being done in its lane: then it is written down by the
// transaction that answers it. What comes meanwhile waits. It is false if the arrival is still to be written down and pushed.
func (l *lanes) now(ctx context.Context, a store.Arrival, sender string) (done bool) {
	key, slow := keys(a, sender)
	if !l.enter(key, slow) {
		return false
	}
	defer l.leave(context.WithoutCancel(ctx), key)
	return l.work(ctx, a, 1)
}

// enter takes an empty lane; false if it is not, or a sender who floods has another.
func (l *lanes) enter(key, slow string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, busy := l.todo[key]
	_, behind := l.todo[slow]
	if busy || behind {
		return false
	}
	l.todo[key] = nil
	return true
}

// leave gives a lane to a worker if something came meanwhile.
func (l *lanes) leave(ctx context.Context, key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.todo[key]) > 0 {
		go l.drain(ctx, key, 0)
		return
	}
	delete(l.todo, key)
	l.idle.Broadcast()
}

// push gives an arrival to the lane of its conversation, or to its sender's own if the sender floods, and until that lane is empty.
func (l *lanes) push(ctx context.Context, a store.Arrival, sender string, flooding bool) {
	key, slow := keys(a, sender)
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, behind := l.todo[slow]; behind || flooding {
		key, flooding = slow, true
	}
	queue, running := l.todo[key]
	if len(queue) >= keptInLane {
		a = store.Arrival{ID: a.ID}
	}
	l.todo[key] = append(queue, a)
	if !running {
		var pause time.Duration
		if flooding {
			pause = l.pause(a.Channel) // which is there: an empty lane keeps all
		}
		go l.drain(ctx, key, pause)
	}
}

func (l *lanes) drain(ctx context.Context, key string, pause time.Duration) {
	for {
		if pause > 0 && l.ended(pause) {
			l.close(key)
			return
		}
		l.mu.Lock()
		queue := l.todo[key]
		if len(queue) == 0 {
			delete(l.todo, key)
			l.idle.Broadcast()
			l.mu.Unlock()
			return
		}
		l.todo[key] = queue[1:]
		l.mu.Unlock()
		for tries := 1; !l.work(ctx, queue[0], tries); tries++ {
			if l.ended(min(firstAgain<<min(tries-1, 10), lastAgain)) {
				l.close(key)
				return
			}
		}
	}
}

// ended pauses; true if the end has come meanwhile.
func (l *lanes) ended(pause time.Duration) bool {
	select {
	case <-l.ending:
		return true
	case <-time.After(pause):
		return false
	}
}

func (l *lanes) close(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.todo, key)
	l.idle.Broadcast()
}

// wait returns when nothing is being worked on.
func (l *lanes) wait() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.todo) > 0 {
		l.idle.Wait()
	}
}

// end waits for what is being worked on, but for what has to be tried again. Nothing may be pushed any more.
func (l *lanes) end() {
	close(l.ending)
	l.wait()
}

// What one person may say without holding up the others of a group: so many messages in a row, and one in each pause, or in a longer one
// where the network is slow.
const (
	floodBurst = 60
	floodPause = time.Second
	mostFloods = 10_000 // persons who are remembered
)

// What one person may try of one-time codes: so many in a row, and one in each pause. A right one is not taken either before
// that, or guessing would go on.
const (
	guessBurst = 5
	guessPause = 10 * time.Minute
)

// slowness is the pause of a channel's slow lanes. The answers to a flood take no more than a quarter of what the network carries, so that
// those to others in the same group do not wait behind them.
func (b *Bot) slowness(channel string) time.Duration {
	pause := floodPause
	for _, c := range b.channels {
		if c.Name() != channel {
			continue
		}
		can := c.Can()
		if can.PerMinute > 0 {
			pause = max(pause, 4*time.Minute/time.Duration(can.PerMinute))
		}
		for _, limit := range can.Conversation {
			pause = max(pause, 4*limit.Per/time.Duration(limit.N))
		}
	}
	return pause
}

// floods knows who does something more often than that.
type floods struct {
	burst int
	pause func(channel string) time.Duration

	mu sync.Mutex
	by map[senderKey]*rate.Limiter
}

// over counts a deed and says whether it is one too many.
func (f *floods) over(from senderKey, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.by == nil || len(f.by) >= mostFloods {
		f.by = map[senderKey]*rate.Limiter{} // who floods is found out again
	}
	l := f.by[from]
	if l == nil {
		l = rate.NewLimiter(rate.Every(f.pause(from.channel)), f.burst)
		f.by[from] = l
	}
	return !l.AllowN(now, 1)
}
