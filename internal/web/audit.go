package web

import (
	"net/http"
	"strconv"
	"strings"

	"duban/internal/health"
	"duban/internal/store"
)

// auditPage is how many acts a page shows.
const auditPage = 50

// acts are the words for what Audit records; what is not here is shown as it stands.
var acts = map[string]string{
	"bind_person": "绑定人员", "bind_chat": "绑定群", "web_login": "登录看板", "unbind_person": "解除人员绑定", "unbind_chat": "解除群绑定",
	"new_code": "生成绑定码", "run_again": "重跑定时任务", "resend": "重发消息", "drop_letter": "丢弃消息", "resend_all": "重发全部没送到的", "drop_all": "丢弃全部没送到的", "import": "导入问题",
	"config": "配置生效", "config_refused": "配置没有生效",
}

type auditView struct {
	Acts []auditLine
	Next int64 // the id to go on from; 0: this is the last page
}

type auditLine struct {
	store.Act
	Who, Done string
}

// audit lists what was done in administration, the newest first.
func (v *visit) audit() error {
	before, _ := strconv.ParseInt(v.r.FormValue("before"), 10, 64) // anything else is the first page
	var list []store.Act
	err := v.read(func(tx *store.Tx) (err error) {
		list, err = tx.Audited(before, auditPage+1)
		return err
	})
	if err != nil {
		return err
	}
	var page auditView
	if len(list) > auditPage {
		list = list[:auditPage]
		page.Next = list[auditPage-1].ID
	}
	for _, a := range list {
		a.At = a.At.In(v.now.Location())
		line := auditLine{Act: a, Who: v.world.Reg.PersonName(a.Person), Done: acts[a.What]}
		if a.Person == "" && a.What == "web_login" {
			line.Who = holder
		}
		if strings.HasPrefix(a.What, "bind_") || strings.HasPrefix(a.What, "unbind_") {
			line.Detail = v.bindingWords(a.Detail)
		}
		if line.Done == "" {
			line.Done = a.What
		}
		page.Acts = append(page.Acts, line)
	}
	return v.render(http.StatusOK, "audit", "操作记录", page)
}

// bindingWords puts what is recorded of a binding, ids and words of the program with blanks between them, into words for people.
func (v *visit) bindingWords(detail string) string {
	fields := strings.Fields(detail)
	for n, f := range fields {
		person, isPerson := v.world.Reg.Person(f)
		chat, isChat := v.world.Reg.Chat(f)
		switch {
		case isPerson:
			fields[n] = person.Name
		case isChat:
			fields[n] = chat.Name
		case howWords[f] != "":
			fields[n] = howWords[f]
		default:
			fields[n] = health.Network(f)
		}
	}
	return strings.Join(fields, " ")
}
