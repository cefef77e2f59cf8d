package web

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"duban/internal/picture"
	"duban/internal/publish"
	"duban/internal/report"
	"duban/internal/store"
)

// wallView is the day on a big screen: the figures always, and one panel after the other beside them.
type wallView struct {
	Clock   string // of the data
	Until   string
	Panel   string
	Figures []figure
	Waits   []figure
	Worst   []row
	Hot     []place
	Ranking *picture.Ranking
	Trend   *chart
	Exposed []exposed
	Dots    []bool // one for each panel; true: this one
}

// place is a hot place with its bar.
type place struct {
	Name string
	N    int
}

const (
	wallSeconds = 20 // for which a panel is shown
	wallRows    = 6  // that are readable from five metres and need no scrolling
	wallUnits   = 7  // of each group
	wallLast    = 3  // of these, the last ones of a larger group
	wallGroups  = 2  // side by side
	wallCases   = 2
)

func (wallView) refresh() int  { return wallSeconds }
func (wallView) class() string { return "wall" }

// panels are what the wall shows in turn. What has nothing to show is passed over.
var panels = []string{"排名", "超期最久", "走势", "多发点位", "曝光台"}

// wall is for a screen that nobody touches: it loads itself anew and shows the next panel each time.
func (v *visit) wall() error {
	var page wallView
	err := v.read(func(tx *store.Tx) error {
		day, err := v.day(tx)
		if err != nil {
			return err
		}
		page = wallView{
			Clock: v.now.Format("15:04"), Until: v.now.Format("1月2日") + " " + weekday(v.now.Weekday()), Figures: day.Figures, Waits: day.Waits,
			Trend: day.Trend,
		}
		for _, h := range day.Hot[:min(len(day.Hot), wallRows)] {
			page.Hot = append(page.Hot, place{h.Place, h.N})
		}
		return v.wallLists(tx, &page)
	})
	if err != nil {
		return err
	}
	page.turn(v.panelAt(page.shown()))
	return v.render(http.StatusOK, "wall", "大屏", page)
}

// wallLists adds the ranking that is out, the longest overdue and the exposure board.
func (v *visit) wallLists(tx *store.Tx, page *wallView) error {
	var err error
	if page.Ranking, err = v.wallRanking(tx); err != nil {
		return err
	}
	worst, err := tx.Issues(store.Filter{Statuses: withUnit(), DueBefore: v.now, Limit: wallRows})
	if err != nil {
		return err
	}
	for _, i := range worst {
		line := v.row(i)
		line.Text = report.Short(i.Text, 26)
		page.Worst = append(page.Worst, line)
	}
	cases, err := v.desk().Standing(tx, v.now)
	if err != nil || len(cases) == 0 {
		return err
	}
	for _, e := range inTurn(cases, wallCases, v.now) {
		page.Exposed = append(page.Exposed, v.exposed(e))
	}
	return nil
}

// inTurn are as many of a list as have room; all are shown, one round of the panels after the other.
func inTurn[T any](list []T, room int, now time.Time) []T {
	round := int(now.Unix()) / (wallSeconds * len(panels))
	var out []T
	for n := range min(len(list), room) {
		out = append(out, list[(round*room+n)%len(list)])
	}
	return out
}

// wallRanking is the day's ranking, or, as long as nobody is ranked, the last one that went out; nil if there is none. Of a group
// with many units the first and the last ones are shown.
func (v *visit) wallRanking(tx *store.Tx) (*picture.Ranking, error) {
	var r publish.Ranking
	s, _, err := v.desk().Latest(tx, v.now, "")
	if err == nil {
		err = s.Decode(&r)
	}
	if err == nil && r.Card == nil {
		r = publish.Ranking{}
		_, _, err = tx.LastSnapshot(store.SnapshotRanking, v.now, &r)
	}
	if err != nil || r.Card == nil {
		return nil, err
	}
	ranked := slices.DeleteFunc(r.Card.Groups, func(g picture.RankGroup) bool { return len(g.Rows) == 0 })
	r.Card.Groups = inTurn(ranked, wallGroups, v.now)
	for n := range r.Card.Groups {
		g := &r.Card.Groups[n]
		if n := len(g.Rows); n > wallUnits {
			g.Rows = slices.Concat(g.Rows[:wallUnits-wallLast], g.Rows[n-wallLast:])
		}
	}
	return r.Card, nil
}

// shown are the panels that have something to show.
func (w wallView) shown() []string {
	has := map[string]bool{
		"排名": w.Ranking != nil, "超期最久": len(w.Worst) > 0, "走势": w.Trend != nil, "多发点位": len(w.Hot) > 0, "曝光台": len(w.Exposed) > 0,
	}
	var out []string
	for _, p := range panels {
		if has[p] {
			out = append(out, p)
		}
	}
	return out
}

// panelAt chooses the panel of a time, or the one that the address names.
func (v *visit) panelAt(shown []string) (here int, of []string) {
	if len(shown) == 0 {
		return 0, nil
	}
	if n, err := strconv.Atoi(v.r.FormValue("panel")); err == nil && n > 0 && n <= len(shown) {
		return n - 1, shown
	}
	return int(v.now.Unix()/wallSeconds) % len(shown), shown
}

func (w *wallView) turn(here int, of []string) {
	if len(of) == 0 {
		return
	}
	w.Panel = of[here]
	for n := range of {
		w.Dots = append(w.Dots, n == here)
	}
}

// weekday is a day of the week in Chinese.
func weekday(d time.Weekday) string {
	return [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}[d]
}
