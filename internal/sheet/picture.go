package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // the formats of thumbnails
	_ "image/png"
	"iter"
	"time"

	"github.com/xuri/excelize/v2"
)

// MaxPictured is how many rows a ledger with pictures may have: each picture is held in memory.
const MaxPictured = 1000

// The field of a picture: in pixels the picture with its margin, in points and characters the row and the column.
const (
	pictureWide   = 100.0
	pictureHigh   = 72.0
	pictureMargin = 4
	pictureRow    = 60   // points, 80 pixels
	standIn       = 68.0 // points that excelize takes for 80 pixels, as it reckons 3.4 points to 4 pixels instead of 3
	pictureColumn = 15   // characters, 110 pixels
)

// notShown stands where a photo should be.
const notShown = "照片无法显示"

func photoColumn() column {
	return column{"照片", pictureColumn, true, func(Row, *time.Location) Cell { return Cell{} }}
}

// withPictures looks ahead whether there are few enough rows to show their pictures. The rows that it gives begin with those that
// it took; stop must be called at the end.
func withPictures(rows iter.Seq2[Row, error], opt Options) (_ iter.Seq2[Row, error], few bool, stop func()) {
	if opt.Thumbnails == nil {
		return rows, false, func() {}
	}
	type item struct {
		row Row
		err error
	}
	next, stop := iter.Pull2(rows)
	var first []item
	more := true
	for more && len(first) <= MaxPictured {
		var i item
		if i.row, i.err, more = next(); more {
			first = append(first, i)
			more = i.err == nil
		}
	}
	return func(yield func(Row, error) bool) {
		for _, i := range first {
			if !yield(i.row, i.err) {
				return
			}
		}
		for {
			row, err, ok := next()
			if !ok || !yield(row, err) {
				return
			}
		}
	}, len(first) <= MaxPictured, stop
}

// picture is the thumbnail of one row.
type picture struct {
	data   []byte
	format string // png or jpeg; "" if there is none
	scale  float64
	words  string // what stands in its field instead
}

// picture asks for a row's thumbnail; nil in a ledger without pictures. One that cannot be read is no reason to have no ledger.
func (l *ledger) picture(r Row) (*picture, error) {
	if l.thumbnail == nil {
		return nil, nil
	}
	data, err := l.thumbnail(r)
	switch {
	case errors.Is(err, ErrNoPicture):
		return &picture{words: notShown}, nil
	case errors.Is(err, ErrPurged):
		return &picture{words: "照片已按期限清除"}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("sheet: thumbnail of #%d: %w", r.ID, err)
	}
	if len(data) == 0 {
		return &picture{}, nil
	}
	size, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || format != "png" && format != "jpeg" || size.Width == 0 || size.Height == 0 {
		return &picture{words: notShown}, nil
	}
	scale := min(pictureWide/float64(size.Width), pictureHigh/float64(size.Height))
	return &picture{data: data, format: format, scale: scale}, nil
}

// rowHeight is the least that a row must have.
func (p *picture) rowHeight() float64 {
	if p == nil {
		return rowHeight
	}
	return pictureRow
}

// put lays the picture over the last field of the page's last row, so that it moves and hides with its row. The stream writer
// keeps no heights of rows; the sheet's own, which was written long ago, stands in for them.
func (p *picture) put(on *page) error {
	if p == nil || p.data == nil {
		return nil
	}
	height := standIn
	if err := on.f.SetSheetProps(on.name, &excelize.SheetPropsOptions{DefaultRowHeight: &height}); err != nil {
		return err
	}
	return on.f.AddPictureFromBytes(on.name, on.at(len(on.widths), on.row), &excelize.Picture{
		Extension: "." + p.format, File: p.data, Format: &excelize.GraphicOptions{
			ScaleX: p.scale, ScaleY: p.scale, OffsetX: pictureMargin, OffsetY: pictureMargin, Positioning: "twoCell", LockAspectRatio: true,
		},
	})
}
