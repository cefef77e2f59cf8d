package handlers

import (
	"strings"

	"duban/internal/issue"
	"duban/internal/report"
)

func dispatchCommands() []*Command {
	office := []issue.Role{issue.RoleOffice}
	return []*Command{
		{
			Name: "签收", Aliases: []string{"签收单", "接单"}, Loose: []string{"收到"}, Shape: Numbers, Action: issue.Sign,
			Section: "派单", Args: "编号", Help: "责任单位签收，开始整改", Run: (*Request).sign,
		},
		{
			Name: "派单", Aliases: []string{"派给", "交办"}, Shape: Numbers, Action: issue.Assign, Roles: office,
			Section: "派单", Args: "编号 单位 [人]", Help: "派给责任单位。例：派单 17 昭阳街道", Run: (*Request).assign,
		},
		{
			Name: "改派", Aliases: []string{"转派"}, Shape: Numbers, Action: issue.Reassign, Roles: office,
			Section: "派单", Args: "编号 单位 [人]", Help: "改派给另一单位，时限重新计算", Run: (*Request).assign,
		},
	}
}

func (r *Request) sign() (Reply, error) {
	return r.each(func(i issue.Issue) (Reply, error) {
		if err := r.apply(&i, issue.Act{Action: issue.Sign, By: r.From.ID, Note: r.Args}); err != nil {
			return Reply{}, err
		}
		return Reply{Text: i.Number() + " " + r.From.Name + "已签收，" + r.Words.Due(i, r.Now)}, nil
	})
}

// assign dispatches or re-dispatches, whichever the status asks for: people do not tell the two verbs apart.
func (r *Request) assign() (Reply, error) {
	unit, person, err := r.receiver()
	if err != nil {
		return Reply{}, err
	}
	return r.each(func(i issue.Issue) (Reply, error) {
		action := issue.Reassign
		if i.Status == issue.Reported {
			action = issue.Assign
		}
		if i.Unit == unit && i.Assignee == person {
			return Reply{}, issue.Fail(issue.CodeState, i.Number()+" 已经由"+r.Words.Owner(i)+"负责", "")
		}
		old := i.Unit
		change := issue.Change{Unit: unit, Assignee: person}
		if err := r.apply(&i, issue.Act{Action: action, By: r.From.ID, Change: change}); err != nil {
			return Reply{}, err
		}
		if err := r.forgetLate(i.ID); err != nil {
			return Reply{}, err
		}
		return r.assigned(i, old, action), nil
	})
}

func (r *Request) assigned(i issue.Issue, old string, action issue.Action) Reply {
	reply := Reply{
		Text:     i.Number() + " 已" + action.Verb() + " → " + r.Words.Owner(i) + "，" + r.Words.Due(i, r.Now),
		Mentions: []string{i.Assignee},
		Notices:  r.notices(i.Unit, "【新派单】"+r.Words.Line(i, r.Now), i.Assignee),
	}
	if old != "" && old != i.Unit {
		reply.Notices = append(reply.Notices, r.notices(old, i.Number()+" 已改派给"+r.Reg.UnitName(i.Unit)+"，不用办理")...)
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
	person = r.Reg.Receiver(unit)
	if person == "" {
		return "", "", issue.Fail(issue.CodeInput, r.Reg.UnitName(unit)+"没有联络员和负责人", "请写明接单人，或请管理员在配置里补上")
	}
	return unit, person, nil
}

// unitAndPerson finds a unit and a person among the words of the argument, and units that are nearly named.
func (r *Request) unitAndPerson() (unit string, who issue.Person, near []string) {
	for _, word := range strings.FieldsFunc(r.Args, func(c rune) bool { return strings.ContainsRune(separators+"\u3000", c) }) {
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

func (r *Request) unknownUnit(near []string) error {
	if len(near) == 0 {
		return issue.Fail(issue.CodeInput, "没有叫“"+report.Short(r.Args, 20)+"”的单位", "请写单位全称，例如"+r.someUnit())
	}
	var names []string
	for _, id := range near {
		names = append(names, r.Reg.UnitName(id))
	}
	return issue.Fail(issue.CodeInput, "没有叫“"+report.Short(r.Args, 20)+"”的单位", "是不是"+joinOr(names)+"？请重发")
}

func (r *Request) someUnit() string {
	if len(r.Reg.Units) == 0 {
		return "昭阳街道"
	}
	return r.Reg.Units[0].Name
}
