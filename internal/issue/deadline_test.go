package issue_test

import (
	"testing"

	"duban/internal/calendar"
	"duban/internal/issue"
)

// 2026-11-23 is a Monday; all instants are in its campaign's zone, work is 08:00–12:00 and 14:00–18:00.

func limited(l calendar.Limit) issue.Change { return issue.Change{Limit: &l} }

func TestDispatchStartsTheClock(t *testing.T) {
	for _, tt := range []struct {
		name  string
		limit calendar.Limit
		filed string
		sent  string
		due   string
	}{
		{"one working day", limit(1, calendar.WorkDay), "2026-11-23 09:05", "2026-11-23 09:05", "2026-11-24 18:00"},
		{"the clock starts at dispatch", limit(1, calendar.WorkDay), "2026-11-23 09:05", "2026-11-25 11:00", "2026-11-26 18:00"},
		{"5 working hours over a weekend (domain.md §5.3)", limit(5, calendar.WorkHour), "2026-11-27 17:00", "2026-11-27 17:00", "2026-11-30 12:00"},
		{"4 urgent hours (domain.md §5.3)", limit(4, calendar.UrgentHour), "2026-11-27 17:00", "2026-11-27 17:00", "2026-11-27 21:00"},
		{"the same day", limit(1, calendar.SameDay), "2026-11-23 16:00", "2026-11-23 16:00", "2026-11-24 00:00"},
		{"after the cut-off", limit(1, calendar.SameDay), "2026-11-23 20:30", "2026-11-23 20:30", "2026-11-24 12:00"},
		{"no limit known: the default", calendar.Limit{}, "2026-11-23 09:05", "2026-11-23 09:05", "2026-11-26 18:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := filed(t, tt.filed, limited(tt.limit))
			wantInstant(t, "deadline before dispatch", s.i.Due, "")
			s.assign(tt.sent, "zhaoyang")
			wantInstant(t, "deadline", s.i.Due, tt.due)
			if s.i.Said || s.i.DueUnsure {
				t.Errorf("said %v, unsure %v", s.i.Said, s.i.DueUnsure)
			}
		})
	}
}

func TestDeadlineInAnUnknownYearSaysSo(t *testing.T) {
	s := filed(t, "2026-12-31 09:05", limited(limit(3, calendar.WorkDay))).assign("2026-12-31 09:05", "zhaoyang")
	if !s.i.DueUnsure {
		t.Errorf("the deadline %v crosses a year without a notice, but is not unsure", s.i.Due)
	}
}

func TestSaidDeadline(t *testing.T) {
	said := issue.Change{Due: at(t, "2026-11-25 17:00"), Said: true}
	s := filed(t, "2026-11-23 09:05", said)
	wantInstant(t, "deadline of the report", s.i.Due, "2026-11-25 17:00")
	wantInstant(t, "alarm before dispatch", s.i.NextAlarm, "")
	s.assign("2026-11-23 09:30", "zhaoyang")
	wantInstant(t, "deadline", s.i.Due, "2026-11-25 17:00")
	if !s.i.Said {
		t.Error("the deadline is no longer marked as said")
	}
	s.next("2026-11-23 11:30").sign("2026-11-23 10:00").next("2026-11-25 15:00")

	late := filed(t, "2026-11-23 09:05", said).assign("2026-11-25 17:00", "zhaoyang")
	wantInstant(t, "deadline dispatched after the said one", late.i.Due, "2026-11-30 18:00")
	if late.i.Said {
		t.Error("a computed deadline is marked as said")
	}
}

func TestReassignment(t *testing.T) {
	for name, same := range map[string]issue.Change{
		"the unit named again": {Unit: "zhaoyang", Assignee: "zhou_tao"},
		"only the person":      {Assignee: "zhou_tao"},
	} {
		s := filed(t, "2026-11-23 09:05", limited(limit(1, calendar.WorkDay))).assign("2026-11-23 09:05", "zhaoyang").
			sign("2026-11-23 10:00").
			do("2026-11-24 10:00", issue.Act{Action: issue.Reassign, By: "chen_jing", Change: same})
		wantInstant(t, name+": deadline for a colleague", s.i.Due, "2026-11-24 18:00")
		s.sign("2026-11-24 10:30").next("2026-11-24 16:00")
		if s.i.Assignee != "zhou_tao" || s.i.First != "" {
			t.Errorf("%s: %s, first %s", name, s.i.Assignee, s.i.First)
		}
		s.reassign("2026-11-24 10:40", "zhujian")
		wantInstant(t, name+": deadline for another unit", s.i.Due, "2026-11-25 18:00")
	}
}

