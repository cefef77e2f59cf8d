package wechat

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"duban/internal/chat"
)

// deliver hands the batches to the sink, in order, and stores the position of a batch when all of it was accepted. A
// process that dies before that gets the batch again; the receiver drops doubles by their ids.
func (s *session) deliver() {
	defer close(s.done)
	s.awaitFriends()
	for s.ctx.Err() == nil { // a session that ends while it waits for them does not know who wrote what has come
		select {
		case <-s.ctx.Done():
			return
		case b := <-s.queue:
			for _, a := range b.messages {
				if !s.handOver(a) {
					return
				}
			}
			s.save(b.position)
		}
	}
}

// handOver delivers one message until it is accepted. It says false when the session is over or gave up.
func (s *session) handOver(a arrival) bool {
	m, ok := s.understood(a)
	if !ok {
		return s.ctx.Err() == nil
	}
	began := time.Now()
	for try := 0; ; try++ {
		err := s.receive(m)
		if err == nil {
			return true
		}
		if s.ctx.Err() != nil {
			return false
		}
		s.log.Error("a message was not kept, will deliver it again", "message", m.ID, fault(err))
		pause := double(s.ch.pace.ReceivePause, try, s.ch.pace.ReceiveGiveUp)
		if time.Since(began)+pause > s.ch.pace.ReceiveGiveUp {
			s.fail(fmt.Errorf("%w: %w", errNotKept, err))
			return false
		}
		if !sleep(s.ctx, pause) {
			return false
		}
	}
}

// receive calls the sink; a panic in it counts as a refusal.
func (s *session) receive(m chat.Message) (err error) {
	defer func() {
		if v := recover(); v != nil {
			s.log.Error("the receiver crashed", "panic", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("the receiver crashed: %v", v)
		}
	}()
	return s.sink.Receive(s.ctx, m)
}

// understood turns an arrival into a message. One that cannot be read is logged and dropped: it must not stop the others.
func (s *session) understood(a arrival) (m chat.Message, ok bool) {
	defer func() {
		if v := recover(); v != nil {
			s.log.Error("a message could not be read", "message", a.id, "panic", v, "stack", string(debug.Stack()))
			ok = false
		}
	}()
	return s.convert(a)
}

// awaitFriends reads the friends and their remarks, because without them nobody is known. It waits for them for a while
// only: commands of people who are bound in other ways must not wait for hours.
func (s *session) awaitFriends() {
	ctx, cancel := context.WithTimeout(s.ctx, s.ch.pace.ContactsWait)
	defer cancel()
	for try := 0; ; try++ {
		err := s.readFriends(ctx)
		if err == nil {
			return
		}
		if s.ctx.Err() == nil {
			s.log.Warn("the contact list could not be read", fault(err))
		}
		pause := double(s.ch.pace.Relogin, try, s.ch.pace.ReloginMax)
		if wait, ok := errors.AsType[*waitError](err); ok {
			pause = max(pause, wait.d)
		}
		if !sleep(ctx, pause) {
			return
		}
	}
}
