package bot

import (
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/handlers"
	"duban/internal/chat"
	"duban/internal/config"
	"duban/internal/issue"
	"duban/internal/store"
)

// wild is a bot on a network that says nothing certain about who somebody is, but keys that hold for one login.
type wild struct {
	*testing.T
	bot     *Bot
	net     *fakeNet
	session string
	n       int
}

var (
	workGroup = chat.Conversation{Key: "@@g1", Name: "创城督查工作群"}
	private   = chat.Conversation{Key: "@p", Private: true}

	jing  = chat.Sender{Key: "@jing", Name: "静静", Remark: "陈静"}
	zhang = chat.Sender{Key: "@zhang", Name: "小张", Remark: "张敏"}
	qiang = chat.Sender{Key: "@qiang", Name: "强哥", Remark: "李强"}
	mask  = chat.Sender{Key: "@mask", Name: "张敏", Card: "张敏"} // a name is all that anybody can take
)

func newWild(t *testing.T, change func(*config.Config)) *wild {
	t.Helper()
	cfg := talkConfig(t, t.TempDir())
	if change != nil {
		change(cfg)
	}
	net := &fakeNet{name: "net", members: map[string][]chat.Sender{}}
	b := openBot(t, cfg, morning(t), net)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return &wild{T: t, bot: b, net: net, session: "s1"}
}

// bound is a wild world in which the office has bound the work group.
func bound(t *testing.T, change func(*config.Config)) *wild {
	t.Helper()
	w := newWild(t, change)
	w.says(jing, workGroup, "绑定本群 创城督查工作群", "本群已绑定为“创城督查工作群”。发「帮助」看能做什么")
	return w
}

// hear gives what the bot said to a message, as "conversation: text".
func (w *wild) hear(from chat.Sender, in chat.Conversation, text string) []string {
	w.Helper()
	before := len(w.net.arrived())
	w.n++
	m := chat.Message{Channel: "net", Session: w.session, ID: fmt.Sprint(w.n), Conversation: in, From: from}
	m.Text, m.Mentioned = strings.CutPrefix(text, "@督办 ")
	if !m.Mentioned {
		m.Text = text
	}
	if err := w.bot.Receive(w.Context(), m); err != nil {
		w.Fatal(err)
	}
	settle(w.T, w.bot)
	return w.net.arrived()[before:]
}

// says expects one answer in the same conversation that contains a text; "" expects silence.
func (w *wild) says(from chat.Sender, in chat.Conversation, text, want string) {
	w.Helper()
	got := w.hear(from, in, text)
	if want == "" {
		if len(got) > 0 {
			w.Errorf("to %q the bot said %q", text, got)
		}
		return
	}
	if len(got) == 0 || !strings.HasPrefix(got[0], in.Key+": ") || !strings.Contains(got[0], want) {
		w.Errorf("to %q the bot said %q, want %q in %s", text, got, want, in.Key)
	}
}

// code makes a one-time code.
func (w *wild) code(kind, subject string, valid time.Duration) (code string) {
	w.Helper()
	write(w.T, w.bot, func(tx *store.Tx) (err error) {
		code, err = tx.NewCode(kind, subject, valid)
		return err
	})
	return code
}

// TestRemarkBinds: whom the bot's phone knows under a name is that person, everywhere in this login and only in it.
func TestRemarkBinds(t *testing.T) {
	w := bound(t, nil)
	w.says(qiang, workGroup, "我是谁", "您是李强，昭阳街道（联络员）")
	w.says(chat.Sender{Key: "@qiang", Name: "改了名", Card: "路人"}, workGroup, "我是谁", "您是李强，昭阳街道")
	w.says(chat.Sender{Key: "@qiang"}, private, "我是谁", "您是李强，昭阳街道")
	w.says(chat.Sender{Key: "@other", Remark: "王五"}, private, "我是谁", "还不认识您")
	w.session = "s2"
	w.says(chat.Sender{Key: "@qiang"}, private, "我是谁", "还不认识您")
	w.says(chat.Sender{Key: "@qiang2", Remark: "李强"}, private, "我是谁", "您是李强，昭阳街道")
}

