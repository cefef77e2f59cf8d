package photo

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/photo/phototest"
)

var (
	red   = color.RGBA{255, 0, 0, 255}
	green = color.RGBA{0, 255, 0, 255}
	blue  = color.RGBA{0, 0, 255, 255}
	white = color.RGBA{255, 255, 255, 255}
	names = map[color.RGBA]string{red: "red", green: "green", blue: "blue", white: "white", {255, 0, 255, 255}: "magenta", {A: 255}: "black"}
)

// quarters is a picture of four colours: upper left, upper right, lower left, lower right.
func quarters(w, h int, colours ...color.Color) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for n, c := range colours {
		area := image.Rect(n%2*w/2, n/2*h/2, (n%2+1)*w/2, (n/2+1)*h/2)
		draw.Draw(img, area, image.NewUniform(c), image.Point{}, draw.Src)
	}
	return img
}

// seen names the colours of a JPEG's four quarters, in the order of quarters.
func seen(t *testing.T, shown []byte) string {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(shown))
	if err != nil {
		t.Fatalf("the shown copy: %v", err)
	}
	size := img.Bounds().Size()
	var out []string
	for n := range 4 {
		at := img.At(size.X/4+n%2*size.X/2, size.Y/4+n/2*size.Y/2)
		name := "?"
		for c, s := range names {
			if similar(at, c) {
				name = s
			}
		}
		out = append(out, name)
	}
	return strings.Join(out, " ")
}

// similar says whether two colours differ by less than a JPEG makes of them.
func similar(a, b color.Color) bool {
	r1, g1, b1, _ := a.RGBA()
	r2, g2, b2, _ := b.RGBA()
	far := func(a, b uint32) bool { return max(a, b)-min(a, b) > 0x3000 }
	return !far(r1, r2) && !far(g1, g2) && !far(b1, b2)
}

func asPNG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// asGIF is an animation of 80×60 pixels.
func asGIF(t *testing.T, frames ...image.Image) []byte {
	t.Helper()
	g := gif.GIF{Config: image.Config{Width: 80, Height: 60}}
	for _, f := range frames {
		p := image.NewPaletted(f.Bounds(), palette.Plan9)
		draw.Draw(p, p.Rect, f, f.Bounds().Min, draw.Src)
		g.Image, g.Delay = append(g.Image, p), append(g.Delay, 10)
	}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, &g); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestEveryFormatIsReadAndShown(t *testing.T) {
	plain := quarters(80, 60, red, green, blue, white)
	glass := image.NewNRGBA(image.Rect(0, 0, 80, 60))
	draw.Draw(glass, image.Rect(0, 0, 40, 30), image.NewUniform(red), image.Point{}, draw.Src)
	gray := image.NewGray16(image.Rect(0, 0, 80, 60))
	draw.Draw(gray, image.Rect(0, 0, 40, 60), image.White, image.Point{}, draw.Src)
	checks := func(x, y int) bool { return (x < 40) == (y < 30) }
	late := plain.SubImage(image.Rect(40, 0, 80, 30)) // a first frame that fills a part of the canvas
	for _, tt := range []struct {
		name   string
		data   []byte
		format string
		w, h   int
		want   string
	}{
		{"JPEG", phototest.Encode(plain, 90), "jpeg", 80, 60, "red green blue white"},
		{"PNG", asPNG(t, plain), "png", 80, 60, "red green blue white"},
		{"transparent PNG", asPNG(t, glass), "png", 80, 60, "red white white white"},
		{"16 bits a channel", asPNG(t, gray), "png", 80, 60, "white black white black"},
		{"GIF", asGIF(t, plain), "gif", 80, 60, "red green blue white"},
		{"animated GIF", asGIF(t, plain, quarters(80, 60, blue, blue, blue, blue)), "gif", 80, 60, "red green blue white"},
		{"first frame in a corner", asGIF(t, late, plain), "gif", 40, 30, "green green green green"},
		{"WebP", phototest.WebP(80, 60, checks, nil), "webp", 80, 60, "magenta black black magenta"},
		{"one pixel", asPNG(t, quarters(1, 1, red, red, red, red)), "png", 1, 1, "red red red red"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, shown, err := Examine(tt.data, time.UTC)
			if err != nil {
				t.Fatal(err)
			}
			if f.Format != tt.format || f.Width != tt.w || f.Height != tt.h {
				t.Errorf("%s %d×%d, want %s %d×%d", f.Format, f.Width, f.Height, tt.format, tt.w, tt.h)
			}
			if got := seen(t, shown); got != tt.want {
				t.Errorf("shown %s, want %s", got, tt.want)
			}
		})
	}
}

