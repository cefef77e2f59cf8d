package issue_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/calendar"
	"duban/internal/issue"
)

// ask lets the lead of 昭阳街道 ask for something, or the office or an inspector where it is theirs.
func (s *story) ask(when string, kind issue.Action, r issue.Request) *story {
	s.t.Helper()
	return s.do(when, issue.Act{Action: kind, By: asker(kind), Note: "有困难", Change: issue.Change{Request: &r}})
}

func asker(kind issue.Action) string {
	switch kind {
	case issue.AskVoid:
		return "xie_lan"
	case issue.Accuse:
		return "zhang_min"
	}
	return "zhang_wei"
}

// granted is the move that grants the pending request as it was asked.
func granted(i issue.Issue, by string) issue.Act {
	for _, row := range issue.Requests() {
		if row.Kind != i.Request.Kind {
			continue
		}
		a := issue.Act{Action: row.Grants, By: by}
		switch row.Grants {
		case issue.Reassign:
			a.Change.Unit, a.Change.Assignee = "zhujian", "wang_fang"
		case issue.Extend:
			a.Change.Due = i.Request.Until
		case issue.Suspend:
			a.Change.ResumeAt = i.Request.Until
		}
		return a
	}
	return issue.Act{}
}

func until(t *testing.T, when string) issue.Request { return issue.Request{Until: at(t, when)} }

// asked is an issue of 昭阳街道, due on Tuesday at 18:00, that was submitted and returned where the kind of request needs that,
// with the request pending.
func asked(t *testing.T, kind issue.Action) *story {
	t.Helper()
	s := oneDay(t)
	if kind == issue.Accuse || kind == issue.Appeal {
		s.submit("2026-11-23 10:30").giveBack("2026-11-23 10:40")
	}
	return s.ask("2026-11-23 11:00", kind, until(t, "2026-11-25 18:00"))
}

// TestGranting: each kind of request, by whom and with which move it is granted, and what it leaves behind.
func TestGranting(t *testing.T) {
	type counts struct {
		Status                                            issue.Status
		SendBacks, Refusals, Appeals, Returns, Extensions int
		Falsified                                         bool
	}
	of := func(i issue.Issue) counts {
		return counts{i.Status, i.SendBacks, i.Refusals, i.Appeals, i.Returns, i.Extensions, i.Falsified}
	}
	for _, tt := range []struct {
		kind    issue.Action
		decider issue.Role
		by      string
		granted counts
		refused counts
	}{
		{issue.AskSendBack, issue.RoleOffice, "chen_jing", counts{Status: issue.Assigned, SendBacks: 1}, counts{Status: issue.Working, Refusals: 1}},
		{issue.AskExtend, issue.RoleOffice, "chen_jing", counts{Status: issue.Working, Extensions: 1}, counts{Status: issue.Working}},
		{issue.AskSuspend, issue.RoleLeader, "liu_jian", counts{Status: issue.Suspended}, counts{Status: issue.Working}},
		{issue.AskVoid, issue.RoleOffice, "chen_jing", counts{Status: issue.Voided}, counts{Status: issue.Working}},
		{issue.Accuse, issue.RoleOffice, "chen_jing", counts{Status: issue.Working, Returns: 1, Falsified: true}, counts{Status: issue.Working, Returns: 1}},
		{issue.Appeal, issue.RoleOffice, "chen_jing", counts{Status: issue.Working, Returns: 1, Appeals: 1}, counts{Status: issue.Working, Returns: 1}},
	} {
		t.Run(string(tt.kind), func(t *testing.T) {
			s := asked(t, tt.kind)
			want := issue.Request{
				Kind: tt.kind, By: asker(tt.kind), At: at(t, "2026-11-23 11:00"), Reason: "有困难", Decider: tt.decider,
				Until: at(t, "2026-11-25 18:00"), Due: at(t, "2026-11-23 17:00"),
			}
			if tt.kind == issue.Appeal {
				want.Against = issue.Verdict{Seq: s.i.Seq - 1, Action: issue.Return}
			}
			if diff := cmp.Diff(want, s.i.Request); diff != "" {
				t.Errorf("the request (-want +got):\n%s", diff)
			}
			s.do("2026-11-23 14:00", granted(s.i, tt.by))
			if got := of(s.i); got != tt.granted || s.i.Request.Pending() {
				t.Errorf("granted: %+v, request %+v; want %+v", got, s.i.Request, tt.granted)
			}
			s = asked(t, tt.kind).act("2026-11-23 14:00", issue.Refuse, tt.by)
			if got := of(s.i); got != tt.refused || s.i.Request.Pending() {
				t.Errorf("refused: %+v, request %+v; want %+v", got, s.i.Request, tt.refused)
			}
			s = asked(t, tt.kind).act("2026-11-23 14:00", issue.Recall, asker(tt.kind))
			tt.refused.Refusals = 0 // what was taken back was not refused
			if got := of(s.i); got != tt.refused || s.i.Request.Pending() {
				t.Errorf("recalled: %+v, request %+v; want %+v", got, s.i.Request, tt.refused)
			}
			asked(t, tt.kind).refuse("2026-11-23 14:00",
				fmt.Sprintf("#17 的%s申请不是您提出的，不能撤销。请%s撤销", want.Text(), s.p.Reg.PersonName(want.By)),
				issue.Act{Action: issue.Recall, By: "li_qiang"})
		})
	}
}

