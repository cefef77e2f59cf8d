package picture

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// unknown stands for a character that the font lacks. Chinese print has always used it for a missing type.
const unknown = '〓'

const ellipsis = "…"

// clean makes a text drawable in one line: white space is one blank, what the font lacks has a simpler form or is 〓, and
// what has no shape in print is left out.
func (f typeface) clean(text string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(text), " ") {
		switch {
		case shapeless(r):
		case f.has(r):
			b.WriteRune(r)
		default:
			b.WriteString(f.simpler(r))
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// simpler writes a character that the font lacks in others of the same meaning, as Unicode relates them: ℃ as °C, Ⅹ as X, ǎ
// as a.
func (f typeface) simpler(r rune) string {
	var out strings.Builder
	for _, part := range norm.NFKD.String(string(r)) {
		switch {
		case shapeless(part):
		case f.has(part):
			out.WriteRune(part)
		default:
			return string(unknown)
		}
	}
	return out.String()
}

func (f typeface) missing(text string) []rune {
	var out []rune
	for _, r := range text {
		if !unicode.IsSpace(r) && (!f.has(r) || shapeless(r)) && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// shapeless says that a character is left out even where a font has a glyph for it: emoji, of which fonts have at best an
// outline, and what only steers other characters. A lone mark or half of a flag would be a riddle.
func shapeless(r rune) bool {
	switch {
	case r >= 0x1F000 && r <= 0x1FAFF, // pictographs, flags, tones of skin
		r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0000 && r <= 0xE01EF, // choices among shapes, tags
		r >= 0x2600 && r <= 0x27BF && r != '★' && r != '☆': // weather, hands, ticks
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Mn, unicode.Me)
}

// Where a line must not begin, and where it must not end.
const (
	closing = "，。、；：？！）】》〕”’％…—·｜,.;:?!)]}%"
	opening = "（【《〔“‘([{№"
)

// wrap breaks a clean text into lines of at most width pixels. Numbers and Latin words stay whole if a line can hold them,
// no line begins with a closing mark, and the last of too many lines ends in an ellipsis. At most is the number of lines;
// 0 means any.
func (c *canvas) wrap(text string, s style, width float64, most int) []string {
	var lines []string
	line := ""
	for _, piece := range c.pieces(text, s, width) {
		if line != "" && c.width(line+strings.TrimRight(piece, " "), s) > width {
			lines = append(lines, strings.TrimSpace(line))
			line = ""
		}
		line += piece
	}
	if line = strings.TrimSpace(line); line != "" {
		lines = append(lines, line)
	}
	if most > 0 && len(lines) > most {
		rest := strings.Join(lines[most-1:], "")
		lines = append(lines[:most-1], c.clip(rest, s, width))
	}
	return lines
}

// even is wrap with lines of about the same length, so that the last one does not hold a single character.
func (c *canvas) even(text string, s style, width float64, most int) []string {
	lines := c.wrap(text, s, width, 0)
	if len(lines) > most {
		return c.wrap(text, s, width, most)
	}
	for w := width - 10; w > 0; w -= 10 {
		narrower := c.wrap(text, s, w, 0)
		if len(narrower) > len(lines) {
			break
		}
		lines = narrower
	}
	return lines
}

// sentences begins a line with each sentence of a text that has no room in one line.
func (c *canvas) sentences(text string, s style, width float64, most int) []string {
	var lines []string
	if c.width(text, s) > width {
		for sentence := range strings.SplitAfterSeq(text, "。") {
			lines = append(lines, c.even(strings.TrimSpace(sentence), s, width, most)...)
		}
	}
	if len(lines) == 0 || len(lines) > most {
		return c.even(text, s, width, most)
	}
	return lines
}

// pieces cuts a text into what must stay together in a line.
func (c *canvas) pieces(text string, s style, width float64) []string {
	var out []string
	var before, last rune
	for _, r := range text {
		n := len(out) - 1
		counted := last == ' ' && unicode.IsDigit(before) // "5 件"
		if n >= 0 && (counted || together(last, r)) && c.width(out[n]+string(r), s) <= width {
			out[n] += string(r)
		} else {
			out = append(out, string(r))
		}
		before, last = last, r
	}
	return out
}

func together(a, b rune) bool {
	return strings.ContainsRune(closing, b) || strings.ContainsRune(opening, a) || latin(a) && latin(b) || b == ' '
}

func latin(r rune) bool {
	return r != ' ' && r < 0x2000 && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("#/.+-%_:", r))
}

// clip shortens a text to a width, with an ellipsis if anything is gone. It never ends in a
// number, which might be part of a larger one.
func (c *canvas) clip(text string, s style, width float64) string {
	if c.width(text, s) <= width {
		return text
	}
	runes := []rune(text)
	for n := len(runes) - 1; n > 0; n-- {
		start := strings.TrimRight(string(runes[:n]), " ，、；：")
		if last, _ := utf8.DecodeLastRuneInString(start); numeric(last) {
			continue
		}
		if short := start + ellipsis; c.width(short, s) <= width {
			return short
		}
	}
	return ellipsis
}

func numeric(r rune) bool { return r >= '0' && r <= '9' || r == '.' || r == '/' }

// fit makes a text fit a width: it shrinks down to least pixels, and what is still too long is clipped.
func (c *canvas) fit(text string, s style, width float64, least int) (string, style) {
	for c.width(text, s) > width && s.size > least {
		s.size--
	}
	return c.clip(text, s, width), s
}
