package store

import (
	"strconv"
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
			[]string{"USING COVERING INDEX issues_seen (place=? AND seen_at>? AND seen_at<?)", "visits_place (place=? AND at>? AND at<?)"},
			"TEMP B-TREE",
		},
	} {
		steps := plans(t, s, tt.fn)
		all := strings.Join(steps, "\n")
		for _, step := range steps {
			if strings.HasPrefix(step, "SCAN ") && step != "SCAN CONSTANT ROW" && step != "SCAN p" { // the places that are asked for
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

// TestManyPlacesAreAskedForAtOnce: a county has thousands of places, and the leaders' digest asks about all of them.
func TestManyPlacesAreAskedForAtOnce(t *testing.T) {
	s, err := openAt(t, t.TempDir()+"/duban.db")
	if err != nil {
		t.Fatal(err)
	}
	var places []issue.Place
	for n := range 2*placesAtOnce + 1 {
		places = append(places, issue.Place{Name: strconv.Itoa(n)})
	}
	visited := time.UnixMicro(1_700_000_000_000_000)
	err = s.Write(t.Context(), visited, func(tx *Tx) error { return tx.AddVisit(Visit{Place: places[len(places)-1].Name}) })
	if err != nil {
		t.Fatal(err)
	}
	r, db := recorded(s)
	last, err := newTx(db, visited).LastSeen(&issue.Register{}, places, visited.Add(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.statements) != 3 {
		t.Errorf("%d statements for %d places", len(r.statements), len(places))
	}
	if len(last) != len(places) || !last[places[len(places)-1].Name].Equal(visited) || !last["0"].IsZero() {
		t.Errorf("%d of %d places: %v", len(last), len(places), last[places[len(places)-1].Name])
	}
}
