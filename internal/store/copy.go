package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Contents is what a database holds, in few figures.
type Contents struct {
	Issues int
	Events int
	Queued int       // messages that were not sent yet
	Newest time.Time // the newest event; zero if there is none
}

// ErrServer says that the database is on a server and is no file that could be copied or exchanged.
var ErrServer = errors.New("数据库在 PostgreSQL 服务器上，请用 pg_dump 备份、pg_restore 恢复（见 docs/operations.md）")

// OnServer says whether the database is a server's.
func (s *Store) OnServer() bool { return OnServer(s.place) }

// Copy writes a complete and consistent copy of the database into a file that does not exist yet, readable by its owner alone.
// Writers go on meanwhile. The copy is on disk when it returns; what is in it has to be read by Inspect. Of a server's database it is ErrServer.
func (s *Store) Copy(ctx context.Context, path string) error {
	if s.OnServer() {
		return ErrServer
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) // SQLite takes an empty file and leaves its mode
	if err != nil {
		return err
	}
	err = s.reader.WithContext(ctx).Exec("VACUUM INTO ?", path).Error
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("copy database: %w", err), os.Remove(path))
	}
	return nil
}

// Holds counts what the database holds now; Newest is left out, because it takes a look at every event.
func (s *Store) Holds(ctx context.Context) (Contents, error) {
	var c Contents
	err := s.reader.WithContext(ctx).Raw(countAll).Row().Scan(&c.Issues, &c.Events, &c.Queued)
	return c, err
}

const countAll = `SELECT (SELECT COUNT(*) FROM issues), (SELECT COUNT(*) FROM events), (SELECT COUNT(*) FROM outbox WHERE state = 'queued')`

// sqliteHead begins every SQLite file.
var sqliteHead = []byte("SQLite format 3\x00")

// Inspect reads a database file that nobody has open, without changing anything, and tells what it holds. It is an error, in
// words for an administrator, if the file is no database of this program, is damaged, or was made by a newer one.
func Inspect(ctx context.Context, path string) (Contents, error) {
	if err := looksLikeDatabase(path); err != nil {
		return Contents{}, err
	}
	// immutable: no lock, no log and no index file is made beside it.
	q := url.Values{"mode": {"ro"}, "immutable": {"1"}, "_pragma": {"query_only(1)"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return Contents{}, fmt.Errorf("open %s: %w", path, err)
	}
	defer func() { _ = db.Close() }()
	if err := sound(ctx, db); err != nil {
		return Contents{}, err
	}
	var c Contents
	var newest int64
	err = db.QueryRowContext(ctx, countAll).Scan(&c.Issues, &c.Events, &c.Queued)
	if err == nil {
		err = db.QueryRowContext(ctx, "SELECT COALESCE(MAX(at), 0) FROM events").Scan(&newest)
	}
	if err != nil {
		return Contents{}, unsound(ctx, err)
	}
	c.Newest = instant(newest)
	return c, nil
}

func looksLikeDatabase(path string) error {
	if err := headed(path); err != nil {
		return err
	}
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		return fmt.Errorf("%s 旁边还有 -wal 文件，它是程序正在用的数据库，或者是直接复制的，不是备份", path)
	}
	return nil
}

// headed checks that a file begins as SQLite's do.
func headed(path string) error {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("没有这个文件：%s", path)
	case err != nil:
		return fmt.Errorf("文件读不出来：%w", err)
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, len(sqliteHead))
	if _, err := io.ReadFull(f, head); err != nil || !bytes.Equal(head, sqliteHead) {
		return fmt.Errorf("%s 不是数据库文件", path)
	}
	return nil
}

// sound checks every page, every index and every reference, and whether the schema is one that this program knows.
func sound(ctx context.Context, db *sql.DB) error {
	var word string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&word); err != nil {
		return unsound(ctx, err)
	}
	if word != "ok" {
		return unsound(ctx, errors.New(word))
	}
	var broken int
	if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM pragma_foreign_key_check").Scan(&broken); err != nil {
		return unsound(ctx, err)
	}
	if broken > 0 {
		return unsound(ctx, fmt.Errorf("%d broken references", broken))
	}
	var tables, have int
	err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name IN ('schema_steps', 'issues', 'events', 'outbox')").Scan(&tables)
	if err == nil && tables < 4 {
		return errors.New("这个文件里不是 duban 的数据")
	}
	if err == nil {
		err = db.QueryRowContext(ctx, "SELECT COALESCE(MAX(step), 0) FROM schema_steps").Scan(&have)
	}
	if err != nil {
		return unsound(ctx, err)
	}
	if known, err := stepFiles(migrations); err != nil || have > len(known) {
		return errors.Join(err, newer(have, len(known)))
	}
	return nil
}

// unsound is what a damaged file is called. That the caller has lost patience is no damage.
func unsound(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return damaged{err}
}

// damaged keeps what the library found for the log; a person can do nothing with it.
type damaged struct{ err error }

func (d damaged) Error() string { return "数据库文件已损坏" }
func (d damaged) Unwrap() error { return d.err }

// Fold puts everything that was committed into the database file itself, so that the file alone is the whole database. Nobody
// else may have it open (Alone). It does not look at the schema. A file that is ruined is left alone, and so is its log, which SQLite
// would remove.
func Fold(ctx context.Context, path string) error {
	if err := headed(path); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	var mode string
	if err = db.QueryRowContext(ctx, "PRAGMA journal_mode = DELETE").Scan(&mode); err == nil && !strings.EqualFold(mode, "delete") {
		err = fmt.Errorf("journal mode is %s", mode)
	}
	return errors.Join(err, db.Close())
}
