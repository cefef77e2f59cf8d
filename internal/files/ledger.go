package files

import (
	"context"
	"fmt"
	"image"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"duban/internal/issue"
	"duban/internal/media"
	"duban/internal/photo"
	"duban/internal/sheet"
	"duban/internal/store"
)

// Ledger says which issues a ledger 台账 lists (S18, domain.md §4 row 56).
type Ledger struct {
	From, To time.Time      // reported in [From, To); zero: at any time
	Period   string         // in words
	Unit     string         // unit id; "" for all
	Statuses []issue.Status // nil: all
	Late     time.Time      // only what its unit has and was due before; zero: whenever it is due
	Photos   bool           // with thumbnails
	Category string         `json:",omitzero"`
	Place    string         `json:",omitzero"` // a registered name
	Source   issue.Source   `json:",omitzero"`
	Words    string         `json:",omitzero"` // that the problem's text, or the place as written, holds
}

// Filter chooses the ledger's issues. The parts of assisting units are among them: each is a line that somebody has to work off.
func (l Ledger) Filter() store.Filter {
	return store.Filter{
		ReportedSince: l.From, Before: l.To, Unit: l.Unit, Statuses: l.Statuses, DueBefore: l.Late,
		Category: l.Category, Place: l.Place, Source: l.Source, Text: l.Words,
	}
}

// Overdue is the word for what is late now: it goes with no other word for statuses.
const Overdue = "超期"

// Restrict adds a word for statuses to those that a ledger lists, and says whether it could.
func (l *Ledger) Restrict(word string, now time.Time) bool {
	if !l.Late.IsZero() {
		return word == Overdue
	}
	if word == Overdue {
		if l.Statuses != nil {
			return false
		}
		l.Late, l.Statuses = now, []issue.Status{issue.Assigned, issue.Working}
		return true
	}
	for _, s := range Standings() {
		if s.Name != word {
			continue
		}
		for _, status := range s.Statuses {
			if !slices.Contains(l.Statuses, status) {
				l.Statuses = append(l.Statuses, status)
			}
		}
		return true
	}
	return false
}

// Name is what a ledger is called as a file, without its ending: 创城台账-11月-昭阳街道.
func (l Ledger) Name(reg *issue.Register) string {
	return fileName("创城台账-" + strings.ReplaceAll(l.Text(reg), " ", "-"))
}

// Text is what a ledger lists, in words: 11月 昭阳街道 整改中.
func (l Ledger) Text(reg *issue.Register) string {
	return strings.Join(append([]string{l.Period}, l.limits(reg)...), " ")
}

// limits are what a ledger is restricted to besides its time, in words.
func (l Ledger) limits(reg *issue.Register) []string {
	var out []string
	if l.Unit != "" {
		out = append(out, reg.UnitName(l.Unit))
	}
	if !l.Late.IsZero() {
		out = append(out, Overdue)
	} else if len(l.Statuses) > 0 {
		out = append(out, standingText(l.Statuses))
	}
	for _, word := range []string{l.Category, l.Place, l.Source.Text(), l.Words} {
		if word != "" {
			out = append(out, word)
		}
	}
	return out
}

// Standing is a word by which people choose the issues of a ledger.
type Standing struct {
	Name     string
	Statuses []issue.Status
}

// Standings lists these words: every status, and the two that several statuses share. 整改中 is what a unit has, signed for or
// not, as on the ledger's sheet of this name.
func Standings() []Standing {
	open := Standing{Name: "未销号"}
	var each []Standing
	for _, s := range issue.Statuses() {
		if s.Open() {
			open.Statuses = append(open.Statuses, s)
		}
		one := Standing{s.Text(), []issue.Status{s}}
		if s == issue.Working {
			one.Statuses = []issue.Status{issue.Assigned, issue.Working}
		}
		each = append(each, one)
	}
	return append(each, open)
}

// standingText is how people call some statuses.
func standingText(list []issue.Status) string {
	var names []string
	for _, s := range Standings() {
		if slices.Equal(s.Statuses, list) {
			return s.Name
		}
	}
	for _, s := range list {
		names = append(names, s.Text())
	}
	return strings.Join(names, "、")
}

// MostPictured is how many issues a ledger with photos may have.
const MostPictured = sheet.MaxPictured

// ErrTooLong says that a ledger has more issues than a spreadsheet has rows.
var ErrTooLong = sheet.ErrTooLong

// Format is the kind of file as which a ledger is written.
type Format string

// The formats.
const (
	XLSX Format = "xlsx"
	CSV  Format = "csv"
	JSON Format = "json"
)

