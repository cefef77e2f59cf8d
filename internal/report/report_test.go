package report_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"duban/internal/calendar"
	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/score"
)

var update = flag.Bool("update", false, "rewrite the expected texts in testdata")

var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", s, shanghai)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func words(t testing.TB) report.Words {
	t.Helper()
	cal, err := calendar.New(calendar.Settings{Location: shanghai})
	if err != nil {
		t.Fatal(err)
	}
	return report.Words{Cal: cal, Reg: &issue.Register{
		Groups: []issue.Group{{ID: "street", Name: "街道"}, {ID: "dept", Name: "部门"}, {ID: "village", Name: "社区"}},
		Units: []issue.Unit{
			{ID: "zhaoyang", Name: "昭阳街道", Group: "street"},
			{ID: "lincheng", Name: "临城街道", Group: "street"},
			{ID: "duotian", Name: "垛田街道", Group: "street"},
			{ID: "zhujian", Name: "住建局", Group: "dept"},
			{ID: "jiaojing", Name: "交警大队", Group: "dept"},
			{ID: "chengguan", Name: "城管局", Group: "dept"},
		},
		People: []issue.Person{
			{ID: "zhang_min", Name: "张敏"},
			{ID: "li_qiang", Name: "李强"},
			{ID: "zhou_tao", Name: "周涛"},
			{ID: "wang_fang", Name: "王芳"},
			{ID: "zhao_jun", Name: "赵军"},
			{ID: "chen_jing", Name: "陈静"},
		},
		Scoring: issue.Scoring{MinCases: 5},
		Rules:   issue.Rules{PairWindow: 5 * time.Minute},
	}}
}

// golden compares a text with the file of a name in testdata. The file ends with a line break, the text does not.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if !utf8.ValidString(got) || strings.Contains(got, "\n\n") || strings.TrimSpace(got) != got {
		t.Errorf("%s: an empty line or half a character:\n%s", name, got)
	}
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got+"\n", "\n")); diff != "" {
		t.Errorf("%s (-want +got; -update rewrites it):\n%s", name, diff)
	}
}

// The issues of the examples in design.md §3.
func hall(t testing.TB) issue.Issue {
	return issue.Issue{
		ID: 128, Text: "金水湾小区3号楼楼道堆放杂物", Place: "金水湾小区", Category: "小区管理", Unit: "zhaoyang", Assignee: "li_qiang",
		Chat: "inspect", Status: issue.Assigned, Limit: calendar.Limit{N: 1, Kind: calendar.WorkDay}, Due: at(t, "2026-11-24 17:30"),
	}
}

func stop(t testing.TB) issue.Issue {
	return issue.Issue{
		ID: 129, Text: "红星中路公交站牌破损", Place: "红星中路", Category: "公共设施", Unit: "zhujian", Assignee: "wang_fang",
		Chat: "inspect", Status: issue.Assigned, Limit: calendar.Limit{N: 3, Kind: calendar.WorkDay}, Due: at(t, "2026-11-26 17:30"),
	}
}

func market(t testing.TB) issue.Issue {
	return issue.Issue{
		ID: 130, Text: "南门菜场门口车辆乱停", Place: "南门菜场", Category: "交通秩序", Unit: "jiaojing", Assignee: "zhao_jun",
		Chat: "inspect", Status: issue.Assigned, Limit: calendar.Limit{N: 1, Kind: calendar.SameDay}, Due: at(t, "2026-11-24 00:00"),
	}
}

// unknown is a report of which only its words are known.
func unknown() issue.Issue {
	return issue.Issue{ID: 131, Text: "路边那个东西倒了好几天了没人管，请有关部门尽快到现场看一看，影响很不好，居民意见很大，已经反映过两次", Chat: "inspect", Status: issue.Reported}
}

func with(i issue.Issue, change func(*issue.Issue)) issue.Issue {
	change(&i)
	return i
}

// TestFiledList is the list of design.md §3, to the letter.
func TestFiledList(t *testing.T) {
	want := `已立案 3 件
#128 金水湾小区3号楼楼道堆放杂物｜小区管理 → 昭阳街道 李强，限 11-24 17:30
#129 红星中路公交站牌破损｜公共设施 → 住建局 王芳，限 11-26 17:30
#130 南门菜场门口车辆乱停｜交通秩序 → 交警大队 赵军，今日 24:00 前（事不过夜）
照片请在 5 分钟内发到群里；改派请发「改派 128 单位」`
	got := words(t).Filed(filings(hall(t), stop(t), market(t)), 0, at(t, "2026-11-23 09:05"))
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
		t.Error(diff)
	}
}

