package issue_test

import (
	"slices"
	"testing"
	"time"

	"duban/internal/calendar"
	"duban/internal/issue"
)

// sent is an issue of 昭阳街道 that is not signed for, with three working days.
func sent(t *testing.T) *story {
	t.Helper()
	return filed(t, "2026-11-23 09:00", limited(limit(3, calendar.WorkDay))).assign("2026-11-23 09:00", "zhaoyang")
}

func TestSignClock(t *testing.T) {
	s := sent(t).next("2026-11-23 11:00").tick("2026-11-23 10:59").tick("2026-11-23 11:00", "sign").tick("2026-11-23 11:10").
		next("2026-11-26 16:00")
	if s.i.SignedLate {
		t.Error("late before it is signed for")
	}
	s.sign("2026-11-23 14:00")
	if !s.i.SignedLate {
		t.Error("a late signature is not marked")
	}
	// Another person signs anew, in time; but the unit was late.
	s.do("2026-11-24 09:00", issue.Act{Action: issue.Reassign, By: "chen_jing", Change: issue.Change{Assignee: "zhou_tao"}}).
		next("2026-11-24 11:00").sign("2026-11-24 10:00")
	if !s.i.SignedLate {
		t.Error("passing it on to a colleague made a late signature timely")
	}
	if s.reassign("2026-11-24 10:10", "zhujian"); s.i.SignedLate {
		t.Error("the next unit is late for the one before")
	}
	s.tick("2026-11-24 14:10", "sign")
	for _, when := range []string{"2026-11-23 09:00", "2026-11-23 11:00"} {
		if s := sent(t).sign(when); s.i.SignedLate {
			t.Errorf("signed at %s, and marked as late", when)
		}
	}
	if s := sent(t).submit("2026-11-23 11:01"); !s.i.SignedLate {
		t.Error("who submits late without having signed, signs late")
	}
	if s := sent(t).suspend("2026-11-23 10:00", "2026-12-01 08:00").act("2026-12-01 08:00", issue.Resume, "").submit("2026-12-01 09:00"); s.i.SignedLate {
		t.Error("the time of a suspension counts against the signature")
	}
}

func TestWithoutASignLimitNobodyIsLate(t *testing.T) {
	s := filed(t, "2026-11-23 09:00", limited(limit(3, calendar.WorkDay)))
	s.p.Reg.Rules.SignLimit = calendar.Limit{}
	s.assign("2026-11-23 09:00", "zhaoyang").next("2026-11-26 16:00").sign("2026-11-25 09:00")
	if s.i.SignedLate {
		t.Error("late without a limit")
	}
	// The limit was taken out of the rules meanwhile: the unit before had one, the next has none.
	sent := sent(t)
	sent.p.Reg.Rules.SignLimit = calendar.Limit{}
	sent.reassign("2026-11-23 10:00", "zhujian").tick("2026-11-23 11:00").next("2026-11-26 16:00")
}

// TestAutoSign: after so long the unit has the issue, whatever it says (domain.md §5.2).
func TestAutoSign(t *testing.T) {
	s := filed(t, "2026-11-23 09:00", limited(limit(3, calendar.WorkDay)))
	s.p.Reg.Rules.AutoSign = 3 * time.Hour
	s.assign("2026-11-23 09:00", "zhaoyang").tick("2026-11-23 11:00", "sign").next("2026-11-23 12:00")
	early := issue.Act{Action: issue.Sign}
	s.refuse("2026-11-23 11:59", "签收不能由系统进行", early)
	if s.p.AutoSigns(s.i, at(t, "2026-11-23 11:59")) || !s.p.AutoSigns(s.i, at(t, "2026-11-23 12:00")) {
		t.Error("signs by itself at another time than 12:00")
	}
	s.act("2026-11-23 12:00", issue.Sign, "").next("2026-11-26 16:00")
	if s.i.Status != issue.Working || !s.i.SignedLate || s.p.AutoSigns(s.i, at(t, "2026-11-23 13:00")) {
		t.Errorf("%s, late %v", s.i.Status, s.i.SignedLate)
	}
}

