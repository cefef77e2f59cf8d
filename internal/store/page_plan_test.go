package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"duban/internal/issue"
)

// TestPagesFollowTheirIndex: a page of a list is read in the order of an index and never sorted but among what one unit has to do,
// so that it costs the same however many issues there are.
func TestPagesFollowTheirIndex(t *testing.T) {
	s, err := openAt(t, t.TempDir()+"/duban.db")
	if err != nil {
		t.Fatal(err)
	}
	at := time.UnixMicro(1_700_000_000_000_000)
	closed, late := []issue.Status{issue.Closed, issue.Voided}, []issue.Status{issue.Assigned, issue.Working}
	for n, tt := range []struct {
		f     Filter
		index string
		sorts bool
	}{
		{Filter{}, "issues_reported", false},
		{Filter{ReportedSince: at, Before: at.Add(time.Hour)}, "issues_reported", false},
		{Filter{Statuses: closed}, "issues_reported", false},
		{Filter{Statuses: late, DueBefore: at}, "issues_reported", false},
		{Filter{Category: "环境卫生", Source: issue.FromUpper, Text: "垃圾"}, "issues_reported", false},
		{Filter{Unit: "zhaoyang"}, "issues_unit_reported", false},
		{Filter{Unit: "zhaoyang", Statuses: closed, Text: "垃圾"}, "issues_unit_reported", false},
		{Filter{Unit: "zhaoyang", ReportedSince: at, Before: at.Add(time.Hour), Statuses: closed}, "issues_unit_reported", false},
		{Filter{Place: "金水湾小区", Statuses: closed}, "issues_place ", false},
		{Filter{Place: "金水湾小区", ReportedSince: at, Before: at.Add(time.Hour)}, "issues_place ", false},
	} {
		for _, after := range []Cursor{{}, {at, 17}} {
			t.Run(fmt.Sprintf("newest %d", n), func(t *testing.T) {
				tt.f.Latest, tt.f.Limit = true, 50
				follows(t, plans(t, s, func(tx *Tx) error { _, err := tx.Page(tt.f, after); return err }), tt.index, tt.sorts)
			})
		}
	}
	for n, tt := range []struct {
		f     Filter
		index string
		sorts bool
	}{
		{Filter{}, "issues_status_due", false},
		{Filter{Statuses: late, DueBefore: at}, "issues_status_due", false},
		{Filter{Statuses: late, Text: "垃圾"}, "issues_status_due", false},
		{Filter{Unit: "zhaoyang", Statuses: late, DueBefore: at}, "issues_unit_status", true},
	} {
		for _, after := range []Cursor{{}, {at, 17}} {
			t.Run(fmt.Sprintf("by deadline %d", n), func(t *testing.T) {
				tt.f.Limit = 50
				follows(t, plans(t, s, func(tx *Tx) error { _, err := tx.Page(tt.f, after); return err }), tt.index, tt.sorts)
			})
		}
	}
}

func follows(t *testing.T, steps []string, index string, sorts bool) {
	t.Helper()
	used := false
	for _, step := range steps {
		used = used || strings.Contains(step+" ", index)
		if strings.HasPrefix(step, "SCAN issues") && !strings.Contains(step, "INDEX issues_reported") {
			t.Errorf("reads the whole table: %s", step)
		}
		if strings.Contains(step, "TEMP B-TREE FOR ORDER BY") && !sorts {
			t.Errorf("sorts: %s", step)
		}
	}
	if !used {
		t.Errorf("does not use %s", index)
	}
	if t.Failed() {
		t.Log(strings.Join(steps, "\n"))
	}
}
