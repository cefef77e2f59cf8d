package lease

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// Place is where a process lives: one of the places of a folder, which the operating system keeps for it until it ends, however it ends.
// Whoever comes to a place knows therefore that all who were there before are dead, and need not wait until they would have spoken.
type Place struct {
	ID   string // the same in every life
	lock *flock.Flock
}

// mostPlaces are the processes that may share a folder.
const mostPlaces = 8

// Settle takes the first free place of a folder, which is made if need be.
func Settle(folder string) (*Place, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("数据目录无法创建：%w", err)
	}
	for n := 1; n <= mostPlaces; n++ {
		path := filepath.Join(folder, fmt.Sprintf("process%d", n))
		lock := flock.New(path+".lock", flock.SetPermissions(0o600))
		free, err := lock.TryLock()
		if err != nil {
			return nil, fmt.Errorf("%s 无法加锁，请把数据目录放在本机磁盘上：%w", path+".lock", err)
		}
		if !free {
			continue
		}
		id, err := name(path + ".id")
		if err != nil {
			return nil, errors.Join(err, lock.Unlock())
		}
		return &Place{ID: id, lock: lock}, nil
	}
	return nil, fmt.Errorf("%s 已经有 %d 个 duban 在运行", folder, mostPlaces)
}

// name is the id that stands in a file, which is made with a new one if there is none.
func name(path string) (string, error) {
	text, err := os.ReadFile(path)
	if id := strings.TrimSpace(string(text)); err == nil && len(id) == len(rand.Text()) {
		return id, nil
	}
	id := rand.Text()
	if err := os.WriteFile(path, []byte(id+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("%s 写不了：%w", path, err)
	}
	return id, nil
}

// Leave gives the place back.
func (p *Place) Leave() error {
	if p == nil {
		return nil
	}
	return p.lock.Unlock()
}
