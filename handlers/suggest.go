package handlers

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"duban/internal/report"
	"duban/internal/understand"
)

// NotUnderstood answers a message to the bot that is no command: with one suggestion, the nearest verb with the numbers and
// the words that its writer used.
func (r Request) NotUnderstood(in Input) Reply {
	if r.From.ID == "" {
		reply, _ := r.whoAmI()
		return reply
	}
	if slices.Contains(courtesies, understand.Fold(strings.TrimRightFunc(in.Text, unicode.IsPunct))) {
		return Reply{}
	}
	if guess, ok := r.guess(in); ok {
		return guess
	}
	return Reply{Text: "没看懂。发「帮助」看能做什么"}
}

// courtesies need no answer, whoever they are said to.
var courtesies = []string{"好", "好的", "好嘞", "行", "嗯", "嗯嗯", "ok", "收到", "知道了", "明白", "明白了", "谢谢", "多谢", "谢谢督办", "辛苦", "辛苦了"}

// guess suggests what was probably meant: a command, or a report.
func (r Request) guess(in Input) (Reply, bool) {
	if said, ok := r.Table.suggest(in); ok {
		return Reply{Text: "没看懂。是不是要「" + said + "」？发「帮助」看说明"}, true
	}
	f := r.Reader.Report(in.Text, r.Now)
	return Reply{Text: "没看懂。是不是要上报？请发「上报 " + report.Short(in.Text, 20) + "」"}, f.Place != ""
}

// suggestion is a command that was probably meant.
type suggestion struct {
	cmd  *Command
	ids  []int64
	rest string
}

// suggest finds the command that was probably meant: a verb with a slip of the pen or of the ear where the verb should stand,
// beside a number; or else one that is somewhere in the text; or else the slip without a number; or else 查, for a number that is asked about.
func (t *Table) suggest(in Input) (string, bool) {
	text := strings.TrimSpace(in.Text)
	slip, near := t.slip(text)
	if !near || len(slip.ids) == 0 && !slip.cmd.Apart {
		if c := t.inside(understand.Fold(text)); c != nil {
			slip, near = suggestion{cmd: c, ids: numbersIn(text)}, true
		}
	}
	if ids, rest, numbers := understand.Numbers(text); !near && numbers && (rest == "" || strings.ContainsAny(rest, "谁哪什怎吗么?？")) {
		slip, near = suggestion{cmd: t.named("查"), ids: ids}, true
	}
	if !near {
		return "", false
	}
	if len(slip.ids) == 0 && !slip.cmd.Apart {
		slip.ids = in.Quoted
	}
	if slip.cmd.Shape&Numbers == 0 || len(slip.ids) == 0 {
		return slip.cmd.usage(), true
	}
	var numbers []string
	for _, id := range slip.ids {
		numbers = append(numbers, strconv.FormatInt(id, 10))
	}
	return strings.TrimSpace(slip.cmd.Name + " " + strings.Join(numbers, "、") + " " + report.Short(slip.rest, 20)), true
}

// slip reads a text as if it were a command whose verb is written with one wrong character, or as it sounds: 完戚 17 已清理, 17 完城.
func (t *Table) slip(text string) (suggestion, bool) {
	ids, body, first := understand.Numbers(text)
	if !first {
		body = text
	}
	body = trimSeparators(body)
	c, length := t.nearVerb([]rune(understand.Fold(body)))
	if c == nil || first && c.Shape&Numbers == 0 {
		return suggestion{}, false
	}
	s := suggestion{cmd: c, ids: ids}
	if runes := []rune(body); len(runes) >= length {
		s.rest = trimSeparators(string(runes[length:]))
	}
	if !first && c.Shape&Numbers != 0 {
		if numbers, rest, ok := c.numbers(s.rest); ok {
			s.ids, s.rest = numbers, rest
		}
	}
	return s, true
}

// nearVerb finds the verb that a text nearly begins with, the longest first, and how long it is.
func (t *Table) nearVerb(text []rune) (*Command, int) {
	for length := 5; length >= 2; length-- {
		if len(text) < length {
			continue
		}
		var words []string
		for _, w := range t.words {
			if !w.loose && utf8.RuneCountInString(w.text) == length {
				words = append(words, w.text)
			}
		}
		if near, ok := understand.NearWord(string(text[:length]), words); ok {
			return t.named(near), length
		}
	}
	return nil, 0
}

// inside finds the longest verb that stands somewhere in a text.
func (t *Table) inside(text string) *Command {
	for _, w := range t.words {
		if utf8.RuneCountInString(w.text) >= 2 && strings.Contains(text, w.text) {
			return w.cmd
		}
	}
	return nil
}

// numbersIn reads the first issue numbers that stand anywhere in a text.
func numbersIn(text string) []int64 {
	for n, r := range text {
		if r == '#' || r >= '0' && r <= '9' || r >= '０' && r <= '９' {
			if ids, _, ok := understand.Numbers(text[n:]); ok {
				return ids
			}
		}
	}
	return nil
}
