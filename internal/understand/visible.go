package understand

import (
	"strings"
	"unicode"
)

// Visible is text of somebody else without what cannot be seen and could turn it around, hide in it or command a terminal, because
// people's words are repeated to others. For the same reason nobody but the bot writes 「」: what stands in them may become a button.
func Visible(text string) string { return strings.Map(visible, text) }

func visible(r rune) rune {
	switch r {
	case '「':
		return '“'
	case '」':
		return '”'
	}
	if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
		return -1
	}
	return r
}

// Name is Visible for the name of a file, a worksheet or a column: one line, so that no name can end what the bot says and begin another
// sentence of its own.
func Name(text string) string { return strings.Join(strings.Fields(Visible(text)), " ") }
