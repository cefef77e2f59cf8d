package issue_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/issue"
)

func TestClosingInstantIsTheReview(t *testing.T) {
	s := filed(t, "2026-11-23 09:05", issue.Change{}).assign("2026-11-23 09:05", "zhaoyang").submit("2026-11-23 15:00").
		pass("2026-11-23 16:00").
		do("2026-11-23 17:00", issue.Act{Action: issue.Photo, By: "zhang_min"}).
		do("2026-12-23 10:00", issue.Act{Action: issue.LookBack, By: "zhang_min"})
	wantInstant(t, "closed", s.i.ClosedAt, "2026-11-23 16:00")
	s.do("2026-12-24 10:00", issue.Act{Action: issue.Relapse, By: "zhang_min"})
	wantInstant(t, "closed after a relapse", s.i.ClosedAt, "")
	if s.i.Relapses != 1 || s.i.Status != issue.Working {
		t.Errorf("after a relapse: %+v", s.i)
	}
}

// TestRelapseDispatches: what was solved on the spot gets a unit when it relapses, and the time to send it back starts then.
func TestRelapseDispatches(t *testing.T) {
	to := issue.Change{Unit: "zhaoyang", Assignee: "li_qiang"}
	s := filed(t, "2026-11-23 09:05", issue.Change{}).
		do("2026-11-23 09:10", issue.Act{Action: issue.SolveOnSpot, By: "zhang_min"}).
		do("2026-11-25 10:00", issue.Act{Action: issue.Relapse, By: "zhang_min", Change: to})
	wantInstant(t, "assigned", s.i.AssignedAt, "2026-11-25 10:00")
	s.submit("2026-11-25 11:00").pass("2026-11-25 12:00").do("2026-11-26 10:00", issue.Act{Action: issue.Relapse, By: "zhang_min"})
	wantInstant(t, "assigned after a relapse with the same unit", s.i.AssignedAt, "2026-11-25 10:00")
}

func TestSubmissionSignsToo(t *testing.T) {
	s := filed(t, "2026-11-23 09:05", issue.Change{}).assign("2026-11-23 09:05", "zhaoyang")
	wantInstant(t, "signed", s.i.SignedAt, "")
	s.submit("2026-11-23 15:00")
	wantInstant(t, "signed", s.i.SignedAt, "2026-11-23 15:00")
	if s.i.SubmittedBy != "li_qiang" || s.i.Measure != "已清理" {
		t.Errorf("submitted by %q: %q", s.i.SubmittedBy, s.i.Measure)
	}
}

// TestCopiesShareNothingThatChanges: an issue's copies, and the acts and events that made it, hold the same lists, and no later
// move of one may be seen in another.
func TestCopiesShareNothingThatChanges(t *testing.T) {
	roomy := func(words ...string) issue.Marks { return append(make(issue.Marks, 0, 16), words...) }
	p, now := policy(t), at(t, "2026-11-23 09:05")
	i := standing(issue.Working, now)
	i.Told = roomy("L0")
	one, other := i, i
	told := roomy("L1")
	for n, copied := range []*issue.Issue{&one, &other} {
		a := issue.Act{Action: issue.Remind, At: now, Change: issue.Change{Told: told, Due: now.Add(24 * 30 * time.Hour)}}
		if n == 1 {
			a.Change.Due = time.Time{}
		}
		e, err := p.Apply(copied, a)
		if err != nil {
			t.Fatal(err)
		}
		e.Change.Told[0] = "written over"
	}
	for _, list := range []struct {
		what      string
		got, want issue.Marks
	}{
		{"the original", i.Told[:2:2], issue.Marks{"L0", ""}},
		{"the act", told[:2:2], issue.Marks{"L1", ""}},
		{"a copy with a new deadline", one.Told, issue.Marks{"L1"}},
		{"a copy without", other.Told, issue.Marks{"L0", "L1"}},
	} {
		if diff := cmp.Diff(list.want, list.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", list.what, diff)
		}
	}
}
