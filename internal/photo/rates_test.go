package photo

import (
	"bytes"
	"flag"
	"image"
	"image/jpeg"
	"maps"
	"slices"
	"testing"

	"github.com/corona10/goimagehash"
	"golang.org/x/image/draw"

	"duban/internal/chat/demo"
	"duban/internal/photo/phototest"
)

// seeds is how many scenes of each kind the rates are measured on. For the table of docs/adr/0017-photos.md:
//
//	go test ./internal/photo -run TestRates -v -seeds 60
var seeds = flag.Int("seeds", 4, "scenes of each kind that rates are measured on")

// kinds are what the demo can draw.
var kinds = []string{"垃圾", "楼道", "乱停", "广告", "路面", "占道", "绿化", "河道", "设施"}

func scene(kind string, seed int, after bool) *image.RGBA {
	return decoded(demo.Scene(kind, seed, after))
}

func decoded(data []byte) *image.RGBA {
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		panic(err) // it was encoded a moment ago
	}
	return scale(draw.CatmullRom, img, img.Bounds().Size())
}

func recompressed(img image.Image, quality int) *image.RGBA {
	return decoded(phototest.Encode(img, quality))
}

func resized(img *image.RGBA, part float64) *image.RGBA {
	size := image.Pt(int(float64(img.Rect.Dx())*part), int(float64(img.Rect.Dy())*part))
	return scale(draw.CatmullRom, img, size)
}

// cropped leaves out a part of the width and the height, on the left and above, and as much on the right and below.
func cropped(img *image.RGBA, before, behind float64) *image.RGBA {
	w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	area := image.Rect(int(w*before+0.5), int(h*before+0.5), int(w*(1-behind)+0.5), int(h*(1-behind)+0.5))
	return scale(draw.CatmullRom, img.SubImage(area), area.Size())
}

func brightened(img *image.RGBA, by float64) *image.RGBA {
	out := image.NewRGBA(img.Rect)
	for i, v := range img.Pix {
		out.Pix[i] = uint8(min(float64(v)*by, 255))
		if i%4 == 3 {
			out.Pix[i] = v
		}
	}
	return out
}

// copies are what happens to a picture that is sent on.
var copies = []struct {
	name string
	make func(*image.RGBA) *image.RGBA
}{
	{"quality 95", func(m *image.RGBA) *image.RGBA { return recompressed(m, 95) }},
	{"quality 60", func(m *image.RGBA) *image.RGBA { return recompressed(m, 60) }},
	{"quality 40", func(m *image.RGBA) *image.RGBA { return recompressed(m, 40) }},
	{"75 % of the size", func(m *image.RGBA) *image.RGBA { return resized(m, 0.75) }},
	{"half the size, quality 50", func(m *image.RGBA) *image.RGBA { return recompressed(resized(m, 0.5), 50) }},
	{"5 % brighter", func(m *image.RGBA) *image.RGBA { return brightened(m, 1.05) }},
	{"15 % brighter", func(m *image.RGBA) *image.RGBA { return brightened(m, 1.15) }},
	{"15 % darker", func(m *image.RGBA) *image.RGBA { return brightened(m, 0.85) }},
	{"cropped by 1 %", func(m *image.RGBA) *image.RGBA { return cropped(m, 0.005, 0.005) }},
	{"cropped by 2 %", func(m *image.RGBA) *image.RGBA { return cropped(m, 0.01, 0.01) }},
	{"cropped by 2 % at one corner", func(m *image.RGBA) *image.RGBA { return cropped(m, 0.02, 0) }},
	{"cropped by 4 %", func(m *image.RGBA) *image.RGBA { return cropped(m, 0.02, 0.02) }},
}

// measures are the look that is used and, for comparison, the other hashes of the library.
var measures = []struct {
	name string
	of   func(*image.RGBA) Look
}{
	{"perception", look},
	{"difference", func(m *image.RGBA) Look { h, _ := goimagehash.DifferenceHash(m); return Look{Hash: h.GetHash()} }},
	{"average", func(m *image.RGBA) Look { h, _ := goimagehash.AverageHash(m); return Look{Hash: h.GetHash()} }},
}

