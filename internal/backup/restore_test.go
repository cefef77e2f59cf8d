package backup

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"duban/internal/store"
)

// grown is an office whose data went on after its backup: 10 issues in the backup, 30 now, the last of them still in the log.
func grown(t *testing.T) (o *office, file string) {
	t.Helper()
	o = newOffice(t, 10)
	file = o.run().File
	o.report(20)
	return o, file
}

// crash ends the program as a power failure does: the log stays beside the database, the lock is gone.
func (o *office) crash() {
	o.Helper()
	kept := map[string][]byte{}
	for _, end := range []string{"", "-wal", "-shm"} {
		data, err := os.ReadFile(o.Database + end)
		if err != nil {
			o.Fatal(err)
		}
		kept[end] = data
	}
	if err := o.store.Close(); err != nil {
		o.Fatal(err)
	}
	for end, data := range kept {
		o.file(o.Database+end, string(data))
	}
}

// issues counts the issues of a database as the program finds it at its start.
func (o *office) issues(path string) int {
	o.Helper()
	s, err := store.Open(o.Context(), path, discard)
	if err != nil {
		o.Fatal(err)
	}
	holds, err := s.Holds(o.Context())
	if err := errors.Join(err, s.Close()); err != nil {
		o.Fatal(err)
	}
	return holds.Issues
}

func TestRestore(t *testing.T) {
	o, file := grown(t)
	if _, err := o.Restore(t.Context(), file, false, o.now); !errors.Is(err, store.ErrInUse) {
		t.Fatalf("restored under a running bot: %v", err)
	}
	o.crash()
	if err := os.RemoveAll(filepath.Join(o.Photos, "ab")); err != nil {
		t.Fatal(err)
	}
	done, err := o.Restore(t.Context(), file, true, o.now)
	if err != nil {
		t.Fatal(err)
	}
	if done.Holds.Issues != 10 || done.Photos != 2 || done.Unfolded || done.Aside == "" {
		t.Errorf("restored %+v", done)
	}
	if now, then := o.issues(o.Database), o.issues(done.Aside); now != 10 || then != 30 {
		t.Errorf("%d issues now, %d set aside", now, then)
	}
	if info, err := os.Stat(o.Database); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	o.want(o.Photos, "ab/abcd.jpg", "ab/abcd.jpg.shown.jpg", "cd/.new-123", "cd/cdef.png")
}

// TestRestoreIsKilled: wherever the program is killed, the database in place is the old one or the new one, whole, and a second
// try succeeds.
func TestRestoreIsKilled(t *testing.T) {
	for steps := range 5 {
		o, file := grown(t)
		o.crash()
		var done Restored
		for n, step := range o.exchange(t.Context(), file, true, o.now, &done) {
			if n == steps {
				break
			}
			if err := step(); err != nil {
				t.Fatal(err)
			}
		}
		want := 30
		if steps == 4 {
			want = 10
		}
		if got := o.issues(o.Database); got != want {
			t.Errorf("killed after %d steps: %d issues", steps, got)
		}
		if _, err := o.Restore(t.Context(), file, false, o.now.AddDate(0, 0, 1)); err != nil {
			t.Fatal(err)
		}
		if got := o.issues(o.Database); got != 10 {
			t.Errorf("tried again after %d steps: %d issues", steps, got)
		}
	}
}

// TestRestoreRefuses: what is no sound backup leaves everything as it was, to the byte.
func TestRestoreRefuses(t *testing.T) {
	o, file := grown(t)
	o.crash()
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	state := func() string {
		var all []string
		for _, name := range o.files(filepath.Dir(o.Database)) {
			data, _ := os.ReadFile(filepath.Join(filepath.Dir(o.Database), name))
			all = append(all, name, string(data))
		}
		return strings.Join(all, "\x00")
	}
	before := state()
	bad := filepath.Join(t.TempDir(), "bad.db")
	for _, data := range []string{string(whole[:len(whole)-5000]), "", "no database", strings.Replace(string(whole), "SQLite format 3", "SQLite format 4", 1)} {
		o.file(bad, data)
		if _, err := o.Restore(t.Context(), bad, false, o.now); err == nil {
			t.Errorf("%d bytes were restored", len(data))
		}
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for _, err := range []error{
		second(o.Restore(stopped, file, false, o.now)), second(o.Restore(t.Context(), file+".none", false, o.now)),
	} {
		if err == nil {
			t.Error("restored")
		}
	}
	o.file(bad, string(whole)) // sound, but without photos beside it
	if err := second(o.Restore(t.Context(), bad, true, o.now)); err == nil || !strings.Contains(err.Error(), "没有照片") {
		t.Errorf("photos from nowhere: %v", err)
	}
	if state() != before {
		t.Error("the data was touched")
	}
}

func second(_ Restored, err error) error { return err }

// TestRestoreOverRuins: the usual reason to restore is a database that cannot be read. What is left of it is kept with its log, and
// that log never meets the restored database.
func TestRestoreOverRuins(t *testing.T) {
	o, file := grown(t)
	o.crash()
	ruin, log := strings.Repeat("ruined by a dying disk", 1000), "ruined too"
	o.file(o.Database, ruin)
	o.file(o.Database+"-wal", log)
	done, err := o.Restore(t.Context(), file, false, o.now)
	if err != nil || !done.Unfolded {
		t.Fatalf("%+v, %v", done, err)
	}
	if got := o.issues(o.Database); got != 10 {
		t.Errorf("%d issues", got)
	}
	if kept, err := os.ReadFile(done.Aside); err != nil || string(kept) != ruin {
		t.Errorf("the ruins: %v", err)
	}
	if kept, err := os.ReadFile(done.Aside + "-wal"); err != nil || string(kept) != log {
		t.Errorf("their log: %v", err)
	}
}

// TestRestoreIntoNothing: on a new machine there is no data yet.
func TestRestoreIntoNothing(t *testing.T) {
	o, file := grown(t)
	o.Database, o.Photos = filepath.Join(t.TempDir(), "new", "duban.db"), filepath.Join(t.TempDir(), "media")
	done, err := o.Restore(t.Context(), file, true, o.now)
	if err != nil || done.Aside != "" || done.Photos != 3 {
		t.Fatalf("%+v, %v", done, err)
	}
	if got := o.issues(o.Database); got != 10 {
		t.Errorf("%d issues", got)
	}
}

var discard = slog.New(slog.DiscardHandler)
