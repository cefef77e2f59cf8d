package roster

import (
	"strconv"
	"strings"

	"duban/internal/issue"
	"duban/internal/sheet"
)

const aliasHead = "别名"

func shown(head string, width float64, note string) sheet.FormColumn {
	return sheet.FormColumn{Head: head, Width: width, Note: note}
}

func required(head string, width float64, note string) sheet.FormColumn {
	return sheet.FormColumn{Head: head, Required: true, Width: width, Note: note}
}

func offering(c sheet.FormColumn, words ...string) sheet.FormColumn {
	c.Choices = words
	return c
}

func from(c sheet.FormColumn, cells string) sheet.FormColumn {
	c.From = cells
	return c
}

const severalNote = "几个用顿号分开。"

// aliasColumn is for what an entry is called besides.
func aliasColumn[T any](width float64, note string, called func(*T) *string, of func(*T) *[]string) column[T] {
	return column[T]{
		FormColumn: shown(aliasHead, width, note+severalNote), key: "aliases", also: []string{"简称", "别称"},
		show: func(_ *names, v T) string { return strings.Join(*of(&v), "、") },
		read: func(c *cell, v *T) { *of(v) = c.aliases(*called(v)) },
	}
}

// textColumn is for words of any kind.
func textColumn[T any](f sheet.FormColumn, key string, also []string, of func(*T) *string) column[T] {
	return column[T]{
		FormColumn: f, key: key, also: also,
		show: func(_ *names, v T) string { return *of(&v) },
		read: func(c *cell, v *T) { *of(v) = field(c.text) },
	}
}

// unitColumn is for a unit, by its name.
func unitColumn[T any](f sheet.FormColumn, key string, also []string, of func(*T) *string) column[T] {
	return column[T]{
		FormColumn: from(f, "单位!名称"), key: key, also: also,
		show: func(n *names, v T) string { return n.units.show(*of(&v)) },
		read: func(c *cell, v *T) { *of(v) = c.unit() },
	}
}

// personColumn is for a person, by the name.
func personColumn[T any](head, key, note string, also []string, of func(*T) *string) column[T] {
	return column[T]{
		FormColumn: from(shown(head, 12, note+"写姓名，这个人也要写在“人员”表里。"), "人员!姓名"), key: key, also: also,
		show: func(n *names, v T) string { return n.people.show(*of(&v)) },
		read: func(c *cell, v *T) { *of(v) = c.person() },
	}
}

func units() *list[issue.Unit] {
	person := personColumn[issue.Unit]
	return &list[issue.Unit]{
		sheet: "单位", also: []string{"责任单位", "单位表", "单位名单"}, key: "units", noun: "单位", title: "责任单位",
		advice: "红字的列必填，其余不清楚的先空着。把鼠标放在列名上看说明。",
		name: column[issue.Unit]{
			FormColumn: required("名称", 22, "单位的全称或常用的名称，不能重复。"), key: "name", also: []string{"单位名称", "单位", "责任单位"},
			show: func(_ *names, u issue.Unit) string { return u.Name },
		},
		columns: []column[issue.Unit]{
			aliasColumn(18, "群里也这样叫它的简称。", func(u *issue.Unit) *string { return &u.Name }, func(u *issue.Unit) *[]string { return &u.Aliases }),
			{
				FormColumn: offering(shown("考核分组", 12, "排名只在同一组里比，例如 街道、部门。不写就不参加排名。写一个新的分组，就会新设它。"), "街道", "部门", "社区"),
				key:        "group", also: []string{"分组", "排名分组"},
				show: func(n *names, u issue.Unit) string { return n.groups.show(u.Group) },
				read: func(c *cell, u *issue.Unit) { u.Group = c.group() },
			},
			person("主要领导", "head", "第一责任人。", []string{"第一责任人"}, func(u *issue.Unit) *string { return &u.Head }),
			person("单位负责人", "lead", "直接责任人：督办找他；可以退单、申请延期和挂账、申诉。", []string{"负责人", "分管领导", "直接责任人"}, func(u *issue.Unit) *string { return &u.Lead }),
			person("联络员", "liaison", "问题派给他。没有就依次派给代班人、负责人、主要领导。", []string{"联系人"}, func(u *issue.Unit) *string { return &u.Liaison }),
			person("代班人", "deputy", "联络员不在时由他办理（B 岗）。", []string{"b岗"}, func(u *issue.Unit) *string { return &u.Deputy }),
		},
		examples: [][]string{
			{exampleMark + "昭阳街道", "昭阳、昭阳办", "街道", exampleMark + "高建国", exampleMark + "张伟", exampleMark + "李强"},
		},
		of:      func(r *issue.Register) *[]issue.Unit { return &r.Units },
		id:      func(u *issue.Unit) *string { return &u.ID },
		called:  func(u *issue.Unit) *string { return &u.Name },
		aliases: func(u issue.Unit) []string { return u.Aliases },
	}
}

