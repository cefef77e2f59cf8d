package chattest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/internal/chat"
)

// TestSuite: a network that can everything, and keeps every promise, passes.
func TestSuite(t *testing.T) {
	Run(t, func(*testing.T) Network { return newPerfect().network() })
}

// TestHooks: what a channel says it can and has no hook for is named, and so is what every network has.
func TestHooks(t *testing.T) {
	p := newPerfect()
	n := p.network()
	n.SendPicture, n.QuotePicture, n.SeenFiles, n.Tap, n.Twice = nil, nil, nil, nil, nil
	if got := n.lacks(); !slices.Equal(got, []string{"SendPicture", "QuotePicture", "SeenFiles", "Twice", "Tap"}) {
		t.Errorf("it lacks %q", got)
	}
	p.can.QuotesShown, p.can.Cards, p.can.Pictures, p.can.Files, p.can.Identified = false, false, false, false, true
	if got := n.lacks(); !slices.Equal(got, []string{"SendPicture"}) {
		t.Errorf("it lacks %q", got)
	}
}

// perfect is a network and its channel in one.
type perfect struct {
	can chat.Capabilities

	sink  chat.Sink
	n     int
	sent  map[string]bool
	seen  []chat.Outgoing
	files []SeenFile
	media map[string][]byte
	fault error
	lost  bool
}

func newPerfect() *perfect {
	return &perfect{
		can: chat.Capabilities{
			MentionOnly: true, QuotesShown: true, Opens: true, Pictures: true, Files: true, Mentions: true, Cards: true, MaxText: 100, MaxFile: 1 << 20,
		},
		sent: map[string]bool{}, media: map[string][]byte{},
	}
}

func (p *perfect) Name() string { return "perfect" }

func (p *perfect) Can() chat.Capabilities { return p.can }

func (p *perfect) Run(ctx context.Context, sink chat.Sink) error {
	p.sink = sink
	sink.Status(chat.Status{State: chat.StateOnline})
	<-ctx.Done()
	return nil
}

// deliver offers a message until it is kept.
func (p *perfect) deliver(m chat.Message) {
	p.n++
	m.Channel, m.From, m.Mentioned = p.Name(), chat.Sender{Key: "zhang"}, true
	m.Conversation = chat.Conversation{Key: "g"}
	if m.ID == "" {
		m.ID = fmt.Sprint(p.n)
	}
	for p.sink.Receive(context.Background(), m) != nil {
	}
}

func (p *perfect) keep(data []byte) string {
	ref := fmt.Sprint("ref", len(p.media))
	p.media[ref] = data
	return ref
}

func (p *perfect) FetchPicture(_ context.Context, pic chat.Picture) ([]byte, error) {
	return p.FetchFile(context.Background(), chat.File{Ref: pic.Ref}, 1<<20)
}

func (p *perfect) FetchFile(_ context.Context, f chat.File, limit int64) ([]byte, error) {
	data, ok := p.media[f.Ref]
	switch {
	case !ok:
		return nil, chat.ErrGone
	case int64(len(data)) > limit:
		return nil, chat.ErrTooLarge
	}
	return data, nil
}

func (p *perfect) Send(_ context.Context, out chat.Outgoing) error {
	if err := p.fault; err != nil {
		p.fault = nil
		return err
	}
	if len([]rune(out.Text)) > p.can.MaxText {
		return errors.New("too long")
	}
	if !p.sent[out.ID] {
		p.sent[out.ID] = true
		p.seen = append(p.seen, out)
		if a := out.Attachment; a != nil {
			data, err := os.ReadFile(a.Path)
			if err != nil {
				return err
			}
			p.files = append(p.files, SeenFile{a.Name, a.Picture, data})
		}
	}
	if p.lost {
		p.lost = false
		return &chat.SendError{Err: errors.New("lost"), Unknown: true}
	}
	return nil
}

func (p *perfect) network() Network {
	return Network{
		Channel: p,
		Say:     func(_ *testing.T, text string) { p.deliver(chat.Message{Text: text}) },
		SendPicture: func(_ *testing.T, text string, data []byte) {
			p.deliver(chat.Message{Text: text, Pictures: []chat.Picture{{Ref: p.keep(data)}}})
		},
		QuotePicture: func(_ *testing.T, data []byte) {
			p.deliver(chat.Message{Quote: &chat.Quote{}, Pictures: []chat.Picture{{Ref: p.keep(data)}}})
		},
		SendFile: func(_ *testing.T, name string, data []byte) {
			p.deliver(chat.Message{Files: []chat.File{{Ref: p.keep(data), Name: name}}})
		},
		Group: func(*testing.T) string { return "g" },
		Seen: func() (out []string) {
			for _, o := range p.seen {
				out = append(out, o.Text)
			}
			return out
		},
		SeenFiles: func() []SeenFile { return p.files },
		TooOften: func(*testing.T) {
			p.fault = &chat.SendError{Err: errors.New("too often"), Retry: true, After: time.Minute}
		},
		Refuse: func(*testing.T) { p.fault = &chat.SendError{Err: errors.New("refused")} },
		Lose:   func(*testing.T) { p.lost = true },
		Break:  func(*testing.T) {},
		Twice: func(_ *testing.T, text string) {
			p.deliver(chat.Message{ID: "same", Text: text})
			p.deliver(chat.Message{ID: "same", Text: text})
		},
		Buttons: func() (out []string) {
			for _, a := range p.seen[len(p.seen)-1].Actions {
				out = append(out, a.Label)
			}
			return out
		},
		Tap: func(t *testing.T, label string) {
			for _, a := range p.seen[len(p.seen)-1].Actions {
				if a.Label == label {
					p.deliver(chat.Message{Text: a.Text})
					return
				}
			}
			t.Errorf("no button %q", strings.TrimSpace(label))
		},
	}
}
