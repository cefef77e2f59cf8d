package understand

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"duban/internal/calendar"
	"duban/internal/issue"
)

// row is a line of the samples (phrasing.md).
type row struct {
	id, text, core, placeType string
	categories                []string
	danger                    bool
}

func readRows(t testing.TB, name string) []row {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if len(f) != 8 {
			t.Fatalf("%s: %d columns in %q", name, len(f), line)
		}
		if f[0] != "id" {
			rows = append(rows, row{f[0], f[1], f[3], f[4], strings.Split(f[5], "|"), f[6] == "1"})
		}
	}
	return rows
}

// shippedCategories are the categories of the default configuration.
func shippedCategories(t testing.TB) []issue.Category {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "config", "categories.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Categories []issue.Category `yaml:"categories"`
	}
	if err := yaml.Load(data, &doc, yaml.WithKnownFields()); err != nil {
		t.Fatal(err)
	}
	return doc.Categories
}

func testCalendar(t testing.TB) *calendar.Calendar {
	t.Helper()
	loc, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	cal, err := calendar.New(calendar.Settings{Location: loc})
	if err != nil {
		t.Fatal(err)
	}
	return cal
}

// sampleRegister holds the places of the given rows, as a county would have entered them.
func sampleRegister(t testing.TB, rows ...[]row) *issue.Register {
	t.Helper()
	reg := &issue.Register{Categories: shippedCategories(t)}
	seen := map[string]bool{}
	for _, r := range slices.Concat(rows...) {
		if r.core != "" && !seen[r.core] {
			seen[r.core] = true
			reg.Places = append(reg.Places, issue.Place{Name: r.core, Type: r.placeType, Unit: "zhujian"})
		}
	}
	reg.Units = []issue.Unit{{ID: "zhujian", Name: "住建局"}, {ID: "chengguan", Name: "市城市管理局椰滩分局"}}
	return reg
}

// The figures of design.md §11 (place at least 95 %, category at least 85 %) with a margin, on all samples, each against a
// register that holds the places of all of them.
func TestSamples(t *testing.T) {
	samples := map[string][]row{}
	for _, name := range []string{"reports_sample.tsv", "more_reports.tsv", "blind_reports.tsv"} {
		samples[name] = readRows(t, name)
	}
	reg := sampleRegister(t, samples["reports_sample.tsv"], samples["more_reports.tsv"], samples["blind_reports.tsv"])
	cal := testCalendar(t)
	reader := New(reg, cal)
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, cal.Location())
	for name, rows := range samples {
		var places, categories, dangers int
		for _, r := range rows {
			f := reader.Report(r.text, now)
			if f.Place == r.core {
				places++
			} else {
				t.Logf("%s place %q, want %q: %s", r.id, f.Place, r.core, r.text)
			}
			if slices.Contains(r.categories, f.Category) {
				categories++
			} else {
				t.Logf("%s category %q, want %q: %s", r.id, f.Category, r.categories, r.text)
			}
			if f.Danger == r.danger {
				dangers++
			} else {
				t.Logf("%s danger %v: %s", r.id, f.Danger, r.text)
			}
		}
		share := func(n int) float64 { return 100 * float64(n) / float64(len(rows)) }
		t.Logf("%s: place %.1f %%, category %.1f %%, danger %.1f %% of %d", name, share(places), share(categories), share(dangers), len(rows))
		if share(places) < 97 || share(categories) < 92 || share(dangers) < 85 {
			t.Errorf("%s: place %.1f %%, category %.1f %%, danger %.1f %%", name, share(places), share(categories), share(dangers))
		}
	}
}
