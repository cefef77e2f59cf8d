package issue

import (
	"slices"
	"time"

	"duban/internal/calendar"
)

// Register is everything that the administrators' file says about the campaign: who is responsible for what, where and
// until when. It is immutable once loaded; a reload makes a new one.
type Register struct {
	Campaign       Campaign
	Groups         []Group
	Units          []Unit
	People         []Person
	Places         []Place
	Categories     []Category
	Responsibility []Responsibility
	Chats          []Chat
	Escalation     []Rung
	Scoring        Scoring
	Bulletin       Bulletin
	Rules          Rules

	index indexes
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

// Unit is a responsible body 责任单位 with its chain of responsible persons (S7, S10).
type Unit struct {
	ID      string   `yaml:"id"`
	Name    string   `yaml:"name"`
	Aliases []string `yaml:"aliases,omitempty"`
	Group   string   `yaml:"group,omitempty"`
	Head    string   `yaml:"head,omitempty"`    // person id of 主要领导, the first responsible person
	Lead    string   `yaml:"lead,omitempty"`    // person id of 单位负责人, the directly responsible person
	Liaison string   `yaml:"liaison,omitempty"` // person id of 联络员, who gets the unit's issues
	Deputy  string   `yaml:"deputy,omitempty"`  // person id who stands in for the liaison
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

// Supervisors are the roles that see the issues of all units; others see those of their own (domain.md §5.2).
func Supervisors() []Role {
	return []Role{RoleOffice, RoleLeader, RoleAdmin, RoleInspector, RoleViewer}
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

// Responsibility is a row of the responsibility table 责任清单: which unit answers for which kind of problem at which places,
// and which units assist it (S7, S14, domain.md row 10). The first row that fits counts; empty lists fit everything.
type Responsibility struct {
	Categories []string `yaml:"categories,omitempty"` // names of categories
	Places     []string `yaml:"places,omitempty"`     // names of places
	Types      []string `yaml:"types,omitempty"`      // types of places 点位类型
	Unit       string   `yaml:"unit"`                 // the lead unit 牵头单位
	Person     string   `yaml:"person,omitempty"`     // person id who gets the issue; empty: the unit's receiver
	Assist     []string `yaml:"assist,omitempty"`     // the assisting units 配合单位, each with an issue of its own
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
	// Channels are the channels that a message to the group tries, in this order; none: all on which the group is bound.
	Channels []string `yaml:"channels,omitempty"`
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

// ChatsOf lists the work groups in which a role is found: the leaders' for leaders, the office's for all others.
func (r *Register) ChatsOf(role Role) []Chat {
	if role == RoleLeader {
		return r.ChatsFor(ForSummary)
	}
	return r.ChatsFor(ForAdmin)
}

// ChatsOfUnit lists the work groups in which a unit is reminded: its own, or else those that are for all units.
func (r *Register) ChatsOfUnit(unit string) []Chat {
	var own, general []Chat
	for n := range r.Chats {
		switch c := &r.Chats[n]; {
		case !c.Serves(ForReminders):
		case slices.Contains(c.Units, unit):
			own = append(own, *c)
		case len(c.Units) == 0:
			general = append(general, *c)
		}
	}
	if len(own) > 0 {
		return own
	}
	return general
}

// ChatsOfInspectors lists the work groups in which inspectors are told of what is theirs to do about an issue: where it was
// reported, or else where reports are taken. A unit's own group is none of them as long as there is another: it need not know
// beforehand who will look.
func (r *Register) ChatsOfInspectors(i Issue) []Chat {
	if c, ok := r.Chat(i.Chat); ok && c.Serves(ForIntake) && len(c.Units) == 0 {
		return []Chat{c}
	}
	all := r.ChatsFor(ForIntake)
	if general := slices.DeleteFunc(slices.Clone(all), func(c Chat) bool { return len(c.Units) > 0 }); len(general) > 0 {
		return general
	}
	return all
}

// ChatsAbout lists the work groups in which a unit hears of an issue: where it is reminded, or else where issues are reported.
func (r *Register) ChatsAbout(unit string, i Issue) []Chat {
	if chats := r.ChatsOfUnit(unit); len(chats) > 0 {
		return chats
	}
	return r.ChatsOfInspectors(i)
}

// Rung is one step of the escalation ladder (domain.md §5.2, design.md §5).
type Rung struct {
	Level     string           `yaml:"level"`                // L0 … L4
	At        calendar.Offset  `yaml:"at"`                   // from the due instant
	UrgentAt  *calendar.Offset `yaml:"urgent_at,omitempty"`  // instead of At for limits of a day or of hours around the clock
	OrReturns int              `yaml:"or_returns,omitempty"` // reached after so many returns, too; 0: never
	To        []Target         `yaml:"to"`
	Reply     *calendar.Limit  `yaml:"reply,omitempty"` // the unit has to answer within this time 督办必复
}

// Target is somebody whom a rung tells.
type Target string

// The targets of a rung. The bulletin and the talk list are lists that the office and the leaders read.
const (
	ToAssignee     Target = "assignee"
	ToLiaison      Target = "liaison"
	ToUnitLead     Target = "unit_lead"
	ToUnitHead     Target = "unit_head"
	ToPlaceLeader  Target = "place_leader"
	ToPlaceSupport Target = "place_support"
	ToOffice       Target = "office"
	ToBulletin     Target = "bulletin"
	ToTalkList     Target = "talk_list"
)

// Targets lists what Rung.To may name.
func Targets() []Target {
	return []Target{
		ToAssignee, ToLiaison, ToUnitLead, ToUnitHead, ToPlaceLeader, ToPlaceSupport, ToOffice, ToBulletin, ToTalkList,
	}
}

// Bulletin is how the office's bulletins 通报 are written (S91, domain.md §2.3).
type Bulletin struct {
	Bureau  string   `yaml:"bureau"`  // who signs; "" for the campaign's command office
	Mark    string   `yaml:"mark"`    // the word before the number 文号: 创城通报〔2026〕9号
	Demands []string `yaml:"demands"` // 工作要求, a paragraph each
	Photos  int      `yaml:"photos"`  // so many issues at most are shown with photos
}

// Rules are the limits of the conversation and of the supervision.
type Rules struct {
	PairWindow      time.Duration  // a photo this long before or after a command belongs to it (design.md §3)
	WithdrawWindow  time.Duration  // own report may be withdrawn (design.md §3)
	DuplicateWindow time.Duration  // an open issue this old may be the same problem (domain.md row 5)
	ReturnLimit     calendar.Limit // least time after a return (domain.md §5.2)
	ReviewLimit     calendar.Limit // the inspector's own clock (domain.md §5.3)
	DefaultLimit    calendar.Limit // for a problem whose category was not recognised
	SignLimit       calendar.Limit // until the unit must have signed 签收 (domain.md row 13); zero: no clock
	AutoSign        time.Duration  // signed by itself after this time; 0: never
	SendBackLimit   calendar.Limit // a unit may say "not ours" 退单 within this time after the dispatch (domain.md §5.2)
	DecisionLimit   calendar.Limit // until a request should be decided
	OfficeExtension calendar.Limit // the longest extension that the office may grant; beyond it, and a second one, the leader
	AppealLimit     calendar.Limit // an appeal 申诉 is possible for this long
	OpinionLimit    calendar.Limit // complaint: until the first answer to the person (S73)
	ComplaintLimit  calendar.Limit // complaint: until the result is published and the person told (S73)
	CoverageDays    int            // a place that nobody inspected for so many days is a gap (S9); 0: gaps are not looked for
	LookBack        LookBackPlan
	Identity        string // "bound" or "group_card" (design.md §7)
}

// LookBackPlan is the plan of looking again at closed issues 回头看 (S26, S27).
type LookBackPlan struct {
	After int            `yaml:"after"` // days after the closing
	Share int            `yaml:"share"` // per cent of the closed issues that are drawn at random
	Most  int            `yaml:"most"`  // issues in one day's plan; kinds that came back once go first
	Limit calendar.Limit `yaml:"limit"` // how long the inspectors have
}
