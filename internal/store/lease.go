package store

import (
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Worker is a running process that shares the database with others (docs/adr/0041-leases.md).
type Worker struct {
	ID     string // of one life of the process
	Place  string // the same in all lives of a process in one folder, of which one can be alive; "": not known
	Name   string // for people
	Works  string // all that it does when it holds every lease
	Beat   int64  // grows as long as it lives
	SeenAt int64  // when it grew last by its own clock, for people alone: clocks differ
}

// SeenTime is when a worker gave a sign of life last, by its own clock.
func (w Worker) SeenTime() time.Time { return instant(w.SeenAt) }

// Lease is the right to do what only one worker may do at a time.
type Lease struct {
	Name   string
	Holder string // Worker.ID. Nobody holds it if there is no such worker
	Note   string // what the holder lets the others know
}

// AddWorker makes a worker known, who is alive from now on.
func (tx *Tx) AddWorker(w Worker) error {
	w.SeenAt = micros(tx.now)
	if err := tx.db.Create(&w).Error; err != nil {
		return fmt.Errorf("add worker: %w", err)
	}
	return nil
}

// BeatWorker gives a worker's sign of life. It is false if the worker is not known any more: the others think that it is dead, and hold
// what it held.
func (tx *Tx) BeatWorker(id string) (bool, error) {
	done := tx.db.Model(&Worker{}).Where("id = ?", id).Updates(map[string]any{"beat": gorm.Expr("beat + 1"), "seen_at": micros(tx.now)})
	if done.Error != nil {
		return false, fmt.Errorf("beat: %w", done.Error)
	}
	return done.RowsAffected == 1, nil
}

// DropWorker forgets a worker, who then holds no lease any more.
func (tx *Tx) DropWorker(id string) error {
	if err := tx.db.Where("id = ?", id).Delete(&Worker{}).Error; err != nil {
		return fmt.Errorf("drop worker: %w", err)
	}
	return nil
}

// DropWorkersAt forgets all workers of a place.
func (tx *Tx) DropWorkersAt(place string) error {
	if err := tx.db.Where("place = ?", place).Delete(&Worker{}).Error; err != nil {
		return fmt.Errorf("drop workers: %w", err)
	}
	return nil
}

// Sharing lists the workers, and all leases that were ever held.
func (tx *Tx) Sharing() (workers []Worker, leases []Lease, err error) {
	if err := tx.db.Order("id").Find(&workers).Error; err != nil {
		return nil, nil, fmt.Errorf("list workers: %w", err)
	}
	if err := tx.db.Order("name").Find(&leases).Error; err != nil {
		return nil, nil, fmt.Errorf("list leases: %w", err)
	}
	return workers, leases, nil
}

// TakeLease gives a lease to a worker, without a note. It is false if its holder is not from any more; "" is none: nobody ever held it.
func (tx *Tx) TakeLease(name, from, to string) (bool, error) {
	var done *gorm.DB
	if from == "" {
		done = tx.db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "name"}}, DoNothing: true}).Create(&Lease{Name: name, Holder: to})
	} else {
		done = tx.db.Model(&Lease{}).Where("name = ? AND holder = ?", name, from).Updates(map[string]any{"holder": to, "note": ""})
	}
	if done.Error != nil {
		return false, fmt.Errorf("take lease %s: %w", name, done.Error)
	}
	return done.RowsAffected == 1, nil
}

// NoteLease lets the others know something about a lease that the holder still has.
func (tx *Tx) NoteLease(name, holder, note string) error {
	if err := tx.db.Model(&Lease{}).Where("name = ? AND holder = ?", name, holder).Update("note", note).Error; err != nil {
		return fmt.Errorf("note lease %s: %w", name, err)
	}
	return nil
}

// LeaseHolder is the worker who took a lease last; "" if nobody ever did. In a writing transaction nobody takes it until its end.
func (tx *Tx) LeaseHolder(name string) (string, error) {
	var holder []string
	if err := tx.db.Model(&Lease{}).Where("name = ?", name).Pluck("holder", &holder).Error; err != nil {
		return "", fmt.Errorf("look up lease %s: %w", name, err)
	}
	if len(holder) == 0 {
		return "", nil
	}
	return holder[0], nil
}
