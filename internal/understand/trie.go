package understand

import "unicode"

// trie finds which of many names stand in a text. Looking one position up costs as many steps as the longest name there
// has characters, however many names there are.
type trie struct{ root node }

type node struct {
	next map[rune]*node
	ids  []int // names that end here
}

// add puts a name under an id; names must be folded. Letters match in either case.
func (t *trie) add(name string, id int) {
	n := &t.root
	for _, r := range name {
		r = unicode.ToLower(r)
		child := n.next[r]
		if child == nil {
			child = &node{}
			if n.next == nil {
				n.next = map[rune]*node{}
			}
			n.next[r] = child
		}
		n = child
	}
	if n != &t.root {
		n.ids = append(n.ids, id)
	}
}

// longest gives the end of the longest name that starts at runes[start], and its ids; none gives nil.
func (t *trie) longest(runes []rune, start int) (end int, ids []int) {
	n := &t.root
	for i := start; i < len(runes); i++ {
		if n = n.next[unicode.ToLower(runes[i])]; n == nil {
			break
		}
		if len(n.ids) > 0 {
			end, ids = i+1, n.ids
		}
	}
	return end, ids
}

// each calls found for every name that starts at runes[start], the shortest first.
func (t *trie) each(runes []rune, start int, found func(end int, ids []int)) {
	n := &t.root
	for i := start; i < len(runes); i++ {
		if n = n.next[unicode.ToLower(runes[i])]; n == nil {
			return
		}
		if len(n.ids) > 0 {
			found(i+1, n.ids)
		}
	}
}
