// Package phototest makes picture files as phones and people send them, for tests.
package phototest

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"math"
)

// Camera is what a phone writes into a photo. What is zero is left out.
type Camera struct {
	Orientation int
	Taken       string // "2026:11:23 09:05:07"
	Offset      string // "+08:00"
	Lat, Lng    float64
	Located     bool
}

// JPEG puts the camera's EXIF into a JPEG, in the APP1 segment behind the first marker.
func (c Camera) JPEG(plain []byte) []byte {
	block := append([]byte("Exif\x00\x00"), c.TIFF()...)
	out := append([]byte{}, plain[:2]...)
	out = append(out, 0xff, 0xe1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(block)+2))
	out = append(out, block...)
	return append(out, plain[2:]...)
}

// The types of EXIF values.
const (
	ascii    = 2
	short    = 3
	long     = 4
	rational = 5
)

// entry is one tag of a directory.
type entry struct {
	tag, kind uint16
	count     uint32
	value     []byte
}

// TIFF gives the EXIF block: a main directory, and one each for the exposure and the place.
func (c Camera) TIFF() []byte {
	var main, exposure, place []entry
	if c.Orientation != 0 {
		main = append(main, entry{0x0112, short, 1, binary.LittleEndian.AppendUint16(nil, uint16(c.Orientation))})
	}
	if c.Taken != "" {
		exposure = append(exposure, text(0x9003, c.Taken))
	}
	if c.Offset != "" {
		exposure = append(exposure, text(0x9011, c.Offset))
	}
	if c.Located {
		place = append(place, text(1, ref(c.Lat, "N", "S")), degrees(2, c.Lat), text(3, ref(c.Lng, "E", "W")), degrees(4, c.Lng))
	}
	const head = 8
	out := append([]byte("II*\x00"), binary.LittleEndian.AppendUint32(nil, head)...)
	size := directorySize(main) + 2*12
	exposureAt := uint32(head + size)
	placeAt := exposureAt + uint32(directorySize(exposure))
	main = append(main, pointer(0x8769, exposureAt), pointer(0x8825, placeAt))
	for _, d := range [][]entry{main, exposure, place} {
		out = appendDirectory(out, d)
	}
	return out
}

func text(tag uint16, s string) entry {
	return entry{tag, ascii, uint32(len(s) + 1), append([]byte(s), 0)}
}

func pointer(tag uint16, at uint32) entry {
	return entry{tag, long, 1, binary.LittleEndian.AppendUint32(nil, at)}
}

func ref(v float64, plus, minus string) string {
	if v < 0 {
		return minus
	}
	return plus
}

// degrees writes a coordinate as whole degrees, whole minutes, and seconds to the thousandth.
func degrees(tag uint16, v float64) entry {
	thousandths := uint32(math.Round(math.Abs(v) * 3_600_000))
	var value []byte
	for _, n := range []uint32{thousandths / 3_600_000, 1, thousandths / 60_000 % 60, 1, thousandths % 60_000, 1000} {
		value = binary.LittleEndian.AppendUint32(value, n)
	}
	return entry{tag, rational, 3, value}
}

// directorySize is how long a directory is with the values that do not fit into its entries.
func directorySize(d []entry) int {
	n := 2 + 12*len(d) + 4
	for _, e := range d {
		if len(e.value) > 4 {
			n += len(e.value)
		}
	}
	return n
}

func appendDirectory(out []byte, d []entry) []byte {
	values := uint32(len(out) + 2 + 12*len(d) + 4)
	var behind []byte
	out = binary.LittleEndian.AppendUint16(out, uint16(len(d)))
	for _, e := range d {
		out = binary.LittleEndian.AppendUint16(out, e.tag)
		out = binary.LittleEndian.AppendUint16(out, e.kind)
		out = binary.LittleEndian.AppendUint32(out, e.count)
		if len(e.value) > 4 {
			out = binary.LittleEndian.AppendUint32(out, values+uint32(len(behind)))
			behind = append(behind, e.value...)
			continue
		}
		out = append(out, append(bytes.Clone(e.value), 0, 0, 0, 0)[:4]...)
	}
	out = binary.LittleEndian.AppendUint32(out, 0) // no further directory
	return append(out, behind...)
}

// Encode gives a picture as a JPEG.
func Encode(img image.Image, quality int) []byte {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err != nil {
		panic(err) // memory does not refuse writes
	}
	return out.Bytes()
}
