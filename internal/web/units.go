package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"duban/internal/issue"
	"duban/internal/publish"
	"duban/internal/report"
	"duban/internal/score"
	"duban/internal/store"
)

// unitsView lists the units that the visitor sees, by their groups.
type unitsView struct {
	Ranking string // that the points are of
	Until   string
	Groups  []unitGroup
	Talks   []row
	All     bool
}

type unitGroup struct {
	Name  string
	Units []unitLine
}

type unitLine struct {
	ID, Name string
	Place    string // in the ranking
	Points   string
	Open     int
	Late     int

	rank int // 0: none
}

const (
	unitRows  = 1000 // open issues of a unit that are counted
	unitShown = 50   // and shown
	rankDays  = 30
)

// noUnit is said of a unit that is not there and of one that the visitor may not see.
func noUnit() error { return notFound("没有这个单位，或者不归您看") }

// units lists the units with what they have open and their places in the day's ranking.
func (v *visit) unitList() error {
	page := unitsView{All: v.all()}
	err := v.read(func(tx *store.Tx) error {
		s, _, err := v.desk().Latest(tx, v.now, "")
		if err != nil {
			return err
		}
		var r publish.Ranking
		if err := s.Decode(&r); err != nil {
			return err
		}
		page.Ranking, page.Until = r.Title, r.Until
		late, err := tx.CountByUnit(store.Filter{Statuses: withUnit(), DueBefore: v.now})
		if err != nil {
			return err
		}
		if page.Groups, err = v.unitGroups(tx, r, late); err != nil {
			return err
		}
		talks, err := tx.Issues(store.TalkList())
		page.Talks = v.rows(slices.DeleteFunc(talks, func(i issue.Issue) bool { return !v.sees(i) }))
		return err
	})
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "units", "单位", page)
}

// unitGroups puts the units into their groups, and those that are in none at the end.
func (v *visit) unitGroups(tx *store.Tx, r publish.Ranking, late map[string]int) ([]unitGroup, error) {
	var out []unitGroup
	for _, g := range append(slices.Clone(v.world.Reg.Groups), issue.Group{Name: "不参加考核"}) {
		group := unitGroup{Name: g.Name}
		for _, u := range v.world.Reg.Units {
			if u.Group != g.ID || !v.ofUnit(u.ID) {
				continue
			}
			line := unitLine{ID: u.ID, Name: u.Name, Late: late[u.ID]}
			var err error
			if line.Open, err = tx.CountIssues(store.Filter{Statuses: open(), Unit: u.ID}); err != nil {
				return nil, err
			}
			for _, s := range r.Scores {
				if s.Unit == u.ID {
					line.Place, line.Points = placed(s, r)
					line.rank = s.Rank
				}
			}
			group.Units = append(group.Units, line)
		}
		slices.SortStableFunc(group.Units, func(a, b unitLine) int { // those without a place come last
			return cmp.Or(cmp.Compare(min(b.rank, 1), min(a.rank, 1)), cmp.Compare(a.rank, b.rank))
		})
		if len(group.Units) > 0 {
			out = append(out, group)
		}
	}
	return out, nil
}

// placed is a unit's place and its points, or why it has none.
func placed(s score.Score, r publish.Ranking) (place, points string) {
	if s.Rank == 0 {
		return report.Ranking{Scoring: r.Scoring}.Unranked(s), ""
	}
	return "第 " + itoa(s.Rank), s.Points.String()
}

// unitView is all about one unit.
type unitView struct {
	ID, Name string
	Group    string
	Load     string
	Rows     []row
	More     bool
	Account  []string // line by line
	Trend    *chart
	People   []person
	Talks    []row
	Places   []placeName
}

type person struct{ Name, Roles string }

type placeName struct{ Name, URL string }

// unit is the page of one unit.
func (v *visit) unitPage() error {
	u, ok := v.world.Reg.Unit(v.r.PathValue("id"))
	if !ok || !v.ofUnit(u.ID) {
		return noUnit()
	}
	g, _ := v.world.Reg.Group(u.Group)
	page := unitView{ID: u.ID, Name: u.Name, Group: g.Name, People: v.staff(u)}
	for _, p := range v.world.Reg.Places {
		if p.Unit == u.ID {
			page.Places = append(page.Places, placeName{p.Name, placeURL(p.Name)})
		}
	}
	err := v.read(func(tx *store.Tx) error {
		list, err := tx.Issues(store.Filter{Statuses: open(), Unit: u.ID, Limit: unitRows})
		if err != nil {
			return err
		}
		page.Load, page.More = v.world.Words.Load(u.ID, list, v.now), len(list) > unitShown
		page.Rows = v.rows(list[:min(len(list), unitShown)])
		talk := store.TalkList()
		talk.Unit = u.ID
		talks, err := tx.Issues(talk)
		if err != nil {
			return err
		}
		page.Talks = v.rows(talks)
		if g.ID == "" {
			return nil
		}
		return v.scored(tx, u, &page)
	})
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "unit", u.Name, page)
}

// scored adds a unit's account, as 得分 says it, and its course in the published rankings.
func (v *visit) scored(tx *store.Tx, u issue.Unit, page *unitView) error {
	s, _, err := v.desk().Latest(tx, v.now, u.ID)
	if err != nil {
		return err
	}
	text, err := v.desk().Account(s, u.ID)
	if _, apart := issue.AsError(err); err != nil && !apart {
		return err
	}
	if text != "" {
		page.Account = strings.Split(text, "\n")
	}
	list, err := tx.Published(store.SnapshotRanking, v.now.AddDate(0, 0, -rankDays), v.now.Add(time.Microsecond), 2*rankDays)
	if err != nil {
		return err
	}
	var labels []string
	ranks := series{Name: "名次"}
	for n, s := range slices.Backward(list) {
		if n > 0 && list[n-1].PeriodTo == s.PeriodTo {
			continue // its correction comes next
		}
		var r struct{ Scores []score.Score }
		if err := s.Decode(&r); err != nil {
			return err
		}
		to := s.To().Add(-time.Second).In(v.now.Location())
		labels = append(labels, to.Format("1/2"))
		rank := gap
		for _, sc := range r.Scores {
			if sc.Unit == u.ID && sc.Rank > 0 {
				rank = sc.Rank
			}
		}
		ranks.Values = append(ranks.Values, rank)
	}
	page.Trend = draw("近 30 天名次", "按发布的每日排名，1 在最上面；没有排名的日子断开", labels, true, ranks)
	return nil
}

// staff are a unit's people with what they are in it: names and roles only.
func (v *visit) staff(u issue.Unit) []person {
	var out []person
	for _, p := range v.world.Reg.People {
		var roles []string
		for _, o := range []struct{ what, id string }{{"主要领导", u.Head}, {"负责人", u.Lead}, {"联络员", u.Liaison}, {"B岗", u.Deputy}} {
			if o.id == p.ID {
				roles = append(roles, o.what)
			}
		}
		if len(roles) == 0 && p.Unit != u.ID {
			continue
		}
		for _, r := range p.Roles {
			roles = append(roles, r.Text())
		}
		out = append(out, person{p.Name, strings.Join(roles, "、")})
	}
	return out
}
