package handlers

import (
	"time"

	"duban/internal/issue"
	"duban/internal/store"
)

// linkValid is how long the link to the dashboard can be used.
const linkValid = 10 * time.Minute

func dashboardCommands() []*Command {
	return []*Command{{
		Name: "后台", Aliases: []string{"看板"}, Shape: Question, Section: "查询", Help: "要一个打开网页看板的链接，私聊里发", Run: (*Request).dashboard,
	}}
}

// dashboard sends a one-time link to the dashboard. It goes to the person alone: in a group anybody could use it.
func (r *Request) dashboard() (Reply, error) {
	switch {
	case r.Board == "":
		return Reply{}, issue.Fail(issue.CodeState, "没有开网页看板", "请管理员在配置里写 web.listen")
	case r.Weak:
		return Reply{}, issue.Fail(issue.CodeForbidden, "只凭群名片不能打开看板", "请先向创城办要绑定码，发「绑定 绑定码」")
	case !r.Reg.Has(r.From.ID, issue.Supervisors()...) && len(r.Reg.UnitsOf(r.From.ID)) == 0:
		return Reply{}, issue.Fail(issue.CodeForbidden, "看板是给责任单位、督查员、创城办和领导看的", "查自己上报的请发「我的」")
	case !r.Private:
		return Reply{Text: "看板的链接只能一个人用，请私聊我发「后台」"}, nil
	}
	code, err := r.Tx.NewCode(store.CodeLogin, r.From.ID, linkValid)
	if err != nil {
		return Reply{}, err
	}
	return Reply{Text: "看板：" + r.Board + "/login/" + code + "\n10 分钟内有效，只能用一次，请不要转发"}, nil
}
