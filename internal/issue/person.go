package issue

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Person finds a person by id.
func (r *Register) Person(id string) (Person, bool) {
	return r.index.people.find(r.People, id, personID)
}

// PersonNamed finds the person who alone bears a name or alias; false if nobody or several do.
func (r *Register) PersonNamed(name string) (Person, bool) {
	var found []Person
	for _, p := range r.People {
		if p.Name == name || slices.Contains(p.Aliases, name) {
			found = append(found, p)
		}
	}
	if len(found) != 1 {
		return Person{}, false
	}
	return found[0], true
}

// PersonByRemark finds the person whom the bot's phone knows under a remark: the remark key of the register, or else the
// name (design.md §7); false if nobody or several fit.
func (r *Register) PersonByRemark(remark string) (Person, bool) {
	if remark == "" {
		return Person{}, false
	}
	var found []Person
	for _, p := range r.People {
		want := p.Remark
		if want == "" {
			want = p.Name
		}
		if want == remark {
			found = append(found, p)
		}
	}
	if len(found) != 1 {
		return Person{}, false
	}
	return found[0], true
}

// Group finds a ranking group by its id.
func (r *Register) Group(id string) (Group, bool) {
	for _, g := range r.Groups {
		if g.ID == id {
			return g, true
		}
	}
	return Group{}, false
}

// Unit finds a unit by id.
func (r *Register) Unit(id string) (Unit, bool) {
	return r.index.units.find(r.Units, id, unitID)
}

// UnitNamed finds a unit by id, name or alias.
func (r *Register) UnitNamed(name string) (Unit, bool) {
	return find(r.Units, func(u *Unit) bool { return u.ID == name || u.Name == name || slices.Contains(u.Aliases, name) })
}

// Place finds a place by its name.
func (r *Register) Place(name string) (Place, bool) {
	return r.index.places.find(r.Places, name, placeName)
}

// PlaceNamed finds a place by its name or alias.
func (r *Register) PlaceNamed(name string) (Place, bool) {
	return find(r.Places, func(p *Place) bool { return p.Name == name || slices.Contains(p.Aliases, name) })
}

// Category finds a category by its name.
func (r *Register) Category(name string) (Category, bool) {
	return r.index.categories.find(r.Categories, name, categoryName)
}

// Chat finds a work group by id.
func (r *Register) Chat(id string) (Chat, bool) {
	return r.index.chats.find(r.Chats, id, chatID)
}

// ChatNamed finds a work group by id or name.
func (r *Register) ChatNamed(name string) (Chat, bool) {
	return find(r.Chats, func(c *Chat) bool { return c.ID == name || c.Name == name })
}

// ChatsFor lists the work groups that serve a purpose.
func (r *Register) ChatsFor(p Purpose) []Chat {
	var out []Chat
	for _, c := range r.Chats {
		if c.Serves(p) {
			out = append(out, c)
		}
	}
	return out
}

// PersonName is the name to show for a person id; the bot itself is 系统.
func (r *Register) PersonName(id string) string {
	if id == "" {
		return "系统"
	}
	if p, ok := r.Person(id); ok {
		return p.Name
	}
	return id
}

// UnitName is the name to show for a unit id.
func (r *Register) UnitName(id string) string {
	if u, ok := r.Unit(id); ok {
		return u.Name
	}
	return id
}

// RolesOf lists a person's roles: the given ones, those that follow from being a unit's liaison or lead, and reporter,
// which everybody in the register is.
func (r *Register) RolesOf(id string) []Role {
	p, ok := r.Person(id)
	if !ok {
		return nil
	}
	roles := slices.Clone(p.Roles)
	for _, u := range r.Units {
		if u.Lead == id {
			roles = append(roles, RoleUnitLead)
		}
		if u.Liaison == id {
			roles = append(roles, RoleLiaison)
		}
	}
	if !slices.Contains(roles, RoleReporter) {
		roles = append(roles, RoleReporter)
	}
	return roles
}

