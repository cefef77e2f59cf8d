package roster

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/internal/calendar"
	"duban/internal/issue"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// importing is a workbook as people make them, and what it does to the village.
type importing struct {
	name   string
	book   book
	opt    Options
	more   func(*excelize.File)
	want   func(*issue.Register) // changes the village to what is wanted
	faults []string              // or what is wrong, in full
	notes  []string
	absent []string // sheet：names
}

func r(cells ...any) []any { return cells }

func (tc importing) run(t *testing.T) {
	var more []func(*excelize.File)
	if tc.more != nil {
		more = append(more, tc.more)
	}
	reg := village()
	got, err := Read(open(t, tc.book.bytes(t, more...)), reg, tc.opt)
	if diff := cmp.Diff(village(), reg, alike); diff != "" {
		t.Errorf("the register itself was changed\n%s", diff)
	}
	if len(tc.faults) > 0 {
		if _, ok := errors.AsType[*Errors](err); !ok {
			t.Fatalf("no faults: %v", err)
		}
		if diff := cmp.Diff(tc.faults, strings.Split(err.Error(), "\n")); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	want := village()
	if tc.want != nil {
		tc.want(want)
	}
	if diff := cmp.Diff(want, got.Register, alike); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	var absent []string
	for _, m := range got.Missing {
		absent = append(absent, m.Sheet+"："+strings.Join(m.Names, "、"))
	}
	if diff := cmp.Diff(tc.notes, got.Notes, alike); diff != "" {
		t.Errorf("notes (-want +got)\n%s", diff)
	}
	if tc.absent != nil {
		if diff := cmp.Diff(tc.absent, absent, alike); diff != "" {
			t.Errorf("missing (-want +got)\n%s", diff)
		}
	}
}

func TestMessyWorkbooks(t *testing.T) {
	for _, tc := range []importing{
		{
			name: "a title above, columns in another order, other heads, numbers and blanks",
			book: book{"责任单位 ": {
				r("兴安县创建全国文明城市责任单位一览表"), r(), r("填表日期", "2026年11月"), r("序号", "联络员（必填）", "单位 名称", "电话", "简　称", "分组"),
				r(1, "李　强", "昭阳街道", 13800000000, "昭阳，昭阳办；昭阳\n街办", "街道"), r(), r(2, "王芳", " 住建局\n", "", "县住建局", "部　门"),
			}},
			want: func(reg *issue.Register) {
				reg.Units[0].Aliases = []string{"昭阳", "昭阳办", "街办"}
			},
			notes: []string{"责任单位：没有用到 D 列“电话”"},
		},
		{
			name: "a new unit and a new person who refer to each other",
			book: book{
				"单位": {r("名称", "联络员", "考核分组"), r("城管局", "赵 军", "部门"), r("平川镇", "", "乡镇")},
				"人员": {r("姓名", "单位", "角色"), r("赵军", "城管局", "督查员 创城办")},
			},
			want: func(reg *issue.Register) {
				reg.Groups = append(reg.Groups, issue.Group{ID: "xiang_zhen", Name: "乡镇"})
				reg.Units = append(reg.Units, issue.Unit{ID: "cheng_guan_ju", Name: "城管局", Group: "dept", Liaison: "zhao_jun"}, issue.Unit{ID: "ping_chuan_zhen", Name: "平川镇", Group: "xiang_zhen"})
				reg.People = append(reg.People, issue.Person{ID: "zhao_jun", Name: "赵军", Unit: "cheng_guan_ju", Roles: []issue.Role{issue.RoleInspector, issue.RoleOffice}})
			},
			absent: []string{"单位：昭阳街道、住建局", "人员：李强、王磊、王芳、陈静"},
		},
		{
			name: "a unit renamed by its id, called by the old name elsewhere",
			book: book{
				"单位":   {r("编号", "名称"), r("zhaoyang", "朝阳街道")},
				"点位包保": {r("名称", "责任单位"), r("金水湾小区", "昭阳街道"), r("红星中路", "朝阳街道")},
			},
			want: func(reg *issue.Register) {
				reg.Units[0].Name = "朝阳街道"
				reg.Places[1].Unit = "zhaoyang"
			},
		},
		{
			name: "names that sound alike, a name with what parts others",
			book: book{
				"人员": {r("姓名", "单位"), r("张敏", "东门、西门办"), r("章敏")}, "单位": {r("名称"), r("东门、西门办")},
				"群": {r("群名", "接收单位"), r("东西群", "东门、西门办")},
			},
			want: func(reg *issue.Register) {
				reg.Units = append(reg.Units, issue.Unit{ID: "dong_men_xi_men_ban", Name: "东门、西门办"})
				reg.People = append(reg.People, issue.Person{ID: "zhang_min", Name: "张敏", Unit: "dong_men_xi_men_ban"}, issue.Person{ID: "zhang_min_2", Name: "章敏"})
				reg.Chats = append(reg.Chats, issue.Chat{ID: "dong_xi_qun", Name: "东西群", Units: []string{"dong_men_xi_men_ban"}, Listen: "commands"})
			},
		},
		{
			name: "an empty cell takes away, a column that is not there does not",
			book: book{"点位": {r("点位名称", "类型", "是否必查"), r("金水湾小区", "无", ""), r("红星中路", "—", "√")}},
			want: func(reg *issue.Register) {
				reg.Places[0].Type, reg.Places[0].Mandatory = "", false
				reg.Places[1].Type, reg.Places[1].Mandatory = "", true
			},
		},
		{
			name: "removed", opt: Options{Remove: true},
			book:   book{"点位包保": {r("名称"), r("红星中路")}},
			want:   func(reg *issue.Register) { reg.Places = reg.Places[1:] },
			absent: []string{"点位包保：金水湾小区"},
		},
		{
			name: "an empty form removes nothing", opt: Options{Remove: true},
			book: book{"点位包保": {r("名称"), r("", "", "")}, "人员": {r("姓名")}}, absent: []string{},
		},
		{
			name: "limits and counts",
			book: book{"类别标准": {
				r("名称", "时限", "整改前照片", "整改后照片", "关键词"), r("环境卫生", "三个工作日内", 1, "２张", "垃圾、楼道*堆；~破损/污水"), r("消防安全", 24, "", "", ""),
				r("交通秩序", "事不过夜", "", 1, ""), r("市容", "４ 个工作时"), r("绿化", "十五天"), r("设施", "2 work_day"), r("水域", "２４小时内办结"),
			}},
			faults: []string{"类别标准 第 3 行 B 列（时限）“24”：只写了数字；请写明是 24个工作日、24天 还是 24小时"},
		},
		{
			name: "limits",
			book: book{"类别标准": {
				r("名称", "时限", "整改前照片", "整改后照片", "关键词"), r("环境卫生", "三个工作日内", 1, "２张", "垃圾、楼道*堆；~破损/污水"),
				r("交通秩序", "事不过夜", "", 1, ""), r("市容", "４ 个工作时"), r("绿化", "十五天"), r("设施", "2 work_day"), r("水域", "２４小时内办结"),
			}},
			want: func(reg *issue.Register) {
				c := &reg.Categories[0]
				c.Limit.N, c.Evidence, c.Keywords = 3, issue.Evidence{Before: 1, After: 2}, append(c.Keywords, "污水")
				reg.Categories = append(
					reg.Categories,
					issue.Category{Name: "交通秩序", Limit: calendar.Limit{N: 1, Kind: calendar.SameDay}, Evidence: issue.Evidence{After: 1}},
					issue.Category{Name: "市容", Limit: calendar.Limit{N: 4, Kind: calendar.WorkHour}},
					issue.Category{Name: "绿化", Limit: calendar.Limit{N: 15, Kind: calendar.NaturalDay}},
					issue.Category{Name: "设施", Limit: calendar.Limit{N: 2, Kind: calendar.WorkDay}},
					issue.Category{Name: "水域", Limit: calendar.Limit{N: 24, Kind: calendar.UrgentHour}},
				)
			},
		},
		{
			name: "groups", book: book{"微信群": {r("群 名", "用途", "接收单位", "怎样听命令"), r("创城督查工作群", "上报，排名\n日报", "", "要@"), r("住建局创城群", "提醒催办", "县住建局、昭阳", "")}},
			want: func(reg *issue.Register) {
				reg.Chats[0].For, reg.Chats[0].Listen = append(reg.Chats[0].For, issue.ForSummary), "mentions"
				reg.Chats = append(reg.Chats, issue.Chat{
					ID: "zhu_jian_ju_chuang_cheng_qun", Name: "住建局创城群", For: []issue.Purpose{issue.ForReminders}, Units: []string{"zhujian", "zhaoyang"}, Listen: "commands",
				})
			},
		},
		{
			name: "merged cells, a hidden row, a formula, a date, what stands below the table",
			book: book{"点位包保": {
				r("名称", "责任单位", "所属社区"), r("东门菜场", "住建局", time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)), r("西门菜场"), r("北门菜场", "昭阳", "x"),
				r("注：红字必填"), r("填表人：张三", "审核人：李四"),
			}},
			more: func(f *excelize.File) {
				for _, err := range []error{
					f.MergeCell("点位包保", "B2", "B3"), f.SetRowVisible("点位包保", 4, false), f.MergeCell("点位包保", "A5", "C5"),
				} {
					if err != nil {
						panic(err)
					}
				}
			},
			want: func(reg *issue.Register) {
				reg.Places = append(reg.Places, issue.Place{Name: "东门菜场", Unit: "zhujian", Community: "46082"}, issue.Place{Name: "西门菜场", Unit: "zhujian"}, issue.Place{Name: "北门菜场", Unit: "zhaoyang", Community: "x"})
			},
			notes: []string{"点位包保 第 5 行没有读，它像是表格下面的说明：注：红字必填", "点位包保 第 6 行没有读，它像是表格下面的说明：填表人：张三 审核人：李四"},
		},
		{
			name: "sheets that are not known", book: book{"说明": {r("怎样用")}, "Sheet2": {}, "通知": {r("名称"), r("x")}, "群": {}},
			notes: []string{"工作表“Sheet2”没有用到：只读 单位、人员、点位包保、类别标准、群", "工作表“通知”没有用到：只读 单位、人员、点位包保、类别标准、群"},
		},
	} {
		t.Run(tc.name, tc.run)
	}
}

