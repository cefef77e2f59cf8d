package handlers

import (
	"slices"
	"strings"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/understand"
)

// helpName is the verb that may ask about other verbs.
const helpName = "帮助"

func helpCommands() []*Command {
	return []*Command{{
		Name: helpName, Aliases: []string{"使用说明", "help"}, Shape: Question, Section: "身份", Args: "[类别或命令]",
		Help: "看您能用的命令", Anyone: true, Run: (*Request).help,
	}}
}

// handling are those who handle issues for their units; everybody of a unit counts.
func handling(others ...issue.Role) []issue.Role {
	return append([]issue.Role{issue.RoleLiaison, issue.RoleUnitLead}, others...)
}

// help lists what the asker may say, section by section, or explains a section or one verb. It is made from the table.
func (r *Request) help() (Reply, error) {
	if r.Args != "" {
		return r.helpOn(understand.Fold(r.Args))
	}
	var b strings.Builder
	b.WriteString("您可以发：")
	section, names := "", []string(nil) // the first that is no verb itself, as an example
	for _, s := range r.Table.sections() {
		in := r.namesIn(s)
		if len(in) == 0 {
			continue
		}
		b.WriteString("\n【" + s + "】" + strings.Join(in, "、"))
		if len(in) > 1 && len(names) == 0 && r.Table.named(s) == nil {
			section, names = s, in
		}
	}
	b.WriteString("\n写法请发「帮助 " + section + "」看一类，「帮助 " + names[0] + "」看一个。编号就是 # 后面的数字，引用我的消息时可以不写")
	return Reply{Text: b.String()}, nil
}

// sections lists the headings in the order of the table.
func (t *Table) sections() []string {
	var out []string
	for _, c := range t.commands {
		if !slices.Contains(out, c.Section) {
			out = append(out, c.Section)
		}
	}
	return out
}

// shownIn lists the commands of a section that are for the asker.
func (r *Request) shownIn(section string) []*Command {
	roles := r.Reg.RolesOf(r.From.ID)
	if r.From.Unit != "" {
		roles = append(roles, issue.RoleLiaison)
	}
	var out []*Command
	for _, c := range r.Table.commands {
		mine := len(c.For) == 0 || slices.ContainsFunc(c.For, func(role issue.Role) bool { return slices.Contains(roles, role) })
		if c.Section == section && mine && c.allowed(roles) {
			out = append(out, c)
		}
	}
	return out
}

func (r *Request) namesIn(section string) []string {
	var names []string
	for _, c := range r.shownIn(section) {
		names = append(names, c.Name)
	}
	return names
}

func (c *Command) usage() string {
	if c.Args == "" {
		return c.Name
	}
	return c.Name + " " + c.Args
}

// helpOn explains a verb, or lists a section with how each of its verbs is written. What is both is explained first.
func (r *Request) helpOn(name string) (Reply, error) {
	var lines []string
	verb := r.Table.named(name)
	if verb != nil && verb.Name != name && slices.Contains(r.Table.sections(), name) {
		verb = nil
	}
	if verb != nil {
		lines = append(lines, verb.usage(), verb.Help)
		if len(verb.Aliases) > 0 {
			lines = append(lines, "也可说："+strings.Join(verb.Aliases, "、"))
		}
	}
	if others := slices.DeleteFunc(r.shownIn(name), func(c *Command) bool { return c == verb }); len(others) > 0 {
		lines = append(lines, "【"+name+"】"+map[bool]string{true: "还有：", false: "可以发："}[verb != nil])
		for _, c := range others {
			help, _, _ := strings.Cut(c.Help, "。例：")
			lines = append(lines, c.usage()+"——"+help)
		}
	}
	if len(lines) == 0 {
		return Reply{}, issue.Fail(issue.CodeInput, "没有“"+report.Short(name, 10)+"”这个命令", "发「帮助」看全部命令")
	}
	return Reply{Text: strings.Join(lines, "\n")}, nil
}

// named finds the command that goes by a word.
func (t *Table) named(name string) *Command {
	for _, w := range t.words {
		if w.text == name {
			return w.cmd
		}
	}
	return nil
}
