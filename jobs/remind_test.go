package jobs

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/internal/calendar"
	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// TestLadder: each rung is told once, in the unit's own group; the night and the weekend are silent, and the morning brings
// one message.
func TestLadder(t *testing.T) {
	c := newCounty(t, "2026-11-23 09:00", daily[:1])
	c.file("zhaoyang", "2026-11-23 17:30")
	same(t, []string{"11-23 15:30 zhaoyang_group: 【提醒】昭阳街道 1 件将到期"}, c.until("2026-11-23 17:25"))
	same(t, []string{"11-23 17:30 zhaoyang_group: 【催办】昭阳街道 1 件已到期"}, c.until("2026-11-24 17:25"))
	same(t, []string{"11-24 17:30 zhaoyang_group: 【督办】昭阳街道 1 件已到期"}, c.until("2026-12-02 09:00"))
}

// TestRemindersAtNight: deadlines and rungs of the night are told together at the first tick of the morning.
func TestRemindersAtNight(t *testing.T) {
	c := newCounty(t, "2026-11-23 20:00", daily[:1])
	for _, due := range []string{"2026-11-23 22:00", "2026-11-24 00:00", "2026-11-24 03:00"} {
		c.file("zhaoyang", due)
	}
	same(t, nil, c.until("2026-11-24 07:29"))
	same(t, []string{"11-24 07:30 zhaoyang_group: 【催办】昭阳街道 3 件已到期"}, c.until("2026-11-24 08:30"))
}

// TestRemindersOverTheWeekend: working time does not run on a weekend or a holiday, so nothing is reached then.
func TestRemindersOverTheWeekend(t *testing.T) {
	c := newCounty(t, "2026-09-30 09:00", daily[:1]) // the day before the holiday of 1 to 7 October
	c.file("zhujian", "2026-09-30 15:00")
	got := c.until("2026-10-08 18:00")
	want := []string{
		"09-30 11:00 inspect: 【提醒】住建局 1 件将到期",
		"09-30 15:00 inspect: 【催办】住建局 1 件已到期",
		"10-08 15:00 inspect: 【督办】住建局 1 件已到期",
	}
	same(t, want, got)
}

// TestSubmissionStopsReminders, and a return starts them anew; that the review is late is said to the inspectors alone.
func TestSubmissionStopsReminders(t *testing.T) {
	c := newCounty(t, "2026-11-23 09:00", daily[:1])
	i := c.file("zhaoyang", "2026-11-23 17:30")
	c.until("2026-11-23 16:00")
	c.move(i.ID, issue.Submit, "li_qiang")
	same(t, []string{"11-24 17:30 inspect: 【核查超时】1 件"}, c.until("2026-11-27 16:00"))
	c.move(i.ID, issue.Return, "zhang_min") // four working hours
	same(t, []string{"11-30 09:00 zhaoyang_group: 【提醒】昭阳街道 1 件将到期"}, c.until("2026-11-30 10:00"))
	storetest.Move(t, c.env.Store, c.env.Policy, i.ID, issue.Act{
		Action: issue.Suspend, By: "liu_jian", At: c.now, Note: "等配件", Change: issue.Change{ResumeAt: storetest.At(t, "2026-12-31 17:30")},
	})
	same(t, nil, c.until("2026-12-04 16:00"))
}

// TestOneMessagePerUnit: what several issues of a unit reach at one tick is one message; other units have their own.
func TestOneMessagePerUnit(t *testing.T) {
	c := newCounty(t, "2026-11-23 16:00", daily[:1])
	for n := range 12 {
		c.file([]string{"zhaoyang", "zhujian"}[n%2], fmt.Sprintf("2026-11-23 17:%02d", 21+n%4))
	}
	c.until("2026-11-23 17:29")
	same(t, []string{
		"11-23 17:30 zhaoyang_group: 【催办】昭阳街道 6 件已到期", "11-23 17:30 inspect: 【催办】住建局 6 件已到期",
	}, c.until("2026-11-23 17:30"))
}

