package config

import (
	"encoding"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/internal/issue"
)

var docsFile = filepath.Join("..", "..", "docs", "configuration.md")

// documented is one key of the file as the example explains it.
type documented struct {
	path, comment string
	required      bool
	group         bool // has keys of its own
	fallback      string
}

// keysPart is the generated part of the document.
var keysPart = regexp.MustCompile(`(?s)(<!-- keys:begin -->\n).*(<!-- keys:end -->)`)

// TestEveryKeyIsExplained walks all keys of Config: each must be explained in the example, and the default that the
// explanation names must be the real one. The document's tables are made of the same explanations.
func TestEveryKeyIsExplained(t *testing.T) {
	text := readExample(t)
	comments, err := explanations([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	keys := describe("", reflect.ValueOf(Default()), comments, false)
	for _, k := range keys {
		if k.group {
			continue
		}
		if k.comment == "" {
			t.Errorf("%s is not explained", k.path)
		} else if !k.namesDefault() {
			t.Errorf("%s: the default is %q, the explanation says: %s", k.path, k.fallback, k.comment)
		}
	}
	data, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	if !keysPart.Match(data) {
		t.Fatal("the document has no part for the keys")
	}
	golden(t, docsFile, keysPart.ReplaceAllStringFunc(string(data), func(string) string {
		return "<!-- keys:begin -->\n" + tables(keys, headings(text)) + "<!-- keys:end -->"
	}))
}

// describe lists the keys of a value in the order of its fields.
func describe(path string, v reflect.Value, comments map[string]string, inList bool) []documented {
	var out []documented
	for i, key := range keysOf(v.Type()) {
		f := v.Field(i)
		k := documented{path: join(path, key), comment: comments[join(path, key)], fallback: rendered(f)}
		k.required = strings.HasSuffix(k.comment, "必填")
		if k.path == "escalation[].urgent_at" {
			k.fallback = urgentDefaults()
		}
		switch element := f.Type(); {
		case f.Kind() == reflect.Slice && element.Elem().Kind() == reflect.Struct && !isText(element.Elem()):
			k.group = true
			out = append(out, k)
			out = append(out, describe(k.path+"[]", reflect.New(element.Elem()).Elem(), comments, true)...)
		case f.Kind() == reflect.Struct && !isText(element):
			k.group = true
			out = append(out, k)
			out = append(out, describe(k.path, f, comments, inList)...)
		default:
			out = append(out, k)
		}
	}
	return out
}

// urgentDefaults tells the defaults of urgent_at, which depend on the level.
func urgentDefaults() string {
	var own, same []string
	for _, rung := range Default().Escalation {
		if rung.UrgentAt == nil {
			same = append(same, rung.Level)
			continue
		}
		own = append(own, rung.Level+" 是 "+rung.UrgentAt.String())
	}
	return strings.Join(own, "，") + "，" + strings.Join(same, "、") + " 同 at"
}

// rendered is a default as the file writes it; nothing for empty values.
func rendered(v reflect.Value) string {
	if v.Kind() == reflect.Slice {
		var items []string
		for i := range v.Len() {
			if v.Type().Elem().Kind() == reflect.Struct && !isText(v.Type().Elem()) {
				return ""
			}
			items = append(items, rendered(v.Index(i)))
		}
		return strings.Join(items, " 和 ")
	}
	switch value := v.Interface().(type) {
	case Secret:
		return value.Reveal() // what everybody knows
	case time.Duration:
		return short(value)
	case issue.Points:
		return value.Text()
	case encoding.TextMarshaler:
		if v.Kind() == reflect.Pointer && v.IsNil() {
			return ""
		}
		text, _ := value.MarshalText()
		return string(text)
	}
	if v.Kind() == reflect.Pointer || v.Kind() == reflect.Struct {
		return ""
	}
	return fmt.Sprint(v.Interface())
}

// namesDefault says whether the explanation names the default, or says that there is none or that the key is required.
func (k documented) namesDefault() bool {
	if k.required {
		return true
	}
	if i := strings.LastIndex(k.comment, "默认 "); i >= 0 {
		return k.comment[i+len("默认 "):] == k.fallback
	}
	if k.fallback == "" {
		return regexp.MustCompile(`默认(没有|不写|同姓名)$`).MatchString(k.comment) || k.path == "chats[].listen"
	}
	return regexp.MustCompile(regexp.QuoteMeta(k.fallback) + `（([^（）]*[，：])?默认）`).MatchString(k.comment)
}

var defaultPart = regexp.MustCompile(`。?(默认[^。（）]*|必填)$`)

// headings gives the example's heading before each key of the first level.
func headings(text string) map[string]string {
	out := map[string]string{}
	heading := ""
	for line := range strings.Lines(text) {
		if m := regexp.MustCompile(`^# ── (.*?) ─+`).FindStringSubmatch(line); m != nil {
			heading = m[1]
		}
		if m := regexp.MustCompile(`^([a-z_]+):`).FindStringSubmatch(line); m != nil {
			out[m[1]] = heading
		}
	}
	return out
}

// tables writes one table for each key of the first level.
func tables(keys []documented, headings map[string]string) string {
	var b strings.Builder
	seen := []string{}
	for _, k := range keys {
		top, _, _ := strings.Cut(strings.ReplaceAll(k.path, "[]", "."), ".")
		if !slices.Contains(seen, top) {
			seen = append(seen, top)
			fmt.Fprintf(&b, "\n### %s — %s\n\n| 键 | 默认 | 说明 |\n|---|---|---|\n", top, headings[top])
		}
		if k.group {
			continue
		}
		fallback := "`" + k.fallback + "`"
		switch {
		case k.required:
			fallback = "**必填**"
		case k.path == "people[].remark":
			fallback = "同 name"
		case k.path == "escalation[].urgent_at":
			fallback = k.fallback
		case k.path == "chats[].listen":
			fallback = "`" + ListenCommands + "`"
		case k.fallback == "":
			fallback = "没有"
		}
		text := strings.ReplaceAll(defaultPart.ReplaceAllString(k.comment, ""), "|", "\\|")
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.path, fallback, text)
	}
	return b.String() + "\n"
}
