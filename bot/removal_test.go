package bot

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/store"
)

// TestPictureThatComesAgain: a picture that is sent once more while its old file is being given up keeps the file, whether its row
// is there already or only its file.
func TestPictureThatComesAgain(t *testing.T) {
	b, net := mediaBot(t, map[string][]byte{"a": street(71), "b": street(72)})
	pictured(t, b, "1", "a")
	pictured(t, b, "2", "b")
	remove := remover(b.store, b.edition().cfg.Storage.Media)
	later := b.Now().AddDate(0, 2, 0)
	list := pastPhotos(t, b, later)
	if len(list) != 4 || len(mediaFiles(t, b)) != 4 {
		t.Fatalf("%+v to remove, of %d files", list, len(mediaFiles(t, b)))
	}
	again, err := keep(b.edition().cfg, net.files["a"]) // its row is not there yet
	if err != nil {
		t.Fatal(err)
	}
	gone := map[string]bool{again.File: false, again.Shown: false}
	check := func() {
		t.Helper()
		for _, r := range list {
			want, known := gone[r.File]
			want = want || !known // the other picture goes
			done, err := remove(t.Context(), r)
			if done != want || err != nil {
				t.Errorf("%s: %v, want %v, %v", r.File, done, want, err)
			}
		}
		if files := mediaFiles(t, b); len(files) != 2 || files[again.File] == nil || files[again.Shown] == nil {
			t.Errorf("%d files", len(files))
		}
	}
	check()
	write(t, b, func(tx *store.Tx) error { return tx.AddPhoto(&again) })
	coming.done(again)
	gone[again.File], gone[again.Shown] = true, true // nothing is to be done any more: they are promised
	check()
	if n := coming.n[again.SHA256]; n != 0 {
		t.Errorf("still coming %d times", n)
	}
}

// TestRemovalsStayInTheMediaFolder: a name that leads elsewhere removes nothing.
func TestRemovalsStayInTheMediaFolder(t *testing.T) {
	b, _ := mediaBot(t, nil)
	media := b.edition().cfg.Storage.Media
	outside := filepath.Join(filepath.Dir(media), "duban.db")
	for _, name := range []string{"../" + filepath.Base(outside), "x/../../" + filepath.Base(outside), outside} {
		_, _ = remover(b.store, media)(t.Context(), store.Removal{File: name, SHA256: "x"})
	}
	if _, err := os.Stat(b.edition().cfg.Storage.Place()); errors.Is(err, fs.ErrNotExist) {
		t.Error("the database is gone")
	}
}

// pictured sends a picture that belongs to nothing.
func pictured(t *testing.T, b *Bot, id, ref string) {
	t.Helper()
	m := said("net", 1, "zhang_min", "inspect", "")
	m.ID, m.Pictures = id, []chat.Picture{{Ref: ref}}
	if err := b.Receive(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	settle(t, b)
}

// pastPhotos ends the promise of all loose photos and lists their files.
func pastPhotos(t *testing.T, b *Bot, now time.Time) (list []store.Removal) {
	t.Helper()
	err := b.store.Write(t.Context(), now, func(tx *store.Tx) error {
		ids, err := tx.PastPhotos(time.Time{}, now)
		if err != nil {
			return err
		}
		if _, err := tx.PurgePhotos(ids, time.Time{}, now); err != nil {
			return err
		}
		list, err = tx.Removals()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
