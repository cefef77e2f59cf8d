package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"duban/internal/health"
	"duban/internal/issue"
	"duban/internal/store"
)

const (
	// codeValid is how long a one-time code can be used, as with duban code.
	codeValid = 24 * time.Hour
	// onlineFor is for how long somebody counts as online after a page or a word to the bot.
	onlineFor = 10 * time.Minute
	// shownPeople is how many people a page lists.
	shownPeople = 200
)

type peopleView struct {
	Query   string
	Unbound bool
	People  []personView
	Chats   []chatView
	Online  []string
	Bound   int
	All     int
	Hidden  int
}

type personView struct {
	issue.Person
	Unit   string
	Roles  string
	Bound  []boundView
	Online bool
	Heard  time.Time
	Mine   bool // the visitor may make codes for this person and unbind them
}

type chatView struct {
	issue.Chat
	Bound []boundView
}

// boundView is a binding in words.
type boundView struct {
	Channel, Name string
	How           string
	Since         time.Time
	Stale         bool // of an earlier login: the next word renews it, or it has to be bound anew
}

var howWords = map[string]string{"code": "绑定码", "remark": "手机备注名", "directory": "通讯录"}

// people lists who is bound, and where the work groups are.
func (v *visit) people() error {
	page := peopleView{Query: strings.TrimSpace(v.r.FormValue("q")), Unbound: v.r.FormValue("show") == "unbound", All: len(v.world.Reg.People)}
	var persons []store.PersonBinding
	var chats []store.ChatBinding
	err := v.read(func(tx *store.Tx) (err error) {
		if persons, err = tx.PersonBindings(); err != nil {
			return err
		}
		chats, err = tx.ChatBindings()
		return err
	})
	if err != nil {
		return err
	}
	bound := map[string][]boundView{}
	for _, b := range persons {
		bound[b.Person] = newest(bound[b.Person], boundView{
			Channel: b.Channel, Name: health.Network(b.Channel), How: howWords[b.How], Since: v.when(b.At), Stale: !v.s.Lent.Present(b.Channel, b.Session),
		})
	}
	for _, p := range v.world.Reg.People {
		v.addPerson(&page, p, bound[p.ID])
	}
	for _, c := range v.world.Reg.Chats {
		view := chatView{Chat: c}
		for _, b := range chats {
			if b.Chat == c.ID {
				view.Bound = append(view.Bound, boundView{Channel: b.Channel, Name: health.Network(b.Channel), How: b.Name, Since: v.when(b.At), Stale: !v.s.Lent.Present(b.Channel, b.Session)})
			}
		}
		page.Chats = append(page.Chats, view)
	}
	return v.render(http.StatusOK, "people", "人员绑定", page)
}

// newest keeps of each channel the last binding; they come oldest first.
func newest(have []boundView, b boundView) []boundView {
	have = slices.DeleteFunc(have, func(old boundView) bool { return old.Channel == b.Channel })
	return append(have, b)
}

func (v *visit) when(micros int64) time.Time { return time.UnixMicro(micros).In(v.now.Location()) }

func (v *visit) addPerson(page *peopleView, p issue.Person, bound []boundView) {
	view := personView{Person: p, Bound: bound, Unit: v.unitsOf(p), Roles: v.rolesOf(p), Heard: v.s.Lent.Heard(p.ID), Mine: v.mayAdmit(p.ID)}
	if !view.Heard.IsZero() {
		view.Heard = view.Heard.In(v.now.Location())
	}
	last := v.s.seen.at(p.ID)
	view.Online = recent(v.now, view.Heard) || recent(v.now, last)
	if view.Online {
		page.Online = append(page.Online, p.Name)
	}
	if len(bound) > 0 {
		page.Bound++
	}
	switch {
	case page.Unbound && len(bound) > 0:
	case page.Query != "" && !strings.Contains(p.Name+" "+p.ID+" "+view.Unit+" "+view.Roles, page.Query):
	case len(page.People) >= shownPeople:
		page.Hidden++
	default:
		page.People = append(page.People, view)
	}
}

func recent(now, at time.Time) bool { return !at.IsZero() && now.Sub(at) < onlineFor }

func (v *visit) unitsOf(p issue.Person) string {
	if p.Unit != "" {
		return v.world.Reg.UnitName(p.Unit)
	}
	var names []string
	for _, u := range v.world.Reg.UnitsOf(p.ID) {
		names = append(names, v.world.Reg.UnitName(u))
	}
	return strings.Join(names, "、")
}

// rolesOf are a person's roles besides that of everybody.
func (v *visit) rolesOf(p issue.Person) string {
	var words []string
	for _, r := range v.world.Reg.RolesOf(p.ID) {
		if r != issue.RoleReporter {
			words = append(words, r.Text())
		}
	}
	return strings.Join(words, "、")
}

