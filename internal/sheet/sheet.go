// Package sheet writes the ledger 台账, rankings and bulletins as files that an office works with, XLSX, CSV and JSON, and reads the
// spreadsheets that others made. For writing it is given plain rows, one after the other, and holds no more of them in memory than
// it must.
package sheet

import (
	"errors"
	"iter"
	"time"

	"duban/internal/issue"
)

// Row is one issue as the ledger shows it: names instead of ids, and only what the county's 问题台账 asks for (S18,
// domain.md §4 row 56). What is zero leaves its cell empty; the three counters show 0.
type Row struct {
	ID         int64
	ReportedAt time.Time
	Place      string
	PlaceKind  string // 点位类型
	Category   string
	Text       string // the problem in the reporter's words
	Source     string
	Unit       string
	Person     string
	Due        time.Time
	Status     issue.Status
	Late       time.Duration // how long the unit has been late, or was; 0: it is not
	Measure    string        // what the unit says that it did 措施
	DoneAt     time.Time     // when the unit said that it was done
	Review     string        // what the inspector found
	ClosedAt   time.Time     // 销号
	Returns    int
	Relapses   int
	Extensions int
	Reporter   string
	Note       string
}

// Info is what a ledger says of itself.
type Info struct {
	Title  string         // 昭阳县创城问题台账; 问题台账 if empty
	Period string         // in words: 2026年11月
	Filter string         // in words: 昭阳街道，整改中
	AsOf   time.Time      // 截至
	Zone   *time.Location // whose wall clock the times show; required
}

// Options are what a caller may want besides.
type Options struct {
	// Progress is told after every 1,000 rows how many there were.
	Progress func(n int)
	// Thumbnails gives a small JPEG or PNG of an issue for the spreadsheet, or nothing. After ErrNoPicture and ErrPurged its
	// field says why there is none; any other error ends the export. It is asked only in a ledger of at most 1,000 rows: a
	// larger one has no pictures, and says so.
	Thumbnails func(row Row) ([]byte, error)
	// TmpDir is where a spreadsheet of more than 16 MB waits until it is complete; the system's directory if empty. Nothing is
	// left behind there.
	TmpDir string
}

// ErrNoPicture says that there is a photo, but that it cannot be shown.
var ErrNoPicture = errors.New("sheet: the photo cannot be shown")

// ErrPurged says that there was a photo, which was kept for its time (docs/privacy.md).
var ErrPurged = errors.New("sheet: the photo was kept for its time")

var errNoZone = errors.New("sheet: no time zone")

// progressEvery is the number of rows between two reports of progress.
const progressEvery = 1000

// each goes through the rows and counts those that do took. The first error ends it, whether of the rows or of do.
func each(rows iter.Seq2[Row, error], opt Options, do func(Row) error) (n int, err error) {
	for row, err := range rows {
		if err != nil {
			return n, err
		}
		if err := do(row); err != nil {
			return n, err
		}
		n++
		if opt.Progress != nil && n%progressEvery == 0 {
			opt.Progress(n)
		}
	}
	return n, nil
}

// group is the sheet on which issues of a status stand.
func group(s issue.Status) string {
	switch s {
	case issue.Reported:
		return "待派单"
	case issue.Assigned, issue.Working:
		return "整改中"
	case issue.Submitted:
		return "待核查"
	case issue.Suspended:
		return "挂账"
	case issue.Closed:
		return "已销号"
	}
	return other
}

const (
	all   = "全部"
	other = "其他" // 不予立案, 并案, 作废
)

// groups lists the sheets of a ledger after the first one.
func groups() []string {
	return []string{"待派单", "整改中", "待核查", "挂账", "已销号", other}
}
