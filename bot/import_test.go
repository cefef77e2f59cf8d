package bot

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"duban/handlers"
	"duban/internal/chat"
	"duban/internal/intake"
	"duban/internal/store"
)

// importer is a stage in the county of the demo, whose office sends spreadsheets.
type importer struct {
	*stage
	dsn   string
	files map[string][]byte
	sheet []byte // the last file that the bot sent
}

func newImporter(t testing.TB) *importer {
	t.Helper()
	cfg, err := demoConfig(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(t.Context(), cfg, Options{Start: time.Date(2026, 11, 23, 9, 0, 0, 0, cfg.Location()), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	i := &importer{stage: &stage{t: t, bot: b, cast: cast(b.edition().world.Reg)}, dsn: cfg.Storage.Place(), files: map[string][]byte{}}
	b.Add(i)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return i
}

func (i *importer) FetchFile(_ context.Context, f chat.File, _ int64) ([]byte, error) {
	if data, ok := i.files[f.Ref]; ok {
		return data, nil
	}
	return nil, chat.ErrGone
}

func (i *importer) Send(ctx context.Context, out chat.Outgoing) error {
	if a := out.Attachment; a != nil && !a.Picture {
		data, err := os.ReadFile(a.Path)
		if err != nil {
			return err
		}
		i.mu.Lock()
		i.sheet = data
		i.mu.Unlock()
	}
	return i.stage.Send(ctx, out)
}

// say lets 陈静 of the office say something in the office's group, and gives all that the bot said then.
func (i *importer) say(text string) string {
	i.t.Helper()
	steps, err := chat.ParseScript(strings.NewReader("陈静@office: " + text + "\n"))
	if err != nil {
		i.t.Fatal(err)
	}
	return strings.Join(i.do(steps[0]), "\n")
}

// dump is all that the database holds, but for what came in, what goes out, and commands that wait for their file.
func (i *importer) dump() map[string][]string {
	i.t.Helper()
	db, err := sql.Open("sqlite", i.dsn)
	if err != nil {
		i.t.Fatal(err)
	}
	defer db.Close()
	out := map[string][]string{}
	for _, table := range i.column(db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('inbox', 'outbox', 'sqlite_sequence')") {
		where := ""
		if table == "batches" {
			where = " WHERE state <> 'waiting'"
		}
		columns := strings.Join(i.column(db, "SELECT 'quote(' || name || ')' FROM pragma_table_info('"+table+"')"), " || ',' || ")
		out[table] = i.column(db, "SELECT "+columns+" FROM "+table+where)
	}
	return out
}

func (i *importer) column(db *sql.DB, query string) (out []string) {
	i.t.Helper()
	rows, err := db.QueryContext(i.t.Context(), query)
	if err != nil {
		i.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			i.t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		i.t.Fatal(err)
	}
	return out
}

func (i *importer) count(query string) int {
	i.t.Helper()
	db, err := sql.Open("sqlite", i.dsn)
	if err != nil {
		i.t.Fatal(err)
	}
	defer db.Close()
	n, err := strconv.Atoi(i.column(db, query)[0])
	if err != nil {
		i.t.Fatal(err)
	}
	return n
}

// plants are the ways in which rows of feedback are made faulty: the column, from 0, and what stands in it.
var plants = []struct {
	column int
	text   string
}{{2, ""}, {4, "招阳街道办"}, {4, "住建局、园林处"}, {5, "2026-02-30"}, {5, "尽快"}, {5, "2026-10-01"}, {6, "2026-11-31"}, {6, "2026-12-24"}, {2, "#REF!"}, {5, "2028-06-01"}}

// feedback is a sheet of n rows below two lines of titles, each row with words of its own; the rows named are faulty.
func (i *importer) feedback(n int, faulty map[int]int) []byte {
	i.t.Helper()
	reg := i.bot.edition().world.Reg
	f := excelize.NewFile()
	defer f.Close()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		i.t.Fatal(err)
	}
	set := func(row int, values ...any) {
		if err := w.SetRow(fmt.Sprintf("A%d", row), values); err != nil {
			i.t.Fatal(err)
		}
	}
	set(1, "全国文明城市年度测评反馈问题清单")
	set(2, "（内部资料）", "", "", "", "", "", "填报时间：2026年11月22日")
	set(3, "序号", "测评\n点位", "存在问题（扣分点）", "问题类型", "责任单位", "整改时限", "检查日期", "扣分")
	problems := []string{"楼道堆放纸箱", "垃圾桶满溢", "路灯不亮", "流动摊点占道经营", "车辆乱停", "墙面小广告", "井盖下沉", "消防通道被占"}
	for k := range n {
		place := reg.Places[k%len(reg.Places)]
		unit := reg.Units[k%len(reg.Units)].Name
		limit := []string{"", "3个工作日", "2026年12月10日前", ""}[k%4]
		row := []any{k + 1, place.Name, fmt.Sprintf("%d号位置%s", k+1, problems[k%len(problems)]), "", unit, limit, "2026-11-20", 0.5}
		if p, ok := faulty[k+1]; ok {
			row[plants[p].column] = plants[p].text
		}
		set(4+k, row...)
	}
	set(4+n, "合计", "", "", "", "", "", "", n/2)
	if err := w.Flush(); err != nil {
		i.t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		i.t.Fatal(err)
	}
	return b.Bytes()
}

// TestImportLarge: of 5,000 rows the 50 planted faults are listed, just those, and nothing changes; mended, all are filed at once, with
// few messages, and not a second time.
func TestImportLarge(t *testing.T) {
	t.Parallel()
	if raced {
		t.Skip("one goroutine works on all rows")
	}
	const rows, planted, every = 5000, 50, 97
	i := newImporter(t)
	faulty := map[int]int{}
	for k := range planted {
		faulty[1+k*every] = k % len(plants)
	}
	i.files["反馈.xlsx"] = i.feedback(rows, faulty)
	before := i.dump()
	i.say("导入 问题 来源 省年度测评 时限 5个工作日")
	said := i.say("[文件 反馈.xlsx]")
	for _, want := range []string{"正在核对 5000 行，请稍候", "反馈.xlsx 有 50 行要改，一件也没有导入：", "……另有 30 处", "[文件 导入错误-反馈.xlsx]"} {
		if !strings.Contains(said, want) {
			t.Errorf("nothing of %q in\n%s", want, said)
		}
	}
	if d := cmp.Diff(before, i.dump()); d != "" {
		t.Errorf("the database changed:\n%.2000s", d)
	}
	listed := listedFaults(t, i.sheet)
	if len(listed) != planted {
		t.Errorf("%d rows are listed", len(listed))
	}
	for no := range faulty {
		if text := listed[no+3]; text == "" {
			t.Errorf("row %d (%+v) is not listed", no+3, plants[faulty[no]])
		}
	}

	i.files["反馈改.xlsx"] = i.feedback(rows, nil)
	if said := i.say("[文件 反馈改.xlsx]"); !strings.Contains(said, "反馈改 5000 件") || !strings.Contains(said, "确认导入 1") {
		t.Fatalf("the preview is\n%s", said)
	}
	sent := i.count("SELECT COUNT(*) FROM outbox")
	said = i.say("确认导入")
	for _, want := range []string{"正在导入 5000 件，请稍候", "已导入 5000 件（#1–#5000），批次 1：反馈改，来源：省年度测评（上级反馈）"} {
		if !strings.Contains(said, want) {
			t.Errorf("nothing of %q in\n%.1000s", want, said)
		}
	}
	if n := i.count("SELECT COUNT(*) FROM issues WHERE source = 'upper'"); n != rows {
		t.Errorf("%d issues", n)
	}
	reg := i.bot.edition().world.Reg
	if n, most := i.count("SELECT COUNT(*) FROM outbox")-sent, 2*len(reg.Units)+4; n > most {
		t.Errorf("%d messages to %d units", n, len(reg.Units))
	}
	if n := i.count("SELECT MAX(LENGTH(text)) FROM outbox"); n > 2000 {
		t.Errorf("a message of %d characters", n)
	}
	i.handleAgain(1)
	if n := i.count("SELECT COUNT(*) FROM outbox WHERE text LIKE '正在%'"); n != 3 { // the sheet, the mended one, the filing
		t.Errorf("it says %d times that it takes a while", n)
	}
	for _, said := range []string{i.say("确认导入 1"), i.say("导入 问题 [文件 反馈改.xlsx]")} {
		if !strings.Contains(said, "#1–#5000") {
			t.Errorf("a second time it says %q", said)
		}
	}
	if n := i.count("SELECT COUNT(*) FROM issues"); n != rows {
		t.Errorf("%d issues in the end", n)
	}
}

// listedFaults reads the list of faults: by row what is wrong with it.
func listedFaults(t *testing.T, data []byte) map[int]string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	out := map[int]string{}
	for _, row := range rows[2:] {
		n, err := strconv.Atoi(row[1])
		if err != nil || row[2] == "" {
			t.Errorf("row %q", row)
		}
		out[n] = row[2]
	}
	return out
}

// TestImportFailsInTheMiddle: when the database refuses a row in the middle, nothing of the batch stays, and it can be confirmed
// again.
func TestImportFailsInTheMiddle(t *testing.T) {
	i := newImporter(t)
	i.files["反馈.xlsx"] = i.feedback(60, nil)
	i.say("导入 问题 [文件 反馈.xlsx]")
	before := i.dump()
	db, err := sql.Open("sqlite", i.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	run := func(query string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	run("CREATE TRIGGER full BEFORE INSERT ON issues WHEN NEW.id = 30 BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
	if said := i.say("确认导入"); !strings.Contains(said, "处理失败，编号") {
		t.Errorf("it says %q", said)
	}
	run("DROP TRIGGER full")
	if d := cmp.Diff(before, i.dump()); d != "" {
		t.Errorf("something stayed:\n%.2000s", d)
	}
	if said := i.say("确认导入"); !strings.Contains(said, "已导入 60 件") {
		t.Errorf("then it says %q", said)
	}
}

// TestImportIsDoneOnce: an arrival that is handled again, as after a crash between the work and the sending, files nothing twice.
func TestImportIsDoneOnce(t *testing.T) {
	i := newImporter(t)
	i.files["反馈.xlsx"] = i.feedback(5, nil)
	i.say("导入 问题 [文件 反馈.xlsx]")
	i.say("确认导入")
	i.handleAgain(9)
	if n := i.count("SELECT COUNT(*) FROM issues"); n != 5 {
		t.Errorf("%d issues", n)
	}
}

// handleAgain handles the newest messages once more, as after a crash.
func (i *importer) handleAgain(n int) {
	i.t.Helper()
	var done []store.Arrival
	err := i.bot.store.Read(i.t.Context(), i.bot.Now(), func(tx *store.Tx) (err error) {
		done, err = tx.RecentArrivals("stage", "office", i.bot.Now().Add(-time.Hour), 100)
		return err
	})
	if err != nil || len(done) < 2 {
		i.t.Fatalf("%d arrivals, %v", len(done), err)
	}
	for _, a := range done[:min(n, len(done))] {
		i.bot.handle(i.t.Context(), a, 1)
	}
	settle(i.t, i.bot)
}

// TestOriginalIsKept: the file that a batch came from lies in the media folder under its hash.
func TestOriginalIsKept(t *testing.T) {
	i := newImporter(t)
	i.files["反馈.xlsx"] = i.feedback(5, nil)
	i.say("导入 问题 [文件 反馈.xlsx]")
	var b store.Batch
	err := i.bot.store.Read(t.Context(), i.bot.Now(), func(tx *store.Tx) (err error) { b, err = tx.Batch(1); return err })
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(filepath.Join(i.bot.edition().cfg.Storage.Media, b.File))
	if err != nil || !bytes.Equal(kept, i.files["反馈.xlsx"]) || !strings.Contains(b.File, b.SHA256) {
		t.Errorf("%s: %d bytes, %v", b.File, len(kept), err)
	}
}

// BenchmarkImport reads, shows and files a sheet of 5,000 rows.
func BenchmarkImport(b *testing.B) {
	const rows = 5000
	data := newImporter(b).feedback(rows, nil)
	clocks := map[string]time.Duration{}
	for range b.N {
		i := newImporter(b)
		clerk := i.bot.edition().world.Clerk
		step := func(name string, do func() error) {
			began := time.Now()
			if err := do(); err != nil {
				b.Fatal(err)
			}
			clocks[name] += time.Since(began)
		}
		by := intake.Hand{Person: "chen_jing", Chat: "office"}
		var sheet *intake.Sheet
		step("read", func() (err error) { sheet, err = intake.Read("反馈.xlsx", data); return err })
		write := func(do func(tx *store.Tx) error) func() error {
			return func() error { return i.bot.store.Write(b.Context(), i.bot.Now(), do) }
		}
		var p intake.Preview
		step("show", write(func(tx *store.Tx) (err error) {
			p, err = clerk.Preview(tx, by, intake.Upload{Sheet: sheet, Keep: func() (string, error) { return "x", nil }})
			return err
		}))
		step("file", write(func(tx *store.Tx) error { _, err := clerk.Confirm(tx, by, p.Batch.ID); return err }))
	}
	for name, d := range clocks {
		b.ReportMetric(float64(rows*b.N)/d.Seconds(), name+"-rows/s")
	}
}

// TestLongWorkIsSaidOnce: a message that is handled again after a crash between that word and the work does not say it again.
func TestLongWorkIsSaidOnce(t *testing.T) {
	i := newImporter(t)
	e := i.bot.edition()
	m := chat.Message{Channel: "stage", ID: "1", Conversation: chat.Conversation{Key: "office"}, From: chat.Sender{Key: "chen_jing"}, Text: "导入 问题"}
	up := &handlers.Upload{Sheet: &intake.Sheet{Rows: make([]intake.Row, 1001)}}
	for range 2 {
		err := i.bot.beforehand(t.Context(), e, store.Arrival{ID: 7}, m, i.bot.identify(e, m), e.world.Table.Match(input(m)), up)
		if err != nil {
			t.Fatal(err)
		}
	}
	if n := i.count("SELECT COUNT(*) FROM outbox WHERE text = '正在核对 1001 行，请稍候'"); n != 1 {
		t.Errorf("it says %d times that it takes a while", n)
	}
}
