package understand

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestReport(t *testing.T) {
	r := New(county(t), testCalendar(t))
	tests := []struct {
		name, text string
		want       Finding
		due        string
	}{
		{
			"place, problem", "金水湾小区3号楼楼道堆放杂物",
			Finding{Text: "金水湾小区3号楼楼道堆放杂物", Place: "金水湾小区", PlaceText: "金水湾小区3号楼楼道", Category: "小区管理"},
			"",
		},
		{
			"with a deadline at the end", "红星中路门口车辆乱停 今天处理",
			Finding{Text: "红星中路门口车辆乱停", Place: "红星中路", PlaceText: "红星中路门口", Category: "交通秩序"},
			"2026-11-24 00:00",
		},
		{
			"with a deadline in a sentence", "（2）红星中路站牌破损，请于明天下午5点前整改到位。",
			Finding{Text: "红星中路站牌破损", Place: "红星中路", PlaceText: "红星中路", Category: "公共设施"},
			"2026-11-24 17:00",
		},
		{
			"with a deadline in front", "明天下午5点前把红星中路的垃圾清走",
			Finding{Text: "明天下午5点前把红星中路的垃圾清走", Place: "红星中路", PlaceText: "红星中路", Category: "环境卫生"},
			"2026-11-24 17:00",
		},
		{
			"with a unit in brackets", "青云巷两侧机动车违停严重。（责任单位：县城市管理局）",
			Finding{Text: "青云巷两侧机动车违停严重", Place: "青云巷", PlaceText: "青云巷两侧", Category: "交通秩序", Unit: "chengguan"},
			"",
		},
		{
			"with a unit at the end", "红星中路路灯不亮。责任单位：县住建局",
			Finding{Text: "红星中路路灯不亮", Place: "红星中路", PlaceText: "红星中路", Category: "公共设施", Unit: "zhujian"},
			"",
		},
		{
			"with a unit asked to act", "红星中路路灯不亮，请住建局处理",
			Finding{Text: "红星中路路灯不亮，请住建局处理", Place: "红星中路", PlaceText: "红星中路", Category: "公共设施", Unit: "zhujian"},
			"",
		},
		{
			"a unit in the address is not named", "昭阳街道金水湾小区垃圾满溢",
			Finding{Text: "昭阳街道金水湾小区垃圾满溢", Place: "金水湾小区", PlaceText: "昭阳街道金水湾小区", Category: "环境卫生"},
			"",
		},
		{
			"a unit's gate is not named", "城管局门口垃圾满溢",
			Finding{Text: "城管局门口垃圾满溢", Category: "环境卫生"},
			"",
		},
		{
			"solved on the spot", "红星中路店外经营（现场督促店主已整改）",
			Finding{Text: "红星中路店外经营（现场督促店主已整改）", Place: "红星中路", PlaceText: "红星中路", Category: "市容秩序", OnTheSpot: true},
			"",
		},
		{
			"danger", "红星中路井盖松动，有安全隐患",
			Finding{Text: "红星中路井盖松动，有安全隐患", Place: "红星中路", PlaceText: "红星中路", Category: "公共设施", Danger: true},
			"",
		},
		{
			"two places", "解放路路面破损，去火车站的车都绕行",
			Finding{Text: "解放路路面破损，去火车站的车都绕行", Place: "解放路", PlaceText: "解放路", Candidates: []string{"火车站"}, Category: "公共设施"},
			"",
		},
		{"no place", "后厨冰柜：食品过期", Finding{Text: "后厨冰柜：食品过期", PlaceText: "后厨冰柜", Category: "食品安全"}, ""},
		{
			"several lines", "金水湾小区\n3号楼楼道堆放杂物\n",
			Finding{Text: "金水湾小区 3号楼楼道堆放杂物", Place: "金水湾小区", PlaceText: "金水湾小区", Category: "小区管理"},
			"",
		},
		{
			"somebody is called on first", "@李强 金水湾小区垃圾满溢",
			Finding{Text: "金水湾小区垃圾满溢", Place: "金水湾小区", PlaceText: "金水湾小区", Category: "环境卫生"},
			"",
		},
		{
			"people are called on last", "金水湾小区垃圾满溢 今天处理 @李强 @住建局",
			Finding{Text: "金水湾小区垃圾满溢", Place: "金水湾小区", PlaceText: "金水湾小区", Category: "环境卫生", Unit: "zhujian"},
			"2026-11-24 00:00",
		},
		{"nothing but people", "@李强 @王芳", Finding{Text: "@李强 @王芳", PlaceText: "@李强"}, ""},
		{"hardly more than a deadline", "乱停 今天处理", Finding{Text: "乱停 今天处理", Category: "交通秩序"}, "2026-11-24 00:00"},
		{"nothing", "", Finding{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := r.Report(tt.text, monday)
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(Finding{}, "When", "CategoryScore")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.text, diff)
			}
			due := ""
			if got.When != nil {
				due = got.When.At.Format("2006-01-02 15:04")
			}
			if due != tt.due {
				t.Errorf("%s: due %q, want %q", tt.text, due, tt.due)
			}
		})
	}
}

