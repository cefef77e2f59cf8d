package issue_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/calendar"
	"duban/internal/issue"
)

// legal is the table of design.md §2 and domain.md §5.2 once more, by status and written by hand: what may happen, and where
// it leads.
func legal() map[issue.Status]map[issue.Action]issue.Status {
	return map[issue.Status]map[issue.Action]issue.Status{
		issue.None: {issue.Report: issue.Reported, issue.SolveOnSpot: issue.Closed},
		issue.Reported: {
			issue.Assign: issue.Assigned, issue.Withdraw: issue.Voided, issue.Reject: issue.Rejected, issue.Merge: issue.Merged,
			issue.Void: issue.Voided, issue.Correct: issue.Reported, issue.Note: issue.Reported, issue.Photo: issue.Reported,
		},
		issue.Assigned: {
			issue.Reassign: issue.Assigned, issue.Sign: issue.Working, issue.Submit: issue.Submitted,
			issue.Extend: issue.Assigned, issue.Suspend: issue.Suspended, issue.Withdraw: issue.Voided,
			issue.Reject: issue.Rejected, issue.Merge: issue.Merged, issue.Void: issue.Voided, issue.Correct: issue.Assigned,
			issue.Note: issue.Assigned, issue.Photo: issue.Assigned, issue.Remind: issue.Assigned,
		},
		issue.Working: {
			issue.Reassign: issue.Assigned, issue.Submit: issue.Submitted, issue.Extend: issue.Working,
			issue.Suspend: issue.Suspended, issue.Merge: issue.Merged, issue.Void: issue.Voided,
			issue.Correct: issue.Working, issue.Note: issue.Working, issue.Photo: issue.Working, issue.Remind: issue.Working,
		},
		issue.Submitted: {
			issue.Pass: issue.Closed, issue.Return: issue.Working, issue.Void: issue.Voided,
			issue.Correct: issue.Submitted, issue.Note: issue.Submitted, issue.Photo: issue.Submitted,
		},
		issue.Suspended: {
			issue.Resume: issue.Working, issue.Void: issue.Voided, issue.Correct: issue.Suspended,
			issue.Note: issue.Suspended, issue.Photo: issue.Suspended,
		},
		issue.Closed:   {issue.LookBack: issue.Closed, issue.Relapse: issue.Working, issue.Photo: issue.Closed},
		issue.Rejected: {issue.Photo: issue.Rejected},
		issue.Merged:   {issue.Photo: issue.Merged},
		issue.Voided:   {issue.Photo: issue.Voided},
	}
}

func actions() []issue.Action {
	return []issue.Action{
		issue.Report, issue.SolveOnSpot, issue.Assign, issue.Reassign, issue.Sign, issue.Submit, issue.Pass, issue.Return,
		issue.Relapse, issue.LookBack, issue.Extend, issue.Suspend, issue.Resume, issue.Withdraw, issue.Reject, issue.Merge,
		issue.Void, issue.Correct, issue.Note, issue.Photo, issue.Remind,
	}
}

// actor is somebody who may do a, if anybody may.
func actor(a issue.Action) string {
	switch a {
	case issue.Sign, issue.Submit, issue.Note:
		return "li_qiang"
	case issue.Report, issue.SolveOnSpot, issue.Pass, issue.Return, issue.LookBack, issue.Relapse, issue.Withdraw, issue.Photo:
		return "zhang_min"
	case issue.Suspend:
		return "liu_jian"
	case issue.Remind:
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
		ReportedAt: now.Add(-time.Minute), SubmittedAt: now, Due: now.Add(time.Hour), Limit: limit(1, calendar.WorkDay),
	}
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
	}
	return out
}

func TestEveryActionInEveryStatus(t *testing.T) {
	p, now := policy(t), at(t, "2026-11-23 09:05")
	for _, from := range append([]issue.Status{issue.None}, issue.Statuses()...) {
		for _, a := range actions() {
			i := standing(from, now)
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
		{issue.Submitted, issue.LookBack, "zhang_min", "#17 待核查，不能回头看 合格。您现在可以：通过 17、退回 17"},
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
		if _, remind := legal()[s][issue.Remind]; s.WithUnit() != remind {
			t.Errorf("%q: WithUnit = %v, but reminding it is %v", s, s.WithUnit(), remind)
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
