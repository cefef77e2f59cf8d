package roster

import (
	"slices"
	"strings"

	"duban/internal/calendar"
	"duban/internal/issue"
	"duban/internal/understand"
)

// cell is a cell that is being read.
type cell struct {
	r    *reading
	g    *grid
	w    *row
	at   int
	head string
	text string
}

func (c *cell) fault(text string) { c.faultAt(c.text, text) }

// faultAt notes what is wrong with a part of the cell.
func (c *cell) faultAt(value, text string) {
	c.r.fault(Fault{Sheet: c.g.sheet, Row: c.w.number, Column: c.at, Head: c.head, Value: value, Text: text})
}

// unit is the id of the unit that the cell names.
func (c *cell) unit() string {
	n := c.r.names
	return c.one(n.units, "单位", (*understand.Reader).Unit)
}

// person is the id of the person whom the cell names.
func (c *cell) person() string {
	n := c.r.names
	return c.one(n.people, "人", (*understand.Reader).Person)
}

type lookup = func(*understand.Reader, string) (string, []string)

func (c *cell) one(x index, noun string, near lookup) string {
	text := field(c.text)
	if text == "" {
		return ""
	}
	id := x.find(text)
	if id == "" {
		c.unknown(text, x, noun, near)
	}
	return id
}

func (c *cell) unknown(text string, x index, noun string, near lookup) {
	hint := c.r.names.near(text, x, near)
	sheet := units().sheet
	if noun == "人" {
		sheet = people().sheet
	}
	switch {
	case len(words(text)) > 1:
		hint = "；这里只能写一个"
	case hint != "":
	default:
		hint = "；请先写进“" + sheet + "”表"
	}
	c.faultAt(text, "没有这个"+noun+hint)
}

// unitList are the ids of the units that the cell names.
func (c *cell) unitList() (ids []string) {
	x := c.r.names.units
	if id := x.find(tidy(c.text)); id != "" {
		return []string{id} // a name may hold what parts others
	}
	for _, word := range words(c.text) {
		id := x.find(word)
		switch {
		case id == "":
			c.unknown(word, x, "单位", (*understand.Reader).Unit)
		case !slices.Contains(ids, id):
			ids = append(ids, id)
		}
	}
	return ids
}

// group is the id of the ranking group that the cell names. A new one is registered, unless it looks like a slip.
func (c *cell) group() string {
	text := field(c.text)
	if text == "" {
		return ""
	}
	n := c.r.names
	if id := n.groups.find(text); id != "" {
		return id
	}
	if near := n.groups.oneOff(text); len(near) > 0 {
		c.fault("没有这个考核分组；是不是 " + n.groups.show(near[0]) + "？确实要新设，请先写进 config.yaml 的 groups")
		return ""
	}
	id := understand.NewID(text, func(id string) bool { return n.groups.find(id) != "" })
	c.r.reg.Groups = append(c.r.reg.Groups, issue.Group{ID: id, Name: text})
	n.groups.add(id, text, nil)
	return id
}

// aliases are other names; the entry's own is none.
func (c *cell) aliases(own string) []string {
	return slices.DeleteFunc(words(c.text), func(w string) bool { return fold(w) == fold(own) })
}

func (c *cell) yes() bool {
	value, ok := yes(c.text)
	if !ok {
		c.fault("要写 是 或 否")
	}
	return value
}

func (c *cell) count() int {
	n, ok := count(c.text)
	if !ok {
		c.fault("要写照片的张数，0 到 9 的整数")
	}
	return n
}

func (c *cell) limit() calendar.Limit {
	if tidy(c.text) == "" {
		c.fault("缺少" + c.head + "，请写 当日、3个工作日、4个工作时、24小时 或 3天")
		return calendar.Limit{}
	}
	l, wrong := readLimit(c.text)
	if wrong != "" {
		c.fault(wrong)
	}
	return l
}

// choice is a value with the word that people write for it, and other words.
type choice[V comparable] struct {
	value V
	word  string
	also  []string
}

func wordOf[V comparable](choices []choice[V], value V) string {
	for _, c := range choices {
		if c.value == value {
			return c.word
		}
	}
	return ""
}

func wordsOf[V comparable](choices []choice[V], values []V) string {
	var out []string
	for _, v := range values {
		out = append(out, wordOf(choices, v))
	}
	return strings.Join(out, "、")
}

func allWords[V comparable](choices []choice[V]) (out []string) {
	for _, c := range choices {
		out = append(out, c.word)
	}
	return out
}

// choose reads the cell's words. wrong may say what is the matter with a word that is no choice.
func choose[V comparable](c *cell, choices []choice[V], wrong func(word string) string) (out []V) {
	for _, word := range words(c.text) {
		i := slices.IndexFunc(choices, func(x choice[V]) bool { return loose(x.word) == loose(word) || slices.Contains(x.also, loose(word)) })
		if i < 0 {
			text := "只能写 " + strings.Join(allWords(choices), "、")
			if wrong != nil && wrong(word) != "" {
				text = wrong(word)
			}
			c.faultAt(word, text)
			continue
		}
		if v := choices[i].value; !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}
