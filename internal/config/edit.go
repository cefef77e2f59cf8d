package config

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"duban/internal/issue"

	"go.yaml.in/yaml/v4"
)

// errShape says that the file could not be altered where it stands, for want of a usual way of writing.
var errShape = errors.New("config: this way of writing cannot be altered in place")

// listsOf are the lists of the register that Rewrite alters, by their keys in the file.
func listsOf(c *Config) map[string]reflect.Value {
	return map[string]reflect.Value{
		"groups": reflect.ValueOf(&c.Groups).Elem(), "units": reflect.ValueOf(&c.Units).Elem(),
		"people": reflect.ValueOf(&c.People).Elem(), "places": reflect.ValueOf(&c.Places).Elem(),
		"categories": reflect.ValueOf(&c.Categories).Elem(), "chats": reflect.ValueOf(&c.Chats).Elem(),
	}
}

// listKeys are the keys of listsOf in the order in which missing ones are added to a file.
var listKeys = []string{"groups", "units", "people", "places", "categories", "chats"}

// Rewrite gives the text of a configuration file with the groups, units, people, places, categories and chats of the register in
// place of its own. Everything that is the same stays byte for byte: comments, order, quotes, ${NAME}, line ends. Entries are
// matched by id, places and categories by name; those that stay have to come first and in the file's order, new ones after
// them.
//
// The outcome is read again before it is given: it says exactly what was asked for, or there is an error. That is *Errors where
// the file, or what it would become, has faults, and otherwise a sentence in Chinese that names the place that cannot be altered.
func Rewrite(name string, data []byte, reg *issue.Register) ([]byte, error) {
	old, err := Parse(name, data)
	if err != nil {
		return nil, err
	}
	want := *old
	want.Groups, want.Units, want.People = reg.Groups, reg.Units, reg.People
	want.Places, want.Categories, want.Chats = reg.Places, reg.Categories, reg.Chats
	out, err := rewrite(data, old, &want)
	if err != nil {
		return nil, err
	}
	got, err := Parse(name, out)
	if err != nil {
		return nil, err
	}
	if !equal(reflect.ValueOf(*got), reflect.ValueOf(want)) {
		return nil, errors.New("配置文件的写法比较特别，程序不能保证改对，所以没有改；请在文件里直接修改")
	}
	return out, nil
}

func rewrite(data []byte, old, want *Config) ([]byte, error) {
	e, err := newEditor(data)
	if err != nil {
		return nil, err
	}
	before, after := listsOf(old), listsOf(want)
	if _, value := e.pair(e.root, "categories"); value == nil || isNull(value) {
		if !equal(before["categories"], after["categories"]) {
			// The file has none of its own: what it means is written out, explanations and all, and altered there.
			return rewrite(e.withShipped(value != nil), old, want)
		}
	}
	var missing []string
	for _, key := range listKeys {
		if equal(before[key], after[key]) {
			continue
		}
		if k, _ := e.pair(e.root, key); k == nil {
			missing = append(missing, key)
		} else if err := e.section(key, before[key], after[key]); err != nil {
			return nil, err
		}
	}
	out, err := e.apply()
	if err != nil || len(missing) == 0 {
		return out, err
	}
	if e, err = newEditor(out); err != nil {
		return nil, err
	}
	top, rest := e.top()
	for _, key := range missing {
		top = slices.Concat(top, []byte(e.parting(top)+key+":"+e.lines(e.fresh(before[key], after[key]), 2)+e.nl))
	}
	return slices.Concat(top, rest), nil
}

