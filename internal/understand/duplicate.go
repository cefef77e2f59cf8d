package understand

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// alikeEnough is the likeness from which two texts may tell of the same problem: other words for it give 0.44 to 0.80, other
// problems hardly ever more than 0.3.
const alikeEnough = 0.4

// shortText is how many characters say too little to be compared by their pairs.
const shortText = 4

// Alike says whether two reports of problems at the same place probably tell of the same one, in perhaps other words. First
// the details are compared: where the texts name another house, floor, room, gate, side, lamp post or a further registered
// place, or say that a thing is full and that it is broken, they are two problems (A栋302 and A栋303 are alike in nearly every
// character). Then the rest of the words decide. It is a hint for people, never a reason to merge.
func (r *Reader) Alike(a, b string) bool {
	x, y := r.gist(a), r.gist(b)
	if x.key == "" || x.key == y.key {
		return x.key != ""
	}
	return !x.slots.conflict(y.slots) && x.rest.likeness(y.rest) >= alikeEnough
}

// Ponder finds out beforehand what Alike has to know of a text.
func (r *Reader) Ponder(text string) { r.gist(text) }

// gist is what texts are compared by.
type gist struct {
	key   string // what is left of a text without what says nothing
	slots slots
	rest  plain
}

// gists remembers what is compared again with every report at the same place.
type gists struct {
	mu sync.Mutex
	of map[string]gist
}

// mostGists are some megabytes.
const mostGists = 5000

func (r *Reader) gist(text string) gist {
	r.gists.mu.Lock()
	g, known := r.gists.of[text]
	r.gists.mu.Unlock()
	if known {
		return g
	}
	found, rest := r.details(text)
	g = gist{alike(text), found, plainOf(rest)}
	r.gists.mu.Lock()
	defer r.gists.mu.Unlock()
	if r.gists.of == nil || len(r.gists.of) >= mostGists {
		r.gists.of = map[string]gist{} // what is still asked for is found out again
	}
	r.gists.of[text] = g
	return g
}

// details gives the slots of a text, and what remains of it without them and without the names of registered places.
func (r *Reader) details(text string) (slots, string) {
	runes := []rune(Fold(text))
	mentions := r.places.mentions(runes)
	for _, m := range mentions {
		blank(runes, m.start, m.end)
	}
	found, rest := takeSlots(string(runes))
	for _, m := range mentions {
		kind := slotPoint
		switch k := r.places.kinds[m.id]; {
		case k == kindCommunity:
			kind = slotCommunity
		case k <= kindLane:
			kind = slotRoad
		}
		if name := r.places.names[m.id]; !slices.Contains(found[kind], name) {
			found.add(kind, name)
		}
	}
	same := sameWords.Replace(rest)
	for _, state := range states {
		if strings.Contains(same, state) {
			found.add(slotState, state)
		}
	}
	return found, strings.Map(func(c rune) rune {
		if c == masked || c == taken {
			return ' '
		}
		return c
	}, rest)
}

// Likeness is how much two texts agree in their words, from 0 to 1: the share of pairs of neighbouring characters that both
// have (Dice's coefficient), after different words for the same have become the same and words that say nothing are gone. A
// text of fewer than four characters that is part of the other counts as the same: 垃圾 and 垃圾满溢.
func Likeness(a, b string) float64 { return plainOf(a).likeness(plainOf(b)) }

// plain are the words of a text that count.
type plain struct {
	words string
	n     int // characters
	pairs map[[2]rune]int
}

func plainOf(text string) plain {
	words := plainWords(text)
	return plain{words, utf8.RuneCountInString(words), pairsOf(words)}
}

func (p plain) likeness(o plain) float64 {
	if p.words == "" || o.words == "" {
		return 0
	}
	short, long := p, o
	if p.n > o.n {
		short, long = o, p
	}
	if short.words == long.words || short.n >= 2 && short.n < shortText && strings.Contains(long.words, short.words) {
		return 1
	}
	return dice(p.pairs, o.pairs)
}

// plainWords brings a text to the words that count, with a blank between clauses.
func plainWords(s string) string {
	s = fillers.Replace(asks.ReplaceAllString(sameWords.Replace(Fold(s)), " "))
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ")
}

// pairsOf counts the pairs of neighbouring characters inside the clauses.
func pairsOf(words string) map[[2]rune]int {
	pairs := map[[2]rune]int{}
	before := ' '
	for _, r := range words {
		if r != ' ' && before != ' ' {
			pairs[[2]rune{before, r}]++
		}
		before = r
	}
	return pairs
}

func dice(a, b map[[2]rune]int) float64 {
	shared, all := 0, 0
	for pair, n := range a {
		shared += min(n, b[pair])
		all += n
	}
	for _, n := range b {
		all += n
	}
	if all == 0 {
		return 0
	}
	return 2 * float64(shared) / float64(all)
}
