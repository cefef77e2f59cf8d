package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"duban/internal/issue"
)

type eventRow struct {
	IssueID    int64 `gorm:"primaryKey"`
	Seq        int   `gorm:"primaryKey"`
	At         int64
	Person     string
	Action     string
	FromStatus string
	ToStatus   string
	Note       string
	Message    string
	Details    string
}

// TableName is the table's name for GORM.
func (eventRow) TableName() string { return "events" }

var (
	issueTable  = tableOf[issueRow]()
	insertIssue = issueTable.insert(1, false)
	eventTable  = tableOf[eventRow]()
	insertEvent = eventTable.insert(1, false)
	insertTwo   = eventTable.insert(2, false) // a report and its assignment
)

// NewIssueNumber is the next running number of the campaign. It is taken when an issue is saved under it: until then, and if
// the transaction is not kept, the same number is given again.
func (tx *Tx) NewIssueNumber() (int64, error) {
	last, err := scan(tx, func(id *int64) []any { return []any{id} }, "SELECT COALESCE(MAX(id), 0) FROM issues")
	if err != nil {
		return 0, fmt.Errorf("next issue number: %w", err)
	}
	return last[0] + 1, nil
}

// SaveIssue writes an issue and the events that brought it to this state. An issue whose first event is among them is new.
// If somebody else has changed the issue since it was read, nothing is written and an error says so.
func (tx *Tx) SaveIssue(i issue.Issue, events ...issue.Event) error {
	row, err := toRow(i)
	if err != nil {
		return err
	}
	if len(events) == 0 {
		return fmt.Errorf("issue %d: no event", i.ID)
	}
	for n, e := range events {
		if want := i.Seq - len(events) + 1 + n; e.Issue != i.ID || e.Seq != want {
			return fmt.Errorf("issue %d: event %d/%d where %d is due", i.ID, e.Issue, e.Seq, want)
		}
	}
	if events[0].Seq == 1 {
		_, err = tx.exec(insertIssue, issueTable.values(&row)...)
	} else {
		err = tx.updateIssue(row, events[0].Seq-1)
	}
	if err != nil {
		return fmt.Errorf("save issue %d: %w", i.ID, err)
	}
	if err := tx.addEvents(events); err != nil {
		return err
	}
	return tx.judge(i.ID, events)
}

func (tx *Tx) updateIssue(row issueRow, seen int) error {
	done := tx.db.Model(&issueRow{}).Where("id = ? AND seq = ?", row.ID, seen).Select("*").Omit("id").Updates(&row)
	if done.Error != nil {
		return done.Error
	}
	if done.RowsAffected != 1 {
		return errors.New("changed by somebody else meanwhile")
	}
	return nil
}

func (tx *Tx) addEvents(added []issue.Event) error {
	var values []any
	for _, e := range added {
		details, err := json.Marshal(e.Change)
		if err != nil {
			return fmt.Errorf("event %d/%d: %w", e.Issue, e.Seq, err)
		}
		values = append(values, eventTable.values(&eventRow{
			IssueID: e.Issue, Seq: e.Seq, At: micros(e.At), Person: e.By, Action: string(e.Action),
			FromStatus: string(e.From), ToStatus: string(e.To), Note: e.Note, Message: e.Message, Details: string(details),
		})...)
	}
	insert := insertEvent
	switch len(added) {
	case 1:
	case 2:
		insert = insertTwo
	default:
		insert = eventTable.insert(len(added), false)
	}
	if _, err := tx.exec(insert, values...); err != nil {
		return fmt.Errorf("save events of issue %d: %w", added[0].Issue, err)
	}
	return nil
}

// Issue reads one issue. An unknown number is a user's error.
func (tx *Tx) Issue(id int64) (issue.Issue, error) {
	rows, err := issueTable.list(tx, "WHERE id = ?", id)
	switch {
	case err != nil:
		return issue.Issue{}, fmt.Errorf("read issue %d: %w", id, err)
	case len(rows) == 0:
		return issue.Issue{}, issue.Fail(issue.CodeUnknown, fmt.Sprintf("没有 #%d 这个问题", id), "发「我的」看您手上的编号")
	}
	return rows[0].issue()
}

// Events reads an issue's history in order.
func (tx *Tx) Events(id int64) ([]issue.Event, error) {
	var rows []eventRow
	if err := tx.db.Where("issue_id = ?", id).Order("seq").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read events of issue %d: %w", id, err)
	}
	var out []issue.Event
	for _, r := range rows {
		e := issue.Event{
			Issue: r.IssueID, Seq: r.Seq, At: instant(r.At), By: r.Person, Action: issue.Action(r.Action),
			From: issue.Status(r.FromStatus), To: issue.Status(r.ToStatus), Note: r.Note, Message: r.Message,
		}
		if err := json.Unmarshal([]byte(r.Details), &e.Change); err != nil {
			return nil, fmt.Errorf("event %d/%d: %w", id, r.Seq, err)
		}
		out = append(out, e)
	}
	return out, nil
}

