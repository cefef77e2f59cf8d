package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"
)

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := Schema([]byte(readExample(t)))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("duban.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("duban.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// instance is a YAML document as an editor's schema sees it.
func instance(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			out[n.Content[i].Value] = instance(n.Content[i+1])
		}
		return out
	case yaml.SequenceNode:
		out := []any{}
		for _, c := range n.Content {
			out = append(out, instance(c))
		}
		return out
	}
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!int", "!!float":
		if _, err := strconv.ParseFloat(n.Value, 64); err == nil {
			if json.Valid([]byte(strings.TrimPrefix(n.Value, "+"))) {
				return json.Number(strings.TrimPrefix(n.Value, "+"))
			}
		}
	}
	return n.Value
}

// TestExampleFitsSchema: the example, and the file of the sketch, are right by the schema; every key has its title and words.
func TestExampleFitsSchema(t *testing.T) {
	s := compiled(t)
	var doc yaml.Node
	if err := yaml.Load([]byte(readExample(t)), &doc); err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(instance(doc.Content[0])); err != nil {
		t.Error(err)
	}
	text, err := Schema([]byte(readExample(t)))
	if err != nil {
		t.Fatal(err)
	}
	for path := range words {
		key := path[strings.LastIndexAny(path, ".]")+1:]
		if !bytes.Contains(text, []byte(strconv.Quote(key)+`: {`)) {
			t.Errorf("the schema has no %s", path)
		}
	}
	if n := bytes.Count(text, []byte(`"description": `)); n < 150 {
		t.Errorf("%d keys are explained", n)
	}
}

// shape says whether a fault is of the kind that a schema knows: of the values as they are written, of keys, and of what is required
// or one of a few. Its boundary: the schema sees values and not how they are written (0x10, 5.0, duplicate keys, tags, invisible or
// wide characters), no calendar (2026-13-45, 25:99), no ranges, and nothing that depends on another value.
func shape(f Fault) bool {
	if strings.HasPrefix(f.Text, "这里要写") && (strings.Contains(f.Text, "的编号（id）：") || strings.Contains(f.Text, "的名称（name）：")) {
		return false // a reference by the wrong one of two names
	}
	for _, part := range []string{
		"没有这个键", "缺少", "至少要写一个提醒对象", "只能写", "这里要写", "这里只能写", "要写整数，", "要写时长", "要写时限：", "要写与到期", "这一项是空的",
	} {
		if strings.HasPrefix(f.Text, part) {
			return true
		}
	}
	return false
}

// beyond are values whose faults are of their notation or of the calendar, and texts that name a variable.
func notation(value string) bool {
	return strings.Contains(value, "$") || strings.Contains(value, "_0") || value == "5.0" || value == "0x10" || value == "1e3" || value == `""` || value == "0 work_day" || value == "-1 work_day"
}

var oddValues = []string{
	"", "x", "甲", "true", "FALSE", "yes", "null", "~", "0", "1", "-3", "+4", "007", "5.0", "0.125", "1e3", "0x10", "99999999999", "bound", "rates", "2026-11-23", "2026-1-2",
	"08:30", "8:5", "08:30-12:00", "12:00", "1 work_day", "+1 work_day", "0 work_day", "-1 work_day", "2 weeks", "same_day", "next_day 09:00", "next_day", "5m", "1h30m", "90", "-5m",
	"0 18 * * *", "0 18 * *", "@daily", "off", "${HOME_X}", "$${A}", " bound ", "admin", "L1", "assignee", "li_qiang",
}

