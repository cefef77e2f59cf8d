package understand

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"duban/internal/issue"
)

func TestNear(t *testing.T) {
	reg := county(t)
	for _, name := range []string{"昭阳新村", "朝阳街道", "望江路", "榕江路", "第三小学", "红星西路", "建设公园", "三元街", "幸福佳苑小区", "老年活动中心", "机关幼儿园", "ABC广场", "翠微顶", "交通街"} {
		reg.Places = append(reg.Places, issue.Place{Name: name})
	}
	r := New(reg, testCalendar(t))
	tests := []struct {
		text string
		want []string
	}{
		{"金水弯小区3号楼楼道堆放杂物", []string{"金水湾小区"}},
		{"今水弯小区3号楼楼道堆放杂物", []string{"金水湾小区"}},
		{"金水弯3号楼楼道堆放杂物", []string{"金水湾小区"}}, // 小区 may be left out here too
		{"金書灣小區３號樓樓道堆放雜物", []string{"金水湾小区"}},
		{"昭阳街道金水弯小区垃圾满溢", []string{"金水湾小区"}},
		{"1、虎珀小区垃圾满溢", []string{"琥珀小区"}},
		{"胡泊小区垃圾满溢", []string{"琥珀小区"}},
		{"昭阳新春垃圾满溢", []string{"昭阳新村"}}, // the unit's alias 昭阳 stands at the beginning
		{"召扬新村垃圾满溢", []string{"昭阳新村"}},
		{"红星钟路路灯不亮", []string{"红星中路"}},
		{"青芸巷乱堆乱放", []string{"青云巷"}},
		{"轻云巷乱堆乱放", []string{"青云巷"}},
		{"幸福佳宛小区飞线充电", []string{"幸福佳苑小区"}},
		{"幸福佳美小区飞线充电", []string{"幸福佳苑小区"}},
		{"老年活动种心门口乱停", []string{"老年活动中心"}},
		{"机关幼儿圆门口乱停", []string{"机关幼儿园"}},
		{"机关幼几园门口乱停", []string{"机关幼儿园"}},
		{"ABC广厂有垃圾", []string{"ABC广场"}},
		{"翠徵顶有垃圾", []string{"翠微顶"}},
		{"三元路有垃圾", []string{"三元街"}},
		{"在胶通路口乱停", []string{"交通路"}},
		{"旺家抄市私搭雨棚，琥泊小区垃圾多", []string{"旺家超市", "琥珀小区"}},
		{"旺家操市私搭雨棚，琥泊小区垃圾多", []string{"琥珀小区"}}, // 操 only sounds similar to 超
		{"交通路口琥泊小区垃圾多", nil},                   // a registered place was found

		{"王江路路灯不亮", []string{"望江路"}},
		{"珠江路路灯不亮", nil}, // neither 望江路 nor 榕江路
		{"昭扬新世", nil},
		{"昭阳街道有垃圾", nil}, // the unit, not 朝阳街道
		{"第二小学门口乱停", nil},
		{"红星东路路灯不亮", nil},
		{"永宁村垃圾多", nil},
		{"康宁社区垃圾多", nil},
		{"金水湾小学门口乱停", nil}, // 金水湾 is found
		{"交通路小学门口乱停", nil}, // not the road, but neither 交通街
		{"他说翠徵顶有垃圾", nil},
		{"焦痛鹿有垃圾", nil},
		{"道路不交通，开通路灯", nil},
		{"解放军慰问", nil},
		{"金水 小区有垃圾", nil},
		{"楼道堆放杂物", nil},
		{"城管局门口垃圾满溢", nil},
		{"弯", nil},
		{"", nil},
	}
	for _, tt := range tests {
		got := r.Report(tt.text, monday)
		if got.Place != "" && tt.want != nil {
			t.Errorf("%s: place %q", tt.text, got.Place)
		}
		if diff := cmp.Diff(tt.want, got.Near); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.text, diff)
		}
	}
}

// What is written correctly is no misspelling.
func TestNearIsNotTheNameItself(t *testing.T) {
	n := newNearNames([][]string{{"金水湾小区"}})
	if got := n.in([]rune("金水湾小区有垃圾"), maxNear, func([]rune) bool { return false }); len(got) > 0 {
		t.Errorf("near %v", got)
	}
}