// roles are the roles that a person is given; the others follow from the units.
func roles() []choice[issue.Role] {
	return []choice[issue.Role]{
		{issue.RoleInspector, "督查员", []string{"督查", "督查组", "督查队员", "巡查员", "inspector"}},
		{issue.RoleOffice, "创城办", []string{"创建办", "文明办", "office"}},
		{issue.RoleLeader, "领导", []string{"县领导", "leader"}},
		{issue.RoleAdmin, "管理员", []string{"系统管理员", "admin"}},
		{issue.RoleViewer, "查看者", []string{"只看", "查看", "viewer"}},
		{issue.RoleReporter, "上报人", []string{"上报", "reporter"}},
	}
}

func notGiven(word string) string {
	switch word {
	case "联络员", "联系人", "代班人":
		return "不在这里写；请写在“单位”表里该单位的" + word + "一列"
	case "单位负责人", "负责人", "主要领导":
		return "不在这里写；请写在“单位”表里该单位的这一列"
	}
	return ""
}

func people() *list[issue.Person] {
	return &list[issue.Person]{
		sheet: "人员", also: []string{"人员表", "人员名单", "名单", "通讯录"}, key: "people", noun: "人", title: "人员",
		advice: "各单位的领导、负责人、联络员，督查员，创城办和县领导都写在这里。红字的列必填。",
		name: column[issue.Person]{
			FormColumn: required("姓名", 16, "不能重复。同名的人请写成 张敏（住建局）这样区分开。"), key: "name", also: []string{"名字", "人员", "人员姓名"},
			show: func(_ *names, p issue.Person) string { return p.Name },
		},
		columns: []column[issue.Person]{
			aliasColumn(16, "群里也这样叫他，例如 老王。", func(p *issue.Person) *string { return &p.Name }, func(p *issue.Person) *[]string { return &p.Aliases }),
			unitColumn(shown("单位", 22, "他所在的单位，这个单位也要写在“单位”表里。督查员不能核查自己单位的整改。"), "unit", []string{"所在单位", "单位名称", "工作单位"},
				func(p *issue.Person) *string { return &p.Unit }),
			{
				FormColumn: offering(shown("角色", 18, "督查员：核查、回头看。创城办：派单、审批、发布。领导：督办、批准挂账。管理员：绑定。查看者：只看。"+severalNote+
					"联络员和单位负责人不写在这里，写在“单位”表里。"), "督查员", "创城办", "领导", "管理员", "查看者", "创城办、管理员", "督查员、创城办"),
				key: "roles", also: []string{"身份"},
				show: func(_ *names, p issue.Person) string { return wordsOf(roles(), p.Roles) },
				read: func(c *cell, p *issue.Person) { p.Roles = choose(c, roles(), notGiven) },
			},
			{
				FormColumn: shown("微信备注", 16, "机器人的手机上给他的备注名。与姓名一样的不用写。"), key: "remark", also: []string{"备注名"},
				show: func(_ *names, p issue.Person) string { return p.Remark },
				read: func(c *cell, p *issue.Person) {
					if p.Remark = field(c.text); p.Remark == p.Name {
						p.Remark = ""
					}
				},
			},
		},
		examples: [][]string{
			{exampleMark + "李强", "", exampleMark + "昭阳街道"},
			{exampleMark + "张敏", "", "", "督查员"},
		},
		of:      func(r *issue.Register) *[]issue.Person { return &r.People },
		id:      func(p *issue.Person) *string { return &p.ID },
		called:  func(p *issue.Person) *string { return &p.Name },
		aliases: func(p issue.Person) []string { return p.Aliases },
	}
}

