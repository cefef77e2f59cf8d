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
// The first error ends it. All pages together read the numbers between the first and the last issue of the filter's period
// once, whatever else it asks for.
func (tx *Tx) EachIssue(f Filter) iter.Seq2[issue.Issue, error] {
	return func(yield func(issue.Issue, error) bool) {
		f.byNumber = true
		first, end, err := tx.numbers(f)
		if err != nil {
			yield(issue.Issue{}, err)
			return
		}
		for last := first - 1; ; {
			var rows []issueRow
			err := f.where(tx.db).Where("id > ? AND id <= ?", last, end).Order("id").Limit(pageOf).Find(&rows).Error
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

// numbers are the first and the last number of the issues that were reported in a filter's period, which its index tells.
func (tx *Tx) numbers(f Filter) (first, last int64, err error) {
	period := Filter{ReportedSince: f.ReportedSince, Before: f.Before}
	row := period.where(tx.db.Model(&issueRow{})).Select("COALESCE(MIN(id), 0), COALESCE(MAX(id), 0)").Row()
	if err := row.Scan(&first, &last); err != nil {
		return 0, 0, fmt.Errorf("numbers of issues: %w", err)
	}
	return first, last, nil
}

// Findings gives of each of some issues the last event in which an inspector said what they found: a review or a look back.
func (tx *Tx) Findings(ids []int64) (map[int64]issue.Event, error) {
	var rows []eventRow
	looks := []issue.Action{issue.Pass, issue.Return, issue.LookBack, issue.Relapse}
	q := tx.db.Where("issue_id IN ?", ids).Where("COALESCE(action, '') IN ?", looks) // keeps the planner to the issues: of reviews there are those of years
	err := q.Select("issue_id, seq, at, person, action, note").Order("issue_id, seq").Find(&rows).Error
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
