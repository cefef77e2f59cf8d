package sheet

import (
	"bytes"
	"encoding/xml"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

type anchor struct {
	From corner `xml:"from"`
	To   corner `xml:"to"`
}

type corner struct {
	Col    int `xml:"col"`
	Row    int `xml:"row"`
	RowOff int `xml:"rowOff"` // 12,700 a point
}

// anchors are where the pictures of a file lie.
func anchors(t *testing.T, f *excelize.File) (out []anchor) {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	for name, part := range parts(t, b.Bytes()) {
		if strings.HasPrefix(name, "xl/drawings/drawing") {
			var drawing struct {
				Anchors []anchor `xml:"twoCellAnchor"`
			}
			if err := xml.Unmarshal([]byte(part), &drawing); err != nil {
				t.Fatal(err)
			}
			out = append(out, drawing.Anchors...)
		}
	}
	return out
}

func tables(t *testing.T, list ...Table) *excelize.File {
	t.Helper()
	var b bytes.Buffer
	if err := WriteTables(&b, list); err != nil {
		t.Fatal(err)
	}
	return read(t, &b)
}

func TestTables(t *testing.T) {
	list := sampleTables()
	f := tables(t, list...)
	if diff := cmp.Diff([]string{"街道排名", "逾期_通报"}, f.GetSheetList()); diff != "" {
		t.Fatal(diff)
	}
	want := [][]string{
		{"昭阳县创城工作街道排名（2026年11月）"},
		{"名次", "单位", "得分", "应处置", "按时", "返工", "更新时间"},
		{"1", "昭阳街道", "98.30", "40", "38", "0", "2026-11-25 17:30"},
		{"2", "东城街道", "96.00", "40", "37", "1", "2026-11-25 17:30"},
		{"3", "西关街道", "92.33", "40", "36", "2", "2026-11-25 17:30"},
		{"4", "南岭镇", "88.10", "40", "35", "3", "2026-11-25 17:30"},
		{"5", "北河镇", "71.05", "40", "34", "4", "2026-11-25 17:30"},
	}
	if diff := cmp.Diff(want, shown(t, f, "街道排名")); diff != "" {
		t.Error(diff)
	}
	if raw, _ := f.GetCellValue("街道排名", "C3", excelize.Options{RawCellValue: true}); raw != "98.3" {
		t.Errorf("a decimal is %q", raw)
	}
	if s := styleOf(t, f, "街道排名", "B3"); !s.Font.Bold || s.Font.Color == red {
		t.Errorf("bold: %+v", s.Font)
	}
	if s := styleOf(t, f, "街道排名", "C7"); !s.Font.Bold || s.Font.Color != red {
		t.Errorf("bold and red: %+v", s.Font)
	}
	if s := styleOf(t, f, "街道排名", "B4"); s.Font.Bold || s.Alignment.Horizontal != "center" {
		t.Errorf("plain: %+v", s)
	}
	if s := styleOf(t, f, "逾期_通报", "B3"); s.Alignment.Horizontal == "center" {
		t.Error("sentences are centred")
	}
	if merged, _ := f.GetMergeCells("街道排名"); len(merged) != 1 || merged[0].GetEndAxis() != "G1" {
		t.Errorf("the title does not stand above the table: %v", merged)
	}
}

func TestTablesPrint(t *testing.T) {
	f := tables(t, Table{Sheet: "甲", Title: "排名", Head: []string{"单位", "问题"}, Rows: [][]Cell{{Text("住房和城乡建设局"), Text(strings.Repeat("长", 60)), Int(1)}}}, Table{Sheet: "乙", Head: []string{"责任单位名称"}})
	refers := map[string]string{}
	for _, d := range f.GetDefinedName() {
		refers[d.Scope] = d.RefersTo
	}
	if diff := cmp.Diff(map[string]string{"甲": "'甲'!$2:$2", "乙": "'乙'!$1:$1"}, refers); diff != "" {
		t.Error(diff)
	}
	for sheet, top := range map[string]int{"甲": 2, "乙": 1} {
		layout, err := f.GetPageLayout(sheet)
		if err != nil || *layout.Size != paperA4 || *layout.Orientation != "landscape" || *layout.FitToWidth != 1 || *layout.FitToHeight != 0 {
			t.Errorf("%s: %+v, %v", sheet, layout, err)
		}
		if panes, err := f.GetPanes(sheet); err != nil || !panes.Freeze || panes.XSplit != 0 || panes.YSplit != top {
			t.Errorf("%s: %+v, %v", sheet, panes, err)
		}
	}
	for column, want := range map[string]float64{"A": 19, "B": widest, "C": narrowest} {
		if got, _ := f.GetColWidth("甲", column); got != want {
			t.Errorf("column %s is %v wide, want %v", column, got, want)
		}
	}
	if got, _ := f.GetColWidth("乙", "A"); got != 15 {
		t.Errorf("a column without rows is %v wide, its head 12", got)
	}
	if h, _ := f.GetRowHeight("甲", 3); h != rowHeight+2*lineHeight {
		t.Errorf("the row of three lines is %v high", h)
	}
	if err := WriteTables(&bytes.Buffer{}, nil); !errors.Is(err, errNoTable) {
		t.Errorf("no table: %v", err)
	}
	if err := WriteTables(fullDisk{}, sampleTables()); !errors.Is(err, errDisk) {
		t.Errorf("a full disk: %v", err)
	}
}

func TestTablesAreCleaned(t *testing.T) {
	table := Table{Sheet: "甲", Title: "排\x00名", Head: []string{"单\x00位"}, Rows: [][]Cell{{Text("昭阳\x00街道")}}}
	if diff := cmp.Diff([][]string{{"排名"}, {"单位"}, {"昭阳街道"}}, shown(t, tables(t, table), "甲")); diff != "" {
		t.Error(diff)
	}
	if table.Rows[0][0] != Text("昭阳\x00街道") {
		t.Error("the caller's cells were altered")
	}
}

func TestDecimal(t *testing.T) {
	for in, want := range map[string]kind{
		"92.30": decimal, "-0.5": decimal, "0": decimal, "100": decimal, "123456789012.345": decimal,
		"": text, "-": text, ".5": text, "5.": text, "1e3": text, "+1": text, "1.2.3": text, "0x1p1": text, "NaN": text, "12,5": text,
		"1234567890123.456": text, "样本不足": text,
	} {
		if got := Decimal(in); got.kind != want || got.String() != in {
			t.Errorf("%q is of kind %d and shows %q", in, got.kind, got)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.StringMatching(`-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,5})?`).Draw(rt, "decimal")
		f := tables(t, Table{Sheet: "甲", Head: []string{"得分"}, Rows: [][]Cell{{Decimal(s)}}})
		got, err := f.GetCellValue("甲", "A2")
		if err != nil || got != s && (strings.Trim(s, "-0.") != "" || got != strings.TrimPrefix(s, "-")) {
			rt.Fatalf("%s shows as %s (%v)", s, got, err)
		}
	})
}

func TestTimesAreLocal(t *testing.T) {
	at := time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC)
	for want, c := range map[string]Cell{"2027-01-01 00:00": Time(at, zone), "2026-12-31 23:59": Until(at, zone), "": Until(time.Time{}, zone)} {
		f := tables(t, Table{Sheet: "甲", Head: []string{"时间"}, Rows: [][]Cell{{c}}})
		if got, _ := f.GetCellValue("甲", "A2"); got != want || c.String() != want {
			t.Errorf("shows %s and %s, want %s", got, c, want)
		}
	}
}

