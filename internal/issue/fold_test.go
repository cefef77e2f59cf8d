package issue_test

import (
	"encoding/json"
	"math/rand/v2"
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

// randomAct is a move that somebody allowed to might make, with arguments that the chat could give it.
func randomAct(choose choose, p issue.Policy, i issue.Issue, now time.Time) issue.Act {
	a := issue.Act{Action: pick(choose, tries(choose, i.Status)...), At: now}
	a.By = actor(a.Action)
	c := &a.Change
	switch a.Action {
	case issue.Report, issue.SolveOnSpot:
		c.Reporter, c.Text, c.Place = a.By, "楼道堆物", pick(choose, "", "金水湾小区")
		c.Unit = map[issue.Action]string{issue.SolveOnSpot: "zhaoyang"}[a.Action]
		l := pick(choose, calendar.Limit{}, limit(1, calendar.WorkDay), limit(24, calendar.UrgentHour),
			limit(1, calendar.SameDay), limit(2, calendar.NaturalDay))
		c.Limit = &l
		if choose(2) == 1 {
			c.Due, c.Said = now.Add(time.Duration(1+choose(100))*time.Hour), true
		}
	case issue.Assign, issue.Reassign:
		c.Unit = pick(choose, "zhaoyang", "zhujian", "shuiwu")
		c.Assignee = p.Reg.Receiver(c.Unit)
	case issue.Sign, issue.Submit, issue.Note:
		a.By, a.Note = i.Assignee, "已清理"
	case issue.Extend:
		c.Due = i.Due.Add(24 * time.Hour)
	case issue.Merge:
		c.Merged = 3
	case issue.Remind:
		rung, _ := p.Rung(i, now)
		c.Level = rung.Level
	case issue.Correct:
		c.Text, c.Category, c.Danger = "楼道堆放杂物", "环境卫生", choose(2) == 1
	}
	return a
}

// tries are mostly the actions that are possible, so that lives get far, and now and then any action.
func tries(choose choose, s issue.Status) []issue.Action {
	if choose(6) == 5 {
		return actions()
	}
	var possible []issue.Action
	for _, a := range actions() {
		if _, ok := legal()[s][a]; ok {
			possible = append(possible, a)
		}
	}
	return possible
}

// live plays a random life: after every move the events alone, also as they are stored, make the same issue again, and its
// instants agree with each other.
func live(t rapid.TB, choose choose, p issue.Policy, now time.Time, reached map[issue.Status]bool) {
	i := issue.Issue{ID: 17}
	var events []issue.Event
	for range 1 + choose(30) {
		now = now.Add(time.Duration(choose(20*60)) * time.Minute)
		a, before := randomAct(choose, p, i, now), i
		e, err := p.Apply(&i, a)
		if err != nil {
			if diff := cmp.Diff(before, i); diff != "" {
				t.Fatalf("a refused %s changed the issue:\n%s", a.Action, diff)
			}
			continue
		}
		events, reached[i.Status] = append(events, e), true
		if diff := cmp.Diff(i, issue.Rebuild(events)); diff != "" {
			t.Fatalf("after %s, rebuilt (-projection +rebuilt):\n%s", a.Action, diff)
		}
		if diff := cmp.Diff(i, issue.Rebuild(asStored(t, events))); diff != "" {
			t.Fatalf("after %s, rebuilt from JSON (-projection +rebuilt):\n%s", a.Action, diff)
		}
		checkInstants(t, p, i, before, e)
	}
}

func TestRebuildGivesTheProjection(t *testing.T) {
	p, start := policy(t), at(t, "2026-11-20 09:05")
	rapid.Check(t, func(rt *rapid.T) {
		choose := func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "choice") }
		live(rt, choose, p, start, map[issue.Status]bool{})
	})
}