// mayAdmit says whether the visitor may bind and unbind a person. Whoever has a person's code can become that person, so that codes
// for more than the office's own rights are the administrators'.
func (v *visit) mayAdmit(person string) bool {
	return v.who.Has(issue.RoleAdmin) || !v.world.Reg.Has(person, issue.RoleAdmin, issue.RoleOffice, issue.RoleLeader)
}

// person is the person whom the address of a page names, if the visitor may bind and unbind them.
func (v *visit) person() (issue.Person, error) {
	p, ok := v.world.Reg.Person(v.r.PathValue("id"))
	if !ok {
		return p, notFound("配置里没有这个人")
	}
	if !v.mayAdmit(p.ID) {
		return p, denied{http.StatusForbidden, "创城办、领导和管理员的绑定只能由管理员办理"}
	}
	return p, nil
}

// personCode makes a one-time code for a person and shows it once.
func (v *visit) personCode() error {
	p, err := v.person()
	if err != nil {
		return err
	}
	return v.newCode(store.CodePerson, p.ID, p.Name, "请发给本人，由本人在工作群里或私聊机器人发这一句：\n绑定 ")
}

// chatCode makes a one-time code for a work group and shows it once.
func (v *visit) chatCode() error {
	c, ok := v.world.Reg.Chat(v.r.PathValue("id"))
	if !ok {
		return notFound("配置里没有这个群")
	}
	return v.newCode(store.CodeChat, c.ID, c.Name, "请在该群里发这一句：\n绑定本群 ")
}

func (v *visit) newCode(kind, id, name, use string) error {
	return v.act("/people", func() (outcome, error) {
		code := ""
		err := v.write(func(tx *store.Tx) (err error) {
			if code, err = tx.NewCode(kind, id, codeValid); err != nil {
				return err
			}
			return tx.Audit(v.who.ID, "new_code", name)
		})
		return outcome{said: name + " 的绑定码（24 小时内有效，只能用一次，只显示这一次）\n" + use + code, secret: true}, err
	})
}

// askUnbindPerson asks before a person's binding is forgotten.
func (v *visit) askUnbindPerson() error {
	p, err := v.person()
	if err != nil {
		return err
	}
	return v.confirm("解除绑定", question{
		Text:  p.Name + " 在" + health.Network(v.r.PathValue("channel")) + "上的绑定将被解除：以后发的消息不再算本人的，直到重新绑定。",
		Notes: []string{"若督办手机里的备注名仍是本人姓名，下次说话会自动再绑定：请先在手机上改掉备注名。"}, Do: "解除绑定", Back: "/people",
	})
}

func (v *visit) unbindPerson() error {
	p, err := v.person()
	if err != nil {
		return err
	}
	return v.unbind(p.Name, func(tx *store.Tx, channel string) (bool, error) {
		n, err := tx.UnbindPerson(p.ID, channel, v.who.ID)
		return n > 0, err
	})
}

// askUnbindChat asks before a work group's binding is forgotten.
func (v *visit) askUnbindChat() error {
	c, ok := v.world.Reg.Chat(v.r.PathValue("id"))
	if !ok {
		return notFound("配置里没有这个群")
	}
	return v.confirm("解除绑定", question{
		Text:  "“" + c.Name + "”在" + health.Network(v.r.PathValue("channel")) + "上的绑定将被解除：机器人不再往这个群发消息，也不再听这个群，直到重新绑定。",
		Notes: []string{"要发给它的消息会一直等到重新绑定，一天后进发件箱的“没有送到”。"}, Do: "解除绑定", Back: "/people",
	})
}

func (v *visit) unbindChat() error {
	c, ok := v.world.Reg.Chat(v.r.PathValue("id"))
	if !ok {
		return notFound("配置里没有这个群")
	}
	return v.unbind("“"+c.Name+"”", func(tx *store.Tx, channel string) (bool, error) { return tx.UnbindChat(c.ID, channel, v.who.ID) })
}

func (v *visit) unbind(name string, do func(tx *store.Tx, channel string) (bool, error)) error {
	channel := v.r.PathValue("channel")
	return v.act("/people", func() (outcome, error) {
		err := v.write(func(tx *store.Tx) error {
			was, err := do(tx, channel)
			if err == nil && !was {
				err = issue.Fail(issue.CodeState, fmt.Sprintf("%s 在这个通道上没有绑定", name), "请刷新页面看看")
			}
			return err
		})
		if err == nil {
			err = v.s.Lent.Rebound(v.r.Context())
		}
		return outcome{said: name + " 已解除绑定"}, err
	})
}
