package issue

import (
	"time"

	"duban/internal/calendar"
)

// Policy is what moves need to know of the world: who is responsible, which days are worked, and which verbs the chat
// offers.
type Policy struct {
	Reg     *Register
	Cal     *calendar.Calendar
	Offered []Action // named when an impossible move is answered with the possible ones
}

// Act is somebody's wish to move an issue.
type Act struct {
	Action  Action
	By      string // person id; "" for the bot itself
	At      time.Time
	Note    string
	Message string // the message that causes it
	Change  Change
}

// Apply checks that the move is allowed to this person in this status, computes the clocks that follow from it, changes
// the issue and returns the event to store. Errors are *Error; the issue is unchanged then.
func (p Policy) Apply(i *Issue, a Act) (Event, error) {
	if err := p.Check(*i, a); err != nil {
		return Event{}, err
	}
	m, _ := move(a.Action, i.Status)
	e := Event{
		Issue: i.ID, Seq: i.Seq + 1, At: a.At, By: a.By, Action: a.Action,
		From: i.Status, To: m.target(i.Status), Note: a.Note, Message: a.Message, Change: a.Change,
	}
	p.clocks(*i, &e)
	next := *i
	fold(&next, e)
	e.Change.NextAlarm = p.nextAlarm(next)
	next.NextAlarm = e.Change.NextAlarm
	*i = next
	return e, nil
}

// Check says whether the move is allowed to this person in this status. Errors are *Error.
func (p Policy) Check(i Issue, a Act) error {
	if err := p.checkState(i, a); err != nil {
		return err
	}
	if err := p.may(i, a); err != nil {
		return err
	}
	if err := p.checkRequest(i, a); err != nil {
		return err
	}
	if err := checkSense(i, a); err != nil {
		return err
	}
	return checkOwner(i, a)
}

// checkOwner keeps an issue from running without anybody to run after it (S8): what an inspector solved on the spot may have
// no unit when it relapses.
func checkOwner(i Issue, a Act) error {
	m, _ := move(a.Action, i.Status)
	if m.target(i.Status).WithUnit() && i.Unit == "" && a.Change.Unit == "" {
		return Fail(CodeInput, i.Number()+" 没有责任单位，不能"+a.Action.Verb(), "请写明责任单位，或重新上报")
	}
	return nil
}

// checkSense refuses what the status allows and what would still mean nothing.
func checkSense(i Issue, a Act) error {
	switch a.Action {
	case Opine, Publish, Tell:
		if !i.Complaint {
			return Fail(CodeState, i.Number()+" 不是投诉，不用"+a.Action.Verb(), "记办理情况请发「进展 "+i.digits()+" 情况」")
		}
	case CallBack:
		return checkCall(i, a)
	case Expose, Unexpose:
		return checkBoard(i, a)
	case Reply:
		if i.ReplyDue.IsZero() {
			return Fail(CodeState, i.Number()+" 没有要回复的督办", "记办理情况请发「进展 "+i.digits()+" 情况」")
		}
	case Pass, SolveOnSpot:
		return checkTold(i, a)
	case Assign, Reassign, Relapse, Correct, Supervise:
		if !a.Change.Due.IsZero() {
			return checkAhead(i, a.Change.Due, a.At)
		}
	case Merge:
		if a.Change.Merged == i.ID {
			return Fail(CodeInput, i.Number()+" 不能并到自己", "请写另一个编号，例如「并案 "+i.digits()+" 到 12」")
		}
	}
	return nil
}

// checkTold: a complaint is not done before it is answered, the result published and the person told (S73).
func checkTold(i Issue, a Act) error {
	cannot := "，不能" + a.Action.Verb()
	switch {
	case !i.Complaint:
		return nil
	case i.OpinionAt.IsZero():
		return Fail(CodeState, i.Number()+" 是投诉，还没有答复处理意见"+cannot, "请责任单位发「答复 "+i.digits()+" 处理意见」")
	case i.PublishedAt.IsZero():
		return Fail(CodeState, i.Number()+" 是投诉，结果还没有公布"+cannot, "请责任单位发「公布 "+i.digits()+" 在哪里公布」")
	case i.ToldAt.IsZero():
		return Fail(CodeState, i.Number()+" 是投诉，还没有告知当事人"+cannot, "请责任单位发「告知 "+i.digits()+" 怎样告知」")
	}
	return nil
}