func places() *list[issue.Place] {
	return &list[issue.Place]{
		sheet: "点位包保", also: []string{"点位", "包保", "点位表", "包保表", "点位包保表"}, key: "places", noun: "点位", title: "点位和包保",
		advice: "点位按名称认，改了名称就是另一个点位。红字的列必填。",
		name: column[issue.Place]{
			FormColumn: required("名称", 24, "点位的名称，上报时写到它就认得，不能重复。"), key: "name", also: []string{"点位", "点位名称"},
			show: func(_ *names, p issue.Place) string { return p.Name },
		},
		columns: []column[issue.Place]{
			aliasColumn(18, "群里也这样叫它。", func(p *issue.Place) *string { return &p.Name }, func(p *issue.Place) *[]string { return &p.Aliases }),
			textColumn(offering(shown("类型", 12, "责任清单可以按类型分派问题。下拉里没有的可以直接写。"),
				"社区小区", "主次干道", "背街小巷", "农贸市场", "公园广场", "学校", "医院", "车站", "商场", "窗口单位", "建筑工地"),
				"type", []string{"点位类型", "点位类别"}, func(p *issue.Place) *string { return &p.Type }),
			unitColumn(shown("责任单位", 22, "责任清单和类别都没有写单位的问题归它。不写就要由创城办派单。"), "unit", []string{"单位", "包保单位", "主管单位"},
				func(p *issue.Place) *string { return &p.Unit }),
			textColumn(shown("所属社区", 14, ""), "community", []string{"社区"}, func(p *issue.Place) *string { return &p.Community }),
			personColumn("包保领导", "leader", "督办时通知他。", []string{"包保县领导", "包联领导"}, func(p *issue.Place) *string { return &p.Leader }),
			unitColumn(shown("挂钩单位", 22, "可以在提醒阶梯里通知它。"), "support", []string{"挂包单位", "帮扶单位", "共建单位"},
				func(p *issue.Place) *string { return &p.Support }),
			{
				FormColumn: offering(shown("必查", 8, "是不是必查点位：太久没有督查员去过，会写进日报。不写就是否。"), "是", "否"), key: "mandatory", also: []string{"是否必查", "必查点位"},
				show: func(_ *names, p issue.Place) string { return map[bool]string{true: "是"}[p.Mandatory] },
				read: func(c *cell, p *issue.Place) { p.Mandatory = c.yes() },
			},
		},
		examples: [][]string{
			{exampleMark + "金水湾小区", "金水湾", "社区小区", exampleMark + "昭阳街道", "金水社区", "", "", "是"},
		},
		of:      func(r *issue.Register) *[]issue.Place { return &r.Places },
		called:  func(p *issue.Place) *string { return &p.Name },
		aliases: func(p issue.Place) []string { return p.Aliases },
	}
}

