package score_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"duban/internal/issue"
	"duban/internal/score"
)

// TestIssuesOfALineAreInOrder: a database gives facts in any order, and what is frozen and read is by number.
func TestIssuesOfALineAreInOrder(t *testing.T) {
	in := score.Input{}
	for _, id := range []int64{30, 4, 17} {
		in.Facts = append(in.Facts, score.Fact{
			Unit: "zhaoyang", N: 1, Issue: id, Status: issue.Working, Reported: score.Within, Due: score.Within, CurrentDue: score.Within,
		})
		in.Deeds = append(in.Deeds, score.Deed{Unit: "zhaoyang", Kind: issue.Exposed, N: 1, Issue: id})
	}
	sheet := score.Sheets(issue.Scoring{}, []string{"zhaoyang"}, in)[0]
	for _, k := range []score.Kind{score.KindHandled, score.KindExposure} {
		if diff := cmp.Diff([]int64{4, 17, 30}, sheet.Issues[k]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", k, diff)
		}
	}
}
