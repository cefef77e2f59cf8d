package handlers

import "duban/internal/issue"

func configCommands() []*Command {
	return []*Command{{
		Name: "重载", Shape: Question, Section: "管理", Help: "配置文件改了以后马上生效（保存文件后一般会自己生效）", Roles: []issue.Role{issue.RoleAdmin},
		Run: (*Request).reload,
	}}
}

// reload reads the configuration again. What changed is nobody's business but the administrators'.
func (r *Request) reload() (Reply, error) {
	if !r.Private && !r.Chat.Serves(issue.ForAdmin) {
		return Reply{}, issue.Fail(issue.CodeForbidden, "「重载」要在管理群或私聊里发", "")
	}
	text, err := r.Controls.Reload(r.Tx, r.From.ID, r.Target)
	return Reply{Text: text}, err
}
