package handlers

import (
	"fmt"
	"slices"
	"strings"

	"duban/internal/issue"
	"duban/internal/report"
)

// corrected makes a correction with what follows from it: the deadline of another category, the unit that the responsibility
// table names now, and the same correction for the parts of assisting units.
func (r *Request) corrected(i issue.Issue, what, old, now string, change issue.Change) (Reply, error) {
	before := i
	if old == "" {
		old = "未识别"
	}
	diff := what + "：" + report.Short(old, 40) + " → " + report.Short(now, 40)
	act := issue.Act{Action: issue.Correct, By: r.From.ID, Note: diff, Change: change}
	if err := r.apply(&i, act); err != nil {
		return Reply{}, err
	}
	if err := r.correctParts(i, act); err != nil {
		return Reply{}, err
	}
	if err := r.forgetMissing(i.ID); err != nil { // another category may ask for other photos
		return Reply{}, err
	}
	text := i.Number() + " 已更正" + diff
	if !i.Due.Equal(before.Due) && what != "要求时间" {
		text += "，" + r.Words.Due(i, r.Now)
	}
	moved, err := r.followTable(before, i)
	if err != nil {
		return Reply{}, err
	}
	reply := Reply{Text: text, Mentions: moved.Mentions, Notices: moved.Notices}
	if moved.Text != "" {
		reply.Text += "\n" + moved.Text
	}
	reply.Notices = first(reply.Notices, append(r.toOwners(before, "【更正】"+text), r.toReporter(i, "【更正】"+text)...))
	return reply, nil
}

// correctParts corrects the open parts of a joint issue along with it, as far as they are still this person's to correct.
func (r *Request) correctParts(lead issue.Issue, act issue.Act) error {
	parts, err := r.openParts(lead.ID)
	for _, part := range parts {
		if r.Policy.Check(part, r.act(act)) != nil {
			continue
		}
		if err := r.apply(&part, act); err != nil {
			return err
		}
	}
	return err
}

// followTable gives an issue to the unit that the responsibility table names after a correction, as long as nobody has signed
// for it. Later only the office may, and what somebody dispatched by hand stays.
func (r *Request) followTable(before, i issue.Issue) (Reply, error) {
	was, now := r.Reg.Owner(before.Category, before.Place), r.Reg.Owner(i.Category, i.Place)
	if i.Parent != 0 || before.Unit != was.Unit || now.Unit == "" {
		return Reply{}, nil
	}
	unsigned := i.Status == issue.Reported || i.Status == issue.Assigned && !i.Request.Pending()
	switch {
	case now.Unit == i.Unit && unsigned:
		return r.followAssist(i, was, now)
	case now.Unit == i.Unit:
		return Reply{}, nil
	case !unsigned:
		name := r.Reg.UnitName(now.Unit)
		return Reply{Text: fmt.Sprintf("按责任清单应由%s负责，改派请发「改派 %d %s」", name, i.ID, name)}, nil
	}
	reply, err := r.assignTo(i, issue.Change{Unit: now.Unit, Assignee: now.Person}, "")
	if err != nil {
		return Reply{}, err
	}
	if i, err = r.Tx.Issue(i.ID); err != nil {
		return Reply{}, err
	}
	joint, err := r.followAssist(i, was, now)
	if joint.Text != "" {
		reply.Text += "\n" + joint.Text
	}
	reply.Notices = append(reply.Notices, joint.Notices...)
	return reply, err
}

// followAssist lets the units assist that the table names now, instead of those that it named before.
func (r *Request) followAssist(i issue.Issue, was, now issue.Owner) (Reply, error) {
	var gone []string
	for _, unit := range was.Assist {
		if !slices.Contains(now.Assist, unit) {
			gone = append(gone, unit)
		}
	}
	var reply Reply
	if len(gone) > 0 {
		dropped, err := r.dropParts(i, i.Number()+" 已更正", gone...)
		if err != nil {
			return Reply{}, err
		}
		reply.Notices = dropped
		reply.Text = "不用再协办：" + r.unitNames(gone)
	}
	parts, err := r.openParts(i.ID)
	if err != nil {
		return Reply{}, err
	}
	var units []string
	for _, unit := range now.Assist {
		if unit != i.Unit && !slices.ContainsFunc(parts, func(p issue.Issue) bool { return p.Unit == unit }) {
			units = append(units, unit)
		}
	}
	if len(units) == 0 {
		return reply, nil
	}
	added, err := r.split(&i, units, "")
	if err != nil {
		return Reply{}, err
	}
	reply.Text = strings.TrimPrefix(reply.Text+"\n"+r.Words.Assisting(added), "\n")
	for _, part := range added {
		reply.Notices = append(reply.Notices, r.tellUnits([]report.Filing{{Issue: part}})...)
	}
	return reply, nil
}
