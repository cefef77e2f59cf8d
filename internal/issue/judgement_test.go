package issue_test

import (
	"fmt"
	"strings"
	"testing"

	"duban/internal/issue"
)

// judged are the judgements of a story in short: "4 returned zhaoyang 1", with "excused" behind those that do not count.
func judged(s *story) string {
	var out []string
	for _, j := range issue.Judgements(s.events) {
		text := fmt.Sprintf("%d %s %s%s", j.Seq, j.Kind, j.Unit, j.Person)
		if j.Nth > 0 {
			text += fmt.Sprintf(" %d", j.Nth)
		}
		if j.Excused {
			text += " excused"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// TestUpheldAppealExcusesWhatItWasAgainst: what came last when the appeal was made, whatever came before the decision.
func TestUpheldAppealExcusesWhatItWasAgainst(t *testing.T) {
	appeal := issue.Act{Action: issue.Appeal, By: "zhang_wei", Note: "已整改到位"}
	twice := func() *story {
		return oneDay(t).submit("2026-11-23 10:00").giveBack("2026-11-23 11:00").submit("2026-11-23 11:10").giveBack("2026-11-23 11:20")
	}
	for _, tt := range []struct {
		name    string
		story   *story
		want    string
		excused bool
	}{
		{"the dispatch", oneDay(t).do("2026-11-23 10:00", appeal).act("2026-11-23 11:00", issue.Uphold, "chen_jing").
			submit("2026-11-23 14:00").giveBack("2026-11-23 15:00"), "7 returned zhaoyang excused", true},
		{"a return, closed before the decision", twice().do("2026-11-23 14:00", appeal).submit("2026-11-23 14:10").pass("2026-11-23 14:20").
			act("2026-11-23 15:00", issue.Uphold, "chen_jing"), "5 returned zhaoyang 1, 7 returned zhaoyang excused, 10 passed zhaoyang 1", false},
		{
			"the first of two returns", oneDay(t).submit("2026-11-23 10:00").giveBack("2026-11-23 11:00").do("2026-11-23 11:05", appeal).
				act("2026-11-23 11:10", issue.Uphold, "chen_jing").submit("2026-11-23 14:00").giveBack("2026-11-23 15:00"),
			"5 returned zhaoyang excused, 9 returned zhaoyang 1", false,
		},
		{
			"the closing", twice().submit("2026-11-23 14:10").pass("2026-11-23 14:20").do("2026-11-23 15:00", appeal).
				act("2026-11-23 16:00", issue.Uphold, "chen_jing"),
			"5 returned zhaoyang excused, 7 returned zhaoyang excused, 9 passed zhaoyang 1", true,
		},
		{
			"refused", twice().do("2026-11-23 14:00", appeal).act("2026-11-23 15:00", issue.Refuse, "chen_jing"),
			"5 returned zhaoyang 1, 7 returned zhaoyang 2", false,
		},
		{"another unit begins anew", oneDay(t).do("2026-11-23 10:00", appeal).act("2026-11-23 11:00", issue.Uphold, "chen_jing").
			reassign("2026-11-23 14:00", "zhujian").submit("2026-11-23 15:00").pass("2026-11-23 16:00"), "8 passed zhujian 1", false},
		{
			"what the unit before was judged for stays", oneDay(t).submit("2026-11-23 10:00").giveBack("2026-11-23 10:10").reassign("2026-11-23 10:20", "zhujian").
				do("2026-11-23 10:30", issue.Act{Action: issue.Appeal, By: "wang_lei"}).act("2026-11-23 11:00", issue.Uphold, "chen_jing"),
			"5 returned zhaoyang 1", true,
		},
		{"another person of the unit was given it since", oneDay(t).submit("2026-11-23 10:00").giveBack("2026-11-23 10:10").
			do("2026-11-23 10:20", issue.Act{Action: issue.Reassign, By: "chen_jing", Change: issue.Change{Unit: "zhaoyang", Assignee: "wu_gang"}}).
			do("2026-11-23 10:30", appeal).act("2026-11-23 11:00", issue.Uphold, "chen_jing"), "5 returned zhaoyang excused", true},
	} {
		if got := judged(tt.story); got != tt.want || tt.story.i.Excused != tt.excused {
			t.Errorf("%s: %s, excused %t; want %s, %t", tt.name, got, tt.story.i.Excused, tt.want, tt.excused)
		}
	}
}

// TestJudgements: everything that is judged, of the unit that had the issue then.
func TestJudgements(t *testing.T) {
	s := oneDay(t).act("2026-11-23 10:00", issue.Expose, "chen_jing").ask("2026-11-23 10:10", issue.AskSendBack, issue.Request{}).
		act("2026-11-23 10:20", issue.Refuse, "chen_jing").submit("2026-11-23 10:30").pass("2026-11-23 11:00").
		ask("2026-11-23 11:10", issue.Accuse, issue.Request{}).act("2026-11-23 11:20", issue.Uphold, "chen_jing").
		act("2026-11-24 10:00", issue.Relapse, "zhang_min").ask("2026-11-24 10:10", issue.AskExtend, until(t, "2026-11-26 18:00")).
		act("2026-11-24 10:20", issue.Refuse, "chen_jing").reassign("2026-11-24 11:00", "zhujian")
	want := "4 exposed zhaoyang, 6 refused zhaoyang, 8 passed zhaoyang 1, 10 falsified zhaoyang, 11 relapsed zhaoyang"
	if got := judged(s); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	spot := &story{t: t, p: policy(t), i: issue.Issue{ID: 17}}
	spot.do("2026-11-23 09:00", issue.Act{Action: issue.SolveOnSpot, By: "zhang_min", Change: issue.Change{Unit: "zhaoyang"}})
	if got := judged(spot); got != "1 on_the_spot zhang_min" {
		t.Errorf("got %s", got)
	}
}

// TestBoard: what is exposed leaves the board when the office says so, when it ends, and when another unit gets it.
func TestBoard(t *testing.T) {
	exposed := func() *story { return oneDay(t).act("2026-11-23 10:00", issue.Expose, "chen_jing") }
	wantInstant(t, "exposed", exposed().i.ExposedAt, "2026-11-23 10:00")
	exposed().refuse("2026-11-23 10:10", "#17 已在曝光台。要撤下请发「撤下曝光 17」", issue.Act{Action: issue.Expose, By: "chen_jing"})
	oneDay(t).refuse("2026-11-23 10:10", "#17 不在曝光台。发「查 17」看经过", issue.Act{Action: issue.Unexpose, By: "chen_jing"})
	wantInstant(t, "submitted", exposed().submit("2026-11-23 10:30").i.ExposedAt, "2026-11-23 10:00")
	for name, s := range map[string]*story{
		"taken down": exposed().act("2026-11-23 10:10", issue.Unexpose, "chen_jing"),
		"closed":     exposed().submit("2026-11-23 10:30").pass("2026-11-23 11:00"),
		"moved":      exposed().reassign("2026-11-23 10:30", "zhujian"),
	} {
		wantInstant(t, name, s.i.ExposedAt, "")
	}
}

// TestEarly: less than half of the limit's own time, once, and not with an extension. The day's limit ends at 18:00 of Tuesday,
// 14:55 working hours after 09:05 of Monday, the lunch breaks left out.
func TestEarly(t *testing.T) {
	for name, tt := range map[string]struct {
		story *story
		want  bool
	}{
		"before half":   {oneDay(t).submit("2026-11-24 08:32"), true},
		"at half":       {oneDay(t).submit("2026-11-24 08:33"), false},
		"extended":      {oneDay(t).extend("2026-11-23 10:00", "2026-11-27 18:00").submit("2026-11-23 11:00"), false},
		"a second time": {oneDay(t).submit("2026-11-24 17:00").giveBack("2026-11-24 17:10").submit("2026-11-24 17:11"), false},
	} {
		if got := tt.story.i.Early; got != tt.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestCallBack: only closed complaints, the last call counts, and a relapse makes it void.
func TestCallBack(t *testing.T) {
	call := func(c issue.Call) issue.Act {
		return issue.Act{Action: issue.CallBack, By: "chen_jing", Change: issue.Change{Call: c}}
	}
	oneDay(t).submit("2026-11-23 10:00").pass("2026-11-23 11:00").
		refuse("2026-11-23 11:10", "#17 不是投诉，不用回访。要看整改得怎样请发「回头看 17 合格」", call(issue.Call{}))
	s := filed(t, "2026-11-23 09:00", issue.Change{Complaint: true}).assign("2026-11-23 09:00", "zhaoyang")
	for _, a := range []issue.Action{issue.Opine, issue.Publish, issue.Tell} {
		s.act("2026-11-23 09:30", a, "li_qiang")
	}
	s.submit("2026-11-23 10:00").pass("2026-11-23 11:00").
		refuse("2026-11-23 11:10", "#17 请写明回访结果。例如「回访 17 满意」，没联系上请发「回访 17 未联系上」", call(issue.Call{Contacted: true})).
		do("2026-11-23 14:00", call(issue.Call{}))
	if got := s.i.Call; got.Text() != "未联系上" || !got.At.Equal(at(t, "2026-11-23 14:00")) {
		t.Errorf("not reached: %+v", got)
	}
	s.do("2026-11-23 15:00", call(issue.Call{Contacted: true, Solved: true, Mood: issue.Basic}))
	if got := s.i.Call; got.Text() != "基本满意，已解决" || !got.At.Equal(at(t, "2026-11-23 15:00")) {
		t.Errorf("reached: %+v", got)
	}
	if s.act("2026-11-24 10:00", issue.Relapse, "zhang_min"); s.i.Call != (issue.Call{}) {
		t.Errorf("after a relapse: %+v", s.i.Call)
	}
}
