package handlers

import (
	"fmt"
	"strings"
	"testing"

	"duban/internal/calendar"
	"duban/internal/store/storetest"
	"duban/internal/understand"
)

func world(t testing.TB) *World {
	t.Helper()
	p := storetest.County(t)
	cal, err := calendar.New(calendar.Settings{Location: storetest.Zone()})
	if err != nil {
		t.Fatal(err)
	}
	return NewWorld(p.Reg, cal)
}

// shown is a call as the tables write it: 完成 [1 2] 已清理.
func shown(calls []Call) string {
	var parts []string
	for _, c := range calls {
		text := c.Command.Name
		if len(c.IDs) > 0 {
			text += fmt.Sprint(" ", c.IDs)
		}
		if c.TooMany {
			text += " 太多"
		}
		if c.Args != "" {
			text += " " + c.Args
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "；")
}

// TestForms: what people write as a command, in all the forms of design.md §3.
func TestForms(t *testing.T) {
	table := world(t).Table
	for text, want := range map[string]string{
		"上报 金水湾小区垃圾":              "上报 金水湾小区垃圾",
		"上报：金水湾小区垃圾":              "上报 金水湾小区垃圾",
		"上报:金水湾小区垃圾":              "上报 金水湾小区垃圾",
		"上报　金水湾小区垃圾":              "上报 金水湾小区垃圾",
		"上报\n金水湾小区垃圾":             "上报 金水湾小区垃圾",
		"  上报 金水湾小区垃圾。":           "上报 金水湾小区垃圾",
		"上報：南門菜場污水":               "上报 南門菜場污水",
		"问题上报 路灯不亮":               "上报 路灯不亮",
		"上报问题：路灯不亮":               "上报 路灯不亮",
		"报问题 路灯不亮":                "上报 路灯不亮",
		"上报：\n1、甲\n2、乙":           "上报 1、甲\n2、乙",
		"上报 完成 3 件":               "上报 完成 3 件",
		"热点":                      "热点",
		"热点 本月":                   "热点 本月",
		"热点近30天":                  "热点 近30天",
		"热点 上周 昭阳街道":              "热点 上周 昭阳街道",
		"热点 昭阳街道 上周":              "热点 昭阳街道 上周",
		"后进单位 上周":                 "后进单位 上周",
		"督查盲点 昭阳街道":               "未督查 昭阳街道",
		"巡查 金水湾小区":                "巡查 金水湾小区",
		"巡查 金水湾小区 无问题":            "巡查 金水湾小区 无问题",
		"巡查：金水湾小区、红星中路，无问题":       "巡查 金水湾小区、红星中路，无问题",
		"巡查金水湾小区 门口干净":            "巡查 金水湾小区 门口干净",
		"巡查 金水弯小区":                "巡查 金水弯小区",
		"督查打卡 北门市场 一切正常":          "巡查 北门市场 一切正常",
		"完成 17":                   "完成 [17]",
		"完成17":                    "完成 [17]",
		"完成#17":                   "完成 [17]",
		"完成 #17 已清理":              "完成 [17] 已清理",
		"完成 １７ 已清理":               "完成 [17] 已清理",
		"完成：17":                   "完成 [17]",
		"完成，17，已清理":               "完成 [17] 已清理",
		"完成 17号 已清理":              "完成 [17] 已清理",
		"完成 第17号 已清理":             "完成 [17] 已清理",
		"完成 17、18，19":             "完成 [17 18 19]",
		"完成 17-19 都好了":            "完成 [17 18 19] 都好了",
		"完成 17至19":                "完成 [17 18 19]",
		"完成 17和18":                "完成 [17 18]",
		"完成 17 18":                "完成 [17 18]",
		"完成\n17\n已清理":             "完成 [17] 已清理",
		"整改完成 17":                 "完成 [17]",
		"已整改17":                   "完成 [17]",
		"已完成 17":                  "完成 [17]",
		"办结 17":                   "完成 [17]",
		"处理完成 17":                 "完成 [17]",
		"整改完毕 17":                 "完成 [17]",
		"17 完成 已清理":               "完成 [17] 已清理",
		"17完成":                    "完成 [17]",
		"#17完成":                   "完成 [17]",
		"#17 完成":                  "完成 [17]",
		"17号完成 已清理":               "完成 [17] 已清理",
		"17号 已整改":                 "完成 [17]",
		"17、18 完成":                "完成 [17 18]",
		"17完成了":                   "完成 [17]",
		"17：完成 已清理":               "完成 [17] 已清理",
		"通过 17":                   "通过 [17]",
		"17通过":                    "通过 [17]",
		"核查通过 17":                 "通过 [17]",
		"验收通过17":                  "通过 [17]",
		"销号 17":                   "通过 [17]",
		"退回 17 角落仍有垃圾":            "退回 [17] 角落仍有垃圾",
		"退回17，角落仍有垃圾":             "退回 [17] 角落仍有垃圾",
		"打回 17 没改":                "退回 [17] 没改",
		"17 退回 没改":                "退回 [17] 没改",
		"核查不通过 17":                "退回 [17]",
		"不通过 17 还有垃圾":             "退回 [17] 还有垃圾",
		"签收 17":                   "签收 [17]",
		"接单17":                    "签收 [17]",
		"签收１、２":                   "签收 [1 2]",
		"簽收 17":                   "签收 [17]",
		"派单 17 昭阳街道":              "派单 [17] 昭阳街道",
		"派给 17 昭阳街道":              "派单 [17] 昭阳街道",
		"改派17昭阳街道":                "改派 [17] 昭阳街道",
		"转派 17 住建局 王芳":            "改派 [17] 住建局 王芳",
		"撤回":                      "撤回",
		"撤回 17":                   "撤回 [17]",
		"撤回17":                    "撤回 [17]",
		"查 17":                    "查 [17]",
		"查17":                     "查 [17]",
		"查询 17、18":                "查 [17 18]",
		"查 金水湾小区":                 "查 金水湾小区",
		"查 昭阳街道":                  "查 昭阳街道",
		"我的":                      "我的",
		"我的？":                     "我的",
		"待办":                      "我的",
		"待核查":                     "待核查",
		"逾期":                      "逾期",
		"超期。":                     "逾期",
		"逾期 昭阳街道":                 "逾期 昭阳街道",
		"逾期：住建局":                  "逾期 住建局",
		"排名":                      "排名",
		"今日排名":                    "排名",
		"日报":                      "日报",
		"我是谁":                     "我是谁",
		"帮助":                      "帮助",
		"幫助":                      "帮助",
		"help":                    "帮助",
		"ｈｅｌｐ":                    "帮助",
		"帮助 完成":                   "帮助 完成",
		"绑定 ABCD2345":             "绑定 ABCD2345",
		"绑定：ABCD2345":             "绑定 ABCD2345",
		"绑定本群 创城督查工作群":            "绑定本群 创城督查工作群",
		"绑定本群":                    "绑定本群",
		"通过 1\n退回 2 还有污水":         "通过 [1]；退回 [2] 还有污水",
		"1 通过\n\n2 通过\n3 退回 没改":   "通过 [1]；通过 [2]；退回 [3] 没改",
		"完成 1-60":                 "完成 太多",
		"签收 #1至#100号":             "签收 太多",
		"\u200b\u202e完成\u200b 17": "完成 [17]",
		"“签收 17”":                 "签收 [17]",
		"“@督办 完成 17 已清理”":         "完成 [17] 已清理",
	} {
		if got := shown(table.Match(Input{Text: text})); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// TestFormsOfFiling: the verbs of filing and dispatching, which stand before words, numbers or both.
func TestFormsOfFiling(t *testing.T) {
	table := world(t).Table
	for _, tt := range [][2]string{
		{"投诉 红星中路路灯不亮", "投诉 红星中路路灯不亮"},
		{"群众投诉：红星中路路灯不亮", "投诉 红星中路路灯不亮"},
		{"投诉 3号楼漏水", "投诉 3号楼漏水"},
		{"投诉 2个月没人管的垃圾", "投诉 2个月没人管的垃圾"},
		{"当场解决 金水湾小区楼道杂物", "当场解决 金水湾小区楼道杂物"},
		{"当场解决 3号楼楼道杂物", "当场解决 3号楼楼道杂物"},
		{"当场解决 17", "当场解决 [17]"},
		{"当场解决 17 路公交站台小广告", "当场解决 17 路公交站台小广告"},
		{"当场解决 3 栋楼道杂物", "当场解决 3 栋楼道杂物"},
		{"当场解决 17 楼道已清理", "当场解决 [17] 楼道已清理"},
		{"当场解决17 已清理", "当场解决 [17] 已清理"},
		{"当场解决 17、18 已清理", "当场解决 [17 18] 已清理"},
		{"17 当场解决", "当场解决 [17]"},
		{"更正 17 类别 环境卫生", "更正 [17] 类别 环境卫生"},
		{"更正 17 要求时间 12月1日", "更正 [17] 要求时间 12月1日"},
		{"更正17地点金水湾", "更正 [17] 地点金水湾"},
		{"协办 17 住建局、交警大队", "协办 [17] 住建局、交警大队"},
		{"并案 31 到 12", "并案 [31] 到 12"},
		{"并案31到12", "并案 [31] 到12"},
		{"并案 31、32 并入 12", "并案 [31 32] 并入 12"},
		{"31 并入 12", "并案 [31] 12"},
		{"不予立案 17 属于邻里纠纷", "不予立案 [17] 属于邻里纠纷"},
		{"17 不予立案 属于邻里纠纷", "不予立案 [17] 属于邻里纠纷"},
		{"答复 17 明天上午清理", "答复 [17] 明天上午清理"},
		{"公布 17 小区公告栏", "公布 [17] 小区公告栏"},
		{"告知 17 张女士", "告知 [17] 张女士"},
		{"补照片 17", "补照片 [17]"},
		{"帮助 申请", "帮助 申请"},
		{"查 昭杨街道", "查 昭杨街道"},
		{"逾期 昭阳接道", "逾期 昭阳接道"},
	} {
		if got := shown(table.Match(Input{Text: tt[0]})); got != tt[1] {
			t.Errorf("%q is %q, want %q", tt[0], got, tt[1])
		}
	}
}

// TestFormsOfPoints: points by hand need a name of the register and points; the numbers of their entries are no issues'.
func TestFormsOfPoints(t *testing.T) {
	table := world(t).Table
	for _, tt := range [][2]string{
		{"扣分 昭阳街道 0.5 迎检当天窗口无人", "扣分 昭阳街道 0.5 迎检当天窗口无人"},
		{"扣分：昭阳街道，０.５，迎检当天窗口无人", "扣分 昭阳街道，０.５，迎检当天窗口无人"},
		{"加分 住建局 1分 主动清理背街小巷", "加分 住建局 1分 主动清理背街小巷"},
		{"加分住建局1分：主动清理", "加分 住建局1分：主动清理"},
		{"加分 住建局 1分 次次主动", "加分 住建局 1分 次次主动"},
		{"扣分 昭阳街道 -0.5 分管领导不到场", "扣分 昭阳街道 -0.5 分管领导不到场"},
		{"扣分 昭阳街道 1 个别窗口无人", "扣分 昭阳街道 1 个别窗口无人"},
		{"扣分 昭杨街道 0.5 窗口无人", "扣分 昭杨街道 0.5 窗口无人"},
		{"扣分 昭阳街道 0.5", "扣分 昭阳街道 0.5"},
		{"同意加减分 3", "同意加减分 [3]"},
		{"同意 加减分 3", "同意加减分 [3]"},
		{"批准加减分3、4", "同意加减分 [3 4]"},
		{"3 同意加减分", "同意加减分 [3]"},
		{"驳回加减分 3 2分太多", "驳回加减分 [3] 2分太多"},
		{"不同意加减分 3 理由不足", "驳回加减分 [3] 理由不足"},
		{"同意 3", "同意 [3]"},
		{"同意加减分 3，驳回加减分 4 理由不足", "同意加减分 [3]；驳回加减分 [4] 理由不足"},
		{"加减分", "加减分"},
		{"加减分 昭阳街道", "加减分 昭阳街道"},
		{"加减分 昭阳街道 上月", "加减分 昭阳街道 上月"},
		{"加减分本月", "加减分 本月"},
	} {
		if got := shown(table.Match(Input{Text: tt[0]})); got != tt[1] {
			t.Errorf("%q is %q, want %q", tt[0], got, tt[1])
		}
	}
}

// TestAddressed: to the bot itself people speak more freely, and what they quote gives the number.
func TestAddressed(t *testing.T) {
	table := world(t).Table
	for _, tt := range []struct {
		text   string
		quoted []int64
		want   string
	}{
		{"完成 已清理", []int64{17}, "完成 [17] 已清理"},
		{"通过", []int64{17, 18}, "通过 [17 18]"},
		{"完成 18 已清理", []int64{17}, "完成 [18] 已清理"},
		{"完成", nil, "完成"},
		{"不合格 角落没扫", []int64{17}, "退回 [17] 角落没扫"},
		{"合格", []int64{17}, "通过 [17]"},
		{"收到", []int64{17}, "签收 [17]"},
		{"收到 17", nil, "签收 [17]"},
		{"17合格", nil, "通过 [17]"},
		{"报 路灯不亮", nil, "上报 路灯不亮"},
		{"上报路灯不亮", nil, "上报 路灯不亮"},
		{"举报：占道经营", nil, "上报 占道经营"},
		{"退回 5 份材料不全", nil, "退回 [5] 份材料不全"},
		{"查", []int64{17}, "查 [17]"},
		{"查 火星", nil, "查 火星"},
		{"绑定ABCD2345", nil, "绑定 ABCD2345"},
		{"逾期 火星局", nil, "逾期 火星局"},
		{"你好", nil, ""},
		{"", []int64{17}, ""},
		{"大家辛苦了", nil, ""},
		{"请把17号完成", nil, ""},
		{"意见：绿化带踩秃了", nil, "投诉 绿化带踩秃了"},
		{"投诉 3 起占道", nil, "投诉 3 起占道"},
		{"当场解决", []int64{17}, "当场解决 [17]"},
		{"改派 住建局", []int64{17}, "改派 [17] 住建局"},
		{"延期 2个工作日 等配件", []int64{17}, "延期 [17] 2个工作日 等配件"},
		{"并案 到 12", []int64{31}, "并案 [31] 到 12"},
		{"更正 地点 金水湾", []int64{17}, "更正 [17] 地点 金水湾"},
		{"答复 已联系物业", []int64{17}, "答复 [17] 已联系物业"},
		{"1、通过", nil, "通过 [1]"},
		{"同意加减分", []int64{17}, "同意加减分"},
		{"驳回加减分 理由不足", []int64{17}, "驳回加减分 理由不足"},
		{"3 同意加减分", []int64{17}, "同意加减分 [3]"},
		{"扣分 窗口无人", nil, "扣分 窗口无人"},
		{"扣分 火星局 1 窗口无人", nil, "扣分 火星局 1 窗口无人"},
	} {
		if got := shown(table.Match(Input{Text: tt.text, Addressed: true, Quoted: tt.quoted})); got != tt.want {
			t.Errorf("%q is %q, want %q", tt.text, got, tt.want)
		}
	}
}

// chatter is what people say to each other.
var chatter = []string{
	"收到，马上完成", "收到", "同意", "完成了", "已完成", "12号开会", "已上报领导", "通过大家努力", "完成 3 个小区的检查", "查 一下监控", "排名靠后",
	"我的手机没电了", "上报了没有", "撤回了一条消息", "3 通过大家努力完成", "退回 5 份材料", "上报", "上报。", "完成", "通过", "退回", "签收", "派单",
	"完成率 98%", "完成 80%", "完成 2023年任务", "完成 3天内", "完成 10米", "通过 5号楼", "17号楼完成", "17栋 完成", "3个小区完成了", "第3次 通过",
	"通过 1-60岁人群", "排名 靠后的要写检讨", "逾期 的写说明", "我的 建议", "帮助 老人", "待核查的问题", "日报表", "查询单", "绑定手机号",
	"合格 17", "收到 17", "17 合格", "报 路灯不亮", "举报 17", "13800138000 完成", "完成 13800138000", "", " ", "\n", "。", "17", "#17", "1、2、3",
	"1、完成", "2.通过", "3、同意", "投诉 3 起", "投诉三起，已转办", "意见：抓紧", "当场解决 12 件", "公布 2 号楼名单", "帮助 老人", "逾期 完成", "查 完成",
	"扣分 太狠了吧", "加分 项目抓紧报", "扣分了", "扣分", "加分", "扣分 昭阳街道 太狠了", "扣分 昭阳街道 2 分太多了", "扣分 昭阳街道 2分太多了",
	"加分 昭阳街道 3 次", "加分项 3 个", "扣分 这次 3 分", "扣分 火星局 1 窗口无人", "加减分怎么算", "加减分 怎么算", "同意加减分", "同意加减分的请举手", "同意加减分 3 份材料",
	"热点新闻", "热点 新闻", "热点话题 金水湾小区", "后进要赶上", "后进单位 加把劲", "未督查的点位", "全覆盖 无死角",
	"巡查", "巡查去了", "巡查 辛苦了", "巡查 没问题", "巡查一圈都没问题", "巡查金水湾小区去了", "督查打卡 昨天", "已巡查完毕",
	"@张敏 完成 17", "请完成 17", "他说完成 17", "没完成 17", "未完成 17", "我完成 17", "谁完成 17",
	"“签收 2”“签收 3”", "“签收 2", "他说“签收 2”",
}

func TestChatter(t *testing.T) {
	table := world(t).Table
	for _, text := range chatter {
		if calls := table.Match(Input{Text: text}); len(calls) > 0 {
			t.Errorf("%q is taken for %q", text, shown(calls))
		}
	}
}

// FuzzMatch: nothing that people write breaks the grammar, and no word before a verb is passed over: with a Han character
// before it no text is a command.
func FuzzMatch(f *testing.F) {
	for _, text := range chatter {
		f.Add(text, false)
	}
	for _, text := range []string{"完成 17 已清理", "上报：\n1、甲\n2、乙", "17-19通过", "查 金水湾小区", "逾期 昭阳街道", "撤回", "\xff完成\x00 1", "1\n完成 2"} {
		f.Add(text, true)
	}
	table := world(f).Table
	f.Fuzz(func(t *testing.T, text string, addressed bool) {
		in := Input{Text: text, Addressed: addressed, Quoted: []int64{7}}
		for _, c := range table.Match(in) {
			if c.Command == nil || c.Command.Run == nil {
				t.Fatalf("%q: no command", text)
			}
			if len(c.IDs) > 50 {
				t.Fatalf("%q: %d issues", text, len(c.IDs))
			}
			for _, id := range c.IDs {
				if id <= 0 {
					t.Fatalf("%q: issue %d", text, id)
				}
			}
		}
		if calls := table.Match(Input{Text: "喂" + text}); len(calls) > 0 {
			t.Fatalf("%q is taken for %q", "喂"+text, shown(calls))
		}
	})
}

// TestWordsAreUnique: no word is two verbs, and every verb is found by its own name.
func TestWordsAreUnique(t *testing.T) {
	table := world(t).Table
	seen := map[string]string{}
	for _, w := range table.words {
		if other, twice := seen[w.text]; twice {
			t.Errorf("%s is %s and %s", w.text, other, w.cmd.Name)
		}
		seen[w.text] = w.cmd.Name
		if understand.Fold(w.text) != w.text {
			t.Errorf("%s can never be matched", w.text)
		}
	}
	for _, c := range table.commands {
		if c.Help == "" || c.Section == "" || c.Run == nil {
			t.Errorf("%s is not described", c.Name)
		}
	}
}

// TestLists: several commands in one message are one each, in lines and in one line; what follows one and is none itself
// belongs to what was said about it.
func TestLists(t *testing.T) {
	table := world(t).Table
	for _, tt := range [][2]string{
		{"完成 12、13，退单 15 不属我单位", "完成 [12 13]；退单 [15] 不属我单位"},
		{"完成 12、13 都好了；退单 15 不属我单位，应为住建局", "完成 [12 13] 都好了；退单 [15] 不属我单位，应为住建局"},
		{"通过1，退回2还有污水。通过3", "通过 [1]；退回 [2] 还有污水；通过 [3]"},
		{"12 完成，13 退单 不属我", "完成 [12]；退单 [13] 不属我"},
		{"退回 12 角落有垃圾，楼道没扫，完成 3 处", "退回 [12] 角落有垃圾，楼道没扫，完成 3 处"},
		{"退回 12 未按要求，通过 5 号楼才看到", "退回 [12] 未按要求，通过 5 号楼才看到"},
		{"延期 12 2天 等配件，延期 13 3天 等配件", "延期 [12] 2天 等配件；延期 [13] 3天 等配件"},
		{"延期 12 2天，13号再看", "延期 [12] 2天，13号再看"},
		{"完成 12 已清运\n并安排专人，退单 15 不属我单位\n请领导批示", "完成 [12] 已清运\n并安排专人；退单 [15] 不属我单位\n请领导批示"},
		{"完成 1\n已清理\n完成 2\n已修好", "完成 [1] 已清理；完成 [2] 已修好"},
		{"完成 12\n已清理，无遗留", "完成 [12] 已清理，无遗留"},
		{"大家看一下\n完成 12\n完成 13", ""},
		{"上报 金水湾垃圾，完成 12", "上报 金水湾垃圾，完成 12"},
		{"上报 金水湾垃圾\n完成 12", "上报 金水湾垃圾\n完成 12"},
		{"当场解决 金水湾垃圾，完成 12", "当场解决 金水湾垃圾，完成 12"},
		{"并案 31 到 12，并案 32 到 12", "并案 [31] 到 12；并案 [32] 到 12"},
		{"签收 1-3，完成 4 1-3楼已清", "签收 [1 2 3]；完成 [4] 1-3楼已清"},
		{"当场解决：\n1、甲处垃圾\n2、乙处垃圾", "当场解决 1、甲处垃圾\n2、乙处垃圾"},
		{"签收 1-60，完成 4", "签收 太多；完成 [4]"},
	} {
		if got := shown(table.Match(Input{Text: tt[0]})); got != tt[1] {
			t.Errorf("%q is %q, want %q", tt[0], got, tt[1])
		}
	}
}

// TestDocumentsAreNoLists: what somebody pasted is not searched for commands after each of its commas.
func TestDocumentsAreNoLists(t *testing.T) {
	table := world(t).Table
	short := "完成 12，" + strings.Repeat("已清理，", 100) + "完成 13"
	if got := len(table.Match(Input{Text: short})); got != 2 {
		t.Errorf("a list of two is read as %d commands", got)
	}
	if got := len(table.Match(Input{Text: "完成 12，" + strings.Repeat("已清理，", 1000) + "完成 13"})); got != 1 {
		t.Errorf("a document is read as %d commands", got)
	}
}
