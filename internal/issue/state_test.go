package issue_test

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/calendar"
	"duban/internal/issue"
)

// legal is the table of design.md §2 and domain.md §5.2 once more, by status and written by hand: what may happen, and where
// it leads.
var legal = sync.OnceValue(func() map[issue.Status]map[issue.Action]issue.Status {
	return map[issue.Status]map[issue.Action]issue.Status{
		issue.None: {issue.Report: issue.Reported, issue.SolveOnSpot: issue.Closed},
		issue.Reported: stays(issue.Reported, map[issue.Action]issue.Status{
			issue.Assign: issue.Assigned, issue.SolveOnSpot: issue.Closed, issue.Withdraw: issue.Voided,
			issue.Reject: issue.Rejected, issue.Merge: issue.Merged, issue.Void: issue.Voided,
		}, issue.Correct, issue.Note, issue.Opine, issue.Publish, issue.Tell),
		issue.Assigned: stays(issue.Assigned, map[issue.Action]issue.Status{
			issue.Reassign: issue.Assigned, issue.Sign: issue.Working, issue.Submit: issue.Submitted,
			issue.SolveOnSpot: issue.Closed, issue.Suspend: issue.Suspended, issue.Withdraw: issue.Voided,
			issue.Reject: issue.Rejected, issue.Merge: issue.Merged, issue.Void: issue.Voided,
		}, slices.Concat(withUnit(), decidable(), []issue.Action{issue.Appeal})...),
		issue.Working: stays(issue.Working, map[issue.Action]issue.Status{
			issue.Reassign: issue.Assigned, issue.Submit: issue.Submitted, issue.Suspend: issue.Suspended,
			issue.Merge: issue.Merged, issue.Void: issue.Voided,
		}, slices.Concat(withUnit(), decidable(), []issue.Action{issue.Appeal, issue.Accuse})...),
		issue.Submitted: stays(issue.Submitted, map[issue.Action]issue.Status{
			issue.Pass: issue.Closed, issue.Return: issue.Working, issue.Void: issue.Voided,
		}, slices.Concat(whileOpen(), board(), decidable(), []issue.Action{issue.AskVoid, issue.Appeal, issue.Accuse})...),
		issue.Suspended: stays(issue.Suspended, map[issue.Action]issue.Status{
			issue.Resume: issue.Working, issue.Void: issue.Voided,
		}, slices.Concat(whileOpen(), board(), decidable(), []issue.Action{issue.AskVoid})...),
		issue.Closed: stays(issue.Closed, map[issue.Action]issue.Status{issue.Relapse: issue.Working},
			slices.Concat(decidable(), []issue.Action{issue.Draw, issue.LookBack, issue.Accuse, issue.Appeal, issue.CallBack})...),
		issue.Rejected: stays(issue.Rejected, nil),
		issue.Merged:   stays(issue.Merged, nil),
		issue.Voided:   stays(issue.Voided, nil),
	}
})

// stays adds to moves those actions that leave the status as it is; a photo and a reminder always do.
func stays(s issue.Status, moves map[issue.Action]issue.Status, actions ...issue.Action) map[issue.Action]issue.Status {
	out := map[issue.Action]issue.Status{issue.Photo: s, issue.Remind: s}
	maps.Copy(out, moves)
	for _, a := range actions {
		out[a] = s
	}
	return out
}

func whileOpen() []issue.Action {
	return []issue.Action{issue.Correct, issue.Note, issue.Opine, issue.Publish, issue.Tell}
}

func withUnit() []issue.Action {
	return append(slices.Concat(whileOpen(), board()), issue.Split, issue.Extend, issue.AskSendBack, issue.AskExtend, issue.AskSuspend, issue.AskVoid,
		issue.Press, issue.Supervise, issue.Reply)
}

func board() []issue.Action { return []issue.Action{issue.Expose, issue.Unexpose} }

func decidable() []issue.Action { return []issue.Action{issue.Uphold, issue.Refuse, issue.Recall} }

func actions() []issue.Action {
	return []issue.Action{
		issue.Report, issue.SolveOnSpot, issue.Assign, issue.Reassign, issue.Split, issue.Sign, issue.Submit, issue.Pass,
		issue.Return, issue.Draw, issue.LookBack, issue.Relapse, issue.Extend, issue.Suspend, issue.Resume, issue.Withdraw,
		issue.Reject, issue.Merge, issue.Void, issue.Correct, issue.Note, issue.Photo, issue.Remind, issue.AskSendBack,
		issue.AskExtend, issue.AskSuspend, issue.AskVoid, issue.Accuse, issue.Appeal, issue.Uphold, issue.Refuse, issue.Recall,
		issue.Opine, issue.Publish, issue.Tell, issue.Press, issue.Supervise, issue.Reply,
		issue.CallBack, issue.Expose, issue.Unexpose,
	}
}

