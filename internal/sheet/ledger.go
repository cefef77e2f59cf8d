package sheet

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// ErrTooLong says that the rows do not fit on a sheet. A CSV file has no such bound.
var ErrTooLong = errors.New("sheet: more rows than a spreadsheet holds")

// WriteLedger writes the ledger as XLSX: all issues on the first sheet and once more on one sheet for each group of statuses.
// It gives the number of rows. Nothing goes to w before the last row was taken: after an error there is no file that looks
// complete. More than about 1,048,570 rows are ErrTooLong.
func WriteLedger(w io.Writer, info Info, rows iter.Seq2[Row, error], opt Options) (n int, err error) {
	return writeLedger(w, info, rows, opt, excelize.TotalRows)
}

func writeLedger(w io.Writer, info Info, rows iter.Seq2[Row, error], opt Options, maxRows int) (n int, err error) {
	if info.Zone == nil {
		return 0, errNoZone
	}
	rows, pictured, stop := withPictures(rows, opt)
	defer stop()
	f := excelize.NewFile(excelize.Options{TmpDir: opt.TmpDir})
	defer func() { err = errors.Join(err, f.Close()) }()

	l := ledger{f: f, looks: looks{f, map[look]int{}}, info: info, cols: columns(), maxRows: maxRows}
	if pictured {
		l.thumbnail = opt.Thumbnails
		l.cols = append(l.cols, photoColumn())
	}
	if err := l.open(opt.Thumbnails != nil && !pictured); err != nil {
		return 0, fmt.Errorf("sheet: begin the ledger: %w", err)
	}
	if n, err = each(rows, opt, l.add); err != nil {
		return n, err
	}
	if err := l.close(); err != nil {
		return n, fmt.Errorf("sheet: end the ledger: %w", err)
	}
	if err := f.Write(w); err != nil {
		return n, fmt.Errorf("sheet: write the ledger: %w", err)
	}
	return n, nil
}

// ledger is a ledger that is being written.
type ledger struct {
	f         *excelize.File
	looks     looks
	info      Info
	cols      []column
	all       *page
	groups    map[string]*page
	maxRows   int
	thumbnail func(Row) ([]byte, error) // nil: no pictures
}

// open makes the sheets with their headings.
func (l *ledger) open(pictureless bool) error {
	if err := describe(l.f, l.title(), l.info.AsOf); err != nil {
		return err
	}
	err := l.f.SetSheetName(firstSheet, all)
	if err != nil {
		return err
	}
	if l.all, err = l.page(all, pictureless); err != nil {
		return err
	}
	l.groups = map[string]*page{}
	for _, name := range groups() {
		if l.groups[name], err = l.page(name, pictureless); err != nil {
			return err
		}
	}
	return nil
}

// page begins one sheet. The lines above the table are not merged: they run on to the right, and sorting works.
func (l *ledger) page(name string, pictureless bool) (*page, error) {
	var widths []float64
	var heads []string
	for _, c := range l.cols {
		widths, heads = append(widths, c.width), append(heads, c.head)
	}
	p, err := newPage(l.f, name, paperA3, widths)
	if err != nil {
		return nil, err
	}
	title := l.title()
	if name != all {
		title += "（" + name + "）"
	}
	return p, p.heading([]heading{
		{title, line(16, true, false), titleHeight},
		{l.note(pictureless), line(10, false, false), noteHeight},
	}, heads, 1)
}

func (l *ledger) title() string {
	if l.info.Title == "" {
		return "问题台账"
	}
	return l.info.Title
}

// note says what the ledger covers.
func (l *ledger) note(pictureless bool) string {
	var parts []string
	if l.info.Period != "" {
		parts = append(parts, "时间范围："+l.info.Period)
	}
	if l.info.Filter != "" {
		parts = append(parts, "筛选条件："+l.info.Filter)
	}
	if !l.info.AsOf.IsZero() {
		parts = append(parts, "截至 "+Time(l.info.AsOf, l.info.Zone).String())
	}
	if pictureless {
		parts = append(parts, fmt.Sprintf("超过 %d 件，未附照片；缩小范围后重新导出即可附上", MaxPictured))
	}
	return strings.Join(parts, "　")
}

// add writes a row on its two sheets.
func (l *ledger) add(r Row) error {
	if l.all.row == l.maxRows {
		return ErrTooLong
	}
	fields := cells(l.cols, r, l.info.Zone)
	pic, err := l.picture(r)
	if err != nil {
		return err
	}
	if pic != nil && pic.words != "" {
		fields[len(fields)-1].text = pic.words
	}
	values, err := l.looks.values(fields)
	if err != nil {
		return err
	}
	height := heightOf(fields, l.all.widths, pic.rowHeight())
	for _, p := range []*page{l.all, l.groups[group(r.Status)]} {
		if err := p.add(values, height); err != nil {
			return err
		}
		if err := pic.put(p); err != nil {
			return err
		}
	}
	return nil
}

// close ends the sheets; one without issues says so.
func (l *ledger) close() error {
	for _, name := range append([]string{all}, groups()...) {
		p := l.all
		if name != all {
			p = l.groups[name]
		}
		if p.row == p.headed {
			if err := p.styled([]string{"没有符合条件的问题"}, line(10, false, false), noteHeight); err != nil {
				return err
			}
		}
		if err := p.filter(); err != nil {
			return err
		}
		if err := p.sw.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// describe sets what a file says of itself, instead of what the library says of itself.
func describe(f *excelize.File, title string, at time.Time) error {
	props := &excelize.DocProperties{Title: clean(title), Creator: "督办", LastModifiedBy: "督办", Language: "zh-CN"}
	if !at.IsZero() {
		props.Created = at.UTC().Format(time.RFC3339)
		props.Modified = props.Created
	}
	if err := f.SetDocProps(props); err != nil {
		return err
	}
	return f.SetAppProps(&excelize.AppProperties{Application: "督办"})
}
