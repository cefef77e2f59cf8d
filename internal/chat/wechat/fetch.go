package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/eatmoreapple/openwechat"

	"duban/internal/chat"
)

// More pages and more entries than a contact list ever has. A server that goes on beyond them is at fault.
const (
	maxPages    = 20
	maxContacts = 50_000
)

// waitError says that the server must not be asked before d has passed.
type waitError struct{ d time.Duration }

// Error names the pause.
func (e *waitError) Error() string { return fmt.Sprintf("too many questions, pausing %v", e.d) }

// readFriends reads the whole contact list and makes it the index of friends.
func (s *session) readFriends(ctx context.Context) error {
	if err := s.calls.take(ctx); err != nil {
		return err
	}
	defer s.calls.give()
	if err := s.mayRead(); err != nil {
		return err
	}
	info := s.bot.Storage.LoginInfo
	var all []contact
	seq := int64(0)
	for page := 1; ; page++ {
		if page > maxPages || len(all) > maxContacts {
			return errors.New("webwxgetcontact: the list has no end")
		}
		if page > 1 && !sleep(ctx, s.ch.pace.LoginSpacing) {
			return context.Cause(ctx)
		}
		var in struct {
			BaseResponse baseReply
			MemberList   []json.RawMessage
			Seq          number
		}
		resp, err := s.bot.Caller.Client.WebWxGetContact(ours(ctx), info.SKey, seq)
		if err := s.readAnswer(resp, err, &in, &in.BaseResponse); err != nil {
			return fmt.Errorf("webwxgetcontact: %w", err)
		}
		all = append(all, readContacts(in.MemberList)...)
		if in.Seq == 0 || int64(in.Seq) == seq {
			break
		}
		seq = int64(in.Seq)
	}
	s.book.setAll(all)
	s.friendsRead = time.Now()
	return nil
}

// readAnswer decodes an answer and makes its code an error. It keeps count of 1205: then all reading pauses, each time
// twice as long.
func (s *session) readAnswer(resp *http.Response, err error, into any, base *baseReply) error {
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	err = base.err()
	if ret, ok := retOf(orNone(err)); ok && ret == retTooOften {
		pause := double(s.ch.pace.TooOften, s.readsTimes, time.Hour)
		s.readsTimes++
		s.readsTill = time.Now().Add(pause)
		return errors.Join(err, &waitError{pause})
	}
	if err == nil {
		s.readsTimes = 0
	}
	return err
}

func (s *session) mayRead() error {
	if d := time.Until(s.readsTill); d > 0 {
		return &waitError{d}
	}
	return nil
}

// learnGroup asks who is in a group if that is unknown, changed or old. A group is not asked for again too soon, whatever
// the answer was; the message is delivered with what is known.
func (s *session) learnGroup(key, who string) {
	room, ok := s.book.wants(key, who, time.Now(), s.ch.pace.GroupTTL, s.ch.pace.TooOften)
	if !ok {
		return
	}
	if err := s.readGroup(s.ctx, key, room); err != nil && s.ctx.Err() == nil {
		s.log.Warn("the members of a group could not be read", fault(err))
	}
}

func (s *session) readGroup(ctx context.Context, key, room string) error {
	if err := s.calls.take(ctx); err != nil {
		return err
	}
	defer s.calls.give()
	if err := s.mayRead(); err != nil {
		return err
	}
	var in struct {
		BaseResponse baseReply
		ContactList  []json.RawMessage
	}
	asked := openwechat.Members{{UserName: key, EncryChatRoomId: room}}
	resp, err := s.bot.Caller.Client.WebWxBatchGetContact(ours(ctx), asked, s.bot.Storage.Request)
	if err := s.readAnswer(resp, err, &in, &in.BaseResponse); err != nil {
		return fmt.Errorf("webwxbatchgetcontact: %w", err)
	}
	for _, c := range readContacts(in.ContactList) {
		if string(c.UserName) == key && len(c.MemberList) > 0 {
			now := time.Now()
			s.book.setGroup(c, now, now.Add(s.ch.pace.TooOften/6))
			return nil
		}
	}
	return errors.New("webwxbatchgetcontact: the group and its members are not in the answer")
}

// learnFriend reads the contact list again when somebody writes in private who is not in it, but not too often.
func (s *session) learnFriend(key string) {
	if s.book.knows(key) {
		return
	}
	if s.calls.take(s.ctx) != nil {
		return
	}
	old := time.Since(s.friendsRead) > s.ch.pace.TooOften
	s.calls.give()
	if !old {
		return
	}
	if err := s.readFriends(s.ctx); err != nil && s.ctx.Err() == nil {
		s.log.Warn("the contact list could not be read", fault(err))
	}
}

// Members asks the server who is in a group now. The bot's own account is left out. The error tells of a channel that is
// offline, a group that this login does not know, or a server that wants fewer questions.
func (c *Channel) Members(ctx context.Context, conversationKey string) ([]chat.Sender, error) {
	s := c.current.Load()
	if s == nil {
		return nil, errOffline
	}
	ctx, cancel := s.join(ctx)
	defer cancel()
	if err := s.readGroup(ctx, conversationKey, s.book.room(conversationKey)); err != nil {
		return nil, fmt.Errorf("wechat: who is in the group: %w", redacted(err))
	}
	return s.book.members(conversationKey), nil
}

// join is ctx, ending with the session too.
func (s *session) join(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}
