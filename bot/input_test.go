package bot

import (
	"strings"
	"testing"
	"unicode/utf8"

	"duban/internal/chat"
)

// TestBadInput: whatever somebody sends, the answer is one Chinese sentence or two that say what to do, and nothing is
// changed (design.md §3).
func TestBadInput(t *testing.T) {
	s := newStage(t, morning(t))
	s.tell("zhang_min", "inspect", "上报 金水湾小区垃圾桶满溢")
	s.tell("zhang_min", "inspect", "上报 红星中路站牌破损")
	issues, events := counted(t, s.bot)
	long := strings.Repeat("金水湾小区三号楼门口的垃圾桶满了没人管", 530) // over 10,000 characters
	list := "上报"
	for range 31 {
		list += "\n金水湾小区3号楼楼道堆放杂物"
	}
	var numbered strings.Builder
	numbered.WriteString("上报")
	for n := range 31 {
		numbered.WriteString("\n" + string(rune('1'+n/10)) + string(rune('0'+n%10)) + "、金水湾小区垃圾")
	}
	for _, tt := range []struct{ who, text, want string }{
		{"zhang_min", "上报 " + long, "一件问题最多 500 字，这件有 10070 字。请写短一些，或分行编号逐件上报"},
		{"zhang_min", numbered.String(), "一条消息最多上报 30 件，这条有 31 件。请分几条发"},
		{"zhang_min", "@督办 " + long, "没看懂。"},
		{"zhang_min", "上报：\u200b\u200e\u202e\ufeff\x00\x07", "没看到问题内容。请写地点和问题"},
		{"zhang_min", "上报 \U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467\ufe0f", "没看到问题内容。请写地点和问题"},
		{"zhang_min", "上报 ……！！。。", "没看到问题内容。请写地点和问题"},
		{"zhang_min", "\u202e上报\u202c：\u200f", "没看到问题内容。请写地点和问题"},
		{"zhang_min", "通过 99", "没有 #99 这个问题。发「我的」看您手上的编号"},
		{"zhang_min", "通过 999999999", "没有 #999999999 这个问题。发「我的」看您手上的编号"},
		{"zhang_min", "@督办 通过 99999999999", "请写明编号。例如：「通过 17」"},
		{"zhang_min", "@督办 通过 0", "请写明编号。例如：「通过 17」"},
		{"zhang_min", "@督办 通过 1-60", "一次最多写 50 个编号"},
		{"zhang_min", "@督办 通过 60-1", "请写明编号。例如：「通过 17」"},
		{"zhang_min", "通过 1-60", "一次最多写 50 个编号。请分几条发"},
		{"li_qiang", "签收#1至#100号", "一次最多写 50 个编号。请分几条发"},
		{"zhang_min", strings.Repeat("通过 99\n", 51), "一条消息最多写 50 条命令，这条有 51 条。请分几条发"},
		{"zhang_min", "退回 1 " + long, "最多写 500 字，这条有 10070 字。请写短一些"},
		{"zhang_min", "通过 1", "#1 待签收，不能通过。您现在可以：当场解决 1、撤回 1"},
		{"wang_fang", "完成 1", "#1 由昭阳街道李强负责，您不能完成。责任单位不对请找创城办改派"},
		{"wang_fang", "签收 1", "#1 由昭阳街道李强负责，您不能签收"},
		{"wang_fang", "通过 1", "「通过」限督查员使用。发「帮助」看您能做什么"},
		{"li_qiang", "派单 1 住建局", "「派单」限创城办使用"},
		{"liu_jian", "撤回 1", "#1 不是您上报的，不能撤回"},
		{"chen_jing", "派单 1 火星局", "没有叫“火星局”的单位"},
		{"chen_jing", "派单 1 " + long, "最多写 500 字"},
		{"chen_jing", "派单 1 " + long[:300], "没有叫“金水湾小区三号楼门口的垃圾桶满了没人管…”的单位"},
		{"chen_jing", "改派 1", "请写明派给哪个单位"},
		{"zhang_min", "@督办 查 " + long, "最多写 500 字"},
		{"zhang_min", "@督办 帮助 " + long, "最多写 500 字"},
		{"zhang_min", "@督办 \x00\x01\x02", "没看懂。发「帮助」看能做什么"},
		{"nobody", "完成 1", "还不认识您，不能用「完成」。请向创城办要绑定码，然后发「绑定 绑定码」"},
		{"nobody", "@督办 " + long, "还不认识您。请向创城办要绑定码"},
	} {
		said := s.hear(tt.who, "inspect", tt.text)
		name := tt.who + ": " + cut(tt.text)
		if len(said) != 1 {
			t.Errorf("%s: %d answers: %q", name, len(said), said)
			continue
		}
		got := said[0]
		if !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: the bot said %q, want %q", name, got, tt.want)
		}
		if strings.Contains(got, "\n") || utf8.RuneCountInString(got) > 120 || !utf8.ValidString(got) {
			t.Errorf("%s: not one sentence: %q", name, got)
		}
	}
	if i, e := counted(t, s.bot); i != issues || e != events {
		t.Errorf("%d issues and %d events became %d and %d", issues, events, i, e)
	}
}

func cut(s string) string {
	if r := []rune(s); len(r) > 30 {
		return string(r[:30]) + "…"
	}
	return s
}

// TestHugeChatter: the bot keeps still however much people write to each other.
func TestHugeChatter(t *testing.T) {
	s := newStage(t, morning(t))
	for _, text := range []string{
		strings.Repeat("大家辛苦了，请各单位按时完成整改任务。", 600), strings.Repeat("完成", 5000), strings.Repeat("17", 5000),
		strings.Repeat("1、", 5000), "通过 1-60岁", "完成 99999999999", strings.Repeat("上报", 5000), strings.Repeat("\n", 10000), "\u202e\u200f",
		strings.Repeat("ｏ", 10000), "上报" + strings.Repeat("ｏ", 10000),
	} {
		if said := s.hear("zhang_min", "inspect", text); len(said) != 0 {
			t.Errorf("to %q the bot said %q", cut(text), said)
		}
	}
}

// TestStrangeCharacters: marks that turn a text around or hide in it do not get into what others read.
func TestStrangeCharacters(t *testing.T) {
	s := newStage(t, morning(t))
	said := s.hear("zhang_min", "inspect", "\u202e上\u200b报\u200f 金水\u200b湾小区\u202e3号楼\x07楼道\x1b[31m堆放杂物\u2066")
	if len(said) != 2 || !strings.HasPrefix(said[0], "已立案 #1 金水湾小区3号楼楼道") {
		t.Fatalf("the bot said %q", said)
	}
	for _, text := range said {
		if strings.ContainsAny(text, "\u202e\u200b\u200f\u2066\x07\x1b") {
			t.Errorf("the bot repeated marks: %q", text)
		}
	}
}

// TestNameInPrivate: in private nobody has to mention the bot, and whoever writes its name is understood.
func TestNameInPrivate(t *testing.T) {
	s := newStage(t, morning(t))
	net := &fakeNet{name: s.Name(), can: s.Can()}
	s.bot.channels = []chat.Channel{net}
	for n, text := range []string{"我的", "@督办 我的", " ＠督办\u2005我的", "@督办我的"} {
		m := said(net.name, n, "li_qiang", chat.PrivateKey("li_qiang"), text)
		m.Conversation.Private = true
		if err := s.bot.Receive(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		settle(t, s.bot)
		if got := net.arrived(); len(got) != n+1 || got[n] != "~li_qiang: 没有待您办理的问题" {
			t.Errorf("%q: %q", text, got)
		}
	}
}
