// Package roster turns the register 登记表 into a workbook that an office fills in, and such a workbook back into a register:
// units, people, places, categories and work groups, by their names instead of ids. It knows no files: a workbook is opened by
// package sheet, and what becomes of the register is the caller's business.
package roster

import (
	"io"
	"iter"
	"strings"

	"duban/internal/issue"
	"duban/internal/sheet"
)

// Book is a workbook that was opened, as sheet.Workbook is one.
type Book interface {
	Sheets() []string
	Lines(sheet string) iter.Seq2[sheet.Line, error]
}

// Write writes the register as a workbook to fill in. A list without entries has examples, which Read passes over.
func Write(w io.Writer, reg *issue.Register) error {
	n := newNames(reg)
	var forms []sheet.Form
	for _, t := range tables() {
		forms = append(forms, t.form(reg, n))
	}
	return sheet.WriteForms(w, "单位和人员登记表", instructions(), forms)
}

// Options are what Read may be told.
type Options struct {
	// Remove takes out of the register what its sheet does not have. A sheet that the workbook does not have removes nothing.
	Remove bool
}

// Import is what a workbook says.
type Import struct {
	// Register is the register as it would be: entries that stay in their order, new ones after them.
	Register *issue.Register
	// Read counts the rows by their sheets, in the order of the tables.
	Read []Count
	// Missing are the entries that the workbook's sheets do not have. They are removed only if that was asked for.
	Missing []Absent
	// Notes are sentences about what was not used: columns and sheets that are not known, examples, remarks below a table.
	Notes []string

	origins map[string]origin // by the paths of entries in the configuration: units[2]
}

// Count is how many rows were read from a sheet.
type Count struct {
	Sheet string
	Rows  int
}

// Absent are names that a sheet does not have.
type Absent struct {
	Sheet string
	Names []string
}

// Read brings a workbook into a register, which it does not change. Cells of an entry that the workbook has replace what the
// register has, empty ones included; columns and sheets that the workbook does not have change nothing. Its error is *Errors with all
// faults of the workbook, or what Lines gave.
func Read(book Book, reg *issue.Register, opt Options) (*Import, error) {
	r := &reading{reg: cloneLists(reg), opt: opt, out: &Import{origins: map[string]origin{}}}
	found, err := r.locate(book)
	if err != nil {
		return nil, err
	}
	for _, t := range tables() {
		if g, ok := found[t.sheetName()]; ok {
			t.match(r, g)
		}
	}
	r.names = newNames(r.reg)
	r.names.formerly(reg)
	for _, t := range tables() {
		if g, ok := found[t.sheetName()]; ok {
			t.fill(r, g)
		}
	}
	for _, t := range tables() {
		t.claim(r)
	}
	if len(r.faults) > 0 {
		return nil, newErrors(r.faults)
	}
	r.out.Register = r.reg
	return r.out, nil
}

// cloneLists copies a register and its lists, so that entries can be changed and added.
func cloneLists(reg *issue.Register) *issue.Register {
	c := *reg
	c.Groups = append([]issue.Group(nil), reg.Groups...)
	c.Units = append([]issue.Unit(nil), reg.Units...)
	c.People = append([]issue.Person(nil), reg.People...)
	c.Places = append([]issue.Place(nil), reg.Places...)
	c.Categories = append([]issue.Category(nil), reg.Categories...)
	c.Chats = append([]issue.Chat(nil), reg.Chats...)
	return &c
}

// reading is a workbook that is being read.
type reading struct {
	reg    *issue.Register
	opt    Options
	names  *names
	out    *Import
	faults []Fault
}

// origin is where an entry stands in the workbook.
type origin struct {
	grid *grid
	row  *row
}

// Place says where in the workbook a value of the register comes from, as a fault of the configuration names it: units[2].lead. It
// is false for what the workbook does not have.
func (i *Import) Place(path string) (Fault, bool) {
	entry, key, _ := strings.Cut(path, "]")
	entry += "]"
	o, ok := i.origins[entry]
	if !ok {
		return Fault{}, false
	}
	f := Fault{Sheet: o.grid.sheet, Row: o.row.number}
	for _, c := range o.grid.columns {
		if rest, ok := strings.CutPrefix(key, "."+c.key); ok && (rest == "" || rest[0] == '[' || rest[0] == '.') {
			f.Column, f.Head, f.Value = c.at, c.head, o.row.text(c.at)
		}
	}
	return f, true
}
