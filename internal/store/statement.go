package store

import (
	"fmt"
	"reflect"
	"strings"
	"sync"

	"gorm.io/gorm/schema"
)

// table is a table whose rows are T, for statements that are written by hand: those that run with every message. GORM makes each anew and
// takes longer for it than the database does (docs/adr/0042-pipeline.md). The names of the columns are GORM's.
type table[T any] struct {
	name    string
	columns []string
	index   []int  // of the columns' fields in T
	all     string // the columns, for a statement
}

// tableOf is the table of T, which has fields for all of its columns.
func tableOf[T any]() table[T] {
	parsed, err := schema.Parse(new(T), &sync.Map{}, schema.NamingStrategy{})
	if err != nil {
		panic(err) // a type of this package that is no row
	}
	t := table[T]{name: parsed.Table}
	for _, f := range parsed.Fields {
		t.columns, t.index = append(t.columns, f.DBName), append(t.index, f.StructField.Index[0])
	}
	t.all = strings.Join(t.columns, ", ")
	return t
}

// marks are places for n values, at least one.
func marks(n int) string { return "?" + strings.Repeat(", ?", n-1) }

// values are the values of all columns of a row.
func (t table[T]) values(row *T) []any {
	v := reflect.ValueOf(row).Elem()
	out := make([]any, len(t.index))
	for n, k := range t.index {
		out[n] = v.Field(k).Interface()
	}
	return out
}

// fields are where a row keeps the values of all columns.
func (t table[T]) fields(row *T) []any {
	v := reflect.ValueOf(row).Elem()
	out := make([]any, len(t.index))
	for n, k := range t.index {
		out[n] = v.Field(k).Addr().Interface()
	}
	return out
}

// insert is the statement that adds n rows; without says that the first column, the running key, is left to the database.
func (t table[T]) insert(n int, without bool) string {
	columns := t.columns
	if without {
		columns = columns[1:]
	}
	row := "(" + marks(len(columns)) + ")"
	return "INSERT INTO " + t.name + " (" + strings.Join(columns, ", ") + ") VALUES " + row + strings.Repeat(", "+row, n-1)
}

// list reads the rows that the rest of a statement chooses.
func (t table[T]) list(tx *Tx, rest string, args ...any) ([]T, error) {
	return scan(tx, t.fields, "SELECT "+t.all+" FROM "+t.name+" "+rest, args...)
}

// scan reads the rows of a statement; fields are where a row keeps its columns.
func scan[T any](tx *Tx, fields func(*T) []any, query string, args ...any) (out []T, err error) {
	rows, err := tx.db.Statement.ConnPool.QueryContext(tx.db.Statement.Context, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err has told
	for rows.Next() {
		var row T
		if err := rows.Scan(fields(&row)...); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

// exec runs a statement and says how many rows it changed.
func (tx *Tx) exec(query string, args ...any) (int64, error) {
	done, err := tx.db.Statement.ConnPool.ExecContext(tx.db.Statement.Context, query, args...)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

// add runs an insert into a table with a running key, and gives the key; 0: the row was there already.
func (tx *Tx) add(query string, args ...any) (int64, error) {
	if tx.db.Name() != inFileName {
		ids, err := scan(tx, func(id *int64) []any { return []any{id} }, query+" RETURNING id", args...)
		if err != nil || len(ids) == 0 {
			return 0, err
		}
		return ids[0], nil
	}
	done, err := tx.db.Statement.ConnPool.ExecContext(tx.db.Statement.Context, query, args...)
	if err != nil {
		return 0, err
	}
	if n, err := done.RowsAffected(); n == 0 || err != nil {
		return 0, err
	}
	return done.LastInsertId()
}

// either is a condition that a column has one of some values that the program knows, as a part of a statement's text.
func either[S ~string](column string, values []S) string {
	var quoted []string
	for _, v := range values {
		quoted = append(quoted, "'"+string(v)+"'")
	}
	return fmt.Sprintf("%s IN (%s)", column, strings.Join(quoted, ", "))
}
