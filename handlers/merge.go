package handlers

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/understand"
)

func mergeCommands() []*Command {
	office := []issue.Role{issue.RoleOffice}
	return []*Command{
		{
			Name: "并案", Aliases: []string{"并入", "并到"}, Shape: Numbers, Timed: true, Action: issue.Merge, Roles: office, Section: "派单",
			Args: "编号 到 编号", Help: "重复的问题并到另一件里，随那一件销号。例：并案 31 到 12", Run: (*Request).merge,
		},
		{
			Name: "不予立案", Aliases: []string{"不立案"}, Shape: Numbers, Timed: true, Action: issue.Reject, Roles: office, Section: "派单",
			Args: "编号 原因", Help: "不属于创城工作的问题不办，要写原因。例：不予立案 17 属于邻里纠纷，已转社区", Run: (*Request).reject,
		},
	}
}

// merge puts issues that are the same problem as another one into that one (domain.md row 5). What is merged follows its
// target: into a merged issue leads to where that one went, and who reported it is told when the target is closed.
func (r *Request) merge() (Reply, error) {
	from, to, ok := understand.Pair(r.numbersSaid())
	if !ok {
		return Reply{}, issue.Fail(issue.CodeInput, "请写明把哪一件并到哪一件", "例如：「并案 31 到 12」")
	}
	target, err := r.follow(to)
	if err != nil {
		return Reply{}, err
	}
	if err := mayReceive(target); err != nil {
		return Reply{}, err
	}
	r.IDs = from
	return r.each(func(i issue.Issue) (Reply, error) { return r.mergeInto(i, target) })
}

// numbersSaid is what followed the verb, as understand.Pair reads it: the grammar has taken the first numbers off. Where only
// the target is written, what is merged is what was quoted.
func (r *Request) numbersSaid() string {
	list := r.IDs
	target := intoNumber.FindStringSubmatch(understand.Fold(r.Args))
	switch {
	case len(r.Quoted) == 0:
	case slices.Equal(r.IDs, r.Quoted) && target != nil: // 并案 到 12
		to, _ := strconv.ParseInt(target[1], 10, 64) // at most nine digits
		list = without(r.Quoted, to)
	case len(r.IDs) == 1 && target == nil: // 并案 12
		list = append(without(r.Quoted, r.IDs[0]), r.IDs[0])
	}
	var words []string
	for _, id := range list {
		words = append(words, strconv.FormatInt(id, 10))
	}
	return strings.Join(words, "、") + " " + r.Args
}

func without(list []int64, id int64) []int64 {
	return slices.DeleteFunc(slices.Clone(list), func(other int64) bool { return other == id })
}

// intoNumber is the second half of 31 到 12.
var intoNumber = regexp.MustCompile(`^(?:合并到|合并至|并入到?|并到|并至|归入|归到|到|至|入|进)?[ ,、]*[#第]*(\d{1,9})号?`)

// follow goes from an issue to where it was merged, and from there on.
func (r *Request) follow(id int64) (issue.Issue, error) {
	i, err := r.Tx.Issue(id)
	for err == nil && i.Status == issue.Merged {
		i, err = r.Tx.Issue(i.MergedInto)
	}
	return i, err
}

// mayReceive says whether others may be merged into an issue: somebody must still be working on it.
func mayReceive(target issue.Issue) error {
	switch {
	case target.Parent != 0:
		return notAlone(target, "并入")
	case target.Status == issue.Closed:
		return issue.Fail(issue.CodeState, target.Number()+" 已销号，不能并入", fmt.Sprintf("问题又出现的，请督查员发「回头看 %d 反弹」，再并案", target.ID))
	case !target.Open():
		return issue.Fail(issue.CodeState, target.Number()+" "+target.Status.Text()+"，不能并入", "请并到还在办理的问题")
	}
	return nil
}

