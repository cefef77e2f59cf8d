package store

import (
	"fmt"
	"time"
)

// Photo is a picture that somebody sent, kept on disk under its hash.
type Photo struct {
	ID           int64
	IssueID      int64  // 0: not (yet) evidence of anything
	Kind         string // PhotoBefore or PhotoAfter; "" while loose
	SHA256       string
	File         string // path below the media folder
	Width        int
	Height       int
	Bytes        int64
	Person       string
	Conversation string
	At           int64
}

// The kinds of photos.
const (
	PhotoBefore = "before"
	PhotoAfter  = "after"
	PhotoCheck  = "check" // taken by the inspector at the review
)

// AddPhoto stores a photo's row and fills in its id.
func (tx *Tx) AddPhoto(p *Photo) error {
	p.At = micros(tx.now)
	if err := tx.db.Create(p).Error; err != nil {
		return fmt.Errorf("add photo: %w", err)
	}
	return nil
}

// LoosePhotos lists the photos that a person sent to a conversation since an instant and that belong to nothing yet.
func (tx *Tx) LoosePhotos(conversation, person string, since time.Time) ([]Photo, error) {
	var out []Photo
	err := tx.db.Where("conversation = ? AND person = ? AND issue_id = 0 AND at >= ?", conversation, person, micros(since)).
		Order("id").Find(&out).Error
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
	Until        int64
}

// AddAwait stores a row that is open until an instant. An earlier waiting for the same issue and person ends.
func (tx *Tx) AddAwait(a Await, until time.Time) error {
	if err := tx.EndAwaits(a.IssueID, a.Person); err != nil {
		return err
	}
	a.Until = micros(until)
	if err := tx.db.Create(&a).Error; err != nil {
		return fmt.Errorf("add await: %w", err)
	}
	return nil
}

// OpenAwaits lists what a person may still send photos for in a conversation, newest command first.
func (tx *Tx) OpenAwaits(conversation, person string) ([]Await, error) {
	var out []Await
	err := tx.db.Where("conversation = ? AND person = ? AND until >= ?", conversation, person, micros(tx.now)).
		Order("id DESC").Find(&out).Error
	if err != nil {
		return nil, fmt.Errorf("list awaits: %w", err)
	}
	return out, nil
}

// CountAwait records one more photo for an await.
func (tx *Tx) CountAwait(a Await) error {
	if err := tx.db.Model(&Await{}).Where("id = ?", a.ID).Update("got", a.Got+1).Error; err != nil {
		return fmt.Errorf("count await: %w", err)
	}
	return nil
}

// EndAwaits ends a person's waiting for an issue.
func (tx *Tx) EndAwaits(issueID int64, person string) error {
	if err := tx.db.Where("issue_id = ? AND person = ?", issueID, person).Delete(&Await{}).Error; err != nil {
		return fmt.Errorf("end awaits of issue %d: %w", issueID, err)
	}
	return nil
}
