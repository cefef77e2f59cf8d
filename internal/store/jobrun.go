package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// The results of a job's run.
const (
	RunDone   = "done"
	RunMissed = "missed" // the program was not running, and it was too late afterwards
	RunFailed = "failed"
)

type jobRunRow struct {
	Job    string `gorm:"primaryKey"`
	Slot   int64  `gorm:"primaryKey"`
	Result string
	At     int64
	Note   string
}

// TableName is the table's name for GORM.
func (jobRunRow) TableName() string { return "job_runs" }

// ClaimRun records the result of a job's slot. It returns false if the slot has been recorded already: then nothing of
// this transaction may be kept. A failed slot may be claimed again.
func (tx *Tx) ClaimRun(job string, slot time.Time, result, note string) (bool, error) {
	row := jobRunRow{Job: job, Slot: micros(slot), Result: result, At: micros(tx.now), Note: note}
	err := tx.db.Where("job = ? AND slot = ? AND result = ?", job, row.Slot, RunFailed).Delete(&jobRunRow{}).Error
	if err != nil {
		return false, fmt.Errorf("claim %s: %w", job, err)
	}
	done := tx.db.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "job"}, {Name: "slot"}}, DoNothing: true,
	}).Create(&row)
	if done.Error != nil {
		return false, fmt.Errorf("claim %s: %w", job, done.Error)
	}
	return done.RowsAffected == 1, nil
}

// HasRun says whether a job's slot is recorded, other than as failed.
func (tx *Tx) HasRun(job string, slot time.Time) (bool, error) {
	var n int64
	err := tx.db.Model(&jobRunRow{}).Where("job = ? AND slot = ? AND result <> ?", job, micros(slot), RunFailed).Count(&n).Error
	if err != nil {
		return false, fmt.Errorf("look up run of %s: %w", job, err)
	}
	return n > 0, nil
}

// LastRun is a job's latest recorded slot; false if it never ran.
func (tx *Tx) LastRun(job string) (time.Time, bool, error) {
	var slot *int64
	if err := tx.db.Model(&jobRunRow{}).Select("MAX(slot)").Where("job = ?", job).Scan(&slot).Error; err != nil {
		return time.Time{}, false, fmt.Errorf("last run of %s: %w", job, err)
	}
	if slot == nil {
		return time.Time{}, false, nil
	}
	return instant(*slot), true, nil
}

// The kinds of snapshots.
const (
	SnapshotRanking  = "ranking"   // inputs: []issue.Score
	SnapshotTotals   = "totals"    // inputs: issue.DayTotals
	SnapshotLookBack = "look_back" // inputs: what was drawn, and who is next; the period is that of the closings
)

// Snapshot is a publication as it went out: its inputs, the version of the rules and the text. It never changes.
type Snapshot struct {
	ID         int64
	Kind       string
	PeriodFrom int64
	PeriodTo   int64
	Version    string
	Inputs     string
	Text       string
	At         int64
}

// To is the end of the period.
func (s Snapshot) To() time.Time { return instant(s.PeriodTo) }

// AddSnapshot freezes a publication of a period [from, to) with its inputs.
func (tx *Tx) AddSnapshot(kind string, from, to time.Time, version string, inputs any, text string) error {
	encoded, err := json.Marshal(inputs)
	if err != nil {
		return fmt.Errorf("encode snapshot: %w", err)
	}
	row := Snapshot{
		Kind: kind, PeriodFrom: micros(from), PeriodTo: micros(to), Version: version, Inputs: string(encoded), Text: text,
		At: micros(tx.now),
	}
	if err := tx.db.Create(&row).Error; err != nil {
		return fmt.Errorf("add snapshot: %w", err)
	}
	return nil
}

// LastSnapshot finds the newest snapshot of a kind whose period ended before an instant and decodes its inputs; false if
// there is none.
func (tx *Tx) LastSnapshot(kind string, before time.Time, inputs any) (Snapshot, bool, error) {
	var s Snapshot
	err := tx.db.Where("kind = ? AND period_to < ?", kind, micros(before)).Order("period_to DESC, id DESC").Take(&s).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return s, false, nil
	}
	if err != nil {
		return s, false, fmt.Errorf("read snapshot: %w", err)
	}
	if err := json.Unmarshal([]byte(s.Inputs), inputs); err != nil {
		return s, false, fmt.Errorf("snapshot %d: %w", s.ID, err)
	}
	return s, true, nil
}
