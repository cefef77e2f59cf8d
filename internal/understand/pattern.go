package understand

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// pattern is a regular expression that is not run where no match can begin. Most of what is looked for is in hardly any text, and a
// few characters tell so sooner than the expression does. Its methods give what those of the expression give.
type pattern struct {
	expr     *regexp.Regexp
	begins   []runeSet // what every match begins with, character by character; no match is shorter
	anchored bool      // it matches only at the beginning of a text
	free     bool      // what stands before a match does not matter to it
}

// mostBegins is how many characters are looked at. Three of them leave hardly anything in vain.
const mostBegins = 3

// compile makes a pattern of an expression, which must be right.
func compile(expr string) *pattern {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		panic(err)
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		panic(err)
	}
	p := &pattern{expr: regexp.MustCompile(expr), anchored: prog.StartCond()&syntax.EmptyBeginText != 0, free: true}
	for _, in := range prog.Inst {
		p.free = p.free && (in.Op != syntax.InstEmptyWidth || syntax.EmptyOp(in.Arg) == syntax.EmptyEndText)
	}
	next := []uint32{uint32(prog.Start)}
	for range mostBegins {
		var set runeSet
		var ends bool
		if next, ends = step(prog, next, &set); ends {
			break
		}
		p.begins = append(p.begins, set)
	}
	return p
}

// step puts the characters that may come next into a set, and gives what comes after them. It ends where nothing need come.
func step(prog *syntax.Prog, from []uint32, set *runeSet) (next []uint32, ends bool) {
	seen := make([]bool, len(prog.Inst))
	for len(from) > 0 {
		at := from[0]
		from = from[1:]
		if seen[at] {
			continue
		}
		seen[at] = true
		switch in := &prog.Inst[at]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			from = append(from, in.Out, in.Arg)
		case syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth:
			from = append(from, in.Out)
		case syntax.InstMatch:
			ends = true
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			set.add(in)
			next = append(next, in.Out)
		case syntax.InstFail:
		}
	}
	return next, ends
}

// first gives where the first match may begin, -1 if there is none.
func (p *pattern) first(s string) int {
	if len(p.begins) == 0 {
		return 0
	}
	for i := range s {
		switch may := p.mayBegin(s[i:]); {
		case may && p.free:
			return i
		case may:
			return 0
		case p.anchored:
			return -1
		}
	}
	return -1
}

// mayBegin says whether a match may begin where the text does.
func (p *pattern) mayBegin(s string) bool {
	for n := range p.begins {
		r, size := utf8.DecodeRuneInString(s)
		if size == 0 || !p.begins[n].has(r) {
			return false
		}
		s = s[size:]
	}
	return true
}

// MatchString is that of regexp.Regexp, as are the others.
func (p *pattern) MatchString(s string) bool {
	at := p.first(s)
	return at >= 0 && p.expr.MatchString(s[at:])
}

// FindString finds the first match.
func (p *pattern) FindString(s string) string {
	if at := p.first(s); at >= 0 {
		return p.expr.FindString(s[at:])
	}
	return ""
}

// FindStringSubmatch finds the first match and its groups.
func (p *pattern) FindStringSubmatch(s string) []string {
	if at := p.first(s); at >= 0 {
		return p.expr.FindStringSubmatch(s[at:])
	}
	return nil
}

// FindStringSubmatchIndex finds where the first match and its groups are.
func (p *pattern) FindStringSubmatchIndex(s string) []int {
	at := p.first(s)
	if at < 0 {
		return nil
	}
	return moved(p.expr.FindStringSubmatchIndex(s[at:]), at)
}

// FindAllStringSubmatchIndex finds where all matches and their groups are.
func (p *pattern) FindAllStringSubmatchIndex(s string, n int) [][]int {
	at := p.first(s)
	if at < 0 {
		return nil
	}
	all := p.expr.FindAllStringSubmatchIndex(s[at:], n)
	for _, g := range all {
		moved(g, at)
	}
	return all
}

// ReplaceAllString replaces all matches.
func (p *pattern) ReplaceAllString(s, by string) string {
	at := p.first(s)
	if at < 0 {
		return s
	}
	return s[:at] + p.expr.ReplaceAllString(s[at:], by)
}

// moved moves the indexes of a match. Those of groups that are not in it stay -1.
func moved(g []int, by int) []int {
	for n := range g {
		if g[n] >= 0 {
			g[n] += by
		}
	}
	return g
}

// runeSet is what some instructions read.
type runeSet struct {
	some [1024 / 64]uint64 // whether one of the characters with the same last bits is read, because most are not
	read []*syntax.Inst
}

func (s *runeSet) has(r rune) bool {
	return s.some[r%1024/64]>>(r%64)&1 != 0 && slices.ContainsFunc(s.read, func(in *syntax.Inst) bool { return in.MatchRune(r) })
}

func (s *runeSet) add(in *syntax.Inst) {
	s.read = append(s.read, in)
	ranges := in.Rune
	if len(ranges) == 1 {
		ranges = []rune{ranges[0], ranges[0]}
	}
	if len(ranges) == 0 || syntax.Flags(in.Arg)&syntax.FoldCase != 0 { // anything; in either case
		ranges = []rune{0, utf8.MaxRune}
	}
	for n := 0; n < len(ranges); n += 2 {
		for r := ranges[n]; r <= min(ranges[n+1], ranges[n]+1023); r++ {
			s.some[r%1024/64] |= 1 << (r % 64)
		}
	}
}
