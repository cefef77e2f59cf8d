package config

import (
	"bytes"
	"encoding"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"

	"duban/internal/issue"

	"go.yaml.in/yaml/v4"
)

// What is shown of values that are not texts.
const (
	shownList = "[…]"
	shownMap  = "{…}"
	shownNull = "空"
	// An empty text is shown by its quotes, because the empty Fault.Value means that there is nothing to show.
	shownEmpty = `""`
)

// maxAliased bounds how many values may be read through YAML aliases, so that a short file cannot unfold into a huge one.
const maxAliased = 10_000

// reader fills a Config from the YAML document by walking both side by side. It does not stop at a fault: it notes it and
// goes on, and remembers where every value stands so that later checks can point at it.
type reader struct {
	file    string
	data    []byte
	getenv  func(string) (string, bool)
	faults  []Fault
	more    int             // faults that are not listed because there are too many
	spots   map[string]spot // by path; only values that are there and not null
	faulty  map[string]bool // paths that have a fault already
	meant   map[string]bool // paths whose key is there but misspelt, so that it is not missing as well
	aliased int             // values read through aliases so far
	inAlias int             // depth of aliases being read
	aliasAt spot            // where the outermost of them stands
}

func newReader(file string, data []byte, getenv func(string) (string, bool)) *reader {
	// Old line ends would count differently here and in the YAML library.
	data = bytes.ReplaceAll(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	return &reader{
		file: file, data: data, getenv: getenv,
		spots: map[string]spot{}, faulty: map[string]bool{}, meant: map[string]bool{},
	}
}

// load reads the document into c, which keeps its defaults wherever the file says nothing. It answers whether there is a
// document at all; its values may have faults.
func (r *reader) load(c *Config) bool {
	root, ok := r.parse()
	if ok {
		r.value("", root, reflect.ValueOf(c).Elem())
	}
	return ok
}

// has says whether the file gives a value for the path.
func (r *reader) has(path string) bool {
	_, ok := r.spots[path]
	return ok
}

// value reads one node into v. A null leaves v as it is, because a key without a value says nothing.
func (r *reader) value(path string, n *yaml.Node, v reflect.Value) {
	at := spot{line: n.Line, column: n.Column}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
		if r.inAlias == 0 {
			r.aliasAt = at
		}
		r.inAlias++
		defer func() { r.inAlias-- }()
	}
	if r.inAlias > 0 && !r.countAlias() {
		return
	}
	if isNull(n) {
		return
	}
	at.raw = raw(n)
	r.spots[path] = at
	if strings.HasPrefix(n.Tag, "!") && n.Style&yaml.TaggedStyle != 0 {
		r.fault(path, "不支持 YAML 标签（以 ! 开头的写法），请删去")
		return
	}
	r.typed(path, n, v)
}

// countAlias counts a value that is read through an alias, and reports once that there are too many.
func (r *reader) countAlias() bool {
	r.aliased++
	if r.aliased == maxAliased+1 {
		r.add("", r.aliasAt, "YAML 引用（*名字）展开后超过 "+strconv.Itoa(maxAliased)+" 项，请直接写出内容")
	}
	return r.aliased <= maxAliased
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

func raw(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return shownList
	case yaml.MappingNode:
		return shownMap
	}
	if n.Value == "" {
		return shownEmpty
	}
	return n.Value
}

