package files

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"github.com/xuri/excelize/v2"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// snap puts a photo of one colour beside the others and makes it evidence of an issue.
func (c county) snap(t *testing.T, id int64, kind, name string, colour color.Color) {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 640, 480))
	draw.Draw(img, img.Rect, image.NewUniform(colour), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.media, name), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	storetest.Write(t, c.db, c.start, func(tx *store.Tx) error {
		p := store.Photo{SHA256: name, File: name + ".original", Shown: name, Flat: true}
		if err := tx.AddPhoto(&p); err != nil {
			return err
		}
		return tx.AttachPhoto(p.ID, id, kind)
	})
}

// TestThumbnails: the newest photo of what was wrong stands beside its issue, small; one that is gone or no picture is said to be
// so and costs nobody the ledger; without being asked for there are none.
func TestThumbnails(t *testing.T) {
	c := newCounty(t)
	for range 4 {
		storetest.Issue(t, c.db, c.Policy, c.start, issue.Change{Reporter: "zhang_min", Text: "楼道堆物"})
	}
	red, green := color.RGBA{220, 20, 20, 255}, color.RGBA{20, 200, 20, 255}
	c.snap(t, 1, store.PhotoBefore, "a.jpg", green)
	c.snap(t, 1, store.PhotoBefore, "b.jpg", red)
	c.snap(t, 1, store.PhotoAfter, "c.jpg", green)
	c.snap(t, 2, store.PhotoBefore, "gone.jpg", red)
	c.snap(t, 3, store.PhotoBefore, "broken.jpg", red)
	if err := os.Remove(filepath.Join(c.media, "gone.jpg")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.media, "broken.jpg"), []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	recipe, err := Spec{Name: "创城台账-11月", Ledger: &Ledger{Period: "11月", Photos: true}}.Recipe()
	if err != nil {
		t.Fatal(err)
	}
	made, err := c.Make(t.Context(), c.start, recipe, t.TempDir())
	if err != nil || len(made) != 1 || made[0].Name != "创城台账-11月.xlsx" || made[0].Picture {
		t.Fatalf("%+v, %v", made, err)
	}
	f, err := excelize.OpenFile(made[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for n, want := range []string{"", "照片无法显示", "照片无法显示", ""} {
		if got := records(t, f, "全部")[n]["照片"]; got != want {
			t.Errorf("#%d: %q, want %q", n+1, got, want)
		}
	}
	pictures, err := f.GetPictures("全部", "W4")
	if err != nil || len(pictures) != 1 {
		t.Fatalf("%d pictures, %v", len(pictures), err)
	}
	img, _, err := image.Decode(bytes.NewReader(pictures[0].File))
	if err != nil {
		t.Fatal(err)
	}
	if size := img.Bounds().Size(); size != image.Pt(192, 144) {
		t.Errorf("its size is %v", size)
	}
	if r, g, _, _ := img.At(90, 70).RGBA(); r>>8 < 200 || g>>8 > 60 {
		t.Errorf("not the newest one: %d, %d", r>>8, g>>8)
	}
	plain := open(t, c.export(t, c.start, Ledger{}, XLSX))
	if pictures, err := plain.GetPictures("全部", "W4"); len(pictures) > 0 || err != nil {
		t.Errorf("%d pictures unasked, %v", len(pictures), err)
	}
}
