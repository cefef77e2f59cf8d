package understand

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxNear is how many places a reply asks about: is it this one, or that one?
const maxNear = 2

// nearNames finds registered names that a text nearly holds: with one character wrong, or with characters that sound the
// same. Only names of at least three characters take part; of shorter ones hardly anything would remain.
type nearNames struct {
	list  []nearName
	pairs map[runePair][]int // which names hold two characters at the start, at the end or around the middle
	sound trie               // names by the sounds of their characters
}

type nearName struct {
	runes []rune
	own   int // how many characters come before the words that many names end with: 2 of 永宁社区, 3 of 金水湾小区
	id    int
}

// runePair says that two characters stand at a certain part of a name. A name with one character wrong still has one of
// these pairs right, so that only few names have to be compared at any position of a text.
type runePair struct {
	part namePart
	a, b rune
}

type namePart int

const (
	atStart namePart = iota // the first two
	atEnd                   // the last two
	outer                   // both ends of three
)

// The lengths of names that take part, in characters.
const minNearRunes, maxNearRunes = 3, 20

func newNearNames(keys [][]string) nearNames {
	n := nearNames{pairs: map[runePair][]int{}}
	for id, list := range keys {
		for _, key := range list {
			if runes := []rune(key); len(runes) >= minNearRunes && len(runes) <= maxNearRunes {
				n.add(runes, id)
			}
		}
	}
	return n
}

func (n *nearNames) add(runes []rune, id int) {
	at, last := len(n.list), len(runes)-1
	n.list = append(n.list, nearName{runes, ownLength(string(runes)), id})
	pairs := []runePair{{atStart, runes[0], runes[1]}, {atEnd, runes[last-1], runes[last]}}
	if last == 2 {
		pairs = append(pairs, runePair{outer, runes[0], runes[2]})
	}
	for _, p := range pairs {
		n.pairs[p] = append(n.pairs[p], at)
	}
	for _, sounds := range loadVoices().spellings(runes) {
		n.sound.add(sounds, at)
	}
}

// nearHit is a name that nearly stands at a position of the text.
type nearHit struct {
	name, start int
	grade       int // as nearness gives it
}

