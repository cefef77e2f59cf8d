package storetest

import (
	"math/rand/v2"
	"testing"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
)

// Lives stores n issues that have lived through random moves of the people in County, beginning on random instants of two
// weeks from start on. The same seed gives the same lives.
func Lives(t testing.TB, s *store.Store, p issue.Policy, start time.Time, n int, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, seed))
	Write(t, s, start, func(tx *store.Tx) error {
		for id := int64(1); id <= int64(n); id++ {
			l := &life{Rand: r, p: p, i: issue.Issue{ID: id}, now: start.Add(time.Duration(r.IntN(14*24*60)) * time.Minute)}
			l.live()
			if err := tx.SaveIssue(l.i, l.events...); err != nil {
				return err
			}
		}
		return nil
	})
}

// life is an issue that lives.
type life struct {
	*rand.Rand
	p      issue.Policy
	i      issue.Issue
	events []issue.Event
	now    time.Time
}

// live is a report and up to eleven further moves, at random distances, with what the bot does by itself between them.
func (l *life) live() {
	l.begin()
	for range l.IntN(12) {
		l.now = l.now.Add(time.Duration(l.IntN(24*60)) * time.Minute)
		l.tick()
		l.move(l.deed())
	}
}

// move makes a move; impossible ones are passed over.
func (l *life) move(a issue.Act) {
	a.At = l.now
	if e, err := l.p.Apply(&l.i, a); err == nil {
		l.events = append(l.events, e)
	}
}

func (l *life) begin() {
	place := l.p.Reg.Places[l.IntN(len(l.p.Reg.Places))]
	limit := l.p.Reg.Categories[l.IntN(len(l.p.Reg.Categories))].Limit
	c := issue.Change{Reporter: l.one("zhang_min", "zhang_min", "li_qiang"), Place: place.Name, Limit: &limit, Text: "楼道堆物"}
	switch {
	case l.IntN(10) == 0:
		c.Reporter, c.Unit = "zhang_min", place.Unit
		l.move(issue.Act{Action: issue.SolveOnSpot, By: c.Reporter, Change: c})
	case l.IntN(6) == 0:
		c.Complaint, c.Source = true, issue.FromPublic
		l.move(issue.Act{Action: issue.Report, By: c.Reporter, Change: c})
	default:
		c.Parent = l.i.ID / 7 * int64(l.IntN(6)/5) // now and then the part of an assisting unit
		l.move(issue.Act{Action: issue.Report, By: c.Reporter, Change: c})
	}
	if l.IntN(10) > 0 {
		l.move(issue.Act{Action: issue.Assign, Change: issue.Change{Unit: place.Unit, Assignee: l.p.Reg.Receiver(place.Unit)}})
	}
	if l.IntN(20) == 0 {
		l.move(issue.Act{Action: issue.Withdraw, By: l.i.Reporter})
	}
}

// tick does what the reminders do.
func (l *life) tick() {
	if l.p.AutoSigns(l.i, l.now) {
		l.move(issue.Act{Action: issue.Sign})
	}
	if l.i.Resumes(l.now) {
		l.move(issue.Act{Action: issue.Resume})
	}
	if said := l.p.Alarms(l.i, l.now); len(said) > 0 {
		l.move(l.p.Reminded(l.i, said, l.now))
	}
}

func (l *life) one(ids ...string) string { return ids[l.IntN(len(ids))] }

// deed is something that one of the people might do, what is usual more often than what is rare.
func (l *life) deed() issue.Act {
	if l.i.Request.Pending() && l.IntN(3) == 0 {
		return l.decision()
	}
	switch {
	case l.i.Complaint && l.i.Status.WithUnit() && l.i.ToldAt.IsZero() && l.IntN(2) == 0:
		return l.answer()
	case l.i.Complaint && l.i.Status == issue.Submitted && l.IntN(2) == 0:
		return issue.Act{Action: issue.Pass, By: "zhang_min"}
	case l.i.Complaint && l.i.Status == issue.Closed && l.IntN(2) == 0:
		return l.call()
	}
	deeds := []struct {
		weight int
		act    func() issue.Act
	}{
		{26, l.unit},
		{24, l.inspector},
		{8, l.lead},
		{16, l.office},
		{2, func() issue.Act { return issue.Act{Action: issue.Photo, By: "zhang_min"} }},
		{2, func() issue.Act {
			return issue.Act{Action: issue.Draw, Change: issue.Change{LookBackDue: l.now.Add(48 * time.Hour), LookBackBy: "zhang_min"}}
		}},
		{2, func() issue.Act {
			return issue.Act{Action: issue.Suspend, By: "liu_jian", Change: issue.Change{ResumeAt: l.now.Add(time.Duration(1+l.IntN(20*24)) * time.Hour)}}
		}},
	}
	sum := 0
	for _, d := range deeds {
		sum += d.weight
	}
	n := l.IntN(sum)
	for _, d := range deeds {
		if n -= d.weight; n < 0 {
			return d.act()
		}
	}
	return issue.Act{}
}

