package issue

import (
	"slices"
	"strings"
	"time"

	"duban/internal/calendar"
)

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

// Change is what an event set besides the status. Zero fields were not touched, but for NextAlarm, which every event sets.
type Change struct {
	Text        string          `json:",omitzero"`
	Place       string          `json:",omitzero"`
	PlaceText   string          `json:",omitzero"`
	Category    string          `json:",omitzero"`
	Unit        string          `json:",omitzero"`
	Assignee    string          `json:",omitzero"`
	Reporter    string          `json:",omitzero"`
	Chat        string          `json:",omitzero"`
	Source      Source          `json:",omitzero"`
	Complaint   bool            `json:",omitzero"`
	Danger      bool            `json:",omitzero"`
	SelfFound   bool            `json:",omitzero"`
	Parent      int64           `json:",omitzero"`
	Child       int64           `json:",omitzero"`  // the number of an assisting unit's part
	Limit       *calendar.Limit `json:",omitempty"` // not omitzero, which would leave out a limit that is set to none
	Said        bool            `json:",omitzero"`
	Due         time.Time       `json:",omitzero"`
	DueUnsure   bool            `json:",omitzero"`
	Level       string          `json:",omitzero"`
	Told        Marks           `json:",omitzero"` // what was said now
	NextAlarm   time.Time       `json:",omitzero"`
	SignDue     time.Time       `json:",omitzero"`
	ReviewDue   time.Time       `json:",omitzero"`
	OpinionDue  time.Time       `json:",omitzero"`
	TellDue     time.Time       `json:",omitzero"`
	ReplyDue    time.Time       `json:",omitzero"`
	ResumeAt    time.Time       `json:",omitzero"`
	LookBackDue time.Time       `json:",omitzero"`
	LookBackBy  string          `json:",omitzero"`
	Request     *Request        `json:",omitzero"`
	Call        Call            `json:",omitzero"`
	Early       bool            `json:",omitzero"`
	Merged      int64           `json:",omitzero"`
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
	before := *i
	i.ID, i.Seq, i.Status = e.Issue, e.Seq, e.To
	if e.moves(before) {
		i.newOwner()
	}
	i.set(e.Change)
	if !e.Change.Due.IsZero() {
		i.DueSince = e.At
	}
	i.act(before, e)
	i.look(e)
	i.settle(before, e)
	i.leave(e)
	i.NextAlarm = e.Change.NextAlarm
}

// moves says whether an event gives the issue to another unit.
func (e Event) moves(before Issue) bool {
	return e.Change.Unit != "" && e.Change.Unit != before.Unit
}

// newOwner forgets what belonged to the unit before and must be neither shown nor scored as another's: its person, its
// signature, its first submission, and what it was granted, refused or found guilty of.
func (i *Issue) newOwner() {
	i.Assignee, i.SelfFound = "", false
	i.SignDue, i.SignedLate = time.Time{}, false
	i.FirstSubmittedAt, i.FirstDue = time.Time{}, time.Time{}
	i.ReplyDue, i.JudgedAt, i.AppealedAt = time.Time{}, time.Time{}, time.Time{}
	i.PassedAt, i.ExposedAt = time.Time{}, time.Time{}
	i.Extensions, i.Refusals, i.Falsified = 0, 0, false
	i.Judged, i.Excused, i.Early = Verdict{}, false, false
}

// act records what an action means by itself.
func (i *Issue) act(before Issue, e Event) {
	switch e.Action {
	case Report:
		i.ReportedAt = e.At
	case SolveOnSpot:
		i.OnTheSpot = true
		if e.From == None {
			i.ReportedAt = e.At
		}
	case Assign, Reassign:
		i.assigned(before, e)
	case Sign, Suspend: // what is to rest need not be signed for
		i.sign(e.At)
	case Submit:
		i.submit(e)
	case Pass:
		first(&i.PassedAt, e.At)
	case Return:
		i.Returns++
		i.ReturnedAt = e.At
		i.judged(e)
	case LookBack, Relapse:
		i.LookBacks++
		i.LookBackDue, i.LookBackBy = time.Time{}, ""
		i.relapse(e)
		if e.moves(before) { // what was solved on the spot gets its unit now
			i.AssignedAt = e.At
		}
	case Extend:
		i.Extensions++
	case Opine:
		first(&i.OpinionAt, e.At)
	case Publish:
		first(&i.PublishedAt, e.At)
	case Tell:
		first(&i.ToldAt, e.At)
	case Reply:
		i.ReplyDue = time.Time{}
	default:
		i.show(e)
	}
}

// show is what others see of it: the board of what is exposed, and the person who complained.
func (i *Issue) show(e Event) {
	switch e.Action {
	case Expose:
		i.ExposedAt = e.At
	case Unexpose:
		i.ExposedAt = time.Time{}
	case CallBack:
		i.Call = e.Change.Call
		i.Call.At = e.At
	}
}

// judged notes what the unit may appeal against.
func (i *Issue) judged(e Event) { i.JudgedAt, i.Judged = e.At, Verdict{e.Seq, e.Action} }

// look notes who was at the place (S9). What others had found is written down at a desk.
func (i *Issue) look(e Event) {
	switch e.Action {
	case Report:
		if i.Source != "" && i.Source != FromInspection {
			return
		}
	case SolveOnSpot, Pass, Return, LookBack, Relapse:
	default:
		return
	}
	i.SeenAt, i.SeenBy = e.At, e.By
}

