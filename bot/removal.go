package bot

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"duban/internal/store"
)

// arriving counts, by their hash, the pictures whose files are there and whose rows are not yet: such a file must not be removed,
// though no photo promises it.
type arriving struct {
	mu sync.Mutex
	n  map[string]int
}

// coming are the pictures of this process. They are known by what is in them, so that several bots may share it.
var coming = arriving{n: map[string]int{}}

// add says that a picture is being stored. Every add is ended by a done.
func (a *arriving) add(sha256 string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.n[sha256]++
}

// done says that the rows of pictures are there, or will never be.
func (a *arriving) done(photos ...store.Photo) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, p := range photos {
		if a.n[p.SHA256]--; a.n[p.SHA256] <= 0 {
			delete(a.n, p.SHA256)
		}
	}
}

// remover gives what removes a file of a media folder that no photo promises. It says no if a picture of the same hash is just being stored:
// then the next run asks again. A file that is promised once more stays, and one that is gone already is no error.
func remover(s *store.Store, media string) func(context.Context, store.Removal) (bool, error) {
	return func(ctx context.Context, r store.Removal) (bool, error) {
		coming.mu.Lock()
		defer coming.mu.Unlock()
		if coming.n[r.SHA256] > 0 {
			return false, nil
		}
		promised := false
		err := s.Read(ctx, time.Time{}, func(tx *store.Tx) (err error) {
			promised, err = tx.Promised(r.SHA256)
			return err
		})
		if err != nil || promised {
			return promised, err
		}
		return true, removeBelow(media, filepath.FromSlash(r.File))
	}
}

// removeBelow removes a file of a folder for good: it does not come back after a loss of power. A name that leads elsewhere is an
// error.
func removeBelow(folder, name string) error {
	root, err := os.OpenRoot(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	if err := root.Remove(name); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	if d, err := root.Open(filepath.Dir(name)); err == nil { // Windows opens no folders; it needs no more
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}
