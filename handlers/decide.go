package handlers

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
)

func decideCommands() []*Command {
	return []*Command{
		{
			Name: "退单", Aliases: []string{"申请退单"}, Shape: Numbers, Timed: true, Action: issue.AskSendBack, For: handling(), Section: "申请",
			Args: "编号 原因", Help: "不属于本单位的问题，由单位负责人申请退给创城办。例：退单 17 不属我单位，应为住建局", Run: (*Request).sendBack,
		},
		{
			Name: "延期", Aliases: []string{"申请延期"}, Shape: Numbers, Timed: true, SetOff: true, Action: issue.Extend, For: handling(issue.RoleOffice, issue.RoleLeader), Section: "申请",
			Args: "编号 时间 原因", Help: "单位负责人在到期前申请；创城办、领导可直接延期。例：延期 17 2个工作日 等配件到货", Run: (*Request).extend,
		},
		{
			Name: "挂账", Aliases: []string{"申请挂账"}, Shape: Numbers, Timed: true, SetOff: true, Action: issue.Suspend, For: handling(issue.RoleLeader), Section: "申请",
			Args: "编号 恢复日期 原因", Help: "一时办不了的，由领导批准挂账，到日期自动恢复。例：挂账 17 到12月31日 冬季不能施工", Run: (*Request).suspend,
		},
		{
			Name: "申诉", Shape: Numbers, Timed: true, SetOff: true, Action: issue.Appeal, For: handling(), Section: "申请", Args: "编号 理由",
			Help: "对派单、退回或扣分有异议，由单位负责人申诉。例：申诉 17 退回时环卫车正在作业", Run: (*Request).appeal,
		},
		{
			Name: "撤销申请", Aliases: []string{"取消申请", "撤回申请"}, Shape: Numbers, Action: issue.Recall, Section: "申请", Args: "编号",
			Help: "撤销自己还没有决定的申请", Run: (*Request).recall,
		},
		{
			Name: "虚假整改", Aliases: []string{"弄虚作假"}, Shape: Numbers, Timed: true, Action: issue.Accuse, Section: "核查", Args: "编号 事实",
			Roles: []issue.Role{issue.RoleInspector}, Help: "督查员发现整改作假，请创城办认定。例：虚假整改 17 照片是去年的", Run: (*Request).accuse,
		},
		{
			Name: "同意", Aliases: []string{"批准", "准予"}, Shape: Numbers, Tap: true, Timed: true, SetOff: true, Decides: true, Section: "审批", Args: "编号 [单位或时间]",
			Roles: []issue.Role{issue.RoleOffice, issue.RoleLeader}, Help: "同意一件申请。退单要写改派给谁：同意 17 住建局", Run: (*Request).agree,
		},
		{
			Name: "驳回", Aliases: []string{"不同意"}, Shape: Numbers, Tap: true, Timed: true, SetOff: true, Decides: true, Action: issue.Refuse, Section: "审批", Args: "编号 原因",
			Roles: []issue.Role{issue.RoleOffice, issue.RoleLeader}, Help: "驳回一件申请", Run: (*Request).refuse,
		},
		{
			Name: "恢复", Aliases: []string{"恢复挂账"}, Shape: Numbers, Action: issue.Resume, Section: "审批", Args: "编号",
			Roles: []issue.Role{issue.RoleOffice}, Help: "挂账的问题提前恢复，重新计时", Run: (*Request).resume,
		},
		{
			Name: "作废", Shape: Numbers, Timed: true, SetOff: true, Action: issue.Void, Section: "审批", Args: "编号 原因",
			Roles: []issue.Role{issue.RoleOffice}, Help: "错报的问题作废；已派单的要另一人同意。例：作废 17 与 12 重复登记", Run: (*Request).void,
		},
		{
			Name: "待审批", Aliases: []string{"待决定", "审批"}, Shape: Question, Section: "审批", Help: "等着决定的申请", Run: (*Request).toDecide,
		},
	}
}

func (r *Request) sendBack() (Reply, error) {
	return r.each(func(i issue.Issue) (Reply, error) {
		return r.ask(i, issue.AskSendBack, r.Args, issue.Request{Unit: r.unitIn(r.Args, i.Unit)})
	})
}

func (r *Request) appeal() (Reply, error) {
	return r.each(func(i issue.Issue) (Reply, error) { return r.ask(i, issue.Appeal, r.Args, issue.Request{}) })
}

func (r *Request) accuse() (Reply, error) {
	return r.each(func(i issue.Issue) (Reply, error) { return r.ask(i, issue.Accuse, r.Args, issue.Request{}) })
}