func TestFaultsOfWorkbooks(t *testing.T) {
	for _, tc := range []importing{
		{
			name: "names that are not known, in all sheets at once",
			book: book{
				"点位包保": {r("名称", "别名", "责任单位", "包保领导"), r("东门", "", "住建据", "陈晶"), r("西门", "", "水利局", "孙悟空"), r("南门", "", "住建局、昭阳", ""), r("北门", "", "招阳街道", "")},
				"人员":   {r("姓名", "单位", "角色"), r("李强", "教育局", "队长、联络员")},
				"群":    {r("群名", "用途", "接收单位"), r("创城督查工作群", "聊天", "昭阳、公安局")},
			},
			faults: []string{
				"人员 第 2 行 B 列（单位）“教育局”：没有这个单位；请先写进“单位”表",
				"人员 第 2 行 C 列（角色）“队长”：只能写 督查员、创城办、领导、管理员、查看者、上报人",
				"人员 第 2 行 C 列（角色）“联络员”：不在这里写；请写在“单位”表里该单位的联络员一列",
				"点位包保 第 2 行 C 列（责任单位）“住建据”：没有这个单位；是不是 住建局？",
				"点位包保 第 2 行 D 列（包保领导）“陈晶”：没有这个人；是不是 陈静？",
				"点位包保 第 3 行 C 列（责任单位）“水利局”：没有这个单位；请先写进“单位”表",
				"点位包保 第 3 行 D 列（包保领导）“孙悟空”：没有这个人；请先写进“人员”表",
				"点位包保 第 4 行 C 列（责任单位）“住建局、昭阳”：没有这个单位；这里只能写一个",
				"点位包保 第 5 行 C 列（责任单位）“招阳街道”：没有这个单位；是不是 昭阳街道？",
				"群 第 2 行 B 列（用途）“聊天”：只能写 上报、提醒、排名、日报、管理、草稿",
				"群 第 2 行 C 列（接收单位）“公安局”：没有这个单位；请先写进“单位”表",
			},
		},
		{
			name: "names that come twice",
			book: book{
				"人员": {r("姓名", "编号", "别名"), r("张敏"), r("张 敏"), r("李强"), r("李强"), r("赵军", "wang_lei", "王局"), r("孙莉", "", "王局"), r("王芳", "fang", "")},
				"单位": {r("名称", "别名"), r("教育局", "昭阳"), r("昭阳街道", "昭阳"), r("体育局", "教育局")},
			},
			faults: []string{
				"单位 第 2 行 B 列（别名）“昭阳”：与第 3 行的别名重复；编号、名称和别名都不能指两样东西",
				"单位 第 4 行 B 列（别名）“教育局”：与第 2 行的名称重复；编号、名称和别名都不能指两样东西",
				"人员 第 3 行 A 列（姓名）“张 敏”：与第 2 行重复，请只留一行；同名的人请写成 张敏（住建局）这样区分开",
				"人员 第 5 行 A 列（姓名）“李强”：与第 4 行说的是同一人，请合并成一行；同名的人请写成 张敏（住建局）这样区分开",
				"人员 第 7 行 C 列（别名）“王局”：与第 6 行的别名重复；编号、名称和别名都不能指两样东西；同名的人请写成 张敏（住建局）这样区分开",
				"人员 第 8 行 B 列（编号）“fang”：王芳的编号是 wang_fang，定了不要再改；请写回去或留空",
			},
		},
		{
			name: "what is missing, examples, formulas that failed, heads twice",
			book: book{
				"单位":   {r("名称", "联络员", "联络员"), r("", "李强"), r("示例：昭阳街道", "李强")},
				"类别标准": {r("名称", "责任单位"), r("市容", "#REF!"), r("环境卫生", "住建局")},
				"群":    {r("用途"), r("上报")},
				"点位包保": {r("名称", "必查", "类型"), r("#N/A", "是"), r("东门", "也许")},
				"人员":   {r("姓名", "单位"), r("甲", "住建局")}, "人员名单": {r("姓名")},
			},
			faults: []string{
				"单位 第 1 行 C 列（联络员）：这一列的标题写了两次，请只留一列",
				"单位 第 2 行 A 列（名称）：缺少名称，请补上，或清空这一行",
				"单位 第 3 行 A 列（名称）“示例：昭阳街道”：这还是示例里的名称；请换成真的名称，或删去这一行",
				"人员名单：与工作表“人员”说的是同一样东西，请合并成一张",
				"点位包保 第 2 行 A 列（名称）“#N/A”：这一格的公式算不出结果",
				"点位包保 第 3 行 B 列（必查）“也许”：要写 是 或 否",
				"类别标准 第 2 行：缺少时限，请加上这一列",
				"类别标准 第 2 行 B 列（责任单位）“#REF!”：这一格的公式算不出结果",
				"群：没有找到标题行：要有一行写着各列的名称，至少有“群名”",
			},
		},
		{
			name: "a ranking group that is a slip", book: book{"单位": {r("名称", "考核分组"), r("教育局", "部们")}},
			faults: []string{"单位 第 2 行 B 列（考核分组）“部们”：没有这个考核分组；是不是 部门？确实要新设，请先写进 config.yaml 的 groups"},
		},
		{
			name: "nothing to import", book: book{"通知": {r("x")}},
			faults: []string{"这个文件：没有可以导入的工作表；工作表的名称要是 单位、人员、点位包保、类别标准、群，模板可以用 duban template 生成"},
		},
	} {
		t.Run(tc.name, tc.run)
	}
}

