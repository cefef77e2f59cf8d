package setup

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"duban/internal/config"
	"duban/internal/understand"
)

// The addresses of the dashboard: for this computer alone, and for every computer of the local network.
const (
	onlyHere = "127.0.0.1:8711"
	wholeLAN = "0.0.0.0:8711"
)

// The ids of the two groups.
const (
	officeID  = "office"
	inspectID = "inspect"
)

// render writes the configuration file: the commented example with the answers in place of the fictional county, whose units,
// people, places and groups stay as examples in comments. What is not answered yet is left out.
func render(example string, a Answers, token string) (string, error) {
	e := editor{text: example}
	e.text = strings.Replace(e.text, "复制本文件为 config.yaml，用记事本", "本文件由 duban init 写成，用记事本", 1)
	if a.County != "" {
		e.set("campaign", "name", quote(campaign(a.County)))
	}
	listen := onlyHere
	if a.Web == LAN {
		listen = wholeLAN
	}
	e.set("web", "listen", listen)
	e.set("web", "token", quote(token))
	for _, section := range []string{"units", "places", "responsibility"} {
		e.list(section, nil)
	}
	e.list("people", people(a))
	e.list("chats", chats(a))
	return e.text, e.err
}

// campaign is the name of a county's campaign; a whole name stays as it is.
func campaign(county string) string {
	if strings.Contains(county, "文明城市") {
		return county
	}
	return county + "创建全国文明城市"
}

// people are the lines of the one person who is known: an office person, who also administers.
func people(a Answers) []string {
	if a.Admin == "" {
		return nil
	}
	id := understand.NewID(a.Admin, func(string) bool { return false })
	return []string{"- id: " + quote(id), "  name: " + quote(a.Admin), "  roles: [office, admin]"}
}

// chats are the lines of the two groups without which nothing can be reported or decided.
func chats(a Answers) (lines []string) {
	if a.Office != "" {
		lines = append(lines, "- id: "+officeID, "  name: "+quote(a.Office), "  for: [admin, drafts]          # 管理、请求、故障通知，发布前的草稿")
	}
	if a.Inspect != "" {
		lines = append(lines, "- id: "+inspectID, "  name: "+quote(a.Inspect), "  for: [intake, reminders, ranking]  # 上报、提醒催办、发布排名")
	}
	return lines
}

// plain are the texts that YAML reads as nothing but themselves wherever they stand.
var plain = regexp.MustCompile(`^[\p{Han}a-z][\p{Han}a-z0-9_]*$`)

// variable is what the configuration would fill in from the environment.
var variable = regexp.MustCompile(`\$\{[^}]*\}`)

// words are plain texts that YAML reads as something else.
var words = []string{"true", "false", "yes", "no", "on", "off", "y", "n", "null"}

// quote writes a text as a YAML scalar on one line, which the configuration reads as exactly that text.
func quote(s string) string {
	s = variable.ReplaceAllString(s, `$$$0`)
	if plain.MatchString(s) && !slices.Contains(words, s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// editor changes values in the text of the example, whose form the tests of package config keep, and leaves its comments.
type editor struct {
	text string
	err  error
}

// set replaces the value of a key of a section.
func (e *editor) set(section, key, value string) {
	re := regexp.MustCompile(`(?m)^  ` + key + `: ([^#\n]*?)( *#.*)?$`)
	from, to := e.section(section)
	m := re.FindStringSubmatchIndex(e.text[from:to])
	if m == nil {
		e.fail(section + "." + key)
		return
	}
	old, comment := e.text[from+m[2]:from+m[3]], ""
	if m[4] >= 0 { // the comments stay in their column as long as the value leaves them room
		comment = strings.TrimLeft(e.text[from+m[4]:from+m[5]], " ")
		room := width(old) + (m[5] - m[4] - len(comment)) - width(value)
		comment = strings.Repeat(" ", max(2, room)) + comment
	}
	e.text = e.text[:from+m[2]] + value + comment + e.text[from+m[1]:]
}

// list replaces the items of a section, which move into a comment above it.
func (e *editor) list(section string, items []string) {
	from, to := e.section(section)
	head, body, found := strings.Cut(strings.TrimRight(e.text[from:to], "\n"), "\n")
	if !found || head != section+":" {
		e.fail(section)
		return
	}
	var b strings.Builder
	b.WriteString("# 例子：\n#   " + head + "\n")
	for line := range strings.SplitSeq(body, "\n") {
		b.WriteString("#   " + line + "\n")
	}
	if b.WriteString(head); len(items) == 0 {
		b.WriteString(" []")
	}
	for _, line := range items {
		b.WriteString("\n  " + line)
	}
	e.text = e.text[:from] + b.String() + "\n" + e.text[to:]
}

// section gives where a section is: from its key to the empty line or the end after it.
func (e *editor) section(key string) (from, to int) {
	from = strings.Index(e.text, "\n"+key+":\n") + 1
	if from == 0 {
		e.fail(key)
		return 0, 0
	}
	if n := strings.Index(e.text[from:], "\n\n"); n >= 0 {
		return from, from + n + 1
	}
	return from, len(e.text)
}

// fail remembers a key that the example does not have where it is looked for.
func (e *editor) fail(key string) {
	e.err = errors.Join(e.err, fmt.Errorf("the example has no %s in the expected form", key))
}

// width is how wide a text is in a terminal: Chinese characters take two columns.
func width(s string) int {
	n := utf8.RuneCountInString(s)
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			n++
		}
	}
	return n
}

// reason says why the configuration would not take the answers; "" if it does. It asks the configuration's own reader, so that
// there are no second rules for names.
func reason(example string, a Answers) string {
	// A line break inside quotes is folded by YAML, so that the reader would see another, harmless name.
	if strings.ContainsFunc(a.County+a.Admin+a.Office+a.Inspect, unseen) {
		return "含有换行等看不见的字符，请删掉重新输入"
	}
	text, err := render(example, a, strings.Repeat("x", 26)) // a token is drawn later
	if err != nil {
		return err.Error()
	}
	if !utf8.ValidString(text) {
		return "不是 UTF-8 编码的文字，请直接在这里输入"
	}
	_, err = config.Parse("config.yaml", []byte(text))
	faults, ok := errors.AsType[*config.Errors](err)
	switch {
	case err == nil:
		return ""
	case !ok:
		return err.Error()
	case strings.HasPrefix(faults.Faults[0].Text, "与第 "):
		return "前面的名称已经是这个，请换一个"
	}
	return faults.Faults[0].Text
}

// unseen says whether a character is one that nobody can see in a name: a control character or a line separator.
func unseen(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) }
