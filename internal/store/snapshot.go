package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"duban/internal/issue"
)

// The kinds of snapshots.
const (
	SnapshotRanking  = "ranking"       // the day's
	SnapshotWeek     = "ranking_week"  // of a calendar week
	SnapshotMonth    = "ranking_month" // of a calendar month
	SnapshotBulletin = "bulletin"      // 通报
	SnapshotExposure = "exposure"      // 曝光台

	SnapshotCorrection = "correction" // of a ranking; the ranking as it should have been is one of its own kind

	SnapshotTotals   = "totals"    // of the leaders' digest; inputs: score.DayTotals
	SnapshotLookBack = "look_back" // inputs: what was drawn, and who is next; the period is that of the closings
)

// The states of a snapshot.
const (
	SnapshotDraft     = "draft"     // the office has seen it
	SnapshotHeld      = "held"      // a draft that does not go out by itself 暂缓
	SnapshotPublished = "published" // it went out, and never changes
	SnapshotDropped   = "dropped"   // a draft that another one replaced
)

// Snapshot is a publication as it goes out: its inputs, the version of the rules and the text (design.md §6). A draft is what
// the office has seen; what is published is that draft and nothing newer.
type Snapshot struct {
	ID          int64
	Kind        string
	State       string
	PeriodFrom  int64
	PeriodTo    int64
	Version     string
	Inputs      string
	Text        string
	Number      int   // the running number of a bulletin in its year; 0 for others
	Corrects    int64 // the snapshot that this one puts right 更正; 0: none
	At          int64
	Person      string // who moved it last; "" for the bot
	PublishedAt int64
}

// From is the beginning of the period.
func (s Snapshot) From() time.Time { return instant(s.PeriodFrom) }

// To is the end of the period.
func (s Snapshot) To() time.Time { return instant(s.PeriodTo) }

// Decode reads the inputs.
func (s Snapshot) Decode(inputs any) error {
	if err := json.Unmarshal([]byte(s.Inputs), inputs); err != nil {
		return fmt.Errorf("snapshot %d: %w", s.ID, err)
	}
	return nil
}

// NewSnapshot freezes the inputs and the text of a period [from, to). It is not stored yet.
func NewSnapshot(kind string, from, to time.Time, version string, inputs any, text string) (Snapshot, error) {
	encoded, err := json.Marshal(inputs)
	if err != nil {
		return Snapshot{}, fmt.Errorf("encode snapshot: %w", err)
	}
	return Snapshot{
		Kind: kind, State: SnapshotPublished, PeriodFrom: micros(from), PeriodTo: micros(to), Version: version,
		Inputs: string(encoded), Text: text,
	}, nil
}

// AddSnapshot publishes what nobody looks at before: it freezes the inputs and the text of a period [from, to).
func (tx *Tx) AddSnapshot(kind string, from, to time.Time, version string, inputs any, text string) error {
	s, err := NewSnapshot(kind, from, to, version, inputs, text)
	if err != nil {
		return err
	}
	return tx.KeepSnapshot(&s)
}

// KeepSnapshot stores a snapshot and fills in its id. A draft takes the place of the kind's older drafts.
func (tx *Tx) KeepSnapshot(s *Snapshot) error {
	s.At = micros(tx.now)
	switch s.State {
	case SnapshotPublished:
		s.PublishedAt = s.At
	case SnapshotDraft, SnapshotHeld:
		err := tx.db.Model(&Snapshot{}).Where("kind = ? AND state IN ?", s.Kind, waiting()).Update("state", SnapshotDropped).Error
		if err != nil {
			return fmt.Errorf("drop drafts: %w", err)
		}
	}
	if err := tx.db.Create(s).Error; err != nil {
		return fmt.Errorf("add snapshot: %w", err)
	}
	return nil
}

// waiting are the states of what is not published yet.
func waiting() []string { return []string{SnapshotDraft, SnapshotHeld} }

// MoveSnapshot publishes, holds or drops a draft. It says no if somebody else was faster.
func (tx *Tx) MoveSnapshot(id int64, state, person string) (bool, error) {
	set := map[string]any{"state": state, "person": person}
	if state == SnapshotPublished {
		set["published_at"] = micros(tx.now)
	}
	done := tx.db.Model(&Snapshot{}).Where("id = ? AND state IN ?", id, waiting()).Updates(set)
	if done.Error != nil {
		return false, fmt.Errorf("move snapshot %d: %w", id, done.Error)
	}
	return done.RowsAffected == 1, nil
}

// Draft finds what of a kind waits to be published; false if nothing does.
func (tx *Tx) Draft(kind string) (Snapshot, bool, error) {
	return taken(tx.db.Where("kind = ? AND state IN ?", kind, waiting()).Order("id DESC"))
}

