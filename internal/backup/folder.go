package backup

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"duban/internal/media"
)

// fewest is how many backups stay however old they are: a clock that is wrong, or weeks without a backup, must not take the last
// ones.
const fewest = 3

// List gives the backups of the folder, the newest first.
func (p Plan) List() ([]string, error) { return p.list(p.Folder) }

func (p Plan) list(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, err
	}
	var out []string
	for _, e := range entries {
		if _, ok := p.MadeAt(e.Name()); ok && e.Type().IsRegular() {
			out = append(out, filepath.Join(folder, e.Name()))
		}
	}
	slices.Sort(out)
	slices.Reverse(out)
	return out, nil
}

// prune removes the backups of a folder that are older than Keep days, but never the newest few.
func (p Plan) prune(folder string, now time.Time) (removed int, err error) {
	list, err := p.list(folder)
	if err != nil {
		return 0, err
	}
	oldest := now.AddDate(0, 0, -p.Keep)
	for n, file := range list {
		if at, _ := p.MadeAt(file); n < fewest || !at.Before(oldest) {
			continue
		}
		if err := os.Remove(file); err != nil {
			return removed, err
		}
		if err := os.Remove(beside(file)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return removed, err
		}
		removed++
	}
	return removed, nil
}

// sweep removes what a run that was broken off left unfinished.
func sweep(folder string) error {
	left, err := filepath.Glob(filepath.Join(folder, unfinished+"*"))
	if err != nil {
		return err
	}
	for _, file := range left {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	return nil
}

// settle gives a finished file its name and waits until the name is on disk.
func settle(fresh, file string) error {
	if err := os.Rename(fresh, file); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(file))
}

// syncFolder waits until the names in a folder are on disk, where the system knows how to.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	_ = d.Sync() // Windows cannot, and some file systems need not
	return d.Close()
}

// copyFile makes a copy, readable by its owner alone, that is on disk and appears under its name when it is whole.
func copyFile(ctx context.Context, from, to string) error {
	return copyBy(ctx, from, to, filepath.Dir(to))
}

// copyBy is copyFile with a folder of the same disk in which the copy is begun.
func copyBy(ctx context.Context, from, to, begin string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.CreateTemp(begin, unfinished+"*") // mode 0600
	if err != nil {
		return err
	}
	_, err = io.Copy(out, reader{ctx, in})
	if err = errors.Join(err, out.Sync(), out.Close()); err == nil {
		err = os.Rename(out.Name(), to)
	}
	if err != nil {
		return errors.Join(err, os.Remove(out.Name()))
	}
	return nil
}

// reader reads until a context ends.
type reader struct {
	ctx  context.Context
	from io.Reader
}

func (r reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.from.Read(b)
}

// kept is what a look at the photos found.
type kept struct {
	added   int // files that were not in the backup
	missing int // files of the backup that the photos do not have any more
	damaged int // files that are not what was put there, and were not copied
}

// goneMark stands between the name of a photo's file that is not in use any more and the day on which that was seen.
const goneMark = ".gone-"

// beginnings is the folder below a folder of photos in which files are written until they are whole, so that what was left there need
// not be looked for among a million photos. The program uses the same one where it keeps its photos.
const beginnings = ".new"

// mirror brings the photos' files that a folder does not have yet into it. They are never altered, so one that is there is the
// same. One that has gone from the photos is kept for some days more, because backups that need it are; then it goes too: what the
// retention removed must not live on here.
func mirror(ctx context.Context, photos, folder string, now time.Time, keep int) (k kept, err error) {
	if err := sweep(filepath.Join(folder, beginnings)); err != nil {
		return k, err
	}
	if k, err = bring(ctx, photos, folder); err != nil {
		return k, err
	}
	has, err := hasFiles(ctx, photos)
	if err != nil || !has {
		return k, errors.Join(err, vanished(ctx, folder))
	}
	limit := now.AddDate(0, 0, -keep).Format("20060102")
	err = eachFile(ctx, folder, func(name string) error {
		plain, day, marked := strings.Cut(name, goneMark)
		_, err := os.Lstat(filepath.Join(photos, plain))
		inUse := err == nil
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		switch {
		case inUse && marked, marked && day < limit:
			return os.Remove(filepath.Join(folder, name))
		case inUse:
			return nil
		}
		k.missing++
		if marked {
			return nil
		}
		return os.Rename(filepath.Join(folder, name), filepath.Join(folder, name+goneMark+now.Format("20060102")))
	})
	return k, err
}

// vanished is the error of photos that have all gone while the backup has some: a disk that is not there, and no reason to forget
// anything.
func vanished(ctx context.Context, folder string) error {
	if has, err := hasFiles(ctx, folder); err != nil || !has {
		return err
	}
	return Trouble("照片文件夹是空的，备份里却有照片；请检查照片所在的磁盘，备份里的照片没有动")
}

func hasFiles(ctx context.Context, folder string) (bool, error) {
	found := false
	err := eachFile(ctx, folder, func(string) error { found = true; return fs.SkipAll })
	return found, err
}

// bring copies the files that the second folder does not have, or has damaged. On the same disk the copy is a second name of the same file, which
// takes no room and stays when the first name goes.
func bring(ctx context.Context, from, to string) (k kept, err error) {
	err = eachFile(ctx, from, func(name string) error {
		plain, _, _ := strings.Cut(name, goneMark)
		source, target := filepath.Join(from, name), filepath.Join(to, plain)
		if same, err := alike(source, target); same || err != nil {
			return err
		}
		if whole, err := wholeFile(source, plain); !whole || err != nil {
			k.damaged++ // it must not take the place of what may be whole
			return err
		}
		if err := os.Remove(target); err != nil && !errors.Is(err, fs.ErrNotExist) { // it is damaged
			return err
		}
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return err
		}
		if os.Link(source, target) != nil { // another disk, or one that cannot
			begin := filepath.Join(to, beginnings)
			if err := errors.Join(os.MkdirAll(begin, 0o700), copyBy(ctx, source, target, begin)); err != nil {
				return err
			}
		}
		k.added++
		return nil
	})
	return k, err
}

// alike says whether the second of two files is there and as long as the first.
func alike(source, target string) (bool, error) {
	there, err := os.Lstat(target)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	info, err := os.Lstat(source)
	return err == nil && info.Size() == there.Size(), err
}

// wholeFile says whether a photo's file is what its name says.
func wholeFile(path, name string) (bool, error) {
	data, err := os.ReadFile(path)
	return err == nil && media.Whole(name, data), err
}

// eachFile visits the regular files below a folder by their paths within it; one that is being written has a name with a dot. A
// folder that is not there has none.
func eachFile(ctx context.Context, folder string, visit func(name string) error) error {
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		return visit(name)
	})
	if errors.Is(err, fs.ErrNotExist) {
		if _, statErr := os.Lstat(folder); errors.Is(statErr, fs.ErrNotExist) {
			return nil
		}
	}
	return err
}
