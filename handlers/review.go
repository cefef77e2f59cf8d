package handlers

import (
	"fmt"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
)

func reviewCommands() []*Command {
	inspector := []issue.Role{issue.RoleInspector}
	return []*Command{
		{
			Name: "通过", Aliases: []string{"核查通过", "验收通过", "销号"}, Loose: []string{"合格"}, Shape: Numbers, Action: issue.Pass,
			Roles: inspector, Section: "核查", Args: "编号", Help: "核查通过，销号", Run: (*Request).pass,
		},
		{
			Name: "退回", Aliases: []string{"打回", "核查不通过"}, Loose: []string{"不合格", "不通过"}, Shape: Numbers, Action: issue.Return,
			Roles: inspector, Section: "核查", Args: "编号 原因", Help: "没改好，退回重新整改。例：退回 17 角落仍有垃圾", Run: (*Request).giveBack,
		},
	}
}

func (r *Request) pass() (Reply, error) {
	return r.each(func(i issue.Issue) (Reply, error) {
		if err := r.apply(&i, issue.Act{Action: issue.Pass, By: r.From.ID, Note: r.Args}); err != nil {
			return Reply{}, err
		}
		if err := r.checkPhotos(i); err != nil {
			return Reply{}, err
		}
		text := i.Number() + " 核查通过，已销号"
		return Reply{Text: text, Notices: r.notices(i.Unit, "【已销号】"+r.Words.Head(i))}, nil
	})
}

func (r *Request) giveBack() (Reply, error) {
	return r.each(func(i issue.Issue) (Reply, error) {
		if err := r.Policy.Check(i, r.act(issue.Act{Action: issue.Return, By: r.From.ID})); err != nil {
			return Reply{}, err
		}
		if r.Args == "" {
			return Reply{}, issue.Fail(issue.CodeInput, "请写明退回原因", fmt.Sprintf("例如：「退回 %d 角落仍有垃圾」", i.ID))
		}
		if err := r.apply(&i, issue.Act{Action: issue.Return, By: r.From.ID, Note: r.Args}); err != nil {
			return Reply{}, err
		}
		if err := r.checkPhotos(i); err != nil {
			return Reply{}, err
		}
		text := fmt.Sprintf("%s 已退回：%s\n请%s重新整改，%s", i.Number(), report.Short(r.Args, 100), r.Words.Owner(i), r.Words.Due(i, r.Now))
		return Reply{Text: text, Mentions: []string{i.Assignee}, Notices: r.notices(i.Unit, text, i.Assignee)}, nil
	})
}

// checkPhotos takes the inspector's own photos of the review.
func (r *Request) checkPhotos(i issue.Issue) error {
	n, err := r.takePhotos([]int64{i.ID}, store.PhotoCheck)
	if err != nil {
		return err
	}
	return r.awaitPhotos([]issue.Issue{i}, store.PhotoCheck, n)
}