func complaint(t *testing.T, when string, c issue.Change) *story {
	t.Helper()
	c.Complaint, c.Source = true, issue.FromPublic
	return filed(t, when, c)
}

// TestComplaintClocks is domain.md §5.3: filed Thursday 16:00, an opinion by 24:00, the result by Tuesday 18:00, whenever it is
// dispatched.
func TestComplaintClocks(t *testing.T) {
	due := "2026-12-01 18:00"
	s := complaint(t, "2026-11-26 16:00", limited(limit(1, calendar.WorkDay)))
	wantInstant(t, "opinion", s.i.OpinionDue, "2026-11-27 00:00")
	wantInstant(t, "result", s.i.TellDue, due)
	s.assign("2026-11-30 10:00", "zhaoyang")
	wantInstant(t, "the unit's deadline after a late dispatch", s.i.Due, due)
	wantInstant(t, "result after a late dispatch", s.i.TellDue, due)
	s.reassign("2026-11-30 11:00", "zhujian")
	wantInstant(t, "the next unit's deadline", s.i.Due, due)
	s.reassign("2026-12-02 09:00", "zhaoyang")
	wantInstant(t, "a deadline after the result's time is over", s.i.Due, "2026-12-03 18:00")
	wantInstant(t, "result", s.i.TellDue, due)

	for said, want := range map[string]string{"2026-11-27 12:00": "2026-11-27 12:00", "2026-12-10 12:00": due} {
		s := complaint(t, "2026-11-26 16:00", issue.Change{Due: at(t, said), Said: true}).assign("2026-11-26 16:00", "zhaoyang")
		wantInstant(t, "a deadline said as "+said, s.i.Due, want)
		wantInstant(t, "result", s.i.TellDue, due)
	}
}

// TestComplaintIsWarnedOf: two working hours before each of its two times, and once when the time is over.
func TestComplaintIsWarnedOf(t *testing.T) {
	begin := func() *story {
		return complaint(t, "2026-11-26 10:00", issue.Change{}).assign("2026-11-26 10:00", "zhaoyang").sign("2026-11-26 10:00")
	}
	begin().next("2026-11-26 16:00").tick("2026-11-26 15:59").tick("2026-11-26 16:00", "opinion/soon").tick("2026-11-26 16:10").
		next("2026-11-27 00:00").tick("2026-11-27 00:00", "opinion").tick("2026-11-27 00:10").
		act("2026-11-27 08:30", issue.Opine, "li_qiang").
		next("2026-12-01 16:00").tick("2026-12-01 16:00", "L0", "tell/soon").tick("2026-12-01 18:00", "L1", "tell").tick("2026-12-01 18:10")
	// After a standstill only that it is late.
	begin().tick("2026-11-27 09:00", "opinion").tick("2026-11-27 09:10")
	// Whoever has answered is not pressed.
	begin().act("2026-11-26 15:00", issue.Opine, "chen_jing").tick("2026-11-27 09:00")
	// What was told is told, even before the work is done; the result without the person is not enough.
	begin().act("2026-11-26 15:00", issue.Opine, "chen_jing").act("2026-11-30 09:00", issue.Publish, "li_qiang").
		submit("2026-11-30 10:00").tick("2026-12-01 16:00", "tell/soon").act("2026-12-01 17:00", issue.Tell, "li_qiang").
		tick("2026-12-01 18:00", "review")
	begin().act("2026-11-26 15:00", issue.Opine, "chen_jing").act("2026-11-30 09:00", issue.Tell, "li_qiang").
		submit("2026-11-30 10:00").tick("2026-12-01 16:00", "tell/soon")
	// Filed with less than two hours left, nobody is warned a minute later.
	complaint(t, "2026-11-26 17:00", issue.Change{}).next("2026-11-27 00:00").tick("2026-11-26 17:10").tick("2026-11-27 08:00", "opinion")
}