func TestHashOfBytes(t *testing.T) {
	data := phototest.WebP(2, 2, func(x, y int) bool { return x == y }, nil)
	f, _, err := Examine(data, time.UTC)
	if err != nil || len(f.SHA256) != 64 || strings.Trim(f.SHA256, "0123456789abcdef") != "" {
		t.Errorf("%q, %v", f.SHA256, err)
	}
	g, _, err := Examine(append(data, 0), time.UTC)
	if err != nil || g.SHA256 == f.SHA256 {
		t.Errorf("another file has the same sum (%v)", err)
	}
}

func TestRefusedPictures(t *testing.T) {
	scene := quarters(200, 150, red, green, blue, white)
	photo, shot, moving := phototest.Encode(scene, 90), asPNG(t, scene), asGIF(t, quarters(80, 60, red, green, blue, white))
	still := phototest.WebP(200, 150, func(x, y int) bool { return x*y%7 == 0 }, nil)
	stray := append([]byte{0xff, 0xd8, 0xff, 0xfe, 0, 4, 'h', 'i', 'x', 'y', 0xff, 0, 0xff, 0xd0, 0xff}, phototest.Header(5000, 8000, true)[2:]...)
	for _, tt := range []struct {
		name string
		data []byte
		want Fault
		w, h int
	}{
		{"nothing", nil, Unreadable, 0, 0},
		{"text", []byte("this is not a picture"), Unreadable, 0, 0},
		{"HEIC", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), Unreadable, 0, 0},
		{"half a JPEG", photo[:len(photo)/2], Unreadable, 200, 150},
		{"JPEG without its last scan lines", photo[:len(photo)-40], Unreadable, 200, 150},
		{"half a PNG", shot[:len(shot)/2], Unreadable, 200, 150},
		{"half a GIF", moving[:len(moving)-20], Unreadable, 80, 60},
		{"half a WebP", still[:len(still)/2], Unreadable, 200, 150},
		{"damaged PNG", append(append(append([]byte{}, shot[:60]...), shot[60]^1), shot[61:]...), Unreadable, 200, 150},
		{"header alone", phototest.Header(4000, 3000, false), Unreadable, 4000, 3000},
		{"GIF without pixels", []byte("GIF89a\x00\x00\x00\x00\x00\x00\x00;"), Unreadable, 0, 0},
		{"GIF whose frame is empty", []byte("GIF89a\x08\x00\x08\x00\x00\x00\x00,\x00\x00\x00\x00\x00\x00\x00\x00\x80\x00\x00\x00\xff\xff\xff\x02\x01\x2c\x00;"), Unreadable, 8, 8},
		{"GIF of no frame", []byte("GIF89a\x08\x00\x08\x00\x00\x00\x00;"), Unreadable, 8, 8},
		{"JPEG without height", phototest.Header(100, 0, false), Unreadable, 100, 0},
		{"WebP of nothing", []byte("RIFF\x04\x00\x00\x00WEBP"), Unreadable, 0, 0},
		{"sound in RIFF", []byte("RIFF\x04\x00\x00\x00WAVE"), Unreadable, 0, 0},
		{"20 MB and a byte", make([]byte, MaxBytes+1), TooHeavy, 0, 0},
		{"JPEG bomb", phototest.Header(29_999, 29_999, false), TooLarge, 29_999, 29_999},
		{"65 million pixels", phototest.PNGHeader(6500, 10_000, 8, 0, false), TooLarge, 6500, 10_000},
		{"64 million pixels", phototest.PNGHeader(6400, 10_000, 8, 0, false), Unreadable, 6400, 10_000}, // nothing follows
		{"PNG bomb", phototest.PNGHeader(1<<20, 1<<20, 8, 0, false), TooLarge, 1 << 20, 1 << 20},
		{"long and thin", phototest.PNGHeader(40_000, 1, 8, 0, false), TooLarge, 40_000, 1},
		{"GIF bomb", []byte("GIF89a\xff\xff\xff\xff\x00\x00\x00;"), TooLarge, 65_535, 65_535},
		{"40 million pixels in passes", phototest.Header(5000, 8000, true), TooLarge, 5000, 8000},
		{"the same behind stray bytes", stray, TooLarge, 5000, 8000},
		{"40 million pixels at once", phototest.Header(5000, 8000, false), Unreadable, 5000, 8000},
		{"24 million pixels in passes", phototest.Header(6000, 4000, true), Unreadable, 6000, 4000},
		{"60 million pixels of 16 bits", phototest.PNGHeader(6000, 10_000, 16, 6, false), TooLarge, 6000, 10_000},
		{"60 million pixels interlaced", phototest.PNGHeader(6000, 10_000, 8, 2, true), TooLarge, 6000, 10_000},
		{"60 million pixels in order", phototest.PNGHeader(6000, 10_000, 8, 2, false), Unreadable, 6000, 10_000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, shown, err := Examine(tt.data, time.UTC)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("%v, %d bytes shown, error %v", f, len(shown), err)
			}
			want := Error{Fault: tt.want, Bytes: len(tt.data), Width: tt.w, Height: tt.h, Cause: e.Cause}
			if *e != want {
				t.Errorf("got %+v\nwant %+v", *e, want)
			}
			if (e.Cause == nil) == (tt.want == Unreadable) {
				t.Errorf("cause: %v", e.Cause)
			}
			if f != (Facts{}) || shown != nil {
				t.Errorf("facts %+v and %d bytes of a refused picture", f, len(shown))
			}
		})
	}
}

