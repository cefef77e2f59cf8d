package issue_test

import (
	"testing"
	"time"

	"duban/internal/calendar"
	"duban/internal/issue"
)

// TestPeriodEnd: a day ends at its cut-off, at the latest one that has passed when the ranking is drafted.
func TestPeriodEnd(t *testing.T) {
	loc := time.FixedZone("CST", 8*3600)
	for _, tt := range []struct {
		cutoff   calendar.TimeOfDay
		at, want string
	}{
		{0, "2026-11-23 17:30", "2026-11-23 17:30"},
		{12 * 60, "2026-11-23 17:30", "2026-11-23 12:00"},
		{18 * 60, "2026-11-23 17:30", "2026-11-22 18:00"},
		{18 * 60, "2026-11-23 18:00", "2026-11-23 18:00"},
		{24 * 60, "2026-11-23 17:30", "2026-11-23 00:00"},
		{24 * 60, "2026-11-23 00:00", "2026-11-23 00:00"},
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04", tt.at, loc)
		if err != nil {
			t.Fatal(err)
		}
		if got := (issue.Scoring{Cutoff: tt.cutoff}).PeriodEnd(at).Format("2006-01-02 15:04"); got != tt.want {
			t.Errorf("cut off at %v, drafted %s: %s, want %s", tt.cutoff, tt.at, got, tt.want)
		}
	}
}
