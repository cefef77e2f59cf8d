package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
)

// issueView is all about one issue.
type issueView struct {
	Issue    issue.Issue
	Number   string
	Status   string
	Tone     string
	Late     bool
	Place    string
	PlaceURL string // "" where the visitor may not see the place
	Unit     string
	UnitURL  string
	Facts    []fact
	Clocks   []report.Clock
	Pending  string
	Album    []album
	Related  []related
	Twins    []related
	History  []report.Moment
	Scoring  string // the ranking that Effects are of
	Effects  []string
	Excused  bool
}

// fact is a line of what is known.
type fact struct{ Name, Text string }

// related is another issue that this one is bound to.
type related struct {
	What string
	row
	See bool // the visitor may open it
}

// album are the photos of one kind.
type album struct {
	Name   string
	Photos []photoView
	Lost   int // without a copy that may be shown
	Purged int // given up after the time for which photos are kept
}

type photoView struct {
	ID      int64
	Caption string
}

// noIssue is said of a number that nobody has and of one that the visitor may not see: numbers must tell nothing.
func noIssue(id string) error {
	return notFound("没有 #" + report.Short(id, 20) + " 这件问题，或者不归您的单位")
}

// issue is the page of one issue.
func (v *visit) issue() error {
	text := v.r.PathValue("id")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return noIssue(text)
	}
	var page issueView
	err = v.read(func(tx *store.Tx) (err error) {
		i, err := tx.Issue(id)
		if _, unknown := issue.AsError(err); unknown || err == nil && !v.sees(i) {
			return noIssue(text)
		}
		if err != nil {
			return err
		}
		page, err = v.issueView(tx, i)
		return err
	})
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "issue", page.Number, page)
}

func (v *visit) issueView(tx *store.Tx, i issue.Issue) (issueView, error) {
	w := v.world.Words
	s, err := v.desk().Story(tx, i)
	if err != nil {
		return issueView{}, err
	}
	page := issueView{
		Issue: i, Number: i.Number(), Status: w.Status(s, v.now), Tone: string(i.Status), Late: i.Overdue(v.now), Place: orElse(i.Place, i.PlaceText),
		Unit: v.world.Reg.UnitName(i.Unit), Facts: v.facts(i), Clocks: w.Clocks(i, v.now), Pending: w.Pending(i, v.now),
		History: w.History(s.Events), Excused: i.Excused, Related: v.relations(s),
	}
	if p, ok := v.world.Reg.Place(i.Place); ok && v.seesPlace(p) {
		page.PlaceURL = placeURL(p.Name)
	}
	if i.Unit != "" && v.ofUnit(i.Unit) {
		page.UnitURL = "/units/" + i.Unit
	}
	for _, step := range []func() error{
		func() error { return v.album(tx, i, &page) },
		func() error { return v.twins(tx, i, &page) },
		func() error { return v.effects(tx, i, &page) },
	} {
		if err := step(); err != nil {
			return page, err
		}
	}
	return page, nil
}

// facts are what is known of an issue, as far as there is anything to say.
func (v *visit) facts(i issue.Issue) []fact {
	w, reg := v.world.Words, v.world.Reg
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return w.Cal.Text(t, v.now)
	}
	solved := ""
	if i.OnTheSpot {
		solved = "当场解决"
	}
	var out []fact
	for _, f := range []fact{
		{"类别", orElse(i.Category, "未识别")},
		{"来源", sourceText(i)},
		{"责任", w.Owner(i)},
		{"责任人", w.Chain(i.Unit)},
		{"首接单位", reg.UnitName(i.First)},
		{"包保", w.Guarantee(i.Place)},
		{"上报", reg.PersonName(i.Reporter) + "，" + at(i.ReportedAt)},
		{"派单", at(i.AssignedAt)},
		{"签收", at(i.SignedAt)},
		{"提交", at(i.SubmittedAt)},
		{"措施", i.Measure},
		{"销号", at(i.ClosedAt)},
		{"说明", solved},
		{"投诉", w.Complaint(i, v.now)},
		{"曝光", at(i.ExposedAt)},
	} {
		if f.Text != "" {
			out = append(out, f)
		}
	}
	return out
}

func sourceText(i issue.Issue) string {
	if i.SelfFound {
		return issue.FromSelf.Text()
	}
	return orElse(i.Source.Text(), issue.FromInspection.Text())
}

// relations are the issues that this one is bound to. Of one that the visitor may not open the number and the status are told, as
// in chat, because they belong to this issue's own story.
func (v *visit) relations(s report.Story) []related {
	var out []related
	add := func(what string, list ...issue.Issue) {
		for _, i := range list {
			out = append(out, v.related(what, i))
		}
	}
	if s.Whole != nil {
		add("协办自", *s.Whole)
	}
	add("协办", s.Parts...)
	if s.Target != nil {
		add("已并入", *s.Target)
	}
	add("并入的", s.Merged...)
	return out
}

func (v *visit) related(what string, i issue.Issue) related {
	r := related{what, v.row(i), v.sees(i)}
	if !r.See {
		r.Text = ""
	}
	return r
}

const (
	twinDays = 30 // how old another issue at the place may be
	twinMost = 5
)

// twins are the other open issues at the place, which may be the same problem.
func (v *visit) twins(tx *store.Tx, i issue.Issue, page *issueView) error {
	if i.Place == "" || !i.Open() {
		return nil
	}
	list, err := tx.Issues(store.Filter{
		Statuses: open(), Place: i.Place, ReportedSince: v.now.AddDate(0, 0, -twinDays), Whole: true, Latest: true, Limit: twinMost + 1,
	})
	for _, t := range list {
		if t.ID != i.ID && v.sees(t) && len(page.Twins) < twinMost {
			page.Twins = append(page.Twins, v.related("同一点位", t))
		}
	}
	return err
}

// effects are the lines of the unit's latest account in which the issue stands.
func (v *visit) effects(tx *store.Tx, i issue.Issue, page *issueView) error {
	if i.Unit == "" {
		return nil
	}
	s, _, err := v.desk().Latest(tx, v.now, i.Unit)
	if err != nil {
		return err
	}
	page.Scoring, page.Effects, err = v.desk().Effects(s, i.Unit, i.ID)
	return err
}

// kinds are the kinds of photos as people call them, in the order in which they are shown.
var kinds = []struct{ kind, name string }{
	{store.PhotoBefore, "整改前"}, {store.PhotoAfter, "整改后"}, {store.PhotoCheck, "核查"},
}

// album gathers an issue's photos, those of the issues merged into it included.
func (v *visit) album(tx *store.Tx, i issue.Issue, page *issueView) error {
	photos, err := tx.AllPhotos(i.ID)
	if err != nil {
		return err
	}
	for _, k := range kinds {
		a := album{Name: k.name}
		for _, p := range photos {
			switch {
			case p.Kind != k.kind:
			case p.PurgedAt > 0:
				a.Purged++
			case p.Shown == "":
				a.Lost++
			default:
				caption := v.world.Reg.PersonName(p.Person) + " " + v.world.Cal.Text(time.UnixMicro(p.At), v.now)
				if p.IssueID != i.ID {
					caption += fmt.Sprintf("（随 #%d 并入）", p.IssueID)
				}
				a.Photos = append(a.Photos, photoView{p.ID, caption})
			}
		}
		if len(a.Photos)+a.Lost+a.Purged > 0 {
			page.Album = append(page.Album, a)
		}
	}
	return nil
}
