package intake

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"duban/internal/calendar"
	"duban/internal/issue"
	"duban/internal/understand"
)

// Terms are what is said of a whole batch: where it comes from, what it is called, and until when its problems are to be put right.
type Terms struct {
	Source issue.Source
	Words  string // the source in the words of who imports it: 省模拟测评
	Name   string // "": as the file is called
	Limit  understand.Term
}

// Plan is what would be filed of a sheet.
type Plan struct {
	Terms      Terms
	Rows       []Row
	Problems   []Problem // of the rows, in order
	Faults     []Fault   // with any of them nothing is filed
	Units      []Share   // the most first
	NoUnit     []Row     // these wait for the office
	NoPlace    []Row
	NoCategory []Row
	Strange    []Row // their category is not known by its name; it was found by the words of the problem, if at all
}

// Share is how many problems a unit gets.
type Share struct {
	Unit string
	N    int
}

// Fault is something in a row that has to be mended.
type Fault struct {
	Row    Row
	Column string
	Text   string
}

// maxText is how many characters the words of a problem may have, as in a report.
const maxText = 500

// Plan understands the rows of a sheet as reports are understood, but what a column says goes before what the words say. A deadline
// is that of the row, or else that of the batch, or else what the words of the problem say, or else that of the category.
func (c Clerk) Plan(rows []Row, t Terms, now time.Time) Plan {
	p := Plan{Terms: t, Rows: rows, Problems: make([]Problem, 0, len(rows))}
	count := map[string]int{}
	for _, r := range rows {
		reading := rowReading{Clerk: c, row: r, written: r, terms: t, now: now}
		problem := reading.problem()
		p.Faults = append(p.Faults, reading.faults...)
		p.Problems = append(p.Problems, problem)
		if o := c.owner(problem); o.Unit != "" {
			count[o.Unit]++
		} else {
			p.NoUnit = append(p.NoUnit, r)
		}
		if problem.Place == "" {
			p.NoPlace = append(p.NoPlace, r)
		}
		switch {
		case problem.Category == "":
			p.NoCategory = append(p.NoCategory, r)
		case reading.strange:
			p.Strange = append(p.Strange, r)
		}
	}
	for unit, n := range count {
		p.Units = append(p.Units, Share{unit, n})
	}
	slices.SortFunc(p.Units, func(a, b Share) int { return cmp.Or(b.N-a.N, cmp.Compare(a.Unit, b.Unit)) })
	return p
}

// rowReading is a row that is being understood.
type rowReading struct {
	Clerk
	row     Row
	written Row // as it stands in the sheet
	terms   Terms
	now     time.Time
	faults  []Fault
	strange bool
}

func (r *rowReading) fault(column, text string) {
	r.faults = append(r.faults, Fault{r.written, column, text})
}

// brokenCell is what a spreadsheet shows for a formula that failed.
var brokenCell = regexp.MustCompile(`^#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!)`)

func (r *rowReading) problem() Problem {
	r.clean()
	text := strings.Join(strings.Fields(r.row.Text), " ")
	whole := text
	if place := strings.Join(strings.Fields(r.row.Place), " "); place != "" && text != "" && !strings.HasPrefix(text, place) {
		whole = place + between(place, text) + text
	}
	switch n := utf8.RuneCountInString(whole); {
	case text == "" && !brokenCell.MatchString(r.written.Text):
		r.fault("问题描述", "是空的")
	case n > maxText:
		r.fault("问题描述", fmt.Sprintf("太长（%d 字，最多 %d 字）", n, maxText))
		whole = string([]rune(whole)[:maxText])
	}
	p := Problem{Finding: r.Reader.Report(whole, r.now), Source: r.terms.Source}
	p.OnTheSpot = false // the sheet lists what is still to be done
	r.place(&p)
	r.category(&p)
	r.units(&p)
	r.deadline(&p, whole)
	p.Note = r.note()
	return p
}

// between is what has to stand between a place and a problem, so that they are read apart: nothing, as people write it in a report,
// except between two numbers or after a bracket.
func between(place, text string) string {
	last, _ := utf8.DecodeLastRuneInString(place)
	first, _ := utf8.DecodeRuneInString(text)
	if unicode.Is(unicode.Han, last) && (unicode.Is(unicode.Han, first) || unicode.IsDigit(first)) {
		return ""
	}
	return "，"
}

// clean refuses what a failed formula left, and takes away what only says that a field is empty, and what others must not be shown.
func (r *rowReading) clean() {
	for _, c := range columns() {
		if c.field == nil {
			continue
		}
		at := c.field(&r.row)
		*at = understand.Visible(*at)
		if brokenCell.MatchString(*at) {
			r.fault(c.name, "“"+*at+"”是公式错误")
			*at = ""
		}
		switch strings.TrimSpace(understand.Fold(*at)) {
		case "/", "-", "--", "—", "——", "无", "待定":
			*at = ""
		}
	}
}

