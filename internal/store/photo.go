package store

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"duban/internal/issue"
	"duban/internal/photo"
)

// Photo is a picture that somebody sent, kept on disk under its hash. What photo.Facts says of it stands here too: when and
// where it was taken is the sender's phone's word, which may be missing or false.
type Photo struct {
	ID           int64
	IssueID      int64  // 0: not (yet) evidence of anything
	Kind         string // PhotoBefore, PhotoAfter or PhotoCheck; "" while loose
	SHA256       string
	File         string // path of the original below the media folder; never shown to anybody, it may tell where somebody lives
	Shown        string // path of the copy to show, without any metadata; "" for photos of earlier versions
	Width        int    // pixels, upright
	Height       int    // pixels
	Bytes        int64
	PHash        int64  `gorm:"column:phash"` // the bits of photo.Look.Hash
	Sketch       string // photo.Look.Sketch; "" for photos of earlier versions, which are like no other
	Flat         bool   // nothing can be recognised: only the same bytes are the same picture
	TakenAt      int64  // microseconds, 0: unknown
	Lat          float64
	Lng          float64 // degrees, WGS-84
	Located      bool    // Lat and Lng are known
	Person       string
	Conversation string
	At           int64
	PurgedAt     int64 // when the files and where it was taken were given up, because they were kept long enough; 0: they are there
}

// photoHash says that the hash of a photo has a piece, see photo.Bands.
type photoHash struct {
	Band    int
	PHash   int64 `gorm:"column:phash"`
	PhotoID int64
}

// photoHashes are the rows of a photo.
func photoHashes(p Photo) []photoHash {
	var rows []photoHash
	for _, band := range photo.Bands(uint64(p.PHash)) {
		rows = append(rows, photoHash{band, p.PHash, p.ID})
	}
	return rows
}

// The kinds of photos.
const (
	PhotoBefore = "before"
	PhotoAfter  = "after"
	PhotoCheck  = "check" // taken by the inspector at the review
	PhotoSpot   = "spot"  // only awaited: the first is from before, the others from after, and then the issue is solved
)

// AddPhoto stores a photo's row with what it is found by when another one is like it, and fills in its id.
func (tx *Tx) AddPhoto(p *Photo) error {
	p.At = micros(tx.now)
	if err := tx.db.Create(p).Error; err != nil {
		return fmt.Errorf("add photo: %w", err)
	}
	if p.Flat || p.Sketch == "" {
		return nil
	}
	rows := photoHashes(*p)
	if err := tx.db.Create(rows).Error; err != nil {
		return fmt.Errorf("add bands of photo %d: %w", p.ID, err)
	}
	return nil
}

// Alike says whether two photos are the same picture, be it as another file: recompressed, made smaller, a little brighter,
// cut by a hundredth (design.md §3, domain.md row 34). A second photo of the same place is not.
func (p Photo) Alike(q Photo) bool {
	return p.SHA256 != "" && p.SHA256 == q.SHA256 || p.look().Alike(q.look())
}

func (p Photo) look() photo.Look {
	return photo.Look{Hash: uint64(p.PHash), Sketch: p.Sketch, Flat: p.Flat}
}

// Lookalikes lists the photos that are the same picture as p, came before it and are evidence of an issue, be it the same
// issue: at most limit, the oldest first. All that p says about its id and looks must be filled in; a photo that is not
// stored yet comes after all others. Of the photos that share a band only those are read whose hashes are near.
func (tx *Tx) Lookalikes(p Photo, limit int) ([]Photo, error) {
	var out []Photo
	err := tx.db.Where("sha256 = ? AND issue_id <> 0", p.SHA256).Order("id").Limit(limit).Find(&out).Error
	if err != nil {
		return nil, fmt.Errorf("list photos of the same bytes: %w", err)
	}
	near, err := tx.near(p)
	if err != nil {
		return nil, err
	}
	out = slices.DeleteFunc(append(out, near...), func(q Photo) bool {
		return p.ID != 0 && q.ID >= p.ID || !p.Alike(q)
	})
	slices.SortFunc(out, func(a, b Photo) int { return cmp.Compare(a.ID, b.ID) })
	out = slices.CompactFunc(out, func(a, b Photo) bool { return a.ID == b.ID })
	return out[:min(limit, len(out))], nil
}