// Has says whether a person has one of the roles.
func (r *Register) Has(id string, roles ...Role) bool {
	for _, role := range r.RolesOf(id) {
		if slices.Contains(roles, role) {
			return true
		}
	}
	return false
}

// Owner is who gets an issue: the lead unit, its person, and the units that assist.
type Owner struct {
	Unit   string // unit id; "" if the register names nobody
	Person string // person id
	Assist []string
}

// Owner finds who gets an issue of a category at a place: the first row of the responsibility table that fits, or else the
// category's unit, or else the place's (S7, S11, domain.md row 10).
func (r *Register) Owner(category, place string) Owner {
	p, _ := r.Place(place)
	for _, row := range r.Responsibility {
		if row.fits(category, p) {
			return r.ownerIn(row)
		}
	}
	c, _ := r.Category(category)
	unit := cmp.Or(c.Unit, p.Unit)
	return Owner{Unit: unit, Person: r.Receiver(unit)}
}

func (r *Register) ownerIn(row Responsibility) Owner {
	return Owner{Unit: row.Unit, Person: cmp.Or(row.Person, r.Receiver(row.Unit)), Assist: slices.Clone(row.Assist)}
}

// fits says whether a row is about a kind of problem at a place. What is not known fits only a row that does not ask.
func (row Responsibility) fits(category string, p Place) bool {
	return (len(row.Categories) == 0 || slices.Contains(row.Categories, category)) &&
		(len(row.Places) == 0 || slices.Contains(row.Places, p.Name)) &&
		(len(row.Types) == 0 || slices.Contains(row.Types, p.Type))
}

// Receiver is the person who gets a unit's issues: the liaison, or else the deputy, the lead or the head, or else nobody.
func (r *Register) Receiver(unit string) string {
	u, _ := r.Unit(unit)
	return cmp.Or(u.Liaison, u.Deputy, u.Lead, u.Head)
}

// Lack is what is missing for an open issue to have an owner.
type Lack string

// What can be missing (S8).
const (
	LacksNothing  Lack = ""
	LacksUnit     Lack = "unit"     // it was never dispatched
	LacksEntry    Lack = "entry"    // its unit is not in the register any more
	LacksPerson   Lack = "person"   // its unit has nobody who receives issues
	LacksAssignee Lack = "assignee" // its person is not in the register any more
)

// Lacks says why nobody owns an issue.
func (r *Register) Lacks(i Issue) Lack {
	_, unit := r.Unit(i.Unit)
	_, person := r.Person(i.Assignee)
	switch {
	case i.Unit == "":
		return LacksUnit
	case !unit:
		return LacksEntry
	case i.Assignee != "" && !person:
		return LacksAssignee
	case i.Assignee == "" && r.Receiver(i.Unit) == "":
		return LacksPerson
	}
	return LacksNothing
}

// Chief is who answers for a unit when it is pressed: the lead, or else the head, or else nobody (S10).
func (r *Register) Chief(unit string) string {
	u, _ := r.Unit(unit)
	return cmp.Or(u.Lead, u.Head)
}

// officers are the persons whom the unit's entry names.
func (u Unit) officers() []string { return []string{u.Liaison, u.Deputy, u.Lead, u.Head} }

// actsFor says whether a unit's entry names the person: liaison and lead, and the deputy and the head, who may stand in.
func (r *Register) actsFor(person, unit string) bool {
	u, known := r.Unit(unit)
	return known && person != "" && slices.Contains(u.officers(), person)
}

// Handles says whether a person acts for the unit that owns the issue, or for the one that answers for it until the owner has
// signed (S76).
func (r *Register) Handles(i Issue, person string) bool {
	return r.signs(i, person) || r.actsFor(person, i.First)
}

// signs says whether a person may sign for the unit that owns the issue: its assignee, or somebody who acts for the unit.
func (r *Register) signs(i Issue, person string) bool {
	return person != "" && person == i.Assignee || r.actsFor(person, i.Unit)
}

