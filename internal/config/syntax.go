package config

import (
	"bytes"
	"errors"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// parse gives the one document of the file. If it cannot be read at all the fault says how to mend it.
func (r *reader) parse() (*yaml.Node, bool) {
	if !r.readable() {
		return nil, false
	}
	var doc yaml.Node
	err := yaml.Load(r.data, &doc)
	if err == nil && len(doc.Content) == 1 && !isNull(doc.Content[0]) {
		return doc.Content[0], true
	}
	switch {
	case err == nil || strings.Contains(err.Error(), "no documents"):
		r.syntax(spot{}, "文件是空的。请复制 config.example.yaml 的内容再修改")
	case strings.Contains(err.Error(), "multiple"):
		r.syntax(r.secondDocument(), "文件里有两份配置（--- 或 ... 把文件分成了两段），请只留一份")
	default:
		r.broken(err)
	}
	return nil, false
}

// readable refuses bytes that are no UTF-8 text, and characters that YAML does not allow.
func (r *reader) readable() bool {
	if len(r.data) > maxSize {
		r.syntax(spot{}, "文件超过 "+strconv.Itoa(maxSize>>20)+" MB，不像是配置文件")
		return false
	}
	if bytes.HasPrefix(r.data, []byte("PK\x03\x04")) {
		r.syntax(spot{}, "这是 Excel、Word 或压缩文件，不是配置文件。填好的登记表用 duban import 导入")
		return false
	}
	for i := 0; i < len(r.data); {
		c, size := utf8.DecodeRune(r.data[i:])
		switch {
		case c == utf8.RuneError && size == 1:
			r.syntax(r.at(i), "文件不是 UTF-8 编码（多半是记事本存成了 ANSI 或 Unicode）。请用记事本“另存为”，编码选 UTF-8")
			return false
		case c < ' ' && c != '\t' && c != '\n' && c != '\r', c == 0x7f, c >= 0x80 && c <= 0x9f && c != 0x85, c == 0xfffe, c == 0xffff:
			r.syntax(r.at(i), "这里有一个不能显示的控制字符，请删掉")
			return false
		}
		i += size
	}
	return true
}

// at gives the position of a byte.
func (r *reader) at(i int) spot {
	before := r.data[:i]
	line := bytes.LastIndexByte(before, '\n') + 1
	return spot{line: bytes.Count(before, []byte{'\n'}) + 1, column: utf8.RuneCount(before[line:]) + 1}
}

func (r *reader) syntax(at spot, text string) { r.add("", at, text) }

func (r *reader) lines() []string {
	text := strings.TrimPrefix(string(r.data), "\ufeff")
	return strings.Split(text, "\n")
}

// secondDocument finds the line that begins another document.
func (r *reader) secondDocument() spot {
	content := false
	for i, line := range r.lines() {
		if content && (strings.HasPrefix(line, "---") || strings.HasPrefix(line, "...")) {
			return spot{line: i + 1, column: 1}
		}
		bare := strings.TrimSpace(line)
		content = content || bare != "" && bare[0] != '#' && bare[0] != '%' && bare != "---"
	}
	return spot{}
}

// broken reports a document that is no YAML. The library stops at the first place that it does not understand; the usual
// slips of people who do not know YAML are looked for in all lines, because they often are the cause further up.
func (r *reader) broken(err error) {
	slips := r.slips()
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		e = &yaml.LoadError{Message: err.Error()}
	}
	at, text := meaning(e)
	at = inside(r.lines(), at)
	near := func(s slip) bool {
		return s.at.line >= at.line-1 && s.at.line <= at.line+1 || s.text == noPair && s.at.line < at.line
	}
	if !slices.ContainsFunc(slips, near) {
		r.syntax(at, text)
	}
	for _, s := range slips {
		r.syntax(s.at, s.text)
	}
}

// inside moves a position into the lines of the file: the library puts some faults behind the last line, or nowhere.
func inside(lines []string, at spot) spot {
	for len(lines) > 1 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	if at.line < 1 {
		return spot{line: 1, column: 1}
	}
	if at.line > len(lines) {
		at = spot{line: len(lines), column: utf8.RuneCountInString(lines[len(lines)-1]) + 1}
	}
	at.column = max(1, min(at.column, utf8.RuneCountInString(lines[at.line-1])+1))
	return at
}

