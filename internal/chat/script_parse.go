package chat

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"
)

// ScriptError is a fault in a script. Its text is a Chinese sentence that names the line.
type ScriptError struct {
	Line int
	Text string
}

func (e *ScriptError) Error() string { return fmt.Sprintf("第 %d 行：%s", e.Line, e.Text) }

// MaxScriptLine is the longest line of a script, in bytes.
const MaxScriptLine = 1 << 20

// Script turns lines into steps, one line at a time, so that somebody may type them. The zero value is ready for use.
type Script struct {
	line    int
	pending *Step    // a message that may still grow
	lines   []string // its lines so far
	blank   int      // empty lines since, which count if the message goes on
}

// Steps reads a whole script step by step. A fault is yielded as a *ScriptError and reading goes on after it; any other
// error is the reader's own and ends the script.
func Steps(r io.Reader) iter.Seq2[Step, error] {
	return func(yield func(Step, error) bool) {
		var s Script
		scan := bufio.NewScanner(r)
		scan.Buffer(make([]byte, 0, 4096), MaxScriptLine)
		for scan.Scan() {
			if !deliver(yield)(s.Feed(scan.Text())) {
				return
			}
		}
		if err := scan.Err(); errors.Is(err, bufio.ErrTooLong) {
			yield(Step{}, &ScriptError{Line: s.line + 1, Text: "这一行太长"})
			return
		} else if err != nil {
			yield(Step{}, err)
			return
		}
		deliver(yield)(s.Flush())
	}
}

func deliver(yield func(Step, error) bool) func([]Step, error) bool {
	return func(steps []Step, err error) bool {
		for _, st := range steps {
			if !yield(st, nil) {
				return false
			}
		}
		return err == nil || yield(Step{}, err)
	}
}

// ParseScript reads a whole script and reports all its faults together.
func ParseScript(r io.Reader) ([]Step, error) {
	var steps []Step
	var faults []error
	for st, err := range Steps(r) {
		if err != nil {
			faults = append(faults, err)
			continue
		}
		steps = append(steps, st)
	}
	return steps, errors.Join(faults...)
}

// Line is the number of the line that was fed last, from 1.
func (s *Script) Line() int { return s.line }

// Waiting says whether a message is held back because its next line may still come. Flush releases it.
func (s *Script) Waiting() bool { return s.pending != nil }

// Feed takes the next line and returns the steps that it completes: none, the message before it, or that and a step of
// its own. Steps are valid even beside an error, which is about this line or the message before it.
func (s *Script) Feed(line string) ([]Step, error) {
	s.line++
	line = strings.TrimSuffix(line, "\r")
	if s.line == 1 {
		line = strings.TrimPrefix(line, "\ufeff")
	}
	if !utf8.ValidString(line) {
		done, err := s.Flush()
		return done, errors.Join(err, s.fault("文字不是 UTF-8 编码，请另存为 UTF-8"))
	}
	if rest, ok := strings.CutPrefix(line, "  "); ok && s.pending != nil {
		s.grow(rest)
		return nil, nil
	}
	switch {
	case strings.TrimSpace(line) == "":
		s.blank++
		return nil, nil
	case strings.HasPrefix(line, "#"):
		return nil, nil
	}
	done, before := s.Flush()
	step, err := s.begin(line)
	if step != nil {
		done = append(done, *step)
	}
	return done, errors.Join(before, err)
}

// Flush ends the message that is held back and returns it.
func (s *Script) Flush() ([]Step, error) {
	if s.pending == nil {
		return nil, nil
	}
	st, text := *s.pending, strings.Join(s.lines, "\n")
	s.pending, s.lines, s.blank = nil, nil, 0
	if st.Kind == StepExpect {
		st.Text = text
		return []Step{st}, nil
	}
	if err := st.read(text); err != nil {
		return nil, err
	}
	return []Step{st}, nil
}

func (s *Script) grow(rest string) {
	if s.pending.Kind == StepSay {
		rest = cutComment(rest)
	}
	for ; s.blank > 0; s.blank-- {
		s.lines = append(s.lines, "")
	}
	s.lines = append(s.lines, strings.TrimRight(rest, " \t"))
	s.pending.Last = s.line
}

// begin starts the entry that a line opens. An at line is complete at once and returned.
func (s *Script) begin(line string) (*Step, error) {
	if what, ok := cutWord(cutComment(line), "at"); ok {
		m, err := ParseMoment(what)
		if err != nil {
			return nil, s.fault(err.Error())
		}
		return &Step{Kind: StepAt, Line: s.line, Last: s.line, At: m}, nil
	}
	st, text, ok := parseHead(line)
	switch {
	case !ok && strings.HasPrefix(line, "  "):
		return nil, s.fault("续行（以两个空格开头）前面没有消息")
	case !ok:
		return nil, s.fault("看不懂“" + short(line) + "”，要写成“张敏@inspect: 内容”或“at 2026-11-23 09:05”")
	case st.Kind == StepSay && st.Person == BotName:
		return nil, s.fault("“督办”是机器人，它的话写成“督办@" + st.Chat + "> …”")
	}
	if st.Kind == StepSay {
		text = cutComment(text)
	}
	st.Line, st.Last = s.line, s.line
	s.pending, s.lines, s.blank = &st, []string{strings.TrimSpace(text)}, 0
	return nil, nil
}

