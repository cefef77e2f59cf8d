package sheet

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// A form stays in view by its head, explains its columns, offers words without refusing others, and takes everything as text.
func TestWriteForms(t *testing.T) {
	var b bytes.Buffer
	err := WriteForms(&b, "登记表", []string{"# 怎样填", "一行一个。"}, []Form{
		{
			Sheet: "单位", Title: "责任单位", Advice: "红字必填", Examples: [][]string{{"示例", "甲"}}, Rows: [][]string{{"=1+1", "001"}},
			Columns: []FormColumn{
				{Head: "名称", Required: true, Width: 20, Note: "全称。"}, {Head: "联络员", Width: 10, From: "人员!姓名"}, {Head: "分组", Width: 10, Choices: []string{"街道", "部门"}},
			},
		},
		{Sheet: "人员", Columns: []FormColumn{{Head: "编号", Width: 8}, {Head: "姓名", Width: 8}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := strings.Join(f.GetSheetList(), " "); got != "说明 单位 人员" {
		t.Errorf("sheets: %s", got)
	}
	rows, err := f.GetRows("单位")
	if err != nil || len(rows) < 5 || strings.Join(rows[2], " ") != "名称 联络员 分组" || strings.Join(rows[3], " ") != "示例 甲" || strings.Join(rows[4], " ") != "=1+1 001" {
		t.Errorf("%v %q", err, rows)
	}
	if formula, err := f.GetCellFormula("单位", "A5"); formula != "" || err != nil {
		t.Errorf("a text became the formula %q, %v", formula, err)
	}
	panes, err := f.GetPanes("单位")
	if err != nil || !panes.Freeze || panes.YSplit != 3 || panes.XSplit != 1 {
		t.Errorf("panes %+v, %v", panes, err)
	}
	notes, err := f.GetComments("单位")
	if err != nil || len(notes) != 1 || notes[0].Cell != "A3" || !strings.Contains(notes[0].Text+notes[0].Paragraph[0].Text, "必填。全称。") {
		t.Errorf("notes %+v, %v", notes, err)
	}
	offers, err := f.GetDataValidations("单位")
	if err != nil || len(offers) != 2 {
		t.Fatalf("drop-downs %+v, %v", offers, err)
	}
	for i, want := range []string{"'人员'!$B$4:$B$3000", "街道,部门"} {
		if got := strings.Trim(offers[i].Formula1, `"`); got != want || offers[i].ShowErrorMessage || offers[i].Type != "list" {
			t.Errorf("drop-down %d: %s, want %s; refuses others: %v", i, got, want, offers[i].ShowErrorMessage)
		}
	}
}

func TestWriteFormsOffersWhatIsThere(t *testing.T) {
	err := WriteForms(&bytes.Buffer{}, "x", nil, []Form{{Sheet: "甲", Columns: []FormColumn{{Head: "a", Width: 9, From: "乙!b"}}}})
	if err == nil || !strings.Contains(err.Error(), "乙!b") {
		t.Errorf("got %v", err)
	}
}
