package backup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// office is a running program's data, and the plan of its backups.
type office struct {
	*testing.T
	Plan
	store *store.Store
	now   time.Time
}

func newOffice(t *testing.T, issues int) *office {
	t.Helper()
	dir := t.TempDir()
	o := &office{T: t, now: storetest.At(t, "2026-11-25 03:00"), Plan: Plan{
		Database: filepath.Join(dir, "data", "duban.db"), Photos: filepath.Join(dir, "data", "media"), Config: filepath.Join(dir, "config.yaml"),
		Folder: filepath.Join(dir, "backup"), Media: true, Keep: 14, Location: storetest.Zone(),
	}}
	o.file(o.Config, "campaign: {name: 兴安县}\n")
	o.photo("ab/abcd.jpg", "one")
	o.photo("ab/abcd.jpg.shown.jpg", "one, smaller")
	o.photo("cd/cdef.png", "two")
	o.photo("cd/.new-123", "not finished")
	o.store = storetest.OpenAt(t, o.Database)
	o.report(issues)
	return o
}

// report files issues.
func (o *office) report(n int) {
	o.Helper()
	for range n {
		storetest.Issue(o, o.store, storetest.County(o), storetest.At(o, "2026-11-24 10:00"), issue.Change{Text: "楼道堆放杂物", Reporter: "zhang_min"})
	}
}

func (o *office) file(path, text string) {
	o.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		o.Fatal(err)
	}
}

func (o *office) photo(name, text string) { o.Helper(); o.file(filepath.Join(o.Photos, name), text) }

func (o *office) run() Made {
	o.Helper()
	made, err := o.Plan.Run(o.Context(), o.store, o.now)
	if err != nil {
		o.Fatal(err)
	}
	return made
}

// files are the names below a folder, in order.
func (o *office) files(folder string) []string {
	o.Helper()
	var out []string
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			name, _ := filepath.Rel(folder, path)
			out = append(out, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		o.Fatal(err)
	}
	return out
}

func (o *office) want(folder string, names ...string) {
	o.Helper()
	if got := o.files(folder); !slices.Equal(got, names) {
		o.Errorf("in %s: %q, want %q", filepath.Base(folder), got, names)
	}
}

// TestRun: a night's backup holds the data, the configuration and the photos, and nobody else can read them.
func TestRun(t *testing.T) {
	o := newOffice(t, 20)
	o.CopyTo = filepath.Join(t.TempDir(), "usb")
	made := o.run()
	if made.Photos != 3 || made.Holds.Issues != 20 || !made.Second || made.Bytes == 0 {
		t.Errorf("made %+v", made)
	}
	photos := []string{"media/ab/abcd.jpg", "media/ab/abcd.jpg.shown.jpg", "media/cd/cdef.png"}
	o.want(o.Folder, append([]string{".lock", "duban-20261125-0300.db", "duban-20261125-0300.yaml"}, photos...)...)
	o.want(o.CopyTo, append([]string{"duban-20261125-0300.db", "duban-20261125-0300.yaml"}, photos...)...)
	for _, folder := range []string{o.Folder, o.CopyTo} {
		for _, name := range o.files(folder) {
			if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", name, info.Mode(), err)
			}
		}
		holds, err := store.Inspect(t.Context(), filepath.Join(folder, "duban-20261125-0300.db"))
		if err != nil || holds != made.Holds {
			t.Errorf("%+v, %v", holds, err)
		}
	}
	if text := made.String(); !strings.Contains(text, "20 件问题，新照片 3 个文件") || !strings.Contains(text, "另一处") {
		t.Errorf("said %q", text)
	}
	o.now = o.now.Add(24 * time.Hour)
	if made := o.run(); made.Photos != 0 {
		t.Errorf("the second night: %d photos are new", made.Photos)
	}
}

