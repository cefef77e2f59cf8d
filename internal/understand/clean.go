package understand

import (
	"strings"
	"unicode/utf8"
)

var (
	// unitLabel introduces the responsible unit, in brackets or at the end (phrasing.md §5).
	unitLabel = compile(`\(?\s*(?:责任单位|整改单位|责任部门|牵头单位|主责单位|承办单位)\s*[:为]?\s*([^()。;\n]*)\)?[。;]?`)
	// askBefore and askAfter are the small words around a deadline at the end of a report.
	askBefore = compile(`(?:[\s,。;、(]|请|务必|必须|要求|责令|限期?|时限:?|期限:?|整改时限:?|完成时限:?|于|在|希望|须|需|尽快)*$`)
	askAfter  = compile(`^(?:前|内|必须|务必|完成|处理|整改|清理|解决|修复|清除|清运|整治|拆除|更换|恢复|反馈|答复|维修|到位|完毕|好|掉|干净|一下|为限|[\s,。;!.)])*$`)
	// calledFirst and calledLast are people who are called on before or after the problem: @李强.
	calledFirst = compile(`^\s*(?:@\S+\s+)+`)
	calledLast  = compile(`(?:(?:^|\s+)@\S+)+[\s。]*$`)
	// spaces are blanks and line breaks in a row.
	spaces = compile(`[\s\x{3000}]+`)
)

// region is the part of a folded text, in bytes, that tells of the problem.
type region struct{ start, end int }

// withoutUnit cuts the naming of the responsible unit off the end of the problem and gives its words.
func withoutUnit(s string, r region) (region, string) {
	if !strings.Contains(s[r.start:r.end], "单位") && !strings.Contains(s[r.start:r.end], "部门") {
		return r, ""
	}
	g := unitLabel.FindStringSubmatchIndex(s[r.start:r.end])
	if g == nil || g[2] == g[3] && g[1]-g[0] < len("责任单位") {
		return r, ""
	}
	unit := strings.TrimSpace(s[r.start+g[2] : r.start+g[3]])
	if strings.TrimSpace(s[r.start+g[1]:r.end]) == "" {
		r.end = r.start + g[0]
	}
	return r, unit
}

// withoutCalled cuts the people who are called on off both ends of the problem, unless nothing would remain.
func withoutCalled(s string, r region) region {
	first := calledFirst.FindString(s[r.start:r.end])
	last := calledLast.FindString(s[r.start+len(first) : r.end])
	if len(first)+len(last) == r.end-r.start {
		return r
	}
	return region{r.start + len(first), r.end - len(last)}
}

// withoutWhen cuts a deadline off the end of the problem, with the words that ask for it, unless hardly anything would
// remain.
func withoutWhen(s string, r region, w *When) region {
	if w == nil || w.Start < r.start || w.End > r.end || !askAfter.MatchString(s[w.End:r.end]) {
		return r
	}
	end := r.start + len(askBefore.ReplaceAllString(s[r.start:w.Start], ""))
	if utf8.RuneCountInString(s[r.start:end]) < 4 {
		return r
	}
	return region{r.start, end}
}

// withoutNumbering skips the numbering and the salutation before the problem.
func withoutNumbering(s string) region {
	r := region{0, len(s)}
	first, _, _ := strings.Cut(strings.TrimLeft(s, " \n"), "\n")
	r.start = len(s) - len(strings.TrimLeft(s, " \n"))
	if n := markerLength(first, false); n > 0 {
		r.start += len(string([]rune(first)[:n]))
	}
	return r
}

// display gives the original words of a region as one line.
func (f folded) display(original string, r region) string {
	if r.end <= r.start {
		return ""
	}
	a, b := f.original(r.start, r.end)
	text := spaces.ReplaceAllString(strings.ToValidUTF8(original[a:b], ""), " ")
	return strings.Trim(text, " ；;，,、。")
}