// rates counts pairs by their distance, or by alike.
type rates map[string]map[int]int

const alike = -1

func (r rates) add(name string, a, b Look) {
	if r[name] == nil {
		r[name] = map[int]int{}
	}
	r[name][Distance(a.Hash, b.Hash)]++
	if a.Alike(b) {
		r[name][alike]++
	}
}

// within is the share of pairs of a name, in percent, whose distance is at most d, or that are alike.
func (r rates) within(name string, d int) float64 {
	all, n := 0, 0
	for distance, count := range r[name] {
		if distance >= 0 {
			all += count
		}
		if distance == alike && d == alike || distance >= 0 && distance <= d {
			n += count
		}
	}
	return 100 * float64(n) / float64(all)
}

// TestRates measures what Near and twins rest on, prints the table of docs/adr/0017-photos.md, and fails when the rates of
// the look that is used are worse than what was found.
func TestRates(t *testing.T) {
	if raced {
		t.Skip("rates are numbers, not races")
	}
	for n, m := range measures {
		if n > 0 && !testing.Verbose() { // the others are for the table only
			break
		}
		r := measure(m.of)
		t.Logf("%s hash: percent of pairs within a distance of", m.name)
		t.Logf("%-32s %6s %6s %6s %6s %6s %6s", "", "0", "2", "4", "6", "10", "alike")
		for _, name := range slices.Sorted(maps.Keys(r)) {
			t.Logf("%-32s %6.2f %6.2f %6.2f %6.2f %6.2f %6.2f", name,
				r.within(name, 0), r.within(name, 2), r.within(name, Near), r.within(name, 6), r.within(name, 10), r.within(name, alike))
		}
		if n == 0 {
			checkRates(t, r)
		}
	}
}

// measure compares every scene with its copies, with what it is after the work, and with all others.
func measure(of func(*image.RGBA) Look) rates {
	type place struct {
		kind  string
		looks [2]Look // before and after
	}
	var places []place
	r := rates{}
	for _, kind := range kinds {
		for seed := 1; seed <= *seeds; seed++ {
			before := scene(kind, seed, false)
			here := place{kind, [2]Look{of(before), of(scene(kind, seed, true))}}
			for _, c := range copies {
				r.add(c.name, here.looks[0], of(c.make(before)))
			}
			r.add("before and after", here.looks[0], here.looks[1])
			for _, there := range places {
				for n := range 4 {
					a, b := here.looks[n%2], there.looks[n/2]
					r.add("two places", a, b)
					if here.kind == there.kind {
						r.add("two places: "+kind, a, b)
					}
				}
			}
			places = append(places, here)
		}
	}
	return r
}

// checkRates leaves room for the few scenes of a usual run.
func checkRates(t *testing.T, r rates) {
	atLeast := func(name string, d int, want float64) {
		if got := r.within(name, d); !(got >= want) {
			t.Errorf("%s: %.1f %% within %d, want at least %.0f", name, got, d, want)
		}
	}
	atMost := func(name string, d int, want float64) {
		if got := r.within(name, d); !(got <= want) {
			t.Errorf("%s: %.1f %% within %d, want at most %.1f", name, got, d, want)
		}
	}
	for _, c := range copies {
		switch c.name {
		case "cropped by 2 %":
			atLeast(c.name, Near, 85)
			atLeast(c.name, alike, 40)
		case "cropped by 2 % at one corner", "cropped by 4 %": // these are other pictures already
		case "15 % brighter", "cropped by 1 %":
			atLeast(c.name, alike, 97)
		default:
			atLeast(c.name, alike, 99)
		}
	}
	atMost("before and after", Near, 15)
	atMost("before and after", alike, 0)
	atMost("two places", Near, 0.5)
	atMost("two places", alike, 0.02)
	for _, kind := range kinds {
		atMost("two places: "+kind, alike, 1)
	}
}