// TestSameName: two people of the register with one name are nobody, by the remark and by the card.
func TestSameName(t *testing.T) {
	w := bound(t, func(c *config.Config) { c.Identity = config.IdentityGroupCard })
	reg := *w.bot.edition().world.Reg
	reg.People = append(slices.Clone(reg.People), issue.Person{ID: "li_qiang_2", Name: "李强", Unit: "linhu"})
	change(w.bot, func(e *edition) { e.world = handlers.NewWorld(&reg, e.world.Cal) })
	w.says(qiang, workGroup, "我是谁", "还不认识您。请向创城办要绑定码")
	w.net.members["@@g1"] = []chat.Sender{{Key: "@card", Card: "李强"}}
	w.says(chat.Sender{Key: "@card", Card: "李强"}, workGroup, "上报 金水湾小区垃圾", "还不认识您，不能用「上报」")
}

// TestForgedNames: nickname and card give nothing.
func TestForgedNames(t *testing.T) {
	w := bound(t, nil)
	w.says(zhang, workGroup, "上报 金水湾小区垃圾桶满溢", "已立案 #1")
	for _, text := range []string{"通过 1", "上报 金水湾小区垃圾", "查 1", "我的", "撤回 1", "排名"} {
		w.says(mask, workGroup, text, "还不认识您，不能用「"+strings.Fields(text)[0]+"」")
	}
	w.says(mask, workGroup, "绑定本群 创城督查工作群", "绑定本群只能由创城办、管理员操作，或使用绑定码")
	w.says(mask, private, "通过 1", "还不认识您，不能用「通过」")
	if issues, _ := counted(t, w.bot); issues != 1 {
		t.Errorf("%d issues", issues)
	}
}

// TestGroupCard: where the administrators allow it, an exact card that one member bears may report, sign and complete, and
// nothing for which a role is needed.
func TestGroupCard(t *testing.T) {
	w := bound(t, func(c *config.Config) { c.Identity = config.IdentityGroupCard })
	li := chat.Sender{Key: "@li", Name: "昵称", Card: "李强"}
	inspector, office := mask, chat.Sender{Key: "@office", Card: "陈静"}
	w.net.members["@@g1"] = []chat.Sender{li, inspector, office, {Key: "@z", Name: "路人"}}
	w.says(inspector, workGroup, "上报 南门菜场门口车辆乱停", "已立案 #1")
	w.says(inspector, workGroup, "改派 1 昭阳街道", "限创城办使用")
	w.says(office, workGroup, "改派 1 昭阳街道", "凭群名片不能改派。请先发「绑定 绑定码」")
	w.says(jing, workGroup, "改派 1 昭阳街道", "#1 已改派 → 昭阳街道 李强")
	w.says(inspector, workGroup, "更正 1 类别 公共设施", "凭群名片不能更正")
	w.says(office, workGroup, "更正 1 单位 住建局", "凭群名片不能更正")
	w.says(office, workGroup, "延期 1 到2026-12-30 缺货", "凭群名片不能延期")
	w.says(li, workGroup, "答复 1 马上", "凭群名片不能答复")
	w.says(li, workGroup, "签收 1", "#1 李强已签收")
	w.says(li, workGroup, "完成 1 已劝离", "#1 已提交完成")
	w.says(inspector, workGroup, "通过 1", "凭群名片不能通过")
	w.says(inspector, workGroup, "退回 1 没改", "凭群名片不能退回")
	w.says(inspector, workGroup, "日报", "凭群名片不能日报")
	w.says(office, workGroup, "绑定本群 创城办", "绑定本群只能由创城办、管理员操作")
	w.says(li, workGroup, "我是谁", "您是李强，昭阳街道（联络员）（凭群名片识别")
	w.says(li, private, "签收 1", "还不认识您")
	w.says(chat.Sender{Key: "@li", Card: "李 强"}, workGroup, "上报 金水湾小区垃圾", "还不认识您")
	w.net.members["@@g1"] = append(w.net.members["@@g1"], chat.Sender{Key: "@evil", Card: "李强"})
	w.says(li, workGroup, "上报 金水湾小区垃圾", "还不认识您，不能用「上报」。请向创城办要绑定码")
	delete(w.net.members, "@@g1") // a network that cannot say who is in the group
	w.says(inspector, workGroup, "上报 金水湾小区垃圾", "还不认识您")
	if i := one(t, w.bot, 1); i.Status != issue.Submitted {
		t.Errorf("#1 is %s", i.Status)
	}
}

