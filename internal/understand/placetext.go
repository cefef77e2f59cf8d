package understand

import (
	"strings"
	"unicode/utf8"
)

// detail continues a place: house, unit, side, distance, gate, a part of the grounds.
var detail = compile(`^(?:\([^()]{1,20}\)|[”"](?:小区)?|[\dA-Za-z一二两三四五六七八九十百]+(?:号楼?|栋|幢|单元|楼|层|室|区|期|米|弄|巷|门|组|座)|路(?:口|段|边|旁)|路[东南西北]|[与和至到][^,。;:\s]{1,8}?(?:交叉(?:路)?口|交汇处|路口|[路街道巷])|[^,。;:\s]{1,8}?(?:交叉(?:路)?口|交汇处)|[东南西北中]+(?:门|侧|面|边|段|头|区|角)?|附近|周边|周围|门口|门前|门外|入口|出口|大门|正门|侧门|后门|对面|旁边?|前面?|后面?|内部?|里面?|外面?|沿线|沿街|两侧|一侧|人行道|楼道|院内|院里|楼下|楼前|楼后|楼顶|停车场|站台|候车厅|[上下处口])`)

// placeText gives the place as written: the registered name with what stands before it in its clause and the details after
// it. Without a registered place it is the first part of a report of the form place – problem, if it is short and tells of
// no problem.
func (f folded) placeText(original string, body region, runes []rune, ms []mention, chosen int) string {
	start, end := 0, 0
	if chosen >= 0 {
		start, end = clauseStart(runes, ms[chosen].start), ms[chosen].end
		for end < len(runes) {
			d := detail.FindString(string(runes[end:min(end+24, len(runes))]))
			if d == "" {
				break
			}
			end += utf8.RuneCountInString(d)
		}
	} else if end = leadingPlace(runes); end == 0 {
		return ""
	}
	from := body.start + len(string(runes[:start]))
	return f.display(original, region{from, from + len(string(runes[start:end]))})
}

// clauseStart goes back from a place to the beginning of its clause, but over no more than a district's worth of words.
func clauseStart(runes []rune, i int) int {
	start := i
	for start > 0 && i-start < 12 && !strings.ContainsRune(",。;!?:\n ", runes[start-1]) {
		start--
	}
	before := string(runes[start:i])
	if defect.MatchString(before) || start > 0 && i-start == 12 {
		return i
	}
	if g := story.FindStringSubmatchIndex(before); g != nil {
		start += utf8.RuneCountInString(before[:g[1]])
	}
	return start
}

// story is what people say before they come to the place: 今早送孩子上学路过….
var story = compile(`.*(?:路过|经过|途经|途径|位于|走到|来到|发现|看到|在|把|将|我家|请问|反映)`)

// leadingPlace gives the length of a place before a separator, as in 北门旁花坛：有垃圾; 0 if there is none.
func leadingPlace(runes []rune) int {
	for i, r := range runes {
		if i > 20 {
			break
		}
		if strings.ContainsRune(":, -—", r) {
			if i < 2 || defect.MatchString(string(runes[:i])) {
				return 0
			}
			return i
		}
	}
	return 0
}
