package chat

import (
	"strings"
	"unicode"
)

// Called is a name as it stands in the text of somebody who mentions its bearer. Networks write the name into the text, and people
// choose their names: after 小王，通过 17 whoever mentions that person would say so. Without blanks and commas a name is one word.
func Called(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune("·-", r): // of names in other languages
			return r
		case unicode.IsSpace(r), unicode.IsPunct(r), unicode.IsControl(r):
			return '_'
		}
		return r
	}, name)
}
