package issue

import (
	"slices"
	"time"

	"duban/internal/calendar"
)

// Request is something about an issue that somebody has to decide (design.md §2): at most one at a time, and no status.
type Request struct {
	Kind    Action    // AskSendBack, AskExtend, AskSuspend, AskVoid, Accuse or Appeal; "" for none
	By      string    // person id
	At      time.Time // when it was asked
	Reason  string
	Until   time.Time `json:",omitzero"` // the deadline that is wished, or the day on which a suspension ends
	Against Verdict   `json:",omitzero"` // 申诉: what judged the unit; zero: the dispatch, or what the closing left
	Unit    string    `json:",omitzero"` // 退单: the unit whose it is, as far as the asker says
	Decider Role      // who decides
	Due     time.Time // until when it should be decided
	Chat    string    `json:",omitzero"` // work group in which it was asked; "" in private
}

// Pending says whether there is anything to decide.
func (r Request) Pending() bool { return r.Kind != "" }

// Text is what is asked for: 退单, 延期, 挂账, 作废, 虚假整改认定, 申诉.
func (r Request) Text() string {
	switch r.Kind {
	case AskExtend:
		return "延期"
	case AskSuspend:
		return "挂账"
	case AskVoid:
		return "作废"
	case Accuse:
		return "虚假整改认定"
	}
	return r.Kind.Verb()
}

// RequestRule is one row of the table of requests.
type RequestRule struct {
	Kind    Action
	Grants  Action // the move that grants it
	Decides string // for the document; the checks are in Decider and mayDecide
	Ends    string // what ends it without a decision, for the document; the code is in settles
}

// requests is the table of what can be asked for, and how it is granted (design.md §2, domain.md §5.2).
var requests = []RequestRule{
	{AskSendBack, Reassign, "创城办", "完成、挂账、当场解决"},
	{AskExtend, Extend, "创城办；超出其权限的和第二次起由领导", "完成、挂账、当场解决、改派到另一单位"},
	{AskSuspend, Suspend, "领导", "完成、当场解决、改派到另一单位"},
	{AskVoid, Void, "创城办的另一人", "通过、当场解决"},
	{Accuse, Uphold, "创城办", "—"},
	{Appeal, Uphold, "创城办", "—"},
}

// Requests is the table of what can be asked for. docs/state_machine.md shows the same table.
func Requests() []RequestRule { return slices.Clone(requests) }

// asks says whether an action asks for a decision.
func asks(a Action) bool {
	return slices.ContainsFunc(requests, func(r RequestRule) bool { return r.Kind == a })
}

// decides says whether an action decides requests of a kind: it grants them, or it ends any request.
func decides(a, kind Action) bool {
	return slices.ContainsFunc(requests, func(r RequestRule) bool {
		return r.Kind == kind && (a == r.Grants || a == Refuse || a == Recall)
	})
}

// DecidedBy says whether an action decides the request; others may end it by taking its object away.
func (r Request) DecidedBy(a Action) bool { return decides(a, r.Kind) }

// ofUnit says whether a request is the unit's wish about its own work, which ends with the work.
func ofUnit(kind Action) bool { return kind == AskSendBack || kind == AskExtend || kind == AskSuspend }

// settles says whether an event ends the pending request: it decides it, or it takes its object away.
func settles(e Event, before Issue) bool {
	kind := before.Request.Kind
	switch e.Action {
	case Reassign:
		return ofUnit(kind) && e.moves(before)
	case Submit, Suspend:
		return ofUnit(kind)
	case Pass, SolveOnSpot:
		return ofUnit(kind) || kind == AskVoid
	case Merge, Void, Reject, Withdraw:
		return true
	}
	return decides(e.Action, kind)
}

// complete fills in what follows from asking: who decides, and until when.
func (p Policy) complete(i Issue, e *Event) {
	r := Request{}
	if e.Change.Request != nil {
		r = *e.Change.Request
	}
	r.Kind, r.By, r.At, r.Reason = e.Action, e.By, e.At, e.Note
	if r.Kind == Appeal {
		r.Against = i.Judged
	}
	r.Decider = p.Decider(i, r)
	r.Due, _ = p.Cal.Due(e.At, p.Reg.Rules.DecisionLimit)
	e.Change.Request = &r
}

// Decider is who decides a request: the office, but a leader decides suspensions, long extensions and every second one
// (domain.md §5.2).
func (p Policy) Decider(i Issue, r Request) Role {
	if r.Kind == AskSuspend || r.Kind == AskExtend && p.longExtension(i, r.Until) {
		return RoleLeader
	}
	return RoleOffice
}

