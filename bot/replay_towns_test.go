package bot

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/chat/wechat"
	"duban/internal/chat/wechat/wechattest"
	"duban/internal/chat/wecom"
	"duban/internal/chat/wecom/wecomtest"
)

// home is the stage as a network: what is said is heard, and keys are the register's own ids.
type home struct {
	*stage
	sink chat.Sink
	mu   sync.Mutex
	sent []sight
}

func onStage(t *testing.T, b *Bot) town { return &home{stage: &stage{t: t, bot: b}} }

func (h *home) channel() chat.Channel { return h }

func (h *home) Run(ctx context.Context, sink chat.Sink) error {
	h.sink = sink
	sink.Status(chat.Status{Channel: h.Name(), State: chat.StateOnline})
	<-ctx.Done()
	return nil
}

func (h *home) say(w words) int {
	h.n++
	m := said(h.Name(), h.n, w.person, cmp.Or(w.group, chat.PrivateKey(w.person)), w.text)
	m.Conversation.Private, m.Mentioned, m.SentAt = w.group == "", w.mention, h.bot.Now()
	for _, ref := range w.pictures {
		m.Pictures = append(m.Pictures, chat.Picture{Ref: ref})
	}
	if err := h.sink.Receive(h.t.Context(), m); err != nil {
		h.t.Error(err)
	}
	return 1
}

func (h *home) Send(_ context.Context, out chat.Outgoing) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if out.Text != "" {
		h.sent = append(h.sent, sight{where: out.Conversation, text: out.Text})
	}
	if a := out.Attachment; a != nil {
		data, err := os.ReadFile(a.Path)
		if err != nil {
			return err
		}
		file := "图"
		if !a.Picture {
			file = "文件 " + a.Name
		}
		h.sent = append(h.sent, sight{where: out.Conversation, file: file, data: data})
	}
	return nil
}

func (h *home) sights() []sight {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]sight(nil), h.sent...)
}

// photographed draws a picture that somebody sends.
func photographed(t *testing.T, ref string) []byte {
	t.Helper()
	data, err := drawn(ref)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// weChatTown is WeChat: everything is heard, words and pictures are messages of their own.
type weChatTown struct {
	t      *testing.T
	srv    *wechattest.Server
	c      chat.Channel
	people map[string]*wechattest.Person
	groups map[string]*wechattest.Group
}

func onWeChat(t *testing.T, b *Bot) town {
	t.Helper()
	w := &weChatTown{t: t, srv: wechattest.New("督办"), people: map[string]*wechattest.Person{}, groups: map[string]*wechattest.Group{}}
	var members []*wechattest.Person
	for _, p := range b.register().People {
		w.people[p.ID] = w.srv.AddFriend("微信"+p.ID, "")
		members = append(members, w.people[p.ID])
	}
	for _, g := range b.register().Chats {
		w.groups[g.ID] = w.srv.AddGroup(g.Name, false, members...)
	}
	c, err := wechat.New(wechat.Config{
		Session: filepath.Join(t.TempDir(), "wechat.session"), Transport: w.srv.Transport(), Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Pacing: wechat.Pacing{SyncSpacing: time.Millisecond, LoginSpacing: time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.c = c
	return w
}

func (w *weChatTown) channel() chat.Channel { return w.c }

func (w *weChatTown) say(said words) (n int) {
	from := w.people[said.person]
	where := wechattest.Conversation(from)
	if said.group != "" {
		where = w.groups[said.group]
	}
	for _, ref := range said.pictures {
		w.srv.PostPicture(where, from, photographed(w.t, ref))
	}
	if said.text == "" {
		return len(said.pictures)
	}
	if said.mention {
		said.text = "@督办\u2005" + said.text
	}
	w.srv.PostText(where, from, said.text)
	return len(said.pictures) + 1
}

func (w *weChatTown) sights() (all []sight) {
	for _, m := range w.srv.Sent() {
		s := sight{text: m.Text, data: m.Data}
		switch m.Kind {
		case 3:
			s.text, s.file = "", "图"
		case 6:
			s.file = "文件 " + m.Title
		}
		for id, p := range w.people {
			if m.To == wechattest.Conversation(p) {
				s.where = chat.PrivateKey(id)
			}
		}
		for id, g := range w.groups {
			if m.To == wechattest.Conversation(g) {
				s.where = id
			}
		}
		all = append(all, s)
	}
	return all
}

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
		items := []map[string]any{{"msgtype": "text", "text": map[string]string{"content": "@督办 "}}}
		items = append(append(items, shown...), map[string]any{"msgtype": "text", "text": map[string]string{"content": said.text}})
		body["msgtype"], body["mixed"] = "mixed", map[string]any{"msg_item": items}
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