func TestFiled(t *testing.T) {
	w, now := words(t), at(t, "2026-11-23 09:05")
	golden(t, "filed_one", w.Filed(filings(hall(t)), 0, now))
	golden(t, "filed_one_with_photos", w.Filed(filings(hall(t)), 2, now))
	golden(t, "filed_one_in_private", w.Filed(filings(with(hall(t), func(i *issue.Issue) { i.Chat = "" })), 0, now))
	golden(t, "filed_one_same_day", w.Filed(filings(market(t)), 0, now))
	golden(t, "filed_one_unknown", w.Filed(filings(unknown()), 0, now))
	golden(t, "filed_several_some_unknown", w.Filed(filings(
		hall(t), unknown(), with(stop(t), func(i *issue.Issue) { i.Place, i.Assignee = "", "" }),
	), 1, now))
	golden(t, "filed_unsure", w.Filed(filings(with(hall(t), func(i *issue.Issue) {
		i.Due, i.DueUnsure = at(t, "2027-01-04 17:30"), true
	})), 0, now))
}

// filings are issues as they were just filed.
func filings(list ...issue.Issue) []report.Filing {
	var out []report.Filing
	for _, i := range list {
		out = append(out, report.Filing{Issue: i})
	}
	return out
}

func TestWindowOfPhotos(t *testing.T) {
	w := words(t)
	w.Reg.Rules.PairWindow = 90 * time.Second
	if got := w.Filed(filings(hall(t)), 0, at(t, "2026-11-23 09:05")); !strings.Contains(got, "照片请在 90 秒内发到群里；") {
		t.Errorf("%s", got)
	}
}

func TestLines(t *testing.T) {
	w, now := words(t), at(t, "2026-11-25 10:00")
	list := []issue.Issue{
		hall(t), stop(t), unknown(), market(t),
		with(hall(t), func(i *issue.Issue) { i.ID, i.Status = 132, issue.Submitted }),
		with(hall(t), func(i *issue.Issue) { i.ID, i.Status = 133, issue.Closed }),
		with(hall(t), func(i *issue.Issue) { i.ID, i.Status, i.Assignee = 134, issue.Suspended, "" }),
	}
	golden(t, "lines", w.Lines(list, 10, now))
	golden(t, "lines_cut", w.Lines(list, 2, now))
	if got := w.Lines(nil, 10, now); got != "" {
		t.Errorf("no issues read %q", got)
	}
}

// score is a ranked unit.
func scored(unit string, rank int, points issue.Points, entering, onTime, overdue int) score.Score {
	return score.Score{
		Counts: score.Counts{Unit: unit, Entering: entering, Handled: entering, OnTime: onTime, Overdue: overdue}, Points: points, Rank: rank,
	}
}

func unranked(unit, reason string, entering, overdue int) score.Score {
	return score.Score{Counts: score.Counts{Unit: unit, Entering: entering, Overdue: overdue}, Reason: reason}
}

func day(t testing.TB, scores ...score.Score) score.Day {
	return score.Day{From: at(t, "2026-11-22 18:00"), To: at(t, "2026-11-23 18:00"), Scores: scores, Ranked: at(t, "2026-11-23 17:30")}
}

