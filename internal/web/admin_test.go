package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"duban/internal/chat"
	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// contains checks what a page says and does not say; words with a minus in front must not be there.
func contains(t *testing.T, page string, words ...string) {
	t.Helper()
	for _, w := range words {
		gone, not := strings.CutPrefix(w, "-")
		if not && strings.Contains(page, gone) || !not && !strings.Contains(page, w) {
			t.Errorf("%q in %s", w, page)
		}
	}
}

func TestJobsPage(t *testing.T) {
	b := newBoard(t)
	lost, done := storetest.At(t, "2026-11-23 18:00"), storetest.At(t, "2026-11-24 18:00")
	storetest.Write(t, b.store, b.now, func(tx *store.Tx) error {
		for slot, result := range map[time.Time]string{lost: store.RunFailed, done: store.RunDone} {
			if _, err := tx.ClaimRun("summary", slot, result, "panic: nil map"); err != nil {
				return err
			}
		}
		return nil
	})
	again := fmt.Sprintf("/jobs/summary/%d/again", lost.Unix())
	office := b.as("chen_jing")
	_, page := office.get("/jobs")
	contains(t, page, "日报", "失败", "程序内部出错", "完成", `href="`+again+`"`, fmt.Sprintf("-%d/again", done.Unix()), "催办提醒")
	_, page = office.get(again)
	contains(t, page, "11-23 18:00 的日报", "领导群", "-补发") // what failed did not go out, and a digest cannot be sent again
	form := office.form(again)
	for range 2 { // pressed twice
		status, next := office.submit(again, form)
		if status != http.StatusSeeOther {
			t.Fatalf("run again: %d %s", status, next)
		}
		contains(t, office.follow(next), "已重跑：日报（11-23 18:00）")
	}
	if got := strings.Join(b.lender.again, ","); got != "summary 11-23 10:00" || b.lender.poked == 0 {
		t.Errorf("ran %q, poked %d", got, b.lender.poked)
	}
	if status, said := office.submit(again, office.form(again)); status != http.StatusBadRequest || !strings.Contains(said, "没有失败或错过") {
		t.Errorf("another form: %d %s", status, said)
	}
	if status, _ := office.get("/jobs/reminders/1/again"); status != http.StatusNotFound {
		t.Errorf("a sparse job is offered: %d", status)
	}
	_, audit := b.as("wu_di").get("/audit")
	contains(t, audit, "重跑定时任务", "日报 11-23 18:00", "陈静")
}

func TestCauseOfRun(t *testing.T) {
	for note, want := range map[string]string{
		"存放备份的磁盘满了，请清理磁盘": "存放备份的磁盘满了，请清理磁盘", "commit: database is locked": "数据库被别的程序占用", "whatever": "没有做完，详情在日志里", "": "没有做完，详情在日志里",
	} {
		if got := causeOfRun(note); got != want {
			t.Errorf("%q: %q", note, got)
		}
	}
}

// A run by hand that fails says why, and leaves the slot as it was.
func TestJobFailsAgain(t *testing.T) {
	b := newBoard(t)
	lost := storetest.At(t, "2026-11-23 18:00")
	storetest.Write(t, b.store, b.now, func(tx *store.Tx) error {
		_, err := tx.ClaimRun("summary", lost, store.RunMissed, "程序未运行")
		return err
	})
	b.lender.broken = errBroken
	again := fmt.Sprintf("/jobs/summary/%d/again", lost.Unix())
	page := b.as("chen_jing").press(again, again)
	contains(t, page, "日报没有做完：磁盘满了", "错过", `href="`+again+`"`)
}