// extend moves the deadline if the office or a leader says so, and asks for it otherwise.
func (r *Request) extend() (Reply, error) {
	return r.each(func(i issue.Issue) (Reply, error) {
		until, reason, _ := r.Reader.Until(r.Args, i.Due, r.Now)
		if !r.Reg.Has(r.From.ID, issue.RoleOffice, issue.RoleLeader) {
			return r.ask(i, issue.AskExtend, reason, issue.Request{Until: until.At})
		}
		change := issue.Change{Due: until.At, DueUnsure: !until.Known}
		return r.decide(i, issue.Act{Action: issue.Extend, Note: reason, Change: change})
	})
}

// suspend lets an issue rest if a leader says so, and asks for it otherwise.
func (r *Request) suspend() (Reply, error) {
	return r.each(func(i issue.Issue) (Reply, error) {
		until, reason, _ := r.Reader.Until(r.Args, r.Now, r.Now)
		if !r.Reg.Has(r.From.ID, issue.RoleLeader) {
			return r.ask(i, issue.AskSuspend, reason, issue.Request{Until: until.At})
		}
		return r.decide(i, issue.Act{Action: issue.Suspend, Note: reason, Change: issue.Change{ResumeAt: until.At}})
	})
}

// void makes an issue void, or asks a second person where it stands in a unit's account (domain.md §5.2).
func (r *Request) void() (Reply, error) {
	return r.each(func(i issue.Issue) (Reply, error) {
		if i.Scored() && i.Request.Kind != issue.AskVoid {
			return r.ask(i, issue.AskVoid, r.Args, issue.Request{})
		}
		if r.Args == "" {
			return Reply{}, r.noReason(i, "作废")
		}
		return r.decide(i, issue.Act{Action: issue.Void, Note: r.Args})
	})
}

func (r *Request) resume() (Reply, error) {
	return r.each(func(i issue.Issue) (Reply, error) {
		return r.decide(i, issue.Act{Action: issue.Resume, Note: r.Args})
	})
}

// ask stores a request and tells those who decide.
func (r *Request) ask(i issue.Issue, action issue.Action, reason string, want issue.Request) (Reply, error) {
	want.Chat = r.Chat.ID
	act := issue.Act{Action: action, By: r.From.ID, Note: reason, Change: issue.Change{Request: &want}}
	if err := r.Policy.Check(i, r.act(act)); err != nil {
		return Reply{}, err
	}
	if reason == "" {
		return Reply{}, r.noReason(i, issue.Request{Kind: action}.Text())
	}
	if err := r.apply(&i, act); err != nil {
		return Reply{}, err
	}
	outs := r.toRole(i.Request.Decider, r.Words.ToDecide(i, r.Now))
	return Reply{Text: r.Words.Asked(i, r.Now), Notices: asking(outs, i.ID, asksDecision)}, nil
}

// noReason asks for a reason, with the example of the command's own help.
func (r *Request) noReason(i issue.Issue, what string) error {
	_, example, _ := strings.Cut(r.Command.Help, "例：")
	_, words, _ := strings.Cut(example, " 17 ")
	return issue.Fail(issue.CodeInput, i.Number()+" 请写明"+what+"的原因", fmt.Sprintf("例如：「%s %d %s」", r.Command.Name, i.ID, cmp.Or(words, "原因")))
}

// toRole tells the groups in which a role is found, unless the conversation at hand is one of them.
func (r *Request) toRole(role issue.Role, text string) []store.Out {
	var out []store.Out
	for _, c := range r.Reg.ChatsOf(role) {
		if c.ID != r.Chat.ID {
			out = append(out, store.Out{To: store.ToChat(c.ID), Text: text})
		}
	}
	return out
}

// eachRequest decides the requests of the issues that the call names. Entries by hand have numbers of their own, and a verb of their
// own; and what is said about a request of another kind than the one that waits is not meant for it.
func (r *Request) eachRequest(fn func(i issue.Issue) (Reply, error)) (Reply, error) {
	if len(r.IDs) == 0 {
		return Reply{}, issue.Fail(issue.CodeInput, "请写明编号", "例如：「"+r.Command.Name+" 17」；加减分请发「"+r.Command.Name+"加减分 3」")
	}
	return r.each(func(i issue.Issue) (Reply, error) {
		if waits := i.Request.Text(); r.About != "" && i.Request.Pending() && waits != r.About {
			return Reply{}, issue.Fail(issue.CodeState, i.Number()+" 等着决定的是"+waits+"，不是"+r.About, fmt.Sprintf("请发「%s %d」", r.Command.Name, i.ID))
		}
		return fn(i)
	})
}

