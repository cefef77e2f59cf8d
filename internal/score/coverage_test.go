package score_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/issue"
	"duban/internal/score"
)

func TestCoverage(t *testing.T) {
	now := at(t, "2026-11-23 09:00")
	places := []issue.Place{
		{Name: "到日"},
		{Name: "超一刻"},
		{Name: "从未"},
		{Name: "必查久", Mandatory: true},
		{Name: "必查刚去", Mandatory: true},
		{Name: "必查更久", Mandatory: true},
		{Name: "很久"},
	}
	last := map[string]time.Time{
		"到日": at(t, "2026-11-09 09:00"), "超一刻": at(t, "2026-11-09 08:59"), "必查久": at(t, "2026-11-01 09:00"),
		"必查刚去": at(t, "2026-11-22 09:00"), "必查更久": at(t, "2026-10-01 09:00"), "很久": at(t, "2026-03-01 09:00"),
	}
	c := score.Cover(places, last, 14, now)
	var got []string
	for _, g := range c.Gaps {
		got = append(got, g.Name)
	}
	if diff := cmp.Diff([]string{"必查更久", "必查久", "从未", "很久", "超一刻"}, got); diff != "" {
		t.Errorf("mandatory places first, then the longest (-want +got):\n%s", diff)
	}
	if c.Covered() != 2 || c.Places != 7 || c.Days != 14 || len(c.Mandatory()) != 2 {
		t.Errorf("%d of %d covered, %d mandatory gaps", c.Covered(), c.Places, len(c.Mandatory()))
	}
	if all := score.Cover(places[3:6], nil, 14, now); len(all.Mandatory()) != 3 {
		t.Errorf("of mandatory places alone: %d", len(all.Mandatory()))
	}
	if none := score.Cover(nil, nil, 14, now); none.Covered() != 0 || len(none.Mandatory()) != 0 {
		t.Errorf("no place: %+v", none)
	}
}

// TestLags: a unit lags by more overdue issues than the average, by a rate on time ten per cent below the group's, and by more
// than chance returns above the group's.
func TestLags(t *testing.T) {
	count := func(unit string, entering, onTime, overdue, reviewed, returned int) score.Counts {
		return score.Counts{Unit: unit, Entering: entering, OnTime: onTime, Overdue: overdue, Reviewed: reviewed, Returned: returned}
	}
	for _, tt := range []struct {
		name   string
		counts []score.Counts
		want   []string // unit, and o, t, r for what it lags by
	}{
		{"nothing", nil, nil},
		{"a unit alone lags behind nobody", []score.Counts{count("a", 10, 0, 9, 5, 5)}, nil},
		{"all alike", []score.Counts{count("a", 10, 5, 2, 5, 2), count("b", 10, 5, 2, 5, 2)}, nil},
		{"overdue above the average", []score.Counts{count("a", 0, 0, 2, 0, 0), count("b", 0, 0, 1, 0, 0)}, []string{"a o"}},
		{"idle units count for the average", []score.Counts{count("a", 0, 0, 1, 0, 0), count("b", 0, 0, 1, 0, 0), count("c", 0, 0, 0, 0, 0)}, []string{"a o", "b o"}},
		// All together 16 of 20; 7 of 10 is exactly ten per cent less.
		{"ten per cent less on time", []score.Counts{count("a", 10, 7, 0, 0, 0), count("b", 10, 9, 0, 0, 0)}, []string{"a t"}},
		{"less than ten per cent", []score.Counts{count("a", 100, 71, 0, 0, 0), count("b", 100, 90, 0, 0, 0)}, nil},
		{"too few cases", []score.Counts{count("a", 4, 0, 0, 0, 0), count("b", 10, 10, 0, 0, 0)}, nil},
		{"returns above the group's", []score.Counts{count("a", 0, 0, 0, 4, 2), count("b", 0, 0, 0, 4, 1)}, []string{"a r"}},
		{"one return is chance", []score.Counts{count("a", 0, 0, 0, 1, 1), count("b", 0, 0, 0, 9, 0)}, nil},
		{"more reasons first, then more overdue, then fewer on time; three at most", []score.Counts{
			count("a", 0, 0, 3, 0, 0), count("b", 10, 5, 0, 0, 0), count("c", 10, 4, 0, 0, 0), count("d", 10, 3, 4, 4, 3), count("e", 90, 90, 0, 90, 0),
		}, []string{"d otr", "a o", "c t"}},
		{"who had nothing to handle lost nothing by it", []score.Counts{
			count("a", 0, 0, 2, 0, 0), count("b", 2, 1, 2, 0, 0), count("c", 0, 0, 0, 0, 0), count("d", 0, 0, 0, 0, 0),
		}, []string{"b o", "a o"}},
	} {
		var got []string
		l := score.Lags("street", tt.counts, 5)
		for _, u := range l.Worst {
			text := u.Unit + " "
			for _, by := range []struct {
				is   bool
				name string
			}{{u.ByOverdue, "o"}, {u.ByTime, "t"}, {u.ByReturns, "r"}} {
				if by.is {
					text += by.name
				}
			}
			got = append(got, text)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || l.Units != len(tt.counts) || l.Group != "street" {
			t.Errorf("%s: %d units of %s (-want +got):\n%s", tt.name, l.Units, l.Group, diff)
		}
	}
}

func TestRemarkableLags(t *testing.T) {
	for _, tt := range []struct {
		lag  score.Lag
		want bool
	}{
		{score.Lag{}, false},
		{score.Lag{ByOverdue: true, Counts: score.Counts{Overdue: 2}}, false},
		{score.Lag{ByOverdue: true, Counts: score.Counts{Overdue: 3}}, true},
		{score.Lag{ByTime: true, Counts: score.Counts{Overdue: 3}}, false},
		{score.Lag{ByTime: true, ByReturns: true}, true},
	} {
		if got := tt.lag.Remarkable(); got != tt.want {
			t.Errorf("%+v: %v", tt.lag, got)
		}
	}
}
