// Package issue is the heart of duban: what an issue is, which moves it may make, when it is due, who may act on it and
// what a unit's score is. It does no I/O and knows time only as an argument.
package issue

import (
	"fmt"
	"time"

	"duban/internal/calendar"
)

// Issue is one defect at one place 问题. It is a projection of its events: Rebuild makes it again from them.
type Issue struct {
	ID        int64
	Text      string // the problem in the reporter's words
	Place     string // registered name of the point, or ""
	PlaceText string // the place as written
	Category  string
	Unit      string // unit id; "" until dispatched
	Assignee  string // person id
	Reporter  string // person id
	Chat      string // chat id in which it was reported; "" in private
	Danger    bool   // the report speaks of danger

	Status     Status
	Limit      calendar.Limit
	Said       bool // the deadline was said in the report instead of following from Limit
	ReportedAt time.Time
	AssignedAt time.Time
	SignedAt   time.Time
	Due        time.Time // effective deadline; zero until dispatched, unless the report said one
	DueUnsure  bool      // the calendar of a year on the way is not published
	Level      string    // highest rung reminded of for the present deadline
	NextAlarm  time.Time // when the next rung of the ladder is reached; zero if none is left

	FirstSubmittedAt time.Time
	FirstDue         time.Time // the deadline as it stood at the first submission: the one that is scored
	SubmittedAt      time.Time
	SubmittedBy      string
	Measure          string // what the unit says that it did 措施
	ReviewDue        time.Time
	ClosedAt         time.Time

	Returns    int
	Relapses   int
	Extensions int
	SelfFound  bool // reported by the responsible unit itself (S33)
	OnTheSpot  bool
	MergedInto int64
	Seq        int // number of events
}

// ScoredDue is the deadline that counts for the score: a return moves the deadline, but not whether the first submission
// was on time (domain.md §5.4).
func (i Issue) ScoredDue() time.Time {
	if i.FirstSubmittedAt.IsZero() {
		return i.Due
	}
	return i.FirstDue
}

// Number is how people call the issue in chat: #17.
func (i Issue) Number() string { return fmt.Sprintf("#%d", i.ID) }

// Open says whether something is still to be done about the issue.
func (i Issue) Open() bool { return i.Status.Open() }

// Overdue says whether the unit is late: the deadline has passed and nothing is submitted. It is computed, never stored
// (domain.md §5.2).
func (i Issue) Overdue(now time.Time) bool {
	return i.Status.WithUnit() && !i.Due.IsZero() && now.After(i.Due)
}

// Event is one change of an issue: append-only, and all there is to know.
type Event struct {
	Issue   int64
	Seq     int // from 1, without gaps
	At      time.Time
	By      string // person id; "" for the bot itself
	Action  Action
	From    Status
	To      Status
	Note    string // reason, measure or remark in people's words
	Message string // the message that caused it, as channel/id; "" for a job
	Change  Change
}

// Change is what an event set besides the status. Zero fields were not touched.
type Change struct {
	Text      string          `json:",omitzero"`
	Place     string          `json:",omitzero"`
	PlaceText string          `json:",omitzero"`
	Category  string          `json:",omitzero"`
	Unit      string          `json:",omitzero"`
	Assignee  string          `json:",omitzero"`
	Reporter  string          `json:",omitzero"`
	Chat      string          `json:",omitzero"`
	Danger    bool            `json:",omitzero"`
	SelfFound bool            `json:",omitzero"`
	Limit     *calendar.Limit `json:",omitzero"`
	Said      bool            `json:",omitzero"`
	Due       time.Time       `json:",omitzero"`
	DueUnsure bool            `json:",omitzero"`
	Level     string          `json:",omitzero"`
	NextAlarm time.Time       `json:",omitzero"`
	ReviewDue time.Time       `json:",omitzero"`
	Merged    int64           `json:",omitzero"`
}

// Rebuild makes an issue from its events, in order of Seq.
func Rebuild(events []Event) Issue {
	var i Issue
	for _, e := range events {
		fold(&i, e)
	}
	return i
}

// fold applies one event. It is the only place where an issue changes.
func fold(i *Issue, e Event) {
	i.ID, i.Seq, i.Status = e.Issue, e.Seq, e.To
	if e.Change.Unit != "" && e.Change.Unit != i.Unit {
		i.newOwner()
	}
	i.set(e.Change)
	switch e.Action {
	case Report, SolveOnSpot:
		i.ReportedAt = e.At
		i.OnTheSpot = e.Action == SolveOnSpot
	case Assign, Reassign:
		i.AssignedAt = e.At
		i.SignedAt = time.Time{}
	case Sign:
		i.SignedAt = e.At
	case Submit:
		i.submit(e)
	case Return:
		i.Returns++
	case Relapse:
		i.Relapses++
	case Extend:
		i.Extensions++
	}
	switch {
	case e.To != Closed:
		i.ClosedAt = time.Time{}
	case e.From != Closed: // a photo or a look back does not close it again
		i.ClosedAt = e.At
	}
	if !e.To.WithUnit() {
		i.NextAlarm = time.Time{}
	}
}

// newOwner forgets what belonged to the unit before: its person, and its first submission, which must not be scored for
// another unit.
func (i *Issue) newOwner() {
	i.Assignee, i.SelfFound = "", false
	i.FirstSubmittedAt, i.FirstDue = time.Time{}, time.Time{}
}

func (i *Issue) submit(e Event) {
	if i.FirstSubmittedAt.IsZero() {
		i.FirstSubmittedAt, i.FirstDue = e.At, i.Due
	}
	if i.SignedAt.IsZero() {
		i.SignedAt = e.At
	}
	i.SubmittedAt, i.SubmittedBy, i.Measure = e.At, e.By, e.Note
}

// set takes over what a change names. A new deadline starts the ladder anew.
func (i *Issue) set(c Change) {
	put(&i.Text, c.Text)
	put(&i.Place, c.Place)
	put(&i.PlaceText, c.PlaceText)
	put(&i.Category, c.Category)
	put(&i.Unit, c.Unit)
	put(&i.Assignee, c.Assignee)
	put(&i.Reporter, c.Reporter)
	put(&i.Chat, c.Chat)
	put(&i.ReviewDue, c.ReviewDue)
	put(&i.MergedInto, c.Merged)
	i.Danger = i.Danger || c.Danger
	i.SelfFound = i.SelfFound || c.SelfFound
	if c.Limit != nil {
		i.Limit = *c.Limit
	}
	if !c.Due.IsZero() {
		i.Due, i.DueUnsure, i.Said, i.Level = c.Due, c.DueUnsure, c.Said, ""
		i.NextAlarm = c.NextAlarm
	}
	if c.Level != "" {
		i.Level, i.NextAlarm = c.Level, c.NextAlarm
	}
}

func put[T comparable](field *T, value T) {
	var zero T
	if value != zero {
		*field = value
	}
}
