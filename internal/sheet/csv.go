package sheet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
)

// bom tells Excel that a file is UTF-8.
const bom = "\uFEFF"

// broken is the last line of a CSV file whose rows ended with an error: a file that was cut looks like a complete one.
const broken = "导出中断，以上不完整，请重新导出"

// WriteCSV writes the ledger's columns as CSV for Excel: UTF-8 with a byte order mark, lines ended by CR LF, and an apostrophe
// before what a spreadsheet could take for a formula. It gives the number of rows, which have gone to w when an error comes;
// the last line then says that the file is not complete.
func WriteCSV(w io.Writer, info Info, rows iter.Seq2[Row, error], opt Options) (n int, err error) {
	if info.Zone == nil {
		return 0, errNoZone
	}
	if _, err := io.WriteString(w, bom); err != nil {
		return 0, fmt.Errorf("sheet: write CSV: %w", err)
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	cols := columns()
	record := make([]string, len(cols))
	for n, c := range cols {
		record[n] = c.head
	}
	if err := out.Write(record); err != nil {
		return 0, fmt.Errorf("sheet: write CSV: %w", err)
	}
	n, err = each(rows, opt, func(r Row) error {
		for n, c := range cells(cols, r, info.Zone) {
			record[n] = escaped(c)
		}
		return out.Write(record)
	})
	if err != nil {
		err = errors.Join(err, out.Write([]string{broken}))
	}
	out.Flush()
	return n, errors.Join(err, out.Error())
}

// escaped is a cell as a CSV file has it.
func escaped(c Cell) string {
	s := c.String()
	if c.kind == text && formulaLike(s) {
		return "'" + s
	}
	return s
}
