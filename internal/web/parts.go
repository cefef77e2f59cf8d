package web

import (
	"regexp"
	"strconv"
	"time"

	"duban/internal/issue"
	"duban/internal/publish"
	"duban/internal/report"
)

// desk is the office's desk, which makes what is published.
func (v *visit) desk() publish.Desk {
	return publish.Desk{Reg: v.world.Reg, Cal: v.world.Cal, Words: v.world.Words}
}

// row is an issue in a list.
type row struct {
	ID     int64
	Text   string
	Place  string
	Owner  string
	Status string
	Tone   string // of the status, for the style sheet
	When   string // what its time is about now
	Late   string
	Filed  time.Time
}

// rowText is how much of a problem's words a list shows, in characters.
const rowText = 60

func (v *visit) row(i issue.Issue) row {
	w := v.world.Words
	r := row{
		ID: i.ID, Text: report.Short(i.Text, rowText), Place: i.Place, Owner: w.Owner(i), Status: i.Status.Text(), Tone: string(i.Status),
		Late: w.Late(i, v.now), Filed: i.ReportedAt.In(v.now.Location()),
	}
	if r.Place == "" {
		r.Place = i.PlaceText
	}
	switch {
	case i.Status.WithUnit():
		r.When = w.Due(i, v.now)
	case i.Status == issue.Submitted:
		r.When = "提交 " + w.Cal.Text(i.SubmittedAt, v.now)
	case i.Status == issue.Suspended:
		r.When = "到 " + w.Cal.Text(i.ResumeAt, v.now)
	case i.Status == issue.Closed:
		r.When = "销号 " + w.Cal.Text(i.ClosedAt, v.now)
	}
	return r
}

func (v *visit) rows(list []issue.Issue) []row {
	var out []row
	for _, i := range list {
		out = append(out, v.row(i))
	}
	return out
}

// piece is a part of a text: words, or an issue's number that leads to its page.
type piece struct {
	Text  string
	Issue int64
}

var numbered = regexp.MustCompile(`#\d{1,18}`)

// linked cuts a text at the numbers of issues.
func linked(text string) []piece {
	var out []piece
	for {
		at := numbered.FindStringIndex(text)
		if at == nil {
			return append(out, piece{Text: text})
		}
		id, _ := strconv.ParseInt(text[at[0]+1:at[1]], 10, 64) // digits, and few enough
		out = append(out, piece{Text: text[:at[0]]}, piece{Text: text[at[0]:at[1]], Issue: id})
		text = text[at[1]:]
	}
}

// open are the statuses in which something is still to be done.
func open() []issue.Status {
	var out []issue.Status
	for _, s := range issue.Statuses() {
		if s.Open() {
			out = append(out, s)
		}
	}
	return out
}

// withUnit are the statuses in which a unit's clock runs.
func withUnit() []issue.Status { return []issue.Status{issue.Assigned, issue.Working} }
