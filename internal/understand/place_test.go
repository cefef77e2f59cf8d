package understand

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"duban/internal/issue"
)

// county is a small register with names that are easily confused (phrasing.md §7).
func county(t testing.TB) *issue.Register {
	t.Helper()
	reg := &issue.Register{
		Categories: shippedCategories(t),
		Units: []issue.Unit{
			{ID: "zhaoyang", Name: "昭阳街道", Aliases: []string{"昭阳"}},
			{ID: "zhujian", Name: "住建局", Aliases: []string{"县住建局"}},
			{ID: "chengguan", Name: "城管局", Aliases: []string{"县城市管理局"}},
		},
		People: []issue.Person{
			{ID: "zhang_min", Name: "张敏"},
			{ID: "li_qiang", Name: "李强", Aliases: []string{"强哥"}},
			{ID: "li_qiang_2", Name: "李强", Unit: "zhujian"},
			{ID: "wang_fang", Name: "王芳"},
		},
	}
	for name, typ := range map[string]string{
		"交通路": "主次干道", "解放路": "主次干道", "红星中路": "主次干道", "青云巷": "背街小巷", "永宁社区": "社区小区", "一中": "学校",
		"市人民商场住宿区": "社区小区", "市人民商场": "商场", "农校家属院": "社区小区", "火车站": "车站", "火车站集贸市场": "农贸市场", "集贸市场": "农贸市场", "人民医院": "医院",
		"消防公园": "公园广场", "琥珀小区": "社区小区", "实验小学": "学校", "旺家超市": "商场", "云桥大道": "主次干道",
	} {
		reg.Places = append(reg.Places, issue.Place{Name: name, Type: typ})
	}
	reg.Places = append(reg.Places, issue.Place{Name: "金水湾小区", Aliases: []string{"金湾"}, Type: "社区小区"})
	return reg
}

var monday = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC) // 10:00 in the county

func TestPlaceOfReport(t *testing.T) {
	r := New(county(t), testCalendar(t))
	tests := []struct{ text, want string }{
		{"金水湾小区3号楼楼道堆放杂物", "金水湾小区"},
		{"金水湾3号楼楼道堆放杂物", "金水湾小区"},
		{"金湾3号楼楼道堆放杂物", "金水湾小区"},
		{"金水灣小區３號樓樓道堆放雜物", "金水湾小区"},
		{"市人民商场住宿区垃圾多", "市人民商场住宿区"},
		{"市人民商场门口垃圾多", "市人民商场"},
		{"农校家属院楼道堆物", "农校家属院"},
		{"火车站集贸市场污水横流", "火车站集贸市场"},
		{"火车站广场有人拉客", "火车站"},
		{"解放路火车站周边出租车乱停", "火车站"},
		{"永宁社区琥珀小区停车杂乱", "琥珀小区"},
		{"永宁社区，琥珀小区停车杂乱", "琥珀小区"},
		{"永宁社区青云巷乱堆乱放", "青云巷"},
		{"解放路青云巷乱堆乱放", "青云巷"},
		{"解放路永宁社区门口垃圾", "永宁社区"},
		{"解放路永宁社区路段路灯不亮", "解放路"},
		{"解放路与青云巷交叉口垃圾", "解放路"},
		{"红星中路解放路交叉口垃圾", "红星中路"},
		{"解放路（红星中路至交通路）路灯不亮", "解放路"},
		{"旺家超市（人民医院对面）：私搭雨棚", "旺家超市"},
		{"解放路人民医院对面垃圾成堆", "解放路"},
		{"人民医院东侧的琥珀小区有飞线", "琥珀小区"},
		{"交通路实验小学门口流动摊贩", "实验小学"},
		{"交通路小学门口流动摊贩", ""}, // a school that is not in the register, not the road
		{"交通路口红绿灯坏了", "交通路"},
		{"统一中心花坛有垃圾", ""},
		{"区一中门口乱停", "一中"},
		{"解放路路面破损，去火车站的车都绕行", "解放路"},
		{"（实验小学旁）旺家超市私搭雨棚", "旺家超市"},
		{"解放路通往青云巷的路口有垃圾", "解放路"},
		{"北门旁花坛有垃圾", ""},
		{"", ""},
	}
	for _, tt := range tests {
		if got := r.Report(tt.text, monday); got.Place != tt.want {
			t.Errorf("%s: place %q, want %q", tt.text, got.Place, tt.want)
		}
	}
	if got := r.Report("火车站集贸市场污水横流", monday); len(got.Candidates) > 0 {
		t.Errorf("names inside the place's name are candidates: %q", got.Candidates)
	}
}

func TestTwoPeopleOfOneName(t *testing.T) {
	reg := county(t)
	reg.People = append(reg.People, issue.Person{ID: "li_qiangsheng", Name: "李强生"})
	id, candidates := New(reg, testCalendar(t)).Person("李强")
	if diff := cmp.Diff([]string{"li_qiang", "li_qiang_2"}, candidates); id != "" || diff != "" {
		t.Errorf("李强 = %q (-want +got):\n%s", id, diff)
	}
}

