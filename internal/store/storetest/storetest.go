// Package storetest opens fresh databases for tests and fills them with issues that have lived through real moves.
package storetest

import (
	"bytes"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/pgtest"
)

// Open opens a new database in the test's own folder and closes it when the test is over.
func Open(t testing.TB) *store.Store {
	t.Helper()
	return OpenAt(t, filepath.Join(t.TempDir(), "duban.db"))
}

// OpenAt opens the database at path, new or not, and closes it when the test is over.
func OpenAt(t testing.TB, path string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), pgtest.Place(t, path), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close database: %v", err)
		}
	})
	return s
}

// Write runs fn in a writing transaction that must succeed.
func Write(t testing.TB, s *store.Store, now time.Time, fn func(*store.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), now, fn); err != nil {
		t.Fatalf("write: %v", err)
	}
}

// Read runs fn in a reading transaction that must succeed.
func Read(t testing.TB, s *store.Store, now time.Time, fn func(*store.Tx) error) {
	t.Helper()
	if err := s.Read(t.Context(), now, fn); err != nil {
		t.Fatalf("read: %v", err)
	}
}

// Exec runs one statement on a database that nobody has open, past all rules.
func Exec(t testing.TB, path, statement string) {
	t.Helper()
	db := Raw(t, path)
	_, err := db.ExecContext(t.Context(), statement)
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// Ruin overwrites the first page of a table in a database that nobody has open.
func Ruin(t testing.TB, path, table string) {
	t.Helper()
	const page = 4096
	var root int64
	db, err := sql.Open("sqlite", path)
	if err == nil {
		err = db.QueryRowContext(t.Context(), "SELECT rootpage FROM sqlite_master WHERE name = ?", table).Scan(&root)
		err = errors.Join(err, db.Close())
	}
	f, openErr := os.OpenFile(path, os.O_WRONLY, 0)
	if err = errors.Join(err, openErr); err == nil {
		_, err = f.WriteAt(bytes.Repeat([]byte("x"), page), (root-1)*page)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Issue files an issue with what c says of it and returns it; assigned at once if c names a unit.
func Issue(t testing.TB, s *store.Store, p issue.Policy, now time.Time, c issue.Change) issue.Issue {
	t.Helper()
	var i issue.Issue
	Write(t, s, now, func(tx *store.Tx) error {
		id, err := tx.NewIssueNumber()
		if err != nil {
			return err
		}
		i = issue.Issue{ID: id}
		owner := issue.Change{Unit: c.Unit, Assignee: c.Assignee}
		c.Unit, c.Assignee = "", ""
		e, err := p.Apply(&i, issue.Act{Action: issue.Report, By: c.Reporter, At: tx.Now(), Change: c})
		if err != nil {
			return err
		}
		events := []issue.Event{e}
		if owner.Unit != "" {
			if e, err = p.Apply(&i, issue.Act{Action: issue.Assign, At: tx.Now(), Change: owner}); err != nil {
				return err
			}
			events = append(events, e)
		}
		return tx.SaveIssue(i, events...)
	})
	return i
}

// Move makes a move on a stored issue, which must be allowed, and returns the issue as it is then.
func Move(t testing.TB, s *store.Store, p issue.Policy, id int64, a issue.Act) issue.Issue {
	t.Helper()
	var i issue.Issue
	Write(t, s, a.At, func(tx *store.Tx) (err error) {
		if i, err = tx.Issue(id); err != nil {
			return err
		}
		e, err := p.Apply(&i, a)
		if err != nil {
			return err
		}
		return tx.SaveIssue(i, e)
	})
	return i
}
