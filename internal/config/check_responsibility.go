package config

import (
	"slices"
	"strings"

	"duban/internal/issue"
)

// checkResponsibility checks the rows of the responsibility table: that they refer to what there is, and that none stands
// where it cannot count.
func (k *checker) checkResponsibility() {
	for i, row := range k.c.Responsibility {
		path := item("responsibility", i)
		k.refs(path+".categories", row.Categories, k.categories)
		k.refs(path+".places", row.Places, k.places)
		k.refs(path+".types", row.Types, k.types)
		k.checkTypesOf(path, row)
		k.need(path, "unit", row.Unit)
		k.ref(path+".unit", row.Unit, k.units)
		k.ref(path+".person", row.Person, k.people)
		k.checkMember(path+".person", row.Person, row.Unit)
		k.refs(path+".assist", row.Assist, k.units)
		if j := slices.Index(row.Assist, row.Unit); j >= 0 {
			k.fault(item(path+".assist", j), "牵头单位自己不用再写成配合单位，请删去")
		}
	}
	k.checkSameRows()
	k.checkLastRow()
}

// checkTypesOf reports places of a row that the types of the same row leave out: a row fits where both do.
func (k *checker) checkTypesOf(path string, row issue.Responsibility) {
	unknown := func(t string) bool { return !k.types.known[t] }
	if len(row.Types) == 0 || slices.ContainsFunc(row.Types, unknown) {
		return
	}
	for _, p := range k.c.Places {
		j := slices.Index(row.Places, p.Name)
		if j < 0 || slices.Contains(row.Types, p.Type) {
			continue
		}
		text := "这个点位的类型是 " + p.Type
		if p.Type == "" {
			text = "这个点位没有写类型（type）"
		}
		k.fault(item(path+".places", j), text+"，不在这一条的 types 里；两样都写时要都符合才算")
	}
}

// checkMember reports a person who is not of the unit that the person should get issues of.
func (k *checker) checkMember(path, person, unit string) {
	i := slices.IndexFunc(k.c.Units, func(u issue.Unit) bool { return u.ID == unit })
	if !k.people.known[person] || !k.units.known[unit] || i < 0 {
		return
	}
	u := k.c.Units[i]
	members := []string{u.Head, u.Lead, u.Liaison, u.Deputy}
	for i, p := range k.c.People {
		if p.Unit == unit || p.ID == person && k.covered(item("people", i)+".unit") {
			members = append(members, p.ID)
		}
	}
	if slices.Contains(members, person) {
		return
	}
	members = slices.DeleteFunc(members, func(id string) bool { return !k.people.known[id] })
	slices.Sort(members)
	text := "这个人不是 " + unit + " 的人；"
	if len(members) == 0 {
		k.fault(path, text+"people 里没有 unit 是 "+unit+" 的人")
		return
	}
	k.fault(path, text+"该单位有："+listed(slices.Compact(members)))
}

// checkSameRows reports rows that ask for the same as a row before them.
func (k *checker) checkSameRows() {
	first := map[string]int{}
	for i, row := range k.c.Responsibility {
		if forAll(row) || k.unsure(i) {
			continue
		}
		key := asked(row.Categories) + asked(row.Places) + asked(row.Types)
		if j, seen := first[key]; seen {
			k.fault(item("responsibility", i), "条件与 "+item("responsibility", j)+" 一样，永远用不上；请合并成一条")
			continue
		}
		first[key] = i
	}
}

// asked is what a row's list asks for, whatever the order.
func asked(list []string) string {
	list = slices.Clone(list)
	slices.Sort(list)
	return strings.Join(list, "\n") + "\n\n"
}

// checkLastRow reports the row after one that fits everything. Those further down have the same cause.
func (k *checker) checkLastRow() {
	rows := k.c.Responsibility
	for i, row := range rows {
		if forAll(row) && !k.unsure(i) && i+1 < len(rows) {
			k.fault(item("responsibility", i+1), item("responsibility", i)+" 没有写 categories、places 和 types，对所有问题都适用，"+
				"它后面的都用不上；请把它移到最后")
			return
		}
	}
}

// unsure says whether what a row asks for could not be read.
func (k *checker) unsure(i int) bool {
	path := item("responsibility", i)
	return slices.ContainsFunc([]string{"categories", "places", "types"}, func(key string) bool {
		return k.covered(join(path, key)) || k.meant[join(path, key)]
	})
}

// forAll says whether a row fits every problem.
func forAll(row issue.Responsibility) bool {
	return len(row.Categories) == 0 && len(row.Places) == 0 && len(row.Types) == 0
}
