package issue_test

import (
	"testing"

	"duban/internal/calendar"
	"duban/internal/issue"
)

// oneDay is an issue of 昭阳街道 that is signed for and due on Tuesday 2026-11-24 at 18:00.
func oneDay(t *testing.T) *story {
	t.Helper()
	return filed(t, "2026-11-23 09:05", limited(limit(1, calendar.WorkDay))).assign("2026-11-23 09:05", "zhaoyang").
		sign("2026-11-23 10:00")
}

func TestLadder(t *testing.T) {
	s := oneDay(t).next("2026-11-24 16:00").
		tick("2026-11-24 15:59").tick("2026-11-24 16:00", "L0").tick("2026-11-24 16:10").next("2026-11-24 18:00").
		tick("2026-11-24 18:00", "L1").tick("2026-11-25 17:59").tick("2026-11-25 18:00", "L2").
		act("2026-11-25 18:10", issue.Reply, "zhang_wei").next("2026-11-27 18:00").
		tick("2026-11-27 18:10", "L3").tick("2027-01-27 18:00").next("")
	if s.i.Level != "L3" {
		t.Errorf("level %s", s.i.Level)
	}
}

// TestStandstill: after a pause of the program the highest rung is said once, and nothing below it.
func TestStandstill(t *testing.T) {
	oneDay(t).tick("2026-11-26 09:00", "L2").tick("2026-11-26 09:10").
		act("2026-11-26 10:00", issue.Reply, "zhang_wei").next("2026-11-27 18:00")
}

func TestSubmissionStopsTheLadder(t *testing.T) {
	s := oneDay(t).submit("2026-11-24 11:00").tick("2026-11-24 18:00").giveBack("2026-11-30 09:00")
	wantInstant(t, "deadline", s.i.Due, "2026-11-30 16:00")
	s.next("2026-11-30 14:00")
}

// TestShortLimitSkipsTheWarning: who has just been told is not warned two hours before the deadline of two hours.
func TestShortLimitSkipsTheWarning(t *testing.T) {
	filed(t, "2026-11-23 09:00", limited(limit(2, calendar.WorkHour))).assign("2026-11-23 09:00", "zhaoyang").
		sign("2026-11-23 09:10").next("2026-11-23 11:00").
		tick("2026-11-23 10:59").tick("2026-11-23 11:00", "L1")
}

// TestWarningIsNotLost: what happens between the instant of a rung and the next tick does not swallow it.
func TestWarningIsNotLost(t *testing.T) {
	for _, a := range []issue.Act{
		{Action: issue.Note, By: "li_qiang", Note: "下午清理"},
		{Action: issue.Photo, By: "li_qiang"},
		{Action: issue.Press, By: "chen_jing"},
		{Action: issue.Correct, By: "chen_jing", Change: issue.Change{Text: "楼道堆放杂物"}},
		{Action: issue.Appeal, By: "zhang_wei", Note: "不属实"},
	} {
		oneDay(t).do("2026-11-24 16:05", a).tick("2026-11-24 16:10", "L0")
	}
}

// TestLadderChangedMeanwhile: after a reload without the last level, the rungs above it are still reached.
func TestLadderChangedMeanwhile(t *testing.T) {
	s := oneDay(t).tick("2026-11-24 16:00", "L0")
	s.p.Reg.Escalation = s.p.Reg.Escalation[1:]
	s.tick("2026-11-24 18:00", "L1").tick("2026-11-25 18:00", "L2").act("2026-11-25 18:10", issue.Reply, "zhang_wei")
	s.p.Reg.Escalation = s.p.Reg.Escalation[:2]
	s.tick("2026-11-27 18:00") // the rung of the stored alarm is gone, and those that are left were said
}

