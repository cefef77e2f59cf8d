package publish

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/picture"
	"duban/internal/score"
	"duban/internal/store"
	"duban/internal/understand"
)

// TestTrend: a day without a digest is left out, two digests of a day are one day, and days are called by when the digest ended.
func TestTrend(t *testing.T) {
	o := newOffice(t)
	from := o.at("2026-11-26 18:00")
	for _, d := range []struct {
		to string
		score.DayTotals
	}{
		{"2026-11-27 18:00", score.DayTotals{Filed: 100, Closed: 1, Overdue: 9}}, // before the time
		{"2026-11-28 18:00", score.DayTotals{Filed: 5, Closed: 4, Overdue: 3}},
		{"2026-11-30 12:00", score.DayTotals{Filed: 2, Closed: 1, Overdue: 4}},
		{"2026-11-30 18:00", score.DayTotals{Filed: 1, Closed: 2, Overdue: 2}},
		{"2026-12-01 00:00", score.DayTotals{Filed: 1, Overdue: 1}}, // midnight belongs to the day before
		{"2026-12-01 18:00", score.DayTotals{Filed: 7, Closed: 7}},
	} {
		to := o.at(d.to)
		o.write(d.to, func(tx *store.Tx) error { return tx.AddSnapshot(store.SnapshotTotals, from, to, "", d.DayTotals, "") })
		from = to
	}
	trend := func(today *score.Day) []picture.TrendDay {
		var out []picture.TrendDay
		o.read("2026-12-04 20:00", func(tx *store.Tx) error {
			got, err := o.Trend(tx, LastDays(tx.Now().In(o.Cal.Location())), today)
			if got != nil {
				out = got.Days
			}
			return err
		})
		return out
	}
	want := []picture.TrendDay{
		{Label: "11/28", Filed: 5, Closed: 4, Overdue: 3}, {Label: "11/30", Filed: 4, Closed: 3, Overdue: 1}, {Label: "12/1", Filed: 7, Closed: 7},
	}
	if diff := cmp.Diff(want, trend(nil)); diff != "" {
		t.Error(diff)
	}
	want = append(want, picture.TrendDay{Label: "12/4", Filed: 8})
	if diff := cmp.Diff(want, trend(&score.Day{To: o.at("2026-12-04 18:00"), Filed: 8})); diff != "" {
		t.Error(diff)
	}
	want[2].Filed, want[2].Overdue = 9, 5
	if diff := cmp.Diff(want[:3], trend(&score.Day{To: o.at("2026-12-01 20:00"), Filed: 2, Overdue: 5})); diff != "" {
		t.Error(diff)
	}
	o.read("2026-12-04 20:00", func(tx *store.Tx) error {
		one := understand.Day(o.at("2026-11-30 12:00"))
		got, err := o.Trend(tx, one, nil)
		if got != nil {
			t.Errorf("a trend of one day: %+v", got)
		}
		return err
	})
	if p := LastDays(o.at("2026-12-04 20:00")); p.To.Sub(p.From) != 7*24*time.Hour {
		t.Errorf("the last days are %v", p)
	}
}
