// Package wechat is the channel for personal WeChat. It wraps the library openwechat and guards against everything that
// the library and the servers behind it do wrong; HAZARDS.md lists each hazard with its guard and its test.
//
// The library polls, decodes and sends; everything that it asks of the network passes through a guarding RoundTripper
// (guard.go), everything that it stores passes through a session file of our own (store.go), and nothing of the library's
// leaves this package. Since 2025 most accounts are refused or banned when a program logs in: after such a signal the
// channel stops for good and says so.
package wechat

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"duban/internal/chat"
)

// Name is the channel's name in the configuration and the database.
const Name = "wechat"

// LoginHost is the server that every login begins at.
const LoginHost = "login.wx.qq.com"

// maxText is the longest text in characters that is sent in one piece; the web protocol's own limit is not known.
const maxText = 1000

// Config is what the channel needs to know. Only Session is required.
type Config struct {
	Mode    string // "desktop" (the default: what lets most accounts in) or "normal"
	Session string // the file that keeps the login, mode 0600; its last good copy is beside it as .bak
	// QRWriter gets the QR code as half blocks and as an address; nil prints nothing.
	QRWriter  io.Writer
	PerMinute int           // most messages a minute, told by Can
	Jitter    time.Duration // told by Can
	Logger    *slog.Logger  // nil logs nothing
	// Transport reaches the servers; nil is http.DefaultTransport, which honours HTTPS_PROXY and SSL_CERT_FILE.
	Transport http.RoundTripper
	Pacing    Pacing
}

// Pacing holds every duration and count by which the channel waits. The zero value of a field means its default, which
// is what real servers need; only tests set other ones.
type Pacing struct {
	SyncSpacing   time.Duration // least time between two long polls that answer at once; 1 s
	SyncMax       time.Duration // longest back-off between polls after errors or empty answers; 30 s
	LoginSpacing  time.Duration // least time between two login polls, and the first pause before a retry; 1 s
	Heartbeat     time.Duration // a session without a good long poll for this long is rebuilt; 90 s
	IdleSelectors int           // more long polls in a row that promise something and bring nothing end a session; 20
	Relogin       time.Duration // first pause between two logins, doubling; 2 s
	ReloginMax    time.Duration // longest pause between two logins; 5 min
	PushWait      time.Duration // how long the phone may take to confirm a push login; 2 min
	BanWindow     time.Duration // an 1102 so soon after a confirmed login means a ban; 1 min
	Settled       time.Duration // a session that lived this long resets the pauses; 1 min
	ReceivePause  time.Duration // first pause before a refused message is delivered again, doubling; 200 ms
	ReceiveGiveUp time.Duration // then the session is rebuilt from its saved position; 30 s
	TooOften      time.Duration // first pause after 1205, doubling up to an hour; 1 min
	GroupTTL      time.Duration // the members of a group are asked for again after this; 1 h
	ContactsWait  time.Duration // how long the first messages wait for the friends' remarks; 2 min
	PicturePause  time.Duration // before an empty picture is asked for again; 1 s
	AgeSlack      time.Duration // after a new login, messages older than the login by more than this are dropped; 2 min
	MediaTimeout  time.Duration // for one upload or download, body included; 2 min
}

func (p Pacing) withDefaults() Pacing {
	set := func(d *time.Duration, v time.Duration) { *d = cmp.Or(*d, v) }
	set(&p.SyncSpacing, time.Second)
	set(&p.SyncMax, 30*time.Second)
	set(&p.LoginSpacing, time.Second)
	set(&p.Heartbeat, 90*time.Second)
	set(&p.Relogin, 2*time.Second)
	set(&p.ReloginMax, 5*time.Minute)
	set(&p.PushWait, 2*time.Minute)
	set(&p.BanWindow, time.Minute)
	set(&p.Settled, time.Minute)
	set(&p.ReceivePause, 200*time.Millisecond)
	set(&p.ReceiveGiveUp, 30*time.Second)
	set(&p.TooOften, time.Minute)
	set(&p.GroupTTL, time.Hour)
	set(&p.ContactsWait, 2*time.Minute)
	set(&p.PicturePause, time.Second)
	set(&p.AgeSlack, 2*time.Minute)
	set(&p.MediaTimeout, 2*time.Minute)
	p.IdleSelectors = cmp.Or(p.IdleSelectors, 20)
	return p
}

// Channel is personal WeChat as a chat.Channel. It also is a chat.PictureFetcher and a chat.MemberLister.
type Channel struct {
	cfg   Config
	pace  Pacing
	log   *slog.Logger
	store *store

	current atomic.Pointer[session] // the session that is online, or nil

	sending  sync.Mutex // one send at a time, with the two fields below
	parts    *partLog
	tooOften int // how often in a row 1205 came
}

var (
	_ chat.Channel        = (*Channel)(nil)
	_ chat.PictureFetcher = (*Channel)(nil)
	_ chat.MemberLister   = (*Channel)(nil)
)

// New makes the channel. It connects to nothing yet; an error names the wrong setting.
func New(cfg Config) (*Channel, error) {
	switch cfg.Mode {
	case "", "desktop", "normal":
	default:
		return nil, fmt.Errorf("wechat: mode %q is neither desktop nor normal", cfg.Mode)
	}
	if cfg.Session == "" {
		return nil, errors.New("wechat: no session file is named")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Transport == nil {
		cfg.Transport = http.DefaultTransport
	}
	log := cfg.Logger.With("channel", Name)
	return &Channel{cfg: cfg, pace: cfg.Pacing.withDefaults(), log: log, store: &store{path: cfg.Session, log: log}, parts: newPartLog()}, nil
}

// Name is "wechat".
func (c *Channel) Name() string { return Name }

// Can says that everything arrives and that pictures and files can be sent, and that a mention is only text: the web protocol rings
// nobody's phone.
func (c *Channel) Can() chat.Capabilities {
	return chat.Capabilities{
		Loose: true, Opens: true, Pictures: true, Files: true, Apart: true, MaxText: maxText, MaxFile: maxFile,
		PerMinute: c.cfg.PerMinute, Jitter: c.cfg.Jitter,
	}
}

// sleep waits for d or until ctx ends, and says whether ctx goes on.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// turn is a lock whose holder may wait for a server: whoever wants it waits no longer than a context lasts.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

// take waits for the turn. Its error says that ctx ended before; otherwise give must follow.
func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t turn) give() { <-t }

// double is d doubled n times, at most limit.
func double(d time.Duration, n int, limit time.Duration) time.Duration {
	for range n {
		if d >= limit/2 {
			return limit
		}
		d *= 2
	}
	return min(d, limit)
}