// TestUrgentLadder: limits of a day or of hours around the clock are pressed in hours and then the next morning, whether
// anybody works then or not (domain.md §5.2); all others in working days.
func TestUrgentLadder(t *testing.T) {
	for _, tt := range []struct {
		name  string
		limit calendar.Limit
		filed string
		rungs []string // instants of L0 … L3; "" for a warning that would come too late
	}{
		{
			"the same day", limit(1, calendar.SameDay), "2026-11-27 15:00",
			[]string{"2026-11-27 16:00", "2026-11-28 00:00", "2026-11-28 02:00", "2026-11-28 09:00"},
		},
		{
			"the same day, after the cut-off", limit(1, calendar.SameDay), "2026-11-27 20:30",
			[]string{"2026-11-28 10:00", "2026-11-28 12:00", "2026-11-28 14:00", "2026-11-29 09:00"},
		},
		{
			"hours around the clock", limit(4, calendar.UrgentHour), "2026-11-27 17:00",
			[]string{"2026-11-27 19:00", "2026-11-27 21:00", "2026-11-27 23:00", "2026-11-28 09:00"},
		},
		{
			"hours around the clock, at a weekend", limit(4, calendar.UrgentHour), "2026-11-28 10:00",
			[]string{"2026-11-28 12:00", "2026-11-28 14:00", "2026-11-28 16:00", "2026-11-29 09:00"},
		},
		{
			"hours around the clock, too few to warn", limit(2, calendar.UrgentHour), "2026-11-28 10:00",
			[]string{"", "2026-11-28 12:00", "2026-11-28 14:00", "2026-11-29 09:00"},
		},
		{
			"working hours", limit(4, calendar.WorkHour), "2026-11-27 14:00",
			[]string{"2026-11-27 16:00", "2026-11-27 18:00", "2026-11-30 18:00", "2026-12-02 18:00"},
		},
		{
			"natural days", limit(1, calendar.NaturalDay), "2026-11-27 14:00",
			[]string{"2026-11-27 16:00", "2026-11-28 14:00", "2026-11-30 14:00", "2026-12-02 14:00"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := filed(t, tt.filed, limited(tt.limit)).assign(tt.filed, "zhaoyang").sign(tt.filed)
			s.p.Reg.Escalation[2].Reply = nil
			for n, when := range tt.rungs {
				if when != "" {
					s.next(when).tick(when, s.p.Reg.Escalation[n].Level)
				}
			}
			s.next("")
		})
	}
}

// TestSecondReturnIsSupervised: so many returns reach a rung at once (domain.md §5.2, row 37), once for each limit, and the
// lower rungs of the new limit still come in their time.
func TestSecondReturnIsSupervised(t *testing.T) {
	s := oneDay(t).submit("2026-11-23 11:00").giveBack("2026-11-23 15:00").tick("2026-11-23 15:10").
		submit("2026-11-23 16:00").giveBack("2026-11-23 17:00").next("2026-11-23 17:00").
		tick("2026-11-23 17:10", "L2").tick("2026-11-23 17:20")
	wantInstant(t, "deadline", s.i.Due, "2026-11-25 11:00")
	wantInstant(t, "reply", s.i.ReplyDue, "2026-11-24 11:10")
	s.act("2026-11-24 08:30", issue.Reply, "zhang_wei").next("2026-11-25 09:00").
		tick("2026-11-25 09:00", "L0").tick("2026-11-25 11:00", "L1").tick("2026-11-26 11:00")
	if s.i.Level != "L2" {
		t.Errorf("level %s", s.i.Level)
	}
	s.next("2026-11-30 11:00").
		submit("2026-11-26 17:00").giveBack("2026-11-27 08:00").tick("2026-11-27 08:00", "L3").tick("2026-11-27 08:10")
}

// TestReturnsCountOnceForEachLimit: a limit that was granted after the returns starts the ladder at its foot.
func TestReturnsCountOnceForEachLimit(t *testing.T) {
	twice := func() *story {
		return oneDay(t).submit("2026-11-23 11:00").giveBack("2026-11-23 15:00").
			submit("2026-11-23 16:00").giveBack("2026-11-23 17:00")
	}
	twice().extend("2026-11-23 17:05", "2026-11-27 18:00").tick("2026-11-23 17:10").next("2026-11-27 16:00")
	twice().reassign("2026-11-23 17:05", "zhujian").tick("2026-11-23 17:10")
	twice().submit("2026-11-23 17:05").tick("2026-11-23 17:10")
}

func TestExtensionStartsTheLadderAnew(t *testing.T) {
	s := oneDay(t).tick("2026-11-24 16:00", "L0").tick("2026-11-24 18:00", "L1").
		extend("2026-11-25 09:00", "2026-11-27 18:00").next("2026-11-27 16:00").
		tick("2026-11-27 16:00", "L0").tick("2026-11-27 18:00", "L1")
	if s.i.Level != "L1" {
		t.Errorf("level %s", s.i.Level)
	}
}
