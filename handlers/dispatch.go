package handlers

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"duban/internal/issue"
	"duban/internal/report"
)

func dispatchCommands() []*Command {
	office := []issue.Role{issue.RoleOffice}
	return []*Command{
		{
			Name: "签收", Aliases: []string{"签收单", "接单", "已签收"}, Loose: []string{"收到", "已收到"}, Shape: Numbers, Goes: true, Tap: true, Action: issue.Sign, For: handling(),
			Section: "派单", Args: "编号", Help: "责任单位签收，开始整改", Run: (*Request).sign,
		},
		{
			Name: "派单", Aliases: []string{"派给", "交办"}, Shape: Numbers, Action: issue.Assign, Roles: office,
			Section: "派单", Args: "编号 单位 [人]", Help: "派给责任单位。例：派单 17 昭阳街道", Run: (*Request).assign,
		},
		{
			Name: "改派", Aliases: []string{"转派"}, Shape: Numbers, Action: issue.Reassign, Roles: office,
			Section: "派单", Args: "编号 单位 [人]", Help: "改派给另一单位，时限重新计算；新单位签收前原单位继续负责", Run: (*Request).assign,
		},
	}
}

// sign takes an issue over. The unit that answered for it until now is told that it is released (S76).
func (r *Request) sign() (Reply, error) {
	signs := func(role issue.Role) bool { return slices.Contains(r.Command.For, role) }
	if len(r.IDs) == 0 && !slices.ContainsFunc(r.Reg.RolesOf(r.From.ID), signs) {
		return Reply{}, nil // a leader's 收到 is a courtesy
	}
	return r.each(func(i issue.Issue) (Reply, error) {
		act := issue.Act{Action: issue.Sign, By: r.From.ID, Note: r.Args}
		if r.Nods && r.Policy.Check(i, r.act(act)) != nil {
			return r.nodded(i), nil
		}
		first := i.First
		if err := r.apply(&i, act); err != nil {
			return Reply{}, err
		}
		reply := Reply{Text: i.Number() + " " + r.From.Name + "已签收，" + r.Words.Due(i, r.Now)}
		if first != "" && first != i.Unit {
			released := r.Reg.UnitName(first) + "不再负责"
			reply.Text += "；" + released
			reply.Notices = r.toUnit(first, i, i.Number()+" "+r.Reg.UnitName(i.Unit)+"已签收，"+released)
		}
		return reply, nil
	})
}

// nodded is the answer to 收到 about an issue that needs no signature of who says it: none, unless a supervision has to be answered.
func (r *Request) nodded(i issue.Issue) Reply {
	if r.Policy.Check(i, r.act(issue.Act{Action: issue.Reply, By: r.From.ID})) != nil {
		return Reply{}
	}
	return Reply{Text: fmt.Sprintf("%s 的督办还没有回复。请发「回复 %d 情况」", i.Number(), i.ID)}
}

// assign dispatches or re-dispatches, whichever the status asks for: people do not tell the two verbs apart.
func (r *Request) assign() (Reply, error) {
	unit, person, err := r.receiver()
	if err != nil {
		return Reply{}, err
	}
	return r.each(func(i issue.Issue) (Reply, error) {
		return r.assignTo(i, issue.Change{Unit: unit, Assignee: person}, r.From.ID)
	})
}

// assignTo gives an issue to a unit and a person of it. by is who says so; "" for the responsibility table.
func (r *Request) assignTo(i issue.Issue, to issue.Change, by string) (Reply, error) {
	action := issue.Reassign
	if i.Status == issue.Reported {
		action = issue.Assign
	}
	if i.Unit == to.Unit && i.Assignee == to.Assignee {
		return Reply{}, issue.Fail(issue.CodeState, i.Number()+" 已经由"+r.Words.Owner(i)+"负责", "")
	}
	old := i
	if err := r.apply(&i, issue.Act{Action: action, By: by, Change: to}); err != nil {
		return Reply{}, err
	}
	if _, err := r.Tx.CancelUnder(spotKey(i.ID)); err != nil {
		return Reply{}, err
	}
	if err := r.forgetLate(i.ID); err != nil {
		return Reply{}, err
	}
	reply := r.assigned(old, i, action)
	parts, err := r.dropParts(i, "改由本单位牵头 "+i.Number(), i.Unit) // it assisted until now
	reply.Notices = append(reply.Notices, parts...)
	return reply, err
}

