package store

import (
	"fmt"
	"slices"
	"strings"
	"time"

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
	for some := range slices.Chunk(places, placesAtOnce) {
		if err := tx.lastSeen(last, some, inspectors, to); err != nil {
			return nil, err
		}
	}
	return last, nil
}

// placesAtOnce is how many places one statement asks for: a county has thousands.
const placesAtOnce = 100

// lastSeen adds when an inspector was last at each of some places before an instant: about an issue that was not filed by mistake, or
// to look. Of each place the end of an index is read.
func (tx *Tx) lastSeen(last map[string]time.Time, places []issue.Place, inspectors []string, to time.Time) error {
	var rows []struct {
		Place         string
		Seen, Visited int64
	}
	args := []any{micros(to), inspectors, issue.Voided, micros(to)}
	for _, p := range places {
		args = append(args, p.Name)
	}
	err := tx.db.Raw("SELECT p.place, COALESCE((SELECT i.seen_at FROM issues AS i WHERE i.place = p.place AND i.seen_at > 0 AND i.seen_at < ? "+
		"AND i.seen_by IN ? AND i.status <> ? ORDER BY i.seen_at DESC LIMIT 1), 0) AS seen, "+
		"COALESCE((SELECT v.at FROM visits AS v WHERE v.place = p.place AND v.at > 0 AND v.at < ? ORDER BY v.at DESC LIMIT 1), 0) AS visited "+
		"FROM (SELECT ? AS place"+strings.Repeat(" UNION ALL SELECT ?", len(places)-1)+") AS p", args...).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("last inspections: %w", err)
	}
	for _, r := range rows {
		last[r.Place] = instant(max(r.Seen, r.Visited))
	}
	return nil
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
