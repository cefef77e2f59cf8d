package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/score"
	"duban/internal/store"
	"duban/internal/understand"
)

func itoa(n int) string { return strconv.Itoa(n) }

func placeURL(name string) string { return "/places/" + url.PathEscape(name) }

// seesPlace says whether the visitor may see a place: it is their unit's, or their unit supports it.
func (v *visit) seesPlace(p issue.Place) bool {
	return v.all() || p.Unit != "" && v.ofUnit(p.Unit) || p.Support != "" && v.ofUnit(p.Support)
}

// placesView lists the places that the visitor sees.
type placesView struct {
	Days    int // after which a place without an inspection is a gap; 0: gaps are not looked for
	Covered int
	Share   string
	Gaps    int
	Places  []placeLine
}

type placeLine struct {
	placeName
	Type, Unit string
	UnitURL    string
	Mandatory  bool
	Seen       string // when an inspector was last there
	Gap        bool
	Week       int // issues of the last seven days, of places where they repeat
}

// places lists the places, those that nobody inspected lately first.
func (v *visit) placeList() error {
	var mine []issue.Place
	for _, p := range v.world.Reg.Places {
		if v.seesPlace(p) {
			mine = append(mine, p)
		}
	}
	page := placesView{Days: v.world.Reg.Rules.CoverageDays}
	week, _ := understand.ReadPeriod("近7天", v.now)
	err := v.read(func(tx *store.Tx) error {
		last, err := tx.LastSeen(v.world.Reg, mine, v.now.Add(time.Microsecond))
		if err != nil {
			return err
		}
		hots, err := tx.Hots("", week.From, v.now.Add(time.Microsecond))
		if err != nil {
			return err
		}
		var c score.Coverage
		if page.Days > 0 {
			c = score.Cover(mine, last, page.Days, v.now)
			page.Covered, page.Gaps, page.Share = c.Covered(), len(c.Gaps), report.Percent(c.Covered(), c.Places)
		}
		page.Places = v.placeLines(mine, last, c, hots)
		return nil
	})
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "places", "点位", page)
}

func (v *visit) placeLines(mine []issue.Place, last map[string]time.Time, c score.Coverage, hots score.Hots) []placeLine {
	lines := map[string]*placeLine{}
	var order []string
	for _, p := range mine {
		l := &placeLine{placeName: placeName{p.Name, placeURL(p.Name)}, Type: p.Type, Unit: v.world.Reg.UnitName(p.Unit), Mandatory: p.Mandatory, Seen: v.seenText(last[p.Name])}
		if p.Unit != "" && v.ofUnit(p.Unit) {
			l.UnitURL = "/units/" + p.Unit
		}
		lines[p.Name] = l
	}
	for _, g := range c.Gaps {
		lines[g.Name].Gap = true
		order = append(order, g.Name)
	}
	for _, p := range mine {
		if !lines[p.Name].Gap {
			order = append(order, p.Name)
		}
	}
	for _, h := range hots.Places {
		if l := lines[h.Place]; l != nil {
			l.Week = h.N
		}
	}
	var out []placeLine
	for _, name := range order {
		out = append(out, *lines[name])
	}
	return out
}

// seenText is when an inspector was at a place.
func (v *visit) seenText(t time.Time) string {
	if t.IsZero() {
		return "从未督查"
	}
	return v.world.Cal.Text(t, v.now)
}

// placeView is all about one place.
type placeView struct {
	placeLine
	Chain  []fact
	Lately string // what was found lately
	Open   []row
	Recent []row
	More   string // link to all of them
}

const placeRecent = 10

// place is the page of one place.
func (v *visit) placePage() error {
	p, ok := v.world.Reg.Place(v.r.PathValue("name"))
	if !ok || !v.seesPlace(p) {
		return notFound("没有登记这个点位，或者不归您看")
	}
	page := placeView{Chain: v.chain(p), More: issuesLink("place", p.Name)}
	err := v.read(func(tx *store.Tx) error {
		last, err := tx.LastSeen(v.world.Reg, []issue.Place{p}, v.now.Add(time.Microsecond))
		if err != nil {
			return err
		}
		var c score.Coverage
		if days := v.world.Reg.Rules.CoverageDays; days > 0 {
			c = score.Cover([]issue.Place{p}, last, days, v.now)
		}
		page.placeLine = v.placeLines([]issue.Place{p}, last, c, score.Hots{})[0]
		if v.all() {
			page.Week, err = tx.CountIssues(store.Filter{Place: p.Name, ReportedSince: v.now.AddDate(0, 0, -7), Statuses: store.Counted(), Whole: true})
			if err != nil {
				return err
			}
		}
		list, err := tx.Issues(store.Filter{Place: p.Name, Statuses: open(), Whole: true, Limit: unitRows})
		if err != nil {
			return err
		}
		recent, err := tx.Page(store.Filter{Place: p.Name, Statuses: []issue.Status{issue.Closed}, Latest: true, Limit: placeRecent}, store.Cursor{})
		hidden := func(i issue.Issue) bool { return !v.sees(i) }
		page.Open = v.rows(slices.DeleteFunc(list, hidden))
		page.Recent = v.rows(slices.DeleteFunc(recent.Issues, hidden))
		return err
	})
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "place", p.Name, page)
}

// chain is who answers for a place (S11, S12).
func (v *visit) chain(p issue.Place) []fact {
	reg := v.world.Reg
	var out []fact
	add := func(name, text string) {
		if text != "" {
			out = append(out, fact{name, text})
		}
	}
	add("责任单位", reg.UnitName(p.Unit))
	add("责任人", v.world.Words.Chain(p.Unit))
	if p.Leader != "" {
		add("包保领导", reg.PersonName(p.Leader))
	}
	add("挂钩单位", reg.UnitName(p.Support))
	add("所属社区", p.Community)
	return out
}
