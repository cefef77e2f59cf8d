package wechat

import (
	"encoding/json"
	"strings"
	"sync"
	"time"

	"duban/internal/chat"
)

// contact is a contact entry as the servers tell it, read leniently.
type contact struct {
	UserName        text
	NickName        text
	RemarkName      text
	DisplayName     text // only inside a group's members: the group card
	EncryChatRoomID text `json:"EncryChatRoomId"`
	VerifyFlag      number
	MemberCount     number
	MemberList      []json.RawMessage
}

func (c contact) isGroup() bool { return strings.HasPrefix(string(c.UserName), "@@") }

// isMP says whether this is a public account, which is not a person.
func (c contact) isMP() bool { return c.VerifyFlag&8 != 0 }

func (c contact) isPerson() bool {
	return strings.HasPrefix(string(c.UserName), "@") && !c.isGroup() && !c.isMP()
}

// readContacts reads those of a raw list that can be read.
func readContacts(list []json.RawMessage) []contact {
	out := make([]contact, 0, len(list))
	for _, raw := range list {
		var c contact
		if json.Unmarshal(raw, &c) == nil && c.UserName != "" {
			out = append(out, c)
		}
	}
	return out
}

type person struct{ name, remark string }

type member struct{ name, card string }

type group struct {
	name    string
	room    string // EncryChatRoomId
	members map[string]member
	order   []string  // the members' keys as the server lists them
	fetched time.Time // when the members were last told; zero: never
	stale   bool      // somebody joined, left or renamed something since
	notTill time.Time // not to be asked for before
}

// contacts is the channel's own index of who is who in one login. The library's is not used: it sorts all contacts for
// every message, asks the server in the middle of decoding, and never learns of renames.
type contacts struct {
	mu      sync.Mutex
	self    string // the bot's UserName
	name    string // the bot's nickname
	friends map[string]person
	remarks map[string]int // how many friends bear a remark
	mps     map[string]bool
	groups  map[string]*group
	names   map[string]string // nicknames of people who are not friends but were heard of
}

func newContacts() *contacts {
	return &contacts{
		friends: map[string]person{}, remarks: map[string]int{}, mps: map[string]bool{},
		groups: map[string]*group{}, names: map[string]string{},
	}
}

func (b *contacts) setSelf(key, name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.self, b.name = key, name
}

// me is the bot's UserName and nickname.
func (b *contacts) me() (key, name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.self, b.name
}

// addRecent takes the recent chats of webwxinit: groups, and people who need not be friends.
func (b *contacts) addRecent(list []contact) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range list {
		switch {
		case c.isGroup():
			b.nameGroup(c)
		case c.isMP():
			b.mps[string(c.UserName)] = true
		default:
			b.names[string(c.UserName)] = plainText(string(c.NickName))
		}
	}
}

// setAll takes the whole contact list: afterwards exactly those are friends.
func (b *contacts) setAll(list []contact) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.friends = map[string]person{}
	for _, c := range list {
		b.change(c)
	}
	b.count()
}

// modify takes contacts that changed: renames, new remarks, new friends, groups whose members changed.
func (b *contacts) modify(list []contact) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range list {
		b.change(c)
	}
	b.count()
}

func (b *contacts) change(c contact) {
	key := string(c.UserName)
	switch {
	case c.isGroup():
		b.nameGroup(c).stale = true
	case c.isMP():
		b.mps[key] = true
		delete(b.friends, key)
	case c.isPerson() && key != b.self:
		b.friends[key] = person{plainText(string(c.NickName)), strings.TrimSpace(plainText(string(c.RemarkName)))}
	}
}

// nameGroup notes what a contact entry says about a group; the members in it may be incomplete and are not taken.
func (b *contacts) nameGroup(c contact) *group {
	g := b.groups[string(c.UserName)]
	if g == nil {
		g = &group{members: map[string]member{}}
		b.groups[string(c.UserName)] = g
	}
	if name := plainText(string(c.NickName)); name != "" {
		g.name = name
	}
	if c.EncryChatRoomID != "" {
		g.room = string(c.EncryChatRoomID)
	}
	return g
}

