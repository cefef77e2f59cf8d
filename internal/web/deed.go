package web

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"
)

// deed is what came of a form.
type deed struct {
	mu   sync.Mutex // held while it is being done
	id   string
	who  string // who sent the form
	at   time.Time
	done bool
	said string
	once bool // what it says is shown once
}

// deeds remembers for some minutes what came of each form, so that the same form sent again, by a second click or a page that is
// loaded anew, gets the answer of the first time.
type deeds struct {
	mu   sync.Mutex
	list map[string]*deed // by who sent it, where to and the form's number
}

const (
	deedLife  = 10 * time.Minute
	mostDeeds = 10_000
	// formDigits is the length of a form's number; see rand.Text.
	formDigits = 26
)

func (d *deeds) get(key, who string, now time.Time) *deed {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.list == nil || len(d.list) >= mostDeeds {
		d.list = map[string]*deed{}
	}
	for k, old := range d.list {
		if now.Sub(old.at) > deedLife {
			delete(d.list, k)
		}
	}
	if d.list[key] == nil {
		d.list[key] = &deed{id: rand.Text(), who: who, at: now}
	}
	return d.list[key]
}

// said takes what a deed says to whoever did it.
func (d *deeds) said(id, who string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, one := range d.list {
		if one.id != id || one.who != who {
			continue
		}
		said := one.said
		if one.once {
			one.said = ""
		}
		return said
	}
	return ""
}

// outcome is what a form did, in words for its sender. Secret words are shown once.
type outcome struct {
	said   string
	secret bool
}

// act does what a form asks for and goes on to a page, which says what came of it. The same form is done once, however often it is
// sent; after a refusal it may be sent again.
func (v *visit) act(to string, do func() (outcome, error)) error {
	if err := v.parse(smallForm); err != nil {
		return err
	}
	return v.once(to, do)
}

// once is act for a form that has been read.
func (v *visit) once(to string, do func() (outcome, error)) error {
	form := v.r.PostFormValue("form")
	if len(form) != formDigits {
		return badRequest("表单不完整，请返回刷新页面再试")
	}
	d := v.s.deeds.get(v.who.ID+"\n"+v.r.URL.Path+"\n"+form, v.who.ID, v.now)
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.done {
		out, err := do()
		if err != nil {
			return err
		}
		d.done = true
		v.s.deeds.keep(d, out)
	}
	http.Redirect(v.w, v.r, to+"?done="+d.id, http.StatusSeeOther)
	return nil
}

func (d *deeds) keep(one *deed, out outcome) {
	d.mu.Lock()
	defer d.mu.Unlock()
	one.said, one.once = out.said, out.secret
}

// said is what came of the form that led to this page.
func (v *visit) said() string {
	id := v.r.URL.Query().Get("done")
	if id == "" {
		return ""
	}
	return v.s.deeds.said(id, v.who.ID)
}
