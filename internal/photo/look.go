package photo

import (
	"encoding/base64"
	"image"
	"math"
	"math/rand/v2"

	"golang.org/x/image/draw"
)

// Look is what a picture looks like, for telling whether another one is the same: sent again, recompressed by WeChat, made
// smaller, a little brighter, or cut by a hundredth. A second photo of the same place is another picture.
type Look struct {
	Hash   uint64 // by which look-alikes are found, see Bands; the same as 8 bytes for any size of picture
	Sketch string // by which they are told apart: the brightness of 16×16 fields, a byte each, in base64 (342 characters)
	Flat   bool   // there is nothing to recognise, as in a picture of one colour: it is like no other
}

const (
	hashSide   = 64 // pixels of the picture that is hashed
	sketchSide = 16 // fields of the sketch
	tremble    = 2  // levels of 255 by which a pixel of hashSide changes when a photo is sent on
)

// twins is how well the sketches of two pictures must agree, 1 being perfectly. Copies that were not cut by more than a
// hundredth came to 0.998 or more; before and after of one place, which the demo draws from exactly the same spot, came to
// 0.997 at most (docs/adr/0017-photos.md).
const twins = 0.9975

// Alike says whether two pictures are the same one. It never says so of flat pictures, which only their bytes can tell.
func (a Look) Alike(b Look) bool {
	return !a.Flat && !b.Flat && Distance(a.Hash, b.Hash) <= Near && agreement(a.fields(), b.fields()) >= twins
}

// look looks at an upright picture. It is flat if every bit of its hash is noise, which is found by trying: a tremor as
// small as that of recompression must not change the hash beyond Near.
func look(img *image.RGBA) Look {
	small := image.NewRGBA(image.Rect(0, 0, hashSide, hashSide))
	draw.BiLinear.Scale(small, small.Rect, img, img.Rect, draw.Src, nil)
	out := Look{Hash: perception(small), Sketch: sketch(small)}
	r := rand.New(rand.NewPCG(1, 2)) // the same tremor for every picture
	for i := 0; i < len(small.Pix); i += 4 {
		by := r.IntN(2*tremble+1) - tremble
		for c := range 3 {
			small.Pix[i+c] = uint8(min(max(int(small.Pix[i+c])+by, 0), 255))
		}
	}
	out.Flat = Distance(out.Hash, perception(small)) > Near
	return out
}

// sketch takes the brightness of the fields of a picture of hashSide pixels. Fields run into their neighbours, so that a
// picture that was cut a little still agrees.
func sketch(small *image.RGBA) string {
	tiny := image.NewRGBA(image.Rect(0, 0, sketchSide, sketchSide))
	draw.BiLinear.Scale(tiny, tiny.Rect, small, small.Rect, draw.Src, nil)
	fields := make([]byte, 0, sketchSide*sketchSide)
	for p := tiny.Pix; len(p) > 0; p = p[4:] {
		fields = append(fields, byte((299*int(p[0])+587*int(p[1])+114*int(p[2])+500)/1000))
	}
	return base64.RawStdEncoding.EncodeToString(fields)
}

// fields gives the sketch as numbers; nil for a picture without one.
func (a Look) fields() []byte {
	fields, err := base64.RawStdEncoding.DecodeString(a.Sketch)
	if err != nil || len(fields) != sketchSide*sketchSide {
		return nil
	}
	return fields
}

// agreement is the correlation of two sketches, from -1 to 1; brightness and contrast of the whole picture do not count.
// It is 0 where there is nothing to compare.
func agreement(a, b []byte) float64 {
	if len(a) != len(b) {
		return 0
	}
	var sumA, sumB, squareA, squareB, product float64
	for n := range a {
		x, y := float64(a[n]), float64(b[n])
		sumA, sumB = sumA+x, sumB+y
		squareA, squareB, product = squareA+x*x, squareB+y*y, product+x*y
	}
	n := float64(len(a))
	spread := math.Sqrt((n*squareA - sumA*sumA) * (n*squareB - sumB*sumB))
	if !(spread > 0) { // one of them is of one brightness, or there are no fields
		return 0
	}
	return (n*product - sumA*sumB) / spread
}