func TestOnTheSpot(t *testing.T) {
	for _, s := range []string{"（现场督促物业已整改）", "现场已清理", "已当场整改", "当场解决。", "占道经营，当场劝离", "现场整改完毕", "已现场劝离商贩"} {
		if !isOnTheSpot(Fold(s)) {
			t.Errorf("%s: not on the spot", s)
		}
	}
	for _, s := range []string{"第三次督导仍未整改", "现场未整改", "要求现场整改", "责令当场整改", "已要求物业现场整改", "施工现场垃圾多", "现场管理混乱", "现场已拒绝整改"} {
		if isOnTheSpot(Fold(s)) {
			t.Errorf("%s: on the spot", s)
		}
	}
}

func TestCategoryByName(t *testing.T) {
	r := New(county(t), testCalendar(t))
	tests := []struct {
		in, want string
		ok       bool
	}{
		{"环境卫生", "环境卫生", true}, {"卫生", "环境卫生", true}, {"消防", "消防安全", true}, {"其他", "其他", true}, {"垃圾", "环境卫生", true}, {"你好", "", false}, {"", "", false},
	}
	for _, tt := range tests {
		if got, ok := r.Category(tt.in); got != tt.want || ok != tt.ok {
			t.Errorf("Category(%q) = %q, %v, want %q", tt.in, got, ok, tt.want)
		}
	}
}

// The shipped keywords on short phrases of the field, each with the categories that an office would accept.
func TestCategoryOfPhrases(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "phrases.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	r := New(sampleRegister(t), testCalendar(t))
	count, wrong := 0, 0
	for line := range strings.Lines(string(data)) {
		text, want, _ := strings.Cut(strings.TrimSpace(line), "|")
		count++
		if got, _ := r.Category(text); !slices.Contains(strings.Fields(want), got) {
			wrong++
			t.Logf("%s: %q, want %s", text, got, want)
		}
	}
	if count < 200 || wrong*100 > count*3 {
		t.Errorf("%d of %d wrong", wrong, count)
	}
}

// Every category of the shipped file is complete enough to be used as it stands.
func TestShippedCategories(t *testing.T) {
	want := []string{"环境卫生", "市容秩序", "交通秩序", "公共设施", "园林绿化", "公益宣传", "小区管理", "消防安全", "食品安全", "水域环境", "其他"}
	var got []string
	for _, c := range shippedCategories(t) {
		got = append(got, c.Name)
		if c.Limit.IsZero() || c.Closing == "" || len(c.Keywords) < 30 {
			t.Errorf("%s: limit %q, closing %q, %d keywords", c.Name, c.Limit, c.Closing, len(c.Keywords))
		}
		seen := map[string]bool{}
		for _, k := range c.Keywords {
			if seen[k] || strings.TrimSpace(k) != k || strings.Trim(k, "~*") == "" {
				t.Errorf("%s: keyword %q is double or empty", c.Name, k)
			}
			seen[k] = true
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("categories (-want +got):\n%s", diff)
	}
}

func FuzzReport(f *testing.F) {
	for _, rows := range [][]row{readRows(f, "reports_sample.tsv"), readRows(f, "more_reports.tsv")} {
		for _, r := range rows {
			f.Add(r.text)
		}
	}
	for _, s := range []string{"责任单位：", "（责任单位：）", "1、", "金水湾小区今天", "((((", "\xff金水湾", "今天", "图①：責任單位:住建局。"} {
		f.Add(s)
	}
	r := New(county(f), testCalendar(f))
	cal := testCalendar(f)
	f.Fuzz(func(t *testing.T, s string) {
		got := r.Report(s, time.Date(2026, 11, 23, 10, 0, 0, 0, cal.Location()))
		folded := Fold(s)
		if w := got.When; w != nil && (w.Start < 0 || w.End > len(folded) || folded[w.Start:w.End] != w.Text) {
			t.Errorf("%q: deadline %+v", s, w)
		}
		for _, text := range []string{got.Text, got.PlaceText} {
			if !utf8.ValidString(text) || strings.ContainsAny(text, "\n") || utf8.RuneCountInString(text) > utf8.RuneCountInString(s) {
				t.Errorf("%q: text %q", s, text)
			}
		}
		if slices.Contains(got.Candidates, got.Place) {
			t.Errorf("%q: %q is place and candidate", s, got.Place)
		}
		if len(got.Near) > maxNear || got.Place != "" && len(got.Near) > 0 {
			t.Errorf("%q: place %q, near %q", s, got.Place, got.Near)
		}
	})
}
