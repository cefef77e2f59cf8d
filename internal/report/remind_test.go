package report_test

import (
	"testing"
	"time"

	"duban/internal/issue"
	"duban/internal/report"
)

// reached says a rung of issues.
func reached(level string, list ...issue.Issue) []report.Reached {
	var out []report.Reached
	for _, i := range list {
		out = append(out, report.Reached{Issue: i, Level: level})
	}
	return out
}

func late(t testing.TB) issue.Issue {
	return with(hall(t), func(i *issue.Issue) {
		i.ID, i.Text, i.Assignee, i.Due = 120, "西门广场健身器材损坏", "zhou_tao", at(t, "2026-11-23 17:30")
	})
}

func TestReminder(t *testing.T) {
	w := words(t)
	soon := hall(t)
	later := with(hall(t), func(i *issue.Issue) { i.ID, i.Text, i.Due = 135, "安居小区飞线充电", at(t, "2026-11-24 18:00") })
	golden(t, "reminder_soon", w.Reminder("zhaoyang", reached("L0", soon), at(t, "2026-11-24 15:40")))
	golden(t, "reminder_now", w.Reminder("zhaoyang", reached("L1", soon), at(t, "2026-11-24 17:30")))
	golden(t, "reminder_mixed", w.Reminder("zhaoyang", reached("L1", later, soon, late(t)), at(t, "2026-11-24 17:30")))
	var many []issue.Issue
	for n := range 13 {
		many = append(many, with(late(t), func(i *issue.Issue) { i.ID = int64(200 + n) }))
	}
	golden(t, "reminder_many", w.Reminder("zhaoyang", reached("L1", many...), at(t, "2026-11-26 09:00")))
}

// TestSupervisionAsksForAReply, and names those who handle the issues: the mention is their lead.
func TestSupervisionAsksForAReply(t *testing.T) {
	w := words(t)
	asked := func(i issue.Issue) issue.Issue {
		return with(i, func(i *issue.Issue) { i.ReplyDue = at(t, "2026-11-24 15:30") })
	}
	golden(t, "reminder_supervised", w.Reminder("zhaoyang", reached("L2", asked(late(t)), asked(hall(t))), at(t, "2026-11-24 09:30")))
	golden(t, "reminder_returned", w.Reminder("zhaoyang", reached("L2", asked(with(hall(t), func(i *issue.Issue) { i.Returns = 2 }))), at(t, "2026-11-24 09:30")))
}

// TestFirstReceiver: the unit that had the issue first knows why it still hears of it.
func TestFirstReceiver(t *testing.T) {
	w := words(t)
	i := with(hall(t), func(i *issue.Issue) { i.Unit, i.First, i.Assignee = "zhujian", "zhaoyang", "wang_fang" })
	golden(t, "reminder_first", w.Reminder("zhaoyang", reached("L1", i), at(t, "2026-11-24 17:30")))
}

func TestReminderLeavesTheListAlone(t *testing.T) {
	w := words(t)
	list := reached("L0", stop(t), hall(t))
	w.Reminder("zhaoyang", list, at(t, "2026-11-24 15:40"))
	if list[0].ID != 129 {
		t.Error("the caller's list was sorted")
	}
}

