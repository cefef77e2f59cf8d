package files

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"duban/internal/document"
)

// TestBulletinSheet: beside the document there is a spreadsheet with its lists; numbers are numbers there, names stay names.
func TestBulletinSheet(t *testing.T) {
	c := newCounty(t)
	b := document.Bulletin{
		Title: "关于11月16日至22日创城问题整改情况的通报", Date: c.start, Draft: true,
		Groups: []document.Group{
			{Name: "街道", Rows: []document.Rank{{Unit: "110", Rank: 1, Last: 2, Score: "92.30", Entering: 12, OnTime: 11, Overdue: 1}, {Unit: "临湖街道"}}},
			{Name: "部门", Rows: []document.Rank{{Unit: "住建局", Entering: 1}}},
		},
		Units: []document.Unit{{Name: "昭阳街道", Places: []document.Place{{Name: "金水湾小区", Items: []document.Item{
			{Issue: 17, Text: "=1+1", Overdue: 3, Returns: 2}, {Text: "楼道堆物"},
		}}}}},
		Setbacks: []document.Setback{{Kind: document.Relapse, Unit: "住建局", Place: "红星中路", Text: "#5 路灯不亮"}},
	}
	recipe, err := Spec{Name: "创城通报〔2026〕9号", Bulletin: &b}.Recipe()
	if err != nil {
		t.Fatal(err)
	}
	made, err := c.Make(t.Context(), time.Time{}, recipe, t.TempDir())
	if err != nil || len(made) != 2 || made[1].Name != "创城通报〔2026〕9号.xlsx" || !strings.HasSuffix(made[0].Name, ".docx") {
		t.Fatalf("%+v, %v", made, err)
	}
	f, err := excelize.OpenFile(made[1].Path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	title := func(sheet string) []string {
		return []string{"关于11月16日至22日创城问题整改情况的通报（" + sheet + "）（征求意见稿）"}
	}
	ranking := []string{"名次", "单位", "得分", "应处置", "按期", "超期", "较上期"}
	for sheet, want := range map[string][][]string{
		"街道":      {ranking, {"1", "110", "92.30", "12", "11", "1", "↑1"}, {"—", "临湖街道", "无应处置", "0", "0", "0", "—"}},
		"部门":      {ranking, {"—", "住建局", "样本不足", "1", "0", "0", "—"}},
		"突出问题":    {{"单位", "点位", "编号", "问题", "超期天数", "退回次数"}, {"昭阳街道", "金水湾小区", "17", "=1+1", "3", "2"}, {"昭阳街道", "金水湾小区", "", "楼道堆物", "0", "0"}},
		"反弹和虚假整改": {{"类型", "单位", "点位", "问题"}, {"反弹", "住建局", "红星中路", "#5 路灯不亮"}},
	} {
		got, err := f.GetRows(sheet)
		if diff := cmp.Diff(slices.Insert(want, 0, title(sheet)), got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", sheet, err, diff)
		}
	}
	for cell, want := range map[string]excelize.CellType{"A3": excelize.CellTypeNumber, "C3": excelize.CellTypeNumber, "B3": excelize.CellTypeInlineString} {
		got, err := f.GetCellType("街道", cell)
		if number := got == excelize.CellTypeNumber || got == excelize.CellTypeUnset; number != (want == excelize.CellTypeNumber) || err != nil {
			t.Errorf("%s is of type %d, %v", cell, got, err)
		}
	}
	for cell, want := range map[string]bool{"E3": true, "E4": false} {
		id, err := f.GetCellStyle("突出问题", cell)
		if err != nil {
			t.Fatal(err)
		}
		style, err := f.GetStyle(id)
		if red := err == nil && style.Font != nil && style.Font.Color != ""; red != want {
			t.Errorf("%s is red: %t, %v", cell, red, err)
		}
	}
	if formula, _ := f.GetCellFormula("突出问题", "D3"); formula != "" {
		t.Errorf("a formula: %s", formula)
	}
}

// TestBulletinWithoutLists: a spreadsheet of nothing is not made.
func TestBulletinWithoutLists(t *testing.T) {
	c := newCounty(t)
	made, err := c.Files(t.Context(), c.start, Spec{Name: "通报", Bulletin: &document.Bulletin{Title: "通报", Overview: "没有问题"}}, t.TempDir())
	if err != nil || len(made) != 1 {
		t.Errorf("%+v, %v", made, err)
	}
}
