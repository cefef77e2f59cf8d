package handlers

import (
	"fmt"
	"slices"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/understand"
)

func pressCommands() []*Command {
	return []*Command{
		{
			Name: "催办", Aliases: []string{"催一下"}, Loose: []string{"催"}, Shape: Numbers, Timed: true, SetOff: true, Action: issue.Press,
			Section: "督办", Args: "编号 [话]", Help: "请责任单位抓紧，同一件一小时内只催一次。上报人、督查员、创城办、领导可用。例：催办 17 群众又来问了",
			Run: (*Request).press,
		},
		{
			Name: "督办", Shape: Numbers, Timed: true, SetOff: true, Action: issue.Supervise, Section: "督办", Args: "编号 [要求和时间]",
			Roles: []issue.Role{issue.RoleOffice, issue.RoleLeader}, Run: (*Request).supervise,
			Help: "督办一件问题，责任单位必须回复；领导写的时间就是新的时限。例：督办 17 今天下午5点前清完",
		},
		{
			Name: "回复", Aliases: []string{"回复督办", "督办回复"}, Loose: []string{"反馈"}, Shape: Numbers, Timed: true, SetOff: true, Action: issue.Reply, For: handling(),
			Section: "督办", Args: "编号 情况", Help: "责任单位回复督办。例：回复 17 已安排清运，下午4点前完成", Run: (*Request).answer,
		},
		{
			Name: "待回复", Aliases: []string{"督办待回复", "待回复督办"}, Shape: Question, Section: "督办", Help: "还没有回复的督办", Run: (*Request).toAnswer,
		},
		{
			Name: "约谈名单", Shape: Question, Section: "督办", Help: "超期最久、列入约谈名单的单位和问题",
			Roles: []issue.Role{issue.RoleLeader, issue.RoleOffice, issue.RoleAdmin}, Run: (*Request).talkList,
		},
	}
}

// pressEvery is how often the same issue may be pressed: a unit that is called every minute stops listening.
const pressEvery = time.Hour

// press asks the unit to hurry.
func (r *Request) press() (Reply, error) {
	return r.each(func(i issue.Issue) (Reply, error) {
		act := issue.Act{Action: issue.Press, By: r.From.ID, Note: r.Args}
		if err := r.Policy.Check(i, r.act(act)); err != nil {
			return Reply{}, err
		}
		if err := r.notAgain(i, "催", func(e issue.Event) bool { return e.Action == issue.Press }); err != nil {
			return Reply{}, err
		}
		if err := r.apply(&i, act); err != nil {
			return Reply{}, err
		}
		reply := r.toldUnit(i, r.Words.Pressed(i, r.From.ID, r.Args, r.Now), i.Assignee, i.Number()+" 已催办"+r.Words.Owner(i))
		asking(reply.Notices, i.ID, asksHurry)
		return reply, nil
	})
}

// notAgain refuses what was said to the unit of an issue a short time ago.
func (r *Request) notAgain(i issue.Issue, what string, is func(issue.Event) bool) error {
	last, err := r.lastEvent(i, is)
	if err == nil && r.Now.Sub(last.At) < pressEvery {
		return issue.Fail(issue.CodeState, i.Number()+" 一小时内已"+what+"过", r.Reg.PersonName(last.By)+" "+r.Cal.Text(last.At, r.Now)+" "+what+"的")
	}
	return err
}

// supervise demands an answer from the unit, and from a leader a time is the new deadline (domain.md §5.2), which may follow at
// once.
func (r *Request) supervise() (Reply, error) {
	return r.each(func(i issue.Issue) (Reply, error) {
		act := issue.Act{Action: issue.Supervise, By: r.From.ID, Note: r.Args}
		when, timed := understand.FindWhen(understand.Fold(r.Args), r.Now, r.Cal)
		leads := r.Reg.Has(r.From.ID, issue.RoleLeader)
		if timed && leads {
			act.Change.Due, act.Change.DueUnsure = when.At, !when.Known
		}
		if err := r.Policy.Check(i, r.act(act)); err != nil {
			return Reply{}, err
		}
		mine := func(e issue.Event) bool { return e.Action == issue.Supervise && e.By == r.From.ID }
		if newDue := act.Change.Due; newDue.IsZero() || newDue.Equal(i.Due) {
			if err := r.notAgain(i, "督办", mine); err != nil {
				return Reply{}, err
			}
		}
		if err := r.apply(&i, act); err != nil {
			return Reply{}, err
		}
		done := i.Number() + " 已督办，请" + r.Reg.UnitName(i.Unit) + "在 " + r.Cal.Text(i.ReplyDue, r.Now) + " 前回复"
		switch {
		case timed && !leads:
			done += "；时限不变，改时限要由领导督办"
		case timed:
			done += "；时限改为 " + r.Cal.Text(i.Due, r.Now)
		}
		chief := r.Reg.Chief(i.Unit)
		if chief == "" {
			chief = i.Assignee
		}
		reply := r.toldUnit(i, r.Words.Supervised(i, r.From.ID, r.Args, r.Now), chief, done)
		asking(reply.Notices, i.ID, asksHurry)
		return reply, nil
	})
}

