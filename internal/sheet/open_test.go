package sheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"duban/internal/issue"
)

// book makes a workbook of one sheet.
func book(t testing.TB, do func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	do(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func setRows(t testing.TB, f *excelize.File, sheet string, rows ...[]any) {
	t.Helper()
	for n, row := range rows {
		if err := f.SetSheetRow(sheet, fmt.Sprintf("A%d", n+1), &row); err != nil {
			t.Fatal(err)
		}
	}
}

func readAll(t testing.TB, w *Workbook, sheet string) (out []Line) {
	t.Helper()
	for l, err := range w.Lines(sheet) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, l)
	}
	return out
}

func TestOpenWorkbook(t *testing.T) {
	data := book(t, func(f *excelize.File) {
		setRows(t, f, "Sheet1", []any{"县模拟测评反馈"}, []any{"序号", "点位", "问题"}, []any{1, "金水湾", "垃圾"}, []any{2, nil, "积水"}, []any{3, nil, "乱停"},
			[]any{4, "红星路", 0.5})
		must(t, f.MergeCell("Sheet1", "A1", "C1"))
		must(t, f.MergeCell("Sheet1", "B3", "B5"))
		must(t, f.SetRowVisible("Sheet1", 4, false))
		_, err := f.NewSheet("说明")
		must(t, err)
		_, err = f.NewSheet("字典")
		must(t, err)
		must(t, f.SetSheetVisible("字典", false))
		must(t, f.SetCellValue("Sheet1", "D6", time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)))
	})
	w, err := OpenWorkbook(data)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if d := cmp.Diff([]string{"Sheet1", "说明"}, w.Sheets()); d != "" {
		t.Error(d)
	}
	want := []Line{
		{Number: 1, Fields: []string{"县模拟测评反馈"}},
		{Number: 2, Fields: []string{"序号", "点位", "问题"}},
		{Number: 3, Fields: []string{"1", "金水湾", "垃圾"}},
		{Number: 4, Hidden: true, Fields: []string{"2", "金水湾", "积水"}},
		{Number: 5, Fields: []string{"3", "金水湾", "乱停"}},
		{Number: 6, Fields: []string{"4", "红星路", "0.5", "46349"}},
	}
	if d := cmp.Diff(want, readAll(t, w, "Sheet1")); d != "" {
		t.Error(d)
	}
	if at, ok := w.Date("46349"); !ok || at.Format(time.DateOnly) != "2026-11-23" {
		t.Errorf("Date: %v %v", at, ok)
	}
	for _, s := range []string{"3", "", "NaN", "1e300", "-5", "昨天"} {
		if at, ok := w.Date(s); ok {
			t.Errorf("Date(%q) = %v", s, at)
		}
	}
	if w.Pictures {
		t.Error("pictures where there are none")
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestOpenFrom1904 reads a workbook of an old Macintosh.
func TestOpenFrom1904(t *testing.T) {
	yes := true
	w, err := OpenWorkbook(book(t, func(f *excelize.File) { must(t, f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes})) }))
	must(t, err)
	if at, ok := w.Date("44887"); !ok || at.Format(time.DateOnly) != "2026-11-23" {
		t.Errorf("Date: %v %v", at, ok)
	}
}

