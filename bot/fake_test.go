package bot

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"duban/internal/calendar"
	"duban/internal/chat"
	"duban/internal/config"
	"duban/internal/store"
	"duban/internal/store/pgtest"
)

// fakeNet is a network whose answers a test scripts. It can say who is in a group.
type fakeNet struct {
	name    string
	can     chat.Capabilities
	answer  func(out chat.Outgoing, nth int) error // nth counts all attempts from 1; nil: everything arrives
	members map[string][]chat.Sender

	mu    sync.Mutex
	tries []attempt
}

// attempt is one call of Send.
type attempt struct {
	at  time.Time
	out chat.Outgoing
	err error
}

var (
	_ chat.Channel      = (*fakeNet)(nil)
	_ chat.MemberLister = (*fakeNet)(nil)
)

func (f *fakeNet) Name() string { return f.name }

func (f *fakeNet) Can() chat.Capabilities { return f.can }

func (f *fakeNet) Run(ctx context.Context, _ chat.Sink) error { <-ctx.Done(); return nil }

func (f *fakeNet) Send(_ context.Context, out chat.Outgoing) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var err error
	if f.answer != nil {
		err = f.answer(out, len(f.tries)+1)
	}
	f.tries = append(f.tries, attempt{time.Now(), out, err})
	return err
}

func (f *fakeNet) Members(_ context.Context, key string) ([]chat.Sender, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.members[key]), nil
}

// all gives the attempts so far.
func (f *fakeNet) all() []attempt {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.tries)
}

// arrived gives the texts that arrived, in order, as "conversation: text".
func (f *fakeNet) arrived() []string {
	var out []string
	for _, a := range f.all() {
		if a.err == nil {
			out = append(out, a.out.Conversation+": "+a.out.Text)
		}
	}
	return out
}

// keptIn is a storage beside a path: a database there, or one of a server (pgtest.Place), and the photos.
func keptIn(t testing.TB, path string) config.Storage {
	t.Helper()
	s := config.Storage{Driver: config.DriverSQLite, DSN: config.Secret(pgtest.Place(t, path)), Media: filepath.Join(filepath.Dir(path), "media"), Takeover: 20 * time.Second}
	if pgtest.Server() != "" {
		s.Driver = config.DriverPostgres
	}
	return s
}

// talkConfig is the county of talk.yaml with its database in dir.
func talkConfig(t *testing.T, dir string) *config.Config {
	t.Helper()
	cfg, err := config.Load("testdata/talk.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Storage = keptIn(t, filepath.Join(dir, "duban.db"))
	return cfg
}

// awakeConfig is that county without quiet hours, for a bot that runs by the real time: what a test waits for must not wait for the
// morning. No file is followed, which would bring them back.
func awakeConfig(t *testing.T) *config.Config {
	t.Helper()
	cfg := talkConfig(t, t.TempDir())
	cfg.File, cfg.Calendar.QuietHours = "", calendar.Period{}
	return cfg
}

// openBot makes a bot that the caller closes.
func openBot(t *testing.T, cfg *config.Config, start time.Time, channels ...chat.Channel) *Bot {
	t.Helper()
	b, err := New(t.Context(), cfg, Options{Start: start, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range channels {
		b.Add(c)
	}
	return b
}

// change makes the bot go by an edition that differs from the present one.
func change(b *Bot, how func(e *edition)) {
	e := *b.edition()
	how(&e)
	b.live.Store(&e)
}

func write(t *testing.T, b *Bot, fn func(*store.Tx) error) {
	t.Helper()
	if err := b.store.Write(context.Background(), b.Now(), fn); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, b *Bot, fn func(*store.Tx) error) {
	t.Helper()
	if err := b.store.Read(context.Background(), b.Now(), fn); err != nil {
		t.Fatal(err)
	}
}

// counted gives how many issues and events there are.
func counted(t *testing.T, b *Bot) (issues, events int) {
	t.Helper()
	read(t, b, func(tx *store.Tx) error {
		list, err := tx.Issues(store.Filter{})
		if err != nil {
			return err
		}
		for _, i := range list {
			history, err := tx.Events(i.ID)
			if err != nil {
				return err
			}
			events += len(history)
		}
		issues = len(list)
		return nil
	})
	return issues, events
}

// said is a message in a work group of a channel on which keys are the register's ids.
func said(channel string, n int, person, group, text string) chat.Message {
	return chat.Message{
		Channel: channel, ID: fmt.Sprint(n), Conversation: chat.Conversation{Key: group}, From: chat.Sender{Key: person}, Text: text,
	}
}

// hear gives the messages that the bot sends when somebody says a text in a group, each as it goes to the network. A leading
// @督办 is a mention, and nobody is the person whom nobody knows.
func (s *stage) hear(person, group, text string) []string {
	s.t.Helper()
	s.n++
	net := &fakeNet{name: s.Name(), can: s.Can()}
	s.bot.channels = []chat.Channel{net}
	defer func() { s.bot.channels = []chat.Channel{s} }()
	m := said(net.name, s.n, person, group, text)
	if rest, ok := strings.CutPrefix(text, "@督办 "); ok {
		m.Text, m.Mentioned = rest, true
	}
	if err := s.bot.Receive(s.t.Context(), m); err != nil {
		s.t.Fatal(err)
	}
	settle(s.t, s.bot)
	var out []string
	for _, a := range net.all() {
		out = append(out, a.out.Text)
	}
	return out
}

// arrivedOnce returns what arrived, in order. No attempt was longer than the network takes and nothing arrived twice.
func arrivedOnce(t *testing.T, net *fakeNet) (outs []chat.Outgoing) {
	t.Helper()
	ids := map[string]bool{}
	for _, a := range net.all() {
		if n := utf8.RuneCountInString(a.out.Text); n > net.can.MaxText {
			t.Errorf("a part has %d characters", n)
		}
		if a.err != nil {
			continue
		}
		if ids[a.out.ID] {
			t.Errorf("part %s arrived twice", a.out.ID)
		}
		ids[a.out.ID] = true
		outs = append(outs, a.out)
	}
	return outs
}

// written is the work of lanes that do only what is written down.
func written(work func(context.Context, store.Arrival, int) bool) func(context.Context, store.Arrival, int) bool {
	return func(ctx context.Context, a store.Arrival, tries int) bool { return a.ID != 0 && work(ctx, a, tries) }
}
