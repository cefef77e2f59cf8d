package torture

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// clock is what the computer of the program shows: the real time, set to another by somebody who should not. Seconds are never touched, so
// that minutes begin when real ones do.
type clock struct {
	testing.TB
	*rand.Rand
	file string

	mu    sync.Mutex
	off   time.Duration // of what is shown from the real time, never negative
	most  time.Duration // that off ever was
	walks []walk
	jumps map[string]int
}

// walk is a stretch of time that passed without a jump, by what was shown.
type walk struct {
	from, to time.Time
	highest  bool // nothing later had been shown when it began
}

const (
	day = 24 * time.Hour
	// furthest is as far as the clock gets: what is kept for 30 days stays.
	furthest = 25 * day
)

func newClock(t testing.TB, dir string, r *rand.Rand) *clock {
	c := &clock{TB: t, Rand: r, file: clockFile(dir), jumps: map[string]int{}}
	c.set(0)
	return c
}

func clockFile(dir string) string { return filepath.Join(dir, "clock") }

// shown reads the clock of the program whose folder it is.
func shown(dir string) func() time.Time {
	return func() time.Time {
		text, err := os.ReadFile(clockFile(dir))
		minutes, bad := strconv.Atoi(string(text))
		if err != nil || bad != nil {
			panic(fmt.Sprint("no clock: ", err, bad))
		}
		return time.Now().Add(time.Duration(minutes) * time.Minute)
	}
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.off)
}

// began is when the present stretch of time began, to the minute.
func (c *clock) began() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.walks[len(c.walks)-1].from.Truncate(time.Minute)
}

// jump sets the clock: to a day that nobody has seen, or back by a day or by some minutes, but not to before the first start.
func (c *clock) jump() {
	c.mu.Lock()
	defer c.mu.Unlock()
	off, name := c.most+day, "ahead"
	switch c.IntN(4) {
	case 0:
		off, name = c.off-day, "a day back"
	case 1:
		off, name = c.off-time.Duration(1+c.IntN(10))*time.Minute, "minutes back"
	}
	if off >= 0 && off <= furthest {
		c.jumps[name]++
		c.set(off)
	}
}

// ahead sets the clock to a day that nobody has seen.
func (c *clock) ahead() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set(c.most + day)
}

// back sets the clock back by a day.
func (c *clock) back() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set(c.off - day)
}

// set shows another time from now on. A reader sees the old or the new one.
func (c *clock) set(off time.Duration) {
	now := time.Now()
	if n := len(c.walks); n > 0 {
		c.walks[n-1].to = now.Add(c.off)
	}
	next := c.file + ".next"
	if err := os.WriteFile(next, []byte(strconv.Itoa(int(off/time.Minute))), 0o600); err != nil {
		c.Error(err)
	}
	if err := os.Rename(next, c.file); err != nil {
		c.Error(err)
	}
	c.walks = append(c.walks, walk{from: now.Add(off), highest: off >= c.most})
	c.off, c.most = off, max(c.most, off)
}

// setBack is a death soon after the clock was set back: what was queued before waits for the next day, what was queued since does not, and
// nobody had the time to look at the clock.
var setBack = death{name: "set back", wait: func(r *run) {
	r.clock.ahead()
	r.pause(2 * time.Second)
	r.clock.back()
	r.pause(2 * time.Second)
}}

// jumped lets the clock jump in the middle of a life.
func (r *run) jumped(int, <-chan struct{}) error {
	r.clock.jump()
	return nil
}