func TestOpenText(t *testing.T) {
	const text = "点位,问题\r\n\r\n金水湾,\"一,\r\n二\"\r\n红星路,积水\r\n"
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(text)
	must(t, err)
	for name, data := range map[string]string{
		"utf8": text, "bom": "\xEF\xBB\xBF" + text, "gbk": gbk,
		"utf16": "\xFF\xFE" + string(wide(strings.ReplaceAll(text, ",", "\t"))[:]),
	} {
		w, err := OpenWorkbook([]byte(data))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		inner := "一,\n二"
		if name == "utf16" {
			inner = "一\t\n二"
		}
		want := []Line{{Number: 1, Fields: []string{"点位", "问题"}}, {Number: 2}, {Number: 3, Fields: []string{"金水湾", inner}}, {Number: 4, Fields: []string{"红星路", "积水"}}}
		if d := cmp.Diff(want, readAll(t, w, "")); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// zipped makes an archive of parts; long ones are packed.
func zipped(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range parts {
		h := zip.FileHeader{Name: name}
		if len(text) > 1<<20 {
			h.Method = zip.Deflate
		}
		w, err := z.CreateHeader(&h)
		must(t, err)
		_, err = w.Write([]byte(text))
		must(t, err)
	}
	must(t, z.Close())
	return b.Bytes()
}

// altered changes one part of a workbook.
func altered(t testing.TB, data []byte, part string, change func(string) string) []byte {
	t.Helper()
	parts := partsOf(t, data)
	before := parts[part]
	if parts[part] = change(before); parts[part] == before {
		t.Fatalf("%s is not changed", part)
	}
	return zipped(t, parts)
}

func partsOf(t testing.TB, data []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	must(t, err)
	parts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		must(t, err)
		var b bytes.Buffer
		_, err = b.ReadFrom(r)
		must(t, err)
		parts[f.Name] = b.String()
	}
	return parts
}

func TestOpenRefuses(t *testing.T) {
	good := book(t, func(f *excelize.File) {
		setRows(t, f, "Sheet1", []any{"点位", "问题"}, []any{"金水湾", "垃圾"})
	})
	ole := "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"
	var locked bytes.Buffer
	f := excelize.NewFile()
	must(t, f.Write(&locked, excelize.Options{Password: "创城2026"}))
	const xls, harm, big = "这是旧版的 .xls 表格，读不了。" + saveAs, "表格打不开，可能没有传完整或已经损坏。" + saveAs, "表格太大（文件最大 20 MB）。请删掉图片和用不到的工作表，或分成几个文件再发"
	for name, c := range map[string]struct{ data, want string }{
		"empty":     {"", "这个文件是空的。请重新发一次"},
		"xls":       {ole + strings.Repeat("\x00", 600) + string(wide("Workbook")), xls},
		"et of WPS": {ole + strings.Repeat("\x00", 600), xls},
		"biff":      {"\x09\x08\x10\x00\x00\x06", xls},
		"doc":       {ole + string(wide("WordDocument")), "这是旧版的 Word 文件，不是表格。请发 .xlsx 表格"},
		"password":  {locked.String(), "表格设了密码，读不了。请取消密码后另存再发"},
		"half":      {string(good[:len(good)/2]), harm},
		"cut":       {string(good[:len(good)-1]), harm},
		"page":      {"\n<html><table><tr><td>1</td></tr></table>", "这是网页格式的表格（系统导出的 .xls 常是这样），读不了。" + saveAs},
		"pdf":       {"%PDF-1.7", "这是 PDF 文件，不是表格。请发 .xlsx 表格"},
		"picture":   {"\xFF\xD8\xFF\xE0", "这是图片，不是表格。请发 .xlsx 表格"},
		"rar":       {"Rar!\x1A\x07", "这是压缩包。请解压后发里面的 .xlsx 表格"},
		"zip":       {string(zipped(t, map[string]string{"反馈.xlsx": string(good)})), "这是压缩包。请解压后发里面的 .xlsx 表格"},
		"docx":      {string(zipped(t, map[string]string{"[Content_Types].xml": "", "word/document.xml": ""})), "这是 Word 文件，不是表格。请发 .xlsx 表格"},
		"ods":       {string(zipped(t, map[string]string{"mimetype": "", "content.xml": ""})), "这是 .ods 表格，读不了。" + saveAs},
		"noise":     {strings.Repeat("\x01\x00\xFF\xFB", 100), "这个文件不是表格。请发 .xlsx 表格"},
		"20 MB":     {strings.Repeat(" ", MaxFile+1), big},
		"bomb": {string(altered(t, good, "xl/worksheets/sheet1.xml", func(s string) string {
			return strings.Replace(s, "<sheetData>", "<sheetData>"+strings.Repeat(" ", maxPart), 1)
		})), big},
		"many cells": {string(altered(t, good, "xl/worksheets/sheet1.xml", func(s string) string {
			return strings.Replace(s, "</row>", strings.Repeat("<c/>", maxCells)+"</row>", 1)
		})), big},
		"broken sheet": {string(altered(t, good, "xl/worksheets/sheet1.xml", func(s string) string {
			return s[:strings.LastIndex(s, "<row")]
		})), harm},
		"broken words": {string(altered(t, good, "xl/sharedStrings.xml", func(s string) string { return s[:len(s)-8] })), harm},
		"lost sheet":   {string(altered(t, good, "xl/_rels/workbook.xml.rels", func(s string) string { return strings.ReplaceAll(s, "sheet1.xml", "sheet9.xml") })), harm},
	} {
		w, err := OpenWorkbook([]byte(c.data))
		if e, ok := issue.AsError(err); !ok || e.Error() != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if err == nil {
			w.Close()
		}
	}
}

// readable reads a file to its end, or checks that it is refused in words.
func readable(t *testing.T, data []byte) {
	t.Helper()
	w, err := OpenWorkbook(data)
	if err != nil {
		if _, ok := issue.AsError(err); !ok {
			t.Fatal(err)
		}
		return
	}
	defer w.Close()
	for _, name := range w.Sheets() {
		last := 0
		for l, err := range w.Lines(name) {
			if err != nil {
				if _, ok := issue.AsError(err); !ok {
					t.Fatal(err)
				}
				break
			}
			if l.Number <= last || len(l.Fields) > maxColumns {
				t.Fatalf("line %d after %d, %d fields", l.Number, last, len(l.Fields))
			}
			last = l.Number
		}
	}
}

// FuzzOpenWorkbook: any file is either read to its end or refused in words; nothing panics.
func FuzzOpenWorkbook(f *testing.F) {
	f.Add(book(f, func(b *excelize.File) {
		setRows(f, b, "Sheet1", []any{"点位", "问题"}, []any{"金水湾", "垃圾"})
	}))
	f.Add([]byte("点位,问题\n金水湾,\"一\n二\"\n"))
	f.Add([]byte("\xFF\xFE1\x00,\x002\x00"))
	f.Fuzz(readable)
}

// FuzzWorksheet: the same for what stands in the parts of a workbook.
func FuzzWorksheet(f *testing.F) {
	good := partsOf(f, book(f, func(b *excelize.File) {
		setRows(f, b, "Sheet1", []any{"点位", "问题"}, []any{"金水湾", "垃圾"})
	}))
	const begin, end = `<worksheet><sheetData>`, `</sheetData><mergeCells><mergeCell ref="A1:B9"/></mergeCells></worksheet>`
	f.Add(begin+`<row r="1" hidden="1"><c r="A1" t="s"><v>0</v></c><c t="inlineStr"><is><t>x</t></is></c></row>`+end, `<sst><si><t>点位</t></si></sst>`)
	f.Add(begin+`<row r="5"/><row r="2"><c r="XFD2"><v>1e5</v></c></row><row><c t="s"><v>-1</v></c><c><f>A1</f></c></row>`+end, `<sst/>`)
	f.Fuzz(func(t *testing.T, sheet, words string) {
		mine := maps.Clone(good)
		mine["xl/worksheets/sheet1.xml"], mine["xl/sharedStrings.xml"] = sheet, words
		readable(t, zipped(t, mine))
	})
}