// TestWhoDecides: everybody else is refused; a leader may also decide an extension that the office may.
func TestWhoDecides(t *testing.T) {
	for kind, want := range map[issue.Action][]string{
		issue.AskSendBack: {"chen_jing", "xie_lan"}, issue.AskExtend: {"chen_jing", "xie_lan", "liu_jian"},
		issue.AskSuspend: {"liu_jian"}, issue.AskVoid: {"chen_jing"}, // 谢兰 has asked
		issue.Accuse: {"chen_jing", "xie_lan"}, issue.Appeal: {"chen_jing", "xie_lan"},
	} {
		pending := asked(t, kind)
		for what, decision := range map[string]func(by string) issue.Act{
			"grant":  func(by string) issue.Act { return granted(pending.i, by) },
			"refuse": func(by string) issue.Act { return issue.Act{Action: issue.Refuse, By: by} },
		} {
			got := slices.DeleteFunc(everybody(), func(by string) bool {
				a := decision(by)
				a.At = at(t, "2026-11-23 14:00")
				fail, is := issue.AsError(pending.p.Check(pending.i, a))
				if is && fail.Code != issue.CodeForbidden {
					t.Errorf("%s %s by %q: %v", what, kind, by, fail)
				}
				return is
			})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("who may %s %s (-want +got):\n%s", what, kind, diff)
			}
		}
	}
}

// TestNobodyDecidesTheirOwn: whoever has asked is refused although the role would allow it.
func TestNobodyDecidesTheirOwn(t *testing.T) {
	for _, tt := range []struct {
		kind issue.Action
		role issue.Role
		want string
	}{
		{issue.AskSendBack, issue.RoleOffice, "#17 的退单是您自己提出的，要由另一个人决定。请创城办其他人发「同意 17」或「驳回 17 原因」"},
		{issue.AskExtend, issue.RoleOffice, "#17 的延期是您自己提出的，要由另一个人决定。请创城办其他人发「同意 17」或「驳回 17 原因」"},
		{issue.AskExtend, issue.RoleLeader, "#17 的延期是您自己提出的，要由另一个人决定。请创城办其他人发「同意 17」或「驳回 17 原因」"},
		{issue.AskSuspend, issue.RoleLeader, "#17 的挂账是您自己提出的，要由另一个人决定。请其他领导发「同意 17」或「驳回 17 原因」"},
		{issue.AskVoid, issue.RoleOffice, "#17 的作废是您自己提出的，要由另一个人决定。请创城办其他人发「同意 17」或「驳回 17 原因」"},
		{issue.Accuse, issue.RoleOffice, "#17 的虚假整改认定是您自己提出的，要由另一个人决定。请创城办其他人发「同意 17」或「驳回 17 原因」"},
		{issue.Appeal, issue.RoleOffice, "#17 的申诉是您自己提出的，要由另一个人决定。请创城办其他人发「同意 17」或「驳回 17 原因」"},
	} {
		s := asked(t, tt.kind)
		for n, person := range s.p.Reg.People {
			if person.ID == asker(tt.kind) {
				s.p.Reg.People[n].Roles = append(person.Roles, tt.role)
			}
		}
		s.refuse("2026-11-23 14:00", tt.want, granted(s.i, asker(tt.kind)))
		s.refuse("2026-11-23 14:00", tt.want, issue.Act{Action: issue.Refuse, By: asker(tt.kind)})
	}
}

