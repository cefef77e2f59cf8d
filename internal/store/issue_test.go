package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// TestStoredEventsMakeTheStoredIssue: after random lives, every row can be made again from its events alone.
func TestStoredEventsMakeTheStoredIssue(t *testing.T) {
	s, p, start := storetest.Open(t), storetest.County(t), storetest.At(t, "2026-11-02 09:00")
	storetest.Lives(t, s, p, start, 300, 1)
	reached := map[issue.Status]bool{}
	storetest.Read(t, s, start, func(tx *store.Tx) error {
		all, err := tx.Issues(store.Filter{})
		if err != nil {
			return err
		}
		for _, i := range all {
			events, err := tx.Events(i.ID)
			if err != nil {
				return err
			}
			if diff := cmp.Diff(i, issue.Rebuild(events)); diff != "" {
				t.Errorf("%s (-stored +rebuilt):\n%s", i.Number(), diff)
			}
			reached[i.Status] = true
		}
		if len(all) != 300 {
			t.Errorf("%d issues", len(all))
		}
		return nil
	})
	for _, status := range issue.Statuses() {
		if !reached[status] {
			t.Errorf("no life ended as %s", status)
		}
	}
}

// TestFineInstantsSurvive: an instant of the machine's clock, which is finer than the database's, makes no difference.
func TestFineInstantsSurvive(t *testing.T) {
	s, p := storetest.Open(t), storetest.County(t)
	now := storetest.At(t, "2026-11-23 09:05").Add(987654321)
	filed := storetest.Issue(t, s, p, now, issue.Change{Reporter: "zhang_min", Unit: "zhaoyang", Assignee: "li_qiang", Limit: &p.Reg.Categories[2].Limit})
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		stored, err := tx.Issue(filed.ID)
		if err != nil {
			return err
		}
		events, err := tx.Events(filed.ID)
		if diff := cmp.Diff(filed, stored); diff != "" {
			t.Errorf("(-filed +stored):\n%s", diff)
		}
		if diff := cmp.Diff(stored, issue.Rebuild(events)); diff != "" {
			t.Errorf("(-stored +rebuilt):\n%s", diff)
		}
		return err
	})
}

func TestWhoComesLateDoesNotOverwrite(t *testing.T) {
	s, p, now := storetest.Open(t), storetest.County(t), storetest.At(t, "2026-11-23 09:05")
	seen := storetest.Issue(t, s, p, now, issue.Change{Reporter: "zhang_min", Unit: "zhaoyang", Assignee: "li_qiang"})
	storetest.Move(t, s, p, seen.ID, issue.Act{Action: issue.Sign, By: "li_qiang", At: now})

	stale := seen
	e, err := p.Apply(&stale, issue.Act{Action: issue.Submit, By: "li_qiang", At: now})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Write(t.Context(), now, func(tx *store.Tx) error { return tx.SaveIssue(stale, e) })
	if err == nil || !strings.Contains(err.Error(), "changed by somebody else meanwhile") {
		t.Errorf("saving over somebody else's change: %v", err)
	}
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		i, err := tx.Issue(seen.ID)
		events, _ := tx.Events(seen.ID)
		if i.Status != issue.Working || len(events) != 3 {
			t.Errorf("%s, %d events", i.Status, len(events))
		}
		return err
	})
}

func TestSaveIssueRefusesWhatDoesNotFit(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	for name, save := range map[string]func(*store.Tx) error{
		"no event": func(tx *store.Tx) error { return tx.SaveIssue(issue.Issue{ID: 1, Seq: 1}) },
		"an event too few": func(tx *store.Tx) error {
			return tx.SaveIssue(issue.Issue{ID: 1, Seq: 2}, issue.Event{Issue: 1, Seq: 1})
		},
		"another issue's event": func(tx *store.Tx) error {
			return tx.SaveIssue(issue.Issue{ID: 1, Seq: 1}, issue.Event{Issue: 2, Seq: 1})
		},
		"a gap": func(tx *store.Tx) error {
			return tx.SaveIssue(issue.Issue{ID: 1, Seq: 3}, issue.Event{Issue: 1, Seq: 1}, issue.Event{Issue: 1, Seq: 3})
		},
		"an issue never created": func(tx *store.Tx) error {
			return tx.SaveIssue(issue.Issue{ID: 1, Seq: 2}, issue.Event{Issue: 1, Seq: 2})
		},
		"the same number twice": func(tx *store.Tx) error {
			for range 2 {
				if err := tx.SaveIssue(issue.Issue{ID: 1, Seq: 1}, issue.Event{Issue: 1, Seq: 1}); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		if err := s.Write(t.Context(), now, save); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		if n, err := tx.CountIssues(store.Filter{}); n != 0 || err != nil {
			t.Errorf("%d issues, %v", n, err)
		}
		return nil
	})
}

func TestNumbersRunOn(t *testing.T) {
	s, p, now := storetest.Open(t), storetest.County(t), storetest.At(t, "2026-11-23 09:05")
	for want := int64(1); want <= 3; want++ {
		if i := storetest.Issue(t, s, p, now, issue.Change{Reporter: "zhang_min"}); i.ID != want {
			t.Errorf("number %d, want %d", i.ID, want)
		}
		_ = s.Write(t.Context(), now, func(tx *store.Tx) error { // a failure uses no number up
			id, _ := tx.NewIssueNumber()
			_ = tx.SaveIssue(issue.Issue{ID: id, Seq: 1}, issue.Event{Issue: id, Seq: 1})
			return fmt.Errorf("rolled back")
		})
	}
}

func TestUnknownNumberIsTheUsersMistake(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		_, err := tx.Issue(99)
		if fail, ok := issue.AsError(err); !ok || fail.Code != issue.CodeUnknown || err.Error() != "没有 #99 这个问题。发「我的」看您手上的编号" {
			t.Errorf("got %v", err)
		}
		events, err := tx.Events(99)
		if len(events) != 0 {
			t.Error("a history of nothing")
		}
		return err
	})
}

