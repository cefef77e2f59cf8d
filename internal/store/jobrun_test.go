package store_test

import (
	"testing"
	"time"

	"duban/internal/store"
	"duban/internal/store/storetest"
)

// TestMissedAgain: what has been missed from a slot on grows; what was run stays as it is.
func TestMissedAgain(t *testing.T) {
	s := storetest.Open(t)
	slot := storetest.At(t, "2026-11-23 17:30")
	for n, c := range []struct {
		result string
		want   bool
		kept   string
	}{
		{store.RunMissed, true, "0"}, {store.RunMissed, true, "1"}, {store.RunDone, false, "1"},
	} {
		storetest.Write(t, s, slot.Add(time.Duration(n+1)*24*time.Hour), func(tx *store.Tx) error {
			won, err := tx.ClaimRun("ranking", slot, c.result, string(rune('0'+n)))
			if won != c.want {
				t.Errorf("%d. %s: %v", n, c.result, won)
			}
			runs, err2 := tx.JobRuns("ranking", 2)
			if len(runs) != 1 || runs[0].Note != c.kept || err2 != nil {
				t.Errorf("%d. %s: %+v, %v", n, c.result, runs, err2)
			}
			return err
		})
	}
}
