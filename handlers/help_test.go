package handlers

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"duban/internal/issue"
)

// helpFor is the help of a person, line by line.
func helpFor(t *testing.T, w *World, person, arg string) []string {
	t.Helper()
	r := &Request{World: w, Call: Call{Args: arg}}
	r.From, _ = w.Reg.Person(person)
	reply, err := r.help()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(reply.Text, "\n")
}

// TestHelp: everybody sees what they may do and nothing else, section by section, on one screen of a phone.
func TestHelp(t *testing.T) {
	w := world(t)
	for _, tt := range []struct{ person, sees, seesNot string }{
		{"", "绑定 绑定本群 我是谁 帮助", "上报 签收 完成 查 排名"},
		{"li_qiang", "上报 投诉 更正 签收 完成 退单 延期 答复 查 我的 排名 曝光台 帮助", "曝光 撤下曝光 派单 改派 并案 同意 通过 退回 当场解决 日报"},
		{"zhang_min", "上报 当场解决 通过 退回 日报", "派单 同意 签收 完成 退单 答复"},
		{"chen_jing", "曝光 撤下曝光 派单 改派 协办 并案 不予立案 同意 驳回 作废 延期 答复 日报", "通过 当场解决 签收 完成 退单"},
		{"liu_jian", "上报 同意 驳回 挂账 延期 日报", "派单 通过 签收 完成"},
	} {
		lines := helpFor(t, w, tt.person, "")
		if len(lines) > 25 {
			t.Errorf("%s: %d lines", tt.person, len(lines))
		}
		var verbs []string
		for _, line := range lines[1 : len(lines)-1] {
			_, names, ok := strings.Cut(line, "】")
			if !ok || utf8.RuneCountInString(line) > 60 {
				t.Errorf("%s: %q is no section", tt.person, line)
			}
			verbs = append(verbs, strings.Split(names, "、")...)
		}
		for verb := range strings.FieldsSeq(tt.sees) {
			if !slices.Contains(verbs, verb) {
				t.Errorf("%s does not see %s in %v", tt.person, verb, verbs)
			}
		}
		for _, verb := range verbs {
			if c := w.Table.named(verb); c == nil || !c.allowed(w.Reg.RolesOf(tt.person)) || slices.Contains(strings.Fields(tt.seesNot), verb) {
				t.Errorf("%s sees %s", tt.person, verb)
			}
		}
	}
}

func TestHelpOnOneVerb(t *testing.T) {
	w := world(t)
	for arg, want := range map[string]string{
		"完成": "完成 编号 措施（附整改后照片）\n提交整改完成", "办结": "完成 编号 措施", "超期": "逾期 [单位]\n超期未整改的问题\n也可说：", "上報": "上报 地点 问题\n登记问题",
		"申请": "【申请】可以发：\n退单 编号 原因——不属于本单位的问题", "审批": "【审批】可以发：\n待审批——等着决定的申请",
		"投诉": "投诉 地点 问题\n登记群众投诉",
	} {
		if got := strings.Join(helpFor(t, w, "li_qiang", arg), "\n"); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q", arg, got)
		}
	}
	r := &Request{World: w, Call: Call{Args: "飞"}}
	if _, err := r.help(); err == nil || err.Error() != "没有“飞”这个命令。发「帮助」看全部命令" {
		t.Errorf("unknown verb: %v", err)
	}
}

// TestSuggestion: what was said to the bot and not understood gets one suggestion, with the numbers that were written.
func TestSuggestion(t *testing.T) {
	w := world(t)
	li, _ := w.Reg.Person("li_qiang")
	for _, tt := range []struct {
		text   string
		quoted []int64
		want   string
	}{
		{"完戚 17", nil, "「完成 17」"},
		{"完城17 已清理", nil, "「完成 17 已清理」"},
		{"17 完戚 已清理", nil, "「完成 17 已清理」"},
		{"完戚 17、18", nil, "「完成 17、18」"},
		{"完戚", []int64{17}, "「完成 17」"},
		{"钱收 １７", nil, "「签收 17」"},
		{"延七 17 2天 等配件", nil, "「延期 17 2天 等配件」"},
		{"请把17号完成", nil, "「完成 17」"},
		{"17号我们已经整改完毕了", nil, "「完成 17」"},
		{"我要上报", nil, "「上报 地点 问题」"},
		{"同意加减份 3", []int64{17}, "「同意加减分 3」"},
		{"同意加减份", []int64{17}, "「同意加减分 加减分的编号」"},
		{"怎么签收啊", nil, "「签收 编号」"},
		{"当场解诀 金水湾小区垃圾", nil, "「当场解决 地点 问题（或编号）」"},
		{"17", nil, "「查 17」"},
		{"17号现在什么情况", nil, "「查 17」"},
		{"金水湾小区门口有大坑", nil, "上报？请发「上报 金水湾小区门口有大坑」"},
	} {
		want := "没看懂。是不是要" + tt.want
		if strings.HasPrefix(tt.want, "「") {
			want += "？发「帮助」看说明"
		}
		if got := (Request{World: w, From: li}).NotUnderstood(Input{Text: tt.text, Addressed: true, Quoted: tt.quoted}).Text; got != want {
			t.Errorf("%q: %s", tt.text, got)
		}
	}
	for _, text := range []string{"你好", "", "退坏 17", "17号开会"} {
		if got := (Request{World: w, From: li}).NotUnderstood(Input{Text: text, Addressed: true}).Text; got != "没看懂。发「帮助」看能做什么" {
			t.Errorf("%q: %s", text, got)
		}
	}
	if got := (Request{World: w, From: issue.Person{}}).NotUnderstood(Input{Text: "你好"}).Text; got != "还不认识您。请向创城办要绑定码，然后发「绑定 绑定码」" {
		t.Errorf("a stranger: %s", got)
	}
}
