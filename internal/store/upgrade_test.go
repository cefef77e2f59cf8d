package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/issue"
)

// The details of events as the first schema kept them. The text of the report holds what looks like a deadline.
const (
	oldReport = `{"Text":"楼道堆物，\"Due\":\"明天\"","Reporter":"zhang_min","Limit":"1 work_day"}`
	oldAssign = `{"Unit":"zhaoyang","Assignee":"li_qiang","Due":"2026-11-03T17:30:00+08:00","NextAlarm":"2026-11-03T15:30:00+08:00"}`
	oldSubmit = `{"ReviewDue":"2026-11-04T17:30:00+08:00"}`
	oldReturn = `{"Due":"2026-11-05T17:30:00+08:00","NextAlarm":"2026-11-05T15:30:00+08:00"}`
)

// oldEvents are the histories of issues as the first schema kept them, one hour between two events.
func oldEvents() [][]eventRow {
	r, a, w, s, c := string(issue.Reported), string(issue.Assigned), string(issue.Working), string(issue.Submitted), string(issue.Closed)
	lives := [][]eventRow{
		{ // late, and urged
			{Action: "report", ToStatus: r, Details: oldReport},
			{Action: "assign", FromStatus: r, ToStatus: a, Details: oldAssign},
			{Action: "remind", FromStatus: a, ToStatus: a, Details: `{"Level":"L0","NextAlarm":"2026-11-03T17:30:00+08:00"}`},
			{Action: "remind", FromStatus: a, ToStatus: a, Details: `{"Level":"L1","NextAlarm":"2026-11-04T17:30:00+08:00"}`},
		},
		{ // returned twice
			{Action: "report", ToStatus: r, Details: oldReport},
			{Action: "assign", FromStatus: r, ToStatus: a, Details: oldAssign},
			{Action: "submit", FromStatus: a, ToStatus: s, Details: oldSubmit},
			{Action: "return", FromStatus: s, ToStatus: w, Details: oldReturn},
			{Action: "submit", FromStatus: w, ToStatus: s, Details: oldSubmit},
			{Action: "return", FromStatus: s, ToStatus: w, Details: oldReturn},
			{Action: "photo", FromStatus: w, ToStatus: w, Details: `{}`},
		},
		{ // waits for its review
			{Action: "report", ToStatus: r, Details: oldReport},
			{Action: "assign", FromStatus: r, ToStatus: a, Details: oldAssign},
			{Action: "submit", FromStatus: a, ToStatus: s, Details: oldSubmit},
		},
		{ // closed, and looked at twice
			{Action: "report", ToStatus: r, Details: oldReport},
			{Action: "assign", FromStatus: r, ToStatus: a, Details: oldAssign},
			{Action: "submit", FromStatus: a, ToStatus: s, Details: oldSubmit},
			{Action: "pass", FromStatus: s, ToStatus: c, Details: `{}`},
			{Action: "look_back", FromStatus: c, ToStatus: c, Details: `{}`},
			{Action: "look_back", FromStatus: c, ToStatus: c, Details: `{}`},
		},
		{{Action: "report", ToStatus: r, Details: oldReport}},
	}
	start := time.Date(2026, 11, 2, 1, 0, 0, 0, time.UTC)
	for id, events := range lives {
		for n := range events {
			events[n].IssueID, events[n].Seq, events[n].Person = int64(id+1), n+1, fmt.Sprint("person_", n)
			events[n].At = micros(start.Add(time.Duration(n) * time.Hour))
		}
	}
	return lives
}