// Export is a ledger that is to be written.
type Export struct {
	Ledger
	Format   Format
	TmpDir   string                // for what is too large for the memory; the system's if empty
	Progress func(done, total int) // told after every 1,000 issues
}

// Write writes a ledger from one state of the database and gives the number of its issues. One is written at a time; the others
// wait. After an error what went to out is not complete.
func (m *Maker) Write(ctx context.Context, now time.Time, e Export, out io.Writer) (n int, err error) {
	select {
	case m.exports <- struct{}{}:
		defer func() { <-m.exports }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	err = m.store.Read(ctx, now, func(tx *store.Tx) (err error) {
		batches, err := tx.FiledBatches(0)
		if err != nil {
			return err
		}
		n, err = book{m, tx, e, batches}.write(out)
		return err
	})
	return n, err
}

// book is a ledger that is being written.
type book struct {
	*Maker
	tx *store.Tx
	Export
	batches []store.Batch
}

func (b book) write(out io.Writer) (int, error) {
	reg := b.words.Reg
	info := sheet.Info{
		Title: reg.Campaign.Name + "问题台账", Period: b.Period, Filter: strings.Join(b.limits(reg), "，"), AsOf: b.tx.Now(), Zone: b.words.Cal.Location(),
	}
	opt := sheet.Options{TmpDir: b.TmpDir}
	if b.Progress != nil {
		total, err := b.tx.CountIssues(b.Filter())
		if err != nil {
			return 0, err
		}
		opt.Progress = func(n int) { b.Progress(n, total) }
	}
	if b.Photos {
		opt.Thumbnails = b.thumbnail
	}
	switch b.Format {
	case XLSX:
		return sheet.WriteLedger(out, info, b.rows(), opt)
	case CSV:
		return sheet.WriteCSV(out, info, b.rows(), opt)
	case JSON:
		return sheet.WriteJSON(out, info, b.rows(), opt)
	}
	return 0, fmt.Errorf("no format of a ledger: %q", b.Format)
}

// pageOf is of how many issues the findings are read at once.
const pageOf = 500

// rows are the ledger's rows by number, of which a few hundred are in memory at a time.
func (b book) rows() iter.Seq2[sheet.Row, error] {
	return func(yield func(sheet.Row, error) bool) {
		page := make([]issue.Issue, 0, pageOf)
		for i, err := range b.tx.EachIssue(b.Filter()) {
			if err != nil {
				yield(sheet.Row{}, err)
				return
			}
			if page = append(page, i); len(page) == pageOf {
				if !b.page(page, yield) {
					return
				}
				page = page[:0]
			}
		}
		b.page(page, yield)
	}
}

// page gives the rows of some issues, and whether more are wanted.
func (b book) page(list []issue.Issue, yield func(sheet.Row, error) bool) bool {
	ids := make([]int64, 0, len(list))
	for _, i := range list {
		ids = append(ids, i.ID)
	}
	found, err := b.tx.Findings(ids)
	if err != nil {
		yield(sheet.Row{}, err)
		return false
	}
	for _, i := range list {
		if !yield(b.row(i, found[i.ID]), nil) {
			return false
		}
	}
	return true
}

// thumbnailField is what a thumbnail fits into, in pixels: twice of what it takes on a usual screen, so that it prints well.
var thumbnailField = image.Pt(200, 144)

// thumbnail is the newest photo of what was wrong, made small; nothing if there is none that can be shown.
func (b book) thumbnail(r sheet.Row) ([]byte, error) {
	photos, err := b.tx.AllPhotos(r.ID)
	if err != nil {
		return nil, err
	}
	name := store.Newest(photos, store.PhotoBefore)
	if name == "" && slices.ContainsFunc(photos, func(p store.Photo) bool { return p.Kind == store.PhotoBefore && p.PurgedAt > 0 }) {
		return nil, sheet.ErrPurged
	}
	if name == "" {
		return nil, nil
	}
	data, err := media.Read(b.media, name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", sheet.ErrNoPicture, err)
	}
	small, err := photo.Thumbnail(data, thumbnailField)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", sheet.ErrNoPicture, err)
	}
	return small, nil
}

// ledger makes the ledger of a recipe.
func (w *work) ledger(ctx context.Context, now time.Time) error {
	if w.spec.Ledger == nil {
		return nil
	}
	return w.create(w.spec.Name+".xlsx", false, func(f io.Writer) error {
		_, err := w.Write(ctx, now, Export{Ledger: *w.spec.Ledger, Format: XLSX, TmpDir: w.dir}, f)
		return err
	})
}
