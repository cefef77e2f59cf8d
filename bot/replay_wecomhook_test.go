package bot

import (
	"log/slog"
	"testing"

	"duban/internal/chat"
	"duban/internal/chat/wecomhook"
	"duban/internal/chat/wecomhook/wecomhooktest"
)

// hookTown is the robot of the leaders' group on 企业微信, which only sends.
type hookTown struct {
	t   *testing.T
	srv *wecomhooktest.Server
	c   chat.Channel
}

func onWeComHook(t *testing.T, _ *Bot) town {
	t.Helper()
	srv := wecomhooktest.New(t)
	c := wecomhook.New(wecomhook.Config{
		URL: srv.URL(), Groups: map[string]string{"leaders": wecomhooktest.Key}, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	return &hookTown{t, srv, c}
}

func (h *hookTown) channel() chat.Channel { return h.c }

func (h *hookTown) say(said words) int {
	h.t.Fatalf("nobody can say %q to a robot that only sends", said.text)
	return 0
}

func (h *hookTown) sights() (all []sight) {
	for _, m := range h.srv.Sent() {
		s := sight{where: "leaders", text: m.Text, data: m.Data}
		switch m.Type {
		case "image":
			s.file = "图"
		case "file":
			s.file = "文件 " + m.Name
		}
		all = append(all, s)
	}
	return all
}
