package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"duban/internal/media"
)

// TestDamagedPhotos: a photo whose file was cut short, emptied or replaced is told, does not take the place of its backup, and comes back
// from it.
func TestDamagedPhotos(t *testing.T) {
	o := newOffice(t, 1)
	sum := sha256.Sum256([]byte("the whole picture"))
	name := media.Original(hex.EncodeToString(sum[:]), ".jpg")
	path, kept := filepath.Join(o.Photos, name), filepath.Join(o.Folder, mediaFolder, name)
	o.photo(name, "the whole picture")
	if made := o.run(); made.Damaged != 0 || strings.Contains(made.String(), "坏了") {
		t.Errorf("made %+v: %s", made, made)
	}
	never := media.Original(strings.Repeat("ab", 32), ".jpg")
	o.photo(never, "something else") // it was damaged before it was ever kept
	for _, now := range []string{"", "the whole", "another picture!!"} {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		o.photo(name, now)
		o.now = o.now.AddDate(0, 0, 1)
		made := o.run()
		if damaged := map[string]int{"": 2, "the whole": 2, "another picture!!": 1}[now]; made.Damaged != damaged || !strings.Contains(made.String(), "坏了，没有备份") {
			t.Errorf("%q: made %+v: %s", now, made, made)
		}
		if data, err := os.ReadFile(kept); err != nil || string(data) != "the whole picture" {
			t.Errorf("%q: kept %q, %v", now, data, err)
		}
	}
	o.photo(name, "the whole")
	k, err := bring(t.Context(), filepath.Join(o.Folder, mediaFolder), o.Photos)
	if data, _ := os.ReadFile(path); err != nil || k.added != 1 || string(data) != "the whole picture" {
		t.Errorf("restored %q, %+v, %v", data, k, err)
	}
}
