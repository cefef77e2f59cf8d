package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"duban/internal/issue"
	"duban/internal/store/pgtest"
)

// recorder notes the statements that run on a connection.
type recorder struct {
	gorm.ConnPool
	statements []statement
}

type statement struct {
	text string
	args []any
}

func (r *recorder) note(text string, args []any) {
	r.statements = append(r.statements, statement{text, slices.Clone(args)})
}

func (r *recorder) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	r.note(text, args)
	return r.ConnPool.ExecContext(ctx, text, args...)
}

func (r *recorder) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	r.note(text, args)
	return r.ConnPool.QueryContext(ctx, text, args...)
}

func (r *recorder) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	r.note(text, args)
	return r.ConnPool.QueryRowContext(ctx, text, args...)
}

func recorded(s *Store) (*recorder, *gorm.DB) {
	r := &recorder{ConnPool: s.writer.ConnPool}
	db := s.writer.Session(&gorm.Session{NewDB: true})
	db.Statement.ConnPool = r
	return r, db
}

// plans gives the database's plan for every statement that fn runs.
func plans(t *testing.T, s *Store, fn func(*Tx) error) []string {
	t.Helper()
	pgtest.NeedsFile(t, "plans of a server depend on how much is in the tables")
	r, db := recorded(s)
	if err := fn(newTx(db, time.UnixMicro(1_700_000_000_000_000))); err != nil {
		t.Fatal(err)
	}
	if len(r.statements) == 0 {
		t.Fatal("no statement was run")
	}
	var out []string
	for _, ran := range r.statements {
		var steps []struct{ Detail string }
		if err := s.writer.Raw("EXPLAIN QUERY PLAN "+ran.text, ran.args...).Scan(&steps).Error; err != nil {
			t.Fatalf("%s: %v", ran.text, err)
		}
		for _, step := range steps {
			out = append(out, step.Detail)
		}
	}
	return out
}

