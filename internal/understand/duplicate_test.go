package understand

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The first column says whether the two texts tell of the same problem.
var alikeRows = `
是|金水湾小区3号楼楼道堆放杂物|金水湾小区3号楼楼道堆放杂物
是|金水湾小区3号楼楼道堆放杂物|金水湾小区三号楼楼道内堆满杂物
是|金水湾小区3号楼楼道堆放杂物|金水湾小区楼道乱堆杂物，希望尽快处理
是|金水湾小区3号楼楼道堆放杂物|金水灣小區３號樓樓梯間堆放雜物
是|金水湾小区3号楼2单元302漏水|金水湾3号楼2单元302室漏水严重
是|金水湾小区垃圾满溢|金水湾小区垃圾桶满溢
是|垃圾|垃圾满溢
是|金水湾小区垃圾|金水湾小区垃圾满溢，臭气熏天
是|金水湾小区脏乱|金水湾小区门口脏乱差
是|解放路路灯不亮|解放路路灯坏了
是|解放路路灯不亮|解放路有路灯损坏，晚上很黑
是|解放路灯杆A12路灯不亮|解放路A12号灯杆路灯损坏
是|解放路井盖丢失|解放路井盖没了，很危险
是|解放路井盖缺失|解放路马葫芦盖不见了
是|解放路北侧电动车乱停乱放|解放路路北电瓶车停放杂乱
是|解放路与青云巷交叉口电动自行车乱停|青云巷解放路交叉口电动车乱停乱放
是|解放路东北角垃圾堆积|解放路东侧垃圾堆积如山
是|解放路向东10米处路面坑洼不平|解放路往东15米路面有坑洞
是|实验小学门口流动摊贩占道|实验小学门前商贩占道经营
是|实验小学门口占道摆摊|实验小学门口流动摊贩占道经营，影响通行
是|琥珀小区电动车飞线充电|琥珀小区内居民飞线充电，存在消防隐患
是|琥珀小区墙面小广告多|琥珀小区楼道墙面牛皮癣
是|消防公园长椅损坏|消防公园长椅破损，请及时维修
是|消防公园绿化带有狗屎|消防公园绿地狗粪没人清理，绿化带有狗屎
是|青云巷污水横流|青云巷污水外溢，臭味难闻
是|金水湾小区3号楼和5号楼楼道堆物|金水湾小区3号楼楼道堆物
是|金水湾小区2单元楼道灯不亮|金水湾小区3号楼2单元楼道灯坏了
是|僵尸车长期占用车位，车牌尾号123|僵尸车占用车位
是|永宁社区琥珀小区停车杂乱|琥珀小区车辆违停
是|一中门口有人卖早点，占道经营|一中门口早点摊占道经营
是|昨天路过一中门口，发现公交站牌倒了|一中门口公交站牌倒了没人管
是|A栋302漏水|A座302室漏水
是|a栋楼顶漏水|A栋楼顶漏水
是|金水湾小区垃圾多|金水湾小区垃圾满溢
是|永宁社区琥珀小区垃圾满溢|解放路琥珀小区垃圾满溢
是|永宁社区垃圾满溢|琥珀小区垃圾满溢
是|解放路垃圾满溢|琥珀小区垃圾满溢
是|金水湾小区楼道堆物，希望物业尽快处理解决一下这个老问题|金水湾小区楼道堆物，请住建局安排人员清理

否|A栋302漏水|A栋303漏水
否|A栋302漏水|B栋302漏水
否|金水湾小区3号楼楼道堆放杂物|金水湾小区5号楼楼道堆放杂物
否|金水湾小区三号楼楼道堆放杂物|金水湾小区4栋楼道堆放杂物
否|金水湾小区3号楼2单元楼道堆放杂物|金水湾小区3号楼1单元楼道堆放杂物
否|金水湾小区3号楼2楼堆放杂物|金水湾小区3号楼五楼堆放杂物
否|金水湾小区负1层堆放杂物|金水湾小区1层堆放杂物
否|金水湾小区东门垃圾满溢|金水湾小区西门垃圾满溢
否|金水湾小区3号门垃圾满溢|金水湾小区1号门垃圾满溢
否|金水湾小区正门垃圾满溢|金水湾小区后门垃圾满溢
否|金水湾小区一期垃圾满溢|金水湾小区二期垃圾满溢
否|金水湾小区A区垃圾满溢|金水湾小区B区垃圾满溢
否|解放路东侧路面破损|解放路西侧路面破损
否|解放路路南路面破损|解放路北侧路面破损
否|解放路交叉口东10米路南路灯不亮|解放路交叉口东10米路北路灯不亮
否|解放路往东10米路灯不亮|解放路往东200米路灯不亮
否|解放路东南角路灯不亮|解放路东北角路灯不亮
否|解放路66号门前垃圾满溢|解放路68号门前垃圾满溢
否|解放路灯杆A12路灯不亮|解放路灯杆A13路灯不亮
否|解放路15号灯杆倾斜|解放路16号灯杆倾斜
否|解放路与青云巷交叉口垃圾满溢|解放路与交通路交叉口垃圾满溢
否|解放路人民医院对面垃圾满溢|解放路实验小学对面垃圾满溢
否|金水湾小区入口道闸损坏|金水湾小区出口道闸损坏
否|金水湾小区左侧围墙倒塌|金水湾小区右侧围墙倒塌
否|金水湾小区楼前垃圾满溢|金水湾小区楼后垃圾满溢
否|僵尸车占用车位，车牌尾号123|僵尸车占用车位，车牌尾号456
否|金水湾小区垃圾桶满溢|金水湾小区垃圾桶破损
否|解放路路灯不亮|解放路路灯杆倾斜
否|金水湾小区3号楼楼道堆放杂物|金水湾小区3号楼电梯故障
否|金水湾小区3号楼2单元路灯不亮|金水湾小区3号楼2单元垃圾满溢
否|解放路路面破损|解放路路灯不亮
否|解放路井盖缺失|解放路护栏缺失
否|一中门口占道经营|一中门口车辆乱停
否|垃圾|楼道灯不亮
否|金水湾小区|金水湾小区垃圾满溢
否|金水湾小区3号楼|金水湾小区3号楼2单元
否|垃圾满溢|
否|，。|。
`

