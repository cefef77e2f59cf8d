package web

import (
	"bytes"
	"crypto/rand"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed templates
var templates embed.FS

// pages are the parsed templates by name. Each is laid into layout.html.
type pages map[string]*template.Template

func loadPages() (pages, error) {
	names, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		return nil, err
	}
	layout, err := template.New("layout.html").Funcs(funcs).ParseFS(templates, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, fmt.Errorf("layout: %w", err)
	}
	out := pages{}
	for _, name := range names {
		page := strings.TrimSuffix(path.Base(name), ".html")
		if page == "layout" || page == "parts" {
			continue
		}
		t, err := template.Must(layout.Clone()).ParseFS(templates, name)
		if err != nil {
			return nil, fmt.Errorf("page %s: %w", page, err)
		}
		out[page] = t
	}
	return out, nil
}

// funcs are what templates may call besides the methods of what they show.
var funcs = template.FuncMap{
	"in":       func(loc *time.Location, t time.Time) time.Time { return t.In(loc) },
	"minute":   func(t time.Time) string { return format(t, "01-02 15:04") },
	"full":     func(t time.Time) string { return format(t, "2006-01-02 15:04") },
	"linked":   linked,
	"day":      date,
	"placeURL": placeURL,
	"formed":   func(form string, one any) formed { return formed{form, one} },
}

// formed is something with the number of its form, for parts of pages.
type formed struct {
	Form string
	One  any
}

// format gives a time that is in the campaign's zone already; nothing for none.
func format(t time.Time, layout string) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(layout)
}

// frame is what layout.html shows around a page.
type frame struct {
	Campaign string
	Title    string
	Now      time.Time
	Who      visitor
	Menu     []menuItem
	Refresh  int    // seconds until the page loads itself anew; 0: never
	Said     string // what came of the form that was sent before
	Form     string // a number for the page's forms; see visit.act
	Class    string // of the body, where a page looks unlike the others
	Page     any
}

type menuItem struct {
	Path, Name string
	Here       bool
}

// render answers with a page. Nothing is sent before all of it is made.
func (v *visit) render(status int, page, title string, data any) error {
	var b bytes.Buffer
	f := frame{Campaign: v.world.Reg.Campaign.Name, Title: title, Now: v.now, Who: v.who, Menu: v.menu(), Said: v.said(), Form: rand.Text(), Page: data}
	if r, ok := data.(interface{ refresh() int }); ok {
		f.Refresh = r.refresh()
	}
	if c, ok := data.(interface{ class() string }); ok {
		f.Class = c.class()
	}
	if err := v.s.pages[page].Execute(&b, f); err != nil {
		return fmt.Errorf("page %s: %w", page, err)
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	_, _ = b.WriteTo(v.w) // nobody is left to hear of a failure
	return nil
}

// menu lists the pages that the visitor may open.
func (v *visit) menu() []menuItem {
	if v.who.Name == "" {
		return nil
	}
	var items []menuItem
	for _, r := range v.s.routes() {
		if r.menu != "" && (r.roles == nil || v.who.Has(r.roles...)) {
			_, path, _ := strings.Cut(strings.TrimSuffix(r.pattern, "{$}"), " ")
			items = append(items, menuItem{Path: path, Name: r.menu, Here: v.within(path)})
		}
	}
	return items
}

// within says whether the visitor is on a page or on one below it.
func (v *visit) within(path string) bool {
	return v.r.URL.Path == path || path != "/" && strings.HasPrefix(v.r.URL.Path, path+"/")
}

// say answers with one sentence.
func (v *visit) say(status int, text string) {
	if err := v.render(status, "message", "提示", text); err != nil {
		v.s.Log.Error("page failed", "path", v.r.URL.Path, "err", err)
		http.Error(v.w, text, status)
	}
}
