package understand

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// LeadingNumbers reads the issue numbers at the start of s for verbs that take a time or another number after them: 17 2天,
// 17 11-28, 17、18 到周五, 17到周五. Numbers belong together only if 、 ， , 和 及 or 与 stands between them and no blank does, and
// there are no ranges: what follows a blank or a dash may be a date. rest is as for Numbers. ok is false if s does not start
// with an issue number, or begins with a time itself (3天内, 28号前), or names more than 50.
func LeadingNumbers(s string) (ids []int64, rest string, ok bool) {
	p := newNumberScanner(s)
	p.skip(isBlank)
	end := 0
	for {
		id, found := p.lone()
		if !found {
			break
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
		if end = p.pos; !strings.ContainsRune("、,和及与", p.peek(0)) || p.peek(0) == 0 {
			break
		}
		p.pos++
	}
	if len(ids) == 0 || len(ids) > maxNumbers {
		return nil, s, false
	}
	return ids, strings.TrimLeftFunc(string(p.runes[end:]), isRestSeparator), true
}

// lone reads one number that is neither a range nor the beginning of a time; without one the position stays.
func (p *numberScanner) lone() (int64, bool) {
	start := p.pos
	id, marked, ok := p.number()
	if !ok || p.isDashed() || p.isDay(start) || p.startsTime(marked) {
		p.pos = start
		return 0, false
	}
	return id, true
}

// isDashed says whether a dash and another number follow.
func (p *numberScanner) isDashed() bool {
	return p.isRange() && !strings.ContainsRune("至到", p.peek(0))
}

// isDay says whether the number just read is a day of the month: 28号前, 28号下午. With # or 第 it is an issue.
func (p *numberScanner) isDay(start int) bool {
	if !isDigit(p.fold[start]) || p.fold[p.pos-1] != '号' {
		return false
	}
	return p.follows("前", "之前", "以前", "为止", "止", "上午", "中午", "下午", "傍晚", "晚", "早", "凌晨")
}

// startsTime says whether the number just read counts something, as measures does, but lets a time stand after it: 17周五,
// 17 月底, 17：2天.
func (p *numberScanner) startsTime(marked bool) bool {
	switch r := p.peek(0); {
	case marked:
		return false
	case p.follows("工作日", "工作时"):
		return true
	case p.follows("周", "星期", "礼拜"):
		return !p.isWeekday() && !p.follows("周边", "周围")
	case r == ' ' && p.follows(" 月底", " 月末", " 月中", " 月内", " 年底", " 年末", " 年内"):
		return false
	case r == ':':
		return p.isClock()
	}
	return p.measures(marked)
}

// isClock says whether a colon goes on to a time of day: 17:30, but not 17:2天 or 17:11-28.
func (p *numberScanner) isClock() bool {
	return isDigit(p.peek(1)) && isDigit(p.peek(2)) && !strings.ContainsRune("-./年月日号天个小工", p.peek(3))
}

// isWeekday says whether 周五 or the like stands here.
func (p *numberScanner) isWeekday() bool {
	return weekdayText.MatchString(string(p.fold[p.pos:min(p.pos+3, len(p.fold))]))
}

// follows says whether one of the words stands here.
func (p *numberScanner) follows(words ...string) bool {
	return p.wordLength(words...) > 0
}

// wordLength gives the length in runes of the first of the words that stands here, or 0.
func (p *numberScanner) wordLength(words ...string) int {
	for _, w := range words {
		n := utf8.RuneCountInString(w)
		if p.pos+n <= len(p.fold) && string(p.fold[p.pos:p.pos+n]) == w {
			return n
		}
	}
	return 0
}

// Pair reads which issues are the same defect as another one, for 并案: 31 到 12, 31、32 并入 12, 31和12, 31 12. The last number is
// the one that stays; words after it, the reason, are left to the caller. ok is false if there are not two numbers, if several
// stand after 并入, or if an issue would become part of itself.
func Pair(s string) (from []int64, to int64, ok bool) {
	p := newNumberScanner(s)
	p.skip(isBlank)
	p.pos += p.wordLength("把", "将")
	p.skip(isBlank)
	list := p.list()
	if p.into() {
		target := p.list()
		if len(target) != 1 || p.into() && len(p.list()) > 0 {
			return nil, 0, false
		}
		list = append(list, target[0])
	}
	last := len(list) - 1
	if last < 1 || last > maxNumbers || slices.Contains(list[:last], list[last]) {
		return nil, 0, false
	}
	for _, id := range list[:last] {
		if !slices.Contains(from, id) {
			from = append(from, id)
		}
	}
	return from, list[last], true
}

// list reads numbers with separators between them. The position is after the last number.
func (p *numberScanner) list() []int64 {
	var ids []int64
	for {
		start := p.pos
		if len(ids) > 0 && !p.skip(isNumberSeparator) {
			return ids
		}
		id, marked, ok := p.number()
		if !ok || p.measures(marked) {
			p.pos = start
			return ids
		}
		ids = append(ids, id)
	}
}

// into moves over the words before the issue that stays; without them the position stays. 到 may also begin the reason: 到场看过.
func (p *numberScanner) into() bool {
	start := p.pos
	p.skip(isNumberSeparator)
	n := p.wordLength("合并到", "合并至", "归并到", "并入到", "并入", "并到", "并至", "归入", "归到", "->", "=>", "→")
	if n > 0 {
		p.pos += n
		p.skip(isBlank)
		return true
	}
	if n = p.wordLength("到", "至", "入"); n > 0 {
		p.pos += n
		p.skip(isBlank)
		if r := p.peek(0); r == 0 || isDigit(r) || r == '#' || r == '第' {
			return true
		}
	}
	p.pos = start
	return false
}
