package understand

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/mozillazg/go-pinyin"
	"golang.org/x/text/unicode/norm"
)

// People type by sound: 招阳街道 is 昭阳街道, picked wrongly from the list that the keyboard offers for zhaoyang. Sounds here are
// syllables without their tone, as numbers; 0 is no sound.
type voices struct {
	first [hanLast - hanFirst + 1]uint16 // the usual reading of a character
	rough [hanLast - hanFirst + 1]uint16 // the same as people say it who do not tell z from zh, n from l or an from ang
	other map[rune][]uint16              // further readings: 长 is zhang and chang
}

// The characters whose sounds are known: those that names are written with.
const hanFirst, hanLast = 0x4e00, 0x9fff

// loadVoices makes the shared table at the first use, which takes some milliseconds. It is only read afterwards.
var loadVoices = sync.OnceValue(func() *voices {
	v := &voices{other: map[rune][]uint16{}}
	numbers := map[string]uint16{}
	number := func(syllable string) uint16 {
		n, ok := numbers[syllable]
		if !ok {
			n = uint16(len(numbers) + 1)
			numbers[syllable] = n
		}
		return n
	}
	plain := map[string]string{} // twenty thousand characters have some hundred readings
	bare := func(reading string) string {
		syllable, known := plain[reading]
		if !known {
			syllable = withoutTone(reading)
			plain[reading] = syllable
		}
		return syllable
	}
	for r := rune(hanFirst); r <= hanLast; r++ {
		for i, reading := range strings.Split(pinyin.PinyinDict[int(r)], ",") {
			switch syllable := bare(reading); {
			case syllable == "":
			case i == 0:
				v.first[r-hanFirst], v.rough[r-hanFirst] = number(syllable), number("~"+roughly(syllable))
			default:
				v.other[r] = append(v.other[r], number(syllable))
			}
		}
	}
	return v
})

// withoutTone turns zhāng into zhang; the two dots of lǜ stay.
func withoutTone(reading string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) && r != '\u0308' {
			return -1
		}
		return r
	}, norm.NFD.String(reading))
}

// roughly leaves out the differences that many speakers do not make.
func roughly(syllable string) string {
	for _, pair := range [...][2]string{{"zh", "z"}, {"ch", "c"}, {"sh", "s"}, {"l", "n"}} {
		if rest, ok := strings.CutPrefix(syllable, pair[0]); ok {
			syllable = pair[1] + rest
			break
		}
	}
	if strings.HasSuffix(syllable, "ng") {
		syllable = strings.TrimSuffix(syllable, "g")
	}
	return syllable
}

// voiced is the first of the characters of the private use area that stand for sounds, so that a name's sounds are a text.
const voiced rune = 0xF0000

// maxSpellings bounds the ways to read a name; few characters of names have more than one reading that anybody uses.
const maxSpellings = 8

// spellings gives the sounds of a name, once for every way to read it. A character without a sound stands for itself.
func (v *voices) spellings(name []rune) []string {
	all := []string{""}
	for _, r := range name {
		var longer []string
		for _, sound := range v.sounds(r) {
			for _, before := range all {
				if len(longer) < maxSpellings {
					longer = append(longer, before+string(sound))
				}
			}
		}
		all = longer
	}
	return all
}

// sounds gives how a character is read, the usual reading first, or the character itself if it has no sound.
func (v *voices) sounds(r rune) []rune {
	if r < hanFirst || r > hanLast || v.first[r-hanFirst] == 0 {
		return []rune{r}
	}
	out := []rune{voiced + rune(v.first[r-hanFirst])}
	for _, s := range v.other[r] {
		out = append(out, voiced+rune(s))
	}
	return out
}

// eachSpelling calls found for every name below a node of a trie of sounds that the beginning of the text may sound like.
func (v *voices) eachSpelling(n *node, text []rune, found func(name int)) {
	for _, id := range n.ids {
		found(id)
	}
	if len(text) == 0 {
		return
	}
	r := text[0]
	if r < hanFirst || r > hanLast || v.first[r-hanFirst] == 0 {
		if child := n.next[r]; child != nil {
			v.eachSpelling(child, text[1:], found)
		}
		return
	}
	if child := n.next[voiced+rune(v.first[r-hanFirst])]; child != nil {
		v.eachSpelling(child, text[1:], found)
	}
	for _, s := range v.other[r] {
		if child := n.next[voiced+rune(s)]; child != nil {
			v.eachSpelling(child, text[1:], found)
		}
	}
}

// How near two characters are.
const (
	sameRune   = 1.0
	sameSound  = 0.9  // 弯 and 湾
	otherSound = 0.85 // one of the further readings is the same
	roughSound = 0.7  // 民 and 明
	different  = 0.0
)

// closeness says how easily one character is written for the other.
func (v *voices) closeness(a, b rune) float64 {
	if a == b {
		return sameRune
	}
	if a < hanFirst || a > hanLast || b < hanFirst || b > hanLast {
		return different
	}
	x, y := v.first[a-hanFirst], v.first[b-hanFirst]
	switch {
	case x == 0 || y == 0:
		return different
	case x == y:
		return sameSound
	case slices.Contains(v.other[a], y), slices.Contains(v.other[b], x):
		return otherSound
	case v.rough[a-hanFirst] == v.rough[b-hanFirst]:
		return roughSound
	}
	return different
}

// NearWord gives the one of the words that was probably meant by word: the word itself, or else the one of the same length
// that sounds the same (完城 for 完成), or else the one that differs in one character (完戚). ok is false if none of the words
// is as near, or several equally: 退坏 may be 退回 or 退单.
func NearWord(word string, words []string) (near string, ok bool) {
	key := []rune(alike(word))
	best := gradeNone
	for _, candidate := range words {
		switch n := loadVoices().nearness(key, []rune(alike(candidate))); {
		case n == gradeNone || n < best || n == best && candidate == near:
		case n > best:
			near, best, ok = candidate, n, true
		default:
			ok = false
		}
	}
	if !ok {
		return "", false
	}
	return near, true
}

// The grades of nearness.
const (
	gradeNone  = iota // more than one character is wrong
	gradeOther        // one character is any other
	gradeRough        // one character sounds similar
	gradeSound        // all sounds the same
	gradeSame         // it is the same
)

// nearness grades how a word may have come out as another of the same length.
func (v *voices) nearness(a, b []rune) int {
	if len(a) != len(b) || len(a) == 0 {
		return gradeNone
	}
	changed, worst := 0, sameRune
	for i := range a {
		if c := v.closeness(a[i], b[i]); c < sameRune {
			changed, worst = changed+1, min(worst, c)
		}
	}
	switch {
	case changed == 0:
		return gradeSame
	case worst >= otherSound:
		return gradeSound
	case changed > 1 || len(a) == 1:
		return gradeNone
	case worst >= roughSound:
		return gradeRough
	}
	return gradeOther
}
