package store

import (
	"strings"
	"testing"
	"time"

	"duban/internal/issue"
)

// TestGapsCostTheirPeriod: what repeats is found among the issues of its period, and the last inspection of a place at the
// end of an index.
func TestGapsCostTheirPeriod(t *testing.T) {
	s, err := openAt(t, t.TempDir()+"/duban.db")
	if err != nil {
		t.Fatal(err)
	}
	now := time.UnixMicro(1_700_000_000_000_000)
	week := inBooks(now.Add(-7*24*time.Hour), now)
	at := week
	at.Place = "金水湾小区"
	reg := &issue.Register{Places: []issue.Place{{Name: "金水湾小区"}}, Rules: issue.Rules{CoverageDays: 14}}
	for _, tt := range []struct {
		name  string
		fn    func(*Tx) error
		want  []string // the index of each table that is read
		never string   // a step that would grow with the table
	}{
		{"hot places", func(tx *Tx) error { _, err := tx.hot(week); return err }, []string{"issues_reported"}, ""},
		{"categories", func(tx *Tx) error { _, err := tx.countByCategory(week); return err }, []string{"issues_reported"}, ""},
		{"categories at a place", func(tx *Tx) error { _, err := tx.countByCategory(at); return err }, []string{"issues_place "}, ""},
		{"hots", func(tx *Tx) error { _, err := tx.Hots("", week.ReportedSince, now); return err }, []string{"issues_reported"}, "issues_status"},
		{"hots of a unit", func(tx *Tx) error { _, err := tx.Hots("u", week.ReportedSince, now); return err }, []string{"issues_reported"}, "issues_unit"},
		{"first report", func(tx *Tx) error { _, err := tx.begun(); return err }, []string{"SEARCH issues USING COVERING INDEX issues_reported"}, ""},
		{
			"coverage", func(tx *Tx) error { _, err := tx.Coverage(reg, reg.Places, now); return err },
			[]string{"issues_seen (place=? AND seen_at>? AND seen_at<?)", "visits_place (place=? AND at>? AND at<?)"},
			"TEMP B-TREE",
		},
	} {
		steps := plans(t, s, tt.fn)
		all := strings.Join(steps, "\n")
		for _, step := range steps {
			if strings.HasPrefix(step, "SCAN ") {
				t.Errorf("%s: reads a whole table: %s", tt.name, step)
			}
		}
		for _, want := range tt.want {
			if !strings.Contains(all, want) {
				t.Errorf("%s: does not use %s:\n%s", tt.name, want, all)
			}
		}
		if tt.never != "" && strings.Contains(all, tt.never) {
			t.Errorf("%s: grows with the table:\n%s", tt.name, all)
		}
	}
}
