package roster

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Fault is one thing that is wrong in a workbook, in words for the person who fills it in.
type Fault struct {
	Sheet  string
	Row    int // from 1; 0 if the fault is of the sheet as a whole
	Column int // from 1; 0 if it is of the row as a whole
	Head   string
	Value  string
	Text   string // what is wrong and what to do, in Chinese
}

// shownValue bounds how much of a wrong value is repeated, in characters.
const shownValue = 40

// String is the fault as one line: 点位包保 第 7 行 C 列（责任单位）“住建据”：没有这个单位；是不是 住建局？
func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(f.Sheet)
	if f.Row > 0 {
		b.WriteString(" 第 " + strconv.Itoa(f.Row) + " 行")
	}
	if f.Column > 0 {
		b.WriteString(" " + letters(f.Column) + " 列（" + f.Head + "）")
	}
	if value := []rune(strings.Join(strings.Fields(f.Value), " ")); len(value) > shownValue {
		b.WriteString("“" + string(value[:shownValue]) + "…”")
	} else if len(value) > 0 {
		b.WriteString("“" + string(value) + "”")
	}
	return b.String() + "：" + f.Text
}

// letters names a column as a spreadsheet does: 1 is A, 27 is AA.
func letters(n int) string {
	s := ""
	for ; n > 0; n = (n - 1) / 26 {
		s = string(rune('A'+(n-1)%26)) + s
	}
	return s
}

// maxFaults bounds how many faults are listed. More of them have one cause, and nobody reads them all.
const maxFaults = 500

// Errors are all faults of a workbook, in the order of its tables and rows.
type Errors struct {
	Faults []Fault
	More   int // how many further faults there are where they are too many to list
}

func newErrors(faults []Fault) *Errors {
	order := map[string]int{}
	for i, t := range tables() {
		for _, f := range faults {
			if t.means(plainHead(f.Sheet)) {
				order[f.Sheet] = i
			}
		}
	}
	slices.SortStableFunc(faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(order[a.Sheet], order[b.Sheet]), cmp.Compare(a.Row, b.Row), cmp.Compare(a.Column, b.Column))
	})
	n := min(len(faults), maxFaults)
	return &Errors{Faults: faults[:n], More: len(faults) - n}
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
