package publish

import (
	"testing"

	"duban/internal/score"
	"duban/internal/store"
	"duban/internal/understand"
)

// TestOnlyWhatIsPublishedIsListed: a ranking that somebody only looks at costs by the rule, not by the issues; of the unit whose score
// is explained the issues are listed, and of what may be put right later all are.
func TestOnlyWhatIsPublishedIsListed(t *testing.T) {
	o := newOffice(t)
	for range 3 {
		o.file("2026-11-23 09:00", "zhaoyang", "2026-11-23 12:00")
		o.file("2026-11-23 09:00", "linhu", "2026-11-23 12:00")
	}
	for unit, want := range map[string]int{"": 2, "zhaoyang": 4, store.AllUnits: 6} {
		o.read("2026-11-23 17:30", func(tx *store.Tx) error {
			day, _, err := o.Latest(tx, tx.Now(), unit)
			if err != nil {
				return err
			}
			week, err := o.Between(tx, understand.Week(tx.Now().In(o.Cal.Location())), unit)
			if err != nil {
				return err
			}
			draft, err := o.Daily(tx, tx.Now())
			for _, s := range []struct {
				store.Snapshot
				facts int
			}{{day, want}, {week, want}, {draft, 6}} {
				var r Ranking
				if err := s.Decode(&r); err != nil {
					return err
				}
				if len(r.Input.Facts) != s.facts || entered(r.Scores) != 6 {
					t.Errorf("%s with %q: %+v", r.Title, unit, r.Input.Facts)
				}
			}
			return err
		})
	}
}

func entered(scores []score.Score) (n int) {
	for _, s := range scores {
		n += s.Entering
	}
	return n
}
