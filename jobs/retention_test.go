package jobs

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

var atNight = []Spec{{"retention", "30 3 * * *"}}

// attic is a county whose photos have files, and which has kept some of everything for longer than it keeps it.
type attic struct {
	*county
	media string
}

func newAttic(t *testing.T) *attic {
	t.Helper()
	a := &attic{county: newCounty(t, "2026-01-05 09:00", atNight), media: t.TempDir()}
	a.env.Keep = Keep{Photos: 100, LoosePhotos: 30, ChatText: 50, Drafts: 30}
	a.env.Remove = a.remove
	closed, open := a.file("zhaoyang", "2026-01-06 17:30").ID, a.file("zhaoyang", "2026-01-06 17:30").ID
	for n, word := range []string{"aa", "bb", "shared"} {
		a.shoot(closed, word)
		a.shoot([]int64{0, 0, open}[n], []string{"loose", "loose", "shared"}[n]) // a loose one that was sent twice, and one that two issues have
	}
	a.move(closed, issue.Submit, "li_qiang")
	a.move(closed, issue.Pass, "zhang_min")
	storetest.Write(t, a.env.Store, a.now, func(tx *store.Tx) error {
		m := store.Arrival{Channel: "wechat", MessageID: "m1", Conversation: "@@g", Body: "上报"}
		if _, err := tx.AddArrival(&m); err != nil {
			return err
		}
		_, err := tx.FinishArrival(m, "")
		return err
	})
	return a
}

// shoot stores a photo with its file, whose bytes a word stands for.
func (a *attic) shoot(id int64, word string) {
	a.Helper()
	p := store.Photo{IssueID: id, Kind: store.PhotoBefore, SHA256: word, File: word + ".jpg", Shown: word + ".shown.jpg", Person: "zhang_min"}
	for _, name := range []string{p.File, p.Shown} {
		if err := os.WriteFile(filepath.Join(a.media, name), []byte(word), 0o600); err != nil {
			a.Fatal(err)
		}
	}
	storetest.Write(a, a.env.Store, a.now, func(tx *store.Tx) error { return tx.AddPhoto(&p) })
}

