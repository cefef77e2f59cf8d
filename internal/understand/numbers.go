package understand

import (
	"slices"
	"strings"
)

// maxNumbers bounds how many issues one message may name, so that a slip like 1-1000 does nothing.
const maxNumbers = 50

// Numbers reads the issue numbers at the start of s: 17, #17, 17号, 第17号, 编号17, 17、18，19, 17-19, 17 18, 17和18, 17号18号, also in full-width
// digits. rest is what follows, in the original characters, without leading separators. Numbers that count or measure
// something (17号楼, 3个, 10米, 2023年, 8点, 3天内, 5栋) are not issue numbers. ok is false if s does not start with a number, or
// names more than 50. Whether 12号 is a number or a date is for the caller to decide, who knows what rest should be.
func Numbers(s string) (ids []int64, rest string, ok bool) {
	p := newNumberScanner(s)
	p.skip(isBlank)
	end := 0
	for {
		first, last, found := p.one()
		if !found {
			break
		}
		if int64(len(ids))+last-first >= maxNumbers {
			return nil, s, false
		}
		for id := first; id <= last; id++ {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
		end = p.pos
		if !p.skip(isNumberSeparator) && !p.adjoins() {
			break
		}
	}
	if len(ids) == 0 {
		return nil, s, false
	}
	return ids, strings.TrimLeftFunc(string(p.runes[end:]), isRestSeparator), true
}

// plainRune folds one character and keeps its place: what folding drops becomes a blank.
func plainRune(r rune) rune {
	switch r = foldRune(r); r {
	case dropped:
		return ' '
	case '號':
		return '号'
	}
	return r
}

func isBlank(r rune) bool { return r == ' ' || r == '\n' || r == '\r' }

func isNumberSeparator(r rune) bool {
	return isBlank(r) || strings.ContainsRune("、,;和及与跟&+", r)
}

func isRestSeparator(r rune) bool {
	r = plainRune(r)
	return isBlank(r) || strings.ContainsRune("、,;:.。", r)
}

// numberScanner walks over a text and its folded form, which have the same length.
type numberScanner struct {
	runes, fold []rune
	pos         int
}

func newNumberScanner(s string) *numberScanner {
	p := &numberScanner{runes: []rune(s)}
	for _, r := range p.runes {
		p.fold = append(p.fold, plainRune(r))
	}
	return p
}

func (p *numberScanner) peek(i int) rune {
	if p.pos+i < len(p.fold) {
		return p.fold[p.pos+i]
	}
	return 0
}

// skip moves over the runes of a class and says whether there was any.
func (p *numberScanner) skip(class func(rune) bool) bool {
	start := p.pos
	for p.pos < len(p.fold) && class(p.fold[p.pos]) {
		p.pos++
	}
	return p.pos > start
}

// adjoins says whether another number follows without a separator: 12号13号, #12#13.
func (p *numberScanner) adjoins() bool {
	return p.peek(0) == '#' || p.fold[p.pos-1] == '号' && isDigit(p.peek(0))
}

// one reads a number or a range; without one the position stays.
func (p *numberScanner) one() (first, last int64, ok bool) {
	start := p.pos
	first, marked, ok := p.number()
	if !ok {
		p.pos = start
		return 0, 0, false
	}
	last = first
	if p.isRange() {
		p.pos++
		var again bool
		if last, again, ok = p.number(); !ok || last < first || p.isRange() {
			p.pos = start
			return 0, 0, false
		}
		marked = marked || again
	}
	if p.measures(marked) {
		p.pos = start
		return 0, 0, false
	}
	return first, last, true
}

// isRange says whether a dash and a digit follow.
func (p *numberScanner) isRange() bool {
	if !strings.ContainsRune("-–—~～至到", p.peek(0)) || p.peek(0) == 0 {
		return false
	}
	return isDigit(p.peek(1)) || p.peek(1) == '#' || p.peek(1) == '第'
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// number reads #17, 17号, 第17号 or 编号17. marked tells that # or 号 was there.
func (p *numberScanner) number() (id int64, marked, ok bool) {
	ordinal := false
	if p.follows("编号") {
		p.pos += len([]rune("编号"))
		p.skip(func(r rune) bool { return isBlank(r) || r == ':' })
		marked = true
	}
	switch p.peek(0) {
	case '#':
		p.pos++
		marked = true
	case '第':
		p.pos++
		ordinal = true
	}
	start := p.pos
	for isDigit(p.peek(0)) {
		id = id*10 + int64(p.peek(0)-'0')
		if p.pos++; p.pos-start > 9 {
			return 0, false, false // a telephone number or the like
		}
	}
	if p.pos == start || id == 0 {
		return 0, false, false
	}
	if p.peek(0) == ' ' && p.peek(1) == '号' {
		p.pos++
	}
	if p.peek(0) == '号' {
		p.pos++
		return id, true, !p.isAddress()
	}
	return id, marked, !ordinal
}

// houseRunes follow 号 in what is no number of an issue and no day.
const houseRunes = "楼院门店线桥机库井杆栋幢单摊铺厅馆厂池泵坑宅柜桌窗岗段片码文令车"

// isAddress says whether 号 belongs to a house, a line, a document: 17号楼, 3号线, 5号文.
func (p *numberScanner) isAddress() bool {
	if p.peek(0) == 0 {
		return false
	}
	if strings.ContainsRune(houseRunes, p.peek(0)) {
		return true
	}
	next := string([]rune{p.peek(0), p.peek(1)})
	return slices.Contains([]string{"路口", "公馆", "地块", "商铺", "附近", "旁边", "对面", "门口", "住户", "东侧", "西侧", "南侧", "北侧"}, next)
}

// measures says whether the number just read counts something. A number with # or 号 never does.
func (p *numberScanner) measures(marked bool) bool {
	r, next := p.peek(0), p.peek(1)
	switch {
	case marked:
		return false
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '%', r == '#', r == '℃', r == '㎡':
		return true
	case r == '.' || r == ':' || r == '/' || r == '-':
		return isDigit(next)
	}
	if r == ' ' && strings.ContainsRune("个件米天年月日", next) && next != 0 {
		return !strings.ContainsRune("体人别气", p.peek(2)) || p.peek(2) == 0
	}
	words, isMeasure := measureWords(r)
	return isMeasure && (next == 0 || !strings.ContainsRune(words, next))
}

// measureAfter lists measure words that also begin other words, with the characters before which they do: 17处理完了,
// 17路灯已修, 17人行道修好了.
var measureAfter = [...]struct {
	word   rune
	except string
}{
	{'楼', "道顶梯下上间"},
	{'处', "理置于在"},
	{'路', "灯面口边段沿牙缘"},
	{'人', "行员"},
	{'道', "路闸"},
	{'户', "外"},
	{'台', "阶"},
	{'周', "边围"},
	{'分', "派流类"},
	{'小', "区广贩摊学吃"},
	{'单', "位"},
	{'组', "织"},
	{'项', "目"},
	{'位', "于置"},
	{'座', "椅位"},
	{'排', "查水污"},
	{'条', "件"},
	{'家', "具属"},
	{'次', "干"},
	{'公', "园共示厕益交"},
	{'平', "台整安"},
	{'室', "内外"},
	{'期', "间"},
	{'件', ""},
	{'名', ""},
	{'度', ""},
	{'级', ""},
	{'厘', ""},
	{'毫', ""},
	{'刻', ""},
	{'多', ""},
}

// measureWords says whether r is a measure word after a number, and before which characters it is none.
func measureWords(r rune) (exceptBefore string, ok bool) {
	if strings.ContainsRune("个米年月日天栋幢层点秒岁盏棵辆吨斤元万千百亿余几瓶袋桶份届股顿株晚号", r) {
		return "", true
	}
	for _, m := range measureAfter {
		if m.word == r {
			return m.except, true
		}
	}
	return "", false
}
