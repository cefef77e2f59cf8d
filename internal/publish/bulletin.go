package publish

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"duban/internal/document"
	"duban/internal/files"
	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/score"
	"duban/internal/store"
	"duban/internal/understand"
)

// mostItems bounds the issues that a bulletin lists: what is longer is the ledger.
const mostItems = 80

// bulletinOf draws up the bulletin that a draft is about: without a period of the week that is over.
func (d Desk) bulletinOf(tx *store.Tx, _ Kind, p understand.Period, now time.Time) (store.Snapshot, error) {
	if p.Name == "" {
		p = understand.Week(now.AddDate(0, 0, -7))
	}
	return d.bulletin(tx, p, now)
}

// bulletinRecipe is the Word document; that of a draft says that it is one.
func bulletinRecipe(s store.Snapshot, draft bool) (store.Recipe, error) {
	var b document.Bulletin
	if err := s.Decode(&b); err != nil {
		return "", err
	}
	b.Draft = draft
	return files.Spec{Name: b.Number, Bulletin: &b}.Recipe()
}

func bulletinBrief(s store.Snapshot) (string, error) {
	var b document.Bulletin
	err := s.Decode(&b)
	return b.Brief(), err
}

// bulletin draws up the bulletin 通报 of a period (domain.md §2.3): what was found and done, the ranking, and every issue that is
// overdue now, by unit and place.
func (d Desk) bulletin(tx *store.Tx, p understand.Period, now time.Time) (store.Snapshot, error) {
	year := understand.Year(tx.Now().In(d.Cal.Location()))
	number, err := tx.NextNumber(store.SnapshotBulletin, year.From, year.To)
	if err != nil {
		return store.Snapshot{}, err
	}
	p = understand.UpTo(p, now.In(d.Cal.Location()))
	letter := d.Reg.Bulletin
	b := document.Bulletin{
		Bureau: letter.Bureau, Number: fmt.Sprintf("%s〔%d〕%d号", letter.Mark, year.From.Year(), number),
		Title: "关于" + p.Name + "创城问题整改情况的通报", To: "各责任单位", Date: now.In(d.Cal.Location()),
		Demands: letter.Demands, MaxPairs: letter.Photos,
	}
	if b.Bureau == "" {
		b.Bureau = d.Reg.Campaign.Name + "指挥部办公室"
	}
	draw := drawing{Desk: d, tx: tx, p: p, now: now, b: &b}
	for _, step := range []func() error{draw.overview, draw.ranking, draw.overdue, draw.setbacks} {
		if err := step(); err != nil {
			return store.Snapshot{}, err
		}
	}
	s, err := store.NewSnapshot(store.SnapshotBulletin, p.From, p.To, d.Reg.Scoring.Version, b, b.Text())
	s.Number = number
	return s, err
}

// drawing is a bulletin that is being drawn up.
type drawing struct {
	Desk
	tx  *store.Tx
	p   understand.Period
	now time.Time
	b   *document.Bulletin
}

// overview says what was inspected, found and done.
func (d drawing) overview() error {
	inPeriod := store.Filter{ReportedSince: d.p.From, Before: d.p.To, Statuses: store.Counted(), Whole: true}
	filed, err := d.tx.CountIssues(inPeriod)
	if err != nil {
		return err
	}
	done := inPeriod
	done.Statuses = []issue.Status{issue.Closed}
	closed, err := d.tx.CountIssues(done)
	if err != nil {
		return err
	}
	overdue, err := d.tx.CountIssues(d.late())
	if err != nil {
		return err
	}
	seen, err := d.tx.PlacesReported(d.p.From, d.p.To)
	if err != nil {
		return err
	}
	where := ""
	if len(seen) > 0 {
		where = fmt.Sprintf("在 %d 个点位%s", len(seen), d.byType(seen))
	}
	d.b.Overview = fmt.Sprintf("%s，各督查组%s发现问题 %d 件。截至%s，已整改销号 %d 件，未销号 %d 件；各单位超期未整改共 %d 件。",
		d.p.Name, where, filed, d.Words.Date(d.now), closed, filed-closed, overdue)
	for _, f := range []struct {
		name string
		n    int
	}{{"发现问题", filed}, {"已销号", closed}, {"未销号", filed - closed}, {"超期未整改", overdue}} {
		d.b.Figures = append(d.b.Figures, document.Figure{Name: f.name, Value: fmt.Sprint(f.n)})
	}
	return nil
}

// late chooses what is overdue now.
func (d drawing) late() store.Filter {
	return store.Filter{Statuses: []issue.Status{issue.Assigned, issue.Working}, DueBefore: d.now}
}

// byType counts places by their type: （社区小区 12 个、农贸市场 5 个）.
func (d drawing) byType(places []string) string {
	var types []string
	n := map[string]int{}
	for _, name := range places {
		p, _ := d.Reg.Place(name)
		if p.Type == "" {
			continue
		}
		if n[p.Type]++; n[p.Type] == 1 {
			types = append(types, p.Type)
		}
	}
	if len(types) == 0 {
		return ""
	}
	slices.SortStableFunc(types, func(a, b string) int { return n[b] - n[a] })
	var parts []string
	for _, t := range types {
		parts = append(parts, fmt.Sprintf("%s %d 个", t, n[t]))
	}
	return "（" + strings.Join(parts, "、") + "）"
}

