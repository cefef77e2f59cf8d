package understand

import (
	"strings"
	"unicode"
)

// Items splits the body of a report into problems, without their numbering: the lines of a numbered or bulleted list, and
// lists inside one line like （1）…；（2）…. Lines that follow a numbered one belong to it. A heading before a list goes before each
// of its problems if it can name the place; 「发现以下问题：」 is dropped. Several lines without numbers are several problems only
// if each of them looks like one; otherwise they are one problem. Several problems joined by 、 or ， in one line stay one.
func Items(body string) []string {
	lines := nonEmptyLines(body)
	list := isList(lines)
	var items []string
	heading, open := "", false // open: the last item takes over lines that follow
	for _, line := range lines {
		before, parts := inlineList(line)
		if len(parts) > 0 {
			heading = headingFor(before, heading)
			items, open = append(items, withHeading(heading, parts)...), true
			continue
		}
		text, numbered := unnumber(line, list)
		switch {
		case numbered:
			items, open = append(items, withHeading(heading, []string{text})...), true
		case list && (!open || strings.HasSuffix(plainLine(line), ":")):
			heading = headingFor(line, "")
		case open && len(items) > 0:
			items[len(items)-1] += " " + text
		default:
			items = append(items, text)
		}
	}
	if len(items) == 0 && heading != "" {
		items = []string{strings.TrimRight(heading, "： ")}
	}
	if len(items) > 1 && !list && !open && !allProblems(items) {
		items = []string{strings.Join(items, " ")}
	}
	return cleanItems(items)
}

// lineEnds brings the ways to end a line to one.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n")

