package wechat

import (
	"strings"
	"time"

	"duban/internal/chat"
)

// Types of messages (reference/openwechat.md §2).
const (
	kindText    = 1
	kindPicture = 3
	kindApp     = 49
	kindSystem  = 10000
)

// convert turns an arrival into a message, and says false for what nobody writes to the bot.
func (s *session) convert(a arrival) (chat.Message, bool) {
	self, _ := s.book.me()
	if !s.passes(a, self) {
		return chat.Message{}, false
	}
	inGroup := strings.HasPrefix(a.from, "@@")
	who, content := a.from, a.content
	if inGroup {
		if who, content = cutSender(content); who == "" || who == self {
			return chat.Message{}, false
		}
		s.learnGroup(a.from, who)
	} else if s.learnFriend(a.from); s.book.mp(a.from) {
		return chat.Message{}, false
	}
	m := chat.Message{Channel: Name, Session: self, ID: a.id, SentAt: time.Unix(a.created, 0)}
	s.address(&m, a.from, who, inGroup)
	return m, s.fill(&m, a, content)
}

// passes is the gate in front of everything else: kinds that are not written by people, the bot's own messages, public
// accounts, and messages older than a new login.
func (s *session) passes(a arrival, self string) bool {
	switch {
	case a.kind == kindSystem:
		// Somebody joined, left, renamed the group: who is in it must be asked again. There is no sender.
		s.book.markStale(a.from)
		return false
	case a.kind != kindText && a.kind != kindPicture && a.kind != kindApp:
		return false
	case a.from == self || !strings.HasPrefix(a.from, "@") || s.book.mp(a.from):
		return false
	case a.id == "":
		s.log.Error("dropped a message without id")
		return false
	}
	return s.recent(a)
}

// recent drops what was written before a new login: answering old commands would surprise everybody. A hot login goes on
// from a stored position instead, and everything since then is delivered.
func (s *session) recent(a arrival) bool {
	s.mu.Lock()
	login := s.server
	s.mu.Unlock()
	if s.kind == hotLogin || a.created == 0 || a.created >= login.Add(-s.ch.pace.AgeSlack).Unix() {
		return true
	}
	s.log.Info("dropped a message from before the login", "message", a.id)
	return false
}

// address fills in where a message was written and by whom.
func (s *session) address(m *chat.Message, from, who string, inGroup bool) {
	if inGroup {
		m.From = s.book.sender(from, who)
		m.Conversation = chat.Conversation{Key: from, Name: s.book.groupName(from)}
		return
	}
	m.From = s.book.sender("", who)
	m.Conversation = chat.Conversation{Key: from, Name: m.From.Name, Private: true}
}

// fill reads the content. It says false for app messages that are neither replies nor files: links, money.
func (s *session) fill(m *chat.Message, a arrival, content string) bool {
	names := s.book.nameList(m.Conversation.Key)
	switch a.kind {
	case kindPicture:
		m.Pictures = []chat.Picture{{Ref: a.id}}
		return true
	case kindApp:
		if a.appKind == appFile {
			f, ok := attachment(a, content)
			m.Files = []chat.File{f}
			return ok
		}
		quote, title, ok := readReply(plainText(content), names.bot)
		if !ok {
			return false
		}
		m.Quote = quote
		m.Text, m.Mentioned = cutMention(title, names)
		return true
	default:
		quote, text := cutQuote(plainText(content), names.bot)
		m.Quote = quote
		m.Text, m.Mentioned = cutMention(text, names)
		return true
	}
}
