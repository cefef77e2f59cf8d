package understand

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// directory finds units or people by their names. Several may share a name; then none is chosen.
type directory struct {
	ids   []string
	names [][]string // names and aliases of each, in the form of comparison
	exact map[string][]int
	find  trie
}

func newDirectory() *directory { return &directory{exact: map[string][]int{}} }

func (d *directory) add(id string, names ...string) {
	n := len(d.ids)
	d.ids = append(d.ids, id)
	d.names = append(d.names, nil)
	for _, name := range names {
		key := alike(name)
		if key == "" || slices.Contains(d.exact[key], n) {
			continue
		}
		d.names[n] = append(d.names[n], key)
		d.exact[key] = append(d.exact[key], n)
		d.find.add(key, n)
	}
}

// lookup gives the id of an exact name, or the ids that the text may have meant, the likeliest first. A name that is only
// near is never the answer, however near it is: what follows from it, a unit that is told to work, is not to be guessed.
func (d *directory) lookup(text string) (id string, candidates []string) {
	key := alike(text)
	if key == "" {
		return "", nil
	}
	if hits := d.exact[key]; len(hits) == 1 {
		return d.ids[hits[0]], nil
	} else if len(hits) > 1 {
		return "", d.idsOf(hits)
	}
	for i, known := range d.ids {
		if known == strings.TrimSpace(text) {
			return d.ids[i], nil
		}
	}
	return "", d.idsOf(nearest(key, d.names))
}

func (d *directory) idsOf(hits []int) []string {
	ids := make([]string, 0, len(hits))
	for _, n := range hits {
		if !slices.Contains(ids, d.ids[n]) {
			ids = append(ids, d.ids[n])
		}
	}
	return ids
}

// maxCandidates bounds how many near misses are offered: more would not fit into one question.
const maxCandidates = 5

// nearest gives the entries whose names resemble the key in writing or in sound, the most similar first.
func nearest(key string, names [][]string) []int {
	type hit struct {
		n     int
		score float64
	}
	var hits []hit
	for n, list := range names {
		best := 0.0
		for _, name := range list {
			best = max(best, similarity(key, name))
		}
		if best >= 0.5 {
			hits = append(hits, hit{n, best})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(b.score, a.score) })
	var out []int
	for _, h := range hits[:min(len(hits), maxCandidates)] {
		out = append(out, h.n)
	}
	return out
}

// similarity is between 0 and 1: a name that contains the other counts by how much of it is said, else the share of
// characters that both have in the same order, where one that only sounds the same counts nearly as much. Names that begin
// with quite different characters are less alike.
func similarity(a, b string) float64 {
	la, lb := utf8.RuneCountInString(a), utf8.RuneCountInString(b)
	if la == 0 || lb == 0 || la > 40 || lb > 40 {
		return 0
	}
	if strings.Contains(b, a) || strings.Contains(a, b) {
		return 0.5 + 0.5*float64(min(la, lb))/float64(max(la, lb))
	}
	ra, rb := []rune(a), []rune(b)
	v := loadVoices()
	score := 2 * v.common(ra, rb) / float64(la+lb)
	if v.closeness(ra[0], rb[0]) == different {
		score -= 0.1
	}
	return score
}

// common is the weight of the best common subsequence, in which every pair of characters counts by its closeness.
func (v *voices) common(a, b []rune) float64 {
	row := make([]float64, len(b)+1)
	for _, x := range a {
		diagonal := 0.0
		for j, y := range b {
			above := row[j+1]
			row[j+1] = max(above, row[j])
			if c := v.closeness(x, y); c > different {
				row[j+1] = max(row[j+1], diagonal+c)
			}
			diagonal = above
		}
	}
	return row[len(b)]
}
