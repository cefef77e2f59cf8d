package files

import (
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"duban/internal/issue"
	"duban/internal/store/storetest"
)

// TestLedgerTellsAStory: one issue that was late, returned and passed, and an evil one, cell by cell.
func TestLedgerTellsAStory(t *testing.T) {
	c := newCounty(t)
	at := func(s string) time.Time { return storetest.At(t, s) }
	const evil = `=HYPERLINK("http://evil.example","点我")`
	report := issue.Change{
		Reporter: "zhang_min", Text: evil, Place: "金水湾小区", Category: "环境卫生", Unit: "zhaoyang", Assignee: "li_qiang",
		Limit: &c.Reg.Categories[0].Limit, Source: issue.FromPublic,
	}
	first := storetest.Issue(t, c.db, c.Policy, at("2026-11-02 09:00"), report) // due on 11-03 at 17:30
	report.Text, report.Place, report.PlaceText = "楼道堆物", "", "北门桥下"
	storetest.Issue(t, c.db, c.Policy, at("2026-11-02 23:30"), report)
	for _, a := range []issue.Act{
		{Action: issue.Submit, By: "li_qiang", Note: "+已清理", At: at("2026-11-03 18:45")},
		{Action: issue.Return, By: "zhang_min", Note: "角落仍有垃圾", At: at("2026-11-04 09:00")},
		{Action: issue.Submit, By: "li_qiang", Note: "@再清", At: at("2026-11-04 10:00")},
		{Action: issue.Pass, By: "zhang_min", Note: "干净", At: at("2026-11-04 11:00")},
	} {
		storetest.Move(t, c.db, c.Policy, first.ID, a)
	}
	f := open(t, c.export(t, at("2026-11-05 08:30"), Ledger{}, XLSX))
	rows := records(t, f, "全部")
	for n, want := range []map[string]string{
		{
			"编号": "1", "上报时间": "2026-11-02 09:00", "地点": "金水湾小区", "点位类型": "社区小区", "类别": "环境卫生", "问题描述": evil, "来源": "群众反映",
			"责任单位": "昭阳街道", "责任人": "李强", "状态": "已销号", "是否超期": "是", "整改措施": "@再清", "完成时间": "2026-11-04 10:00",
			"核查结果": "通过（张敏）：干净", "销号时间": "2026-11-04 11:00", "退回次数": "1", "上报人": "张敏",
		},
		{
			"编号": "2", "上报时间": "2026-11-02 23:30", "地点": "北门桥下", "点位类型": "", "时限": "2026-11-03 17:30", "状态": "待签收", "是否超期": "是",
			"完成时间": "", "核查结果": "",
		},
	} {
		for head, text := range want {
			if got := rows[n][head]; got != text {
				t.Errorf("#%d %s: %q, want %q", n+1, head, got, text)
			}
		}
	}
	for _, cell := range []string{"F4", "N4"} {
		if formula, err := f.GetCellFormula("全部", cell); formula != "" || err != nil {
			t.Errorf("%s is a formula: %q, %v", cell, formula, err)
		}
	}
	for _, cell := range []string{"J4", "L4", "L5"} {
		id, err := f.GetCellStyle("全部", cell)
		if err != nil {
			t.Fatal(err)
		}
		style, err := f.GetStyle(id)
		if err != nil || style.Font == nil || style.Font.Color == "" {
			t.Errorf("%s is not red: %+v, %v", cell, style.Font, err)
		}
	}
	for cell, want := range map[string]time.Duration{"M4": 75 * time.Minute, "M5": 39 * time.Hour} {
		if got := span(t, f, cell); got != want {
			t.Errorf("%s: late for %v, want %v", cell, got, want)
		}
	}
}

// TestLate: what a unit has is late now; what it has handed in was late, or not, when it first did.
func TestLate(t *testing.T) {
	due := time.Date(2026, 11, 3, 9, 30, 0, 0, time.UTC)
	now := due.Add(10 * time.Hour)
	for name, tt := range map[string]struct {
		i    issue.Issue
		want time.Duration
	}{
		"with the unit":          {issue.Issue{Status: issue.Working, Due: due}, 10 * time.Hour},
		"in time":                {issue.Issue{Status: issue.Assigned, Due: now}, 0},
		"not dispatched":         {issue.Issue{Status: issue.Reported, Due: due}, 0},
		"returned":               {issue.Issue{Status: issue.Working, FirstSubmittedAt: due.Add(-1), FirstDue: due, Due: due.Add(9 * time.Hour)}, time.Hour},
		"returned, time is left": {issue.Issue{Status: issue.Working, FirstSubmittedAt: due.Add(time.Hour), FirstDue: due, Due: now}, 0},
		"submitted late":         {issue.Issue{Status: issue.Submitted, FirstSubmittedAt: due.Add(2 * time.Hour), FirstDue: due, Due: now}, 2 * time.Hour},
		"submitted in time":      {issue.Issue{Status: issue.Submitted, FirstSubmittedAt: due, FirstDue: due, Due: due}, 0},
		"closed without one":     {issue.Issue{Status: issue.Closed, ClosedAt: due.Add(3 * time.Hour), Due: due}, 3 * time.Hour},
		"without a deadline":     {issue.Issue{Status: issue.Closed, ClosedAt: due}, 0},
		"suspended":              {issue.Issue{Status: issue.Suspended, Due: due}, 0},
		"void":                   {issue.Issue{Status: issue.Voided, FirstSubmittedAt: now, FirstDue: due}, 0},
	} {
		if got := late(tt.i, now); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestNote(t *testing.T) {
	b := book{Maker: newCounty(t).Maker}
	resume := time.Date(2026, 11, 30, 16, 30, 0, 0, time.UTC) // the next day in the county
	for want, i := range map[string]issue.Issue{
		"":               {Status: issue.Working, MergedInto: 5},
		"协办 #3":          {Parent: 3},
		"并入 #12":         {Status: issue.Merged, MergedInto: 12},
		"投诉；自查":          {Complaint: true, SelfFound: true},
		"当场解决":           {Status: issue.Closed, OnTheSpot: true},
		"挂账到 2026-12-01": {Status: issue.Suspended, ResumeAt: resume},
		"协办 #3；投诉；挂账":    {Status: issue.Suspended, Parent: 3, Complaint: true},
	} {
		if got := b.note(i); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestReview(t *testing.T) {
	b := book{Maker: newCounty(t).Maker}
	for want, e := range map[string]issue.Event{
		"":            {},
		"通过（张敏）":      {Action: issue.Pass, By: "zhang_min"},
		"退回（张敏）：仍有垃圾": {Action: issue.Return, By: "zhang_min", Note: "仍有垃圾"},
	} {
		if got := b.review(e); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// span is the length of time in a cell of the sheet of all, which a spreadsheet keeps as a part of a day.
func span(t *testing.T, f *excelize.File, cell string) time.Duration {
	t.Helper()
	raw, err := f.GetCellValue("全部", cell, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	days, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(math.Round(days*24*60)) * time.Minute
}