func one(t *testing.T, b *Bot, id int64) (i issue.Issue) {
	t.Helper()
	read(t, b, func(tx *store.Tx) (err error) {
		i, err = tx.Issue(id)
		return err
	})
	return i
}

// TestPersonCode: a code binds the first who sends it, in a work group or in private.
func TestPersonCode(t *testing.T) {
	w := bound(t, nil)
	wang := chat.Sender{Key: "@wang", Name: "小王"}
	code := w.code(store.CodePerson, "wang_fang", time.Hour)
	used := "绑定码不对，或已用过、过期。请向创城办重新要一个"
	w.says(wang, chat.Conversation{Key: "@@other", Name: "业主群"}, "绑定 "+code, "")
	w.says(wang, chat.Conversation{Key: "@@other", Name: "业主群"}, "@督办 绑定 "+code, "请在工作群或私聊里绑定")
	w.says(wang, workGroup, "绑定", "")
	w.says(wang, workGroup, "@督办 绑定", "请写绑定码")
	w.says(wang, workGroup, "绑定本群 "+code, "没有叫这个名字的工作群，也不是有效的绑定码")
	w.says(wang, workGroup, "绑定 "+strings.ToLower(code)+"。", "已绑定：您是王芳，住建局（联络员）")
	w.says(chat.Sender{Key: "@thief"}, workGroup, "绑定 "+code, used)
	w.says(chat.Sender{Key: "@thief"}, workGroup, "我是谁", "还不认识您")
	w.says(wang, private, "我是谁", "您是王芳，住建局")
	w.says(wang, private, "绑定"+w.code(store.CodeChat, "inspect", time.Hour), used)
	w.says(wang, private, "绑定 "+w.code(store.CodePerson, "no_such_person", time.Hour), used)

	late := w.code(store.CodePerson, "li_qiang", time.Hour)
	if err := w.bot.Advance(t.Context(), w.bot.Now().Add(time.Hour+time.Second)); err != nil {
		t.Fatal(err)
	}
	w.says(chat.Sender{Key: "@qiang"}, private, "绑定 "+late, used)
}

var codeIn = regexp.MustCompile(`[2-9A-Z]{8}$`)