func TestAlike(t *testing.T) {
	r := New(county(t), testCalendar(t))
	count := 0
	for line := range strings.Lines(alikeRows) {
		f := strings.Split(strings.TrimSpace(line), "|")
		if len(f) != 3 {
			continue
		}
		count++
		want := f[0] == "是"
		if got := r.Alike(f[1], f[2]); got != want {
			x, a := r.details(f[1])
			y, b := r.details(f[2])
			t.Errorf("%s / %s: %v; slots %v and %v, words %q and %q, likeness %.2f", f[1], f[2], got, x, y, plainWords(a), plainWords(b), Likeness(a, b))
		}
		if r.Alike(f[2], f[1]) != want {
			t.Errorf("%s / %s: not the same the other way round", f[2], f[1])
		}
	}
	if count < 60 {
		t.Errorf("only %d pairs", count)
	}
}

// What is taken out of a text as a detail, and what remains: a blank stands for what was taken.
func TestSlots(t *testing.T) {
	r := New(county(t), testCalendar(t))
	tests := []struct {
		text string
		want slots
		rest string
	}{
		{"3号楼漏水", slots{slotHouse: {"3"}}, " 漏水"},
		{"十二栋漏水", slots{slotHouse: {"12"}}, " 漏水"},
		{"C幢漏水", slots{slotHouse: {"C"}}, " 漏水"},
		{"3#楼漏水", slots{slotHouse: {"3"}}, " 漏水"},
		{"a座漏水", slots{slotHouse: {"A"}}, " 漏水"},
		{"3号楼2单元302漏水", slots{slotHouse: {"3"}, slotUnit: {"2"}, slotRoom: {"302"}}, "   漏水"},
		{"5栋3单位1203室漏水", slots{slotHouse: {"5"}, slotUnit: {"3"}, slotRoom: {"1203"}}, "   漏水"}, // as people type 单元
		{"B栋-302漏水", slots{slotHouse: {"B"}, slotRoom: {"302"}}, " - 漏水"},
		{"402户漏水", slots{slotRoom: {"402"}}, " 漏水"},
		{"负二层漏水", slots{slotFloor: {"-2"}}, " 漏水"},
		{"3号楼和五号楼漏水", slots{slotHouse: {"3", "5"}}, " 和 漏水"},
		{"66号店漏水", slots{slotNumber: {"66"}}, " 漏水"},
		{"解放路66-2号漏水", slots{slotNumber: {"66-2"}, slotRoad: {"解放路"}}, "    漏水"},
		{"12号灯杆倒了", slots{slotLamp: {"12"}}, " 倒了"},
		{"路灯编号1023不亮", slots{slotLamp: {"1023"}, slotState: {wordBroken}}, "路灯编号 不亮"},
		{"电线杆A12倒了", slots{slotLamp: {"A12"}}, "电线杆 倒了"},
		{"3号门漏水", slots{slotGate: {"3"}}, " 漏水"},
		{"东南门漏水", slots{slotGate: {"东南"}}, " 漏水"},
		{"西大门漏水", slots{slotGate: {"西"}}, " 漏水"},
		{"后门漏水", slots{slotGate: {"后"}}, " 漏水"},
		{"西北角漏水", slots{slotSide: {"西北"}}, " 漏水"},
		{"路南漏水", slots{slotSide: {"南"}}, "路 漏水"},
		{"解放路北，漏水", slots{slotSide: {"北"}, slotRoad: {"解放路"}}, "     漏水"},
		{"南侧人行道漏水", slots{slotSide: {"南"}}, " 人行道漏水"},
		{"东机动车道漏水", slots{slotSide: {"东"}}, " 漏水"},
		{"往东200米漏水", slots{slotSide: {"东"}, slotDistance: {"200"}}, "往  漏水"},
		{"路口东10多米路南漏水", slots{slotSide: {"东", "南"}, slotDistance: {"10"}}, "路口 路 漏水"},
		{"三期漏水", slots{slotZone: {"3"}}, " 漏水"},
		{"5组漏水", slots{slotZone: {"5"}}, " 漏水"},
		{"B区漏水", slots{slotZone: {"B"}}, " 漏水"},
		{"南区漏水", slots{slotZone: {"南"}}, " 漏水"},
		{"二标段漏水", slots{slotZone: {"2"}}, " 漏水"},
		{"3弄漏水", slots{slotZone: {"3"}}, " 漏水"},
		{"右侧漏水", slots{slotFace: {"右"}}, " 漏水"},
		{"楼后漏水", slots{slotFace: {"后"}}, "楼 漏水"},
		{"入口漏水", slots{slotEntry: {"入"}}, " 漏水"},
		{"出入口漏水", slots{}, " 漏水"},
		{"车牌豫A12345占道", slots{slotPlate: {"12345"}}, "车牌豫A 占道"},
		{"尾号5K8占道", slots{slotPlate: {"5K8"}}, "尾号 占道"},
		{"永宁社区琥珀小区垃圾外溢", slots{slotCommunity: {"永宁社区"}, slotPoint: {"琥珀小区"}, slotState: {wordFull}}, "        垃圾外溢"},
		{"3个垃圾桶，2023年就坏了", slots{slotState: {wordBroken}}, "3个垃圾桶,2023年就坏了"}, // other numbers are none
	}
	for _, tt := range tests {
		got, rest := r.details(tt.text)
		if diff := cmp.Diff(tt.want, got); diff != "" || strings.TrimLeft(rest, " ") != strings.TrimLeft(tt.rest, " ") {
			t.Errorf("%s: rest %q, want %q (-want +got):\n%s", tt.text, rest, tt.rest, diff)
		}
	}
}

