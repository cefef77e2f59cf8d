package bot

import (
	"context"
	"sync"
	"time"

	"duban/internal/chat"
	"duban/internal/config"
	"duban/internal/issue"
	"duban/internal/store"
)

// identity is who wrote a message and where, in the register's terms.
type identity struct {
	person  issue.Person
	weak    bool // by the group card alone
	chat    issue.Chat
	remark  bool // the person was recognised by the phone's remark and is not bound yet
	rebind  bool // the group may be a work group after a new login; its members decide
	renamed bool // the group has another name than when it was last seen
	lasting bool // the person's private chat can be found again
}

// bindings is what is known of who is who, in memory: chatter must not cost a look into the database.
type bindings struct {
	reading  sync.Mutex // held from the look into the database until what was seen counts
	mu       sync.RWMutex
	persons  map[senderKey]string
	latest   map[personOn]senderKey
	chats    []store.ChatBinding
	sessions map[string]string // the login from which a channel's last message came
}

type personOn struct{ channel, person string }

type senderKey struct{ channel, session, key string }

func loadBindings(ctx context.Context, s *store.Store) (*bindings, error) {
	n := &bindings{sessions: map[string]string{}}
	return n, n.reload(ctx, s)
}

// reload reads the bindings again, after one was changed. One look follows the other, or an older one could count last.
func (n *bindings) reload(ctx context.Context, s *store.Store) error {
	n.reading.Lock()
	defer n.reading.Unlock()
	var persons []store.PersonBinding
	var chats []store.ChatBinding
	err := s.Read(ctx, time.Time{}, func(tx *store.Tx) (err error) {
		if persons, err = tx.PersonBindings(); err != nil {
			return err
		}
		chats, err = tx.ChatBindings()
		return err
	})
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.persons, n.latest, n.chats = map[senderKey]string{}, map[personOn]senderKey{}, chats
	for _, p := range persons { // oldest first
		key := senderKey{p.Channel, p.Session, p.Sender}
		n.persons[key], n.latest[personOn{p.Channel, p.Person}] = p.Person, key
	}
	return nil
}

func (n *bindings) person(channel, session, key string) string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.persons[senderKey{channel, session, key}]
}

// private is the key of a person's latest binding on a channel, unless it belongs to an earlier login.
func (n *bindings) private(channel, person string) (key string, ok bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	k, ok := n.latest[personOn{channel, person}]
	if !ok || !n.present(channel, k.session) {
		return "", false
	}
	return k.key, true
}

// seen records the login that a channel's messages come from.
func (n *bindings) seen(channel, session string) {
	n.mu.RLock()
	known, ok := n.sessions[channel]
	n.mu.RUnlock()
	if ok && known == session {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sessions[channel] = session
}

// session is the login that a channel's messages come from; "" while that is not known.
func (n *bindings) session(channel string) string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.sessions[channel]
}

// present says whether keys of a login are still good: as far as is known, it is the present one.
func (n *bindings) present(channel, session string) bool {
	now, known := n.sessions[channel]
	return !known || now == session
}

// chat finds the binding of a conversation, or else, with known false, the one of a group of that name from another login. Of several
// that bear the name none is found: any member can rename a group.
func (n *bindings) chat(m chat.Message) (b store.ChatBinding, known, maybe bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	namesakes := 0
	for _, c := range n.chats {
		if c.Channel != m.Channel {
			continue
		}
		if c.Session == m.Session && c.Conversation == m.Conversation.Key {
			return c, true, false
		}
		if c.Name != "" && c.Name == m.Conversation.Name {
			namesakes++
			if c.Session != m.Session {
				b, maybe = c, true
			}
		}
	}
	return b, false, maybe && namesakes == 1
}

// chatOn is where a work group is on a channel, unless its binding belongs to an earlier login.
func (n *bindings) chatOn(channel, id string) (store.ChatBinding, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	for _, c := range n.chats {
		if c.Channel == channel && c.Chat == id && n.present(channel, c.Session) {
			return c, true
		}
	}
	return store.ChatBinding{}, false
}

