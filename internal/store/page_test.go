package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// allPages walks through a list page by page and gives the numbers of its issues.
func allPages(t *testing.T, s *store.Store, now time.Time, f store.Filter) (ids []int64) {
	t.Helper()
	var at store.Cursor
	for range 1000 {
		storetest.Read(t, s, now, func(tx *store.Tx) error {
			p, err := tx.Page(f, at)
			if len(p.Issues) > f.Limit {
				t.Errorf("%d issues on a page of %d", len(p.Issues), f.Limit)
			}
			for _, i := range p.Issues {
				ids = append(ids, i.ID)
			}
			at = p.Next
			return err
		})
		if at == (store.Cursor{}) {
			return ids
		}
	}
	t.Fatal("the list never ends")
	return nil
}

// TestPagesAreTheList: page after page, every issue of a list comes once, in its order, whatever is asked for.
func TestPagesAreTheList(t *testing.T) {
	s, p, start := storetest.Open(t), storetest.County(t), storetest.At(t, "2026-11-02 08:00")
	storetest.Lives(t, s, p, start, 400, 7)
	now := start.AddDate(0, 0, 15)
	open := []issue.Status{issue.Reported, issue.Assigned, issue.Working, issue.Submitted, issue.Suspended}
	for _, f := range []store.Filter{
		{},
		{Unit: "zhaoyang"},
		{Place: "金水湾小区"},
		{Unit: "zhaoyang", Place: "金水湾小区"},
		{Statuses: open},
		{Statuses: []issue.Status{issue.Closed}},
		{Category: "环境卫生"},
		{Source: issue.FromInspection},
		{Source: issue.FromUpper},
		{Text: "楼道"},
		{Unit: "zhujian", Statuses: []issue.Status{issue.Closed}},
		{ReportedSince: start.AddDate(0, 0, 3), Before: start.AddDate(0, 0, 9)},
		{ReportedSince: start.AddDate(0, 0, 3), Before: start.AddDate(0, 0, 9), Unit: "zhaoyang", Statuses: open},
		{Statuses: []issue.Status{issue.Assigned, issue.Working}, DueBefore: now},
	} {
		for _, latest := range []bool{true, false} {
			t.Run(fmt.Sprintf("%+v/%t", f, latest), func(t *testing.T) {
				f := f
				var list []issue.Issue
				storetest.Read(t, s, now, func(tx *store.Tx) (err error) {
					list, err = tx.Issues(f)
					return err
				})
				if latest {
					slices.SortStableFunc(list, func(a, b issue.Issue) int {
						if c := b.ReportedAt.Compare(a.ReportedAt); c != 0 {
							return c
						}
						return int(b.ID - a.ID)
					})
				} else {
					list = slices.DeleteFunc(list, func(i issue.Issue) bool { return !i.Open() })
				}
				var want []int64
				for _, i := range list {
					want = append(want, i.ID)
				}
				f.Latest, f.Limit = latest, 7
				if got := allPages(t, s, now, f); !slices.Equal(got, want) {
					t.Errorf("got %v\nwant %v", got, want)
				}
			})
		}
	}
}

// TestSearchTakesWordsAsTheyAre: what means something to the database means nothing in a search.
func TestSearchTakesWordsAsTheyAre(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:00")
	storetest.Write(t, s, now, func(tx *store.Tx) error {
		for n, text := range []string{"满溢 100% 未清", "满溢 100 袋", "a_b", "acb", "真急!", "金色KTV门口"} {
			id := int64(n + 1)
			e := issue.Event{Issue: id, Seq: 1, At: now, By: "zhang_min", Action: issue.Report, To: issue.Reported, Change: issue.Change{Text: text, Reporter: "zhang_min"}}
			if err := tx.SaveIssue(issue.Rebuild([]issue.Event{e}), e); err != nil {
				return err
			}
		}
		return nil
	})
	for words, want := range map[string][]int64{"100%": {1}, "满溢": {2, 1}, "a_b": {3}, "!": {5}, "ktv": {6}, "A_B": {3}, "没有": nil} {
		if got := allPages(t, s, now, store.Filter{Text: words, Latest: true, Limit: 10}); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", words, got, want)
		}
	}
}