// TestWhoAsks: the unit's lead, and nobody for them; where a unit has no lead, who gets its issues.
func TestWhoAsks(t *testing.T) {
	ask := func(kind issue.Action, by string) issue.Act {
		return issue.Act{Action: kind, By: by, Note: "不属我单位"}
	}
	s := oneDay(t)
	for by, want := range map[string]string{
		"li_qiang":  "#17 的退单要由单位负责人张伟提出。请张伟发同样的话",
		"ma_chao":   "#17 的退单要由单位负责人张伟提出。请张伟发同样的话",
		"zhou_tao":  "#17 的退单要由单位负责人张伟提出。请张伟发同样的话",
		"wang_lei":  "#17 由昭阳街道负责，您不能退单。请联系昭阳街道负责人",
		"chen_jing": "#17 由昭阳街道负责，您不能退单。请联系昭阳街道负责人",
		"":          "退单不能由系统进行",
	} {
		s.refuse("2026-11-23 11:00", want, ask(issue.AskSendBack, by))
	}
	s.refuse("2026-11-23 11:00", "#17 由昭阳街道负责，您不能申请延期。请联系昭阳街道负责人", ask(issue.AskExtend, "wang_lei"))
	s.do("2026-11-23 11:00", ask(issue.AskSendBack, "zhang_wei"))

	without := filed(t, "2026-11-23 09:05", issue.Change{}).assign("2026-11-23 09:05", "gongan")
	without.p.Reg.People = append(without.p.Reg.People, issue.Person{ID: "gao_fei", Name: "高飞", Unit: "gongan"})
	without.refuse("2026-11-23 11:00", "#17 的申诉要由赵军提出。请赵军发同样的话", ask(issue.Appeal, "gao_fei")).
		do("2026-11-23 11:00", ask(issue.Appeal, "zhao_jun"))

	filed(t, "2026-11-23 09:05", issue.Change{}).act("2026-11-23 09:06", issue.SolveOnSpot, "zhang_min").
		refuse("2026-11-23 11:00", "#17 没有责任单位，不能申诉。请联系创城办", ask(issue.Appeal, "zhang_wei"))
}

// TestAskingInEveryStatus: a request is possible where its object is, and one at a time.
func TestAskingInEveryStatus(t *testing.T) {
	p, now := policy(t), at(t, "2026-11-23 11:00")
	for _, row := range issue.Requests() {
		for _, status := range issue.Statuses() {
			_, may := legal()[status][row.Kind]
			a := act(row.Kind, asker(row.Kind), now)
			i := ready(status, row.Kind, now)
			if err := p.Check(i, a); (err == nil) != may {
				t.Errorf("%s while %s: %v", row.Kind, status, err)
			}
			for _, other := range issue.Requests() {
				i.Request = issue.Request{Kind: other.Kind, By: "zhou_tao", Decider: issue.RoleOffice}
				want := fmt.Sprintf("#17 已有%s申请在等创城办决定，一次只能有一个。要撤回它请发「撤销申请 17」", i.Request.Text())
				if err := p.Check(i, a); may && (err == nil || err.Error() != want) {
					t.Errorf("%s beside %s: %v", row.Kind, other.Kind, err)
				}
			}
		}
	}
}

func TestNothingToDecide(t *testing.T) {
	for _, a := range []issue.Action{issue.Uphold, issue.Refuse, issue.Recall} {
		oneDay(t).refuse("2026-11-23 11:00", "#17 没有待决定的申请。发「待审批」看等着决定的申请", issue.Act{Action: a, By: "chen_jing"})
	}
	for _, kind := range []issue.Action{issue.AskSendBack, issue.AskExtend, issue.AskVoid} { // granted by moves of their own
		asked(t, kind).refuse("2026-11-23 14:00", "#17 没有待决定的申请。发「待审批」看等着决定的申请",
			issue.Act{Action: issue.Uphold, By: "chen_jing"})
	}
}

