package chattest

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"duban/internal/chat"
)

// Path is a part of a network's interface, and what needs it.
type Path struct {
	Path string
	For  Need
	// Shows says that the path makes a message appear, so that an answer which cannot be understood leaves open whether it has.
	Shows bool
	// Bytes says that its answer is a file itself: what is in it is for whoever opens it to judge.
	Bytes bool
}

// Need is something that a channel does over HTTP.
type Need int

// What needs a path.
const (
	Text Need = iota
	Picture
	File
	Fetch // of a file that has arrived
)

// The most that a channel may ask at once, and take of one answer with what lies between it and the network, in bytes.
const (
	mostAsked = 4
	mostTaken = 80 << 20
)

// Faults spoils the answers of each path in every way. Whatever comes, nothing is counted as sent or fetched that was not, it is worth
// another attempt, few questions are asked and little is read; and when it is over, everything works. open makes a fresh network that is
// reached by a front.
func Faults(t *testing.T, open func(t *testing.T) (Network, *Front), paths ...Path) {
	for _, p := range paths {
		for _, s := range Spoils() {
			if testing.Short() && s.Name != "reset" && s.Name != "nothing in it" {
				continue
			}
			t.Run(p.Path+"/"+s.Name, func(t *testing.T) {
				n, front := open(t)
				sink := running(t, n)
				if p.For == Fetch {
					fetches(t, n, sink, front, p, s)
				} else {
					survives(t, n, front, p, s)
				}
			})
		}
	}
}

// healed ends a fault and looks at what it has cost.
func healed(t *testing.T, front *Front) {
	t.Helper()
	asked, taken := front.Heal()
	if asked == 0 || asked > mostAsked {
		t.Errorf("the path was asked %d times", asked)
	}
	if taken > mostTaken {
		t.Errorf("%d bytes were taken", taken)
	}
}

// survives sends a message while a path is spoiled, and again when it is not.
func survives(t *testing.T, n Network, front *Front, p Path, s Spoil) {
	out := chat.Outgoing{ID: "1", Conversation: n.Group(t), Text: "已立案 #1"}
	shown := func() bool { return slices.Contains(n.Seen(), out.Text) }
	if p.For != Text {
		path := filepath.Join(t.TempDir(), "kept")
		if err := os.WriteFile(path, picture(t), 0o600); err != nil {
			t.Fatal(err)
		}
		out.Text, out.Attachment = "", &chat.Attachment{Name: "排名.png", Path: path, Picture: p.For == Picture}
		shown = func() bool { return len(n.SeenFiles()) > 0 }
	}
	front.Spoil(p.Path, s)
	err := n.Channel.Send(t.Context(), out)
	healed(t, front)
	e, ok := errors.AsType[*chat.SendError](err)
	switch {
	case s.Gentle && err != nil, !s.Gentle && (!ok || !e.Retry && !e.Unknown):
		t.Errorf("got %v: %+v", err, e)
	case !s.Gentle && p.Shows && shown() && !e.Unknown, !s.Gentle && !p.Shows && e.Unknown:
		t.Errorf("it has appeared: %v, and it is unknown whether it has: %v", shown(), e.Unknown)
	}
	if err := n.Channel.Send(t.Context(), out); err != nil || !shown() {
		t.Errorf("afterwards: %v", err)
	}
}

// fetches fetches a file while a path is spoiled, and again when it is not.
func fetches(t *testing.T, n Network, sink *Sink, front *Front, p Path, s Spoil) {
	want := []byte("PK\x03\x04 a table")
	n.SendFile(t, "反馈.xlsx", want)
	f := sink.await(t, 1)[0].Files[0]
	fetch := func() ([]byte, error) {
		return n.Channel.(chat.FileFetcher).FetchFile(t.Context(), f, 1<<20)
	}
	front.Spoil(p.Path, s)
	data, err := fetch()
	healed(t, front)
	whole := err == nil && bytes.Equal(data, want)
	if s.Gentle && !whole || !s.Gentle && err == nil && !p.Bytes {
		t.Errorf("got %d bytes, %v", len(data), err)
	}
	if data, err := fetch(); err != nil || !bytes.Equal(data, want) {
		t.Errorf("afterwards: %d bytes, %v", len(data), err)
	}
}

// Handshake spoils the answers of the path that a channel asks first when it connects. It asks again until it is answered rightly, and then
// is online; nothing ends it. open makes a fresh network that is reached by a front, with a channel that does not wait long between attempts.
func Handshake(t *testing.T, open func(t *testing.T) (Network, *Front), path string) {
	for _, s := range Spoils() {
		if s.Gentle {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			const attempts = 3
			n, front := open(t)
			front.Spoil(path, s)
			go func() {
				front.WaitAsked(attempts)
				if _, taken := front.Heal(); taken > attempts*mostTaken {
					t.Errorf("%d bytes were taken", taken)
				}
			}()
			sink := NewSink()
			stop := start(t, n, sink)
			if n.Channel.Can().Opens {
				send(t, n, "1", "已立案 #1")
			}
			if err := stop(); err != nil {
				t.Errorf("Run ended with %v", err)
			}
		})
	}
}
