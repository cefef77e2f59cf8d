package issue_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"duban/internal/calendar"
	"duban/internal/issue"
)

// choose draws a number below n.
type choose func(n int) int

func pick[T any](c choose, list ...T) T { return list[c(len(list))] }

// randomAct is a move that somebody might make, with arguments that the chat could give it: mostly one that is possible, by
// somebody who may, and now and then anything by anybody.
func randomAct(c choose, p issue.Policy, i issue.Issue, now time.Time) issue.Act {
	a := issue.Act{Action: pick(c, tries(c, i)...), At: now, Note: "情况说明"}
	a.By = someone(c, p, i, a.Action)
	if c(12) == 0 {
		a.By = pick(c, everybody()...)
	}
	a.Change = arguments(c, p, i, a)
	return a
}

// tries are mostly the actions that are possible, so that lives get far, and now and then any action. The office decides more
// often than not what is asked.
func tries(c choose, i issue.Issue) []issue.Action {
	if c(8) == 0 {
		return actions()
	}
	if i.Request.Pending() && c(3) == 0 {
		return []issue.Action{granted(i, "").Action, granted(i, "").Action, issue.Refuse, issue.Recall}
	}
	possible := slices.DeleteFunc(actions(), func(a issue.Action) bool {
		_, ok := legal()[i.Status][a]
		return !ok
	})
	switch {
	case i.Status.WithUnit() && c(3) == 0:
		return []issue.Action{issue.Sign, issue.Submit, issue.Submit}
	case !i.ReplyDue.IsZero() && c(2) == 0:
		return []issue.Action{issue.Reply}
	case i.Status == issue.Reported && c(5) == 0:
		return []issue.Action{issue.Withdraw}
	case i.Status == issue.Assigned && c(3) == 0:
		return []issue.Action{issue.AskSendBack, issue.AskExtend, issue.AskSuspend}
	case i.Complaint && i.Open() && c(3) == 0:
		return []issue.Action{issue.Opine, issue.Publish, issue.Tell}
	case i.Complaint && i.Status == issue.Submitted && c(2) == 0:
		return []issue.Action{issue.Pass}
	case i.Complaint && i.Status == issue.Closed && c(2) == 0:
		return []issue.Action{issue.CallBack}
	}
	return possible
}

// someone is usually allowed to do what they do to this issue.
func someone(c choose, p issue.Policy, i issue.Issue, a issue.Action) string {
	unit, _ := p.Reg.Unit(i.Unit)
	first, _ := p.Reg.Unit(i.First)
	switch a {
	case issue.Sign, issue.Submit, issue.Note, issue.Reply, issue.Opine, issue.Publish, issue.Tell:
		return pick(c, i.Assignee, unit.Liaison, unit.Lead, unit.Deputy, first.Liaison)
	case issue.AskSendBack, issue.AskExtend, issue.AskSuspend, issue.Appeal:
		return pick(c, unit.Lead, unit.Lead, unit.Liaison)
	case issue.Recall:
		return i.Request.By
	case issue.Withdraw:
		return i.Reporter
	case issue.Suspend:
		return "liu_jian"
	case issue.Report:
		return pick(c, "zhang_min", "zhou_tao", "wang_fang")
	case issue.Remind, issue.Draw:
		return ""
	case issue.Assign, issue.Split, issue.Reassign:
		return pick(c, "", "chen_jing")
	case issue.Resume:
		return pick(c, "", "chen_jing")
	case issue.Extend, issue.Supervise, issue.Refuse:
		return pick(c, "chen_jing", "xie_lan", "liu_jian")
	case issue.AskVoid, issue.Void, issue.Uphold:
		return pick(c, "chen_jing", "xie_lan")
	}
	return actor(a)
}

