package roster

import (
	"slices"
	"strings"

	"duban/internal/issue"
	"duban/internal/understand"
)

// index finds ids by what people write for them, and names by ids.
type index struct {
	id    map[string]string // by a name, an alias or the id itself
	loose map[string]string // the same without blanks, width and capitals; "" where two have it
	name  map[string]string
}

func newIndex() index {
	return index{id: map[string]string{}, loose: map[string]string{}, name: map[string]string{}}
}

func (x index) add(id, name string, aliases []string) {
	x.name[id] = name
	for _, word := range append([]string{name, id}, aliases...) {
		if _, taken := x.id[word]; !taken {
			x.id[word] = id
		}
		if other, taken := x.loose[loose(word)]; taken && other != id {
			x.loose[loose(word)] = ""
		} else {
			x.loose[loose(word)] = id
		}
	}
}

// former adds a name that an entry had before the workbook renamed it, unless it is somebody's now.
func (x index) former(id, name string) {
	if _, stays := x.name[id]; !stays || x.loose[loose(name)] != "" {
		return
	}
	x.loose[loose(name)] = id
}

// find gives the id that a text means; "" if none or several.
func (x index) find(text string) string {
	if id, ok := x.id[text]; ok {
		return id
	}
	return x.loose[loose(text)]
}

// show is the name of an id; the id itself where there is none.
func (x index) show(id string) string {
	if name, ok := x.name[id]; ok {
		return name
	}
	return id
}

func (x index) showAll(ids []string) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = x.show(id)
	}
	return strings.Join(out, "、")
}

// names are what the cells of a workbook may refer to.
type names struct {
	units, people, groups index
	reg                   *issue.Register
	reader                *understand.Reader // made when something is misspelt
}

func newNames(reg *issue.Register) *names {
	n := &names{units: newIndex(), people: newIndex(), groups: newIndex(), reg: reg}
	for _, g := range reg.Groups {
		n.groups.add(g.ID, g.Name, nil)
	}
	for _, u := range reg.Units {
		n.units.add(u.ID, u.Name, u.Aliases)
	}
	for _, p := range reg.People {
		n.people.add(p.ID, p.Name, p.Aliases)
	}
	return n
}

// formerly adds the names that entries had before.
func (n *names) formerly(reg *issue.Register) {
	for _, u := range reg.Units {
		n.units.former(u.ID, u.Name)
	}
	for _, p := range reg.People {
		n.people.former(p.ID, p.Name)
	}
}

// near is what a misspelt name may be, in writing or in sound, as the end of a sentence.
func (n *names) near(text string, x index, lookup func(*understand.Reader, string) (string, []string)) string {
	if n.reader == nil {
		n.reader = understand.New(&issue.Register{Units: n.reg.Units, People: n.reg.People}, nil)
	}
	_, candidates := lookup(n.reader, text)
	if len(candidates) == 0 {
		candidates = x.oneOff(text)
	}
	var out []string
	for _, id := range candidates[:min(len(candidates), 2)] {
		out = append(out, x.show(id))
	}
	if len(out) == 0 {
		return ""
	}
	return "；是不是 " + strings.Join(out, " 或 ") + "？"
}

// oneOff are the ids of names that differ from a text in one character.
func (x index) oneOff(text string) (ids []string) {
	want := []rune(loose(text))
	for id, name := range x.name {
		have := []rune(loose(name))
		if len(have) != len(want) || len(have) < 2 {
			continue
		}
		differ := 0
		for i := range have {
			if have[i] != want[i] {
				differ++
			}
		}
		if differ == 1 {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