// in gives the ids of the places that the text nearly names, the likeliest first and at most limit. What only differs in a
// character is not offered beside what sounds the same. Words that are known to be something else are left out.
func (n *nearNames) in(runes []rune, limit int, known func(said []rune) bool) []int {
	hits := slices.DeleteFunc(n.hits(runes), func(h nearHit) bool {
		return known(runes[h.start : h.start+len(n.list[h.name].runes)])
	})
	slices.SortFunc(hits, func(a, b nearHit) int {
		return cmp.Or(b.grade-a.grade, len(n.list[b.name].runes)-len(n.list[a.name].runes), a.start-b.start, a.name-b.name)
	})
	var ids []int
	for _, h := range hits {
		if h.grade < hits[0].grade || len(ids) == limit {
			break
		}
		if id := n.list[h.name].id; !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (n *nearNames) hits(runes []rune) []nearHit {
	var hits []nearHit
	found := func(name, start, grade int) {
		if grade > gradeNone {
			hits = append(hits, nearHit{name, start, grade})
		}
	}
	try := func(p runePair, start int) {
		for _, name := range n.pairs[p] {
			from := start
			if p.part == atEnd {
				from = start + 2 - len(n.list[name].runes)
			}
			found(name, from, n.slip(runes, name, from))
		}
	}
	for i := range runes {
		if i+1 < len(runes) {
			try(runePair{atStart, runes[i], runes[i+1]}, i)
			try(runePair{atEnd, runes[i], runes[i+1]}, i)
		}
		if i+2 < len(runes) {
			try(runePair{outer, runes[i], runes[i+2]}, i)
		}
		loadVoices().eachSpelling(&n.sound.root, runes[i:], func(name int) { found(name, i, n.soundsAt(runes, name, i)) })
	}
	return hits
}

// slip grades a name of which one character is wrong in the text at start.
func (n *nearNames) slip(runes []rune, name, start int) int {
	want := n.list[name].runes
	if start < 0 || start+len(want) > len(runes) {
		return gradeNone
	}
	said, at := runes[start:start+len(want)], -1
	for i := range want {
		if said[i] != want[i] {
			if at >= 0 {
				return gradeNone
			}
			at = i
		}
	}
	if at < 0 {
		return gradeNone
	}
	grade := loadVoices().nearness(said, want)
	if grade < gradeSound && !isSlip(said[at], want[at]) {
		return gradeNone
	}
	if grade == gradeOther && !n.keepsName(name, at, said, opensName(runes, start)) {
		return gradeNone
	}
	return grade
}

// keepsName says whether enough of a name is left when one of its characters is quite another one. The last character says
// what kind of a place it is: 金水湾小学 is not 金水湾小区. Of a name that has but two characters of its own both are needed:
// 康宁社区 has one in common with 永宁社区, which is no reason to ask.
func (n *nearNames) keepsName(name, at int, said []rune, opens bool) bool {
	want, own := n.list[name].runes, n.list[name].own
	if at == len(want)-1 {
		return strings.ContainsRune(roadRunes, said[at]) && strings.ContainsRune(roadRunes, want[at])
	}
	return (at >= own || own >= minNearRunes) && (opens || len(want) > minNearRunes)
}

// ownLength gives how many characters of a name are its own: what is left without the words for a kind of place that it
// ends with. A single character goes only from the very end: 湾 of 金水湾小区 is the place's own.
func ownLength(name string) int {
	rest := name
	for {
		longest := ""
		for _, group := range kindSuffixes {
			for _, s := range group.suffixes {
				if len(s) > len(longest) && len(s) < len(rest) && strings.HasSuffix(rest, s) {
					longest = s
				}
			}
		}
		if longest == "" || rest != name && utf8.RuneCountInString(longest) == 1 {
			return utf8.RuneCountInString(rest)
		}
		rest = strings.TrimSuffix(rest, longest)
	}
}

// soundsAt grades a name that sounds like the text at start. Three characters that are all other ones are no name at all.
func (n *nearNames) soundsAt(runes []rune, name, start int) int {
	want := n.list[name].runes
	said := runes[start : start+len(want)]
	same := 0
	for i := range want {
		if said[i] == want[i] {
			same++
		}
	}
	if same == 0 && len(want) == minNearRunes || loadVoices().nearness(said, want) != gradeSound {
		return gradeNone
	}
	return gradeSound
}

// Characters that tell the places of one family apart: 红星东路 is no slip of the pen for 红星西路.
const familyRunes = "一二两三四五六七八九十百千万零东西南北中上下左右前后内外大小新老旧高初甲乙丙丁省市县区镇乡"

// roadRunes end the names of roads, which people do mix up.
const roadRunes = "路街巷道弄"

// isSlip says whether one character may be a slip of the pen for the wanted one.
func isSlip(a, b rune) bool {
	return unicode.Is(unicode.Han, a) && unicode.Is(unicode.Han, b) && !strings.ContainsRune(familyRunes, a) && !strings.ContainsRune(familyRunes, b)
}

// opensName says whether a name may begin at start: three characters in the middle of other words resemble some name too
// easily, as 开通路 does 交通路.
func opensName(runes []rune, start int) bool {
	if start == 0 {
		return true
	}
	before := runes[start-1]
	return !unicode.Is(unicode.Han, before) || strings.ContainsRune(namePreludes, before)
}

// near gives the registered places that a text without one may have misspelled. The names that it holds correctly, of
// other places and of units, are no misspellings.
func (r *Reader) near(runes []rune, mentions []mention) []string {
	text := make([]rune, len(runes))
	for i, c := range runes {
		text[i] = unicode.ToLower(c)
	}
	for _, m := range mentions {
		blank(text, m.start, m.end)
	}
	var names []string
	for _, id := range r.places.near.in(text, maxNear, func(said []rune) bool { return len(r.units.exact[string(said)]) > 0 }) {
		names = append(names, r.places.names[id])
	}
	return names
}
