package config

import (
	_ "embed"
	"time"

	"duban/internal/calendar"
	"duban/internal/issue"
)

// shipped is the YAML document of the eleven categories that count where the file has no categories of its own.
//
//go:embed categories.yaml
var shipped []byte

// Default is the configuration of a file that says nothing: no units, people, places and groups, the shipped categories,
// and the defaults of design.md and domain.md §5 for everything else.
func Default() Config {
	c := withoutCategories()
	c.Categories = shippedCategories()
	return c
}

// withoutCategories is Default without the shipped categories, which take longer to read than all the rest.
func withoutCategories() Config {
	return Config{
		Campaign: issue.Campaign{
			Name: "创建全国文明城市", Timezone: "Asia/Shanghai", Start: calendar.Date{Year: 2026, Month: time.January, Day: 1},
		},
		Storage: Storage{Driver: DriverSQLite, DSN: "data/duban.db", Media: "data/media", Takeover: 20 * time.Second},
		Channels: Channels{
			WeChat: WeChat{
				Enabled: true, Mode: ModeDesktop, Session: "data/wechat.session",
				Send: Send{PerMinute: 20, Jitter: time.Second},
			},
			Feishu: Feishu{Receive: ReceiveMentions},
		},
		Web:        Web{Listen: "127.0.0.1:8711"},
		Log:        Log{Level: "info", Format: LogText, MaxMB: 20, Keep: 50},
		Retention:  Retention{Photos: 1095, LoosePhotos: 30, ChatText: 184, Drafts: 30, Logs: 184},
		Calendar:   defaultCalendar(),
		Identity:   IdentityBound,
		Rules:      defaultRules(),
		LookBack:   issue.LookBackPlan{After: 7, Share: 20, Most: 10, Limit: limit(2, calendar.WorkDay)},
		Schedule:   defaultSchedule(),
		Escalation: defaultEscalation(),
		Scoring:    defaultScoring(),
		Bulletin:   issue.Bulletin{Mark: "创城通报", Photos: 6, Demands: []string{"请上述单位对照清单立即整改，整改后发「完成」并附照片，由督查组核查销号。"}},
		Backup:     Backup{Folder: "data/backup", Media: true, Keep: 14},
		Alerts:     Alerts{Format: WebhookWeCom, OfflineAfter: 10 * time.Minute, DiskFreeMB: 500, PerHour: 10},
	}
}

func defaultCalendar() Calendar {
	return Calendar{
		WorkHours: []calendar.Period{
			{From: clock(8, 30), To: clock(12, 0)},
			{From: clock(14, 0), To: clock(17, 30)},
		},
		WorkDay:       calendar.ModeEndOfDay,
		SameDayCutoff: clock(20, 0),
		QuietHours:    calendar.Period{From: clock(21, 30), To: clock(7, 30)},
	}
}

func clock(hour, minute int) calendar.TimeOfDay { return calendar.TimeOfDay(hour*60 + minute) }

func limit(n int, kind calendar.Kind) calendar.Limit { return calendar.Limit{N: n, Kind: kind} }

func defaultRules() Rules {
	return Rules{
		PairWindow: 5 * time.Minute, WithdrawWindow: 10 * time.Minute, DuplicateWindow: 7 * 24 * time.Hour,
		DefaultLimit:    limit(3, calendar.WorkDay),
		SignLimit:       limit(2, calendar.WorkHour),
		ReviewLimit:     limit(1, calendar.WorkDay),
		ReturnLimit:     limit(1, calendar.WorkDay),
		SendBackLimit:   limit(4, calendar.WorkHour),
		DecisionLimit:   limit(4, calendar.WorkHour),
		OfficeExtension: limit(1, calendar.WorkDay),
		AppealLimit:     limit(3, calendar.WorkDay),
		OpinionLimit:    limit(1, calendar.SameDay),
		ComplaintLimit:  limit(3, calendar.WorkDay),
		CoverageDays:    14,
	}
}

