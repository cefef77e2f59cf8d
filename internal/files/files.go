// Package files makes the pictures and documents that go along with messages, from recipes that say all there is to show. A
// recipe is queued with its message and followed when the message is sent: nothing is drawn inside a transaction, and nothing
// that can be made again is kept.
package files

import (
	"context"
	"fmt"
	"time"

	"duban/internal/store"
)

// File is a file that was made.
type File struct {
	Name    string // as people see it
	Path    string
	Picture bool
}

// Maker follows recipes.
type Maker struct{}

// Make makes the files of a recipe in a folder that the caller removes.
func (m Maker) Make(_ context.Context, _ time.Time, r store.Recipe, _ string) ([]File, error) {
	return nil, fmt.Errorf("no way to make %q", r)
}
