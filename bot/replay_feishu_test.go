package bot

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"duban/internal/chat"
	"duban/internal/chat/feishu"
	"duban/internal/chat/feishu/feishutest"
)

// feishuTown is an app of 飞书: it hears everything or what mentions it, rings people and shows buttons.
type feishuTown struct {
	t   *testing.T
	srv *feishutest.Server
	c   chat.Channel
	n   int
	// names of people by their keys as they stand in a text
	names *strings.Replacer
}

func onFeishu(t *testing.T, b *Bot) town { return newFeishuTown(t, b, true) }

func onFeishuMentions(t *testing.T, b *Bot) town { return newFeishuTown(t, b, false) }

func newFeishuTown(t *testing.T, b *Bot, all bool) town {
	t.Helper()
	w := &feishuTown{t: t, srv: feishutest.New(t)}
	var names []string
	for _, p := range b.register().People {
		names = append(names, fmt.Sprintf(`<at user_id="ou_%s">%s</at>`, p.ID, p.Name), "@"+p.Name, "<at id=ou_"+p.ID+"></at>", "@"+p.Name)
	}
	w.names = strings.NewReplacer(names...)
	w.c = feishu.New(feishu.Config{
		AppID: w.srv.AppID, Secret: w.srv.Secret, URL: w.srv.URL(), All: all, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	return w
}

func (w *feishuTown) channel() chat.Channel { return w.c }

func (w *feishuTown) say(said words) (n int) {
	var messages []map[string]any
	var keys []string
	for _, ref := range said.pictures {
		w.n++
		key := fmt.Sprintf("img_%d", w.n)
		w.srv.Offer(key, photographed(w.t, ref))
		keys = append(keys, key)
		messages = append(messages, feishutest.Image("oc_"+said.group, key))
	}
	text := feishutest.Text("oc_"+said.group, said.text)
	switch {
	case w.c.Can().MentionOnly && said.quoting:
		w.srv.Remember("om_"+keys[0], feishutest.Message{Kind: "image", Content: fmt.Sprint(messages[0]["content"])})
		text["parent_id"], messages = "om_"+keys[0], nil
	case w.c.Can().MentionOnly && said.group != "" && len(keys) > 0:
		text, messages = feishutest.Post("oc_"+said.group, said.text, keys...), nil
	case !said.mention || said.group == "":
		text = feishutest.Group("oc_"+said.group, "text", map[string]string{"text": said.text})
	}
	if said.quote != nil {
		w.n++
		quoted := feishutest.Message{Kind: "text", Content: fmt.Sprint(feishutest.Text("", said.quote.Text)["content"])}
		if said.quote.FromBot {
			quoted.App = w.srv.AppID
		}
		text["parent_id"] = fmt.Sprintf("om_quoted_%d", w.n)
		w.srv.Remember(fmt.Sprint(text["parent_id"]), quoted)
	}
	if said.text != "" || len(messages) == 0 {
		messages = append(messages, text)
	}
	for _, m := range messages {
		if said.group == "" {
			m["chat_type"] = "p2p"
		}
		event := w.srv.Event(m, "ou_"+said.person)
		w.srv.Push(event)
		w.srv.Push(event) // as the network does that was not sure
	}
	return 2 * len(messages)
}

func (w *feishuTown) sights() (all []sight) {
	for _, m := range w.srv.Sent() {
		s := sight{text: w.names.Replace(m.Text), data: m.Data}
		var group bool
		if s.where, group = strings.CutPrefix(m.To, "oc_"); !group {
			s.where = chat.PrivateKey(strings.TrimPrefix(m.To, "ou_"))
		}
		switch m.Kind {
		case "image":
			s.file = "图"
		case "file":
			s.file = "文件 " + m.Name
		case "interactive":
			s.buttons = map[string]func(string){}
			for _, b := range m.Buttons {
				var says struct{ Say string }
				if err := json.Unmarshal(b.Value, &says); err != nil {
					w.t.Error(err)
				}
				s.buttons[says.Say] = func(person string) { w.srv.Tap(m, b.Label, "ou_"+person) }
			}
		}
		all = append(all, s)
	}
	return all
}
