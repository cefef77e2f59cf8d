package handlers

import "testing"

// TestPressForms: the verbs of pressing in the forms in which people write them.
func TestPressForms(t *testing.T) {
	table := world(t).Table
	for text, want := range map[string]string{
		"催办 17":               "催办 [17]",
		"催办17":                "催办 [17]",
		"催办 17、18 群众又来问了":     "催办 [17 18] 群众又来问了",
		"17 催办":               "催办 [17]",
		"#17催办":               "催办 [17]",
		"督办 17":               "督办 [17]",
		"督办 17 今天下午5点前清完":     "督办 [17] 今天下午5点前清完",
		"督办17，明天中午前解决":        "督办 [17] 明天中午前解决",
		"督办 17 3天内到位":         "督办 [17] 3天内到位",
		"督办 17号 务必今天":         "督办 [17] 务必今天",
		"督辦 17 今天":            "督办 [17] 今天",
		"回复 17 已安排清运":         "回复 [17] 已安排清运",
		"回复17已安排清运":           "回复 [17] 已安排清运",
		"回复：17，下午4点前完成":       "回复 [17] 下午4点前完成",
		"17 回复 已安排":           "回复 [17] 已安排",
		"回复督办 17 已安排":         "回复 [17] 已安排",
		"回复 17 点位已清理":         "回复 [17] 点位已清理",
		"回复 17 个别商户已劝离":       "回复 [17] 个别商户已劝离",
		"回复 17 人行道已修":         "回复 [17] 人行道已修",
		"回复 17 周五前完成":         "回复 [17] 周五前完成",
		"待回复":                 "待回复",
		"约谈名单":                "约谈名单",
		"约谈名单？":               "约谈名单",
		"回复 17 已安排\n回复 18 已拆": "回复 [17] 已安排；回复 [18] 已拆",
	} {
		if got := shown(table.Match(Input{Text: text})); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// TestPressChatter: people urge and answer each other all day, with dates and amounts.
func TestPressChatter(t *testing.T) {
	table := world(t).Table
	for _, text := range pressChatter {
		if calls := table.Match(Input{Text: text}); len(calls) > 0 {
			t.Errorf("%q is taken for %q", text, shown(calls))
		}
	}
}

// pressChatter is what people say to each other with these words.
var pressChatter = []string{
	"回复 12号领导", "回复12号领导", "回复 12 号领导的电话", "回复 12号上午", "回复 3 条留言", "回复 5 个群众来电", "回复一下", "回复", "回复：", "收到请回复",
	"回复 12 点前给我", "回复 12点", "回复了没有", "回复 80% 了", "回复 3 位领导", "回复 2 家单位", "催办", "催一下", "催一下昭阳街道", "催办 3 家单位",
	"催一下 2 号楼的物业", "督办", "督办 3 个重点项目", "督办通报", "督办12号文件", "督办 5 件", "督办 2026年第3期", "督办会 12 号开", "待回复的留言", "待回复 3 条",
	"约谈名单出来了吗", "约谈", "催", "催 17", "反馈 17 已处理", "3 次催办都没用", "12号督办会", "12号回复", "12号 回复领导",
}