// typed reads a node by the type of v.
func (r *reader) typed(path string, n *yaml.Node, v reflect.Value) {
	switch target := v.Addr().Interface().(type) {
	case *Secret:
		// A secret may be missing where what needs it is not used; without its password an address is another address.
		if text, ok := r.text(path, n, path != "storage.dsn"); ok {
			*target = Secret(text)
		}
		return
	case *time.Duration:
		r.duration(path, n, target)
		return
	case *issue.Points:
		r.points(path, n, target)
		return
	case encoding.TextUnmarshaler:
		if text, ok := r.text(path, n, false); ok && target.UnmarshalText([]byte(text)) != nil {
			r.fault(path, form(v.Interface()))
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		fresh := reflect.New(v.Type().Elem())
		r.typed(path, n, fresh.Elem())
		v.Set(fresh)
	case reflect.Struct:
		r.section(path, n, v)
	case reflect.Slice:
		r.list(path, n, v)
	default:
		r.scalar(path, n, v)
	}
}

// section reads a mapping with fixed keys.
func (r *reader) section(path string, n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		r.fault(path, notSection(path, n, keysOf(v.Type())))
		return
	}
	fields := fieldsOf(v.Type())
	keys := keysOf(v.Type())
	r.pairs(path, n, func(key string, k, value *yaml.Node) {
		if f, ok := fields[key]; ok {
			r.value(join(path, key), value, v.Field(f))
			return
		}
		r.unknown(path, key, k, keys)
	})
}

// pairs walks the pairs of a mapping and reports keys that are no plain words or that come twice.
func (r *reader) pairs(path string, n *yaml.Node, each func(key string, k, value *yaml.Node)) {
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, value := n.Content[i], n.Content[i+1]
		at := spot{line: k.Line, column: k.Column}
		if k.Kind != yaml.ScalarNode {
			r.add(join(path, "?"), at, "键要写成一个词")
			continue
		}
		key := k.Value
		if line, twice := first[key]; twice {
			r.add(join(path, key), at, "这个键写了两次，前一次在第 "+strconv.Itoa(line)+" 行；请合并成一处")
			continue
		}
		first[key] = k.Line
		each(key, k, value)
	}
}

// unknown reports a key that does not exist. A key that was probably meant counts as given, so that it is not reported as
// missing as well.
func (r *reader) unknown(path, key string, k *yaml.Node, keys []string) {
	text := "没有这个键"
	switch name, _, found := strings.Cut(key, "："); {
	case found:
		text = "冒号是全角的“：”，请改成半角冒号加一个空格，例如 " + printable(name) + ": …"
	case key == "<<":
		text = "不支持 << 合并写法，请直接写出内容"
	default:
		text += maybe(key, keys) + "（可用：" + strings.Join(keys, "、") + "）"
	}
	for _, k := range keys {
		// What would have been merged in is not missing.
		r.meant[join(path, k)] = r.meant[join(path, k)] || key == "<<"
	}
	if near := nearest(key, keys); near != "" {
		r.meant[join(path, near)] = true
	}
	if name, _, found := strings.Cut(key, "："); found {
		r.meant[join(path, strings.TrimSpace(name))] = true
		key = name
	}
	r.add(join(path, printable(key)), spot{line: k.Line, column: k.Column}, text)
}

// printable makes a key from the file fit for a one-line message.
func printable(key string) string {
	if runes := []rune(key); len(runes) > shownValue {
		key = string(runes[:shownValue]) + "…"
	}
	return strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return '�'
		}
		return c
	}, key)
}

// list reads a sequence; it replaces the default as a whole.
func (r *reader) list(path string, n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		r.fault(path, notList(v.Type()))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, c := range n.Content {
		if r.aliased > maxAliased {
			return
		}
		if isNull(c) {
			r.add(item(path, i), spot{line: c.Line, column: c.Column}, "这一项是空的，请填写或删去")
			continue
		}
		r.value(item(path, i), c, v.Index(i))
	}
}

// fieldsOf gives the fields of a type by their YAML keys.
func fieldsOf(t reflect.Type) map[string]int {
	fields := map[string]int{}
	for i, key := range keysOf(t) {
		fields[key] = i
	}
	return fields
}

// keysOf gives the YAML keys of a type in the order of its fields. Every field has one, but for those at the end that are not in
// the file ("-").
func keysOf(t reflect.Type) []string {
	var keys []string
	for f := range t.Fields() {
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if key == "-" {
			break
		}
		keys = append(keys, key)
	}
	return keys
}
