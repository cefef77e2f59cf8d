//go:build linux

package backup

import (
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"duban/internal/store"
	"duban/internal/store/storetest"
)

// small puts a folder of its own small disk in the place of a folder; without the right to do so the test is skipped.
func small(t *testing.T, bytes string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+bytes+",mode=0700"); err != nil {
		t.Skipf("no disk of its own: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// TestFullDisk: a disk that is full, the backups' or the second one, is told as that, and leaves nothing half.
func TestFullDisk(t *testing.T) {
	o := newOffice(t, 30)
	first := o.Folder
	disk := small(t, "64k")
	o.Folder = filepath.Join(disk, "backup")
	if _, err := o.Plan.Run(t.Context(), o.store, o.now); !store.DiskFull(err) {
		t.Errorf("on a full disk: %v", err)
	}
	o.want(disk, "backup/.lock")
	o.Folder, o.CopyTo = first, filepath.Join(disk, "second")
	made, err := o.Plan.Run(t.Context(), o.store, o.now)
	if !store.DiskFull(err) || made.Second {
		t.Errorf("the second disk is full: %v", err)
	}
	o.want(disk, "backup/.lock", "second/duban-20261125-0300.yaml")
	if _, err := store.Inspect(t.Context(), made.File); err != nil {
		t.Errorf("the first backup: %v", err)
	}
	o.crash()
	old := o.issues(o.Database)
	o.Database = filepath.Join(disk, "duban.db")
	o.file(o.Database, "what is here already")
	if _, err := o.Restore(t.Context(), made.File, false, o.now); !store.DiskFull(err) {
		t.Errorf("restored to a full disk: %v", err)
	}
	if data, err := os.ReadFile(o.Database); err != nil || string(data) != "what is here already" || old != 30 {
		t.Errorf("the data was touched: %v", err)
	}
}

// TestNoRoomForTheCopy: where no file can grow, as on a disk with a quota, the same holds for whoever may not mount disks.
func TestNoRoomForTheCopy(t *testing.T) {
	if !storetest.Alone(t) {
		return
	}
	o := newOffice(t, 30)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Skip(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 50_000, Max: old.Max}); err != nil {
		t.Skip(err)
	}
	_, err := o.Plan.Run(t.Context(), o.store, o.now)
	if e := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); e != nil {
		t.Fatal(e)
	}
	signal.Reset(syscall.SIGXFSZ)
	if err == nil {
		t.Error("a backup without room")
	}
	o.want(o.Folder, ".lock")
	o.run()
}
