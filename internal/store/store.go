// Package store keeps duban's data in a database through GORM. It is the only package that knows SQL.
//
// Reading and writing happen in transactions that carry one instant, so that everything which one message or one job
// writes agrees about the time.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	_ "modernc.org/sqlite" // registers the driver
)

// Store is an open database.
type Store struct {
	dialect *dialect
	place   string
	writer  *gorm.DB // one connection: there is one writer
	line    line     // of those who write
	reader  *gorm.DB
	reads   chan *conn   // the connections that transactions read on; nil: not opened yet
	lock    *flock.Flock // shared by all that use a file; nil for one that is only looked at, and for a server
	end     func() error // closes all, once
}

// Tx is one transaction and its instant.
type Tx struct {
	db  *gorm.DB
	now time.Time
}

// Now is the instant of the transaction.
func (tx *Tx) Now() time.Time { return tx.now }

// readers is how many connections may read at the same time.
const readers = 4

// Open opens a database: the SQLite file at a path, which is created if need be (readable by its owner alone), or that of a PostgreSQL
// server (OnServer). It checks that the safety settings are in force, and brings the schema up to date. A schema newer than this
// program is refused.
func Open(ctx context.Context, place string, log *slog.Logger) (*Store, error) {
	if OnServer(place) {
		return openOn(ctx, &onServer, place, nil, log)
	}
	if err := createFolder(place); err != nil {
		return nil, err
	}
	lock, err := share(place)
	if err != nil {
		return nil, err
	}
	s, err := openOn(ctx, &inFile, place, lock, log)
	if s == nil {
		err = errors.Join(err, lock.Unlock())
	}
	return s, err
}

func openOn(ctx context.Context, d *dialect, place string, lock *flock.Flock, log *slog.Logger) (*Store, error) {
	s, err := connectBoth(ctx, d, place, log)
	if err != nil {
		return nil, d.trouble(place, err)
	}
	s.lock = lock
	if err := s.prepare(ctx); err != nil {
		err = errors.Join(err, s.Close())
		return nil, err
	}
	return s, nil
}

func connectBoth(ctx context.Context, d *dialect, place string, log *slog.Logger) (*Store, error) {
	pool, err := d.open(place)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1)
	writer, err := connect(ctx, d, pool, log)
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	if pool, err = d.open(place); err != nil {
		return nil, errors.Join(err, closeDB(writer))
	}
	reader, err := gorm.Open(d.gorm(pool), settings(log))
	if err != nil {
		return nil, errors.Join(err, pool.Close(), closeDB(writer))
	}
	s := &Store{dialect: d, place: place, writer: writer, reader: reader, reads: make(chan *conn, readers)}
	for range readers {
		s.reads <- nil
	}
	s.end = sync.OnceValue(s.closeAll)
	return s, limitConns(reader, readers+1) // one for what reads without a transaction
}

func limitConns(db *gorm.DB, n int) error {
	pool, err := db.DB()
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	return nil
}

func (s *Store) prepare(ctx context.Context) error {
	for _, db := range []*gorm.DB{s.writer, s.reader} {
		if err := s.dialect.check(db.WithContext(ctx)); err != nil {
			return err
		}
	}
	return migrate(s.writer.WithContext(ctx), s.dialect.schema, migrations)
}

func createFolder(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("数据库目录无法创建：%w", err)
	}
	return nil
}

