package wechat

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
	"duban/internal/chat/wechat/wechattest"
)

// TestWhatArrives posts one of everything and looks at what the program is told.
func TestWhatArrives(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		zhang := w.srv.AddFriend("小张", "张敏")
		group := w.srv.AddGroup("工作群", true, zhang, w.srv.AddPerson("督办2"))
		group.SetCard(w.srv.Bot(), "督查机器人")
		r := w.online()
		type seen struct {
			Text      string
			Mentioned bool
			Quote     *chat.Quote
			Pictures  int
			Private   bool
		}
		steps := []struct {
			post func() string
			want seen
		}{
			{func() string { return w.srv.PostText(zhang, zhang, "我的") }, seen{Text: "我的", Private: true}},
			{func() string { return w.srv.PostText(group, zhang, "@督办\u2005完成 17") }, seen{Text: "完成 17", Mentioned: true}},
			{func() string { return w.srv.PostText(group, zhang, "@督查机器人\u2005完成 17") }, seen{Text: "完成 17", Mentioned: true}},
			{func() string { return w.srv.PostText(group, zhang, "@督办2\u2005hi") }, seen{Text: "@督办2 hi"}},
			{
				func() string { return w.srv.PostQuote(group, zhang, "督办", "#17 金水湾小区", "完成") },
				seen{Text: "完成", Quote: &chat.Quote{Author: "督办", Text: "#17 金水湾小区", FromBot: true}},
			},
			{
				func() string { return w.srv.PostQuote(group, zhang, "督查机器人", "#17 @督办\u2005", "完成") },
				seen{Text: "完成", Quote: &chat.Quote{Author: "督查机器人", Text: "#17 @督办\u2005", FromBot: true}},
			},
			{
				func() string {
					return w.srv.PostQuoteXML(group, zhang, "7001", "督办", "#17 <金水湾>", "@督办\u2005完成\n谢谢")
				},
				seen{Text: "完成\n谢谢", Mentioned: true, Quote: &chat.Quote{ID: "7001", Author: "督办", Text: "#17 <金水湾>", FromBot: true}},
			},
			{
				func() string { return w.srv.PostLocation(group, zhang, "金水湾小区") },
				seen{Text: "金水湾小区:\n/cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg?url=xxx&msgid=1&pictype=location"},
			},
			{func() string { return w.srv.PostPicture(group, zhang, png) }, seen{Pictures: 1}},
			{func() string {
				return w.srv.PostContent(group, zhang, `清单:<br/>1. 灯 <span class="emoji emoji1f1e81f1f3"></span> A&amp;B`)
			}, seen{Text: "清单:\n1. 灯 🇨🇳 A&B"}},
		}
		for i, step := range steps {
			id := step.post()
			got := r.received(i + 1)[i]
			if diff := cmp.Diff(step.want, seen{got.Text, got.Mentioned, got.Quote, len(got.Pictures), got.Conversation.Private}); diff != "" || got.ID != id {
				t.Errorf("step %d (%s, %s): %s", i, id, got.ID, diff)
			}
			if got.From.Remark != "张敏" || got.From.Key != zhang.Key() {
				t.Errorf("step %d: from %+v", i, got.From)
			}
		}
		r.quit()
	})
}

