package store

import (
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"duban/internal/issue"
)

// adjustmentRow is an issue.Adjustment as it is stored.
type adjustmentRow struct {
	ID        int64
	Unit      string
	Points    int64 // hundredths
	Reason    string
	Person    string
	At        int64
	Chat      string
	State     issue.AdjustmentState
	DecidedBy string
	DecidedAt int64
	Note      string
}

// TableName is the table's name for GORM.
func (adjustmentRow) TableName() string { return "adjustments" }

func (r adjustmentRow) adjustment() issue.Adjustment {
	return issue.Adjustment{
		ID: r.ID, Unit: r.Unit, Points: issue.Points(r.Points), Reason: r.Reason, Person: r.Person, At: instant(r.At), Chat: r.Chat,
		State: r.State, DecidedBy: r.DecidedBy, DecidedAt: instant(r.DecidedAt), Note: r.Note,
	}
}

// AddAdjustment stores what somebody asks for and fills in its number, state and time.
func (tx *Tx) AddAdjustment(a *issue.Adjustment) error {
	row := adjustmentRow{
		Unit: a.Unit, Points: int64(a.Points), Reason: a.Reason, Person: a.Person, At: micros(tx.now), Chat: a.Chat,
		State: issue.AdjustmentAsked,
	}
	if err := tx.db.Create(&row).Error; err != nil {
		return fmt.Errorf("add adjustment: %w", err)
	}
	*a = row.adjustment()
	return nil
}

// Adjustment finds an entry by its number; a number that nobody has is the user's mistake.
func (tx *Tx) Adjustment(id int64) (issue.Adjustment, error) {
	var row adjustmentRow
	err := tx.db.Where("id = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return issue.Adjustment{}, issue.Fail(issue.CodeUnknown, fmt.Sprintf("没有加减分 %d", id), "发「加减分」看清单")
	}
	if err != nil {
		return issue.Adjustment{}, fmt.Errorf("read adjustment %d: %w", id, err)
	}
	return row.adjustment(), nil
}

// DecideAdjustment approves or refuses what was asked for. It says no if it was decided already: a decision is never altered.
func (tx *Tx) DecideAdjustment(id int64, state issue.AdjustmentState, person, note string) (bool, error) {
	done := tx.db.Model(&adjustmentRow{}).Where("id = ? AND state = ?", id, issue.AdjustmentAsked).
		Updates(map[string]any{"state": state, "decided_by": person, "decided_at": micros(tx.now), "note": note})
	if done.Error != nil {
		return false, fmt.Errorf("decide adjustment %d: %w", id, done.Error)
	}
	return done.RowsAffected == 1, nil
}

// AdjustmentFilter chooses entries by hand. Zero fields choose all.
type AdjustmentFilter struct {
	State issue.AdjustmentState
	Unit  string
	From  time.Time // decided at this instant or later
	To    time.Time // decided before it
}

// Adjustments lists entries by hand in the order of their decisions; those that wait in the order of their numbers.
func (tx *Tx) Adjustments(f AdjustmentFilter) ([]issue.Adjustment, error) {
	q := tx.db.Order("decided_at, id")
	if f.State != "" {
		q = q.Where("state = ?", f.State)
	}
	if f.Unit != "" {
		q = q.Where("unit = ?", f.Unit)
	}
	if !f.From.IsZero() {
		q = q.Where("decided_at >= ?", micros(f.From))
	}
	if !f.To.IsZero() {
		q = q.Where("decided_at > 0 AND decided_at < ?", micros(f.To))
	}
	var rows []adjustmentRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list adjustments: %w", err)
	}
	var out []issue.Adjustment
	for _, r := range rows {
		out = append(out, r.adjustment())
	}
	return out, nil
}

// ManualIn lists what counts in a period [from, to): the entries that were approved in it, of all units. What waits or was
// refused counts nowhere.
func (tx *Tx) ManualIn(from, to time.Time) ([]issue.Adjustment, error) {
	return tx.Adjustments(AdjustmentFilter{State: issue.AdjustmentApproved, From: from, To: to})
}
