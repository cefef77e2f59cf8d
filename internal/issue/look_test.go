package issue_test

import (
	"testing"
	"time"

	"duban/internal/issue"
)

// TestWhoWasAtThePlace: a report of what inspection found, a solution on the spot, a review and a look back are looks at the
// place; what others had found, and what is only said, are none.
func TestWhoWasAtThePlace(t *testing.T) {
	report := func(s issue.Source) issue.Event {
		return issue.Event{Action: issue.Report, Change: issue.Change{Source: s}}
	}
	act := func(a issue.Action) issue.Event { return issue.Event{Action: a} }
	for _, tt := range []struct {
		name   string
		events []issue.Event
		want   int // the event of the last look, from 1; 0: none
	}{
		{"reported", []issue.Event{report(issue.FromInspection)}, 1},
		{"reported in an older version", []issue.Event{report("")}, 1},
		{"told by the public", []issue.Event{report(issue.FromPublic)}, 0},
		{"handed down", []issue.Event{report(issue.FromUpper)}, 0},
		{"found by the unit itself", []issue.Event{report(issue.FromSelf)}, 0},
		{"solved on the spot", []issue.Event{act(issue.SolveOnSpot)}, 1},
		{"passed", []issue.Event{report(issue.FromPublic), act(issue.Submit), act(issue.Pass)}, 3},
		{"returned and done again", []issue.Event{report(""), act(issue.Submit), act(issue.Return), act(issue.Submit)}, 3},
		{"looked back", []issue.Event{report(""), act(issue.Pass), act(issue.LookBack), act(issue.Photo)}, 3},
		{"relapsed", []issue.Event{report(""), act(issue.Pass), act(issue.Relapse), act(issue.Press)}, 3},
	} {
		start := at(t, "2026-11-23 09:00")
		for n := range tt.events {
			e := &tt.events[n]
			e.Issue, e.Seq, e.At, e.By = 1, n+1, start.Add(time.Duration(n+1)*time.Hour), string(rune('a'+n))
		}
		i := issue.Rebuild(tt.events)
		wantAt, wantBy := time.Time{}, ""
		if tt.want > 0 {
			wantAt, wantBy = tt.events[tt.want-1].At, tt.events[tt.want-1].By
		}
		if !i.SeenAt.Equal(wantAt) || i.SeenBy != wantBy {
			t.Errorf("%s: %v by %q", tt.name, i.SeenAt, i.SeenBy)
		}
	}
}
