package issue_test

import (
	"testing"
	"time"

	"duban/internal/calendar"
	"duban/internal/issue"
)

var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// at reads an instant in the campaign's zone.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", s, shanghai)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func limit(n int, kind calendar.Kind) calendar.Limit { return calendar.Limit{N: n, Kind: kind} }

func offset(n int, kind calendar.Kind) calendar.Offset { return calendar.Offset{N: n, Kind: kind} }

// register is a small county: one street, one department, and one person for every role.
func register() *issue.Register {
	return &issue.Register{
		Groups: []issue.Group{{ID: "street", Name: "街道"}, {ID: "dept", Name: "部门"}},
		Units: []issue.Unit{
			{ID: "zhaoyang", Name: "昭阳街道", Group: "street", Lead: "zhang_wei", Liaison: "li_qiang"},
			{ID: "zhujian", Name: "住建局", Group: "dept", Lead: "wang_lei", Liaison: "wang_fang"},
			{ID: "shuiwu", Name: "水务局", Group: "dept"},
		},
		People: []issue.Person{
			{ID: "zhang_min", Name: "张敏", Roles: []issue.Role{issue.RoleInspector}},
			{ID: "sun_li", Name: "孙丽", Unit: "zhaoyang", Roles: []issue.Role{issue.RoleInspector}},
			{ID: "li_qiang", Name: "李强", Unit: "zhaoyang"},
			{ID: "zhang_wei", Name: "张伟"},
			{ID: "zhou_tao", Name: "周涛", Unit: "zhaoyang"},
			{ID: "wang_fang", Name: "王芳", Unit: "zhujian"},
			{ID: "wang_lei", Name: "王磊", Unit: "zhujian"},
			{ID: "chen_jing", Name: "陈静", Roles: []issue.Role{issue.RoleOffice}},
			{ID: "liu_jian", Name: "刘建", Roles: []issue.Role{issue.RoleLeader}},
			{ID: "he_yun", Name: "何云", Roles: []issue.Role{issue.RoleAdmin}},
			{ID: "xu_hai", Name: "徐海", Roles: []issue.Role{issue.RoleViewer}},
		},
		Places: []issue.Place{{Name: "金水湾小区", Unit: "zhaoyang"}, {Name: "红星中路", Unit: "zhujian"}},
		Categories: []issue.Category{
			{Name: "环境卫生", Limit: limit(1, calendar.WorkDay)},
			{Name: "公共设施", Limit: limit(3, calendar.WorkDay), Unit: "zhujian"},
		},
		Escalation: []issue.Rung{
			{Level: "L0", At: offset(-2, calendar.WorkHour), To: []string{"assignee"}},
			{Level: "L1", To: []string{"assignee", "liaison"}},
			{Level: "L2", At: offset(1, calendar.WorkDay), To: []string{"unit_lead"}},
			{Level: "L3", At: offset(3, calendar.WorkDay), To: []string{"bulletin"}},
		},
		Scoring: issue.Scoring{Weights: jinniu(), MinCases: 5},
		Rules: issue.Rules{
			WithdrawWindow: 10 * time.Minute,
			ReturnLimit:    limit(4, calendar.WorkHour),
			ReviewLimit:    limit(1, calendar.WorkDay),
			DefaultLimit:   limit(3, calendar.WorkDay),
		},
	}
}

// policy works 08:00–12:00 and 14:00–18:00, the periods of domain.md §5.3.
func policy(t testing.TB) issue.Policy {
	t.Helper()
	cal, err := calendar.New(calendar.Settings{
		Location: shanghai, WorkHours: []calendar.Period{{From: 8 * 60, To: 12 * 60}, {From: 14 * 60, To: 18 * 60}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return issue.Policy{Reg: register(), Cal: cal, Offered: []issue.Action{
		issue.Assign, issue.Reassign, issue.Sign, issue.Submit, issue.Pass, issue.Return, issue.LookBack, issue.Relapse,
	}}
}

// story tells an issue's life, one move after the other.
type story struct {
	t      testing.TB
	p      issue.Policy
	i      issue.Issue
	events []issue.Event
}

// filed starts a story with a report of 张敏 at an instant.
func filed(t testing.TB, when string, c issue.Change) *story {
	t.Helper()
	s := &story{t: t, p: policy(t), i: issue.Issue{ID: 17}}
	if c.Reporter == "" {
		c.Reporter = "zhang_min"
	}
	return s.do(when, issue.Act{Action: issue.Report, By: c.Reporter, Change: c})
}

// do makes a move that must succeed.
func (s *story) do(when string, a issue.Act) *story {
	s.t.Helper()
	a.At = at(s.t, when)
	e, err := s.p.Apply(&s.i, a)
	if err != nil {
		s.t.Fatalf("%s at %s: %v", a.Action, when, err)
	}
	s.events = append(s.events, e)
	return s
}

func (s *story) assign(when, unit string) *story {
	s.t.Helper()
	return s.do(when, issue.Act{Action: issue.Assign, Change: issue.Change{Unit: unit, Assignee: s.p.Reg.Receiver(unit)}})
}

func (s *story) submit(when string) *story {
	s.t.Helper()
	return s.do(when, issue.Act{Action: issue.Submit, By: s.i.Assignee, Note: "已清理"})
}

func (s *story) giveBack(when string) *story {
	s.t.Helper()
	return s.do(when, issue.Act{Action: issue.Return, By: "zhang_min", Note: "角落仍有垃圾"})
}

func (s *story) pass(when string) *story {
	s.t.Helper()
	return s.do(when, issue.Act{Action: issue.Pass, By: "zhang_min"})
}

func wantInstant(t testing.TB, what string, got time.Time, want string) {
	t.Helper()
	if want == "" {
		if !got.IsZero() {
			t.Errorf("%s = %v, want none", what, got)
		}
		return
	}
	if !got.Equal(at(t, want)) {
		t.Errorf("%s = %s, want %s", what, got.In(shanghai).Format("2006-01-02 15:04"), want)
	}
}

func jinniu() issue.Weights {
	return issue.Weights{Handled: 30, OnTime: 20, NoReturn: 20, NoOverdue: 20, NoExtension: 10}
}
