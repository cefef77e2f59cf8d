// Package chattest is the suite that every chat adapter passes: what package chat promises about channels.
package chattest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"duban/internal/chat"
)

// Network is the far side of a channel under test: a person who writes, and eyes that see what arrives there. A hook is nil only where
// the network cannot do what it is for; Run fails if the channel's capabilities say otherwise (see Network.lacks). Hooks return when the
// network has done its part: what a person says is then on its way to the channel, and the suite waits for it.
type Network struct {
	Channel chat.Channel
	// Say makes a person write a text in a group that the bot is in; on networks where only mentions arrive, with a mention of the bot.
	// Where the network drops what is said while nobody is connected, it first waits for a connection.
	Say func(t *testing.T, text string)
	// SendPicture makes the same person send a picture there, with a text as Say has it, or alone if the text is "". On networks that
	// let loose pictures through these may be two messages. A picture alone still mentions the bot where only mentions arrive. nil if
	// the channel brings no pictures (chat.PictureFetcher).
	SendPicture func(t *testing.T, text string, data []byte)
	// QuotePicture makes the same person quote a picture that was sent by itself, with a mention of the bot and no words; nil if what is
	// quoted does not come along (QuotesShown).
	QuotePicture func(t *testing.T, data []byte)
	// SendFile makes the same person send a file there; nil if the channel brings none (chat.FileFetcher).
	SendFile func(t *testing.T, name string, data []byte)
	// Group is the key of that group, once the channel is running.
	Group func(t *testing.T) string
	// Seen gives the texts that have arrived in the group from the bot, in order; "" for a message without one. The label of a button is
	// no part of the text.
	Seen func() []string
	// SeenFiles gives the pictures and files that have arrived there from the bot, in order; nil if the channel sends none.
	SeenFiles func() []SeenFile

	// TooOften makes the network answer the channel's next message that it was written to too often, and not show it. It and the hooks
	// down to Twice are nil only for a channel without a network (chat.Capabilities.Identified); Break and Twice also for one on which
	// nothing arrives (SendOnly), which has no connection to lose, and so are Say and what is sent.
	TooOften func(t *testing.T)
	// Refuse makes the network refuse the channel's next message for good, and not show it.
	Refuse func(t *testing.T)
	// Lose makes the network show the channel's next message and lose the answer, so that the channel cannot know: by a cut connection,
	// not by a silence that has to be waited out.
	Lose func(t *testing.T)
	// Break cuts the connection. The channel finds out and connects again by itself.
	Break func(t *testing.T)
	// Twice makes the same person write a text as Say does, and the network deliver that one message twice.
	Twice func(t *testing.T, text string)

	// Buttons gives the labels below the last message of the bot in the group; nil if the channel shows no actions (Cards).
	Buttons func() []string
	// Tap makes the same person tap the button with this label below that message.
	Tap func(t *testing.T, label string)
}

// SeenFile is a picture or file as it arrived.
type SeenFile struct {
	Name    string // "" where the network shows none, as for pictures
	Picture bool   // shown as a picture
	Data    []byte // nil only for a channel without a network that shows no more than the name
}

// lacks names the hooks that the channel's capabilities call for and that are nil.
func (n Network) lacks() (names []string) {
	can := n.Channel.Can()
	_, pictures := n.Channel.(chat.PictureFetcher)
	_, files := n.Channel.(chat.FileFetcher)
	network, hears := !can.Identified, !can.Identified && !can.SendOnly
	for _, h := range []struct {
		name    string
		missing bool
	}{
		{"SendPicture", pictures && n.SendPicture == nil},
		{"QuotePicture", can.QuotesShown && n.QuotePicture == nil},
		{"SendFile", files && n.SendFile == nil},
		{"SeenFiles", (can.Pictures || can.Files) && n.SeenFiles == nil},
		{"TooOften", network && n.TooOften == nil},
		{"Refuse", network && n.Refuse == nil},
		{"Lose", network && n.Lose == nil},
		{"Break", hears && n.Break == nil},
		{"Twice", hears && n.Twice == nil},
		{"Buttons", can.Cards && n.Buttons == nil},
		{"Tap", can.Cards && n.Tap == nil},
	} {
		if h.missing {
			names = append(names, h.name)
		}
	}
	return names
}

// patience bounds a wait for something that is expected to happen; it is never waited out unless a test fails.
const patience = 30 * time.Second

// Run checks a channel against the contract. open makes a fresh network for each check.
func Run(t *testing.T, open func(t *testing.T) Network) {
	checks := []struct {
		name  string
		check func(t *testing.T, n Network)
	}{
		{"has all hooks", testHooks},
		{"arrives", testArrives},
		{"is offered again", testOfferedAgain},
		{"arrives twice", testTwice},
		{"brings pictures", testPictures},
		{"brings quoted pictures", testQuotedPicture},
		{"brings files", testFiles},
		{"sends", testSends},
		{"sends long texts", testLongText},
		{"sends attachments", testAttachments},
		{"sends once", testOnce},
		{"is too fast", testTooOften},
		{"is refused", testRefused},
		{"loses the answer", testLost},
		{"comes back", testComesBack},
		{"shows actions", testActions},
		{"ends", testEnds},
	}
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) { c.check(t, open(t)) })
	}
}

// hears leaves a check out for a channel on which nothing arrives.
func hears(t *testing.T, n Network) {
	t.Helper()
	if n.Channel.Can().SendOnly {
		t.Skip("nothing arrives on the channel")
	}
}

func testHooks(t *testing.T, n Network) {
	if names := n.lacks(); names != nil {
		t.Errorf("the channel can what has no hook: %s", strings.Join(names, ", "))
	}
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
	s.awaitOnline(t)
	return stop
}

// await waits for n messages.
func (s *Sink) await(t *testing.T, n int) []chat.Message {
	t.Helper()
	return s.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return len(got) >= n })
}

// awaitOnline waits until the channel is connected.
func (s *Sink) awaitOnline(t *testing.T) {
	t.Helper()
	s.Wait(t, func(_ []chat.Message, states []chat.Status) bool {
		return len(states) > 0 && states[len(states)-1].State == chat.StateOnline
	})
}

// awaitText waits for the message that says a text.
func (s *Sink) awaitText(t *testing.T, text string) []chat.Message {
	t.Helper()
	return s.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return slices.Contains(texts(got), text) })
}

func texts(got []chat.Message) (out []string) {
	for _, m := range got {
		out = append(out, m.Text)
	}
	return out
}

// testEnds: Run returns nil when its context ends.
func testEnds(t *testing.T, n Network) {
	stop := start(t, n, NewSink())
	if err := stop(); err != nil {
		t.Errorf("Run ended with %v", err)
	}
}
