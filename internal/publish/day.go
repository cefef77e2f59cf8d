package publish

import (
	"time"

	"duban/internal/score"
	"duban/internal/store"
	"duban/internal/understand"
)

// DaySoFar is the day until now, as 日报 tells it: since the last digest of an earlier day, but not longer than a day if that is long
// ago. It is not compared with a whole day, and has no scores.
func (d Desk) DaySoFar(tx *store.Tx, now time.Time) (score.Day, error) {
	from := now.Add(-24 * time.Hour)
	last, found, err := tx.LastSnapshot(store.SnapshotTotals, understand.Day(now).From, nil)
	if err != nil {
		return score.Day{}, err
	}
	if found && last.To().After(from.AddDate(0, 0, -1)) {
		from = last.To()
	}
	next, end := d.Cal.WorkdayAfter(now)
	day, err := tx.Day(d.Reg, from, now, next, end)
	day.Before = nil
	return day, err
}
