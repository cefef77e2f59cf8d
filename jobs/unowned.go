package jobs

import (
	"slices"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
)

// unownedJob tells the office every day which issues nobody runs after: never dispatched, or with a unit or a person whom the
// register does not know any more (S8). Where there are none it keeps still.
func unownedJob() Job {
	return Job{Name: "unowned", Title: "无主问题检查", Tells: "创城办", Grace: publishGrace, Prepare: func(e Env, tx *store.Tx, slot time.Time) (Commit, error) {
		list, err := e.unowned(tx)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			return func(*store.Tx) error { return nil }, nil
		}
		text := e.Words.Unowned(list, tx.Now())
		return func(tx *store.Tx) error { return e.publish(tx, issue.ForAdmin, "unowned", slot, text) }, nil
	}}
}

// unowned finds the issues through their owners, of which there are few.
func (e Env) unowned(tx *store.Tx) ([]issue.Issue, error) {
	open := issue.OpenStatuses()
	owners, err := tx.Owners(open)
	if err != nil {
		return nil, err
	}
	var out []issue.Issue
	for _, o := range owners {
		if e.Reg.Lacks(issue.Issue{Unit: o.Unit, Assignee: o.Assignee}) == issue.LacksNothing {
			continue
		}
		list, err := tx.Issues(store.Filter{Statuses: open, Unit: o.Unit, NoUnit: o.Unit == "", Assignee: o.Assignee})
		if err != nil {
			return nil, err
		}
		for _, i := range list {
			if i.Assignee == o.Assignee {
				out = append(out, i)
			}
		}
	}
	slices.SortFunc(out, func(a, b issue.Issue) int { return a.ReportedAt.Compare(b.ReportedAt) })
	return out, nil
}