// belongs says whether a person is of a unit: by their own entry, or by the unit's.
func (r *Register) belongs(person, unit string) bool {
	p, _ := r.Person(person)
	return unit != "" && p.Unit == unit || r.actsFor(person, unit)
}

// UnitsOf lists the units that a person is of, in the order of the register.
func (r *Register) UnitsOf(person string) []string {
	var out []string
	for _, u := range r.Units {
		if r.belongs(person, u.ID) {
			out = append(out, u.ID)
		}
	}
	return out
}

// colleagues says whether two persons are of one unit.
func (r *Register) colleagues(a, b string) bool {
	return slices.ContainsFunc(r.Units, func(u Unit) bool { return r.belongs(a, u.ID) && r.belongs(b, u.ID) })
}

// may says whether the person may do this to this issue. The bot itself may only do what follows from tables and time
// (domain.md §5.2).
func (p Policy) may(i Issue, a Act) error {
	if a.By == "" {
		return p.mayItself(i, a)
	}
	switch a.Action {
	case Report, Photo:
		return p.mayReport(a)
	case Remind, Draw:
		return Fail(CodeForbidden, a.Action.Verb()+"由系统按时限进行", "")
	case Sign:
		return p.maySign(i, a)
	case Submit, Note, Reply:
		return p.mayHandle(i, a)
	case Opine, Publish, Tell:
		if p.Reg.Has(a.By, RoleOffice) {
			return nil
		}
		return p.mayHandle(i, a)
	case Pass, Return, LookBack, Relapse, Accuse, SolveOnSpot:
		return p.mayReview(i, a)
	case Withdraw:
		return p.mayWithdraw(i, a)
	case Correct:
		return p.mayCorrect(i, a)
	case Press:
		if a.By == i.Reporter || p.Reg.Has(a.By, RoleOffice, RoleLeader, RoleInspector) {
			return nil
		}
		return Fail(CodeForbidden, i.Number()+" 只能由上报人、督查员、创城办或领导催办", "要说明情况请发「进展 "+i.digits()+" 情况」")
	case Supervise:
		return p.maySupervise(i, a)
	case CallBack:
		if p.Reg.Has(a.By, RoleOffice) {
			return nil
		}
		return p.mayReview(i, a)
	case Recall:
		return p.mayRecall(i, a)
	case AskSendBack, AskExtend, AskSuspend, Appeal:
		return p.mayAsk(i, a)
	default:
		return p.mayOffice(i, a)
	}
}

// mayOffice is for what the office and the leaders decide.
func (p Policy) mayOffice(i Issue, a Act) error {
	if (a.Action == Uphold || a.Action == Refuse) && !i.Request.Pending() {
		return nil // whoever decides: there is nothing to decide, as checkRequest says
	}
	switch a.Action {
	case Suspend:
		return p.mayDecide(i, a, RoleLeader)
	case Extend:
		return p.mayExtend(i, a)
	case Refuse:
		return p.mayDecide(i, a, cmp.Or(i.Request.Decider, RoleOffice))
	default:
		return p.mayDecide(i, a, RoleOffice)
	}
}

// maySupervise lets the office and the leaders ask for an answer; another deadline is a leader's to set (domain.md §5.2).
func (p Policy) maySupervise(i Issue, a Act) error {
	if !a.Change.Due.IsZero() && !p.Reg.Has(a.By, RoleLeader) {
		return Fail(CodeForbidden, i.Number()+" 督办时改时限只能由领导操作", "请联系领导，或只督办、不写时限")
	}
	return p.needRole(a, RoleOffice, RoleLeader)
}

