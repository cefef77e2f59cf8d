package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
)

// dialect is what differs between the databases; everything else is the same code and the same SQL.
type dialect struct {
	open    func(place string) (*sql.DB, error)
	trouble func(place string, err error) error // says why it could not be opened
	gorm    func(gorm.ConnPool) gorm.Dialector
	schema  func(text string) string // puts the database's own types into a migration
	check   func(*gorm.DB) error     // reads back what has to be in force so that nothing is lost

	// begin begins a writing transaction, which is the only one until it ends, and gives it a name by which committed knows it again.
	begin     func(context.Context, *conn) (name string, err error)
	committed func(ctx context.Context, c *conn, name string) (bool, error)
	look      string // begins a reading transaction

	query func(string) string // gives a statement the marks of the database
	value func(any) any       // makes a value one that the database can hold
	lost  func(*conn) bool    // the connection is gone
	whole func(*conn) bool    // a transaction is open of which no statement has failed; where one has, the server keeps nothing of it
	stale func(error) bool    // statements have to be prepared anew

	probe  func(now time.Time) string // writes what means nothing
	settle string                     // leaves nothing of what was erased in a log; "": that is the server's
	bytes  string                     // asks for the size; "": it is that of the files
}

var (
	// errLost says that the server cannot be reached, or was lost on the way.
	errLost   = errors.New("the connection to the database was lost")
	errSpoilt = errors.New("a statement of the transaction failed, so that the database keeps nothing of it")
)

// same leaves a thing as it is.
func same[T any](v T) T { return v }

// inFileName is GORM's name of SQLite.
const inFileName = "sqlite"

// inFile is the dialect of SQLite. Its one file cannot be lost while it is open.
var inFile = dialect{
	open: func(path string) (*sql.DB, error) {
		if err := createFile(path); err != nil {
			return nil, err
		}
		return sql.Open(driver, dsn(path))
	},
	trouble: func(path string, err error) error {
		return fmt.Errorf("数据库 %s 无法打开，运行 duban doctor 看原因和办法：%w", path, err)
	},
	gorm: func(c gorm.ConnPool) gorm.Dialector { return sqlite.New(sqlite.Config{Conn: c}) },
	schema: func(text string) string {
		return strings.ReplaceAll(text, "{{id}}", "INTEGER PRIMARY KEY AUTOINCREMENT")
	},
	check: checkPragmas,
	begin: func(_ context.Context, c *conn) (string, error) { return "", c.run("BEGIN IMMEDIATE") },
	look:  "BEGIN",
	query: same[string], value: same[any],
	lost:  func(*conn) bool { return false },
	whole: func(*conn) bool { return true },
	stale: func(error) bool { return false },
	// The same number again would not be written at all.
	probe:  func(now time.Time) string { return fmt.Sprintf("PRAGMA user_version = %d", now.Unix()&0x7fffffff) },
	settle: "PRAGMA wal_checkpoint(TRUNCATE)",
}

// checkPragmas reads the settings back: a driver that ignores them would lose data silently.
func checkPragmas(db *gorm.DB) error {
	for _, p := range pragmas {
		var got string
		if err := db.Raw("PRAGMA " + p.name).Scan(&got).Error; err != nil {
			return fmt.Errorf("数据库设置 %s 无法读取：%w", p.name, err)
		}
		if !strings.EqualFold(got, p.read) {
			return fmt.Errorf("数据库设置 %s 应为 %s，实际是 %s；请把数据库放在本机磁盘上", p.name, p.read, got)
		}
	}
	return nil
}
