package bench

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // registers the driver

	"duban/internal/store"
)

// bare is what a program without any rules would do: the rows that the bot wrote for each report, written again by database/sql
// alone into the same tables, with the same durability.
type bare struct {
	db     *sql.DB
	insert map[string]*sql.Stmt
	done   *sql.Stmt
	work   []rows // of each command
}

// rows are what a command writes, by table.
type rows struct {
	arrival []any
	effects []row // the issue, its events, the answers
}

type row struct {
	table  string
	values []any
}

// newBare takes the rows out of a database that the bot has filled, one command after the other.
func newBare(b *testing.B, from string) *bare {
	b.Helper()
	work := read(b, from)
	path := filepath.Join(b.TempDir(), "bare.db")
	s, err := store.Open(b.Context(), path, slog.New(slog.DiscardHandler)) // makes the tables
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	db := connect(b, path)
	bare := &bare{db: db, insert: map[string]*sql.Stmt{}, work: work}
	for _, r := range append([]row{{"inbox", work[0].arrival}}, work[0].effects...) {
		if bare.insert[r.table] == nil {
			marks := strings.TrimSuffix(strings.Repeat("?,", len(r.values)), ",")
			bare.insert[r.table] = prepare(b, db, "INSERT INTO "+r.table+" VALUES ("+marks+")")
		}
	}
	bare.done = prepare(b, db, "UPDATE inbox SET done_at = ? WHERE id = ?")
	return bare
}

func connect(b *testing.B, path string) *sql.DB {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=secure_delete(ON)")
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { _ = db.Close() })
	return db
}

func prepare(b *testing.B, db *sql.DB, statement string) *sql.Stmt {
	b.Helper()
	s, err := db.Prepare(statement)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// read gives what the bot wrote for each command. The nth command filed the nth issue.
func read(b *testing.B, path string) []rows {
	b.Helper()
	db := connect(b, path)
	work := []rows{}
	for _, r := range all(b, db, "SELECT * FROM inbox ORDER BY id") {
		work = append(work, rows{arrival: r})
	}
	for n, r := range all(b, db, "SELECT * FROM issues ORDER BY id") {
		work[n].effects = append(work[n].effects, row{"issues", r})
	}
	for _, r := range all(b, db, "SELECT * FROM events ORDER BY issue_id, seq") {
		n := r[0].(int64) - 1
		work[n].effects = append(work[n].effects, row{"events", r})
	}
	said := all(b, db, "SELECT * FROM outbox ORDER BY id")
	for n, r := range said {
		n = n * len(work) / len(said)
		work[n].effects = append(work[n].effects, row{"outbox", r})
	}
	return work
}

func all(b *testing.B, db *sql.DB, query string) (out [][]any) {
	b.Helper()
	list, err := db.Query(query)
	if err != nil {
		b.Fatal(err)
	}
	defer list.Close()
	columns, err := list.Columns()
	if err != nil {
		b.Fatal(err)
	}
	for list.Next() {
		values := make([]any, len(columns))
		into := make([]any, len(columns))
		for n := range values {
			into[n] = &values[n]
		}
		if err := list.Scan(into...); err != nil {
			b.Fatal(err)
		}
		out = append(out, values)
	}
	if err := list.Err(); err != nil {
		b.Fatal(err)
	}
	return out
}

// write carries commands, group of them in each commit: first that they have arrived, then what they do and that it is done.
func (w *bare) write(ctx context.Context, group int) error {
	for n := 0; n < len(w.work); n += group {
		some := w.work[n:min(n+group, len(w.work))]
		err := w.commit(ctx, func(tx *sql.Tx) error {
			for _, c := range some {
				if _, err := tx.Stmt(w.insert["inbox"]).Exec(c.arrival...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("arrival: %w", err)
		}
		err = w.commit(ctx, func(tx *sql.Tx) error {
			for _, c := range some {
				for _, r := range c.effects {
					if _, err := tx.Stmt(w.insert[r.table]).Exec(r.values...); err != nil {
						return err
					}
				}
				if _, err := tx.Stmt(w.done).Exec(1, c.arrival[0]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("effects: %w", err)
		}
	}
	return nil
}

func (w *bare) commit(ctx context.Context, fn func(*sql.Tx) error) error {
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}