// meaning translates what the library says. It repeats nothing of the file, which could be a secret.
func meaning(e *yaml.LoadError) (spot, string) {
	at := spot{line: e.Mark.Line, column: e.Mark.Column}
	start := spot{line: e.ContextMark.Line, column: e.ContextMark.Column}
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(e.Message, p) })
	}
	switch {
	case strings.Contains(e.ContextMsg, "quoted scalar") && has("end of stream", "document indicator"):
		return start, noPair
	case has("unknown escape"):
		return at, "双引号里的反斜杠 \\ 有特殊意思，请改用单引号"
	case strings.Contains(e.ContextMsg, "flow sequence"):
		return start, "这里的方括号 [ 没有配对，或列表里缺逗号（要用半角的 , 和 ]）"
	case strings.Contains(e.ContextMsg, "flow mapping"):
		return start, "这里的花括号 { 没有配对，或里面缺逗号（要用半角的 , 和 }）"
	case has("unknown anchor"), strings.Contains(e.ContextMsg, "alias"), strings.Contains(e.ContextMsg, "anchor"):
		return at, "以 * 或 & 开头的值要加引号"
	case has("tab"):
		return at, "缩进要用空格，不能用 Tab"
	case has("cannot start any token"):
		return at, "这里的值以特殊字符开头（@ ` % 或 Tab），请给它加上引号"
	case has("mapping values are not allowed"):
		return at, "这一行的冒号用错了地方：缩进没有对齐，或上一行写错，或值里有冒号而没有加引号"
	case has("'-' indicator", "block sequence entries"):
		return at, "列表的各项要以“- ”开头，并且左边对齐"
	case has("expected ':'", "expected key"):
		return at, "这一行不是“键: 值”，或缩进没有和同组的键对齐"
	case has("max depth"):
		return at, "括号或缩进的层数太多"
	}
	return at, "这一行不是正确的 YAML；请对照 config.example.yaml 检查缩进、冒号、引号和括号"
}

// slip is a usual mistake of writing.
type slip struct {
	at   spot
	text string
}

// noPair is said of a quotation mark without its other half. The library stops far below: it takes the next one for the other half.
const noPair = "这里的引号没有配对，请在这一行补上另一半引号"

var (
	wideColon = regexp.MustCompile(`(?:^|[\s{,，-])([A-Za-z_][A-Za-z0-9_]*)\s*：`)
	noSpace   = regexp.MustCompile(`^\s*(?:-\s+)?([A-Za-z_][A-Za-z0-9_]*):[^\s]`)
	newEntry  = regexp.MustCompile(`^\s*(?:$|#|-\s|[A-Za-z_][A-Za-z0-9_]*:)`)
)

// slips looks for full-width colons after keys, missing blanks after colons, indentation by tabs or wide blanks, and quotation marks
// without their other half.
func (r *reader) slips() []slip {
	keys := allKeys(reflect.TypeFor[Config]())
	var found []slip
	all := r.lines()
	for i, whole := range all {
		line, _, _ := strings.Cut(whole, " #")
		add := func(offset int, text string) {
			found = append(found, slip{spot{line: i + 1, column: utf8.RuneCountInString(whole[:offset]) + 1}, text})
		}
		indent := line[:len(line)-len(strings.TrimLeft(line, " \t\u3000\u00a0"))]
		if n := strings.IndexByte(indent, '\t'); n >= 0 {
			add(n, "缩进用了 Tab，请改成空格")
		} else if n := strings.IndexAny(indent, "\u3000\u00a0"); n >= 0 {
			add(n, "缩进里有全角空格或网页空格，请改成普通空格")
		}
		if m := wideColon.FindStringSubmatchIndex(line); m != nil && keys[line[m[2]:m[3]]] {
			key := line[m[2]:m[3]]
			add(m[3], key+" 后面的冒号是全角的“：”，请改成半角冒号加一个空格（"+key+": …）")
		}
		if m := noSpace.FindStringSubmatchIndex(line); m != nil && keys[line[m[2]:m[3]]] {
			add(m[3], line[m[2]:m[3]]+" 的冒号后面要有一个空格")
		}
		if n := openQuote(whole); n >= 0 && (i+1 == len(all) || newEntry.MatchString(all[i+1])) {
			add(n, noPair)
		}
	}
	return found
}

// openQuote finds the quotation mark that opens a value in a line and is not closed in it; -1 if there is none.
func openQuote(line string) int {
	open := -1
	for i := 0; i < len(line); i++ {
		before := strings.TrimRight(line[:i], " ")
		switch c := line[i]; {
		case open >= 0 && c == '\\' && line[open] == '"':
			i++
		case open >= 0 && c == line[open]:
			open = -1
		case open >= 0:
		case c == '#' && (i == 0 || line[i-1] == ' '):
			return -1
		case (c == '"' || c == '\'') && (before == "" || strings.ContainsRune(":-[{,'", rune(before[len(before)-1]))):
			open = i
		}
	}
	return open
}

// allKeys gives every key that occurs anywhere in the file.
func allKeys(t reflect.Type) map[string]bool {
	keys := map[string]bool{}
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || isText(t) {
			return
		}
		for i, key := range keysOf(t) {
			keys[key] = true
			walk(t.Field(i).Type)
		}
	}
	walk(t)
	return keys
}
