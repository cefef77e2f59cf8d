package score_test

import (
	"testing"
	"time"

	"duban/internal/issue"
)

// at is an instant of the county's wall clock.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", s, time.FixedZone("CST", 8*60*60))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// jinniu are the weights of domain.md §5.4 A.
func jinniu() issue.Weights {
	return issue.Weights{Handled: 30, OnTime: 20, NoReturn: 20, NoOverdue: 20, NoExtension: 10}
}
