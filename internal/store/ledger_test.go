package store_test

import (
	"slices"
	"testing"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// TestEachIssue: page by page every issue that a filter chooses comes once, in the order of the numbers, and leaving early is
// no error.
func TestEachIssue(t *testing.T) {
	s, p, start := storetest.Open(t), storetest.County(t), storetest.At(t, "2026-11-02 09:00")
	storetest.Lives(t, s, p, start, 1100, 3)
	storetest.Read(t, s, start, func(tx *store.Tx) error {
		for _, f := range []store.Filter{
			{},
			{Unit: "zhaoyang"},
			{Statuses: []issue.Status{issue.Closed}},
			{Unit: "nobody"},
			{ReportedSince: start.AddDate(0, 0, 3), Before: start.AddDate(0, 0, 6), Unit: "zhujian"},
			{Before: start},
			{ReportedSince: start.AddDate(0, 0, 9)},
		} {
			all, err := tx.Issues(f)
			if err != nil {
				return err
			}
			want := ids(all)
			slices.Sort(want)
			var got []int64
			for i, err := range tx.EachIssue(f) {
				if err != nil {
					return err
				}
				got = append(got, i.ID)
			}
			if !slices.Equal(want, got) {
				t.Errorf("%+v: %d issues instead of %d", f, len(got), len(want))
			}
		}
		n := 0
		for _, err := range tx.EachIssue(store.Filter{}) {
			if err != nil {
				return err
			}
			if n++; n == 3 {
				break
			}
		}
		if n != 3 {
			t.Errorf("%d issues before the end", n)
		}
		return nil
	})
}

// TestFindings: of several reviews the last one is told, and of issues without any nothing.
func TestFindings(t *testing.T) {
	s, p := storetest.Open(t), storetest.County(t)
	now := storetest.At(t, "2026-11-23 09:00")
	i := storetest.Issue(t, s, p, now, issue.Change{Reporter: "zhang_min", Unit: "zhaoyang", Assignee: "li_qiang"})
	other := storetest.Issue(t, s, p, now, issue.Change{Reporter: "zhang_min", Unit: "zhaoyang", Assignee: "li_qiang"})
	for _, a := range []issue.Act{
		{Action: issue.Submit, By: "li_qiang", Note: "好了"},
		{Action: issue.Return, By: "zhang_min", Note: "没有"},
		{Action: issue.Submit, By: "li_qiang", Note: "好了"},
		{Action: issue.Pass, By: "zhang_min", Note: "干净"},
	} {
		a.At = now
		storetest.Move(t, s, p, i.ID, a)
	}
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		got, err := tx.Findings([]int64{i.ID, other.ID})
		if len(got) != 1 || got[i.ID].Action != issue.Pass || got[i.ID].Note != "干净" || got[i.ID].By != "zhang_min" {
			t.Errorf("%+v", got)
		}
		return err
	})
}
