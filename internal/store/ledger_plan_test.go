package store

import (
	"strings"
	"testing"
	"time"

	"duban/internal/issue"
)

// TestPagesGoOnWhereTheLastOneEnded: each page of a ledger begins at the last number, and none is sorted: with an index of the unit
// or the status, every page would read all that the unit or the status has.
func TestPagesGoOnWhereTheLastOneEnded(t *testing.T) {
	s, err := openAt(t, t.TempDir()+"/duban.db")
	if err != nil {
		t.Fatal(err)
	}
	now := time.UnixMicro(1_700_000_000_000_000)
	closed := []issue.Status{issue.Closed, issue.Voided}
	for _, f := range []Filter{
		{},
		{Unit: "zhaoyang"},
		{Statuses: closed},
		{Unit: "zhaoyang", Statuses: closed},
		{Before: now, Unit: "zhaoyang"},
		{ReportedSince: now, Statuses: closed},
		{ReportedSince: now, Before: now.Add(time.Hour), Unit: "zhaoyang", Statuses: closed},
	} {
		steps := plans(t, s, func(tx *Tx) error {
			for _, err := range tx.EachIssue(f) {
				return err
			}
			return nil
		})
		if page := steps[len(steps)-1]; page != "SEARCH issues USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)" {
			t.Errorf("%+v: %s", f, page)
		}
		period := !f.ReportedSince.IsZero() || !f.Before.IsZero()
		if period && !strings.Contains(steps[0], "COVERING INDEX issues_reported") {
			t.Errorf("%+v: %s", f, steps[0])
		}
	}
	ids := make([]int64, pageOf) // for so many another index would look better to the planner
	steps := plans(t, s, func(tx *Tx) error { _, err := tx.Findings(ids); return err })
	if len(steps) != 1 || !strings.Contains(steps[0], "INDEX sqlite_autoindex_events_1 (issue_id=?)") {
		t.Errorf("findings: %s", steps)
	}
}