func (s *Script) fault(text string) error { return &ScriptError{Line: s.line, Text: text} }

// parseHead splits "张敏?@inspect~: text" and "督办@inspect> text".
func parseHead(line string) (st Step, text string, ok bool) {
	at := strings.IndexAny(line, "@＠")
	if at <= 0 {
		return Step{}, "", false
	}
	who, rest := line[:at], line[at+runeLen(line[at:]):]
	end := strings.IndexAny(rest, ":：>＞")
	if end < 0 {
		return Step{}, "", false
	}
	where, mark, text := rest[:end], rest[end:end+runeLen(rest[end:])], rest[end+runeLen(rest[end:]):]
	st = Step{Kind: StepSay, Person: who, Chat: where}
	st.Person, st.Stranger = cutMark(st.Person, "?", "？")
	st.Chat, st.Private = cutMark(st.Chat, "~", "～")
	if mark == ">" || mark == "＞" {
		if st.Person != BotName || st.Stranger {
			return Step{}, "", false
		}
		st.Kind = StepExpect
		if st.Private { // the private chat of a stranger
			st.Chat, st.Stranger = cutMark(st.Chat, "?", "？")
		}
	}
	named := st.Person != "" && (st.Chat != "" || st.Private)
	if !named || strings.ContainsAny(st.Person+st.Chat, " \t　~?～？") {
		return Step{}, "", false
	}
	return st, text, true
}

func runeLen(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

func cutMark(s string, marks ...string) (string, bool) {
	for _, m := range marks {
		if rest, ok := strings.CutSuffix(s, m); ok {
			return rest, true
		}
	}
	return s, false
}

// cutWord cuts a leading word that a blank or the line's end follows.
func cutWord(line, word string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(line, word)
	return rest, ok && (rest == "" || rest[0] == ' ' || rest[0] == '\t')
}

// cutComment cuts a comment off the end of a line: two or more blanks, a hash and a blank. "#17" is no comment.
func cutComment(line string) string {
	for from := 0; ; {
		i := strings.Index(line[from:], "# ")
		if i < 0 {
			return line
		}
		i += from
		head := strings.TrimRight(line[:i], " \t")
		if i-len(head) >= 2 || (i > len(head) && strings.HasSuffix(line[:i], "\t")) {
			return head
		}
		from = i + 2
	}
}

// read takes quote, pictures, files and mention out of what a person writes.
func (st *Step) read(text string) error {
	fault := func(text string) error { return &ScriptError{Line: st.Line, Text: text} }
	text, quoted, ok := cutBracket(text, "引")
	if !ok {
		return fault("引用没有写完，要写成“[引 督办：原话] 内容”")
	}
	if quoted != "" {
		if st.Quote = parseQuote(quoted); st.Quote == nil {
			return fault("引用要写成“[引 督办：原话]”")
		}
	}
	if text, st.Pictures, ok = cutBrackets(text, "图"); !ok {
		return fault("图片没有写完，要写成“[图 文件名]”")
	}
	if text, st.Files, ok = cutBrackets(text, "文件"); !ok {
		return fault("文件没有写完，要写成“[文件 文件名]”")
	}
	for _, m := range []string{"@" + BotName, "＠" + BotName} {
		st.Mentioned = st.Mentioned || strings.Contains(text, m)
		text = strings.ReplaceAll(text, m, "")
	}
	st.Text = tidy(text)
	if st.Text == "" && !st.Mentioned && st.Quote == nil && len(st.Pictures)+len(st.Files) == 0 {
		return fault("这条消息没有内容")
	}
	return nil
}

// cutBrackets cuts all "[word …]" out of a text.
func cutBrackets(text, word string) (rest string, all []string, ok bool) {
	for {
		var inside string
		if text, inside, ok = cutBracket(text, word); !ok || inside == "" {
			return text, all, ok
		}
		all = append(all, inside)
	}
}

// cutBracket cuts the first "[word …]" out of a text, counting brackets inside. It is not ok if the bracket is not closed
// or empty; without such a bracket, inside is "".
func cutBracket(text, word string) (rest, inside string, ok bool) {
	open := "[" + word + " "
	start := strings.Index(text, open)
	if start < 0 {
		return text, "", true
	}
	depth := 0
	for i := start; i < len(text); i++ {
		switch text[i] {
		case '[':
			depth++
		case ']':
			depth--
		}
		if depth == 0 {
			inside = strings.TrimSpace(text[start+len(open) : i])
			return text[:start] + text[i+1:], inside, inside != ""
		}
	}
	return text, "", false
}

func parseQuote(s string) *Quote {
	i := strings.IndexAny(s, ":：")
	if i <= 0 {
		return nil
	}
	author := strings.TrimSpace(s[:i])
	return &Quote{Author: author, Text: strings.TrimSpace(s[i+runeLen(s[i:]):]), FromBot: author == BotName}
}

// tidy trims every line and drops empty lines at both ends, which are left where something was cut out.
func tidy(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSpace(l)
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}
