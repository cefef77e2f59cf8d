package issue_test

import (
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/issue"
)

// rule is something that must hold after every event.
type rule struct {
	what string
	ok   bool
}

// check states what must hold of every issue at any time.
func (l *life) check(before issue.Issue, e issue.Event) {
	to, possible := legal()[before.Status][e.Action]
	rules := []rule{
		{"states are reached by the table", possible && to == l.i.Status && e.From == before.Status && e.To == to},
		{"events are numbered without gaps", e.Seq == before.Seq+1 && l.i.Seq == e.Seq},
	}
	for _, some := range [][]rule{
		l.instants(before, e), l.owners(before, e), l.requests(before, e), l.told(e), l.alarms(),
	} {
		rules = append(rules, some...)
	}
	for _, r := range rules {
		if !r.ok {
			l.t.Fatalf("%s: broken by %s of %q at %s (-before +after):\n%s\nthe issue: %+v", r.what, e.Action, e.By, e.At, cmp.Diff(before, l.i), l.i)
		}
	}
}

func (l *life) instants(before issue.Issue, e issue.Event) []rule {
	i, closed := l.i, l.i.Status == issue.Closed
	suspended := i.Status == issue.Suspended
	return []rule{
		{"closed issues, and only they, have a closing instant", closed == !i.ClosedAt.IsZero()},
		{"a closing instant does not move", before.Status != issue.Closed || !closed || i.ClosedAt.Equal(before.ClosedAt)},
		{"whom an issue waits for is known", !i.Status.WithUnit() || i.Unit != "" && !i.Due.IsZero()},
		{"a first submission comes with its deadline", i.FirstSubmittedAt.IsZero() == i.FirstDue.IsZero()},
		{"the first submission is not after the last", !i.SubmittedAt.Before(i.FirstSubmittedAt)},
		{"what waits for a review has a review limit ahead", i.Status != issue.Submitted || i.ReviewDue.After(i.SubmittedAt)},
		{"a deadline that is set is ahead", e.Change.Due.IsZero() || e.Action == issue.SolveOnSpot || e.Change.Due.After(e.At)},
		{"the deadline's beginning is known", e.Change.Due.IsZero() || i.DueSince.Equal(e.At) && i.Due.Equal(e.Change.Due)},
		{"assigned issues are unsigned", i.Status != issue.Assigned || i.SignedAt.IsZero()},
		{"who has handled it has signed", i.Status != issue.Submitted && !suspended || !i.SignedAt.IsZero()},
		{"nobody is late who has submitted", i.Status != issue.Submitted || !i.Overdue(i.Due.Add(time.Hour))},
		{"what rests has its day, and nothing else has", suspended == !i.ResumeAt.IsZero()},
		{"a suspension ends after it begins", e.Action != issue.Suspend || i.ResumeAt.After(e.At)},
		{"only the unit has to reply", i.ReplyDue.IsZero() || i.Status.WithUnit()},
		{"only what is closed is drawn", i.LookBackDue.IsZero() && i.LookBackBy == "" || closed},
		{"a complaint has its two clocks", i.Complaint == !i.OpinionDue.IsZero() && i.Complaint == !i.TellDue.IsZero()},
		{"a complaint's clocks do not move, but for a relapse", !before.Complaint || (i.TellDue.Equal(before.TellDue) || e.Action == issue.Relapse) && i.OpinionDue.Equal(before.OpinionDue)},
		{"the first answer counts", before.OpinionAt.IsZero() || i.OpinionAt.Equal(before.OpinionAt)},
		{"a complaint is closed when the person knows", !i.Complaint || !closed || e.From == issue.None ||
			!i.OpinionAt.IsZero() && !i.PublishedAt.IsZero() && !i.ToldAt.IsZero()},
		{"counts only grow with one unit", i.Unit != before.Unit || i.Extensions >= before.Extensions && i.Refusals >= before.Refusals},
		{"counts of the issue only grow", i.Returns >= before.Returns && i.Relapses >= before.Relapses && i.SendBacks >= before.SendBacks},
	}
}

func (l *life) owners(before issue.Issue, e issue.Event) []rule {
	i, verifies := l.i, []issue.Action{issue.Pass, issue.Return, issue.LookBack, issue.Relapse, issue.Accuse}
	own := before.Unit != "" && l.of(e.By, before.Unit) || e.By == before.SubmittedBy || e.By == before.Assignee ||
		slices.ContainsFunc(l.p.Reg.Units, func(u issue.Unit) bool { return l.of(e.By, u.ID) && l.of(before.SubmittedBy, u.ID) })
	return []rule{
		{"nobody verifies their own unit's work", !slices.Contains(verifies, e.Action) || !own},
		{"nobody closes their own unit's issue", e.Action != issue.SolveOnSpot || e.From == issue.None || !own},
		{"a first unit answers only until the next has signed", i.First == "" || i.Status == issue.Assigned && i.SignedAt.IsZero()},
		{"a first unit is another", i.First == "" || i.First != i.Unit && i.Unit != ""},
		{"a first unit had it before", i.First == "" || i.First == before.First || i.First == before.Unit},
		{"what a unit had another has to take", before.Unit == "" || i.Unit != ""},
		{"another unit is not scored for the one before", i.Unit == before.Unit ||
			i.FirstSubmittedAt.IsZero() && i.Extensions+i.Refusals == 0 && !i.Falsified && !i.SignedLate && !i.Early && !i.Excused &&
				i.PassedAt.IsZero() && i.ExposedAt.IsZero()},
		{"only what somebody has to do is on the board", i.ExposedAt.IsZero() || i.Open() && i.Unit != ""},
		{"only closed complaints were called back about", i.Call == issue.Call{} || i.Complaint && i.Status == issue.Closed},
		{"who closed it judges no more", e.To != issue.Closed || e.From == issue.Closed || i.Judged == issue.Verdict{}},
	}
}

