package picture

import (
	"fmt"
	"math"
	"slices"
)

// The columns of a picture in pixels.
const (
	edge   = 28.0 // ground beside the cards
	margin = 56.0 // text begins and ends here
	inner  = Width - 2*margin
)

// block is what must not be torn in two by a page.
type block struct {
	height float64
	gap    bool                       // ground above it: a new card begins
	tied   bool                       // stays with the next block
	again  *block                     // heading to repeat when a page begins with this block
	draw   func(c *canvas, y float64) // on white, from y to y+height
}

// The heights of what every page has.
const (
	rule   = 12.0 // the bar at the top
	gap    = 24.0 // ground between cards
	pad    = 18.0 // white above the first and below the last block of a card
	bottom = 32.0
)

// sheet is a title with blocks below it, on as many pages as they need.
type sheet struct {
	title, note []string // lines
	titled      style
	blocks      []block
}

// sheet begins one. The title has at most two lines and the note three; each page shows both.
func (c *canvas) sheet(heading, note string) *sheet {
	const mark = 120 // room for the page mark
	s := &sheet{titled: title}
	text := c.font.clean(heading)
	for c.width(text, s.titled) > inner-mark && s.titled.size > strongSize+4 {
		s.titled.size--
	}
	s.title = c.even(text, s.titled, inner-mark, 2)
	s.note = c.sentences(c.font.clean(note), quiet, inner, 3)
	return s
}

func (s *sheet) add(b ...block) { s.blocks = append(s.blocks, b...) }

const noteLine = 50.0

func (s *sheet) titleLine() float64 { return math.Round(float64(s.titled.size) * 1.3) }

func (s *sheet) head() float64 {
	return rule + 28 + float64(len(s.title))*s.titleLine() + float64(len(s.note))*noteLine
}

// pages spreads the blocks over as few pages as possible, and then as evenly as possible.
func (s *sheet) pages() [][]block {
	const step = 20
	pages := s.fill(MaxHeight)
	for limit := MaxHeight - step; limit > 0; limit -= step {
		tighter := s.fill(float64(limit))
		if len(tighter) > len(pages) {
			break
		}
		pages = tighter
	}
	return pages
}

// fill puts blocks on a page until the limit is reached. A block that is higher than that has a page of its own.
func (s *sheet) fill(limit float64) [][]block {
	var pages [][]block
	var page []block
	for i := 0; i < len(s.blocks); {
		n := 1 // blocks that stay together
		for s.blocks[i+n-1].tied && i+n < len(s.blocks) {
			n++
		}
		next := s.blocks[i : i+n]
		if len(page) > 0 && s.height(append(slices.Clip(page), next...)) > limit {
			pages, page = append(pages, page), nil
			if again := next[0].again; again != nil {
				page = append(page, *again)
			}
		}
		page = append(page, next...)
		i += n
	}
	return append(pages, page)
}

func (s *sheet) height(page []block) float64 {
	h := s.head() + gap + 2*pad + bottom
	for i, b := range page {
		h += b.height
		if b.gap && i > 0 {
			h += gap + 2*pad
		}
	}
	return h
}

// paint draws all pages.
func (c *canvas) paint(s *sheet) ([][]byte, error) {
	var out [][]byte
	pages := s.pages()
	for i, page := range pages {
		c.begin(s.height(page))
		mark := ""
		if len(pages) > 1 {
			mark = fmt.Sprintf("%d/%d", i+1, len(pages))
		}
		c.head(s, mark)
		c.cards(page, s.head()+gap)
		data, err := c.encode()
		if err = firstOf(c.err, err); err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *canvas) head(s *sheet, mark string) {
	c.rect(0, 0, Width, rule, 0, navy)
	y := rule + 28.0
	if mark != "" {
		c.right(mark, quiet, Width-margin, y+54)
	}
	for _, t := range s.title {
		c.text(t, s.titled, margin, y+float64(s.titled.size)*0.93)
		y += s.titleLine()
	}
	for _, t := range s.note {
		c.text(t, quiet, margin, y+34)
		y += noteLine
	}
}

// cards draws the white behind the blocks first and then the blocks.
func (c *canvas) cards(page []block, y float64) {
	for i := 0; i < len(page); {
		n, h := 1, page[i].height
		for i+n < len(page) && !page[i+n].gap {
			h += page[i+n].height
			n++
		}
		c.rect(edge, y, Width-2*edge, h+2*pad, 20, paper)
		at := y + pad
		for _, b := range page[i : i+n] {
			b.draw(c, math.Round(at))
			at += b.height
		}
		y, i = y+h+2*pad+gap, i+n
	}
}

// lines makes a block of each line of a text, so that a long one can go on overleaf.
func (c *canvas) lines(text string, s style, again *block) []block {
	var out []block
	for _, t := range c.wrap(c.font.clean(text), s, inner, 0) {
		out = append(out, block{height: 52, again: again, draw: func(c *canvas, y float64) {
			c.text(t, s, margin, y+38)
		}})
	}
	return out
}

// nothing is what a picture without data says.
func nothing(sentence, hint string) block {
	return block{height: 300, gap: true, draw: func(c *canvas, y float64) {
		c.middle(sentence, group.in(ink), Width/2, y+140)
		c.middle(hint, quiet, Width/2, y+206)
	}}
}