// oldDatabase is a database of the first schema with those issues.
func oldDatabase(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "duban.db")
	db, d := old(t, path)
	if err := migrate(db, d.schema, firstSteps(t, 1)); err != nil {
		t.Fatal(err)
	}
	var columns []string
	query := "SELECT name FROM pragma_table_info('issues')"
	if d == &onServer {
		query = "SELECT column_name FROM information_schema.columns WHERE table_name = 'issues'"
	}
	if err := db.Raw(query).Scan(&columns).Error; err != nil {
		t.Fatal(err)
	}
	for _, events := range oldEvents() {
		row, err := toRow(rebuilt(t, events))
		if err != nil {
			t.Fatal(err)
		}
		row.NextAlarm = 0
		for _, e := range events { // the first schema kept the alarm until the deadline was changed or the unit was done
			var c issue.Change
			if err := json.Unmarshal([]byte(e.Details), &c); err != nil {
				t.Fatal(err)
			}
			if !c.NextAlarm.IsZero() || !issue.Status(e.ToStatus).WithUnit() {
				row.NextAlarm = micros(c.NextAlarm)
			}
		}
		if err := db.Select(columns).Create(&row).Error; err != nil {
			t.Fatal(err)
		}
		if err := db.Create(&events).Error; err != nil {
			t.Fatal(err)
		}
	}
	pool, err := db.DB()
	if err != nil {
		t.Fatal(err)
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func rebuilt(t *testing.T, rows []eventRow) issue.Issue {
	t.Helper()
	var events []issue.Event
	for _, r := range rows {
		e := issue.Event{
			Issue: r.IssueID, Seq: r.Seq, At: instant(r.At), By: r.Person, Action: issue.Action(r.Action), From: issue.Status(r.FromStatus), To: issue.Status(r.ToStatus),
		}
		if err := json.Unmarshal([]byte(r.Details), &e.Change); err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return issue.Rebuild(events)
}

// TestUpgrade: after the program is exchanged for a newer one, the old issues are as their events make them, nothing is said
// again, and what has a clock now is said.
func TestUpgrade(t *testing.T) {
	s, err := openAt(t, oldDatabase(t))
	if err != nil {
		t.Fatal(err)
	}
	told := []issue.Marks{{"L0", "L1"}, nil, nil, nil, nil}
	alarms := []string{"2026-11-04 17:30", "2026-11-05 15:30", "2026-11-04 17:30", "", ""}
	err = s.Read(t.Context(), time.Now(), func(tx *Tx) error {
		all, err := tx.Issues(Filter{Latest: true})
		slices.Reverse(all)
		for n, i := range all {
			want := rebuilt(t, oldEvents()[n])
			want.Told, want.NextAlarm = told[n], time.Time{}
			if alarms[n] != "" {
				want.NextAlarm, _ = time.ParseInLocation("2006-01-02 15:04", alarms[n], time.FixedZone("", 8*60*60))
			}
			if diff := cmp.Diff(want, i); diff != "" {
				t.Errorf("%s (-by its events +upgraded):\n%s", i.Number(), diff)
			}
		}
		if len(all) != len(told) {
			t.Errorf("%d issues", len(all))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// firstSteps are the first migrations, as an older program had them.
func firstSteps(t *testing.T, count int) fstest.MapFS {
	t.Helper()
	var texts []string
	for n := range count {
		text, err := fs.ReadFile(migrations, fmt.Sprintf("migrations/000%d.sql", n+1))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return steps(texts...)
}

// TestUpgradeKnowsWhatWasAppealed: what was decided before the sixth step is what a unit may appeal against after it, and once.
func TestUpgradeKnowsWhatWasAppealed(t *testing.T) {
	request := func(kind string) string {
		return `{"Request":{"Kind":"` + kind + `","At":"2026-11-02T09:00:00+08:00"}}`
	}
	c, w := string(issue.Closed), string(issue.Working)
	accuse := eventRow{Action: "accuse", FromStatus: c, ToStatus: c, Details: request("accuse")}
	appeal := eventRow{Action: "appeal", FromStatus: c, ToStatus: c, Details: request("appeal")}
	does := func(action, to string) eventRow {
		return eventRow{Action: action, FromStatus: c, ToStatus: to, Details: `{}`}
	}
	lives := [][]eventRow{
		{accuse, does("uphold", c), appeal, does("refuse", c)},
		{accuse, does("refuse", c), appeal, does("uphold", c)},
		{does("relapse", w), appeal, does("recall", c), does("photo", c)},
		{does("return", w), accuse, does("uphold", c), appeal},
		{does("photo", c)},
	}
	want := [][2]int64{{2, 3}, {0, 3}, {1, 0}, {3, 0}, {0, 0}}
	seqs, judged := []int{2, 0, 1, 3, 0}, []string{"2 falsified", "", "1 relapsed", "1 returned 1 3 falsified", ""}
	db, d := old(t, filepath.Join(t.TempDir(), "duban.db"))
	if err := migrate(db, d.schema, firstSteps(t, 5)); err != nil {
		t.Fatal(err)
	}
	var columns []string
	query := "SELECT name FROM pragma_table_info('issues')"
	if d == &onServer {
		query = "SELECT column_name FROM information_schema.columns WHERE table_name = 'issues'"
	}
	if err := db.Raw(query).Scan(&columns).Error; err != nil {
		t.Fatal(err)
	}
	for n, events := range lives {
		for k := range events {
			events[k].IssueID, events[k].Seq, events[k].At = int64(n+1), k+1, int64(k+1)
		}
		row := issueRow{ID: int64(n + 1), Unit: "zhaoyang"}
		if err := errors.Join(db.Select(columns).Create(&row).Error, db.Create(&events).Error); err != nil {
			t.Fatal(err)
		}
	}
	if err := migrate(db, d.schema, migrations); err != nil {
		t.Fatal(err)
	}
	for n := range lives {
		var row issueRow
		if err := db.First(&row, n+1).Error; err != nil || [2]int64{row.JudgedAt, row.AppealedAt} != want[n] {
			t.Errorf("life %d: judged %d, appealed %d, %v; want %v", n, row.JudgedAt, row.AppealedAt, err, want[n])
		}
		if row.JudgedSeq != seqs[n] || (row.JudgedSeq > 0) != (row.JudgedAction != "") {
			t.Errorf("life %d: judged last by %d %s, want %d", n, row.JudgedSeq, row.JudgedAction, seqs[n])
		}
		var found []judgementRow
		if err := db.Where("issue_id = ?", n+1).Order("seq").Find(&found).Error; err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, j := range found {
			words = append(words, strconv.Itoa(j.Seq), j.Kind)
			if j.Nth > 0 {
				words = append(words, strconv.Itoa(j.Nth))
			}
		}
		if got := strings.Join(words, " "); got != judged[n] {
			t.Errorf("life %d: %q, want %q", n, got, judged[n])
		}
	}
}

// TestUpgradeKeepsOldPublications: a ranking of before the eighth step lacks its rules, so that nothing finds it; the digests before it
// go on.
func TestUpgradeKeepsOldPublications(t *testing.T) {
	db, d := old(t, filepath.Join(t.TempDir(), "duban.db"))
	if err := migrate(db, d.schema, firstSteps(t, 7)); err != nil {
		t.Fatal(err)
	}
	for n, kind := range []string{SnapshotRanking, SnapshotTotals, SnapshotLookBack} {
		err := db.Exec("INSERT INTO snapshots (kind, period_from, period_to, version, inputs, text, at) VALUES (?, 1, 2, '2026-01', '{\"Filed\":7}', '文字', ?)",
			kind, n+10).Error
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := migrate(db, d.schema, migrations); err != nil {
		t.Fatal(err)
	}
	tx := newTx(db, time.UnixMicro(100))
	for kind, want := range map[string]int64{SnapshotRanking: 0, "ranking_old": 10, SnapshotTotals: 11, SnapshotLookBack: 12} {
		s, found, err := tx.LastSnapshot(kind, tx.now, nil)
		if err != nil || found != (want > 0) || s.PublishedAt != want || found && (s.At != want || s.Text != "文字" || s.Inputs != `{"Filed":7}`) {
			t.Errorf("%s: %+v, %v, %v", kind, s, found, err)
		}
	}
}