func (r *Request) mergeInto(i, target issue.Issue) (Reply, error) {
	switch {
	case i.Parent != 0:
		return Reply{}, notAlone(i, "并案")
	case i.Complaint && !target.Complaint:
		return Reply{}, issue.Fail(issue.CodeState, i.Number()+" 是投诉，要单独答复和告知当事人，不能并到 "+target.Number(), fmt.Sprintf("可以反过来发「并案 %d 到 %d」", target.ID, i.ID))
	}
	note := strings.Trim(intoNumber.ReplaceAllString(understand.Fold(r.Args), ""), separators)
	note, sure := strings.CutPrefix(note, confirmed)
	note = strings.Trim(note, separators)
	act := issue.Act{Action: issue.Merge, By: r.From.ID, Note: note, Change: issue.Change{Merged: target.ID}}
	if err := r.Policy.Check(i, r.act(act)); err != nil {
		return Reply{}, err
	}
	if err := r.unlike(i, target); err != nil && !sure {
		return Reply{}, err
	}
	if err := r.apply(&i, act); err != nil {
		return Reply{}, err
	}
	text := i.Number() + " 已并入 " + r.Words.Line(target, r.Now)
	if i.Complaint {
		text += "\n" + target.Number() + " 办结时请一并告知 " + i.Number() + " 的当事人"
	}
	return r.closedOff(i, text, i.Number()+" 已并入 "+target.Number()+"，不用单独办理", r.toReporter(i, text+"\n"+target.Number()+" 销号时再告诉您"))
}

// tellMerged adds to an answer that closes an issue, or takes it off the books, what follows for those that were merged into it, directly or by way of
// others: who reported them is told, here or in their own conversation, one message for each.
func (r *Request) tellMerged(reply *Reply, i issue.Issue) error {
	list, err := r.Tx.MergedInto(i.ID)
	var outs []store.Out
	var here []string
	end := strings.TrimPrefix(i.Status.Text(), "已")
	for _, m := range list {
		text := "【" + i.Status.Text() + "】" + m.Number() + " 已并入 " + i.Number() + "，随 " + i.Number() + " " + end
		if m.Complaint && i.Status != issue.Closed { // a complaint that is closed was told already
			text += r.tellPerson(m)
		}
		told := r.toReporter(m, text)
		if len(told) == 0 {
			here = append(here, m.Number())
		}
		for _, o := range told {
			outs = addLine(outs, o)
		}
	}
	if len(here) > 0 {
		reply.Text += "\n并入的 " + strings.Join(here, "、") + " 随之" + end
	}
	reply.Notices = append(reply.Notices, outs...)
	return err
}

// reject takes something off the books that the campaign does not handle, with the reason that its reporter is told.
func (r *Request) reject() (Reply, error) {
	return r.each(func(i issue.Issue) (Reply, error) {
		act := issue.Act{Action: issue.Reject, By: r.From.ID, Note: r.Args}
		if err := r.Policy.Check(i, r.act(act)); err != nil {
			return Reply{}, err
		}
		if r.Args == "" {
			return Reply{}, issue.Fail(issue.CodeInput, i.Number()+" 请写明不予立案的原因", fmt.Sprintf("例如：「不予立案 %d 属于邻里纠纷，已转社区」", i.ID))
		}
		if err := r.apply(&i, act); err != nil {
			return Reply{}, err
		}
		text := r.Words.Head(i) + "\n不予立案：" + r.Args
		if i.Complaint {
			text += r.tellPerson(i)
		}
		reply, err := r.closedOff(i, text, text, r.toReporter(i, text))
		err = errors.Join(err, r.tellMerged(&reply, i))
		return joined(reply), err
	})
}

// tellPerson is the line that asks for telling the person of a complaint what became of it.
func (r *Request) tellPerson(i issue.Issue) string {
	return "\n请" + r.Reg.PersonName(i.Reporter) + "把结果告知当事人"
}

// unlike refuses to merge issues that look like different problems: at two places of the register, or of two units where the
// place is not known to be the same. Whoever knows better says so.
func (r *Request) unlike(i, target issue.Issue) error {
	var a, b string
	switch {
	case i.Place != "" && i.Place == target.Place:
		return nil
	case i.Place != "" && target.Place != "":
		a, b = "在"+i.Place, "在"+target.Place
	case i.Unit != "" && target.Unit != "" && i.Unit != target.Unit:
		a, b = "由"+r.Reg.UnitName(i.Unit)+"负责", "由"+r.Reg.UnitName(target.Unit)+"负责"
	default:
		return nil
	}
	return issue.Fail(issue.CodeInput, i.Number()+" "+a+"、"+target.Number()+" "+b+"，不像同一问题",
		fmt.Sprintf("确是同一问题请发「并案 %d 到 %d 确认」", i.ID, target.ID))
}

// confirmed is the word that answers that.
const confirmed = "确认"