// actor is somebody who may do a, if anybody may.
func actor(a issue.Action) string {
	switch a {
	case issue.Sign, issue.Submit, issue.Note, issue.Reply, issue.Opine, issue.Publish, issue.Tell:
		return "li_qiang"
	case issue.AskSendBack, issue.AskExtend, issue.AskSuspend, issue.Appeal, issue.Recall:
		return "zhang_wei"
	case issue.Report, issue.SolveOnSpot, issue.Pass, issue.Return, issue.LookBack, issue.Relapse, issue.Withdraw, issue.Photo,
		issue.Accuse, issue.Press:
		return "zhang_min"
	case issue.Suspend:
		return "liu_jian"
	case issue.Remind, issue.Draw:
		return ""
	}
	return "chen_jing"
}

// standing is an issue of 昭阳街道 that stands in a status.
func standing(s issue.Status, now time.Time) issue.Issue {
	if s == issue.None {
		return issue.Issue{ID: 17}
	}
	return issue.Issue{
		ID: 17, Status: s, Unit: "zhaoyang", Assignee: "li_qiang", Reporter: "zhang_min", Seq: 3,
		ReportedAt: now.Add(-time.Minute), AssignedAt: now, SubmittedAt: now, Due: now.Add(time.Hour),
		Limit: limit(1, calendar.WorkDay),
	}
}

// ready is an issue that stands in a status and has whatever else an action asks for.
func ready(s issue.Status, a issue.Action, now time.Time) issue.Issue {
	i := standing(s, now)
	ask := func(kind issue.Action, by string) {
		i.Request = issue.Request{Kind: kind, By: by, At: now, Decider: issue.RoleOffice, Due: now.Add(time.Hour)}
	}
	switch a {
	case issue.Void:
		ask(issue.AskVoid, "xie_lan")
	case issue.Uphold:
		ask(issue.Accuse, "zhang_min")
	case issue.Refuse, issue.Recall:
		ask(issue.Appeal, "zhang_wei")
	case issue.Reply:
		i.ReplyDue = now.Add(time.Hour)
	case issue.Opine, issue.Publish, issue.Tell, issue.CallBack:
		i.Complaint = true
	case issue.Unexpose:
		i.ExposedAt = now
	case issue.Accuse:
		i.FirstSubmittedAt, i.FirstDue = now, now
	}
	return i
}

func act(a issue.Action, by string, now time.Time) issue.Act {
	out := issue.Act{Action: a, By: by, At: now}
	switch a {
	case issue.Report:
		out.Change.Reporter = by
	case issue.Assign, issue.Reassign:
		out.Change.Unit, out.Change.Assignee = "zhujian", "wang_fang"
	case issue.Remind:
		out.Change.Level = "L1"
	case issue.Extend:
		out.Change.Due = now.Add(2 * time.Hour)
	case issue.Suspend:
		out.Change.ResumeAt = now.Add(24 * time.Hour)
	case issue.CallBack:
		out.Change.Call = issue.Call{Contacted: true, Solved: true, Mood: issue.Satisfied}
	case issue.AskExtend, issue.AskSuspend:
		out.Change.Request = &issue.Request{Until: now.Add(24 * time.Hour)}
	}
	return out
}

func TestEveryActionInEveryStatus(t *testing.T) {
	p, now := policy(t), at(t, "2026-11-23 09:05")
	for _, from := range append([]issue.Status{issue.None}, issue.Statuses()...) {
		for _, a := range actions() {
			i := ready(from, a, now)
			before := i
			e, err := p.Apply(&i, act(a, actor(a), now))
			to, ok := legal()[from][a]
			if !ok {
				if fail, is := issue.AsError(err); !is || fail.Code != issue.CodeState {
					t.Errorf("%q from %q: error %v, want one about the status", a, from, err)
				}
				if diff := cmp.Diff(before, i); diff != "" {
					t.Errorf("%q from %q was refused but changed the issue:\n%s", a, from, diff)
				}
				continue
			}
			if err != nil || i.Status != to || e.From != from || e.To != to || i.Seq != before.Seq+1 || e.Seq != i.Seq {
				t.Errorf("%q from %q: got %q (event %q → %q), error %v; want %q", a, from, i.Status, e.From, e.To, err, to)
			}
		}
	}
}

