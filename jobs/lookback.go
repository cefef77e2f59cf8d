package jobs

import (
	"math/rand/v2"
	"slices"
	"time"

	"duban/internal/calendar"
	"duban/internal/issue"
	"duban/internal/store"
)

// relapseDays is for how long a kind of problem is looked at again wherever it was closed, after it came back once.
const relapseDays = 90

// lookBackJob draws closed issues that an inspector looks at once more 回头看 (S26, S27): on working days, from what was closed
// the set number of days ago. Whatever the slot, its draw is the same however often it is prepared.
func lookBackJob() Job {
	return Job{Name: "look_back", Title: "回头看抽查", Tells: "督查员所在的群", Grace: publishGrace, Prepare: func(e Env, tx *store.Tx, slot time.Time) (Commit, error) {
		if work, _ := e.Cal.Workday(calendar.DateOf(slot.In(e.Cal.Location()))); !work {
			return func(*store.Tx) error { return nil }, nil
		}
		p, err := e.lookBackPlan(tx, slot)
		if err != nil {
			return nil, err
		}
		return p.commit, nil
	}}
}

// plan is one day's draw.
type plan struct {
	Env
	slot     time.Time
	from, to time.Time // when the issues were closed: [from, to)
	drawn    []int64
	last     string // the inspector after whom the round goes on
}

// lookBackRecord is what the snapshot of a plan keeps.
type lookBackRecord struct {
	Drawn []int64
	Last  string // the inspector who was last in the round
}

// lookBackPlan draws from the closings that have come of age since the last plan.
func (e Env) lookBackPlan(tx *store.Tx, slot time.Time) (*plan, error) {
	var last lookBackRecord
	rule := e.Reg.Rules.LookBack
	p := &plan{Env: e, slot: slot, to: slot.AddDate(0, 0, -rule.After)}
	before, found, err := tx.LastSnapshot(store.SnapshotLookBack, slot, &last)
	if err != nil {
		return nil, err
	}
	p.from, p.last = before.To(), last.Last
	if !found {
		yesterday := e.Cal.PrevWorkday(calendar.DateOf(slot.In(e.Cal.Location())))
		p.from = yesterday.In(e.Cal.Location()).AddDate(0, 0, -rule.After)
	}
	if p.to.Before(p.from) {
		p.to = p.from // the rule was made longer: what has been drawn from is not drawn from again
	}
	closed, err := tx.Issues(store.Filter{Statuses: []issue.Status{issue.Closed}, ClosedFrom: p.from, ClosedBefore: p.to})
	if err != nil {
		return nil, err
	}
	if closed, err = notLookedAt(tx, closed); err != nil {
		return nil, err
	}
	relapsed, err := tx.Issues(store.Filter{RelapsedSince: slot.AddDate(0, 0, -relapseDays)})
	if err != nil {
		return nil, err
	}
	p.drawn = draw(closed, relapsed, rule, slot)
	return p, nil
}

// notLookedAt leaves out what waits for a look back or had one since it was closed.
func notLookedAt(tx *store.Tx, closed []issue.Issue) ([]issue.Issue, error) {
	var out []issue.Issue
	for _, i := range closed {
		looked := !i.LookBackDue.IsZero()
		if i.LookBacks > 0 {
			events, err := tx.Events(i.ID)
			if err != nil {
				return nil, err
			}
			looked = looked || slices.ContainsFunc(events, func(e issue.Event) bool {
				return e.Action == issue.LookBack && !e.At.Before(i.ClosedAt)
			})
		}
		if !looked {
			out = append(out, i)
		}
	}
	return out, nil
}

