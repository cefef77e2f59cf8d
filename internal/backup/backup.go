// Package backup keeps verified copies of all data in a folder, and puts one of them back in the place of the data.
package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"duban/internal/store"
)

// Plan says what is kept, where, and for how long.
type Plan struct {
	Database string // the SQLite file; of a server's database only photos and configuration are kept
	Photos   string // the folder of the photos
	Config   string // the administrators' file; "" if there is none
	Folder   string // where the backups are
	CopyTo   string // a second place, best on another disk; "": none
	Media    bool   // keep the photos too
	Keep     int    // for how many days a backup is kept
	// Location is the campaign's zone: files are named by its time.
	Location *time.Location
}

// Made is what a backup did.
type Made struct {
	Server  bool   // the database is a server's, and not in it
	File    string // the database's copy
	Bytes   int64
	Holds   store.Contents
	Photos  int // photos that were not kept yet
	Missing int // photos that are kept and not in use any more
	Damaged int // photos whose files are not what was put there, and were not kept
	Removed int // backups that were older than Plan.Keep
	Second  bool
}

// String says it for the job ledger and the terminal.
func (m Made) String() string {
	text := fmt.Sprintf("%s，%.1f MB，%d 件问题，新照片 %d 个文件", filepath.Base(m.File), float64(m.Bytes)/1e6, m.Holds.Issues, m.Photos)
	if m.Server {
		text = fmt.Sprintf("配置和照片（新照片 %d 个文件）；数据库在 PostgreSQL 服务器上，不在里面，要用 pg_dump 另外备份", m.Photos)
	}
	if m.Missing > 0 {
		text += fmt.Sprintf("，%d 个照片文件已不在用，到期后从备份里清除", m.Missing)
	}
	if m.Damaged > 0 {
		text += fmt.Sprintf("，有 %d 个照片文件坏了，没有备份，以前备份过的还在；可以用 duban restore --media 找回", m.Damaged)
	}
	if m.Removed > 0 {
		text += fmt.Sprintf("，清除到期的备份 %d 份", m.Removed)
	}
	if m.Second {
		text += "；另一处也已存好"
	}
	return text
}

// Trouble is a failure in words for an administrator.
type Trouble string

func (t Trouble) Error() string { return string(t) }

// ErrBusy says that another backup into the same folder is not over yet.
var ErrBusy = errors.New("另一个备份还没有结束")

// Run makes a backup of the instant now: first the database, checked page by page and counted, then the photos, then the second
// place; old backups go at the end. Whatever fails, backups that were there before are untouched, and a file under a backup's
// name is whole. The bot goes on working meanwhile. It returns what was done also when a later step failed.
func (p Plan) Run(ctx context.Context, s *store.Store, now time.Time) (made Made, err error) {
	if err := os.MkdirAll(p.Folder, 0o700); err != nil {
		return made, err
	}
	release, err := p.alone()
	if err != nil {
		return made, err
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := sweep(p.Folder); err != nil {
		return made, err
	}
	if s.OnServer() {
		made, err = p.copyConfig(ctx)
	} else {
		made, err = p.copyDatabase(ctx, s, p.name(now))
	}
	if err != nil {
		return made, err
	}
	if p.Media {
		kept, err := mirror(ctx, p.Photos, filepath.Join(p.Folder, mediaFolder), p.day(now), p.Keep)
		made.Photos, made.Missing, made.Damaged = kept.added, kept.missing, kept.damaged
		if err != nil {
			return made, errors.Join(Trouble("数据库已备份，照片没有备份完"), err)
		}
	}
	if made.Removed, err = p.prune(p.Folder, now); err != nil || p.CopyTo == "" {
		return made, err
	}
	if err := p.second(ctx, made.File, now); err != nil {
		return made, errors.Join(Trouble("备份已存好，但没有存到另一处 "+p.CopyTo), err)
	}
	made.Second = true
	return made, nil
}

// alone keeps two backups into the folder apart: the second would take the first one's unfinished files for rubbish.
func (p Plan) alone() (release func() error, err error) {
	l := flock.New(filepath.Join(p.Folder, ".lock"), flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrBusy
	}
	return l.Unlock, nil
}

// copyDatabase copies, checks, and gives the copy its name last.
func (p Plan) copyDatabase(ctx context.Context, s *store.Store, name string) (made Made, err error) {
	before, err := s.Holds(ctx)
	if err != nil {
		return made, err
	}
	fresh := filepath.Join(p.Folder, unfinished+name)
	if err := s.Copy(ctx, fresh); err != nil {
		return made, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(fresh))
		}
	}()
	if made.Holds, err = store.Inspect(ctx, fresh); err != nil {
		return made, err
	}
	after, err := s.Holds(ctx)
	if err != nil {
		return made, err
	}
	if err := between(before, made.Holds, after); err != nil {
		return made, err
	}
	info, err := os.Stat(fresh)
	if err != nil {
		return made, err
	}
	made.File, made.Bytes = filepath.Join(p.Folder, name), info.Size()
	if p.Config != "" { // first: a backup that is seen has its configuration beside it
		if err := copyFile(ctx, p.Config, beside(made.File)); err != nil {
			return made, err
		}
	}
	return made, settle(fresh, made.File)
}

