package wechattest

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// uin is the account's number.
const uin = 1234567890

// Three states of a QR code, and its end.
const (
	waiting = iota
	scanned
	confirmed
	expired
)

type login struct {
	state int
	told  bool // the scan was told once
	push  bool
}

type session struct {
	gen                               int
	sid, skey, passTicket, dataTicket string
	dead                              int // the code that every request gets, or 0
	start                             int64
	rotate                            bool // the next webwxsync gives new cookies
}

type refusal struct {
	ret     int
	message string
}

type pushMode int

const (
	pushRefused pushMode = iota
	pushConfirmed
	pushIgnored
)

// AllowPush makes webwxpushloginurl work: the phone confirms by itself, or, if not confirmed, Confirm must be called.
func (s *Server) AllowPush(confirmed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.push = pushIgnored; confirmed {
		s.push = pushConfirmed
	}
}

// RefuseLogin makes every new login fail with this code at its last step, as it happens to barred accounts (1203).
// Code 0 ends it.
func (s *Server) RefuseLogin(ret int, message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse = nil; ret != 0 {
		s.refuse = &refusal{ret, message}
	}
}

// WaitQR blocks until a QR code waits to be scanned and returns its uuid.
func (s *Server) WaitQR(ctx context.Context) (string, error) {
	uuid := ""
	err := s.wait(ctx, func() bool {
		l := s.logins[s.lastQR]
		uuid = s.lastQR
		return l != nil && l.state == waiting
	})
	return uuid, err
}

// Scan scans a code without confirming it.
func (s *Server) Scan(uuid string) { s.setLogin(uuid, scanned) }

// Confirm confirms a code, or a push login, on the phone.
func (s *Server) Confirm(uuid string) { s.setLogin(uuid, confirmed) }

// ExpireQR lets a code expire.
func (s *Server) ExpireQR(uuid string) { s.setLogin(uuid, expired) }

func (s *Server) setLogin(uuid string, state int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.logins[uuid]; l != nil {
		l.state = state
	}
	s.wake()
}

// Expire ends the session with a code: 1100 logged out on the phone, 1101 logged in elsewhere, 1102 kicked, 1203 barred.
func (s *Server) Expire(ret int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session != nil {
		s.session.dead = ret
	}
	s.wake()
}

// Rotate makes the next answer to webwxsync replace the session's data ticket by a cookie for the whole domain. Requests
// with the old one are refused from then on.
func (s *Server) Rotate() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session != nil {
		s.session.rotate = true
	}
}

// rotateNow replaces the data ticket if that was asked for. The caller holds s.mu.
func (s *Server) rotateNow(w http.ResponseWriter) {
	if s.session.rotate {
		s.session.rotate = false
		s.session.dataTicket = "gS" + token("data", s.newID())[:22]
		s.setCookies(w)
	}
}

func (s *Server) serveUUID(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	uuid := s.newLogin(false)
	s.lastQR = uuid
	s.wake()
	fmt.Fprintf(w, `window.QRLogin.code = 200; window.QRLogin.uuid = "%s";`, uuid)
}

func (s *Server) newLogin(push bool) string {
	uuid := token("uuid", s.newID())[:10] + "=="
	s.logins[uuid] = &login{push: push}
	return uuid
}

func (s *Server) servePush(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.push == pushRefused || r.URL.Query().Get("uin") != strconv.Itoa(uin) {
		reply(w, object{"ret": "1", "msg": "not allowed"})
		return
	}
	uuid := s.newLogin(true)
	s.lastQR = uuid
	if s.push == pushConfirmed {
		s.logins[uuid].state = confirmed
	}
	s.wake()
	reply(w, object{"ret": "0", "msg": "all ok", "uuid": uuid})
}

