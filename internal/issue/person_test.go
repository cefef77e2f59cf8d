package issue_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/issue"
)

// everybody is one person of every kind, seen from an issue of 昭阳街道 with 李强, reported by 何云.
func everybody() []string {
	return []string{
		"zhang_min", "sun_li", "li_qiang", "zhang_wei", "wu_gang", "ma_chao", "zhou_tao", "wang_fang", "wang_lei", "zhao_jun",
		"chen_jing", "xie_lan", "liu_jian", "he_yun", "xu_hai", "nobody", "",
	}
}

// may is the role summary of domain.md §5.2 and design.md §7. Whoever is not named must be refused.
func may() map[issue.Action][]string {
	all := slices.DeleteFunc(everybody(), func(id string) bool { return id == "nobody" })
	unit, lead := []string{"li_qiang", "zhang_wei", "wu_gang", "ma_chao"}, []string{"zhang_wei"}
	office, check := []string{"chen_jing", "xie_lan"}, []string{"zhang_min"}
	unitOrOffice, itself := slices.Concat(unit, office), slices.Concat(office, []string{""})
	return map[issue.Action][]string{
		issue.Report: all, issue.Photo: all,
		issue.SolveOnSpot: {"zhang_min", "sun_li"},
		issue.Assign:      itself, issue.Split: itself, issue.Reassign: itself,
		issue.Resume: office, issue.Reject: office, issue.Merge: office,
		issue.Void: {"chen_jing"}, // 谢兰 has asked for it
		issue.Sign: unit, issue.Submit: unit, issue.Note: unit, issue.Reply: unit,
		issue.Opine: unitOrOffice, issue.Publish: unitOrOffice, issue.Tell: unitOrOffice,
		issue.Pass: check, issue.Return: check, issue.LookBack: check, issue.Relapse: check, issue.Accuse: check,
		issue.Extend:      {"chen_jing", "xie_lan", "liu_jian"},
		issue.Suspend:     {"liu_jian"},
		issue.Withdraw:    {"he_yun"},
		issue.Correct:     {"he_yun", "chen_jing", "xie_lan"},
		issue.AskSendBack: lead, issue.AskExtend: lead, issue.AskSuspend: lead, issue.Appeal: lead, issue.Recall: lead,
		issue.AskVoid: office, issue.Uphold: office, issue.Refuse: office,
		issue.Press:     {"zhang_min", "sun_li", "chen_jing", "xie_lan", "liu_jian", "he_yun"},
		issue.Supervise: {"chen_jing", "xie_lan", "liu_jian"},
		issue.CallBack:  {"zhang_min", "chen_jing", "xie_lan"},
		issue.Expose:    office, issue.Unexpose: office,
		issue.Draw: {""}, issue.Remind: {""},
	}
}

// home is a status in which an action is possible, if it may be with a unit that has not signed yet.
func home(a issue.Action) issue.Status {
	for _, m := range issue.Moves() {
		if m.Action == a && slices.Contains(m.From, issue.Assigned) && m.Action != issue.SolveOnSpot {
			return issue.Assigned
		}
		if m.Action == a {
			return m.From[0]
		}
	}
	return issue.None
}

func TestWhoMayDoWhat(t *testing.T) {
	p, now := policy(t), at(t, "2026-11-23 09:05")
	for _, a := range actions() {
		var got []string
		for _, person := range everybody() {
			i := ready(home(a), a, now)
			if i.Status != issue.None {
				i.Reporter = "he_yun"
			}
			_, err := p.Apply(&i, act(a, person, now))
			if err == nil {
				got = append(got, person)
			} else if fail, ok := issue.AsError(err); !ok || fail.Code != issue.CodeForbidden || fail.Text == "" {
				t.Errorf("%s by %q: %v, want a refusal about the person", a, person, err)
			}
		}
		want := slices.DeleteFunc(everybody(), func(id string) bool { return !slices.Contains(may()[a], id) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("who may %s (-want +got):\n%s", a, diff)
		}
	}
}

func TestRefusalsSayWhoMay(t *testing.T) {
	p, now := policy(t), at(t, "2026-11-23 09:05")
	unnamed := standing(issue.Assigned, now)
	unnamed.Unit, unnamed.Assignee = "shuiwu", ""
	own := standing(issue.Submitted, now)
	own.Unit, own.Assignee, own.SubmittedBy = "zhujian", "wang_fang", "zhang_min"
	nobodys := standing(issue.Reported, now)
	nobodys.Unit, nobodys.Assignee = "", ""
	tests := []struct {
		i    issue.Issue
		a    issue.Action
		by   string
		want string
	}{
		{standing(issue.Assigned, now), issue.Submit, "wang_fang", "#17 由昭阳街道李强负责，您不能完成。责任单位不对请找创城办改派"},
		{nobodys, issue.Note, "li_qiang", "#17 还没有责任单位，不能记进展。请找创城办派单"},
		{unnamed, issue.Sign, "li_qiang", "#17 由水务局负责，您不能签收。责任单位不对请找创城办改派"},
		{standing(issue.Submitted, now), issue.Pass, "li_qiang", "通过只能由督查员操作。请联系督查员"},
		{standing(issue.Submitted, now), issue.Pass, "sun_li", "#17 是本单位办理的，不能自己核查。请其他督查员核查"},
		{own, issue.Return, "zhang_min", "#17 是本单位办理的，不能自己核查。请其他督查员核查"},
		{standing(issue.Working, now), issue.Extend, "li_qiang", "延期只能由创城办或领导操作。请联系创城办或领导"},
		{standing(issue.Working, now), issue.Remind, "chen_jing", "提醒由系统按时限进行"},
		{standing(issue.Reported, now), issue.Withdraw, "li_qiang", "#17 不是您上报的，不能撤回。请上报人撤回，或找创城办"},
		{issue.Issue{ID: 17}, issue.Report, "nobody", "还不认识您，不能上报。请向创城办要绑定码，然后发「绑定 绑定码」"},
	}
	for _, tt := range tests {
		_, err := p.Apply(&tt.i, act(tt.a, tt.by, now))
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s by %s:\n got %v\nwant %s", tt.a, tt.by, err, tt.want)
		}
	}
}