// longExtension says whether an extension is more than the office may grant.
func (p Policy) longExtension(i Issue, until time.Time) bool {
	most, _ := p.Cal.Shift(i.Due, calendar.Offset(p.Reg.Rules.OfficeExtension))
	return i.Extensions > 0 || until.After(most)
}

// mayAsk lets the unit's lead ask, and where a unit has none who gets its issues (domain.md §5.2).
func (p Policy) mayAsk(i Issue, a Act) error {
	u, _ := p.Reg.Unit(i.Unit)
	who, title := u.Lead, RoleUnitLead.Text()
	if who == "" {
		who, title = p.Reg.Receiver(i.Unit), ""
	}
	switch {
	case a.By == who:
		return nil
	case i.Unit == "":
		return Fail(CodeForbidden, i.Number()+" 没有责任单位，不能"+a.Action.Verb(), "请联系创城办")
	case who != "" && p.Reg.belongs(a.By, i.Unit):
		name := p.Reg.PersonName(who)
		return Fail(CodeForbidden, i.Number()+" 的"+Request{Kind: a.Action}.Text()+"要由"+title+name+"提出", "请"+name+"发同样的话")
	}
	return Fail(CodeForbidden, i.Number()+" 由"+p.Reg.UnitName(i.Unit)+"负责，您不能"+a.Action.Verb(), "请联系"+p.Reg.UnitName(i.Unit)+"负责人")
}

// mayDecide lets in who the request is for, and never who asked. A leader may decide what the office may, where both may make
// the move.
func (p Policy) mayDecide(i Issue, a Act, decider Role) error {
	roles := []Role{decider}
	if decider == RoleOffice && (a.Action == Extend || a.Action == Refuse && i.Request.Kind == AskExtend) {
		roles = append(roles, RoleLeader)
	}
	if err := p.needRole(a, roles...); err != nil {
		return err
	}
	if a.By == i.Request.By && decides(a.Action, i.Request.Kind) {
		others := map[Role]string{RoleOffice: "创城办其他人", RoleLeader: "其他领导"}[decider]
		return Fail(CodeForbidden, i.Number()+" 的"+i.Request.Text()+"是您自己提出的，要由另一个人决定",
			"请"+others+"发「同意 "+i.digits()+"」或「驳回 "+i.digits()+" 原因」")
	}
	return nil
}

// mayRecall lets who asked take it back.
func (p Policy) mayRecall(i Issue, a Act) error {
	if !i.Request.Pending() || a.By == i.Request.By {
		return nil
	}
	return Fail(CodeForbidden, i.Number()+" 的"+i.Request.Text()+"申请不是您提出的，不能撤销", "请"+p.Reg.PersonName(i.Request.By)+"撤销")
}

// mayExtend tells the office why an extension is beyond it.
func (p Policy) mayExtend(i Issue, a Act) error {
	decider := p.extensionDecider(i, a.Change.Due)
	if decider == RoleLeader && p.Reg.Has(a.By, RoleOffice) && !p.Reg.Has(a.By, RoleLeader) {
		return Fail(CodeForbidden, i.Number()+" 这次延期要由领导决定（创城办只批"+p.Reg.Rules.OfficeExtension.Text()+"以内的第一次延期）", "请联系领导")
	}
	return p.mayDecide(i, a, decider)
}

// extensionDecider is who may grant an extension: by its length, but what is a leader's to decide is so for less, too.
func (p Policy) extensionDecider(i Issue, until time.Time) Role {
	if i.Request.Kind == AskExtend && i.Request.Decider == RoleLeader {
		return RoleLeader
	}
	return p.Decider(i, Request{Kind: AskExtend, Until: until})
}

// checkRequest checks what a request asks for and what a decision decides.
func (p Policy) checkRequest(i Issue, a Act) error {
	if asks(a.Action) {
		return p.checkAsk(i, a)
	}
	switch a.Action {
	case Uphold, Refuse, Recall:
		if !decides(a.Action, i.Request.Kind) {
			return Fail(CodeState, i.Number()+" 没有待决定的申请", "发「待审批」看等着决定的申请")
		}
	case Reassign:
		if kind := i.Request.Kind; (kind == Accuse || kind == Appeal) && a.Change.Unit != "" && a.Change.Unit != i.Unit {
			return Fail(CodeState, i.Number()+" 的"+i.Request.Text()+"还没有决定，不能改派到另一单位",
				"请先发「同意 "+i.digits()+"」或「驳回 "+i.digits()+" 原因」")
		}
	case Void:
		if i.Scored() && a.By != "" && i.Request.Kind != AskVoid {
			return Fail(CodeState, i.Number()+" 已派单计分，作废要两个人", "请先由一人申请，另一人同意")
		}
	case Extend:
		return checkExtension(i, a.Change.Due, a.At)
	case Suspend:
		return checkSuspension(i, a.Change.ResumeAt, a.At)
	}
	return nil
}

