package feishu

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/chat/chattest"
	"duban/internal/chat/feishu/feishutest"
)

// group is the group of the tests.
const group = "oc_GROUP"

func newChannel(t *testing.T, s *feishutest.Server) *Channel {
	t.Helper()
	return newChannelThat(t, s, true)
}

// newChannelThat hears all of a group or only who mentions it.
func newChannelThat(t *testing.T, s *feishutest.Server, all bool) *Channel {
	t.Helper()
	return newChannelAt(s, s.URL(), all)
}

// newChannelAt reaches the network at an address.
func newChannelAt(s *feishutest.Server, address string, all bool) *Channel {
	return New(Config{AppID: s.AppID, Secret: s.Secret, URL: address, All: all, Log: slog.New(slog.DiscardHandler), again: time.Millisecond})
}

// saidInGroup is a text in the group that mentions the bot.
func saidInGroup(text string) map[string]any {
	return feishutest.Text(group, text)
}

func TestContract(t *testing.T) {
	for name, all := range map[string]bool{"hears all": true, "hears mentions": false} {
		t.Run(name, func(t *testing.T) {
			chattest.Run(t, func(t *testing.T) chattest.Network {
				s := feishutest.New(t)
				return network(s, newChannelThat(t, s, all))
			})
		})
	}
}

// TestFaults: whatever the network answers, it is not taken for what it is not.
func TestFaults(t *testing.T) {
	chattest.Faults(t, func(t *testing.T) (chattest.Network, *chattest.Front) {
		s := feishutest.New(t)
		front := chattest.NewFront(t, s.URL())
		return network(s, newChannelAt(s, front.URL, true)), front
	},
		chattest.Path{Path: "/tenant_access_token/", For: chattest.Text},
		chattest.Path{Path: "/im/v1/messages", For: chattest.Text, Shows: true},
		chattest.Path{Path: "/im/v1/images", For: chattest.Picture},
		chattest.Path{Path: "/im/v1/files", For: chattest.File},
		chattest.Path{Path: "/im/v1/messages", For: chattest.Picture, Shows: true},
		chattest.Path{Path: "/resources/", For: chattest.Fetch, Bytes: true},
	)
}

func network(s *feishutest.Server, c *Channel) chattest.Network {
	return chattest.Network{
		Channel: c,
		Say:     func(_ *testing.T, text string) { s.Say(saidInGroup(text), "ou_zhang") },
		SendPicture: func(_ *testing.T, text string, data []byte) {
			s.Offer("img_1", data)
			s.Say(feishutest.Post(group, text, "img_1"), "ou_zhang")
		},
		QuotePicture: func(_ *testing.T, data []byte) {
			s.Offer("img_1", data)
			s.Remember("om_old", feishutest.Message{Kind: "image", Content: `{"image_key":"img_1"}`})
			m := saidInGroup("")
			m["parent_id"] = "om_old"
			s.Say(m, "ou_zhang")
		},
		SendFile: func(_ *testing.T, name string, data []byte) {
			s.Offer("file_1", data)
			s.Say(feishutest.Group(group, "file", map[string]string{"file_key": "file_1", "file_name": name}), "ou_zhang")
		},
		Group: func(*testing.T) string { return group },
		Seen: func() (out []string) {
			for _, m := range s.Sent() {
				if m.Kind != "image" && m.Kind != "file" {
					out = append(out, m.Text)
				}
			}
			return out
		},
		SeenFiles: func() (out []chattest.SeenFile) {
			for _, m := range s.Sent() {
				if m.Kind == "image" || m.Kind == "file" {
					out = append(out, chattest.SeenFile{Name: m.Name, Picture: m.Kind == "image", Data: m.Data})
				}
			}
			return out
		},
		TooOften: func(*testing.T) { s.Fail("send", feishutest.GroupTooOften) },
		Refuse:   func(*testing.T) { s.Fail("send", feishutest.Refused) },
		Lose:     func(*testing.T) { s.Fail("send", feishutest.Lost) },
		Break:    func(*testing.T) { s.Break() },
		Twice: func(_ *testing.T, text string) {
			event := s.Event(saidInGroup(text), "ou_zhang")
			s.Push(event)
			s.Push(event)
		},
		Buttons: func() (out []string) {
			for _, b := range last(s).Buttons {
				out = append(out, b.Label)
			}
			return out
		},
		Tap: func(_ *testing.T, label string) { s.Tap(last(s), label, "ou_zhang") },
	}
}

