package store

import (
	"context"
	"fmt"
	"os"
	"time"

	"gorm.io/gorm"

	"duban/internal/issue"
)

// Load is how much waits in the database. Reading it costs what is open, not what there ever was.
type Load struct {
	Queued    int       // messages to send
	LateSince time.Time // since when the message that waits longest is due; zero if none is
	Dead      int       // messages that were given up
	Unread    int       // arrived messages that are not answered yet
	UnreadAt  time.Time // when the oldest of them came; zero if there is none
	Filed     int64     // the highest number of an issue
	Open      map[issue.Status]int
	Bytes     int64 // the database's file and its log
}

// Load counts what waits. Bytes is left to Store.Size.
func (tx *Tx) Load() (Load, error) {
	l := Load{Open: map[issue.Status]int{}}
	for state, n := range map[string]*int{OutQueued: &l.Queued, OutDead: &l.Dead} {
		var err error
		if *n, err = tx.CountOutgoing(state); err != nil {
			return l, err
		}
	}
	var due, came []int64
	err := tx.db.Model(&Outgoing{}).Where("state = ? AND due_at <= ?", OutQueued, micros(tx.now)).Order("due_at, id").Limit(1).Pluck("due_at", &due).Error
	if err == nil {
		err = tx.db.Model(&Arrival{}).Where("cleared_at = 0 AND done_at = 0").Order("id").Limit(1).Pluck("arrived_at", &came).Error
	}
	if err != nil {
		return l, fmt.Errorf("what waits: %w", err)
	}
	l.LateSince, l.UnreadAt = firstInstant(due), firstInstant(came)
	var unread int64
	if err := tx.db.Model(&Arrival{}).Where("cleared_at = 0 AND done_at = 0").Count(&unread).Error; err != nil {
		return l, fmt.Errorf("count arrivals: %w", err)
	}
	l.Unread = int(unread)
	return l, tx.loadIssues(&l)
}

func firstInstant(list []int64) time.Time {
	if len(list) == 0 {
		return time.Time{}
	}
	return instant(list[0])
}

// loadIssues counts the open issues by their status. What is closed is never counted: there will be a million of it.
func (tx *Tx) loadIssues(l *Load) error {
	var open []string
	for _, s := range issue.Statuses() {
		if s.Open() {
			open = append(open, string(s))
			l.Open[s] = 0
		}
	}
	var rows []struct {
		Status string
		N      int
	}
	err := tx.db.Table("issues").Select("status, COUNT(*) AS n").Where("status IN ?", open).Group("status").Find(&rows).Error
	if err == nil {
		err = tx.db.Table("issues").Select("COALESCE(MAX(id), 0)").Scan(&l.Filed).Error
	}
	if err != nil {
		return fmt.Errorf("count issues: %w", err)
	}
	for _, r := range rows {
		l.Open[issue.Status(r.Status)] = r.N
	}
	return nil
}

// Run is a row of the job ledger.
type Run struct {
	Job    string
	Slot   time.Time
	Result string // RunDone, RunMissed or RunFailed
	At     time.Time
	Note   string
}

// LatestRuns gives the newest row of each of the jobs that have one.
func (tx *Tx) LatestRuns(jobs []string) ([]Run, error) {
	var out []Run
	for _, job := range jobs {
		r, found, err := tx.latest(tx.db.Where("job = ?", job))
		if err != nil {
			return nil, err
		}
		if found {
			out = append(out, r)
		}
	}
	return out, nil
}

// LatestDone is the newest slot of a job that was done; false if none was.
func (tx *Tx) LatestDone(job string) (Run, bool, error) {
	return tx.latest(tx.db.Where("job = ? AND result = ?", job, RunDone))
}

func (tx *Tx) latest(chosen *gorm.DB) (Run, bool, error) {
	var rows []jobRunRow
	if err := chosen.Order("slot DESC").Limit(1).Find(&rows).Error; err != nil {
		return Run{}, false, fmt.Errorf("latest run: %w", err)
	}
	if len(rows) == 0 {
		return Run{}, false, nil
	}
	r := rows[0]
	return Run{Job: r.Job, Slot: instant(r.Slot), Result: r.Result, At: instant(r.At), Note: r.Note}, true, nil
}

// Probe writes something that means nothing, and so knows whether the database can be written.
func (s *Store) Probe(ctx context.Context, now time.Time) error {
	return s.alone(ctx, s.dialect.probe(now))
}

// Size is how many bytes the database takes, of a file with its log; 0 if a server does not say.
func (s *Store) Size(ctx context.Context) (n int64) {
	if s.dialect.bytes != "" {
		_ = s.reader.WithContext(ctx).Raw(s.dialect.bytes).Scan(&n) // n stays 0
		return n
	}
	for _, end := range []string{"", "-wal"} {
		if info, err := os.Stat(s.place + end); err == nil {
			n += info.Size()
		}
	}
	return n
}
