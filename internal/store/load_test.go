package store_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/pgtest"
	"duban/internal/store/storetest"
)

// TestLoad: what waits is counted, what is over is not.
func TestLoad(t *testing.T) {
	s := storetest.Open(t)
	p := storetest.County(t)
	now := storetest.At(t, "2026-11-25 09:00")
	load := func() (l store.Load) {
		storetest.Read(t, s, now, func(tx *store.Tx) (err error) { l, err = tx.Load(); return err })
		return l
	}
	if l := load(); l.Filed != 0 || !l.LateSince.IsZero() || !l.UnreadAt.IsZero() || l.Open[issue.Working] != 0 {
		t.Errorf("empty: %+v", l)
	}
	storetest.Issue(t, s, p, now, issue.Change{Text: "一", Reporter: "zhang_min"})
	storetest.Issue(t, s, p, now, issue.Change{Text: "二", Reporter: "zhang_min", Unit: "zhaoyang", Assignee: "li_qiang"})
	storetest.Write(t, s, now.Add(-time.Hour), func(tx *store.Tx) error {
		if _, err := tx.AddArrival(&store.Arrival{Channel: "net", MessageID: "1", Body: "{}"}); err != nil {
			return err
		}
		return tx.Send(store.Out{To: store.ToChat("office"), Text: "晚了"})
	})
	storetest.Write(t, s, now, func(tx *store.Tx) error {
		return tx.Send(store.Out{To: store.ToChat("office"), Text: "明天", NotBefore: now.Add(24 * time.Hour)})
	})
	l := load()
	if l.Filed != 2 || l.Open[issue.Reported] != 1 || l.Open[issue.Assigned] != 1 || l.Queued != 2 || l.Unread != 1 || l.Dead != 0 {
		t.Errorf("%+v", l)
	}
	if late := now.Add(-time.Hour); !l.LateSince.Equal(late) || !l.UnreadAt.Equal(late) {
		t.Errorf("waiting since %v, %v", l.LateSince, l.UnreadAt)
	}
	if _, counted := l.Open[issue.Closed]; counted {
		t.Error("what is closed is counted")
	}
	if n := s.Size(t.Context()); n < 4096 {
		t.Errorf("%d bytes", n)
	}
}

// TestLatestRuns: of each job the newest row, and of one the newest that was done.
func TestLatestRuns(t *testing.T) {
	s := storetest.Open(t)
	now := storetest.At(t, "2026-11-25 09:00")
	storetest.Write(t, s, now, func(tx *store.Tx) error {
		for n, result := range []string{store.RunDone, store.RunMissed, store.RunFailed} {
			if _, err := tx.ClaimRun("backup", now.AddDate(0, 0, n-3), result, "note"); err != nil {
				return err
			}
		}
		_, err := tx.ClaimRun("ranking", now, store.RunDone, "")
		return err
	})
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		runs, err := tx.LatestRuns([]string{"backup", "ranking", "never"})
		if err != nil || len(runs) != 2 || runs[0].Result != store.RunFailed || runs[0].Note != "note" || runs[1].Job != "ranking" {
			t.Errorf("%+v, %v", runs, err)
		}
		done, found, err := tx.LatestDone("backup")
		if err != nil || !found || !done.Slot.Equal(now.AddDate(0, 0, -3)) {
			t.Errorf("%+v, %v, %v", done, found, err)
		}
		if _, found, err := tx.LatestDone("never"); found || err != nil {
			t.Errorf("%v, %v", found, err)
		}
		return nil
	})
}

// TestProbe: each trial writes to the disk; a trial that finds nothing to write would not notice a full one.
func TestProbe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "duban.db")
	s := storetest.OpenAt(t, path)
	now := storetest.At(t, "2026-11-25 09:00")
	written := func() string {
		if pgtest.Server() == "" {
			return fmt.Sprint(s.Size(t.Context()))
		}
		var where string // the last change of the row that is written
		if err := storetest.Raw(t, path).QueryRow("SELECT xmin FROM schema_steps WHERE step = 1").Scan(&where); err != nil {
			t.Fatal(err)
		}
		return where
	}
	for n := range 3 {
		before := written()
		if err := s.Probe(t.Context(), now.Add(time.Duration(n)*time.Minute)); err != nil {
			t.Fatal(err)
		}
		if written() == before {
			t.Error("nothing was written")
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Probe(t.Context(), now); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("a closed database was written: %v", err)
	}
}
