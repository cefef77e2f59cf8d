package publish

import (
	"duban/internal/issue"
)

// Group is a ranking group as it was when a ranking was frozen.
type Group struct {
	ID, Name string
	Units    []Member
}

// Member is a unit of a group.
type Member struct{ ID, Name string }

// groupsOf are the groups of a register with their units.
func groupsOf(reg *issue.Register) []Group {
	var out []Group
	for _, g := range reg.Groups {
		group := Group{ID: g.ID, Name: g.Name}
		for _, u := range reg.Units {
			if u.Group == g.ID {
				group.Units = append(group.Units, Member{u.ID, u.Name})
			}
		}
		out = append(out, group)
	}
	return out
}

// asOf is the desk at the time of a ranking: units are named as they were, and ranked in the groups in which they were, so that
// what is explained or put right is what was published.
func (d Desk) asOf(r Ranking) Desk {
	if len(r.Groups) == 0 {
		return d
	}
	then := *d.Reg
	then.Groups, then.Units = nil, nil
	for _, g := range r.Groups {
		then.Groups = append(then.Groups, issue.Group{ID: g.ID, Name: g.Name})
		for _, u := range g.Units {
			then.Units = append(then.Units, issue.Unit{ID: u.ID, Name: u.Name, Group: g.ID})
		}
	}
	d.Reg, d.Words.Reg = &then, &then
	return d
}
