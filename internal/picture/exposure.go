package picture

import (
	"errors"
	"image"

	"golang.org/x/image/draw"
)

// Exposure is the exposure board 曝光台: what it looked like before and after (S29).
type Exposure struct {
	Title string `json:"title"`
	Note  string `json:"note,omitempty"`
	Cases []Case `json:"cases,omitempty"`
}

// Case is one issue on the board. Photos are names that mean something to the caller's loader; empty: there is none.
type Case struct {
	Number   string `json:"number"` // "#17"
	Category string `json:"category,omitempty"`
	Text     string `json:"text"`
	Place    string `json:"place,omitempty"`
	Unit     string `json:"unit,omitempty"`
	Late     string `json:"late,omitempty"` // "超期 3 天", in red
	Before   string `json:"before,omitempty"`
	After    string `json:"after,omitempty"`
}

// Where the parts of a case are, in pixels.
const (
	frameGap    = 20.0
	frameWidth  = (inner - frameGap) / 2
	frameHeight = 412.0
	caseHead    = 72.0
	caseLine    = 54.0
)

// Exposure draws one picture or more, with two or three cases in each. The photos are asked for one after the other while it
// draws; one that load does not give is replaced by a sentence, and load may be nil if no case has a photo.
func (p *Painter) Exposure(e Exposure, load func(name string) (image.Image, error)) ([][]byte, error) {
	c := p.canvas()
	s := c.sheet(e.Title, e.Note)
	for _, one := range e.Cases {
		s.add(c.exposed(one, load))
	}
	if len(e.Cases) == 0 {
		s.add(nothing("曝光台上没有问题", "曝光的问题办结后会自动撤下"))
	}
	return c.paint(s)
}

func (c *canvas) exposed(one Case, load func(string) (image.Image, error)) block {
	text := c.wrap(c.font.clean(one.Text), strong, inner, 3)
	where := c.where(one)
	height := caseHead + float64(len(text)+len(where))*caseLine + 18 + frameHeight + 10
	return block{height: height, gap: true, draw: func(c *canvas, y float64) {
		c.caseHead(one, y+48)
		y += caseHead
		for _, t := range text {
			c.text(t, strong, margin, y+42)
			y += caseLine
		}
		for _, t := range where {
			c.text(t, quiet, margin, y+38)
			y += caseLine
		}
		c.photo("整改前", one.Before, "没有整改前照片", load, margin, y+18)
		c.photo("整改后", one.After, "整改后照片待补", load, margin+frameWidth+frameGap, y+18)
	}}
}

// where is the place and the unit, in one line if they fit.
func (c *canvas) where(one Case) []string {
	place, unit := c.font.clean(one.Place), c.font.clean(one.Unit)
	if place != "" && unit != "" {
		if both := place + "｜" + unit; c.width(both, quiet) <= inner {
			return []string{both}
		}
	}
	var out []string
	for _, text := range []string{place, unit} {
		if text != "" {
			out = append(out, c.clip(text, quiet, inner))
		}
	}
	return out
}

// caseHead writes number and category on the left and on the right how late it is.
func (c *canvas) caseHead(one Case, y float64) {
	lateness, red := c.fit(c.font.clean(one.Late), style{strongSize, late, true}, inner/2, bodySize)
	right := c.right(lateness, red, Width-margin, y) - 28
	number, s := c.fit(c.font.clean(one.Number), group, inner/3, bodySize)
	c.text(number, s, margin, y)
	x := margin + c.width(number, s) + 24
	if x == margin+24 {
		x = margin
	}
	if kind := c.clip(c.font.clean(one.Category), body, right-x-40); one.Category != "" {
		c.rect(x, y-40, c.width(kind, body)+40, 54, 27, plain)
		c.text(kind, body, x+20, y-1)
	}
}

// photo draws a photo whole in its frame: what is cut off might be the defect.
func (c *canvas) photo(when, name, none string, load func(string) (image.Image, error), x, y float64) {
	c.rect(x, y, frameWidth, frameHeight, 0, plain)
	words := none
	if name != "" {
		img, err := loaded(load, name)
		if err == nil {
			c.place(img, image.Rect(int(x), int(y), int(x+frameWidth), int(y+frameHeight)))
			words = ""
		} else {
			words = "照片无法显示"
		}
	}
	c.middle(words, quiet, x+frameWidth/2, y+frameHeight/2+34)
	c.rect(x, y, c.width(when, body)+32, 56, 0, caption)
	c.text(when, body.in(paper), x+16, y+40)
}

var errNoPhoto = errors.New("no photo")

// loaded asks for a photo. A loader decodes what strangers sent: if it panics, the photo is bad, not the picture.
func loaded(load func(string) (image.Image, error), name string) (img image.Image, err error) {
	defer func() {
		if recover() != nil {
			err = errNoPhoto
		}
	}()
	img, err = load(name)
	if err == nil && (img == nil || img.Bounds().Empty()) {
		err = errNoPhoto
	}
	return img, err
}

// mostGrowth is how much a small photo is enlarged: beyond that there are only blots.
const mostGrowth = 4

// place scales a photo into the middle of a frame.
func (c *canvas) place(img image.Image, frame image.Rectangle) {
	size := img.Bounds().Size()
	factor := min(float64(frame.Dx())/float64(size.X), float64(frame.Dy())/float64(size.Y), mostGrowth)
	target := image.Pt(max(1, int(float64(size.X)*factor)), max(1, int(float64(size.Y)*factor)))
	at := frame.Min.Add(frame.Size().Sub(target).Div(2))
	rect := image.Rectangle{Min: at, Max: at.Add(target)}
	for size.X >= 2*target.X && size.Y >= 2*target.Y { // halving quickly first, as internal/photo does
		size = size.Div(2)
		half := image.NewRGBA(image.Rectangle{Max: size})
		draw.ApproxBiLinear.Scale(half, half.Rect, img, img.Bounds(), draw.Src, nil)
		img = half
	}
	draw.CatmullRom.Scale(c.img, rect, img, img.Bounds(), draw.Over, nil)
	c.photos = append(c.photos, rect)
}