// TestDeciderByLength: the office grants a working day once, a leader more of it and every further time (domain.md §5.2).
func TestDeciderByLength(t *testing.T) {
	long := "#17 这次延期要由领导决定（创城办只批1个工作日以内的第一次延期）。请联系领导"
	extend := func(by, due string) issue.Act {
		return issue.Act{Action: issue.Extend, By: by, Change: issue.Change{Due: at(t, due)}}
	}
	for _, tt := range []struct {
		until string
		want  issue.Role
	}{
		{"2026-11-25 12:00", issue.RoleOffice}, {"2026-11-25 18:00", issue.RoleOffice}, {"2026-11-25 18:01", issue.RoleLeader},
	} {
		s := oneDay(t).ask("2026-11-23 11:00", issue.AskExtend, until(t, tt.until))
		if s.i.Request.Decider != tt.want {
			t.Errorf("until %s: %s decides, want %s", tt.until, s.i.Request.Decider, tt.want)
		}
		oneDay(t).do("2026-11-23 11:00", extend("liu_jian", tt.until))
		if direct := oneDay(t); tt.want == issue.RoleOffice {
			direct.do("2026-11-23 11:00", extend("chen_jing", tt.until))
		} else {
			direct.refuse("2026-11-23 11:00", long, extend("chen_jing", tt.until))
		}
	}

	second := oneDay(t).do("2026-11-23 11:00", extend("chen_jing", "2026-11-25 12:00")).
		refuse("2026-11-23 11:30", long, extend("chen_jing", "2026-11-25 12:30")).
		ask("2026-11-23 11:40", issue.AskExtend, until(t, "2026-11-25 12:30"))
	if second.i.Request.Decider != issue.RoleLeader {
		t.Errorf("%s decides the second extension", second.i.Request.Decider)
	}
	second.refuse("2026-11-23 14:00", "驳回只能由领导操作。请联系领导", issue.Act{Action: issue.Refuse, By: "chen_jing"}).
		do("2026-11-23 14:00", granted(second.i, "liu_jian"))
	if second.i.Extensions != 2 {
		t.Errorf("%d extensions", second.i.Extensions)
	}

	// What a leader is asked for, the office does not grant in part.
	oneDay(t).ask("2026-11-23 11:00", issue.AskExtend, until(t, "2026-12-25 18:00")).
		refuse("2026-11-23 14:00", long, extend("chen_jing", "2026-11-25 12:00")).
		do("2026-11-23 14:00", extend("liu_jian", "2026-11-25 12:00"))
}

func TestVoidTakesTwo(t *testing.T) {
	void := func(by string) issue.Act { return issue.Act{Action: issue.Void, By: by, Note: "重复上报"} }
	filed(t, "2026-11-23 09:05", issue.Change{}).do("2026-11-23 09:10", void("chen_jing"))
	two := "#17 已派单计分，作废要两个人。请先由一人申请，另一人同意"
	oneDay(t).refuse("2026-11-23 11:00", two, void("chen_jing"))
	oneDay(t).ask("2026-11-23 11:00", issue.Appeal, issue.Request{}).refuse("2026-11-23 11:10", two, void("chen_jing"))
	s := oneDay(t).ask("2026-11-23 11:00", issue.AskVoid, issue.Request{}).do("2026-11-23 11:10", void("chen_jing"))
	if s.i.Status != issue.Voided {
		t.Errorf("%s", s.i.Status)
	}

	// An assisting unit's part stands in an account as well; only with the whole it goes by itself.
	part := filed(t, "2026-11-23 09:05", issue.Change{Parent: 12}).assign("2026-11-23 09:05", "zhujian").
		refuse("2026-11-23 11:00", two, void("chen_jing"))
	part.do("2026-11-23 11:00", void(""))
	oneDay(t).refuse("2026-11-23 11:00", "作废不能由系统进行", void(""))
}

