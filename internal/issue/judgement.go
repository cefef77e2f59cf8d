package issue

import "time"

// Judgement is what an event says of a unit's work, as far as the score asks for it (domain.md §5.4).
type Judgement struct {
	Issue   int64
	Seq     int // number of the event
	At      time.Time
	Kind    JudgementKind
	Unit    string // unit that was judged; "" for OnTheSpot
	Person  string // OnTheSpot: who had it solved
	Nth     int    // Passed, Returned: which of this unit's it is, from 1, without those excused
	Excused bool   // an appeal against it, or against the whole issue, was upheld
}

// JudgementKind is the kind of a judgement.
type JudgementKind string

// The kinds.
const (
	Passed          JudgementKind = "passed"
	Returned        JudgementKind = "returned"
	Relapsed        JudgementKind = "relapsed"
	Falsification   JudgementKind = "falsified"
	RefusedSendBack JudgementKind = "refused"
	Exposed         JudgementKind = "exposed"
	SolvedOnTheSpot JudgementKind = "on_the_spot"
)

// Judges says whether an action may be a judgement or excuse one.
func Judges(a Action) bool {
	switch a {
	case Pass, Return, Relapse, Uphold, Refuse, Expose, SolveOnSpot:
		return true
	}
	return false
}

// Judgements draws them from an issue's whole history, in order of Seq. Events are never edited: an excuse is an event of its
// own that takes effect here.
func Judgements(events []Event) []Judgement {
	var out []Judgement
	var i Issue
	for _, e := range events {
		before := i
		fold(&i, e)
		if kind := e.judges(before); kind != "" {
			out = append(out, judgement(kind, e, before))
		}
		if before.Request.Kind == Appeal && e.Action == Uphold {
			excuse(out, before)
		}
	}
	number(out)
	return out
}

func (e Event) judges(before Issue) JudgementKind {
	switch e.Action {
	case Pass:
		return Passed
	case Return:
		return Returned
	case Relapse:
		return Relapsed
	case Expose:
		return Exposed
	case SolveOnSpot:
		return SolvedOnTheSpot
	case Uphold:
		if before.Request.Kind == Accuse {
			return Falsification
		}
	case Refuse:
		if before.Request.Kind == AskSendBack {
			return RefusedSendBack
		}
	}
	return ""
}

func judgement(kind JudgementKind, e Event, before Issue) Judgement {
	j := Judgement{Issue: e.Issue, Seq: e.Seq, At: e.At, Kind: kind, Unit: before.Unit, Excused: before.Excused && kind != Passed}
	if kind == SolvedOnTheSpot {
		j.Unit, j.Person, j.Excused = "", e.By, false
	}
	return j
}

// excuse takes out what an upheld appeal was against: one judgement, or all that cost the unit something. A pass stays.
func excuse(all []Judgement, before Issue) {
	against := before.Request.Against.Seq
	for n := range all {
		j := &all[n]
		j.Excused = j.Excused || j.Seq == against || against == 0 && j.Unit == before.Unit && j.Kind != Passed && j.Person == ""
	}
}

// number counts the passes and the returns of each unit.
func number(all []Judgement) {
	type reviews struct {
		unit string
		kind JudgementKind
	}
	count := map[reviews]int{}
	for n := range all {
		if j := &all[n]; (j.Kind == Returned || j.Kind == Passed) && !j.Excused {
			count[reviews{j.Unit, j.Kind}]++
			j.Nth = count[reviews{j.Unit, j.Kind}]
		}
	}
}
