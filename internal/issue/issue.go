// Package issue is the heart of duban: what an issue is, which moves it may make, when it is due, who may act on it and
// what a unit's score is. It does no I/O and knows time only as an argument.
package issue

import (
	"fmt"
	"strconv"
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
	First     string // unit that had it before and answers for it until Unit has signed 首问负责 (S76); "" afterwards
	Reporter  string // person id
	Chat      string // chat id in which it was reported; "" in private
	Source    Source
	Complaint bool  // somebody of the public complained and has to be answered (S73)
	Danger    bool  // the report speaks of danger
	Parent    int64 // this is the part of one assisting unit in a joint issue 协办 (S14); 0: no

	Status     Status
	Limit      calendar.Limit
	Said       bool // the deadline stands by itself, said in the report or set by a rule, instead of following from Limit
	ReportedAt time.Time
	AssignedAt time.Time
	SignDue    time.Time
	SignedAt   time.Time
	SignedLate bool
	Due        time.Time // effective deadline; zero until dispatched, unless the report said one
	DueSince   time.Time // when the deadline was set
	DueUnsure  bool      // the calendar of a year on the way is not published
	Level      string    // highest rung reminded of for the present deadline
	Told       Marks     // rungs of the present deadline and duties that were said
	NextAlarm  time.Time // when there is next something to say or to do about it by itself; zero if never

	FirstSubmittedAt time.Time
	FirstDue         time.Time // the deadline as it stood at the first submission: the one that is scored
	SubmittedAt      time.Time
	SubmittedBy      string
	Measure          string // what the unit says that it did 措施
	ReviewDue        time.Time
	ReturnedAt       time.Time
	JudgedAt         time.Time // the last return, relapse or upheld accusation: what a unit may appeal against
	AppealedAt       time.Time // when the last appeal that was decided was made
	PassedAt         time.Time // the first pass of the present unit
	ClosedAt         time.Time
	ExposedAt        time.Time // on the board of what is exposed 曝光台; zero if not
	SeenAt           time.Time // when somebody last looked at the place about it: reported what inspection found, reviewed or looked back
	SeenBy           string    // person id of who did

	OpinionDue  time.Time // complaint: the person has to be given an opinion by then
	OpinionAt   time.Time // 答复
	TellDue     time.Time // complaint: the result has to be published and the person told by then
	PublishedAt time.Time // 公布
	ToldAt      time.Time // 告知
	ReplyDue    time.Time // the unit has to answer a supervision 督办 by then; zero if it need not
	ResumeAt    time.Time // suspended until then
	LookBackDue time.Time // drawn for a look back, to be done by then; zero if not drawn
	LookBackBy  string    // person id of the inspector who should look
	Call        Call      // complaint: the last call back 回访 since the closing

	Request    Request // the one thing about it that somebody has to decide; zero if none
	Returns    int
	Relapses   int
	LookBacks  int
	Extensions int
	SendBacks  int     // upheld: it was not the unit's
	Refusals   int     // send-backs that were refused
	Appeals    int     // upheld
	Judged     Verdict // what judged the unit last; zero if a dispatch or a closing came after it
	Excused    bool    // an appeal against the dispatch or the closing was upheld: it costs the present unit nothing
	Early      bool    // first submitted before half the limit was over
	Falsified  bool    // the office upheld that a completion was false
	SelfFound  bool    // reported by the responsible unit itself (S33)
	OnTheSpot  bool
	MergedInto int64
	Seq        int // number of events
}

// Verdict is an event that judged a unit: a return, a relapse or an upheld accusation.
type Verdict struct {
	Seq    int    // number of the event; 0: none
	Action Action // Return, Relapse or Uphold
}

// Source is how a problem came to be known (domain.md row 6).
type Source string

// The sources.
const (
	FromInspection Source = "inspection" // 督查
	FromSelf       Source = "self"       // 自查
	FromUpper      Source = "upper"      // 上级反馈
	FromPublic     Source = "public"     // 群众
	FromLeader     Source = "leader"     // 领导交办
	FromMedia      Source = "media"      // 媒体曝光
)

// Sources lists the sources.
func Sources() []Source {
	return []Source{FromInspection, FromSelf, FromUpper, FromPublic, FromLeader, FromMedia}
}

// Text is the source in Chinese.
func (s Source) Text() string {
	switch s {
	case FromInspection:
		return "督查"
	case FromSelf:
		return "自查"
	case FromUpper:
		return "上级反馈"
	case FromPublic:
		return "群众反映"
	case FromLeader:
		return "领导交办"
	case FromMedia:
		return "媒体曝光"
	}
	return string(s)
}

// outside says whether it took others to find the problem: then the unit has not found it by itself, whoever writes it down.
func (s Source) outside() bool {
	return s == FromUpper || s == FromPublic || s == FromLeader || s == FromMedia
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

// digits is the number as it is typed after a verb.
func (i Issue) digits() string { return strconv.FormatInt(i.ID, 10) }

// Open says whether something is still to be done about the issue.
func (i Issue) Open() bool { return i.Status.Open() }

// Overdue says whether the unit is late: the deadline has passed and nothing is submitted. It is computed, never stored
// (domain.md §5.2).
func (i Issue) Overdue(now time.Time) bool {
	return i.Status.WithUnit() && !i.Due.IsZero() && now.After(i.Due)
}

// UrgentKind is the kind of limit that runs day and night.
const UrgentKind = calendar.UrgentHour

// Urgent says whether the issue does not wait for the morning: its limit runs day and night, or the report speaks of danger
// (design.md §5).
func (i Issue) Urgent() bool { return i.Danger || i.Limit.Kind == UrgentKind }

// Scored says whether the issue stands in a unit's account, so that making it void takes two people (domain.md §5.2).
func (i Issue) Scored() bool { return i.Unit != "" && i.Status.Open() }