// agree decides a request as it was asked, or with another unit or time.
func (r *Request) agree() (Reply, error) {
	return r.eachRequest(func(i issue.Issue) (Reply, error) {
		act := issue.Act{Note: r.Args}
		switch i.Request.Kind {
		case issue.AskSendBack:
			unit, person, err := r.takes(i)
			if err != nil {
				return Reply{}, err
			}
			act = issue.Act{Action: issue.Reassign, Change: issue.Change{Unit: unit, Assignee: person}}
		case issue.AskExtend:
			act.Action, act.Change.Due = issue.Extend, i.Request.Until
			if until, rest, ok := r.Reader.Until(r.Args, i.Due, r.Now); ok {
				act.Note, act.Change.Due, act.Change.DueUnsure = rest, until.At, !until.Known
			}
		case issue.AskSuspend:
			act.Action, act.Change.ResumeAt = issue.Suspend, i.Request.Until
			if until, rest, ok := r.Reader.Until(r.Args, r.Now, r.Now); ok {
				act.Note, act.Change.ResumeAt = rest, until.At
			}
		case issue.AskVoid:
			act.Action = issue.Void
		default:
			act.Action = issue.Uphold
		}
		return r.decide(i, act)
	})
}

// takes is who gets an issue that was not its unit's: whom the office names, or 属地, the place's own unit, or whom the asker
// named. Somebody must, or else nobody would own it (S8, domain.md row 16).
func (r *Request) takes(i issue.Issue) (unit, person string, err error) {
	switch {
	case r.Args == "属地":
		place, _ := r.Reg.Place(i.Place)
		unit = place.Unit
	case r.Args != "":
		if unit, person, err = r.receiver(); err != nil {
			return "", "", err
		}
	default:
		unit = i.Request.Unit
	}
	if unit == i.Unit {
		return "", "", issue.Fail(issue.CodeInput, i.Number()+" 现在就由"+r.Reg.UnitName(unit)+"负责",
			fmt.Sprintf("请写另一个单位；不同意退单请发「驳回 %d 原因」", i.ID))
	}
	if unit == "" {
		return "", "", issue.Fail(issue.CodeInput, i.Number()+" 请写明改派给哪个单位", fmt.Sprintf("例如：「同意 %d %s」", i.ID, r.otherUnit(i.Unit)))
	}
	return unit, cmp.Or(person, r.Reg.Receiver(unit)), nil
}

// otherUnit is a unit for an example.
func (r *Request) otherUnit(not string) string {
	for _, u := range r.Reg.Units {
		if u.ID != not {
			return u.Name
		}
	}
	return "单位"
}

func (r *Request) refuse() (Reply, error) {
	return r.eachRequest(func(i issue.Issue) (Reply, error) {
		return r.decide(i, issue.Act{Action: issue.Refuse, Note: r.Args})
	})
}

func (r *Request) recall() (Reply, error) {
	return r.each(func(i issue.Issue) (Reply, error) {
		asked := i.Request
		if err := r.apply(&i, issue.Act{Action: issue.Recall, By: r.From.ID, Note: r.Args}); err != nil {
			return Reply{}, err
		}
		text := i.Number() + " 的" + asked.Text() + "申请已撤销"
		if r.unheard {
			return Reply{Text: text}, nil
		}
		return Reply{Text: text, Notices: r.toRole(asked.Decider, text)}, nil
	})
}

// decide makes the move that decides a request, or that the office or a leader makes without one, and tells both sides.
func (r *Request) decide(i issue.Issue, act issue.Act) (Reply, error) {
	act.By = r.From.ID
	asked, answered := i.Request, i.First
	if err := r.apply(&i, act); err != nil {
		return Reply{}, err
	}
	parts, err := r.afterwards(i)
	if err != nil {
		return Reply{}, err
	}
	decided := asked.Pending() && !i.Request.Pending()
	text, who := r.decided(i, asked, act), i.Assignee
	if act.Action == issue.Void && i.Complaint {
		text += r.tellPerson(i)
	}
	if asker, _ := r.Reg.Person(asked.By); decided && asker.Unit == i.Unit {
		who = asked.By
	}
	reply := Reply{Text: text, Notices: append(r.toUnit(i.Unit, i, text, who), parts...)}
	if act.Action == issue.Reassign {
		reply.Mentions = []string{i.Assignee}
		reply.Notices = first(reply.Notices, r.toUnit(i.First, i, text))
	}
	if decided {
		reply.Notices = r.toAsker(reply.Notices, asked, text)
	}
	if decided && asked.Kind == issue.Appeal && act.Action == issue.Uphold {
		if reply.Text, err = r.toCorrect(i, reply.Text); err != nil {
			return Reply{}, err
		}
	}
	if decided && act.Action == issue.Uphold && i.Falsified {
		reply.Notices = append(reply.Notices, r.toDrafts(i)...)
	}
	if act.Action == issue.Void {
		return r.voided(i, answered, text, reply)
	}
	return reply, nil
}

// toCorrect reminds the office of the published rankings that an upheld appeal changes.
func (r *Request) toCorrect(i issue.Issue, text string) (string, error) {
	asks, err := r.Desk.Affected(r.Tx, i, r.Now)
	if err != nil || len(asks) == 0 {
		return text, err
	}
	return text + "\n影响已发布的排名，请发「" + strings.Join(asks, "」「") + "」", nil
}

