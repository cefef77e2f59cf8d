package store

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"duban/internal/issue"
)

// MostLookedAt is about how many issues one page of a list looks at, where no index finds those that it asks for. What was
// reported longer ago is for the next page.
const MostLookedAt = 20_000

// Cursor is where a page of a list ended: the instant by which the list is ordered, and the issue's number. Zero: nowhere.
type Cursor struct {
	At time.Time
	ID int64
}

// Page is a part of a list.
type Page struct {
	Issues []issue.Issue
	Next   Cursor // where the list goes on; zero: this is its end
	// Partial says that the page ends because enough was looked at, and not because it is full.
	Partial bool
}

// Page gives the issues that a filter chooses after a cursor, at most f.Limit of them: the newest first, or, unless f.Latest, by
// deadline, then only those of open statuses. What it costs does not grow with how many issues there are, but with how many a
// unit or a place has where one is asked for.
func (tx *Tx) Page(f Filter, after Cursor) (Page, error) {
	f.paged = true
	if f.Latest {
		return tx.newest(f, after)
	}
	return tx.byDeadline(f, after)
}

// newest is a page of the newest issues, by the index of the time of the report: of the unit or place, or of all.
func (tx *Tx) newest(f Filter, after Cursor) (Page, error) {
	var p Page
	if after.At.IsZero() && !f.Before.IsZero() {
		after = Cursor{At: f.Before}
	}
	if f.wide() {
		until, err := tx.lookUntil(after)
		if err != nil {
			return p, err
		}
		if until.After(f.ReportedSince) {
			f.ReportedSince, p.Partial = until, true
		}
	}
	q := f.where(tx.db)
	if !after.At.IsZero() {
		q = q.Where("(reported_at, id) < (?, ?)", micros(after.At), after.ID)
	}
	var err error
	if p.Issues, err = found(q.Order("reported_at DESC, id DESC").Limit(f.Limit + 1)); err != nil {
		return p, err
	}
	switch {
	case len(p.Issues) > f.Limit:
		p.Issues, p.Partial = p.Issues[:f.Limit], false
		last := p.Issues[f.Limit-1]
		p.Next = Cursor{last.ReportedAt, last.ID}
	case p.Partial:
		p.Next = Cursor{At: f.ReportedSince}
	}
	return p, nil
}

// wide says whether a filter asks for what no index finds.
func (f Filter) wide() bool {
	return f.Unit == "" && f.Place == "" && (f.Text != "" || f.Category != "" || f.Source != "" || len(f.Statuses) > 0)
}

// lookUntil is until when, backwards, one page after a cursor looks; zero: to the beginning. Numbers follow the times of the
// reports closely enough to measure by them.
func (tx *Tx) lookUntil(after Cursor) (time.Time, error) {
	q := tx.db.Model(&issueRow{}).Select("id").Order("reported_at DESC, id DESC").Limit(1)
	if !after.At.IsZero() {
		q = q.Where("(reported_at, id) < (?, ?)", micros(after.At), after.ID)
	}
	var first, at int64
	if err := q.Scan(&first).Error; err != nil {
		return time.Time{}, fmt.Errorf("begin of a page: %w", err)
	}
	q = tx.db.Model(&issueRow{}).Select("reported_at").Where("id <= ?", first-MostLookedAt).Order("id DESC").Limit(1)
	if err := q.Scan(&at).Error; err != nil {
		return time.Time{}, fmt.Errorf("end of a page: %w", err)
	}
	return instant(at), nil
}

// byDeadline is a page of open issues, the oldest deadline first. Each status is read in the order of its index.
func (tx *Tx) byDeadline(f Filter, after Cursor) (Page, error) {
	var p Page
	statuses := slices.DeleteFunc(issue.Statuses(), func(s issue.Status) bool {
		return !s.Open() || len(f.Statuses) > 0 && !slices.Contains(f.Statuses, s)
	})
	for _, s := range statuses {
		f.Statuses = []issue.Status{s}
		q := f.where(tx.db)
		if after != (Cursor{}) {
			q = q.Where("("+f.due()+", id) > (?, ?)", micros(after.At), after.ID)
		}
		list, err := found(q.Order(f.due() + ", id").Limit(f.Limit + 1))
		if err != nil {
			return p, err
		}
		p.Issues = append(p.Issues, list...)
	}
	slices.SortFunc(p.Issues, func(a, b issue.Issue) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) })
	if len(p.Issues) > f.Limit {
		p.Issues = p.Issues[:f.Limit]
		last := p.Issues[f.Limit-1]
		p.Next = Cursor{last.Due, last.ID}
	}
	return p, nil
}

// found reads issues.
func found(q *gorm.DB) ([]issue.Issue, error) {
	var rows []issueRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list issues: %w", err)
	}
	out := make([]issue.Issue, 0, len(rows))
	for _, r := range rows {
		i, err := r.issue()
		if err != nil {
			return nil, err
		}
		out = append(out, i)
	}
	return out, nil
}