// Filter chooses issues. Empty fields do not restrict.
type Filter struct {
	Statuses      []issue.Status
	Unit          string
	Assignee      string
	Reporter      string
	Place         string
	PlaceText     string // as written, of issues without a registered place
	Category      string
	Source        issue.Source
	Text          string // in the words of the problem or of the place; no index finds it
	DueBefore     time.Time
	DueFrom       time.Time
	AlarmBy       time.Time // there is something to say or to do by itself
	Urgent        bool      // what does not wait for the morning, as issue.Issue.Urgent
	ReportedSince time.Time
	Before        time.Time // reported before
	ClosedFrom    time.Time
	ClosedBefore  time.Time
	NoUnit        bool
	First         string // the unit that answers until the present one has signed
	Parent        int64  // the parts of assisting units in this issue
	MergedInto    int64
	Whole         bool // without the parts of assisting units
	Requested     bool // somebody has to decide something
	Replying      bool // the unit has to answer a supervision
	Drawn         bool // drawn for a look back that is still to do
	Exposed       bool // on the exposure board 曝光台
	RelapsedSince time.Time
	LevelFrom     string // reminded of this rung or a higher one for the present deadline
	FromID        int64  // numbers of at least this
	ToID          int64  // numbers of at most this
	Latest        bool   // newest first; otherwise by deadline
	Limit         int
	byNumber      bool // read in pages by number
	paged         bool // read in pages by time or by deadline, whose indexes a unit's and a place's have, too
}

func (f Filter) where(db *gorm.DB) *gorm.DB {
	cond := func(use bool, query string, args ...any) {
		if use {
			db = db.Where(query, args...)
		}
	}
	unit, status := f.columns()
	if len(f.Statuses) == 1 {
		cond(true, status+" = ?", f.Statuses[0]) // unlike IN, keeps the order of an index
	} else {
		cond(len(f.Statuses) > 0, status+" IN ?", f.Statuses)
	}
	cond(f.FromID > 0, "id >= ?", f.FromID)
	cond(f.ToID > 0, "id <= ?", f.ToID)
	cond(f.Unit != "", unit+" = ?", f.Unit)
	cond(f.NoUnit, "unit = ''")
	cond(f.First != "", "first_unit = ?", f.First)
	cond(f.Parent > 0, "parent = ?", f.Parent)
	cond(f.MergedInto > 0, "merged_into = ?", f.MergedInto)
	cond(f.Whole, "COALESCE(parent, 0) = 0") // keeps the planner from the index of parents: nearly all issues are whole
	cond(f.Requested, "request_kind > ''")   // unlike <>, finds them by the index
	cond(f.Replying, "reply_due > 0")
	cond(f.Drawn, "look_back_due > 0")
	cond(f.Exposed, "exposed_at > 0")
	cond(f.LevelFrom != "", "level >= ?", f.LevelFrom)
	cond(f.Assignee != "", "assignee = ?", f.Assignee)
	cond(f.Reporter != "", "reporter = ?", f.Reporter)
	cond(f.Place != "", "place = ?", f.Place)
	cond(f.PlaceText != "", "place_text = ? AND place = ''", f.PlaceText)
	cond(f.Category != "", "category = ?", f.Category)
	cond(f.Source != "", "source IN ?", sources(f.Source))
	cond(f.Text != "", "("+holds("text")+" OR "+holds("place_text")+")", containing(f.Text), containing(f.Text))
	cond(!f.DueFrom.IsZero(), "due >= ?", micros(f.DueFrom))
	cond(!f.DueBefore.IsZero(), f.due()+" > 0 AND "+f.due()+" < ?", micros(f.DueBefore))
	cond(f.Urgent, "(danger OR time_limit LIKE ?)", "%"+string(issue.UrgentKind))
	cond(!f.RelapsedSince.IsZero(), "id IN (SELECT issue_id FROM events WHERE action = ? AND at >= ?)", issue.Relapse, micros(f.RelapsedSince))
	cond(!f.AlarmBy.IsZero(), "next_alarm > 0 AND next_alarm <= ?", micros(f.AlarmBy))
	cond(!f.ReportedSince.IsZero(), "reported_at >= ?", micros(f.ReportedSince))
	cond(!f.Before.IsZero(), "reported_at < ?", micros(f.Before))
	cond(!f.ClosedFrom.IsZero(), "closed_at >= ?", micros(f.ClosedFrom))
	cond(!f.ClosedBefore.IsZero(), "closed_at > 0 AND closed_at < ?", micros(f.ClosedBefore))
	return db
}

