package sheet

import (
	"fmt"

	"github.com/xuri/excelize/v2"
)

// Sizes of paper as spreadsheets number them.
const (
	paperA3 = 8
	paperA4 = 9
)

// page is one sheet that is written from the top to the bottom.
type page struct {
	f      *excelize.File
	sw     *excelize.StreamWriter
	name   string
	widths []float64 // of its columns
	row    int       // the last one that was written
	headed int       // the row that names the columns
}

// firstSheet is the name of the sheet that a new file has.
const firstSheet = "Sheet1"

// newPage adds a sheet of columns with these widths. How it is printed is set first, because the stream begins with it.
func newPage(f *excelize.File, name string, paper int, widths []float64) (*page, error) {
	if _, err := f.NewSheet(name); err != nil {
		return nil, err
	}
	if err := forPrint(f, name, paper); err != nil {
		return nil, err
	}
	sw, err := f.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	for n, w := range widths {
		if err := sw.SetColWidth(n+1, n+1, w); err != nil {
			return nil, err
		}
	}
	return &page{f: f, sw: sw, name: name, widths: widths}, nil
}

// forPrint makes a sheet lie across the paper, as wide as it, with numbered pages.
func forPrint(f *excelize.File, name string, paper int) error {
	yes, margin, low, landscape, one, free := true, 0.4, 0.6, "landscape", 1, 0
	if err := f.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &yes}); err != nil {
		return err
	}
	err := f.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &paper, Orientation: &landscape, FitToWidth: &one, FitToHeight: &free})
	if err != nil {
		return err
	}
	err = f.SetPageMargins(name, &excelize.PageLayoutMarginsOptions{
		Left: &margin, Right: &margin, Top: &margin, Bottom: &low, Footer: &margin, Horizontally: &yes,
	})
	if err != nil {
		return err
	}
	return f.SetHeaderFooter(name, &excelize.HeaderFooterOptions{OddFooter: "&C第 &P 页，共 &N 页"})
}

// heading writes the lines above the table and its head, which stay in view together with the first columns, and which
// every printed page repeats.
func (p *page) heading(lines []heading, heads []string, columns int) error {
	top := len(lines) + 1
	corner, err := excelize.CoordinatesToCellName(columns+1, top+1)
	if err != nil {
		return err
	}
	pane := "bottomLeft"
	if columns > 0 {
		pane = "bottomRight"
	}
	err = p.sw.SetPanes(&excelize.Panes{Freeze: true, XSplit: columns, YSplit: top, TopLeftCell: corner, ActivePane: pane})
	if err != nil {
		return err
	}
	for _, l := range lines {
		if err := p.styled([]string{l.text}, l.style, l.height); err != nil {
			return err
		}
	}
	if err := p.styled(heads, head(), headHeight); err != nil {
		return err
	}
	p.headed = p.row
	return p.f.SetDefinedName(&excelize.DefinedName{
		Name: "_xlnm.Print_Titles", Scope: p.name, RefersTo: fmt.Sprintf("'%s'!$%d:$%d", p.name, top, top),
	})
}

// heading is a line above a table.
type heading struct {
	text   string
	style  *excelize.Style
	height float64
}

// styled writes a row of words in one style.
func (p *page) styled(words []string, style *excelize.Style, height float64) error {
	id, err := p.f.NewStyle(style)
	if err != nil {
		return err
	}
	values := make([]any, len(words))
	for n, w := range words {
		values[n] = excelize.Cell{StyleID: id, Value: clean(w)}
	}
	return p.add(values, height)
}

// add writes the next row.
func (p *page) add(values []any, height float64) error {
	p.row++
	return p.sw.SetRow(p.at(1, p.row), values, excelize.RowOpts{Height: height})
}

// at is the name of a cell; columns and rows here are always within a sheet.
func (p *page) at(column, row int) string {
	name, _ := excelize.CoordinatesToCellName(column, row)
	return name
}

// filter puts the buttons to sort and select by onto the head.
func (p *page) filter() error {
	return p.f.AutoFilter(p.name, p.at(1, p.headed)+":"+p.at(len(p.widths), p.row), nil)
}