// TestComplaintThatRelapses: what was published and told is not true any more, and has to be done again by a clock of its own.
func TestComplaintThatRelapses(t *testing.T) {
	pass := issue.Act{Action: issue.Pass, By: "zhang_min"}
	s := complaint(t, "2026-11-26 10:00", issue.Change{}).assign("2026-11-26 10:00", "zhaoyang").
		act("2026-11-26 10:10", issue.Opine, "li_qiang").act("2026-11-26 10:20", issue.Publish, "li_qiang").
		act("2026-11-26 10:30", issue.Tell, "li_qiang").submit("2026-11-26 11:00").do("2026-11-26 14:00", pass).
		do("2026-12-03 10:00", issue.Act{Action: issue.Relapse, By: "zhang_min", Note: "又堵了"})
	wantInstant(t, "to tell by", s.i.TellDue, "2026-12-08 18:00")
	wantInstant(t, "due", s.i.Due, "2026-12-08 18:00")
	wantInstant(t, "published", s.i.PublishedAt, "")
	s.submit("2026-12-03 11:00").
		refuse("2026-12-03 14:00", "#17 是投诉，结果还没有公布，不能通过。请责任单位发「公布 17 在哪里公布」", pass).
		act("2026-12-03 14:10", issue.Publish, "li_qiang").
		refuse("2026-12-03 14:20", "#17 是投诉，还没有告知当事人，不能通过。请责任单位发「告知 17 怎样告知」", pass).
		tick("2026-12-08 16:00", "tell/soon", "review").act("2026-12-08 17:00", issue.Tell, "li_qiang").do("2026-12-08 17:10", pass)
}

func TestFirstAnswerIsTheOpinion(t *testing.T) {
	s := complaint(t, "2026-11-26 10:00", issue.Change{}).act("2026-11-26 11:00", issue.Opine, "chen_jing").
		act("2026-11-27 11:00", issue.Opine, "chen_jing")
	wantInstant(t, "opinion", s.i.OpinionAt, "2026-11-26 11:00")
}

// TestComplaintIsClosedWhenThePersonKnows: not passed before there is an opinion, and the result is published and told (S73).
func TestComplaintIsClosedWhenThePersonKnows(t *testing.T) {
	pass := issue.Act{Action: issue.Pass, By: "zhang_min"}
	s := complaint(t, "2026-11-26 10:00", issue.Change{}).assign("2026-11-26 10:00", "zhaoyang").
		refuse("2026-11-26 10:30", "#17 是投诉，还没有答复处理意见，不能当场解决。请责任单位发「答复 17 处理意见」",
			issue.Act{Action: issue.SolveOnSpot, By: "zhang_min"}).
		submit("2026-11-26 11:00").
		refuse("2026-11-26 11:10", "#17 是投诉，还没有答复处理意见，不能通过。请责任单位发「答复 17 处理意见」", pass).
		act("2026-11-26 11:20", issue.Opine, "li_qiang").
		refuse("2026-11-26 14:00", "#17 是投诉，结果还没有公布，不能通过。请责任单位发「公布 17 在哪里公布」", pass).
		act("2026-11-26 14:10", issue.Publish, "li_qiang").
		refuse("2026-11-26 14:20", "#17 是投诉，还没有告知当事人，不能通过。请责任单位发「告知 17 怎样告知」", pass).
		act("2026-11-26 14:30", issue.Tell, "chen_jing").do("2026-11-26 14:40", pass).next("")
	if s.i.Status != issue.Closed {
		t.Errorf("%s", s.i.Status)
	}
	plain := oneDay(t).submit("2026-11-23 11:00")
	for _, a := range []issue.Action{issue.Opine, issue.Publish, issue.Tell} {
		plain.refuse("2026-11-23 14:00", "#17 不是投诉，不用"+a.Verb()+"。记办理情况请发「进展 17 情况」", issue.Act{Action: a, By: "li_qiang"})
	}
}

