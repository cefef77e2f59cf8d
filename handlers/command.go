// Package handlers is what people can say to the bot: the commands, their grammar, and what each does. A command runs inside
// one transaction and answers with words; it never sends, sleeps or calls the network.
package handlers

import (
	"cmp"
	"slices"

	"duban/internal/issue"
)

// Shape is the form in which a command is said (design.md §3). A command may have several.
type Shape int

// The shapes.
const (
	// Words: the verb at the very start, then a blank, a colon or a line break, then free text: 上报 ….
	Words Shape = 1 << iota
	// Numbers: the verb and issue numbers, in either order: 完成 17 …, 17 完成 ….
	Numbers
	// Question: the verb alone, or with an argument that names something known: 排名, 逾期 昭阳.
	Question
)

// Command is one verb.
type Command struct {
	Name    string
	Aliases []string // other ways to say it, everywhere
	Loose   []string // ways to say it that count only when the bot is addressed, because people say them to each other too
	Shape   Shape
	Timed   bool         // a time or another number follows the issue's number, so that blanks and ranges do not join numbers
	Alone   bool         // nothing follows the numbers: 照片 2 张已发 is chatter
	Counted bool         // people also say how many of it there were, which is no command: 投诉 3 起
	SetOff  bool         // the verb is also said to each other with dates and amounts (回复 12号领导), which are then no issues
	Decides bool         // it decides requests, whose kind may stand behind it: 同意延期 17
	Topics  []string     // words that may follow a question, besides names: 发布 排名
	Dated   bool         // a time may follow a question: 台账 上周
	Goes    bool         // words that follow it at once make it another word: 完成时间, 通过照片
	Apart   bool         // its numbers are not those of issues, so that quoted issues are not meant: 同意加减分 3
	Fits    fits         // what must follow a verb that takes words and is also said to each other; nil: anything that is set off
	Tap     bool         // it needs no more than its numbers, or asks for what it lacks, so that a button can say it: 签收 17
	Reports bool         // what follows are problems to file, which Ahead reads
	Sheet   bool         // it takes a spreadsheet, which comes as a message of its own
	Action  issue.Action // the move that it makes, if it makes one
	Section string       // heading in the help
	Args    string       // what follows the verb, for the help
	Help    string
	Roles   []issue.Role // who may say it; nil: everybody bound
	For     []issue.Role // whom the help shows it to, where only the move itself knows who may; nil: all who may say it
	Anyone  bool         // also people whom nobody has bound
	Run     func(*Request) (Reply, error)
}

// fits says whether what follows a verb makes it a command where the bot is not addressed; known tells the names of the register.
type fits func(args string, known func(name string) bool) bool

// Table is the list of all commands.
type Table struct {
	commands []*Command
	words    []word // every name and alias, longest first
	known    func(name string) bool
}

type word struct {
	text  string
	loose bool
	cmd   *Command
}

// NewTable lists what the bot understands. There is no other place where commands are registered. known tells the names that
// a question may carry: 逾期 昭阳 is a question, 排名 靠后的要写检讨 is not.
func NewTable(known func(name string) bool) *Table {
	t := &Table{known: known, commands: slices.Concat(fileCommands(), complaintFiling(), spotCommands(), correctCommands(), photoCommands(),
		dispatchCommands(), jointCommands(), mergeCommands(), completeCommands(), complaintCommands(), reviewCommands(), lookBackCommands(), decideCommands(),
		pressCommands(), askCommands(), showCommands(), rankingCommands(), publishCommands(), accountCommands(), boardCommands(), adjustCommands(), gapCommands(), ledgerCommands(), importCommands(), dashboardCommands(), jobCommands(), peopleCommands(), configCommands(), helpCommands())}
	for _, c := range t.commands {
		for _, w := range append([]string{c.Name}, c.Aliases...) {
			t.words = append(t.words, word{w, false, c})
		}
		for _, w := range c.Loose {
			t.words = append(t.words, word{w, true, c})
		}
	}
	slices.SortStableFunc(t.words, func(a, b word) int { return cmp.Compare(len(b.text), len(a.text)) })
	return t
}

// Actions lists the moves that the commands offer.
func (t *Table) Actions() []issue.Action {
	var out []issue.Action
	for _, c := range t.commands {
		if c.Action != "" {
			out = append(out, c.Action)
		}
	}
	return out
}

// Binds says whether the command makes a group a work group: the only one that is heard in groups nobody has bound, unless
// the bot is addressed.
func (c *Command) Binds() bool { return c.Name == bindChatName }

// allowed says whether a person with these roles may say the command.
func (c *Command) allowed(roles []issue.Role) bool {
	if c.Anyone {
		return true
	}
	if len(roles) == 0 {
		return false
	}
	return len(c.Roles) == 0 || slices.ContainsFunc(roles, func(r issue.Role) bool { return slices.Contains(c.Roles, r) })
}

// looks says whether the command only asks, so that it may be about issues that nobody can act on any more.
func (c *Command) looks() bool { return c.Action == "" && c.Shape&Question != 0 }

// weakly says whether a group card is enough to say the command: to ask, to report, to sign and to complete (design.md §7).
func (c *Command) weakly() bool {
	enough := []issue.Action{"", issue.Report, issue.Withdraw, issue.Photo, issue.Sign, issue.Submit, issue.Note}
	return len(c.Roles) == 0 && slices.Contains(enough, c.Action)
}
