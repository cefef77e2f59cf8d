package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// View opens a database to be looked at, also while the program uses it. Nothing is changed, created or brought up to date: Write
// fails, and reading fails where the schema is older than what is read; Steps tells. The error is fs.ErrNotExist if there is no
// such file.
func View(place string, log *slog.Logger) (*Store, error) {
	d, open := &inFile, viewFile
	if OnServer(place) {
		d, open = &onServer, viewServer
	}
	pool, err := open(place)
	if err != nil {
		return nil, err
	}
	db, err := gorm.Open(d.gorm(pool), &gorm.Config{
		Logger:                 logger.NewSlogLogger(log, logger.Config{LogLevel: logger.Silent}),
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), pool.Close())
	}
	reads := make(chan *conn, 1)
	reads <- nil
	s := &Store{dialect: d, place: place, writer: db, reader: db, reads: reads}
	s.end = sync.OnceValue(s.closeAll)
	return s, limitConns(db, 2)
}

// viewFile is a pool that can only read.
func viewFile(path string) (*sql.DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	q := url.Values{"mode": {"ro"}, "_time_format": {"sqlite"}, "_pragma": {"query_only(1)", "foreign_keys(1)", "busy_timeout(10000)"}}
	if !inUse(path) { // otherwise SQLite would make the files that writers and readers agree by
		q.Set("immutable", "1")
	}
	return sql.Open(driver, "file:"+(&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()+"?"+q.Encode())
}

// inUse says whether a database has the files beside it that exist while a program has it open, or since one was killed.
func inUse(path string) bool {
	for _, end := range []string{"-wal", "-shm"} {
		if _, err := os.Stat(path + end); errors.Is(err, fs.ErrNotExist) {
			return false
		}
	}
	return true
}

// Steps tells how many steps of the schema the database has had, and how many this program knows. A server's database that no duban has
// used yet has had none.
func (tx *Tx) Steps() (have, known int, err error) {
	if err := tx.db.Raw("SELECT COALESCE(MAX(step), 0) FROM schema_steps").Scan(&have).Error; err != nil && sqlState(err) != noTable {
		return 0, 0, fmt.Errorf("read schema: %w", err)
	}
	files, err := fs.Glob(migrations, "migrations/*.sql")
	return have, len(files), err
}

// QuickCheck reads the whole file and gives the first thing that is damaged; "" if nothing is. A server looks after itself.
func (tx *Tx) QuickCheck(ctx context.Context) (damage string, err error) {
	if tx.db.Name() != inFileName {
		return "", nil
	}
	if err := tx.db.WithContext(ctx).Raw("PRAGMA quick_check(1)").Scan(&damage).Error; err != nil {
		return "", fmt.Errorf("check database: %w", err)
	}
	if damage == "ok" {
		return "", nil
	}
	return damage, nil
}

// LastWritten is about when something was last written: the newest report, queued message or job. Zero if there is none.
func (tx *Tx) LastWritten() (time.Time, error) {
	var newest int64
	for _, query := range []string{
		"SELECT COALESCE(MAX(reported_at), 0) FROM issues",
		"SELECT COALESCE(MAX(created_at), 0) FROM outbox WHERE id = (SELECT MAX(id) FROM outbox)",
		"SELECT COALESCE(MAX(at), 0) FROM job_runs",
	} {
		var at int64
		if err := tx.db.Raw(query).Scan(&at).Error; err != nil {
			return time.Time{}, fmt.Errorf("last written: %w", err)
		}
		newest = max(newest, at)
	}
	return instant(newest), nil
}

// FailedRun is a run of a job that failed and was not repaired by a later one.
type FailedRun struct {
	Job  string
	At   time.Time
	Note string
}

// FailedRuns gives the jobs whose newest run failed, by name.
func (tx *Tx) FailedRuns() ([]FailedRun, error) {
	var rows []jobRunRow
	err := tx.db.Where("result = ? AND slot = (SELECT MAX(r.slot) FROM job_runs r WHERE r.job = job_runs.job)", RunFailed).Order("job").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("failed jobs: %w", err)
	}
	var out []FailedRun
	for _, r := range rows {
		out = append(out, FailedRun{r.Job, instant(r.At), r.Note})
	}
	return out, nil
}
