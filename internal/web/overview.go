package web

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"duban/internal/issue"
	"duban/internal/publish"
	"duban/internal/report"
	"duban/internal/score"
	"duban/internal/store"
	"duban/internal/understand"
)

// figure is one number of the overview.
type figure struct {
	Name  string
	Value int
	Was   string // what the last digest said
	Moved string // and the change
	Bad   bool
	Link  string
}

// dayView is the day at a glance: what the leaders' digest tells, with its trend.
type dayView struct {
	Since, Until string
	Figures      []figure
	Waits        []figure
	Worst        []row
	Ends         []report.Ends
	Hot          []score.Hot
	Unseen       []string // mandatory places that nobody inspected lately
	Days         int      // what lately means
	Trend        *chart
}

type overviewView struct {
	Day     *dayView // nil for people of a unit
	Decide  []decision
	Units   []deskView
	Ranking *publication
}

// decision is something that somebody has to decide.
type decision struct {
	ID   int64
	Text string
	By   string
}

// deskView is what a unit's people have before them.
type deskView struct {
	ID, Name string
	Load     string
	Rows     []row
	More     bool
}

const (
	overviewRows = 8  // issues of one list on the overview
	deskRows     = 30 // of a unit's people
	trendDays    = 14
)

// overview is the day at a glance; for people of a unit it is what they have to do.
func (v *visit) overview() error {
	var page overviewView
	err := v.read(func(tx *store.Tx) (err error) {
		if page.Ranking, err = v.lastRanking(tx); err != nil {
			return err
		}
		if !v.all() {
			page.Units, err = v.desks(tx)
			return err
		}
		if page.Day, err = v.day(tx); err != nil {
			return err
		}
		page.Decide, err = v.decisions(tx)
		return err
	})
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "overview", "总览", page)
}

// lastRanking is the day's ranking that went out last; nil if none did.
func (v *visit) lastRanking(tx *store.Tx) (*publication, error) {
	list, err := tx.Publications([]string{store.SnapshotRanking}, 0, 1)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	p := v.publication(list[0])
	return &p, nil
}

// day gathers what 日报 tells, and the digests of the days before.
func (v *visit) day(tx *store.Tx) (*dayView, error) {
	d := v.desk()
	day, err := d.DaySoFar(tx, v.now)
	if err != nil {
		return nil, err
	}
	s, _, err := d.Latest(tx, v.now, "")
	if err != nil {
		return nil, err
	}
	var ranking publish.Ranking
	if err := s.Decode(&ranking); err != nil {
		return nil, err
	}
	day.Rank(v.world.Reg, ranking.Scores, s.To())
	before, found, err := v.yesterday(tx)
	if err != nil {
		return nil, err
	}
	view := v.dayView(day)
	if found {
		compare(view.Figures, before)
	}
	view.Trend, err = v.trend(tx)
	return view, err
}

// yesterday are the totals of the last digest of an earlier day; false if there is none.
func (v *visit) yesterday(tx *store.Tx) (t score.DayTotals, found bool, err error) {
	_, found, err = tx.LastSnapshot(store.SnapshotTotals, understand.Day(v.now).From, &t)
	return t, found, err
}

// compare puts beside the day's figures what the last digest said. What was filed and closed is not done before the day is over:
// only the change of what is overdue means anything at any hour.
func compare(figures []figure, before score.DayTotals) {
	for n, was := range []int{before.Filed, before.Closed, before.Overdue} {
		figures[n].Was = fmt.Sprintf("上一日报 %d", was)
	}
	switch f := &figures[2]; {
	case f.Value > before.Overdue:
		f.Moved = fmt.Sprintf("多 %d", f.Value-before.Overdue)
	case f.Value < before.Overdue:
		f.Moved = fmt.Sprintf("少 %d", before.Overdue-f.Value)
	default:
		f.Moved = "持平"
	}
}

