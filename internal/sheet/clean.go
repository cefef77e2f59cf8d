package sheet

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is how many UTF-16 units a spreadsheet's cell can hold.
const maxText = 32767

// clean makes a text fit for a cell: valid UTF-8, lines ended by a line feed, no other control characters, nothing that turns
// the direction of what follows, and not too long.
func clean(s string) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, unfit) < 0 {
		return shorten(s)
	}
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", " ").Replace(s)
	return shorten(strings.Map(fit, s)) // Map writes U+FFFD for a byte that is no text
}

func unfit(r rune) bool { return fit(r) < 0 }

// fit drops a character that has no place in a cell. XML knows no U+FFFE and U+FFFF; the others between are controls and the
// marks by which a text is made to read differently from what it is.
func fit(r rune) rune {
	switch {
	case r == '\n':
		return r
	case unicode.IsControl(r), r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069', r == '\uFFFE', r == '\uFFFF':
		return -1
	}
	return r
}

// shorten cuts a text to maxText, with … at its end.
func shorten(s string) string {
	if len(s) <= maxText {
		return s
	}
	units, end := 0, 0
	for at, r := range s {
		units++
		if r > 0xFFFF {
			units++
		}
		if units > maxText {
			return s[:end] + "…"
		}
		if units < maxText {
			end = at + utf8.RuneLen(r)
		}
	}
	return s
}

// formulaLike says whether a spreadsheet could take a text for a formula if somebody typed it or if it stood in a CSV file. The
// signs of full width are among them, because a Chinese Excel takes them for the others.
func formulaLike(s string) bool {
	s = strings.TrimLeft(s, " \n\u3000")
	r, _ := utf8.DecodeRuneInString(s)
	return s != "" && strings.ContainsRune("=+-@＝＋－＠", r)
}
