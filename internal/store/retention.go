package store

import (
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"duban/internal/issue"
	"duban/internal/photo"
)

// Removal is a file below the media folder that no photo's row promises any more. It is stored together with the end of the
// promise and deleted after the file, so that a crash between them leaves neither a promise without a file nor a file that
// nobody knows of.
type Removal struct {
	File   string `gorm:"primaryKey"`
	SHA256 string
}

// PastPhotos lists the photos that have been kept long enough, in order: those of issues that are over and to which nothing has
// happened since an instant, and loose ones that came before another. A zero instant chooses none.
func (tx *Tx) PastPhotos(over, loose time.Time) ([]int64, error) {
	ids, err := tx.pastOver(over, nil)
	if err != nil {
		return nil, err
	}
	var free []int64
	if !loose.IsZero() {
		err := tx.db.Model(&Photo{}).Where("issue_id = 0 AND purged_at = 0 AND at < ?", micros(loose)).Order("at, id").Pluck("id", &free).Error
		if err != nil {
			return nil, fmt.Errorf("list loose photos: %w", err)
		}
	}
	return append(ids, free...), nil
}

// ended are the statuses of issues that nobody works on any more.
func ended() []issue.Status {
	return slices.DeleteFunc(issue.Statuses(), func(s issue.Status) bool { return s.Open() })
}

// pastOver lists the photos of issues that are over since an instant; among some photos, or of all.
func (tx *Tx) pastOver(before time.Time, among []int64) ([]int64, error) {
	if before.IsZero() {
		return nil, nil
	}
	kept := "p.purged_at = 0"
	if among != nil { // found by their ids, and not by the index of all that are kept
		kept = "COALESCE(p.purged_at, 0) = 0"
	}
	q := tx.db.Table("photos AS p").Select("p.id, i.id AS issue_id, i.merged_into").
		Joins("JOIN issues i ON i.id = p.issue_id").
		Joins("JOIN events e ON e.issue_id = i.id AND e.seq = i.seq").
		Where(kept+" AND p.at < ? AND COALESCE(p.issue_id, 0) > 0", micros(before)). // COALESCE keeps the planner to the index of what is kept
		Where("COALESCE(i.status, '') IN ? AND e.at < ?", ended(), micros(before)).
		Where("COALESCE(i.request_kind, '') = '' AND COALESCE(i.look_back_due, 0) = 0")
	if among != nil {
		q = q.Where("p.id IN ?", among)
	}
	var rows []struct{ ID, IssueID, MergedInto int64 }
	if err := q.Order("p.at, p.id").Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list photos of issues that are over: %w", err)
	}
	over := map[int64]bool{0: true}
	var out []int64
	for _, r := range rows {
		yes, err := tx.over(r.MergedInto, before, over)
		if err != nil {
			return nil, err
		}
		if yes {
			out = append(out, r.ID)
		}
	}
	return out, nil
}

// over says whether an issue and what it was merged into are over since an instant: the photos of what was merged belong to it.
func (tx *Tx) over(id int64, before time.Time, known map[int64]bool) (bool, error) {
	if yes, there := known[id]; there {
		return yes, nil
	}
	known[id] = true // until it is known
	var rows []struct{ MergedInto int64 }
	err := tx.db.Table("issues AS i").Select("i.merged_into").Joins("JOIN events e ON e.issue_id = i.id AND e.seq = i.seq").
		Where("i.id = ? AND i.status IN ? AND e.at < ?", id, ended(), micros(before)).
		Where("i.request_kind = '' AND i.look_back_due = 0").Scan(&rows).Error
	if err != nil {
		return false, fmt.Errorf("look up issue %d: %w", id, err)
	}
	yes := len(rows) > 0
	if yes {
		yes, err = tx.over(rows[0].MergedInto, before, known)
	}
	known[id] = yes
	return yes, err
}

// Removed is how much was removed because it was kept long enough.
type Removed struct {
	Photos int // of issues
	Loose  int // photos of none
	Texts  int // of messages
	Drafts int // of publications
}

type removedRow struct {
	Day int64 `gorm:"primaryKey;autoIncrement:false"`
	Removed
}

// TableName is the table's name for GORM.
func (removedRow) TableName() string { return "removed" }

