// Package understand reads what people write in a work group: issue numbers, numbered lists, deadlines, and in a report the
// place, the category, the unit, the source and the danger; it also tells which reports are alike and what a misspelled name
// may mean (design.md §3, phrasing.md). It is pure: text and the time are arguments, and
// nothing is stored. Whatever it does not find it leaves empty; it never refuses a text.
package understand

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/longbridgeapp/opencc"
	"golang.org/x/text/width"
)

// Fold brings a text into the form in which it is matched: full-width letters, digits and punctuation become half-width
// (not NFKC, which would also take ① apart), the ideographic space becomes a space, traditional characters become
// simplified ones, and control and zero-width characters go, except line breaks. Fold(Fold(s)) is Fold(s).
func Fold(s string) string { return foldText(s).s }

// folded is a text in its matching form that remembers where every byte came from.
type folded struct {
	s    string
	from []int // the offset in the original of the rune that each byte belongs to, and one for the end; nil if nothing was changed
}

// original gives the original's span of the folded bytes [start, end).
func (f folded) original(start, end int) (int, int) {
	return f.at(start), f.at(max(start, end))
}

// at gives the offset in the original of the rune that a folded byte belongs to.
func (f folded) at(i int) int {
	if f.from == nil {
		return i
	}
	return f.from[i]
}

func foldText(s string) folded {
	if strings.IndexFunc(s, isChanged) < 0 {
		return folded{s: s}
	}
	runes := make([]rune, 0, len(s)/2)
	at := make([]int, 0, len(s)/2)
	for i, r := range s {
		if r = foldRune(r); r != dropped {
			runes, at = append(runes, r), append(at, i)
		}
	}
	runes = simplify(runes)
	f := folded{from: make([]int, 0, len(s)+1)}
	var b strings.Builder
	for i, r := range runes {
		n, _ := b.WriteRune(r)
		for range n {
			f.from = append(f.from, at[i])
		}
	}
	f.from = append(f.from, len(s))
	f.s = b.String()
	return f
}

// isChanged says whether folding changes a character or drops it.
func isChanged(r rune) bool { return foldRune(r) != r || isTraditional(r) }

// dropped stands for a character that folding removes.
const dropped rune = -1

// foldRune folds one character, without the step from traditional to simplified, which needs the neighbours.
func foldRune(r rune) rune {
	switch {
	case r == '\n' || r == ' ':
		return r
	case r < 0x7f && r > ' ' || isHan(r):
		return r
	case r == '\t' || r == '\v' || r == '\f' || unicode.Is(unicode.Zs, r):
		return ' '
	case r == '\u2028' || r == '\u2029' || r == '\u0085':
		return '\n'
	case r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r):
		return dropped
	}
	if f := width.LookupRune(r).Folded(); f != 0 {
		return f
	}
	return r
}

// isHan says whether a character is of the common Chinese blocks, none of which has another width.
func isHan(r rune) bool { return r >= firstHan && r < endHan }

const firstHan, endHan rune = 0x3400, 0xa000

// simplifier turns traditional characters into simplified ones.
type simplifier struct {
	table   *opencc.OpenCC
	changes [endHan - firstHan]bool // which characters the table changes
}

// loadSimplifier makes the shared simplifier at the first use, which takes some milliseconds. It is only read afterwards.
var loadSimplifier = sync.OnceValue(func() *simplifier {
	table, err := opencc.New("t2s")
	if err != nil {
		return &simplifier{} // the tables are part of the program; without them traditional characters stay as they are
	}
	s := &simplifier{table: table}
	for r := firstHan; r < endHan; r++ {
		out, err := table.Convert(string(r))
		s.changes[r-firstHan] = err == nil && out != string(r)
	}
	return s
})

// isTraditional says whether the table changes a character.
func isTraditional(r rune) bool { return isHan(r) && loadSimplifier().changes[r-firstHan] }

// simplify turns traditional characters into simplified ones, one for one, so that positions are kept. The table also
// knows phrases; where one would change the length the text stays as it is.
func simplify(runes []rune) []rune {
	if !slices.ContainsFunc(runes, isTraditional) {
		return runes
	}
	out, err := loadSimplifier().table.Convert(string(runes))
	if err != nil {
		return runes
	}
	if r := []rune(out); len(r) == len(runes) {
		return r
	}
	return runes
}

// alike is the form in which names are compared: folded, in lower case, without blanks.
func alike(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(Fold(s)), ""))
}
