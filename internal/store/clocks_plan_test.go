package store

import (
	"strings"
	"testing"
	"time"

	"duban/internal/issue"
)

// TestClocksCostWhatIsDue: what runs by the clock finds its rows by an index as well.
func TestClocksCostWhatIsDue(t *testing.T) {
	s, err := openAt(t, t.TempDir()+"/duban.db")
	if err != nil {
		t.Fatal(err)
	}
	now := time.UnixMicro(1_700_000_000_000_000)
	for _, tt := range []struct {
		name string
		fn   func(*Tx) error
		want string
	}{
		{"alarms at night", func(tx *Tx) error { _, err := tx.Issues(Filter{AlarmBy: now, Urgent: true}); return err }, "issues_next_alarm"},
		{"next alarm", func(tx *Tx) error { _, err := tx.NextAlarm(); return err }, "issues_next_alarm"},
		{"held messages", func(tx *Tx) error { _, err := tx.HeldWith(Outgoing{Target: "chat/a", HeldUntil: 1}); return err }, "outbox_target"},
		{"open requests", func(tx *Tx) error { _, err := tx.CountIssues(Filter{Requested: true}); return err }, "issues_request"},
		{"relapses", func(tx *Tx) error { _, err := tx.Issues(Filter{RelapsedSince: now}); return err }, "events_action_at"},
		{"closings", func(tx *Tx) error { _, err := tx.Issues(Filter{ClosedFrom: now, ClosedBefore: now}); return err }, "issues_closed"},
		{"owners", func(tx *Tx) error { _, err := tx.Owners([]issue.Status{issue.Reported}); return err }, "issues_status_due"},
		{"talks", func(tx *Tx) error { _, err := tx.CountIssues(TalkList()); return err }, "issues_status_due"},
	} {
		used := false
		steps := plans(t, s, tt.fn)
		for _, step := range steps {
			if strings.HasPrefix(step, "SCAN ") {
				t.Errorf("%s: reads a whole table: %s", tt.name, step)
			}
			used = used || strings.Contains(step, tt.want)
		}
		if !used {
			t.Errorf("%s: does not use %s:\n%s", tt.name, tt.want, strings.Join(steps, "\n"))
		}
	}
}