// equal compares what was read from files. An empty list is the same as none.
func equal(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !equal(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		for i := range a.NumField() {
			if !equal(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}

// editor collects what is to be replaced in a file.
type editor struct {
	src     []byte
	starts  []int // of lines
	nl      string
	root    *yaml.Node
	splices []splice
}

// splice replaces bytes of the file.
type splice struct {
	from, to int
	text     string
}

func newEditor(data []byte) (*editor, error) {
	e := &editor{src: data, starts: []int{0}, nl: "\n"}
	if bytes.Contains(data, []byte("\r\n")) {
		e.nl = "\r\n"
	}
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		e.starts[0] = len("\ufeff")
	}
	for i, b := range data {
		if b == '\n' || b == '\r' && !bytes.HasPrefix(data[i:], []byte("\r\n")) {
			e.starts = append(e.starts, i+1)
		}
	}
	root, ok := newReader("", data, nil).parse()
	if !ok || root.Kind != yaml.MappingNode || root.Style&yaml.FlowStyle != 0 {
		return nil, errors.New("整个配置文件写在一对花括号里，程序改不了；请照 config.example.yaml 分行写")
	}
	e.root = root
	return e, nil
}

// withShipped is the file with the shipped categories at its end; a key without a value is taken away.
func (e *editor) withShipped(bare bool) []byte {
	top, rest := e.top()
	if key, value := e.pair(e.root, "categories"); bare {
		from := e.starts[key.Line-1]
		_, to := e.line(max(key.Line, value.Line))
		top = slices.Concat(e.src[:from], top[to:])
	}
	return slices.Concat(top, []byte(e.parting(top)), bytes.ReplaceAll(shipped, []byte("\n"), []byte(e.nl)), rest)
}

// top is the part of the file behind which another section can be added: all of it, or what is before the mark of the
// document's end.
func (e *editor) top() (top, rest []byte) {
	last := e.root.Content[len(e.root.Content)-2]
	if n := e.nextKey(last); n <= len(e.starts) {
		from, _ := e.line(n)
		return e.src[:from], e.src[from:]
	}
	return e.src, nil
}

// parting is an empty line behind a text, and the end of its last line if it has none.
func (e *editor) parting(text []byte) string {
	if len(text) > 0 && text[len(text)-1] != '\n' && text[len(text)-1] != '\r' {
		return e.nl + e.nl
	}
	return e.nl
}

// apply gives the file with everything replaced.
func (e *editor) apply() ([]byte, error) {
	slices.SortStableFunc(e.splices, func(a, b splice) int { return a.from - b.from })
	var out bytes.Buffer
	at := 0
	for _, s := range e.splices {
		if s.from < at || s.to < s.from {
			return nil, errShape
		}
		out.Write(e.src[at:s.from])
		out.WriteString(s.text)
		at = s.to
	}
	out.Write(e.src[at:])
	return out.Bytes(), nil
}

func (e *editor) replace(from, to int, text string) {
	e.splices = append(e.splices, splice{from, to, text})
}

// refuse is the error for a place that cannot be altered.
func refuse(key string, n *yaml.Node, why string) error {
	return fmt.Errorf("配置文件第 %d 行（%s）%s，程序不改，请在文件里直接修改", n.Line, key, why)
}

// section alters one list of the register.
func (e *editor) section(key string, before, after reflect.Value) error {
	k, v := e.pair(e.root, key)
	fresh := e.fresh(before, after)
	if hasAnchor(v) {
		return refuse(key, k, "用了 YAML 引用（&名字 或 *名字）")
	}
	var err error
	switch {
	case isNull(v) || len(v.Content) == 0:
		err = e.fill(k, v, fresh)
	case v.Style&yaml.FlowStyle != 0:
		err = e.flowSection(v, before, after, fresh)
	default:
		err = e.blockSection(k, v, before, after, fresh)
	}
	if errors.Is(err, errShape) {
		return refuse(key, k, "的写法比较特别")
	}
	return err
}

func hasAnchor(n *yaml.Node) bool {
	return n.Kind == yaml.AliasNode || n.Anchor != "" || slices.ContainsFunc(n.Content, hasAnchor)
}

// keyOf is what an entry is matched by: its id, or its name where it has none.
func keyOf(v reflect.Value) string {
	if id := v.FieldByName("ID"); id.IsValid() {
		return id.String()
	}
	return v.FieldByName("Name").String()
}

// byKey finds the entries of a list by their keys.
func byKey(list reflect.Value) map[string]reflect.Value {
	out := map[string]reflect.Value{}
	for i := range list.Len() {
		out[keyOf(list.Index(i))] = list.Index(i)
	}
	return out
}

// fresh are the entries that are new.
func (e *editor) fresh(before, after reflect.Value) (out []reflect.Value) {
	known := byKey(before)
	for i := range after.Len() {
		if _, old := known[keyOf(after.Index(i))]; !old {
			out = append(out, after.Index(i))
		}
	}
	return out
}

// fill gives a list its first entries.
func (e *editor) fill(k, v *yaml.Node, entries []reflect.Value) error {
	end, err := e.endOfPair(k, v)
	if err != nil {
		return err
	}
	if v.Value != "" || v.Kind == yaml.SequenceNode {
		e.replace(e.offset(v), end, "")
	}
	at := e.lineEnd(end)
	e.replace(at, at, e.lines(entries, k.Column+1))
	return nil
}

// lines are entries, each on lines of its own behind a line end.
func (e *editor) lines(entries []reflect.Value, indent int) string {
	var b strings.Builder
	for _, entry := range entries {
		margin := e.nl + strings.Repeat(" ", indent)
		b.WriteString(margin + "- " + strings.ReplaceAll(entryText(entry), "\n", margin+"  "))
	}
	return b.String()
}

// flowSection alters a list that stands between brackets.
func (e *editor) flowSection(v *yaml.Node, before, after reflect.Value, fresh []reflect.Value) error {
	stay, last := byKey(after), -1 // last is the last entry that stays
	spans := make([]splice, len(v.Content))
	for i, n := range v.Content {
		end, err := e.end(n)
		if err != nil {
			return err
		}
		spans[i] = splice{from: e.offset(n), to: end}
		now, stays := stay[keyOf(before.Index(i))]
		if !stays {
			continue
		}
		last = i
		if err := e.mapping(n, before.Index(i), now); err != nil {
			return err
		}
	}
	for i := range last {
		if _, stays := stay[keyOf(before.Index(i))]; !stays {
			e.replace(spans[i].from, spans[i+1].from, "")
		}
	}
	var added []string
	for _, entry := range fresh {
		added = append(added, flowText(entry))
	}
	from, text := spans[0].from, strings.Join(added, ", ")
	if last >= 0 {
		from = spans[last].to
		if text != "" {
			text = ", " + text
		}
	}
	e.replace(from, spans[len(spans)-1].to, text)
	return nil
}

// blockSection alters a list whose entries have lines of their own.
func (e *editor) blockSection(k, v *yaml.Node, before, after reflect.Value, fresh []reflect.Value) error {
	dashes := make([]int, len(v.Content)) // lines of the entries, from 1
	for i, n := range v.Content {
		var err error
		if dashes[i], err = e.dash(n); err != nil {
			return err
		}
	}
	bounds := append(slices.Clone(dashes), e.nextKey(k))
	stay, lastLine := byKey(after), 0
	for i, n := range v.Content {
		end := e.trimmed(dashes[i], bounds[i+1])
		lastLine = end
		now, stays := stay[keyOf(before.Index(i))]
		if stays {
			if err := e.mapping(n, before.Index(i), now); err != nil {
				return err
			}
			continue
		}
		from, _ := e.line(dashes[i])
		_, to := e.line(end)
		e.replace(from, to, "")
	}
	if len(fresh) > 0 {
		_, at := e.line(lastLine)
		text := strings.TrimPrefix(e.lines(fresh, v.Column-1), e.nl) + e.nl
		if at > 0 && e.src[at-1] != '\n' && e.src[at-1] != '\r' {
			text = e.nl + strings.TrimSuffix(text, e.nl)
		}
		e.replace(at, at, text)
	}
	return nil
}