// Tally adds to what was removed on a day, given by its beginning. It belongs into the transaction that removes.
func (tx *Tx) Tally(day time.Time, n Removed) error {
	if n == (Removed{}) {
		return nil
	}
	add := clause.Assignments(map[string]any{
		"photos": gorm.Expr("removed.photos + ?", n.Photos), "loose": gorm.Expr("removed.loose + ?", n.Loose),
		"texts": gorm.Expr("removed.texts + ?", n.Texts), "drafts": gorm.Expr("removed.drafts + ?", n.Drafts),
	})
	q := tx.db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "day"}}, DoUpdates: add})
	return wrap("tally what was removed", q.Create(&removedRow{Day: micros(day), Removed: n}).Error)
}

// RemovedIn is what was removed on the days of a time [from, to).
func (tx *Tx) RemovedIn(from, to time.Time) (n Removed, err error) {
	err = tx.db.Model(&removedRow{}).Where("day >= ? AND day < ?", micros(from), micros(to)).
		Select("COALESCE(SUM(photos), 0) AS photos, COALESCE(SUM(loose), 0) AS loose, COALESCE(SUM(texts), 0) AS texts, COALESCE(SUM(drafts), 0) AS drafts").
		Scan(&n).Error
	return n, wrap("sum up what was removed", err)
}

// PurgePhotos ends the promise of the photos of a list that PastPhotos would still give. A photo of an issue keeps its row, with who
// sent it and when, so that the ledger can say what became of it, and what it is recognised by when it is used again; where and
// when it was taken goes. A loose one goes altogether. The files are to be removed, see Removals.
func (tx *Tx) PurgePhotos(ids []int64, over, loose time.Time) (n Removed, err error) {
	past, err := tx.pastOver(over, ids)
	if err != nil {
		return n, err
	}
	var photos []Photo
	err = tx.db.Where("id IN ? AND COALESCE(purged_at, 0) = 0", ids).Order("id").Find(&photos).Error // by the ids, as in pastOver
	if err != nil {
		return n, fmt.Errorf("read photos: %w", err)
	}
	var free, kept []int64
	var gone []Photo
	for _, p := range photos {
		switch {
		case p.IssueID == 0 && p.At < micros(loose):
			free = append(free, p.ID)
		case p.IssueID > 0 && slices.Contains(past, p.ID):
			kept = append(kept, p.ID)
		default:
			continue
		}
		gone = append(gone, p)
	}
	return Removed{Photos: len(kept), Loose: len(free)}, tx.purge(gone, kept, free)
}