// letters queues messages and gives their ids by their words.
func (b *board) letters() map[string]int64 {
	b.t.Helper()
	ids := map[string]int64{}
	storetest.Write(b.t, b.store, b.now, func(tx *store.Tx) error {
		for _, o := range []store.Out{
			{To: store.ToPerson("li_qiang"), Text: "死一"},
			{To: store.ToPerson("li_qiang"), Text: "死二\n第二行"},
			{To: store.ToChat("gone"), Text: "重试"},
			{To: store.ToPerson("liu_jian"), Text: "静默", HeldUntil: b.now.Add(time.Hour)},
			{To: store.ToPerson("liu_jian"), Text: "排队"},
		} {
			if err := tx.Send(o); err != nil {
				return err
			}
		}
		list, err := tx.Outbox(store.OutQueued, 100)
		if err != nil {
			return err
		}
		for _, o := range list {
			first, _, _ := strings.Cut(o.Text, "\n")
			ids[first] = o.ID
			switch {
			case strings.HasPrefix(o.Text, "死"):
				o.Route = "wecom"
				err = tx.Bury(o, "wechat: send: refused")
			case o.Text == "重试":
				err = tx.Postpone(o, b.now.Add(time.Minute), "chat/gone is bound on no channel")
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return ids
}

// state is how it stands with a message.
func (b *board) state(id int64) string {
	b.t.Helper()
	var out string
	storetest.Read(b.t, b.store, b.now, func(tx *store.Tx) error {
		o, found, err := tx.Outgoing(id)
		if !found {
			b.t.Fatalf("message %d is gone", id)
		}
		out = o.State
		return err
	})
	return out
}

func TestOutboxPage(t *testing.T) {
	b := newBoard(t)
	ids := b.letters()
	office := b.as("chen_jing")
	_, page := office.get("/outbox")
	contains(t, page, "没有送到（2 条）", "李强（私聊）", "死二 …", "对方网络没有收下", "试了 1 次（走企业微信）", "正在重试", "试了 1 次：没有绑定", "没有绑定：请先绑定", "静默", "排队", "-第二行", "gone（配置里已没有这个群）")

	path := fmt.Sprintf("/outbox/%d/resend", ids["死一"])
	form := office.form("/outbox")
	status, next := office.submit(path, form)
	if status != http.StatusSeeOther || b.state(ids["死一"]) != store.OutQueued || b.lender.poked != 1 {
		t.Fatalf("resend: %d %s, poked %d", status, next, b.lender.poked)
	}
	storetest.Write(t, b.store, b.now, func(tx *store.Tx) error { return tx.MarkSent(ids["死一"]) })
	if _, second := office.submit(path, form); second != next {
		t.Errorf("the second click leads to %s, the first to %s", second, next)
	}
	if status, said := office.submit(path, office.form("/outbox")); status != http.StatusBadRequest || !strings.Contains(said, "可能刚刚发出") || b.state(ids["死一"]) != store.OutSent {
		t.Errorf("what was sent meanwhile: %d %s %s", status, said, b.state(ids["死一"]))
	}
	drop := fmt.Sprintf("/outbox/%d/drop", ids["重试"])
	contains(t, office.press(drop, drop), "已丢弃", "-正在重试")
	if got := b.state(ids["重试"]); got != store.OutDropped {
		t.Errorf("dropped: %s", got)
	}
	for _, id := range []int64{ids["排队"], ids["静默"]} { // what goes its way by itself is left alone
		if status, _ := office.submit(fmt.Sprintf("/outbox/%d/drop", id), office.form("/outbox")); status != http.StatusBadRequest || b.state(id) != store.OutQueued {
			t.Errorf("dropping what waits: %d", status)
		}
	}
	_, audit := b.as("wu_di").get("/audit")
	contains(t, audit, "丢弃消息", "重发消息", "李强（私聊）：死一")
}

// What dies while somebody looks at the question is not meant by the answer.
func TestAllDeadLetters(t *testing.T) {
	for act, want := range map[string]string{"resend": store.OutQueued, "drop": store.OutDropped} {
		b := newBoard(t)
		ids := b.letters()
		office := b.as("chen_jing")
		path := "/dead/" + act
		_, page := office.get(path)
		contains(t, page, "2 条", fmt.Sprintf(`name="through" value="%d"`, ids["死二"]))
		form := office.form(path)
		storetest.Write(t, b.store, b.now, func(tx *store.Tx) error {
			o, _, err := tx.Outgoing(ids["排队"])
			if err != nil {
				return err
			}
			return tx.Bury(o, "late")
		})
		status, next := office.submit(path, form, fmt.Sprintf("through=%d", ids["死二"]))
		if status != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", act, status, next)
		}
		contains(t, office.follow(next), "2 条已")
		if b.state(ids["死一"]) != want || b.state(ids["死二"]) != want || b.state(ids["排队"]) != store.OutDead {
			t.Errorf("%s: %s %s %s", act, b.state(ids["死一"]), b.state(ids["死二"]), b.state(ids["排队"]))
		}
	}
}

func TestPeoplePage(t *testing.T) {
	b := newBoard(t)
	b.policy.Reg.Chats = []issue.Chat{{ID: "inspect", Name: "督查群"}}
	storetest.Write(t, b.store, b.now.Add(-time.Hour), func(tx *store.Tx) error {
		for _, p := range []store.PersonBinding{
			{Channel: "wechat", Session: "before", Sender: "@a", Person: "li_qiang", How: "code"},
			{Channel: "wechat", Session: "now", Sender: "@b", Person: "li_qiang", How: "remark"},
			{Channel: "wechat", Session: "before", Sender: "@c", Person: "wang_fang", How: "code"},
		} {
			if err := tx.BindPerson(p); err != nil {
				return err
			}
		}
		return tx.BindChat(store.ChatBinding{Channel: "wechat", Chat: "inspect", Session: "now", Conversation: "@@1", Name: "督查工作群"}, "chen_jing")
	})
	b.lender.heard["wang_fang"] = b.now.Add(-time.Minute)
	office := b.as("chen_jing")
	_, page := office.get("/people")
	contains(t, page, "已绑定 2 人", "李强", "昭阳街道", "手机备注名", "（以前的登录）", "督查工作群", "王芳、陈静", "由管理员办理绑定")
	_, found := office.get("/people?q=" + "李强")
	contains(t, found, `action="/people/li_qiang/code"`, `-action="/people/zhang_min/code"`)
	_, found = office.get("/people?show=unbound")
	contains(t, found, `-action="/people/li_qiang/code"`, `action="/people/zhang_min/code"`)

	status, next := office.submit("/people/li_qiang/code", office.form("/people"))
	if status != http.StatusSeeOther {
		t.Fatalf("code: %d %s", status, next)
	}
	code := office.follow(next)
	contains(t, code, "李强 的绑定码", "24 小时内有效", "绑定 ")
	_, after, _ := strings.Cut(code, "这一句：\n绑定 ")
	word, _, _ := strings.Cut(after, "<")
	storetest.Write(t, b.store, b.now, func(tx *store.Tx) error {
		if id, ok, err := tx.UseCode(store.CodePerson, word); id != "li_qiang" || !ok || err != nil {
			t.Errorf("the code %q is for %q: %v %v", word, id, ok, err)
		}
		return nil
	})
	contains(t, office.follow(next), "-的绑定码") // shown once
	unbind := "/people/li_qiang/unbind/wechat"
	contains(t, office.press(unbind, unbind), "李强 已解除绑定", "已绑定 1 人")
	unbind = "/chats/inspect/unbind/wechat"
	contains(t, office.press(unbind, unbind), "“督查群” 已解除绑定", "-督查工作群")
	if b.lender.rebound != 2 {
		t.Errorf("the program read the bindings %d times", b.lender.rebound)
	}
	contains(t, office.press("/people", "/chats/inspect/code"), "督查群 的绑定码", "绑定本群 ")
	_, audit := b.as("wu_di").get("/audit")
	contains(t, audit, "解除人员绑定", "李强 微信", "解除群绑定", "督查群 微信", "生成绑定码", "-"+word, "-wechat")
}

// Whoever has a person's code becomes that person: the office makes none for those who have rights that it has not.
func TestCodesGiveNoRights(t *testing.T) {
	b := newBoard(t)
	office, admin := b.as("chen_jing"), b.as("wu_di")
	for _, person := range []string{"wu_di", "liu_jian", "xie_lan", "chen_jing"} {
		for _, path := range []string{"/people/" + person + "/code", "/people/" + person + "/unbind/wechat"} {
			if status, _ := office.submit(path, office.form("/people")); status != http.StatusForbidden {
				t.Errorf("the office, %s: %d", path, status)
			}
		}
		if status, _ := admin.submit("/people/"+person+"/code", admin.form("/people")); status != http.StatusSeeOther {
			t.Errorf("the administrator, %s: %d", person, status)
		}
	}
}

func TestChannelsPage(t *testing.T) {
	b := newBoard(t)
	admin := b.as("wu_di")
	_, page := admin.get("/channels")
	contains(t, page, "微信", "等待扫码", "/channels/wechat/qr.png", "-login.example", `http-equiv="refresh"`)
	status, png := admin.get("/channels/wechat/qr.png")
	if status != http.StatusOK || !strings.HasPrefix(png, "\x89PNG") {
		t.Errorf("the code: %d", status)
	}
	for _, person := range []string{"chen_jing", "liu_jian", "li_qiang"} {
		if status, body := b.as(person).get("/channels/wechat/qr.png"); status != http.StatusForbidden || strings.Contains(body, "PNG") {
			t.Errorf("%s: %d", person, status)
		}
	}
	b.lender.channels[0].State, b.lender.channels[0].QR = chat.StateOnline, ""
	_, page = admin.get("/channels")
	contains(t, page, "在线", "-qr.png", `-http-equiv="refresh"`)
	if status, _ := admin.get("/channels/wechat/qr.png"); status != http.StatusNotFound {
		t.Errorf("no code waits: %d", status)
	}
}

// Forms without their number do nothing, and a refused form may be sent again.
func TestForms(t *testing.T) {
	b := newBoard(t)
	ids := b.letters()
	office := b.as("chen_jing")
	path := fmt.Sprintf("/outbox/%d/resend", ids["死一"])
	for _, form := range []string{"", "short", strings.Repeat("A", 100)} {
		if status, _ := office.submit(path, form); status != http.StatusBadRequest || b.state(ids["死一"]) != store.OutDead {
			t.Errorf("form %q: %d", form, status)
		}
	}
	form := office.form("/outbox")
	other := b.as("xie_lan")
	_, next := office.submit(path, form)
	if status, page := other.get(next); status != http.StatusOK || strings.Contains(page, "已重新排队") {
		t.Errorf("another's outcome is told: %d", status)
	}
	contains(t, office.follow(next), "已重新排队")
}
