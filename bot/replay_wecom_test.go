package bot

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"duban/internal/chat"
	"duban/internal/chat/wecom"
	"duban/internal/chat/wecom/wecomtest"
)

// weComTown is a bot of 企业微信: it hears what mentions it, and rings people.
type weComTown struct {
	t   *testing.T
	srv *wecomtest.Server
	c   chat.Channel
	n   int
	// names of people by their keys as they stand in a text
	names *strings.Replacer
}

func onWeCom(t *testing.T, b *Bot) town {
	t.Helper()
	w := &weComTown{t: t, srv: wecomtest.New(t)}
	var names []string
	for _, p := range b.register().People {
		names = append(names, "<@w-"+p.ID+">", "@"+p.Name)
	}
	w.names = strings.NewReplacer(names...)
	c, err := wecom.New(wecom.Config{
		BotID: wecomtest.BotID, Secret: wecomtest.Secret, URL: w.srv.URL(), Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.c = c
	return w
}

func (w *weComTown) channel() chat.Channel { return w.c }

func (w *weComTown) say(said words) int {
	body := wecomtest.Group("wr-"+said.group, "w-"+said.person, said.text)
	if said.group == "" {
		body = map[string]any{
			"chattype": "single", "from": map[string]string{"userid": "w-" + said.person},
			"msgtype": "text", "text": map[string]string{"content": said.text},
		}
	}
	var shown []map[string]any
	for _, ref := range said.pictures {
		w.n++
		shown = append(shown, map[string]any{"msgtype": "image", "image": w.srv.Picture(fmt.Sprint(w.n), photographed(w.t, ref))})
	}
	switch {
	case len(shown) > 0 && said.quoting:
		body["quote"] = shown[0]
	case len(shown) > 0:
		items := shown
		if said.group != "" {
			items = append([]map[string]any{{"msgtype": "text", "text": map[string]string{"content": "@督办 "}}}, shown...)
		}
		items = append(items, map[string]any{"msgtype": "text", "text": map[string]string{"content": said.text}})
		body["msgtype"], body["mixed"] = "mixed", map[string]any{"msg_item": items}
	}
	if said.quote != nil {
		body["quote"] = map[string]any{"msgtype": "text", "text": map[string]string{"content": said.quote.Text}}
	}
	w.srv.Say(body)
	w.srv.Say(body) // under the same id, as networks do that are not sure
	return 2
}

func (w *weComTown) sights() (all []sight) {
	for _, m := range w.srv.Sent() {
		s := sight{text: w.names.Replace(m.Text), data: m.Data}
		var group bool
		if s.where, group = strings.CutPrefix(m.Chat, "wr-"); !group {
			s.where = chat.PrivateKey(strings.TrimPrefix(m.Chat, "w-"))
		}
		switch m.Type {
		case "image":
			s.file = "图"
		case "file":
			s.file = "文件 " + m.Name
		case "template_card":
			s.buttons = map[string]func(string){}
			for _, b := range m.Card.Buttons {
				s.buttons[b.Key] = func(person string) { w.srv.Tap("w-"+person, m, b.Text) }
			}
			head, cut := strings.CutSuffix(m.Card.Title.Title, "…")
			if n := len(all) - 1; n >= 0 && all[n].where == s.where && all[n].buttons == nil && strings.HasPrefix(all[n].text, head) {
				all[n].buttons = s.buttons // the card of the text above
				continue
			}
			if cut {
				s.text = m.Card.Below
			}
		}
		all = append(all, s)
	}
	return all
}
