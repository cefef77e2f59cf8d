package wechattest

import (
	"html"
	"strings"
)

// Person is an account that the bot can meet.
type Person struct {
	server *Server
	id     int64
	name   string
	remark string
	friend bool
	mp     bool
}

// Group is a chat group that the bot is in.
type Group struct {
	server  *Server
	id      int64
	name    string
	saved   bool
	members []*Person
	cards   map[int64]string
}

// Conversation is a place to post to: a *Group, or a *Person for a private chat with the bot.
type Conversation interface{ key(gen int) string }

// key is the name by which a login knows the person. It is another one after each new login.
func (p *Person) key(gen int) string { return "@" + token("person", gen, p.id)[:32] }

// key is the name by which a login knows the group.
func (g *Group) key(gen int) string { return "@@" + token("group", gen, g.id) }

// Bot is the account that logs in.
func (s *Server) Bot() *Person { return s.bot }

// AddPerson adds somebody who is not the bot's friend.
func (s *Server) AddPerson(name string) *Person { return s.addPerson(Person{name: name}) }

// AddFriend adds a friend, with the remark that the bot's phone gave, or "".
func (s *Server) AddFriend(name, remark string) *Person {
	return s.addPerson(Person{name: name, remark: remark, friend: true})
}

// AddMP adds a public account that the bot follows.
func (s *Server) AddMP(name string) *Person {
	return s.addPerson(Person{name: name, friend: true, mp: true})
}

func (s *Server) addPerson(p Person) *Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.server, p.id = s, s.newID()
	s.people = append(s.people, &p)
	return &p
}

// AddGroup adds a group with the bot and the given members. Only a saved group is in the contact list.
func (s *Server) AddGroup(name string, saved bool, members ...*Person) *Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := &Group{server: s, id: s.newID(), name: name, saved: saved, cards: map[int64]string{}}
	g.members = append([]*Person{s.bot}, members...)
	s.groups = append(s.groups, g)
	return g
}

// Key is the person's UserName in the present login.
func (p *Person) Key() string {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	return p.key(p.server.gen)
}

// Key is the group's UserName in the present login.
func (g *Group) Key() string {
	g.server.mu.Lock()
	defer g.server.mu.Unlock()
	return g.key(g.server.gen)
}

// SetCard sets the name that the group shows for a member. Clients are not told, as in reality.
func (g *Group) SetCard(p *Person, card string) {
	g.server.mu.Lock()
	defer g.server.mu.Unlock()
	g.cards[p.id] = card
}

// Join adds a member; clients are told by a changed contact and a notice.
func (g *Group) Join(p *Person) {
	g.server.mu.Lock()
	g.members = append(g.members, p)
	g.server.addEvent(&event{changed: g})
	g.server.mu.Unlock()
	g.server.PostSystem(g, `"`+p.name+`"通过扫描二维码加入群聊`)
}

// Rename renames the group; clients are told by a changed contact and a notice.
func (g *Group) Rename(name string) {
	g.server.mu.Lock()
	g.name = name
	g.server.addEvent(&event{changed: g})
	g.server.mu.Unlock()
	g.server.PostSystem(g, `"有人"修改群名为“`+name+`”`)
}

// Rename changes the nickname; clients are told by a changed contact if the person is a friend.
func (p *Person) Rename(name string) {
	p.change(func() { p.name = name })
}

// SetRemark changes the name that the bot's phone gave; clients are told by a changed contact.
func (p *Person) SetRemark(remark string) {
	p.change(func() { p.remark = remark })
}

func (p *Person) change(f func()) {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	f()
	if p.friend {
		p.server.addEvent(&event{changed: p})
	}
}

// Unfriend removes a friend; clients are told by a deleted contact.
func (p *Person) Unfriend() {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	p.friend = false
	p.server.addEvent(&event{deleted: p})
}

type object = map[string]any

// contact is the person as a contact entry. Names are HTML-escaped as real servers do it.
func (p *Person) contact(gen int) object {
	verify := 0
	if p.mp {
		verify = 24
	}
	return object{
		"UserName": p.key(gen), "NickName": html.EscapeString(p.name), "RemarkName": html.EscapeString(p.remark),
		"VerifyFlag": verify, "ContactFlag": 3, "Uin": 0, "AttrStatus": 33656871, "MemberList": []object{},
	}
}

// contact is the group as a contact entry, with its members or without them.
func (g *Group) contact(gen int, withMembers bool) object {
	members := []object{}
	for _, p := range g.members {
		if withMembers {
			members = append(members, object{
				"UserName": p.key(gen), "NickName": html.EscapeString(p.name),
				"DisplayName": html.EscapeString(g.cards[p.id]), "AttrStatus": 33656871,
			})
		}
	}
	return object{
		"UserName": g.key(gen), "NickName": html.EscapeString(g.name), "RemarkName": "", "VerifyFlag": 0,
		"ContactFlag": 2, "EncryChatRoomId": token("room", gen, g.id)[:16], "MemberCount": len(g.members), "MemberList": members,
	}
}

// find is the group or person that a UserName of the present login means, or nil.
func (s *Server) find(key string) Conversation {
	if strings.HasPrefix(key, "@@") {
		for _, g := range s.groups {
			if g.key(s.gen) == key {
				return g
			}
		}
		return nil
	}
	for _, p := range s.people {
		if p.key(s.gen) == key {
			return p
		}
	}
	return nil
}
