package pgtest

import (
	"database/sql"
	"testing"
)

// TestOthersDatabasesStay: a process that begins to test removes what dead ones have left, and nothing of those that are at work.
func TestOthersDatabasesStay(t *testing.T) {
	NeedsServer(t)
	var one, other lender
	if err := one.connect(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = one.admin.Close() })
	address, _, err := one.lend("a path", true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := one.takeBack("a path", true); err != nil {
			t.Error(err)
		}
	})
	if err := other.connect(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.admin.Close() })
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.PingContext(t.Context()); err != nil {
		t.Error(err)
	}
}
