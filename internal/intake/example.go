package intake

import (
	"bytes"

	"duban/internal/sheet"
)

// Example makes a spreadsheet as an upper level would send it: a title, a row of heads, and rows. Read reads it.
func Example(title string, head []string, rows [][]string) ([]byte, error) {
	t := sheet.Table{Sheet: "问题清单", Title: title, Head: head}
	for _, row := range rows {
		var cells []sheet.Cell
		for _, field := range row {
			cells = append(cells, sheet.Text(field))
		}
		t.Rows = append(t.Rows, cells)
	}
	var b bytes.Buffer
	err := sheet.WriteTables(&b, []sheet.Table{t})
	return b.Bytes(), err
}
