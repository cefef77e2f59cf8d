package picture

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"

	"github.com/fogleman/gg"
	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
)

// Sizes of text in pixels. Nothing that has to be read is smaller than bodySize.
const (
	titleSize  = 60
	groupSize  = 44
	strongSize = 40
	bodySize   = 34
)

// The colours: dark text on light. The bright red is kept for what is overdue.
var (
	ground  = color.RGBA{0xf1, 0xf4, 0xf8, 0xff} // of the page
	paper   = color.RGBA{0xff, 0xff, 0xff, 0xff} // of the cards
	line    = color.RGBA{0xe3, 0xe8, 0xee, 0xff} // between rows, behind bars
	ink     = color.RGBA{0x1c, 0x27, 0x33, 0xff} // text
	pale    = color.RGBA{0x5d, 0x6b, 0x7a, 0xff} // text of the second rank
	navy    = color.RGBA{0x1f, 0x4e, 0x84, 0xff} // titles and bars
	late    = color.RGBA{0xc6, 0x28, 0x28, 0xff} // overdue
	better  = color.RGBA{0x2e, 0x7d, 0x32, 0xff} // places won, closed
	worse   = color.RGBA{0xa0, 0x3c, 0x32, 0xff} // places lost: duller than what is overdue
	gold    = color.RGBA{0xd9, 0xa4, 0x1e, 0xff}
	silver  = color.RGBA{0x8e, 0x99, 0xa6, 0xff}
	bronze  = color.RGBA{0xb0, 0x72, 0x3e, 0xff}
	plain   = color.RGBA{0xe6, 0xec, 0xf3, 0xff} // badge of the fourth and later
	caption = color.RGBA{0x1c, 0x27, 0x33, 0xb8} // behind words on a photo
)

// style is how a text looks. The font has one weight: strong text is drawn twice, side by side.
type style struct {
	size   int // pixels
	color  color.Color
	strong bool
}

func (s style) in(c color.Color) style { s.color = c; return s }

var (
	title  = style{titleSize, navy, true}
	group  = style{groupSize, navy, true}
	strong = style{strongSize, ink, true}
	body   = style{bodySize, ink, false}
	quiet  = style{bodySize, pale, false}
)

// canvas is one picture while it is drawn, and before that the means to measure text: each drawing has canvases of its own,
// because the faces of a font must not be shared.
type canvas struct {
	font   typeface
	faces  map[int]font.Face
	err    error // the first failure of the font
	img    *image.RGBA
	shapes *gg.Context
	photos []image.Rectangle // what may be coarsened
}

func (p *Painter) canvas() *canvas {
	return &canvas{font: p.font, faces: map[int]font.Face{}}
}

// begin starts a picture of a height, with the faces that were made so far.
func (c *canvas) begin(height float64) {
	c.img = image.NewRGBA(image.Rect(0, 0, Width, int(math.Ceil(height))))
	c.shapes, c.photos = gg.NewContextForRGBA(c.img), nil
	draw.Draw(c.img, c.img.Rect, image.NewUniform(ground), image.Point{}, draw.Src)
}

func (c *canvas) face(size int) font.Face {
	if f, ok := c.faces[size]; ok {
		return f
	}
	f, err := c.font.face(float64(size))
	if err != nil && c.err == nil {
		c.err = fmt.Errorf("font at %d pixels: %w", size, err)
	}
	c.faces[size] = f
	return f
}

// width measures a clean text in pixels.
func (c *canvas) width(text string, s style) float64 {
	f := c.face(s.size)
	if f == nil {
		return 0
	}
	w := float64(font.MeasureString(f, text)) / 64
	if s.strong {
		w += boldness(s.size)
	}
	return w
}

func boldness(size int) float64 { return float64(size) / 36 }

// text draws a clean text with its left edge at x and its baseline at y.
func (c *canvas) text(text string, s style, x, y float64) {
	f := c.face(s.size)
	if f == nil {
		return
	}
	d := font.Drawer{Dst: c.img, Src: image.NewUniform(s.color), Face: f, Dot: fixedPoint(x, y)}
	d.DrawString(text)
	if s.strong {
		d.Dot = fixedPoint(x+boldness(s.size), y)
		d.DrawString(text)
	}
}

// right draws a text with its right edge at x and says where it begins.
func (c *canvas) right(text string, s style, x, y float64) float64 {
	left := x - c.width(text, s)
	c.text(text, s, left, y)
	return left
}

// middle draws a text around x.
func (c *canvas) middle(text string, s style, x, y float64) {
	c.text(text, s, x-c.width(text, s)/2, y)
}

func (c *canvas) rect(x, y, w, h, radius float64, col color.Color) {
	c.shapes.SetColor(col)
	c.shapes.DrawRoundedRectangle(x, y, w, h, min(radius, w/2, h/2))
	c.shapes.Fill()
}

func (c *canvas) circle(x, y, radius float64, col color.Color) {
	c.shapes.SetColor(col)
	c.shapes.DrawCircle(x, y, radius)
	c.shapes.Fill()
}

func fixedPoint(x, y float64) fixed.Point26_6 {
	return fixed.Point26_6{X: fixed.Int26_6(math.Round(x * 64)), Y: fixed.Int26_6(math.Round(y * 64))}
}
