package backup

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duban/internal/store"
	"duban/internal/store/pgtest"
)

// TestPostgresBackup: of a server's database the configuration and the photos are kept, in both places, and it is said what is not; nothing
// is restored from files.
func TestPostgresBackup(t *testing.T) {
	pgtest.NeedsServer(t)
	o := newOffice(t, 2)
	o.Database = pgtest.Place(t, o.Database)
	o.CopyTo = filepath.Join(t.TempDir(), "second")
	for _, now := range []time.Time{o.now, o.now.AddDate(0, 0, 1)} {
		made, err := o.Plan.Run(t.Context(), o.store, now)
		if err != nil || !made.Server || !made.Second {
			t.Fatalf("%+v, %v", made, err)
		}
		if said := made.String(); !strings.Contains(said, "pg_dump") || strings.Contains(said, "件问题") {
			t.Errorf("it says: %s", said)
		}
	}
	for _, folder := range []string{o.Folder, o.CopyTo} {
		for _, name := range []string{"duban.yaml", "media/ab/abcd.jpg", "media/cd/cdef.png"} {
			if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
				t.Error(err)
			}
		}
		if left, err := filepath.Glob(filepath.Join(folder, "*.db")); err != nil || len(left) > 0 {
			t.Errorf("copies of a database: %v, %v", left, err)
		}
	}
	if _, err := o.Restore(t.Context(), filepath.Join(o.Folder, "duban.db"), true, o.now); !errors.Is(err, store.ErrServer) {
		t.Errorf("restored: %v", err)
	}
}