// place takes the place of its column. One that is not registered is no fault: it stays as it is written.
func (r *rowReading) place(p *Problem) {
	written := strings.Join(strings.Fields(r.row.Place), " ")
	if written == "" {
		return
	}
	name, _ := r.Reader.Place(written)
	if name == "" {
		own := r.Reader.Report(written, r.now)
		name, p.Near = own.Place, own.Near
	}
	if name != "" {
		p.Near = nil
		p.Place = name
	}
	if p.PlaceText == "" || p.Place == "" {
		p.PlaceText = written
	}
}

// category takes the category of its column. Upper levels have other words for them: then the words of the problem decide.
func (r *rowReading) category(p *Problem) {
	if r.row.Category == "" {
		return
	}
	if name, ok := r.Reader.Category(r.row.Category); ok {
		p.Category = name
		return
	}
	r.strange = true
}

var (
	// unitSeps stand between the names of units in a field.
	unitSeps = regexp.MustCompile(`[、,，;；/\n]+`)
	// leads and assists may stand after a name: 市场监管局牵头，昭阳街道配合.
	leads   = regexp.MustCompile(`(?:牵头|主办|负责)$`)
	assists = regexp.MustCompile(`(?:配合|协办|协助)$`)
)

// units takes the units of their columns: the first one leads, the others assist.
func (r *rowReading) units(p *Problem) {
	lead := r.unitsIn("责任单位", r.row.Unit)
	assist := append(lead[min(1, len(lead)):len(lead):len(lead)], r.unitsIn("配合单位", r.row.Assist)...)
	if len(lead) > 0 {
		p.Unit, p.Assist = lead[0], []string{} // the sheet says it all
	}
	if len(assist) > 0 {
		p.Assist = assist
	}
	slices.Sort(p.Assist)
	p.Assist = slices.Compact(p.Assist)
}

func (r *rowReading) unitsIn(column, field string) (out []string) {
	field = strings.TrimSpace(field)
	if field == "" {
		return nil
	}
	if id, _ := r.Reader.Unit(field); id != "" {
		return []string{id}
	}
	for _, name := range unitSeps.Split(bracketed.ReplaceAllString(understand.Fold(field), ""), -1) {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		id, near := r.Reader.Unit(name)
		if id == "" {
			id, near = r.unitOf(assists.ReplaceAllString(leads.ReplaceAllString(name, ""), ""), near)
		}
		switch {
		case id != "" && slices.Contains(out, id):
		case id != "" && leads.MatchString(name):
			out = slices.Insert(out, 0, id)
		case id != "":
			out = append(out, id)
		case len(near) > 0:
			r.fault(column, fmt.Sprintf("“%s”不认识，是不是%s", name, r.Reg.UnitName(near[0])))
		default:
			r.fault(column, fmt.Sprintf("“%s”不认识", name))
		}
	}
	return out
}

// unitOf reads a name without what stood after it, and with the county before it: 昭阳县住建局.
func (r *rowReading) unitOf(name string, near []string) (string, []string) {
	if id, _ := r.Reader.Unit(name); id != "" {
		return id, nil
	}
	for _, level := range []string{"县", "区", "市"} {
		if _, rest, ok := strings.Cut(name, level); ok && utf8.RuneCountInString(rest) >= 2 {
			if id, _ := r.Reader.Unit(rest); id != "" {
				return id, nil
			}
		}
	}
	return "", near
}

// deadline takes the deadline of the row, or that of the batch.
func (r *rowReading) deadline(p *Problem, whole string) {
	term := r.terms.Limit
	if field := strings.TrimSpace(r.row.Limit); field != "" {
		own, fault := r.Reader.Term(field, r.now)
		if fault != "" {
			r.fault("整改时限", "“"+field+"”"+fault)
		}
		term = own
	}
	if term.IsZero() {
		return
	}
	if p.When != nil { // the words of it were taken out of the problem's
		p.When, p.Text = nil, whole
	}
	p.UnreadWhen = ""
	if p.Limit = term.Limit; term.Limit.IsZero() {
		p.When = &understand.When{At: term.At, Known: term.Known}
	}
}

// note is what else the row says, for the history of the issue.
func (r *rowReading) note() string {
	var parts []string
	if found := strings.TrimSpace(r.row.Found); found != "" {
		day, isDay := r.Reader.Day(found, r.now)
		switch {
		case isDay && day.IsZero():
			r.fault("检查日期", "“"+found+"”没有这一天")
		case isDay && calendar.DateOf(r.now.In(r.Cal.Location())).Before(day):
			r.fault("检查日期", "“"+found+"”还没有到")
		}
		parts = append(parts, "检查日期 "+found)
	}
	for _, f := range []struct{ name, text string }{{"指标 ", r.row.Indicator}, {"备注 ", r.row.Note}} {
		if f.text != "" {
			parts = append(parts, f.name+strings.Join(strings.Fields(f.text), " "))
		}
	}
	note := []rune(strings.Join(parts, "；"))
	return string(note[:min(len(note), maxText)])
}
