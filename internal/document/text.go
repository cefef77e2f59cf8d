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

// letterhead is 红头: the bureau in red across the page, the number, and the red line (GB/T 9704-2012 §7.2.4 to §7.2.7).
func (w *writer) letterhead(bureau, no string) {
	bureau, no = oneLine(bureau), oneLine(no)
	head := style{fit(redHead, bureau, 50), redHeadProps}
	if no == "" {
		head.props.Border = redLine
		w.write(head, bureau)
		return
	}
	w.write(head, bureau)
	w.write(docNo, no)
}

// heading is the title: on one line if it can be, otherwise in lines of about the same length that end where the words allow.
func (w *writer) heading(words string) {
	words = strings.TrimSpace(clean(words))
	s := title
	if s.font = fit(title.font, words, 90); s.font.scale == 90 && !strings.Contains(words, "\n") {
		words, s = balance(words), title
	}
	w.write(s, words)
}

// fit narrows the characters until a line holds the words, to a least percentage of their width and no further. Half a
// character to each side is left for fonts that stand in for those that are named.
func fit(f font, words string, least int) font {
	if space := quarters(words) * f.size * 20 / 8; space > measure-em {
		f.scale = max(least, (measure-em)*100/space)
	}
	return f
}

// balance breaks a long title behind the day, the particle or the mark that is nearest to its middle. Where there is none between
// a quarter and three quarters, or where two lines are not enough, the program that shows it breaks it.
func balance(words string) string {
	total, best, at := quarters(words), 0, 0
	if total*title.font.size*20/8 > 2*(measure-em) {
		return words
	}
	for k, r := range words {
		if !strings.ContainsRune("日月年的和与及、，”》", r) {
			continue
		}
		end := k + utf8.RuneLen(r)
		next, _ := utf8.DecodeRuneInString(words[end:])
		if d := quarters(words[:end]) - total/2; max(d, -d) < total/4 && next > '9' && !strings.ContainsRune("、，”》的至", next) && (at == 0 || max(d, -d) < best) {
			best, at = max(d, -d), end
		}
	}
	if at == 0 {
		return words
	}
	return words[:at] + "\n" + words[at:]
}

// signature is 落款: the date four characters from the right, the name centred above it (GB/T 9704-2012 §7.3.5.1).
func (w *writer) signature(name, date string) {
	if last := len(w.body) - 1; last >= 0 {
		if p, ok := w.body[last].(paragraph); ok {
			p.Props.KeepNext = &on{} // a signature is never alone on a page
			w.body[last] = p
		}
	}
	name = oneLine(name)
	const right = 16 // quarters of a character
	shift := (quarters(name) - quarters(date)) / 2
	dateRight := max(right, shift)
	w.sign(name, max(0, dateRight-shift), spacing{Before: lineStep, Line: lineStep, Rule: "exact"}, &on{})
	w.sign(date, dateRight, exact, nil)
}

func (w *writer) sign(words string, right int, gap spacing, keep *on) {
	if words == "" {
		return
	}
	w.write(style{letter, paragraphProps{
		KeepNext: keep, Spacing: gap, Indent: &indent{RightChars: right * 25, Right: right * em / 4}, Align: str{"right"},
	}}, words)
}

// quarters is the width of a text in quarters of a Chinese character: Latin letters and digits take about two, and a program
// that sets text leaves one between the scripts.
func quarters(s string) int {
	n, before := 0, rune(0)
	for _, r := range s {
		if n += 2; wide(r) {
			n += 2
		}
		if before != 0 && wide(r) != wide(before) && !strings.ContainsRune(noGap, r) && !strings.ContainsRune(noGap, before) {
			n++
		}
		before = r
	}
	return n
}

// noGap are the marks that stand in a square of their own and need no space beside them.
const noGap = " 　，。、；：？！“”‘’（）《》〔〕【】—…·"

func wide(r rune) bool { return r >= 0x2000 }

// numeral is a Chinese numeral from 1 to 99, 十, 二十一; beyond, digits.
func numeral(n int) string {
	if n < 1 || n > 99 {
		return strconv.Itoa(n)
	}
	digits, s := []rune("一二三四五六七八九"), ""
	if n >= 20 {
		s = string(digits[n/10-1])
	}
	if n >= 10 {
		s += "十"
	}
	if n%10 > 0 {
		s += string(digits[n%10-1])
	}
	return s
}