// TestNewCode: the code of the command line binds on a running program.
func TestNewCode(t *testing.T) {
	cfg := talkConfig(t, t.TempDir())
	net := &fakeNet{name: "net", members: map[string][]chat.Sender{}}
	w := &wild{T: t, bot: openBot(t, cfg, time.Time{}, net), net: net, session: "s1"}
	defer func() {
		if err := w.bot.Close(); err != nil {
			t.Error(err)
		}
	}()
	log := slog.New(slog.DiscardHandler)
	for _, tt := range []struct{ kind, name, head, verb, answer string }{
		{store.CodeChat, "创城督查工作群", "创城督查工作群 的绑定码（24小时内有效，只能用一次）", "绑定本群 ", "本群已绑定为“创城督查工作群”"},
		{store.CodePerson, "li_qiang", "李强 的绑定码（24小时内有效，只能用一次）", "绑定 ", "已绑定：您是李强"},
		{store.CodePerson, "王芳", "王芳 的绑定码", "绑定 ", "已绑定：您是王芳"},
	} {
		text, err := NewCode(t.Context(), cfg, tt.kind, tt.name, log)
		if err != nil || !strings.HasPrefix(text, tt.head) || !strings.Contains(text, "发："+tt.verb) {
			t.Fatalf("%q %v", text, err)
		}
		w.says(chat.Sender{Key: "@" + tt.name}, workGroup, tt.verb+codeIn.FindString(text), tt.answer)
	}
	for kind, name := range map[string]string{store.CodePerson: "孙悟空", store.CodeChat: "没有的群"} {
		if text, err := NewCode(t.Context(), cfg, kind, name, log); err == nil || !strings.Contains(err.Error(), "配置里没有“"+name+"”") {
			t.Errorf("%q %v", text, err)
		}
	}
}

// TestGroupBinding: the office binds a group by its name, anybody with a code, and nobody else.
func TestGroupBinding(t *testing.T) {
	w := newWild(t, nil)
	w.says(qiang, workGroup, "上报 金水湾小区垃圾", "")
	w.says(qiang, workGroup, "@督办 上报 金水湾小区垃圾", "本群还没有绑定为工作群。请创城办在本群发「绑定本群 群名」")
	for _, who := range []chat.Sender{qiang, zhang, mask, {Key: "@x", Name: "陈静", Card: "陈静"}} {
		w.says(who, workGroup, "绑定本群 创城督查工作群", "绑定本群只能由创城办、管理员操作，或使用绑定码。请联系创城办")
	}
	w.says(jing, workGroup, "绑定本群 督查群", "没有叫这个名字的工作群，也不是有效的绑定码。配置里的工作群有：创城督查工作群、")
	w.says(mask, workGroup, "绑定本群 督查群", "没有叫这个名字的工作群，也不是有效的绑定码。配置里的工作群有：请向创城办查询")
	w.says(jing, private, "绑定本群 创城督查工作群", "绑定本群要在群里发")
	w.says(jing, workGroup, "绑定本群", "请写群名或绑定码")
	w.says(mask, workGroup, "绑定本群 "+w.code(store.CodeChat, "inspect", time.Hour), "本群已绑定为“创城督查工作群”")
	w.says(qiang, workGroup, "上报 金水湾小区垃圾", "已立案 #1")
	// Another group becomes the work group; the first one is none any more.
	second := chat.Conversation{Key: "@@g2", Name: "新群"}
	w.says(jing, second, "绑定本群 “创城督查工作群”", "本群已绑定为“创城督查工作群”")
	w.says(qiang, second, "查 1", "#1 待签收")
	w.says(qiang, workGroup, "查 1", "")
}

