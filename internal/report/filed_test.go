package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"duban/internal/issue"
)

// What nobody owns yet is nobody's share; parts of assisting units are theirs.
func TestShares(t *testing.T) {
	filed := []Filing{
		{Issue: issue.Issue{ID: 1, Unit: "b"}, Parts: []issue.Issue{{ID: 2, Unit: "a"}, {ID: 3, Unit: "c"}}},
		{Issue: issue.Issue{ID: 4}},
		{Issue: issue.Issue{ID: 5, Unit: "a"}},
	}
	got := map[string][]int64{}
	order := ""
	for _, s := range Shares(filed) {
		order += s.Unit
		for _, i := range s.Issues {
			got[s.Unit] = append(got[s.Unit], i.ID)
		}
	}
	if diff := cmp.Diff(map[string][]int64{"b": {1}, "a": {2, 5}, "c": {3}}, got); diff != "" || order != "bac" {
		t.Errorf("in the order %s (-want +got):\n%s", order, diff)
	}
}
