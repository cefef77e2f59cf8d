package bot

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"duban/internal/chat"
	"duban/internal/chat/dingtalk"
	"duban/internal/chat/dingtalk/dingtalktest"
)

// dingTalkTown is a robot of 钉钉: it hears what mentions it, and rings people where somebody has just spoken.
type dingTalkTown struct {
	t     *testing.T
	srv   *dingtalktest.Server
	c     chat.Channel
	names *strings.Replacer // of people by their staff ids as they stand in a text
}

func onDingTalk(t *testing.T, b *Bot) town {
	t.Helper()
	w := &dingTalkTown{t: t, srv: dingtalktest.New(t)}
	var names []string
	for _, p := range b.register().People {
		names = append(names, "@d-"+p.ID+"-", "@"+p.Name)
	}
	w.names = strings.NewReplacer(names...)
	w.c = dingtalk.New(dingtalk.Config{
		ClientID: dingtalktest.ClientID, Secret: dingtalktest.Secret, URL: w.srv.URL(), OldURL: w.srv.URL(), Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	return w
}

func (w *dingTalkTown) channel() chat.Channel { return w.c }

func (w *dingTalkTown) say(said words) int {
	if said.quote != nil && len(said.pictures) > 0 { // the network shows no quote beside pictures
		first, then := said, said
		first.text, first.quote, then.pictures = "", nil, nil
		return w.say(first) + w.say(then)
	}
	staff := "d-" + said.person + "-"
	body := dingtalktest.InGroup("cid-"+said.group, staff, said.text)
	if said.group == "" {
		body = dingtalktest.Private(staff, said.text)
	}
	var shown [][]byte
	for _, ref := range said.pictures {
		shown = append(shown, photographed(w.t, ref))
	}
	switch {
	case len(shown) > 0 && said.quoting:
		dingtalktest.Quote(body, "$:somebody", "picture", map[string]any{"downloadCode": w.srv.File(shown[0])})
	case len(shown) > 0:
		w.srv.Rich(body, said.text, shown...)
	}
	if said.quote != nil {
		sender := "" // the robot
		if !said.quote.FromBot {
			sender = "$:somebody"
		}
		dingtalktest.Quote(body, sender, "text", map[string]any{"text": said.quote.Text})
	}
	w.srv.Say(body)
	return 1
}

func (w *dingTalkTown) sights() (all []sight) {
	for _, m := range w.srv.Sent() {
		s := sight{text: w.names.Replace(m.Text), data: m.Data}
		switch m.Kind {
		case "image":
			s.file = "图"
		case "file":
			s.file = fmt.Sprint("文件 ", m.Name)
		}
		var group bool
		if s.where, group = strings.CutPrefix(m.To, "cid-"); !group {
			s.where = chat.PrivateKey(strings.TrimSuffix(strings.TrimPrefix(m.To, "d-"), "-"))
		}
		all = append(all, s)
	}
	return all
}
