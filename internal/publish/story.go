package publish

import (
	"slices"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
)

// mostParts bounds the parts of assisting units that a story names.
const mostParts = 1000

// Story gathers what stands around an issue.
func (d Desk) Story(tx *store.Tx, i issue.Issue) (report.Story, error) {
	s := report.Story{Issue: i}
	var err error
	if s.Events, err = tx.Events(i.ID); err != nil {
		return s, err
	}
	if s.Parts, err = tx.Issues(store.Filter{Parent: i.ID, Limit: mostParts}); err != nil {
		return s, err
	}
	if s.Merged, err = tx.MergedInto(i.ID); err != nil {
		return s, err
	}
	if s.Whole, err = other(tx, i.Parent); err != nil {
		return s, err
	}
	s.Target, err = other(tx, i.MergedInto)
	return s, err
}

// other reads an issue that another one refers to; nil for the number 0.
func other(tx *store.Tx, id int64) (*issue.Issue, error) {
	if id == 0 {
		return nil, nil
	}
	i, err := tx.Issue(id)
	return &i, err
}

// Effects names the lines of a unit's account in a ranking in which an issue stands.
func (d Desk) Effects(s store.Snapshot, unit string, id int64) (title string, lines []string, err error) {
	a, r, err := d.account(s, unit)
	if _, apart := issue.AsError(err); apart {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, err
	}
	for _, l := range a.Lines {
		if slices.Contains(l.Issues, id) {
			lines = append(lines, l.Kind.Text())
		}
	}
	return r.Title, lines, nil
}
