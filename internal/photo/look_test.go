package photo

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"
)

// drawn is a grey picture of a brightness at each point, with grain.
func drawn(grain int, bright func(x, y int) int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, 640, 480))
	r := rand.New(rand.NewPCG(3, 4))
	for y := range 480 {
		for x := range 640 {
			v := uint8(min(max(bright(x, y)+r.IntN(2*grain+1)-grain, 0), 255))
			img.SetRGBA(x, y, color.RGBA{v, v, v, 255})
		}
	}
	return img
}

// TestFlatPictures: where there is nothing to see, the hash says nothing.
func TestFlatPictures(t *testing.T) {
	level := func(v int) func(int, int) int { return func(int, int) int { return v } }
	night := scene("垃圾", 3, false)
	dark := func(part float64) *image.RGBA { return brightened(night, part) }
	page := func(x, y int) int {
		if y/20%2 == 1 && x > 60 && x < 300+y*7919%300 && (x/6*7+y/3*3)%2 == 0 {
			return 20
		}
		return 250
	}
	for _, tt := range []struct {
		name string
		img  *image.RGBA
		want bool
	}{
		{"white", drawn(0, level(255)), true},
		{"black", drawn(0, level(0)), true},
		{"grey", drawn(0, level(130)), true},
		{"a wall with grain", drawn(7, level(130)), true},
		{"a finger on the lens", drawn(7, level(3)), true},
		{"a wall, recompressed", recompressed(drawn(7, level(130)), 50), true},
		{"sky", drawn(5, func(_, y int) int { return 150 + y/5 }), true},
		{"light from the side", drawn(7, func(x, _ int) int { return x * 255 / 640 }), true},
		{"light from above left", drawn(5, func(x, y int) int { return (x + y) / 5 }), true},
		{"half and half", drawn(0, func(x, _ int) int { return x / 320 * 200 }), true},
		{"nearly no light", dark(0.03), true},
		{"night", dark(0.2), false},
		{"day", night, false},
		{"a page of text", drawn(2, page), false},
	} {
		l := look(tt.img)
		if l.Flat != tt.want {
			t.Errorf("%s: flat %v (hash %x)", tt.name, l.Flat, l.Hash)
		}
		if l.Alike(l) == tt.want {
			t.Errorf("%s: like itself %v", tt.name, !tt.want)
		}
	}
	for _, kind := range kinds {
		for seed := range 10 {
			if look(scene(kind, seed+1, seed%2 == 0)).Flat {
				t.Errorf("%s %d is flat", kind, seed+1)
			}
		}
	}
}

func TestLookIsStable(t *testing.T) {
	img := scene("路面", 7, false)
	first, copied := look(img), look(recompressed(img, 82))
	if first != look(img) || !first.Alike(copied) || !copied.Alike(first) || first.Hash == 0 || len(first.Sketch) != 342 {
		t.Errorf("%+v\nrecompressed %+v", first, copied)
	}
}

// TestAlikeNeedsHashAndSketch: neither is enough alone.
func TestAlikeNeedsHashAndSketch(t *testing.T) {
	a := look(scene("路面", 7, false))
	other := look(scene("路面", 8, false))
	for _, tt := range []struct {
		name string
		b    Look
		want bool
	}{
		{"itself", a, true},
		{"four bits away", Look{Hash: a.Hash ^ 0xf, Sketch: a.Sketch}, true},
		{"five bits away", Look{Hash: a.Hash ^ 0x1f, Sketch: a.Sketch}, false},
		{"the sketch of another", Look{Hash: a.Hash, Sketch: other.Sketch}, false},
		{"no sketch", Look{Hash: a.Hash}, false},
		{"half a sketch", Look{Hash: a.Hash, Sketch: a.Sketch[:172]}, false},
		{"a damaged sketch", Look{Hash: a.Hash, Sketch: "?" + a.Sketch[1:]}, false},
		{"a flat one", Look{Hash: a.Hash, Sketch: a.Sketch, Flat: true}, false},
		{"nothing", Look{}, false},
		{"another place", other, false},
	} {
		if got, back := a.Alike(tt.b), tt.b.Alike(a); got != tt.want || back != tt.want {
			t.Errorf("%s: %v and %v, want %v", tt.name, got, back, tt.want)
		}
	}
	if (Look{}).Alike(Look{}) {
		t.Error("two photos that nobody looked at are alike")
	}
}

func TestAgreement(t *testing.T) {
	for _, tt := range []struct {
		name string
		a, b []byte
		want float64
	}{
		{"itself", []byte{1, 5, 9, 30}, []byte{1, 5, 9, 30}, 1},
		{"brighter", []byte{1, 5, 9, 30}, []byte{101, 105, 109, 130}, 1},
		{"more contrast", []byte{1, 5, 9, 30}, []byte{5, 25, 45, 150}, 1},
		{"the negative", []byte{1, 5, 9, 30}, []byte{201, 197, 193, 172}, -1},
		{"unrelated", []byte{0, 0, 9, 9}, []byte{0, 9, 0, 9}, 0},
		{"one brightness", []byte{7, 7, 7, 7}, []byte{1, 5, 9, 30}, 0},
		{"nothing", nil, nil, 0},
		{"other sizes", []byte{1, 5, 9, 30}, []byte{1, 5, 9}, 0},
	} {
		if got := agreement(tt.a, tt.b); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