// answer is the unit's reply to a supervision: the office hears it, and the leaders if one of them had asked.
func (r *Request) answer() (Reply, error) {
	return r.each(func(i issue.Issue) (Reply, error) {
		act := issue.Act{Action: issue.Reply, By: r.From.ID, Note: r.Args}
		if err := r.Policy.Check(i, r.act(act)); err != nil {
			return Reply{}, err
		}
		if r.Args == "" {
			return Reply{}, issue.Fail(issue.CodeInput, i.Number()+" 请写明办理情况", fmt.Sprintf("例如：「回复 %d 已安排清运，下午4点前完成」", i.ID))
		}
		asked, err := r.lastEvent(i, func(e issue.Event) bool { return !e.Change.ReplyDue.IsZero() })
		if err != nil {
			return Reply{}, err
		}
		due := i.ReplyDue
		if err := r.apply(&i, act); err != nil {
			return Reply{}, err
		}
		text := r.Words.Answered(i, asked, due, r.From.ID, r.Args, r.Now)
		outs := r.toRole(issue.RoleOffice, text)
		if asked.Action == issue.Supervise && r.Reg.Has(asked.By, issue.RoleLeader) {
			for _, o := range r.toRole(issue.RoleLeader, text) {
				if !slices.ContainsFunc(outs, func(have store.Out) bool { return have.To == o.To }) {
					outs = append(outs, o)
				}
			}
		}
		return Reply{Text: i.Number() + " 已回复督办，请继续整改，" + r.Words.Due(i, r.Now), Notices: outs}, nil
	})
}

// lastEvent is the newest event of an issue of a kind; zero if there is none.
func (r *Request) lastEvent(i issue.Issue, is func(issue.Event) bool) (last issue.Event, err error) {
	events, err := r.Tx.Events(i.ID)
	for _, e := range events {
		if is(e) {
			last = e
		}
	}
	return last, err
}

// toldUnit tells the unit, and the one that answers for the issue until it is signed for (S76), and answers. Where the unit
// hears the conversation at hand, the answer is what it is told.
func (r *Request) toldUnit(i issue.Issue, text, person, done string) Reply {
	reply := Reply{Text: done}
	for _, c := range r.Reg.ChatsAbout(i.Unit, i) {
		if c.ID == r.Chat.ID {
			reply = Reply{Text: text, Mentions: []string{person}, Notices: reply.Notices}
		} else {
			reply.Notices = append(reply.Notices, store.Out{To: store.ToChat(c.ID), Text: text, Mentions: []string{person}})
		}
	}
	if i.First != "" {
		reply.Notices = first(reply.Notices, r.toUnit(i.First, i, text, r.Reg.Receiver(i.First)))
	}
	return reply
}

// toAnswer lists the supervisions that nobody has answered yet: all for those who supervise or inspect, the unit's own for others.
func (r *Request) toAnswer() (Reply, error) {
	list, err := r.Tx.Issues(store.Filter{Replying: true, Statuses: []issue.Status{issue.Assigned, issue.Working}, Limit: 200})
	if err != nil {
		return Reply{}, err
	}
	all := r.Reg.Has(r.From.ID, issue.RoleOffice, issue.RoleLeader, issue.RoleInspector, issue.RoleAdmin, issue.RoleViewer)
	list = slices.DeleteFunc(list, func(i issue.Issue) bool { return !all && !r.Reg.Handles(i, r.From.ID) })
	if len(list) == 0 {
		return Reply{Text: "没有待回复的督办"}, nil
	}
	return Reply{Text: r.Words.Unanswered(list, r.Now)}, nil
}

// talkList shows the leaders and the office the list of talks (S4).
func (r *Request) talkList() (Reply, error) {
	list, err := r.Tx.Issues(store.TalkList())
	if err != nil {
		return Reply{}, err
	}
	if len(list) == 0 {
		return Reply{Text: "约谈名单上没有单位"}, nil
	}
	return Reply{Text: r.Words.TalkList("", list)}, nil
}
