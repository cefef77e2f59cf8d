package understand

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"duban/internal/calendar"
	"duban/internal/issue"
)

// Reader reads reports with the knowledge of the register. It is immutable and safe for concurrent use; a changed register
// needs a new one.
type Reader struct {
	cal        *calendar.Calendar
	places     *places
	units      *directory
	people     *directory
	categories *categories
	gists      gists
}

// New makes a reader. It keeps no reference to reg.
func New(reg *issue.Register, cal *calendar.Calendar) *Reader {
	r := &Reader{cal: cal, places: newPlaces(reg.Places), units: newDirectory(), people: newDirectory(), categories: newCategories(reg.Categories)}
	for _, u := range reg.Units {
		r.units.add(u.ID, append([]string{u.Name}, u.Aliases...)...)
	}
	for _, p := range reg.People {
		r.people.add(p.ID, append([]string{p.Name}, p.Aliases...)...)
	}
	return r
}

// Finding is what a report says. Fields that the report does not fill are empty.
type Finding struct {
	Text          string   // the problem in the reporter's own words, without numbering, unit, deadline and the people called on, on one line
	Place         string   // registered name of the point
	PlaceText     string   // the place as written
	Candidates    []string // other registered places that the report names
	Near          []string // without a place: registered places that it may have misspelled, at most two, to be asked about
	Category      string
	CategoryScore float64 // how much speaks for the category; comparable only within one configuration
	Unit          string  // id of the unit that the report names as responsible
	When          *When   // the deadline that the report says
	UnreadWhen    string  // without a deadline: words that ask for one that cannot be
	OnTheSpot     bool    // it was put right there and then: （现场督促物业已整改）
	Danger        bool    // it speaks of danger to people
}

// Report reads one problem of a report, at the time now.
func (r *Reader) Report(text string, now time.Time) Finding {
	f := foldText(text)
	whole := withoutNumbering(f.s)
	body, unitWords := withoutUnit(f.s, whole)
	var found Finding
	times := newFinder(f.s[:body.end], now, r.cal)
	if w, ok := times.find(); ok {
		found.When = &w
	} else {
		found.UnreadWhen = times.unread()
	}
	runes := []rune(f.s[body.start:body.end])
	mentions := r.places.mentions(runes)
	chosen := r.places.choose(runes, mentions)
	for i, m := range mentions {
		switch name := r.places.names[m.id]; {
		case i == chosen:
			found.Place = name
		case !slices.Contains(found.Candidates, name) && (chosen < 0 || name != r.places.names[mentions[chosen].id]):
			found.Candidates = append(found.Candidates, name)
		}
	}
	if found.Place == "" {
		found.Near = r.near(runes, mentions)
	}
	found.PlaceText = f.placeText(text, body, runes, mentions, chosen)
	found.Unit = r.namedUnit(unitWords, mentions, runes)
	found.Category, found.CategoryScore, _ = r.categories.best(r.problemRunes(f.s, body, found.When, runes, mentions))
	problem := withoutWhen(f.s, withoutCalled(f.s, body), found.When)
	found.Text = f.display(text, problem)
	found.Danger = isDanger(f.s[body.start:body.end])
	found.OnTheSpot = isOnTheSpot(f.s[body.start:body.end])
	return found
}

// problemRunes gives the runes of the problem with the names of places and the deadline blanked out.
func (r *Reader) problemRunes(s string, body region, w *When, runes []rune, mentions []mention) []rune {
	out := slices.Clone(runes)
	for _, m := range mentions {
		blank(out, m.start, m.end)
	}
	if w != nil && w.Start >= body.start && w.End <= body.end {
		start := utf8.RuneCountInString(s[body.start:w.Start])
		blank(out, start, start+utf8.RuneCountInString(w.Text))
	}
	return out
}

func blank(runes []rune, start, end int) {
	for i := start; i < end; i++ {
		runes[i] = masked
	}
}

// Place gives the registered place that text names exactly or by an alias. Otherwise it is "" and candidates are places
// that text contains or that it resembles in writing or in sound, the likeliest first.
func (r *Reader) Place(text string) (name string, candidates []string) {
	key := alike(text)
	if id, ok := r.places.exact[key]; ok {
		return r.places.names[id], nil
	}
	for _, m := range r.places.mentions([]rune(Fold(text))) {
		candidates = append(candidates, r.places.names[m.id])
	}
	if key != "" && len(candidates) == 0 {
		for _, id := range nearest(key, r.places.keys) {
			candidates = append(candidates, r.places.names[id])
		}
	}
	return "", candidates[:min(len(candidates), maxCandidates)]
}

// Unit gives the id of the unit that text names exactly or by an alias; otherwise the ids that it may mean, because it is like
// their names in writing or in sound (招阳街道, 住建菊), the likeliest first.
func (r *Reader) Unit(text string) (id string, candidates []string) { return r.units.lookup(text) }

// Person gives the id of the person that text names exactly or by an alias, with or without a leading @; otherwise, or if
// several people have the name, the ids that it may mean.
func (r *Reader) Person(text string) (id string, candidates []string) {
	return r.people.lookup(strings.TrimLeft(Fold(text), "@ "))
}

// Category gives the category that text names or whose keywords it contains.
func (r *Reader) Category(text string) (name string, ok bool) {
	if n, exact := r.categories.exact[alike(text)]; exact {
		return r.categories.names[n], true
	}
	runes := []rune(Fold(text))
	for _, m := range r.places.mentions(runes) {
		blank(runes, m.start, m.end)
	}
	name, _, ok = r.categories.best(runes)
	return name, ok
}

var (
	// asksUnit stands directly before a unit that is asked to act.
	asksUnit = compile(`(?:由|请|责成|转|交|交由|转交|督促|@|通知|派给?|责任人?:)\s*$`)
	// unitActs follows a unit that is asked to act.
	unitActs = compile(`^\s*(?:尽快|立即|马上|及时|抓紧)?(?:处理|负责|整改|牵头|落实|跟进|解决|处置|核实|查处|修复)`)
	// unitEnds follows a unit that stands alone at the end.
	unitEnds = compile(`^[\s。;!)]*$`)
	// unitAlone stands before such a unit.
	unitAlone = compile(`[\s,。;(]$`)
)

// namedUnit gives the unit that a report names as responsible: after 责任单位, as somebody asked to act, or alone at the end. A
// unit's name in the address (昭阳街道金水湾小区) names nobody responsible.
func (r *Reader) namedUnit(labelled string, mentions []mention, runes []rune) string {
	if labelled != "" {
		if id, _ := r.units.lookup(labelled); id != "" {
			return id
		}
		return r.unitWhere([]rune(labelled), func(string, string) bool { return true })
	}
	masked := slices.Clone(runes)
	for _, m := range mentions {
		blank(masked, m.start, m.end)
	}
	return r.unitWhere(masked, func(before, after string) bool {
		return asksUnit.MatchString(before) || unitActs.MatchString(after) ||
			before != "" && unitAlone.MatchString(before) && unitEnds.MatchString(after)
	})
}

// unitWhere gives the first unit in the text whose surroundings are right and whose name is unique.
func (r *Reader) unitWhere(runes []rune, right func(before, after string) bool) string {
	for i := 0; i < len(runes); i++ {
		end, ids := r.units.find.longest(runes, i)
		if end == 0 {
			continue
		}
		if len(ids) == 1 && right(string(runes[:i]), string(runes[end:])) {
			return r.units.ids[ids[0]]
		}
		i = end - 1
	}
	return ""
}