func nonEmptyLines(s string) []string {
	s = lineEnds.Replace(strings.ToValidUTF8(s, ""))
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func cleanItems(items []string) []string {
	var clean []string
	for _, item := range items {
		if item = strings.TrimFunc(item, isEdge); item != "" {
			clean = append(clean, item)
		}
	}
	return clean
}

// isEdge says whether r says nothing at the beginning or the end of a problem.
func isEdge(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("；;，,、。", r)
}

// plainLine folds a line character by character, so that offsets in runes are those of the original.
func plainLine(s string) string {
	return strings.Map(plainRune, s)
}

// marker is the numbering before a problem, in a folded line (phrasing.md §5).
var marker = compile(`^(?:` +
	`(?:图|照片|问题|点位)\s*(?:\d{1,3}(?:-\d{1,3})?|[①-⑳]|[一二三四五六七八九十]{1,3})\s*[:、.)]` +
	`|\(\s*(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s*\)[:、.]?` +
	`|(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s*[、)]` +
	`|\d{1,3}\.(?:\D|$)|\d{1,3}:(?:\D|$)` +
	`|\d\s*⃣` +
	`|[①-⓿❶-➓㈠-㈩⑴-⒛]\s*[:、.]?` +
	`|[▲△●○■□◆◇★☆►▶•·※✓✔]+` +
	`|[-–—*]+\s)`)

// inOneBreath is a text that begins like a numbering but is none: 3、4号楼之间.
var inOneBreath = compile(`^(\d{1,3})、\d{1,3}(?:号|栋|幢|单元|楼|层|组|期|区|、)`)

// unnumber takes the numbering off a line. Outside a list a number that is followed by the next house number is no
// numbering.
func unnumber(line string, list bool) (string, bool) {
	n := markerLength(line, list)
	if n == 0 {
		return line, false
	}
	return strings.TrimSpace(string([]rune(line)[n:])), true
}

// markerLength is the length in runes of the numbering before a line; 0 for none.
func markerLength(line string, list bool) int {
	plain := plainLine(line)
	if !list && inOneBreath.MatchString(plain) {
		return 0
	}
	m := marker.FindString(plain)
	n := len([]rune(m))
	if n > 1 && (strings.HasPrefix(m, string([]rune(m)[0])) && (m[0] >= '0' && m[0] <= '9')) {
		if last := []rune(m)[n-1]; !strings.ContainsRune("、).:⃣", last) {
			n-- // the character after 3. or 3: was only looked at
		}
	}
	return n
}

// isList says whether the lines are a list: one of them at least carries a numbering that cannot be anything else, or two
// carry any.
func isList(lines []string) bool {
	marked := 0
	for _, line := range lines {
		if markerLength(line, true) > 0 {
			marked++
			if markerLength(line, false) > 0 {
				marked++
			}
		}
	}
	return len(lines) > 1 && marked > 1 || len(lines) == 1 && marked > 1
}

// inlineMarkers are the ways to number several problems inside one line; each must count up from one.
var inlineMarkers = []struct {
	find  *pattern
	first string
}{
	{compile(`\(\s*(\d{1,2})\s*\)`), "1"},
	{compile(`\(\s*([一二三四五六七八九十])\s*\)`), "一"},
	{compile(`(?:图\s*)?([①-⑳])`), "①"},
	{compile(`图\s*(\d{1,2})\s*[:、.]`), "1"},
	{compile(`(?:^|[\s;。,:、!])(\d{1,2})[、.]`), "1"},
}

// inlineList splits a line like （1）…；（2）… into what stands before the list and its parts. A line with fewer than two numbers
// in order is no list.
func inlineList(line string) (before string, parts []string) {
	plain, runes := plainLine(line), []rune(line)
	for _, m := range inlineMarkers {
		cuts := ascending(plain, m.find, m.first)
		if len(cuts) < 2 {
			continue
		}
		for i, c := range cuts {
			end := len(runes)
			if i+1 < len(cuts) {
				end = cuts[i+1].start
			}
			part := strings.TrimSpace(string(runes[c.end:end]))
			parts = append(parts, strings.TrimLeft(part, "、.．:： "))
		}
		return strings.TrimSpace(string(runes[:cuts[0].start])), parts
	}
	return "", nil
}

// cut is a numbering inside a line, in runes.
type cut struct{ start, end int }

// ascending finds the numberings 1, 2, 3 … in order, as offsets in runes. A dot between digits is a decimal point.
func ascending(plain string, find *pattern, first string) []cut {
	var cuts []cut
	want := first
	for _, m := range find.FindAllStringSubmatchIndex(plain, -1) {
		rest := plain[m[1]:]
		if plain[m[2]:m[3]] != want || strings.HasSuffix(plain[:m[1]], ".") && rest != "" && isDigit(rune(rest[0])) {
			continue
		}
		start := m[2]
		if plain[m[0]] == '(' || strings.HasPrefix(plain[m[0]:], "图") {
			start = m[0]
		}
		cuts = append(cuts, cut{len([]rune(plain[:start])), len([]rune(plain[:m[1]]))})
		want = following(want)
	}
	return cuts
}

// following gives the next number in the same notation.
func following(n string) string {
	const han = "一二三四五六七八九十"
	r := []rune(n)
	if i := strings.Index(han, n); i >= 0 && i+len(n) < len(han) {
		return string([]rune(han[i+len(n):])[0])
	}
	if len(r) == 1 && r[0] >= '①' {
		return string(r[0] + 1)
	}
	digits := []byte(n)
	for i := len(digits) - 1; i >= 0; i-- {
		if digits[i]++; digits[i] <= '9' {
			return string(digits)
		}
		digits[i] = '0'
	}
	return "1" + string(digits)
}

var (
	// announces are the words of headings that tell of an inspection instead of a place.
	announces = compile(`\d{1,2}月\d{1,2}[日号]|(?:今|昨)[天日]|上午|下午|现场|督查组?|督导组?|巡查|检查|暗访|发现|通报|反馈|上报|以下|如下|主要|存在|问题|情况|清单|几处|各位|大家|领导|同事|同志|我们|我|请看?|您好|你好|的|在|对|有|了`)
	// namesPlace is what a heading must hold to be a place.
	namesPlace = compile(`[路街巷弄道区园场村院校学店市站桥河楼苑庭府城湾馆所局厅]`)
)

// headingFor turns the text before a list into a heading for each of its problems, or "" if it names no place. Without a
// text the last heading stays.
func headingFor(before, last string) string {
	if before == "" {
		return last
	}
	text := strings.Trim(before, "：: ，,。、-—")
	if plain := plainLine(text); announces.MatchString(plain) {
		text = strings.Trim(announces.ReplaceAllString(plain, ""), ":：,，。 ")
		if !namesPlace.MatchString(text) {
			return ""
		}
	}
	if n := len([]rune(text)); n < 2 || n > 24 {
		return ""
	}
	if strings.ContainsAny(before, "：:") {
		return text + "："
	}
	return text + " "
}

func withHeading(heading string, parts []string) []string {
	out := make([]string, 0, len(parts))
	for _, p := range parts {
		if strings.TrimFunc(p, isEdge) != "" {
			out = append(out, heading+p)
		}
	}
	return out
}

// defect is what most problems say in one way or another; a line without it is rather a place or a remark.
var defect = compile(`乱|堆|破|损|坏|脏|污|垃圾|缺|未|无|没|不|占|违|停|漏|堵|塌|陷|松|脱|掉|杂|臭|裸露|枯|死|倒|断|褪|过期|遮|挡|飞线|广告|摊|烟|积|异味|坑|锈|裂|歪|错|拥|挤|私|扰|晾晒|挂`)

// remark is how a line begins that only adds to the problem before it.
var remark = compile(`^(?:请|望|希望|责任|整改|要求|限|@|谢|辛苦|麻烦|收到|\(|\[|并|且|同时|另外|导致|造成|影响|以上|地址|位置|时间|备注|说明)`)

func allProblems(lines []string) bool {
	for _, line := range lines {
		plain := plainLine(line)
		if len([]rune(plain)) < 5 || strings.HasSuffix(plain, ":") || strings.HasSuffix(plain, ",") ||
			remark.MatchString(plain) || !defect.MatchString(plain) {
			return false
		}
	}
	return true
}