// How often a misspelled place is recognised, and how often a place that is not in the register is taken for a misspelled
// one, on the samples.
func TestNearOnSamples(t *testing.T) {
	var rows []row
	for _, name := range []string{"reports_sample.tsv", "more_reports.tsv", "blind_reports.tsv"} {
		rows = append(rows, readRows(t, name)...)
	}
	reg := sampleRegister(t, rows)
	reader := New(reg, testCalendar(t))
	var misspelled, found, unknown, wrong int
	for i, row := range rows {
		if bad := soundsLike(row.core, row.text); bad != "" {
			f := reader.Report(strings.ReplaceAll(row.text, row.core, bad), monday)
			if f.Place == "" {
				misspelled++
				if slices.Contains(f.Near, row.core) {
					found++
				} else {
					t.Logf("%s: %s not found for %s, but %q", row.id, row.core, bad, f.Near)
				}
			}
		}
		if i%8 > 0 { // a reader for every row takes its time
			continue
		}
		without := *reg
		without.Places = slices.DeleteFunc(slices.Clone(reg.Places), func(p issue.Place) bool { return strings.Contains(row.text, p.Name) })
		if f := New(&without, testCalendar(t)).Report(row.text, monday); f.Place == "" {
			unknown++
			if len(f.Near) > 0 {
				wrong++
				t.Logf("%s: %q for %s", row.id, f.Near, row.core)
			}
		}
	}
	t.Logf("%d of %d misspelled places found; %d of %d unknown places taken for others", found, misspelled, wrong, unknown)
	if misspelled < 200 || found*100 < misspelled*98 || wrong*100 > unknown*4 {
		t.Errorf("%d of %d misspelled places found; %d of %d unknown places taken for others", found, misspelled, wrong, unknown)
	}
}

// soundsLike misspells a name by putting another character of the same sound in the place of one of its own, or gives "" for
// a name that is too short.
func soundsLike(name, seed string) string {
	runes := []rune(name)
	if len(runes) < minNearRunes {
		return ""
	}
	v := loadVoices()
	at := len(seed) % len(runes)
	for r := rune(hanFirst + len(seed)*100); r <= hanLast; r++ {
		if v.closeness(r, runes[at]) == sameSound && string(foldRune(r)) == Fold(string(r)) {
			runes[at] = r
			return string(runes)
		}
	}
	return ""
}

// A name with one of its own characters written by another one of the same sound is always found, wherever it stands.
func TestNearProperties(t *testing.T) {
	reg := &issue.Register{Categories: shippedCategories(t)}
	names := []string{"澄江路", "柳堤公园", "明湖花园小区", "东风菜市场", "御泉府项目", "南湾河", "永宁社区", "第九中学"}
	for _, n := range names {
		reg.Places = append(reg.Places, issue.Place{Name: n})
	}
	r := New(reg, testCalendar(t))
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "name")
		bad := soundsLike(name, strings.Repeat("x", rapid.IntRange(0, 60).Draw(t, "seed")))
		before := rapid.SampledFrom([]string{"", "请看 ", "1、", "昨天", "（2）"}).Draw(t, "before")
		after := rapid.SampledFrom([]string{"有垃圾", "：垃圾满溢", "，车辆乱停", "3号门口井盖缺失"}).Draw(t, "after")
		got := r.Report(before+bad+after, monday)
		if bad != "" && got.Place != name && !slices.Contains(got.Near, name) { // 明湖花园 is found in 明湖花园小区
			t.Fatalf("%s%s%s: place %q, near %q, want %q", before, bad, after, got.Place, got.Near, name)
		}
	})
}

// Looking for misspelled places must not cost more than the rest of a report: compare with BenchmarkReport.
func BenchmarkReportWithoutPlace(b *testing.B) {
	for _, n := range []int{50, 5000} {
		b.Run(fmt.Sprintf("places=%d", n), func(b *testing.B) {
			reg := &issue.Register{Categories: shippedCategories(b)}
			for i := range n {
				reg.Places = append(reg.Places, issue.Place{Name: fmt.Sprintf("%c%c花园小区", '丁'+rune(i%97), '上'+rune(i/97))})
			}
			r := New(reg, testCalendar(b))
			for b.Loop() {
				r.Report("昭阳街道金水弯小区3号楼楼道堆放杂物、电动车飞线充电，希望明天下午5点前处理", monday)
			}
		})
	}
}

func BenchmarkLookup(b *testing.B) {
	reg := &issue.Register{Categories: shippedCategories(b)}
	for i := range 5000 {
		reg.Places = append(reg.Places, issue.Place{Name: fmt.Sprintf("%c%c花园小区", '丁'+rune(i%97), '上'+rune(i/97))})
	}
	r := New(reg, testCalendar(b))
	for b.Loop() {
		r.Place("金水弯小区")
	}
}

func BenchmarkNew(b *testing.B) {
	reg := &issue.Register{Categories: shippedCategories(b)}
	for i := range 5000 {
		reg.Places = append(reg.Places, issue.Place{Name: fmt.Sprintf("%c%c花园小区", '丁'+rune(i%97), '上'+rune(i/97))})
	}
	for b.Loop() {
		New(reg, testCalendar(b))
	}
}