func TestDuties(t *testing.T) {
	w := words(t)
	now := at(t, "2026-11-24 15:30")
	owed := func(by string, i issue.Issue) []report.Owed { return []report.Owed{{Issue: i, By: at(t, by)}} }
	asked := with(hall(t), func(i *issue.Issue) {
		i.Request = issue.Request{Kind: issue.AskExtend, By: "li_qiang", Reason: "等配件", Until: at(t, "2026-11-26 17:30"), Decider: issue.RoleOffice}
	})
	notOurs := with(hall(t), func(i *issue.Issue) {
		i.Request = issue.Request{Kind: issue.AskSendBack, By: "li_qiang", Reason: "不归我们管", Unit: "zhujian", Decider: issue.RoleOffice}
	})
	for name, text := range map[string]string{
		"duty_sign":       w.Duty(issue.DutySign, "zhaoyang", append(owed("2026-11-24 15:30", hall(t)), owed("2026-11-24 15:20", late(t))...), now),
		"duty_opinion":    w.Duty(issue.DutyOpinion, "zhaoyang", owed("2026-11-25 00:00", hall(t)), now),
		"duty_tell":       w.Duty(issue.DutyTell, "zhaoyang", owed("2026-11-24 15:30", with(hall(t), func(i *issue.Issue) { i.PublishedAt = now })), now),
		"duty_tell_both":  w.Duty(issue.DutyTell, "", owed("2026-11-24 15:30", hall(t)), now),
		"duty_reply":      w.Duty(issue.DutyReply, "zhaoyang", owed("2026-11-24 15:30", late(t)), now),
		"duty_reply_copy": w.Duty(issue.DutyReply, "", owed("2026-11-24 15:30", late(t)), now),
		"duty_review":     w.Duty(issue.DutyReview, "", owed("2026-11-24 15:30", with(hall(t), func(i *issue.Issue) { i.SubmittedAt = at(t, "2026-11-23 10:00") })), now),
		"duty_decide":     w.Duty(issue.DutyDecide, "", append(owed("2026-11-24 15:30", notOurs), owed("2026-11-24 15:30", asked)...), now),
		"duty_look_back":  w.Duty(issue.DutyLookBack, "", owed("2026-11-24 15:30", with(hall(t), func(i *issue.Issue) { i.LookBackBy = "zhang_min" })), now),
	} {
		golden(t, name, text)
	}
}

func TestPressedOthers(t *testing.T) {
	w := words(t)
	w.Reg.Places = []issue.Place{{Name: "金水湾小区", Leader: "chen_jing", Support: "zhujian"}}
	w.Reg.Units[0].Lead = "zhang_min"
	now := at(t, "2026-11-26 09:30")
	working := func(i issue.Issue) issue.Issue {
		return with(i, func(i *issue.Issue) { i.Status, i.Place = issue.Working, "金水湾小区" })
	}
	a, b := working(late(t)), working(with(hall(t), func(i *issue.Issue) { i.Returns = 3 }))
	c := working(with(stop(t), func(i *issue.Issue) { i.Due = at(t, "2026-11-23 17:30") }))
	for name, text := range map[string]string{
		"pressed_guaranteed": w.Guaranteed([]issue.Issue{a, b}, now),
		"pressed_supported":  w.Supported("zhujian", []issue.Issue{a}, now),
		"pressed_office":     w.OfficeCopy(reached("L2", a, b), now),
		"pressed_bulletin":   w.Listed([]issue.Issue{c, a, b}, now),
		"pressed_talks":      w.TalkList("新列入 ", []issue.Issue{c, a, b}),
		"pressed_resumed":    w.Resumed("zhaoyang", []issue.Issue{b}, at(t, "2026-11-24 09:30")),
	} {
		golden(t, name, text)
	}
}

func TestLookBackPlan(t *testing.T) {
	w := words(t)
	drawn := func(i issue.Issue, who string) issue.Issue {
		return with(i, func(i *issue.Issue) {
			i.Status, i.ClosedAt, i.LookBackDue, i.LookBackBy = issue.Closed, at(t, "2026-11-16 10:00"), at(t, "2026-11-25 17:30"), who
		})
	}
	came := drawn(stop(t), "chen_jing")
	came.Relapses = 1
	golden(t, "look_back_plan", w.LookBackPlan([]issue.Issue{drawn(hall(t), "zhang_min"), came, drawn(late(t), "")}, at(t, "2026-11-23 09:00")))
}

func TestUnowned(t *testing.T) {
	w := words(t)
	now := at(t, "2026-11-26 08:30")
	lost := func(i issue.Issue, unit, assignee string) issue.Issue {
		return with(i, func(i *issue.Issue) { i.Unit, i.Assignee, i.ReportedAt = unit, assignee, now.Add(-50*time.Hour) })
	}
	none := lost(hall(t), "", "")
	none.Status = issue.Reported
	golden(t, "unowned", w.Unowned([]issue.Issue{none, lost(stop(t), "gone", "li_qiang"), lost(late(t), "zhaoyang", "gone")}, now))
	golden(t, "unowned_unit", w.Unowned([]issue.Issue{lost(late(t), "zhaoyang", "")}, now))
}
