package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"duban/internal/store"
)

// TestPassing: what the disk or another program keeps from being written can be written later; what is wrong with the words of a statement
// cannot.
func TestPassing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.db")
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	defer db.Close()
	do := func(statement string) error {
		_, err := db.ExecContext(t.Context(), statement)
		return err
	}
	for _, s := range []string{"CREATE TABLE t (n INTEGER UNIQUE)", "INSERT INTO t VALUES (1)"} {
		if err := do(s); err != nil {
			t.Fatal(err)
		}
	}
	locked, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer locked.Close()
	for _, tt := range []struct {
		name, prepare, do, undo string
		passing, full           bool
	}{
		{"full", "PRAGMA max_page_count = 2", "INSERT INTO t WITH RECURSIVE c(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM c WHERE n < 5000) SELECT n FROM c", "PRAGMA max_page_count = 100000", true, true},
		{"read-only", "PRAGMA query_only = 1", "INSERT INTO t VALUES (2)", "PRAGMA query_only = 0", true, false},
		{"twice", "", "INSERT INTO t VALUES (1)", "", false, false},
		{"nonsense", "", "INSERT INTO u VALUES (1)", "", false, false},
	} {
		err := errors.Join(do(tt.prepare))
		failed := do(tt.do)
		if tt.undo != "" {
			err = errors.Join(err, do(tt.undo))
		}
		if err != nil || failed == nil || store.Passing(fmt.Errorf("wrapped: %w", failed)) != tt.passing || store.DiskFull(failed) != tt.full {
			t.Errorf("%s: %v, passing %v, full %v, %v", tt.name, failed, store.Passing(failed), store.DiskFull(failed), err)
		}
	}
	if err := do("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if _, err := locked.ExecContext(t.Context(), "INSERT INTO t VALUES (3)"); !store.Passing(err) || store.DiskFull(err) {
		t.Errorf("locked: %v", err)
	}
	for _, err := range []error{nil, fs.ErrPermission, context.Canceled, context.DeadlineExceeded, &pgconn.PgError{Code: "23505"}, &pgconn.PgError{}} {
		if store.Passing(err) {
			t.Errorf("%v is passing", err)
		}
	}
	for _, code := range []string{"53100", "57P01", "25006", "58030"} {
		if err := fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: code}); !store.Passing(err) {
			t.Errorf("%s is not passing", code)
		}
	}
}
