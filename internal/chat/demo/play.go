package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"time"

	"duban/internal/chat"
)

// dayLength is how long the scripted day takes, and the pauses between two messages are within bounds in which one can
// read along.
const (
	dayLength = time.Minute
	minPause  = 300 * time.Millisecond
	maxPause  = 2 * time.Second
)

// progress is what the page shows of a script that is being played.
type progress struct {
	Kind  string `json:"kind"` // "history", "day", or "" when nothing is played
	Done  int    `json:"done"`
	Total int    `json:"total"`
	Chat  string `json:"chat,omitempty"` // where something happens just now
}

// player makes sure that one script is played at a time.
type player struct {
	mu    sync.Mutex
	stop  context.CancelFunc // nil when nothing is played
	filed int                // issues that the history filed
}

// begin takes the player; false if it is taken. The context ends when ctx does or somebody stops the script.
func (p *player) begin(ctx context.Context) (context.Context, func(), bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop != nil {
		return nil, nil, false
	}
	ctx, cancel := context.WithCancel(ctx)
	p.stop = cancel
	return ctx, func() {
		cancel()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.stop = nil
	}, true
}

func (p *player) setFiled(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.filed = n
}

func (p *player) wasFiled() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.filed
}

func (p *player) halt() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop != nil {
		p.stop()
	}
}

// playHistory fills the groups before the visitor comes. What it says counts as read.
func (c *Channel) playHistory(ctx context.Context) {
	if len(c.cfg.History) == 0 {
		return
	}
	ctx, end, ok := c.player.begin(ctx)
	if !ok {
		return
	}
	defer end()
	c.room.setQuiet(true)
	defer c.room.setQuiet(false)
	c.play(ctx, "history", c.cfg.History, 0, 0)
	c.player.setFiled(c.room.highest())
}

func (c *Channel) postPlay(w http.ResponseWriter, _ *http.Request) {
	if len(c.cfg.Day) == 0 {
		refuse(w, http.StatusNotFound, "没有准备好的一天可以播放")
		return
	}
	// The day goes on when the page that started it is closed, but not when the program ends.
	taken := true
	running := c.background(func(ctx context.Context) func() {
		ctx, end, free := c.player.begin(ctx)
		if !free {
			return nil
		}
		taken = false
		return func() {
			defer end()
			c.play(ctx, "day", c.cfg.Day, pause(c.cfg.Day), c.moved())
		}
	})
	switch {
	case !running:
		refuse(w, http.StatusServiceUnavailable, notReady)
	case taken:
		refuse(w, http.StatusConflict, "正在播放，请先停止")
	default:
		answer(w, struct{}{})
	}
}

func (c *Channel) postStop(w http.ResponseWriter, _ *http.Request) {
	c.player.halt()
	answer(w, struct{}{})
}

// pause is the time between two messages that makes the whole script last dayLength.
func pause(steps []chat.Step) time.Duration {
	said := 0
	for _, st := range steps {
		if st.Kind == chat.StepSay {
			said++
		}
	}
	return min(max(dayLength/time.Duration(max(said, 1)), minPause), maxPause)
}

// play plays a script: the clock moves where it says so, and each message is answered before the next one.
func (c *Channel) play(ctx context.Context, kind string, steps []chat.Step, between time.Duration, moved int) {
	defer c.room.set("play", progress{})
	for n, st := range steps {
		now := progress{Kind: kind, Done: n, Total: len(steps)}
		if st.Kind == chat.StepSay && kind == "day" {
			now.Chat = st.Chat
		}
		if n%10 == 0 || kind == "day" {
			c.room.set("play", now)
		}
		if err := c.playStep(ctx, c.renumber(st, moved)); err != nil {
			if ctx.Err() != nil {
				return
			}
			c.log.Warn("a step of the script failed", "script", kind, "line", st.Line, "error", err)
		}
		if st.Kind != chat.StepSay || between == 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(between):
		}
	}
}

func (c *Channel) playStep(ctx context.Context, st chat.Step) error {
	switch st.Kind {
	case chat.StepAt:
		return c.advance(ctx, st.At.After(c.cfg.Clock.Now()))
	case chat.StepSay:
		m, err := c.cast.Message(st)
		if err != nil {
			return err
		}
		e := entry{Text: st.Text, Pictures: st.Pictures}
		if st.Mentioned {
			e.Text = "@" + chat.BotName + " " + e.Text
		}
		if st.Quote != nil {
			e.Quote = &quote{Name: st.Quote.Author, Text: st.Quote.Text}
		}
		if err := c.say(ctx, m, e); err != nil {
			return err
		}
		if err := c.cfg.Clock.Settle(ctx); err != nil {
			return errors.New("等不到回复")
		}
	}
	return nil
}

var (
	issueNumber = regexp.MustCompile(`#(\d{1,9})`)
	anyNumber   = regexp.MustCompile(`\d+`)
)

// dayRange is how many issues a day's script files at most.
const dayRange = 30

// moved is by how much the issue numbers of the day's script have moved because visitors filed issues before it.
func (c *Channel) moved() int {
	filed := c.player.wasFiled()
	if filed == 0 {
		return 0
	}
	return max(0, c.room.highest()-filed)
}

// renumber moves the issue numbers that a step of the day names: those that the history does not have.
func (c *Channel) renumber(st chat.Step, by int) chat.Step {
	if by == 0 {
		return st
	}
	filed := c.player.wasFiled()
	shift := func(text string) string {
		return anyNumber.ReplaceAllStringFunc(text, func(s string) string {
			n, err := strconv.Atoi(s)
			if err != nil || n <= filed || n > filed+dayRange {
				return s
			}
			return strconv.Itoa(n + by)
		})
	}
	st.Text = shift(st.Text)
	if st.Quote != nil {
		q := *st.Quote
		q.Text = shift(q.Text)
		st.Quote = &q
	}
	return st
}

// highest is the highest issue number that the bot has named.
func (r *room) highest() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	top := 0
	for _, e := range r.entries {
		if !e.Bot {
			continue
		}
		for _, m := range issueNumber.FindAllStringSubmatch(e.Text, -1) {
			if n, err := strconv.Atoi(m[1]); err == nil {
				top = max(top, n)
			}
		}
	}
	return top
}

func newID() string { return rand.Text() }
