package store

import (
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"duban/internal/issue"
)

// Batch is a list of problems that comes as a spreadsheet, for example what an upper level found (S3, domain.md §4 row 8).
type Batch struct {
	ID           int64
	State        string
	Name         string
	Source       string // issue.Source
	Words        string // the source in the words of who imports it: 省模拟测评
	Terms        string // JSON, by whoever reads the sheet
	RowsJSON     string // JSON; "" once it is filed or dropped
	FileName     string // as its sender called it
	SHA256       string
	File         string // path of the original below the media folder
	Count        int    // rows, and then issues without the parts of assisting units
	Person       string // who imports it
	Chat         string // the work group; "" in private
	Conversation string // Target
	At           int64
	Until        int64 // while it waits: until when
	FiledAt      int64
	FiledBy      string
	FirstIssue   int64
	LastIssue    int64
}

// The states of a batch.
const (
	BatchWaiting = "waiting" // its file has still to come
	BatchShown   = "shown"   // it was read without faults, and waits for somebody to confirm it
	BatchFiled   = "filed"
	BatchDropped = "dropped"
)

// AtTime is when a batch was asked for.
func (b Batch) AtTime() time.Time { return instant(b.At) }

// UntilTime is until when a batch waits.
func (b Batch) UntilTime() time.Time { return instant(b.Until) }

// FiledTime is when a batch was filed.
func (b Batch) FiledTime() time.Time { return instant(b.FiledAt) }

// AddBatch stores a batch that waits until an instant, and fills in its number: that of the command which waited for its file, or a
// new one. What else the same person had waiting in the conversation is dropped: the last word counts. Rows of what nobody confirmed
// in time are forgotten.
func (tx *Tx) AddBatch(b *Batch, until time.Time) error {
	said, waits, err := tx.WaitingBatch(b.Conversation, b.Person)
	if err != nil {
		return err
	}
	b.ID, b.At, b.Until = 0, micros(tx.now), micros(until)
	if waits {
		b.ID = said.ID
	}
	err = tx.dropBatches("(until < ? OR (person = ? AND conversation = ?))", b.At, b.Person, b.Conversation)
	if err != nil {
		return err
	}
	if err := tx.db.Save(b).Error; err != nil {
		return fmt.Errorf("keep batch: %w", err)
	}
	return nil
}

func (tx *Tx) dropBatches(query string, args ...any) error {
	err := tx.db.Model(&Batch{}).Where("state IN ?", []string{BatchWaiting, BatchShown}).Where(query, args...).
		Updates(map[string]any{"state": BatchDropped, "rows_json": ""}).Error
	if err != nil {
		return fmt.Errorf("drop batches: %w", err)
	}
	return nil
}

// DropBatch drops a batch that waits. It is false if it does not wait any more.
func (tx *Tx) DropBatch(id int64) (bool, error) {
	return tx.moveBatch(id, map[string]any{"state": BatchDropped, "rows_json": ""})
}

// FileBatch marks a batch that was shown as filed, with its issues. It is false if somebody else was faster.
func (tx *Tx) FileBatch(b Batch, by string, first, last int64) (bool, error) {
	return tx.moveBatch(b.ID, map[string]any{
		"state": BatchFiled, "rows_json": "", "filed_at": micros(tx.now), "filed_by": by, "first_issue": first, "last_issue": last,
	})
}

func (tx *Tx) moveBatch(id int64, to map[string]any) (bool, error) {
	done := tx.db.Model(&Batch{}).Where("id = ? AND state IN ?", id, []string{BatchWaiting, BatchShown}).Updates(to)
	if done.Error != nil {
		return false, fmt.Errorf("move batch %d: %w", id, done.Error)
	}
	return done.RowsAffected == 1, nil
}

// WaitingBatch is what a person has said in a conversation and whose file has still to come; false if there is none.
func (tx *Tx) WaitingBatch(conversation, person string) (Batch, bool, error) {
	return one[Batch](tx.db.Where("state = ? AND conversation = ? AND person = ? AND until >= ?", BatchWaiting, conversation, person, micros(tx.now)),
		"waiting batch")
}

// ShownBatches lists the batches that wait to be confirmed, the newest first, without their rows.
func (tx *Tx) ShownBatches() ([]Batch, error) {
	var out []Batch
	err := tx.db.Omit("rows_json").Where("state = ? AND until >= ?", BatchShown, micros(tx.now)).Order("id DESC").Find(&out).Error
	if err != nil {
		return nil, fmt.Errorf("list batches: %w", err)
	}
	return out, nil
}

// Batch reads a batch with its rows. An unknown number is a user's error.
func (tx *Tx) Batch(id int64) (Batch, error) {
	b, ok, err := one[Batch](tx.db.Where("id = ?", id), "batch")
	if err == nil && !ok {
		err = issue.Fail(issue.CodeUnknown, fmt.Sprintf("没有批次 %d", id), "发「批次」看导入过的")
	}
	return b, err
}

// FiledFile finds the batch that was filed from a file of these bytes.
func (tx *Tx) FiledFile(sha256 string) (Batch, bool, error) {
	return one[Batch](tx.db.Where("sha256 = ? AND state = ?", sha256, BatchFiled), "batch of a file")
}

// FiledBatches lists the batches that were filed, the newest first; limit 0 is all.
func (tx *Tx) FiledBatches(limit int) ([]Batch, error) {
	q := tx.db.Where("state = ?", BatchFiled).Order("id DESC")
	if limit > 0 {
		q = q.Limit(limit)
	}
	var out []Batch
	if err := q.Find(&out).Error; err != nil {
		return nil, fmt.Errorf("list filed batches: %w", err)
	}
	return out, nil
}

// one reads the first row of a query; false if there is none.
func one[T any](q *gorm.DB, what string) (row T, ok bool, err error) {
	err = q.Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, false, nil
	}
	if err != nil {
		return row, false, fmt.Errorf("read %s: %w", what, err)
	}
	return row, true, nil
}

// RecentArrivals lists the messages of a conversation that arrived since an instant, the newest first, at most limit.
func (tx *Tx) RecentArrivals(channel, conversation string, since time.Time, limit int) ([]Arrival, error) {
	var out []Arrival
	err := tx.db.Where("conversation = ? AND channel = ? AND arrived_at >= ?", conversation, channel, micros(since)).
		Order("id DESC").Limit(limit).Find(&out).Error
	if err != nil {
		return nil, fmt.Errorf("list recent arrivals: %w", err)
	}
	return out, nil
}