// TestFilters compares every filter with a plain loop over all issues.
func TestFilters(t *testing.T) {
	s, p, start := storetest.Open(t), storetest.County(t), storetest.At(t, "2026-11-02 09:00")
	storetest.Lives(t, s, p, start, 300, 2)
	day := start.Add(5 * 24 * time.Hour)
	open := []issue.Status{issue.Assigned, issue.Working}
	set := func(v time.Time) bool { return !v.IsZero() }
	tests := []struct {
		name   string
		filter store.Filter
		keep   func(issue.Issue) bool
	}{
		{"everything", store.Filter{}, func(issue.Issue) bool { return true }},
		{"statuses", store.Filter{Statuses: open}, func(i issue.Issue) bool { return i.Status.WithUnit() }},
		{"unit", store.Filter{Unit: "zhaoyang"}, func(i issue.Issue) bool { return i.Unit == "zhaoyang" }},
		{"no unit", store.Filter{NoUnit: true}, func(i issue.Issue) bool { return i.Unit == "" }},
		{"assignee", store.Filter{Assignee: "wang_fang"}, func(i issue.Issue) bool { return i.Assignee == "wang_fang" }},
		{"reporter", store.Filter{Reporter: "li_qiang"}, func(i issue.Issue) bool { return i.Reporter == "li_qiang" }},
		{"place", store.Filter{Place: "金水湾小区"}, func(i issue.Issue) bool { return i.Place == "金水湾小区" }},
		{"due before", store.Filter{DueBefore: day}, func(i issue.Issue) bool { return set(i.Due) && i.Due.Before(day) }},
		{"due from", store.Filter{DueFrom: day}, func(i issue.Issue) bool { return !i.Due.Before(day) }},
		{"alarm", store.Filter{AlarmBy: day}, func(i issue.Issue) bool { return set(i.NextAlarm) && !i.NextAlarm.After(day) }},
		{"alarm and statuses", store.Filter{AlarmBy: day, Statuses: open[:1]}, func(i issue.Issue) bool {
			return set(i.NextAlarm) && !i.NextAlarm.After(day) && i.Status == issue.Assigned
		}},
		{"reported since", store.Filter{ReportedSince: day}, func(i issue.Issue) bool { return !i.ReportedAt.Before(day) }},
		{"reported before", store.Filter{Before: day}, func(i issue.Issue) bool { return i.ReportedAt.Before(day) }},
		{"closed from", store.Filter{ClosedFrom: day}, func(i issue.Issue) bool { return !i.ClosedAt.Before(day) }},
		{"closed before", store.Filter{ClosedBefore: day}, func(i issue.Issue) bool { return set(i.ClosedAt) && i.ClosedAt.Before(day) }},
		{"several", store.Filter{Unit: "zhujian", Statuses: open, DueBefore: day}, func(i issue.Issue) bool {
			return i.Unit == "zhujian" && i.Status.WithUnit() && i.Due.Before(day)
		}},
	}
	storetest.Read(t, s, start, func(tx *store.Tx) error {
		all, err := tx.Issues(store.Filter{})
		if err != nil {
			return err
		}
		for _, tt := range tests {
			var want []int64
			for _, i := range all {
				if tt.keep(i) {
					want = append(want, i.ID)
				}
			}
			got, err := tx.Issues(tt.filter)
			if err != nil {
				return err
			}
			if diff := cmp.Diff(want, ids(got)); diff != "" || len(want) == 0 {
				t.Errorf("%s: %d of %d (-want +got):\n%s", tt.name, len(want), len(all), diff)
			}
			if n, err := tx.CountIssues(tt.filter); n != len(want) || err != nil {
				t.Errorf("%s: counted %d, want %d, %v", tt.name, n, len(want), err)
			}
		}
		return nil
	})
}

func ids(list []issue.Issue) []int64 {
	var out []int64
	for _, i := range list {
		out = append(out, i.ID)
	}
	return out
}

func TestOrderAndLimit(t *testing.T) {
	s, p, start := storetest.Open(t), storetest.County(t), storetest.At(t, "2026-11-02 09:00")
	storetest.Lives(t, s, p, start, 50, 3)
	storetest.Read(t, s, start, func(tx *store.Tx) error {
		byDue, err := tx.Issues(store.Filter{DueFrom: start})
		if err != nil {
			return err
		}
		for n := 1; n < len(byDue); n++ {
			a, b := byDue[n-1], byDue[n]
			if b.Due.Before(a.Due) || b.Due.Equal(a.Due) && b.ID < a.ID {
				t.Errorf("%s comes before %s", a.Number(), b.Number())
			}
		}
		newest, err := tx.Issues(store.Filter{Latest: true, Limit: 3})
		if diff := cmp.Diff([]int64{50, 49, 48}, ids(newest)); diff != "" {
			t.Errorf("the three newest:\n%s", diff)
		}
		return err
	})
}

func TestCountByPlace(t *testing.T) {
	s, p, now := storetest.Open(t), storetest.County(t), storetest.At(t, "2026-11-23 09:05")
	for _, place := range []string{"红星中路", "金水湾小区", "", "金水湾小区", "安居小区"} {
		storetest.Issue(t, s, p, now, issue.Change{Reporter: "zhang_min", Place: place})
	}
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		got, err := tx.CountByPlace(store.Filter{})
		want := []store.PlaceCount{{Place: "金水湾小区", N: 2}, {Place: "安居小区", N: 1}, {Place: "红星中路", N: 1}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		return err
	})
}
