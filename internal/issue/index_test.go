package issue_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"duban/internal/issue"
)

// An indexed register finds what one without an index finds: the first of several, nothing where nothing is, and what its lists hold
// after they were replaced.
func TestIndexed(t *testing.T) {
	twice := func(r *issue.Register) {
		r.People = append(r.People, issue.Person{ID: "li_qiang", Name: "another"})
		r.Places = append(r.Places, issue.Place{Name: "金水湾小区", Unit: "another"})
	}
	for name, change := range map[string]func(*issue.Register){
		"as it was":   func(*issue.Register) {},
		"a list grew": func(r *issue.Register) { r.Units = append(r.Units, issue.Unit{ID: "new", Name: "新局"}) },
		"a list moved": func(r *issue.Register) {
			r.Units = slices.Insert(slices.Clone(r.Units), 0, issue.Unit{ID: "new"})[:len(r.Units)]
		},
		"a list ended": func(r *issue.Register) { r.People, r.Units = nil, r.Units[1:] },
		"its copy":     func(r *issue.Register) { c := *r; c.Places = c.Places[1:]; *r = c },
	} {
		t.Run(name, func(t *testing.T) {
			reg, plain := register(), register()
			twice(reg)
			twice(plain)
			reg.Indexed()
			change(reg)
			change(plain)
			for _, key := range []string{"", "li_qiang", "zhaoyang", "zhujian", "gongan", "new", "金水湾小区", "红星中路", "环境卫生", "office", "nobody"} {
				if diff := cmp.Diff(found(plain, key), found(reg, key)); diff != "" {
					t.Errorf("%q: %s", key, diff)
				}
			}
		})
	}
}

// found is all that a register knows under a key.
func found(r *issue.Register, key string) map[string]any {
	out := map[string]any{}
	note := func(what string, v any, ok bool) {
		if ok {
			out[what] = v
		}
	}
	person, ok := r.Person(key)
	note("person", person, ok)
	unit, ok := r.Unit(key)
	note("unit", unit, ok)
	place, ok := r.Place(key)
	note("place", place, ok)
	category, ok := r.Category(key)
	note("category", category, ok)
	chat, ok := r.Chat(key)
	note("chat", chat, ok)
	return out
}
