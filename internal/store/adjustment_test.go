package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// ask stores an entry that somebody asks for.
func ask(t *testing.T, s *store.Store, at time.Time, unit string, points issue.Points) issue.Adjustment {
	t.Helper()
	a := issue.Adjustment{Unit: unit, Points: points, Reason: "迎检当天窗口无人", Person: "chen_jing", Chat: "office"}
	storetest.Write(t, s, at, func(tx *store.Tx) error { return tx.AddAdjustment(&a) })
	return a
}

// decideOn decides an entry and says whether the decision was the first.
func decideOn(t *testing.T, s *store.Store, at time.Time, id int64, state issue.AdjustmentState, by string) (first bool) {
	t.Helper()
	storetest.Write(t, s, at, func(tx *store.Tx) (err error) {
		first, err = tx.DecideAdjustment(id, state, by, "情况属实")
		return err
	})
	return first
}

// TestAdjustmentIsDecidedOnce: what is stored is what is read, and the first decision stays.
func TestAdjustmentIsDecidedOnce(t *testing.T) {
	s := storetest.Open(t)
	asked, decided := storetest.At(t, "2026-11-23 09:00"), storetest.At(t, "2026-11-23 10:00")
	a := ask(t, s, asked, "zhaoyang", -50)
	want := issue.Adjustment{
		ID: a.ID, Unit: "zhaoyang", Points: -50, Reason: "迎检当天窗口无人", Person: "chen_jing", At: asked, Chat: "office",
		State: issue.AdjustmentAsked,
	}
	read := func() (got issue.Adjustment) {
		storetest.Read(t, s, decided, func(tx *store.Tx) (err error) {
			got, err = tx.Adjustment(a.ID)
			return err
		})
		return got
	}
	for _, got := range []issue.Adjustment{a, read()} {
		if diff := cmp.Diff(want, got); diff != "" || a.ID == 0 {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
	}
	if !decideOn(t, s, decided, a.ID, issue.AdjustmentApproved, "xie_lan") {
		t.Error("the first decision was refused")
	}
	if decideOn(t, s, decided.Add(time.Hour), a.ID, issue.AdjustmentRefused, "liu_jian") {
		t.Error("a decision was altered")
	}
	want.State, want.DecidedBy, want.DecidedAt, want.Note = issue.AdjustmentApproved, "xie_lan", decided, "情况属实"
	if diff := cmp.Diff(want, read()); diff != "" {
		t.Errorf("decided (-want +got):\n%s", diff)
	}
	storetest.Read(t, s, decided, func(tx *store.Tx) error {
		_, err := tx.Adjustment(99)
		if fail, ok := issue.AsError(err); !ok || fail.Code != issue.CodeUnknown {
			t.Errorf("a number that nobody has: %v", err)
		}
		return nil
	})
}

// TestAdjustmentsOfAPeriod: an entry counts in the one period that holds its decision, if it was approved.
func TestAdjustmentsOfAPeriod(t *testing.T) {
	s := storetest.Open(t)
	from, to := storetest.At(t, "2026-11-23 17:30"), storetest.At(t, "2026-11-24 17:30")
	before := from.Add(-48 * time.Hour)
	waits := ask(t, s, from, "zhaoyang", -50)
	decided := func(unit string, at time.Time, state issue.AdjustmentState) int64 {
		id := ask(t, s, before, unit, 100).ID
		decideOn(t, s, at, id, state, "xie_lan")
		return id
	}
	last := decided("zhaoyang", to.Add(-time.Microsecond), issue.AdjustmentApproved)
	first := decided("zhujian", from, issue.AdjustmentApproved)
	refused := decided("zhaoyang", from.Add(time.Hour), issue.AdjustmentRefused)
	early := decided("zhaoyang", from.Add(-time.Microsecond), issue.AdjustmentApproved)
	late := decided("zhaoyang", to, issue.AdjustmentApproved)
	storetest.Read(t, s, to, func(tx *store.Tx) error {
		ids := func(list []issue.Adjustment, err error) (out []int64) {
			if err != nil {
				t.Error(err)
			}
			for _, a := range list {
				out = append(out, a.ID)
			}
			return out
		}
		for name, tt := range map[string]struct{ got, want []int64 }{
			"counting":       {ids(tx.ManualIn(from, to)), []int64{first, last}},
			"the day before": {ids(tx.ManualIn(from.Add(-24*time.Hour), from)), []int64{early}},
			"waiting":        {ids(tx.Adjustments(store.AdjustmentFilter{State: issue.AdjustmentAsked})), []int64{waits.ID}},
			"decided":        {ids(tx.Adjustments(store.AdjustmentFilter{From: from, To: to})), []int64{first, refused, last}},
			"decided until":  {ids(tx.Adjustments(store.AdjustmentFilter{To: to})), []int64{early, first, refused, last}},
			"of a unit":      {ids(tx.Adjustments(store.AdjustmentFilter{Unit: "zhaoyang", From: from})), []int64{refused, last, late}},
		} {
			if diff := cmp.Diff(tt.want, tt.got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		return nil
	})
}
