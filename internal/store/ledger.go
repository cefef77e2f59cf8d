package store

import (
	"fmt"
	"iter"
	"slices"

	"duban/internal/issue"
)

// pageOf is how many issues are read at once where all are gone through.
const pageOf = 500

// EachIssue goes through the issues that a filter chooses, by number, without holding more than a few hundred in memory.
// The first error ends it.
func (tx *Tx) EachIssue(f Filter) iter.Seq2[issue.Issue, error] {
	return func(yield func(issue.Issue, error) bool) {
		for last := int64(0); ; {
			var rows []issueRow
			err := f.where(tx.db).Where("id > ?", last).Order("id").Limit(pageOf).Find(&rows).Error
			if err != nil {
				yield(issue.Issue{}, fmt.Errorf("read issues: %w", err))
				return
			}
			for _, r := range rows {
				i, err := r.issue()
				if !yield(i, err) || err != nil {
					return
				}
			}
			if len(rows) < pageOf {
				return
			}
			last = rows[len(rows)-1].ID
		}
	}
}

// Findings gives of each of some issues the last event in which an inspector said what they found: a review or a look back.
func (tx *Tx) Findings(ids []int64) (map[int64]issue.Event, error) {
	var rows []eventRow
	looks := []issue.Action{issue.Pass, issue.Return, issue.LookBack, issue.Relapse}
	err := tx.db.Select("issue_id, seq, at, person, action, note").Where("issue_id IN ? AND action IN ?", ids, looks).
		Order("issue_id, seq").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read findings: %w", err)
	}
	out := map[int64]issue.Event{}
	for _, r := range rows {
		out[r.IssueID] = issue.Event{
			Issue: r.IssueID, Seq: r.Seq, At: instant(r.At), By: r.Person, Action: issue.Action(r.Action), Note: r.Note,
		}
	}
	return out, nil
}

// IssuesByID reads issues by their numbers; those that are not there are left out.
func (tx *Tx) IssuesByID(ids []int64) (map[int64]issue.Issue, error) {
	out := map[int64]issue.Issue{}
	for page := range slices.Chunk(ids, pageOf) {
		var rows []issueRow
		if err := tx.db.Where("id IN ?", page).Find(&rows).Error; err != nil {
			return nil, fmt.Errorf("read issues: %w", err)
		}
		for _, r := range rows {
			i, err := r.issue()
			if err != nil {
				return nil, err
			}
			out[i.ID] = i
		}
	}
	return out, nil
}
