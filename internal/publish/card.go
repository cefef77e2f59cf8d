package publish

import (
	"slices"
	"strings"

	"duban/internal/files"
	"duban/internal/issue"
	"duban/internal/picture"
	"duban/internal/report"
	"duban/internal/score"
	"duban/internal/store"
)

// fullScore is where the bar of a card ends.
const fullScore issue.Points = 100_00

// card is a ranking as a picture; nil if nobody is ranked, because there would be nothing to see.
func (d Desk) card(r Ranking, note string) *picture.Ranking {
	if !slices.ContainsFunc(r.Scores, func(s score.Score) bool { return s.Rank > 0 }) {
		return nil
	}
	told := r.told()
	c := picture.Ranking{Title: r.Title, Note: strings.Trim(note+"\n"+told.Rules(), "\n")}
	for _, g := range d.Reg.Groups {
		scores := d.Words.OfGroup(g, r.Scores)
		if len(scores) == 0 {
			continue
		}
		group := picture.RankGroup{Name: g.Name, Remarks: d.Words.Remarks(g, told)}
		for _, s := range scores {
			if s.Rank > 0 {
				group.Rows = append(group.Rows, d.row(s, r.Last))
			}
		}
		c.Groups = append(c.Groups, group)
	}
	return &c
}

func (d Desk) row(s score.Score, last []score.Score) picture.RankRow {
	ranked := func(l score.Score) bool { return l.Unit == s.Unit && l.Rank > 0 }
	return picture.RankRow{
		Rank: s.Rank, Unit: d.Reg.UnitName(s.Unit), Score: s.Points.String(), Bar: float64(s.Points) / float64(fullScore),
		Counts: report.OnTime(s), Overdue: s.Overdue, Change: report.Change(s, last),
		New: len(last) > 0 && !slices.ContainsFunc(last, ranked),
	}
}

// provisionalCard is the card of a ranking that is not published.
func (d Desk) provisionalCard(r Ranking) (store.Recipe, error) {
	card := d.card(r, strings.TrimPrefix(r.Until+"，未定稿", "，"))
	if card == nil {
		return "", nil
	}
	return files.Spec{Name: r.Title, Ranking: card}.Recipe()
}