func (v *visit) dayView(d score.Day) *dayView {
	w := v.world.Words
	since := d.From.In(v.now.Location())
	view := &dayView{
		Since: w.Cal.Text(d.From, v.now), Until: w.Cal.Text(d.To, v.now), Hot: d.Hot, Days: d.Coverage.Days,
		Figures: []figure{
			{Name: "新立案", Value: d.Filed, Link: issuesLink("from", since.Format(inputMinute))},
			{Name: "销号", Value: d.Closed}, // the ledger does not know when something was closed
			{Name: "超期", Value: d.Overdue, Bad: d.Overdue > 0, Link: issuesLink("status", "超期")},
		},
		Waits: []figure{
			{Name: "待核查", Value: d.Review, Link: issuesLink("status", issue.Submitted.Text())},
			{Name: "待派单", Value: d.Undispatched, Bad: d.Undispatched > 0, Link: issuesLink("status", issue.Reported.Text())},
			{Name: "待审批", Value: d.Undecided, Link: "/#decide"},
			{Name: "约谈名单", Value: d.Talks, Bad: d.Talks > 0, Link: "/units#talks"},
			{Name: "下一工作日到期", Value: d.DueTomorrow, Link: issuesLink("status", "未销号", "order", "due")},
		},
		Worst: v.rows(d.Worst),
	}
	for _, g := range v.world.Reg.Groups {
		if e := w.Ends(g, d.Scores); e.First != "" {
			view.Ends = append(view.Ends, e)
		}
	}
	for _, g := range d.Coverage.Mandatory() {
		view.Unseen = append(view.Unseen, g.Name)
	}
	return view
}

// issuesLink leads to the ledger with some of its fields filled in.
func issuesLink(fields ...string) string {
	q := url.Values{}
	for n := 0; n+1 < len(fields); n += 2 {
		q.Set(fields[n], fields[n+1])
	}
	return "/issues?" + q.Encode()
}

// trend draws what the leaders' digests of the last days said; nil if there are less than two.
func (v *visit) trend(tx *store.Tx) (*chart, error) {
	p, _ := understand.ReadPeriod(fmt.Sprintf("近%d天", trendDays), v.now)
	t, err := v.desk().Trend(tx, p, nil)
	if err != nil || t == nil {
		return nil, err
	}
	lines := []series{{Name: "立案"}, {Name: "销号"}, {Name: "超期"}}
	var labels []string
	for _, d := range t.Days {
		labels = append(labels, d.Label)
		for n, value := range []int{d.Filed, d.Closed, d.Overdue} {
			lines[n].Values = append(lines[n].Values, value)
		}
	}
	return draw(fmt.Sprintf("近 %d 天走势", trendDays), t.Note, labels, false, lines...), nil
}

// decisions lists what waits for somebody to decide, the most urgent deadlines first.
func (v *visit) decisions(tx *store.Tx) ([]decision, error) {
	list, err := tx.Issues(store.Filter{Requested: true, Limit: overviewRows})
	var out []decision
	for _, i := range list {
		out = append(out, decision{i.ID, v.world.Words.Request(i, v.now), fmt.Sprintf("等%s，%s 前", i.Request.Decider.Text(), v.world.Cal.Text(i.Request.Due, v.now))})
	}
	return out, err
}

// desks is what the visitor's units have to do, the oldest deadline first.
func (v *visit) desks(tx *store.Tx) ([]deskView, error) {
	var out []deskView
	for _, unit := range v.units {
		list, err := tx.Issues(store.Filter{Statuses: open(), Unit: unit, Limit: unitRows})
		if err != nil {
			return nil, err
		}
		d := deskView{ID: unit, Name: v.world.Reg.UnitName(unit), Load: v.world.Words.Load(unit, list, v.now), More: len(list) > deskRows}
		d.Rows = v.rows(list[:min(len(list), deskRows)])
		out = append(out, d)
	}
	return out, nil
}

// inputMinute is how a browser writes a day with its time.
const inputMinute = "2006-01-02T15:04"

// date gives an instant of the campaign's zone as a browser's date field writes it; "" for none.
func date(t time.Time) string { return format(t, "2006-01-02") }