// TestTypeGate posts what nobody writes to the bot: none of it is delivered and none of it crashes anything.
func TestTypeGate(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		zhang := w.srv.AddFriend("小张", "张敏")
		mp := w.srv.AddMP("兴安发布")
		group := w.srv.AddGroup("工作群", true, zhang)
		bot := w.srv.Bot()
		r := w.online()
		w.srv.PostStatusNotify(group)
		w.srv.PostKind(group, nil, 9999, "", nil)
		w.srv.PostSystem(group, "你邀请了张三加入了群聊")
		w.srv.PostSystem(zhang, "收到红包，请在手机上查看")
		w.srv.PostText(group, bot, "手机上自己发的 @督办")
		w.srv.PostText(zhang, bot, "手机上自己发的")
		w.srv.PostText(mp, mp, "今日要闻")
		w.srv.PostKind(group, zhang, 10002, wechattest.Escape("<sysmsg type=\"revokemsg\"></sysmsg>"), nil)
		w.srv.PostKind(group, zhang, 34, "<msg/>", map[string]any{"VoiceLength": 3000})
		w.srv.PostKind(group, zhang, 47, "<msg/>", nil)
		w.srv.PostKind(group, zhang, 49, "not xml &lt;", map[string]any{"AppMsgType": 57})
		w.srv.PostKind(group, nil, 1, "没有发送人", nil)
		w.srv.PostKind(group, zhang, 1, "没有编号", map[string]any{"MsgId": "", "NewMsgId": 0})
		w.srv.PostText(group, zhang, "完")
		r.received(1)
		if diff := cmp.Diff([]string{"完"}, r.inbox.texts()); diff != "" {
			t.Error(diff)
		}
		if n := w.srv.Count("webwxinit"); n != 1 {
			t.Errorf("%d sessions", n)
		}
		for range 5 {
			time.Sleep(2 * time.Minute)
			w.srv.PostText(mp, mp, "今日要闻")
		}
		if n := w.srv.Count("webwxgetcontact"); n != 2 || len(r.inbox.all()) != 1 {
			t.Errorf("%d questions about a public account, %d messages", n, len(r.inbox.all()))
		}
		r.quit()
	})
}

// TestRenamesAreSeen: the library throws changed contacts away and never learns of a rename.
func TestRenamesAreSeen(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		zhang := w.srv.AddFriend("小张", "")
		wang := w.srv.AddPerson("老王")
		group := w.srv.AddGroup("旧群名", true, zhang)
		r := w.online()
		say := func(p *wechattest.Person) chat.Message {
			n := len(r.inbox.all())
			w.srv.PostText(group, p, "在")
			return r.received(n + 1)[n]
		}
		if m := say(zhang); m.Conversation.Name != "旧群名" || m.From.Name != "小张" || m.From.Remark != "" {
			t.Errorf("%+v", m)
		}
		group.Rename("新群名")
		zhang.Rename("大张")
		zhang.SetRemark("张敏")
		if m := say(zhang); m.Conversation.Name != "新群名" || m.From.Name != "大张" || m.From.Remark != "张敏" {
			t.Errorf("%+v", m)
		}
		time.Sleep(time.Minute)
		group.SetCard(wang, "王磊（住建局）")
		group.Join(wang)
		if m := say(wang); m.From.Card != "王磊（住建局）" || m.From.Name != "老王" {
			t.Errorf("%+v", m)
		}
		time.Sleep(time.Minute)
		group.SetCard(zhang, "督查员张敏")
		w.srv.PostSystem(group, "有人修改了什么")
		if m := say(zhang); m.From.Card != "督查员张敏" {
			t.Errorf("%+v", m)
		}
		zhang.Unfriend()
		if m := say(zhang); m.From.Remark != "" {
			t.Errorf("%+v", m)
		}
		r.quit()
	})
}

// TestNamesSayNothing: whoever is mentioned has a name, and the name is no word of the one who mentions them.
func TestNamesSayNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		zhang, evil, other := w.srv.AddFriend("小张", "张敏"), w.srv.AddPerson("小王，通过 17"), w.srv.AddPerson("老李")
		group := w.srv.AddGroup("工作群", true, zhang, evil, other)
		group.SetCard(other, "李\n通过 18")
		r := w.online()
		w.srv.PostText(group, zhang, "退回 5 没改，@小王，通过 17\u2005@李\n通过 18\u2005抓紧")
		if m := r.received(1)[0]; m.Text != "退回 5 没改，@小王_通过_17 @李_通过_18 抓紧" {
			t.Errorf("%q", m.Text)
		}
		r.quit()
	})
}

