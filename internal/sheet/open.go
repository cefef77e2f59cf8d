package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"iter"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"duban/internal/issue"
)

// Workbook is a spreadsheet that somebody else made, to be read. It is not safe for concurrent use.
type Workbook struct {
	// Pictures tells that there are pictures in it. They are not read.
	Pictures bool

	f      *excelize.File // nil for a file of plain text
	sheets []string
	parts  map[string]part // of worksheets, by the sheet's name
	plain  [][]string      // the lines of a file of plain text
	from   bool            // days are counted from 1904
}

// Line is one row of a worksheet.
type Line struct {
	Number int  // as the spreadsheet shows it, from 1
	Hidden bool // by hand or by a filter
	// Fields are the cells as they are stored: numbers without their format, a date as a number of days (see Workbook.Date). A
	// cell that belongs to a merged area has the value of the area's top row, as far as the area goes down; in the other columns
	// of the area it is empty. Empty cells at the end may be missing.
	Fields []string
}

// MaxFile is how many bytes a spreadsheet may have.
const MaxFile = 20 << 20

// What a workbook may grow to when it is unpacked. A sheet of 20,000 rows and 12 columns has about 15 MB.
const (
	maxUnpacked = 160 << 20 // all parts
	maxPart     = 96 << 20  // a worksheet, the shared words or a picture
	maxSmall    = 16 << 20  // any other part
	maxParts    = 10_000
	maxCells    = 3_000_000 // of a worksheet
	maxWords    = 1_000_000 // shared ones
	maxColumns  = 200       // what stands further to the right is passed over
)

// OpenWorkbook opens an XLSX file, or a CSV file in UTF-8, UTF-16 or GBK. Everything is looked at before it returns, so that Lines
// does not fail halfway through a damaged file. Its error is an *issue.Error that says in Chinese what is wrong with the file and
// what to do: an old .xls, a password, damage, something else than a spreadsheet, too large, or made to fill the memory.
func OpenWorkbook(data []byte) (*Workbook, error) {
	if err := sniff(data); err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(data, []byte("PK")) {
		return openText(data)
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, damaged(err)
	}
	if err := weigh(archive); err != nil {
		return nil, err
	}
	w := &Workbook{parts: map[string]part{}}
	err = guard(func() (err error) {
		w.f, err = excelize.OpenReader(bytes.NewReader(data), excelize.Options{
			RawCellValue: true, UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked, // nothing waits in files
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := guard(w.survey); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// Close frees the memory.
func (w *Workbook) Close() error {
	if w.f == nil {
		return nil
	}
	return w.f.Close()
}

// Sheets are the names of the worksheets that are not hidden, in order. A file of plain text has one without a name.
func (w *Workbook) Sheets() []string { return w.sheets }

// Lines goes through the rows of a worksheet from the top to the bottom. Rows without any cell may be missing. Its error is an
// *issue.Error as in OpenWorkbook.
func (w *Workbook) Lines(sheet string) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		if w.f == nil {
			for n, fields := range w.plain {
				if !yield(Line{Number: n + 1, Fields: fields}, nil) {
					return
				}
			}
			return
		}
		var rows *excelize.Rows
		err := guard(func() (err error) { rows, err = w.f.Rows(sheet); return err })
		if err != nil {
			yield(Line{}, err)
			return
		}
		spread := spreader{merges: w.parts[sheet].merges}
		for number := 1; ; number++ {
			line, more, err := nextLine(rows, number)
			if err != nil {
				yield(Line{}, err)
				return
			}
			if !more || !yield(spread.fill(line), nil) {
				return
			}
		}
	}
}

func nextLine(rows *excelize.Rows, number int) (line Line, more bool, err error) {
	line.Number = number
	err = guard(func() (err error) {
		if more = rows.Next(); !more {
			return errors.Join(rows.Error(), rows.Close())
		}
		line.Hidden = rows.GetRowOpts().Hidden
		line.Fields, err = rows.Columns(excelize.Options{RawCellValue: true})
		line.Fields = line.Fields[:min(len(line.Fields), maxColumns)]
		return err
	})
	return line, more, err
}

// Date reads a cell that holds a date as a number of days, on the wall clock and in UTC. It is false for any other text and for
// days outside of 1990 to 2100, which no list of problems has.
func (w *Workbook) Date(field string) (time.Time, bool) {
	days, err := strconv.ParseFloat(strings.TrimSpace(field), 64)
	if err != nil || math.IsNaN(days) || days < 0 || days > 100_000 {
		return time.Time{}, false
	}
	t, err := excelize.ExcelDateToTime(days, w.from)
	if err != nil || t.Year() < 1990 || t.Year() >= 2100 {
		return time.Time{}, false
	}
	return t, true
}

// guard runs a step of the library. It meets files that were made by any program, or by hand to do harm; what it says of them,
// a panic included, is that the file is damaged.
func guard(step func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = damaged(fmt.Errorf("panic: %v", p))
		}
	}()
	if err := step(); err != nil {
		if _, ours := issue.AsError(err); ours {
			return err
		}
		return damaged(err)
	}
	return nil
}
