// Package score is what a unit's handling of its issues is worth: what of a period counts, the account that follows, and
// the order of the units. It is pure: facts in, accounts out.
package score

import (
	"math/big"
	"slices"

	"duban/internal/issue"
)

// Counts is what a unit did in a period, by the counting rule of domain.md §5.4: an issue enters a period once, at the
// earlier of its first submission and its deadline.
type Counts struct {
	Unit     string
	Entering int // 应处置
	Handled  int // 处置: of these, submitted by the end of the period
	OnTime   int // 按期处置: of these, first submitted by the deadline
	Reviewed int // 应结案: reviewed in the period
	Returned int // 返工: of these, returned at least once
	Overdue  int // 超期待处置: late and not submitted at the end of the period
	Carried  int // of these, those that had entered before the period
	Extended int // 延期: of the entering ones
	Early    int // of the entering ones, submitted before half the limit
	Filed    int // filed in the period, for information
	Closed   int // closed in the period, for information

	Found    ByLevel `json:",omitzero"` // style B: filed in the period
	Late     ByLevel `json:",omitzero"` // style B: entered late
	Repeated ByLevel `json:",omitzero"` // style B: carried, still not submitted
	Calls    Calls   `json:",omitzero"` // style C
}

// rateOnTime is 按期处置率, 0 to 1.
func (c Counts) rateOnTime() *big.Rat { return share(1, c.OnTime, c.Entering) }

// ByLevel are numbers of issues by who found them.
type ByLevel struct {
	Upper, County, Own int
}

func (b *ByLevel) add(l Level, n int) {
	switch l {
	case Upper:
		b.Upper += n
	case Own:
		b.Own += n
	default:
		b.County += n
	}
}

// Calls are the complaints that were called back about in the period (domain.md §5.4 C).
type Calls struct {
	Valid     int // 有效回访
	Contacted int // 联系上
	Solved    int // 已解决
	Satisfied int // 满意
	Basic     int // 基本满意
}

// Deed is a number of judgements of one kind: Returned are those beyond the second.
type Deed struct {
	Unit  string
	Kind  issue.JudgementKind
	N     int
	Issue int64 // the issue, where numbers are asked for; 0 otherwise
}

// FreeReturns is how many returns of an issue cost nothing besides 返工 (domain.md §5.4).
const FreeReturns = 2

// Input is everything that the scores of a period are made of.
type Input struct {
	Facts  []Fact
	Deeds  []Deed
	Manual []Manual
}

// Sheet is what a unit's account is made of.
type Sheet struct {
	Counts
	Weighted Counts // the counts with the findings of an upper level several times
	Deeds    []Deed
	Manual   []Manual
	Issues   map[Kind][]int64 // the issues behind a line in the order of their numbers, where these are asked for
}

// Sheets adds up an input per unit. Units that are not asked for are left out.
func Sheets(s issue.Scoring, units []string, in Input) []Sheet {
	byUnit := map[string]*Sheet{}
	out := make([]Sheet, len(units))
	for n, u := range units {
		out[n] = Sheet{Counts: Counts{Unit: u}, Weighted: Counts{Unit: u}, Issues: map[Kind][]int64{}}
		byUnit[u] = &out[n]
	}
	for _, f := range in.Facts {
		if sheet := byUnit[f.Unit]; sheet != nil {
			sheet.count(s, f)
		}
	}
	for _, d := range in.Deeds {
		if sheet := byUnit[d.Unit]; sheet != nil {
			sheet.Deeds = append(sheet.Deeds, d)
			sheet.note(deedKind(d.Kind), true, d.Issue)
		}
	}
	for _, m := range in.Manual {
		if sheet := byUnit[m.Unit]; sheet != nil {
			sheet.Manual = append(sheet.Manual, m)
		}
	}
	for _, sheet := range out {
		for _, ids := range sheet.Issues {
			slices.Sort(ids)
		}
	}
	return out
}

// count adds a fact, and notes its number with the lines on which it costs or brings points.
func (s *Sheet) count(rule issue.Scoring, f Fact) {
	e := f.effect(rule.OnTimeRequiresPass)
	weight := 1
	if f.level() == Upper {
		weight = max(1, rule.Adjustments.UpperWeight)
	}
	s.add(f, e, f.N)
	s.Weighted.add(f, e, f.N*weight)
	if f.Issue == 0 {
		return
	}
	for _, n := range []struct {
		kind Kind
		here bool
	}{
		{KindHandled, e.entering && !e.handled},
		{KindOnTime, e.entering && !e.onTime},
		{KindNoReturn, e.returned},
		{KindNoOverdue, e.overdue},
		{KindNoExtension, e.extended},
		{KindEarly, e.early},
		{found(f.level()), e.filed},
		{late(f.level()), e.late},
		{repeated(f.level()), e.carried},
		{KindResponse, e.called && !e.contacted},
		{KindSolved, e.called && !e.solved},
		{KindSatisfied, e.called && !e.satisfied},
	} {
		s.note(n.kind, n.here, f.Issue)
	}
}

func (s *Sheet) note(k Kind, here bool, id int64) {
	if here && id > 0 {
		s.Issues[k] = append(s.Issues[k], id)
	}
}

func (c *Counts) add(f Fact, e effect, n int) {
	for _, sum := range []struct {
		to   *int
		here bool
	}{
		{&c.Entering, e.entering},
		{&c.Handled, e.handled},
		{&c.OnTime, e.onTime},
		{&c.Reviewed, e.reviewed},
		{&c.Returned, e.returned},
		{&c.Overdue, e.overdue},
		{&c.Carried, e.carried},
		{&c.Extended, e.extended},
		{&c.Early, e.early},
		{&c.Filed, e.filed},
		{&c.Closed, e.closed},
		{&c.Calls.Valid, e.called},
		{&c.Calls.Contacted, e.contacted},
		{&c.Calls.Solved, e.solved},
		{&c.Calls.Satisfied, e.satisfied},
		{&c.Calls.Basic, e.content},
	} {
		if sum.here {
			*sum.to += n
		}
	}
	for _, sum := range []struct {
		to   *ByLevel
		here bool
	}{{&c.Found, e.filed}, {&c.Late, e.late}, {&c.Repeated, e.carried}} {
		if sum.here {
			sum.to.add(f.level(), n)
		}
	}
}
