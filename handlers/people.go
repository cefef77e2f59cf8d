package handlers

import (
	"strings"

	"duban/internal/issue"
	"duban/internal/store"
)

// bindChatName is the verb that makes a group a work group.
const bindChatName = "绑定本群"

func peopleCommands() []*Command {
	return []*Command{
		{
			Name: "绑定", Shape: Words, Section: "身份", Args: "绑定码", Help: "用创城办给的一次性绑定码登记身份", Anyone: true,
			Run: (*Request).bind,
		},
		{
			Name: bindChatName, Shape: Words | Question, Section: "身份", Args: "群名（或绑定码）", Help: "把本群登记为工作群", Anyone: true,
			Run: (*Request).bindChat,
		},
		{
			Name: "我是谁", Shape: Question, Section: "身份", Help: "看您登记的身份和角色", Anyone: true, Run: (*Request).whoAmI,
		},
	}
}

// bind redeems a one-time code: from now on this sender is that person, in every group of this login (design.md §7).
func (r *Request) bind() (Reply, error) {
	if r.Args == "" {
		return Reply{}, issue.Fail(issue.CodeInput, "请写绑定码", "绑定码请向创城办索取，例如：「绑定 8位绑定码」")
	}
	if !r.Private && r.Chat.ID == "" {
		return Reply{}, issue.Fail(issue.CodeForbidden, "请在工作群或私聊里绑定", "")
	}
	id, ok, err := r.redeem(store.CodePerson, r.Args)
	if err != nil {
		return Reply{}, err
	}
	person, known := r.Reg.Person(id)
	if !ok || !known {
		return Reply{}, issue.Fail(issue.CodeInput, "绑定码不对，或已用过、过期", "请向创城办重新要一个")
	}
	err = r.Tx.BindPerson(store.PersonBinding{
		Channel: r.Sender.Channel, Session: r.Sender.Session, Sender: r.Sender.Key, Person: person.ID, How: "code",
	})
	if err != nil {
		return Reply{}, err
	}
	return Reply{Text: "已绑定：您是" + r.describe(person) + "。发「帮助」看能做什么"}, nil
}

// bindChat makes the group at hand a work group: by a code from anyone, or by name from the office or an administrator.
func (r *Request) bindChat() (Reply, error) {
	if r.Private {
		return Reply{}, issue.Fail(issue.CodeInput, "绑定本群要在群里发", "")
	}
	if r.Args == "" {
		return Reply{}, issue.Fail(issue.CodeInput, "请写群名或绑定码", "例如：「绑定本群 "+r.someChat()+"」")
	}
	chat, err := r.chatToBind()
	if err != nil {
		return Reply{}, err
	}
	err = r.Tx.BindChat(store.ChatBinding{
		Channel: r.Sender.Channel, Chat: chat.ID, Session: r.Sender.Session, Conversation: r.Sender.Conversation,
		Name: r.Sender.GroupName,
	}, r.From.ID)
	if err != nil {
		return Reply{}, err
	}
	return Reply{Text: "本群已绑定为“" + chat.Name + "”。发「帮助」看能做什么"}, nil
}

func (r *Request) chatToBind() (issue.Chat, error) {
	name := strings.Trim(r.Args, "“”\"「」")
	if chat, ok := r.Reg.ChatNamed(name); ok {
		if r.Weak || !r.Reg.Has(r.From.ID, issue.RoleOffice, issue.RoleAdmin) {
			return chat, issue.Fail(issue.CodeForbidden, "绑定本群只能由创城办、管理员操作，或使用绑定码", "请联系创城办")
		}
		return chat, nil
	}
	id, ok, err := r.redeem(store.CodeChat, name)
	if err != nil {
		return issue.Chat{}, err
	}
	chat, known := r.Reg.Chat(id)
	if !ok || !known {
		return chat, issue.Fail(issue.CodeInput, "没有叫这个名字的工作群，也不是有效的绑定码", "配置里的工作群有："+r.chatNames())
	}
	return chat, nil
}

// redeem uses a one-time code, unless its sender has tried too many.
func (r *Request) redeem(kind, code string) (subject string, ok bool, err error) {
	if !r.Controls.Guess() {
		return "", false, issue.Fail(issue.CodeForbidden, "绑定码试得太多了", "请过十分钟再试，或者请创城办核对绑定码")
	}
	return r.Tx.UseCode(kind, code)
}

func (r *Request) chatNames() string {
	if r.From.ID == "" {
		return "请向创城办查询"
	}
	var names []string
	for _, c := range r.Reg.Chats {
		names = append(names, c.Name)
	}
	return strings.Join(names, "、")
}

func (r *Request) someChat() string {
	if len(r.Reg.Chats) == 0 || r.From.ID == "" {
		return "工作群名"
	}
	return r.Reg.Chats[0].Name
}

func (r *Request) whoAmI() (Reply, error) {
	if r.From.ID == "" {
		return Reply{Text: "还不认识您。请向创城办要绑定码，然后发「绑定 绑定码」"}, nil
	}
	text := "您是" + r.describe(r.From)
	if r.Weak {
		text += "（凭群名片识别，只能上报、签收、完成；发「绑定 绑定码」可用全部功能）"
	}
	return Reply{Text: text}, nil
}

// describe is a person with unit and roles: 李强，昭阳街道（联络员）.
func (r *Request) describe(p issue.Person) string {
	text := p.Name
	if p.Unit != "" {
		text += "，" + r.Reg.UnitName(p.Unit)
	}
	var roles []issue.Role
	for _, role := range r.Reg.RolesOf(p.ID) {
		if role != issue.RoleReporter {
			roles = append(roles, role)
		}
	}
	if len(roles) == 0 {
		return text
	}
	return text + "（" + roleNames(roles) + "）"
}
