package bot

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestRulesAreShown: docs/rules.md names a conversation for every row of the table of rules that this program carries out, and
// no conversation is left out there.
func TestRulesAreShown(t *testing.T) {
	text, err := os.ReadFile("../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	rows, named := map[int]bool{}, map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\| (\d+|—) \| .* \| (.*) \|$`).FindAllStringSubmatch(string(text), -1) {
		talks := regexp.MustCompile(`[a-z_]{3,}`).FindAllString(m[2], -1)
		if n, err := strconv.Atoi(m[1]); err == nil {
			rows[n] = len(talks) > 0
		}
		for _, talk := range talks {
			named[talk] = true
			if _, err := os.Stat(filepath.Join("testdata", "talk", talk+".txt")); err != nil {
				t.Errorf("row %s names a conversation that does not exist: %v", m[1], err)
			}
		}
	}
	for row := 1; row <= 67; row++ {
		if ours := row <= 39 || row >= 42 && row <= 50 || slices.Contains([]int{53, 54, 55, 56, 57, 62, 67}, row); ours && !rows[row] {
			t.Errorf("row %d has no conversation", row)
		}
	}
	files, err := filepath.Glob("testdata/talk/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".txt"); !named[name] {
			t.Errorf("%s is not in docs/rules.md", name)
		}
	}
}
