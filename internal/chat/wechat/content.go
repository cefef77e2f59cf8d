package wechat

import (
	"html"
	"regexp"
	"strconv"
	"strings"
)

// emojiSpan is how the web protocol carries an emoji: its code points as hexadecimal digits without separator.
var emojiSpan = regexp.MustCompile(`<span class="emoji emoji([0-9a-fA-F]+)"></span>`)

// keycap is the digits of a keycap emoji, which begins with a code point of only two digits.
var keycap = regexp.MustCompile(`^(2[3aA]|3[0-9])([fF][eE]0[fF])?(20[eE]3)$`)

// cutSender takes the sender off a group message: "@member:<br/>text". Only the first separator counts; later ones belong
// to the text (the library removes them all). Without a sender it returns "".
func cutSender(content string) (member, rest string) {
	head, tail, ok := strings.Cut(content, ":<br/>")
	if !ok || len(head) < 2 || head[0] != '@' || strings.ContainsAny(head, " <>\n") {
		return "", content
	}
	return head, tail
}

// plainText turns what the protocol carries into what was typed: <br/> is a line break, emoji are spans, and the rest is
// HTML-escaped once.
func plainText(s string) string {
	s = strings.ReplaceAll(s, "<br/>", "\n")
	s = unspan(s)
	s = unspan(html.UnescapeString(s))
	return strings.ReplaceAll(s, "\r\n", "\n")
}

func unspan(s string) string {
	if !strings.Contains(s, "<span") {
		return s
	}
	return emojiSpan.ReplaceAllStringFunc(s, func(span string) string {
		return emoji(emojiSpan.FindStringSubmatch(span)[1])
	})
}

// emoji is the characters that a run of hexadecimal digits means. Code points have five digits if they begin with 1 and
// four otherwise, so flags and families come out whole; what cannot be read is shown as 「表情」.
func emoji(digits string) string {
	if m := keycap.FindStringSubmatch(digits); m != nil {
		return emojiRunes(m[1:])
	}
	var parts []string
	for digits != "" {
		n := 4
		if digits[0] == '1' {
			n = 5
		}
		n = min(n, len(digits))
		parts, digits = append(parts, digits[:n]), digits[n:]
	}
	return emojiRunes(parts)
}

func emojiRunes(parts []string) string {
	var b strings.Builder
	for _, p := range parts {
		if p == "" {
			continue
		}
		n, err := strconv.ParseUint(p, 16, 32)
		if err != nil || n < 0x20 || n > 0x10ffff || n >= 0xd800 && n < 0xe000 {
			return "[表情]"
		}
		b.WriteRune(rune(n))
	}
	return b.String()
}
