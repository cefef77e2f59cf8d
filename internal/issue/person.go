package issue

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Person finds a person by id.
func (r *Register) Person(id string) (Person, bool) {
	return find(r.People, func(p Person) bool { return p.ID == id })
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
	if remark == "" || len(found) != 1 {
		return Person{}, false
	}
	return found[0], true
}

// Unit finds a unit by id.
func (r *Register) Unit(id string) (Unit, bool) {
	return find(r.Units, func(u Unit) bool { return u.ID == id })
}

// UnitNamed finds a unit by id, name or alias.
func (r *Register) UnitNamed(name string) (Unit, bool) {
	return find(r.Units, func(u Unit) bool { return u.ID == name || u.Name == name || slices.Contains(u.Aliases, name) })
}

// Place finds a place by its name.
func (r *Register) Place(name string) (Place, bool) {
	return find(r.Places, func(p Place) bool { return p.Name == name })
}

// PlaceNamed finds a place by its name or alias.
func (r *Register) PlaceNamed(name string) (Place, bool) {
	return find(r.Places, func(p Place) bool { return p.Name == name || slices.Contains(p.Aliases, name) })
}

// Category finds a category by its name.
func (r *Register) Category(name string) (Category, bool) {
	return find(r.Categories, func(c Category) bool { return c.Name == name })
}

// Chat finds a work group by id.
func (r *Register) Chat(id string) (Chat, bool) {
	return find(r.Chats, func(c Chat) bool { return c.ID == id })
}

// ChatNamed finds a work group by id or name.
func (r *Register) ChatNamed(name string) (Chat, bool) {
	return find(r.Chats, func(c Chat) bool { return c.ID == name || c.Name == name })
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

func find[T any](list []T, is func(T) bool) (T, bool) {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return list[i], true
	}
	var none T
	return none, false
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

// Owner is who gets an issue of a category at a place: the category's unit before the place's, and its liaison before its
// lead (S7, S11). Both are empty if the register names nobody.
func (r *Register) Owner(category, place string) (unit, person string) {
	if c, ok := r.Category(category); ok {
		unit = c.Unit
	}
	if p, ok := r.Place(place); ok && unit == "" {
		unit = p.Unit
	}
	return unit, r.Receiver(unit)
}

// Receiver is the person who gets a unit's issues: the liaison, or else the lead, or else nobody.
func (r *Register) Receiver(unit string) string {
	u, _ := r.Unit(unit)
	if u.Liaison != "" {
		return u.Liaison
	}
	return u.Lead
}

// handles says whether a person acts for the unit that owns the issue: its assignee, liaison or lead.
func (r *Register) handles(i Issue, person string) bool {
	u, _ := r.Unit(i.Unit)
	return person != "" && (person == i.Assignee || person == u.Liaison || person == u.Lead)
}

// belongs says whether a person is of a unit: by their own entry, or as its liaison or lead.
func (r *Register) belongs(person, unit string) bool {
	if person == "" || unit == "" {
		return false
	}
	u, _ := r.Unit(unit)
	p, _ := r.Person(person)
	return p.Unit == unit || person == u.Liaison || person == u.Lead
}

// may says whether the person may do this to this issue. The bot itself may only do what follows from tables and time
// (domain.md §5.2).
func (p Policy) may(i Issue, a Act) error {
	switch a.Action {
	case Report, Photo:
		return p.mayReport(a)
	case Assign:
		if a.By == "" {
			return nil
		}
		return p.needRole(a, RoleOffice)
	case Remind:
		if a.By == "" {
			return nil
		}
		return Fail(CodeForbidden, "提醒由系统按时限发出", "")
	case Sign, Submit, Note:
		return p.mayHandle(i, a)
	case Pass, Return, LookBack, Relapse:
		return p.mayReview(i, a)
	case Withdraw:
		return p.mayWithdraw(i, a)
	case Correct:
		if a.By != "" && a.By == i.Reporter {
			return nil
		}
		return p.needRole(a, RoleOffice)
	case SolveOnSpot:
		return p.needRole(a, RoleInspector)
	case Suspend:
		return p.needRole(a, RoleLeader)
	case Extend:
		return p.needRole(a, RoleOffice, RoleLeader)
	default:
		return p.needRole(a, RoleOffice)
	}
}

// mayReport lets in everybody in the register, and the bot itself, which files what it is given.
func (p Policy) mayReport(a Act) error {
	if _, ok := p.Reg.Person(a.By); ok || a.By == "" {
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
	who := strings.Join(names, "或")
	return Fail(CodeForbidden, a.Action.Verb()+"只能由"+who+"操作", "请联系"+who)
}

func (p Policy) mayHandle(i Issue, a Act) error {
	if p.Reg.handles(i, a.By) {
		return nil
	}
	owner := p.Reg.UnitName(i.Unit)
	if i.Assignee != "" {
		owner += p.Reg.PersonName(i.Assignee)
	}
	return Fail(CodeForbidden, i.Number()+" 由"+owner+"负责，您不能"+a.Action.Verb(),
		"责任单位不对请找创城办改派")
}

// mayReview keeps the review independent: an inspector, never of the unit, never who submitted (S16, domain.md row 38).
func (p Policy) mayReview(i Issue, a Act) error {
	if err := p.needRole(a, RoleInspector); err != nil {
		return err
	}
	if a.By == i.SubmittedBy || a.By == i.Assignee || p.Reg.belongs(a.By, i.Unit) {
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

func minutes(d time.Duration) string {
	return fmt.Sprintf("%d分钟", d/time.Minute)
}
