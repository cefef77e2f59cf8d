package handlers

import (
	"strings"
	"unicode/utf8"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/understand"
)

func helpCommands() []*Command {
	return []*Command{{
		Name: "帮助", Aliases: []string{"使用说明", "help"}, Shape: Question, Section: "身份", Args: "[命令]",
		Help: "看您能用的命令", Anyone: true, Run: (*Request).help,
	}}
}

// help lists what the asker may say, or explains one verb. It is made from the table.
func (r *Request) help() (Reply, error) {
	if r.Args != "" {
		return r.helpOn(r.Args)
	}
	roles := r.Reg.RolesOf(r.From.ID)
	var b strings.Builder
	b.WriteString("您可以发（编号就是 # 后面的数字）：")
	section := ""
	for _, c := range r.Table.commands {
		if !c.allowed(roles) {
			continue
		}
		if c.Section != section {
			section = c.Section
			b.WriteString("\n【" + section + "】")
		}
		b.WriteString("\n" + c.usage())
	}
	b.WriteString("\n详细说明发「帮助 命令」；引用我的消息时可省编号")
	return Reply{Text: b.String()}, nil
}

func (c *Command) usage() string {
	if c.Args == "" {
		return c.Name
	}
	return c.Name + " " + c.Args
}

func (r *Request) helpOn(verb string) (Reply, error) {
	for _, w := range r.Table.words {
		if w.text == understand.Fold(verb) {
			text := w.cmd.usage() + "\n" + w.cmd.Help
			if len(w.cmd.Aliases) > 0 {
				text += "\n也可说：" + strings.Join(w.cmd.Aliases, "、")
			}
			return Reply{Text: text}, nil
		}
	}
	return Reply{}, issue.Fail(issue.CodeInput, "没有“"+report.Short(verb, 10)+"”这个命令", "发「帮助」看全部命令")
}

// NotUnderstood answers a message to the bot that is no command: with one suggestion, the nearest verb.
func (r Request) NotUnderstood(text string) Reply {
	if r.From.ID == "" {
		reply, _ := r.whoAmI()
		return reply
	}
	if verb := r.Table.nearest(understand.Fold(text)); verb != nil {
		return Reply{Text: "没看懂。是不是要「" + verb.usage() + "」？发「帮助」看说明"}
	}
	if f := r.Reader.Report(text, r.Now); f.Place != "" {
		return Reply{Text: "没看懂。是不是要上报？请发「上报 " + report.Short(text, 20) + "」"}
	}
	return Reply{Text: "没看懂。发「帮助」看能做什么"}
}

// nearest is the command whose name is in the text, or differs from its beginning or end by one character; nil if none.
func (t *Table) nearest(text string) *Command {
	for _, w := range t.words {
		if utf8.RuneCountInString(w.text) >= 2 && strings.Contains(text, w.text) {
			return w.cmd
		}
	}
	head := []rune(strings.TrimLeft(text, separators+"#0123456789号第"))
	for _, w := range t.words {
		verb := []rune(w.text)
		if len(verb) >= 2 && len(head) >= len(verb) && differ(verb, head[:len(verb)]) == 1 && !w.loose {
			return w.cmd
		}
	}
	return nil
}

func differ(a, b []rune) int {
	n := 0
	for k := range a {
		if a[k] != b[k] {
			n++
		}
	}
	return n
}
