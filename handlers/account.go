package handlers

import (
	"duban/internal/issue"
	"duban/internal/publish"
	"duban/internal/store"
	"duban/internal/understand"
)

func accountCommands() []*Command {
	commands := []*Command{{
		Name: "得分", Aliases: []string{"查 得分", "查得分", "得分明细", "查分"}, Shape: Question, Dated: true, Section: "通报", Args: "[单位] [时间]",
		Help: "一个单位的得分是怎么算出来的，列到每件问题。例：得分 昭阳 11-23", Run: (*Request).account,
	}}
	for _, k := range publish.Rankings() {
		commands = append(commands, &Command{
			Name: "更正" + k.Name, Aliases: []string{"更正 " + k.Name}, Shape: Question, Dated: true, Roles: []issue.Role{issue.RoleOffice},
			Section: publishing, Args: "[日期]", Help: "重新计算发布过的" + k.Name + "，有变化就拟一份更正。例：更正" + k.Name + " 11-23",
			Run: func(r *Request) (Reply, error) { return r.correctRanking(k) },
		})
	}
	return commands
}

// account explains a score: that of a published ranking by what was frozen, or that of a time by what is known now.
func (r *Request) account() (Reply, error) {
	unit, p, err := r.unitAndPeriod(understand.Period{})
	if err == nil && (r.Weak || !r.Reg.Has(r.From.ID, seesAdjustments()...)) { // a unit's people see what made their own score
		unit, err = r.unitOfOwn(unit, "得分")
	}
	if err == nil && unit == "" {
		err = issue.Fail(issue.CodeInput, "请写明单位", "例如「得分 "+r.otherUnit("")+"」")
	}
	if err != nil {
		return Reply{}, err
	}
	u, _ := r.Reg.Unit(unit)
	if _, ok := r.Reg.Group(u.Group); !ok {
		return Reply{}, issue.Fail(issue.CodeState, u.Name+"不参加考核，没有得分", "")
	}
	s, err := r.rankingOf(p, unit)
	if err != nil {
		return Reply{}, err
	}
	text, err := r.Desk.Account(s, unit)
	return Reply{Text: text}, err
}

// rankingOf is the ranking of a time as it was published, or as it would be now with the issues of a unit.
func (r *Request) rankingOf(p understand.Period, unit string) (store.Snapshot, error) {
	if p.Name == "" || p == understand.Day(r.Now) {
		s, _, err := r.Desk.Latest(r.Tx, r.Now, unit)
		return s, err
	}
	for _, k := range publish.Rankings() {
		s, found, err := r.publishedFor(k, p)
		whole := k.ID == store.SnapshotRanking || s.From().Equal(p.From) && s.To().Equal(p.To) // a week ends on a day, too
		if err != nil || found && whole {
			return s, err
		}
	}
	return r.Desk.Between(r.Tx, p, unit)
}

// correctRanking drafts the correction of a published ranking, by default the last one.
func (r *Request) correctRanking(k publish.Kind) (Reply, error) {
	p, err := r.periodOr(understand.Period{})
	if err != nil {
		return Reply{}, err
	}
	old, err := r.publishedAs(k, p)
	if err != nil {
		return Reply{}, err
	}
	s, err := r.Desk.Correct(r.Tx, old)
	if err != nil {
		return Reply{}, err
	}
	replaced, err := r.Desk.Replaces(r.Tx, s)
	if err != nil {
		return Reply{}, err
	}
	outs, err := r.Desk.Draft(r.Tx, &s, noTime)
	if err != nil {
		return Reply{}, err
	}
	reply := r.here(outs, "更正草稿已发到创城办")
	if replaced != "" {
		reply.Text += "\n" + replaced + "的更正草稿没有发布，已被这份代替"
	}
	return reply, nil
}
