package sheet

import (
	"strings"

	"github.com/xuri/excelize/v2"
)

// look is everything on which the style of a cell depends.
type look struct {
	kind               kind
	places             int
	bold, red, centred bool
}

// looks gives the styles of one file, each made once.
type looks struct {
	f   *excelize.File
	ids map[look]int
}

// values are the cells of a row with their styles, as the stream writer takes them.
func (l looks) values(fields []Cell) ([]any, error) {
	out := make([]any, len(fields))
	for n, c := range fields {
		var err error
		if out[n], err = l.cell(c); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// cell is a cell with its style.
func (l looks) cell(c Cell) (excelize.Cell, error) {
	key := look{kind: c.kind, bold: c.Bold, red: c.Red, centred: c.centre}
	switch {
	case c.kind == decimal:
		key.places = c.places()
	case c.kind == text && formulaLike(c.text):
		key.kind = guarded
	}
	id, ok := l.ids[key]
	if !ok {
		var err error
		if id, err = l.f.NewStyle(key.style()); err != nil {
			return excelize.Cell{}, err
		}
		l.ids[key] = id
	}
	return excelize.Cell{StyleID: id, Value: c.value()}, nil
}

const (
	fontFamily = "宋体" // every Chinese office has it
	red        = "C00000"
	lineGrey   = "BFBFBF"
)

func (k look) style() *excelize.Style {
	s := &excelize.Style{
		Font:      &excelize.Font{Family: fontFamily, Size: 10, Bold: k.bold},
		Alignment: &excelize.Alignment{Vertical: "center", WrapText: true},
		Border:    frame(),
	}
	if k.red {
		s.Font.Color = red
	}
	if k.centred {
		s.Alignment.Horizontal = "center"
	}
	format := ""
	switch k.kind {
	case guarded: // stays words even if somebody opens the cell and presses Enter
		format = "@"
	case number:
		format = "0"
	case decimal:
		format = strings.TrimSuffix("0."+strings.Repeat("0", k.places), ".")
	case instant:
		format = "yyyy-mm-dd hh:mm"
	case span:
		format = `[h]"小时"mm"分"`
	}
	if format != "" {
		s.CustomNumFmt = &format
	}
	return s
}

// head is the style of the row that names the columns.
func head() *excelize.Style {
	return &excelize.Style{
		Font:      &excelize.Font{Family: fontFamily, Size: 10, Bold: true},
		Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DDEBF7"}},
		Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center", WrapText: true},
		Border:    frame(),
	}
}

// line is the style of a line above a table.
func line(size float64, bold, centred bool) *excelize.Style {
	s := &excelize.Style{
		Font:      &excelize.Font{Family: fontFamily, Size: size, Bold: bold},
		Alignment: &excelize.Alignment{Vertical: "center"},
	}
	if centred {
		s.Alignment.Horizontal = "center"
	}
	return s
}

func frame() []excelize.Border {
	var out []excelize.Border
	for _, side := range []string{"left", "top", "right", "bottom"} {
		out = append(out, excelize.Border{Type: side, Color: lineGrey, Style: 1})
	}
	return out
}
