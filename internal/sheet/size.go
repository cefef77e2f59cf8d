package sheet

import (
	"strings"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/width"
)

// Heights of rows in points.
const (
	titleHeight = 30
	noteHeight  = 20
	headHeight  = 30
	rowHeight   = 18 // of one line of words
	lineHeight  = 13.5
)

// Widths of columns in characters.
const (
	narrowest = 8
	widest    = 50
	sentences = 24 // a column that is wider holds sentences, which begin at the left
)

// heightOf is how high a row must be for its words, at least so much. It has to be reckoned: not every office program
// looks for itself when it opens a file.
func heightOf(fields []Cell, widths []float64, least float64) float64 {
	lines := 1
	for n, c := range fields {
		lines = max(lines, linesOf(c.text, int(widths[n])))
	}
	return min(max(least, float64(lines)*lineHeight+rowHeight-lineHeight), excelize.MaxRowHeight)
}

// linesOf is how many lines a text takes in a column of so many characters, one of which is its margin.
func linesOf(s string, wide int) (n int) {
	wide = max(1, wide-1)
	if len(s) <= wide && !strings.Contains(s, "\n") {
		return 1
	}
	for l := range strings.Lines(s) {
		n += max(1, (charactersOf(l)+wide-1)/wide)
	}
	return n
}

// charactersOf is how wide a line is: a Chinese character takes the place of two others.
func charactersOf(s string) (n int) {
	for _, r := range s {
		n++
		if r >= 0x80 {
			switch width.LookupRune(r).Kind() {
			case width.EastAsianWide, width.EastAsianFullwidth, width.EastAsianAmbiguous:
				n++
			}
		}
	}
	return n
}

// widthsOf makes each column of a table as wide as its longest line.
func widthsOf(head []string, rows [][]Cell) []float64 {
	columns := len(head)
	for _, row := range rows {
		columns = max(columns, len(row))
	}
	out := make([]float64, columns)
	for n := range out {
		out[n] = narrowest
	}
	fit := func(n int, s string) {
		for l := range strings.Lines(s) {
			out[n] = min(widest, max(out[n], float64(charactersOf(l)+3)))
		}
	}
	for n, h := range head {
		fit(n, h)
	}
	for _, row := range rows {
		for n, c := range row {
			fit(n, c.String())
		}
	}
	return out
}
