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
	wantInstant(t, "alarm", s.i.NextAlarm, "2026-11-25 15:00")

	late := filed(t, "2026-11-23 09:05", said).assign("2026-11-25 17:00", "zhaoyang")
	wantInstant(t, "deadline dispatched after the said one", late.i.Due, "2026-11-30 18:00")
	if late.i.Said {
		t.Error("a computed deadline is marked as said")
	}
}

func TestReassignment(t *testing.T) {
	s := filed(t, "2026-11-23 09:05", limited(limit(1, calendar.WorkDay))).assign("2026-11-23 09:05", "zhaoyang")
	same := issue.Change{Unit: "zhaoyang", Assignee: "zhou_tao"}
	s.do("2026-11-24 10:00", issue.Act{Action: issue.Reassign, By: "chen_jing", Change: same})
	wantInstant(t, "deadline for a colleague", s.i.Due, "2026-11-24 18:00")
	wantInstant(t, "alarm for a colleague", s.i.NextAlarm, "2026-11-24 16:00")
	if s.i.Assignee != "zhou_tao" || s.i.Status != issue.Assigned {
		t.Errorf("%s %s", s.i.Assignee, s.i.Status)
	}
	other := issue.Change{Unit: "zhujian", Assignee: "wang_fang"}
	s.do("2026-11-24 10:00", issue.Act{Action: issue.Reassign, By: "chen_jing", Change: other})
	wantInstant(t, "deadline for another unit", s.i.Due, "2026-11-25 18:00")
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
	wantInstant(t, "alarm after a relapse", s.i.NextAlarm, "2026-12-22 16:00")

	s.do("2026-12-21 11:00", issue.Act{Action: issue.Suspend, By: "liu_jian", Note: "等天暖"})
	wantInstant(t, "alarm while suspended", s.i.NextAlarm, "")
	if s.i.Overdue(at(t, "2026-12-30 10:00")) {
		t.Error("a suspended issue is overdue")
	}
	s.do("2026-12-28 10:00", issue.Act{Action: issue.Resume, By: "chen_jing"})
	wantInstant(t, "deadline after the resumption", s.i.Due, "2026-12-29 18:00")
	wantInstant(t, "alarm after the resumption", s.i.NextAlarm, "2026-12-29 16:00")
}

func TestExtension(t *testing.T) {
	s := filed(t, "2026-11-23 09:05", limited(limit(1, calendar.WorkDay))).assign("2026-11-23 09:05", "zhaoyang").
		remind("2026-11-24 16:00", "L0").
		do("2026-11-24 17:00", issue.Act{Action: issue.Extend, By: "chen_jing", Change: issue.Change{Due: at(t, "2026-11-26 18:00")}})
	wantInstant(t, "deadline", s.i.Due, "2026-11-26 18:00")
	wantInstant(t, "alarm", s.i.NextAlarm, "2026-11-26 16:00")
	if s.i.Extensions != 1 || s.i.Level != "" {
		t.Errorf("%d extensions, level %q: the ladder does not start anew", s.i.Extensions, s.i.Level)
	}
}

func TestReviewHasItsOwnClock(t *testing.T) {
	s := filed(t, "2026-11-23 09:05", issue.Change{}).assign("2026-11-23 09:05", "zhaoyang").submit("2026-11-27 17:00")
	wantInstant(t, "review limit", s.i.ReviewDue, "2026-11-30 18:00")
}

// remind does what the job of a tick does, and expects the level.
func (s *story) remind(when, level string) *story {
	s.t.Helper()
	rung, ok := s.p.Rung(s.i, at(s.t, when))
	if !ok || rung.Level != level {
		s.t.Fatalf("at %s: rung %q (%v), want %s", when, rung.Level, ok, level)
	}
	return s.do(when, issue.Act{Action: issue.Remind, Change: issue.Change{Level: rung.Level}})
}

func (s *story) quiet(when string) *story {
	s.t.Helper()
	if rung, ok := s.p.Rung(s.i, at(s.t, when)); ok {
		s.t.Fatalf("at %s: rung %s, want none", when, rung.Level)
	}
	return s
}

func TestLadder(t *testing.T) {
	s := filed(t, "2026-11-23 09:05", limited(limit(1, calendar.WorkDay))).assign("2026-11-23 09:05", "zhaoyang")
	wantInstant(t, "first alarm", s.i.NextAlarm, "2026-11-24 16:00")
	s.quiet("2026-11-24 15:59").remind("2026-11-24 16:00", "L0").quiet("2026-11-24 16:10")
	wantInstant(t, "second alarm", s.i.NextAlarm, "2026-11-24 18:00")
	s.remind("2026-11-24 18:00", "L1").quiet("2026-11-25 17:59").remind("2026-11-25 18:00", "L2")
	wantInstant(t, "last alarm", s.i.NextAlarm, "2026-11-27 18:00")
	s.remind("2026-11-27 18:10", "L3").quiet("2027-01-27 18:00")
	wantInstant(t, "alarm after the last rung", s.i.NextAlarm, "")
}

// TestStandstill: after a pause of the program the highest rung is said once, and nothing below it.
func TestStandstill(t *testing.T) {
	s := filed(t, "2026-11-23 09:05", limited(limit(1, calendar.WorkDay))).assign("2026-11-23 09:05", "zhaoyang").
		remind("2026-11-26 09:00", "L2").quiet("2026-11-26 09:10")
	wantInstant(t, "alarm", s.i.NextAlarm, "2026-11-27 18:00")
}

func TestSubmissionStopsTheLadder(t *testing.T) {
	s := filed(t, "2026-11-23 09:05", limited(limit(1, calendar.WorkDay))).assign("2026-11-23 09:05", "zhaoyang").
		submit("2026-11-24 11:00")
	wantInstant(t, "alarm", s.i.NextAlarm, "")
	s.quiet("2026-11-30 09:00").giveBack("2026-11-30 09:00")
	wantInstant(t, "deadline", s.i.Due, "2026-11-30 16:00")
	wantInstant(t, "alarm after the return", s.i.NextAlarm, "2026-11-30 14:00")
}

// TestShortLimitSkipsTheWarning: who has just been told is not warned two hours before the deadline of two hours.
func TestShortLimitSkipsTheWarning(t *testing.T) {
	s := filed(t, "2026-11-23 09:00", limited(limit(2, calendar.WorkHour))).assign("2026-11-23 09:00", "zhaoyang")
	wantInstant(t, "alarm", s.i.NextAlarm, "2026-11-23 11:00")
	s.quiet("2026-11-23 10:59").remind("2026-11-23 11:00", "L1")
}

// TestLadderChangedMeanwhile: after a reload without the last level, the rungs above it are still reached.
func TestLadderChangedMeanwhile(t *testing.T) {
	s := filed(t, "2026-11-23 09:05", limited(limit(1, calendar.WorkDay))).assign("2026-11-23 09:05", "zhaoyang").
		remind("2026-11-24 16:00", "L0")
	s.p.Reg.Escalation = s.p.Reg.Escalation[1:]
	s.remind("2026-11-24 18:00", "L1").remind("2026-11-25 18:00", "L2")
	s.p.Reg.Escalation = s.p.Reg.Escalation[:2]
	s.quiet("2026-11-27 18:00") // the rung of the stored alarm is gone, and those that are left were said
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