// near lists the photos of issues whose hashes differ by few bits from that of a photo.
func (tx *Tx) near(p Photo) ([]Photo, error) {
	if p.Flat || p.Sketch == "" {
		return nil, nil
	}
	var rows []photoHash
	if err := tx.db.Where("band IN ?", photo.Bands(uint64(p.PHash))).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list hashes of photos: %w", err)
	}
	var ids []int64
	for _, r := range rows {
		if photo.Distance(uint64(r.PHash), uint64(p.PHash)) <= photo.Near {
			ids = append(ids, r.PhotoID)
		}
	}
	slices.Sort(ids)
	var out []Photo
	for some := range slices.Chunk(slices.Compact(ids), pageOf) {
		var photos []Photo
		if err := tx.db.Where("id IN ? AND issue_id <> 0", some).Find(&photos).Error; err != nil {
			return nil, fmt.Errorf("list photos that look alike: %w", err)
		}
		out = append(out, photos...)
	}
	return out, nil
}

// Photo reads one photo; one that is not there is a user's error.
func (tx *Tx) Photo(id int64) (Photo, error) {
	var p Photo
	err := tx.db.Where("id = ?", id).Take(&p).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return p, issue.Fail(issue.CodeUnknown, "没有这张照片", "")
	}
	if err != nil {
		return p, fmt.Errorf("read photo %d: %w", id, err)
	}
	return p, nil
}

// LoosePhotos lists the photos that a person sent to a conversation from one instant to another and that belong to nothing yet.
func (tx *Tx) LoosePhotos(conversation, person string, from, to time.Time) ([]Photo, error) {
	out, err := photoTable.list(tx, "WHERE conversation = ? AND person = ? AND issue_id = 0 AND at >= ? AND at <= ? ORDER BY id",
		conversation, person, micros(from), micros(to))
	if err != nil {
		return nil, fmt.Errorf("list loose photos: %w", err)
	}
	return out, nil
}

// AttachPhoto makes a photo evidence of an issue.
func (tx *Tx) AttachPhoto(id, issueID int64, kind string) error {
	err := tx.db.Model(&Photo{}).Where("id = ?", id).Updates(map[string]any{"issue_id": issueID, "kind": kind}).Error
	if err != nil {
		return fmt.Errorf("attach photo %d: %w", id, err)
	}
	return nil
}

// CountPhotos counts an issue's photos of a kind that arrived since an instant.
func (tx *Tx) CountPhotos(issueID int64, kind string, since time.Time) (int, error) {
	var n int64
	err := tx.db.Model(&Photo{}).Where("issue_id = ? AND kind = ? AND at >= ?", issueID, kind, micros(since)).Count(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count photos of issue %d: %w", issueID, err)
	}
	return int(n), nil
}

// Photos lists an issue's photos in order of arrival.
func (tx *Tx) Photos(issueID int64) ([]Photo, error) {
	var out []Photo
	if err := tx.db.Where("issue_id = ?", issueID).Order("id").Find(&out).Error; err != nil {
		return nil, fmt.Errorf("list photos of issue %d: %w", issueID, err)
	}
	return out, nil
}

// Newest is the copy to show of the newest photo of a kind among photos in order of arrival; "" if there is none.
func Newest(photos []Photo, kind string) string {
	for _, p := range slices.Backward(photos) {
		if p.Kind == kind && p.Shown != "" {
			return p.Shown
		}
	}
	return ""
}