func categories() *list[issue.Category] {
	photos := func(head, key string, of func(*issue.Category) *int) column[issue.Category] {
		return column[issue.Category]{
			FormColumn: offering(shown(head, 10, "要求几张照片，0 到 9。"), "0", "1", "2", "3"), key: key, also: []string{strings.TrimSuffix(head, "照片")},
			show: func(_ *names, v issue.Category) string { return strconv.Itoa(*of(&v)) },
			read: func(c *cell, v *issue.Category) { *of(v) = c.count() },
		}
	}
	return &list[issue.Category]{
		sheet: "类别标准", also: []string{"类别", "类别表", "立结案标准", "类别和立结案标准"}, key: "categories", noun: "类别", title: "类别和立结案标准",
		advice: "类别按名称认，改了名称就是另一个类别。关键词用来从上报的话里认出类别。红字的列必填。",
		name: column[issue.Category]{
			FormColumn: required("名称", 12, "显示在回复、台账和排名里，不能重复。"), key: "name", also: []string{"类别", "类别名称", "问题类别"},
			show: func(_ *names, v issue.Category) string { return v.Name },
		},
		columns: []column[issue.Category]{
			aliasColumn(16, "派单、改类别时也认。", func(v *issue.Category) *string { return &v.Name }, func(v *issue.Category) *[]string { return &v.Aliases }),
			{
				FormColumn: offering(required("时限", 12, "多久之内要整改完。可以写 当日（事不过夜）、3个工作日、4个工作时、24小时（日夜不停）、3天（自然日）。"),
					"当日", "1个工作日", "2个工作日", "3个工作日", "5个工作日", "4个工作时", "24小时", "3天"),
				key: "limit", also: []string{"整改时限", "处置时限", "办理时限"},
				show: func(_ *names, v issue.Category) string { return v.Limit.Text() },
				read: func(c *cell, v *issue.Category) { v.Limit = c.limit() },
			},
			unitColumn(shown("责任单位", 18, "这类问题不管在哪里都归它。不写就按点位的责任单位派。"), "unit", []string{"单位", "牵头单位"},
				func(v *issue.Category) *string { return &v.Unit }),
			photos("整改前照片", "evidence.before", func(v *issue.Category) *int { return &v.Evidence.Before }),
			photos("整改后照片", "evidence.after", func(v *issue.Category) *int { return &v.Evidence.After }),
			textColumn(shown("结案条件", 30, "核查时给督查员看。"), "closing", []string{"结案标准", "结案要求"}, func(v *issue.Category) *string { return &v.Closing }),
			{
				FormColumn: shown("关键词", 60, "从上报的话里认出类别，词越长分量越重。"+severalNote+"楼道*堆：两处都要有。~破损：没有别的词时才用。"), key: "keywords", also: []string{"关键字"},
				show: func(_ *names, v issue.Category) string { return strings.Join(v.Keywords, "、") },
				read: func(c *cell, v *issue.Category) { v.Keywords = words(c.text) },
			},
		},
		examples: [][]string{{exampleMark + "环境卫生", "卫生", "1个工作日", "", "0", "1", "垃圾清理干净，周边无残留", "垃圾、污水"}},
		of:       func(r *issue.Register) *[]issue.Category { return &r.Categories },
		called:   func(v *issue.Category) *string { return &v.Name },
		aliases:  func(v issue.Category) []string { return v.Aliases },
	}
}

func purposes() []choice[issue.Purpose] {
	return []choice[issue.Purpose]{
		{issue.ForIntake, "上报", []string{"收上报", "intake"}},
		{issue.ForReminders, "提醒", []string{"提醒催办", "催办", "reminders"}},
		{issue.ForRanking, "排名", []string{"发布排名", "发排名", "ranking"}},
		{issue.ForSummary, "日报", []string{"领导日报", "summary"}},
		{issue.ForAdmin, "管理", []string{"管理请求", "审批", "admin"}},
		{issue.ForDrafts, "草稿", []string{"发布前的草稿", "drafts"}},
	}
}

// The values of a chat's listen key.
func listening() []choice[string] {
	return []choice[string]{
		{"commands", "直接写命令", []string{"直接写", "直接", "commands"}},
		{"mentions", "要@机器人", []string{"@机器人", "@", "要@", "mentions"}},
	}
}