func last(s *feishutest.Server) feishutest.Sent {
	sent := s.Sent()
	return sent[len(sent)-1]
}

func online(t *testing.T, c *Channel, sink *chattest.Sink) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx, sink) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run ended with %v", err)
		}
	})
	waitOnline(t, sink, 1)
}

func waitOnline(t *testing.T, sink *chattest.Sink, times int) {
	t.Helper()
	sink.Wait(t, func(_ []chat.Message, states []chat.Status) bool {
		n := 0
		for _, s := range states {
			if s.State == chat.StateOnline {
				n++
			}
		}
		return n >= times
	})
}

func TestReconnects(t *testing.T) {
	s := feishutest.New(t)
	sink := chattest.NewSink()
	online(t, newChannel(t, s), sink)
	s.Fail("bootstrap", feishutest.Broken, feishutest.Garbage)
	s.Break()
	waitOnline(t, sink, 2)
	s.Say(saidInGroup("上报 还在"), "ou_zhang")
	if m := sink.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return len(got) > 0 })[0]; m.Text != "上报 还在" {
		t.Errorf("got %q", m.Text)
	}
}

func TestCan(t *testing.T) {
	for _, all := range []bool{false, true} {
		if can := New(Config{All: all}).Can(); can.MentionOnly == all || can.QuotesShown == all || can.Loose != all || !can.Opens || !can.Cards {
			t.Errorf("hears all %v: %+v", all, can)
		}
	}
}

// A kit that may not try to come back by itself is started anew.
func TestStartsAnew(t *testing.T) {
	s := feishutest.New(t)
	s.GiveUp()
	sink := chattest.NewSink()
	online(t, newChannel(t, s), sink)
	for n := range 3 {
		s.Break()
		waitOnline(t, sink, n+2)
	}
	s.Say(saidInGroup("上报 还在"), "ou_zhang")
	sink.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return len(got) > 0 })
}

// Too many connections pass by themselves: those of a program that was killed end after a while.
func TestTooManyConnections(t *testing.T) {
	s := feishutest.New(t)
	s.Fail("handshake", feishutest.Crowded)
	sink := chattest.NewSink()
	online(t, newChannel(t, s), sink)
	sink.Wait(t, func(_ []chat.Message, states []chat.Status) bool {
		return slices.ContainsFunc(states, func(s chat.Status) bool {
			return s.State == chat.StateOffline && strings.Contains(s.Text, "连接太多") && strings.Contains(s.Text, "只有一台电脑")
		})
	})
}

func TestForbidden(t *testing.T) {
	s := feishutest.New(t)
	s.Fail("handshake", feishutest.Forbidden)
	if err := newChannel(t, s).Run(t.Context(), chattest.NewSink()); err == nil || !strings.Contains(err.Error(), "错误码 403") {
		t.Errorf("got %v", err)
	}
}

// Frames that cannot be read, events that are none and events that nobody asked for hold nothing up.
func TestNoise(t *testing.T) {
	s := feishutest.New(t)
	sink := chattest.NewSink()
	online(t, newChannel(t, s), sink)
	s.Noise([]byte("<html>502"))
	s.Noise(nil)
	for _, event := range []string{"", "[]", "{", `{"header":{"event_type":"im.message.receive_v1"},"event":[1]}`, `{"header":{"event_type":"im.message.receive_v1"}}`, `{"header":{"event_type":"other"}}`} {
		s.Push([]byte(event))
	}
	s.Say(saidInGroup("上报 还在"), "ou_zhang")
	if m := sink.Wait(t, func(got []chat.Message, _ []chat.Status) bool { return len(got) > 0 })[0]; m.Text != "上报 还在" {
		t.Errorf("got %+v", m)
	}
}

func TestWrongSecret(t *testing.T) {
	s := feishutest.New(t)
	sink := chattest.NewSink()
	c := New(Config{AppID: s.AppID, Secret: "wrong", URL: s.URL(), Log: slog.New(slog.DiscardHandler)})
	err := c.Run(t.Context(), sink)
	if err == nil || !strings.Contains(err.Error(), "飞书不接受应用（错误码 1000040345）") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("got %v", err)
	}
	sink.Wait(t, func(_ []chat.Message, states []chat.Status) bool {
		return states[len(states)-1].State == chat.StateStopped
	})
}