// Words inside a place's name say nothing about the problem.
func TestPlaceNamesAreNoKeywords(t *testing.T) {
	r := New(county(t), testCalendar(t))
	tests := []struct{ text, want string }{
		{"交通路路灯不亮", "公共设施"},
		{"消防公园长椅损坏", "公共设施"},
		{"消防公园有垃圾", "环境卫生"},
		{"交通路", ""},
	}
	for _, tt := range tests {
		if got := r.Report(tt.text, monday); got.Category != tt.want {
			t.Errorf("%s: category %q, want %q", tt.text, got.Category, tt.want)
		}
	}
}

func TestPlaceLookup(t *testing.T) {
	r := New(county(t), testCalendar(t))
	tests := []struct {
		in, want   string
		candidates []string
	}{
		{"金水湾小区", "金水湾小区", nil},
		{" 金水灣小區 ", "金水湾小区", nil},
		{"金湾", "金水湾小区", nil},
		{"金水弯小区", "", []string{"金水湾小区"}},
		{"人民商场", "", []string{"市人民商场", "市人民商场住宿区"}},
		{"琥珀小区3号楼", "", []string{"琥珀小区"}},
		{"月球", "", nil},
		{"", "", nil},
	}
	for _, tt := range tests {
		name, candidates := r.Place(tt.in)
		if len(candidates) > len(tt.candidates) {
			candidates = candidates[:len(tt.candidates)] // further, weaker ones may follow
		}
		if diff := cmp.Diff(tt.candidates, candidates); name != tt.want || len(tt.candidates) > 0 && diff != "" {
			t.Errorf("Place(%q) = %q, %v, want %q, %v", tt.in, name, candidates, tt.want, tt.candidates)
		}
	}
}

func TestUnitAndPersonLookup(t *testing.T) {
	r := New(county(t), testCalendar(t))
	tests := []struct {
		look       func(string) (string, []string)
		in, want   string
		candidates []string
	}{
		{r.Unit, "住建局", "zhujian", nil},
		{r.Unit, "县住建局", "zhujian", nil},
		{r.Unit, "zhujian", "zhujian", nil},
		{r.Unit, "昭阳", "zhaoyang", nil},
		{r.Unit, "住健局", "", []string{"zhujian"}},
		{r.Unit, "", "", nil},
		{r.Person, "张敏", "zhang_min", nil},
		{r.Person, "@张敏", "zhang_min", nil},
		{r.Person, "強哥", "li_qiang", nil},
		{r.Person, "李强", "", []string{"li_qiang", "li_qiang_2"}},
		{r.Person, "张明", "", []string{"zhang_min"}},
	}
	for _, tt := range tests {
		id, candidates := tt.look(tt.in)
		if len(candidates) > len(tt.candidates) {
			candidates = candidates[:len(tt.candidates)]
		}
		if diff := cmp.Diff(tt.candidates, candidates); id != tt.want || len(tt.candidates) > 0 && diff != "" {
			t.Errorf("%q = %q, %v, want %q, %v", tt.in, id, candidates, tt.want, tt.candidates)
		}
	}
}

// A place that stands alone in a report is found whatever stands around it.
func TestAnyRegisteredPlaceIsFound(t *testing.T) {
	names := []string{"澄江路", "柳堤公园", "明湖花园", "东风菜市场", "御泉府项目", "南湾河", "永宁社区", "第九中学"}
	reg := &issue.Register{Categories: shippedCategories(t)}
	for _, n := range names {
		reg.Places = append(reg.Places, issue.Place{Name: n})
	}
	r := New(reg, testCalendar(t))
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "name")
		before := rapid.SampledFrom([]string{"", "县城", "1、", "（1）", "图3：", "东城区", "请看 "}).Draw(t, "before")
		after := rapid.SampledFrom([]string{"有垃圾", "：垃圾满溢", " 车辆乱停", "东侧路灯不亮，请明天处理", "3号门口井盖缺失"}).Draw(t, "after")
		if got := r.Report(before+name+after, monday).Place; got != name {
			t.Fatalf("%s%s%s: place %q", before, name, after, got)
		}
	})
}

// The cost of a report must not grow with the register: compare the two with go test -bench Report.
func BenchmarkReport(b *testing.B) {
	for _, n := range []int{50, 5000} {
		b.Run(fmt.Sprintf("places=%d", n), func(b *testing.B) {
			reg := &issue.Register{Categories: shippedCategories(b)}
			for i := range n {
				reg.Places = append(reg.Places, issue.Place{Name: fmt.Sprintf("%c%c花园%c区", '丁'+rune(i%97), '上'+rune(i/97), '东'+rune(i%3)), Unit: "zhujian"})
			}
			reg.Places = append(reg.Places, issue.Place{Name: "金水湾小区"})
			r := New(reg, testCalendar(b))
			for b.Loop() {
				r.Report("昭阳街道金水湾小区3号楼楼道堆放杂物、电动车飞线充电，希望明天下午5点前处理", monday)
			}
		})
	}
}
