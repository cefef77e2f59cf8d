package config

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// mapping alters the values of an entry that differ.
func (e *editor) mapping(n *yaml.Node, before, after reflect.Value) error {
	if n.Kind != yaml.MappingNode {
		return errShape
	}
	var lastKey, lastValue *yaml.Node // of the nearest field before that the entry has
	for i, name := range keysOf(before.Type()) {
		k, v := e.pair(n, name)
		if k != nil {
			lastKey, lastValue = k, v
		}
		was, now := before.Field(i), after.Field(i)
		if equal(was, now) {
			continue
		}
		var err error
		if k != nil {
			err = e.value(k, v, was, now)
		} else {
			err = e.addPair(n, lastKey, lastValue, name+": "+valueText(now))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// addPair adds a key behind another one of the same mapping, or before its first one.
func (e *editor) addPair(n, k, v *yaml.Node, text string) error {
	flow := n.Style&yaml.FlowStyle != 0
	if k == nil {
		if len(n.Content) == 0 {
			return errShape
		}
		at, parting := e.offset(n.Content[0]), ", "
		if !flow {
			parting = e.nl + strings.Repeat(" ", n.Content[0].Column-1)
		}
		e.replace(at, at, text+parting)
		return nil
	}
	at, err := e.endOfPair(k, v)
	if err != nil {
		return err
	}
	if flow {
		e.replace(at, at, ", "+text)
		return nil
	}
	at = e.lineEnd(at)
	e.replace(at, at, e.nl+strings.Repeat(" ", k.Column-1)+text)
	return nil
}

// value replaces one value, or what differs in it.
func (e *editor) value(k, v *yaml.Node, was, now reflect.Value) error {
	end, err := e.endOfPair(k, v)
	if err != nil {
		return err
	}
	switch {
	case isNull(v) && v.Value == "":
		e.replace(end, end, " "+valueText(now))
	case v.Kind == yaml.MappingNode:
		return e.mapping(v, was, now)
	case v.Kind == yaml.SequenceNode && len(v.Content) > 0 && now.Len() > 0:
		return e.words(v, stringsOf(was), stringsOf(now))
	case v.Kind == yaml.SequenceNode && v.Style&yaml.FlowStyle == 0:
		// The dashes may stand below the key itself, brackets may not.
		e.replace(e.offset(v), end, "  "+valueText(now))
	default:
		e.replace(e.offset(v), end, valueText(now))
	}
	return nil
}

// stringsOf are the items of a list as texts.
func stringsOf(list reflect.Value) []string {
	out := make([]string, list.Len())
	for i := range out {
		out[i] = list.Index(i).String()
	}
	return out
}

// words alters a list of texts item by item, so that its lines and comments stay.
func (e *editor) words(v *yaml.Node, was, now []string) error {
	if len(v.Content) != len(was) {
		return errShape
	}
	starts, ends := make([]int, len(was)), make([]int, len(was))
	for i, n := range v.Content {
		var err error
		starts[i] = e.offset(n)
		if ends[i], err = e.end(n); err != nil {
			return err
		}
	}
	flow := v.Style&yaml.FlowStyle != 0
	between := ", "
	if !flow {
		between = e.nl + strings.Repeat(" ", v.Column-1) + "- "
	}
	kept := align(was, now)
	last := len(was) - 1
	var out, behind strings.Builder
	to := &out
	for j, i := range kept {
		if j > 0 {
			if i > 0 {
				to.Write(e.src[ends[i-1]:starts[i]])
			} else {
				to.WriteString(between)
			}
		}
		if i >= 0 {
			to.Write(e.src[starts[i]:ends[i]])
		} else {
			to.WriteString(scalarText(now[j]))
		}
		if i == last && !flow {
			to = &behind // what follows goes behind the comment of the last line
		}
	}
	e.replace(starts[0], ends[last], out.String())
	at := e.lineEnd(ends[last])
	e.replace(at, at, behind.String())
	return nil
}

// align finds, for each text of a list, the one of another list that it stays from: the longest common part, in order. -1 is new.
func align(was, now []string) []int {
	length := make([][]int, len(was)+1)
	for i := range length {
		length[i] = make([]int, len(now)+1)
	}
	for i := range slices.Backward(was) {
		for j := len(now) - 1; j >= 0; j-- {
			length[i][j] = max(length[i+1][j], length[i][j+1])
			if was[i] == now[j] {
				length[i][j] = length[i+1][j+1] + 1
			}
		}
	}
	out := make([]int, len(now))
	i := 0
	for j := range now {
		out[j] = -1
		for i < len(was) && length[i+1][j] == length[i][j] && was[i] != now[j] {
			i++
		}
		if i < len(was) && was[i] == now[j] && length[i][j] == length[i+1][j+1]+1 {
			out[j] = i
			i++
		}
	}
	return out
}

// entryText is a new entry: on one line, or on several if it is long. Further lines have no margin.
func entryText(v reflect.Value) string {
	text := flowText(v)
	if utf8.RuneCountInString(text) <= widestLine {
		return text
	}
	return strings.Join(pairsOf(v), "\n")
}

// widestLine is how long a line with a whole entry may be, in characters.
const widestLine = 160

func flowText(v reflect.Value) string { return "{" + strings.Join(pairsOf(v), ", ") + "}" }

// pairsOf are the keys of an entry that say something.
func pairsOf(v reflect.Value) (pairs []string) {
	for i, name := range keysOf(v.Type()) {
		f := v.Field(i)
		if !f.IsZero() && (f.Kind() != reflect.Slice || f.Len() > 0) {
			pairs = append(pairs, name+": "+valueText(f))
		}
	}
	return pairs
}

func valueText(v reflect.Value) string {
	if m, ok := reflect.TypeAssert[encoding.TextMarshaler](v); ok {
		text, err := m.MarshalText()
		if err != nil {
			return fmt.Sprint(v.Interface())
		}
		return scalarText(string(text))
	}
	switch v.Kind() {
	case reflect.Struct:
		return flowText(v)
	case reflect.Slice:
		var items []string
		for i := range v.Len() {
			items = append(items, valueText(v.Index(i)))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case reflect.String:
		return scalarText(v.String())
	}
	return fmt.Sprint(v.Interface())
}

// scalarText writes a text so that it is read as this text: plainly where nothing in it could be taken for something else. ${…}
// in it is no variable.
func scalarText(s string) string {
	s = variable.ReplaceAllStringFunc(s, func(m string) string { return "$" + m })
	if plain(s) {
		return s
	}
	return strconv.Quote(s)
}

func plain(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	if s == "" || !unicode.IsLetter(first) && !unicode.IsDigit(first) && (first != '~' || s == "~") || last == ' ' {
		return false
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" _-./*~+%()（）《》·—", r) {
			return false
		}
	}
	var n yaml.Node
	if err := yaml.Load([]byte(s), &n); err != nil || len(n.Content) != 1 {
		return false
	}
	return n.Content[0].ShortTag() == "!!str" && n.Content[0].Value == s
}