// TestRemarksMustBeUnique: two friends with one remark have none, until one of them is gone; and a remark of the bot's own
// account is nobody's.
func TestRemarksMustBeUnique(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.srv.AddFriend("甲", "张敏"), w.srv.AddFriend("乙", "张敏")
		w.srv.Bot().SetRemark("李强")
		c := w.srv.AddFriend("丙", "李强")
		r := w.online()
		remark := func(p *wechattest.Person) string {
			n := len(r.inbox.all())
			w.srv.PostText(p, p, "我是谁")
			return r.received(n + 1)[n].From.Remark
		}
		if got := remark(a) + remark(b); got != "" {
			t.Errorf("a shared remark is told: %q", got)
		}
		if got := remark(c); got != "李强" {
			t.Errorf("the bot's own account counts: %q", got)
		}
		b.SetRemark("张敏2")
		if got := remark(a); got != "张敏" {
			t.Errorf("got %q", got)
		}
		r.quit()
	})
}

func TestMembers(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		zhang, wang := w.srv.AddFriend("小张", "张敏"), w.srv.AddPerson("老王&")
		group := w.srv.AddGroup("工作群", false, zhang, wang)
		group.SetCard(wang, "王磊")
		r := w.online()
		r.until("friends", func() bool { return w.srv.Count("webwxgetcontact") == 2 })
		got, err := r.ch.Members(t.Context(), group.Key())
		if err != nil {
			t.Fatal(err)
		}
		want := []chat.Sender{{Key: zhang.Key(), Name: "小张", Remark: "张敏"}, {Key: wang.Key(), Name: "老王&", Card: "王磊"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if _, err := r.ch.Members(t.Context(), "@@unknown"); err == nil {
			t.Error("an unknown group has members")
		}
		r.quit()
	})
}

// TestContactsAreAskedForRarely: not per message, not for known groups, and with pauses after 1205. Messages go on.
func TestContactsAreAskedForRarely(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		zhang := w.srv.AddFriend("小张", "张敏")
		groups := []*wechattest.Group{w.srv.AddGroup("一群", true, zhang), w.srv.AddGroup("二群", false, zhang)}
		r := w.online()
		for i := range 100 {
			w.srv.PostText(groups[i%2], zhang, fmt.Sprint("@督办 ", i))
		}
		r.received(100)
		if n := w.srv.Count("webwxbatchgetcontact"); n != 2 {
			t.Errorf("%d questions about groups", n)
		}
		if n := w.srv.Count("webwxgetcontact"); n != 2 {
			t.Errorf("%d questions about contacts", n)
		}
		w.srv.Inject("webwxbatchgetcontact", wechattest.Fault{Ret: 1205, Times: 3})
		fresh := w.srv.AddGroup("三群", false, zhang)
		before := w.srv.Count("webwxbatchgetcontact")
		for i := range 40 {
			w.srv.PostText(fresh, zhang, fmt.Sprint("三群 ", i))
			time.Sleep(20 * time.Second)
		}
		got := r.received(140)
		if n := w.srv.Count("webwxbatchgetcontact") - before; n != 4 {
			t.Errorf("%d questions while the server says 1205", n)
		}
		if m := got[100]; m.From.Remark != "张敏" || m.Conversation.Key != fresh.Key() {
			t.Errorf("%+v", m)
		}
		if m := got[139]; m.Conversation.Name != "三群" {
			t.Errorf("%+v", m)
		}
		r.quit()
	})
}

// TestRefusedQuestionsPause: a group whose question fails is not asked for again at once, and after 1205 no other group is
// either.
func TestRefusedQuestionsPause(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		zhang := w.srv.AddFriend("小张", "张敏")
		one, two := w.srv.AddGroup("一群", false, zhang), w.srv.AddGroup("二群", false, zhang)
		r := w.online()
		w.srv.Inject("webwxbatchgetcontact", wechattest.Fault{HTML: 502})
		for i := range 20 {
			w.srv.PostText(one, zhang, fmt.Sprint(i))
		}
		r.received(20)
		if n := w.srv.Count("webwxbatchgetcontact"); n != 1 {
			t.Errorf("%d questions after a failure", n)
		}
		time.Sleep(2 * time.Minute)
		w.srv.Inject("webwxbatchgetcontact", wechattest.Fault{Ret: 1205})
		w.srv.PostText(one, zhang, "一")
		w.srv.PostText(two, zhang, "二")
		r.received(22)
		if n := w.srv.Count("webwxbatchgetcontact"); n != 2 {
			t.Errorf("%d questions after 1205", n)
		}
		time.Sleep(2 * time.Minute)
		w.srv.PostText(two, zhang, "三")
		if m := r.received(23)[22]; m.Conversation.Name != "二群" || w.srv.Count("webwxbatchgetcontact") != 3 {
			t.Errorf("%+v", m)
		}
		r.quit()
	})
}

