package demo

import (
	"encoding/json"
	"slices"
	"sync"
	"time"

	"duban/internal/chat"
)

// entry is one message as the page shows it.
type entry struct {
	Seq      int64     `json:"seq"`
	Chat     string    `json:"chat"`
	From     string    `json:"from"` // the person's id, "" for the bot
	Name     string    `json:"name"`
	Bot      bool      `json:"bot,omitempty"`
	Text     string    `json:"text"`
	Quote    *quote    `json:"quote,omitempty"`
	Pictures []string  `json:"pictures,omitempty"` // refs
	File     *file     `json:"file,omitempty"`
	Mentions []string  `json:"mentions,omitempty"` // ids of people
	At       time.Time `json:"at"`
	Quiet    bool      `json:"quiet,omitempty"` // of the history: counts as read

	id string // of the message on the channel
}

type quote struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

type file struct {
	Name string `json:"name"`
	Ref  string `json:"ref"`
	Size int64  `json:"size"` // bytes
}

// attach adds what the bot sends with a message.
func (e *entry) attach(a chat.Attachment, ref string, size int64) {
	if a.Picture {
		e.Pictures = append(e.Pictures, ref)
		return
	}
	e.File = &file{Name: a.Name, Ref: ref, Size: size}
}

// event is one line of the stream of news.
type event struct {
	seq  int64 // 0 for a state, which replaces the one before
	kind string
	data []byte
}

// keepEvents is how much of the conversation a visitor who comes later still sees.
const keepEvents = 5000

// room keeps what was said and wakes those who wait for news. Each listener reads at its own pace; none can miss a message
// or hold up the others.
type room struct {
	run string // makes sequence numbers of one run unmistakable

	mu      sync.Mutex
	last    int64
	events  []event          // messages and failures, oldest first
	entries map[int64]entry  // for quotes
	states  map[string]event // the clock, the player
	version map[string]int64
	changes int64
	wake    chan struct{} // closed at the next change
	quiet   bool
}

func newRoom(run string) *room {
	return &room{
		run: run, entries: map[int64]entry{}, states: map[string]event{}, version: map[string]int64{}, wake: make(chan struct{}),
	}
}

// add shows a message to everybody and returns its number.
func (r *room) add(e entry) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	e.Seq, e.Quiet = r.last, r.quiet
	r.entries[e.Seq] = e
	r.append("message", e)
	return e.Seq
}

// fail marks a message as not delivered.
func (r *room) fail(seq int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	r.append("failed", map[string]int64{"seq": seq})
}

// isQuiet says whether the history is being played.
func (r *room) isQuiet() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.quiet
}

// setQuiet says whether what follows counts as read.
func (r *room) setQuiet(quiet bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.quiet = quiet
}

// append is called with the lock held.
func (r *room) append(kind string, v any) {
	r.events = append(r.events, event{seq: r.last, kind: kind, data: encode(v)})
	if len(r.events) > keepEvents {
		delete(r.entries, r.events[0].seq)
		r.events = r.events[1:]
	}
	r.shout()
}

// set replaces a state, if it changed.
func (r *room) set(kind string, v any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	data := encode(v)
	if old, ok := r.states[kind]; ok && string(old.data) == string(data) {
		return
	}
	r.changes++
	r.states[kind] = event{kind: kind, data: data}
	r.version[kind] = r.changes
	r.shout()
}

func (r *room) shout() {
	close(r.wake)
	r.wake = make(chan struct{})
}

// since returns the messages after seq and then the states after version, the new version, and what is closed at the next
// change. States come last: that the script is over is told after what was said in it.
func (r *room) since(seq, version int64) (news []event, now int64, wake <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	from := len(r.events)
	for from > 0 && r.events[from-1].seq > seq {
		from--
	}
	news = slices.Clone(r.events[from:])
	for kind, ev := range r.states {
		if r.version[kind] > version {
			news = append(news, ev)
		}
	}
	return news, r.changes, r.wake
}

// find returns a message by its number.
func (r *room) find(seq int64) (entry, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.entries[seq]
	return e, ok
}

// encode cannot fail for the plain values of this package.
func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		return []byte("null")
	}
	return data
}