// TestMovesNamesNothingTwice keeps the table unambiguous and complete.
func TestMovesNamesNothingTwice(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range issue.Moves() {
		for _, from := range m.From {
			key := string(m.Action) + " from " + string(from)
			if seen[key] {
				t.Errorf("%s is in the table twice", key)
			}
			seen[key] = true
		}
		if m.Verb == "" || m.Who == "" {
			t.Errorf("%s has no verb or nobody who may do it", m.Action)
		}
	}
	for _, a := range actions() {
		if a.Verb() == string(a) {
			t.Errorf("%s has no row", a)
		}
	}
	if rows := len(issue.Moves()); rows != len(actions()) {
		t.Errorf("the table has %d rows, these tests know %d actions", rows, len(actions()))
	}
}

// TestImpossibleMoveSaysWhatIsPossible: the answer names what this very person could do instead.
func TestImpossibleMoveSaysWhatIsPossible(t *testing.T) {
	tests := []struct {
		from   issue.Status
		action issue.Action
		by     string
		want   string
	}{
		{issue.Reported, issue.Submit, "li_qiang", "#17 待派单，不能完成。发「查 17」看经过"},
		{issue.Reported, issue.Submit, "chen_jing", "#17 待派单，不能完成。您现在可以：派单 17"},
		{issue.Assigned, issue.Pass, "li_qiang", "#17 待签收，不能通过。您现在可以：签收 17、完成 17"},
		{issue.Assigned, issue.Pass, "chen_jing", "#17 待签收，不能通过。您现在可以：改派 17"},
		{issue.Working, issue.Sign, "li_qiang", "#17 整改中，不能签收。您现在可以：完成 17"},
		{issue.Submitted, issue.Submit, "li_qiang", "#17 待核查，不能完成。发「查 17」看经过"},
		{issue.Submitted, issue.LookBack, "zhang_min", "#17 待核查，不能回头看。您现在可以：通过 17、退回 17"},
		{issue.Closed, issue.Pass, "zhang_min", "#17 已销号，不能通过。您现在可以：回头看 17 合格、回头看 17 反弹"},
		{issue.Closed, issue.Pass, "sun_li", "#17 已销号，不能通过。发「查 17」看经过"},
		{issue.Suspended, issue.Submit, "li_qiang", "#17 挂账，不能完成。发「查 17」看经过"},
		{issue.Rejected, issue.Assign, "chen_jing", "#17 不予立案，不能派单。发「查 17」看经过"},
		{issue.Merged, issue.Submit, "li_qiang", "#17 已并案，不能完成。发「查 17」看经过"},
		{issue.Voided, issue.Return, "zhang_min", "#17 已作废，不能退回。发「查 17」看经过"},
	}
	p, now := policy(t), at(t, "2026-11-23 09:05")
	for _, tt := range tests {
		i := standing(tt.from, now)
		_, err := p.Apply(&i, act(tt.action, tt.by, now))
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s from %s by %s:\n got %v\nwant %s", tt.action, tt.from, tt.by, err, tt.want)
		}
	}
}

func TestStatusText(t *testing.T) {
	for _, s := range append([]issue.Status{issue.None}, issue.Statuses()...) {
		if text := s.Text(); text == string(s) || strings.ContainsAny(text, "abcdefghijklmnopqrstuvwxyz") {
			t.Errorf("status %q has no Chinese text: %q", s, text)
		}
		_, move := legal()[s][issue.Void]
		if open := s == issue.Submitted || move; s.Open() != open {
			t.Errorf("%q: Open = %v", s, s.Open())
		}
		if _, submit := legal()[s][issue.Submit]; s.WithUnit() != submit {
			t.Errorf("%q: WithUnit = %v, but submitting it is %v", s, s.WithUnit(), submit)
		}
	}
	if got := issue.Status("other").Text(); got != "other" {
		t.Errorf("an unknown status reads %q", got)
	}
}

func TestNothingRunsWithoutAnOwner(t *testing.T) {
	p, now := policy(t), at(t, "2026-11-23 09:05")
	i := standing(issue.Reported, now)
	i.Unit = ""
	_, err := p.Apply(&i, issue.Act{Action: issue.Assign, By: "chen_jing", At: now})
	if err == nil || err.Error() != "#17 没有责任单位，不能派单。请写明责任单位，或重新上报" {
		t.Errorf("dispatch to nobody: %v", err)
	}
	spot := issue.Issue{ID: 17}
	if _, err := p.Apply(&spot, act(issue.SolveOnSpot, "zhang_min", now)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Apply(&spot, act(issue.Relapse, "zhang_min", now)); err == nil {
		t.Error("a relapse without a unit was accepted")
	}
}
