package setup

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"

	"duban/internal/config"
)

// replace puts a file in its place at once, readable by its owner alone.
func replace(file string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".duban-write-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// replaceSame replaces a file that is still what it was.
func replaceSame(file string, was, now []byte) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !bytes.Equal(data, was) {
		return fmt.Errorf("%s 刚刚被别人改过，没有写入；请再导入一次", file)
	}
	return replace(file, now)
}

// changesOf tells what differs, in words.
func changesOf(a, b *config.Config) (out []string) {
	for _, l := range []struct {
		noun string
		a, b any
	}{{"考核分组", a.Groups, b.Groups}, {"单位", a.Units, b.Units}, {"人员", a.People, b.People}, {"点位", a.Places, b.Places}, {"类别", a.Categories, b.Categories}, {"群", a.Chats, b.Chats}} {
		if !reflect.DeepEqual(l.a, l.b) {
			out = append(out, fmt.Sprintf("%s %d→%d", l.noun, reflect.ValueOf(l.a).Len(), reflect.ValueOf(l.b).Len()))
		}
	}
	return out
}
