package issue

import (
	"slices"
	"time"

	"duban/internal/calendar"
)

// Register is everything that the administrators' file says about the campaign: who is responsible for what, where and
// until when. It is immutable once loaded; a reload makes a new one.
type Register struct {
	Campaign   Campaign
	Groups     []Group
	Units      []Unit
	People     []Person
	Places     []Place
	Categories []Category
	Chats      []Chat
	Escalation []Rung
	Scoring    Scoring
	Rules      Rules
}

// Campaign is the creation campaign that all issues belong to.
type Campaign struct {
	Name     string        `yaml:"name"`
	Timezone string        `yaml:"timezone"` // IANA name
	Start    calendar.Date `yaml:"start"`
}

// Group is a ranking group 考核分组: units are ranked only among their own kind (S15, domain.md §5.4).
type Group struct {
	ID   string `yaml:"id"`
	Name string `yaml:"name"`
}

// Unit is a responsible body 责任单位.
type Unit struct {
	ID      string   `yaml:"id"`
	Name    string   `yaml:"name"`
	Aliases []string `yaml:"aliases,omitempty"`
	Group   string   `yaml:"group,omitempty"`
	Lead    string   `yaml:"lead,omitempty"`    // person id of 单位负责人
	Liaison string   `yaml:"liaison,omitempty"` // person id of 联络员, who gets the unit's issues (S7)
}

// Person is somebody who may act (S5, S7, S10).
type Person struct {
	ID      string   `yaml:"id"`
	Name    string   `yaml:"name"`
	Aliases []string `yaml:"aliases,omitempty"`
	Unit    string   `yaml:"unit,omitempty"`
	Roles   []Role   `yaml:"roles,omitempty"`  // given roles; liaison and unit_lead follow from the units
	Remark  string   `yaml:"remark,omitempty"` // the remark on the bot's phone, where it is not the name
}

// Role is what a person may do (design.md §7).
type Role string

// The roles. RoleLiaison and RoleUnitLead come from the unit entries, RoleReporter is everybody known.
const (
	RoleReporter  Role = "reporter"
	RoleInspector Role = "inspector"
	RoleLiaison   Role = "liaison"
	RoleUnitLead  Role = "unit_lead"
	RoleOffice    Role = "office"
	RoleLeader    Role = "leader"
	RoleAdmin     Role = "admin"
	RoleViewer    Role = "viewer"
)

// Roles lists all roles, in the order in which they are shown.
func Roles() []Role {
	return []Role{RoleReporter, RoleInspector, RoleLiaison, RoleUnitLead, RoleOffice, RoleLeader, RoleAdmin, RoleViewer}
}

// Text is the role's name in Chinese.
func (r Role) Text() string {
	switch r {
	case RoleReporter:
		return "上报人"
	case RoleInspector:
		return "督查员"
	case RoleLiaison:
		return "联络员"
	case RoleUnitLead:
		return "单位负责人"
	case RoleOffice:
		return "创城办"
	case RoleLeader:
		return "领导"
	case RoleAdmin:
		return "管理员"
	case RoleViewer:
		return "查看者"
	}
	return string(r)
}

// Place is an inspectable point 点位 with its guarantee 包保 (S11, S25).
type Place struct {
	Name      string   `yaml:"name"`
	Aliases   []string `yaml:"aliases,omitempty"`
	Type      string   `yaml:"type,omitempty"`      // 点位类型, for example 社区小区
	Unit      string   `yaml:"unit,omitempty"`      // unit responsible for the place
	Community string   `yaml:"community,omitempty"` // 所属社区
	Leader    string   `yaml:"leader,omitempty"`    // person id of 包保领导
	Support   string   `yaml:"support,omitempty"`   // unit id of 挂钩单位
	Mandatory bool     `yaml:"mandatory,omitempty"` // 必查
}

// Category is a class of problems with its filing and closing standard 立结案标准 (domain.md §2.1).
type Category struct {
	Name     string         `yaml:"name"`
	Aliases  []string       `yaml:"aliases,omitempty"`
	Keywords []string       `yaml:"keywords,omitempty"`
	Limit    calendar.Limit `yaml:"limit"`
	Unit     string         `yaml:"unit,omitempty"` // unit responsible for the kind of problem, before the place's unit
	Evidence Evidence       `yaml:"evidence,omitempty"`
	Closing  string         `yaml:"closing,omitempty"` // 结案条件, shown to the inspector
}

// Evidence says how many photos a category demands.
type Evidence struct {
	Before int `yaml:"before,omitempty"`
	After  int `yaml:"after,omitempty"`
}

// Chat is a work group.
type Chat struct {
	ID    string    `yaml:"id"`
	Name  string    `yaml:"name"`
	For   []Purpose `yaml:"for,omitempty"`
	Units []string  `yaml:"units,omitempty"` // units whose reminders go here
	// Listen is "commands" (the default) or "mentions": whether plain commands count without an @.
	Listen string `yaml:"listen,omitempty"`
}

// Purpose is what a work group is used for.
type Purpose string

// The purposes of a work group.
const (
	ForIntake    Purpose = "intake"
	ForReminders Purpose = "reminders"
	ForRanking   Purpose = "ranking"
	ForSummary   Purpose = "summary"
	ForAdmin     Purpose = "admin"
	ForDrafts    Purpose = "drafts"
)

// Purposes lists all purposes.
func Purposes() []Purpose {
	return []Purpose{ForIntake, ForReminders, ForRanking, ForSummary, ForAdmin, ForDrafts}
}

// Serves says whether the chat is used for p.
func (c Chat) Serves(p Purpose) bool {
	return slices.Contains(c.For, p)
}

// Rung is one step of the escalation ladder (domain.md §5.2, design.md §5).
type Rung struct {
	Level     string          `yaml:"level"` // L0 … L4
	At        calendar.Offset `yaml:"at"`    // from the due instant
	OrReturns int             `yaml:"or_returns,omitempty"`
	To        []string        `yaml:"to"` // assignee, liaison, unit_lead, place_leader, bulletin, talk_list, office
	Reply     *calendar.Limit `yaml:"reply,omitempty"`
}

// Targets lists what Rung.To may name.
func Targets() []string {
	return []string{"assignee", "liaison", "unit_lead", "place_leader", "office", "bulletin", "talk_list"}
}

// Scoring is the versioned rule of the unit score (domain.md §5.4 A).
type Scoring struct {
	Version     string             `yaml:"version"`
	Weights     Weights            `yaml:"weights"`
	MinCases    int                `yaml:"min_cases"`
	Adjustments map[string]float64 `yaml:"adjustments,omitempty"`
}

// Weights are the points of the five factors; they add up to 100.
type Weights struct {
	Handled     int `yaml:"handled"`
	OnTime      int `yaml:"on_time"`
	NoReturn    int `yaml:"no_return"`
	NoOverdue   int `yaml:"no_overdue"`
	NoExtension int `yaml:"no_extension"`
}

// Rules are the small limits of the conversation.
type Rules struct {
	PairWindow     time.Duration  // a photo this long before or after a command belongs to it (design.md §3)
	WithdrawWindow time.Duration  // own report may be withdrawn (design.md §3)
	ReturnLimit    calendar.Limit // least time after a return (domain.md §5.2)
	ReviewLimit    calendar.Limit // the inspector's own clock (domain.md §5.3)
	DefaultLimit   calendar.Limit // for a problem whose category was not recognised
	Identity       string         // "bound" or "group_card" (design.md §7)
}
