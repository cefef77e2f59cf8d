package files

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// county is a maker over a new database, the rules that fill it, and what damages it.
type county struct {
	*Maker
	issue.Policy
	db    *store.Store
	path  string
	start time.Time
}

func newCounty(t testing.TB) county {
	t.Helper()
	p := storetest.County(t)
	p.Reg.Campaign.Name = "兴安县创建全国文明城市"
	p.Reg.Places[0].Type = "社区小区"
	path := filepath.Join(t.TempDir(), "duban.db")
	s := storetest.OpenAt(t, path)
	return county{
		Maker: New(s, report.Words{Reg: p.Reg, Cal: p.Cal}, t.TempDir(), builtIn), Policy: p, db: s, path: path, start: storetest.At(t, "2026-11-02 09:00"),
	}
}

// exec changes the database behind the store's back.
func (c county) exec(t testing.TB, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", c.path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// export writes a ledger as of an instant.
func (c county) export(t testing.TB, now time.Time, l Ledger, f Format) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, err := c.Write(t.Context(), now, Export{Ledger: l, Format: f, TmpDir: t.TempDir()}, &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func open(t testing.TB, data []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// records are the rows of a sheet below its head, each as what the heads name.
func records(t testing.TB, f *excelize.File, sheet string) []map[string]string {
	t.Helper()
	rows, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, row := range rows[3:] {
		if row[0] == "没有符合条件的问题" {
			continue
		}
		r := map[string]string{}
		for n, head := range rows[2] {
			if n < len(row) {
				r[head] = row[n]
			}
		}
		out = append(out, r)
	}
	return out
}

// TestLedgerHoldsEveryIssueOnce: an issue is once on the sheet of all and once on that of its status, with what the database says
// of it; names stand for ids and the times are those of the wall clock.
func TestLedgerHoldsEveryIssueOnce(t *testing.T) {
	c := newCounty(t)
	storetest.Lives(t, c.db, c.Policy, c.start, 1100, 7)
	now := c.start.AddDate(0, 0, 12)
	f := open(t, c.export(t, now, Ledger{Period: "全部"}, XLSX))
	groups := map[issue.Status]string{
		issue.Reported: "待派单", issue.Assigned: "整改中", issue.Working: "整改中", issue.Submitted: "待核查", issue.Suspended: "挂账", issue.Closed: "已销号",
		issue.Rejected: "其他", issue.Merged: "其他", issue.Voided: "其他",
	}
	where := map[string]string{} // the sheets on which a number stands
	for _, sheet := range f.GetSheetList() {
		for _, r := range records(t, f, sheet) {
			where[r["编号"]] += sheet + " "
		}
	}
	byNumber := map[string]map[string]string{}
	for _, r := range records(t, f, "全部") {
		byNumber[r["编号"]] = r
	}
	storetest.Read(t, c.db, now, func(tx *store.Tx) error {
		list, err := tx.Issues(store.Filter{})
		if len(list) != 1100 || len(where) != len(list) {
			t.Fatalf("%d issues, %d on the sheets", len(list), len(where))
		}
		local := func(at time.Time) string {
			if at.IsZero() {
				return ""
			}
			return at.In(storetest.Zone()).Format("2006-01-02 15:04")
		}
		for _, i := range list {
			id := fmt.Sprint(i.ID)
			if want := "全部 " + groups[i.Status] + " "; where[id] != want {
				t.Errorf("#%d %s stands on %s", i.ID, i.Status, where[id])
			}
			r := byNumber[id]
			got := []string{r["上报时间"], r["地点"], r["状态"], r["责任单位"], r["整改措施"], r["销号时间"], r["退回次数"]}
			want := []string{
				local(i.ReportedAt), i.Place, i.Status.Text(), c.Reg.UnitName(i.Unit), i.Measure, local(i.ClosedAt), fmt.Sprint(i.Returns),
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("#%d: %s", i.ID, diff)
			}
			if overdue := i.Overdue(now); overdue && r["是否超期"] != "是" || i.Status.WithUnit() && !overdue && r["是否超期"] != "否" {
				t.Errorf("#%d overdue %t: %s", i.ID, overdue, r["是否超期"])
			}
		}
		return err
	})
}

// TestLedgersAgree: CSV and JSON say of every issue what the spreadsheet says.
func TestLedgersAgree(t *testing.T) {
	c := newCounty(t)
	storetest.Lives(t, c.db, c.Policy, c.start, 600, 8)
	now := c.start.AddDate(0, 0, 12)
	l := Ledger{Period: "全部"}
	sheet := records(t, open(t, c.export(t, now, l, XLSX)), "全部")
	text := bytes.TrimPrefix(c.export(t, now, l, CSV), []byte("\uFEFF"))
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var objects []struct {
		ID         int64
		Place      string
		ReportedAt time.Time `json:"reported_at"`
		Review     string
		Note       string
		StatusText string `json:"status_text"`
		Overdue    bool
		Returns    int
	}
	if err := json.Unmarshal(c.export(t, now, l, JSON), &objects); err != nil {
		t.Fatal(err)
	}
	if len(sheet) != 600 || len(lines) != 601 || len(objects) != 600 {
		t.Fatalf("%d, %d and %d rows", len(sheet), len(lines)-1, len(objects))
	}
	for n, r := range sheet {
		for k, head := range lines[0] {
			if head == "超期时长" { // shown in another form
				continue
			}
			if got := lines[n+1][k]; got != r[head] {
				t.Errorf("#%s %s: %q in CSV, %q in XLSX", r["编号"], head, got, r[head])
			}
		}
		o := objects[n]
		got := []string{fmt.Sprint(o.ID), o.Place, o.ReportedAt.Format("2006-01-02 15:04"), o.Review, o.Note, o.StatusText, map[bool]string{true: "是", false: "否"}[o.Overdue], fmt.Sprint(o.Returns)}
		want := []string{r["编号"], r["地点"], r["上报时间"], r["核查结果"], r["备注"], r["状态"], r["是否超期"], r["退回次数"]}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("#%d: JSON says otherwise: %s", o.ID, diff)
		}
	}
}

// TestLedgerChooses: period, unit and status restrict it, and its note says so.
func TestLedgerChooses(t *testing.T) {
	c := newCounty(t)
	storetest.Lives(t, c.db, c.Policy, c.start, 200, 9)
	l := Ledger{From: c.start.AddDate(0, 0, 2), To: c.start.AddDate(0, 0, 8), Period: "11月4日至9日", Unit: "zhaoyang"}
	if !l.Restrict("整改中", c.start) || !l.Restrict("待签收", c.start) || l.Restrict("办好了", c.start) || len(l.Statuses) != 2 {
		t.Fatalf("statuses %v", l.Statuses)
	}
	now := c.start.AddDate(0, 0, 12)
	f := open(t, c.export(t, now, l, XLSX))
	want := 0
	storetest.Read(t, c.db, now, func(tx *store.Tx) error {
		all, err := tx.Issues(store.Filter{})
		for _, i := range all {
			if !i.ReportedAt.Before(l.From) && i.ReportedAt.Before(l.To) && i.Unit == "zhaoyang" && i.Status.WithUnit() {
				want++
			}
		}
		return err
	})
	if got := records(t, f, "全部"); len(got) != want || want == 0 {
		t.Errorf("%d rows instead of %d", len(got), want)
	}
	title, _ := f.GetCellValue("全部", "A1")
	note, _ := f.GetCellValue("全部", "A2")
	if title != "兴安县创建全国文明城市问题台账" || note != "时间范围：11月4日至9日　筛选条件：昭阳街道，整改中　截至 2026-11-14 09:00" {
		t.Errorf("%s\n%s", title, note)
	}
	if got := l.Name(c.Reg); got != "创城台账-11月4日至9日-昭阳街道-整改中" {
		t.Error(got)
	}
}

// TestLedgerOfWhatIsLate: 超期 is what its unit has and should have handled by now, and no other word for statuses goes with it.
func TestLedgerOfWhatIsLate(t *testing.T) {
	c := newCounty(t)
	storetest.Lives(t, c.db, c.Policy, c.start, 200, 9)
	now := c.start.AddDate(0, 0, 12)
	late, working := Ledger{Period: "全部"}, Ledger{}
	if !late.Restrict(Overdue, now) || late.Restrict("整改中", now) {
		t.Fatalf("late: %+v", late)
	}
	if !working.Restrict("整改中", now) || working.Restrict(Overdue, now) || !working.Late.IsZero() {
		t.Fatalf("being worked on: %+v", working)
	}
	var want []int
	storetest.Read(t, c.db, now, func(tx *store.Tx) error {
		all, err := tx.Issues(store.Filter{})
		for _, i := range all {
			if i.Status.WithUnit() && i.Overdue(now) {
				want = append(want, int(i.ID))
			}
		}
		return err
	})
	var got []struct {
		ID      int  `json:"id"`
		Overdue bool `json:"overdue"`
	}
	if err := json.Unmarshal(c.export(t, now, late, JSON), &got); err != nil {
		t.Fatal(err)
	}
	for _, r := range got {
		if !slices.Contains(want, r.ID) || !r.Overdue {
			t.Errorf("#%d is not late", r.ID)
		}
	}
	if len(got) != len(want) || len(want) == 0 || late.Name(c.Reg) != "创城台账-全部-超期" {
		t.Errorf("%d rows instead of %d as %s", len(got), len(want), late.Name(c.Reg))
	}
}

// TestStandings: there is a word for every status, and each of its words is found.
func TestStandings(t *testing.T) {
	var all []issue.Status
	for _, s := range Standings() {
		var l Ledger
		if !l.Restrict(s.Name, time.Time{}) || !slices.Equal(l.Statuses, s.Statuses) || standingText(s.Statuses) != s.Name {
			t.Errorf("%s: %v", s.Name, l.Statuses)
		}
		all = append(all, s.Statuses...)
	}
	for _, s := range issue.Statuses() {
		if !slices.Contains(all, s) {
			t.Errorf("no word for %s", s)
		}
	}
}

// TestLedgerLeavesNoHalf: what breaks after a page of rows is an error, and no file.
func TestLedgerLeavesNoHalf(t *testing.T) {
	for name, statement := range map[string]string{
		"a row": "UPDATE issues SET told = '{', time_limit = 'x y z' WHERE id = 550", "the findings": "DROP TABLE events",
	} {
		c := newCounty(t)
		storetest.Lives(t, c.db, c.Policy, c.start, 600, 10)
		c.exec(t, statement)
		recipe, err := Spec{Name: "创城台账-全部", Ledger: &Ledger{Period: "全部"}}.Recipe()
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		made, err := c.Make(t.Context(), c.start, recipe, dir)
		left, _ := os.ReadDir(dir)
		if err == nil || len(made) > 0 || len(left) > 0 {
			t.Errorf("%s: %v, %v left, %v", name, made, left, err)
		}
	}
}

// TestOneLedgerAtATime: while one is written another one waits, but not longer than whoever wants it.
func TestOneLedgerAtATime(t *testing.T) {
	c := newCounty(t)
	c.exports <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Write(ctx, c.start, Export{Format: CSV}, &bytes.Buffer{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	<-c.exports
	for range 2 {
		if got := c.export(t, c.start, Ledger{}, JSON); strings.TrimSpace(string(got)) != "[]" {
			t.Errorf("%s", got)
		}
	}
}

// TestLedgerProgress: it is told how many there are, and how many there will be.
func TestLedgerProgress(t *testing.T) {
	c := newCounty(t)
	storetest.Lives(t, c.db, c.Policy, c.start, 2100, 11)
	var told []string
	n, err := c.Write(t.Context(), c.start, Export{Format: CSV, Progress: func(done, total int) {
		told = append(told, fmt.Sprintf("%d/%d", done, total))
	}}, &bytes.Buffer{})
	if err != nil || n != 2100 || strings.Join(told, " ") != "1000/2100 2000/2100" {
		t.Errorf("%d, %v, %v", n, told, err)
	}
}