// Await says that a person may still send photos for an issue: after 上报, or after 完成, which then submits by itself.
type Await struct {
	ID           int64
	Message      string // the command's message: rows of one command stand together
	Conversation string
	Person       string
	IssueID      int64
	Kind         string
	Submits      bool   // the issue is submitted when the photos are complete
	Note         string // the measure to submit with
	Need         int
	Got          int
	Had          int // of Got, those that came with the command or before it
	Until        int64
}

var (
	photoTable  = tableOf[Photo]()
	awaitTable  = tableOf[Await]()
	insertAwait = awaitTable.insert(1, true)
)

// AddAwait stores a row that is open until an instant. An earlier waiting for the same issue and person ends.
func (tx *Tx) AddAwait(a Await, until time.Time) error {
	if err := tx.EndAwaits(a.IssueID, a.Person); err != nil {
		return err
	}
	return tx.FirstAwait(a, until)
}

// FirstAwait is AddAwait for an issue that is new, for which nobody can wait already.
func (tx *Tx) FirstAwait(a Await, until time.Time) error {
	a.ID, a.Until, a.Had = 0, micros(until), a.Got
	if _, err := tx.exec(insertAwait, awaitTable.values(&a)[1:]...); err != nil {
		return fmt.Errorf("add await: %w", err)
	}
	return nil
}

// OpenAwaits lists what a person may still send photos for in a conversation, newest command first.
func (tx *Tx) OpenAwaits(conversation, person string) ([]Await, error) {
	out, err := awaitTable.list(tx, "WHERE conversation = ? AND person = ? AND until >= ? ORDER BY id DESC", conversation, person, micros(tx.now))
	if err != nil {
		return nil, fmt.Errorf("list awaits: %w", err)
	}
	return out, nil
}

// LastAwaits lists those of OpenAwaits that are of the newest command.
func (tx *Tx) LastAwaits(conversation, person string) ([]Await, error) {
	const open = "conversation = ? AND person = ? AND until >= ?"
	until := micros(tx.now)
	out, err := awaitTable.list(tx, "WHERE "+open+" AND message = (SELECT message FROM awaits WHERE "+open+" ORDER BY id DESC LIMIT 1) ORDER BY id DESC",
		conversation, person, until, conversation, person, until)
	if err != nil {
		return nil, fmt.Errorf("list awaits of the last command: %w", err)
	}
	return out, nil
}

// CommandAwaits lists what the same command of the same person as a row's still waits for, in order.
func (tx *Tx) CommandAwaits(a Await) ([]Await, error) {
	out, err := awaitTable.list(tx, "WHERE conversation = ? AND person = ? AND until >= ? AND message = ? ORDER BY id", a.Conversation, a.Person, micros(tx.now), a.Message)
	if err != nil {
		return nil, fmt.Errorf("list awaits of a command: %w", err)
	}
	return out, nil
}

// IssueAwaits lists who may still send photos for an issue, or might until a short time ago.
func (tx *Tx) IssueAwaits(issueID int64) ([]Await, error) {
	out, err := awaitTable.list(tx, "WHERE issue_id = ? ORDER BY id", issueID)
	if err != nil {
		return nil, fmt.Errorf("list awaits of issue %d: %w", issueID, err)
	}
	return out, nil
}

// UntilTime is when the waiting ends.
func (a Await) UntilTime() time.Time { return instant(a.Until) }

// CountAwait records how many photos came for an await.
func (tx *Tx) CountAwait(a Await, got int) error {
	if err := tx.db.Model(&Await{}).Where("id = ?", a.ID).Update("got", got).Error; err != nil {
		return fmt.Errorf("count await: %w", err)
	}
	return nil
}

// EndAwaits ends a person's waiting for an issue.
func (tx *Tx) EndAwaits(issueID int64, person string) error {
	if _, err := tx.exec("DELETE FROM awaits WHERE issue_id = ? AND person = ?", issueID, person); err != nil {
		return fmt.Errorf("end awaits of issue %d: %w", issueID, err)
	}
	return nil
}
