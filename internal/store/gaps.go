package store

import (
	"fmt"
	"time"

	"gorm.io/gorm"

	"duban/internal/issue"
	"duban/internal/score"
)

// hotDays is how far back repeated places are counted, and hotLeast how many issues make a place or a kind of problem hot.
const (
	hotDays  = 7
	hotLeast = 3
	hotMost  = 5 // kinds of problems that are named
)

// Visit is an inspector's visit to a place that found nothing to report 巡查 (S9).
type Visit struct {
	ID      int64
	Place   string
	Person  string
	At      int64
	Note    string
	Message string
}

// AddVisit records that an inspector was at a place now.
func (tx *Tx) AddVisit(v Visit) error {
	v.At = micros(tx.now)
	if err := tx.db.Create(&v).Error; err != nil {
		return fmt.Errorf("add visit: %w", err)
	}
	return nil
}

// Coverage tells which of some places nobody inspected in the last days of the rules before an instant. Its costs grow with
// the number of places, and not with what was ever found there.
func (tx *Tx) Coverage(reg *issue.Register, places []issue.Place, to time.Time) (score.Coverage, error) {
	last, err := tx.LastSeen(reg, places, to)
	if err != nil {
		return score.Coverage{}, err
	}
	return score.Cover(places, last, reg.Rules.CoverageDays, to), nil
}

// LastSeen tells when an inspector was last at each of some places before an instant, by their names; zero: never.
func (tx *Tx) LastSeen(reg *issue.Register, places []issue.Place, to time.Time) (map[string]time.Time, error) {
	var inspectors []string
	for _, p := range reg.People {
		if reg.Has(p.ID, issue.RoleInspector) {
			inspectors = append(inspectors, p.ID)
		}
	}
	last := map[string]time.Time{}
	for _, p := range places {
		seen, err := tx.lastSeen(p.Name, inspectors, to)
		if err != nil {
			return nil, err
		}
		last[p.Name] = seen
	}
	return last, nil
}

// lastSeen is when an inspector was last at a place before an instant: about an issue that was not filed by mistake, or to look.
func (tx *Tx) lastSeen(place string, inspectors []string, to time.Time) (time.Time, error) {
	newest := func(q *gorm.DB, column string) (int64, error) {
		var at int64
		err := q.Select(column).Where("place = ? AND "+column+" > 0 AND "+column+" < ?", place, micros(to)).
			Order(column + " DESC").Limit(1).Scan(&at).Error
		return at, err
	}
	seen, err := newest(tx.db.Model(&issueRow{}).Where("seen_by IN ? AND status <> ?", inspectors, issue.Voided), "seen_at")
	if err != nil {
		return time.Time{}, fmt.Errorf("last inspection of %s: %w", place, err)
	}
	visited, err := newest(tx.db.Model(&Visit{}), "at")
	if err != nil {
		return time.Time{}, fmt.Errorf("last visit to %s: %w", place, err)
	}
	return instant(max(seen, visited)), nil
}

// Hots counts what repeats in [from, to), of one unit's issues or of all: whole issues that stand in the books.
func (tx *Tx) Hots(unit string, from, to time.Time) (score.Hots, error) {
	h := score.Hots{Least: hotLeast}
	f := inBooks(from, to)
	f.Unit = unit
	var err error
	if h.N, err = tx.CountIssues(f); err != nil {
		return h, err
	}
	if h.Places, err = tx.hotPlaces(f); err != nil {
		return h, err
	}
	now, err := tx.countByCategory(f)
	if err != nil {
		return h, err
	}
	f.ReportedSince, f.Before = from.Add(-to.Sub(from)), from
	before, err := tx.countByCategory(f)
	if err != nil {
		return h, err
	}
	was := map[string]int{}
	for _, t := range before {
		was[t.Category] = t.N
	}
	for _, t := range now {
		if t.N >= hotLeast && t.Category != "" && len(h.Categories) < hotMost {
			h.Categories = append(h.Categories, score.HotCategory{Tally: t, Before: was[t.Category]})
		}
	}
	return h, nil
}

// inBooks chooses the whole issues of [from, to) that stand in the books.
func inBooks(from, to time.Time) Filter {
	return Filter{ReportedSince: from, Before: to, Statuses: Counted(), Whole: true}
}

// hotPlaces lists the places where problems repeat, and the kinds of which there is more than one.
func (tx *Tx) hotPlaces(f Filter) ([]score.HotPlace, error) {
	hot, err := tx.hot(f)
	if err != nil {
		return nil, err
	}
	var out []score.HotPlace
	for _, h := range hot {
		f.Place = h.Place
		tallies, err := tx.countByCategory(f)
		if err != nil {
			return nil, err
		}
		p := score.HotPlace{Hot: h}
		for _, t := range tallies {
			if t.N > 1 && t.Category != "" {
				p.Categories = append(p.Categories, t)
			}
		}
		out = append(out, p)
	}
	return out, nil
}

// hot lists the places with several of the issues that a filter chooses.
func (tx *Tx) hot(f Filter) ([]score.Hot, error) {
	places, err := tx.CountByPlace(f)
	if err != nil {
		return nil, err
	}
	var out []score.Hot
	for _, p := range places {
		if p.N >= hotLeast {
			out = append(out, score.Hot(p))
		}
	}
	return out, nil
}

// countByCategory counts the issues that a filter chooses by kind, most first.
func (tx *Tx) countByCategory(f Filter) ([]score.Tally, error) {
	var out []score.Tally
	err := f.where(tx.db.Model(&issueRow{})).Select("category AS category, COUNT(*) AS n").
		Group("category").Order("n DESC, category").Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("count by category: %w", err)
	}
	return out, nil
}

// Lagging compares the units of each group in a period [from, to).
func (tx *Tx) Lagging(reg *issue.Register, from, to time.Time) ([]score.Lagging, error) {
	facts, err := tx.Facts(from, to, "")
	if err != nil {
		return nil, err
	}
	var out []score.Lagging
	for _, g := range reg.Groups {
		var counts []score.Counts
		for _, sheet := range score.Sheets(reg.Scoring, unitsOf(reg, g.ID), score.Input{Facts: facts}) {
			counts = append(counts, sheet.Counts)
		}
		out = append(out, score.Lags(g.ID, counts, reg.Scoring.MinCases))
	}
	return out, nil
}

// gaps adds to a day what the leaders should hear of by itself: the places that nobody inspected, once the books go back far
// enough to tell.
func (tx *Tx) gaps(reg *issue.Register, d *score.Day) (err error) {
	days := reg.Rules.CoverageDays
	if days == 0 {
		return nil
	}
	begun, err := tx.begun()
	if err != nil || begun.IsZero() || begun.After(d.To.AddDate(0, 0, -days)) {
		return err
	}
	d.Coverage, err = tx.Coverage(reg, reg.Places, d.To)
	return err
}

// begun is when the first issue was filed; zero if none was.
func (tx *Tx) begun() (time.Time, error) {
	var first int64
	if err := tx.db.Model(&issueRow{}).Select("COALESCE(MIN(reported_at), 0)").Scan(&first).Error; err != nil {
		return time.Time{}, fmt.Errorf("first report: %w", err)
	}
	return instant(first), nil
}
