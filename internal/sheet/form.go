package sheet

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// Form is a sheet that people fill in: a title, a line of advice, a head with notes and drop-downs, and rows.
type Form struct {
	Sheet    string // the sheet's name
	Title    string
	Advice   string // one line below the title
	Columns  []FormColumn
	Examples [][]string // rows that show how to fill in, in grey italics
	Rows     [][]string
}

// FormColumn is a column of a form.
type FormColumn struct {
	Head     string
	Required bool // its head is red
	Width    float64
	Note     string   // shown when the pointer is over the head
	Choices  []string // offered in a drop-down; something else can be typed all the same
	From     string   // or the cells whose words are offered: a sheet and the head of one of its columns, 单位!名称
}

// Sizes of forms.
const (
	formTop     = 3    // the title, the advice, the head
	formEmpty   = 20   // rows with a frame below the last filled one
	formRows    = 3000 // rows that drop-downs are for
	noteWidth   = 320  // of a note, in pixels
	noteColumns = 40   // characters of a line of a note
)

// WriteForms writes a workbook to fill in: first a sheet of instructions, a paragraph for each line, then the forms. A line that
// begins with # is a heading. Every cell is text, so that 001 stays 001 and 3-1 no date.
func WriteForms(w io.Writer, title string, instructions []string, forms []Form) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := describe(f, title, time.Time{}); err != nil {
		return fmt.Errorf("sheet: describe forms: %w", err)
	}
	if err := f.SetSheetName(firstSheet, instructionsSheet); err != nil {
		return err
	}
	if err := writeInstructions(f, title, instructions); err != nil {
		return fmt.Errorf("sheet: instructions: %w", err)
	}
	for _, form := range forms {
		if err := form.write(f, forms); err != nil {
			return fmt.Errorf("sheet: form %s: %w", form.Sheet, err)
		}
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("sheet: write forms: %w", err)
	}
	return nil
}

const (
	instructionsSheet = "说明"
	instructionsWidth = 100
)

func writeInstructions(f *excelize.File, title string, lines []string) error {
	p, err := newPage(f, instructionsSheet, paperA4, []float64{instructionsWidth})
	if err != nil {
		return err
	}
	if err := p.styled([]string{title}, line(16, true, false), titleHeight); err != nil {
		return err
	}
	for _, words := range lines {
		style := line(11, false, false)
		style.Alignment.WrapText = true
		if rest, heading := strings.CutPrefix(words, "# "); heading {
			words, style = rest, line(12, true, false)
		}
		height := float64(linesOf(words, instructionsWidth*10/11))*lineHeight*1.15 + 5
		if err := p.styled([]string{words}, style, height); err != nil {
			return err
		}
	}
	return p.sw.Flush()
}

func (m Form) write(f *excelize.File, all []Form) error {
	var widths []float64
	for _, c := range m.Columns {
		widths = append(widths, c.Width)
	}
	p, err := newPage(f, m.Sheet, paperA4, widths)
	if err != nil {
		return err
	}
	if err := m.head(p); err != nil {
		return err
	}
	if err := m.rows(p); err != nil {
		return err
	}
	// What the sheet has besides its rows is written when the stream ends.
	for n, c := range m.Columns {
		if err := c.annotate(p, n+1); err != nil {
			return err
		}
		if err := c.dropDown(p, n+1, all); err != nil {
			return err
		}
	}
	return p.sw.Flush()
}