// arguments are what an action says, sometimes wrongly: instants that are over, nothing where something is asked for.
func arguments(c choose, p issue.Policy, i issue.Issue, a issue.Act) issue.Change {
	var out issue.Change
	soon := func() time.Time {
		far, later := a.At.Add(time.Duration(1+c(100))*time.Hour), i.Due.Add(24*time.Hour)
		return pick(c, time.Time{}, a.At.Add(-time.Hour), a.At, far, far, later, later, later)
	}
	switch a.Action {
	case issue.Report, issue.SolveOnSpot:
		out = report(c, a)
	case issue.Assign, issue.Reassign:
		out.Unit = pick(c, "zhaoyang", "zhaoyang", "zhujian", "shuiwu", "gongan", "")
		out.Assignee = p.Reg.Receiver(out.Unit)
		out.Due = pick(c, time.Time{}, time.Time{}, soon())
	case issue.Extend, issue.Supervise:
		out.Due = soon()
		if i.Request.Kind == issue.AskExtend {
			out.Due = i.Request.Until
		}
	case issue.Suspend:
		out.ResumeAt = soon()
	case issue.AskExtend, issue.AskSuspend, issue.AskSendBack, issue.AskVoid, issue.Accuse, issue.Appeal:
		out.Request = pick(c, nil, &issue.Request{Until: soon(), Unit: "zhujian"}, &issue.Request{Until: soon()})
	case issue.Draw:
		out.LookBackDue, out.LookBackBy = a.At.Add(48*time.Hour), "zhang_min"
	case issue.Merge:
		out.Merged = int64(pick(c, 3, 17))
	case issue.Split:
		out.Child = 18
	case issue.CallBack:
		out.Call = pick(c, issue.Call{}, issue.Call{Contacted: true, Mood: issue.Basic}, issue.Call{Contacted: true})
	case issue.Correct:
		out.Text, out.Category, out.Danger = "楼道堆放杂物", "环境卫生", c(2) == 1
		l := limit(1, calendar.WorkDay)
		out.Limit = pick(c, nil, &l)
	}
	return out
}

func report(c choose, a issue.Act) issue.Change {
	out := issue.Change{Reporter: a.By, Text: "楼道堆物", Place: pick(c, "", "金水湾小区"), Parent: int64(c(5) / 4 * 12)}
	if a.Action == issue.SolveOnSpot {
		out.Unit = pick(c, "", "zhaoyang")
	} else {
		out.Complaint = c(3) == 0
	}
	l := pick(c, calendar.Limit{}, limit(1, calendar.WorkDay), limit(24, calendar.UrgentHour),
		limit(1, calendar.SameDay), limit(2, calendar.NaturalDay))
	out.Limit = &l
	if c(2) == 1 {
		out.Due, out.Said = a.At.Add(time.Duration(c(100)-5)*time.Hour), true
	}
	return out
}

// census is where the lives got: statuses, actions that were made and those that were refused.
type census struct {
	statuses      map[issue.Status]bool
	made, refused map[issue.Action]int
	said          map[string]int
}

func newCensus() census {
	return census{map[issue.Status]bool{}, map[issue.Action]int{}, map[issue.Action]int{}, map[string]int{}}
}

// life is an issue that lives, with all that is known of it.
type life struct {
	t      rapid.TB
	p      issue.Policy
	i      issue.Issue
	events []issue.Event
	seen   census
}

// live plays a random life. After every move, also those that time makes, the events alone make the same issue again, at the
// end also as they are stored, and what must hold of an issue holds.
func live(t rapid.TB, c choose, p issue.Policy, now time.Time, seen census) {
	l := &life{t: t, p: p, i: issue.Issue{ID: 17}, seen: seen}
	for range 1 + c(40) {
		now = now.Add(time.Duration(c(pick(c, 60, 20*60))) * time.Minute)
		l.move(randomAct(c, p, l.i, now))
		if next := l.i.NextAlarm; c(2) == 1 {
			if c(2) == 1 && next.After(now) && next.Sub(now) < 7*24*time.Hour {
				now = next
			}
			l.tick(now)
		}
	}
	if diff := cmp.Diff(l.i, issue.Rebuild(asStored(t, l.events))); diff != "" && len(l.events) > 0 {
		t.Fatalf("rebuilt from stored events (-projection +rebuilt):\n%s", diff)
	}
}