func (p Policy) checkAsk(i Issue, a Act) error {
	if i.Request.Pending() {
		return Fail(CodeState, i.Number()+" 已有"+i.Request.Text()+"申请在等"+i.Request.Decider.Text()+"决定，一次只能有一个",
			"要撤回它请发「撤销申请 "+i.digits()+"」")
	}
	var until time.Time
	if a.Change.Request != nil {
		until = a.Change.Request.Until
	}
	switch a.Action {
	case AskSendBack:
		return p.checkSendBack(i, a)
	case AskExtend:
		if a.At.After(i.Due) {
			return Fail(CodeState, i.Number()+" 已过时限，不能再申请延期", "请抓紧整改，有困难请联系创城办")
		}
		return checkExtension(i, until, a.At)
	case AskSuspend:
		return checkSuspension(i, until, a.At)
	case Accuse:
		if i.FirstSubmittedAt.IsZero() {
			return Fail(CodeState, i.Number()+" 还没有提交过整改，谈不上虚假整改", "发「查 "+i.digits()+"」看经过")
		}
	case Appeal:
		return p.checkAppeal(i, a)
	}
	return nil
}

// checkSendBack: a unit must say soon that an issue is not its own, once, and not after it has handled it. The refusals are those
// of the present unit.
func (p Policy) checkSendBack(i Issue, a Act) error {
	if limit, _ := p.Cal.Due(i.AssignedAt, p.Reg.Rules.SendBackLimit); a.At.After(limit) {
		return Fail(CodeState, i.Number()+" 派单已超过"+p.Reg.Rules.SendBackLimit.Text()+"，不能再退单", "请先整改，有异议请联系创城办")
	}
	if !i.FirstSubmittedAt.IsZero() {
		return Fail(CodeState, i.Number()+" 已提交过整改，不能再退单", "有异议请发「申诉 "+i.digits()+" 理由」")
	}
	if i.Refusals > 0 {
		return Fail(CodeState, i.Number()+" 的退单已被驳回，不能再退单", "请先整改，有异议请发「申诉 "+i.digits()+" 理由」")
	}
	return nil
}

// checkAppeal: an appeal is against the dispatch, the last return, relapse or upheld accusation, or what the closing left, soon
// after it and once.
func (p Policy) checkAppeal(i Issue, a Act) error {
	last := slices.MaxFunc([]time.Time{i.AssignedAt, i.JudgedAt, i.ClosedAt}, time.Time.Compare)
	if limit, _ := p.Cal.Due(last, p.Reg.Rules.AppealLimit); a.At.After(limit) {
		return Fail(CodeState, i.Number()+" 已超过"+p.Reg.Rules.AppealLimit.Text()+"的申诉期", "请联系创城办")
	}
	if !i.AppealedAt.IsZero() && !i.AppealedAt.Before(last) {
		return Fail(CodeState, i.Number()+" 的申诉已经决定，不能再为同一件事申诉", "发「查 "+i.digits()+"」看决定")
	}
	return nil
}

// checkExtension: an extended deadline is later than the present one, and still ahead.
func checkExtension(i Issue, until, now time.Time) error {
	switch {
	case until.IsZero():
		return Fail(CodeInput, i.Number()+" 请写明延到什么时候", "例如「延期 "+i.digits()+" 2个工作日 等配件」")
	case !until.After(i.Due):
		return Fail(CodeInput, i.Number()+" 的新时限要晚于现在的时限", "请写一个更晚的时间")
	}
	return checkAhead(i, until, now)
}

// checkSuspension: a suspension ends on a day that is ahead; what is put off for ever would be forgotten.
func checkSuspension(i Issue, until, now time.Time) error {
	if until.IsZero() {
		return Fail(CodeInput, i.Number()+" 请写明什么时候恢复", "例如「挂账 "+i.digits()+" 到12月31日 冬季不能施工」")
	}
	return checkAhead(i, until, now)
}

// maxAhead is how far ahead an extension or a suspension may end: what is put off to 2099 is a slip or put off for ever.
const maxAhead = 366 * 24 * time.Hour

func checkAhead(i Issue, until, now time.Time) error {
	switch {
	case !until.After(now):
		return Fail(CodeInput, i.Number()+" 写的时间已经过了", "请写一个更晚的时间")
	case until.Sub(now) > maxAhead:
		return Fail(CodeInput, i.Number()+" 写的时间太远（超过一年）", "请写一个更早的时间")
	}
	return nil
}
