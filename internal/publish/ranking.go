package publish

import (
	"strings"
	"time"

	"duban/internal/issue"
	"duban/internal/picture"
	"duban/internal/report"
	"duban/internal/score"
	"duban/internal/store"
	"duban/internal/understand"
)

// longestPeriod bounds the period of one daily ranking: after a longer pause a new day begins. It is longer than any holidays
// with a hold before them, or their issues would enter none.
const longestPeriod = 31 * 24 * time.Hour

// Ranking is what a ranking is made of, as it is frozen: enough to make it again, and to put it right.
type Ranking struct {
	Title   string
	Until   string `json:",omitzero"` // of a day: until when it counts
	Scoring issue.Scoring
	Groups  []Group     `json:",omitempty"` // with their units, as they were then
	Input   score.Input `json:",omitzero"`  // issue by issue, with their numbers
	Scores  []score.Score
	Last    []score.Score    // the ranking before it
	Card    *picture.Ranking // as it is shown; nil if nobody is ranked
}

func (r Ranking) told() report.Ranking {
	return report.Ranking{Title: r.Title, Until: r.Until, Scores: r.Scores, Last: r.Last, Scoring: r.Scoring}
}

// Day is the period of the daily ranking that ends at an instant. It begins where the last published one ended, so that every
// issue enters exactly one (domain.md §5.4).
func (d Desk) Day(tx *store.Tx, to time.Time) (from time.Time, err error) {
	from = to.Add(-24 * time.Hour)
	last, found, err := tx.LastSnapshot(store.SnapshotRanking, to, nil)
	if found && to.Sub(last.To()) < longestPeriod {
		from = last.To()
	}
	return from, err
}

// Daily makes the ranking of the day that ends at an instant.
func (d Desk) Daily(tx *store.Tx, to time.Time) (store.Snapshot, error) {
	from, err := d.Day(tx, to)
	if err != nil {
		return store.Snapshot{}, err
	}
	return d.ranking(tx, store.SnapshotRanking, understand.Period{From: from, To: to}, store.AllUnits, d.dayTitle(to))
}

// dayTitle is how the ranking of a day that ends at an instant is headed.
func (d Desk) dayTitle(to time.Time) (r Ranking) {
	r.Title, r.Until = d.Words.DayTitle(to)
	return r
}

// Between makes the ranking of any time, which is not published. What is not over is counted until now: a deadline that is still
// ahead is not missed. Only the issues of one unit, if any, are listed one by one: those of a year are too many.
func (d Desk) Between(tx *store.Tx, p understand.Period, unit string) (store.Snapshot, error) {
	return d.ranking(tx, "", soFar(tx, p), unit, Ranking{Title: p.Name + "创城排名"})
}

// soFar is the part of a time that is over.
func soFar(tx *store.Tx, p understand.Period) understand.Period {
	if now := tx.Now(); p.To.After(now) {
		p.To = now
	}
	return p
}

// Provisional tells a ranking that is not published, with its picture.
func (d Desk) Provisional(s store.Snapshot) (string, store.Recipe, error) {
	var r Ranking
	if err := s.Decode(&r); err != nil {
		return "", "", err
	}
	recipe, err := d.provisionalCard(r)
	return d.Words.Ranking(r.told(), false), recipe, err
}

// Account explains the score of a unit in a ranking, by what the ranking was made of and in the group in which the unit was.
func (d Desk) Account(s store.Snapshot, unit string) (string, error) {
	a, r, err := d.account(s, unit)
	if err != nil {
		return "", err
	}
	d = d.asOf(r)
	u, _ := d.Reg.Unit(unit)
	group, _ := d.Reg.Group(u.Group)
	return d.Words.Account(a, r.told(), group.Name), nil
}

// account is the account of a unit in a ranking, by the rules and the units of its time.
func (d Desk) account(s store.Snapshot, unit string) (score.Account, Ranking, error) {
	var r Ranking
	if err := s.Decode(&r); err != nil {
		return score.Account{}, r, err
	}
	d = d.asOf(r)
	for _, a := range store.Rank(d.Reg, r.Scoring, r.Input) {
		if a.Unit == unit {
			return a, r, nil
		}
	}
	return score.Account{}, r, issue.Fail(issue.CodeState, d.Reg.UnitName(unit)+"没有参加"+r.Title, "")
}