// ranking ranks the units by the period's counts, up to now: what is due later today is not late yet.
func (d drawing) ranking() error {
	s, err := d.Desk.ranking(d.tx, store.SnapshotWeek, soFar(d.tx, d.p), "", Ranking{})
	if err != nil {
		return err
	}
	var r Ranking
	if err := s.Decode(&r); err != nil {
		return err
	}
	for _, g := range d.Reg.Groups {
		group := document.Group{Name: g.Name}
		for _, s := range d.Words.OfGroup(g, r.Scores) {
			if s.Rank > 0 || s.Entering+s.Overdue > 0 {
				group.Rows = append(group.Rows, d.rank(s, r))
			}
		}
		if len(group.Rows) > 0 {
			d.b.Groups = append(d.b.Groups, group)
		}
	}
	return nil
}

func (d drawing) rank(s score.Score, r Ranking) document.Rank {
	row := document.Rank{Unit: d.Reg.UnitName(s.Unit), Rank: s.Rank, Entering: s.Entering, OnTime: s.OnTime, Overdue: s.Overdue}
	row.Score = r.told().Unranked(s)
	if s.Rank > 0 {
		row.Score = s.Points.String()
	}
	for _, l := range r.Last {
		if l.Unit == s.Unit {
			row.Last = l.Rank
		}
	}
	return row
}

// overdue lists what is late, by unit in the register's order, then by place; the longest overdue, and of the others how many
// there are. The gravest, which the ladder has put on the list of the bulletin, come with their photos.
func (d drawing) overdue() error {
	f := d.late()
	f.Limit = mostItems
	list, err := d.tx.Issues(f)
	if err != nil {
		return err
	}
	for _, id := range d.unitsOf(list) {
		unit := document.Unit{Name: d.Reg.UnitName(id)}
		listed := 0
		for _, i := range list {
			if i.Unit != id {
				continue
			}
			item, err := d.item(i)
			if err != nil {
				return err
			}
			unit.Places = atPlace(unit.Places, placeOf(i), item)
			listed++
		}
		if unit.More, err = d.unlisted(id, len(list), listed); err != nil {
			return err
		}
		if len(unit.Places) > 0 || unit.More > 0 {
			d.b.Units = append(d.b.Units, unit)
		}
	}
	return nil
}

// unitsOf are the units of the register, and those of a list that are not in it any more.
func (d drawing) unitsOf(list []issue.Issue) []string {
	var out []string
	for _, u := range d.Reg.Units {
		out = append(out, u.ID)
	}
	for _, i := range list {
		if !slices.Contains(out, i.Unit) {
			out = append(out, i.Unit)
		}
	}
	return out
}

// unlisted is how many late issues of a unit are not among its listed ones.
func (d drawing) unlisted(unit string, all, listed int) (int, error) {
	if all < mostItems {
		return 0, nil
	}
	f := d.late()
	f.Unit = unit
	n, err := d.tx.CountIssues(f)
	return n - listed, err
}

// placeOf is where an issue is, as a list says it.
func placeOf(i issue.Issue) string {
	for _, name := range []string{i.Place, i.PlaceText} {
		if name != "" {
			return name
		}
	}
	return "其他点位"
}

// atPlace adds an item to its place.
func atPlace(places []document.Place, name string, item document.Item) []document.Place {
	n := slices.IndexFunc(places, func(p document.Place) bool { return p.Name == name })
	if n < 0 {
		return append(places, document.Place{Name: name, Items: []document.Item{item}})
	}
	places[n].Items = append(places[n].Items, item)
	return places
}

func (d drawing) item(i issue.Issue) (document.Item, error) {
	item := document.Item{Issue: i.ID, Text: report.Short(i.Text, 60), Overdue: int(d.now.Sub(i.Due) / (24 * time.Hour)), Returns: i.Returns}
	if i.Level < issue.LevelBulletin {
		return item, nil
	}
	photos, err := d.tx.AllPhotos(i.ID)
	item.Before, item.After = store.Newest(photos, store.PhotoBefore), store.Newest(photos, store.PhotoAfter)
	return item, err
}

// setbacks lists what came back and what was found to be false in the period, by the unit whose work it was.
func (d drawing) setbacks() error {
	for _, k := range []struct {
		judged issue.JudgementKind
		kind   document.SetbackKind
	}{{issue.Relapsed, document.Relapse}, {issue.Falsification, document.Falsified}} {
		judged, err := d.tx.Judged(k.judged, d.p.From, d.p.To)
		if err != nil {
			return err
		}
		for _, j := range judged {
			i, err := d.tx.Issue(j.Issue)
			if err != nil {
				return err
			}
			d.b.Setbacks = append(d.b.Setbacks, document.Setback{
				Kind: k.kind, Unit: d.Reg.UnitName(j.Unit), Place: placeOf(i), Text: i.Number() + " " + report.Short(i.Text, 60),
			})
		}
	}
	return nil
}
