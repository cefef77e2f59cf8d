package understand

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/mozillazg/go-pinyin"
)

// longestID bounds the ids that are made, in characters; the configuration allows 60.
const longestID = 40

// NewID makes an id for what is registered under a name: 张敏 becomes zhang_min, 二中A区 er_zhong_a_qu. Letters and digits stay, in lower
// case; everything else parts words. taken says which ids are in use; such a name gets a number: zhang_min_2. A name
// without anything to read becomes id.
func NewID(name string, taken func(id string) bool) string {
	base := strings.Join(syllables(name), "_")
	if base == "" {
		base = "id"
	}
	id := base
	for n := 2; taken(id); n++ {
		id = base + "_" + strconv.Itoa(n)
	}
	return id
}

// syllables are the words of an id: the usual reading of each character, without its tone, and what is written in letters or digits.
func syllables(name string) (words []string) {
	length, open := 0, false // open: the last word may be continued by a letter
	add := func(word string, goesOn bool) {
		switch {
		case word == "" || length+len(word)+1 > longestID:
		case open && goesOn:
			words[len(words)-1] += word
			length += len(word)
		default:
			words = append(words, word)
			length += len(word) + 1
		}
		open = goesOn && len(words) > 0
	}
	for _, r := range Fold(name) {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			add(strings.ToLower(string(r)), true)
		case r >= hanFirst && r <= hanLast:
			usual, _, _ := strings.Cut(pinyin.PinyinDict[int(r)], ",")
			add(strings.ReplaceAll(withoutTone(usual), "u\u0308", "v"), false)
		default:
			open = false
		}
	}
	return words
}
