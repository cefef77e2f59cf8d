package intake

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"duban/internal/issue"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// made makes a workbook.
func made(t testing.TB, do func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	do(f)
	var b bytes.Buffer
	must(t, f.Write(&b))
	return b.Bytes()
}

func put(t testing.TB, f *excelize.File, sheet string, rows ...[]any) {
	t.Helper()
	for n, row := range rows {
		cell, err := excelize.CoordinatesToCellName(1, n+1)
		must(t, err)
		must(t, f.SetSheetRow(sheet, cell, &row))
	}
}

// TestReadMessy reads a workbook as they really come: titles, a head of two rows, merged places, sums, hidden rows, several sheets.
func TestReadMessy(t *testing.T) {
	data := made(t, func(f *excelize.File) {
		put(t, f, "Sheet1",
			[]any{"××市模拟测评反馈表"},
			[]any{"填报单位：市文明办", nil, nil, nil, "2026年11月"},
			[]any{"序号", "问题情况", nil, nil, "责任落实", nil, "备  注"},
			[]any{nil, "测评\n点位", "存在问题（扣分点）", "扣 分", "牵头单位", "整改时限（工作日）"},
			[]any{1, "金水湾", "垃圾满溢", 0.5, "昭阳街道", 3, "已拍照"},
			[]any{2, nil, "楼道堆物", 0.5, "昭阳街道", "当日"},
			[]any{3, nil, "隐藏的", 0.5, "昭阳街道"},
			[]any{},
			[]any{"序号", "测评点位", "存在问题（扣分点）", "扣分", "牵头单位", "整改时限"},
			[]any{4, "南门菜场", "污水横流", 0.5, "昭阳街道", 46367},
			[]any{"合计", nil, nil, 2},
			[]any{"填表人：王某"},
		)
		must(t, f.MergeCell("Sheet1", "A1", "G1"))
		must(t, f.MergeCell("Sheet1", "A3", "A4"))
		must(t, f.MergeCell("Sheet1", "B3", "D3"))
		must(t, f.MergeCell("Sheet1", "G3", "G4"))
		must(t, f.MergeCell("Sheet1", "B5", "B7"))
		must(t, f.SetRowVisible("Sheet1", 7, false))
		for _, name := range []string{"说明", "背街小巷"} {
			_, err := f.NewSheet(name)
			must(t, err)
		}
		put(t, f, "说明", []any{"本表由市文明办提供"})
		put(t, f, "背街小巷", []any{"地点", "问题", "问题类型"}, []any{"槐树巷", "路灯不亮", "公共设施"})
	})
	s, err := Read("反馈.xlsx", data)
	must(t, err)
	want := []Row{
		{Sheet: "Sheet1", Line: 5, Place: "金水湾", Text: "垃圾满溢", Unit: "昭阳街道", Limit: "3工作日", Note: "已拍照"},
		{Sheet: "Sheet1", Line: 6, Place: "金水湾", Text: "楼道堆物", Unit: "昭阳街道", Limit: "当日"},
		{Sheet: "Sheet1", Line: 10, Place: "南门菜场", Text: "污水横流", Unit: "昭阳街道", Limit: "2026-12-11"},
		{Sheet: "背街小巷", Line: 2, Place: "槐树巷", Text: "路灯不亮", Category: "公共设施"},
	}
	if d := cmp.Diff(want, s.Rows); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]any{1, []string{"说明"}, []string{"扣分"}, false}, []any{s.Hidden, s.Unread, s.Unused, s.Pictures}); d != "" {
		t.Error(d)
	}
}

func TestReadRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"点位,责任单位\n金水湾,昭阳街道\n":                               "没找到表头。表里要有一行写着“问题描述”（或存在问题），最好还有点位、责任单位、整改时限",
		"点位,问题描述\n":                                         "表头下面没有内容。请检查后再发",
		"点位,问题描述\n" + strings.Repeat("金水湾,垃圾\n", MaxRows+1): "一次最多导入 10000 行。请分成几个文件再发",
		"": "这个文件是空的。请重新发一次",
	} {
		_, err := Read("x.csv", []byte(text))
		if e, ok := issue.AsError(err); !ok || e.Error() != want {
			t.Errorf("%.30q: %v, want %s", text, err, want)
		}
	}
	hidden := made(t, func(f *excelize.File) {
		put(t, f, "Sheet1", []any{"点位", "问题"}, []any{"金水湾", "垃圾"})
		must(t, f.SetRowVisible("Sheet1", 2, false))
	})
	if _, err := Read("x.xlsx", hidden); err == nil || err.Error() != "表里的行都隐藏了。请取消筛选或隐藏，保存后再发" {
		t.Errorf("hidden: %v", err)
	}
}

// TestExampleIsRead: what is given out to try the import with can be imported.
func TestExampleIsRead(t *testing.T) {
	data, err := Example("反馈问题清单", []string{"序号", "点位", "存在问题", "责任单位"}, [][]string{{"1", "金水湾", "=垃圾", "昭阳街道"}, {"合计", "", "1 处", ""}})
	must(t, err)
	s, err := Read("样例.xlsx", data)
	must(t, err)
	if d := cmp.Diff([]Row{{Line: 3, Place: "金水湾", Text: "=垃圾", Unit: "昭阳街道"}}, s.Rows); d != "" {
		t.Error(d)
	}
}

// FuzzRead: whatever a file holds, it is refused in words, or its rows stand where they say, below a head and within bounds.
func FuzzRead(f *testing.F) {
	f.Add([]byte("县反馈\n序号,点位,问题描述,整改时限\n1,金水湾,垃圾,3天\n合计,,,\n"))
	f.Add([]byte("点位;问题\n\n\"a\nb\";\"c\"\n"))
	f.Add([]byte("问题\n问题\n1\n"))
	f.Add(made(f, func(b *excelize.File) { put(f, b, "Sheet1", []any{"点位", "问题"}, []any{"金水湾", "垃圾"}) }))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Read("x.csv", data)
		if err != nil {
			if _, ok := issue.AsError(err); !ok {
				t.Fatal(err)
			}
			return
		}
		if len(s.Rows) == 0 || len(s.Rows) > MaxRows {
			t.Fatalf("%d rows", len(s.Rows))
		}
		last := map[string]int{}
		for _, r := range s.Rows {
			if r.Line <= last[r.Sheet] || r.Line < 2 {
				t.Fatalf("row %+v after %d", r, last[r.Sheet])
			}
			last[r.Sheet] = r.Line
		}
	})
}
