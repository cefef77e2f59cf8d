package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"duban/internal/issue"
)

var formulas = []string{
	"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "=HYPERLINK(\"http://example.com\",\"点我\")", "=cmd|' /C calc'!A0", "＝1+1", "＋1", "－1", "＠SUM", "　=1",
}

// wordy is a row that says s wherever it can.
func wordy(s string) Row {
	return Row{
		ID: 1, Status: issue.Status(s), Place: s, PlaceKind: s, Category: s, Text: s, Source: s, Unit: s, Person: s, Measure: s, Review: s, Reporter: s, Note: s,
	}
}

// parts are the files inside of a spreadsheet.
func parts(t *testing.T, data []byte) map[string]string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(b)
	}
	return out
}

func TestNoFormulas(t *testing.T) {
	var rows []Row
	table := Table{Sheet: "=1+1", Title: "=1+1", Head: formulas}
	for _, s := range formulas {
		rows = append(rows, wordy(s))
		table.Rows = append(table.Rows, []Cell{Text(s), Decimal(s)})
	}
	var ledger, tables bytes.Buffer
	evil := Info{Title: "=1+1", Period: "=1", Filter: "@SUM", Zone: zone}
	if _, err := WriteLedger(&ledger, evil, of(rows, nil), Options{}); err != nil {
		t.Fatal(err)
	}
	if err := WriteTables(&tables, []Table{table}); err != nil {
		t.Fatal(err)
	}
	for _, data := range [][]byte{ledger.Bytes(), tables.Bytes()} {
		for name, part := range parts(t, data) {
			if strings.HasPrefix(name, "xl/worksheets/") && (strings.Contains(part, "<f>") || strings.Contains(part, "<f ") || strings.Contains(part, "hyperlink")) {
				t.Errorf("%s has a formula or a link", name)
			}
		}
	}
	f := read(t, &ledger)
	for n, s := range formulas {
		cell, _ := excelize.CoordinatesToCellName(6, n+4)
		if kind, _ := f.GetCellType("全部", cell); kind != excelize.CellTypeInlineString {
			t.Errorf("%q is a cell of type %d", s, kind)
		}
		if got, _ := f.GetCellValue("全部", cell); got != clean(s) {
			t.Errorf("%q became %q", s, got)
		}
		if format := styleOf(t, f, "全部", cell).CustomNumFmt; format == nil || *format != "@" {
			t.Errorf("%q would become a formula when it is edited", s)
		}
	}
}