// createFile makes the database file with mode 0600 before SQLite would make it for everyone.
func createFile(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// pragmas are the safety settings of design.md §9.5 with the values they read back as.
var pragmas = [...]struct{ name, set, read string }{
	{"journal_mode", "WAL", "wal"},
	{"synchronous", "FULL", "2"},
	{"foreign_keys", "1", "1"},
	{"busy_timeout", "10000", "10000"},
	{"secure_delete", "ON", "1"}, // what is cleared or erased does not stay in the file
}

// quick are settings that cost no safety. What a savepoint may take back stays in memory instead of a file; the pages that messages
// touch stay in the cache; and the log is folded into the file less often, because most pages in it are written again and again.
var quick = [...]string{"temp_store(MEMORY)", "cache_size(-32000)", "wal_autocheckpoint(4000)"}

func dsn(path string) string {
	q := url.Values{"_txlock": {"immediate"}, "_time_format": {"sqlite"}}
	for _, p := range pragmas {
		q.Add("_pragma", p.name+"("+p.set+")")
	}
	for _, set := range quick {
		q.Add("_pragma", set)
	}
	return "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() + "?" + q.Encode()
}

// driver is the name of the driver without cgo.
const driver = "sqlite"

// connect makes the one connection that writes.
func connect(ctx context.Context, d *dialect, pool *sql.DB, log *slog.Logger) (*gorm.DB, error) {
	c, err := hold(ctx, d, pool)
	if err != nil {
		return nil, err
	}
	return gorm.Open(d.gorm(c), settings(log))
}

func settings(log *slog.Logger) *gorm.Config {
	return &gorm.Config{
		Logger:                 logger.NewSlogLogger(log, logger.Config{LogLevel: logger.Error, IgnoreRecordNotFoundError: true, ParameterizedQueries: true}),
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
		NowFunc:                func() time.Time { return time.Time{} }, // no column is filled behind our back
	}
}

// Close closes the database when the transactions on it have ended.
func (s *Store) Close() error { return s.end() }

func (s *Store) closeAll() error {
	var errs []error
	for range cap(s.reads) {
		if c := <-s.reads; c != nil {
			errs = append(errs, c.close())
		}
	}
	for range cap(s.reads) {
		s.reads <- nil // who reads all the same is told that it is closed
	}
	if c, ok := s.writer.ConnPool.(*conn); ok {
		errs = append(errs, c.close())
	}
	errs = append(errs, closeDB(s.reader), closeDB(s.writer))
	if s.lock != nil { // it was not only looked at
		errs = append(errs, s.lock.Unlock())
	}
	return errors.Join(errs...)
}

func closeDB(db *gorm.DB) error {
	pool, err := db.DB()
	if err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return pool.Close()
}

// Read runs fn on one consistent state of the data, which a writer that commits meanwhile does not change.
func (s *Store) Read(ctx context.Context, now time.Time, fn func(*Tx) error) (err error) {
	var c *conn
	select {
	case c = <-s.reads:
	case <-ctx.Done():
		return fmt.Errorf("begin reading: %w", ctx.Err())
	}
	defer func() { s.reads <- c }()
	if c == nil {
		pool, err := s.reader.DB()
		if err != nil {
			return fmt.Errorf("begin reading: %w", err)
		}
		if c, err = hold(ctx, s.dialect, pool); err != nil {
			return fmt.Errorf("begin reading: %w: %w", errLost, err)
		}
	}
	if err := c.afresh(ctx, func() error { return c.run(s.dialect.look) }); err != nil {
		return fmt.Errorf("begin reading: %w", err)
	}
	// Nothing was changed, so nothing can fail to be taken back.
	defer func() { _ = c.run("ROLLBACK") }()
	return c.why(fn(newTx(on(ctx, s.reader, c), now)))
}

// on is a database whose statements run on a connection.
func on(ctx context.Context, db *gorm.DB, c *conn) *gorm.DB {
	db = db.Session(&gorm.Session{Context: ctx, NewDB: true})
	db.Statement.ConnPool = c
	return db
}

// newTx takes the instant as exactly as the database keeps it, so that what is computed from it survives storing.
func newTx(db *gorm.DB, now time.Time) *Tx {
	return &Tx{db: db, now: now.Truncate(time.Microsecond)}
}

// micros is how instants are stored: microseconds in UTC, which sort alike in every database. Zero stays zero.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func instant(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us)
}