func chats() *list[issue.Chat] {
	return &list[issue.Chat]{
		sheet: "群", also: []string{"工作群", "群表", "微信群"}, key: "chats", noun: "群", title: "工作群",
		advice: "登记后还要在群里发「绑定本群 群名」才生效。红字的列必填。",
		name: column[issue.Chat]{
			FormColumn: required("群名", 26, "不能重复。"), key: "name", also: []string{"名称", "群名称", "群", "工作群"},
			show: func(_ *names, v issue.Chat) string { return v.Name },
		},
		columns: []column[issue.Chat]{
			{
				FormColumn: offering(shown("用途", 22, "上报：在这里报问题。提醒：提醒和催办。排名：发布排名。日报：领导日报。管理：请求和故障通知。草稿：发布前的草稿。"+severalNote),
					"上报", "提醒", "排名", "日报", "管理", "草稿", "上报、排名", "上报、提醒", "管理、草稿"),
				key: "for", also: []string{"群用途"},
				show: func(_ *names, v issue.Chat) string { return wordsOf(purposes(), v.For) },
				read: func(c *cell, v *issue.Chat) { v.For = choose(c, purposes(), nil) },
			},
			{
				FormColumn: from(shown("接收单位", 26, "在这个群里提醒哪些单位。不写就是没有专门的群的单位。"+severalNote), "单位!名称"), key: "units", also: []string{"单位", "提醒单位"},
				show: func(n *names, v issue.Chat) string { return n.units.showAll(v.Units) },
				read: func(c *cell, v *issue.Chat) { v.Units = c.unitList() },
			},
			{
				FormColumn: offering(shown("怎样听命令", 14, "不写就是直接写命令。"), allWords(listening())...), key: "listen", also: []string{"听命令"},
				show: func(_ *names, v issue.Chat) string { return wordOf(listening(), v.Listen) },
				read: func(c *cell, v *issue.Chat) {
					v.Listen = listening()[0].value
					if got := choose(c, listening(), nil); len(got) > 0 {
						v.Listen = got[0]
					}
				},
			},
		},
		examples: [][]string{{exampleMark + "创城督查工作群", "上报、排名"}},
		begin:    issue.Chat{Listen: listening()[0].value},
		of:       func(r *issue.Register) *[]issue.Chat { return &r.Chats },
		id:       func(v *issue.Chat) *string { return &v.ID },
		called:   func(v *issue.Chat) *string { return &v.Name },
		aliases:  func(issue.Chat) []string { return nil },
	}
}

// instructions are the first sheet.
func instructions() []string {
	return []string{
		"# 怎样用",
		"1. 在“单位”“人员”“点位包保”“类别标准”“群”五张表里填写，一行一个。灰色斜体的是示例，可以删去，不删也不会导入。",
		"2. 保存后在装机器人的电脑上运行：duban import 这个文件.xlsx",
		"3. 程序先列出会新增什么、改什么，有错就指出在哪张表、第几行、第几列；确认后才写入 config.yaml。",
		"4. 以后要改，运行 duban template --config config.yaml 导出现在的内容，在表里改好再导入。",
		"# 怎样填",
		"· 写名称和姓名，不用写编号。编号由程序自动生成，导出时会带上；要改单位或人的名称，保留它的编号，只改名称。",
		"· 红字的列必填，其余可以空着。空着的格子就是“没有”：原来有、现在空着，导入后就没有了。",
		"· 一格里写几个时用顿号、逗号、分号或换行分开。",
		"· 别的表里用到的单位要写在“单位”表里，用到的人要写在“人员”表里，写名称、别名或编号都认得。",
		"· 列的先后可以换，可以另加自己用的列（程序不读），可以删去用不到的列（就不改那一项），整张表删去就不动那一类。",
		"· 表里没有、配置里有的，导入时保留，并告诉您有几个；确实要删去的，导入时加 --remove。",
		"· 藏起来的行也会读。请不要把整列合并成一格。",
	}
}
