package handlers

import (
	"fmt"
	"slices"
	"strings"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
)

func jointCommands() []*Command {
	return []*Command{{
		Name: "协办", Shape: Numbers, Action: issue.Split, Roles: []issue.Role{issue.RoleOffice}, Section: "派单", Args: "编号 单位、单位",
		Help: "请别的单位协办：各得一件，有自己的编号和时限，全部销号后牵头单位的才能销号。例：协办 17 住建局、交警大队",
		Run:  (*Request).assist,
	}}
}

// split gives each assisting unit its part of a joint issue. by is who asks for it; "" for the responsibility table.
func (r *Request) split(lead *issue.Issue, units []string, by string) ([]issue.Issue, error) {
	return r.Clerk.Split(r.Tx, lead, units, by, r.Message)
}

// notAlone refuses what can only be done with the whole of a joint issue.
func notAlone(part issue.Issue, what string) error {
	return issue.Fail(issue.CodeState, fmt.Sprintf("%s 是 #%d 的协办件，不能%s", part.Number(), part.Parent, what), fmt.Sprintf("请对 #%d 操作", part.Parent))
}

// openParts are the parts of a joint issue that are still to be done.
func (r *Request) openParts(lead int64) ([]issue.Issue, error) {
	return r.Tx.Issues(store.Filter{Parent: lead, Statuses: issue.OpenStatuses()})
}

// dropParts makes the open parts of a joint issue void, all or those of some units, and tells their units why.
func (r *Request) dropParts(lead issue.Issue, why string, units ...string) ([]store.Out, error) {
	parts, err := r.openParts(lead.ID)
	var out []store.Out
	for _, part := range parts {
		if len(units) > 0 && !slices.Contains(units, part.Unit) {
			continue
		}
		if err := r.apply(&part, issue.Act{Action: issue.Void, Note: why}); err != nil {
			return nil, err
		}
		if err := r.forgetLate(part.ID); err != nil {
			return nil, err
		}
		out = append(out, r.toOwners(part, part.Number()+"（"+why+"）不用办理")...)
	}
	return out, err
}

// assist lets more units assist.
func (r *Request) assist() (Reply, error) {
	units, err := r.unitsNamed()
	if err != nil {
		return Reply{}, err
	}
	return r.each(func(i issue.Issue) (Reply, error) {
		if i.Parent != 0 {
			return Reply{}, notAlone(i, "再协办")
		}
		if err := r.Policy.Check(i, r.act(issue.Act{Action: issue.Split, By: r.From.ID})); err != nil {
			return Reply{}, err
		}
		parts, err := r.openParts(i.ID)
		if err != nil {
			return Reply{}, err
		}
		for _, unit := range units {
			if unit == i.Unit {
				return Reply{}, issue.Fail(issue.CodeInput, r.Reg.UnitName(unit)+"是 "+i.Number()+" 的牵头单位，不用协办", "请写别的单位")
			}
			if n := slices.IndexFunc(parts, func(p issue.Issue) bool { return p.Unit == unit }); n >= 0 {
				return Reply{}, issue.Fail(issue.CodeInput, r.Reg.UnitName(unit)+"已在协办 "+i.Number()+"（"+parts[n].Number()+"）", "请写别的单位")
			}
		}
		added, err := r.split(&i, units, r.From.ID)
		if err != nil {
			return Reply{}, err
		}
		return r.assisting(i, units, added), nil
	})
}

func (r *Request) assisting(lead issue.Issue, units []string, added []issue.Issue) Reply {
	var lines []string
	var filings []report.Filing
	var mentions []string
	for _, part := range added {
		lines = append(lines, r.Words.Line(part, r.Now))
		filings = append(filings, report.Filing{Issue: part})
		mentions = append(mentions, part.Assignee)
	}
	text := lead.Number() + " 已请" + r.unitNames(units) + "协办\n" + strings.Join(lines, "\n")
	return Reply{Text: text, Mentions: mentions, Notices: first(r.tellUnits(filings), r.toUnit(lead.Unit, lead, text))}
}

func (r *Request) unitNames(ids []string) string {
	var names []string
	for _, id := range ids {
		names = append(names, r.Reg.UnitName(id))
	}
	return strings.Join(names, "、")
}

// unitsNamed reads the units of an argument, each once. A name that fits nothing or several is asked back.
func (r *Request) unitsNamed() ([]string, error) {
	var units []string
	for _, word := range r.words() {
		found, err := r.unitsIn(word)
		if err != nil {
			return nil, err
		}
		for _, unit := range found {
			if !slices.Contains(units, unit) {
				units = append(units, unit)
			}
		}
	}
	if len(units) == 0 && len(r.IDs) > 0 {
		return nil, issue.Fail(issue.CodeInput, "请写明哪些单位", fmt.Sprintf("例如：「%s %d %s」", r.Command.Name, r.IDs[0], r.someUnit()))
	}
	return units, nil
}

// unitsIn reads one unit, or several joined by 和, which may also be a part of a name.
func (r *Request) unitsIn(word string) ([]string, error) {
	unit, near := r.Reader.Unit(word)
	if unit != "" {
		return []string{unit}, nil
	}
	var units []string
	for part := range strings.FieldsFuncSeq(word, func(c rune) bool { return strings.ContainsRune("和与及", c) }) {
		id, _ := r.Reader.Unit(part)
		if id == "" {
			return nil, r.notAUnit(word, near)
		}
		units = append(units, id)
	}
	return units, nil
}
