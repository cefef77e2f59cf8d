package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/calendar"
	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// chosen are the numbers of the issues that a filter chooses.
func chosen(t *testing.T, s *store.Store, now time.Time, f store.Filter) []int64 {
	t.Helper()
	var out []int64
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		list, err := tx.Issues(f)
		for _, i := range list {
			out = append(out, i.ID)
		}
		return err
	})
	slices.Sort(out)
	return out
}

// TestUrgentFilter: the database and the rules agree about what does not wait for the morning.
func TestUrgentFilter(t *testing.T) {
	s, p := storetest.Open(t), storetest.County(t)
	now := storetest.At(t, "2026-11-23 09:00")
	var want []int64
	for _, kind := range calendar.Kinds() {
		for _, danger := range []bool{false, true} {
			limit := calendar.Limit{N: 1, Kind: kind}
			i := storetest.Issue(t, s, p, now, issue.Change{Text: "井盖缺失", Reporter: "zhang_min", Unit: "zhaoyang", Limit: &limit, Danger: danger})
			if i.Urgent() {
				want = append(want, i.ID)
			}
		}
	}
	if diff := cmp.Diff(want, chosen(t, s, now, store.Filter{Urgent: true})); diff != "" || len(want) != len(calendar.Kinds())+1 {
		t.Errorf("want %v: %s", want, diff)
	}
}

func TestOwners(t *testing.T) {
	s, p := storetest.Open(t), storetest.County(t)
	now := storetest.At(t, "2026-11-23 09:00")
	for _, o := range []store.Owner{{"zhaoyang", "li_qiang"}, {"zhaoyang", "zhang_wei"}, {"zhaoyang", "li_qiang"}, {"", ""}, {"zhujian", ""}} {
		storetest.Issue(t, s, p, now, issue.Change{Text: "楼道堆物", Reporter: "zhang_min", Unit: o.Unit, Assignee: o.Assignee})
	}
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		got, err := tx.Owners([]issue.Status{issue.Reported, issue.Assigned})
		want := []store.Owner{{"", ""}, {"zhaoyang", "li_qiang"}, {"zhaoyang", "zhang_wei"}, {"zhujian", ""}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		return err
	})
}

func TestRelapsedSince(t *testing.T) {
	s, p := storetest.Open(t), storetest.County(t)
	now := storetest.At(t, "2026-11-23 09:00")
	for n := range 3 {
		i := storetest.Issue(t, s, p, now, issue.Change{Text: "楼道堆物", Reporter: "zhang_min", Unit: "zhaoyang", Assignee: "li_qiang"})
		storetest.Move(t, s, p, i.ID, issue.Act{Action: issue.Submit, By: "li_qiang", At: now})
		storetest.Move(t, s, p, i.ID, issue.Act{Action: issue.Pass, By: "zhang_min", At: now})
		if n > 0 {
			storetest.Move(t, s, p, i.ID, issue.Act{Action: issue.Relapse, By: "zhang_min", At: now.Add(time.Duration(n) * time.Hour)})
		}
	}
	if diff := cmp.Diff([]int64{3}, chosen(t, s, now, store.Filter{RelapsedSince: now.Add(2 * time.Hour)})); diff != "" {
		t.Error(diff)
	}
}