func defaultSchedule() Schedule {
	return Schedule{
		Reminders: "*/10 * * * *", Unowned: "30 8 * * *", RankingDraft: "30 17 * * *", Ranking: "0 18 * * *",
		RankingWeek: "0 9 * * 1", RankingMonth: "30 9 1 * *", Summary: "0 18 * * *", Bulletin: "0 9 * * 1", LookBack: "0 9 * * *", Backup: "0 3 * * *", Retention: "30 3 * * *",
	}
}

// defaultEscalation is the ladder of domain.md §5.2.
func defaultEscalation() []issue.Rung {
	ladder := []issue.Rung{
		{Level: "L0", At: calendar.Offset{N: -2, Kind: calendar.WorkHour}, To: []issue.Target{issue.ToAssignee}},
		{Level: "L1", To: []issue.Target{issue.ToAssignee, issue.ToLiaison}},
		{
			Level: "L2", At: calendar.Offset{N: 1, Kind: calendar.WorkDay}, OrReturns: 2,
			To: []issue.Target{issue.ToUnitLead, issue.ToPlaceLeader}, Reply: &calendar.Limit{N: 4, Kind: calendar.WorkHour},
		},
		{Level: "L3", At: calendar.Offset{N: 3, Kind: calendar.WorkDay}, OrReturns: 3, To: []issue.Target{issue.ToBulletin}},
		{Level: "L4", At: calendar.Offset{N: 5, Kind: calendar.WorkDay}, To: []issue.Target{issue.ToTalkList}},
	}
	fillUrgentAt(ladder)
	return ladder
}

// fillUrgentAt gives every rung that says nothing of limits of a day or of hours around the clock the default of its level:
// such limits are pressed in hours, not in working days (domain.md §5.2). The levels without a default keep their At.
func fillUrgentAt(ladder []issue.Rung) {
	defaults := map[string]calendar.Offset{
		"L2": {N: 2, Kind: calendar.UrgentHour},
		"L3": {N: 8, Kind: calendar.UrgentHour},
		"L4": {N: 9 * 60, Kind: calendar.NextDay},
	}
	for i, rung := range ladder {
		if at, ok := defaults[rung.Level]; ok && rung.UrgentAt == nil {
			ladder[i].UrgentAt = &at
		}
	}
}

// defaultScoring is the rule of domain.md §5.4 A, and the figures of B and C for who chooses them.
func defaultScoring() issue.Scoring {
	return issue.Scoring{
		Version:  "2026-01",
		Style:    issue.StyleRates,
		Weights:  issue.Weights{Handled: 30, OnTime: 20, NoReturn: 20, NoOverdue: 20, NoExtension: 10},
		MinCases: 5,
		Adjustments: issue.Adjustments{
			Exposure: -100, Falsified: -200, RefusedSendBack: -20, Relapse: -50, ThirdReturn: -50,
			OnTheSpot: 10, Early: 10, BonusCap: 200, TotalCap: 1000, ManualCap: 200, UpperWeight: 2,
		},
		Deductions: issue.Deductions{
			Start:    10_000,
			Found:    issue.Levels{Upper: -300, County: -200, Own: -100},
			Late:     issue.Levels{Upper: -1000, County: -500, Own: -300},
			Repeated: issue.Levels{Upper: -2000, County: -1000, Own: -600},
		},
		Complaints: issue.ComplaintRates{Response: 10, Solved: 50, Satisfied: 40, Basic: 90, Pass: 8500},
	}
}

// shippedCategories reads the embedded categories with the same strict reader as the administrators' file. The document is
// part of the program and a test reads it, so that faults in it cannot reach a user.
func shippedCategories() []issue.Category {
	var c Config
	r := newReader("categories.yaml", shipped, func(string) (string, bool) { return "", false })
	if r.load(&c); len(r.faults) > 0 {
		panic("the categories inside the program cannot be read: " + r.errors().Error())
	}
	return c.Categories
}