// voided tells everybody else who knew of an issue that it is void: the unit that answered for it, who reported it, and those
// whose issues were merged into it, who were promised word.
func (r *Request) voided(i issue.Issue, answered, text string, reply Reply) (Reply, error) {
	reply.Notices = first(reply.Notices, r.toUnit(answered, i, text))
	for _, o := range r.toReporter(i, text) {
		reply.Notices = also(reply.Notices, o)
	}
	if err := errors.Join(r.tellMerged(&reply, i), r.partsDone(i.Parent, &reply)); err != nil {
		return Reply{}, err
	}
	return joined(reply), nil
}

// toDrafts puts a completion that was found to be false on the list of the next bulletin, which the office writes (domain.md
// §5.2).
func (r *Request) toDrafts(i issue.Issue) []store.Out {
	var out []store.Out
	for _, c := range r.Reg.ChatsFor(issue.ForDrafts) {
		if c.ID != r.Chat.ID {
			out = append(out, store.Out{To: store.ToChat(c.ID), Text: r.Words.Listed([]issue.Issue{i}, r.Now)})
		}
	}
	return out
}

// afterwards follows from an issue's leaving its unit's hands: nobody waits for its photos, and its parts go with it, whose
// units are told.
func (r *Request) afterwards(i issue.Issue) ([]store.Out, error) {
	if i.Status.WithUnit() && i.First == "" {
		return nil, nil
	}
	if err := r.forgetLate(i.ID); err != nil || i.Open() || i.Status == issue.Closed {
		return nil, err
	}
	return r.dropParts(i, i.Number()+" "+i.Status.Text())
}

func (r *Request) decided(i issue.Issue, asked issue.Request, act issue.Act) string {
	if asked.Pending() && !i.Request.Pending() {
		return r.Words.Decided(i, asked, r.From.ID, act.Note, act.Action != issue.Refuse, r.Now)
	}
	text := i.Number() + " 已" + act.Action.Verb()
	switch act.Action {
	case issue.Extend:
		text += "，" + r.Words.Due(i, r.Now)
	case issue.Suspend:
		text += "，" + r.Cal.Text(i.ResumeAt, r.Now) + " 恢复计时"
	case issue.Resume:
		text += "，请" + r.Words.Owner(i) + "继续整改，" + r.Words.Due(i, r.Now)
	}
	if act.Note != "" {
		text += "：" + report.Short(act.Note, 60)
	}
	return text
}

// toAsker tells who asked, where they asked, unless that is the conversation at hand.
func (r *Request) toAsker(outs []store.Out, asked issue.Request, text string) []store.Out {
	o := store.Out{To: store.ToChat(asked.Chat), Text: text, Mentions: []string{asked.By}}
	switch asked.Chat {
	case "":
		o.To = store.ToPerson(asked.By)
	case r.Chat.ID:
		return outs
	}
	return also(outs, o)
}

// toDecide lists the open requests: all for those who decide or inspect, the unit's own for others.
func (r *Request) toDecide() (Reply, error) {
	list, err := r.Tx.Issues(store.Filter{Requested: true, Limit: 200})
	if err != nil {
		return Reply{}, err
	}
	all := r.Reg.Has(r.From.ID, issue.RoleOffice, issue.RoleLeader, issue.RoleInspector, issue.RoleAdmin, issue.RoleViewer)
	var lines []string
	for _, i := range list {
		if all || r.Reg.Handles(i, r.From.ID) {
			lines = append(lines, r.Words.Head(i)+"｜"+r.Words.Request(i, r.Now)+"（等"+i.Request.Decider.Text()+"）")
		}
	}
	text := "没有待审批的申请"
	if len(lines) > 0 {
		text = fmt.Sprintf("待审批 %d 件\n%s", len(lines), strings.Join(lines[:min(len(lines), listed)], "\n"))
		if r.Reg.Has(r.From.ID, issue.RoleOffice, issue.RoleLeader) {
			text += "\n请发「同意 编号」或「驳回 编号 原因」"
		}
	}
	if !all {
		return Reply{Text: text}, nil
	}
	points, err := r.pointsWaiting()
	return Reply{Text: strings.TrimSuffix(text+"\n"+points, "\n")}, err
}

// unitIn finds the one unit that a text names besides another.
func (r *Request) unitIn(text, not string) string {
	found := ""
	for _, u := range r.Reg.Units {
		if u.ID == not {
			continue
		}
		for _, name := range append([]string{u.Name}, u.Aliases...) {
			if strings.Contains(text, name) && found != u.ID {
				if found != "" {
					return ""
				}
				found = u.ID
			}
		}
	}
	return found
}