func TestSheetNames(t *testing.T) {
	long := strings.Repeat("长", 40)
	in := []string{"乙", "Sheet1", "sheet1", `a:b\c/d?e*f[g]h'`, "", "", long, long, "👍" + long[3:]}
	var list []Table
	for _, name := range in {
		list = append(list, Table{Sheet: name, Head: []string{name}, Rows: [][]Cell{{Text(name)}}})
	}
	want := []string{"乙", "Sheet1", "sheet1(2)", "a_b_c_d_e_f_g_h_", "表", "表(2)", long[:93], long[:84] + "(2)", "👍" + long[:87]}
	f := tables(t, list...)
	if diff := cmp.Diff(want, f.GetSheetList()); diff != "" {
		t.Error(diff)
	}
	for n, name := range want {
		if got, _ := f.GetCellValue(name, "A2"); got != in[n] {
			t.Errorf("%s holds %q", name, got)
		}
	}
}

func TestAnySheetName(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		names := rapid.SliceOfN(anyText(), 1, 4).Draw(rt, "names")
		var list []Table
		for _, name := range names {
			list = append(list, Table{Sheet: name, Title: name, Head: []string{name}})
		}
		var b bytes.Buffer
		if err := WriteTables(&b, list); err != nil {
			rt.Fatal(err)
		}
		if got := read(t, &b).GetSheetList(); len(got) != len(names) {
			rt.Fatalf("%q became %q", names, got)
		}
	})
}