// of says whether a person is of a unit.
func (l *life) of(person, unit string) bool {
	u, _ := l.p.Reg.Unit(unit)
	known, _ := l.p.Reg.Person(person)
	return person != "" && (known.Unit == unit || slices.Contains([]string{u.Head, u.Lead, u.Liaison, u.Deputy}, person))
}

func (l *life) requests(before issue.Issue, e issue.Event) []rule {
	r, was := l.i.Request, before.Request
	grantable := !r.Pending()
	for _, row := range issue.Requests() {
		_, possible := legal()[l.i.Status][row.Grants]
		grantable = grantable || r.Kind == row.Kind && possible
	}
	_, refusable := legal()[l.i.Status][issue.Refuse]
	ended := was.Pending() && !r.Pending()
	return []rule{
		{"what is asked can be granted", grantable},
		{"what is asked can be refused", !r.Pending() || refusable},
		{"a request is complete", r.Pending() == (r.By != "" && !r.Due.IsZero() && r.Decider != "" && r.At.Before(r.Due))},
		{"a request does not change", !was.Pending() || !r.Pending() || r == was},
		{"nobody decides their own", !ended || e.By != was.By || e.Action == issue.Recall ||
			!slices.Contains([]issue.Action{issue.Extend, issue.Reassign, issue.Suspend, issue.Uphold, issue.Void, issue.Refuse}, e.Action)},
		{"a leader's decision is a leader's", e.Action != issue.Refuse || was.Decider != issue.RoleLeader || l.p.Reg.Has(e.By, issue.RoleLeader)},
		{"an upheld send-back moves it", l.i.SendBacks == before.SendBacks || was.Kind == issue.AskSendBack && l.i.Unit != before.Unit},
		{"a refused send-back is counted", e.Action != issue.Refuse || was.Kind != issue.AskSendBack || l.i.Refusals == before.Refusals+1},
		{"what is scored takes two to make void", e.Action != issue.Void || !before.Scored() || e.By == "" ||
			was.Kind == issue.AskVoid && was.By != e.By},
	}
}

// told: what was said is about the present deadline and the present clocks.
func (l *life) told(e issue.Event) []rule {
	var rungs, duties []string
	for _, mark := range l.i.Told {
		if strings.HasPrefix(mark, "L") {
			rungs = append(rungs, mark)
		} else {
			duties = append(duties, mark)
		}
	}
	clocks := map[string]time.Time{
		"sign": l.i.SignDue, "opinion": l.i.OpinionDue, "tell": l.i.TellDue, "reply": l.i.ReplyDue, "review": l.i.ReviewDue,
		"decide": l.i.Request.Due, "look_back": l.i.LookBackDue,
	}
	set := map[string]time.Time{
		"sign": e.Change.SignDue, "opinion": e.Change.OpinionDue, "tell": e.Change.TellDue, "reply": e.Change.ReplyDue,
		"review": e.Change.ReviewDue, "look_back": e.Change.LookBackDue,
	}
	if e.Change.Request != nil {
		set["decide"] = e.Change.Request.Due
	}
	said := func(mark string) bool { return slices.Contains(e.Change.Told, mark) }
	stale := func(mark string) bool {
		duty := strings.TrimSuffix(mark, "/soon")
		return clocks[duty].IsZero() || !set[duty].IsZero() && !said(mark)
	}
	again := slices.DeleteFunc(slices.Clone(rungs), said)
	return []rule{
		{"a new deadline begins with nothing said", e.Change.Due.IsZero() || len(again) == 0},
		{"what was said of a duty is about its present clock", !slices.ContainsFunc(duties, stale)},
		{"a new clock for replies begins with nothing said", e.Change.ReplyDue.IsZero() || !slices.Contains(l.i.Told, "reply")},
		{"nothing is said twice", len(l.i.Told) == len(slices.Compact(slices.Sorted(slices.Values(l.i.Told))))},
		{"the level is among what was said", l.i.Level == "" || slices.Contains(l.i.Told, l.i.Level)},
		{"nothing said is nil", len(l.i.Told) > 0 || l.i.Told == nil},
	}
}

// alarms: at the next alarm there is something to say or to do, and nothing before it, or ever if there is none.
func (l *life) alarms() []rule {
	busy := func(at time.Time) bool {
		return len(l.p.Alarms(l.i, at)) > 0 || l.p.AutoSigns(l.i, at) || l.i.Resumes(at)
	}
	next := l.i.NextAlarm
	if next.IsZero() {
		return []rule{{"nothing will ever be said without an alarm", !busy(time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC))}}
	}
	return []rule{
		{"nothing is to be said before the next alarm", !busy(next.Add(-1))},
		{"at the next alarm something is to be said", busy(next)},
		{"what is at rest waits for its day or a decision", l.i.Status != issue.Suspended ||
			next.Equal(l.i.ResumeAt) || next.Equal(l.i.Request.Due)},
	}
}
