package roster

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"duban/internal/calendar"
	"duban/internal/understand"
)

// tidy puts a cell on one line: line breaks, wide and doubled blanks become one blank, and none is left between two Chinese
// characters, where people put them to fill a line (张　敏). Characters that cannot be seen go, and the marks that are the bot's.
func tidy(s string) string {
	words := strings.Fields(understand.Visible(strings.ReplaceAll(s, "\r", "\n")))
	var b strings.Builder
	last := ' '
	for _, w := range words {
		runes := []rune(w)
		if b.Len() > 0 && (!unicode.Is(unicode.Han, last) || !unicode.Is(unicode.Han, runes[0])) {
			b.WriteByte(' ')
		}
		b.WriteString(w)
		last = runes[len(runes)-1]
	}
	return b.String()
}

// none says whether people write a text for nothing.
func none(s string) bool {
	switch s {
	case "", "无", "暂无", "没有", "-", "--", "—", "——", "－", "/", "／", "\\":
		return true
	}
	return false
}

// field is a cell that may say that there is nothing.
func field(s string) string {
	if s = tidy(s); none(s) {
		return ""
	}
	return s
}

// fold is the form in which words are compared: without width, capitals and traditional characters.
func fold(s string) string { return strings.ToLower(understand.Fold(s)) }

// loose is the form in which names are looked up: blanks make no difference either.
func loose(s string) string { return strings.Join(strings.Fields(fold(s)), "") }

var (
	parenthesis = regexp.MustCompile(`\([^()]*\)`)
	listParts   = regexp.MustCompile(`[、，,；;/／|\n\r]+`)
)

// plainHead is the head of a column or the name of a sheet without what people add to it: 联络员（必填）, * 名称, 单 位.
func plainHead(s string) string {
	s = parenthesis.ReplaceAllString(loose(s), "")
	return strings.Trim(s, "*:★#. ")
}

// words are the items of a cell that lists several, without repetitions. Blanks between Chinese characters part them, too.
func words(s string) []string {
	var out []string
	for _, part := range listParts.Split(s, -1) {
		word := ""
		for piece := range strings.FieldsSeq(part) {
			if word == "" || joins(word, piece) {
				word = strings.TrimSpace(word + " " + piece)
				continue
			}
			out, word = append(out, word), piece
		}
		out = append(out, word)
	}
	var seen []string
	for _, w := range out {
		if w = tidy(w); !none(w) && !slices.Contains(seen, w) {
			seen = append(seen, w)
		}
	}
	return seen
}

// joins says whether a blank belongs to a word: one next to a letter or a digit does.
func joins(a, b string) bool {
	x, y := []rune(a), []rune(b)
	return !unicode.Is(unicode.Han, x[len(x)-1]) || !unicode.Is(unicode.Han, y[0])
}

// yes reads 是 and 否 as people write them; an empty cell is no.
func yes(s string) (value, ok bool) {
	switch fold(field(s)) {
	case "是", "√", "✓", "✔", "☑", "y", "yes", "true", "1", "对", "有", "必查":
		return true, true
	case "", "否", "×", "✗", "✘", "☐", "x", "n", "no", "false", "0", "不", "不是", "非必查":
		return false, true
	}
	return false, false
}

var limitForm = regexp.MustCompile(`^(\d+|[一二两三四五六七八九十]+)(?:个)?(工作日|工作小时|工作时|小时|自然日|日历日|天|日)(?:以内|之内|内|办结|完成)*$`)

// readLimit reads a limit as people write it: 3个工作日, 24小时, 当日, 事不过夜, 3天; or as the configuration has it. The answer
// is a sentence if it cannot be read.
func readLimit(s string) (l calendar.Limit, wrong string) {
	const forms = "要写 当日、3个工作日、4个工作时、24小时（不停表）或 3天（自然日）"
	s = fold(tidy(s))
	if err := l.UnmarshalText([]byte(s)); err == nil && !l.IsZero() {
		return l, ""
	}
	s = strings.ReplaceAll(s, " ", "")
	switch strings.TrimSuffix(strings.TrimSuffix(s, "内"), "办结") {
	case "当日", "当天", "事不过夜", "当日事当日毕", "即日":
		return calendar.Limit{N: 1, Kind: calendar.SameDay}, ""
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return l, "只写了数字；请写明是 " + s + "个工作日、" + s + "天 还是 " + s + "小时"
	}
	m := limitForm.FindStringSubmatch(s)
	if m == nil {
		return l, "看不懂这个时限；" + forms
	}
	l.N = number(m[1])
	switch m[2] {
	case "工作日":
		l.Kind = calendar.WorkDay
	case "工作时", "工作小时":
		l.Kind = calendar.WorkHour
	case "小时":
		l.Kind = calendar.UrgentHour
	default:
		l.Kind = calendar.NaturalDay
	}
	// The calendar has the last word on how much is too much.
	if err := l.UnmarshalText([]byte(l.String())); err != nil {
		return l, "时限要在 1 到 9999 之间；" + forms
	}
	return l, ""
}

// number reads digits, or Chinese ones up to 99; 0 for what is none.
func number(s string) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	digit := func(s string) int {
		return []int{0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9}[max(0, slices.Index([]string{"", "一", "二", "两", "三", "四", "五", "六", "七", "八", "九"}, s))]
	}
	tens, units, found := strings.Cut(s, "十")
	if !found {
		return digit(s)
	}
	if tens == "" {
		return 10 + digit(units)
	}
	return 10*digit(tens) + digit(units)
}

// count reads a number of photos: 1, １, 1张; an empty cell is none.
func count(s string) (n int, ok bool) {
	s = strings.TrimSuffix(strings.TrimSuffix(fold(field(s)), "张"), ".0")
	if s == "" {
		return 0, true
	}
	n, err := strconv.Atoi(strings.TrimSpace(s))
	return n, err == nil
}

// broken says whether a cell shows that a spreadsheet could not work out a formula.
func broken(s string) bool {
	switch strings.TrimSpace(s) {
	case "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!":
		return true
	}
	return false
}