// TestRebuildOfManyLives plays the same lives in every run, and makes sure that they get everywhere.
func TestRebuildOfManyLives(t *testing.T) {
	p, start := policy(t), at(t, "2026-11-20 09:05")
	random, reached := rand.New(rand.NewPCG(1, 2)), map[issue.Status]bool{}
	for range 200 {
		live(t, random.IntN, p, start, reached)
	}
	for _, s := range issue.Statuses() {
		if !reached[s] {
			t.Errorf("no life ever reached %s", s)
		}
	}
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

// checkInstants states what must hold of every issue at any time.
func checkInstants(t rapid.TB, p issue.Policy, i, before issue.Issue, e issue.Event) {
	rules := []struct {
		what string
		ok   bool
	}{
		{"events are numbered without gaps", e.Seq == before.Seq+1 && i.Seq == e.Seq && e.From == before.Status && e.To == i.Status},
		{"closed issues, and only they, have a closing instant", (i.Status == issue.Closed) == !i.ClosedAt.IsZero()},
		{"a closing instant does not move", before.Status != issue.Closed || i.Status != issue.Closed || i.ClosedAt.Equal(before.ClosedAt)},
		{"whom an issue waits for is known", !i.Status.WithUnit() || i.Unit != "" && !i.Due.IsZero()},
		{"only the unit is reminded", i.NextAlarm.IsZero() || i.Status.WithUnit()},
		{"an alarm is left until the last rung", !i.Status.WithUnit() || i.Level == "L3" || !i.NextAlarm.IsZero()},
		{"a first submission comes with its deadline", i.FirstSubmittedAt.IsZero() == i.FirstDue.IsZero()},
		{"the first submission is not after the last", !i.SubmittedAt.Before(i.FirstSubmittedAt)},
		{"what waits for a review has a review limit ahead", i.Status != issue.Submitted || i.ReviewDue.After(i.SubmittedAt)},
		{"a fresh deadline is ahead", e.Change.Due.IsZero() || e.Action == issue.Extend || e.Change.Due.After(e.At)},
		{"assigned issues are unsigned", i.Status != issue.Assigned || i.SignedAt.IsZero()},
		{"nobody is late who has submitted", i.Status != issue.Submitted || !i.Overdue(i.Due.Add(time.Hour))},
	}
	for _, r := range rules {
		if !r.ok {
			t.Fatalf("%s: broken by %s: %+v", r.what, e.Action, i)
		}
	}
	if _, early := p.Rung(i, i.NextAlarm.Add(-1)); early {
		t.Fatalf("a rung is reached before the next alarm: %+v", i)
	}
	if _, reached := p.Rung(i, i.NextAlarm); reached != !i.NextAlarm.IsZero() {
		t.Fatalf("at the next alarm a rung is reached: %v: %+v", reached, i)
	}
}

func TestClosingInstantIsTheReview(t *testing.T) {
	s := filed(t, "2026-11-23 09:05", issue.Change{}).assign("2026-11-23 09:05", "zhaoyang").submit("2026-11-23 15:00").
		pass("2026-11-23 16:00").
		do("2026-11-23 17:00", issue.Act{Action: issue.Photo, By: "zhang_min"}).
		do("2026-12-23 10:00", issue.Act{Action: issue.LookBack, By: "zhang_min"})
	wantInstant(t, "closed", s.i.ClosedAt, "2026-11-23 16:00")
	s.do("2026-12-24 10:00", issue.Act{Action: issue.Relapse, By: "zhang_min"})
	wantInstant(t, "closed after a relapse", s.i.ClosedAt, "")
	if s.i.Relapses != 1 || s.i.Status != issue.Working {
		t.Errorf("after a relapse: %+v", s.i)
	}
}

// TestAnotherUnitStartsAfresh: what one unit did must not be shown or scored as another's.
func TestAnotherUnitStartsAfresh(t *testing.T) {
	s := filed(t, "2026-11-23 09:05", issue.Change{Reporter: "zhou_tao"}).assign("2026-11-23 09:05", "zhaoyang")
	if !s.i.SelfFound {
		t.Error("an issue that the unit found itself is not marked so")
	}
	s.submit("2026-11-23 15:00").giveBack("2026-11-23 16:00")
	s.do("2026-11-24 09:00", issue.Act{Action: issue.Reassign, By: "chen_jing", Change: issue.Change{Unit: "shuiwu"}})
	if s.i.Assignee != "" || s.i.SelfFound || !s.i.FirstSubmittedAt.IsZero() || !s.i.FirstDue.IsZero() || !s.i.SignedAt.IsZero() {
		t.Errorf("left over from the unit before: %+v", s.i)
	}
	if s.i.ScoredDue() != s.i.Due {
		t.Errorf("the new unit is scored by %v, but its deadline is %v", s.i.ScoredDue(), s.i.Due)
	}
}

func TestSubmissionSignsToo(t *testing.T) {
	s := filed(t, "2026-11-23 09:05", issue.Change{}).assign("2026-11-23 09:05", "zhaoyang")
	wantInstant(t, "signed", s.i.SignedAt, "")
	s.submit("2026-11-23 15:00")
	wantInstant(t, "signed", s.i.SignedAt, "2026-11-23 15:00")
	if s.i.SubmittedBy != "li_qiang" || s.i.Measure != "已清理" {
		t.Errorf("submitted by %q: %q", s.i.SubmittedBy, s.i.Measure)
	}
}