// TestNobodyVerifiesTheirOwnWork: whoever belongs to the unit or submitted may not review, inspector or not.
func TestNobodyVerifiesTheirOwnWork(t *testing.T) {
	p, now := policy(t), at(t, "2026-11-23 09:05")
	for n := range p.Reg.People {
		p.Reg.People[n].Roles = []issue.Role{issue.RoleInspector}
	}
	for _, a := range []issue.Action{issue.Pass, issue.Return, issue.LookBack, issue.Relapse, issue.Accuse} {
		for _, person := range p.Reg.People {
			i := ready(home(a), a, now)
			i.SubmittedBy, i.Assignee, i.First = "wang_fang", "xu_hai", ""
			own := []string{
				"sun_li", "li_qiang", "zhang_wei", "wu_gang", "ma_chao", "zhou_tao", "xu_hai", // the unit that has it
				"wang_fang", "wang_lei", // the unit that did it, because it had it first
			}
			if _, err := p.Apply(&i, act(a, person.ID, now)); (err != nil) != slices.Contains(own, person.ID) {
				t.Errorf("%s by %s: %v", a, person.Name, err)
			}
		}
	}
}

func TestWithdrawWindow(t *testing.T) {
	p, reported := policy(t), at(t, "2026-11-23 09:05")
	for _, tt := range []struct {
		after time.Duration
		want  string
	}{
		{0, ""},
		{10 * time.Minute, ""},
		{10*time.Minute + time.Second, "#17 上报已超过10分钟，不能撤回。请找创城办处理"},
	} {
		i := standing(issue.Assigned, reported)
		i.ReportedAt = reported
		_, err := p.Apply(&i, act(issue.Withdraw, "zhang_min", reported.Add(tt.after)))
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("after %v: %q, want %q", tt.after, got, tt.want)
		}
	}
}

func TestRoles(t *testing.T) {
	r := register()
	for id, want := range map[string][]issue.Role{
		"zhang_wei": {issue.RoleUnitLead, issue.RoleReporter},
		"li_qiang":  {issue.RoleLiaison, issue.RoleReporter},
		"chen_jing": {issue.RoleOffice, issue.RoleReporter},
		"nobody":    nil,
		"":          nil,
	} {
		if diff := cmp.Diff(want, r.RolesOf(id)); diff != "" {
			t.Errorf("roles of %q (-want +got):\n%s", id, diff)
		}
	}
	r.RolesOf("chen_jing")[0] = issue.RoleAdmin
	if r.Has("chen_jing", issue.RoleAdmin) {
		t.Error("the list of roles is the register's own")
	}
	for _, role := range issue.Roles() {
		if role.Text() == string(role) {
			t.Errorf("role %s has no Chinese name", role)
		}
	}
}

func TestPeopleAreFoundOnlyIfUnambiguous(t *testing.T) {
	r := register()
	r.People = append(r.People, issue.Person{ID: "li_qiang2", Name: "李强", Aliases: []string{"小李"}, Remark: "住建李强"})
	if p, ok := r.PersonNamed("李强"); ok {
		t.Errorf("two 李强, but %s was chosen", p.ID)
	}
	if p, ok := r.PersonNamed("小李"); !ok || p.ID != "li_qiang2" {
		t.Errorf("小李 is %q", p.ID)
	}
	for remark, want := range map[string]string{"李强": "li_qiang", "住建李强": "li_qiang2", "": "", "谁": ""} {
		if p, _ := r.PersonByRemark(remark); p.ID != want {
			t.Errorf("remark %q is %q, want %q", remark, p.ID, want)
		}
	}
	r.People[0].Remark = "李强"
	if p, ok := r.PersonByRemark("李强"); ok {
		t.Errorf("two people bear the remark, but %s was chosen", p.ID)
	}
}
