package store_test

import (
	"fmt"
	"slices"
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
	s, p, start := storetest.Open(t), storetest.Supervised(t), storetest.At(t, "2026-11-02 09:00")
	storetest.Lives(t, s, p, start, 400, 1)
	reached, made := map[issue.Status]bool{}, map[issue.Action]bool{}
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
			for _, e := range events {
				made[e.Action] = true
			}
		}
		if len(all) != 400 {
			t.Errorf("%d issues", len(all))
		}
		return nil
	})
	for _, m := range issue.Moves() {
		if !made[m.Action] && m.Action != issue.Split { // which the handlers make together with the part
			t.Errorf("no life has seen %s", m.Action)
		}
	}
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
	s, p, start := storetest.Open(t), storetest.Supervised(t), storetest.At(t, "2026-11-02 09:00")
	storetest.Lives(t, s, p, start, 300, 2)
	storetest.Read(t, s, start, func(tx *store.Tx) error {
		all, err := tx.Issues(store.Filter{})
		if err != nil {
			return err
		}
		for _, tt := range slices.Concat(filters(start.Add(5*24*time.Hour)), lifeFilters(all)) {
			compareFilter(t, tx, tt, all)
		}
		return nil
	})
}

// filterTest is a filter and the same in words of the program.
type filterTest struct {
	name   string
	filter store.Filter
	keep   func(issue.Issue) bool
}

func compareFilter(t *testing.T, tx *store.Tx, tt filterTest, all []issue.Issue) {
	t.Helper()
	var want []int64
	for _, i := range all {
		if tt.keep(i) {
			want = append(want, i.ID)
		}
	}
	got, err := tx.Issues(tt.filter)
	if diff := cmp.Diff(want, ids(got)); diff != "" || len(want) == 0 || err != nil {
		t.Errorf("%s: %d of %d, %v (-want +got):\n%s", tt.name, len(want), len(all), err, diff)
	}
	if n, err := tx.CountIssues(tt.filter); n != len(want) || err != nil {
		t.Errorf("%s: counted %d, want %d, %v", tt.name, n, len(want), err)
	}
}

// lifeFilters are those about requests, replies, look backs, levels and joint issues.
func lifeFilters(all []issue.Issue) []filterTest {
	whole := all[slices.IndexFunc(all, func(i issue.Issue) bool { return i.Parent != 0 })].Parent
	open := []issue.Status{issue.Assigned, issue.Working}
	return []filterTest{
		{"parts", store.Filter{Parent: whole}, func(i issue.Issue) bool { return i.Parent == whole }},
		{"whole", store.Filter{Whole: true}, func(i issue.Issue) bool { return i.Parent == 0 }},
		{"merged", store.Filter{MergedInto: 1}, func(i issue.Issue) bool { return i.MergedInto == 1 }},
		{"requested", store.Filter{Requested: true}, func(i issue.Issue) bool { return i.Request.Pending() }},
		{"requested of a status", store.Filter{Requested: true, Statuses: []issue.Status{issue.Working}}, func(i issue.Issue) bool {
			return i.Request.Pending() && i.Status == issue.Working
		}},
		{"replying", store.Filter{Replying: true}, func(i issue.Issue) bool { return !i.ReplyDue.IsZero() && i.Status.WithUnit() }},
		{"drawn", store.Filter{Drawn: true}, func(i issue.Issue) bool { return !i.LookBackDue.IsZero() && i.Status == issue.Closed }},
		{"reminded of a level", store.Filter{LevelFrom: "L1"}, func(i issue.Issue) bool { return i.Level == "L1" || i.Level == "L2" }},
		{"supervised and not done", store.Filter{LevelFrom: "L2", Statuses: open, Whole: true}, func(i issue.Issue) bool {
			return i.Level == "L2" && i.Status.WithUnit() && i.Parent == 0
		}},
	}
}

func filters(day time.Time) []filterTest {
	open := []issue.Status{issue.Assigned, issue.Working}
	set := func(v time.Time) bool { return !v.IsZero() }
	return []filterTest{
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

// TestWhatWasSaidIsNotReadAgain: the cost of a tick is what has happened since the last one. Whatever the lives have left, after
// two rounds everything is said and done, and the third reads nothing (design.md §11).
func TestWhatWasSaidIsNotReadAgain(t *testing.T) {
	s, p, start := storetest.Open(t), storetest.Supervised(t), storetest.At(t, "2026-11-02 09:00")
	storetest.Lives(t, s, p, start, 300, 5)
	for _, days := range []int{20, 21, 40, 400} {
		now := start.Add(time.Duration(days) * 24 * time.Hour)
		var read []int
		for range 3 {
			storetest.Write(t, s, now, func(tx *store.Tx) error {
				list, err := tx.Issues(store.Filter{AlarmBy: now})
				read = append(read, len(list))
				for _, i := range list {
					if err == nil {
						err = remind(tx, p, i)
					}
				}
				return err
			})
		}
		if read[2] != 0 || days == 20 && read[0] == 0 {
			t.Errorf("after %d days the ticks read %v issues", days, read)
		}
	}
}

// remind does for an issue what the reminders do.
func remind(tx *store.Tx, p issue.Policy, i issue.Issue) error {
	a := p.Reminded(i, p.Alarms(i, tx.Now()), tx.Now())
	switch {
	case p.AutoSigns(i, tx.Now()):
		a = issue.Act{Action: issue.Sign, At: tx.Now()}
	case i.Resumes(tx.Now()):
		a = issue.Act{Action: issue.Resume, At: tx.Now()}
	}
	e, err := p.Apply(&i, a)
	if err != nil {
		return err
	}
	return tx.SaveIssue(i, e)
}