func (l *life) move(a issue.Act) bool {
	before := l.i
	e, err := l.p.Apply(&l.i, a)
	if err != nil {
		l.checkRefusal(before, a, err)
		return false
	}
	l.events = append(l.events, e)
	l.seen.statuses[l.i.Status] = true
	l.seen.made[a.Action]++
	if diff := cmp.Diff(l.i, issue.Rebuild(l.events)); diff != "" {
		l.t.Fatalf("after %s, rebuilt (-projection +rebuilt):\n%s", a.Action, diff)
	}
	l.check(before, e)
	return true
}

// tick does what the job does, as often as it finds something to do: everything must be said and done after few rounds.
func (l *life) tick(now time.Time) {
	for range 3 {
		if l.p.AutoSigns(l.i, now) {
			l.must(issue.Act{Action: issue.Sign, At: now})
		}
		if l.i.Resumes(now) {
			l.must(issue.Act{Action: issue.Resume, At: now})
		}
		said := l.p.Alarms(l.i, now)
		if len(said) == 0 {
			break
		}
		for _, word := range words(said) {
			l.seen.said[word]++
		}
		l.must(l.p.Reminded(l.i, said, now))
	}
	if next := l.i.NextAlarm; !next.IsZero() && !next.After(now) {
		l.t.Fatalf("at %s something is left to do since %s: %+v", now, next, l.i)
	}
}

func (l *life) must(a issue.Act) {
	if !l.move(a) {
		l.t.Fatalf("the bot may not %s by itself: %+v", a.Action, l.i)
	}
}

// checkRefusal: a refused move changes nothing and says so in words; one that the status does not allow is always refused.
func (l *life) checkRefusal(before issue.Issue, a issue.Act, err error) {
	if diff := cmp.Diff(before, l.i); diff != "" {
		l.t.Fatalf("a refused %s changed the issue:\n%s", a.Action, diff)
	}
	fail, ok := issue.AsError(err)
	if !ok || fail.Text == "" {
		l.t.Fatalf("%s is refused without words: %v", a.Action, err)
	}
	if _, possible := legal()[before.Status][a.Action]; !possible && fail.Code != issue.CodeState {
		l.t.Fatalf("%s while %s is refused for another reason: %v", a.Action, before.Status, err)
	}
	l.seen.refused[a.Action]++
}

func asStored(t rapid.TB, events []issue.Event) []issue.Event {
	text, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	var out []issue.Event
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// livePolicy signs by itself after a day, so that the bot's own acts are among the random ones.
func livePolicy(t testing.TB) issue.Policy {
	p := policy(t)
	p.Reg.Rules.AutoSign = 24 * time.Hour
	return p
}

func TestRebuildGivesTheProjection(t *testing.T) {
	p, start := livePolicy(t), at(t, "2026-11-20 09:05")
	rapid.Check(t, func(rt *rapid.T) {
		live(rt, func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "choice") }, p, start, newCensus())
	})
}

// TestRebuildOfManyLives plays the same lives in every run, and makes sure that they get everywhere.
func TestRebuildOfManyLives(t *testing.T) {
	p, start := livePolicy(t), at(t, "2026-11-20 09:05")
	random, seen := rand.New(rand.NewPCG(1, 2)), newCensus()
	for range 1000 {
		live(t, random.IntN, p, start, seen)
	}
	for _, s := range issue.Statuses() {
		if !seen.statuses[s] {
			t.Errorf("no life ever reached %s", s)
		}
	}
	for _, a := range actions() {
		if seen.made[a] < 3 || seen.refused[a] < 3 {
			t.Errorf("%s was made %d times and refused %d times", a, seen.made[a], seen.refused[a])
		}
	}
	for _, word := range []string{
		"L0", "L1", "L2", "L3", "sign", "opinion", "opinion/soon", "tell", "tell/soon", "reply", "review", "decide", "look_back",
	} {
		if seen.said[word] == 0 {
			t.Errorf("%s was never said", word)
		}
	}
}