func TestReturnLeavesWhatWasLeft(t *testing.T) {
	for _, tt := range []struct {
		name      string
		limit     calendar.Limit
		submitted string
		returned  string
		due       string
	}{
		{"6 working hours were left", limit(1, calendar.WorkDay), "2026-11-24 10:00", "2026-11-24 17:00", "2026-11-25 15:00"},
		{"working time in hours begun", limit(1, calendar.WorkDay), "2026-11-24 10:59", "2026-11-24 17:00", "2026-11-25 15:00"},
		{"little was left: the return limit", limit(1, calendar.WorkDay), "2026-11-24 17:30", "2026-11-25 08:00", "2026-11-25 12:00"},
		{"late: the return limit", limit(1, calendar.WorkDay), "2026-11-25 10:00", "2026-11-25 14:00", "2026-11-25 18:00"},
		{"exactly at the deadline", limit(1, calendar.WorkDay), "2026-11-24 18:00", "2026-11-25 08:00", "2026-11-25 12:00"},
		{"an urgent clock runs at night", limit(24, calendar.UrgentHour), "2026-11-23 11:05", "2026-11-23 17:00", "2026-11-24 15:00"},
		{"natural days run on weekends", limit(7, calendar.NaturalDay), "2026-11-25 09:05", "2026-11-28 09:05", "2026-12-03 09:05"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := filed(t, "2026-11-23 09:05", limited(tt.limit)).assign("2026-11-23 09:05", "zhaoyang").
				submit(tt.submitted).giveBack(tt.returned)
			wantInstant(t, "deadline", s.i.Due, tt.due)
			if s.i.Returns != 1 || s.i.Status != issue.Working || s.i.Level != "" {
				t.Errorf("%d returns, %s, level %q", s.i.Returns, s.i.Status, s.i.Level)
			}
		})
	}
}

// TestFirstSubmissionIsScored: a return moves the deadline, but not the one that counts (domain.md §5.4).
func TestFirstSubmissionIsScored(t *testing.T) {
	s := filed(t, "2026-11-23 09:05", limited(limit(1, calendar.WorkDay))).assign("2026-11-23 09:05", "zhaoyang")
	wantInstant(t, "scored deadline", s.i.ScoredDue(), "2026-11-24 18:00")
	s.submit("2026-11-24 17:30").giveBack("2026-11-25 08:00").submit("2026-11-25 11:00")
	wantInstant(t, "scored deadline", s.i.ScoredDue(), "2026-11-24 18:00")
	wantInstant(t, "deadline", s.i.Due, "2026-11-25 12:00")
	wantInstant(t, "first submission", s.i.FirstSubmittedAt, "2026-11-24 17:30")
	wantInstant(t, "submission", s.i.SubmittedAt, "2026-11-25 11:00")
}

func TestRelapseAndResumptionStartAfresh(t *testing.T) {
	s := filed(t, "2026-11-23 09:05", limited(limit(1, calendar.WorkDay))).assign("2026-11-23 09:05", "zhaoyang").
		submit("2026-11-23 15:00").pass("2026-11-23 16:00").
		do("2026-12-21 10:00", issue.Act{Action: issue.Relapse, By: "zhang_min"})
	wantInstant(t, "deadline after a relapse", s.i.Due, "2026-12-22 18:00")
	s.next("2026-12-22 16:00").suspend("2026-12-21 11:00", "2027-03-01 08:00").next("2027-03-01 08:00")
	if s.i.Overdue(at(t, "2026-12-30 10:00")) {
		t.Error("a suspended issue is overdue")
	}
	s.act("2026-12-28 10:00", issue.Resume, "chen_jing").next("2026-12-29 16:00")
	wantInstant(t, "deadline after the resumption", s.i.Due, "2026-12-29 18:00")
	wantInstant(t, "end of the suspension", s.i.ResumeAt, "")
}

func TestExtension(t *testing.T) {
	s := filed(t, "2026-11-23 09:05", limited(limit(1, calendar.WorkDay))).assign("2026-11-23 09:05", "zhaoyang").
		sign("2026-11-23 10:00").tick("2026-11-24 16:00", "L0").
		do("2026-11-24 17:00", issue.Act{Action: issue.Extend, By: "chen_jing", Change: issue.Change{Due: at(t, "2026-11-25 18:00")}}).
		next("2026-11-25 16:00")
	wantInstant(t, "deadline", s.i.Due, "2026-11-25 18:00")
	if s.i.Extensions != 1 || s.i.Level != "" {
		t.Errorf("%d extensions, level %q: the ladder does not start anew", s.i.Extensions, s.i.Level)
	}
	s.tick("2026-11-25 16:00", "L0")
}

func TestReviewHasItsOwnClock(t *testing.T) {
	s := filed(t, "2026-11-23 09:05", issue.Change{}).assign("2026-11-23 09:05", "zhaoyang").submit("2026-11-27 17:00")
	wantInstant(t, "review limit", s.i.ReviewDue, "2026-11-30 18:00")
	s.next("2026-11-30 18:00")
}

