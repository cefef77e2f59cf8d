package link

import (
	"sync"
	"time"
)

// Recent remembers the last values by their keys, in memory only. Its zero value remembers nothing yet.
type Recent[V any] struct {
	Most int // how many

	mu    sync.Mutex
	kept  map[string]V
	order []string
}

// Put remembers a value, and forgets the oldest key where there are too many. A key that is put again stays as old as it was.
func (r *Recent[V]) Put(key string, v V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept == nil {
		r.kept = map[string]V{}
	}
	if _, again := r.kept[key]; !again {
		r.order = append(r.order, key)
	}
	if r.kept[key] = v; len(r.order) > r.Most {
		delete(r.kept, r.order[0])
		r.order = r.order[1:]
	}
}

// Get gives what is remembered.
func (r *Recent[V]) Get(key string) (v V, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok = r.kept[key]
	return v, ok
}

// Passing keeps texts that are good for a time, as tokens and addresses are, by their keys and in memory only. Its zero value is empty.
type Passing struct {
	mu   sync.Mutex
	kept map[string]passing
}

type passing struct {
	text  string
	until time.Time
}

// Put keeps a text in place of the key's last one. What is over is forgotten.
func (p *Passing) Put(key, text string, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept == nil {
		p.kept = map[string]passing{}
	}
	now := time.Now()
	for k, old := range p.kept {
		if old.until.Before(now) {
			delete(p.kept, k)
		}
	}
	p.kept[key] = passing{text, until}
}

// Get gives a key's text, if it stays good for longer than that.
func (p *Passing) Get(key string, longer time.Duration) (text string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k, ok := p.kept[key]
	if !ok || !time.Now().Add(longer).Before(k.until) {
		return "", false
	}
	return k.text, true
}

// Drop forgets what is not taken any more, though its time is not over.
func (p *Passing) Drop(refused func(key, text string) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for k, old := range p.kept {
		if refused(k, old.text) {
			delete(p.kept, k)
		}
	}
}
