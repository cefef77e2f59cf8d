package wechat

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/eatmoreapple/openwechat"

	"duban/internal/chat"
)

// loginKind is one way to log in, from the one that bothers nobody to the one that always works.
type loginKind string

const (
	hotLogin  loginKind = "hot"  // go on with the stored session
	pushLogin loginKind = "push" // the phone asks its owner
	scanLogin loginKind = "scan" // somebody scans a QR code
)

// errOffline means that nobody is logged in now.
var errOffline = errors.New("wechat: not logged in")

// history is what the relogin loop remembers of earlier sessions.
type history struct {
	failures int // sessions in a row that came to nothing
	stuck    int // sessions in a row that ended with errStuck
	odd      int // hot logins in a row that failed for no known reason
	pushes   int // times in a row that the phone could not be asked
	// deaf: the last session ended because nothing was heard in it. Whoever cannot hear is not online: the next one says so only when it
	// hears something, or it would look like a channel that comes back every two minutes, and nobody would be told.
	deaf bool
}

// ended is how one session ended.
type ended struct {
	kind   loginKind
	online bool          // the login succeeded
	lived  time.Duration // since the phone confirmed, or since a hot login
	let    bool          // the phone confirmed, or webwxinit answered a hot login
	heard  bool          // a poll brought what it promised
	err    error
}

// decision is what to do next. A stop is final.
type decision struct {
	next  loginKind
	pause time.Duration
	text  string // for the administrators
	stop  bool
}

// Run logs in, delivers, and logs in again, until ctx ends. It tries the stored session first, then asks the phone, then
// shows a QR code; each failure makes the pauses longer. After a sign that the account is barred or banned it stops: more
// logins would make it worse. Its error then says in Chinese what happened and what to do.
func (c *Channel) Run(ctx context.Context, sink chat.Sink) error {
	kind := scanLogin
	if _, err := c.store.load(); err == nil {
		kind = hotLogin
	} else if !errors.Is(err, errNoSession) {
		c.log.Error("the session file cannot be used, a QR code must be scanned", "file", c.cfg.Session, fault(err))
		sink.Status(chat.Status{Channel: Name, State: chat.StateOffline, Text: textSpoilt(c.cfg.Session)})
	}
	var past history
	for {
		end := c.live(ctx, sink, kind, past.deaf)
		if ctx.Err() != nil {
			return nil
		}
		d := c.decide(&past, end)
		c.log.Warn("the session ended", "login", string(kind), "next", string(d.next), "pause", d.pause, "stop", d.stop, fault(end.err))
		if d.stop {
			sink.Status(chat.Status{Channel: Name, State: chat.StateStopped, Text: d.text})
			return &stopError{d.text, end.err}
		}
		sink.Status(chat.Status{Channel: Name, State: chat.StateOffline, Text: d.text})
		if !sleep(ctx, d.pause) {
			return nil
		}
		kind = d.next
	}
}

// stopError is how a channel ended for good: in Chinese for who reads it; the cause is in the log, and for errors.As.
type stopError struct {
	text  string
	cause error
}

// Error says what happened and what to do.
func (e *stopError) Error() string { return e.text }

// Unwrap is the cause.
func (e *stopError) Unwrap() error { return redacted(e.cause) }

// live runs one session from its login to its end. After a deaf one it is online only when it hears something.
func (c *Channel) live(ctx context.Context, sink chat.Sink, kind loginKind, deaf bool) ended {
	s := c.newSession(ctx, sink, kind)
	defer s.close()
	sink.Status(chat.Status{Channel: Name, State: chat.StateConnecting, Text: textConnecting[kind]})
	end := ended{kind: kind, err: s.login()}
	if end.err == nil {
		end.online = true
		c.current.Store(s) // first, because whoever hears of the login may send at once
		s.online(deaf)
		<-s.ctx.Done()
		c.current.Store(nil)
		end.err = context.Cause(s.ctx)
	}
	end.lived, end.let = s.sinceLogin()
	end.heard = s.hears()
	return end
}

// online says that the session is, as soon as it hears something if it must.
func (s *session) online(mustHear bool) {
	if mustHear {
		select {
		case <-s.sound:
		case <-s.ctx.Done():
			return
		}
	}
	s.told.Store(true)
	s.sink.Status(s.standing())
}

// standing is what is said of a session that is online.
func (s *session) standing() chat.Status {
	_, name := s.book.me()
	text := "微信已登录：" + name
	if s.unsaved.Load() {
		text = textUnsaved(s.ch.cfg.Session)
	}
	return chat.Status{Channel: Name, State: chat.StateOnline, Account: name, Text: text}
}

