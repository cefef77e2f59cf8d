package config

import (
	"path/filepath"
	"strconv"
	"strings"
)

// Fault is one thing that is wrong in a configuration file, in words for the person who edits it.
type Fault struct {
	File   string
	Line   int    // from 1; 0 if the fault is of the file as a whole
	Column int    // from 1, in characters
	Path   string // for example units[2].lead, counted from 0; empty if the file could not be read that far
	Value  string // what is written there, before ${…} is filled in; never a secret
	Text   string // what is wrong and what is allowed, in Chinese
}

// shownValue bounds how much of a wrong value is repeated to the user, in characters.
const shownValue = 60

// String is the fault as one line: config.yaml:12:9 units[2].lead = "zhang_wie"：没有这个人；是不是 zhang_wei？
func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		b.WriteString(":" + strconv.Itoa(f.Line) + ":" + strconv.Itoa(f.Column))
	}
	return b.String() + f.what()
}

// what is the fault without its place: the key, what is written there, and what is wrong with it.
func (f Fault) what() string {
	var b strings.Builder
	if f.Path != "" {
		b.WriteString(" " + f.Path)
	}
	if f.Value != "" {
		b.WriteString(" = " + quote(f.Value))
	}
	b.WriteString("：" + f.Text)
	return b.String()
}

// quote puts a value into quotes, on one line and not too long. Stand-ins for values that are not texts stay as they are.
func quote(value string) string {
	switch value {
	case hidden, shownList, shownMap, shownNull, shownEmpty:
		return value
	}
	if runes := []rune(value); len(runes) > shownValue {
		value = string(runes[:shownValue]) + "…"
	}
	return strconv.Quote(value)
}

// Errors are all faults of a configuration file, in the order of the file.
type Errors struct {
	Faults []Fault
	More   int // how many further faults there are where they are too many to list
}

// Brief is what a message says: at most so many faults, each in a line with the number of its own, and how many more there are.
func (e *Errors) Brief(most int) string {
	var lines []string
	for _, f := range e.Faults[:min(most, len(e.Faults))] {
		where := filepath.Base(f.File)
		if f.Line > 0 {
			where = "第 " + strconv.Itoa(f.Line) + " 行"
		}
		lines = append(lines, where+f.what())
	}
	if more := len(e.Faults) - len(lines) + e.More; more > 0 {
		lines = append(lines, "还有 "+strconv.Itoa(more)+" 处，运行 duban check 可以看到全部")
	}
	return strings.Join(lines, "\n")
}

// Error gives one line for each fault.
func (e *Errors) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		lines[i] = f.String()
	}
	if e.More > 0 {
		lines = append(lines, "还有 "+strconv.Itoa(e.More)+" 处错误没有列出，请先改好上面的")
	}
	return strings.Join(lines, "\n")
}