// TestNewLogin: after a login all keys are new. A group is known again by its last name and an officer in it; a group that
// only took the name is answered where it is, and what waits for the real one does not go there.
func TestNewLogin(t *testing.T) {
	w := bound(t, nil)
	w.says(zhang, workGroup, "上报 金水湾小区垃圾桶满溢", "已立案 #1")
	w.session = "s2"
	forged := chat.Conversation{Key: "@@forged", Name: "创城督查工作群"}
	again := chat.Conversation{Key: "@@g1-s2", Name: "创城督查工作群"}
	renamed := chat.Conversation{Key: "@@g1-s2", Name: "别的名字"}
	stranger, officer := chat.Sender{Key: "@a", Name: "陈静", Card: "陈静"}, chat.Sender{Key: "@jing2", Remark: "陈静"}
	inspector := chat.Sender{Key: "@zhang2", Remark: "张敏"}
	w.net.members[forged.Key] = []chat.Sender{stranger, {Key: "@qiang2", Remark: "李强"}}
	w.net.members[again.Key] = []chat.Sender{stranger, officer, inspector}
	w.says(chat.Sender{Key: "@qiang2", Remark: "李强"}, forged, "上报 红星中路站牌破损", "本群还没有绑定为工作群")
	w.says(stranger, forged, "上报 红星中路站牌破损", "还不认识您")
	w.says(inspector, renamed, "上报 红星中路站牌破损", "")
	w.says(inspector, renamed, "@督办 上报 红星中路站牌破损", "本群还没有绑定为工作群")
	write(t, w.bot, func(tx *store.Tx) error { return tx.Send(to("inspect", "【排名】")) })
	settle(t, w.bot)
	if got := w.net.arrived(); strings.Contains(got[len(got)-1], "排名") {
		t.Errorf("sent to a key of the old login: %q", got[len(got)-1])
	}
	got := w.hear(inspector, again, "上报 红星中路站牌破损")
	if len(got) != 2 || got[0] != "@@g1-s2: 【排名】" || !strings.HasPrefix(got[1], "@@g1-s2: 已立案 #2 红星中路站牌破损") {
		t.Errorf("first what waited, then the answer: %q", got)
	}
	w.says(inspector, forged, "上报 红星中路站牌破损", "")
	if issues, _ := counted(t, w.bot); issues != 2 {
		t.Errorf("%d issues", issues)
	}
}

// TestRenamedGroup: a new name within a login changes nothing, and it is the name to be known by after the next login.
func TestRenamedGroup(t *testing.T) {
	w := bound(t, nil)
	renamed := chat.Conversation{Key: workGroup.Key, Name: "创城攻坚群"}
	w.says(zhang, renamed, "上报 金水湾小区垃圾桶满溢", "已立案 #1")
	w.session = "s2"
	officer := chat.Sender{Key: "@jing2", Remark: "陈静"}
	w.net.members["@@n1"], w.net.members["@@n2"] = []chat.Sender{officer}, []chat.Sender{officer}
	w.says(officer, chat.Conversation{Key: "@@n1", Name: workGroup.Name}, "查 1", "")
	w.says(officer, chat.Conversation{Key: "@@n2", Name: renamed.Name}, "查 1", "#1 待签收")
}

// TestRefusedAfterLogin: the answer to a mistake goes to the group that it was made in, also when the group was only just
// known again.
func TestRefusedAfterLogin(t *testing.T) {
	w := bound(t, nil)
	w.session = "s2"
	officer := chat.Sender{Key: "@jing2", Remark: "陈静"}
	again := chat.Conversation{Key: "@@n1", Name: workGroup.Name}
	w.net.members[again.Key] = []chat.Sender{officer}
	got := w.hear(officer, again, "查 99")
	if diff := cmp.Diff([]string{"@@n1: 没有 #99 这个问题。发「我的」看您手上的编号"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestBoundAtTheSameTime: where groups are bound at the same time, each of them is known from then on; none is forgotten because another one's
// lane had looked before it was bound and remembers later.
func TestBoundAtTheSameTime(t *testing.T) {
	b := openBot(t, talkConfig(t, t.TempDir()), morning(t))
	t.Cleanup(func() { _ = b.Close() })
	for round := range 100 {
		var lanes sync.WaitGroup
		for lane := range 4 {
			chatID := fmt.Sprint(round, "/", lane)
			lanes.Go(func() {
				write(t, b, func(tx *store.Tx) error {
					return tx.BindChat(store.ChatBinding{Channel: "net", Chat: chatID, Session: "s", Conversation: chatID}, "")
				})
				if err := b.names.reload(t.Context(), b.store); err != nil {
					t.Error(err)
				}
			})
		}
		lanes.Wait()
		for lane := range 4 {
			if _, known := b.names.chatOn("net", fmt.Sprint(round, "/", lane)); !known {
				t.Fatalf("round %d: group %d is not known", round, lane)
			}
		}
	}
}
