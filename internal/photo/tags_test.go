package photo

import (
	"bytes"
	"image"
	"math"
	"testing"
	"time"

	"duban/internal/photo/phototest"
)

// plainJPEG is a small picture without EXIF.
func plainJPEG() []byte { return phototest.Encode(quarters(16, 8, red, green, blue, white), 90) }

func examine(t *testing.T, data []byte, loc *time.Location) Facts {
	t.Helper()
	f, _, err := Examine(data, loc)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTimeOfThePhoto(t *testing.T) {
	shanghai := time.FixedZone("CST", 8*3600)
	for _, tt := range []struct {
		taken, offset, want string
		zoned               bool
	}{
		{"2026:11:23 09:05:07", "", "2026-11-23T01:05:07Z", false},
		{"2026:11:23 09:05:07", "+08:00", "2026-11-23T01:05:07Z", true},
		{"2026:11:23 09:05:07", "+09:30", "2026-11-22T23:35:07Z", true},
		{"2026:11:23 09:05:07", "-01:00", "2026-11-23T10:05:07Z", true},
		{"2026:11:23 09:05:07", "Z", "2026-11-23T09:05:07Z", true},
		{"2026:11:23 09:05:07", "   :  ", "2026-11-23T01:05:07Z", false},
		{"2026:11:23 09:05:07", "east", "2026-11-23T01:05:07Z", false},
		{"", "+08:00", "", false},
		{"0000:00:00 00:00:00", "", "", false},
		{"    :  :     :  :  ", "+08:00", "", false},
		{"2026:02:30 09:05:07", "", "", false},
		{"1980:01:01 00:00:00", "+08:00", "", false}, // a clock that was never set
		{"1970:01:01 08:00:00", "", "", false},
		{"1990:01:01 00:00:00", "Z", "1990-01-01T00:00:00Z", true},
		{"2026-11-23 09:05:07", "", "", false},
	} {
		f := examine(t, phototest.Camera{Taken: tt.taken, Offset: tt.offset}.JPEG(plainJPEG()), shanghai)
		got := ""
		if !f.TakenAt.IsZero() {
			got = f.TakenAt.UTC().Format(time.RFC3339)
		}
		if got != tt.want || f.Zoned != tt.zoned {
			t.Errorf("%q %q: %s, zone known %v; want %s, %v", tt.taken, tt.offset, got, f.Zoned, tt.want, tt.zoned)
		}
	}
}

func TestPlaceOfThePhoto(t *testing.T) {
	for _, tt := range []struct {
		lat, lng float64
		want     bool
	}{
		{33.123456, 116.456789, true},
		{-33.5, -70.25, true},
		{90, 180, true},
		{0, 116, true},
		{0, 0, false}, // a phone that does not know
		{91, 116, false},
		{33, 181, false},
	} {
		f := examine(t, phototest.Camera{Lat: tt.lat, Lng: tt.lng, Located: true}.JPEG(plainJPEG()), time.UTC)
		if f.Located != tt.want {
			t.Errorf("%v, %v: located %v", tt.lat, tt.lng, f.Located)
		}
		if !tt.want {
			tt.lat, tt.lng = 0, 0
		}
		if math.Abs(f.Lat-tt.lat) > 1e-6 || math.Abs(f.Lng-tt.lng) > 1e-6 {
			t.Errorf("%v, %v, want %v, %v", f.Lat, f.Lng, tt.lat, tt.lng)
		}
	}
	if f := examine(t, plainJPEG(), time.UTC); f.Located || !f.TakenAt.IsZero() || f.Zoned {
		t.Errorf("without EXIF: %+v", f)
	}
}

func TestEXIFOfPNGAndWebP(t *testing.T) {
	camera := phototest.Camera{Orientation: 6, Taken: "2026:11:23 09:05:07", Offset: "+08:00", Lat: 33.5, Lng: 116.25, Located: true}
	shot := asPNG(t, quarters(16, 8, red, green, blue, white))
	const header = 8 + 25 // the signature and the first chunk
	withEXIF := bytes.Join([][]byte{shot[:header], phototest.PNGChunk("eXIf", camera.TIFF()), shot[header:]}, nil)
	for name, data := range map[string][]byte{
		"PNG":  withEXIF,
		"WebP": phototest.WebP(16, 8, func(x, _ int) bool { return x > 5 }, camera.TIFF()),
	} {
		f := examine(t, data, time.UTC)
		if f.Width != 8 || f.Height != 16 || !f.Located || f.Lat != 33.5 || f.Lng != 116.25 || f.TakenAt.Unix() != 1795395907 || !f.Zoned {
			t.Errorf("%s: %+v (%v)", name, f, f.TakenAt.Unix())
		}
	}
}

// TestThumbnailTurnsNothing: the directory of the thumbnail has tags of the same names.
func TestThumbnailTurnsNothing(t *testing.T) {
	block := phototest.Camera{Taken: "2026:11:23 09:05:07"}.TIFF()
	at := len(block)
	block = append(block, phototest.Camera{Orientation: 6}.TIFF()[8:]...)
	const next = 8 + 2 + 2*12 // behind the two entries of the main directory
	block[next], block[next+1] = byte(at), byte(at>>8)
	if f := examine(t, jpegWith(block), time.UTC); f.Width != 16 || f.TakenAt.IsZero() {
		t.Errorf("%d×%d, %v", f.Width, f.Height, f.TakenAt)
	}
}

// jpegWith is a small picture with an EXIF block.
func jpegWith(block []byte) []byte {
	plain := plainJPEG()
	n := len(block) + 8
	head := append([]byte{0xff, 0xd8, 0xff, 0xe1, byte(n >> 8), byte(n)}, "Exif\x00\x00"...)
	return bytes.Join([][]byte{head, block, plain[2:]}, nil)
}

// TestDamagedEXIFNeverFails cuts the block at every length and spoils each of its bytes.
func TestDamagedEXIFNeverFails(t *testing.T) {
	camera := phototest.Camera{Orientation: 3, Taken: "2026:11:23 09:05:07", Offset: "+08:00", Lat: 33.5, Lng: 116.25, Located: true}
	block := camera.TIFF()
	try := func(block []byte) {
		f := examine(t, jpegWith(block), time.UTC)
		if f.Width*f.Height != 16*8 || f.Lat < -90 || f.Lat > 90 || f.Lng < -180 || f.Lng > 180 {
			t.Errorf("%+v of % x", f, block)
		}
	}
	for n := range len(block) {
		try(block[:n])
		for _, v := range []byte{0, 1, 0x7f, 0xff, block[n] ^ 0x10} {
			bad := bytes.Clone(block)
			bad[n] = v
			try(bad)
		}
	}
}

// TestBusyEXIFIsLeftAlone: a million tiny chunks ahead of the EXIF are not walked through.
func TestBusyEXIFIsLeftAlone(t *testing.T) {
	shot := asPNG(t, quarters(16, 8, red, green, blue, white))
	const header = 8 + 25
	with := func(chunks int) []byte {
		idle := bytes.Repeat(phototest.PNGChunk("teXt", []byte("a\x00b")), chunks)
		exif := phototest.PNGChunk("eXIf", phototest.Camera{Orientation: 6}.TIFF())
		return bytes.Join([][]byte{shot[:header], idle, exif, shot[header:]}, nil)
	}
	if f := examine(t, with(10), time.UTC); f.Width != 8 {
		t.Errorf("ten chunks hide the EXIF: %d×%d", f.Width, f.Height)
	}
	if f := examine(t, with(2*maxReads), time.UTC); f.Width != 16 {
		t.Errorf("%d chunks were read through: %d×%d", 2*maxReads, f.Width, f.Height)
	}
}

func TestLookIsThatOfTheUprightPicture(t *testing.T) {
	upright := scene("占道", 3, false)
	w, h := upright.Rect.Dx(), upright.Rect.Dy()
	lying := image.NewRGBA(image.Rect(0, 0, h, w)) // as a sensor delivers it that has to be turned clockwise
	for y := range h {
		for x := range w {
			lying.SetRGBA(y, w-1-x, upright.RGBAAt(x, y))
		}
	}
	want := examine(t, phototest.Encode(upright, 95), time.UTC)
	got := examine(t, phototest.Camera{Orientation: 6}.JPEG(phototest.Encode(lying, 95)), time.UTC)
	if !want.Alike(got.Look) || got.Width != w {
		t.Errorf("distance %d, %d×%d", Distance(want.Hash, got.Hash), got.Width, got.Height)
	}
	if untold := examine(t, phototest.Encode(lying, 95), time.UTC); want.Alike(untold.Look) {
		t.Error("a picture on its side is like the upright one")
	}
}
