package wechat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eatmoreapple/openwechat"

	"duban/internal/chat"
)

// maxQueued is how many batches may wait for delivery; then the library's goroutine waits too.
const maxQueued = 64

// Why a session ends although the server did not say so.
var (
	errSilent  = errors.New("no good long poll for too long")
	errStuck   = errors.New("the server promises messages and brings none")
	errNotKept = errors.New("arrived messages could not be kept")
)

// session is one login: one Bot of the library with everything around it. An ended session is never used again.
type session struct {
	ch    *Channel
	sink  chat.Sink
	log   *slog.Logger
	kind  loginKind
	ctx   context.Context
	fail  context.CancelCauseFunc // the first cause counts
	bot   *openwechat.Bot
	guard *guard
	book  *contacts
	queue chan batch
	done  chan struct{} // closed when nothing is delivered any more
	sound chan struct{} // closed when a poll brought what it promised

	// Only the library's goroutine touches open.
	open *batch

	mu          sync.Mutex
	confirmedAt time.Time // when the phone confirmed, or for a hot login when webwxinit answered
	server      time.Time // the server's clock at webwxinit
	lastBeat    time.Time
	started     bool
	scanTold    bool
	deliverOnce sync.Once
	told        atomic.Bool // that it is online
	unsaved     atomic.Bool // it could not be stored

	calls       turn      // one own question about contacts, or one send, at a time
	readsTill   time.Time // no question about contacts before this, after 1205
	readsTimes  int       // how often in a row 1205 came
	friendsRead time.Time
}

// batch is what one webwxsync brought, and the position to store once all of it was accepted.
type batch struct {
	want     int
	messages []arrival
	position []byte
}

// arrival is what is copied from a library's message inside its handler. Nothing of the library's is kept.
type arrival struct {
	id      string
	kind    int
	appKind int
	created int64
	from    string
	to      string
	content string
	url     string

	fileName, fileSize, media, encry string // of a file
}

func (c *Channel) newSession(ctx context.Context, sink chat.Sink, kind loginKind) *session {
	s := &session{ch: c, sink: sink, log: c.log, kind: kind, book: newContacts(), queue: make(chan batch, maxQueued), done: make(chan struct{}), calls: newTurn(), sound: make(chan struct{})}
	s.ctx, s.fail = context.WithCancelCause(ctx)
	s.bot = openwechat.NewBot(s.ctx)
	client := s.bot.Caller.Client
	s.guard = &guard{
		base: c.cfg.Transport, pace: c.pace, log: c.log, last: map[string]time.Time{},
		ends: guardEnds{confirmed: s.confirmed, begun: s.begun, batch: s.begin, idle: func(int) { s.fail(errStuck) }, beat: s.beat},
	}
	s.guard.jar.jar = client.Jar
	// The guard has its own timeouts, which count the body too, and repeats what may be repeated.
	client.MaxRetryTimes = 1
	client.HTTPClient().Timeout = 0
	client.HTTPClient().Transport = s.guard
	client.AddHttpHook(spreadHook{&s.guard.jar})
	if c.cfg.Mode != "normal" {
		openwechat.Desktop.Prepare(s.bot)
	}
	s.bot.UUIDCallback = s.showQR
	s.bot.ScanCallBack = s.scanned
	s.bot.MessageHandler = s.handle
	s.bot.MessageErrorHandler = s.syncFailed
	return s
}

// confirmed notes that a person just let the program in.
func (s *session) confirmed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.confirmedAt = time.Now()
}

// begun takes what webwxinit told: who the bot is, the server's clock, the recent chats. Messages may arrive before the
// library says that the login is done, so everything that they need is set here.
func (s *session) begun(in initReply) {
	s.book.setSelf(string(in.User.UserName), plainText(string(in.User.NickName)))
	s.book.addRecent(readContacts(in.ContactList))
	s.mu.Lock()
	if s.confirmedAt.IsZero() {
		s.confirmedAt = time.Now()
	}
	if s.server = time.Now(); in.SystemTime > 0 {
		s.server = time.Unix(int64(in.SystemTime), 0)
	}
	s.lastBeat, s.started = time.Now(), true
	s.mu.Unlock()
	s.deliverOnce.Do(func() {
		go s.deliver()
		go s.watch()
	})
}

// sinceLogin is how long ago the login was, and false if there was none.
func (s *session) sinceLogin() (time.Duration, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Since(s.confirmedAt), !s.confirmedAt.IsZero()
}

