package store

import (
	"fmt"

	"duban/internal/issue"
)

// SendBacks counts what became of the send-backs 退单 that people of a unit asked for: upheld, so that the issue had been
// dispatched to the wrong unit, and refused (domain.md row 15). Those that are open or were taken back count as neither.
func (tx *Tx) SendBacks(unit string, people []string) (upheld, refused int, err error) {
	// The first of these acts after the request settled it. Another person of the same unit is no answer to it.
	settled := tx.db.Table("events AS done").Select("done.action").
		Where("done.issue_id = events.issue_id AND done.seq > events.seq").
		Where("done.action IN ?", []issue.Action{
			issue.Reassign, issue.Refuse, issue.Recall, issue.Submit, issue.Suspend, issue.Merge, issue.Void, issue.Reject, issue.Withdraw,
			issue.SolveOnSpot,
		}).
		Where("done.action <> ? OR done.details NOT LIKE ?", issue.Reassign, fmt.Sprintf(`%%"Unit":%q%%`, unit)).
		Order("done.seq").Limit(1)
	var outcomes []string
	err = tx.db.Model(&eventRow{}).Select("(?) AS outcome", settled).
		Where("action = ? AND person IN ?", issue.AskSendBack, people).Where("(?) IS NOT NULL", settled).
		Scan(&outcomes).Error
	if err != nil {
		return 0, 0, fmt.Errorf("count send-backs of %s: %w", unit, err)
	}
	for _, outcome := range outcomes {
		switch issue.Action(outcome) {
		case issue.Reassign:
			upheld++
		case issue.Refuse:
			refused++
		}
	}
	return upheld, refused, nil
}
