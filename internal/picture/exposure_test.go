package picture

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"slices"
	"sync"
	"testing"
)

func drawExposure(t *testing.T, e Exposure, load func(string) (image.Image, error)) []*image.RGBA {
	t.Helper()
	pages, err := painter(t).Exposure(e, load)
	if err != nil {
		t.Fatal(err)
	}
	var out []*image.RGBA
	for _, page := range pages {
		out = append(out, check(t, e.Title, page))
	}
	return out
}

// colours is a store with photos of one colour, as large as their names say.
func colours(name string) (image.Image, error) {
	sizes := map[string]image.Point{"red": {1280, 960}, "green": {960, 1280}, "one": {1, 1}, "strip": {30000, 2}, "none": {}}
	size, ok := sizes[name]
	if !ok {
		return nil, errors.New("lost")
	}
	img := image.NewRGBA(image.Rectangle{Max: size}.Add(image.Pt(7, 9)))
	c := testRed
	if name == "green" {
		c = testGreen
	}
	for i := range img.Pix {
		img.Pix[i] = []uint8{c.R, c.G, c.B, c.A}[i%4]
	}
	return img, nil
}

var (
	testRed   = color.RGBA{0xff, 0x10, 0x10, 0xff}
	testGreen = color.RGBA{0x10, 0xff, 0x10, 0xff}
)

func halves(img *image.RGBA) (left, right image.Rectangle) {
	left, right = img.Rect, img.Rect
	left.Max.X, right.Min.X = Width/2, Width/2
	return left, right
}

func TestBeforeIsLeftAndWhole(t *testing.T) {
	img := drawExposure(t, Exposure{Title: "曝光台", Cases: []Case{{Number: "#1", Text: "垃圾", Before: "red", After: "green"}}}, colours)[0]
	left, right := halves(img)
	// Whole and in their proportions; the label covers a corner of the frame.
	for _, tt := range []struct {
		name string
		n    int
		want float64
	}{
		{"before", count(img, left, testRed), frameWidth * frameWidth * 3 / 4},
		{"after", count(img, right, testGreen), frameHeight * frameHeight * 3 / 4},
		{"before on the right", count(img, right, testRed), 0},
		{"after on the left", count(img, left, testGreen), 0},
	} {
		if float64(tt.n) > tt.want || float64(tt.n) < tt.want*0.93 {
			t.Errorf("%s: %d pixels, want %.0f less the label", tt.name, tt.n, tt.want)
		}
	}
}

// TestPhotosThatAreNone: whatever is wrong with a photo, the picture is drawn and says so.
func TestPhotosThatAreNone(t *testing.T) {
	words := func(before, after string, load func(string) (image.Image, error)) []byte {
		pages, err := painter(t).Exposure(Exposure{Title: "曝光台", Cases: []Case{{Number: "#1", Before: before, After: after}}}, load)
		if err != nil || len(pages) != 1 {
			t.Fatal(before, after, err)
		}
		check(t, before+after, pages[0])
		return pages[0]
	}
	none, broken := words("", "", nil), words("lost", "lost", colours)
	if bytes.Equal(none, broken) {
		t.Error("a lost photo looks like one that was never there")
	}
	if bytes.Equal(none, words("", "lost", colours)) || bytes.Equal(none, words("lost", "", colours)) {
		t.Error("one of the frames does not say what is wrong")
	}
	if img := decode(t, none); sameFrames(img) {
		t.Error("what is missing before and after is said in the same words")
	}
	if img := decode(t, broken); !sameFrames(img) {
		t.Error("a lost photo before is told otherwise than one after")
	}
	for _, load := range []func(string) (image.Image, error){
		nil,
		func(string) (image.Image, error) { panic("decoder") },
		func(string) (image.Image, error) { return nil, nil },
		func(string) (image.Image, error) { return image.NewRGBA(image.Rectangle{}), nil },
		func(string) (image.Image, error) { return image.NewGray(image.Rect(0, 0, 0, 5)), nil },
	} {
		if !bytes.Equal(broken, words("a", "b", load)) {
			t.Error("another picture for another failure")
		}
	}
	if words("one", "strip", colours); !bytes.Equal(broken, words("none", "lost", colours)) {
		t.Error("a photo without pixels is shown")
	}
}

// sameFrames says whether the two frames of a single case show the same below their labels.
func sameFrames(img *image.RGBA) bool {
	for y := img.Rect.Max.Y - 300; y < img.Rect.Max.Y; y++ {
		for x := range int(frameWidth) {
			if img.RGBAAt(margin+x, y) != img.RGBAAt(margin+x+int(frameWidth+frameGap), y) {
				return false
			}
		}
	}
	return true
}

func TestPhotosAreAskedInOrder(t *testing.T) {
	var asked []string
	drawExposure(t, exposures()["usual"], func(name string) (image.Image, error) {
		asked = append(asked, name)
		return colours("one")
	})
	if want := []string{"landscape", "portrait", "portrait", "landscape", "portrait"}; !slices.Equal(asked, want) {
		t.Errorf("%v, want %v", asked, want)
	}
}

func TestLateIsRed(t *testing.T) {
	for _, lateness := range []string{"", "超期 3 天"} {
		img := drawExposure(t, Exposure{Title: "曝光台", Cases: []Case{{Number: "#1", Text: "垃圾", Late: lateness}}}, nil)[0]
		if n := count(img, img.Rect, late); (n > 0) != (lateness != "") {
			t.Errorf("%q: %d red pixels", lateness, n)
		}
	}
}

// TestNoiseFits: the worst photos lose the last bits of their colours, and nothing around them changes.
func TestNoiseFits(t *testing.T) {
	c := painter(t).canvas()
	c.begin(MaxHeight)
	c.text("不变", body, margin, 60)
	c.place(noise(Width, 1090), image.Rect(0, 100, Width, 1190)) // more than six frames hold
	before := slices.Clone(c.img.Pix)
	data, err := c.encode()
	if err != nil || len(data) > MaxBytes {
		t.Fatalf("%d bytes, %v", len(data), err)
	}
	img := decode(t, data)
	for i, v := range before {
		row := i / img.Stride
		diff := max(v, img.Pix[i]) - min(v, img.Pix[i])
		if row < 100 && diff > 0 || row >= 1190 && diff > 0 || diff > 16 {
			t.Fatalf("row %d: %d became %d", row, v, img.Pix[i])
		}
	}
	if bytes.Equal(before, img.Pix) {
		t.Error("this noise was meant to be too much")
	}
}

// TestTooHeavy: a picture that does not fit and has no photos to coarsen is an error.
func TestTooHeavy(t *testing.T) {
	c := painter(t).canvas()
	c.begin(MaxHeight)
	c.place(noise(Width, MaxHeight), c.img.Rect)
	c.photos = nil
	if _, err := c.encode(); !errors.Is(err, errHeavy) {
		t.Error(err)
	}
}

// TestConcurrent: one painter draws for several at once, and everybody gets the same as alone.
func TestConcurrent(t *testing.T) {
	p := painter(t)
	all := func() []byte {
		ranking, err1 := p.Ranking(rankings()["extreme"])
		trend, err2 := p.Trend(trends()["week"])
		board, err3 := p.Exposure(exposures()["none"], nil)
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Error(err)
			return nil
		}
		return bytes.Join(slices.Concat(ranking, [][]byte{trend}, board), nil)
	}
	want := all()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 2 {
				if !bytes.Equal(all(), want) {
					t.Error("another picture")
				}
			}
		})
	}
	wg.Wait()
}
