package store

import (
	"time"

	"duban/internal/issue"
	"duban/internal/score"
)

// Ranking ranks the units of a period [from, to) within their groups, in the order of the groups, by a rule that need not be the
// register's present one: what was published is computed again by the rule of its time.
func (tx *Tx) Ranking(reg *issue.Register, rule issue.Scoring, from, to time.Time) ([]score.Account, error) {
	return tx.accounts(reg, rule, from, to, "")
}

// Account is a unit's place in its group with the numbers of the issues behind every line; false if the unit is in no group.
func (tx *Tx) Account(reg *issue.Register, rule issue.Scoring, unit string, from, to time.Time) (score.Account, bool, error) {
	all, err := tx.accounts(reg, rule, from, to, unit)
	if err != nil {
		return score.Account{}, false, err
	}
	for _, a := range all {
		if a.Unit == unit {
			return a, true, nil
		}
	}
	return score.Account{}, false, nil
}

// accounts is the one way to a score; numbered names the unit whose issues are listed.
func (tx *Tx) accounts(reg *issue.Register, rule issue.Scoring, from, to time.Time, numbered string) ([]score.Account, error) {
	in, err := tx.Inputs(reg, from, to, numbered)
	if err != nil {
		return nil, err
	}
	return Rank(reg, rule, in), nil
}

// Rank ranks the units within their groups, in the order of the groups, by inputs that were read before.
func Rank(reg *issue.Register, rule issue.Scoring, in score.Input) []score.Account {
	var out []score.Account
	for _, g := range reg.Groups {
		out = append(out, score.Rank(rule, score.Sheets(rule, unitsOf(reg, g.ID), in))...)
	}
	return out
}

// Inputs reads everything that the scores of a period [from, to) are made of; numbered names the unit whose issues are listed one
// by one, or AllUnits.
func (tx *Tx) Inputs(reg *issue.Register, from, to time.Time, numbered string) (score.Input, error) {
	facts, err := tx.Facts(from, to, numbered)
	if err != nil {
		return score.Input{}, err
	}
	deeds, err := tx.Deeds(reg, from, to, numbered != "")
	if err != nil {
		return score.Input{}, err
	}
	entries, err := tx.ManualIn(from, to)
	if err != nil {
		return score.Input{}, err
	}
	in := score.Input{Facts: facts, Deeds: deeds}
	for _, e := range entries {
		in.Manual = append(in.Manual, score.Manual{ID: e.ID, Unit: e.Unit, Points: e.Points, Reason: e.Reason, At: e.DecidedAt})
	}
	return in, nil
}
