package config

import (
	"strconv"

	"duban/internal/issue"
)

// checkScoring checks the rule of the score, also the part of the styles that are not chosen: who changes the style later
// should not find faults then.
func (k *checker) checkScoring() {
	s := k.c.Scoring
	if s.Version == "" {
		k.fault("scoring.version", "不能为空，例如 2026-01；改了算法要换一个新的版本号")
	}
	k.one("scoring.style", string(s.Style), texts(issue.Styles()))
	k.between("scoring.min_cases", s.MinCases, 0, 1000)
	k.between("scoring.shrink", s.Shrink, 0, 1000)
	k.checkSum("scoring.weights", "五项", []part{
		{"handled", s.Weights.Handled},
		{"on_time", s.Weights.OnTime},
		{"no_return", s.Weights.NoReturn},
		{"no_overdue", s.Weights.NoOverdue},
		{"no_extension", s.Weights.NoExtension},
	})
	k.checkAdjustments(s.Adjustments)
	k.checkDeductions(s.Deductions)
	k.checkComplaintRates(s.Complaints)
}

func (k *checker) checkAdjustments(a issue.Adjustments) {
	k.penalties("scoring.adjustments", []amount{
		{"exposure", a.Exposure},
		{"falsified", a.Falsified},
		{"refused_send_back", a.RefusedSendBack},
		{"relapse", a.Relapse},
		{"third_return", a.ThirdReturn},
	})
	for _, bonus := range []amount{
		{"on_the_spot", a.OnTheSpot},
		{"early", a.Early},
		{"bonus_cap", a.BonusCap},
		{"total_cap", a.TotalCap},
		{"manual_cap", a.ManualCap},
	} {
		if bonus.points < 0 {
			k.fault("scoring.adjustments."+bonus.key, "要写 0 或正数")
		}
	}
	k.between("scoring.adjustments.upper_weight", a.UpperWeight, 1, 10)
}

func (k *checker) checkDeductions(d issue.Deductions) {
	if d.Start <= 0 {
		k.fault("scoring.deductions.start", "要写正数，例如 100")
	}
	for _, kind := range []struct {
		key    string
		levels issue.Levels
	}{{"found", d.Found}, {"late", d.Late}, {"repeated", d.Repeated}} {
		l := kind.levels
		k.penalties("scoring.deductions."+kind.key, []amount{{"upper", l.Upper}, {"county", l.County}, {"own", l.Own}})
	}
}

func (k *checker) checkComplaintRates(c issue.ComplaintRates) {
	const path = "scoring.complaints"
	if c.Basic < 0 || c.Basic > 100 {
		k.fault(path+".basic", "要写 0 到 1 的数，例如 0.9（一件基本满意算 0.9 件满意）")
	}
	if c.Pass < 0 {
		k.fault(path+".pass", "要写 0 到 100 的数，例如 85")
	}
	k.checkSum(path, "三项", []part{{"response", c.Response}, {"solved", c.Solved}, {"satisfied", c.Satisfied}})
}

// amount is a number of points and its key.
type amount struct {
	key    string
	points issue.Points
}

// penalties reports penalties that give points.
func (k *checker) penalties(path string, list []amount) {
	for _, p := range list {
		if p.points > 0 {
			k.fault(path+"."+p.key, "这是扣分，要写 0 或负数")
		}
	}
}

// part is a weight and its key.
type part struct {
	key    string
	points int
}

// checkSum reports weights that are out of bounds or do not add up to 100.
func (k *checker) checkSum(path, all string, parts []part) {
	sum, sound := 0, true
	for _, p := range parts {
		at := path + "." + p.key
		k.between(at, p.points, 0, 100)
		sound = sound && !k.covered(at)
		sum += p.points
	}
	if sound && sum != 100 {
		k.fault(path, all+"分值之和必须是 100，现在是 "+strconv.Itoa(sum)+"（没写的项按默认值计）")
	}
}
