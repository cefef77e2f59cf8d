package storetest

import (
	"database/sql"
	"fmt"
	"testing"

	"duban/internal/store"
	"duban/internal/store/pgtest"
)

// Row is a row of a table: its columns as text. A column that holds NULL is missing.
type Row map[string]string

// Tables reads everything that a database holds: the rows of each table in the order of their keys. Nobody may have a file open.
func Tables(t testing.TB, path string) map[string][]Row {
	t.Helper()
	db := Raw(t, path)
	all := map[string][]Row{}
	if pgtest.Server() != "" {
		for _, table := range rows(t, db, `SELECT c.relname AS name, string_agg(a.attname, ', ' ORDER BY k.n) AS key
			FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
			CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k (attnum, n) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
			WHERE c.relnamespace = 'public'::regnamespace GROUP BY c.relname`) {
			all[table["name"]] = rows(t, db, fmt.Sprintf("SELECT * FROM %q ORDER BY %s", table["name"], table["key"]))
		}
		return all
	}
	for _, row := range rows(t, db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'") {
		all[row["name"]] = rows(t, db, fmt.Sprintf("SELECT * FROM %q ORDER BY rowid", row["name"]))
	}
	return all
}

// Raw opens a database past all rules until the test is over.
func Raw(t testing.TB, path string) *sql.DB {
	t.Helper()
	driver, place := "sqlite", pgtest.Place(t, path)
	if store.OnServer(place) {
		driver = "pgx"
	}
	db, err := sql.Open(driver, place)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func rows(t testing.TB, db *sql.DB, query string) (all []Row) {
	t.Helper()
	found, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	names, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for found.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for n := range values {
			into[n] = &values[n]
		}
		if err := found.Scan(into...); err != nil {
			t.Fatal(err)
		}
		row := Row{}
		for n, v := range values {
			if b, ok := v.([]byte); ok {
				v = string(b)
			}
			if v != nil {
				row[names[n]] = fmt.Sprint(v)
			}
		}
		all = append(all, row)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