// TestSendBackLimit: 退单 within four working hours of the dispatch, and not for what was handled already.
func TestSendBackLimit(t *testing.T) {
	ask := issue.Act{Action: issue.AskSendBack, By: "zhang_wei", Note: "不属我单位"}
	sent := func() *story {
		return filed(t, "2026-11-23 09:00", issue.Change{}).assign("2026-11-23 09:00", "zhaoyang")
	}
	sent().do("2026-11-23 15:00", ask)
	sent().sign("2026-11-23 10:00").do("2026-11-23 15:00", ask)
	sent().refuse("2026-11-23 15:01", "#17 派单已超过4个工作时，不能再退单。请先整改，有异议请联系创城办", ask)
	sent().submit("2026-11-23 10:00").giveBack("2026-11-23 10:30").
		refuse("2026-11-23 11:00", "#17 已提交过整改，不能再退单。有异议请发「申诉 17 理由」", ask)
	// What was refused is not asked again, but by the next unit, and by this one when it has it anew.
	refused := sent().do("2026-11-23 09:30", ask).act("2026-11-23 10:00", issue.Refuse, "chen_jing").
		refuse("2026-11-23 10:10", "#17 的退单已被驳回，不能再退单。请先整改，有异议请发「申诉 17 理由」", ask).
		reassign("2026-11-23 10:30", "zhujian")
	refused.do("2026-11-23 10:40", issue.Act{Action: issue.AskSendBack, By: "wang_lei"}).
		reassign("2026-11-23 11:00", "zhaoyang").do("2026-11-23 11:10", ask)
	// The next unit may say so, too, although another had handled it.
	sent().submit("2026-11-23 10:00").giveBack("2026-11-23 10:30").reassign("2026-11-24 09:00", "zhujian").
		do("2026-11-24 10:00", issue.Act{Action: issue.AskSendBack, By: "wang_lei"})
}

const tooFar = "#17 写的时间太远（超过一年）。请写一个更早的时间"

func TestWhatAnExtensionMayBe(t *testing.T) {
	ask := func(r issue.Request) issue.Act {
		return issue.Act{Action: issue.AskExtend, By: "zhang_wei", Change: issue.Change{Request: &r}}
	}
	extend := func(due time.Time) issue.Act {
		return issue.Act{Action: issue.Extend, By: "liu_jian", Change: issue.Change{Due: due}}
	}
	missing := "#17 请写明延到什么时候。例如「延期 17 2个工作日 等配件」"
	early := "#17 的新时限要晚于现在的时限。请写一个更晚的时间"
	oneDay(t).do("2026-11-24 18:00", ask(until(t, "2026-11-24 18:01")))
	oneDay(t).refuse("2026-11-24 18:00", early, ask(until(t, "2026-11-24 18:00"))).
		refuse("2026-11-24 18:00", missing, ask(issue.Request{})).
		refuse("2026-11-24 18:00", missing, issue.Act{Action: issue.AskExtend, By: "zhang_wei"}).
		refuse("2026-11-24 18:01", "#17 已过时限，不能再申请延期。请抓紧整改，有困难请联系创城办", ask(until(t, "2026-11-27 18:00"))).
		refuse("2026-11-24 18:00", missing, extend(time.Time{})).
		refuse("2026-11-24 18:00", early, extend(at(t, "2026-11-24 12:00"))).
		refuse("2026-11-25 18:00", "#17 写的时间已经过了。请写一个更晚的时间", extend(at(t, "2026-11-25 09:00"))).
		refuse("2026-11-24 18:00", tooFar, ask(until(t, "2027-11-25 18:01"))).
		refuse("2026-11-25 18:00", tooFar, extend(at(t, "2099-01-01 17:30"))).
		do("2026-11-25 18:00", extend(at(t, "2026-11-26 09:00")))
}

func TestWhatASuspensionMayBe(t *testing.T) {
	for _, tt := range []struct{ action, by string }{{"ask_suspend", "zhang_wei"}, {"suspend", "liu_jian"}} {
		a := func(until time.Time) issue.Act {
			return issue.Act{Action: issue.Action(tt.action), By: tt.by, Change: issue.Change{ResumeAt: until, Request: &issue.Request{Until: until}}}
		}
		oneDay(t).refuse("2026-11-24 10:00", "#17 请写明什么时候恢复。例如「挂账 17 到12月31日 冬季不能施工」", a(time.Time{})).
			refuse("2026-11-24 10:00", "#17 写的时间已经过了。请写一个更晚的时间", a(at(t, "2026-11-24 10:00"))).
			refuse("2026-11-24 10:00", tooFar, a(at(t, "2027-11-25 10:01"))).
			do("2026-11-24 10:00", a(at(t, "2026-11-24 10:01")))
	}
}

