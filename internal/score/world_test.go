package score_test

import (
	"testing"
	"time"

	"duban/internal/issue"
	"duban/internal/score"
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

// moments is an issue with the instants that a fact is seen from a period by.
type moments struct {
	score.Fact
	ReportedAt, FirstSubmitted, Due, CurrentDue, PassedAt, ClosedAt, CalledAt time.Time
}

// seen is the fact that the issue is in a period.
func (m moments) seen(from, to time.Time) score.Fact {
	when := func(at time.Time) score.When {
		switch {
		case at.IsZero():
			return score.Never
		case at.Before(from):
			return score.Before
		case at.Before(to):
			return score.Within
		}
		return score.After
	}
	f := m.Fact
	f.N = max(1, f.N)
	f.Reported, f.Submitted, f.CurrentDue, f.Passed = when(m.ReportedAt), when(m.FirstSubmitted), when(m.CurrentDue), when(m.PassedAt)
	f.Due, f.Closed, f.Called = when(m.Due), when(m.ClosedAt), when(m.CalledAt)
	f.Late = m.FirstSubmitted.After(m.Due)
	return f
}

func facts(all []moments, from, to time.Time) []score.Fact {
	var out []score.Fact
	for _, m := range all {
		out = append(out, m.seen(from, to))
	}
	return out
}

// count adds up what issues mean in a period.
func count(units []string, all []moments, from, to time.Time) []score.Counts {
	var out []score.Counts
	for _, s := range score.Sheets(issue.Scoring{}, units, score.Input{Facts: facts(all, from, to)}) {
		s.Found, s.Late, s.Repeated = score.ByLevel{}, score.ByLevel{}, score.ByLevel{} // style B has tests of its own
		out = append(out, s.Counts)
	}
	return out
}

// sheet is a sheet of counts alone.
func sheet(c score.Counts) score.Sheet { return score.Sheet{Counts: c, Weighted: c} }

// rank gives the places of counts.
func rank(s issue.Scoring, counts []score.Counts) []score.Score {
	var sheets []score.Sheet
	for _, c := range counts {
		sheets = append(sheets, sheet(c))
	}
	var out []score.Score
	for _, a := range score.Rank(s, sheets) {
		out = append(out, a.Score)
	}
	return out
}

// points are those of counts by the five rates alone; a unit that has entered nothing is given them, too.
func points(c score.Counts) issue.Points { return pointsBy(jinniu(), c) }

func pointsBy(w issue.Weights, c score.Counts) issue.Points {
	return score.Open(issue.Scoring{Weights: w}, sheet(c)).Points
}

func sources() []issue.Source {
	return []issue.Source{"", issue.FromInspection, issue.FromSelf, issue.FromUpper, issue.FromPublic}
}

// full is the whole rule as it is by default.
func full() issue.Scoring {
	return issue.Scoring{
		Style: issue.StyleRates, Weights: jinniu(), MinCases: 1,
		Adjustments: issue.Adjustments{
			Exposure: -100, Falsified: -200, RefusedSendBack: -20, Relapse: -50, ThirdReturn: -50, OnTheSpot: 10, Early: 10,
			BonusCap: 200, TotalCap: 1000, ManualCap: 200, UpperWeight: 2,
		},
		Deductions: issue.Deductions{
			Start: 1000, Found: issue.Levels{Upper: -30, County: -20, Own: -10},
			Late: issue.Levels{Upper: -100, County: -50, Own: -30}, Repeated: issue.Levels{Upper: -200, County: -100, Own: -60},
		},
		Complaints: issue.ComplaintRates{Response: 10, Solved: 50, Satisfied: 40, Basic: 90, Pass: 8500},
	}
}

func hours(n int) time.Duration { return time.Duration(n) * time.Hour }
