package torture

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	_ "modernc.org/sqlite" // registers the driver

	"duban/internal/store"
)

// halt keeps a process from running until goOn.
const halt, goOn = syscall.SIGSTOP, syscall.SIGCONT

// bear lets the program take a file that cannot grow as an error of the file, as that of a full disk is, and not as its end.
func bear() { signal.Ignore(syscall.SIGXFSZ) }

// troubles are what besets a life besides the network. Each lasts for a part of it, or to its end.
var troubles = []struct {
	name string
	do   func(r *run, pid int, until <-chan struct{}) error
}{
	{"nothing", func(*run, int, <-chan struct{}) error { return nil }},
	{"nothing", func(*run, int, <-chan struct{}) error { return nil }},
	{"no room", (*run).noRoom},
	{"locked", (*run).locked},
	{"a jump of the clock", (*run).jumped},
	{"a damaged file", (*run).damagedFile},
}

// beset begins a trouble in a life. end ends it, if the life has not.
func (r *run) beset(pid int) (end func()) {
	t := troubles[r.IntN(len(troubles))]
	wait, last := time.Duration(r.Int64N(int64(time.Second))), time.Duration(r.Int64N(int64(3*time.Second)))
	over, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-over:
			return
		case <-time.After(wait):
		}
		until, cancel := context.WithTimeout(context.Background(), last)
		defer cancel()
		go func() { <-over; cancel() }()
		if err := t.do(r, pid, until.Done()); err != nil && !errors.Is(err, syscall.ESRCH) {
			r.Errorf("%s: %v", t.name, err)
		}
	}()
	r.died["with "+t.name]++
	return func() { close(over); <-done }
}

// noRoom lets no file of the program grow beyond some size: there is room for a little, or for nothing.
func (r *run) noRoom(pid int, until <-chan struct{}) error {
	size := uint64(time.Now().UnixNano()) % (4 << 20)
	if size%3 == 0 {
		size = 0
	}
	limit := unix.Rlimit{Cur: size, Max: unix.RLIM_INFINITY}
	if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
		return err
	}
	<-until
	limit.Cur = unix.RLIM_INFINITY
	return unix.Prlimit(pid, unix.RLIMIT_FSIZE, &limit, nil)
}

// locked has the database open with a lock, as somebody's tool.
func (r *run) locked(_ int, until <-chan struct{}) error {
	if store.OnServer(r.place) {
		return nil
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: r.database()}).EscapedPath()+"?_pragma=busy_timeout(500)&mode=rw")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("BEGIN IMMEDIATE"); err != nil { // the program was faster, or there is none yet
		return nil
	}
	<-until
	_, err = db.Exec("ROLLBACK")
	return err
}

// spoil does something to the stored login between two lives, in every fourth of them: the last good copy is left.
func (r *run) spoil() {
	file := filepath.Join(r.dir, "data", "wechat.session")
	data, err := os.ReadFile(file)
	if _, copied := os.Stat(file + ".bak"); err != nil || copied != nil || r.IntN(4) > 0 {
		return
	}
	switch r.IntN(4) {
	case 0:
		err = os.WriteFile(file, data[:r.IntN(len(data)+1)], 0o600)
	case 1:
		err = os.WriteFile(file, nil, 0o600)
	case 2:
		err = os.WriteFile(file, []byte("\x00garbage"), 0o644)
	default:
		err = errors.Join(os.Remove(file), os.Mkdir(file, 0o700))
	}
	if err != nil {
		r.Error(err)
	}
	r.died["and its session spoilt"]++
}
