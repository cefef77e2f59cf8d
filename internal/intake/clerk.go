// Package intake files problems on the books: one by one as people report them, or as a batch that comes as a spreadsheet (S3,
// domain.md §4 row 8). It works inside the caller's transaction, and gives what others are to be told instead of telling it.
//
// A batch takes three steps, in chat and on the dashboard alike: Read the bytes of a file, outside of any transaction; Clerk.Preview
// what would be filed, which keeps it and gives its number, or lists the faults (PreviewText, FaultTable); Clerk.Confirm or Clerk.Drop it
// by that number, and send Filed.Outs.
package intake

import (
	"slices"
	"time"

	"duban/internal/calendar"
	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
	"duban/internal/understand"
)

// Clerk files problems in one campaign. It is immutable and safe for concurrent use.
type Clerk struct {
	Reg    *issue.Register
	Cal    *calendar.Calendar
	Reader *understand.Reader
	Policy issue.Policy
	Words  report.Words
}

// Hand is who files, in which work group ("" in private or on the dashboard), and by which message.
type Hand struct {
	Person  string
	Chat    string
	Message string
}

// Problem is what is to be filed.
type Problem struct {
	understand.Finding
	Source issue.Source   // "": by who reports it
	Limit  calendar.Limit // zero: that of its category
	Assist []string       // the units that are to assist; nil: those of the responsibility table
	Note   string         // for its history
}

// File files a problem, and gives it to its unit and the units that assist. Nothing that is missing makes it refuse (design.md §3).
func (c Clerk) File(tx *store.Tx, p Problem, by Hand, known issue.Change) (report.Filing, error) {
	id, err := tx.NewIssueNumber()
	if err != nil {
		return report.Filing{}, err
	}
	o := c.owner(p)
	i := issue.Issue{ID: id}
	act := func(a issue.Act) issue.Act {
		a.At, a.Message = tx.Now(), by.Message
		return a
	}
	reported, err := c.Policy.Apply(&i, act(issue.Act{Action: issue.Report, By: by.Person, Note: p.Note, Change: c.Reported(p, o.Unit, by, known)}))
	if err != nil {
		return report.Filing{}, err
	}
	events := []issue.Event{reported}
	if o.Unit != "" {
		assigned, err := c.Policy.Apply(&i, act(issue.Act{Action: issue.Assign, Change: issue.Change{Unit: o.Unit, Assignee: o.Person}}))
		if err != nil {
			return report.Filing{}, err
		}
		events = append(events, assigned)
	}
	if err := tx.SaveIssue(i, events...); err != nil {
		return report.Filing{}, err
	}
	filing := report.Filing{Near: p.Near, Unread: p.UnreadWhen}
	filing.Parts, err = c.Split(tx, &i, o.Assist, "", by.Message)
	filing.Issue = i
	return filing, err
}

// Reported is what a report says of the issue, if this unit gets it.
func (c Clerk) Reported(p Problem, unit string, by Hand, known issue.Change) issue.Change {
	limit := p.Limit
	if limit.IsZero() {
		limit = c.Limit(p.Category)
	}
	change := known
	change.Text, change.Place, change.PlaceText, change.Category, change.Danger = p.Text, p.Place, p.PlaceText, p.Category, p.Danger
	change.Reporter, change.Chat, change.Limit, change.Source = by.Person, by.Chat, &limit, c.source(p, unit, by.Person, known.Complaint)
	if p.When != nil {
		change.Due, change.Said, change.DueUnsure = p.When.At, true, !p.When.Known
	}
	return change
}

// Limit is the limit of a category, or the one of those that have none.
func (c Clerk) Limit(category string) calendar.Limit {
	if k, ok := c.Reg.Category(category); ok && !k.Limit.IsZero() {
		return k.Limit
	}
	return c.Reg.Rules.DefaultLimit
}

// source is how the problem came to be known: as the report says, or else by who reports it (S3, S31, S33).
func (c Clerk) source(p Problem, unit, person string, complaint bool) issue.Source {
	from, _ := c.Reg.Person(person)
	switch {
	case p.Source != "":
		return p.Source
	case complaint:
		return issue.FromPublic
	case c.Reg.Has(person, issue.RoleLeader):
		return issue.FromLeader
	case unit != "" && (unit == from.Unit || c.Reg.Handles(issue.Issue{Unit: unit}, person)):
		return issue.FromSelf
	}
	return issue.FromInspection
}