// TestCostsGrowWithWhatIsDue: what runs with every tick and message must find its rows by an index, and by the one that
// holds only what is due (design.md §11).
func TestCostsGrowWithWhatIsDue(t *testing.T) {
	s, err := openAt(t, t.TempDir()+"/duban.db")
	if err != nil {
		t.Fatal(err)
	}
	now := time.UnixMicro(1_700_000_000_000_000)
	ignore := func(err error) error {
		if _, ok := issue.AsError(err); ok {
			return nil
		}
		return err
	}
	for _, tt := range []struct {
		name string
		fn   func(*Tx) error
		want string // the index that must be used; the others only must not read a whole table
	}{
		{"alarms", func(tx *Tx) error { _, err := tx.Issues(Filter{AlarmBy: now}); return err }, "issues_next_alarm"},
		{"alarms of what units have", func(tx *Tx) error {
			_, err := tx.Issues(Filter{AlarmBy: now, Statuses: withUnit()})
			return err
		}, "issues_next_alarm"},
		{"due messages", func(tx *Tx) error { _, err := tx.DueOutgoing(50); return err }, "outbox_due"},
		{"order of messages", func(tx *Tx) error { _, err := tx.DueOutgoing(50); return err }, "outbox_target"},
		{"next message", func(tx *Tx) error { _, _, err := tx.NextOutgoing(); return err }, "outbox_due"},
		{"withdrawing a message", func(tx *Tx) error { return tx.Cancel("await/1") }, ""},
		{"open arrivals", func(tx *Tx) error { _, err := tx.OpenArrivals(); return err }, "inbox_open"},
		{"what waits", func(tx *Tx) error { _, err := tx.Load(); return err }, "inbox_open (cleared_at=? AND done_at=?)"},
		{"one issue", func(tx *Tx) error { _, err := tx.Issue(1); return ignore(err) }, ""},
		{"history", func(tx *Tx) error { _, err := tx.Events(1); return err }, ""},
		{"next number", func(tx *Tx) error { _, err := tx.NewIssueNumber(); return err }, ""},
		{"overdue", func(tx *Tx) error {
			_, err := tx.Issues(Filter{Statuses: withUnit(), DueBefore: now})
			return err
		}, "issues_status_due"},
		{"my issues", func(tx *Tx) error {
			_, err := tx.Issues(Filter{Statuses: withUnit(), Assignee: "li_qiang"})
			return err
		}, ""},
		{"requests", func(tx *Tx) error { _, err := tx.Issues(Filter{Requested: true}); return err }, "issues_request"},
		{"requests of open issues", func(tx *Tx) error {
			_, err := tx.Issues(Filter{Requested: true, Statuses: withUnit()})
			return err
		}, "issues_request"},
		{"replies", func(tx *Tx) error { _, err := tx.Issues(Filter{Replying: true, Statuses: withUnit()}); return err }, "issues_reply"},
		{"look backs", func(tx *Tx) error { _, err := tx.Issues(Filter{Drawn: true}); return err }, "issues_look_back"},
		{"exposed", func(tx *Tx) error { _, err := tx.Issues(Filter{Exposed: true}); return err }, "issues_exposed"},
		{"exposed of what units have", func(tx *Tx) error {
			_, err := tx.Issues(Filter{Exposed: true, Statuses: withUnit()})
			return err
		}, "issues_exposed"},
		{"parts", func(tx *Tx) error { _, err := tx.Issues(Filter{Parent: 1, Statuses: withUnit()}); return err }, "issues_parent"},
		{"merged", func(tx *Tx) error { _, err := tx.Issues(Filter{MergedInto: 1}); return err }, "issues_merged"},
		{"whole issues that are late", func(tx *Tx) error {
			_, err := tx.Issues(Filter{Whole: true, Statuses: withUnit(), DueBefore: now})
			return err
		}, "issues_status_due"},
		{"whole issues of a week", func(tx *Tx) error {
			_, err := tx.CountIssues(Filter{Whole: true, ReportedSince: now, Before: now.Add(time.Hour)})
			return err
		}, "issues_reported"},
		{"supervised", func(tx *Tx) error { _, err := tx.Issues(Filter{LevelFrom: "L2", Statuses: withUnit()}); return err }, "issues_status_due"},
		{"facts", func(tx *Tx) error { _, err := tx.Facts(now, now.Add(24*time.Hour), ""); return err }, ""},
		{"loose photos", func(tx *Tx) error { _, err := tx.LoosePhotos("c", "p", now, now); return err }, "photos_loose"},
		{"doubles at a place", func(tx *Tx) error {
			_, err := tx.WordingsAt("金水湾小区", "", now, 200)
			return err
		}, "issues_place "},
		{"closed at a place", func(tx *Tx) error {
			_, err := tx.CountIssues(Filter{Statuses: []issue.Status{issue.Closed}, Place: "金水湾小区", Whole: true})
			return err
		}, "USING COVERING INDEX issues_place "},
		{"doubles without a place", func(tx *Tx) error {
			_, err := tx.WordingsAt("", "北门桥下", now, 200)
			return err
		}, "issues_place_text"},
		{"what somebody said before", func(tx *Tx) error {
			_, err := tx.WordingsOf("zhang_min", now)
			return err
		}, "issues_reporter (reporter=? AND status=? AND reported_at>?)"},
		{"what somebody reported that is open", func(tx *Tx) error {
			_, err := tx.Issues(Filter{Statuses: open(), Reporter: "zhang_min", Whole: true, Limit: 1000})
			return err
		}, "issues_reporter (reporter=? AND status=?)"},
		{"what a unit answers for until the next has signed", func(tx *Tx) error {
			_, err := tx.Issues(Filter{Statuses: withUnit(), First: "zhaoyang", Limit: 1000})
			return err
		}, "issues_first (first_unit=? AND status=?)"},
		{"photos awaited by the last command", func(tx *Tx) error { _, err := tx.LastAwaits("c", "p"); return err }, "awaits_person"},
		{"photos awaited by a command", func(tx *Tx) error {
			_, err := tx.CommandAwaits(Await{Conversation: "c", Person: "p", Message: "m"})
			return err
		}, "awaits_person"},
		{"photos awaited for an issue", func(tx *Tx) error { _, err := tx.IssueAwaits(1); return err }, "awaits_issue"},
		{"withdrawing messages", func(tx *Tx) error { _, err := tx.CancelUnder("spot/1/"); return err }, "outbox USING INDEX sqlite_autoindex_outbox_1 (dedup>? AND dedup<?)"},
		{"withdrawing what is held", func(tx *Tx) error { _, err := tx.CancelHeld("sign/1"); return err }, "outbox USING INDEX sqlite_autoindex_outbox_1 (dedup>? AND dedup<?)"},
		{"awaited photos", func(tx *Tx) error { _, err := tx.OpenAwaits("c", "p"); return err }, "awaits_person"},
		{"ended waiting", func(tx *Tx) error { return tx.EndAwaits(1, "p") }, ""},
		{"last snapshot", func(tx *Tx) error {
			_, _, err := tx.LastSnapshot(SnapshotTotals, now, nil)
			return err
		}, "snapshots_kind"},
		{"snapshot of a day", func(tx *Tx) error { _, _, err := tx.EndedIn(SnapshotRanking, now, now); return err }, "snapshots_kind"},
		{"relapses of a week", func(tx *Tx) error { _, err := tx.Judged(issue.Relapsed, now, now.Add(time.Hour)); return err }, "judgements_kind"},
		{"send-backs", func(tx *Tx) error {
			_, _, err := tx.SendBacks("zhaoyang", []string{"zhang_wei"})
			return err
		}, "events_action_at"},
		{"points by hand in a period", func(tx *Tx) error { _, err := tx.ManualIn(now, now.Add(time.Hour)); return err }, "adjustments_state"},
		{"points by hand that wait", func(tx *Tx) error {
			_, err := tx.Adjustments(AdjustmentFilter{State: issue.AdjustmentAsked})
			return err
		}, "adjustments_state"},
		{"points by hand of a month", func(tx *Tx) error {
			_, err := tx.Adjustments(AdjustmentFilter{Unit: "zhaoyang", From: now, To: now.Add(time.Hour)})
			return err
		}, "adjustments_decided"},
		{"photos of issues that are over", func(tx *Tx) error { _, err := tx.pastOver(now, nil); return err }, "photos_purged (purged_at=? AND at<?)"},
		{"some photos of issues that are over", func(tx *Tx) error { _, err := tx.pastOver(now, make([]int64, 50)); return err }, "SEARCH p USING INTEGER PRIMARY KEY (rowid=?)"},
		{"removing photos", func(tx *Tx) error { _, err := tx.PurgePhotos(make([]int64, 50), time.Time{}, now); return err }, "SEARCH photos USING INTEGER PRIMARY KEY (rowid=?)"},
		{"emptying arrivals", func(tx *Tx) error { return tx.clearArrivals(make([]int64, 500)) }, "SEARCH inbox USING INTEGER PRIMARY KEY (rowid=?)"},
		{"emptying messages", func(tx *Tx) error { return tx.clearOutgoing(make([]int64, 500)) }, "SEARCH outbox USING INTEGER PRIMARY KEY (rowid=?)"},
		{"what an issue was merged into", func(tx *Tx) error { _, err := tx.over(1, now, map[int64]bool{}); return err }, ""},
		{"loose photos", func(tx *Tx) error { _, err := tx.PastPhotos(time.Time{}, now); return err }, "photos_issue (issue_id=? AND purged_at=? AND at<?)"},
		{"promise of a file", func(tx *Tx) error { _, err := tx.Promised("ab"); return err }, "photos_sha256"},
		{"handled arrivals", func(tx *Tx) error { _, err := tx.ClearArrivals(now, 10); return err }, "inbox_open (cleared_at=? AND done_at>? AND done_at<?)"},
		{"messages that were sent", func(tx *Tx) error { _, err := tx.ClearOutgoing(now, 10); return err }, "outbox_due (state=? AND due_at<?)"},
		{"dropped drafts", func(tx *Tx) error { _, err := tx.DropDrafts(now, 10); return err }, "snapshots_state (state=? AND at<?)"},
		{"waiting that is over", func(tx *Tx) error { return tx.DropExpired(now) }, "awaits_until"},
		{"last run", func(tx *Tx) error { _, _, err := tx.LastRun("ranking"); return err }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			used := false
			steps := plans(t, s, tt.fn)
			for _, step := range steps {
				if strings.HasPrefix(step, "SCAN ") && step != "SCAN f" { // which is made of parts that are found by an index
					t.Errorf("reads a whole table: %s", step)
				}
				used = used || strings.Contains(step, tt.want)
			}
			if !used {
				t.Errorf("does not use %s:\n%s", tt.want, strings.Join(steps, "\n"))
			}
		})
	}
}

