package store

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"duban/internal/issue"
)

// BenchmarkPage reads pages of the ledger of a year with 1,000,000 issues: the newest, those of a unit, of a status and a category that
// hardly any has, a search that finds nothing, and what is overdue; each as the first page and as one from the middle of the year.
func BenchmarkPage(b *testing.B) {
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "duban.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	issues := 1_000_000
	if testing.Short() {
		issues = 100_000
	}
	fillYear(b, s, issues)
	for _, statement := range []string{
		"CREATE INDEX IF NOT EXISTS issues_unit_reported ON issues (unit, reported_at)", "CREATE INDEX IF NOT EXISTS issues_place ON issues (place, reported_at)",
	} {
		if err := s.writer.Exec(statement).Error; err != nil {
			b.Fatal(err)
		}
	}
	end, middle := yearStart.AddDate(1, 0, 0), yearStart.AddDate(0, 6, 0)
	for _, tt := range []struct {
		name string
		f    Filter
	}{
		{"newest", Filter{Latest: true}},
		{"month", Filter{Latest: true, ReportedSince: middle.AddDate(0, -1, 0), Before: middle}},
		{"unit", Filter{Latest: true, Unit: "unit07"}},
		{"unit and rare status", Filter{Latest: true, Unit: "unit07", Statuses: []issue.Status{issue.Voided}}},
		{"status", Filter{Latest: true, Statuses: []issue.Status{issue.Closed}}},
		{"rare status", Filter{Latest: true, Statuses: []issue.Status{issue.Voided}}},
		{"rare category", Filter{Latest: true, Category: "没有"}},
		{"search for nothing", Filter{Latest: true, Text: "没有"}},
		{"overdue by deadline", Filter{Statuses: withUnit(), DueBefore: end}},
		{"overdue of a unit", Filter{Statuses: withUnit(), DueBefore: end, Unit: "unit07"}},
	} {
		tt.f.Limit = 50
		for _, from := range []struct {
			name  string
			after Cursor
		}{{"first", Cursor{}}, {"middle", Cursor{At: middle, ID: int64(issues) / 2}}} {
			b.Run(fmt.Sprintf("%s/%s", tt.name, from.name), func(b *testing.B) {
				for b.Loop() {
					err := s.Read(b.Context(), end, func(tx *Tx) error {
						_, err := tx.Page(tt.f, from.after)
						return err
					})
					if err != nil {
						b.Fatal(err)
					}
				}
				if b.Elapsed() > time.Duration(b.N)*time.Second {
					b.Error("a page takes more than a second")
				}
			})
		}
	}
}