// remove takes contacts that are gone.
func (b *contacts) remove(list []contact) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range list {
		delete(b.friends, string(c.UserName))
		delete(b.mps, string(c.UserName))
	}
	b.count()
}

func (b *contacts) count() {
	b.remarks = map[string]int{}
	for _, p := range b.friends {
		b.remarks[p.remark]++
	}
}

// setGroup takes a group with all its members. It need not be asked for again before notTill, even if it changes.
func (b *contacts) setGroup(c contact, now, notTill time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.nameGroup(c)
	g.members, g.order, g.fetched, g.stale, g.notTill = map[string]member{}, nil, now, false, notTill
	for _, m := range readContacts(c.MemberList) {
		key := string(m.UserName)
		g.members[key] = member{plainText(string(m.NickName)), plainText(string(m.DisplayName))}
		g.order = append(g.order, key)
	}
}

// wants says whether a group's members should be asked for now because who writes there: they are unknown, changed or
// old, and the last attempt does not forbid it yet. It counts as an attempt: not again before retry has passed.
func (b *contacts) wants(key, who string, now time.Time, ttl, retry time.Duration) (room string, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.groups[key]
	if g == nil {
		g = &group{members: map[string]member{}}
		b.groups[key] = g
	}
	if _, known := g.members[who]; !known {
		ttl /= 12 // a newcomer; but the servers do not tell every member
	}
	fresh := !g.fetched.IsZero() && !g.stale && now.Sub(g.fetched) < ttl
	if fresh || now.Before(g.notTill) {
		return "", false
	}
	g.notTill = now.Add(retry)
	return g.room, true
}

// markStale notes that something happened in a group.
func (b *contacts) markStale(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if g := b.groups[key]; g != nil {
		g.stale = true
	}
}

// room is a group's EncryChatRoomId, which belongs to questions about it.
func (b *contacts) room(key string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if g := b.groups[key]; g != nil {
		return g.room
	}
	return ""
}

// mp says whether a key is a public account's.
func (b *contacts) mp(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.mps[key]
}

// knows says whether a key is a friend's.
func (b *contacts) knows(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.friends[key]
	return ok
}

// sender is a person as the members of a group see them; group "" means a private chat.
func (b *contacts) sender(groupKey, key string) chat.Sender {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.senderLocked(groupKey, key)
}

func (b *contacts) senderLocked(groupKey, key string) chat.Sender {
	s := chat.Sender{Key: key, Name: b.names[key]}
	if p, ok := b.friends[key]; ok && key != b.self {
		s.Name = p.name
		if p.remark != "" && b.remarks[p.remark] == 1 {
			s.Remark = p.remark
		}
	}
	if g := b.groups[groupKey]; g != nil {
		m := g.members[key]
		s.Card = m.card
		if s.Name == "" {
			s.Name = m.name
		}
	}
	return s
}

// groupName is a group's name now.
func (b *contacts) groupName(key string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if g := b.groups[key]; g != nil {
		return g.name
	}
	return ""
}

// members are the people of a group, the bot itself left out.
func (b *contacts) members(key string) []chat.Sender {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.groups[key]
	if g == nil {
		return nil
	}
	var out []chat.Sender
	for _, m := range g.order {
		if m != b.self {
			out = append(out, b.senderLocked(key, m))
		}
	}
	return out
}

// nameList is the names under which the bot can be mentioned in a conversation, and those of others that begin with one of them or are
// not one word.
func (b *contacts) nameList(groupKey string) nameList {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list nameList
	add := func(to *[]string, name string) {
		if name != "" {
			*to = append(*to, name)
		}
	}
	add(&list.bot, b.name)
	g := b.groups[groupKey]
	if g == nil {
		return list
	}
	add(&list.bot, g.members[b.self].card)
	add(&list.bot, g.members[b.self].name)
	for key, m := range g.members {
		for _, name := range []string{m.name, m.card} {
			if key != b.self && (longer(name, list.bot) || chat.Called(name) != name) {
				add(&list.others, name)
			}
		}
	}
	return list
}

func longer(name string, bot []string) bool {
	for _, b := range bot {
		if len(name) > len(b) && strings.HasPrefix(name, b) {
			return true
		}
	}
	return false
}
