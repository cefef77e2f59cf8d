package store

import (
	"encoding/base64"
	"errors"
	"io/fs"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/photo"
)

// photoTime is the instant of these tests.
var photoTime = time.UnixMicro(1_795_395_907_000_001)

func openPhotos(t *testing.T) *Store {
	t.Helper()
	s, err := openAt(t, filepath.Join(t.TempDir(), "duban.db"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func inPhotos(t *testing.T, s *Store, fn func(*Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), photoTime, fn); err != nil {
		t.Fatal(err)
	}
}

// fullPhoto has every field set, the hash with its highest bit.
func fullPhoto() Photo {
	return Photo{
		IssueID: 17, Kind: PhotoAfter, SHA256: strings.Repeat("ab", 32), File: "ab/ab/x.jpg", Shown: "ab/ab/x.shown.jpg", Width: 4000,
		Height: 3000, Bytes: 1 << 33, PHash: -6_148_914_691_236_517_206, Sketch: "abc", Flat: true, TakenAt: 1_795_395_907_000_000,
		Lat: 33.123456789, Lng: -116.987654321, Located: true, Person: "li_qiang", Conversation: "chat/inspect",
		PurgedAt: 1_795_395_907_000_001,
	}
}

func TestEveryFieldOfAPhotoIsStored(t *testing.T) {
	s := openPhotos(t)
	full := fullPhoto()
	for n := range reflect.TypeFor[Photo]().NumField() {
		if name := reflect.TypeFor[Photo]().Field(n).Name; reflect.ValueOf(full).Field(n).IsZero() && name != "ID" && name != "At" {
			t.Errorf("%s is not set: this test would not see whether it is stored", name)
		}
	}
	want := []Photo{full, {IssueID: 17}}
	inPhotos(t, s, func(tx *Tx) error {
		for n := range want {
			if err := tx.AddPhoto(&want[n]); err != nil {
				return err
			}
			if want[n].ID != int64(n+1) || want[n].At != photoTime.UnixMicro() {
				t.Errorf("photo %d got the id %d and the time %d", n, want[n].ID, want[n].At)
			}
		}
		got, err := tx.Photos(17)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-saved +read):\n%s", diff)
		}
		return err
	})
}

// TestOldPhotosKeepTheirRows: photos of a database from before there were looks are upgraded to photos without one.
func TestOldPhotosKeepTheirRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "duban.db")
	first, err := fs.ReadFile(migrations, "migrations/0001.sql")
	if err != nil {
		t.Fatal(err)
	}
	db, d := old(t, path)
	if err := migrate(db, d.schema, fstest.MapFS{"migrations/0001.sql": &fstest.MapFile{Data: first}}); err != nil {
		t.Fatal(err)
	}
	err = db.Exec(`INSERT INTO photos (issue_id, kind, sha256, file, width, height, bytes, person, conversation, at)
		VALUES (17, 'after', 'ab', 'ab/x.jpeg', 40, 30, 1000, 'li_qiang', 'chat/inspect', 5)`).Error
	if err != nil {
		t.Fatal(err)
	}
	s, err := openAt(t, path)
	if err != nil {
		t.Fatal(err)
	}
	want := []Photo{{
		ID: 1, IssueID: 17, Kind: PhotoAfter, SHA256: "ab", File: "ab/x.jpeg", Width: 40, Height: 30, Bytes: 1000, Person: "li_qiang",
		Conversation: "chat/inspect", At: 5,
	}}
	inPhotos(t, s, func(tx *Tx) error {
		got, err := tx.Photos(17)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if err != nil {
			return err
		}
		alike, err := tx.Lookalikes(Photo{SHA256: "ab"}, 5)
		if diff := cmp.Diff(want, alike); diff != "" {
			t.Errorf("the same bytes again:\n%s", diff)
		}
		return err
	})
}

// pattern is a sketch; different numbers give sketches that do not agree.
func pattern(n int) string {
	fields := make([]byte, 256)
	for k := range fields {
		fields[k] = byte((k*k*(2*n+1) + k*n) % 251)
	}
	return base64.RawStdEncoding.EncodeToString(fields)
}

