package files

import (
	"archive/zip"
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"duban/internal/document"
	"duban/internal/photo/phototest"
	"duban/internal/picture"
	"duban/internal/report"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// workshop is a maker with a media folder in which there is one red photo, red.jpg.
func workshop(t *testing.T) *Maker {
	t.Helper()
	p := storetest.County(t)
	media := t.TempDir()
	red := image.NewRGBA(image.Rect(0, 0, 200, 150))
	for n := range red.Pix {
		red.Pix[n] = []byte{0xd0, 0, 0, 0xff}[n%4]
	}
	if err := os.WriteFile(filepath.Join(media, "red.jpg"), phototest.Encode(red, 95), 0o600); err != nil {
		t.Fatal(err)
	}
	return New(storetest.Open(t), report.Words{Reg: p.Reg, Cal: p.Cal}, media, builtIn)
}

func builtIn() (*picture.Painter, error) { return picture.New(nil) }

func ranking(title string) *picture.Ranking {
	row := picture.RankRow{Rank: 1, Unit: "昭阳街道", Score: "92.33", Bar: 0.9, Counts: "按期 35/40"}
	return &picture.Ranking{Title: title, Groups: []picture.RankGroup{{Name: "街道", Rows: []picture.RankRow{row}}}}
}

func board(photos ...string) *picture.Exposure {
	e := &picture.Exposure{Title: "曝光台"}
	for _, name := range photos {
		e.Cases = append(e.Cases, picture.Case{Number: "#17", Text: "楼道堆物", Before: name})
	}
	return e
}

func bulletin(before string) *document.Bulletin {
	item := document.Item{Issue: 17, Text: "楼道堆物", Before: before}
	return &document.Bulletin{
		Bureau: "创城办", Title: "通报", MaxPairs: 1,
		Units: []document.Unit{{Name: "昭阳街道", Places: []document.Place{{Name: "金水湾小区", Items: []document.Item{item}}}}},
	}
}

// follow makes the files of a spec by way of its recipe.
func follow(t *testing.T, m *Maker, s Spec, dir string) []File {
	t.Helper()
	r, err := s.Recipe()
	if err != nil {
		t.Fatal(err)
	}
	made, err := m.Make(t.Context(), storetest.At(t, "2026-11-23 09:00"), r, dir)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// TestFilesOpen: every kind makes files that open, called by what they show.
func TestFilesOpen(t *testing.T) {
	m := workshop(t)
	days := []picture.TrendDay{{Label: "11/22", Filed: 3}, {Label: "11/23", Closed: 2}}
	for _, tt := range []struct {
		spec Spec
		want string
	}{
		{Spec{Name: "排名", Ranking: ranking("排名")}, "排名.png"},
		{Spec{Trend: &picture.Trend{Title: "近7天走势", Days: days}}, "近7天走势.png"},
		{Spec{Name: "日报", Ranking: ranking("排名"), Trend: &picture.Trend{Title: "走势", Days: days}}, "日报.png 走势.png"},
		{Spec{Name: "曝光台", Exposure: board("red.jpg")}, "曝光台.png"},
		{Spec{Name: "曝光台", Exposure: board("red.jpg", "", "red.jpg", "gone.jpg")}, "曝光台-1.png 曝光台-2.png"},
		{Spec{Name: "创城通报〔2026〕9号", Bulletin: bulletin("red.jpg")}, "创城通报〔2026〕9号.docx"},
	} {
		dir := t.TempDir()
		var names []string
		for _, f := range follow(t, m, tt.spec, dir) {
			names = append(names, f.Name)
			if f.Picture != strings.HasSuffix(f.Name, ".png") || filepath.Dir(f.Path) != dir {
				t.Errorf("%+v", f)
			}
			opens(t, f)
		}
		if got := strings.Join(names, " "); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s instead of %s", got, tt.want)
		}
	}
}

// opens opens a file and gives what is in it: the picture, or nil for a document whose parts can be read.
func opens(t *testing.T, f File) image.Image {
	t.Helper()
	data, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	if f.Picture {
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		return img
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range z.File {
		r, err := part.Open()
		if err == nil {
			_, err = io.Copy(io.Discard, r)
		}
		if err != nil {
			t.Errorf("%s: %v", part.Name, err)
		}
	}
	return nil
}

// TestPhotosThatAreGone: a photo that is gone, is no picture or would lead out of the media folder stops nothing, and is not shown.
func TestPhotosThatAreGone(t *testing.T) {
	m := workshop(t)
	outside := filepath.Join(t.TempDir(), "red.jpg")
	data, err := os.ReadFile(filepath.Join(m.media, "red.jpg"))
	for path, text := range map[string][]byte{outside: data, filepath.Join(m.media, "text.jpg"): []byte("text")} {
		if err == nil {
			err = os.WriteFile(path, text, 0o600)
		}
	}
	if err == nil {
		err = os.Symlink(outside, filepath.Join(m.media, "link.jpg"))
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, shown := range map[string]bool{"red.jpg": true, "gone.jpg": false, "text.jpg": false, "link.jpg": false, "../" + filepath.Base(m.media) + "/red.jpg": false, outside: false} {
		made := follow(t, m, Spec{Name: "曝光台", Exposure: board(name)}, t.TempDir())
		if got := reds(opens(t, made[0])) > 1000; got != shown {
			t.Errorf("%s is shown: %t", name, got)
		}
		made = follow(t, m, Spec{Name: "通报", Bulletin: bulletin(name)}, t.TempDir())
		opens(t, made[0])
	}
}

// reds counts the pixels of the photo's colour.
func reds(img image.Image) int {
	n := 0
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if c := color.RGBAModel.Convert(img.At(x, y)).(color.RGBA); c.R > 0xc0 && c.G < 0x10 && c.B < 0x10 {
				n++
			}
		}
	}
	return n
}

// TestNamesAreNoPaths: whatever a thing is called, its files lie in the folder, and what people see names no other.
func TestNamesAreNoPaths(t *testing.T) {
	m := workshop(t)
	for _, name := range []string{"../../etc/passwd", `..\x`, "/tmp/x", "a\x00b", "甲:乙*?\"<>|\n", "", "..", ".", strings.Repeat("长", 500)} {
		dir := t.TempDir()
		for _, f := range follow(t, m, Spec{Name: name, Ranking: ranking("排名"), Bulletin: bulletin("")}, dir) {
			if strings.ContainsAny(f.Name, "/\\:*?\"<>|\n\x00") || filepath.Dir(f.Path) != dir {
				t.Errorf("%q: %+v", name, f)
			}
			opens(t, f)
		}
	}
}

// TestBadRecipes: what cannot be followed is an error, and nothing of it is handed out.
func TestBadRecipes(t *testing.T) {
	m := workshop(t)
	now := storetest.At(t, "2026-11-23 09:00")
	good, err := Spec{Name: "排名", Ranking: ranking("排名")}.Recipe()
	if err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]func() ([]File, error){
		"no JSON":     func() ([]File, error) { return m.Make(t.Context(), now, "{", t.TempDir()) },
		"other types": func() ([]File, error) { return m.Make(t.Context(), now, `{"Ranking": 3}`, t.TempDir()) },
		"no font": func() ([]File, error) {
			none := func() (*picture.Painter, error) { return nil, errors.New("no font") }
			return New(m.store, m.words, m.media, none).Make(t.Context(), now, good, t.TempDir())
		},
		"no folder": func() ([]File, error) { return m.Make(t.Context(), now, good, filepath.Join(t.TempDir(), "gone")) },
	} {
		if made, err := try(); err == nil || made != nil {
			t.Errorf("%s: %v, %v", name, made, err)
		}
	}
	if made, err := New(m.store, m.words, "/gone", builtIn).Make(t.Context(), now, good, t.TempDir()); err != nil || len(made) != 1 {
		t.Errorf("a ranking needs no media folder: %v, %v", made, err)
	}
}

// TestEmptyRecipe: what makes nothing is no recipe, or its message would be thought to have files.
func TestEmptyRecipe(t *testing.T) {
	if r, err := (Spec{Name: "日报"}).Recipe(); r != "" || err != nil {
		t.Errorf("%q, %v", r, err)
	}
	if r, err := (Spec{Ledger: &Ledger{}}).Recipe(); r == store.Recipe("") || err != nil {
		t.Errorf("%q, %v", r, err)
	}
}
