package wechat

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"duban/internal/chat"
)

// thinSpace is what WeChat's clients put behind a mention.
const thinSpace = '\u2005'

// nameList is who can be mentioned in a conversation: the bot under its nickname and its group card, and others whose
// names begin with one of them or are not one word.
type nameList struct {
	bot    []string
	others []string
}

// cutMention removes every mention of the bot from a text and says whether there was one. The protocol carries no list
// of mentions, so a mention is "@" with the longest known name that ends at a boundary: "@督办2" and "@督办 助手" do not
// mention 督办 if those are members. Mentioned names that are not one word are made one (chat.Called).
func cutMention(text string, names nameList) (string, bool) {
	all := slices.Concat(names.bot, names.others)
	slices.SortStableFunc(all, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	var b strings.Builder
	found := false
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		if r == '@' || r == '＠' {
			name, rest := matchName(text[size:], all)
			if name != "" && slices.Contains(names.bot, name) && mayPrecede(b.String(), rest) {
				found, text = true, dropSeparator(rest)
				continue
			}
			if name != "" {
				b.WriteString(text[:size] + chat.Called(name))
				text = rest
				continue
			}
		}
		b.WriteString(text[:size])
		text = text[size:]
	}
	return tidy(b.String()), found
}

// matchName is the longest name that text begins with, and what follows it.
func matchName(text string, byLength []string) (name, rest string) {
	for _, n := range byLength {
		if n == "" {
			continue
		}
		if rest, ok := strings.CutPrefix(text, n); ok && boundary(rest) {
			return n, rest
		}
	}
	return "", ""
}

// boundary says whether a name can end before rest. Clients end a mention with U+2005, a space or nothing.
func boundary(rest string) bool {
	if rest == "" {
		return true
	}
	r, _ := utf8.DecodeRuneInString(rest)
	if r == '_' || r == '-' {
		return false
	}
	return unicode.IsSpace(r) || unicode.IsPunct(r) || unicode.IsSymbol(r)
}

// mayPrecede rejects the "@" of a mail address, unless a client marked it as a mention.
func mayPrecede(before, rest string) bool {
	if strings.HasPrefix(rest, string(thinSpace)) || before == "" {
		return true
	}
	r, _ := utf8.DecodeLastRuneInString(before)
	return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

func dropSeparator(rest string) string {
	r, size := utf8.DecodeRuneInString(rest)
	if r == thinSpace || r == ' ' || r == '\u00a0' {
		return rest[size:]
	}
	return rest
}

// tidy makes the separators behind other people's mentions plain spaces and trims the ends.
func tidy(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(text, string(thinSpace), " "))
}
