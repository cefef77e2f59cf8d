package issue

import (
	"fmt"
	"slices"
	"strings"
)

// Status is where an issue stands (design.md §2). Overdue is not a status.
type Status string

// The statuses.
const (
	None      Status = ""          // before it is filed
	Reported  Status = "reported"  // 待派单: filed, no unit yet
	Assigned  Status = "assigned"  // 待签收: a unit and a person own it, the clock runs
	Working   Status = "working"   // 整改中
	Submitted Status = "submitted" // 待核查: the unit says that it is done, its clock stands still
	Suspended Status = "suspended" // 挂账: cannot be done now, approved, listed until it is resumed
	Closed    Status = "closed"    // 已销号: an inspector saw that it is done
	Rejected  Status = "rejected"  // 不予立案
	Merged    Status = "merged"    // 已并案
	Voided    Status = "voided"    // 作废
)

// Statuses lists all statuses of a filed issue.
func Statuses() []Status {
	return []Status{Reported, Assigned, Working, Submitted, Suspended, Closed, Rejected, Merged, Voided}
}

// OpenStatuses lists the statuses of issues about which somebody still has to do something.
func OpenStatuses() []Status {
	return slices.DeleteFunc(Statuses(), func(s Status) bool { return !s.Open() })
}

// Text is the status in Chinese.
func (s Status) Text() string {
	switch s {
	case None:
		return "未立案"
	case Reported:
		return "待派单"
	case Assigned:
		return "待签收"
	case Working:
		return "整改中"
	case Submitted:
		return "待核查"
	case Suspended:
		return "挂账"
	case Closed:
		return "已销号"
	case Rejected:
		return "不予立案"
	case Merged:
		return "已并案"
	case Voided:
		return "已作废"
	}
	return string(s)
}

// Open says whether something is still to be done.
func (s Status) Open() bool {
	return s == Reported || s == Assigned || s == Working || s == Submitted || s == Suspended
}

// WithUnit says whether the unit has to act now, so that its clock runs.
func (s Status) WithUnit() bool { return s == Assigned || s == Working }

// Action is what can happen to an issue.
type Action string

// The actions.
const (
	Report      Action = "report"        // 上报
	SolveOnSpot Action = "solve_on_spot" // 当场解决
	Assign      Action = "assign"        // 派单
	Reassign    Action = "reassign"      // 改派
	Split       Action = "split"         // 协办: an assisting unit got its part
	Sign        Action = "sign"          // 签收
	Submit      Action = "submit"        // 完成
	Pass        Action = "pass"          // 通过
	Return      Action = "return"        // 退回
	Draw        Action = "draw"          // drawn for a look back
	LookBack    Action = "look_back"     // 回头看合格
	Relapse     Action = "relapse"       // 回头看反弹
	Extend      Action = "extend"        // 延期
	Suspend     Action = "suspend"       // 挂账
	Resume      Action = "resume"        // 恢复
	Withdraw    Action = "withdraw"      // 撤回
	Reject      Action = "reject"        // 不予立案
	Merge       Action = "merge"         // 并案
	Void        Action = "void"          // 作废
	Correct     Action = "correct"       // 更正
	Note        Action = "note"          // 进展
	Photo       Action = "photo"         // a photo was attached
	Remind      Action = "remind"        // a rung of the ladder was reached, or a duty is due

	AskSendBack Action = "ask_send_back" // 退单: the unit says that it is not theirs
	AskExtend   Action = "ask_extend"    // 申请延期
	AskSuspend  Action = "ask_suspend"   // 申请挂账
	AskVoid     Action = "ask_void"      // 申请作废: the first of two people
	Accuse      Action = "accuse"        // 虚假整改: the completion was false, says the inspector
	Appeal      Action = "appeal"        // 申诉
	Uphold      Action = "uphold"        // an accusation or an appeal is right
	Refuse      Action = "refuse"        // 驳回
	Recall      Action = "recall"        // 撤销申请

	Opine     Action = "opine"     // 答复: the person who complained was given an opinion
	Publish   Action = "publish"   // 公布: the result was published
	Tell      Action = "tell"      // 告知: the person was told the result
	Press     Action = "press"     // 催办
	Supervise Action = "supervise" // 督办, which has to be answered
	Reply     Action = "reply"     // 回复

	CallBack Action = "call_back" // 回访: the person who complained was asked after the closing
	Expose   Action = "expose"    // 曝光: put on the board of what is exposed
	Unexpose Action = "unexpose"  // 撤下曝光
)

// Move is one row of the table of allowed moves.
type Move struct {
	Action Action
	Verb   string // the command in chat, or what the bot's own act is called
	From   []Status
	To     Status // None: the status stays
	Who    string // for the document; the check is in may
}

