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
	dialect *dialect
	pool    *sql.DB
	held    *sql.Conn
	ready   map[string]*sql.Stmt
	stale   bool // what is prepared must not be used in the next transaction
}

var (
	_ gorm.ConnPool         = (*conn)(nil)
	_ gorm.ConnPoolBeginner = (*conn)(nil)
	_ gorm.GetDBConnector   = (*conn)(nil)
)

// mostReady bounds the prepared statements. Those of the program are fewer; lists of changing length make more.
const mostReady = 400

// hold takes a connection out of a pool.
func hold(ctx context.Context, d *dialect, pool *sql.DB) (*conn, error) {
	held, err := pool.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to database: %w", err)
	}
	return &conn{dialect: d, pool: pool, held: held, ready: map[string]*sql.Stmt{}}, nil
}

// afresh begins a transaction. If the connection is lost, as when the server was started anew, it is made anew first: nothing has been
// done in the transaction yet.
func (c *conn) afresh(ctx context.Context, begin func() error) error {
	if c.stale {
		c.forget()
	}
	if !c.lost() {
		if err := begin(); err == nil || !c.lost() {
			return err
		}
	}
	if err := c.renew(ctx); err != nil {
		return c.why(err)
	}
	return c.why(begin())
}

func (c *conn) lost() bool { return c.dialect.lost(c) }

// why says of an error whether it comes from a lost connection, which is also the end of one on which somebody lost patience.
func (c *conn) why(err error) error {
	patient := !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
	if err != nil && patient && c.lost() {
		return fmt.Errorf("%w: %w", errLost, err)
	}
	return err
}

// renew takes another connection in the place of a lost one.
func (c *conn) renew(ctx context.Context) error {
	c.forget()
	_ = c.held.Close() // it is lost
	held, err := c.pool.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect to database: %w: %w", errLost, err)
	}
	c.held = held
	return nil
}

// close gives the connection back.
func (c *conn) close() error {
	lost := c.lost()
	c.forget()
	if err := c.held.Close(); !lost {
		return err
	}
	return nil
}

func (c *conn) forget() {
	for _, s := range c.ready {
		_ = s.Close() // nothing depends on it
	}
	clear(c.ready)
	c.stale = false
}

func (c *conn) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if s := c.ready[query]; s != nil {
		return s, nil
	}
	if len(c.ready) >= mostReady {
		c.forget()
	}
	s, err := c.held.PrepareContext(ctx, c.dialect.query(query))
	if err == nil {
		c.ready[query] = s
	}
	return s, err
}

// values puts values into the form that the database takes.
func (c *conn) values(args []any) []any {
	for n, a := range args {
		args[n] = c.dialect.value(a)
	}
	return args
}

// noted remembers of an error that what is prepared is of no use any more.
func (c *conn) noted(err error) error {
	c.stale = c.stale || err != nil && c.dialect.stale(err)
	return err
}

// PrepareContext implements gorm.ConnPool.
func (c *conn) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return c.held.PrepareContext(ctx, c.dialect.query(query))
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
	done, err := s.ExecContext(ctx, c.values(args)...)
	return done, c.noted(err)
}

// QueryContext implements gorm.ConnPool.
func (c *conn) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, c.values(args)...)
	return rows, c.noted(err)
}

// QueryRowContext implements gorm.ConnPool.
func (c *conn) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	s, err := c.prepared(ctx, query)
	if err != nil {
		return c.held.QueryRowContext(ctx, query, args...) // which fails alike, in the form of a row
	}
	row := s.QueryRowContext(ctx, c.values(args)...)
	_ = c.noted(row.Err())
	return row
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
func (c *conn) BeginTx(ctx context.Context, _ *sql.TxOptions) (gorm.ConnPool, error) {
	_, err := c.dialect.begin(ctx, c)
	return &transaction{c}, err
}

// transaction is a conn between begin and end.
type transaction struct{ *conn }

var _ gorm.TxCommitter = (*transaction)(nil)

// Commit implements gorm.TxCommitter.
func (t *transaction) Commit() error {
	err := errSpoilt
	if t.dialect.whole(t.conn) {
		err = t.run("COMMIT")
	}
	if err != nil {
		err = errors.Join(err, t.Rollback())
	}
	return err
}

// Rollback implements gorm.TxCommitter.
func (t *transaction) Rollback() error { return t.run("ROLLBACK") }