// texts gives the messages that were queued since it was asked last, whole, as "chat: text @person".
func (c *county) texts() []string {
	c.Helper()
	var out []string
	for _, o := range c.unread() {
		id, _ := o.Target.Chat()
		names, err := o.MentionIDs()
		if err != nil {
			c.Fatal(err)
		}
		text := id + ": " + o.Text
		for _, n := range names {
			text += " @" + n
		}
		out = append(out, text)
	}
	return out
}

// strict is the ladder of domain.md §5.2 over the county's.
func (c *county) strict() {
	c.env.Reg.Escalation = []issue.Rung{
		{Level: "L0", At: calendar.Offset{N: -2, Kind: calendar.WorkHour}, To: []issue.Target{issue.ToAssignee}},
		{Level: "L1", To: []issue.Target{issue.ToAssignee, issue.ToLiaison}},
		{
			Level: "L2", At: calendar.Offset{N: 1, Kind: calendar.WorkDay}, OrReturns: 2,
			To: []issue.Target{issue.ToUnitLead, issue.ToPlaceLeader}, Reply: &calendar.Limit{N: 4, Kind: calendar.WorkHour},
		},
		{Level: "L3", At: calendar.Offset{N: 3, Kind: calendar.WorkDay}, OrReturns: 3, To: []issue.Target{issue.ToBulletin}},
		{Level: "L4", At: calendar.Offset{N: 5, Kind: calendar.WorkDay}, To: []issue.Target{issue.ToTalkList}},
	}
	c.env.Reg.Places[0].Leader = "liu_jian"
	c.env.Reg.Rules.SignLimit = calendar.Limit{N: 2, Kind: calendar.WorkHour}
	c.env.Reg.Rules.DecisionLimit = calendar.Limit{N: 4, Kind: calendar.WorkHour}
}

// TestCatchUpReminders: after a downtime one tick says what is due by now, once for each destination, however often the program
// starts; who would have heard of the rungs in between hears of the highest.
func TestCatchUpReminders(t *testing.T) {
	c := newCounty(t, "2026-11-23 09:00", daily[:1])
	c.strict()
	c.file("zhaoyang", "2026-11-23 17:30")
	c.move(1, issue.Sign, "li_qiang")
	for _, start := range []string{"2026-11-26 17:45", "2026-11-26 17:46", "2026-11-26 17:49"} {
		if err := c.catchUp(start); err != nil {
			t.Fatal(err)
		}
	}
	same(t, []string{
		"zhaoyang_group: 【督办】昭阳街道 1 件已到期\n#1 楼道堆物｜李强，限 11-23 17:30，已超期 3天\n" +
			"请在 11-27 14:30 前发「回复 1 情况」；办好请发「完成 1 措施」并附整改后照片 @zhang_wei",
		"office: 【列入通报】1 件\n#1 楼道堆物｜昭阳街道 李强，已超期 3天\n请创城办核对后通报",
	}, c.texts())
	same(t, []string{"11-26 17:40 done"}, c.ledger("reminders"))
}

// TestTicksWithoutWork: a tick that finds nothing to do leaves no row, and no row means that nothing was missed.
func TestTicksWithoutWork(t *testing.T) {
	c := newCounty(t, "2026-11-23 09:00", daily[:1])
	c.file("zhaoyang", "2026-11-23 17:30")
	c.until("2026-12-04 09:00")
	same(t, []string{"11-23 15:30 done", "11-23 17:30 done", "11-24 17:30 done"}, c.ledger("reminders"))
}

