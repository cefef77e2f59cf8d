package photo

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"runtime"
	"testing"
	"time"

	"duban/internal/photo/phototest"
)

// squeezed is a whole PNG of one bit a pixel, all black: 100 million of them in 13 KB.
func squeezed(t *testing.T, side int) []byte {
	t.Helper()
	var pixels bytes.Buffer
	z := zlib.NewWriter(&pixels)
	row := make([]byte, 1+(side+7)/8)
	for range side {
		if _, err := z.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(side)), uint32(side))
	head = append(head, 1, 0, 0, 0, 0)
	return bytes.Join([][]byte{
		[]byte("\x89PNG\r\n\x1a\n"), phototest.PNGChunk("IHDR", head), phototest.PNGChunk("IDAT", pixels.Bytes()), phototest.PNGChunk("IEND", nil),
	}, nil)
}

// TestHundredMegapixels: a picture that is whole, small as a file and too large to look at takes no memory; a smaller one of the kind is
// looked at.
func TestHundredMegapixels(t *testing.T) {
	if _, _, err := Examine(squeezed(t, 1000), time.UTC); err != nil {
		t.Fatalf("one megapixel: %v", err)
	}
	data := squeezed(t, 10_000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err := Examine(data, time.UTC)
	runtime.ReadMemStats(&after)
	if e, ok := errors.AsType[*Error](err); !ok || e.Fault != TooLarge || e.Width != 10_000 {
		t.Errorf("%v", err)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("%d bytes were taken for a file of %d", got, len(data))
	}
}
