package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"

	"duban/internal/calendar"
	"duban/internal/issue"

	"go.yaml.in/yaml/v4"
)

// The form of values, as regular expressions that ECMAScript and Go read alike. What stands around them is blank.
const (
	formDate     = `([0-9]{4}-[0-9]{2}-[0-9]{2})?`
	formTime     = `[0-9]{1,2}:[0-9]{2}`
	formPeriod   = `([0-9]{1,2}:[0-9]{2}\s*-\s*[0-9]{1,2}:[0-9]{2})?`
	formLimit    = `(same_day|\+?[0-9]+\s+(work_day|work_hour|urgent_hour|natural_day))?`
	formOffset   = `([+-]?0|[+-]?[0-9]+\s+(work_day|work_hour|urgent_hour|natural_day)|next_day\s+[0-9]{1,2}:[0-9]{2})?`
	formDuration = `[+-]?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)`
	formPoints   = `[+-]?[0-9]+(\.[0-9]{1,2})?`
	formInt      = `[+-]?(0|[1-9][0-9]*)`
	formSpec     = `(off|@.+|(\S+\s+){4}\S+)`
	formBool     = `([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])`
	formVariable = `\$\{` // filled in from the environment when the file is read
)

// needed are the keys that a thing in a list must have, with a value.
var needed = map[string]bool{
	"groups[].id": true, "groups[].name": true, "units[].id": true, "units[].name": true, "people[].id": true, "people[].name": true,
	"places[].name": true, "categories[].name": true, "categories[].limit": true, "responsibility[].unit": true, "chats[].id": true,
	"chats[].name": true, "escalation[].level": true, "escalation[].at": true, "escalation[].to": true,
}

// node is a schema, or a part of one.
type node = map[string]any

// Schema is the JSON Schema (draft 2020-12) of the file, for editors: what may stand where, and what it means, in the words of the
// example's comments. It refuses nothing that Parse takes. Parse refuses more: references that lead nowhere, numbers out of range, and
// whatever depends on other values.
func Schema(example []byte) ([]byte, error) {
	comments, err := explanations(example)
	if err != nil {
		return nil, err
	}
	s := schemer{comments}
	root := s.section("", reflect.TypeFor[Config]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "督办机器人的配置"
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(root); err != nil {
		return nil, fmt.Errorf("write schema: %w", err)
	}
	return out.Bytes(), nil
}

type schemer struct{ comments map[string]string }

// section is a group of keys. A group without a value says nothing, and so does a key.
func (s schemer) section(path string, t reflect.Type) node {
	properties, required := node{}, []string{}
	for i, key := range keysOf(t) {
		at := join(path, key)
		properties[key] = s.described(at, s.value(at, t.Field(i).Type))
		if needed[at] {
			required = append(required, key)
		}
	}
	out := node{"type": []string{"object", "null"}, "properties": properties, "additionalProperties": false}
	if len(required) > 0 { // a thing in a list
		out["type"], out["required"] = "object", required
	}
	return out
}

func (s schemer) described(path string, n node) node {
	n["title"] = words[path]
	if c := s.comments[path]; c != "" {
		n["description"] = c
	}
	return n
}

// value is what a key of a type may have.
func (s schemer) value(path string, t reflect.Type) node {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t.Kind() == reflect.Slice:
		return s.list(path, t)
	case t.Kind() == reflect.Struct && !isText(t):
		return s.section(path, t)
	}
	kinds := s.scalar(path, t)
	if !needed[path] {
		kinds = append(kinds, node{"type": "null"})
	}
	return node{"anyOf": kinds}
}

func (s schemer) list(path string, t reflect.Type) node {
	items := node{}
	if e := t.Elem(); e.Kind() == reflect.Struct && !isText(e) {
		items = s.section(path+"[]", e)
		if len(keysOf(e)) > 0 {
			items["type"] = "object" // an item without a value is a slip
		}
	} else {
		items["anyOf"] = s.scalar(path, e)
	}
	out := node{"type": []string{"array", "null"}, "items": items}
	if needed[path] {
		out["type"], out["minItems"] = "array", 1
	}
	return out
}