// rankingOf makes the ranking that a draft is about. Without a period it is the day so far, or the week or month that is over; a
// day ends at its midnight or now.
func (d Desk) rankingOf(tx *store.Tx, k Kind, p understand.Period, now time.Time) (store.Snapshot, error) {
	switch k.ID {
	case store.SnapshotWeek:
		return d.over(tx, k, p, understand.Week, now)
	case store.SnapshotMonth:
		return d.over(tx, k, p, understand.Month, now)
	}
	to := d.Reg.Scoring.PeriodEnd(now.In(d.Cal.Location()))
	if p.Name != "" && p != understand.Day(p.From) {
		return store.Snapshot{}, issue.Fail(issue.CodeInput, k.Name+"按天算，不能是"+p.Name, "例如「草稿 "+k.Name+" 昨天」；看一段时间请发「排名 "+p.Name+"」")
	}
	if p.Name != "" && p.To.Before(now) {
		to = p.To
	}
	return d.Daily(tx, to)
}

// ranking makes a ranking of a title, beside the last one of a kind; numbered names the unit whose issues are listed one by one, or all, as what is published needs
// them to be put right.
func (d Desk) ranking(tx *store.Tx, kind string, p understand.Period, numbered string, r Ranking) (store.Snapshot, error) {
	r.Scoring, r.Groups = d.Reg.Scoring, groupsOf(d.Reg)
	var err error
	if r.Input, err = tx.Inputs(d.Reg, p.From, p.To, numbered); err != nil {
		return store.Snapshot{}, err
	}
	var before Ranking
	if _, _, err := tx.LastSnapshot(kind, p.To, &before); err != nil {
		return store.Snapshot{}, err
	}
	r.Last = before.Scores
	return d.freeze(kind, p.From, p.To, r)
}

// freeze ranks the inputs by the rules that stand beside them.
func (d Desk) freeze(kind string, from, to time.Time, r Ranking) (store.Snapshot, error) {
	r.Scores = score.Scores(store.Rank(d.Reg, r.Scoring, r.Input))
	r.Card = d.card(r, r.Until)
	return store.NewSnapshot(kind, from, to, r.Scoring.Version, r, d.Words.Ranking(r.told(), true))
}

// over makes the ranking of a whole week or month that is over, by default the last one: so that every issue enters exactly one.
func (d Desk) over(tx *store.Tx, k Kind, p understand.Period, whole func(time.Time) understand.Period, now time.Time) (store.Snapshot, error) {
	if p.Name == "" {
		p = whole(whole(now).From.AddDate(0, 0, -1))
	}
	unit := strings.TrimSuffix(k.Name, "排名")
	switch {
	case p != whole(p.From):
		return store.Snapshot{}, issue.Fail(issue.CodeInput, k.Name+"要按整"+unit+"算", "例如「草稿 "+k.Name+" 上"+unit+"」；看任意一段时间请发「排名 "+p.Name+"」")
	case p.To.After(now):
		return store.Snapshot{}, issue.Fail(issue.CodeInput, p.Name+"还没有过完，不能发布"+k.Name, "看现在的请发「排名 本"+unit+"」")
	}
	return d.ranking(tx, k.ID, p, store.AllUnits, Ranking{Title: p.Name + "创城" + k.Name})
}

// sameDay is how long before an instant a ranking may have ended that is still the ranking of that day.
const sameDay = 12 * time.Hour

// Last is what is out of a kind: of rankings that of the latest time, of others what went out last.
func (d Desk) Last(tx *store.Tx, k Kind, now time.Time) (store.Snapshot, bool, error) {
	if k.once {
		return tx.LastSnapshot(k.ID, now.Add(time.Microsecond), nil)
	}
	return tx.LastPublished(k.ID)
}

// Published is the day's ranking that is out already at an instant.
func (d Desk) Published(tx *store.Tx, at time.Time) (store.Snapshot, bool, error) {
	last, found, err := tx.LastSnapshot(store.SnapshotRanking, at.Add(time.Microsecond), nil)
	return last, found && at.Sub(last.To()) < sameDay, err
}

// Latest is the day's ranking as everybody may know it: the published one, or else what it would be now, with the issues of one
// unit, if any, one by one.
func (d Desk) Latest(tx *store.Tx, now time.Time, unit string) (s store.Snapshot, published bool, err error) {
	if s, published, err = d.Published(tx, now); err != nil || published {
		return s, published, err
	}
	from, err := d.Day(tx, now)
	if err != nil {
		return s, false, err
	}
	s, err = d.ranking(tx, store.SnapshotRanking, understand.Period{From: from, To: now}, unit, d.dayTitle(now))
	return s, false, err
}

// Shown is the day's ranking as the leaders' digest tells it: the draft that is about to go out, or the latest. One that is held
// is not shown.
func (d Desk) Shown(tx *store.Tx, at time.Time) (s store.Snapshot, held bool, err error) {
	draft, found, err := tx.Draft(store.SnapshotRanking)
	if err != nil || found && at.Sub(draft.To()) < sameDay {
		return draft, draft.State == store.SnapshotHeld, err
	}
	s, _, err = d.Latest(tx, at, "")
	return s, false, err
}
