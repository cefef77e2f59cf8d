package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gorm.io/gorm"
)

// conn is one connection of a pool, held for good, on which each statement is prepared once: most of the time of a short
// statement is spent on preparing it, and database/sql forgets what it prepared in a transaction. One goroutine uses it at a time.
type conn struct {
	pool  *sql.DB
	held  *sql.Conn
	ready map[string]*sql.Stmt
}

var (
	_ gorm.ConnPool         = (*conn)(nil)
	_ gorm.ConnPoolBeginner = (*conn)(nil)
	_ gorm.GetDBConnector   = (*conn)(nil)
)

// mostReady bounds the prepared statements. Those of the program are fewer; lists of changing length make more.
const mostReady = 400

// hold takes a connection out of a pool.
func hold(ctx context.Context, pool *sql.DB) (*conn, error) {
	held, err := pool.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to database: %w", err)
	}
	return &conn{pool: pool, held: held, ready: map[string]*sql.Stmt{}}, nil
}

// close gives the connection back.
func (c *conn) close() error {
	c.forget()
	return c.held.Close()
}

func (c *conn) forget() {
	for _, s := range c.ready {
		_ = s.Close() // nothing depends on it
	}
	clear(c.ready)
}

func (c *conn) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if s := c.ready[query]; s != nil {
		return s, nil
	}
	if len(c.ready) >= mostReady {
		c.forget()
	}
	s, err := c.held.PrepareContext(ctx, query)
	if err == nil {
		c.ready[query] = s
	}
	return s, err
}

// PrepareContext implements gorm.ConnPool.
func (c *conn) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return c.held.PrepareContext(ctx, query)
}

// ExecContext implements gorm.ConnPool. What has no values runs once in a while and may be several statements.
func (c *conn) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if len(args) == 0 {
		return c.held.ExecContext(ctx, query)
	}
	s, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

// QueryContext implements gorm.ConnPool.
func (c *conn) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// QueryRowContext implements gorm.ConnPool.
func (c *conn) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	s, err := c.prepared(ctx, query)
	if err != nil {
		return c.held.QueryRowContext(ctx, query, args...) // which fails alike, in the form of a row
	}
	return s.QueryRowContext(ctx, args...)
}

// GetDBConn implements gorm.GetDBConnector.
func (c *conn) GetDBConn() (*sql.DB, error) { return c.pool, nil }

// run runs one of the statements that begin and end transactions.
func (c *conn) run(statement string) error {
	s, err := c.prepared(context.Background(), statement)
	if err == nil {
		_, err = s.ExecContext(context.Background())
	}
	return err
}

// BeginTx implements gorm.ConnPoolBeginner, for migrations.
func (c *conn) BeginTx(context.Context, *sql.TxOptions) (gorm.ConnPool, error) {
	return &transaction{c}, c.run("BEGIN IMMEDIATE")
}

// transaction is a conn between begin and end.
type transaction struct{ *conn }

var _ gorm.TxCommitter = (*transaction)(nil)

// Commit implements gorm.TxCommitter.
func (t *transaction) Commit() error {
	err := t.run("COMMIT")
	if err != nil {
		err = errors.Join(err, t.Rollback())
	}
	return err
}

// Rollback implements gorm.TxCommitter.
func (t *transaction) Rollback() error { return t.run("ROLLBACK") }
