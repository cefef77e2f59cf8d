package photo

import (
	"image"
	"math/bits"

	"github.com/corona10/goimagehash"
)

// Near is in how many of their 64 bits the hashes of two pictures may differ for the pictures to be compared more closely.
// It was measured on the drawn scenes of the demo (docs/adr/0017-photos.md has the table).
const Near = 4

// Distance is in how many of their 64 bits two hashes differ. That of unrelated pictures is about 30.
func Distance(a, b uint64) int { return bits.OnesCount64(a ^ b) }

const (
	bands     = Near + 1 // one more than the bits that may differ: they cannot touch every band
	bandWidth = 13       // bits; the last band has the rest
)

// Bands cuts a hash into pieces to look it up by. Two hashes whose distance is at most Near have at least one of these
// numbers in common, so that look-alikes are found without comparing with every picture there is. The numbers are below
// 40,960 and say which piece they are.
func Bands(hash uint64) []int {
	out := make([]int, bands)
	for n := range out {
		out[n] = n<<bandWidth | int(hash>>(n*bandWidth)&(1<<bandWidth-1))
	}
	return out
}

// perception is the hash of a picture of hashSide pixels: which of its 64 slowest waves are stronger than the middle one.
func perception(img *image.RGBA) uint64 {
	h, err := goimagehash.PerceptionHash(img)
	if err != nil {
		panic(err) // it fails for want of a picture only
	}
	return h.GetHash()
}
