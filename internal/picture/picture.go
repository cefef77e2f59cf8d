// Package picture draws the pictures that phones show: the ranking, the trend of the week and the exposure board. Plain data
// goes in and PNG files come out: the package reads and writes nothing. What is drawn encodes to JSON, so that it can wait
// in a queue and be drawn later.
package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
)

// The limits of a picture.
const (
	Width     = 1080      // pixels; phones show it at full width, where 34 pixels are as tall as the text of a chat
	MaxHeight = 2400      // pixels; what is longer goes on in a next picture
	MaxBytes  = 2_000_000 // of a file; work groups take 2 MB (domain.md §3.11)
)

// Painter draws pictures with one font. It may be used by several goroutines at once.
type Painter struct {
	font typeface
}

// New makes a painter. The font is the content of a .ttf, .ttc or .otf file and must have the Chinese characters; nil stands
// for the font that comes with the program. The error is a Chinese sentence for the administrator.
func New(font []byte) (*Painter, error) {
	if font == nil {
		return &Painter{font: embedded()}, nil
	}
	face, err := parse(font)
	if err != nil {
		return nil, err
	}
	return &Painter{font: face}, nil
}

// Missing gives the characters of a text that no picture shows as they are, each once, in the order of the text. Those that
// the font lacks appear in a simpler form (℃ as °C) or as 〓; emoji and whatever has no shape of its own are left out. The
// font's empty box is never shown.
func (p *Painter) Missing(text string) []rune { return p.font.missing(text) }

// errHeavy says that a picture stayed above MaxBytes whatever was done to its photos.
var errHeavy = errors.New("picture is larger than a work group takes")

// encode writes the canvas as a PNG below MaxBytes. Noise in photos is what makes a PNG heavy: the last bits of their colours
// are given up until it fits, which nobody sees on a phone.
func (c *canvas) encode() ([]byte, error) {
	for bits := range 6 {
		if bits > 0 && len(c.photos) == 0 {
			break
		}
		c.coarsen(bits)
		var out bytes.Buffer
		if err := png.Encode(&out, c.img); err != nil {
			return nil, fmt.Errorf("encode picture: %w", err)
		}
		if out.Len() <= MaxBytes {
			return out.Bytes(), nil
		}
	}
	return nil, errHeavy
}

// coarsen gives the colours of the photos steps of 2^bits, each in the middle of its step.
func (c *canvas) coarsen(bits int) {
	if bits == 0 {
		return
	}
	half, mask := uint8(1)<<(bits-1), uint8(0xff)<<bits
	for _, r := range c.photos {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			row := c.img.Pix[c.img.PixOffset(r.Min.X, y):c.img.PixOffset(r.Max.X, y)]
			for i := range row {
				if i%4 != 3 {
					row[i] = row[i]&mask | half
				}
			}
		}
	}
}
