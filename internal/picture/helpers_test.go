package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math/rand/v2"
	"testing"
)

func painter(t testing.TB) *Painter {
	t.Helper()
	p, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// check asserts what every picture keeps: a PNG of the phone's width, neither too high nor too heavy, and white or ground at
// its sides.
func check(t testing.TB, name string, data []byte) *image.RGBA {
	t.Helper()
	img := decode(t, data)
	size := img.Rect.Size()
	if size.X != Width || size.Y > MaxHeight || size.Y < 300 || len(data) > MaxBytes {
		t.Errorf("%s: %d×%d pixels, %d bytes", name, size.X, size.Y, len(data))
	}
	for y := int(rule) + 1; y < size.Y; y++ {
		for x := range Width {
			side := x < edge || x >= Width-edge
			beside := x < margin-1 || x > Width-margin+2
			at := img.RGBAAt(x, y)
			if side && at != ground || beside && !lightEnough(at) && !(at == navy && x < edge+10) {
				t.Fatalf("%s: %v at %d,%d is in the margin", name, at, x, y)
			}
		}
	}
	return img
}

// lightEnough holds for the colours of paper and ground and what is between them at rounded corners.
func lightEnough(c color.RGBA) bool { return c.R >= 0xe3 && c.G >= 0xe8 && c.B >= 0xee }

func decode(t testing.TB, data []byte) *image.RGBA {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewRGBA(img.Bounds())
	draw.Draw(out, out.Rect, img, image.Point{}, draw.Src)
	return out
}

// count says how many pixels of a part of a picture have exactly a colour.
func count(img *image.RGBA, part image.Rectangle, c color.RGBA) int {
	n := 0
	part = part.Intersect(img.Rect)
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if img.RGBAAt(x, y) == c {
				n++
			}
		}
	}
	return n
}

// scene is a house under the sky, with a little noise as cameras make it.
func scene(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(1, 2))
	for y := range h {
		for x := range w {
			c := color.RGBA{0x9c, 0xc2, 0xe4, 0xff}
			switch {
			case y > h*3/4:
				c = color.RGBA{0x8a, 0x86, 0x80, 0xff}
			case y > h/4 && x > w/6 && x < w*5/6:
				c = color.RGBA{0xc9, 0xa9, 0x86, 0xff}
				if x*12/w%2 == 1 && y*12/h%2 == 1 {
					c = color.RGBA{0x44, 0x55, 0x66, 0xff}
				}
			}
			n := uint8(r.IntN(16))
			img.SetRGBA(x, y, color.RGBA{c.R - n, c.G - n, c.B - n, 0xff})
		}
	}
	return img
}

// noise is what compresses worst.
func noise(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(3, 4))
	for i := range img.Pix {
		img.Pix[i] = uint8(r.IntN(256)) | uint8(i%4/3*0xff)
	}
	return img
}