// remove is what the bot does, without pictures that are just coming.
func (a *attic) remove(ctx context.Context, r store.Removal) (done bool, err error) {
	promised := false
	err = a.env.Store.Read(ctx, a.now, func(tx *store.Tx) (err error) {
		promised, err = tx.Promised(r.SHA256)
		return err
	})
	if err != nil || promised {
		return promised, err
	}
	if err := os.Remove(filepath.Join(a.media, r.File)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	return true, ctx.Err()
}

// sound checks that every file that is promised is there, and that every file that is there is promised or noted for removal.
func (a *attic) sound() {
	a.Helper()
	known := map[string]bool{}
	storetest.Read(a, a.env.Store, a.now, func(tx *store.Tx) error {
		for id := range int64(3) {
			photos, err := tx.Photos(id)
			if err != nil {
				return err
			}
			for _, p := range photos {
				for _, name := range []string{p.File, p.Shown} {
					known[name] = true
					if _, err := os.Stat(filepath.Join(a.media, name)); err != nil {
						a.Errorf("a row promises a file: %v", err)
					}
				}
			}
		}
		list, err := tx.Removals()
		for _, r := range list {
			known[r.File] = true
		}
		return err
	})
	for _, name := range a.files() {
		if !known[name] {
			a.Errorf("nobody knows of %s", name)
		}
	}
}

func (a *attic) files() (names []string) {
	list, err := os.ReadDir(a.media)
	if err != nil {
		a.Fatal(err)
	}
	for _, f := range list {
		names = append(names, f.Name())
	}
	return names
}

// ending is a context that ends when the database has asked for the so manyth time whether it has: between any two steps, as if the
// program were killed there, since what is not committed is lost either way.
type ending struct {
	context.Context
	end  context.CancelFunc
	left atomic.Int64
}

func (e *ending) Done() <-chan struct{} {
	if e.left.Add(-1) == 0 {
		e.end()
	}
	return e.Context.Done()
}

// stride is how many of these steps are between two points at which the run is cut off, hasty that with -short. All 195 take half
// a minute.
const stride, hasty = 5, 29

// TestRetentionIsCutOff: wherever the run is cut off, no row promises a file that is gone and no file is forgotten; the next run does
// the rest, and both together removed as much as one.
func TestRetentionIsCutOff(t *testing.T) {
	cuts, step := 0, stride
	if testing.Short() {
		step = hasty
	}
	for at := 1; ; at += step {
		a := newAttic(t)
		a.now = storetest.At(t, "2026-06-01 03:30")
		ctx, cancel := context.WithCancel(t.Context())
		e := &ending{Context: ctx, end: cancel}
		e.left.Store(int64(at))
		err := a.runner.RunSlot(e, a.now)
		cancel()
		a.sound()
		whole := err == nil
		if !whole {
			cuts++
			if err := a.runner.run(t.Context(), a.runner.timetable(), retentionJob(), due{slot: a.now, now: a.now}); err != nil {
				t.Fatal(err)
			}
			a.sound()
		}
		same(t, []string{"shared.jpg", "shared.shown.jpg"}, a.files())
		same(t, []string{"06-01 03:30 done 清除问题照片 3 张、没有归属的照片 2 张、消息原文 1 条"}, a.ledger("retention"))
		if t.Failed() {
			t.Fatalf("cut off at %d", at)
		}
		if whole {
			break
		}
	}
	if cuts < 150/step {
		t.Errorf("cut off at %d points only", cuts)
	}
	t.Logf("cut off at %d points", cuts)
}

// TestRetentionIsToldOnceAMonth: what a month removed is told at the beginning of the next one, whatever is removed then; a month
// without is not told of, and no night is.
func TestRetentionIsToldOnceAMonth(t *testing.T) {
	a := newAttic(t)
	same(t, []string{
		"03-01 07:30 office: 【资料清理】2026年2月按保存期限清除没有归属的照片 2 张、消息原文 1 条。台账、经过、得分和发布过的内容都在",
		"05-01 07:30 office: 【资料清理】2026年4月按保存期限清除问题照片 3 张。台账、经过、得分和发布过的内容都在",
	}, a.until("2026-06-30 23:00"))
	if rows := a.ledger("retention"); len(rows) != 176 || rows[0] != "01-06 03:30 done" {
		t.Errorf("%d rows, the first: %s", len(rows), rows[0])
	}
}

// TestNothingIsRemovedThatIsKeptForEver: 0 days mean no end.
func TestNothingIsRemovedThatIsKeptForEver(t *testing.T) {
	a := newAttic(t)
	a.env.Keep = Keep{}
	before := len(a.files())
	if got := a.until("2026-12-31 09:00"); len(got) > 0 || len(a.files()) != before {
		t.Errorf("%q, %d files of %d", got, len(a.files()), before)
	}
	storetest.Read(t, a.env.Store, a.now, func(tx *store.Tx) error {
		n, err := tx.RemovedIn(time.Time{}, a.now)
		if n != (store.Removed{}) {
			t.Errorf("%+v", n)
		}
		return err
	})
}

// TestPicturesThatComeWait: a file that cannot be removed yet is asked about again by the next run.
func TestPicturesThatComeWait(t *testing.T) {
	a := newAttic(t)
	busy := true
	a.env.Remove = func(ctx context.Context, r store.Removal) (bool, error) {
		if busy && r.SHA256 == "aa" {
			return false, nil
		}
		return a.remove(ctx, r)
	}
	a.until("2026-06-01 09:00")
	a.sound()
	same(t, []string{"aa.jpg", "aa.shown.jpg", "shared.jpg", "shared.shown.jpg"}, a.files())
	busy = false
	a.until("2026-06-02 09:00")
	same(t, []string{"shared.jpg", "shared.shown.jpg"}, a.files())
}
