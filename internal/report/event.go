package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"duban/internal/issue"
)

// event is a line of the history: when, who, and what they did in people's words.
func (w Words) event(events []issue.Event, n int) string {
	e := events[n]
	return e.At.In(w.Cal.Location()).Format("01-02 15:04") + " " + w.Reg.PersonName(e.By) + " " + w.act(events, n) + w.note(e)
}

// act is what an event did. What a decision was about is seen in the request that was pending before it.
func (w Words) act(events []issue.Event, n int) string {
	e := events[n]
	c := e.Change
	switch e.Action {
	case issue.Report, issue.SolveOnSpot:
		return e.Action.Verb() + sourceNote(c.Source)
	case issue.Assign, issue.Reassign:
		return w.decidedBy(events, n) + e.Action.Verb() + "给 " + w.Owner(issue.Issue{Unit: c.Unit, Assignee: c.Assignee})
	case issue.Draw:
		return "抽中回头看，请" + w.Reg.PersonName(c.LookBackBy) + "核查，限 " + w.dated(c.LookBackDue, e.At)
	case issue.Sign, issue.Resume:
		if e.By == "" {
			return "自动" + e.Action.Verb()
		}
	case issue.Extend:
		return w.decidedBy(events, n) + "延期到 " + w.dated(c.Due, e.At)
	case issue.Suspend:
		return w.decidedBy(events, n) + "挂账到 " + w.dated(c.ResumeAt, e.At)
	case issue.Relapse:
		if c.Unit != "" {
			return e.Action.Verb() + "，派给 " + w.Owner(issue.Issue{Unit: c.Unit, Assignee: c.Assignee})
		}
	case issue.Merge:
		return fmt.Sprintf("并案到 #%d", c.Merged)
	case issue.Void:
		return w.decidedBy(events, n) + "作废"
	case issue.Remind:
		return reminded(c)
	case issue.Supervise:
		return e.Action.Verb() + w.supervised(e)
	case issue.AskSendBack, issue.AskExtend, issue.AskSuspend, issue.AskVoid, issue.Accuse, issue.Appeal:
		return w.asked(e)
	case issue.Uphold:
		return upheld(pendingBefore(events, n).Kind)
	case issue.CallBack:
		return e.Action.Verb() + "：" + c.Call.Text()
	case issue.Refuse:
		return "驳回" + pendingBefore(events, n).Text() + "申请"
	case issue.Recall:
		return "撤销" + pendingBefore(events, n).Text() + "申请"
	}
	return e.Action.Verb()
}

// dated is an instant in the history, where 今日 would be the reader's day and not the day of the act.
func (w Words) dated(t, at time.Time) string {
	text := w.Cal.Text(t, at)
	if clock, ok := strings.CutPrefix(text, "今日 "); ok {
		return at.In(w.Cal.Location()).Format("01-02 ") + clock
	}
	return text
}

func sourceNote(s issue.Source) string {
	if s == "" || s == issue.FromInspection {
		return ""
	}
	return "（" + s.Text() + "）"
}

// pendingBefore is the request that was open when an event came.
func pendingBefore(events []issue.Event, n int) issue.Request {
	return issue.Rebuild(events[:n]).Request
}

// decidedBy says that a move was what somebody had asked for: 同意退单，.
func (w Words) decidedBy(events []issue.Event, n int) string {
	before, after := pendingBefore(events, n), issue.Rebuild(events[:n+1]).Request
	if !before.Pending() || after.Pending() {
		return ""
	}
	kind := map[issue.Action]issue.Action{
		issue.AskSendBack: issue.Reassign, issue.AskExtend: issue.Extend, issue.AskSuspend: issue.Suspend, issue.AskVoid: issue.Void,
	}
	switch {
	case kind[before.Kind] != events[n].Action:
		return ""
	case before.Kind == issue.AskSendBack:
		return "同意退单，"
	}
	return "同意"
}

// asked is a request with what was asked for.
func (w Words) asked(e issue.Event) string {
	r := issue.Request{Kind: e.Action}
	if e.Change.Request != nil {
		r = *e.Change.Request
	}
	text := asking(r)
	switch {
	case !r.Until.IsZero():
		text += "到 " + w.dated(r.Until, e.At)
	case r.Unit != "":
		text += "给" + w.Reg.UnitName(r.Unit)
	}
	return text
}

func upheld(kind issue.Action) string {
	switch kind {
	case issue.Accuse:
		return "认定虚假整改"
	case issue.Appeal:
		return "同意申诉"
	}
	return issue.Uphold.Verb()
}

func (w Words) supervised(e issue.Event) string {
	text := ""
	if !e.Change.Due.IsZero() {
		text += "，限 " + w.dated(e.Change.Due, e.At)
	}
	if !e.Change.ReplyDue.IsZero() {
		text += "，" + w.dated(e.Change.ReplyDue, e.At) + " 前回复"
	}
	return text
}

// reminded is what the bot said by itself: the rung of the ladder, and the duties.
func reminded(c issue.Change) string {
	var parts []string
	if c.Level != "" {
		parts = append(parts, rung(c.Level))
	}
	for _, mark := range c.Told {
		if text := duty(mark); text != "" && !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	if len(parts) == 0 {
		return issue.Remind.Verb()
	}
	return strings.Join(parts, "、")
}

// duty is what a reminder of a duty is called; "" for the mark of a rung.
func duty(mark string) string {
	name, soon := strings.CutSuffix(mark, "/soon")
	what := map[issue.Duty]string{
		issue.DutySign: "签收", issue.DutyOpinion: "答复", issue.DutyTell: "公布告知", issue.DutyReply: "督办回复",
		issue.DutyReview: "核查", issue.DutyDecide: "审批", issue.DutyLookBack: "回头看",
	}[issue.Duty(name)]
	switch {
	case what == "":
		return ""
	case soon:
		return "提醒" + what
	}
	return "提醒" + what + "超时"
}

// note is what people said with an act. The measure of a completion and a photo's remarks are shown longer than the rest.
func (w Words) note(e issue.Event) string {
	switch {
	case e.Note == "":
		return ""
	case e.Action == issue.Photo, e.Action == issue.Correct, e.Action == issue.Report:
		return "：" + Short(e.Note, reasonText)
	}
	return "：" + Short(e.Note, shortText)
}

// rung is what a level of the ladder is called (domain.md §5.1).
func rung(level string) string {
	switch level {
	case issue.LevelRemind:
		return "提醒"
	case issue.LevelUrge:
		return "催办"
	case issue.LevelSupervise:
		return "督办"
	case issue.LevelBulletin:
		return "通报"
	case issue.LevelTalk:
		return "列入约谈名单"
	}
	return level
}
