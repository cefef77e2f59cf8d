package wechat

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat"
)

func TestCutSender(t *testing.T) {
	tests := []struct{ in, member, rest string }{
		{"@abc:<br/>完成 17", "@abc", "完成 17"},
		{"@abc:<br/>清单:<br/>1. 灯:<br/>2. 路", "@abc", "清单:<br/>1. 灯:<br/>2. 路"},
		{"@abc:<br/>", "@abc", ""},
		{"清单:<br/>1. 灯", "", "清单:<br/>1. 灯"},
		{"@张 三:<br/>x", "", "@张 三:<br/>x"},
		{"@:<br/>x", "", "@:<br/>x"},
		{"", "", ""},
	}
	for _, tt := range tests {
		if m, rest := cutSender(tt.in); m != tt.member || rest != tt.rest {
			t.Errorf("cutSender(%q) = %q, %q", tt.in, m, rest)
		}
	}
}

func TestPlainText(t *testing.T) {
	tests := []struct{ in, want string }{
		{"A&amp;B &lt;3", "A&B <3"},
		{"清单:<br/>1. 灯<br/>2. 路", "清单:\n1. 灯\n2. 路"},
		{"他打的是 &lt;br/&gt;", "他打的是 <br/>"},
		{"&amp;lt;", "&lt;"},
		{`好<span class="emoji emoji1f604"></span>`, "好😄"},
		{`&lt;span class="emoji emoji1f604"&gt;&lt;/span&gt;`, "😄"},
		{`<span class="emoji emoji1f1e81f1f3"></span>加油`, "🇨🇳加油"},
		{`<span class="emoji emoji1f468200d1f469200d1f467"></span>`, "👨\u200d👩\u200d👧"},
		{`<span class="emoji emoji2600fe0f"></span>`, "☀\ufe0f"},
		{`<span class="emoji emoji3120e3"></span>`, "1\u20e3"},
		{`<span class="emoji emojid800"></span>`, "[表情]"},
		{`<span class="emoji emoji1ffff"></span>`, "\U0001ffff"},
		{"a\r\nb", "a\nb"},
	}
	for _, tt := range tests {
		if got := plainText(tt.in); got != tt.want {
			t.Errorf("plainText(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestCutMention(t *testing.T) {
	names := nameList{bot: []string{"督办", "督办小秘书", "A B"}, others: []string{"督办 助手", "督办2", "小王，通过 17", "王\u2005；通过 18"}}
	tests := []struct {
		in, want string
		found    bool
	}{
		{"@督办\u2005完成 17", "完成 17", true},
		{"@督办 完成 17", "完成 17", true},
		{"@督办，完成 17", "，完成 17", true},
		{"完成 17 @督办", "完成 17", true},
		{"完成 @督办\u200517", "完成 17", true},
		{"@督办", "", true},
		{"@督办\n完成 17", "完成 17", true},
		{"＠督办 完成", "完成", true},
		{"@督办小秘书\u2005完成", "完成", true},
		{"@督办 @督办小秘书 完成", "完成", true},
		{"@A B\u2005完成", "完成", true},
		{"你好@督办\u2005完成", "你好完成", true},
		{"@督办2 hi", "@督办2 hi", false},
		{"@督办3 hi", "@督办3 hi", false},
		{"@督办 助手\u2005hi", "@督办_助手 hi", false},
		{"退回 5 没改，@小王，通过 17\u2005快", "退回 5 没改，@小王_通过_17 快", false},
		{"退回 5 没改，@王\u2005；通过 18\u2005@督办 快", "退回 5 没改，@王__通过_18 快", true},
		{"@督办员 hi", "@督办员 hi", false},
		{"@督办_x", "@督办_x", false},
		{"@所有人 开会", "@所有人 开会", false},
		{"督办 完成", "督办 完成", false},
		{"邮箱 a@督办 x", "邮箱 a@督办 x", false},
		{"@李强\u2005 @督办\u2005派单 17", "@李强  派单 17", true},
		{"@", "@", false},
		{"", "", false},
	}
	for _, tt := range tests {
		if got, found := cutMention(tt.in, names); got != tt.want || found != tt.found {
			t.Errorf("cutMention(%q) = %q, %v", tt.in, got, found)
		}
	}
	if got, found := cutMention("@ x", nameList{bot: []string{""}}); got != "@ x" || found {
		t.Errorf("an empty name is mentioned: %q, %v", got, found)
	}
}

func TestCutQuote(t *testing.T) {
	const rule = "\n- - - - - - - - - - - - - - -\n"
	tests := []struct {
		in    string
		quote *chat.Quote
		text  string
	}{
		{"「督办：#17 金水湾小区」" + rule + "完成", &chat.Quote{Author: "督办", Text: "#17 金水湾小区", FromBot: true}, "完成"},
		{"「张敏：在吗」" + rule + "在", &chat.Quote{Author: "张敏", Text: "在吗"}, "在"},
		{"「张敏：第一行\n第二行」" + rule + "两行\n回复", &chat.Quote{Author: "张敏", Text: "第一行\n第二行"}, "两行\n回复"},
		{"「督：办：已立案」" + rule + "好", &chat.Quote{Author: "督：办", Text: "已立案", FromBot: true}, "好"},
		{"「张敏：「督办：#1」" + rule + "完成」" + rule + "看到了", &chat.Quote{Author: "张敏", Text: "「督办：#1」" + rule + "完成"}, "看到了"},
		{"「没有作者」" + rule + "嗯", &chat.Quote{Text: "没有作者"}, "嗯"},
		{"「张敏：在吗」" + "\n- - - - - - - - - - - - - - -", &chat.Quote{Author: "张敏", Text: "在吗"}, ""},
		{"「张敏：在吗」不是引用", nil, "「张敏：在吗」不是引用"},
		{"「张敏：在吗」\n- -\n在", nil, "「张敏：在吗」\n- -\n在"},
		{"普通", nil, "普通"},
	}
	for _, tt := range tests {
		quote, text := cutQuote(tt.in, []string{"督办", "督：办"})
		if diff := cmp.Diff(tt.quote, quote); diff != "" || text != tt.text {
			t.Errorf("cutQuote(%q): text %q\n%s", tt.in, text, diff)
		}
	}
}

func TestReadReply(t *testing.T) {
	xml := func(kind, refer string) string {
		return `<?xml version="1.0" encoding="gbk"?><msg><appmsg appid=""><title>完成 &amp; 谢谢</title><type>` + kind + `</type>` + refer + `</appmsg></msg>`
	}
	refer := func(kind, content string) string {
		return "<refermsg><type>" + kind + "</type><svrid>9007199254740993</svrid><displayname>督办</displayname><content>" + content + "</content></refermsg>"
	}
	tests := []struct {
		name, in string
		text     string
		ok       bool
	}{
		{"text", xml("57", refer("1", "#17 <![CDATA[<金水湾>]]>")), "#17 <金水湾>", true},
		{"picture", xml("57", refer("3", "&lt;msg&gt;&lt;img/&gt;&lt;/msg&gt;")), "[图片]", true},
		{"reply to a reply", xml("57", refer("49", "&lt;msg&gt;&lt;appmsg&gt;&lt;title&gt;好的&lt;/title&gt;&lt;/appmsg&gt;&lt;/msg&gt;")), "好的", true},
		{"link", xml("5", ""), "", false},
		{"no reference", xml("57", ""), "", false},
		{"broken", "<msg><appmsg><title>", "", false},
		{"empty", "", "", false},
	}
	for _, tt := range tests {
		quote, title, ok := readReply(tt.in, []string{"督办"})
		if ok != tt.ok {
			t.Errorf("%s: %v", tt.name, ok)
			continue
		}
		want := &chat.Quote{ID: "9007199254740993", Author: "督办", Text: tt.text, FromBot: true}
		if ok && (title != "完成 & 谢谢" || cmp.Diff(want, quote) != "") {
			t.Errorf("%s: %q %s", tt.name, title, cmp.Diff(want, quote))
		}
	}
}

// FuzzContent feeds raw contents through everything that reads them.
func FuzzContent(f *testing.F) {
	for _, s := range []string{
		"@abc:<br/>@督办\u2005完成 17", "「督办：#17」<br/>- - - - - - - - - - - - - - -<br/>完成", "A&amp;B",
		`<span class="emoji emoji1f1e81f1f3"></span>`, `<span class="emoji emoji"></span>`, "&lt;msg&gt;&lt;appmsg&gt;&lt;type&gt;57&lt;/type&gt;",
		"@", "@督办", "「", "「：」\n- - - - -", "\xff@督办\xfe",
	} {
		f.Add(s)
	}
	names := nameList{bot: []string{"督办", "Bot"}, others: []string{"督办2"}}
	f.Fuzz(func(t *testing.T, raw string) {
		member, rest := cutSender(raw)
		if member != "" && member+":<br/>"+rest != raw {
			t.Errorf("cutSender(%q) lost something: %q %q", raw, member, rest)
		}
		text := plainText(rest)
		quote, reply := cutQuote(text, names.bot)
		if quote == nil && reply != text {
			t.Errorf("no quote, but %q became %q", text, reply)
		}
		out, found := cutMention(reply, names)
		if again, _ := cutMention(out, names); len(again) > len(out) {
			t.Errorf("cutMention made %q longer", out)
		}
		if !found && len(out) > len(reply) {
			t.Errorf("cutMention(%q) = %q", reply, out)
		}
		readReply(text, names.bot)
	})
}