// Examples that nobody touched are passed over; an example that somebody filled in is not.
func TestExamples(t *testing.T) {
	data := template(t, &issue.Register{})
	got, err := Read(open(t, data), village(), Options{Remove: true})
	if err != nil || len(got.Missing) > 0 {
		t.Fatalf("%v, missing %v", err, got)
	}
	if diff := cmp.Diff(village(), got.Register, alike); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	changed := altered(t, data, func(f *excelize.File) error { return f.SetCellStr("人员", "D4", "督查员") })
	_, err = Read(open(t, changed), village(), Options{})
	if want := "人员 第 4 行 A 列（姓名）“示例：李强”：这还是示例里的名称；请换成真的名称，或删去这一行"; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	filled := altered(t, data, func(f *excelize.File) error {
		return errors.Join(f.SetCellStr("人员", "A4", "钱进"), f.SetCellStr("人员", "C4", "住建局"))
	})
	got, err = Read(open(t, filled), village(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p := got.Register.People[len(got.Register.People)-1]; p.Name != "钱进" || p.ID != "qian_jin" || p.Unit != "zhujian" {
		t.Errorf("got %+v", p)
	}
}

func altered(t testing.TB, data []byte, do func(*excelize.File) error) []byte {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := do(f); err != nil {
		t.Fatal(err)
	}
	out, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Faults of the configuration are told where the workbook says what is wrong.
func TestPlace(t *testing.T) {
	got, err := Read(open(t, book{
		"单位": {r("备注", "名称", "别名"), r("", "城管局", "城管"), r("", "昭阳街道", "昭阳、昭办")},
		"类别": {r("名称", "时限", "整改后照片"), r("市容", "当日", 12)},
	}.bytes(t)), village(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"units[2].aliases[0]":           "单位 第 2 行 C 列（别名）“城管”：",
		"units[0].name":                 "单位 第 3 行 B 列（名称）“昭阳街道”：",
		"units[0]":                      "单位 第 3 行：",
		"units[0].liaison":              "单位 第 3 行：",
		"units[1].name":                 "",
		"web.listen":                    "",
		"categories[2].evidence.after":  "类别 第 2 行 C 列（整改后照片）“12”：",
		"categories[2].evidence.before": "类别 第 2 行：",
	}
	have := map[string]string{}
	for _, path := range slices.Sorted(maps.Keys(want)) {
		f, ok := got.Place(path)
		have[path] = ""
		if ok {
			have[path] = f.String()
		}
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// What two may mean is nobody, unless it is written as one of them is.
func TestIndex(t *testing.T) {
	x := newIndex()
	x.add("a", "A 座", nil)
	x.add("b", "A座", []string{"乙"})
	for text, want := range map[string]string{"A 座": "a", "A座": "b", "Ａ座": "", "a": "a", "乙": "b", "Ｂ": "b", "丙": ""} {
		if got := x.find(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestLetters(t *testing.T) {
	for n, want := range map[int]string{1: "A", 26: "Z", 27: "AA", 52: "AZ", 53: "BA", 702: "ZZ", 703: "AAA"} {
		if got := letters(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestTidy(t *testing.T) {
	for s, want := range map[string]string{
		" 张　敏 ": "张敏", "K12  基地": "K12 基地", "住建\n局": "住建局", "a\u200bb": "ab", "\u00a0甲\u00a0": "甲", "A座 3单元": "A座 3单元", "": "", "\ufeff名称": "名称", "甲「同意 3」\u202e\r": "甲“同意 3”",
	} {
		if got := tidy(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
	for s, want := range map[string][]string{
		"甲、乙，丙,丁;戊；己/庚\n辛": {"甲", "乙", "丙", "丁", "戊", "己", "庚", "辛"}, "甲 乙": {"甲", "乙"}, "K12 基地": {"K12 基地"}, "无": nil, "甲、、甲": {"甲"}, "/": nil,
	} {
		if got := words(s); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}
