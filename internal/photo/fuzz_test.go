package photo

import (
	"bytes"
	"errors"
	"image/jpeg"
	"testing"
	"time"

	"duban/internal/photo/phototest"
)

// FuzzExamine: whatever strangers send, a picture is refused with an *Error or shown within the limits, and looking twice
// gives the same.
func FuzzExamine(f *testing.F) {
	plain := quarters(16, 8, red, green, blue, white)
	camera := phototest.Camera{Orientation: 6, Taken: "2026:11:23 09:05:07", Offset: "+08:00", Lat: 33.5, Lng: 116.25, Located: true}
	odd := phototest.Camera{Taken: "2026:11:23 09:05:07", Offset: "+08:08"}
	for _, seed := range [][]byte{
		nil, []byte("no picture"), phototest.Encode(plain, 90), camera.JPEG(phototest.Encode(plain, 90)),
		odd.JPEG(phototest.Encode(plain, 90)),
		phototest.Header(5000, 8000, true), phototest.PNGHeader(6000, 10_000, 16, 6, true), []byte("GIF89a\x08\x00\x08\x00\x00\x00\x00;"),
		phototest.WebP(16, 8, func(x, y int) bool { return x == y }, camera.TIFF()),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		facts, shown, err := Examine(data, time.UTC)
		var e *Error
		if err != nil {
			if !errors.As(err, &e) || e.Error() == "" || shown != nil {
				t.Fatalf("error %v, %d bytes shown", err, len(shown))
			}
			return
		}
		cfg, err := jpeg.DecodeConfig(bytes.NewReader(shown))
		if err != nil || max(cfg.Width, cfg.Height) > shownSide || facts.Width*facts.Height > MaxPixels || facts.Width*facts.Height == 0 {
			t.Errorf("%+v shown as %d×%d, %v", facts, cfg.Width, cfg.Height, err)
		}
		if facts.Located != (facts.Lat != 0 || facts.Lng != 0) || facts.Zoned && facts.TakenAt.IsZero() {
			t.Errorf("%+v", facts)
		}
		again, _, err := Examine(data, time.UTC)
		if again.TakenAt.Equal(facts.TakenAt) { // a zone is another one each time but for whole hours
			again.TakenAt = facts.TakenAt
		}
		if again != facts || err != nil {
			t.Errorf("first %+v\nthen %+v, %v", facts, again, err)
		}
	})
}

// BenchmarkExamine looks at a photo of 12 million pixels, as phones take them.
func BenchmarkExamine(b *testing.B) {
	data := phototest.Encode(resized(scene("垃圾", 1, false), 4000.0/480), 90)
	data = phototest.Camera{Orientation: 6, Taken: "2026:11:23 09:05:07"}.JPEG(data)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Examine(data, time.UTC); err != nil {
			b.Fatal(err)
		}
	}
}
