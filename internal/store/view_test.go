package store_test

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/store"
	"duban/internal/store/pgtest"
	"duban/internal/store/storetest"
)

// folder is what is in a folder, without the index file, which holds no data.
func folder(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(e.Name()) == ".db-shm" {
			data = nil
		}
		out[e.Name()] = string(data)
	}
	return out
}

// TestView: a database can be looked at while a program has it open, after it was closed and after a program was killed, and
// looking changes nothing.
func TestView(t *testing.T) {
	pgtest.NeedsFile(t, "TestViewOfAServer is the other one")
	now := storetest.At(t, "2026-11-23 09:05")
	dir, killed := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, "duban.db")
	look := func(t *testing.T, path string) {
		t.Helper()
		before := folder(t, filepath.Dir(path))
		v, err := store.View(path, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if n := chats(t, v, now); n != 1 {
			t.Errorf("%d rows, want 1", n)
		}
		storetest.Read(t, v, now, func(tx *store.Tx) error {
			have, known, err := tx.Steps()
			damage, err2 := tx.QuickCheck(t.Context())
			if have != known || have == 0 || damage != "" {
				t.Errorf("steps %d of %d, %s", have, known, damage)
			}
			return errors.Join(err, err2)
		})
		if err := v.Write(t.Context(), now, func(tx *store.Tx) error { return bind(tx, "office") }); err == nil {
			t.Error("it can be written")
		}
		if err := v.Close(); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(before, folder(t, filepath.Dir(path))); diff != "" {
			t.Errorf("looking changed the folder: %.300s", diff)
		}
	}
	if _, err := store.View(path, slog.New(slog.DiscardHandler)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	s := storetest.OpenAt(t, path)
	storetest.Write(t, s, now, func(tx *store.Tx) error { return bind(tx, "inspect") })
	look(t, path)
	for _, name := range []string{"duban.db", "duban.db-wal", "duban.db-shm"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(killed, name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	look(t, filepath.Join(killed, "duban.db"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	look(t, path)
}

// TestViewTells: what a database says of its own life.
func TestViewTells(t *testing.T) {
	s, now := storetest.Open(t), storetest.At(t, "2026-11-23 09:05")
	at := func(minutes int) time.Time { return now.Add(time.Duration(minutes) * time.Minute) }
	run := func(job string, slot int, result string) {
		storetest.Write(t, s, at(slot).Add(time.Second), func(tx *store.Tx) error {
			_, err := tx.ClaimRun(job, at(slot), result, "磁盘已满")
			return err
		})
	}
	tell := func() (last time.Time, failed []store.FailedRun) {
		storetest.Read(t, s, now, func(tx *store.Tx) (err error) {
			if last, err = tx.LastWritten(); err == nil {
				failed, err = tx.FailedRuns()
			}
			return err
		})
		return last, failed
	}
	if last, failed := tell(); !last.IsZero() || failed != nil {
		t.Errorf("an empty database: %v, %v", last, failed)
	}
	run("summary", 0, store.RunFailed)
	run("backup", 1, store.RunFailed)
	run("backup", 2, store.RunDone) // it went well again
	last, failed := tell()
	if !last.Equal(at(2).Add(time.Second)) || len(failed) != 1 || failed[0].Job != "summary" || failed[0].Note != "磁盘已满" {
		t.Errorf("%v, %v", last, failed)
	}
	storetest.Write(t, s, at(9), func(tx *store.Tx) error {
		return tx.Send(store.Out{To: store.ToChat("inspect"), Text: "一"})
	})
	if last, _ := tell(); !last.Equal(at(9)) {
		t.Errorf("a queued message is newer: %v", last)
	}
}