func TestLikeness(t *testing.T) {
	tests := []struct {
		a, b     string
		low, top float64
	}{
		{"垃圾满溢", "垃圾满溢", 1, 1},
		{"垃圾", "垃圾满溢", 1, 1},
		{"脏", "脏，", 1, 1},
		{"脏", "脏乱", 0, 0}, // one character is too little
		{"垃圾多", "垃圾满溢", 0.4, 0.4},
		{"楼道堆杂物", "墙面小广告", 0, 0},
		{"楼道堆杂物，墙面小广告", "墙面小广告，楼道堆杂物", 1, 1}, // the order of clauses says nothing
		{"垃圾垃圾垃圾垃圾", "垃圾垃", 1, 1},
		{"垃圾垃圾垃圾垃圾", "垃圾分类", 0.1, 0.3}, // a pair counts once for once
		{"有垃圾的", "垃圾", 1, 1},
		{"", "", 0, 0},
		{"的了", "的了", 0, 0},
		{"垃圾", "", 0, 0},
	}
	for _, tt := range tests {
		if got := Likeness(tt.a, tt.b); got < tt.low-1e-9 || got > tt.top+1e-9 {
			t.Errorf("Likeness(%q, %q) = %.3f, want %.2f to %.2f", tt.a, tt.b, got, tt.low, tt.top)
		}
	}
}

