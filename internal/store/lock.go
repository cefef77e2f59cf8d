package store

import (
	"errors"
	"fmt"

	"github.com/gofrs/flock"
)

// ErrInUse says that another program has the database open.
var ErrInUse = errors.New("数据库正在被另一个 duban 使用")

// lockFile is the file beside the database by which programs know of each other. The operating system lets a lock go when its
// program ends, however it ends; the file itself means nothing and stays.
func lockFile(path string) *flock.Flock { return flock.New(path+".lock", flock.SetPermissions(0o600)) }

// share says that this program uses a database. Many may.
func share(path string) (*flock.Flock, error) {
	l := lockFile(path)
	ok, err := l.TryRLock()
	if err != nil {
		return nil, fmt.Errorf("数据库 %s 无法加锁，请把它放在本机磁盘上：%w", path, err)
	}
	if !ok {
		return nil, fmt.Errorf("数据库 %s 正在恢复，请等它完成", path)
	}
	return l, nil
}

// Alone keeps every other program from opening a database until the returned function is called, so that its file can be
// exchanged. While anybody has it open the error is ErrInUse.
func Alone(path string) (release func() error, err error) {
	if err := createFolder(path); err != nil {
		return nil, err
	}
	l := lockFile(path)
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("数据库 %s 无法加锁，请把它放在本机磁盘上：%w", path, err)
	}
	if !ok {
		return nil, ErrInUse
	}
	return l.Unlock, nil
}