// TestAppealLimit: three working days from the dispatch, the last return, the closing, a relapse, or an accusation that was upheld.
func TestAppealLimit(t *testing.T) {
	appeal := issue.Act{Action: issue.Appeal, By: "zhang_wei", Note: "已整改到位"}
	late := "#17 已超过3个工作日的申诉期。请联系创城办"
	oneDay(t).refuse("2026-11-26 18:01", late, appeal).do("2026-11-26 18:00", appeal)
	returned := func() *story { return oneDay(t).submit("2026-11-25 10:00").giveBack("2026-11-26 10:00") }
	returned().refuse("2026-12-01 18:01", late, appeal).do("2026-12-01 18:00", appeal)
	closed := func() *story { return returned().submit("2026-12-02 10:00").pass("2026-12-03 10:00") }
	closed().refuse("2026-12-08 18:01", late, appeal).do("2026-12-08 18:00", appeal)
	relapsed := func() *story {
		return closed().do("2026-12-21 10:00", issue.Act{Action: issue.Relapse, By: "zhang_min", Note: "又堆了"})
	}
	relapsed().refuse("2026-12-24 18:01", late, appeal).do("2026-12-24 18:00", appeal)
	accused := func() *story { return closed().ask("2026-12-21 09:00", issue.Accuse, issue.Request{}) }
	upheld := func() *story { return accused().act("2026-12-21 10:00", issue.Uphold, "chen_jing") }
	upheld().refuse("2026-12-24 18:01", late, appeal).do("2026-12-24 18:00", appeal)
	accused().act("2026-12-21 10:00", issue.Refuse, "chen_jing").refuse("2026-12-21 11:00", late, appeal)
}

// TestOneAppealForEachDecision: what was appealed against and decided is not decided again; what was taken back may be.
func TestOneAppealForEachDecision(t *testing.T) {
	appeal := issue.Act{Action: issue.Appeal, By: "zhang_wei", Note: "已整改到位"}
	again := "#17 的申诉已经决定，不能再为同一件事申诉。发「查 17」看决定"
	appealed := func() *story {
		return oneDay(t).submit("2026-11-23 10:00").giveBack("2026-11-23 11:00").do("2026-11-23 14:00", appeal)
	}
	for _, decision := range []issue.Action{issue.Uphold, issue.Refuse} {
		appealed().act("2026-11-23 15:00", decision, "chen_jing").refuse("2026-11-23 15:10", again, appeal).
			submit("2026-11-23 15:20").refuse("2026-11-23 15:30", again, appeal).
			giveBack("2026-11-23 16:00").do("2026-11-23 16:10", appeal)
	}
	appealed().act("2026-11-23 15:00", issue.Recall, "zhang_wei").do("2026-11-23 15:10", appeal)
	// What happens while an appeal waits is not what it was about.
	appealed().submit("2026-11-23 14:10").giveBack("2026-11-23 14:20").act("2026-11-23 15:00", issue.Refuse, "chen_jing").
		do("2026-11-23 15:10", appeal)
}

func TestAccusationNeedsACompletion(t *testing.T) {
	accuse := issue.Act{Action: issue.Accuse, By: "zhang_min", Note: "照片是别处的"}
	none := "#17 还没有提交过整改，谈不上虚假整改。发「查 17」看经过"
	oneDay(t).refuse("2026-11-23 11:00", none, accuse)
	oneDay(t).submit("2026-11-23 11:00").do("2026-11-23 11:30", accuse)
	filed(t, "2026-11-23 09:05", issue.Change{}).act("2026-11-23 09:06", issue.SolveOnSpot, "zhang_min").
		refuse("2026-11-23 11:00", none, accuse)
	// What the unit before did is not the next one's.
	oneDay(t).submit("2026-11-23 11:00").giveBack("2026-11-23 11:30").reassign("2026-11-23 14:00", "zhujian").sign("2026-11-23 14:30").
		refuse("2026-11-23 15:00", none, accuse)
}