// purge empties the rows of photos of issues, drops those of loose ones, and notes the files of all of them for removal.
func (tx *Tx) purge(photos []Photo, rows, loose []int64) error {
	for _, p := range photos {
		for _, file := range []string{p.File, p.Shown} {
			if file == "" {
				continue
			}
			if err := tx.db.Where("file = ?", file).FirstOrCreate(&Removal{File: file, SHA256: p.SHA256}).Error; err != nil {
				return fmt.Errorf("note the removal of photo %d: %w", p.ID, err)
			}
		}
	}
	if len(loose) > 0 {
		if err := tx.dropHashes(photos, loose); err != nil {
			return err
		}
		if err := tx.db.Where("id IN ?", loose).Delete(&Photo{}).Error; err != nil {
			return fmt.Errorf("drop photos: %w", err)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	err := tx.db.Model(&Photo{}).Where("id IN ?", rows).Updates(map[string]any{
		"purged_at": micros(tx.now), "file": "", "shown": "", "taken_at": 0, "lat": 0, "lng": 0, "located": false, "conversation": "",
	}).Error
	if err != nil {
		return fmt.Errorf("purge photos: %w", err)
	}
	return nil
}

// dropHashes deletes the hashes of some of the photos, each by its own bands: there are five rows for every photo that ever came.
func (tx *Tx) dropHashes(photos []Photo, loose []int64) error {
	for _, p := range photos {
		if !slices.Contains(loose, p.ID) {
			continue
		}
		err := tx.db.Where("band IN ? AND phash = ? AND photo_id = ?", photo.Bands(uint64(p.PHash)), p.PHash, p.ID).Delete(&photoHash{}).Error
		if err != nil {
			return fmt.Errorf("drop hashes of photo %d: %w", p.ID, err)
		}
	}
	return nil
}

// Removals lists the files that are to be removed.
func (tx *Tx) Removals() ([]Removal, error) {
	var out []Removal
	if err := tx.db.Order("file").Find(&out).Error; err != nil {
		return nil, fmt.Errorf("list removals: %w", err)
	}
	return out, nil
}

// Promised says whether a photo's row promises the picture of a hash: another photo may be the same picture, or it was sent again.
func (tx *Tx) Promised(sha256 string) (bool, error) {
	var ids []int64
	if err := tx.db.Model(&Photo{}).Where("sha256 = ? AND COALESCE(purged_at, 0) = 0", sha256).Limit(1).Pluck("id", &ids).Error; err != nil {
		return false, fmt.Errorf("look up a photo: %w", err)
	}
	return len(ids) > 0, nil
}

// EndRemovals forgets removals whose files are gone, or are promised again.
func (tx *Tx) EndRemovals(files []string) error {
	if err := tx.db.Where("file IN ?", files).Delete(&Removal{}).Error; err != nil {
		return fmt.Errorf("end removals: %w", err)
	}
	return nil
}

// ClearArrivals empties handled messages that came to their end before an instant, at most so many, and says how many it were. The rows stay: by
// their keys a message that comes again is known.
func (tx *Tx) ClearArrivals(before time.Time, most int) (int, error) {
	var ids []int64
	err := tx.db.Model(&Arrival{}).Where("cleared_at = 0 AND done_at > 0 AND done_at < ?", micros(before)).
		Order("done_at, id").Limit(most).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return 0, wrap("list handled arrivals", err)
	}
	return len(ids), tx.clearArrivals(ids)
}

func (tx *Tx) clearArrivals(ids []int64) error {
	err := tx.db.Model(&Arrival{}).Where("id IN ? AND done_at > 0", ids).
		Updates(map[string]any{"body": "", "conversation": "", "failure": "", "cleared_at": micros(tx.now)}).Error
	return wrap("clear arrivals", err)
}

// ClearOutgoing empties messages that were sent or given up and were due before an instant, at most so many, and says how many it were.
// The rows stay: by their keys nothing is said twice.
func (tx *Tx) ClearOutgoing(before time.Time, most int) (int, error) {
	n := 0
	for _, state := range []string{OutSent, OutDead} {
		var ids []int64
		err := tx.db.Model(&Outgoing{}).Where("state = ? AND due_at < ?", state, micros(before)).
			Order("due_at, id").Limit(most-n).Pluck("id", &ids).Error
		if err != nil {
			return n, wrap("list ended messages", err)
		}
		if len(ids) == 0 {
			continue
		}
		if err := tx.clearOutgoing(ids); err != nil {
			return n, err
		}
		if n += len(ids); n >= most {
			break
		}
	}
	return n, nil
}

// clearOutgoing keeps of where a message went only whether it was a group of the register.
func (tx *Tx) clearOutgoing(ids []int64) error {
	empty := map[string]any{"text": "", "mentions": "", "attachment": "", "recipe": "", "failure": "", "state": OutCleared}
	err := tx.db.Model(&Outgoing{}).Where("id IN ?", ids).Updates(empty).Error
	if err == nil {
		err = tx.db.Model(&Outgoing{}).Where("id IN ? AND target NOT LIKE 'chat/%'", ids).Update("target", "").Error
	}
	return wrap("clear messages", err)
}

// DropDrafts deletes drafts of publications that another one replaced before an instant, at most so many, and says how many it were.
func (tx *Tx) DropDrafts(before time.Time, most int) (int, error) {
	var ids []int64
	err := tx.db.Model(&Snapshot{}).Where("state = ? AND at < ?", SnapshotDropped, micros(before)).Order("at, id").Limit(most).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return 0, wrap("list dropped drafts", err)
	}
	return len(ids), wrap("drop drafts", tx.db.Where("id IN ?", ids).Delete(&Snapshot{}).Error)
}

// DropExpired deletes codes and the waiting for photos that ended before an instant.
func (tx *Tx) DropExpired(before time.Time) error {
	if err := tx.db.Where("expires_at < ?", micros(before)).Delete(&codeRow{}).Error; err != nil {
		return wrap("drop codes", err)
	}
	return wrap("drop awaits", tx.db.Where("until < ?", micros(before)).Delete(&Await{}).Error)
}

func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
