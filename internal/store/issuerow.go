package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"duban/internal/issue"
)

type issueRow struct {
	ID               int64 `gorm:"primaryKey"`
	Text             string
	Place            string
	PlaceText        string
	Category         string
	Unit             string
	Assignee         string
	Reporter         string
	Chat             string
	Danger           bool
	Status           string
	TimeLimit        string
	Said             bool
	ReportedAt       int64
	AssignedAt       int64
	SignedAt         int64
	Due              int64
	DueUnsure        bool
	Level            string
	NextAlarm        int64
	FirstSubmittedAt int64
	ScoredDue        int64
	SubmittedAt      int64
	SubmittedBy      string
	Measure          string
	ReviewDue        int64
	ClosedAt         int64
	Returns          int
	Relapses         int
	Extensions       int
	SelfFound        bool
	OnTheSpot        bool
	MergedInto       int64
	Seq              int
	FirstUnit        string
	Source           string
	Complaint        bool
	Parent           int64
	SignDue          int64
	SignedLate       bool
	DueSince         int64
	Told             string
	ReturnedAt       int64
	OpinionDue       int64
	OpinionAt        int64
	TellDue          int64
	PublishedAt      int64
	ToldAt           int64
	ReplyDue         int64
	ResumeAt         int64
	LookBackDue      int64
	LookBackBy       string
	LookBacks        int
	RequestKind      string
	Request          string
	SendBacks        int
	Refusals         int
	Appeals          int
	Falsified        bool
	JudgedAt         int64
	AppealedAt       int64
	PassedAt         int64
	ExposedAt        int64
	JudgedSeq        int
	JudgedAction     string
	Excused          bool
	Early            bool
	CalledAt         int64
	Contacted        bool
	Solved           bool
	Mood             string
	SeenAt           int64
	SeenBy           string
}

// TableName is the table's name for GORM.
func (issueRow) TableName() string { return "issues" }

func toRow(i issue.Issue) (issueRow, error) {
	limit, err := i.Limit.MarshalText()
	if err != nil {
		return issueRow{}, fmt.Errorf("issue %d: %w", i.ID, err)
	}
	request, err := jsonText(i.Request, i.Request.Pending())
	if err != nil {
		return issueRow{}, fmt.Errorf("issue %d: %w", i.ID, err)
	}
	row := issueRow{
		ID: i.ID, Text: i.Text, Place: i.Place, PlaceText: i.PlaceText, Category: i.Category, Unit: i.Unit,
		Assignee: i.Assignee, Reporter: i.Reporter, Chat: i.Chat, Danger: i.Danger, Status: string(i.Status),
		TimeLimit: string(limit), Said: i.Said, DueUnsure: i.DueUnsure, Level: i.Level, ScoredDue: micros(i.ScoredDue()),
		SubmittedBy: i.SubmittedBy, Measure: i.Measure, Returns: i.Returns, Relapses: i.Relapses, Extensions: i.Extensions,
		SelfFound: i.SelfFound, OnTheSpot: i.OnTheSpot, MergedInto: i.MergedInto, Seq: i.Seq, FirstUnit: i.First,
		Source: string(i.Source), Complaint: i.Complaint, Parent: i.Parent, SignedLate: i.SignedLate,
		Told: strings.Join(i.Told, ","), LookBackBy: i.LookBackBy, LookBacks: i.LookBacks,
		RequestKind: string(i.Request.Kind), Request: request, SendBacks: i.SendBacks, Refusals: i.Refusals,
		Appeals: i.Appeals, Falsified: i.Falsified, JudgedSeq: i.Judged.Seq, JudgedAction: string(i.Judged.Action), Excused: i.Excused, Early: i.Early,
		Contacted: i.Call.Contacted, Solved: i.Call.Solved, Mood: string(i.Call.Mood),
		SeenBy: i.SeenBy,
	}
	for _, c := range row.clocks(&i) {
		*c.column = micros(*c.field)
	}
	return row, nil
}

