package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"duban/internal/picture"
	"duban/internal/publish"
	"duban/internal/report"
	"duban/internal/score"
	"duban/internal/store"
	"duban/internal/understand"
)

// hotView tells what repeats, as 热点 does.
type hotView struct {
	Period  string
	Periods []choice
	Hots    score.Hots
	Places  []hotPlace
	Kinds   []hotKind
	All     bool
}

type hotPlace struct {
	score.HotPlace
	URL string // "" where the visitor may not see the place
}

type hotKind struct {
	score.HotCategory
	Share, Change string
	URL           string
}

// hot tells which places and kinds of problems repeat.
func (v *visit) hot() error {
	usual := "近7天"
	asked := orElse(v.r.FormValue("time"), usual)
	p, ok := understand.ReadPeriod(asked, v.now)
	if !ok {
		return badRequest("时间没有看懂，请从页面上选")
	}
	if end := v.now.Add(time.Microsecond); p.To.After(end) {
		p.To = end
	}
	page := hotView{Period: p.Name, All: v.all()}
	for _, name := range []string{usual, "近30天", "本月", "上月", "本周", "上周"} {
		page.Periods = append(page.Periods, choice{name, name, name == asked})
	}
	err := v.read(func(tx *store.Tx) (err error) {
		page.Hots, err = tx.Hots("", p.From, p.To)
		return err
	})
	if err != nil {
		return err
	}
	for _, h := range page.Hots.Places {
		line := hotPlace{HotPlace: h}
		if place, known := v.world.Reg.Place(h.Place); known && v.seesPlace(place) {
			line.URL = placeURL(h.Place)
		}
		page.Places = append(page.Places, line)
	}
	for _, c := range page.Hots.Categories {
		page.Kinds = append(page.Kinds, hotKind{c, report.Percent(c.N, page.Hots.N), report.Against(c.N, c.Before), issuesLink("category", c.Category, "time", asked)})
	}
	return v.render(http.StatusOK, "hot", "热点", page)
}

// exposureView is the exposure board 曝光台.
type exposureView struct {
	Title, Until string
	Cases        []exposed
}

type exposed struct {
	picture.Case
	Issue         int64
	Note          string
	Before, After string // links; "" if there is no photo
	See           bool   // the visitor may open the issue
}

// exposure is the exposure board as the office published it: everybody may see it, with the photos that the office looked at.
func (v *visit) exposure() error {
	var page exposureView
	page.Title, page.Until = v.world.Words.BoardTitle(v.now)
	cases, err := v.exposedNow()
	if err != nil {
		return err
	}
	for _, e := range cases {
		page.Cases = append(page.Cases, v.exposed(e))
	}
	return v.render(http.StatusOK, "exposure", "曝光台", page)
}

func (v *visit) exposed(e publish.Exposed) exposed {
	out := exposed{Case: e.Case, Issue: e.Issue, Note: e.Note, See: v.ofUnit(e.Unit)}
	if e.Case.Before != "" {
		out.Before = fmt.Sprintf("/exposure/%d/before", e.Issue)
	}
	if e.Case.After != "" {
		out.After = fmt.Sprintf("/exposure/%d/after", e.Issue)
	}
	return out
}

// exposedNow are the cases that are on the board.
func (v *visit) exposedNow() (cases []publish.Exposed, err error) {
	err = v.read(func(tx *store.Tx) (err error) {
		cases, err = v.desk().Standing(tx, v.now)
		return err
	})
	return cases, err
}

// exposedPhoto is a photo that is on the board.
func (v *visit) exposedPhoto() error {
	id, _ := strconv.ParseInt(v.r.PathValue("id"), 10, 64) // 0 is on no board
	cases, err := v.exposedNow()
	if err != nil {
		return err
	}
	for _, e := range cases {
		switch which := v.r.PathValue("which"); {
		case e.Issue != id:
		case which == "before":
			return v.sendPhoto(e.Case.Before)
		case which == "after":
			return v.sendPhoto(e.Case.After)
		}
	}
	return noPhoto()
}
