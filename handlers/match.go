package handlers

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"duban/internal/understand"
)

// Input is a message as the grammar sees it.
type Input struct {
	Text      string
	Addressed bool    // the bot was mentioned or quoted, or the chat is a private one
	Quoted    []int64 // the issue numbers in the quoted message of the bot
}

// Call is a command that was said.
type Call struct {
	Command *Command
	IDs     []int64
	Args    string // what follows, in the writer's own characters
	TooMany bool   // more issues are named than one message may move
}

// Match finds the commands in a message. None and not addressed means chatter: the bot stays silent. Usually there is one;
// several lines that each begin with numbers and a verb are one command each.
func (t *Table) Match(in Input) []Call {
	text := strings.TrimSpace(in.Text)
	if calls := t.matchLines(text); len(calls) > 1 {
		return calls
	}
	if c, ok := t.matchOne(text, in); ok {
		return []Call{c}
	}
	return nil
}

// matchLines reads a message in which every line is a number command.
func (t *Table) matchLines(text string) []Call {
	var calls []Call
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		c, ok := t.matchOne(line, Input{Text: line})
		if !ok || len(c.IDs) == 0 {
			return nil
		}
		calls = append(calls, c)
	}
	return calls
}

// matchOne tries every verb, longest first, in each of its shapes, and then the order number first.
func (t *Table) matchOne(text string, in Input) (Call, bool) {
	folded := understand.Fold(text)
	for _, w := range t.words {
		if w.loose && !in.Addressed {
			continue
		}
		after, ok := strings.CutPrefix(folded, w.text)
		if !ok {
			continue
		}
		if c, ok := t.match(w.cmd, text, w.text, after, in); ok {
			return c, true
		}
	}
	return t.matchNumberFirst(text, in)
}

// match reads what follows the verb. The verb is given as written in the table, after is the folded rest.
func (t *Table) match(c *Command, text, verb, after string, in Input) (Call, bool) {
	args := original(text, verb)
	if c.Shape&Numbers != 0 {
		if ids, rest, ok := understand.Numbers(trimSeparators(args)); ok && (in.Addressed || !counts(rest)) {
			return Call{Command: c, IDs: ids, Args: rest}, true
		}
		if tooMany(trimSeparators(args)) {
			return Call{Command: c, TooMany: true}, true
		}
	}
	if c.Shape&Words != 0 && (startsWithSeparator(after) || in.Addressed) {
		return Call{Command: c, IDs: in.Quoted, Args: trimSeparators(args)}, true
	}
	if c.Shape&Question != 0 && isQuestionEnd(after) {
		return Call{Command: c, IDs: in.Quoted}, true
	}
	if c.Shape&Question != 0 && startsWithSeparator(after) && (in.Addressed || t.names(trimSeparators(args))) {
		return Call{Command: c, Args: trimSeparators(args)}, true
	}
	if c.Shape&Numbers != 0 && in.Addressed {
		return Call{Command: c, IDs: in.Quoted, Args: trimSeparators(args)}, true
	}
	return Call{}, false
}

// wideRange is a range of issue numbers and nothing more: 1-100, #1至#100号.
var wideRange = regexp.MustCompile(`^[#第]*(\d{1,9})号? *[-–—~至到] *[#第]*(\d{1,9})号?(?:$|[ ,;:\n])`)

// tooMany says whether a text names more than 50 issues at once. It is answered, because its writer would think it done.
func tooMany(args string) bool {
	m := wideRange.FindStringSubmatch(understand.Fold(args))
	if m == nil {
		return false
	}
	first, _ := strconv.Atoi(m[1]) // at most nine digits
	last, _ := strconv.Atoi(m[2])
	return last-first >= maxMoves
}

// counts says whether a measure word follows a number: 退回 5 份材料 is chatter. Measure words that also begin what people write
// after an issue's number (处理, 条幅, 人行道) are not among them.
func counts(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	return rest != "" && strings.ContainsRune("份件次名页批轮", r)
}

// names says whether an argument is a name in the register or a verb.
func (t *Table) names(arg string) bool {
	return t.known(arg) || slices.ContainsFunc(t.words, func(w word) bool { return w.text == arg && !w.loose })
}

// matchNumberFirst reads 17 完成 已清理. The verb must end there: 3 通过大家努力 is chatter.
func (t *Table) matchNumberFirst(text string, in Input) (Call, bool) {
	ids, rest, ok := understand.Numbers(text)
	if !ok {
		return Call{}, false
	}
	foldedRest := understand.Fold(rest)
	for _, w := range t.words {
		if w.cmd.Shape&Numbers == 0 || w.loose && !in.Addressed {
			continue
		}
		after, ok := strings.CutPrefix(foldedRest, w.text)
		if !ok {
			continue
		}
		after = strings.TrimPrefix(after, "了")
		if after == "" || startsWithSeparator(after) || in.Addressed {
			return Call{Command: w.cmd, IDs: ids, Args: trimSeparators(strings.TrimPrefix(original(rest, w.text), "了"))}, true
		}
	}
	return Call{}, false
}

// original is what follows the verb in the text as it was written: the shortest prefix that folds to the verb is cut off.
func original(text, verb string) string {
	want := understand.Fold(verb)
	for n := range text {
		if n >= len(verb) && understand.Fold(text[:n]) == want {
			return text[n:]
		}
	}
	if understand.Fold(text) == want {
		return ""
	}
	return text
}

// separators may stand between a verb and what follows it.
const separators = " \t\n:：,，、。;；-—"

func startsWithSeparator(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return s != "" && (r == ' ' || r == '\t' || r == '\n' || r == ':')
}

func trimSeparators(s string) string { return strings.Trim(s, separators+"\u3000") }

// isQuestionEnd says whether nothing but punctuation follows.
func isQuestionEnd(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPunct(r) && !unicode.IsSpace(r) }) < 0
}
