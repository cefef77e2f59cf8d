package sheet

import (
	"bytes"
	"errors"
	"image/color"
	"io"
	"iter"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"duban/internal/issue"
)

func utc(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return t
}

// of gives these rows and then, if there is one, the error.
func of(rows []Row, err error) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
		if err != nil && yield(Row{}, err) {
			panic("asked for more after an error")
		}
	}
}

// opened writes a ledger and opens it again.
func opened(t *testing.T, rows []Row, opt Options) *excelize.File {
	t.Helper()
	var b bytes.Buffer
	n, err := WriteLedger(&b, info, of(rows, nil), opt)
	if err != nil || n != len(rows) {
		t.Fatalf("WriteLedger: %d rows, %v", n, err)
	}
	return read(t, &b)
}

func read(t *testing.T, r io.Reader) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func shown(t *testing.T, f *excelize.File, sheet string) [][]string {
	t.Helper()
	rows, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// ids are the numbers in the first column below the head.
func ids(t *testing.T, f *excelize.File, sheet string) []string {
	t.Helper()
	var out []string
	for _, row := range shown(t, f, sheet)[3:] {
		out = append(out, row[0])
	}
	return out
}

var full = Row{
	ID: 17, ReportedAt: utc("2026-11-23 01:05"), Place: "金水湾小区", PlaceKind: "居民小区", Category: "楼道", Text: "3号楼楼道堆放杂物\n二层也有",
	Source: "督查", Unit: "昭阳街道", Person: "李强", Due: utc("2026-11-24 16:00"), Status: issue.Closed, Late: 51*time.Hour + 5*time.Minute + 9*time.Second,
	Measure: "已清理", DoneAt: utc("2026-11-26 19:05"), Review: "通过（王芳）", ClosedAt: utc("2026-11-26 23:59"), Returns: 1, Relapses: 2, Extensions: 3,
	Reporter: "张三", Note: "协办 #18",
}

var heads = strings.Fields("编号 上报时间 地点 点位类型 类别 问题描述 来源 责任单位 责任人 时限 状态 是否超期 超期时长 整改措施 完成时间 核查结果 销号时间 退回次数 反弹次数 延期次数 上报人 备注")

// fullCells is what the row full shows: UTC became local time, and a deadline at midnight belongs to the day that it ends.
var fullCells = []string{
	"17", "2026-11-23 09:05", "金水湾小区", "居民小区", "楼道", "3号楼楼道堆放杂物\n二层也有", "督查", "昭阳街道", "李强", "2026-11-24 23:59", "已销号", "是",
	"51小时05分", "已清理", "2026-11-27 03:05", "通过（王芳）", "2026-11-27 07:59", "1", "2", "3", "张三", "协办 #18",
}

func TestLedgerCells(t *testing.T) {
	f := opened(t, []Row{full}, Options{})
	want := [][]string{
		{"昭阳县创建全国文明城市问题台账"},
		{"时间范围：2026年1月至11月　筛选条件：全部单位　截至 2026-11-25 19:00"},
		heads, fullCells,
	}
	if diff := cmp.Diff(want, shown(t, f, "全部")); diff != "" {
		t.Error(diff)
	}
	want[0] = []string{"昭阳县创建全国文明城市问题台账（已销号）"}
	if diff := cmp.Diff(want, shown(t, f, "已销号")); diff != "" {
		t.Error(diff)
	}
}

// Dates, numbers and lengths of time are values that a spreadsheet can sort and add up.
func TestLedgerValues(t *testing.T) {
	f := opened(t, []Row{full}, Options{})
	for cell, want := range map[string]string{"A4": "17", "R4": "1", "B4": "46349.378472222219", "M4": "2.1284722222222223", "J4": "46350.999305555553"} {
		got, err := f.GetCellValue("全部", cell, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		if a, b := parse(t, got), parse(t, want); a-b > 1e-9 || b-a > 1e-9 {
			t.Errorf("%s is %s, want %s", cell, got, want)
		}
		if kind, _ := f.GetCellType("全部", cell); kind != excelize.CellTypeUnset {
			t.Errorf("%s is no number but of type %d", cell, kind)
		}
	}
	if format := styleOf(t, f, "全部", "B4").CustomNumFmt; format == nil || *format != "yyyy-mm-dd hh:mm" {
		t.Errorf("format of a time: %v", format)
	}
}

func parse(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func styleOf(t *testing.T, f *excelize.File, sheet, cell string) *excelize.Style {
	t.Helper()
	id, err := f.GetCellStyle(sheet, cell)
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.GetStyle(id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLedgerRed(t *testing.T) {
	inTime := full
	inTime.Late = 0
	f := opened(t, []Row{full, inTime}, Options{})
	for _, column := range []string{"A", "F", "J", "K", "L", "M"} {
		late := column == "J" || column == "L" || column == "M"
		if s := styleOf(t, f, "全部", column+"4"); (s.Font.Color == red) != late || s.Font.Bold != late {
			t.Errorf("%s4: colour %q, bold %v", column, s.Font.Color, s.Font.Bold)
		}
		if s := styleOf(t, f, "全部", column+"5"); s.Font.Color == red || s.Font.Bold {
			t.Errorf("%s5 is marked, and the issue was not late", column)
		}
	}
	if got := shown(t, f, "全部")[4][11:13]; !slices.Equal(got, []string{"否", ""}) {
		t.Errorf("in time: %q", got)
	}
	if kind, _ := f.GetCellType("全部", "M5"); kind != excelize.CellTypeUnset {
		t.Error("what is not there is an empty text: it would count as something")
	}
	if s := styleOf(t, f, "全部", "F4"); !s.Alignment.WrapText {
		t.Error("words do not wrap")
	}
	if s := styleOf(t, f, "全部", "A3"); !s.Font.Bold || s.Fill.Pattern != 1 {
		t.Error("the head looks like the rest")
	}
}

func TestLedgerSheets(t *testing.T) {
	var rows []Row
	for n, s := range append(issue.Statuses(), issue.Status("later")) {
		rows = append(rows, Row{ID: int64(n + 1), Status: s})
	}
	f := opened(t, rows, Options{})
	if diff := cmp.Diff([]string{"全部", "待派单", "整改中", "待核查", "挂账", "已销号", "其他"}, f.GetSheetList()); diff != "" {
		t.Error(diff)
	}
	want := map[string]string{"全部": "1 2 3 4 5 6 7 8 9 10", "待派单": "1", "整改中": "2 3", "待核查": "4", "挂账": "5", "已销号": "6", "其他": "7 8 9 10"}
	for sheet, numbers := range want {
		if got := strings.Join(ids(t, f, sheet), " "); got != numbers {
			t.Errorf("%s has %s, want %s", sheet, got, numbers)
		}
	}
}

func TestLedgerIsHandy(t *testing.T) {
	f := opened(t, []Row{full, full}, Options{})
	names := map[string]string{}
	for _, d := range f.GetDefinedName() {
		names[d.Scope+" "+d.Name] = d.RefersTo
	}
	for _, sheet := range f.GetSheetList() {
		panes, err := f.GetPanes(sheet)
		if err != nil || !panes.Freeze || panes.XSplit != 1 || panes.YSplit != 3 || panes.TopLeftCell != "B4" {
			t.Errorf("%s: panes %+v, %v", sheet, panes, err)
		}
		end := "5"
		if sheet != "全部" && sheet != "已销号" {
			end = "4" // the line that says that there is nothing
		}
		if got, want := names[sheet+" _xlnm._FilterDatabase"], "'"+sheet+"'!$A$3:$V$"+end; got != want {
			t.Errorf("filter of %s: %s, want %s", sheet, got, want)
		}
		if got, want := names[sheet+" _xlnm.Print_Titles"], "'"+sheet+"'!$3:$3"; got != want {
			t.Errorf("printed titles of %s: %s, want %s", sheet, got, want)
		}
		layout, err := f.GetPageLayout(sheet)
		if err != nil || *layout.Size != paperA3 || *layout.Orientation != "landscape" || *layout.FitToWidth != 1 || *layout.FitToHeight != 0 {
			t.Errorf("%s: layout %+v, %v", sheet, layout, err)
		}
		if hf, err := f.GetHeaderFooter(sheet); err != nil || hf.OddFooter != "&C第 &P 页，共 &N 页" {
			t.Errorf("%s: footer %+v, %v", sheet, hf, err)
		}
		if props, err := f.GetSheetProps(sheet); err != nil || !*props.FitToPage {
			t.Errorf("%s is not made to fit the paper: %v", sheet, err)
		}
		if w, err := f.GetColWidth(sheet, "F"); err != nil || w != 36 {
			t.Errorf("%s: width %v, %v", sheet, w, err)
		}
	}
	if f.GetActiveSheetIndex() != 0 {
		t.Error("opens on another sheet than the first")
	}
	if props, err := f.GetDocProps(); err != nil || props.Creator != "督办" || props.Created != "2026-11-25T11:00:00Z" || props.Title != info.Title {
		t.Errorf("%+v, %v", props, err)
	}
}

// A row is as high as its words need, because not every program looks for itself.
func TestLedgerHeights(t *testing.T) {
	short, long := Row{ID: 1, Text: "小广告"}, Row{ID: 2, Text: strings.Repeat("楼道堆放杂物", 10)} // 120 characters in a column of 36
	huge := Row{ID: 3, Text: strings.Repeat("楼道", 5000)}
	f := opened(t, []Row{short, long, huge}, Options{})
	for row, want := range map[int]float64{4: 18, 5: 18 + 3*13.5, 6: excelize.MaxRowHeight} {
		if got, _ := f.GetRowHeight("全部", row); got != want {
			t.Errorf("row %d is %v high, want %v", row, got, want)
		}
	}
}

func TestLedgerEmpty(t *testing.T) {
	f := opened(t, nil, Options{})
	for _, sheet := range f.GetSheetList() {
		if got, _ := f.GetCellValue(sheet, "A4"); got != "没有符合条件的问题" {
			t.Errorf("%s says %q", sheet, got)
		}
	}
	var b bytes.Buffer
	if _, err := WriteLedger(&b, Info{Zone: zone}, of(nil, nil), Options{}); err != nil {
		t.Fatal(err)
	}
	if got, _ := read(t, &b).GetCellValue("全部", "A1"); got != "问题台账" {
		t.Errorf("without a title it is called %q", got)
	}
}

func TestFailingRows(t *testing.T) {
	failure := errors.New("the database went away")
	for name, do := range map[string]write{"xlsx": WriteLedger, "csv": WriteCSV, "json": WriteJSON} {
		for _, opt := range []Options{{}, {Thumbnails: func(Row) ([]byte, error) { return nil, nil }}} {
			var b bytes.Buffer
			n, err := do(&b, info, of([]Row{full, full}, failure), opt)
			if !errors.Is(err, failure) || n != 2 {
				t.Errorf("%s: %d rows, %v", name, n, err)
			}
			if name == "xlsx" && b.Len() > 0 {
				t.Errorf("%s: %d bytes of a ledger that is not complete", name, b.Len())
			}
		}
		if _, err := do(io.Discard, Info{}, of(nil, nil), Options{}); !errors.Is(err, errNoZone) {
			t.Errorf("%s without a zone: %v", name, err)
		}
		if _, err := do(fullDisk{}, info, of([]Row{full}, nil), Options{}); !errors.Is(err, errDisk) {
			t.Errorf("%s on a full disk: %v", name, err)
		}
	}
}

var errDisk = errors.New("disk full")

// fullDisk takes the first bytes, as the mark of a CSV file, and no more.
type fullDisk struct{}

func (fullDisk) Write(p []byte) (int, error) {
	if len(p) <= 3 {
		return len(p), nil
	}
	return 0, errDisk
}

func TestLedgerTooLong(t *testing.T) {
	var b bytes.Buffer
	if n, err := writeLedger(&b, info, many(5), Options{}, 8); n != 5 || err != nil {
		t.Errorf("as many as fit: %d, %v", n, err)
	}
	b.Reset()
	if n, err := writeLedger(&b, info, many(6), Options{}, 8); n != 5 || !errors.Is(err, ErrTooLong) || b.Len() > 0 {
		t.Errorf("one more: %d, %v, %d bytes", n, err, b.Len())
	}
}

// More than 16 MB wait in files, which are gone at the end, whether it was good or bad.
func TestLedgerLeavesNoFiles(t *testing.T) {
	failure := errors.New("the database went away")
	for _, end := range []error{nil, failure} {
		dir := t.TempDir()
		waiting := 0
		rows := func(yield func(Row, error) bool) {
			for n := range 6000 {
				r := Row{ID: int64(n), Text: strings.Repeat("楼道堆放杂物，", 200)}
				if !yield(r, nil) {
					return
				}
			}
			files, _ := os.ReadDir(dir)
			waiting = len(files)
			if end != nil {
				yield(Row{}, end)
			}
		}
		if _, err := WriteLedger(io.Discard, info, rows, Options{TmpDir: dir}); !errors.Is(err, end) {
			t.Fatal(err)
		}
		if waiting == 0 {
			t.Error("nothing waited in a file; the test shows nothing")
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
			t.Errorf("left behind after %v: %v, %v", end, files, err)
		}
	}
}

func TestProgress(t *testing.T) {
	for name, do := range map[string]write{"xlsx": WriteLedger, "csv": WriteCSV, "json": WriteJSON} {
		var told []int
		if _, err := do(io.Discard, info, many(2500), Options{Progress: func(n int) { told = append(told, n) }}); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(told, []int{1000, 2000}) {
			t.Errorf("%s told %v", name, told)
		}
	}
}

func TestThumbnails(t *testing.T) {
	tall, wide := thumbnail(60, 600, color.RGBA{R: 255, A: 255}), thumbnail(300, 150, color.White)
	rows := []Row{{ID: 1, Status: issue.Working}, {ID: 2}, {ID: 3}, {ID: 4, Status: issue.Working, Text: strings.Repeat("长", 300)}}
	f := opened(t, rows, Options{Thumbnails: func(r Row) ([]byte, error) {
		return map[int64][]byte{1: tall, 3: []byte("no picture"), 4: wide}[r.ID], nil
	}})
	for sheet, want := range map[string][]string{"全部": {"W4", "W7"}, "整改中": {"W4", "W5"}} {
		got, err := f.GetPictureCells(sheet)
		slices.Sort(got)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s has pictures in %v, want %v (%v)", sheet, got, want, err)
		}
		pics, err := f.GetPictures(sheet, want[0])
		if err != nil || len(pics) != 1 || !bytes.Equal(pics[0].File, tall) {
			t.Errorf("%s: another picture: %v", sheet, err)
		}
	}
	if got, _ := f.GetCellValue("全部", "W3"); got != "照片" {
		t.Errorf("head %q", got)
	}
	if got, _ := f.GetCellValue("全部", "W6"); got != "照片无法显示" {
		t.Errorf("a file that is no picture: %q", got)
	}
	if h, _ := f.GetRowHeight("全部", 4); h != pictureRow {
		t.Errorf("row of a picture is %v high", h)
	}
	if h, _ := f.GetRowHeight("全部", 7); h <= pictureRow {
		t.Errorf("row of a picture with many words is %v high", h)
	}
	found := anchors(t, f)
	if len(found) != 4 {
		t.Errorf("%d pictures with a place", len(found))
	}
	for n, a := range found {
		if a.From.Row != a.To.Row || a.From.Col != a.To.Col || a.To.RowOff > pictureRow*12700 {
			t.Errorf("picture %d runs out of its field: %+v", n, a)
		}
	}
}

func TestThumbnailsOfMany(t *testing.T) {
	asked := 0
	opt := Options{Thumbnails: func(Row) ([]byte, error) { asked++; return nil, nil }}
	for n, want := range map[int]int{MaxPictured: MaxPictured, MaxPictured + 1: 0} {
		asked = 0
		var b bytes.Buffer
		if got, err := WriteLedger(&b, info, many(n), opt); got != n || err != nil {
			t.Fatal(got, err)
		}
		if asked != want {
			t.Errorf("%d rows: asked for %d pictures", n, asked)
		}
		f := read(t, &b)
		if got := ids(t, f, "全部"); len(got) != n || got[n-1] != strconv.Itoa(n) {
			t.Errorf("%d rows became %d", n, len(got))
		}
		note, _ := f.GetCellValue("全部", "A2")
		if said := strings.Contains(note, "超过 1000 件，未附照片"); said != (want == 0) {
			t.Errorf("%d rows: %s", n, note)
		}
	}
	failure := errors.New("disk")
	opt.Thumbnails = func(Row) ([]byte, error) { return nil, failure }
	if _, err := WriteLedger(io.Discard, info, many(1), opt); !errors.Is(err, failure) {
		t.Error(err)
	}
}
