package sheet

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
)

// Table is a ranking or a part of a bulletin: one sheet.
type Table struct {
	Sheet string // the sheet's name; what a spreadsheet does not allow in it is replaced
	Title string // above the table, may be empty
	Head  []string
	Rows  [][]Cell
}

var errNoTable = errors.New("sheet: no table")

// WriteTables writes tables as XLSX, each on a sheet that prints on A4 across, its head on every page. At least one is needed.
func WriteTables(w io.Writer, tables []Table) (err error) {
	if len(tables) == 0 {
		return errNoTable
	}
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := describe(f, tables[0].Title, time.Time{}); err != nil {
		return fmt.Errorf("sheet: describe tables: %w", err)
	}
	names := map[string]bool{}
	l := looks{f, map[look]int{}}
	for n, t := range tables {
		name := freeName(t.Sheet, names)
		if n == 0 {
			if err := f.SetSheetName(firstSheet, name); err != nil {
				return fmt.Errorf("sheet: table %s: %w", name, err)
			}
		}
		if err := t.write(f, name, l); err != nil {
			return fmt.Errorf("sheet: table %s: %w", name, err)
		}
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("sheet: write tables: %w", err)
	}
	return nil
}

func (t Table) write(f *excelize.File, name string, l looks) error {
	widths := widthsOf(t.Head, t.Rows)
	p, err := newPage(f, name, paperA4, widths)
	if err != nil {
		return err
	}
	var lines []heading
	if t.Title != "" {
		lines = []heading{{t.Title, line(16, true, true), titleHeight}}
		if len(widths) > 1 {
			if err := p.sw.MergeCell("A1", p.at(len(widths), 1)); err != nil {
				return err
			}
		}
	}
	if err := p.heading(lines, t.Head, 0); err != nil {
		return err
	}
	for _, row := range t.Rows {
		fields := slices.Clone(row)
		for n := range fields {
			fields[n].text = clean(fields[n].text)
			fields[n].centre = widths[n] <= sentences
		}
		values, err := l.values(fields)
		if err != nil {
			return err
		}
		if err := p.add(values, heightOf(fields, widths, rowHeight)); err != nil {
			return err
		}
	}
	return p.sw.Flush()
}

// maxName is how many UTF-16 units the name of a sheet may have.
const maxName = 31

// freeName makes a name that a spreadsheet takes and that no sheet has; spreadsheets do not tell A from a.
func freeName(name string, taken map[string]bool) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) {
			return '_'
		}
		return r
	}, strings.ReplaceAll(clean(name), "\n", " "))
	if name == "" {
		name = "表"
	}
	free := cutName(name, maxName)
	for n := 2; taken[strings.ToLower(free)]; n++ {
		end := fmt.Sprintf("(%d)", n)
		free = cutName(name, maxName-len(end)) + end
	}
	taken[strings.ToLower(free)] = true
	return free
}

func cutName(s string, n int) string {
	units := 0
	for at, r := range s {
		if units += utf16.RuneLen(r); units > n {
			return s[:at]
		}
	}
	return s
}