func TestLookalikes(t *testing.T) {
	const hash = int64(-0x0123456789abcdf0)
	s := openPhotos(t)
	seen := func(p Photo) Photo { // a photo that is evidence of something
		p.IssueID, p.Kind = max(p.IssueID, 17), PhotoAfter
		return p
	}
	stored := []Photo{
		seen(Photo{SHA256: "first", PHash: hash, Sketch: pattern(1)}),
		seen(Photo{SHA256: "nearly", PHash: hash ^ -1<<63 ^ 1<<40 ^ 1<<20 ^ 1, Sketch: pattern(1)}),
		seen(Photo{SHA256: "too far", PHash: hash ^ 0x1f, Sketch: pattern(1)}),
		seen(Photo{SHA256: "same hash, other picture", PHash: hash, Sketch: pattern(2)}),
		{SHA256: "loose", PHash: hash, Sketch: pattern(1)},
		seen(Photo{SHA256: "flat", PHash: hash, Sketch: pattern(1), Flat: true}),
		seen(Photo{SHA256: "first", PHash: hash, Sketch: pattern(1), IssueID: 18}),
		seen(Photo{SHA256: "old"}),
		{SHA256: "first", PHash: hash, Sketch: pattern(1)},
		seen(Photo{SHA256: "after it", PHash: hash, Sketch: pattern(1)}),
		seen(Photo{SHA256: "flat", PHash: hash, Sketch: pattern(1), Flat: true}),
		{SHA256: "old"},
	}
	inPhotos(t, s, func(tx *Tx) error {
		for n := range stored {
			if err := tx.AddPhoto(&stored[n]); err != nil {
				return err
			}
		}
		for _, tt := range []struct {
			name  string
			p     Photo
			limit int
			want  []int64
		}{
			{"the loose photo that is asked about", stored[8], 10, []int64{1, 2, 7}},
			{"the oldest first", stored[8], 2, []int64{1, 2}},
			{"one", stored[8], 1, []int64{1}},
			{"none", stored[8], 0, nil},
			{"the first of all", stored[0], 10, nil},
			{"not stored yet", Photo{SHA256: "new", PHash: hash, Sketch: pattern(1)}, 10, []int64{1, 2, 7, 10}},
			{"another file of the same picture", Photo{SHA256: "new", PHash: hash ^ 1<<13, Sketch: pattern(1)}, 10, []int64{1, 7, 10}},
			{"flat: only the bytes count", stored[10], 10, []int64{6}},
			{"flat and new", Photo{SHA256: "new", PHash: hash, Sketch: pattern(1), Flat: true}, 10, nil},
			{"without a look", Photo{SHA256: "old"}, 10, []int64{8}},
			{"another picture", Photo{SHA256: "new", PHash: hash, Sketch: pattern(3)}, 10, nil},
			{"nothing", Photo{}, 10, nil},
		} {
			list, err := tx.Lookalikes(tt.p, tt.limit)
			var got []int64
			for _, p := range list {
				got = append(got, p.ID)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("%s (%v):\n%s", tt.name, err, diff)
			}
		}
		return nil
	})
}

func TestAlikePhotos(t *testing.T) {
	p := Photo{SHA256: "a", PHash: -7, Sketch: pattern(1)}
	for _, tt := range []struct {
		name string
		q    Photo
		want bool
	}{
		{"the same bytes", Photo{SHA256: "a"}, true},
		{"the same look", Photo{SHA256: "b", PHash: -7, Sketch: pattern(1)}, true},
		{"the same look, a photo without a sum", Photo{PHash: -7, Sketch: pattern(1)}, true},
		{"flat", Photo{SHA256: "b", PHash: -7, Sketch: pattern(1), Flat: true}, false},
		{"another", Photo{SHA256: "b", PHash: 7, Sketch: pattern(2)}, false},
		{"nothing", Photo{}, false},
	} {
		if got, back := p.Alike(tt.q), tt.q.Alike(p); got != tt.want || back != tt.want {
			t.Errorf("%s: %v and %v, want %v", tt.name, got, back, tt.want)
		}
	}
	if (Photo{}).Alike(Photo{}) {
		t.Error("two photos of which nothing is known are alike")
	}
}