// assigned says who has an issue now, and tells those who had it what that means for them: who had it first goes on answering
// for it until the new unit has signed 首问负责 (S76).
func (r *Request) assigned(old, i issue.Issue, action issue.Action) Reply {
	reply := Reply{
		Text:     i.Number() + " 已" + action.Verb() + " → " + r.Words.Owner(i) + "，" + r.Words.Due(i, r.Now),
		Mentions: []string{i.Assignee},
		Notices:  r.tellUnits([]report.Filing{{Issue: i}}),
	}
	if old.Unit == i.Unit {
		return reply // another person of the unit: who answers for it until the signature was told before
	}
	goesOn := "签收前" + r.Reg.UnitName(i.First) + "继续负责（首问负责）"
	if i.First != "" {
		reply.Text += "；" + goesOn
	}
	for _, unit := range []string{old.Unit, old.First} {
		now := r.Reg.UnitName(unit) + "不用办理"
		switch unit {
		case "", i.Unit:
			continue
		case i.First:
			now = goesOn
		}
		for _, o := range r.toUnit(unit, i, i.Number()+" 已改派给"+r.Reg.UnitName(i.Unit)+"，"+now) {
			reply.Notices = addLine(reply.Notices, o)
		}
	}
	return reply
}

// receiver reads the unit and, after it, perhaps a person of it. A name that fits nothing or several is asked back, never
// guessed.
func (r *Request) receiver() (unit, person string, err error) {
	if r.Args == "" {
		return "", "", issue.Fail(issue.CodeInput, "请写明派给哪个单位", "例如：「"+r.Command.Name+" 17 "+r.someUnit()+"」")
	}
	unit, who, near := r.unitAndPerson()
	switch {
	case unit == "" && who.Unit == "":
		return "", "", r.unknownUnit(near)
	case unit == "":
		return who.Unit, who.ID, nil
	case who.ID != "" && who.Unit != unit:
		return "", "", issue.Fail(issue.CodeInput, who.Name+"不是"+r.Reg.UnitName(unit)+"的人", "请核对单位和姓名")
	case who.ID != "":
		return unit, who.ID, nil
	}
	if err := r.misnamed(unit); err != nil {
		return "", "", err
	}
	person = r.Reg.Receiver(unit)
	if person == "" {
		return "", "", issue.Fail(issue.CodeInput, r.Reg.UnitName(unit)+"没有联络员和负责人", "请写明接单人，或请管理员在配置里补上")
	}
	return unit, person, nil
}

// words are the words of the argument, without 给 or 到 before a unit or a person.
func (r *Request) words() []string {
	words := strings.FieldsFunc(r.Args, isSeparator)
	for n, word := range words {
		if id, _ := r.Reader.Unit(word); id == "" {
			words[n] = givenTo.ReplaceAllString(word, "")
		}
	}
	return slices.DeleteFunc(words, func(word string) bool { return word == "" })
}

// givenTo stands before whom an issue is given to: 改派 17 到昭阳街道, 同意 17 改派给住建局.
var givenTo = regexp.MustCompile(`^(?:改派|转派|派|转|交|转交)?[给到至]`)

func isSeparator(c rune) bool { return strings.ContainsRune(separators+"\u3000", c) }

// unitAndPerson finds a unit and a person among the words of the argument, and units that are nearly named.
func (r *Request) unitAndPerson() (unit string, who issue.Person, near []string) {
	for _, word := range r.words() {
		if p, ok := r.Reg.PersonNamed(word); ok && who.ID == "" {
			who = p
			continue
		}
		id, candidates := r.Reader.Unit(word)
		if unit == "" {
			unit, near = id, append(near, candidates...)
		}
	}
	return unit, who, near
}

// misnamed asks back a word that is nearly the name of somebody of the unit: who is told to work is not to be guessed.
func (r *Request) misnamed(unit string) error {
	for _, word := range r.words() {
		if id, _ := r.Reader.Unit(word); id != "" {
			continue
		}
		_, near := r.Reader.Person(word)
		for _, id := range near {
			if p, ok := r.Reg.Person(id); ok && p.Unit == unit {
				return issue.Fail(issue.CodeInput, r.Reg.UnitName(unit)+"没有叫“"+report.Short(word, 20)+"”的人", "是不是"+p.Name+"？请重发")
			}
		}
	}
	return nil
}

// unknownUnit asks back an argument that is no unit's name, with those that it may mean.
func (r *Request) unknownUnit(near []string) error { return r.notAUnit(r.Args, near) }

func (r *Request) notAUnit(name string, near []string) error {
	if len(near) == 0 {
		return issue.Fail(issue.CodeInput, "没有叫“"+report.Short(name, 20)+"”的单位", "请写单位全称，例如"+r.someUnit())
	}
	var names []string
	for _, id := range near {
		names = append(names, r.Reg.UnitName(id))
	}
	return issue.Fail(issue.CodeInput, "没有叫“"+report.Short(name, 20)+"”的单位", "是不是"+report.Or(slices.Compact(names))+"？请重发")
}

func (r *Request) someUnit() string {
	if len(r.Reg.Units) == 0 {
		return "昭阳街道"
	}
	return r.Reg.Units[0].Name
}
