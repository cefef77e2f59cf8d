package handlers

import (
	"fmt"
	"slices"
	"strings"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
)

// mine lists what is on a person's desk: what they and the units whose entry names them have to handle, what they have to
// answer, to decide and to look at again, and then what they reported.
func (r *Request) mine() (Reply, error) {
	todo, err := r.desk()
	if err != nil {
		return Reply{}, err
	}
	var lines []string
	for _, more := range []func([]issue.Issue) (string, error){r.mineToDispatch, r.mineToAnswer, r.mineToDecide, r.minePoints, r.mineToLookAt} {
		line, err := more(todo)
		if err != nil {
			return Reply{}, err
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	if len(todo) > 0 || len(lines) == 0 {
		lines = slices.Insert(lines, 0, r.list("待您办理", "没有待您办理的问题", todo).Text)
	}
	reported, err := r.mineReported(todo)
	if reported != "" {
		lines = append(lines, reported)
	}
	return Reply{Text: strings.Join(lines, "\n")}, err
}

// desk is what a person has to handle: as the assignee, for a unit, or for a unit that answers until the next one has signed.
func (r *Request) desk() ([]issue.Issue, error) {
	withUnit := []issue.Status{issue.Assigned, issue.Working}
	filters := []store.Filter{{Statuses: withUnit, Assignee: r.From.ID, Limit: most}}
	for _, u := range r.Reg.Units {
		if officer(u, r.From.ID) {
			filters = append(filters, store.Filter{Statuses: withUnit, Unit: u.ID, Limit: most}, store.Filter{Statuses: withUnit, First: u.ID, Limit: most})
		}
	}
	var todo []issue.Issue
	for _, f := range filters {
		list, err := r.Tx.Issues(f)
		if err != nil {
			return nil, err
		}
		todo = append(todo, notAmong(list, todo)...)
	}
	slices.SortStableFunc(todo, func(a, b issue.Issue) int { return a.Due.Compare(b.Due) })
	return todo, nil
}

// officer says whether a unit's entry names a person: as the head, the lead, the liaison or the deputy.
func officer(u issue.Unit, person string) bool {
	return slices.Contains([]string{u.Head, u.Lead, u.Liaison, u.Deputy}, person)
}

// notAmong gives the issues of a list that are not in another one.
func notAmong(list, other []issue.Issue) []issue.Issue {
	return slices.DeleteFunc(list, func(i issue.Issue) bool {
		return slices.ContainsFunc(other, func(o issue.Issue) bool { return o.ID == i.ID })
	})
}

// mineToDispatch names the issues that the office has to dispatch, because nobody owns them (S8).
func (r *Request) mineToDispatch([]issue.Issue) (string, error) {
	if !r.Reg.Has(r.From.ID, issue.RoleOffice) {
		return "", nil
	}
	list, err := r.Tx.Issues(store.Filter{Statuses: []issue.Status{issue.Reported}, Limit: most})
	if err != nil || len(list) == 0 {
		return "", err
	}
	return "待您派单 " + report.Numbers(list) + "，请发「派单 编号 单位」", nil
}

// mineToAnswer names the issues on the desk whose unit owes an answer to a supervision.
func (r *Request) mineToAnswer(todo []issue.Issue) (string, error) {
	var lines []string
	for _, i := range todo {
		if !i.ReplyDue.IsZero() {
			lines = append(lines, i.Number()+"（"+r.Cal.Text(i.ReplyDue, r.Now)+" 前）")
		}
	}
	if len(lines) == 0 {
		return "", nil
	}
	return fmt.Sprintf("督办待回复 %d 件：%s，请发「回复 编号 情况」", len(lines), strings.Join(lines, "、")), nil
}

// mineToDecide names the requests that wait for somebody with the person's roles, and not those that are their own.
func (r *Request) mineToDecide([]issue.Issue) (string, error) {
	if !r.Reg.Has(r.From.ID, issue.RoleOffice, issue.RoleLeader) {
		return "", nil
	}
	list, err := r.Tx.Issues(store.Filter{Requested: true, Limit: most})
	if err != nil {
		return "", err
	}
	var names []string
	for _, i := range list {
		if r.Reg.Has(r.From.ID, i.Request.Decider) && i.Request.By != r.From.ID {
			names = append(names, i.Number()+" "+i.Request.Text())
		}
	}
	if len(names) == 0 {
		return "", nil
	}
	text := fmt.Sprintf("待您审批 %d 件：%s", len(names), strings.Join(names[:min(len(names), listed)], "、"))
	return text + "，发「待审批」看原因", nil
}

// mineToLookAt lists the closed issues that the person was drawn to look at again.
func (r *Request) mineToLookAt([]issue.Issue) (string, error) {
	list, err := r.Tx.Issues(store.Filter{Drawn: true, Statuses: []issue.Status{issue.Closed}, Limit: most})
	if err != nil {
		return "", err
	}
	list = slices.DeleteFunc(list, func(i issue.Issue) bool { return i.LookBackBy != r.From.ID })
	if len(list) == 0 {
		return "", nil
	}
	return r.Words.LookBacks("待您回头看", list, r.Now), nil
}

// mineReported lists what the person reported and is open, without what is on their desk anyway.
func (r *Request) mineReported(todo []issue.Issue) (string, error) {
	list, err := r.Tx.Issues(store.Filter{Statuses: issue.OpenStatuses(), Reporter: r.From.ID, Whole: true, Limit: most})
	if err != nil {
		return "", err
	}
	if list = notAmong(list, todo); len(list) == 0 {
		return "", nil
	}
	return r.list("您上报的", "", list).Text, nil
}
