package store

import (
	"fmt"
	"time"

	"duban/internal/issue"
)

// Wording is what an issue says, where many are compared with a new one.
type Wording struct {
	ID   int64
	Text string
}

// whole chooses whole issues in some statuses; the rest says by which index they are found.
func whole(statuses []issue.Status, rest string) string {
	return "SELECT id, text FROM issues WHERE " + either("status", statuses) + " AND COALESCE(parent, 0) = 0 AND " + rest
}

var (
	wordingsAt      = whole(issue.OpenStatuses(), "place = ? AND reported_at >= ? ORDER BY id DESC LIMIT ?")
	wordingsWritten = whole(issue.OpenStatuses(), "place_text = ? AND place = '' AND reported_at >= ? ORDER BY id DESC LIMIT ?")
	wordingsOf      = whole(append(issue.OpenStatuses(), issue.Closed), "reporter = ? AND reported_at >= ? ORDER BY id DESC")
)

func wordings(tx *Tx, query string, args ...any) ([]Wording, error) {
	out, err := scan(tx, func(w *Wording) []any { return []any{&w.ID, &w.Text} }, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list wordings: %w", err)
	}
	return out, nil
}

// WordingsAt lists what the open issues at a place say that were reported since an instant, the newest first, at most limit: at a registered
// place, or, where that is "", at one as it was written. Parts of assisting units are left out.
func (tx *Tx) WordingsAt(place, placeText string, since time.Time, limit int) ([]Wording, error) {
	if place == "" {
		return wordings(tx, wordingsWritten, placeText, micros(since), limit)
	}
	return wordings(tx, wordingsAt, place, micros(since), limit)
}

// WordingsOf lists what somebody has reported since an instant, whether it is open or closed, the newest first. Parts of assisting units
// are left out.
func (tx *Tx) WordingsOf(reporter string, since time.Time) ([]Wording, error) {
	return wordings(tx, wordingsOf, reporter, micros(since))
}
