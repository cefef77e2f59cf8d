package storetest

import (
	"database/sql"
	"fmt"
	"testing"
)

// Row is a row of a table: its columns as text. A column that holds NULL is missing.
type Row map[string]string

// Tables reads everything that a database file holds, which nobody has open: the rows of each table in the order of their keys.
func Tables(t testing.TB, path string) map[string][]Row {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	all := map[string][]Row{}
	for _, row := range rows(t, db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'") {
		all[row["name"]] = rows(t, db, fmt.Sprintf("SELECT * FROM %q ORDER BY rowid", row["name"]))
	}
	return all
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