// copyConfig keeps the present configuration, in the place of the last: what belongs to it is in the server's own copies.
func (p Plan) copyConfig(ctx context.Context) (made Made, err error) {
	made = Made{Server: true, File: filepath.Join(p.Folder, serverName)}
	if p.Config == "" {
		return made, nil
	}
	fresh := filepath.Join(p.Folder, unfinished+filepath.Base(beside(made.File)))
	if err := copyFile(ctx, p.Config, fresh); err != nil {
		return made, err
	}
	return made, settle(fresh, beside(made.File))
}

// between checks that the copy holds no fewer rows than there were when it began and no more than when it was done: issues and
// events are never deleted.
func between(before, copied, after store.Contents) error {
	if copied.Issues < before.Issues || copied.Issues > after.Issues || copied.Events < before.Events || copied.Events > after.Events {
		return Trouble(fmt.Sprintf("备份与数据库的件数对不上：备份 %d 件、%d 条经过，数据库 %d 件、%d 条", copied.Issues, copied.Events, after.Issues, after.Events))
	}
	return nil
}

// second puts the backup into the other place too, and reads it there.
func (p Plan) second(ctx context.Context, file string, now time.Time) error {
	if err := os.MkdirAll(p.CopyTo, 0o700); err != nil {
		return err
	}
	if err := sweep(p.CopyTo); err != nil {
		return err
	}
	target := filepath.Join(p.CopyTo, filepath.Base(file))
	if p.Config != "" {
		if err := copyFile(ctx, beside(file), beside(target)); err != nil {
			return err
		}
	}
	if !store.OnServer(p.Database) {
		if err := copied(ctx, file, target); err != nil {
			return err
		}
	}
	if p.Media {
		if _, err := mirror(ctx, p.Photos, filepath.Join(p.CopyTo, mediaFolder), p.day(now), p.Keep); err != nil {
			return err
		}
	}
	_, err := p.prune(p.CopyTo, now)
	return err
}

// copied puts a copy of a backup in a place, and reads it there.
func copied(ctx context.Context, file, target string) error {
	fresh := filepath.Join(filepath.Dir(target), unfinished+filepath.Base(file))
	if err := copyFile(ctx, file, fresh); err != nil {
		return err
	}
	if _, err := store.Inspect(ctx, fresh); err != nil {
		return errors.Join(err, os.Remove(fresh))
	}
	return settle(fresh, target)
}

// The names of backups: duban-20261125-0300.db, its configuration beside it, and what is not finished yet.
const (
	nameForm    = "duban-20060102-1504.db"
	serverName  = "duban.db" // a server's, which is not there: its configuration is beside it
	unfinished  = ".new-"
	mediaFolder = "media"
)

func (p Plan) name(now time.Time) string   { return now.In(p.Location).Format(nameForm) }
func (p Plan) day(now time.Time) time.Time { return now.In(p.Location) }

// beside is the copy of the configuration that belongs to a backup.
func beside(file string) string { return strings.TrimSuffix(file, ".db") + ".yaml" }

// MadeAt is the time that a backup's name says; false for other files.
func (p Plan) MadeAt(file string) (time.Time, bool) {
	t, err := time.ParseInLocation(nameForm, filepath.Base(file), p.Location)
	return t, err == nil
}
