package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"duban/internal/store"
)

// Restored is what was put back.
type Restored struct {
	Holds store.Contents
	Aside string // where the data that was there before is now; "" if there was none
	// Unfolded says that what was there before is damaged, so that it was set aside as it stood, in several files.
	Unfolded bool
	Photos   int // files of photos that were missing and came back
}

// Restore puts a backup's database in the place of the data, and with media the photos that are missing. The backup is read page
// by page before anything is touched, and once more where it will stand; what was there is set aside under another name, and
// the exchange is one renaming: whenever the program is killed, either the old database or the new one is in place, whole. A
// bot that runs on the database is store.ErrInUse, and a server's database store.ErrServer.
func (p Plan) Restore(ctx context.Context, file string, media bool, now time.Time) (done Restored, err error) {
	if store.OnServer(p.Database) {
		return done, store.ErrServer
	}
	if _, err := store.Inspect(ctx, file); err != nil {
		return done, err
	}
	release, err := store.Alone(p.Database)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, release()) }()
	for _, step := range p.exchange(ctx, file, media, now, &done) {
		if err := step(); err != nil {
			return done, err
		}
	}
	return done, nil
}

// exchange gives the steps of a restoration. After each of them, and within each, the database in place is whole.
func (p Plan) exchange(ctx context.Context, file string, media bool, now time.Time, done *Restored) []func() error {
	fresh := p.Database + ".restoring"
	return []func() error{
		func() error { // photos only come in addition
			if !media {
				return nil
			}
			photos := filepath.Join(filepath.Dir(file), mediaFolder)
			if has, err := hasFiles(ctx, photos); err != nil || !has {
				return errors.Join(err, Trouble("备份旁边没有照片 "+photos+"；只恢复数据库请不要写 --media"))
			}
			k, err := bring(ctx, photos, p.Photos)
			done.Photos = k.added
			return err
		},
		func() (err error) {
			if err := copyFile(ctx, file, fresh); err != nil {
				return err
			}
			done.Holds, err = store.Inspect(ctx, fresh)
			return err
		},
		func() error { return p.setAside(ctx, now, done) },
		func() error { return settle(fresh, p.Database) },
	}
}

// setAside gives the database that is there a second name. What was committed last is folded into it first; where it is so damaged
// that this fails, its log is set aside along with it, because a log must never meet a database that is not its own.
func (p Plan) setAside(ctx context.Context, now time.Time, done *Restored) error {
	if _, err := os.Stat(p.Database); errors.Is(err, fs.ErrNotExist) {
		return p.dropLogs(ctx, "")
	} else if err != nil {
		return err
	}
	done.Unfolded = store.Fold(ctx, p.Database) != nil
	if err := ctx.Err(); err != nil {
		return err
	}
	done.Aside = p.Database + ".before-" + p.day(now).Format("20060102-150405")
	if err := alsoName(ctx, p.Database, done.Aside); err != nil {
		return err
	}
	return p.dropLogs(ctx, done.Aside)
}

// dropLogs keeps the files beside the database under another name and removes them. There are none after a folding.
func (p Plan) dropLogs(ctx context.Context, aside string) error {
	for _, end := range []string{"-wal", "-shm"} {
		path := p.Database + end
		if _, err := os.Lstat(path); err != nil {
			continue
		}
		if aside == "" {
			aside = p.Database + ".orphan"
		}
		if err := alsoName(ctx, path, aside+end); err != nil {
			return err
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}

// alsoName gives a file a second name; where the disk cannot, it is copied.
func alsoName(ctx context.Context, path, name string) error {
	if os.Link(path, name) == nil {
		return syncFolder(filepath.Dir(name))
	}
	if _, err := os.Lstat(name); err == nil {
		return fmt.Errorf("文件 %s 已经存在", name)
	}
	return copyFile(ctx, path, name)
}