// login does one login of the session's kind. A panic of the library counts as a failure.
func (s *session) login() (err error) {
	defer func() {
		if v := recover(); v != nil {
			s.log.Error("the library crashed in a login", "panic", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("the library crashed: %v", v)
		}
		if err != nil && s.ctx.Err() != nil {
			err = context.Cause(s.ctx)
		}
	}()
	data, err := s.loginData()
	if err != nil {
		return err
	}
	switch s.kind {
	case hotLogin:
		return s.bot.HotLogin(data)
	case pushLogin:
		t := time.AfterFunc(s.ch.pace.PushWait, func() {
			if _, let := s.sinceLogin(); !let {
				s.fail(errPushIgnored)
			}
		})
		defer t.Stop()
		return s.bot.PushLogin(data)
	default:
		// The storage refuses to be read, so the library falls back to a scan and stores that login.
		return s.bot.HotLogin(data, openwechat.NewRetryLoginOption())
	}
}

var errPushIgnored = errors.New("the phone did not confirm")

// decide chooses what to do after a session.
func (c *Channel) decide(past *history, end ended) decision {
	if end.heard && end.lived >= c.pace.Settled {
		*past = history{stuck: past.stuck}
	}
	past.deaf = errors.Is(end.err, errSilent) || errors.Is(end.err, errStuck) || past.deaf && !end.heard
	if end.online {
		past.pushes = 0
		past.stuck = ifElse(errors.Is(end.err, errStuck), past.stuck, 0)
	}
	pause := double(c.pace.Relogin, past.failures, c.pace.ReloginMax)
	pause += time.Duration(rand.Int64N(int64(pause)/5 + 1))
	past.failures++
	if ret, ok := retOf(orNone(end.err)); ok {
		return c.afterCode(past, end, ret, pause)
	}
	switch {
	case errors.Is(end.err, errStuck):
		past.stuck++
		return decision{next: ifElse(past.stuck < 3, hotLogin, pushLogin), pause: pause, text: textStuck}
	case end.online || c.hasStored(end.kind):
		return c.afterHot(past, end, pause)
	case end.kind == pushLogin:
		return past.afterPush(end, pause)
	case errors.Is(end.err, openwechat.ErrLoginTimeout):
		return decision{next: scanLogin, pause: pause, text: textQRExpired}
	default:
		return decision{next: ifElse(end.kind == hotLogin, scanLogin, end.kind), pause: pause, text: textNoServer}
	}
}

// afterPush goes on when the phone was asked in vain: a QR code is shown, at once, or after some attempts if the server could not be asked
// to.
func (h *history) afterPush(end ended, pause time.Duration) decision {
	if h.pushes++; openwechat.IsNetworkError(end.err) && h.pushes < 3 {
		return decision{next: pushLogin, pause: pause, text: textNoServer}
	}
	h.pushes = 0
	if openwechat.IsNetworkError(end.err) {
		return decision{next: scanLogin, pause: pause, text: textNoServer}
	}
	return decision{next: scanLogin, text: textPushFailed}
}

// afterHot goes on with the stored session. Only if that fails again and again for reasons that are not the network's, the
// phone is asked.
func (c *Channel) afterHot(past *history, end ended, pause time.Duration) decision {
	text := textNetwork
	switch {
	case !end.online:
		text = textNoServer
	case errors.Is(end.err, errNotKept):
		text = textNotKept
	}
	if ret, _ := retOf(orNone(end.err)); end.online || ret == retSystem || openwechat.IsNetworkError(end.err) {
		past.odd = 0
	} else if past.odd++; past.odd >= 3 {
		past.odd = 0
		return decision{next: pushLogin, pause: pause, text: textOdd}
	}
	return decision{next: hotLogin, pause: pause, text: text}
}

// hasStored says whether a failed login of this kind should be followed by a hot one.
func (c *Channel) hasStored(kind loginKind) bool {
	if kind != hotLogin {
		return false
	}
	_, err := c.store.load()
	return err == nil
}

// afterCode decides after a refusal with a code. 1203, and 1102 right after a person let the program in, are how barred and
// banned accounts are told; a stored session that is answered 1102 is only too old.
func (c *Channel) afterCode(past *history, end ended, ret int, pause time.Duration) decision {
	fresh := end.kind != hotLogin && end.let && end.lived < c.pace.BanWindow
	switch {
	case ret == retBarred:
		return decision{stop: true, text: textBarred}
	case ret == retKicked && fresh:
		return decision{stop: true, text: textBanned}
	case ret == retLoggedOut:
		return decision{next: scanLogin, pause: pause, text: textLoggedOut}
	case ends(ret) && end.kind == pushLogin && !end.online:
		return decision{next: scanLogin, pause: pause, text: textPushFailed}
	case ends(ret):
		return decision{next: pushLogin, pause: pause, text: textExpired}
	case ret == retTooOften:
		return decision{next: end.kind, pause: max(pause, c.pace.TooOften), text: textTooOften}
	case end.kind == hotLogin:
		return c.afterHot(past, end, pause)
	default:
		return decision{next: scanLogin, pause: pause, text: textRefused(ret)}
	}
}

func ifElse[T any](cond bool, yes, no T) T {
	if cond {
		return yes
	}
	return no
}