func (s *Server) serveLoginPoll(w http.ResponseWriter, r *http.Request) {
	uuid := r.URL.Query().Get("uuid")
	ctx, cancel := context.WithTimeout(r.Context(), s.hold)
	defer cancel()
	code := 408
	_ = s.wait(ctx, func() bool {
		code = s.pollLogin(uuid)
		return code != 408
	})
	switch code {
	case 201:
		fmt.Fprint(w, `window.code=201;window.userAvatar = 'data:img/jpg;base64,AAAA';`)
	case 200:
		q := url.Values{"ticket": {token("ticket", uuid)[:20]}, "uuid": {uuid}, "lang": {"zh_CN"}, "scan": {"1"}}
		fmt.Fprintf(w, "window.code=200;\nwindow.redirect_uri=\"https://%s/cgi-bin/mmwebwx-bin/webwxnewloginpage?%s\";", Domain, q.Encode())
	default:
		fmt.Fprintf(w, "window.code=%d;", code)
	}
}

// pollLogin is the code that a poll gets now. The caller holds s.mu.
func (s *Server) pollLogin(uuid string) int {
	l := s.logins[uuid]
	switch {
	case l == nil || l.state == expired:
		return 400
	case l.state == confirmed:
		return 200
	case l.state == scanned && !l.told:
		l.told = true
		return 201
	case l.state == waiting && s.autoScan && !l.push:
		l.state, l.told = confirmed, true
		return 201
	default:
		return 408
	}
}

func (s *Server) serveTicket(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.logins[r.URL.Query().Get("uuid")]
	refuse := s.refuse
	if s.desktop && r.Header.Get("extspam") == "" {
		refuse = &refusal{1203, "为了你的帐号安全，此微信号不能登录网页微信。你可以使用Windows微信或Mac微信在电脑端登录。"}
	}
	if l == nil || l.state != confirmed {
		refuse = &refusal{-14, "ticket error"}
	}
	if refuse != nil {
		fmt.Fprintf(w, "<error><ret>%d</ret><message>%s</message></error>", refuse.ret, refuse.message)
		return
	}
	s.begin()
	s.setCookies(w)
	fmt.Fprintf(w, "<error><ret>0</ret><message></message><skey>%s</skey><wxsid>%s</wxsid><wxuin>%d</wxuin>"+
		"<pass_ticket>%s</pass_ticket><isgrayscale>1</isgrayscale></error>", s.session.skey, s.session.sid, uin, s.session.passTicket)
}

// begin starts a new session; whatever session there was gets 1101 from now on.
func (s *Server) begin() {
	s.gen++
	s.session = &session{
		gen: s.gen, sid: token("sid", s.gen)[:16], skey: "@crypt_" + token("skey", s.gen)[:24],
		passTicket: token("pass", s.gen)[:40], dataTicket: "gS" + token("data", s.gen)[:22], start: int64(len(s.log)),
	}
	s.wake()
}

func (s *Server) setCookies(w http.ResponseWriter) {
	expires := time.Now().Add(12 * time.Hour)
	for name, value := range s.cookies() {
		http.SetCookie(w, &http.Cookie{Name: name, Value: value, Domain: ".qq.com", Path: "/", Expires: expires})
	}
}

func (s *Server) cookies() map[string]string {
	return map[string]string{
		"wxuin": strconv.Itoa(uin), "wxsid": s.session.sid, "webwx_data_ticket": s.session.dataTicket,
		"webwx_auth_ticket": token("auth", s.gen)[:30], "webwxuvid": token("uvid", s.gen)[:30], "mm_lang": "zh_CN",
	}
}

// refused is the code that a request without right to it gets, or 0. Every host of a session wants the session's cookies.
// The caller holds s.mu.
func (s *Server) refused(r *http.Request) int {
	if s.session == nil {
		return 1101
	}
	if s.session.dead != 0 {
		return s.session.dead
	}
	want := s.cookies()
	for _, name := range []string{"wxuin", "wxsid", "webwx_data_ticket"} {
		c, err := r.Cookie(name)
		if err != nil {
			return 1102
		}
		if c.Value != want[name] {
			return 1101
		}
	}
	return 0
}