func (l *life) unit() issue.Act {
	does := []issue.Action{issue.Submit, issue.Submit, issue.Submit, issue.Submit, issue.Sign, issue.Note, issue.Reply}
	if l.i.Complaint {
		does = append(does, issue.Opine, issue.Publish, issue.Publish, issue.Tell, issue.Tell)
	}
	return issue.Act{Action: does[l.IntN(len(does))], By: l.i.Assignee, Note: "已清理"}
}

func (l *life) inspector() issue.Act {
	does := []issue.Action{
		issue.Pass, issue.Pass, issue.Pass, issue.Return, issue.Return, issue.Return, issue.LookBack, issue.Relapse, issue.Accuse, issue.Press,
		issue.SolveOnSpot,
	}
	return issue.Act{Action: does[l.IntN(len(does))], By: "zhang_min", Note: "角落仍有垃圾"}
}

// answer is what a complaint needs before it can be passed, one after the other.
func (l *life) answer() issue.Act {
	a := issue.Act{Action: issue.Tell, By: l.i.Assignee, Note: "已答复"}
	switch {
	case l.i.OpinionAt.IsZero():
		a.Action = issue.Opine
	case l.i.PublishedAt.IsZero():
		a.Action = issue.Publish
	}
	return a
}

func (l *life) call() issue.Act {
	calls := []issue.Call{{}, {Contacted: true, Mood: issue.Basic}, {Contacted: true, Solved: true, Mood: issue.Satisfied}}
	return issue.Act{Action: issue.CallBack, By: "zhang_min", Change: issue.Change{Call: calls[l.IntN(len(calls))]}}
}

// lead asks for what only the unit's lead asks for.
func (l *life) lead() issue.Act {
	u, _ := l.p.Reg.Unit(l.i.Unit)
	by := u.Lead
	if by == "" {
		by = u.Liaison
	}
	does := []issue.Action{issue.AskSendBack, issue.AskExtend, issue.AskSuspend, issue.Appeal}
	until := l.i.Due.Add(time.Duration(1+l.IntN(72)) * time.Hour)
	return issue.Act{Action: does[l.IntN(len(does))], By: by, Note: "有困难", Change: issue.Change{Request: &issue.Request{Until: until, Unit: "zhujian"}}}
}

func (l *life) office() issue.Act {
	a := issue.Act{By: l.one("chen_jing", "xie_lan"), Note: "情况说明"}
	switch l.IntN(13) {
	case 0, 1:
		a.Action, a.Change.Due = issue.Extend, l.i.Due.Add(24*time.Hour)
	case 2, 3:
		unit := l.p.Reg.Units[l.IntN(len(l.p.Reg.Units))].ID
		a.Action, a.Change = issue.Reassign, issue.Change{Unit: unit, Assignee: l.p.Reg.Receiver(unit)}
	case 4:
		a.Action, a.Change.Merged = issue.Merge, 1
	case 5:
		a.Action = issue.Reject
	case 6:
		a.Action = issue.AskVoid
	case 7:
		a.Action = issue.Void
	case 8:
		limit := l.p.Reg.Categories[0].Limit
		a.Action, a.Change = issue.Correct, issue.Change{Category: l.p.Reg.Categories[0].Name, Limit: &limit}
	case 9, 10:
		a.Action = issue.Expose
	case 11:
		a.Action = issue.Unexpose
	default:
		a.Action = issue.Supervise
	}
	return a
}

// decision grants the pending request, or refuses it, or whoever asked takes it back.
func (l *life) decision() issue.Act {
	if l.IntN(6) == 0 {
		return issue.Act{Action: issue.Recall, By: l.i.Request.By}
	}
	by := l.one("chen_jing", "xie_lan")
	if l.i.Request.Decider == issue.RoleLeader {
		by = "liu_jian"
	}
	a := issue.Act{Action: issue.Refuse, By: by, Note: "理由不足"}
	for _, row := range issue.Requests() {
		if row.Kind == l.i.Request.Kind && l.IntN(3) > 0 {
			a.Action = row.Grants
		}
	}
	switch a.Action {
	case issue.Reassign:
		a.Change = issue.Change{Unit: "zhujian", Assignee: l.p.Reg.Receiver("zhujian")}
	case issue.Extend:
		a.Change.Due = l.i.Request.Until
	case issue.Suspend:
		a.Change.ResumeAt = l.i.Request.Until
	}
	return a
}