// relapse: what was published and told of the first handling is not true any more, so that a complaint needs both again (S73).
func (i *Issue) relapse(e Event) {
	if e.Action == Relapse {
		i.Relapses++
		i.PublishedAt, i.ToldAt = time.Time{}, time.Time{}
		i.judged(e)
	}
}

// assigned: a unit that had the issue answers for it until the next one has signed (S76). Another person of the same unit
// signs anew, but a signature that came late stays late.
func (i *Issue) assigned(before Issue, e Event) {
	i.AssignedAt, i.SignedAt, i.Judged = e.At, time.Time{}, Verdict{}
	switch {
	case before.Unit == "" || before.Unit == i.Unit:
	case before.First == i.Unit: // back to where it was
		i.First = ""
	case before.First == "":
		i.First = before.Unit
	}
}

// sign notes the first time since the dispatch at which the unit showed that it has the issue.
func (i *Issue) sign(now time.Time) {
	if i.SignedAt.IsZero() {
		i.SignedAt = now
		i.SignedLate = i.SignedLate || !i.SignDue.IsZero() && now.After(i.SignDue)
	}
}

func (i *Issue) submit(e Event) {
	if i.FirstSubmittedAt.IsZero() {
		i.FirstSubmittedAt, i.FirstDue, i.Early = e.At, i.Due, e.Change.Early
	}
	i.sign(e.At)
	i.SubmittedAt, i.SubmittedBy, i.Measure = e.At, e.By, e.Note
}

// settle ends the request that a move decides or makes pointless.
func (i *Issue) settle(before Issue, e Event) {
	kind := before.Request.Kind
	if !settles(e, before) {
		return
	}
	i.Request = Request{}
	if kind == Appeal && (e.Action == Uphold || e.Action == Refuse) {
		i.AppealedAt = before.Request.At
	}
	switch {
	case kind == AskSendBack && e.Action == Reassign && e.By != "": // a correction by the table decides nothing
		i.SendBacks++
	case kind == AskSendBack && e.Action == Refuse:
		i.Refusals++
	case kind == Appeal && e.Action == Uphold:
		i.Appeals++
		i.Excused = i.Excused || before.Request.Against.Seq == 0
	case kind == Accuse && e.Action == Uphold:
		i.Falsified = true
		i.judged(e)
	}
}

// leave ends what holds in some statuses only, and forgets what was said about a duty that has no clock any more.
func (i *Issue) leave(e Event) {
	switch {
	case e.To != Closed:
		i.ClosedAt, i.Call = time.Time{}, Call{}
	case e.From != Closed: // a photo or a look back does not close it again
		i.ClosedAt, i.Judged = e.At, Verdict{}
	}
	if !e.To.Open() {
		i.ExposedAt = time.Time{}
	}
	if e.To != Assigned {
		i.First = ""
	}
	if !e.To.WithUnit() {
		i.ReplyDue = time.Time{}
	}
	if e.To != Suspended {
		i.ResumeAt = time.Time{}
	}
	for _, d := range Duties() {
		if i.clock(d).IsZero() {
			i.Told = i.Told.without(d.marks()...)
		}
	}
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
	put(&i.Source, c.Source)
	put(&i.Parent, c.Parent)
	put(&i.MergedInto, c.Merged)
	put(&i.LookBackBy, c.LookBackBy)
	i.Complaint = i.Complaint || c.Complaint
	i.Danger = i.Danger || c.Danger
	i.SelfFound = i.SelfFound || c.SelfFound
	if c.Limit != nil {
		i.Limit = *c.Limit
	}
	if c.Request != nil {
		i.Request = *c.Request
	}
	i.setClocks(c)
	i.Told = i.Told.with(c.Told...)
}

// setClocks takes over the instants of a change. What was said about a clock before it was set does not count any more.
func (i *Issue) setClocks(c Change) {
	if !c.Due.IsZero() {
		i.Due, i.DueUnsure, i.Said, i.Level = c.Due, c.DueUnsure, c.Said, ""
		i.Told = i.Told.withoutRungs()
	}
	put(&i.Level, max(i.Level, c.Level))
	put(&i.ResumeAt, c.ResumeAt)
	for _, d := range Duties() {
		if set := c.clock(d); !set.IsZero() {
			*i.clock(d) = set
			i.Told = i.Told.without(d.marks()...)
		}
	}
}

// first keeps when something was first done: the clocks are about that, and what is said later only adds to it.
func first(field *time.Time, at time.Time) {
	if field.IsZero() {
		*field = at
	}
}

func put[T comparable](field *T, value T) {
	var zero T
	if value != zero {
		*field = value
	}
}

// Marks is a small set of words, in the order in which they came: what was said already. A rung is marked by its level, a
// duty by its name. Copies of an issue share their marks, so that none of these methods changes them.
type Marks []string

func (m Marks) has(word string) bool { return slices.Contains(m, word) }

func (m Marks) with(words ...string) Marks {
	out := slices.Clone(m)
	for _, w := range words {
		if !out.has(w) {
			out = append(out, w)
		}
	}
	return out
}

func (m Marks) without(words ...string) Marks {
	return m.drop(func(w string) bool { return slices.Contains(words, w) })
}

// withoutRungs forgets the rungs and keeps the duties.
func (m Marks) withoutRungs() Marks {
	return m.drop(func(w string) bool { return strings.HasPrefix(w, "L") })
}

// drop gives the marks without some; nil if none is left, as they are read from the database.
func (m Marks) drop(out func(string) bool) Marks {
	var kept Marks
	for _, w := range m {
		if !out(w) {
			kept = append(kept, w)
		}
	}
	return kept
}
