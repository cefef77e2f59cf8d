package wechattest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

type baseRequest struct {
	Uin                 int64
	Sid, Skey, DeviceID string
}

type syncKey struct {
	Count int
	List  []struct{ Key, Val int64 }
}

// position is the place in the log that a sync key means, or 0.
func (k syncKey) position() int64 {
	for _, item := range k.List {
		if item.Key == 2 {
			return item.Val
		}
	}
	return 0
}

func keyAt(seq int64) object {
	list := []object{{"Key": 1, "Val": 667788}, {"Key": 2, "Val": seq}, {"Key": 3, "Val": 667700}, {"Key": 1000, "Val": 1700000000}}
	return object{"Count": len(list), "List": list}
}

// open reads a JSON request and answers it with a code if it has no right to be answered; then it returns false.
// Otherwise s.mu is held and the caller unlocks it.
func (s *Server) open(w http.ResponseWriter, r *http.Request, into any) bool {
	if into != nil {
		if err := json.NewDecoder(r.Body).Decode(into); err != nil {
			reply(w, object{"BaseResponse": base(1)})
			return false
		}
	}
	s.mu.Lock()
	if ret := s.refused(r); ret != 0 {
		s.mu.Unlock()
		reply(w, object{"BaseResponse": base(ret)})
		return false
	}
	return true
}

// serveOK answers requests that bring nothing back. Logging out ends the session.
func (s *Server) serveOK(endpoint string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.open(w, r, nil) {
			if endpoint == "webwxlogout" {
				s.session.dead = 1101
			}
			s.wake()
			s.mu.Unlock()
			reply(w, object{"BaseResponse": base(0), "MsgID": "1"})
		}
	}
}

func (s *Server) serveInit(w http.ResponseWriter, r *http.Request) {
	var in struct{ BaseRequest baseRequest }
	if !s.open(w, r, &in) {
		return
	}
	defer s.mu.Unlock()
	if in.BaseRequest.Sid != s.session.sid || in.BaseRequest.Skey != s.session.skey {
		reply(w, object{"BaseResponse": base(1101)})
		return
	}
	recent := []object{}
	for _, g := range s.groups {
		recent = append(recent, g.contact(s.gen, false))
	}
	me := s.bot.contact(s.gen)
	me["Uin"] = uin
	reply(w, object{
		"BaseResponse": base(0), "Count": len(recent), "ContactList": recent, "SyncKey": keyAt(s.session.start),
		"User": me, "SKey": s.session.skey, "SystemTime": time.Now().Unix(),
	})
}

func (s *Server) serveSyncCheck(w http.ResponseWriter, r *http.Request) {
	var at int64
	for part := range strings.SplitSeq(r.URL.Query().Get("synckey"), "|") {
		if v, ok := strings.CutPrefix(part, "2_"); ok {
			at, _ = strconv.ParseInt(v, 10, 64)
		}
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.hold)
	defer cancel()
	s.mu.Lock()
	breaks := s.breaks
	s.mu.Unlock()
	ret, selector, broken := 0, "0", false
	_ = s.wait(ctx, func() bool {
		if broken = s.breaks != breaks; broken {
			return true
		}
		if ret = s.refused(r); ret != 0 {
			return true
		}
		switch {
		case s.stuck != "":
			selector = s.stuck
		case int64(len(s.log)) > at:
			selector = "2"
		default:
			return false
		}
		return true
	})
	if broken {
		panic(http.ErrAbortHandler)
	}
	fmt.Fprintf(w, `window.synccheck={retcode:"%d",selector:"%s"}`, ret, selector)
}

func (s *Server) serveSync(w http.ResponseWriter, r *http.Request) {
	var in struct {
		BaseRequest baseRequest
		SyncKey     syncKey
	}
	if !s.open(w, r, &in) {
		return
	}
	defer s.mu.Unlock()
	s.rotateNow(w)
	at := in.SyncKey.position()
	add, mod, del := []object{}, []object{}, []object{}
	for at < int64(len(s.log)) && len(add) < s.batch {
		e := s.log[at]
		at = e.seq
		switch {
		case e.message != nil:
			add = append(add, e.message(s.gen))
		case e.deleted != nil:
			del = append(del, object{"UserName": e.deleted.key(s.gen)})
		default:
			mod = append(mod, s.changedContact(e.changed))
		}
	}
	reply(w, object{
		"BaseResponse": base(0), "AddMsgCount": len(add), "AddMsgList": add, "ModContactCount": len(mod),
		"ModContactList": mod, "DelContactCount": len(del), "DelContactList": del, "ModChatRoomMemberCount": 0,
		"ModChatRoomMemberList": []object{}, "ContinueFlag": 0, "SyncKey": keyAt(at), "SyncCheckKey": keyAt(at), "Skey": "",
	})
}

func (s *Server) changedContact(c Conversation) object {
	if g, ok := c.(*Group); ok {
		return g.contact(s.gen, true)
	}
	return c.(*Person).contact(s.gen)
}

func (s *Server) serveContacts(w http.ResponseWriter, r *http.Request) {
	if !s.open(w, r, nil) {
		return
	}
	defer s.mu.Unlock()
	list := []object{{"UserName": "filehelper", "NickName": "文件传输助手"}, s.bot.contact(s.gen)}
	for _, p := range s.people {
		if p.friend {
			list = append(list, p.contact(s.gen))
		}
	}
	for _, g := range s.groups {
		if g.saved {
			list = append(list, g.contact(s.gen, false))
		}
	}
	// Two pages, so that clients must follow Seq.
	from, to, next := 0, len(list)/2, 1
	if r.URL.Query().Get("seq") == "1" {
		from, to, next = len(list)/2, len(list), 0
	}
	reply(w, object{"BaseResponse": base(0), "MemberCount": to - from, "MemberList": list[from:to], "Seq": next})
}

func (s *Server) serveBatch(w http.ResponseWriter, r *http.Request) {
	var in struct {
		BaseRequest baseRequest
		List        []struct{ UserName string }
	}
	if !s.open(w, r, &in) {
		return
	}
	defer s.mu.Unlock()
	list := []object{}
	for _, item := range in.List {
		switch c := s.find(item.UserName).(type) {
		case *Group:
			list = append(list, c.contact(s.gen, true))
		case *Person:
			list = append(list, c.contact(s.gen))
		}
	}
	reply(w, object{"BaseResponse": base(0), "Count": len(list), "ContactList": list})
}