// TestFactsFollowThePeriod: every part of the facts and the deeds is found by the index of its own instant.
func TestFactsFollowThePeriod(t *testing.T) {
	s, err := openAt(t, t.TempDir()+"/duban.db")
	if err != nil {
		t.Fatal(err)
	}
	now := time.UnixMicro(1_700_000_000_000_000)
	steps := plans(t, s, func(tx *Tx) error {
		_, err := tx.Facts(now, now.Add(24*time.Hour), "")
		_, more := tx.Deeds(&issue.Register{}, now, now.Add(24*time.Hour), false)
		return errors.Join(err, more)
	})
	text := strings.Join(steps, "\n")
	for _, want := range []string{
		"SEARCH i USING INDEX issues_reported (reported_at>? AND reported_at<?)",
		"SEARCH i USING INDEX issues_first_submitted (first_submitted_at>? AND first_submitted_at<?)",
		"SEARCH i USING INDEX issues_passed (passed_at>? AND passed_at<?)",
		"SEARCH i USING INDEX issues_first_submitted (first_submitted_at>?)",
		"SEARCH i USING INDEX issues_status_due (status=? AND due>? AND due<?)",
		"SEARCH i USING INDEX issues_called (called_at>? AND called_at<?)",
		"SEARCH j USING INDEX judgements_at (at>? AND at<?)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("not in the plan: %s", want)
		}
	}
	for _, table := range []string{"SCAN i", "SCAN issues", "SCAN j", "SCAN judgements"} {
		if strings.Contains(text+"\n", table+"\n") || strings.Contains(text, table+" ") {
			t.Errorf("%s", table)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

func open() []issue.Status {
	return []issue.Status{issue.Reported, issue.Assigned, issue.Working, issue.Submitted, issue.Suspended}
}
