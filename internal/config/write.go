package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrChanged says that somebody else has changed the file since it was read.
var ErrChanged = errors.New("配置文件刚刚被别人改过，没有写入。请重新打开，在新的内容上再改")

// Write puts a new text in the place of a configuration file: at every moment there is the old file or the new one, whole. before is
// the text that the change was made on; if the file says something else now, nothing is written and the error is ErrChanged. A nil before
// stands for a file that must not exist yet. The old text stays beside it as .bak. Errors are sentences in Chinese. The text is not
// checked; Parse does that.
func Write(path string, before, text []byte) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // a link stays a link
	}
	sweep(path)
	mode, err := unchanged(path, before)
	if err != nil {
		return err
	}
	if before != nil {
		if err := Replace(path+".bak", before, mode); err != nil {
			return fmt.Errorf("配置文件的备份 %s.bak 写不出来，没有改动：%w", path, err)
		}
		if _, err := unchanged(path, before); err != nil {
			return err
		}
	}
	if err := Replace(path, text, mode); err != nil {
		return fmt.Errorf("配置文件写不出来，没有改动：%w", err)
	}
	return nil
}

// unchanged says whether a file still says what it said, and gives its mode: 0600 for a new one, for there may be secrets in it.
func unchanged(path string, before []byte) (fs.FileMode, error) {
	now, err := readFile(path)
	switch {
	case before == nil && errors.Is(err, fs.ErrNotExist):
		return 0o600, nil
	case err != nil:
		return 0, errors.New(unreadable(path, err))
	case before == nil || !bytes.Equal(before, now):
		return 0, ErrChanged
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, errors.New(unreadable(path, err))
	}
	return info.Mode().Perm(), nil
}

// partOf begins the names of files that are being written: a hidden file of this name is no configuration yet.
func partOf(path string) string { return "." + filepath.Base(path) + ".duban-" }

// sweep removes what a writing left behind that was cut off.
func sweep(path string) {
	left, _ := os.ReadDir(filepath.Dir(path))
	for _, e := range left {
		if strings.HasPrefix(e.Name(), partOf(path)) {
			_ = os.Remove(filepath.Join(filepath.Dir(path), e.Name())) // it harms nobody
		}
	}
}

// Replace writes a file beside its place and puts it there when it is safe on the disk.
func Replace(path string, text []byte, mode fs.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), partOf(path)+"*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		onDisk(f.Name())
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncFolder(filepath.Dir(path))
}

// onDisk is told of a file that is complete and not in its place yet; a test ends the program here.
var onDisk = func(string) {}

// syncFolder makes a renaming last. Where folders cannot be opened it lasts as well as the system lets it.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return nil //nolint:nilerr // the file itself is in its place
	}
	_ = d.Sync() // some systems cannot
	return d.Close()
}
