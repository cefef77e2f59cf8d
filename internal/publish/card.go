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

// full is where the bar of a card ends.
func full(s issue.Scoring) issue.Points {
	if s.Style == issue.StyleDeductions && s.Deductions.Start > 0 {
		return s.Deductions.Start
	}
	return 100_00
}

// card is a ranking as a picture; nil if nobody is ranked, because there would be nothing to see.
func (d Desk) card(r Ranking, note string) *picture.Ranking {
	if !slices.ContainsFunc(r.Scores, func(s score.Score) bool { return s.Rank > 0 }) {
		return nil
	}
	told := r.told()
	c := picture.Ranking{Title: r.Title, Note: strings.TrimPrefix(note+"。"+told.Rules(), "。")}
	for _, g := range d.Reg.Groups {
		scores := d.Words.OfGroup(g, r.Scores)
		if len(scores) == 0 {
			continue
		}
		group := picture.RankGroup{Name: g.Name, Remarks: d.Words.Remarks(g, told)}
		for _, s := range scores {
			if s.Rank > 0 {
				group.Rows = append(group.Rows, d.row(s, told))
			}
		}
		c.Groups = append(c.Groups, group)
	}
	return &c
}

func (d Desk) row(s score.Score, r report.Ranking) picture.RankRow {
	ranked := func(l score.Score) bool { return l.Unit == s.Unit && l.Rank > 0 }
	return picture.RankRow{
		Rank: s.Rank, Unit: d.Reg.UnitName(s.Unit), Score: s.Points.String(), Bar: float64(s.Points) / float64(full(r.Scoring)),
		Counts: r.Basis(s), Overdue: s.Overdue, Change: report.Change(s, r.Last),
		New: len(r.Last) > 0 && !slices.ContainsFunc(r.Last, ranked),
	}
}

// rankingRecipe is the card of a ranking, as it was when it was frozen. It says no more than the draft, so that it comes with what
// is published only.
func rankingRecipe(s store.Snapshot, draft bool) (store.Recipe, error) {
	var r Ranking
	if err := s.Decode(&r); err != nil || draft {
		return "", err
	}
	return r.recipe()
}

// recipe is the card, if there is one.
func (r Ranking) recipe() (store.Recipe, error) {
	if r.Card == nil {
		return "", nil
	}
	return files.Spec{Name: r.Title, Ranking: r.Card}.Recipe()
}

// provisionalCard is the card of a ranking that is not published.
func (d Desk) provisionalCard(r Ranking) (store.Recipe, error) {
	card := d.card(r, strings.TrimPrefix(r.Until+"，未定稿", "，"))
	if card == nil {
		return "", nil
	}
	return files.Spec{Name: r.Title, Ranking: card}.Recipe()
}