func TestCSV(t *testing.T) {
	rows := []Row{full, {ID: 18, Status: issue.Reported, Text: `他说"好"，` + "再看"}}
	for _, s := range formulas {
		rows = append(rows, wordy(s))
	}
	var b bytes.Buffer
	if n, err := WriteCSV(&b, info, of(rows, nil), Options{}); n != len(rows) || err != nil {
		t.Fatal(n, err)
	}
	data, marked := strings.CutPrefix(b.String(), "\xEF\xBB\xBF")
	if !marked {
		t.Error("no byte order mark: Excel would read it as GBK")
	}
	if strings.Count(data, "\n") != strings.Count(data, "\r\n") {
		t.Error("a line ends without CR LF")
	}
	got, err := csv.NewReader(strings.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	second := make([]string, len(heads))
	second[0], second[5], second[10], second[11], second[17], second[18], second[19] = "18", `他说"好"，再看`, "待派单", "否", "0", "0", "0"
	if diff := cmp.Diff([][]string{heads, fullCells, second}, got[:3]); diff != "" {
		t.Error(diff)
	}
	for n, record := range got[3:] {
		for column, field := range record {
			if first, _ := utf8.DecodeRuneInString(strings.TrimLeft(field, " \r\n\t　")); strings.ContainsRune("=+-@＝＋－＠", first) {
				t.Errorf("%q in column %d is a formula: %q", formulas[n], column, field)
			}
		}
		if want := "'" + clean(formulas[n]); record[5] != want {
			t.Errorf("%q became %q", formulas[n], record[5])
		}
	}
}

// Nobody must take a file for complete whose rows ended with an error.
func TestBrokenFilesShow(t *testing.T) {
	var b bytes.Buffer
	if _, err := WriteCSV(&b, info, of([]Row{full}, io.ErrUnexpectedEOF), Options{}); err == nil {
		t.Fatal("no error")
	}
	if !strings.HasSuffix(b.String(), "\r\n导出中断，以上不完整，请重新导出\r\n") {
		t.Errorf("the CSV looks complete: %s", b.String())
	}
	b.Reset()
	if _, err := WriteJSON(&b, info, of([]Row{full}, io.ErrUnexpectedEOF), Options{}); err == nil {
		t.Fatal("no error")
	}
	if json.Valid(b.Bytes()) || !strings.Contains(b.String(), "金水湾小区") {
		t.Errorf("the JSON looks complete: %s", b.String())
	}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if n, err := WriteJSON(&b, info, of([]Row{full, {ID: 18, Status: issue.Reported, Text: "=1+1"}}, nil), Options{}); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	var got []map[string]any
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{
		{
			"id": 17.0, "reported_at": "2026-11-23T09:05:00+08:00", "place": "金水湾小区", "place_kind": "居民小区", "category": "楼道", "text": full.Text,
			"source": "督查", "unit": "昭阳街道", "person": "李强", "due": "2026-11-25T00:00:00+08:00", "status": "closed", "status_text": "已销号",
			"overdue": true, "late_minutes": 3065.0, "measure": "已清理", "done_at": "2026-11-27T03:05:00+08:00", "review": "通过（王芳）",
			"closed_at": "2026-11-27T07:59:00+08:00", "returns": 1.0, "relapses": 2.0, "extensions": 3.0, "reporter": "张三", "note": "协办 #18",
		},
		{
			"id": 18.0, "place": "", "place_kind": "", "category": "", "text": "=1+1", "source": "", "unit": "", "person": "", "status": "reported",
			"status_text": "待派单", "overdue": false, "late_minutes": 0.0, "measure": "", "review": "", "returns": 0.0, "relapses": 0.0, "extensions": 0.0,
			"reporter": "", "note": "",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	b.Reset()
	if _, err := WriteJSON(&b, info, of(nil, nil), Options{}); err != nil || b.String() != "[]\n" {
		t.Errorf("nothing is %q, %v", b.String(), err)
	}
}

func TestClean(t *testing.T) {
	long := strings.Repeat("路", maxText)
	for in, want := range map[string]string{
		"楼道\x00\x07\x1b堆\u0085放": "楼道堆放",
		"一\r\n二\r三\t四":           "一\n二\n三 四",
		"gpj\u202Eexe\u2066":     "gpjexe",
		"a\uFFFE\uFFFFb":         "ab",
		"坏\xff字":                 "坏\uFFFD字",
		"👨\u200d👩":               "👨\u200d👩",
		long:                     long,
		long + "路":               long[:len(long)-3] + "…",
		long[3:] + "👍":           long[3:] + "…",
		long[6:] + "👍":           long[6:] + "👍",
	} {
		if got := clean(in); got != want {
			t.Errorf("%.30q became %.30q (%d bytes), want %.30q (%d)", in, got, len(got), want, len(want))
		}
	}
}

// anyText draws from everything that could do harm: all of Unicode, bytes that are none, and what spreadsheets escape.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
		rapid.Map(rapid.SliceOf(rapid.SampledFrom([]string{"_x0041_", "_x005F_", "_x000D_", "x", "<", "&", "]]>", "\"", "'", " ", "\n", "\r", "=", "路", "👍", "\uFFFE"})),
			func(s []string) string { return strings.Join(s, "") }),
	)
}

func TestAnyTextSurvives(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := anyText().Draw(rt, "text")
		want := clean(s)
		if len(utf16.Encode([]rune(want))) > maxText || clean(want) != want || !utf8.ValidString(want) {
			rt.Fatalf("cleaned to %q", want)
		}
		row := wordy(s)
		row.Status = issue.Working
		var b bytes.Buffer
		if _, err := WriteLedger(&b, Info{Title: s, Filter: s, Zone: zone}, of([]Row{row}, nil), Options{}); err != nil {
			rt.Fatal(err)
		}
		for name, part := range parts(t, b.Bytes()) {
			if strings.HasSuffix(name, ".xml") {
				checkXML(rt, name, part)
			}
		}
		f := read(t, &b)
		for _, cell := range []string{"C4", "F4", "N4", "V4"} {
			if got, err := f.GetCellValue("整改中", cell); err != nil || got != want {
				rt.Fatalf("%s is %q, want %q (%v)", cell, got, want, err)
			}
		}
		checkPlain(rt, row, want)
	})
}

func checkXML(t *rapid.T, name, part string) {
	dec := xml.NewDecoder(strings.NewReader(part))
	for {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func checkPlain(t *rapid.T, row Row, want string) {
	if formulaLike(want) {
		want = "'" + want
	}
	var b bytes.Buffer
	if _, err := WriteCSV(&b, info, of([]Row{row}, nil), Options{}); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), bom))).ReadAll()
	if err != nil || records[1][5] != want {
		t.Fatalf("CSV %q, want %q (%v)", records, want, err)
	}
	b.Reset()
	if _, err := WriteJSON(&b, info, of([]Row{row}, nil), Options{}); err != nil {
		t.Fatal(err)
	}
	var got []object
	// JSON says the text as it is, with the sign for what is no text in place of each byte that is none.
	if err := json.Unmarshal(b.Bytes(), &got); err != nil || got[0].Text != string([]rune(row.Text)) {
		t.Fatalf("JSON %s of %q (%v)", b.String(), row.Text, err)
	}
}
