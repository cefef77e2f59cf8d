package config

import (
	"reflect"
	"strconv"

	"duban/internal/issue"
)

// register checks the lists of who is responsible for what, and that they agree with each other.
func (k *checker) register() {
	k.collect()
	k.checkGroups()
	k.checkUnits()
	k.checkPeople()
	k.checkPlaces()
	k.checkCategories()
	k.checkResponsibility()
	k.checkChats()
}

// collect notes what references may name.
func (k *checker) collect() {
	k.groups = newCatalogue("groups", "考核分组", byID)
	k.units = newCatalogue("units", "单位", byID)
	k.people = newCatalogue("people", "人", byID)
	k.places = newCatalogue("places", "点位", byName)
	k.types = newCatalogue("places 的 type", "点位类型", byName)
	k.categories = newCatalogue("categories", "类别", byName)
	for _, g := range k.c.Groups {
		k.groups.add(g.ID, g.Name)
	}
	for _, u := range k.c.Units {
		k.units.add(u.ID, append([]string{u.Name}, u.Aliases...)...)
	}
	for _, p := range k.c.People {
		k.people.add(p.ID, append([]string{p.Name}, p.Aliases...)...)
	}
	for _, p := range k.c.Places {
		k.places.add(p.Name, p.Aliases...)
		k.types.add(p.Type)
	}
	for _, c := range k.c.Categories {
		k.categories.add(c.Name, c.Aliases...)
	}
}

func (k *checker) checkGroups() {
	used := k.newNames()
	for i, g := range k.c.Groups {
		path := item("groups", i)
		k.id(path, g.ID)
		k.name(path, g.Name)
		used.takeAll(path, i, g.ID, g.Name, nil)
	}
}

func (k *checker) checkUnits() {
	used := k.newNames()
	for i, u := range k.c.Units {
		path := item("units", i)
		k.id(path, u.ID)
		k.name(path, u.Name)
		k.words(path+".aliases", u.Aliases)
		used.takeAll(path, i, u.ID, u.Name, u.Aliases)
		k.ref(path+".group", u.Group, k.groups)
		k.ref(path+".head", u.Head, k.people)
		k.ref(path+".lead", u.Lead, k.people)
		k.ref(path+".liaison", u.Liaison, k.people)
		k.ref(path+".deputy", u.Deputy, k.people)
		if u.Deputy != "" && u.Deputy == u.Liaison {
			k.fault(path+".deputy", "代班人就是联络员本人；请写另一个人，或删去这个键")
		}
	}
}

func (k *checker) checkPeople() {
	used, remarks := k.newNames(), k.newNames()
	for i, p := range k.c.People {
		path := item("people", i)
		k.id(path, p.ID)
		k.name(path, p.Name)
		k.words(path+".aliases", p.Aliases)
		used.takeAll(path, i, p.ID, p.Name, p.Aliases)
		k.ref(path+".unit", p.Unit, k.units)
		k.roles(path+".roles", p.Roles)
		// A remark on the phone stands for one person only (design.md §7).
		remark, at := p.Remark, path+".remark"
		if remark == "" {
			remark, at = p.Name, path+".name"
		}
		remarks.take(remark, claim{item: i, path: at})
	}
}

// roles reports unknown roles, and roles that nobody is given because they follow from the units.
func (k *checker) roles(path string, roles []issue.Role) {
	var allowed []string
	for _, r := range issue.Roles() {
		if r != issue.RoleLiaison && r != issue.RoleUnitLead {
			allowed = append(allowed, string(r))
		}
	}
	for i, r := range roles {
		switch r {
		case issue.RoleLiaison:
			k.fault(item(path, i), "联络员不在这里写，请写在 units 里该单位的 liaison")
		case issue.RoleUnitLead:
			k.fault(item(path, i), "单位负责人不在这里写，请写在 units 里该单位的 lead")
		default:
			k.one(item(path, i), string(r), allowed)
		}
	}
	twice(k, path, roles)
}

// twice reports items of a list that stand in it before already.
func twice[T comparable](k *checker, path string, list []T) {
	first := map[T]int{}
	for i, v := range list {
		if j, seen := first[v]; seen {
			k.fault(item(path, i), "与 "+item(path, j)+" 重复，请删去一个")
			continue
		}
		first[v] = i
	}
}

func (k *checker) checkPlaces() {
	used := k.newNames()
	for i, p := range k.c.Places {
		path := item("places", i)
		k.name(path, p.Name)
		k.words(path+".aliases", p.Aliases)
		used.takeAll(path, i, "", p.Name, p.Aliases)
		k.ref(path+".unit", p.Unit, k.units)
		k.ref(path+".support", p.Support, k.units)
		k.ref(path+".leader", p.Leader, k.people)
	}
}

// mostPhotos bounds how many photos a category may demand: a chat shows nine at once.
const mostPhotos = 9

func (k *checker) checkCategories() {
	used := k.newNames()
	for i, c := range k.c.Categories {
		path := item("categories", i)
		k.name(path, c.Name)
		k.need(path, "limit", c.Limit.String())
		k.words(path+".aliases", c.Aliases)
		k.words(path+".keywords", c.Keywords)
		used.takeAll(path, i, "", c.Name, c.Aliases)
		k.ref(path+".unit", c.Unit, k.units)
		k.between(path+".evidence.before", c.Evidence.Before, 0, mostPhotos)
		k.between(path+".evidence.after", c.Evidence.After, 0, mostPhotos)
	}
}

// between reports a number outside its bounds.
func (k *checker) between(path string, n, least, most int) {
	if n < least || n > most {
		k.fault(path, "要写 "+strconv.Itoa(least)+" 到 "+strconv.Itoa(most)+" 的整数")
	}
}

func (k *checker) checkChats() {
	used := k.newNames()
	var purposes []string
	for _, p := range issue.Purposes() {
		purposes = append(purposes, string(p))
	}
	for i, c := range k.c.Chats {
		path := item("chats", i)
		k.id(path, c.ID)
		k.name(path, c.Name)
		used.takeAll(path, i, c.ID, c.Name, nil)
		for j, p := range c.For {
			k.one(item(path+".for", j), string(p), purposes)
		}
		twice(k, path+".for", c.For)
		k.refs(path+".units", c.Units, k.units)
		if c.Listen != "" {
			k.one(path+".listen", c.Listen, []string{ListenCommands, ListenMentions})
		}
		for j, name := range c.Channels {
			k.one(item(path+".channels", j), name, keysOf(reflect.TypeFor[Channels]()))
		}
		twice(k, path+".channels", c.Channels)
	}
}
