package understand

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// pattern is a regular expression that is not run where no match can begin. Most of what is looked for is in hardly any text, and a
// few characters tell so sooner than the expression does. Its methods give what those of the expression give.
type pattern struct {
	expr     *regexp.Regexp
	inst     []syntax.Inst
	start    []uint32   // the instructions that may read the first character of a match; nil: a match may be empty
	after    [][]uint32 // of an instruction that reads a character those that may read the next one; nil: it need not be looked at
	some     runeSet    // with what a match may begin
	anchored bool       // it matches only at the beginning of a text
	free     bool       // what stands before a match does not matter to it
}

// mostRead is how many characters are looked at. So many leave hardly anything in vain.
const mostRead = 3

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
	p := &pattern{
		expr: regexp.MustCompile(expr), inst: prog.Inst, start: readers(prog, uint32(prog.Start)), after: make([][]uint32, len(prog.Inst)),
		anchored: prog.StartCond()&syntax.EmptyBeginText != 0, free: true,
	}
	for _, at := range p.start {
		p.some.add(prog.Inst[at].Rune)
	}
	for now, n := p.start, 1; n < mostRead; n++ {
		var next []uint32
		for _, at := range now {
			p.after[at] = readers(prog, prog.Inst[at].Out)
			next = append(next, p.after[at]...)
		}
		slices.Sort(next)
		now = slices.Compact(next)
	}
	for _, in := range prog.Inst {
		p.free = p.free && (in.Op != syntax.InstEmptyWidth || syntax.EmptyOp(in.Arg) == syntax.EmptyEndText)
	}
	return p
}

// readers gives the instructions that may read the next character from a point of a program on; nil if it may end without.
func readers(prog *syntax.Prog, from uint32) []uint32 {
	found, ways, seen := []uint32{}, []uint32{from}, make([]bool, len(prog.Inst))
	for len(ways) > 0 {
		at := ways[0]
		ways = ways[1:]
		if seen[at] {
			continue
		}
		seen[at] = true
		switch in := &prog.Inst[at]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			ways = append(ways, in.Out, in.Arg)
		case syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth:
			ways = append(ways, in.Out)
		case syntax.InstMatch:
			return nil
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			found = append(found, at)
		case syntax.InstFail:
		}
	}
	return found
}

// first gives where the first match may begin, -1 if there is none.
func (p *pattern) first(s string) int {
	if p.start == nil {
		return 0
	}
	for i, r := range s {
		switch may := p.some.has(r) && p.mayBegin(s[i:]); {
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

// mayBegin says whether a match may begin where the text does, by its first characters.
func (p *pattern) mayBegin(s string) bool {
	var room [2][32]uint32
	now := p.start
	for n := range mostRead {
		r, size := utf8.DecodeRuneInString(s)
		if size == 0 {
			return false
		}
		next := room[n%2][:0]
		for _, at := range now {
			if p.inst[at].MatchRune(r) {
				if p.after[at] == nil {
					return true
				}
				next = append(next, p.after[at]...)
			}
		}
		now, s = next, s[size:]
	}
	return len(now) > 0
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

// runeSet holds characters, and by chance one in some dozens that was not put in.
type runeSet [1024 / 64]uint64

func (s *runeSet) has(r rune) bool { return s[r%1024/64]>>(r%64)&1 != 0 }

// add puts in what an instruction reads, in whatever case.
func (s *runeSet) add(ranges []rune) {
	if len(ranges) == 1 { // perhaps of several that are one in other cases
		for r := ranges[0]; ; {
			s[r%1024/64] |= 1 << (r % 64)
			if r = unicode.SimpleFold(r); r == ranges[0] {
				return
			}
		}
	}
	for n := 0; n < len(ranges); n += 2 {
		for r := ranges[n]; r <= min(ranges[n+1], ranges[n]+1023); r++ {
			s[r%1024/64] |= 1 << (r % 64)
		}
	}
}