// moves is the table of all allowed moves (design.md §2, domain.md §5.2).
var moves = func() []Move {
	unitHas := []Status{Assigned, Working}
	owned := []Status{Assigned, Working, Submitted, Suspended}
	early := []Status{Reported, Assigned, Working}
	open := []Status{Reported, Assigned, Working, Submitted, Suspended}
	decided := []Status{Assigned, Working, Submitted, Suspended, Closed}
	return []Move{
		{Report, "上报", []Status{None}, Reported, "任何已绑定人员"},
		{SolveOnSpot, "当场解决", []Status{None, Reported, Assigned}, Closed, "督查员（已派单的须非本单位）"},
		{Assign, "派单", []Status{Reported}, Assigned, "系统按责任表；创城办"},
		{Reassign, "改派", unitHas, Assigned, "创城办；系统按责任表更正"},
		{Split, "协办", unitHas, None, "系统按责任表；创城办"},
		{Sign, "签收", []Status{Assigned}, Working, "责任单位；系统到时自动"},
		{Submit, "完成", unitHas, Submitted, "责任单位"},
		{Pass, "通过", []Status{Submitted}, Closed, "非本单位督查员"},
		{Return, "退回", []Status{Submitted}, Working, "非本单位督查员"},
		{Draw, "抽查", []Status{Closed}, None, "系统"},
		{LookBack, "回头看 合格", []Status{Closed}, None, "非本单位督查员"},
		{Relapse, "回头看 反弹", []Status{Closed}, Working, "非本单位督查员"},
		{Extend, "延期", unitHas, None, "创城办；领导"},
		{Suspend, "挂账", unitHas, Suspended, "领导"},
		{Resume, "恢复", []Status{Suspended}, Working, "创城办；系统到期自动"},
		{Withdraw, "撤回", []Status{Reported, Assigned}, Voided, "上报人本人"},
		{Reject, "不予立案", []Status{Reported, Assigned}, Rejected, "创城办"},
		{Merge, "并案", early, Merged, "创城办"},
		{Void, "作废", open, Voided, "创城办，已派单的须两人"},
		{Correct, "更正", open, None, "上报人（签收前）；创城办"},
		{Note, "进展", open, None, "责任单位"},
		{Photo, "照片", Statuses(), None, "任何已绑定人员"},
		{Remind, "提醒", Statuses(), None, "系统"},
		{AskSendBack, "退单", unitHas, None, "单位负责人"},
		{AskExtend, "申请延期", unitHas, None, "单位负责人"},
		{AskSuspend, "申请挂账", unitHas, None, "单位负责人"},
		{AskVoid, "申请作废", owned, None, "创城办"},
		{Accuse, "虚假整改", []Status{Working, Submitted, Closed}, None, "非本单位督查员"},
		{Appeal, "申诉", []Status{Assigned, Working, Submitted, Closed}, None, "单位负责人"},
		{Uphold, "同意", decided, None, "创城办"},
		{Refuse, "驳回", decided, None, "创城办；领导"},
		{Recall, "撤销申请", decided, None, "申请人本人"},
		{Opine, "答复", open, None, "责任单位；创城办"},
		{Publish, "公布", open, None, "责任单位；创城办"},
		{Tell, "告知", open, None, "责任单位；创城办"},
		{Press, "催办", unitHas, None, "创城办；领导；督查员；上报人"},
		{Supervise, "督办", unitHas, None, "创城办；领导"},
		{Reply, "回复", unitHas, None, "责任单位"},
		{CallBack, "回访", []Status{Closed}, None, "创城办；非本单位督查员"},
		{Expose, "曝光", owned, None, "创城办"},
		{Unexpose, "撤下曝光", owned, None, "创城办"},
	}
}()

// Moves is the table of all allowed moves. docs/state_machine.md shows the same table.
func Moves() []Move { return slices.Clone(moves) }

// move finds the row of an action from a status.
func move(a Action, from Status) (Move, bool) {
	for _, m := range moves {
		if m.Action == a && slices.Contains(m.From, from) {
			return m, true
		}
	}
	return Move{}, false
}

// command is the move as somebody would type it: 完成 17, 回头看 17 合格.
func (m Move) command(id int64) string {
	verb, rest, _ := strings.Cut(m.Verb, " ")
	return strings.TrimSpace(fmt.Sprintf("%s %d %s", verb, id, rest))
}

// target is the status that a move leads to.
func (m Move) target(from Status) Status {
	if m.To == None {
		return from
	}
	return m.To
}

// Verb is the action as people call it.
func (a Action) Verb() string {
	for _, m := range moves {
		if m.Action == a {
			return m.Verb
		}
	}
	return string(a)
}

// deed is the action as a sentence names it: 不能记进展.
func (a Action) deed() string {
	switch a {
	case Note:
		return "记进展"
	case LookBack, Relapse:
		return "回头看"
	}
	return a.Verb()
}

// checkState answers an impossible move with those that the same person could make and that lead on, among the verbs that the
// chat offers.
func (p Policy) checkState(i Issue, a Act) error {
	if _, ok := move(a.Action, i.Status); ok {
		return nil
	}
	var can []string
	for _, m := range moves {
		leads := m.To != None || m.Action == LookBack
		offered := leads && slices.Contains(m.From, i.Status) && slices.Contains(p.Offered, m.Action)
		if offered && p.may(i, Act{Action: m.Action, By: a.By, At: a.At}) == nil {
			can = append(can, m.command(i.ID))
		}
	}
	hint := fmt.Sprintf("发「查 %d」看经过", i.ID)
	if len(can) > 0 {
		hint = "您现在可以：" + strings.Join(can, "、")
	}
	if _, ok := move(Void, i.Status); ok && a.Action == Withdraw && a.By == i.Reporter {
		hint = "报错了请创城办作废"
	}
	return Fail(CodeState, i.Number()+" "+i.Status.Text()+"，不能"+a.Action.deed(), hint)
}