// columns are the unit and the status, in a form that keeps the planner to the index that finds least.
func (f Filter) columns() (unit, status string) {
	unit, status = "unit", "status"
	period := !f.ReportedSince.IsZero() && !f.Before.IsZero()
	if (period || f.byNumber) && !f.paged {
		unit = "COALESCE(unit, '')" // to the index of the period, or to the order of the numbers: a unit has issues of years
	}
	switch {
	case f.paged && !f.Latest: // by deadline the status finds them
	case period, f.byNumber, f.paged, f.FromID > 0, !f.AlarmBy.IsZero(), f.Requested, f.Replying, f.Drawn, f.Exposed:
		status = "COALESCE(status, '')" // to the index of what waits or of the period: it is little, open issues are many
	}
	return unit, status
}

// due is the deadline, in a form that keeps the planner to what a unit has in a status where one is asked for.
func (f Filter) due() string {
	if f.paged && f.Unit != "" {
		return "COALESCE(due, 0)"
	}
	return "due"
}

// Issues lists the issues that a filter chooses.
func (tx *Tx) Issues(f Filter) ([]issue.Issue, error) {
	order := "due, id"
	if f.Latest {
		order = "id DESC"
	}
	q := f.where(tx.db).Order(order)
	if f.Limit > 0 {
		q = q.Limit(f.Limit)
	}
	return found(q)
}

// sources are how a source is stored: an inspection need not be named.
func sources(s issue.Source) []issue.Source {
	if s == issue.FromInspection {
		return []issue.Source{"", s}
	}
	return []issue.Source{s}
}

// holds is the condition that a text of a column is like a pattern; capitals and small letters are the same in every database.
func holds(column string) string { return "LOWER(" + column + ") LIKE LOWER(?) ESCAPE '!'" }

// containing is the pattern of texts that hold some words.
func containing(words string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(words) + "%"
}

// NextAlarm is when there is next something to say or to do about an issue by itself; zero if never.
func (tx *Tx) NextAlarm() (time.Time, error) {
	var next *int64
	if err := tx.db.Model(&issueRow{}).Select("MIN(next_alarm)").Where("next_alarm > 0").Scan(&next).Error; err != nil {
		return time.Time{}, fmt.Errorf("next alarm: %w", err)
	}
	if next == nil {
		return time.Time{}, nil
	}
	return instant(*next), nil
}

// CountIssues counts the issues that a filter chooses.
func (tx *Tx) CountIssues(f Filter) (int, error) {
	var n int64
	if err := f.where(tx.db.Model(&issueRow{})).Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count issues: %w", err)
	}
	return int(n), nil
}

// CountByPlace counts the issues that a filter chooses per place, most first.
func (tx *Tx) CountByPlace(f Filter) ([]PlaceCount, error) {
	var out []PlaceCount
	q := f.where(tx.db.Model(&issueRow{})).Where("place <> ''")
	err := q.Select("place AS place, COUNT(*) AS n").Group("place").Order("n DESC, place").Limit(10).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("count by place: %w", err)
	}
	return out, nil
}

// PlacesReported lists the registered places where something was reported in a time [from, to), each once.
func (tx *Tx) PlacesReported(from, to time.Time) ([]string, error) {
	var out []string
	f := Filter{ReportedSince: from, Before: to, Statuses: Counted()}
	if err := f.where(tx.db.Model(&issueRow{})).Where("place <> ''").Distinct("place").Order("place").Pluck("place", &out).Error; err != nil {
		return nil, fmt.Errorf("list places: %w", err)
	}
	return out, nil
}

// PlaceCount is how many issues a place has.
type PlaceCount struct {
	Place string
	N     int
}

// CountByUnit counts the issues that a filter chooses per unit.
func (tx *Tx) CountByUnit(f Filter) (map[string]int, error) {
	var rows []struct {
		Unit string
		N    int
	}
	if err := f.where(tx.db.Model(&issueRow{})).Select("unit AS unit, COUNT(*) AS n").Group("unit").Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("count by unit: %w", err)
	}
	out := map[string]int{}
	for _, r := range rows {
		out[r.Unit] = r.N
	}
	return out, nil
}

// Owner is a unit and a person of open issues.
type Owner struct {
	Unit     string
	Assignee string
}

// Owners lists who owns the issues in some statuses, each unit and person once.
func (tx *Tx) Owners(statuses []issue.Status) ([]Owner, error) {
	var out []Owner
	err := tx.db.Model(&issueRow{}).Where("status IN ?", statuses).Distinct("unit", "assignee").Order("unit, assignee").Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("list owners: %w", err)
	}
	return out, nil
}