// scalar is how a single value may be written: a text of its form, one with ${…} in it, or what YAML makes of it without quotes.
func (s schemer) scalar(path string, t reflect.Type) []node {
	if list := choices[path]; list != nil {
		var values, quoted []string
		for _, c := range list {
			values, quoted = append(values, c.value), append(quoted, regexp.QuoteMeta(c.value))
		}
		if path == "chats[].listen" { // the default, in words
			quoted = append(quoted, "")
		}
		return []node{{"enum": values}, text("(" + strings.Join(quoted, "|") + ")")}
	}
	switch t {
	case reflect.TypeFor[calendar.Date]():
		return []node{text(formDate)}
	case reflect.TypeFor[calendar.TimeOfDay]():
		return []node{text(formTime)}
	case reflect.TypeFor[calendar.Period]():
		return []node{text(formPeriod)}
	case reflect.TypeFor[calendar.Limit]():
		return []node{text(given(path, formLimit))}
	case reflect.TypeFor[calendar.Offset]():
		return []node{text(given(path, formOffset)), {"const": 0}}
	case reflect.TypeFor[time.Duration]():
		return []node{text(formDuration), {"const": 0}}
	case reflect.TypeFor[issue.Points]():
		return []node{{"type": "number", "multipleOf": 0.01, "minimum": -100, "maximum": 100}, text(formPoints)}
	}
	switch t.Kind() {
	case reflect.Bool:
		return []node{{"type": "boolean"}, text(formBool)}
	case reflect.Int:
		return []node{{"type": "integer"}, text(formInt)}
	}
	if strings.HasPrefix(path, "schedule.") {
		return []node{text(formSpec)}
	}
	if t == reflect.TypeFor[Secret]() {
		return []node{{"type": []string{"string", "number", "boolean"}}}
	}
	plain := node{"type": []string{"string", "number"}}
	if needed[path] {
		plain["pattern"] = `\S`
	}
	return []node{plain}
}

// given is a form that may be left empty, as one that may not where the key is needed.
func given(path, form string) string {
	if needed[path] {
		return strings.TrimSuffix(form, "?")
	}
	return form
}

// text is a text of a form.
func text(form string) node {
	return node{"type": "string", "pattern": `^\s*` + form + `\s*$|` + formVariable}
}

// explanations are the example's comments, by the keys that they explain.
func explanations(example []byte) (map[string]string, error) {
	var doc yaml.Node
	if err := yaml.Load(example, &doc); err != nil {
		return nil, fmt.Errorf("read example: %w", err)
	}
	comments := map[string]string{}
	collect(comments, "", doc.Content[0])
	explainCategories(comments)
	return comments, nil
}

// collect gathers the comments at the ends of lines and above them, by path; items of a list share the path with [].
func collect(out map[string]string, path string, n *yaml.Node) {
	switch n.Kind {
	case yaml.SequenceNode:
		for _, c := range n.Content {
			collect(out, path+"[]", c)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			k, v := n.Content[i], n.Content[i+1]
			at := join(path, k.Value)
			for _, c := range []string{k.LineComment, v.LineComment, k.HeadComment} {
				if c != "" && out[at] == "" && !strings.Contains(c, "──") {
					out[at] = strings.TrimPrefix(strings.ReplaceAll(c, "\n# ", ""), "# ")
				}
			}
			collect(out, at, v)
		}
	}
}

// explainCategories takes the explanations of a category's keys from the head of the shipped document, where they stand in
// a list of their own.
func explainCategories(comments map[string]string) {
	for _, m := range regexp.MustCompile(`(?m)^#   ([a-z]+) +(.*)$`).FindAllStringSubmatch(string(shipped), -1) {
		comments["categories[]."+m[1]] = m[2] + "。默认没有"
	}
	for key, end := range map[string]string{"name": "。必填", "limit": "。必填", "evidence.before": "。默认 0", "evidence.after": "。默认 0"} {
		first, _, _ := strings.Cut(key, ".")
		comments["categories[]."+key] = strings.TrimSuffix(comments["categories[]."+first], "。默认没有") + end
	}
}