func TestRanking(t *testing.T) {
	w := words(t)
	full := day(t,
		scored("lincheng", 1, 9233, 40, 35, 2), scored("zhaoyang", 1, 9233, 40, 35, 0), scored("duotian", 3, 8850, 12, 9, 0),
		scored("zhujian", 1, 10000, 6, 6, 0), unranked("chengguan", "样本不足", 3, 1), unranked("jiaojing", "无应处置", 0, 0),
	)
	last := []score.Score{scored("zhaoyang", 3, 8000, 9, 9, 0), scored("lincheng", 1, 9000, 9, 9, 0), scored("duotian", 2, 8900, 9, 9, 0), unranked("zhujian", "样本不足", 1, 0)}
	ranking := func(d score.Day, last []score.Score) report.Ranking {
		title, until := w.DayTitle(d.To)
		return report.Ranking{Title: title, Until: until, Scores: d.Scores, Last: last, Scoring: w.Reg.Scoring}
	}
	golden(t, "ranking", w.Ranking(ranking(full, last), true))
	golden(t, "ranking_draft", w.Ranking(ranking(full, nil), false))
	golden(t, "ranking_no_samples", w.Ranking(ranking(day(t,
		unranked("zhaoyang", "样本不足", 4, 0), unranked("lincheng", "样本不足", 1, 2), unranked("duotian", "无应处置", 0, 3),
		unranked("zhujian", "无应处置", 0, 0), unranked("jiaojing", "无应处置", 0, 0), unranked("chengguan", "无应处置", 0, 0),
	), nil), true))
	golden(t, "ranking_no_data", w.Ranking(ranking(day(t), nil), true))
	week := ranking(full, nil)
	week.Title, week.Until = "11月16日至22日创城周排名", ""
	golden(t, "ranking_week", w.Ranking(week, false))
}

func TestSummary(t *testing.T) {
	w := words(t)
	full := day(t,
		scored("zhaoyang", 1, 9233, 40, 35, 0), scored("lincheng", 1, 9233, 40, 35, 2), scored("duotian", 3, 8850, 12, 9, 0),
		scored("zhujian", 1, 10000, 6, 6, 0), unranked("chengguan", "样本不足", 3, 1),
	)
	full.Filed, full.Closed, full.Overdue, full.Review, full.Undispatched, full.DueTomorrow = 23, 18, 4, 5, 1, 9
	full.Before = &score.DayTotals{Filed: 20, Closed: 18, Overdue: 6}
	full.Worst = []issue.Issue{
		with(hall(t), func(i *issue.Issue) { i.Due = at(t, "2026-11-19 17:30") }),
		with(unknown(), func(i *issue.Issue) { i.Unit, i.Due = "jiaojing", at(t, "2026-11-22 12:00") }),
		with(stop(t), func(i *issue.Issue) { i.Due = at(t, "2026-11-23 16:10") }),
	}
	full.Hot = []score.Hot{{Place: "金水湾小区", N: 7}, {Place: "南门菜场", N: 5}, {Place: "红星中路", N: 3}, {Place: "安居小区", N: 3}}
	full.Coverage = coverage(t)
	full.Lagging = []score.Lagging{{Group: "street", Worst: []score.Lag{
		{Counts: score.Counts{Unit: "duotian", Overdue: 4, Entering: 12, OnTime: 9}, ByOverdue: true, ByTime: true},
	}}, {Group: "dept", Worst: []score.Lag{{Counts: score.Counts{Unit: "jiaojing", Overdue: 3}, ByOverdue: true}}}}
	golden(t, "summary", w.Summary(full))
	golden(t, "summary_quiet_day", w.Summary(day(t)))
	midnight := day(t)
	midnight.To = at(t, "2026-11-24 00:00")
	if got := w.Summary(midnight); !strings.HasPrefix(got, "【创城日报】11月23日（截至 24:00）\n") {
		t.Errorf("a day until midnight: %s", got)
	}
	if n := strings.Count(w.Summary(full), "\n"); n > 13 {
		t.Errorf("%d lines do not fit one phone screen", n)
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "1分钟", 59 * time.Second: "1分钟", 35*time.Minute + 59*time.Second: "35分钟", time.Hour: "1小时", 110 * time.Minute: "1小时50分",
		6*time.Hour + 30*time.Minute: "6小时", 47 * time.Hour: "47小时", 48 * time.Hour: "2天", 71 * time.Hour: "2天",
	} {
		if got := report.Span(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

func FuzzShort(f *testing.F) {
	for _, s := range []string{"", "金水湾小区3号楼楼道堆放杂物", " a \n\t b ", "😀😀😀😀", "\xff\xfe", strings.Repeat("乱", 100)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, n := range []int{1, 5, 30} {
			got := report.Short(s, n)
			if utf8.RuneCountInString(got) > n || strings.ContainsAny(got, "\n\r\t") || strings.TrimSpace(got) != got {
				t.Errorf("Short(%q, %d) = %q", s, n, got)
			}
			if report.Short(got, n) != got {
				t.Errorf("Short(%q, %d) = %q is not short enough for itself", s, n, got)
			}
		}
	})
}