// commit records the draw, as far as it still holds, and tells the inspectors.
func (p *plan) commit(tx *store.Tx) error {
	var drawn []issue.Issue
	for _, id := range p.drawn {
		i, err := tx.Issue(id)
		if err != nil {
			return err
		}
		if i.Status != issue.Closed {
			continue // reopened since the draw was prepared
		}
		if err := p.assign(tx, &i); err != nil {
			return err
		}
		drawn = append(drawn, i)
	}
	var m mail
	held, _ := p.Cal.Quiet(tx.Now())
	for _, chat := range inspectorChats(p.Env, drawn) {
		var here []issue.Issue
		var who []string
		for _, i := range drawn {
			if slices.Contains(chatIDs(p.Reg.ChatsOfInspectors(i)), chat) {
				here, who = append(here, i), append(who, i.LookBackBy)
			}
		}
		m.add([]string{chat}, "", held, p.Words.LookBackPlan(here, tx.Now()), who...)
	}
	if err := m.send(tx, "look_back", p.slot); err != nil {
		return err
	}
	record := lookBackRecord{Drawn: ids(drawn), Last: p.last}
	return tx.AddSnapshot(store.SnapshotLookBack, p.from, p.to, p.Reg.Scoring.Version, record, m.text())
}

// assign records that an issue was drawn, for whom and until when.
func (p *plan) assign(tx *store.Tx, i *issue.Issue) error {
	due, _ := p.Cal.Due(tx.Now(), p.Reg.Rules.LookBack.Limit)
	change := issue.Change{LookBackDue: due, LookBackBy: p.inspector(*i, tx.Now())}
	e, err := p.Policy.Apply(i, issue.Act{Action: issue.Draw, At: tx.Now(), Change: change})
	if err != nil {
		return err
	}
	return tx.SaveIssue(*i, e)
}

// inspector is who looks at an issue: the next in the round who had nothing to do with it (S16).
func (p *plan) inspector(i issue.Issue, now time.Time) string {
	var all []string
	for _, person := range p.Reg.People {
		if p.Reg.Has(person.ID, issue.RoleInspector) {
			all = append(all, person.ID)
		}
	}
	start := slices.Index(all, p.last) + 1
	for k := range all {
		who := all[(start+k)%len(all)]
		solved := i.OnTheSpot && who == i.Reporter
		if !solved && p.Policy.Check(i, issue.Act{Action: issue.LookBack, By: who, At: now}) == nil {
			p.last = who
			return who
		}
	}
	return ""
}

// draw chooses at most rule.Most issues: first all that came back once, or whose kind did, the longest closed first; then a
// random share of the others, rounded up. The slot is the seed.
func draw(closed, relapsed []issue.Issue, rule issue.LookBackPlan, slot time.Time) []int64 {
	kinds := map[kind]bool{}
	for _, i := range relapsed {
		for _, k := range kindsOf(i) {
			kinds[k] = true
		}
	}
	closed = slices.SortedFunc(slices.Values(closed), func(a, b issue.Issue) int { return int(a.ID - b.ID) })
	var first, rest []issue.Issue
	for _, i := range closed {
		if i.Relapses > 0 || slices.ContainsFunc(kindsOf(i), func(k kind) bool { return kinds[k] }) {
			first = append(first, i)
		} else {
			rest = append(rest, i)
		}
	}
	slices.SortStableFunc(first, func(a, b issue.Issue) int { return a.ClosedAt.Compare(b.ClosedAt) })
	r := rand.New(rand.NewPCG(uint64(slot.Unix()), relapseDays))
	r.Shuffle(len(rest), func(a, b int) { rest[a], rest[b] = rest[b], rest[a] })
	share := (len(rest)*rule.Share + 99) / 100
	chosen := append(first, rest[:min(share, len(rest))]...)
	return ids(chosen[:min(rule.Most, len(chosen))])
}

func ids(list []issue.Issue) []int64 {
	var out []int64
	for _, i := range list {
		out = append(out, i.ID)
	}
	return out
}

// kind is a kind of problem at a place, or of a unit.
type kind struct{ place, unit, category string }

func kindsOf(i issue.Issue) []kind {
	var out []kind
	if i.Category != "" && i.Place != "" {
		out = append(out, kind{place: i.Place, category: i.Category})
	}
	if i.Category != "" && i.Unit != "" {
		out = append(out, kind{unit: i.Unit, category: i.Category})
	}
	return out
}