// LastSnapshot finds the newest published snapshot of a kind whose period ended before an instant and decodes its inputs; false
// if there is none. Of a corrected one it is the correction.
func (tx *Tx) LastSnapshot(kind string, before time.Time, inputs any) (Snapshot, bool, error) {
	q := tx.db.Where("kind = ? AND period_to < ? AND state = ?", kind, micros(before), SnapshotPublished)
	s, found, err := taken(q.Order("period_to DESC, id DESC"))
	if err != nil || !found {
		return s, false, err
	}
	if inputs == nil {
		return s, true, nil
	}
	return s, true, s.Decode(inputs)
}

// LastPublished finds what of a kind went out last, whatever its period; false if nothing did.
func (tx *Tx) LastPublished(kind string) (Snapshot, bool, error) {
	return taken(tx.db.Where("kind = ? AND state = ?", kind, SnapshotPublished).Order("published_at DESC, id DESC"))
}

// EndedIn finds the newest published snapshot of a kind whose period ended in (from, to], so that what ends at midnight is of the
// day that it ends; false if there is none. Of a corrected one it is the correction.
func (tx *Tx) EndedIn(kind string, from, to time.Time) (Snapshot, bool, error) {
	q := tx.db.Where("kind = ? AND period_to > ? AND period_to <= ? AND state = ?", kind, micros(from), micros(to), SnapshotPublished)
	return taken(q.Order("period_to DESC, id DESC"))
}

// Published lists the published snapshots of a kind whose periods hold an instant of [from, to), the newest first and at most
// so many, 0 for all; of a corrected one the correction comes before it. That of a ranking may take a megabyte.
func (tx *Tx) Published(kind string, from, to time.Time, most int) ([]Snapshot, error) {
	q := tx.db.Where("kind = ? AND period_to > ? AND period_from < ? AND state = ?", kind, micros(from), micros(to), SnapshotPublished)
	if most > 0 {
		q = q.Limit(most)
	}
	var out []Snapshot
	if err := q.Order("period_to DESC, id DESC").Find(&out).Error; err != nil {
		return nil, fmt.Errorf("list snapshots: %w", err)
	}
	return out, nil
}

// Publications lists what of some kinds went out, the newest first and at most so many, without the inputs; before is the id that
// the page before ended with, 0 for the first page.
func (tx *Tx) Publications(kinds []string, before int64, most int) ([]Snapshot, error) {
	q := tx.db.Omit("inputs").Where("kind IN ? AND state = ?", kinds, SnapshotPublished)
	if before > 0 {
		q = q.Where("id < ?", before)
	}
	var out []Snapshot
	if err := q.Order("id DESC").Limit(most).Find(&out).Error; err != nil {
		return nil, fmt.Errorf("list publications: %w", err)
	}
	return out, nil
}

// Corrections lists what puts a ranking right, by its kind, the end of its period and its id: what was said 更正, and the ranking
// as it should have been, in the order in which they went out and without the inputs.
func (tx *Tx) Corrections(ranking Snapshot, id int64) ([]Snapshot, error) {
	var out []Snapshot
	q := tx.db.Omit("inputs").Where("kind IN ? AND period_to = ?", []string{ranking.Kind, SnapshotCorrection}, ranking.PeriodTo)
	if err := q.Where("corrects = ? AND state = ?", id, SnapshotPublished).Order("id").Find(&out).Error; err != nil {
		return nil, fmt.Errorf("list corrections: %w", err)
	}
	return out, nil
}

// NextNumber is the running number of the next snapshot of a kind that is made in a time [from, to), usually a year. It counts by
// when they were made, because a number of the old year may go out in the new one. Drafts have taken no number.
func (tx *Tx) NextNumber(kind string, from, to time.Time) (int, error) {
	var last int
	err := tx.db.Model(&Snapshot{}).Select("COALESCE(MAX(number), 0)").
		Where("kind = ? AND state = ? AND at >= ? AND at < ?", kind, SnapshotPublished, micros(from), micros(to)).Scan(&last).Error
	if err != nil {
		return 0, fmt.Errorf("next number of %s: %w", kind, err)
	}
	return last + 1, nil
}

// Snapshot reads one snapshot.
func (tx *Tx) Snapshot(id int64) (Snapshot, error) {
	s, found, err := taken(tx.db.Where("id = ?", id))
	if err == nil && !found {
		err = issue.Fail(issue.CodeUnknown, "没有这一期", "")
	}
	return s, err
}

func taken(q *gorm.DB) (Snapshot, bool, error) {
	var s Snapshot
	err := q.Take(&s).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return s, false, nil
	}
	if err != nil {
		return s, false, fmt.Errorf("read snapshot: %w", err)
	}
	return s, true, nil
}