func TestShownSize(t *testing.T) {
	for _, tt := range []struct{ w, h, wantW, wantH int }{
		{1280, 960, 1280, 960},
		{1281, 961, 1280, 960},
		{300, 200, 300, 200},
		{4000, 3000, 1280, 960},
		{3000, 4000, 960, 1280},
		{1080, 9000, 153, 1280},
		{1, 5000, 1, 1280},
		{5000, 1, 1280, 1},
		{2560, 10, 1280, 5},
	} {
		// The colours come back whatever the size, except where a quarter is less than a pixel.
		f, shown, err := Examine(asPNG(t, quarters(tt.w, tt.h, red, red, red, red)), time.UTC)
		if err != nil || f.Width != tt.w || f.Height != tt.h {
			t.Errorf("%d×%d: read as %d×%d, %v", tt.w, tt.h, f.Width, f.Height, err)
			continue
		}
		cfg, err := jpeg.DecodeConfig(bytes.NewReader(shown))
		if err != nil || cfg.Width != tt.wantW || cfg.Height != tt.wantH {
			t.Errorf("%d×%d: shown as %d×%d, want %d×%d (%v)", tt.w, tt.h, cfg.Width, cfg.Height, tt.wantW, tt.wantH, err)
		}
		if got := seen(t, shown); got != "red red red red" {
			t.Errorf("%d×%d: shown %s", tt.w, tt.h, got)
		}
	}
}

func TestPictureIsTurnedUpright(t *testing.T) {
	plain := phototest.Encode(quarters(400, 200, red, green, blue, white), 90)
	want := map[int]string{
		0: "red green blue white", 1: "red green blue white", 2: "green red white blue", 3: "white blue green red",
		4: "blue white red green", 5: "red blue green white", 6: "blue red white green", 7: "white green blue red",
		8: "green white red blue", 9: "red green blue white",
	}
	for n := range 10 {
		f, shown, err := Examine(phototest.Camera{Orientation: n}.JPEG(plain), time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if got := seen(t, shown); got != want[n] {
			t.Errorf("orientation %d: %s, want %s", n, got, want[n])
		}
		size := image.Pt(400, 200)
		if n >= 5 && n <= 8 {
			size = image.Pt(200, 400)
		}
		cfg, err := jpeg.DecodeConfig(bytes.NewReader(shown))
		if diff := cmp.Diff([]image.Point{size, size}, []image.Point{{f.Width, f.Height}, {cfg.Width, cfg.Height}}); diff != "" || err != nil {
			t.Errorf("orientation %d (%v):\n%s", n, err, diff)
		}
	}
}

// TestShownHoldsNothingElse: the shown copy does not depend on the metadata at all, and has no segment but those of the
// picture itself.
func TestShownHoldsNothingElse(t *testing.T) {
	plain := phototest.Encode(quarters(400, 200, red, green, blue, white), 90)
	camera := phototest.Camera{Orientation: 1, Taken: "2026:11:23 09:05:07", Offset: "+08:00", Lat: 33.123, Lng: 116.456, Located: true}
	full := camera.JPEG(plain)
	full = append(full, "GPS 33.123,116.456"...) // and something behind the end
	f, shown, err := Examine(full, time.UTC)
	if err != nil || !f.Located || f.TakenAt.IsZero() {
		t.Fatalf("%+v, %v", f, err)
	}
	_, bare, err := Examine(plain, time.UTC)
	if err != nil || !bytes.Equal(shown, bare) {
		t.Errorf("the copy of a photo with EXIF differs from that without (%v)", err)
	}
	for at := 2; shown[at+1] != 0xda; at += 2 + int(shown[at+2])<<8 + int(shown[at+3]) {
		if m := shown[at+1]; m >= 0xe0 && m <= 0xef || m == 0xfe {
			t.Errorf("segment %#x", m)
		}
	}
}

// TestPanicIsABadPicture: a decoder that loses its way spoils nothing but its own picture.
func TestPanicIsABadPicture(t *testing.T) {
	n, err := guarded(func() (int, error) { return []int{1}[len("abc")], nil })
	if n != 0 || err == nil || !strings.Contains(err.Error(), "index out of range") {
		t.Errorf("%d, %v", n, err)
	}
}
