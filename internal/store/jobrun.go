package store

import (
	"fmt"
	"time"

	"gorm.io/gorm/clause"
)

// The results of a job's run.
const (
	RunDone   = "done"
	RunMissed = "missed" // the program was not running, and it was too late afterwards
	RunFailed = "failed"
	// RunChanged is no run: the job's times changed at this instant, and what was due before is none of the new ones' business.
	RunChanged = "changed"
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
// this transaction may be kept. A failed slot may be claimed again, and so may one that counted as missed by a clock that was ahead. What
// counts as missed from a slot on takes the place of what did before: more has been missed since.
func (tx *Tx) ClaimRun(job string, slot time.Time, result, note string) (bool, error) {
	row := jobRunRow{Job: job, Slot: micros(slot), Result: result, At: micros(tx.now), Note: note}
	missed := row.At
	if result == RunMissed {
		missed = -1
	}
	err := tx.db.Where("job = ? AND slot = ?", job, row.Slot).Where(unrun, RunFailed, RunMissed, missed).Delete(&jobRunRow{}).Error
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

// unrun is what the row of a slot says that may still be run.
const unrun = "(result = ? OR result = ? AND at > ?)"

// HasRun says whether a job's slot is recorded, other than as failed, or as missed by a clock that was ahead.
func (tx *Tx) HasRun(job string, slot time.Time) (bool, error) {
	var n int64
	err := tx.db.Model(&jobRunRow{}).Where("job = ? AND slot = ?", job, micros(slot)).
		Where("NOT "+unrun, RunFailed, RunMissed, micros(tx.now)).Count(&n).Error
	if err != nil {
		return false, fmt.Errorf("look up run of %s: %w", job, err)
	}
	return n > 0, nil
}

// LastRun is a job's latest recorded slot that has come, but for those that counted as missed by a clock that was ahead; false if there is none.
func (tx *Tx) LastRun(job string) (time.Time, bool, error) {
	var slot *int64
	now := micros(tx.now)
	err := tx.db.Model(&jobRunRow{}).Select("MAX(slot)").Where("job = ? AND slot <= ? AND NOT (result = ? AND at > ?)", job, now, RunMissed, now).Scan(&slot).Error
	if err != nil {
		return time.Time{}, false, fmt.Errorf("last run of %s: %w", job, err)
	}
	if slot == nil {
		return time.Time{}, false, nil
	}
	return instant(*slot), true, nil
}

// JobRun is a row of the job ledger.
type JobRun struct {
	Job    string
	Slot   time.Time
	Result string    // RunDone, RunMissed or RunFailed
	At     time.Time // when it ran, or was found missing
	Note   string
}

// Lost says whether the run may be made up for by hand.
func (r JobRun) Lost() bool { return r.Result == RunFailed || r.Result == RunMissed }

// JobRuns lists the last runs of a job, the newest first, at most so many.
func (tx *Tx) JobRuns(job string, most int) ([]JobRun, error) {
	var rows []jobRunRow
	if err := tx.db.Where("job = ?", job).Order("slot DESC").Limit(most).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list runs of %s: %w", job, err)
	}
	out := make([]JobRun, len(rows))
	for n, r := range rows {
		out[n] = JobRun{Job: r.Job, Slot: instant(r.Slot), Result: r.Result, At: instant(r.At), Note: r.Note}
	}
	return out, nil
}

// RetakeRun records that a slot which had failed or was missed has been made up for. It returns false if it is neither any more:
// then nothing of this transaction may be kept.
func (tx *Tx) RetakeRun(job string, slot time.Time, note string) (bool, error) {
	done := tx.db.Model(&jobRunRow{}).Where("job = ? AND slot = ? AND result IN ?", job, micros(slot), []string{RunFailed, RunMissed}).
		Updates(map[string]any{"result": RunDone, "at": micros(tx.now), "note": note})
	if done.Error != nil {
		return false, fmt.Errorf("retake %s: %w", job, done.Error)
	}
	return done.RowsAffected == 1, nil
}