// beat is the heartbeat: every long poll that went through, with what it promised. A server that promises messages and does not give
// them is as good as silent.
func (s *session) beat(sound bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastBeat = time.Now()
	if sound && !s.hears() {
		close(s.sound)
	}
}

// hears says whether a poll has brought what it promised in this session.
func (s *session) hears() bool {
	select {
	case <-s.sound:
		return true
	default:
		return false
	}
}

// watch ends the session when the heartbeat stops.
func (s *session) watch() {
	tick := time.NewTicker(max(s.ch.pace.Heartbeat/6, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		s.mu.Lock()
		silent := time.Since(s.lastBeat)
		s.mu.Unlock()
		if silent > s.ch.pace.Heartbeat {
			s.fail(errSilent)
		}
	}
}

// syncFailed hears of every error of the library's polling. It never lets the library end itself: that sets the library's
// account to nil under the feet of whoever still uses it. The context is cancelled instead.
func (s *session) syncFailed(err error) error {
	if ret, ok := retOf(err); ok && ends(ret) {
		s.fail(err)
		return nil
	}
	if s.ctx.Err() == nil {
		s.log.Warn("polling failed, will try again", fault(err))
	}
	return nil
}

// begin opens a batch: the library is about to decode this many messages and to store its position, in this order:
// Write, then handle for each message.
func (s *session) begin(messages int, changed, deleted []contact) {
	s.book.modify(changed)
	s.book.remove(deleted)
	if s.open != nil {
		s.fail(fmt.Errorf("%w: the batch before was not handed over", errNotKept))
	}
	s.open = &batch{want: messages}
}

// Read gives the library the session to continue.
func (l *loginData) Read(p []byte) (int, error) {
	if l.stored == nil {
		return 0, errNoSession
	}
	return l.stored.Read(p)
}

// loginData is the storage that the library sees: one object per attempt, because it reads to the end only once. What it
// writes is held back until the batch that it belongs to is accepted.
type loginData struct {
	session *session
	stored  io.Reader
}

// Write takes the library's session data. Before the first batch it is stored at once; later it waits for its batch.
func (l *loginData) Write(p []byte) (int, error) {
	s := l.session
	data := append([]byte(nil), p...)
	if s.open == nil {
		s.save(data)
		return len(p), nil
	}
	s.open.position = data
	s.closeIfFull()
	return len(p), nil
}

// handle is the library's message handler. It copies the message and returns; it waits only if delivery is far behind.
func (s *session) handle(m *openwechat.Message) {
	defer func() {
		if v := recover(); v != nil {
			s.log.Error("a message could not be taken over", "panic", v, "stack", string(debug.Stack()))
			s.fail(fmt.Errorf("%w: panic in the handler", errNotKept))
		}
	}()
	if s.open == nil {
		s.fail(fmt.Errorf("%w: a message outside of a batch", errNotKept))
		return
	}
	s.open.messages = append(s.open.messages, copyMessage(m))
	s.closeIfFull()
}

func copyMessage(m *openwechat.Message) arrival {
	a := arrival{
		id: m.MsgId, kind: int(m.MsgType), appKind: int(m.AppMsgType), created: m.CreateTime,
		from: m.FromUserName, to: m.ToUserName, content: m.RawContent, url: m.Url,
		fileName: m.FileName, fileSize: m.FileSize, media: m.MediaId, encry: m.EncryFileName,
	}
	if a.id == "" && m.NewMsgId != 0 {
		a.id = fmt.Sprint(m.NewMsgId)
	}
	return a
}

// closeIfFull queues the open batch when the library handed over all of its messages and its position.
func (s *session) closeIfFull() {
	if len(s.open.messages) < s.open.want || s.open.position == nil {
		return
	}
	select {
	case s.queue <- *s.open:
	case <-s.ctx.Done():
	}
	s.open = nil
}

func (s *session) save(data []byte) {
	err := s.ch.store.save(data)
	if err != nil {
		s.log.Error("the login was not stored; a restart goes on from the last stored position", fault(err))
	}
	if before := s.unsaved.Swap(err != nil); before != (err != nil) && s.told.Load() {
		s.sink.Status(s.standing())
	}
}

// close ends the session and waits until it delivers nothing any more, so that it cannot store an older position over a
// newer one.
func (s *session) close() {
	s.fail(context.Canceled)
	s.mu.Lock()
	started := s.started
	s.mu.Unlock()
	if started {
		<-s.done
	}
}