// head writes the lines above the rows. Required columns are red.
func (m Form) head(p *page) error {
	err := p.sw.SetPanes(&excelize.Panes{
		Freeze: true, XSplit: 1, YSplit: formTop, TopLeftCell: p.at(2, formTop+1), ActivePane: "bottomRight",
	})
	if err != nil {
		return err
	}
	if err := p.styled([]string{m.Title}, line(16, true, false), titleHeight); err != nil {
		return err
	}
	if err := p.styled([]string{m.Advice}, line(10, false, false), noteHeight); err != nil {
		return err
	}
	usual := head()
	needed := head()
	needed.Font.Color = red
	values := make([]any, len(m.Columns))
	for n, c := range m.Columns {
		style := usual
		if c.Required {
			style = needed
		}
		id, err := p.f.NewStyle(style)
		if err != nil {
			return err
		}
		values[n] = excelize.Cell{StyleID: id, Value: c.Head}
	}
	if err := p.add(values, headHeight); err != nil {
		return err
	}
	p.headed = p.row
	return p.f.SetDefinedName(&excelize.DefinedName{
		Name: "_xlnm.Print_Titles", Scope: p.name, RefersTo: fmt.Sprintf("'%s'!$%d:$%d", p.name, formTop, formTop),
	})
}

// rows writes the examples, the rows, and empty ones to write into.
func (m Form) rows(p *page) error {
	usual, example := formStyle(), formStyle()
	example.Font.Italic, example.Font.Color = true, "7F7F7F"
	for _, part := range []struct {
		rows  [][]string
		style *excelize.Style
	}{{m.Examples, example}, {m.Rows, usual}, {make([][]string, formEmpty), usual}} {
		id, err := p.f.NewStyle(part.style)
		if err != nil {
			return err
		}
		for _, row := range part.rows {
			fields := make([]Cell, len(m.Columns))
			values := make([]any, len(m.Columns))
			for n := range values {
				if n < len(row) {
					fields[n].text = clean(row[n])
				}
				values[n] = excelize.Cell{StyleID: id, Value: fields[n].value()}
			}
			height := min(heightOf(fields, p.widths, rowHeight), tallest)
			if err := p.add(values, height); err != nil {
				return err
			}
		}
	}
	return nil
}

// tallest is how high a row of a form may be, in points: a list of 300 words would fill the screen.
const tallest = rowHeight + 2*lineHeight

func formStyle() *excelize.Style {
	s := look{kind: guarded}.style()
	s.Alignment.Vertical = "top"
	return s
}

// annotate adds the note of the head.
func (c FormColumn) annotate(p *page, column int) error {
	text := c.Note
	if c.Required {
		text = strings.TrimSpace("必填。" + text)
	}
	if text == "" {
		return nil
	}
	return p.f.AddComment(p.name, excelize.Comment{
		Author: "督办", Cell: p.at(column, formTop), Width: noteWidth, Height: uint(20 * (linesOf(text, noteColumns) + 1)),
		Paragraph: []excelize.RichTextRun{{Text: text, Font: &excelize.Font{Family: fontFamily, Size: 10}}},
	})
}

// dropDown offers words to choose. Others are not refused, because several may be written into one cell.
func (c FormColumn) dropDown(p *page, column int, all []Form) error {
	v := excelize.NewDataValidation(true)
	v.SetSqref(p.at(column, formTop+1) + ":" + p.at(column, formRows))
	switch {
	case len(c.Choices) > 0:
		if err := v.SetDropList(c.Choices); err != nil {
			return err
		}
	case c.From != "":
		from, err := cellsOf(c.From, all)
		if err != nil {
			return err
		}
		v.SetSqrefDropList(from)
	default:
		return nil
	}
	v.ShowErrorMessage = false
	return p.f.AddDataValidation(p.name, v)
}

// cellsOf are the cells below a head of a sheet: 单位!名称 is '单位'!$B$4:$B$3000.
func cellsOf(from string, all []Form) (string, error) {
	sheet, head, _ := strings.Cut(from, "!")
	for _, m := range all {
		for n, c := range m.Columns {
			if m.Sheet == sheet && c.Head == head {
				column, err := excelize.ColumnNumberToName(n + 1)
				return fmt.Sprintf("'%s'!$%s$%d:$%s$%d", sheet, column, formTop+1, column, formRows), err
			}
		}
	}
	return "", fmt.Errorf("no column %s", from)
}
