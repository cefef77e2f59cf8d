package issue_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

// register is a small county: a street with all its people, a department, one with nobody, one without a lead, and people
// for every role.
func register() *issue.Register {
	return &issue.Register{
		Groups: []issue.Group{{ID: "street", Name: "街道"}, {ID: "dept", Name: "部门"}},
		Units: []issue.Unit{
			{
				ID: "zhaoyang", Name: "昭阳街道", Group: "street",
				Head: "ma_chao", Lead: "zhang_wei", Liaison: "li_qiang", Deputy: "wu_gang",
			},
			{ID: "zhujian", Name: "住建局", Group: "dept", Lead: "wang_lei", Liaison: "wang_fang"},
			{ID: "shuiwu", Name: "水务局", Group: "dept"},
			{ID: "gongan", Name: "公安局", Group: "dept", Liaison: "zhao_jun"},
		},
		People: people(),
		Places: []issue.Place{
			{Name: "金水湾小区", Type: "社区小区", Unit: "zhaoyang"}, {Name: "红星中路", Type: "主次干道", Unit: "zhujian"},
		},
		Categories: []issue.Category{
			{Name: "环境卫生", Limit: limit(1, calendar.WorkDay)},
			{Name: "公共设施", Limit: limit(3, calendar.WorkDay), Unit: "zhujian"},
		},
		Escalation: []issue.Rung{
			{Level: "L0", At: offset(-2, calendar.WorkHour), To: []issue.Target{"assignee"}},
			{Level: "L1", To: []issue.Target{"assignee", "liaison"}},
			{
				Level: "L2", At: offset(1, calendar.WorkDay), UrgentAt: urgent(2, calendar.UrgentHour), OrReturns: 2,
				To: []issue.Target{"unit_lead"}, Reply: &calendar.Limit{N: 4, Kind: calendar.WorkHour},
			},
			{
				Level: "L3", At: offset(3, calendar.WorkDay), UrgentAt: urgent(9*60, calendar.NextDay), OrReturns: 3,
				To: []issue.Target{"bulletin"},
			},
		},
		Scoring: issue.Scoring{Weights: jinniu(), MinCases: 5},
		Rules:   rules(),
	}
}

func urgent(n int, kind calendar.Kind) *calendar.Offset { return &calendar.Offset{N: n, Kind: kind} }

func people() []issue.Person {
	return []issue.Person{
		{ID: "zhang_min", Name: "张敏", Roles: []issue.Role{issue.RoleInspector}},
		{ID: "sun_li", Name: "孙丽", Unit: "zhaoyang", Roles: []issue.Role{issue.RoleInspector}},
		{ID: "li_qiang", Name: "李强", Unit: "zhaoyang"},
		{ID: "zhang_wei", Name: "张伟"},
		{ID: "wu_gang", Name: "吴刚"},
		{ID: "ma_chao", Name: "马超"},
		{ID: "zhou_tao", Name: "周涛", Unit: "zhaoyang"},
		{ID: "wang_fang", Name: "王芳", Unit: "zhujian"},
		{ID: "wang_lei", Name: "王磊", Unit: "zhujian"},
		{ID: "zhao_jun", Name: "赵军", Unit: "gongan"},
		{ID: "chen_jing", Name: "陈静", Roles: []issue.Role{issue.RoleOffice}},
		{ID: "xie_lan", Name: "谢兰", Roles: []issue.Role{issue.RoleOffice}},
		{ID: "liu_jian", Name: "刘建", Roles: []issue.Role{issue.RoleLeader}},
		{ID: "he_yun", Name: "何云", Roles: []issue.Role{issue.RoleAdmin}},
		{ID: "xu_hai", Name: "徐海", Roles: []issue.Role{issue.RoleViewer}},
	}
}

func rules() issue.Rules {
	return issue.Rules{
		WithdrawWindow:  10 * time.Minute,
		ReturnLimit:     limit(4, calendar.WorkHour),
		ReviewLimit:     limit(1, calendar.WorkDay),
		DefaultLimit:    limit(3, calendar.WorkDay),
		SignLimit:       limit(2, calendar.WorkHour),
		SendBackLimit:   limit(4, calendar.WorkHour),
		DecisionLimit:   limit(4, calendar.WorkHour),
		OfficeExtension: limit(1, calendar.WorkDay),
		AppealLimit:     limit(3, calendar.WorkDay),
		OpinionLimit:    limit(1, calendar.SameDay),
		ComplaintLimit:  limit(3, calendar.WorkDay),
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

// refuse makes a move that must be refused with these words, and that must change nothing.
func (s *story) refuse(when, want string, a issue.Act) *story {
	s.t.Helper()
	a.At = at(s.t, when)
	before := s.i
	_, err := s.p.Apply(&s.i, a)
	if err == nil || err.Error() != want {
		s.t.Errorf("%s at %s:\n got %v\nwant %s", a.Action, when, err, want)
	}
	if diff := cmp.Diff(before, s.i); diff != "" {
		s.t.Errorf("a refused %s changed the issue:\n%s", a.Action, diff)
	}
	return s
}

func (s *story) assign(when, unit string) *story {
	s.t.Helper()
	return s.do(when, issue.Act{Action: issue.Assign, Change: issue.Change{Unit: unit, Assignee: s.p.Reg.Receiver(unit)}})
}

func (s *story) reassign(when, unit string) *story {
	s.t.Helper()
	c := issue.Change{Unit: unit, Assignee: s.p.Reg.Receiver(unit)}
	return s.do(when, issue.Act{Action: issue.Reassign, By: "chen_jing", Change: c})
}

func (s *story) sign(when string) *story {
	s.t.Helper()
	return s.do(when, issue.Act{Action: issue.Sign, By: s.i.Assignee})
}

func (s *story) extend(when, due string) *story {
	s.t.Helper()
	return s.do(when, issue.Act{Action: issue.Extend, By: "liu_jian", Change: issue.Change{Due: at(s.t, due)}})
}

func (s *story) suspend(when, until string) *story {
	s.t.Helper()
	c := issue.Change{ResumeAt: at(s.t, until)}
	return s.do(when, issue.Act{Action: issue.Suspend, By: "liu_jian", Note: "冬季不能施工", Change: c})
}

// act makes a move without anything to it.
func (s *story) act(when string, a issue.Action, by string) *story {
	s.t.Helper()
	return s.do(when, issue.Act{Action: a, By: by, Note: "情况说明"})
}

// tick does what the job of a tick does, and expects to say just this: rungs by their level, duties by their name, with
// /soon for the warning before it.
func (s *story) tick(when string, want ...string) *story {
	s.t.Helper()
	now := at(s.t, when)
	said := s.p.Alarms(s.i, now)
	if got := strings.Join(words(said), " "); got != strings.Join(want, " ") {
		s.t.Fatalf("said at %s: %q, want %q", when, got, want)
	}
	if len(said) == 0 {
		return s
	}
	return s.do(when, s.p.Reminded(s.i, said, now))
}

func words(alarms []issue.Alarm) []string {
	var out []string
	for _, a := range alarms {
		word := a.Rung.Level + string(a.Duty)
		if a.Soon {
			word += "/soon"
		}
		out = append(out, word)
	}
	return out
}

// next expects the instant at which there is something to say or to do again.
func (s *story) next(want string) *story {
	s.t.Helper()
	wantInstant(s.t, "the next alarm", s.i.NextAlarm, want)
	return s
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