// TestWhatEndsARequest: what takes a request's object away, by the table of requests, ends it without a decision and without a
// count; everything else leaves it to be decided.
func TestWhatEndsARequest(t *testing.T) {
	p, now := policy(t), at(t, "2026-11-23 09:05")
	always := []issue.Action{issue.Merge, issue.Reject, issue.Withdraw}
	ends := func(row issue.RequestRule, a issue.Action) bool {
		return slices.Contains(always, a) || slices.ContainsFunc(strings.Split(row.Ends, "、"), func(verb string) bool {
			return strings.HasPrefix(verb, a.Verb()) // 改派 reads 改派到另一单位 there
		})
	}
	for _, row := range issue.Requests() {
		for _, status := range issue.Statuses() {
			if _, possible := legal()[status][row.Kind]; !possible {
				continue
			}
			for _, a := range actions() {
				i := ready(status, row.Kind, now)
				i.Request = issue.Request{Kind: row.Kind, By: "zhou_tao", Decider: p.Decider(i, issue.Request{Kind: row.Kind}), Due: now.Add(time.Hour)}
				if _, err := p.Apply(&i, act(a, actor(a), now)); err != nil || a == row.Grants || a == issue.Refuse {
					continue
				}
				if ends(row, a) == i.Request.Pending() {
					t.Errorf("%s while %s is asked for in %s: pending is %v", a, row.Kind, status, i.Request.Pending())
				}
				if i.SendBacks+i.Refusals+i.Appeals > 0 || i.Falsified {
					t.Errorf("%s while %s is asked for counts: %+v", a, row.Kind, i)
				}
			}
		}
	}
}

// TestSendBackStaysForAColleague: another person of the same unit is no answer to "it is not ours".
func TestSendBackStaysForAColleague(t *testing.T) {
	s := asked(t, issue.AskSendBack).
		do("2026-11-23 14:00", issue.Act{Action: issue.Reassign, By: "chen_jing", Change: issue.Change{Unit: "zhaoyang", Assignee: "zhou_tao"}})
	if s.i.Request.Kind != issue.AskSendBack || s.i.SendBacks != 0 {
		t.Errorf("%+v, %d send-backs", s.i.Request, s.i.SendBacks)
	}
}

// TestAccusedUnitKeepsTheIssue: what a unit is accused of, or appeals against, is decided before another unit gets the issue.
func TestAccusedUnitKeepsTheIssue(t *testing.T) {
	for kind, what := range map[issue.Action]string{issue.Accuse: "虚假整改认定", issue.Appeal: "申诉"} {
		move := issue.Act{Action: issue.Reassign, By: "chen_jing", Change: issue.Change{Unit: "zhujian", Assignee: "wang_fang"}}
		asked(t, kind).refuse("2026-11-23 14:00", "#17 的"+what+"还没有决定，不能改派到另一单位。请先发「同意 17」或「驳回 17 原因」", move).
			act("2026-11-23 14:00", issue.Refuse, "chen_jing").do("2026-11-23 14:10", move)
	}
}

func TestRequestWords(t *testing.T) {
	for kind, want := range map[issue.Action]string{
		issue.AskSendBack: "退单", issue.AskExtend: "延期", issue.AskSuspend: "挂账", issue.AskVoid: "作废",
		issue.Accuse: "虚假整改认定", issue.Appeal: "申诉",
	} {
		if got := (issue.Request{Kind: kind}).Text(); got != want {
			t.Errorf("%s reads %s", kind, got)
		}
	}
}

// TestAutoSignWaitsForASendBack: who says that it is not theirs has not signed for it.
func TestAutoSignWaitsForASendBack(t *testing.T) {
	s := filed(t, "2026-11-23 09:00", limited(limit(3, calendar.WorkDay))).assign("2026-11-23 09:00", "zhaoyang")
	s.p.Reg.Rules.AutoSign, s.p.Reg.Rules.SignLimit = 2*time.Hour, calendar.Limit{}
	s.ask("2026-11-23 10:00", issue.AskSendBack, issue.Request{})
	if s.p.AutoSigns(s.i, at(t, "2026-11-23 18:00")) {
		t.Error("signed by itself while the office is asked")
	}
	s.act("2026-11-23 14:00", issue.Refuse, "chen_jing").next("2026-11-23 11:00")
	if !s.p.AutoSigns(s.i, at(t, "2026-11-23 14:00")) {
		t.Error("not signed by itself after the refusal")
	}
}