// TestTwoPrograms: of two programs on one database that tick at the same time, one speaks.
func TestTwoPrograms(t *testing.T) {
	c := newCounty(t, "2026-11-23 09:00", daily[:1])
	c.file("zhaoyang", "2026-11-23 17:30")
	c.now = storetest.At(t, "2026-11-23 15:30")
	done := make(chan error)
	for range 4 {
		r := c.newRunner(daily[:1])
		go func() { done <- r.RunSlot(t.Context(), c.now) }()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	same(t, []string{"11-23 15:30 zhaoyang_group: 【提醒】昭阳街道 1 件将到期"}, c.fresh())
	same(t, []string{"提醒"}, c.acts(1, issue.Remind))
}

// acts are the events of an action on an issue, by what was said.
func (c *county) acts(id int64, a issue.Action) []string {
	c.Helper()
	var out []string
	storetest.Read(c, c.env.Store, c.now, func(tx *store.Tx) error {
		events, err := tx.Events(id)
		for _, e := range events {
			if e.Action == a {
				out = append(out, e.Action.Verb())
			}
		}
		return err
	})
	return out
}

// TestUrgentSpeaksAtNight: what runs around the clock and what is dangerous does not wait for the morning, and a tick at night
// reads nothing else.
func TestUrgentSpeaksAtNight(t *testing.T) {
	c := newCounty(t, "2026-11-23 20:00", daily[:1])
	due := storetest.At(t, "2026-11-23 23:00")
	hours := calendar.Limit{N: 3, Kind: calendar.UrgentHour}
	for _, change := range []issue.Change{
		{Text: "井盖缺失", Limit: &hours},
		{Text: "电线裸露", Danger: true},
		{Text: "楼道堆物"},
	} {
		change.Reporter, change.Unit, change.Assignee, change.Due, change.Said = "zhang_min", "zhaoyang", "li_qiang", due, true
		storetest.Issue(t, c.env.Store, c.env.Policy, c.now, change)
	}
	same(t, []string{
		"11-23 21:00 zhaoyang_group: 【提醒】昭阳街道 1 件将到期", // of the limit that runs around the clock
		"11-23 23:00 zhaoyang_group: 【催办】昭阳街道 2 件已到期",
	}, c.until("2026-11-24 07:20"))
	storetest.Read(t, c.env.Store, storetest.At(t, "2026-11-24 03:00"), func(tx *store.Tx) error {
		due, err := c.env.due(tx)
		if len(due) != 0 {
			t.Errorf("a tick at night reads %d issues", len(due))
		}
		return err
	})
	same(t, []string{"11-24 07:30 zhaoyang_group: 【催办】昭阳街道 1 件已到期"}, c.until("2026-11-24 08:00"))
}

// TestOneEventForATick: everything that a tick says of an issue is one event, the moves of time before it.
func TestOneEventForATick(t *testing.T) {
	c := newCounty(t, "2026-11-23 09:00", daily[:1])
	c.strict()
	c.env.Reg.Rules.AutoSign = 0
	i := c.file("zhaoyang", "2026-11-23 11:00") // the signature and the deadline are due at the same time
	c.until("2026-11-23 11:00")
	want := []string{
		"zhaoyang_group: 【催办】昭阳街道 1 件已到期\n#1 楼道堆物｜现在到期\n办好请发「完成 1 措施」并附整改后照片\n" +
			"【签收超时】昭阳街道 1 件\n#1 楼道堆物｜应在 今日 11:00 前签收\n签收请发「签收 1」 @li_qiang",
	}
	c.read = map[int64]bool{}
	same(t, want, c.texts())
	same(t, []string{"提醒"}, c.acts(i.ID, issue.Remind))
}

// TestAutoSign: what a unit had long enough counts as signed, so that nobody is told of a missing signature any more.
func TestAutoSign(t *testing.T) {
	c := newCounty(t, "2026-11-23 09:00", daily[:1])
	c.strict()
	c.env.Reg.Rules.AutoSign = time.Hour
	i := c.file("zhaoyang", "2026-11-25 17:30")
	same(t, nil, c.until("2026-11-23 17:00"))
	same(t, []string{"签收"}, c.acts(i.ID, issue.Sign))
	same(t, []string{"11-23 10:00 done"}, c.ledger("reminders"))
}

// TestResumption: a suspension ends on its day by itself; unit and office hear of it, in the morning if it ended at night.
func TestResumption(t *testing.T) {
	c := newCounty(t, "2026-11-23 09:00", daily[:1])
	i := c.file("zhaoyang", "2026-11-23 17:30")
	storetest.Move(t, c.env.Store, c.env.Policy, i.ID, issue.Act{
		Action: issue.Suspend, By: "liu_jian", At: c.now, Note: "冬季不能施工", Change: issue.Change{ResumeAt: storetest.At(t, "2026-12-01 00:00")},
	})
	same(t, nil, c.until("2026-12-01 07:25"))
	c.until("2026-12-01 07:30")
	c.read = map[int64]bool{}
	same(t, []string{
		"zhaoyang_group: 【挂账到期】昭阳街道 1 件恢复计时\n#1 楼道堆物｜限 12-04 17:30 @li_qiang",
		"office: 【挂账到期】1 件恢复计时\n#1 楼道堆物｜昭阳街道 李强，限 12-04 17:30",
	}, c.texts())
	same(t, []string{"恢复"}, c.acts(i.ID, issue.Resume))
}

// TestUnitWithoutGroup hears where its issues were reported, or else where reports are taken.
func TestUnitWithoutGroup(t *testing.T) {
	c := newCounty(t, "2026-11-23 09:00", daily[:1])
	private := issue.Change{Text: "路灯不亮", Reporter: "zhang_min", Unit: "zhujian", Assignee: "wang_fang", Due: storetest.At(t, "2026-11-23 17:30"), Said: true}
	storetest.Issue(t, c.env.Store, c.env.Policy, c.now, private)
	same(t, []string{"11-23 15:30 inspect: 【提醒】住建局 1 件将到期"}, c.until("2026-11-23 16:00"))
}

// TestManyUnits: a tick with much to say stays one message for each destination.
func TestManyUnits(t *testing.T) {
	c := newCounty(t, "2026-11-23 09:00", daily[:1])
	c.strict()
	for n := range 40 {
		change := issue.Change{
			Text: fmt.Sprintf("问题%d", n), Reporter: "zhang_min", Chat: "inspect", Place: "金水湾小区", Unit: "zhaoyang", Assignee: "li_qiang",
			Due: storetest.At(t, "2026-11-23 17:30"), Said: true,
		}
		storetest.Issue(t, c.env.Store, c.env.Policy, c.now, change)
	}
	c.until("2026-11-24 17:29")
	same(t, []string{
		"11-24 17:30 zhaoyang_group: 【督办】昭阳街道 40 件已到期", "11-24 17:30 leaders: 【督办】包保点位 40 件",
	}, c.until("2026-11-24 17:30"))
	for _, text := range c.texts() {
		if n := strings.Count(text, "\n"); n > 12 {
			t.Errorf("%d lines: %s", n, text)
		}
	}
	if !slices.Equal(c.acts(40, issue.Remind), []string{"提醒", "提醒", "提醒", "提醒"}) { // L0, L1, the signature, L2
		t.Errorf("events: %q", c.acts(40, issue.Remind))
	}
}

// TestSlotsWithoutWorkArePassedOver: a story's clock goes from one alarm to the next, and never past a slot that has work.
func TestSlotsWithoutWorkArePassedOver(t *testing.T) {
	c := newCounty(t, "2026-11-23 09:00", daily[:1])
	at := func(s string) time.Time { return storetest.At(t, s) }
	for _, tt := range []struct{ alarm, want time.Time }{
		{time.Time{}, time.Time{}},
		{at("2026-11-20 17:30"), at("2026-11-23 09:10")}, // it waits for the morning, or is about nothing
		{at("2026-11-23 09:00"), at("2026-11-23 09:10")},
		{at("2026-11-23 15:30"), at("2026-11-23 15:30")},
		{at("2026-11-23 15:31"), at("2026-11-23 15:40")},
	} {
		if got := c.runner.timetable().Next(c.now, tt.alarm); !got.Equal(tt.want) {
			t.Errorf("after 09:00 with an alarm at %s: %s, want %s", tt.alarm, got, tt.want)
		}
	}
	if got := c.newRunner(daily).timetable().Next(c.now, time.Time{}); !got.Equal(at("2026-11-23 17:30")) {
		t.Errorf("with nothing to remind of: %s", got)
	}
}
