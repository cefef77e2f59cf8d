package sheet

import (
	"strconv"
	"strings"
	"time"
)

// Cell is one field of a table.
type Cell struct {
	Bold, Red bool

	kind   kind
	text   string // of text and decimals
	number int64
	at     time.Time // in the zone whose wall clock is shown
	centre bool
}

type kind int

const (
	text kind = iota
	guarded
	number
	decimal
	instant
	span
)

// Text is a cell of words, whatever they look like: never a formula, never a link.
func Text(s string) Cell { return Cell{text: s} }

// Int is a cell with a number.
func Int(n int64) Cell { return Cell{kind: number, number: n} }

// maxDigits is how many digits a spreadsheet keeps of a number.
const maxDigits = 15

// Decimal is a cell with an exact decimal such as 92.30, which keeps its places. What is no such decimal, or has more than
// 15 digits, is shown as words, because a spreadsheet would alter it.
func Decimal(s string) Cell {
	digits := strings.TrimPrefix(s, "-")
	whole, part, point := strings.Cut(digits, ".")
	if whole == "" || point && part == "" || len(whole)+len(part) > maxDigits || strings.Trim(whole+part, "0123456789") != "" {
		return Text(s)
	}
	return Cell{kind: decimal, text: s}
}

// Time is a cell with an instant on the wall clock of zone, to the minute; empty if t is zero.
func Time(t time.Time, zone *time.Location) Cell {
	if t.IsZero() {
		return Cell{}
	}
	return Cell{kind: instant, at: t.In(zone)}
}

// Until is a cell with a deadline. Midnight is 23:59 of the day that it ends: a spreadsheet does not know 24:00, and 00:00 of
// the next day would give everybody who only reads the date a day more.
func Until(t time.Time, zone *time.Location) Cell {
	c := Time(t, zone)
	if !t.IsZero() && c.at.Hour() == 0 && c.at.Minute() == 0 {
		c.at = c.at.Add(-time.Minute)
	}
	return c
}

// Span is a cell with a length of time in hours and minutes, which can be sorted and added up; empty if it is zero.
func Span(d time.Duration) Cell {
	if d == 0 {
		return Cell{}
	}
	return Cell{kind: span, number: int64(d / time.Minute)}
}

// places is how many digits a decimal has behind its point.
func (c Cell) places() int {
	_, part, _ := strings.Cut(c.text, ".")
	return len(part)
}

// value is what excelize is given, its kind decided.
func (c Cell) value() any {
	switch c.kind {
	case number:
		return c.number
	case decimal:
		// A spreadsheet's numbers are floats; the shortest text of the nearest one is this decimal again.
		f, _ := strconv.ParseFloat(c.text, 64)
		return f
	case instant:
		return c.at.Truncate(time.Minute)
	case span:
		return time.Duration(c.number) * time.Minute
	}
	if c.text == "" {
		return nil
	}
	return c.text
}

// String is the cell as words.
func (c Cell) String() string {
	switch c.kind {
	case number:
		return strconv.FormatInt(c.number, 10)
	case instant:
		return c.at.Format("2006-01-02 15:04")
	case span:
		return strconv.FormatInt(c.number/60, 10) + "小时" + strconv.FormatInt(c.number%60+100, 10)[1:] + "分"
	}
	return c.text
}
