package demo

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
)

// painter draws filled shapes. What is outside the picture is left out.
type painter struct {
	img *image.RGBA
	r   *rand.Rand
}

// in is a random number from a (included) to b (excluded).
func (p *painter) in(a, b int) int { return a + p.r.IntN(b-a) }

// rect fills a rectangle. Coordinates are those of the plan (sceneWidth × sceneHeight), which the picture shrinks.
func (p *painter) rect(x0, y0, x1, y1 int, c color.RGBA) {
	area := image.Rect(shrink(x0), shrink(y0), shrink(x1), shrink(y1)).Intersect(p.img.Bounds())
	for y := area.Min.Y; y < area.Max.Y; y++ {
		row := p.img.Pix[p.img.PixOffset(area.Min.X, y):p.img.PixOffset(area.Max.X, y)]
		for i := 0; i < len(row); i += 4 {
			row[i], row[i+1], row[i+2], row[i+3] = c.R, c.G, c.B, c.A
		}
	}
}

// shrink takes a length of the plan to the picture: three quarters, rounded down also below zero.
func shrink(n int) int { return (n*3+4*sceneWidth)/4 - sceneWidth }

func (p *painter) ellipse(cx, cy, rx, ry int, c color.RGBA) {
	for y := -ry; y <= ry; y++ {
		half := int(float64(rx) * math.Sqrt(1-float64(y*y)/float64(ry*ry)))
		p.rect(cx-half, cy+y, cx+half+1, cy+y+1, c)
	}
}

// quad fills a quadrangle whose upper and lower edges are level: corners from the upper left, clockwise.
func (p *painter) quad(ax, ay, bx, _, cx, cy, dx, _ int, c color.RGBA) {
	for y := ay; y < cy; y++ {
		left, right := ax+(dx-ax)*(y-ay)/(cy-ay), bx+(cx-bx)*(y-ay)/(cy-ay)
		p.rect(left, y, right, y+1, c)
	}
}

func (p *painter) line(x0, y0, x1, y1 int, c color.RGBA) {
	n := max(abs(x1-x0), abs(y1-y0), 1)
	for i := range n {
		x, y := x0+(x1-x0)*i/n, y0+(y1-y0)*i/n
		p.rect(x, y, x+2, y+2, c)
	}
}

func abs(n int) int { return max(n, -n) }

// shade makes a colour lighter or darker.
func shade(c color.RGBA, by int) color.RGBA {
	f := func(v uint8) uint8 { return uint8(min(max(int(v)+by, 0), 255)) }
	return color.RGBA{f(c.R), f(c.G), f(c.B), c.A}
}

func (p *painter) sky(blue int) {
	for y := range sceneHeight {
		p.rect(0, y, sceneWidth, y+1, color.RGBA{uint8(min(150+y/5, 255)), uint8(min(180+y/7, 255)), uint8(min(blue+y/16, 255)), 255})
	}
}

// light brightens the whole picture, as the second visit rarely has the same sun as the first.
func (p *painter) light(by float64) {
	for i, v := range p.img.Pix {
		if i%4 != 3 {
			p.img.Pix[i] = uint8(min(float64(v)*by, 255))
		}
	}
}

// grain roughens the picture like a phone's sensor does.
func (p *painter) grain(after bool) {
	if after {
		p.r.Uint64() // so that the two pictures of a place are not alike in their noise
	}
	var bits uint64
	for i := 0; i < len(p.img.Pix); i += 4 {
		if i%64 == 0 {
			bits = p.r.Uint64() // four bits a pixel
		}
		n := int(bits&15) - 7
		bits >>= 4
		for c := range 3 {
			p.img.Pix[i+c] = uint8(min(max(int(p.img.Pix[i+c])+n, 0), 255))
		}
	}
}
