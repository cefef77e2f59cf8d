package store

import (
	"fmt"

	"gorm.io/gorm"
)

// OutDropped is the state of a message that somebody has given up by hand. It keeps its key, so that it is not queued again.
const OutDropped = "dropped"

// Outbox lists messages in a state, those that are due first at the top, at most so many.
func (tx *Tx) Outbox(state string, most int) ([]Outgoing, error) {
	var out []Outgoing
	if err := tx.db.Where("state = ?", state).Order("due_at, id").Limit(most).Find(&out).Error; err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	return out, nil
}

// LastDead is the highest id of a dead letter; 0 if there is none.
func (tx *Tx) LastDead() (int64, error) {
	var id int64
	err := tx.db.Model(&Outgoing{}).Select("COALESCE(MAX(id), 0)").Where("state = ?", OutDead).Scan(&id).Error
	if err != nil {
		return 0, fmt.Errorf("last dead letter: %w", err)
	}
	return id, nil
}

// Outgoing is a message by its id; false if there is none.
func (tx *Tx) Outgoing(id int64) (Outgoing, bool, error) {
	var out []Outgoing
	if err := tx.db.Where("id = ?", id).Limit(1).Find(&out).Error; err != nil {
		return Outgoing{}, false, fmt.Errorf("message %d: %w", id, err)
	}
	if len(out) == 0 {
		return Outgoing{}, false, nil
	}
	return out[0], true, nil
}

// Resend queues a dead letter anew, or makes due now what is being repeated. It returns false if the message is neither any
// more: it has been sent or dropped meanwhile. Parts that have arrived are not sent again.
func (tx *Tx) Resend(id int64) (bool, error) {
	n, err := tx.resend(tx.stuck(id))
	return n == 1, err
}

// ResendDead queues the dead letters up to an id anew, and says how many there were.
func (tx *Tx) ResendDead(through int64) (int, error) {
	return tx.resend(tx.db.Where("state = ? AND id <= ?", OutDead, through))
}

// resend begins the time for which a message is tried anew, too.
func (tx *Tx) resend(chosen *gorm.DB) (int, error) {
	done := chosen.Model(&Outgoing{}).Updates(map[string]any{
		"state": OutQueued, "due_at": micros(tx.now), "created_at": micros(tx.now), "attempts": 0, "failure": "",
	})
	if done.Error != nil {
		return 0, fmt.Errorf("queue messages again: %w", done.Error)
	}
	return int(done.RowsAffected), nil
}

// Drop gives up a dead letter, or what is being repeated. It returns false if the message is neither any more. What is on its way
// at this very moment may still arrive; then it counts as sent.
func (tx *Tx) Drop(id int64) (bool, error) {
	n, err := tx.drop(tx.stuck(id))
	return n == 1, err
}

// DropDead gives up the dead letters up to an id, and says how many there were.
func (tx *Tx) DropDead(through int64) (int, error) {
	return tx.drop(tx.db.Where("state = ? AND id <= ?", OutDead, through))
}

func (tx *Tx) drop(chosen *gorm.DB) (int, error) {
	done := chosen.Model(&Outgoing{}).Updates(map[string]any{"state": OutDropped, "due_at": micros(tx.now)})
	if done.Error != nil {
		return 0, fmt.Errorf("drop messages: %w", done.Error)
	}
	return int(done.RowsAffected), nil
}

// stuck chooses a message if it is dead or being repeated.
func (tx *Tx) stuck(id int64) *gorm.DB {
	return tx.db.Where("id = ? AND (state = ? OR state = ? AND attempts > 0)", id, OutDead, OutQueued)
}
