package storetest

import (
	"testing"
	"time"

	"duban/internal/calendar"
	"duban/internal/issue"
)

// County is a policy over a small register: two units in two groups, an inspector 张敏, the office 陈静 and 谢兰, a leader 刘建,
// the lead 张伟 and the liaisons 李强 and 王芳; work from 08:30 to 12:00 and from 14:00 to 17:30. Nobody is pressed to sign or to
// reply.
func County(t testing.TB) issue.Policy {
	t.Helper()
	cal, err := calendar.New(calendar.Settings{Location: Zone()})
	if err != nil {
		t.Fatal(err)
	}
	return issue.Policy{Reg: register(), Cal: cal}
}

// Supervised is County with every clock: signatures and replies have their time, and the second return is supervised.
func Supervised(t testing.TB) issue.Policy {
	t.Helper()
	p := County(t)
	p.Reg.Rules.SignLimit = calendar.Limit{N: 2, Kind: calendar.WorkHour}
	p.Reg.Rules.AutoSign = 20 * time.Hour
	p.Reg.Escalation[2].OrReturns = 2
	p.Reg.Escalation[2].Reply = &calendar.Limit{N: 4, Kind: calendar.WorkHour}
	return p
}

// Zone is the campaign's time zone, UTC+8 without daylight saving.
func Zone() *time.Location { return time.FixedZone("Asia/Shanghai", 8*60*60) }

// At reads an instant like 2026-11-23 09:05 in Zone.
func At(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", s, Zone())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func register() *issue.Register {
	return &issue.Register{
		Groups: []issue.Group{{ID: "street", Name: "街道"}, {ID: "dept", Name: "部门"}},
		Units: []issue.Unit{
			{ID: "zhaoyang", Name: "昭阳街道", Group: "street", Lead: "zhang_wei", Liaison: "li_qiang"},
			{ID: "zhujian", Name: "住建局", Group: "dept", Liaison: "wang_fang"},
		},
		People: []issue.Person{
			{ID: "zhang_min", Name: "张敏", Roles: []issue.Role{issue.RoleInspector}},
			{ID: "li_qiang", Name: "李强", Unit: "zhaoyang"},
			{ID: "zhang_wei", Name: "张伟", Unit: "zhaoyang"},
			{ID: "wang_fang", Name: "王芳", Unit: "zhujian"},
			{ID: "chen_jing", Name: "陈静", Roles: []issue.Role{issue.RoleOffice}},
			{ID: "xie_lan", Name: "谢兰", Roles: []issue.Role{issue.RoleOffice}},
			{ID: "liu_jian", Name: "刘建", Roles: []issue.Role{issue.RoleLeader}},
		},
		Places: []issue.Place{{Name: "金水湾小区", Unit: "zhaoyang"}, {Name: "红星中路", Unit: "zhujian"}},
		Categories: []issue.Category{
			{Name: "环境卫生", Limit: calendar.Limit{N: 1, Kind: calendar.WorkDay}},
			{Name: "交通秩序", Limit: calendar.Limit{N: 1, Kind: calendar.SameDay}},
			{Name: "公共设施", Limit: calendar.Limit{N: 24, Kind: calendar.UrgentHour}},
		},
		Escalation: []issue.Rung{
			{Level: "L0", At: calendar.Offset{N: -2, Kind: calendar.WorkHour}, To: []issue.Target{"assignee"}},
			{Level: "L1", To: []issue.Target{"assignee", "liaison"}},
			{Level: "L2", At: calendar.Offset{N: 1, Kind: calendar.WorkDay}, To: []issue.Target{"unit_lead"}},
		},
		Scoring: issue.Scoring{
			Version: "test", MinCases: 1,
			Weights: issue.Weights{Handled: 30, OnTime: 20, NoReturn: 20, NoOverdue: 20, NoExtension: 10},
			Adjustments: issue.Adjustments{
				Exposure: -100, Falsified: -200, RefusedSendBack: -20, Relapse: -50, ThirdReturn: -50, OnTheSpot: 10, Early: 10,
				BonusCap: 200, TotalCap: 1000, ManualCap: 200, UpperWeight: 2,
			},
			Deductions: issue.Deductions{
				Start: 10_000, Found: issue.Levels{Upper: -300, County: -200, Own: -100},
				Late: issue.Levels{Upper: -1000, County: -500, Own: -300}, Repeated: issue.Levels{Upper: -2000, County: -1000, Own: -600},
			},
			Complaints: issue.ComplaintRates{Response: 10, Solved: 50, Satisfied: 40, Basic: 90, Pass: 8500},
		},
		Rules: issue.Rules{
			PairWindow: 5 * time.Minute, WithdrawWindow: 10 * time.Minute,
			ReturnLimit:     calendar.Limit{N: 4, Kind: calendar.WorkHour},
			ReviewLimit:     calendar.Limit{N: 1, Kind: calendar.WorkDay},
			DefaultLimit:    calendar.Limit{N: 3, Kind: calendar.WorkDay},
			SendBackLimit:   calendar.Limit{N: 4, Kind: calendar.WorkHour},
			DecisionLimit:   calendar.Limit{N: 4, Kind: calendar.WorkHour},
			OfficeExtension: calendar.Limit{N: 1, Kind: calendar.WorkDay},
			AppealLimit:     calendar.Limit{N: 3, Kind: calendar.WorkDay},
			OpinionLimit:    calendar.Limit{N: 1, Kind: calendar.SameDay},
			ComplaintLimit:  calendar.Limit{N: 3, Kind: calendar.WorkDay},
		},
	}
}
