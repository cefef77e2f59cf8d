package chat

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParseScript(t *testing.T) {
	for name, tc := range map[string]struct {
		in   string
		want []Step
	}{
		"plain":      {"张敏@inspect: 上报 门口", []Step{{Line: 1, Last: 1, Person: "张敏", Chat: "inspect", Text: "上报 门口"}}},
		"full width": {"张敏＠inspect：上报", []Step{{Line: 1, Last: 1, Person: "张敏", Chat: "inspect", Text: "上报"}}},
		"private":    {"张敏@~: 我的", []Step{{Line: 1, Last: 1, Person: "张敏", Private: true, Text: "我的"}}},
		"private at": {"张敏@office~: 我的", []Step{{Line: 1, Last: 1, Person: "张敏", Chat: "office", Private: true, Text: "我的"}}},
		"stranger":   {"路人?@inspect: 完成 1", []Step{{Line: 1, Last: 1, Person: "路人", Stranger: true, Chat: "inspect", Text: "完成 1"}}},
		"mention":    {"a@b: @督办 排名", []Step{{Line: 1, Last: 1, Person: "a", Chat: "b", Mentioned: true, Text: "排名"}}},
		"pictures": {"a@b: 完成 17 [图 x y.jpg][图 scene:垃圾:1:after]", []Step{{
			Line: 1, Last: 1, Person: "a", Chat: "b", Text: "完成 17", Pictures: []string{"x y.jpg", "scene:垃圾:1:after"},
		}}},
		"quote": {"a@b: [引 督办：#17 已立案 [图]] 完成", []Step{{
			Line: 1, Last: 1, Person: "a", Chat: "b", Text: "完成", Quote: &Quote{Author: "督办", Text: "#17 已立案 [图]", FromBot: true},
		}}},
		"quote of a person": {"a@b: [引 张敏: 门口] 收到", []Step{{
			Line: 1, Last: 1, Person: "a", Chat: "b", Text: "收到", Quote: &Quote{Author: "张敏", Text: "门口"},
		}}},
		"lines":                 {"a@b: 上报\n  1、甲\n\n  2、乙", []Step{{Line: 1, Last: 4, Person: "a", Chat: "b", Text: "上报\n1、甲\n\n2、乙"}}},
		"number is not comment": {"a@b: 完成  #17", []Step{{Line: 1, Last: 1, Person: "a", Chat: "b", Text: "完成  #17"}}},
		"comments":              {"\ufeff# 开头\n\na@b: 甲 # 乙   # 丙\r\n", []Step{{Line: 3, Last: 3, Person: "a", Chat: "b", Text: "甲 # 乙"}}},
		"expectation": {"督办@b> 已立案 #1  # 甲\n  第二行\n督办@li~> 好", []Step{
			{Kind: StepExpect, Line: 1, Last: 2, Person: "督办", Chat: "b", Text: "已立案 #1  # 甲\n第二行"},
			{Kind: StepExpect, Line: 3, Last: 3, Person: "督办", Chat: "li", Private: true, Text: "好"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for i := range tc.want {
				if tc.want[i].Kind == 0 {
					tc.want[i].Kind = StepSay
				}
			}
			got, err := ParseScript(strings.NewReader(tc.in))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tc.want, got, cmpopts.IgnoreFields(Step{}, "At")); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestParseScriptFaults(t *testing.T) {
	for in, want := range map[string]string{
		"张敏 上报":               "第 1 行：看不懂“张敏 上报”，要写成“张敏@inspect: 内容”或“at 2026-11-23 09:05”",
		"# 甲\n  续行":           "第 2 行：续行（以两个空格开头）前面没有消息",
		"at 明天":               "第 1 行：时间“明天”看不懂，要写成 2026-11-23 09:05、18:00、+2h 或 +1d",
		"at 2026-02-30 09:00": "第 1 行：时间“2026-02-30 09:00”看不懂，要写成 2026-11-23 09:05、18:00、+2h 或 +1d",
		"at +999d":            "第 1 行：一次最多前进 366 天",
		"a@b:":                "第 1 行：这条消息没有内容",
		"a@b: [文件 x":          "第 1 行：文件没有写完，要写成“[文件 文件名]”",
		"a@b: [图 x":           "第 1 行：图片没有写完，要写成“[图 文件名]”",
		"a@b: [引 x] 完成":       "第 1 行：引用要写成“[引 督办：原话]”",
		"a@b: [引 督办：x":        "第 1 行：引用没有写完，要写成“[引 督办：原话] 内容”",
		"督办@b: 你好":            "第 1 行：“督办”是机器人，它的话写成“督办@b> …”",
		"a@b: \xc4\xe3":       "第 1 行：文字不是 UTF-8 编码，请另存为 UTF-8",
	} {
		_, err := ParseScript(strings.NewReader(in))
		if err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", in, err, want)
		}
	}
}

func TestFaultsDoNotStopReading(t *testing.T) {
	steps, err := ParseScript(strings.NewReader("a@b: 甲\n乱\nat +1h\n又乱\na@b: 乙"))
	var fault *ScriptError
	if !errors.As(err, &fault) || !strings.Contains(err.Error(), "第 2 行") || !strings.Contains(err.Error(), "第 4 行") {
		t.Errorf("err = %v", err)
	}
	if len(steps) != 3 || steps[0].Text != "甲" || steps[1].Kind != StepAt || steps[2].Text != "乙" {
		t.Errorf("steps = %+v", steps)
	}
}

func TestMoment(t *testing.T) {
	cst := time.FixedZone("CST", 8*3600)
	now := time.Date(2026, 11, 23, 18, 0, 0, 0, cst)
	for in, want := range map[string]string{
		"2026-11-23 09:05":    "2026-11-23 09:05:00",
		"2026-11-23 09:05:07": "2026-11-23 09:05:07",
		"2026-11-24":          "2026-11-24 00:00:00",
		"18：30":               "2026-11-23 18:30:00",
		"18:00":               "2026-11-24 18:00:00",
		"8:30":                "2026-11-24 08:30:00",
		"+2h":                 "2026-11-23 20:00:00",
		"+1d":                 "2026-11-24 18:00:00",
		"+1d1h30m":            "2026-11-24 19:30:00",
	} {
		m, err := ParseMoment(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if got := m.After(now); got.Format(time.DateTime) != want || got.Location() != cst {
			t.Errorf("%s = %v, want %s", in, got, want)
		}
	}
	for _, in := range []string{"", "+", "+-1h", "+0h", "+1.5d", "+d", "25:00", "1h", "+x"} {
		if m, err := ParseMoment(in); err == nil {
			t.Errorf("%q = %v, want a fault", in, m)
		}
	}
}

func TestFormatOutgoing(t *testing.T) {
	for want, out := range map[string]Outgoing{
		"督办@inspect> 甲\n  乙\n  \n  丙": {Conversation: "inspect", Text: "甲\n乙\n\n丙\n"},
		"督办@li_qiang~> 甲":             {Conversation: "~li_qiang", Text: "甲\x1b"},
		"督办@a> 甲\n  [图 排名.png]":       {Conversation: "a", Text: "甲", Attachment: &Attachment{Name: "排名.png", Picture: true}},
		"督办@a> [文件 台账.xlsx]":          {Conversation: "a", Attachment: &Attachment{Name: "台账.xlsx"}},
	} {
		if got := FormatOutgoing(out); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestCastMessage(t *testing.T) {
	cast := Cast{
		People: []Named{{"zhang_min", "张敏"}, {"li_1", "李强"}, {"li_2", "李强"}},
		Chats:  []Named{{"inspect", "督查工作群"}},
	}
	inspect := Conversation{Key: "inspect", Name: "督查工作群"}
	for in, want := range map[string]Message{
		"张敏@inspect: 甲":                   {Conversation: inspect, From: Sender{"zhang_min", "张敏", "张敏", ""}, Text: "甲"},
		"zhang_min@督查工作群: 甲":              {Conversation: inspect, From: Sender{"zhang_min", "张敏", "张敏", ""}, Text: "甲"},
		"张敏?@inspect: [文件 表/反馈 11月.xlsx]": {Conversation: inspect, From: Sender{"?张敏", "张敏", "张敏", ""}, Files: []File{{Ref: "表/反馈 11月.xlsx", Name: "反馈 11月.xlsx"}}},
		"张敏?@inspect: [图 a]":              {Conversation: inspect, From: Sender{"?张敏", "张敏", "张敏", ""}, Pictures: []Picture{{"a"}}},
		"li_2@nowhere~: @督办 甲":            {Conversation: Conversation{"~li_2", "李强", true}, From: Sender{"li_2", "李强", "李强", ""}, Text: "甲", Mentioned: true},
	} {
		steps, err := ParseScript(strings.NewReader(in))
		if err != nil {
			t.Fatal(err)
		}
		got, err := cast.Message(steps[0])
		if err != nil {
			t.Errorf("%s: %v", in, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", in, d)
		}
	}
	for in, want := range map[string]string{
		"王五@inspect: 甲": "第 1 行：没有“王五”这个人（没有绑定的人请在名字后加 ?）",
		"张敏@别处: 甲":      "第 1 行：没有“别处”这个群",
		"李强@~: 甲":       "第 1 行：有几个“李强”，请写编号：li_1、li_2",
	} {
		steps, _ := ParseScript(strings.NewReader(in))
		if _, err := cast.Message(steps[0]); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", in, err, want)
		}
	}
}

func FuzzScript(f *testing.F) {
	for _, s := range []string{"张敏@inspect: 上报\n  1、甲\n", "at +2h", "督办@a~> 甲\n\n  乙", "a?@b~: @督办 [引 督办：[x]] 完 [图 y]   # z", "a@b: [图 "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		steps, _ := ParseScript(strings.NewReader(in))
		last := 0
		for _, st := range steps {
			if st.Line <= last || st.Last < st.Line {
				t.Fatalf("lines out of order: %+v", st)
			}
			last = st.Last
			if st.Kind == StepSay && (st.Person == "" || st.Person == BotName || strings.Contains(st.Text, "@督办")) {
				t.Fatalf("bad message: %+v", st)
			}
		}
	})
}

// FuzzFormatOutgoing checks that what the bot says is read back as one expectation, whatever its text.
func FuzzFormatOutgoing(f *testing.F) {
	f.Add("已立案 #1\n\n张敏@inspect: 完成 1")
	f.Add("  \n# x\nat +1h")
	f.Fuzz(func(t *testing.T, text string) {
		if !validLine(text) {
			t.Skip()
		}
		steps, err := ParseScript(strings.NewReader(FormatOutgoing(Outgoing{Conversation: "a", Text: text})))
		if err != nil || len(steps) != 1 || steps[0].Kind != StepExpect {
			t.Fatalf("%q: %+v %v", text, steps, err)
		}
		if got, want := squeeze(steps[0].Text), squeeze(strings.Map(printable, text)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func validLine(s string) bool {
	return strings.ToValidUTF8(s, "") == s && len(s) < MaxScriptLine/2
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
