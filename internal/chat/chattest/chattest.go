// Package chattest is the suite that every chat adapter passes: what package chat promises about channels.
package chattest

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"duban/internal/chat"
)

// Network is the far side of a channel under test: a person who writes, and eyes that see what arrives there.
type Network struct {
	Channel chat.Channel
	// Say makes a person write a text in a group that the bot is in.
	Say func(t *testing.T, text string)
	// SendFile makes the same person send a file there; nil if the channel brings none (chat.FileFetcher).
	SendFile func(t *testing.T, name string, data []byte)
	// Group is the key of that group, once the channel is running.
	Group func(t *testing.T) string
	// Seen gives the texts that have arrived in the group from the bot, in order.
	Seen func() []string
}

// patience bounds a wait for something that is expected to happen; it is never waited out unless a test fails.
const patience = 30 * time.Second

// Run checks a channel against the contract. open makes a fresh network for each check.
func Run(t *testing.T, open func(t *testing.T) Network) {
	t.Run("arrives", func(t *testing.T) { testArrives(t, open(t)) })
	t.Run("is offered again", func(t *testing.T) { testOfferedAgain(t, open(t)) })
	t.Run("sends", func(t *testing.T) { testSends(t, open(t)) })
	t.Run("brings files", func(t *testing.T) { testFiles(t, open(t)) })
	t.Run("ends", func(t *testing.T) { testEnds(t, open(t)) })
}

// Sink is a sink that remembers. Refuse makes it refuse that many messages first.
type Sink struct {
	Refuse int

	mu     sync.Mutex
	got    []chat.Message
	states []chat.Status
	tries  int
	change chan struct{}
}

// NewSink makes a sink.
func NewSink() *Sink { return &Sink{change: make(chan struct{}, 1)} }

// Receive implements chat.Sink.
func (s *Sink) Receive(_ context.Context, m chat.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.poke()
	s.tries++
	if s.tries <= s.Refuse {
		return errors.New("refused by the test")
	}
	s.got = append(s.got, m)
	return nil
}

// Status implements chat.Sink.
func (s *Sink) Status(st chat.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.poke()
	s.states = append(s.states, st)
}

func (s *Sink) poke() {
	select {
	case s.change <- struct{}{}:
	default:
	}
}

// Wait returns the messages once enough says so, and fails the test if that never happens.
func (s *Sink) Wait(t *testing.T, enough func(got []chat.Message, states []chat.Status) bool) []chat.Message {
	t.Helper()
	late := time.After(patience)
	for {
		s.mu.Lock()
		got := s.got
		done := enough(got, s.states)
		s.mu.Unlock()
		if done {
			return got
		}
		select {
		case <-s.change:
		case <-late:
			t.Fatalf("waited in vain; got %d messages: %+v", len(got), got)
		}
	}
}

// start runs the channel until the test ends and waits until it is online.
func start(t *testing.T, n Network, s *Sink) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- n.Channel.Run(ctx, s) }()
	stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() { _ = stop() })
	s.Wait(t, func(_ []chat.Message, states []chat.Status) bool {
		return len(states) > 0 && states[len(states)-1].State == chat.StateOnline
	})
	return stop
}

func texts(got []chat.Message) (out []string) {
	for _, m := range got {
		out = append(out, m.Text)
	}
	return out
}

// testArrives: what people write reaches the sink once, in order, with everything that the bot needs to answer.
func testArrives(t *testing.T, n Network) {
	s := NewSink()
	start(t, n, s)
	n.Say(t, "上报 第一件")
	n.Say(t, "上报 第二件\n第二行")
	got := s.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return len(got) >= 2 })
	if want := "上报 第一件|上报 第二件\n第二行"; strings.Join(texts(got), "|") != want {
		t.Errorf("got %q, want %q", texts(got), want)
	}
	if got[0].ID == "" || got[0].ID == got[1].ID {
		t.Errorf("message ids %q and %q must be there and differ", got[0].ID, got[1].ID)
	}
	for _, m := range got {
		if m.Channel != n.Channel.Name() || m.From.Key == "" || m.Conversation.Private || m.Conversation.Key != n.Group(t) {
			t.Errorf("message is not complete: %+v", m)
		}
	}
}

// testOfferedAgain: a message that the sink could not keep comes again.
func testOfferedAgain(t *testing.T, n Network) {
	s := NewSink()
	s.Refuse = 2
	start(t, n, s)
	n.Say(t, "上报 不能丢")
	got := s.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return len(got) >= 1 })
	if got[0].Text != "上报 不能丢" {
		t.Errorf("got %q", got[0].Text)
	}
}

// testSends: what is sent arrives, as it is, once.
func testSends(t *testing.T, n Network) {
	s := NewSink()
	start(t, n, s)
	n.Say(t, "上报 引出一个会话")
	s.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return len(got) >= 1 })
	for k, text := range []string{"已立案 #1 <b>甲&乙</b>", "第一行\n第二行"} {
		out := chat.Outgoing{ID: string(rune('1' + k)), Conversation: n.Group(t), Text: text}
		if err := n.Channel.Send(t.Context(), out); err != nil {
			t.Fatal(err)
		}
	}
	if want, got := "已立案 #1 <b>甲&乙</b>|第一行\n第二行", strings.Join(n.Seen(), "|"); got != want {
		t.Errorf("the group sees %q, want %q", got, want)
	}
}

// testFiles: a file arrives with its name, by itself, and is brought whole and not beyond a limit, also by a handle that was stored.
// A handle that leads nowhere says so.
func testFiles(t *testing.T, n Network) {
	fetcher, ok := n.Channel.(chat.FileFetcher)
	if ok != (n.SendFile != nil) {
		t.Fatalf("brings files: %v, and the test can send them: %v", ok, n.SendFile != nil)
	}
	if !ok {
		t.Skip("the channel brings no files")
	}
	s := NewSink()
	start(t, n, s)
	data := []byte("PK\x03\x04" + strings.Repeat("表\x00", 100))
	n.SendFile(t, "11月 反馈.xlsx", data)
	got := s.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return len(got) >= 1 })
	m := got[0]
	if len(m.Files) != 1 || m.Files[0].Name != "11月 反馈.xlsx" || m.Text != "" || m.ID == "" || m.From.Key == "" || m.Conversation.Key != n.Group(t) {
		t.Fatalf("message is not complete: %+v", m)
	}
	if size := m.Files[0].Size; size != 0 && size != int64(len(data)) {
		t.Errorf("announced as %d bytes", size)
	}
	stored, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var again chat.Message
	if err := json.Unmarshal(stored, &again); err != nil {
		t.Fatal(err)
	}
	if b, err := fetcher.FetchFile(t.Context(), again.Files[0], int64(len(data))); err != nil || string(b) != string(data) {
		t.Errorf("got %d bytes, %v", len(b), err)
	}
	if b, err := fetcher.FetchFile(t.Context(), again.Files[0], int64(len(data))-1); !errors.Is(err, chat.ErrTooLarge) || b != nil {
		t.Errorf("beyond the limit: %d bytes, %v", len(b), err)
	}
	if b, err := fetcher.FetchFile(t.Context(), chat.File{Ref: "nowhere"}, 1); !errors.Is(err, chat.ErrGone) || b != nil {
		t.Errorf("from nowhere: %d bytes, %v", len(b), err)
	}
}

// testEnds: Run returns nil when its context ends.
func testEnds(t *testing.T, n Network) {
	stop := start(t, n, NewSink())
	if err := stop(); err != nil {
		t.Errorf("Run ended with %v", err)
	}
}