// TestLookalikesCostWhatTheyShare: rows are found by the bands, whatever the table holds (design.md §11).
func TestLookalikesCostWhatTheyShare(t *testing.T) {
	s := openPhotos(t)
	p := Photo{ID: 99, SHA256: "x", PHash: -7, Sketch: pattern(1)}
	inPhotos(t, s, func(tx *Tx) error {
		same, far := p, p
		same.ID, far.ID, far.PHash = 1, 2, p.PHash^0xfff // another first band and nothing else
		return errors.Join(tx.AddPhoto(&same), tx.AddPhoto(&far))
	})
	for name, tt := range map[string]struct {
		fn   func(*Tx) error
		want []string
	}{
		"look-alikes":             {func(tx *Tx) error { _, err := tx.Lookalikes(p, 3); return err }, []string{"photos_sha256", "photo_hashes USING COVERING INDEX", "photos USING INTEGER PRIMARY KEY"}},
		"a new photo":             {func(tx *Tx) error { q := p; return tx.AddPhoto(&q) }, nil},
		"a loose photo that goes": {func(tx *Tx) error { return tx.dropHashes([]Photo{p}, []int64{p.ID}) }, []string{"(band=? AND phash=? AND photo_id=?)"}},
		"the same bytes":          {func(tx *Tx) error { _, err := tx.Lookalikes(Photo{SHA256: "x"}, 3); return err }, []string{"photos_sha256"}},
	} {
		steps := strings.Join(plans(t, s, tt.fn), "\n")
		if strings.Contains(steps, "SCAN photo") {
			t.Errorf("%s: reads a whole table:\n%s", name, steps)
		}
		for _, want := range tt.want {
			if !strings.Contains(steps, want) {
				t.Errorf("%s: does not use %s:\n%s", name, want, steps)
			}
		}
	}
}

// TestOnlyNearPhotosAreRead: of a million photos hundreds share a band by chance.
func TestOnlyNearPhotosAreRead(t *testing.T) {
	s := openPhotos(t)
	p := Photo{PHash: -7, Sketch: pattern(1)}
	inPhotos(t, s, func(tx *Tx) error {
		for n := range 20 {
			q := p
			q.PHash ^= 0xff << n // far, with most of its bands
			if err := tx.AddPhoto(&q); err != nil {
				return err
			}
		}
		return nil
	})
	r, db := recorded(s)
	near, err := newTx(db, time.UnixMicro(1)).near(p)
	if err != nil || len(near) != 0 || len(r.statements) != 1 {
		t.Errorf("%d photos by %d statements: %v", len(near), len(r.statements), err)
	}
}

// TestBandsAreThoseOfTheHash: what is stored is what is asked for.
func TestBandsAreThoseOfTheHash(t *testing.T) {
	s := openPhotos(t)
	inPhotos(t, s, func(tx *Tx) error {
		for _, p := range []Photo{{PHash: -7, Sketch: pattern(1)}, {PHash: 5, Sketch: pattern(1), Flat: true}, {PHash: 5}} {
			if err := tx.AddPhoto(&p); err != nil {
				return err
			}
		}
		var rows []photoHash
		if err := tx.db.Order("band").Find(&rows).Error; err != nil {
			return err
		}
		hash := int64(-7)
		var want []photoHash
		for _, band := range photo.Bands(uint64(hash)) {
			want = append(want, photoHash{band, hash, 1})
		}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Error(diff)
		}
		return nil
	})
}

// TestNewestThatMayBeShown: the original is never shown, and neither is a photo of another kind.
func TestNewestThatMayBeShown(t *testing.T) {
	photos := []Photo{
		{Kind: PhotoBefore, File: "a.jpg", Shown: "a.show.jpg"},
		{Kind: PhotoBefore, File: "b.jpg", Shown: "b.show.jpg"},
		{Kind: PhotoBefore, File: "c.jpg"},
		{Kind: PhotoCheck, File: "d.jpg", Shown: "d.show.jpg"},
		{Kind: PhotoAfter, File: "e.jpg"},
	}
	if got := Newest(photos, PhotoBefore); got != "b.show.jpg" {
		t.Errorf("before: %q", got)
	}
	if got := Newest(photos, PhotoAfter); got != "" {
		t.Errorf("after: %q", got)
	}
}