// TestFirstMessageWaitsForFriends: without the remarks nobody is known, so a refused contact list is waited for a while.
func TestFirstMessageWaitsForFriends(t *testing.T) {
	for _, times := range []int{1, 100} {
		inWorld(t, func(t *testing.T, w *world) {
			zhang := w.srv.AddFriend("小张", "张敏")
			w.srv.Inject("webwxgetcontact", wechattest.Fault{Ret: 1205, Times: times})
			r := w.online()
			w.srv.PostText(zhang, zhang, "我的")
			began := time.Now()
			m := r.received(1)[0]
			d := time.Since(began)
			if times == 1 && m.From.Remark != "张敏" {
				t.Errorf("%+v", m)
			}
			if d < 30*time.Second || d > 3*time.Minute {
				t.Errorf("it took %v", d)
			}
			r.quit()
		})
	}
}

// TestNewFriendIsLearned: somebody who became a friend after the login writes in private.
func TestNewFriendIsLearned(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		r := w.online()
		time.Sleep(2 * time.Minute)
		li := w.srv.AddFriend("老李", "李强")
		w.srv.PostText(li, li, "绑定 123456")
		if m := r.received(1)[0]; m.From.Remark != "李强" || m.Conversation.Name != "老李" {
			t.Errorf("%+v", m)
		}
		r.quit()
	})
}

// TestManyContacts: the time per message must not grow with the contact list, as it does when the library sorts all
// contacts for each message.
func TestManyContacts(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var people []*wechattest.Person
		for i := range 300 {
			people = append(people, w.srv.AddFriend(fmt.Sprint("人", i), fmt.Sprint("备注", i)))
		}
		group := w.srv.AddGroup("大群", true, people...)
		r := w.online()
		for i := range 200 {
			w.srv.PostText(group, people[i], fmt.Sprint("@督办 ", i))
		}
		got := r.received(200)
		for i, m := range got {
			if m.From.Remark != fmt.Sprint("备注", i) || m.Text != fmt.Sprint(i) {
				t.Fatalf("%d: %+v", i, m)
			}
		}
		// The library's own cache of contacts stays as small as the number of groups.
		members, err := r.ch.current.Load().bot.GetCurrentUser()
		if err != nil || !slices.ContainsFunc(w.srv.Requests(), func(q wechattest.Request) bool { return strings.Contains(q.URL, "getcontact") }) {
			t.Fatal(err)
		}
		if all, err := members.Members(); err != nil || len(all) > 2 {
			t.Errorf("the library knows %d contacts, %v", len(all), err)
		}
		r.quit()
	}, wechattest.WithBatch(200))
}

// TestChangedGroupIsAskedForAgain: a changed contact tells that somebody joined or left, but not reliably who is there now.
func TestChangedGroupIsAskedForAgain(t *testing.T) {
	b, now := newContacts(), time.Now()
	group := contact{UserName: "@@g", NickName: "群", MemberList: []json.RawMessage{[]byte(`{"UserName":"@a"}`)}}
	b.setGroup(group, now, now.Add(10*time.Second))
	wants := func(after time.Duration) bool {
		_, ok := b.wants("@@g", "@a", now.Add(after), time.Hour, time.Minute)
		return ok
	}
	if wants(time.Minute) {
		t.Error("asked for a fresh group")
	}
	b.modify([]contact{{UserName: "@@g", NickName: "新群"}})
	if wants(5*time.Second) || !wants(time.Minute) || wants(61*time.Second) {
		t.Error("a changed group is asked for once, after a pause")
	}
	if b.groupName("@@g") != "新群" || len(b.members("@@g")) != 1 {
		t.Errorf("%s, %v", b.groupName("@@g"), b.members("@@g"))
	}
}
