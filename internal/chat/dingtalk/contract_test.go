package dingtalk

import (
	"testing"

	"duban/internal/chat/chattest"
	"duban/internal/chat/dingtalk/dingtalktest"
)

func TestContract(t *testing.T) {
	chattest.Run(t, func(t *testing.T) chattest.Network {
		s := dingtalktest.New(t)
		return network(s, newChannel(t, s, nil))
	})
}

// TestFaults: whatever the network answers, it is not taken for what it is not.
func TestFaults(t *testing.T) {
	chattest.Faults(t, func(t *testing.T) (chattest.Network, *chattest.Front) {
		s := dingtalktest.New(t)
		front := chattest.NewFront(t, s.URL())
		return network(s, newChannel(t, s, func(cfg *Config) { cfg.URL, cfg.OldURL = front.URL, front.URL })), front
	},
		chattest.Path{Path: "/oauth2/accessToken", For: chattest.Text},
		chattest.Path{Path: "/robot/groupMessages/send", For: chattest.Text, Shows: true},
		chattest.Path{Path: "/media/upload", For: chattest.Picture},
		chattest.Path{Path: "/media/upload", For: chattest.File},
		chattest.Path{Path: "/robot/groupMessages/send", For: chattest.File, Shows: true},
		chattest.Path{Path: "/robot/messageFiles/download", For: chattest.Fetch},
	)
}

func TestHandshakeFaults(t *testing.T) {
	chattest.Handshake(t, func(t *testing.T) (chattest.Network, *chattest.Front) {
		s := dingtalktest.New(t)
		front := chattest.NewFront(t, s.URL())
		return network(s, newChannel(t, s, func(cfg *Config) { cfg.URL, cfg.OldURL = front.URL, front.URL })), front
	}, "/gateway/connections/open")
}

// network is the far side of a channel.
func network(s *dingtalktest.Server, c *Channel) chattest.Network {
	say := func(m map[string]any) { s.Say(m) }
	// Nobody has written to the robot before, so that what it says first is a push.
	fail := func(f dingtalktest.Fault) func(*testing.T) { return func(*testing.T) { s.Fail(dingtalktest.Group, f) } }
	return chattest.Network{
		Channel: c,
		Say:     func(_ *testing.T, text string) { say(dingtalktest.InGroup(room, "zhang", text)) },
		SendPicture: func(_ *testing.T, text string, data []byte) {
			say(s.Rich(dingtalktest.InGroup(room, "zhang", ""), text, data))
		},
		QuotePicture: func(_ *testing.T, data []byte) {
			say(dingtalktest.Quote(dingtalktest.InGroup(room, "zhang", ""), "$:x", "picture", map[string]any{"downloadCode": s.File(data)}))
		},
		SendFile: func(_ *testing.T, name string, data []byte) {
			say(with(dingtalktest.InGroup(room, "zhang", ""), map[string]any{
				"msgtype": "file", "content": map[string]any{"downloadCode": s.File(data), "fileName": name},
			}))
		},
		Group:     func(*testing.T) string { return group + room },
		Seen:      func() []string { return seenTexts(s) },
		SeenFiles: func() []chattest.SeenFile { return seenFiles(s) },
		TooOften:  fail(dingtalktest.TooOften),
		Refuse:    fail(dingtalktest.Refused),
		Lose:      fail(dingtalktest.Lost),
		Break:     func(*testing.T) { s.Break() },
		Twice: func(_ *testing.T, text string) {
			m := with(dingtalktest.InGroup(room, "zhang", text), map[string]any{"msgId": "same"})
			say(m)
			say(m)
		},
	}
}

func seenTexts(s *dingtalktest.Server) (out []string) {
	for _, m := range s.Sent() {
		if m.Kind == "text" {
			out = append(out, m.Text)
		}
	}
	return out
}

func seenFiles(s *dingtalktest.Server) (out []chattest.SeenFile) {
	for _, m := range s.Sent() {
		if m.Kind != "text" {
			out = append(out, chattest.SeenFile{Name: m.Name, Picture: m.Kind == "image", Data: m.Data})
		}
	}
	return out
}
