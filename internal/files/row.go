package files

import (
	"fmt"
	"strings"
	"time"

	"duban/internal/issue"
	"duban/internal/sheet"
)

// row is an issue as the ledger shows it, with the last that an inspector said of it.
func (b book) row(i issue.Issue, found issue.Event) sheet.Row {
	reg := b.words.Reg
	r := sheet.Row{
		ID: i.ID, ReportedAt: i.ReportedAt, Place: i.Place, Category: i.Category, Text: i.Text, Source: i.Source.Text(),
		Unit: reg.UnitName(i.Unit), Person: b.person(i.Assignee), Due: i.Due, Status: i.Status, Late: late(i, b.tx.Now()),
		Measure: i.Measure, DoneAt: i.SubmittedAt, Review: b.review(found), ClosedAt: i.ClosedAt,
		Returns: i.Returns, Relapses: i.Relapses, Extensions: i.Extensions, Reporter: b.person(i.Reporter), Note: b.note(i),
	}
	if i.Place == "" {
		r.Place = i.PlaceText
	}
	if p, ok := reg.Place(i.Place); ok {
		r.PlaceKind = p.Type
	}
	if i.OnTheSpot && r.DoneAt.IsZero() {
		r.DoneAt = i.ClosedAt
	}
	return r
}

// person is a person's name; nobody has none.
func (b book) person(id string) string {
	if id == "" {
		return ""
	}
	return b.words.Reg.PersonName(id)
}

// late is how long a unit that has the issue is late now. Otherwise it is how late its first submission was or, without one, the
// closing: what counts for the score. What was not filed, merged or void was nobody's to do.
func late(i issue.Issue, now time.Time) time.Duration {
	end, due := i.FirstSubmittedAt, i.ScoredDue()
	switch {
	case i.Status.WithUnit():
		end, due = now, i.Due
	case i.Status == issue.Rejected || i.Status == issue.Merged || i.Status == issue.Voided:
		return 0
	case end.IsZero() && i.Status == issue.Closed:
		end = i.ClosedAt
	}
	if end.IsZero() || due.IsZero() || !end.After(due) {
		return 0
	}
	return end.Sub(due)
}

// review is what an inspector found: 退回（张敏）：角落仍有垃圾.
func (b book) review(e issue.Event) string {
	if e.Action == "" {
		return ""
	}
	text := e.Action.Verb() + "（" + b.person(e.By) + "）"
	if e.Note != "" {
		text += "：" + e.Note
	}
	return text
}

// batch names the batch with which an issue was filed: 批次 3 省模拟测评.
func (b book) batch(id int64) string {
	for _, batch := range b.batches {
		if batch.FirstIssue <= id && id <= batch.LastIssue {
			return strings.TrimSpace(fmt.Sprintf("批次 %d %s", batch.ID, batch.Words))
		}
	}
	return ""
}

// note says what else an office has to know of an issue.
func (b book) note(i issue.Issue) string {
	var parts []string
	add := func(is bool, text string) {
		if is {
			parts = append(parts, text)
		}
	}
	add(b.batch(i.ID) != "", b.batch(i.ID))
	add(i.Parent > 0, fmt.Sprintf("协办 #%d", i.Parent))
	add(i.Status == issue.Merged, fmt.Sprintf("并入 #%d", i.MergedInto))
	add(i.Complaint, "投诉")
	add(i.SelfFound, "自查")
	add(i.OnTheSpot, "当场解决")
	add(i.Status == issue.Suspended && i.ResumeAt.IsZero(), "挂账")
	add(i.Status == issue.Suspended && !i.ResumeAt.IsZero(), "挂账到 "+i.ResumeAt.In(b.words.Cal.Location()).Format(time.DateOnly))
	return strings.Join(parts, "；")
}
