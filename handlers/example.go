package handlers

import (
	"strings"
)

// Knows says whether an example of what to say, as the bot's texts have them in 「」, is a command: 完成 17 措施.
func (t *Table) Knows(example string) bool {
	c, _, _ := t.example(example)
	return c != nil
}

// Tap gives what a button can say in place of an example: the verb and its numbers, 退回 17 for 退回 17 原因. What follows the numbers is
// left out if the command's Args have it, kept if it is a name of the register (同意 17 住建局), and otherwise an example of what a
// person thinks up, which no button may say.
func (t *Table) Tap(example string) (verb, says string, ok bool) {
	c, verb, args := t.example(example)
	if c == nil || !c.Tap {
		return "", "", false
	}
	_, rest, ok := c.numbers(args)
	numbers := strings.TrimSpace(strings.TrimSuffix(args, rest))
	switch {
	case !ok:
		return "", "", false
	case strings.Contains(c.Args, rest):
		return verb, verb + " " + numbers, true
	}
	return verb, verb + " " + args, t.known(rest)
}

// example finds the command that an example begins with, and what follows it.
func (t *Table) example(text string) (c *Command, verb, args string) {
	for _, w := range t.words {
		rest, ok := strings.CutPrefix(text, w.text)
		if ok && !w.loose && (rest == "" || rest[0] == ' ') {
			return w.cmd, w.text, strings.TrimSpace(rest)
		}
	}
	return nil, "", ""
}