// TestFailedRun: whatever goes wrong, the backups that were there stay, nothing unfinished is left under a backup's name, and the
// next run clears up.
func TestFailedRun(t *testing.T) {
	o := newOffice(t, 5)
	o.run()
	before, err := os.ReadFile(filepath.Join(o.Folder, "duban-20261125-0300.db"))
	if err != nil {
		t.Fatal(err)
	}
	o.now = o.now.Add(24 * time.Hour)
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := o.Plan.Run(stopped, o.store, o.now); !errors.Is(err, context.Canceled) {
		t.Errorf("broken off: %v", err)
	}
	o.file(filepath.Join(o.Folder, ".new-duban-20261126-0300.db"), "killed in the middle")
	o.file(filepath.Join(o.Folder, mediaFolder, beginnings, ".new-1"), "killed in the middle of a photo")
	release, err := o.alone()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Plan.Run(t.Context(), o.store, o.now); !errors.Is(err, ErrBusy) {
		t.Errorf("two at once: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	o.CopyTo = o.Config // a file is no folder
	_, err = o.Plan.Run(t.Context(), o.store, o.now)
	var trouble Trouble
	if !errors.As(err, &trouble) || !strings.Contains(string(trouble), "备份已存好，但没有存到另一处") {
		t.Errorf("the second place: %v", err)
	}
	if list, err := o.List(); err != nil || len(list) != 2 {
		t.Errorf("backups: %q, %v", list, err)
	}
	for _, folder := range []string{o.Folder, filepath.Join(o.Folder, mediaFolder, beginnings)} {
		if left, _ := filepath.Glob(filepath.Join(folder, unfinished+"*")); len(left) > 0 {
			t.Errorf("left: %q", left)
		}
	}
	after, err := os.ReadFile(filepath.Join(o.Folder, "duban-20261125-0300.db"))
	if err != nil || string(after) != string(before) {
		t.Errorf("the older backup was touched: %v", err)
	}
	if err := between(store.Contents{Issues: 5, Events: 9}, store.Contents{Issues: 5, Events: 8}, store.Contents{Issues: 5, Events: 9}); err == nil {
		t.Error("a copy without an event is taken")
	}
}

// TestOldBackupsGo: after Keep days, but never the last three, and nothing that is no backup.
func TestOldBackupsGo(t *testing.T) {
	o := newOffice(t, 0)
	o.Media, o.Config, o.Keep = false, "", 10
	old := []string{"duban-20261101-0300.db", "duban-20261102-0300.db", "duban-20261103-0300.db", "duban-20261120-0300.db"}
	for _, name := range old {
		o.file(filepath.Join(o.Folder, name), "old")
		o.file(filepath.Join(o.Folder, strings.TrimSuffix(name, ".db")+".yaml"), "old")
	}
	o.file(filepath.Join(o.Folder, "duban-20200101.db"), "somebody's own")
	if made := o.run(); made.Removed != 2 {
		t.Errorf("%d removed", made.Removed)
	}
	o.want(o.Folder, ".lock", "duban-20200101.db", "duban-20261103-0300.db", "duban-20261103-0300.yaml",
		"duban-20261120-0300.db", "duban-20261120-0300.yaml", "duban-20261125-0300.db")
}

// TestPhotosThatWent: what the retention or an erasure took out of the photos leaves the backup too, when no backup can need it any
// more; a photo that comes again stays; and photos that have all gone are no reason to forget any.
func TestPhotosThatWent(t *testing.T) {
	o := newOffice(t, 0)
	o.run()
	if err := os.Remove(filepath.Join(o.Photos, "cd/cdef.png")); err != nil {
		t.Fatal(err)
	}
	night := func(days int) Made { o.now = o.now.AddDate(0, 0, days); return o.run() }
	media := filepath.Join(o.Folder, mediaFolder)
	if made := night(1); made.Missing != 1 {
		t.Errorf("missing: %d", made.Missing)
	}
	o.want(media, "ab/abcd.jpg", "ab/abcd.jpg.shown.jpg", "cd/cdef.png.gone-20261126")
	night(14)
	o.want(media, "ab/abcd.jpg", "ab/abcd.jpg.shown.jpg", "cd/cdef.png.gone-20261126")
	o.photo("cd/cdef.png", "two")
	night(0)
	o.want(media, "ab/abcd.jpg", "ab/abcd.jpg.shown.jpg", "cd/cdef.png")
	if err := os.Remove(filepath.Join(o.Photos, "cd/cdef.png")); err != nil {
		t.Fatal(err)
	}
	night(1)
	night(15)
	o.want(media, "ab/abcd.jpg", "ab/abcd.jpg.shown.jpg")
	if err := os.RemoveAll(o.Photos); err != nil {
		t.Fatal(err)
	}
	o.now = o.now.AddDate(0, 0, 30)
	var trouble Trouble
	if _, err := o.Plan.Run(t.Context(), o.store, o.now); !errors.As(err, &trouble) || !strings.Contains(err.Error(), "照片文件夹是空的") {
		t.Errorf("all photos have gone: %v", err)
	}
	o.want(media, "ab/abcd.jpg", "ab/abcd.jpg.shown.jpg")
}