// TestSupervision has to be answered (督办必复): when a rung says so, and when somebody supervises by hand.
func TestSupervision(t *testing.T) {
	supervise := issue.Act{Action: issue.Supervise, By: "chen_jing", Note: "群众反映强烈"}
	reply := issue.Act{Action: issue.Reply, By: "zhang_wei", Note: "今天完成"}
	none := "#17 没有要回复的督办。记办理情况请发「进展 17 情况」"
	t.Run("by the ladder", func(t *testing.T) {
		s := oneDay(t).refuse("2026-11-24 18:00", none, reply).tick("2026-11-25 18:00", "L2")
		wantInstant(t, "reply", s.i.ReplyDue, "2026-11-26 12:00")
		s.next("2026-11-26 12:00").tick("2026-11-26 12:00", "reply").tick("2026-11-26 12:10").
			do("2026-11-26 14:00", reply).next("2026-11-27 18:00").refuse("2026-11-26 14:10", none, reply)
		if slices.Contains(s.i.Told, "reply") {
			t.Errorf("a supervision that was answered is still told: %v", s.i.Told)
		}
	})
	t.Run("by hand", func(t *testing.T) {
		s := oneDay(t).do("2026-11-23 11:00", supervise).next("2026-11-23 17:00").tick("2026-11-23 17:00", "reply").
			do("2026-11-23 17:30", supervise).tick("2026-11-23 17:40").tick("2026-11-24 15:30", "reply")
		wantInstant(t, "deadline", s.i.Due, "2026-11-24 18:00")
	})
	t.Run("by hand and then by the ladder", func(t *testing.T) {
		s := oneDay(t).do("2026-11-24 17:00", supervise).tick("2026-11-25 18:00", "L2", "reply").next("2026-11-26 12:00")
		s.tick("2026-11-26 12:00", "reply").tick("2026-11-26 12:10")
	})
	t.Run("by hand, where no rung asks for an answer", func(t *testing.T) {
		s := oneDay(t)
		s.p.Reg.Escalation = s.p.Reg.Escalation[:1]
		s.do("2026-11-23 11:00", supervise)
		wantInstant(t, "reply", s.i.ReplyDue, "2026-11-23 17:00")
	})
	t.Run("ended by the work itself", func(t *testing.T) {
		oneDay(t).do("2026-11-23 11:00", supervise).submit("2026-11-23 14:00").next("2026-11-24 18:00").
			giveBack("2026-11-23 15:00").refuse("2026-11-23 15:30", none, reply)
		oneDay(t).do("2026-11-23 11:00", supervise).reassign("2026-11-23 11:30", "zhujian").sign("2026-11-23 11:40").
			refuse("2026-11-23 14:00", none, issue.Act{Action: issue.Reply, By: "wang_lei"})
		oneDay(t).do("2026-11-23 11:00", supervise).suspend("2026-11-23 11:30", "2026-12-01 08:00").
			act("2026-12-01 08:00", issue.Resume, "").refuse("2026-12-01 08:30", none, reply)
	})
	t.Run("with another deadline", func(t *testing.T) {
		sooner := supervise
		sooner.Change.Due = at(t, "2026-11-23 18:00")
		s := oneDay(t).refuse("2026-11-23 11:00", "#17 督办时改时限只能由领导操作。请联系领导，或只督办、不写时限", sooner)
		sooner.By = "liu_jian"
		s.refuse("2026-11-23 18:00", "#17 写的时间已经过了。请写一个更晚的时间", sooner).
			do("2026-11-23 11:00", sooner).next("2026-11-23 16:00").tick("2026-11-23 16:00", "L0")
		wantInstant(t, "deadline", s.i.Due, "2026-11-23 18:00")
		if !s.i.Said || s.i.Extensions != 0 {
			t.Errorf("said %v, %d extensions", s.i.Said, s.i.Extensions)
		}
	})
}

