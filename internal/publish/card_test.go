package publish

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"duban/internal/issue"
	"duban/internal/store"
)

// TestCards: the card says what the text says, by each style; nobody ranked, there is none.
func TestCards(t *testing.T) {
	for _, tt := range []struct {
		style issue.Style
		start issue.Points
		want  string
	}{
		{issue.StyleRates, 10_000, "街道: 1 昭阳街道 30.00 按期 0/1 0.30 [无应处置：临湖街道]"},
		{issue.StyleDeductions, 10_000, "街道: 1 临湖街道 100.00 问题 0 件 1.00 2 昭阳街道 93.00 问题 1 件，按期 0/1 0.93 []|部门: 1 住建局 100.00 问题 0 件 1.00 []"},
		{issue.StyleDeductions, 1000, "街道: 1 临湖街道 10.00 问题 0 件 1.00 2 昭阳街道 3.00 问题 1 件，按期 0/1 0.30 []|部门: 1 住建局 10.00 问题 0 件 1.00 []"},
		{issue.StyleComplaints, 10_000, ""},
	} {
		o := newOffice(t)
		o.Reg.Scoring.Style, o.Reg.Scoring.Deductions.Start = tt.style, tt.start
		o.file("2026-11-23 09:00", "zhaoyang", "2026-11-23 12:00")
		o.read("2026-11-23 18:00", func(tx *store.Tx) error {
			s, err := o.Daily(tx, tx.Now())
			if err != nil {
				return err
			}
			var r Ranking
			if err := s.Decode(&r); err != nil {
				return err
			}
			got := ""
			if r.Card != nil {
				for _, g := range r.Card.Groups {
					if len(g.Rows) == 0 {
						continue
					}
					if got != "" {
						got += "|"
					}
					got += g.Name + ":"
					for _, row := range g.Rows {
						got += fmt.Sprintf(" %d %s %s %s %.2f", row.Rank, row.Unit, row.Score, row.Counts, row.Bar)
					}
					got += fmt.Sprint(" ", g.Remarks)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s: %s", tt.style, diff)
			}
			return nil
		})
	}
}