func TestOverdue(t *testing.T) {
	s := filed(t, "2026-11-23 09:05", limited(limit(1, calendar.WorkDay)))
	if s.i.Overdue(at(t, "2027-11-23 09:05")) {
		t.Error("overdue without a deadline")
	}
	s.assign("2026-11-23 09:05", "zhaoyang")
	if s.i.Overdue(s.i.Due) || !s.i.Overdue(s.i.Due.Add(1)) {
		t.Error("overdue begins after the deadline, not at it or later")
	}
	s.submit("2026-11-26 09:00")
	if s.i.Overdue(at(t, "2026-11-27 09:00")) {
		t.Error("overdue although it is submitted")
	}
}

// TestTimeThatIsOverIsNoDeadline: a report is never refused for what it says of time, but nothing is due before it begins.
func TestTimeThatIsOverIsNoDeadline(t *testing.T) {
	s := filed(t, "2026-11-23 09:05", issue.Change{Due: at(t, "2026-11-23 09:05"), Said: true})
	wantInstant(t, "deadline", s.i.Due, "")
	if s.i.Said {
		t.Error("no deadline, but it is marked as said")
	}
	for _, a := range []issue.Act{
		{Action: issue.Assign, By: "chen_jing", Change: issue.Change{Unit: "zhaoyang", Due: at(t, "2026-11-23 10:00")}},
		{Action: issue.Correct, By: "chen_jing", Change: issue.Change{Due: at(t, "2026-11-23 09:59")}},
	} {
		s.refuse("2026-11-23 10:00", "#17 写的时间已经过了。请写一个更晚的时间", a)
	}
}

// TestCorrection: another category brings its own limit from now on, so that a correction makes nobody late, but it moves no
// deadline that somebody said, granted or set by a review.
func TestCorrection(t *testing.T) {
	one, three := limit(1, calendar.WorkDay), limit(3, calendar.WorkDay)
	correct := issue.Act{Action: issue.Correct, By: "chen_jing", Change: issue.Change{Category: "环境卫生", Limit: &one}}
	running := func() *story {
		return filed(t, "2026-11-16 09:05", limited(three)).assign("2026-11-16 09:05", "zhaoyang")
	}
	for _, tt := range []struct {
		name string
		s    *story
		due  string
	}{
		{"a wrong category", running(), "2026-11-24 18:00"},
		{"signed for", running().sign("2026-11-16 10:00"), "2026-11-24 18:00"},
		{"before the dispatch", filed(t, "2026-11-16 09:05", limited(three)), ""},
		{"said in the report", filed(t, "2026-11-16 09:05", issue.Change{Due: at(t, "2026-11-27 12:00"), Said: true}).
			assign("2026-11-16 09:05", "zhaoyang"), "2026-11-27 12:00"},
		{"extended", running().extend("2026-11-17 09:00", "2026-11-27 18:00"), "2026-11-27 18:00"},
		{"returned", running().submit("2026-11-17 09:00").giveBack("2026-11-17 10:00"), "2026-11-20 09:00"},
		{
			"relapsed", running().submit("2026-11-17 09:00").pass("2026-11-17 10:00").act("2026-11-18 09:00", issue.Relapse, "zhang_min"),
			"2026-11-23 18:00",
		},
		{"submitted", running().submit("2026-11-17 09:00"), "2026-11-19 18:00"},
		{"set by a leader", running().do("2026-11-17 09:00", issue.Act{
			Action: issue.Supervise, By: "liu_jian",
			Change: issue.Change{Due: at(t, "2026-11-26 12:00")},
		}), "2026-11-26 12:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.s.do("2026-11-23 09:00", correct)
			wantInstant(t, "deadline", tt.s.i.Due, tt.due)
			if tt.s.i.Limit != one || tt.s.i.Category != "环境卫生" {
				t.Errorf("%s with %v", tt.s.i.Category, tt.s.i.Limit)
			}
		})
	}
}

func TestCorrectionOfTheTextMovesNothing(t *testing.T) {
	s := filed(t, "2026-11-23 09:05", limited(limit(1, calendar.WorkDay))).assign("2026-11-23 09:05", "zhaoyang").
		do("2026-11-23 15:00", issue.Act{Action: issue.Correct, By: "chen_jing", Change: issue.Change{Text: "楼道堆放杂物"}})
	wantInstant(t, "deadline", s.i.Due, "2026-11-24 18:00")
}

// TestRelapseHasAFreshLimit: what came back is not due at the time that was once said for it.
func TestRelapseHasAFreshLimit(t *testing.T) {
	c := limited(limit(1, calendar.WorkDay))
	c.Due, c.Said = at(t, "2026-11-24 10:00"), true
	s := filed(t, "2026-11-23 09:05", c).assign("2026-11-23 09:05", "zhaoyang").submit("2026-11-23 10:00").pass("2026-11-23 11:00").
		do("2026-11-23 15:00", issue.Act{Action: issue.Relapse, By: "zhang_min", Note: "又脏了"})
	wantInstant(t, "deadline after the relapse", s.i.Due, "2026-11-24 18:00")
}