// TestSchemaAgrees: whatever the schema refuses the validator refuses; whatever the validator refuses for its shape the schema refuses.
// The files are the example with a few places changed.
func TestSchemaAgrees(t *testing.T) {
	s := compiled(t)
	example := []byte(categoriesPart.ReplaceAllString(readExample(t),
		"$1\ncategories:\n  - {name: 公共设施, limit: 3 work_day, keywords: [井盖], evidence: {after: 1}}\n  - {name: 交通秩序, aliases: [停车], limit: same_day}\n$2")) // the long keywords cost time and say nothing more
	refused, shaped := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		var doc yaml.Node
		if err := yaml.Load(example, &doc); err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			mutate(t, doc.Content[0])
		}
		text, err := yaml.Marshal(&doc)
		if err != nil {
			t.Skip(err)
		}
		var again yaml.Node
		if err := yaml.Load(text, &again); err != nil || len(again.Content) != 1 {
			t.Skip("no document")
		}
		_, err = parse("config.yaml", text, func(name string) (string, bool) { return "x", name != "HOME_X" })
		wrong := s.Validate(instance(again.Content[0]))
		if wrong != nil {
			refused++
		}
		if wrong != nil && err == nil {
			t.Fatalf("only the schema refuses: %v\n%s", wrong, text)
		}
		if err == nil || wrong != nil {
			return
		}
		faults, _ := errors.AsType[*Errors](err)
		for _, f := range faults.Faults {
			if shape(f) && !notation(f.Value) {
				t.Fatalf("the schema takes %v\n%s", f, text)
			}
			shaped++
		}
	})
	if refused == 0 {
		t.Error("the schema refused nothing")
	}
}

// mutate changes one place of a document.
func mutate(t *rapid.T, root *yaml.Node) {
	n, parent := root, (*yaml.Node)(nil)
	at := 0
	for n.Kind != yaml.ScalarNode && len(n.Content) > 0 && (parent == nil || rapid.IntRange(0, 5).Draw(t, "deeper") > 0) {
		parent = n
		at = rapid.IntRange(0, len(n.Content)-1).Draw(t, "child")
		if n.Kind == yaml.MappingNode {
			at |= 1 // a value
		}
		n = n.Content[at]
	}
	if parent == nil {
		return
	}
	fresh := &yaml.Node{Kind: yaml.ScalarNode, Value: rapid.SampledFrom(oddValues).Draw(t, "value")}
	if rapid.Bool().Draw(t, "quoted") {
		fresh.Style, fresh.Tag = yaml.DoubleQuotedStyle, "!!str"
	}
	switch rapid.IntRange(0, 9).Draw(t, "what") {
	default:
		parent.Content[at] = fresh
	case 5:
		parent.Content[at] = &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{fresh}}
	case 6:
		parent.Content[at] = &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: "name"}, fresh}}
	case 7:
		if parent.Kind == yaml.MappingNode {
			parent.Content[at-1].Value += "x"
		}
	case 8:
		if parent.Kind == yaml.MappingNode {
			parent.Content = append(parent.Content[:at-1], parent.Content[at+1:]...)
		}
	case 9:
		if parent.Kind == yaml.SequenceNode {
			parent.Content = append(parent.Content, fresh)
		}
	}
}

// TestSchemaNeeds: without a key that a thing must have, and with an empty one, both refuse the file.
func TestSchemaNeeds(t *testing.T) {
	s := compiled(t)
	for path := range needed {
		list, key, _ := strings.Cut(path, "[].")
		for _, how := range []string{"left out", "empty"} {
			var doc yaml.Node
			if err := yaml.Load([]byte(readExample(t)), &doc); err != nil {
				t.Fatal(err)
			}
			root := doc.Content[0]
			for i := 0; i < len(root.Content); i += 2 {
				if root.Content[i].Value != list {
					continue
				}
				thing := root.Content[i+1].Content[0]
				for j := 0; j < len(thing.Content); j += 2 {
					if thing.Content[j].Value != key {
						continue
					}
					if thing.Content[j+1] = (&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}); how == "left out" {
						thing.Content = append(thing.Content[:j], thing.Content[j+2:]...)
					}
					break
				}
			}
			text, err := yaml.Marshal(&doc)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parse("config.yaml", text, noEnv); err == nil {
				t.Errorf("the validator takes a file with %s %s", path, how)
			}
			if s.Validate(instance(root)) == nil {
				t.Errorf("the schema takes a file with %s %s", path, how)
			}
		}
	}
}