// TestDutiesAreSaidOnce: each when its time is over, and again only when its clock was set again.
func TestDutiesAreSaidOnce(t *testing.T) {
	s := oneDay(t).submit("2026-11-23 10:30").tick("2026-11-24 18:00", "review").tick("2026-11-24 18:10").
		giveBack("2026-11-25 09:00").tick("2026-11-25 09:10").submit("2026-11-25 10:00").tick("2026-11-26 18:00", "review").
		tick("2026-11-27 09:00").pass("2026-11-27 10:00").next("")
	draw := func(due, by string) issue.Act {
		return issue.Act{Action: issue.Draw, Change: issue.Change{LookBackDue: at(t, due), LookBackBy: by}}
	}
	s.do("2026-12-07 09:00", draw("2026-12-09 18:00", "zhang_min")).next("2026-12-09 18:00").
		tick("2026-12-09 18:00", "look_back").tick("2026-12-10 09:00").
		do("2026-12-11 09:00", draw("2026-12-14 18:00", "zhang_min")).tick("2026-12-14 18:00", "look_back").
		act("2026-12-15 09:00", issue.LookBack, "zhang_min").next("")
	if s.i.LookBacks != 1 || s.i.LookBackBy != "" || !s.i.LookBackDue.IsZero() || len(s.i.Told) != 1 {
		t.Errorf("%d look backs, %q until %v, told %v", s.i.LookBacks, s.i.LookBackBy, s.i.LookBackDue, s.i.Told)
	}
	s.do("2026-12-16 09:00", draw("2026-12-18 18:00", "zhang_min")).act("2026-12-17 09:00", issue.Relapse, "zhang_min")
	if s.i.LookBacks != 2 || s.i.Relapses != 1 || s.i.LookBackBy != "" || !s.i.LookBackDue.IsZero() {
		t.Errorf("%d look backs, %d relapses, %q until %v", s.i.LookBacks, s.i.Relapses, s.i.LookBackBy, s.i.LookBackDue)
	}
	wantInstant(t, "deadline after the relapse", s.i.Due, "2026-12-18 18:00")
}

func TestDecisionIsPressed(t *testing.T) {
	s := oneDay(t).ask("2026-11-23 11:00", issue.AskVoid, issue.Request{}).next("2026-11-23 17:00").
		tick("2026-11-23 17:00", "decide").tick("2026-11-23 17:10").act("2026-11-24 09:00", issue.Refuse, "chen_jing")
	if len(s.i.Told) != 0 {
		t.Errorf("still told: %v", s.i.Told)
	}
	s.ask("2026-11-24 09:30", issue.AskSuspend, until(t, "2026-12-31 18:00")).
		tick("2026-11-24 15:30", "decide").tick("2026-11-24 15:40")
}

// TestSuspendedRests: nothing is said to the unit, nothing is late, and on its day it goes on by itself with a fresh limit.
func TestSuspendedRests(t *testing.T) {
	s := complaint(t, "2026-11-26 10:00", limited(limit(1, calendar.WorkDay))).assign("2026-11-26 10:00", "zhaoyang").
		act("2026-11-26 10:10", issue.Supervise, "chen_jing").
		suspend("2026-11-26 10:30", "2027-03-01 08:00").next("2027-03-01 08:00").tick("2027-03-01 07:59")
	resume := issue.Act{Action: issue.Resume}
	if s.i.Resumes(at(t, "2027-03-01 07:59")) || !s.i.Resumes(at(t, "2027-03-01 08:00")) {
		t.Error("resumes at another time than it was suspended until")
	}
	s.refuse("2027-03-01 07:59", "恢复不能由系统进行", resume).do("2027-03-01 08:00", resume)
	wantInstant(t, "deadline", s.i.Due, "2027-03-02 18:00")
	if s.i.Status != issue.Working || s.i.Resumes(at(t, "2027-04-01 08:00")) {
		t.Errorf("%s", s.i.Status)
	}
	s.tick("2027-03-01 08:00", "opinion", "tell").next("2027-03-02 16:00")
	// Who decides something meanwhile is not at rest.
	oneDay(t).suspend("2026-11-23 10:30", "2026-12-01 08:00").ask("2026-11-23 11:00", issue.AskVoid, issue.Request{}).
		tick("2026-11-23 17:00", "decide").next("2026-12-01 08:00")
}