// owner is the unit named in the report, or else the one of the responsibility table.
func (c Clerk) owner(p Problem) issue.Owner {
	o := c.Reg.Owner(p.Category, p.Place)
	if p.Unit != "" {
		o = issue.Owner{Unit: p.Unit, Person: c.Reg.Receiver(p.Unit)}
	}
	if p.Assist != nil {
		o.Assist = slices.DeleteFunc(slices.Clone(p.Assist), func(unit string) bool { return unit == o.Unit })
	}
	return o
}

// Split gives each assisting unit its part of a joint issue 一案多单位 (S14): an issue of its own with its own number, clock,
// evidence and review. by is who asks for it; "" for the responsibility table.
func (c Clerk) Split(tx *store.Tx, lead *issue.Issue, units []string, by, message string) ([]issue.Issue, error) {
	var parts []issue.Issue
	for _, unit := range units {
		part, err := c.filePart(tx, *lead, unit, by, message)
		if err != nil {
			return nil, err
		}
		e, err := c.Policy.Apply(lead, issue.Act{
			Action: issue.Split, By: by, At: tx.Now(), Message: message, Note: c.Reg.UnitName(unit) + " " + part.Number(),
			Change: issue.Change{Child: part.ID},
		})
		if err != nil {
			return nil, err
		}
		if err := tx.SaveIssue(*lead, e); err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

func (c Clerk) filePart(tx *store.Tx, lead issue.Issue, unit, by, message string) (issue.Issue, error) {
	id, err := tx.NewIssueNumber()
	if err != nil {
		return issue.Issue{}, err
	}
	part := issue.Issue{ID: id}
	change := issue.Change{
		Text: lead.Text, Place: lead.Place, PlaceText: lead.PlaceText, Category: lead.Category, Danger: lead.Danger,
		Reporter: lead.Reporter, Chat: lead.Chat, Source: lead.Source, Limit: &lead.Limit, Parent: lead.ID,
	}
	if lead.Said {
		change.Due, change.Said, change.DueUnsure = lead.Due, true, lead.DueUnsure
	}
	act := issue.Act{By: by, At: tx.Now(), Message: message}
	act.Action, act.Change = issue.Report, change
	reported, err := c.Policy.Apply(&part, act)
	if err != nil {
		return part, err
	}
	act.Action, act.Change = issue.Assign, issue.Change{Unit: unit, Assignee: c.Reg.Receiver(unit)}
	assigned, err := c.Policy.Apply(&part, act)
	if err != nil {
		return part, err
	}
	return part, tx.SaveIssue(part, reported, assigned)
}

// mostTwins bounds how many issues of one place a new one is compared with.
const mostTwins = 200

// Twin finds the first open issue at the same place that may be the same problem (domain.md row 5). The new one is filed all
// the same: whether it is a double is for people to say.
func (c Clerk) Twin(tx *store.Tx, i issue.Issue) (issue.Issue, error) {
	list, err := c.neighbours(tx, i.Place, i.PlaceText)
	if err != nil {
		return issue.Issue{}, err
	}
	return c.alike(tx, i.Text, slices.DeleteFunc(list, func(other store.Wording) bool { return other.ID == i.ID }))
}

// neighbours are the newest open issues at a place, registered or as written.
func (c Clerk) neighbours(tx *store.Tx, place, text string) ([]store.Wording, error) {
	window := c.Reg.Rules.DuplicateWindow
	if window == 0 || place == "" && text == "" {
		return nil, nil
	}
	return tx.WordingsAt(place, text, tx.Now().Add(-window), mostTwins)
}

// alike is the one with the lowest number of the issues that read like the same problem; ID 0: none does.
func (c Clerk) alike(tx *store.Tx, text string, list []store.Wording) (issue.Issue, error) {
	first := int64(0)
	for _, other := range list {
		if (first == 0 || other.ID < first) && c.Reader.Alike(text, other.Text) {
			first = other.ID
		}
	}
	if first == 0 {
		return issue.Issue{}, nil
	}
	return tx.Issue(first)
}

// Presses says whether what is said about an issue does not wait for the morning: the issue is urgent, or its deadline passes
// before the quiet hours are over, and who hears of it then only is late already.
func (c Clerk) Presses(i issue.Issue, now time.Time) bool {
	morning, quiet := c.Cal.Quiet(now)
	runs := i.Status == issue.Reported || i.Status.WithUnit()
	return i.Urgent() || quiet && runs && i.Due.After(now) && !i.Due.After(morning)
}
