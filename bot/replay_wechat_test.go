package bot

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/chat/wechat"
	"duban/internal/chat/wechat/wechattest"
)

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
	if said.quote != nil {
		w.srv.PostQuote(where, from, said.quote.Author, said.quote.Text, said.text)
	} else {
		w.srv.PostText(where, from, said.text)
	}
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