// problemText draws a text from the words of reports, with details and noise.
func problemText() *rapid.Generator[string] {
	words := []string{
		"金水湾小区", "解放路", "青云巷", "3号楼", "5栋", "A座", "2单元", "302", "302室", "二楼", "东门", "后门", "东侧", "路北", "往东10米", "灯杆A12", "66号", "一期", "B区", "入口", "楼前",
		"垃圾", "满溢", "路灯", "不亮", "破损", "楼道", "堆放杂物", "乱停", "，", "。", " ", "的", "有", "希望尽快处理", "尾号123", "\x00", "\x01", "臺", "ａ", "井", "x",
	}
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 8).Draw(t, "words"), "")
	})
}

// It does not matter which of the texts is the older one, a text is like itself, and another house is another problem.
func TestAlikeProperties(t *testing.T) {
	r := New(county(t), testCalendar(t))
	rapid.Check(t, func(t *rapid.T) {
		a, b := problemText().Draw(t, "a"), problemText().Draw(t, "b")
		if r.Alike(a, b) != r.Alike(b, a) {
			t.Fatalf("%q and %q are alike one way only", a, b)
		}
		if l, m := Likeness(a, b), Likeness(b, a); l != m || l < 0 || l > 1 {
			t.Fatalf("%q and %q: %v and %v", a, b, l, m)
		}
		if r.Alike(a, a) != (alike(a) != "") {
			t.Fatalf("%q is not like itself", a)
		}
		if r.Alike("7号楼"+a, "9号楼"+a) && !strings.Contains(a, "号楼") && !strings.Contains(a, "栋") {
			t.Fatalf("%q in another house", a)
		}
	})
}

// Different problems of the samples, at one place or at several, are hardly ever taken for the same.
func TestAlikeInSamples(t *testing.T) {
	var rows []row
	for _, name := range []string{"reports_sample.tsv", "more_reports.tsv", "blind_reports.tsv"} {
		rows = append(rows, readRows(t, name)...)
	}
	r := New(sampleRegister(t, rows), testCalendar(t))
	pairs, taken := 0, 0
	for i, a := range rows {
		for j, b := range rows[:i] {
			if i-j > 3 && (a.core == "" || a.core != b.core) {
				continue // all pairs would take their time
			}
			pairs++
			if r.Alike(a.text, b.text) {
				taken++
				t.Logf("%s and %s: %s / %s", a.id, b.id, a.text, b.text)
			}
		}
	}
	t.Logf("%d of %d pairs of different problems are alike", taken, pairs)
	if pairs < 900 || taken > pairs/400 {
		t.Errorf("%d of %d pairs of different problems are alike", taken, pairs)
	}
}

func FuzzAlike(f *testing.F) {
	for line := range strings.Lines(alikeRows) {
		if parts := strings.Split(strings.TrimSpace(line), "|"); len(parts) == 3 {
			f.Add(parts[1], parts[2])
		}
	}
	r := New(county(f), testCalendar(f))
	f.Fuzz(func(t *testing.T, a, b string) {
		if r.Alike(a, b) != r.Alike(b, a) || r.Alike(a, a) != (alike(a) != "") {
			t.Errorf("%q and %q", a, b)
		}
		if l := Likeness(a, b); l != Likeness(b, a) || l < 0 || l > 1 {
			t.Errorf("Likeness(%q, %q) = %v", a, b, l)
		}
	})
}

func BenchmarkAlike(b *testing.B) {
	r := New(county(b), testCalendar(b))
	for b.Loop() {
		r.Alike("金水湾小区3号楼2单元302漏水，希望尽快处理", "昭阳街道金水湾小区三号楼二单元302室天花板漏水严重")
	}
}