// mayItself is what the bot may do by itself: file what it is given, follow the responsibility table, keep time, and take an
// assisting unit's part along with the whole.
func (p Policy) mayItself(i Issue, a Act) error {
	ok := false
	switch a.Action {
	case Report, Photo, Assign, Split, Remind, Draw:
		ok = true
	case Reassign:
		ok = i.Status == Assigned
	case Sign:
		ok = p.AutoSigns(i, a.At)
	case Resume:
		ok = i.Resumes(a.At)
	case Void:
		ok = i.Parent != 0
	}
	if ok {
		return nil
	}
	return Fail(CodeForbidden, a.Action.Verb()+"不能由系统进行", "")
}

// mayReport lets in everybody in the register.
func (p Policy) mayReport(a Act) error {
	if _, ok := p.Reg.Person(a.By); ok {
		return nil
	}
	return Fail(CodeForbidden, "还不认识您，不能"+a.Action.Verb(), "请向创城办要绑定码，然后发「绑定 绑定码」")
}

func (p Policy) needRole(a Act, roles ...Role) error {
	if p.Reg.Has(a.By, roles...) {
		return nil
	}
	var names []string
	for _, r := range roles {
		names = append(names, r.Text())
	}
	last := len(names) - 1
	who := strings.TrimPrefix(strings.Join(names[:last], "、")+"或"+names[last], "或")
	return Fail(CodeForbidden, a.Action.deed()+"只能由"+who+"操作", "请联系"+who)
}

func (p Policy) mayHandle(i Issue, a Act) error {
	if p.Reg.Handles(i, a.By) {
		return nil
	}
	return p.notYours(i, a)
}

func (p Policy) maySign(i Issue, a Act) error {
	if p.Reg.signs(i, a.By) {
		return nil
	}
	return p.notYours(i, a)
}

func (p Policy) notYours(i Issue, a Act) error {
	if i.Unit == "" {
		return Fail(CodeForbidden, i.Number()+" 还没有责任单位，不能"+a.Action.deed(), "请找创城办派单")
	}
	owner := p.Reg.UnitName(i.Unit)
	if i.Assignee != "" {
		owner += p.Reg.PersonName(i.Assignee)
	}
	return Fail(CodeForbidden, i.Number()+" 由"+owner+"负责，您不能"+a.Action.deed(),
		"责任单位不对请找创城办改派")
}

// mayReview keeps the review independent: an inspector, never of the unit that has the issue or that did the work, never who
// submitted (S16, domain.md row 38).
func (p Policy) mayReview(i Issue, a Act) error {
	if err := p.needRole(a, RoleInspector); err != nil {
		return err
	}
	did := a.By == i.SubmittedBy || a.By == i.Assignee || p.Reg.colleagues(a.By, i.SubmittedBy)
	if did || p.Reg.belongs(a.By, i.Unit) || p.Reg.belongs(a.By, i.First) {
		return Fail(CodeForbidden, i.Number()+" 是本单位办理的，不能自己核查", "请其他督查员核查")
	}
	return nil
}

func (p Policy) mayWithdraw(i Issue, a Act) error {
	if a.By == "" || a.By != i.Reporter {
		return Fail(CodeForbidden, i.Number()+" 不是您上报的，不能撤回", "请上报人撤回，或找创城办")
	}
	if window := p.Reg.Rules.WithdrawWindow; a.At.Sub(i.ReportedAt) > window {
		return Fail(CodeState, i.Number()+" 上报已超过"+minutes(window)+"，不能撤回", "请找创城办处理")
	}
	return nil
}

// mayCorrect lets the reporter correct until the unit has signed, and the office as long as the issue is open.
func (p Policy) mayCorrect(i Issue, a Act) error {
	if p.Reg.Has(a.By, RoleOffice) {
		return nil
	}
	if a.By != i.Reporter {
		return Fail(CodeForbidden, i.Number()+" 不是您上报的，不能更正", "请上报人或创城办更正")
	}
	if i.Status != Reported && i.Status != Assigned {
		return Fail(CodeForbidden, i.Number()+" "+i.Status.Text()+"，上报人不能再更正", "请创城办更正")
	}
	return nil
}

func minutes(d time.Duration) string {
	return fmt.Sprintf("%d分钟", d/time.Minute)
}
