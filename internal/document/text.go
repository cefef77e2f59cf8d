package document

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// lineEnds makes one line end of all.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n", "\v", "\n", "\f", "\n")

// clean is a text that XML can carry: without the characters that XML forbids (XML 1.0 §2.2) and bytes that are no UTF-8, with
// one kind of line end.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', r >= ' ' && r <= 0xd7ff, r >= 0xe000 && r <= 0xfffd, r >= 0x10000 && r <= utf8.MaxRune:
			return r
		}
		return -1
	}, lineEnds.Replace(strings.ToValidUTF8(s, "")))
}

// lines are the lines of a text that say something, without the blanks around them: paragraphs have an indent of their own.
func lines(s string) []string {
	all := strings.Split(clean(s), "\n")
	for k := range all {
		all[k] = strings.TrimSpace(all[k])
	}
	return slices.DeleteFunc(all, func(line string) bool { return line == "" })
}

// content is a text as a run holds it: line ends and tabs are elements.
func content(s string) []any {
	var out []any
	for k, l := range strings.Split(clean(s), "\n") {
		if k > 0 {
			out = append(out, lineBreak{})
		}
		for k, t := range strings.Split(l, "\t") {
			if k > 0 {
				out = append(out, tabStop{})
			}
			if t != "" {
				out = append(out, text{Space: "preserve", Text: t})
			}
		}
	}
	return out
}

func (s style) paragraph(words string) paragraph {
	return paragraph{Props: s.props, Content: []any{run{Props: s.font.props(), Content: content(words)}}}
}

// write adds one paragraph; line ends stay inside it.
func (w *writer) write(s style, words string) { w.body = append(w.body, s.paragraph(words)) }

// writeLines adds a paragraph for each line that says something.
func (w *writer) writeLines(s style, words string) {
	for _, l := range lines(words) {
		w.write(s, l)
	}
}

// letterhead is 红头: the bureau in red across the page, the number, and the red line.
func (w *writer) letterhead(bureau, no string) {
	head := style{fit(redHead, oneLine(bureau)), paragraphProps{Spacing: spacing{Line: 1000, Rule: "exact"}, Align: str{"center"}}}
	last := style{docNo.font, docNo.props}
	if no = oneLine(no); no == "" {
		last = head
		no = oneLine(bureau)
	} else {
		w.write(head, oneLine(bureau))
	}
	last.props.Border = redLine
	w.write(last, no)
}

// fit narrows the characters until a line holds the words, to half of their width and no further.
func fit(f font, words string) font {
	if space := halves(words) * f.size * 20 / 4; space > measure {
		f.scale = max(50, measure*100/space)
	}
	return f
}

// signature is 落款: the date four characters from the right, the name centred above it (GB/T 9704-2012 §7.3.5.1).
func (w *writer) signature(name, date string) {
	name = oneLine(name)
	const right = 8 // half characters
	shift := (halves(name) - halves(date)) / 2
	dateRight := max(right, shift)
	w.sign(name, max(0, dateRight-shift), spacing{Before: lineStep, Line: lineStep, Rule: "exact"}, &on{})
	w.sign(date, dateRight, exact, nil)
}

func (w *writer) sign(words string, right int, gap spacing, keep *on) {
	if words == "" {
		return
	}
	w.write(style{letter, paragraphProps{
		KeepNext: keep, Spacing: gap, Indent: &indent{RightChars: right * 50, Right: right * em / 2}, Align: str{"right"},
	}}, words)
}

// halves is the width of a text in half characters: Latin letters and digits take one, Chinese characters two.
func halves(s string) int {
	n := 0
	for _, r := range s {
		if n++; r >= 0x2000 {
			n++
		}
	}
	return n
}

// numeral is a Chinese numeral from 1 to 99; beyond, digits: 十, 二十一.
func numeral(n int) string {
	digits := [...]string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	switch {
	case n < 1 || n > 99:
		return strconv.Itoa(n)
	case n < 10:
		return digits[n]
	case n < 20:
		return "十" + digits[n%10]
	}
	return digits[n/10] + "十" + digits[n%10]
}
