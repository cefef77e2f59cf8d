package photo

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b uint64
		want int
	}{{0, 0, 0}, {0, ^uint64(0), 64}, {1, 2, 2}, {0xf0f0, 0xf0f1, 1}, {1 << 63, 0, 1}} {
		if got := Distance(tt.a, tt.b); got != tt.want {
			t.Errorf("%x and %x: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

// TestNearHashesShareABand is the promise of Bands.
func TestNearHashesShareABand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Uint64().Draw(t, "hash")
		b := a
		for _, bit := range rapid.SliceOfN(rapid.IntRange(0, 63), 0, Near).Draw(t, "changed bits") {
			b ^= 1 << bit
		}
		shared := 0
		for _, band := range Bands(a) {
			if slices.Contains(Bands(b), band) {
				shared++
			}
		}
		if shared < len(Bands(a))-Distance(a, b) || shared == 0 {
			t.Errorf("%x and %x at distance %d share %d bands", a, b, Distance(a, b), shared)
		}
	})
}

// TestBandsSayAllOfTheHash: every bit changes exactly one number, and the numbers of two bands are never the same.
func TestBandsSayAllOfTheHash(t *testing.T) {
	for bit := range 64 {
		changed := 0
		for n, band := range Bands(0) {
			if Bands(1 << bit)[n] != band {
				changed++
			}
		}
		if changed != 1 {
			t.Errorf("bit %d changes %d bands", bit, changed)
		}
	}
	for n, band := range Bands(^uint64(0)) {
		if low := Bands(0); band < low[n] || n+1 < len(low) && band >= low[n+1] || band >= 40_960 {
			t.Errorf("band %d goes from %d to %d", n, low[n], band)
		}
	}
}
