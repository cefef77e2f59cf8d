package config

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"duban/internal/issue"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var exampleFile = filepath.Join("..", "..", "config.example.yaml")

// categoriesPart is where the shipped categories stand in the example: between the note that they may be left out and the
// heading of the responsibility table.
var categoriesPart = regexp.MustCompile(`(?s)(\n# 不写 categories [^\n]*\n\n).*?(\n# ── 责任清单)`)

func readExample(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestExampleHasTheShippedCategories compares the example's categories with the embedded document, which is their source.
func TestExampleHasTheShippedCategories(t *testing.T) {
	text := readExample(t)
	if !categoriesPart.MatchString(text) {
		t.Fatal("the part of the categories is not found")
	}
	want := categoriesPart.ReplaceAllStringFunc(text, func(part string) string {
		m := categoriesPart.FindStringSubmatch(part)
		return m[1] + strings.TrimRight(string(shipped), "\n") + "\n" + m[2]
	})
	if text != want && !*update {
		t.Fatal("the categories differ; take them over with: go test ./internal/config -run Example -update")
	}
	golden(t, exampleFile, want)
}

// TestExampleStatesTheDefaults loads the example as an administrator would and compares it with Default. Only what is the
// campaign's own may differ.
func TestExampleStatesTheDefaults(t *testing.T) {
	c, err := parse("config.example.yaml", []byte(readExample(t)), noEnv)
	if err != nil {
		t.Fatalf("the example has faults:\n%v", err)
	}
	want := Default()
	// The categories are compared as text, with their comments, by the test above.
	own := cmpopts.IgnoreFields(Config{},
		"Campaign.Name", "Groups", "Units", "People", "Places", "Responsibility", "Chats", "Categories", "Channels.WeComHook.Groups")
	if diff := cmp.Diff(&want, c, own, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-default +example)\n%s", diff)
	}
	for name, n := range map[string]int{
		"categories": len(c.Categories), "groups": len(c.Groups), "units": len(c.Units), "people": len(c.People), "places": len(c.Places), "chats": len(c.Chats),
		"responsibility": len(c.Responsibility),
	} {
		if n < 2 {
			t.Errorf("the example shows %d %s, want at least 2", n, name)
		}
	}
}

// TestExampleAgreesWithSketch: people who know the binding shape find the same campaign in the example, with somebody more
// where the example shows keys that the shape does not have.
func TestExampleAgreesWithSketch(t *testing.T) {
	example, err := parse("config.yaml", []byte(readExample(t)), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join("testdata", "sketch.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	sketch, err := parse("config.yaml", data, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	example.People = example.People[:len(sketch.People)]
	more := cmp.Options{
		cmpopts.IgnoreFields(Config{}, "Categories", "Responsibility", "Channels.WeComHook.Groups"), cmpopts.IgnoreFields(issue.Unit{}, "Head", "Deputy"),
	}
	if diff := cmp.Diff(sketch, example, more, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-sketch +example)\n%s", diff)
	}
}