// identify says who wrote a message and where. Display names count for nothing (design.md §7): only what the program itself
// said, what a code or the phone's remark has bound, and, where the administrators allow it, an exact group card.
func (b *Bot) identify(e *edition, m chat.Message) identity {
	var who identity
	reg := e.world.Reg
	if c, ok := b.channel(m.Channel); ok && c.Can().Identified {
		who.person, who.lasting = reg.Person(m.From.Key)
		who.chat, _ = reg.Chat(m.Conversation.Key)
	} else {
		b.identifyChat(reg, m, &who)
	}
	if who.person.ID == "" {
		if who.person, _ = reg.Person(b.names.person(m.Channel, m.Session, m.From.Key)); who.person.ID == "" {
			who.person, who.remark = reg.PersonByRemark(m.From.Remark)
		}
	}
	if who.person.ID == "" && e.cfg.Identity == config.IdentityGroupCard && who.chat.ID != "" {
		who.person, who.weak = reg.PersonNamed(m.From.Card)
	}
	return who
}

func (b *Bot) identifyChat(reg *issue.Register, m chat.Message, who *identity) {
	if m.Conversation.Private {
		return
	}
	binding, known, maybe := b.names.chat(m)
	if known || maybe {
		if c, ok := reg.Chat(binding.Chat); ok {
			who.chat, who.rebind = c, maybe
			who.renamed = known && m.Conversation.Name != "" && m.Conversation.Name != binding.Name
		}
	}
}

// confirm settles what identify could only suppose: a person known by the phone's remark is bound, a group with the name of
// a work group is that group only if an officer is in it, and a group card counts only if no other member bears it.
func (b *Bot) confirm(ctx context.Context, reg *issue.Register, m chat.Message, who *identity) ([]func(*store.Tx) error, error) {
	var binds []func(*store.Tx) error
	if who.remark {
		binding := store.PersonBinding{Channel: m.Channel, Session: m.Session, Sender: m.From.Key, Person: who.person.ID, How: "remark"}
		binds = append(binds, func(tx *store.Tx) error { return tx.BindPerson(binding) })
	}
	if who.renamed {
		binding := store.ChatBinding{Channel: m.Channel, Chat: who.chat.ID}
		binds = append(binds, func(tx *store.Tx) error { return tx.RenameChat(binding, m.Conversation.Name) })
	}
	if !who.rebind && !who.weak {
		return binds, nil
	}
	members, err := b.members(ctx, m)
	if err != nil {
		return nil, err
	}
	if who.weak && sameCard(members, m.From.Card) != 1 {
		who.person, who.weak = issue.Person{}, false
	}
	if !who.rebind {
		return binds, nil
	}
	officer := b.officerAmong(reg, m, members)
	if officer == "" {
		who.chat = issue.Chat{}
		return binds, nil
	}
	binding := store.ChatBinding{
		Channel: m.Channel, Chat: who.chat.ID, Session: m.Session, Conversation: m.Conversation.Key, Name: m.Conversation.Name,
	}
	return append(binds, func(tx *store.Tx) error { return tx.BindChat(binding, officer) }), nil
}

func (b *Bot) members(ctx context.Context, m chat.Message) ([]chat.Sender, error) {
	c, ok := b.channel(m.Channel)
	lister, can := c.(chat.MemberLister)
	if !ok || !can {
		return nil, nil
	}
	return lister.Members(ctx, m.Conversation.Key)
}

func sameCard(members []chat.Sender, card string) int {
	n := 0
	for _, s := range members {
		if s.Card == card || s.Card == "" && s.Name == card {
			n++
		}
	}
	return n
}

// officerAmong finds a member who is bound, or known by remark, and holds an office that vouches for a group.
func (b *Bot) officerAmong(reg *issue.Register, m chat.Message, members []chat.Sender) string {
	for _, s := range members {
		id := b.names.person(m.Channel, m.Session, s.Key)
		if p, ok := reg.PersonByRemark(s.Remark); ok && id == "" {
			id = p.ID
		}
		if reg.Has(id, issue.RoleOffice, issue.RoleAdmin, issue.RoleInspector) {
			return id
		}
	}
	return ""
}
