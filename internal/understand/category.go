package understand

import (
	"slices"
	"strings"

	"duban/internal/issue"
)

// A keyword of a category is a word of the problem. Three forms: 占道经营 counts as it stands; 绿化带*踩踏 counts if both parts stand
// in one clause in this order with at most maxGap characters between them; ~破损 is only a hint and counts where no other
// word does.
type keyword struct {
	category int
	parts    [][]rune
	length   int // of all parts, in characters
	hint     bool
}

// maxGap is how many characters may stand between the parts of a keyword with *.
const maxGap = 8

// categories finds the category of a problem by the keywords of the config.
type categories struct {
	names    []string
	exact    map[string]int // names and aliases
	keywords []keyword
	find     trie // first part → keyword
}

func newCategories(list []issue.Category) *categories {
	c := &categories{exact: map[string]int{}}
	for n, category := range list {
		c.names = append(c.names, category.Name)
		for _, name := range append([]string{category.Name}, category.Aliases...) {
			if key := alike(name); key != "" {
				c.exact[key] = n
			}
			if len([]rune(name)) >= 3 {
				c.add(n, name) // 环境卫生：… says it outright; 其他 does not
			}
		}
		for _, text := range category.Keywords {
			c.add(n, text)
		}
	}
	return c
}

func (c *categories) add(category int, text string) {
	text = strings.Join(strings.Fields(Fold(text)), "")
	k := keyword{category: category}
	text, k.hint = strings.CutPrefix(text, "~")
	for part := range strings.SplitSeq(text, "*") {
		if part != "" {
			k.parts = append(k.parts, []rune(part))
			k.length += len([]rune(part))
		}
	}
	if len(k.parts) == 0 {
		return
	}
	c.find.add(string(k.parts[0]), len(c.keywords))
	c.keywords = append(c.keywords, k)
}

// hit is a keyword in a text.
type hit struct {
	keyword
	spans  [][2]int // of the parts, in runes
	clause int
}

func (h hit) start() int { return h.spans[0][0] }
func (h hit) end() int   { return h.spans[len(h.spans)-1][1] }

func (h hit) overlaps(o hit) bool {
	for _, a := range h.spans {
		for _, b := range o.spans {
			if a[0] < b[1] && b[0] < a[1] {
				return true
			}
		}
	}
	return false
}

// masked stands for characters that belong to a place's name or a deadline and must not be read as the problem.
const masked rune = 0

// isBreak says whether a clause ends at r.
func isBreak(r rune) bool {
	switch r {
	case ',', '。', ';', '!', '?', '\n':
		return true
	}
	return false
}

// best gives the category with the highest score, or ok false if no keyword stands in the text.
func (c *categories) best(runes []rune) (name string, score float64, ok bool) {
	hits := longestFirst(c.hits(runes))
	firm := slices.DeleteFunc(slices.Clone(hits), func(h hit) bool { return h.hint })
	if len(firm) > 0 {
		hits = firm
	}
	scores := make([]float64, len(c.names))
	best := -1
	for i, h := range hits {
		scores[h.category] += weight(runes, hits, i)
	}
	for _, h := range hits { // in the order of the text, so that of equals the first named wins
		if best < 0 || scores[h.category] > scores[best]+1e-9 {
			best = h.category
		}
	}
	if best < 0 {
		return "", 0, false
	}
	return c.names[best], scores[best], true
}

// hits finds all keywords, overlapping ones too.
func (c *categories) hits(runes []rune) []hit {
	var hits []hit
	clause := 0
	for i := range runes {
		if isBreak(runes[i]) {
			clause++
		}
		c.find.each(runes, i, func(end int, ids []int) {
			for _, id := range ids {
				k := c.keywords[id]
				if spans, ok := k.match(runes, i, end); ok {
					hits = append(hits, hit{keyword: k, spans: spans, clause: clause})
				}
			}
		})
	}
	return hits
}

// match looks for the further parts of a keyword whose first part stands at [start, end).
func (k keyword) match(runes []rune, start, end int) ([][2]int, bool) {
	spans := [][2]int{{start, end}}
	for _, part := range k.parts[1:] {
		at := -1
		for i := end; i <= end+maxGap && i+len(part) <= len(runes) && !isBreak(runes[i]); i++ {
			if slices.Equal(runes[i:i+len(part)], part) {
				at = i
				break
			}
		}
		if at < 0 {
			return nil, false
		}
		spans = append(spans, [2]int{at, at + len(part)})
		end = at + len(part)
	}
	return spans, true
}

// longestFirst keeps of overlapping keywords the longest, or all that are the very same words in several categories. The
// result is in the order of the text.
func longestFirst(hits []hit) []hit {
	slices.SortStableFunc(hits, func(a, b hit) int { return b.length - a.length })
	var kept []hit
	for _, h := range hits {
		if !slices.ContainsFunc(kept, func(o hit) bool { return h.overlaps(o) && !slices.Equal(h.spans, o.spans) }) {
			kept = append(kept, h)
		}
	}
	slices.SortStableFunc(kept, func(a, b hit) int { return a.start() - b.start() })
	return kept
}

// clauseWeight lets the first problem of a report count most: the category follows the first, further ones are named
// along with it.
func clauseWeight(n int) float64 {
	return [...]float64{1, 0.6, 0.45, 0.35}[min(n, 3)]
}

// Weights by position inside a clause: the problem itself stands at the end, what it stands beside or consists of comes
// before it.
const (
	earlierWeight  = 0.7
	locativeWeight = 0.35
)

// weight is what the ith keyword counts: by its length, by its clause, and by what follows in the clause.
func weight(runes []rune, hits []hit, i int) float64 {
	h := hits[i]
	w := float64(h.length) * clauseWeight(clauseOrder(hits, i))
	follows := false
	for _, o := range hits[i+1:] {
		follows = follows || o.clause == h.clause && o.start() >= h.end()
	}
	switch {
	case follows && len(h.spans) == 1 && isLocative(runes, h.end()):
		return w * locativeWeight
	case follows:
		return w * earlierWeight
	}
	return w
}

// clauseOrder counts the clauses with keywords before that of the ith one.
func clauseOrder(hits []hit, i int) int {
	n := 0
	for j := 1; j <= i; j++ {
		if hits[j].clause != hits[j-1].clause {
			n++
		}
	}
	return n
}

// isLocative says whether the word that ends at i is only where something is: 绿化带内, 垃圾桶旁.
func isLocative(runes []rune, i int) bool {
	return i < len(runes) && runes[i] != masked && strings.ContainsRune("上里内旁边下处中口前后外附周侧东西南北", runes[i])
}
