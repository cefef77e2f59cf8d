package phototest

import (
	"encoding/binary"
	"hash/crc32"
)

// Header is a JPEG that ends where its pixels would begin: whoever looks at it sees a size and has nothing to decode.
// progressive says whether it would be sent in passes.
func Header(width, height int, progressive bool) []byte {
	marker := byte(0xc0)
	if progressive {
		marker = 0xc2
	}
	out := []byte{0xff, 0xd8, 0xff, marker, 0, 17, 8}
	out = binary.BigEndian.AppendUint16(out, uint16(height))
	out = binary.BigEndian.AppendUint16(out, uint16(width))
	out = append(out, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0)
	return append(out, 0xff, 0xda, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0)
}

// PNGHeader is a PNG that ends behind its header. Colour type 0 is grey, 2 true colour, 6 true colour with transparency.
func PNGHeader(width, height, depth, colour int, interlaced bool) []byte {
	data := binary.BigEndian.AppendUint32(nil, uint32(width))
	data = binary.BigEndian.AppendUint32(data, uint32(height))
	data = append(data, byte(depth), byte(colour), 0, 0, 0)
	if interlaced {
		data[12] = 1
	}
	return append([]byte("\x89PNG\r\n\x1a\n"), PNGChunk("IHDR", data)...)
}

// PNGChunk is a piece of a PNG file.
func PNGChunk(name string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(append(out, name...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// WebP is a lossless WebP picture in black (#000000) and magenta (#ff00ff): magenta where on says so. exif, if any, stands
// behind the picture, as the format has it.
func WebP(width, height int, on func(x, y int) bool, exif []byte) []byte {
	body := []byte("WEBP")
	if exif != nil {
		extended := append([]byte{1 << 3, 0, 0, 0}, uint24(width-1)...)
		body = append(body, chunk("VP8X", append(extended, uint24(height-1)...))...)
	}
	body = append(body, chunk("VP8L", lossless(width, height, on))...)
	if exif != nil {
		body = append(body, chunk("EXIF", exif)...)
	}
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func uint24(n int) []byte { return []byte{byte(n), byte(n >> 8), byte(n >> 16)} }

func chunk(name string, data []byte) []byte {
	if len(data)%2 != 0 {
		data = append(data, 0)
	}
	return append(binary.LittleEndian.AppendUint32([]byte(name), uint32(len(data))), data...)
}

// lossless writes a VP8L stream with two colours: every channel has a code of two symbols or one, so that a pixel is the
// three bits of green, red and blue.
func lossless(width, height int, on func(x, y int) bool) []byte {
	var w bits
	w.put(0x2f, 8)
	w.put(width-1, 14)
	w.put(height-1, 14)
	w.put(0, 1+3)   // transparency is not used; version 0
	w.put(0, 1+1+1) // no transform, no cache, no groups of codes
	w.twoSymbols(0, 1)
	w.twoSymbols(0, 255)
	w.twoSymbols(0, 255)
	w.oneSymbol(255)
	w.oneSymbol(0)
	for y := range height {
		for x := range width {
			if on(x, y) {
				w.put(0b110, 3) // green, red, blue, the first in the lowest bit
			} else {
				w.put(0, 3)
			}
		}
	}
	return w.out
}

// bits writes numbers from their lowest bit.
type bits struct {
	out []byte
	n   int
}

func (w *bits) put(v, width int) {
	for i := range width {
		if w.n%8 == 0 {
			w.out = append(w.out, 0)
		}
		w.out[w.n/8] |= byte(v>>i&1) << (w.n % 8)
		w.n++
	}
}

func (w *bits) oneSymbol(a int) {
	w.put(0b101, 3) // a simple code, of one symbol, of 8 bits
	w.put(a, 8)
}

func (w *bits) twoSymbols(a, b int) {
	w.put(0b111, 3) // a simple code, of two symbols, of 8 bits
	w.put(a, 8)
	w.put(b, 8)
}
