package handlers

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
	"duban/internal/understand"
)

func reviewCommands() []*Command {
	inspector := []issue.Role{issue.RoleInspector}
	return []*Command{
		{
			Name: "通过", Aliases: []string{"核查通过", "验收通过", "销号"}, Loose: []string{"合格"}, Shape: Numbers, Goes: true, Tap: true, Action: issue.Pass,
			Roles: inspector, Section: "核查", Args: "编号 [意见]", Help: "核查通过，销号", Run: (*Request).pass,
		},
		{
			Name: "退回", Aliases: []string{"打回", "核查不通过", "不通过"}, Loose: []string{"不合格"}, Shape: Numbers, Tap: true, Action: issue.Return,
			Roles: inspector, Section: "核查", Args: "编号 原因", Help: "没改好，退回重新整改。例：退回 17 角落仍有垃圾", Run: (*Request).giveBack,
		},
	}
}

// pass closes issues that an inspector found done, and tells everybody who waited for it: the unit, who reported, and those
// whose issues were merged into it. A joint issue is done when all its parts are (S14).
func (r *Request) pass() (Reply, error) {
	return r.reviewed(func(i *issue.Issue) (Reply, error) {
		act := issue.Act{Action: issue.Pass, By: r.From.ID, Note: r.Args}
		if err := r.Policy.Check(*i, r.act(act)); err != nil {
			return Reply{}, err
		}
		if doubts(r.Args) {
			return Reply{}, issue.Fail(issue.CodeInput, i.Number()+" 是通过还是退回？还没有处理", fmt.Sprintf("通过请发「通过 %d」，退回请发「退回 %d 原因」", i.ID, i.ID))
		}
		parts, err := r.openParts(i.ID)
		if err != nil {
			return Reply{}, err
		}
		if len(parts) > 0 {
			return Reply{}, issue.Fail(issue.CodeState, i.Number()+" 还有协办 "+report.Numbers(parts)+" 没销号，都销号后才能通过", "")
		}
		if err := r.apply(i, act); err != nil {
			return Reply{}, err
		}
		return r.passed(*i)
	})
}

// notPassed are words that nobody adds to a review that was passed, fine those that begin alike and mean the contrary.
var (
	fine      = regexp.MustCompile(`没有?什?么?问题|未再?发现|不错|不再|[没未]有?反弹`)
	notPassed = regexp.MustCompile(`^(?:不|没|未|还有|仍有)|不通过|不行|不合格|不到位|没改|没清|没处理|未整改|未清理|看不|不清|模糊|没看|没拍|退回|打回|重新整改`)
)

// doubts says whether what was added to a 通过 says the contrary. A closing cannot be taken back, so that it is asked.
func doubts(opinion string) bool {
	return notPassed.MatchString(fine.ReplaceAllString(understand.Fold(opinion), ""))
}

// passed tells of a closing.
func (r *Request) passed(i issue.Issue) (Reply, error) {
	text := i.Number() + " 核查通过，已销号"
	told := "【已销号】" + r.Words.Head(i)
	if r.Args != "" {
		text += "：" + report.Short(r.Args, 100)
		told += "：" + report.Short(r.Args, 60)
	}
	reply := Reply{Text: text, Notices: r.toUnit(i.Unit, i, told)}
	for _, o := range r.toReporter(i, told) {
		if !slices.ContainsFunc(reply.Notices, func(n store.Out) bool { return n.To == o.To }) {
			reply.Notices = append(reply.Notices, o)
		}
	}
	if err := errors.Join(r.tellMerged(&reply, i), r.partsDone(i.Parent, &reply)); err != nil {
		return Reply{}, err
	}
	return joined(reply), nil
}

// partsDone says that a joint issue can be reviewed when the last of its parts has gone while it waits for the review.
func (r *Request) partsDone(whole int64, reply *Reply) error {
	if whole == 0 {
		return nil
	}
	parts, err := r.openParts(whole)
	if err != nil || len(parts) > 0 {
		return err
	}
	i, err := r.Tx.Issue(whole)
	if err != nil || i.Status != issue.Submitted {
		return err
	}
	text := "协办都已销号，可核查 " + i.Number()
	r.tellReviewers(reply, i, text)
	return nil
}

// giveBack returns what was not done.
func (r *Request) giveBack() (Reply, error) {
	return r.reviewed(func(i *issue.Issue) (Reply, error) {
		act := issue.Act{Action: issue.Return, By: r.From.ID, Note: r.Args}
		if err := r.Policy.Check(*i, r.act(act)); err != nil {
			return Reply{}, err
		}
		if r.Args == "" {
			return Reply{}, issue.Fail(issue.CodeInput, "请写明退回原因", fmt.Sprintf("例如：「退回 %d 角落仍有垃圾」", i.ID))
		}
		if err := r.apply(i, act); err != nil {
			return Reply{}, err
		}
		text := i.Number() + " 已退回"
		if i.Returns > 1 {
			text += fmt.Sprintf("（第 %d 次）", i.Returns)
		}
		text += fmt.Sprintf("：%s\n请%s重新整改，%s", report.Short(r.Args, 100), r.Words.Owner(*i), r.Words.Due(*i, r.Now))
		reply := Reply{Text: text, Mentions: []string{i.Assignee}, Notices: r.toUnit(i.Unit, *i, text, i.Assignee)}
		if speaksOfFraud(r.Args) {
			reply.Text += fmt.Sprintf("\n弄虚作假要由创城办认定，请发「虚假整改 %d 事实」", i.ID)
		}
		return reply, nil
	})
}

// speaksOfFraud says whether a reason accuses the unit of what only the office may uphold (domain.md row 35).
func speaksOfFraud(reason string) bool {
	return slices.ContainsFunc([]string{"虚假", "弄虚作假", "作假", "造假"}, func(word string) bool { return strings.HasPrefix(reason, word) })
}

// reviewed runs a review of every issue of the call and then takes the inspector's own photos of them: in order, one each, and
// the rest to the last.
func (r *Request) reviewed(fn func(i *issue.Issue) (Reply, error)) (Reply, error) {
	var done []issue.Issue
	reply, err := r.each(func(i issue.Issue) (Reply, error) {
		reply, err := fn(&i)
		if err == nil {
			done = append(done, i)
		}
		return reply, err
	})
	if err != nil || len(done) == 0 {
		return reply, err
	}
	if _, err := r.takeBack(); err != nil {
		return Reply{}, err
	}
	n, err := r.takePhotos(done, store.PhotoCheck)
	if err != nil {
		return Reply{}, err
	}
	return reply, r.awaitPhotos(done, store.PhotoCheck, n)
}

// tellReviewers says something to the inspectors, in the answer where that reaches them.
func (r *Request) tellReviewers(reply *Reply, i issue.Issue, text string) {
	for _, to := range r.reviewers(i) {
		if to == r.Target {
			reply.Text = strings.TrimPrefix(reply.Text+"\n"+text, "\n")
		} else {
			reply.Notices = append(reply.Notices, store.Out{To: to, Text: text, Asks: asks(i.ID, asksReview)})
		}
	}
}

// reviewers are where the inspectors are asked to look: where the issue was reported, unless its unit found it itself and
// reported it among its own.
func (r *Request) reviewers(i issue.Issue) []store.Target {
	c, ok := r.Reg.Chat(i.Chat)
	if among := i.SelfFound && slices.Contains(c.Units, i.Unit); ok && !among {
		return []store.Target{store.ToChat(c.ID)}
	}
	var out []store.Target
	for _, c := range r.Reg.ChatsOfInspectors(i) {
		out = append(out, store.ToChat(c.ID))
	}
	return out
}
