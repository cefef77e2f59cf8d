// Package storetest opens fresh databases for tests and fills them with issues that have lived through real moves.
package storetest

import (
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
)

// Open opens a new database in the test's own folder and closes it when the test is over.
func Open(t testing.TB) *store.Store {
	t.Helper()
	return OpenAt(t, filepath.Join(t.TempDir(), "duban.db"))
}

// OpenAt opens the database at path, new or not, and closes it when the test is over.
func OpenAt(t testing.TB, path string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close database: %v", err)
		}
	})
	return s
}

// Write runs fn in a writing transaction that must succeed.
func Write(t testing.TB, s *store.Store, now time.Time, fn func(*store.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), now, fn); err != nil {
		t.Fatalf("write: %v", err)
	}
}

// Read runs fn in a reading transaction that must succeed.
func Read(t testing.TB, s *store.Store, now time.Time, fn func(*store.Tx) error) {
	t.Helper()
	if err := s.Read(t.Context(), now, fn); err != nil {
		t.Fatalf("read: %v", err)
	}
}

// Issue files an issue with what c says of it and returns it; assigned at once if c names a unit.
func Issue(t testing.TB, s *store.Store, p issue.Policy, now time.Time, c issue.Change) issue.Issue {
	t.Helper()
	var i issue.Issue
	Write(t, s, now, func(tx *store.Tx) error {
		id, err := tx.NewIssueNumber()
		if err != nil {
			return err
		}
		i = issue.Issue{ID: id}
		owner := issue.Change{Unit: c.Unit, Assignee: c.Assignee}
		c.Unit, c.Assignee = "", ""
		e, err := p.Apply(&i, issue.Act{Action: issue.Report, By: c.Reporter, At: tx.Now(), Change: c})
		if err != nil {
			return err
		}
		events := []issue.Event{e}
		if owner.Unit != "" {
			if e, err = p.Apply(&i, issue.Act{Action: issue.Assign, At: tx.Now(), Change: owner}); err != nil {
				return err
			}
			events = append(events, e)
		}
		return tx.SaveIssue(i, events...)
	})
	return i
}

// Move makes a move on a stored issue, which must be allowed, and returns the issue as it is then.
func Move(t testing.TB, s *store.Store, p issue.Policy, id int64, a issue.Act) issue.Issue {
	t.Helper()
	var i issue.Issue
	Write(t, s, a.At, func(tx *store.Tx) (err error) {
		if i, err = tx.Issue(id); err != nil {
			return err
		}
		e, err := p.Apply(&i, a)
		if err != nil {
			return err
		}
		return tx.SaveIssue(i, e)
	})
	return i
}

// Lives stores n issues that have lived through random moves of the people in County, beginning on random instants of two
// weeks from start on. The same seed gives the same lives.
func Lives(t testing.TB, s *store.Store, p issue.Policy, start time.Time, n int, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, seed))
	Write(t, s, start, func(tx *store.Tx) error {
		for id := int64(1); id <= int64(n); id++ {
			i, events := life(r, p, id, start.Add(time.Duration(r.IntN(14*24*60))*time.Minute))
			if err := tx.SaveIssue(i, events...); err != nil {
				return err
			}
		}
		return nil
	})
}

// life is a report and up to eleven further moves, at random distances; impossible ones are passed over.
func life(r *rand.Rand, p issue.Policy, id int64, now time.Time) (issue.Issue, []issue.Event) {
	i, events := issue.Issue{ID: id}, []issue.Event(nil)
	move := func(a issue.Act) {
		a.At = now
		if e, err := p.Apply(&i, a); err == nil {
			events = append(events, e)
		}
	}
	place := p.Reg.Places[r.IntN(len(p.Reg.Places))]
	limit := p.Reg.Categories[r.IntN(len(p.Reg.Categories))].Limit
	reporter := []string{"zhang_min", "zhang_min", "li_qiang"}[r.IntN(3)]
	if r.IntN(10) == 0 {
		move(issue.Act{Action: issue.SolveOnSpot, By: "zhang_min", Change: issue.Change{Reporter: "zhang_min", Unit: place.Unit, Due: now.Add(time.Hour)}})
	} else {
		move(issue.Act{Action: issue.Report, By: reporter, Change: issue.Change{Reporter: reporter, Place: place.Name, Limit: &limit, Text: "楼道堆物"}})
	}
	if r.IntN(10) > 0 {
		move(issue.Act{Action: issue.Assign, Change: issue.Change{Unit: place.Unit, Assignee: p.Reg.Receiver(place.Unit)}})
	}
	for range r.IntN(12) {
		now = now.Add(time.Duration(r.IntN(24*60)) * time.Minute)
		move(randomMove(r, p, i))
	}
	return i, events
}

func randomMove(r *rand.Rand, p issue.Policy, i issue.Issue) issue.Act {
	office := issue.Act{By: "chen_jing"}
	switch n := r.IntN(40); {
	case n < 14:
		return issue.Act{Action: issue.Submit, By: i.Assignee, Note: "已清理"}
	case n < 20:
		return issue.Act{Action: issue.Pass, By: "zhang_min"}
	case n < 26:
		return issue.Act{Action: issue.Return, By: "zhang_min", Note: "角落仍有垃圾"}
	case n < 28:
		return issue.Act{Action: issue.Relapse, By: "zhang_min"}
	case n < 30:
		return issue.Act{Action: issue.Photo, By: "zhang_min"}
	case n < 32:
		office.Action, office.Change.Due = issue.Extend, i.Due.Add(24*time.Hour)
	case n < 34:
		unit := p.Reg.Units[r.IntN(len(p.Reg.Units))].ID
		office.Action, office.Change = issue.Reassign, issue.Change{Unit: unit, Assignee: p.Reg.Receiver(unit)}
	case n < 35:
		office.Action = issue.Void
	case n < 36:
		office.Action, office.Change.Merged = issue.Merge, 1
	case n < 37:
		office.Action = issue.Reject
	case n < 39:
		return issue.Act{Action: issue.Suspend, By: "liu_jian"}
	default:
		office.Action = issue.Resume
	}
	return office
}
