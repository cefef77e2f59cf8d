package config

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// maybe names the candidate that the value most probably was meant to be, as the end of a sentence: ；是不是 lead？
// It is empty if none is near.
func maybe(value string, candidates []string) string {
	if c := nearest(value, candidates); c != "" {
		return "；是不是 " + c + "？"
	}
	return ""
}

// nearest is the candidate that differs least from the value, by at most a third of its characters; "" if there is none.
func nearest(value string, candidates []string) string {
	v := []rune(strings.ToLower(value))
	best, found := max(1, len(v)/3)+1, ""
	for _, c := range candidates {
		if diff := utf8.RuneCountInString(c) - len(v); diff >= best || -diff >= best {
			continue
		}
		if d := distance(v, []rune(strings.ToLower(c))); d < best && c != value {
			best, found = d, c
		}
	}
	return found
}

// distance counts the insertions, deletions, replacements and swaps of neighbours that turn a into b.
func distance(a, b []rune) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next := make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}

// listed is the candidates as they are shown to the user, or a part of them if they are many.
func listed(candidates []string) string {
	const most = 12
	if len(candidates) <= most {
		return strings.Join(candidates, "、")
	}
	return strings.Join(slices.Clone(candidates)[:most], "、") + " 等"
}