// clock is an instant of an issue and the column that keeps it.
type clock struct {
	field  *time.Time
	column *int64
}

// clocks pairs the instants of an issue that need no thought with their columns, for both directions.
func (r *issueRow) clocks(i *issue.Issue) []clock {
	return []clock{
		{&i.ReportedAt, &r.ReportedAt},
		{&i.AssignedAt, &r.AssignedAt},
		{&i.SignDue, &r.SignDue},
		{&i.SignedAt, &r.SignedAt},
		{&i.Due, &r.Due},
		{&i.DueSince, &r.DueSince},
		{&i.NextAlarm, &r.NextAlarm},
		{&i.FirstSubmittedAt, &r.FirstSubmittedAt},
		{&i.SubmittedAt, &r.SubmittedAt},
		{&i.ReviewDue, &r.ReviewDue},
		{&i.ReturnedAt, &r.ReturnedAt},
		{&i.JudgedAt, &r.JudgedAt},
		{&i.AppealedAt, &r.AppealedAt},
		{&i.ClosedAt, &r.ClosedAt},
		{&i.SeenAt, &r.SeenAt},
		{&i.OpinionDue, &r.OpinionDue},
		{&i.OpinionAt, &r.OpinionAt},
		{&i.TellDue, &r.TellDue},
		{&i.PublishedAt, &r.PublishedAt},
		{&i.ToldAt, &r.ToldAt},
		{&i.ReplyDue, &r.ReplyDue},
		{&i.ResumeAt, &r.ResumeAt},
		{&i.LookBackDue, &r.LookBackDue},
		{&i.PassedAt, &r.PassedAt},
		{&i.ExposedAt, &r.ExposedAt},
		{&i.Call.At, &r.CalledAt},
	}
}

func (r issueRow) issue() (issue.Issue, error) {
	i := issue.Issue{
		ID: r.ID, Text: r.Text, Place: r.Place, PlaceText: r.PlaceText, Category: r.Category, Unit: r.Unit,
		Assignee: r.Assignee, Reporter: r.Reporter, Chat: r.Chat, Danger: r.Danger, Status: issue.Status(r.Status),
		Said: r.Said, DueUnsure: r.DueUnsure, Level: r.Level, SubmittedBy: r.SubmittedBy, Measure: r.Measure,
		Returns: r.Returns, Relapses: r.Relapses, Extensions: r.Extensions, SelfFound: r.SelfFound, OnTheSpot: r.OnTheSpot,
		MergedInto: r.MergedInto, Seq: r.Seq, First: r.FirstUnit, Source: issue.Source(r.Source), Complaint: r.Complaint,
		Parent: r.Parent, SignedLate: r.SignedLate, LookBackBy: r.LookBackBy, LookBacks: r.LookBacks, SendBacks: r.SendBacks,
		Refusals: r.Refusals, Appeals: r.Appeals, Falsified: r.Falsified, Judged: issue.Verdict{Seq: r.JudgedSeq, Action: issue.Action(r.JudgedAction)}, Excused: r.Excused, Early: r.Early,
		Call:   issue.Call{Contacted: r.Contacted, Solved: r.Solved, Mood: issue.Mood(r.Mood)},
		SeenBy: r.SeenBy,
	}
	for _, c := range r.clocks(&i) {
		*c.field = instant(*c.column)
	}
	if r.Told != "" {
		i.Told = strings.Split(r.Told, ",")
	}
	if r.Request != "" {
		if err := json.Unmarshal([]byte(r.Request), &i.Request); err != nil {
			return i, fmt.Errorf("request of issue %d: %w", r.ID, err)
		}
	}
	if r.FirstSubmittedAt != 0 {
		i.FirstDue = instant(r.ScoredDue)
	}
	if err := i.Limit.UnmarshalText([]byte(r.TimeLimit)); r.TimeLimit != "" && err != nil {
		return i, fmt.Errorf("issue %d: %w", r.ID, err)
	}
	return i, nil
}