// TestCancelHeld: what asks for something is withdrawn while it is held, of one issue and one thing only, and can be asked again.
func TestCancelHeld(t *testing.T) {
	s := storetest.Open(t)
	night := storetest.At(t, "2026-11-23 22:00")
	morning := storetest.At(t, "2026-11-24 07:30")
	send := func(now, held time.Time, asks ...string) {
		storetest.Write(t, s, now, func(tx *store.Tx) error {
			for _, a := range asks {
				if err := tx.Send(store.Out{To: store.ToChat("inspect"), Text: a, Asks: a, HeldUntil: held}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	cancel := func(now time.Time, want int) {
		t.Helper()
		storetest.Write(t, s, now, func(tx *store.Tx) error {
			n, err := tx.CancelHeld("asks/1/review")
			if n != want {
				t.Errorf("%d messages were withdrawn, want %d", n, want)
			}
			return err
		})
	}
	send(night, morning, "asks/1/review", "asks/1/decision", "asks/11/review")
	send(night.Add(time.Second), time.Time{}, "asks/1/review") // not held
	cancel(night.Add(time.Minute), 1)
	send(night.Add(2*time.Minute), morning, "asks/1/review")
	send(night.Add(3*time.Minute), morning, "asks/1/review")
	cancel(morning, 0) // it is being delivered
	cancel(morning.Add(-time.Second), 2)
	storetest.Read(t, s, morning, func(tx *store.Tx) error {
		n, err := tx.CountOutgoing(store.OutQueued)
		if n != 3 {
			t.Errorf("%d messages are left", n)
		}
		return err
	})
}

// TestHeldWith: what goes together has one target and one instant until which it was held, and is still to be sent.
func TestHeldWith(t *testing.T) {
	s := storetest.Open(t)
	night := storetest.At(t, "2026-11-23 22:00")
	morning := storetest.At(t, "2026-11-24 07:30")
	storetest.Write(t, s, night, func(tx *store.Tx) error {
		for _, o := range []store.Out{
			{Text: "一", HeldUntil: morning},
			{Text: "别的群", To: store.ToChat("office"), HeldUntil: morning},
			{Text: "马上"},
			{Text: "晚一天", HeldUntil: morning.AddDate(0, 0, 1)},
			{Text: "到点", NotBefore: morning},
			{Text: "文件", HeldUntil: morning, File: &store.OutFile{Name: "台账.xlsx"}},
			{Text: "二", HeldUntil: morning},
			{Text: "过去", HeldUntil: night.Add(-time.Hour)},
			{Text: "三", HeldUntil: morning},
		} {
			if o.To == "" {
				o.To = store.ToChat("inspect")
			}
			if err := tx.Send(o); err != nil {
				return err
			}
		}
		return nil
	})
	storetest.Read(t, s, night, func(tx *store.Tx) error {
		due, err := tx.DueOutgoing(50)
		if len(due) != 2 || due[0].Text != "马上" || due[1].Text != "过去" {
			t.Errorf("due at night: %+v", due)
		}
		return err
	})
	var first store.Outgoing
	together := func() []string {
		var out []string
		storetest.Read(t, s, morning, func(tx *store.Tx) error {
			rows, err := tx.HeldWith(first)
			for _, r := range rows {
				out = append(out, r.Text)
			}
			return err
		})
		return out
	}
	storetest.Read(t, s, morning, func(tx *store.Tx) error {
		due, err := tx.DueOutgoing(50)
		first = due[slices.IndexFunc(due, func(o store.Outgoing) bool { return o.Text == "一" })]
		return err
	})
	if diff := cmp.Diff([]string{"一", "二", "三"}, together()); diff != "" {
		t.Error(diff)
	}
	storetest.Write(t, s, morning, func(tx *store.Tx) error { return tx.MarkSent(first.ID) })
	if diff := cmp.Diff([]string{"二", "三"}, together()); diff != "" {
		t.Error(diff)
	}
}

// TestPartsAreNoProblems: a joint issue is one problem in the totals, whatever number of units work on it.
func TestPartsAreNoProblems(t *testing.T) {
	s, p := storetest.Open(t), storetest.County(t)
	now := storetest.At(t, "2026-11-23 09:00")
	whole := storetest.Issue(t, s, p, now, issue.Change{Text: "楼道堆物", Place: "金水湾小区", Reporter: "zhang_min", Unit: "zhaoyang", Assignee: "li_qiang"})
	part := storetest.Issue(t, s, p, now, issue.Change{Text: "楼道堆物", Place: "金水湾小区", Reporter: "zhang_min", Unit: "zhujian", Assignee: "wang_fang", Parent: whole.ID})
	storetest.Issue(t, s, p, now, issue.Change{Text: "楼道堆物", Place: "金水湾小区", Reporter: "zhang_min", Unit: "zhujian", Parent: whole.ID})
	storetest.Move(t, s, p, part.ID, issue.Act{Action: issue.Submit, By: "wang_fang", At: now})
	storetest.Move(t, s, p, part.ID, issue.Act{Action: issue.Pass, By: "zhang_min", At: now})
	storetest.Read(t, s, now.Add(time.Hour), func(tx *store.Tx) error {
		d, err := tx.Day(p.Reg, now, now.Add(time.Hour), now, now)
		if d.Filed != 1 || d.Closed != 0 || len(d.Hot) != 0 {
			t.Errorf("%d filed, %d closed, hot: %v", d.Filed, d.Closed, d.Hot)
		}
		return err
	})
}
