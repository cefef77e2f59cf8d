package understand

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestItems(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string
	}{
		{
			"the example of the design", "1、金水湾小区3号楼楼道堆放杂物\n2、红星中路公交站牌破损\n3. 南门菜场门口车辆乱停 今天处理",
			[]string{"金水湾小区3号楼楼道堆放杂物", "红星中路公交站牌破损", "南门菜场门口车辆乱停 今天处理"},
		},
		{"full width", "１．南门垃圾\n２．北门乱停", []string{"南门垃圾", "北门乱停"}},
		{"brackets", "(1)南门垃圾\n（2）北门乱停；", []string{"南门垃圾", "北门乱停"}},
		{"half brackets", "1)南门垃圾\n2）北门乱停", []string{"南门垃圾", "北门乱停"}},
		{"circles", "①南门垃圾\n②北门乱停", []string{"南门垃圾", "北门乱停"}},
		{"Chinese numerals", "一、南门垃圾\n二、北门乱停", []string{"南门垃圾", "北门乱停"}},
		{"bullets", "▲南门垃圾\n▲北门乱停", []string{"南门垃圾", "北门乱停"}},
		{"dashes", "- 南门垃圾\n- 北门乱停", []string{"南门垃圾", "北门乱停"}},
		{"keycaps", "1️⃣南门垃圾\n2️⃣北门乱停", []string{"南门垃圾", "北门乱停"}},
		{"pictures", "图1：南门垃圾\n图2：北门乱停", []string{"南门垃圾", "北门乱停"}},
		{"one picture", "图④：南门地面有垃圾。", []string{"南门地面有垃圾"}},
		{"one number", "1、北大桥南侧河堤有白色垃圾。", []string{"北大桥南侧河堤有白色垃圾"}},
		{"in one line", "（1）楼道堆物；（2）路灯不亮；（3）垃圾满溢。", []string{"楼道堆物", "路灯不亮", "垃圾满溢"}},
		{"pictures in one line", "图①：南门垃圾。图②：北门乱停", []string{"南门垃圾", "北门乱停"}},
		{"pictures with digits in one line", "图1：南门垃圾；图2：北门乱停", []string{"南门垃圾", "北门乱停"}},
		{"in one line with digits", "1、垃圾 2、乱停 3、破损", []string{"垃圾", "乱停", "破损"}},
		{"in one line with dots", "1.南门垃圾；2.北门乱停", []string{"南门垃圾", "北门乱停"}},
		{"the heading names the place", "金水湾小区：(1)楼道堆物；(2)路灯不亮", []string{"金水湾小区：楼道堆物", "金水湾小区：路灯不亮"}},
		{"the heading in its own line", "翠绿社区\n1.楼道堆物\n2.乱停", []string{"翠绿社区 楼道堆物", "翠绿社区 乱停"}},
		{"the heading announces", "今天督查发现以下问题：①南门垃圾；②北门乱停", []string{"南门垃圾", "北门乱停"}},
		{"the heading announces and names the place", "今天检查金水湾小区发现以下问题：\n1、楼道堆物\n2、路灯不亮", []string{"金水湾小区：楼道堆物", "金水湾小区：路灯不亮"}},
		{"the heading has a date", "11月23日督查情况：\n1、南门垃圾\n2、北门乱停", []string{"南门垃圾", "北门乱停"}},
		{"two headings", "金水湾小区：\n1、楼道堆物\n红星路：\n1、路灯不亮\n2、垃圾", []string{"金水湾小区：楼道堆物", "红星路：路灯不亮", "红星路：垃圾"}},
		{"a line goes on", "1、南门垃圾\n请今天处理\n2、北门乱停", []string{"南门垃圾 请今天处理", "北门乱停"}},
		{"several problems in one line stay one", "垃圾满溢、污水横流，车辆乱停", []string{"垃圾满溢、污水横流，车辆乱停"}},
		{"lines that are problems", "金水湾小区楼道堆物\n红星路路灯不亮", []string{"金水湾小区楼道堆物", "红星路路灯不亮"}},
		{"a place and its problem", "金水湾小区3号楼\n楼道堆放杂物", []string{"金水湾小区3号楼 楼道堆放杂物"}},
		{"a problem and a remark", "金水湾小区楼道堆物\n请尽快处理，不要再拖", []string{"金水湾小区楼道堆物 请尽快处理，不要再拖"}},
		{"house numbers are no numbering", "3、4号楼之间垃圾堆积", []string{"3、4号楼之间垃圾堆积"}},
		{"house numbers after a numbering", "1、3号楼垃圾\n2、5号楼乱停", []string{"3号楼垃圾", "5号楼乱停"}},
		{"a time is no numbering", "8:30南门垃圾没扫", []string{"8:30南门垃圾没扫"}},
		{"a measure is no numbering", "1.5米宽的路面破损", []string{"1.5米宽的路面破损"}},
		{"a floor is no numbering", "一楼垃圾", []string{"一楼垃圾"}},
		{"empty lines", "\n\n南门垃圾\r\n\r\n", []string{"南门垃圾"}},
		{"nothing", " \n\u3000\n", nil},
		{"only a number", "1、", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Items(tt.in)); diff != "" {
				t.Errorf("Items(%q) (-want +got):\n%s", tt.in, diff)
			}
		})
	}
}

func FuzzItems(f *testing.F) {
	for _, s := range []string{"1、南门\n2、北门", "(1)一；(2)二", "图④：垃圾", "①a②b", "1.\n2.", "十、\n", "1️⃣", "99、a\n100、b", "⑳x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		valid := strings.ToValidUTF8(s, "")
		for _, item := range Items(s) {
			if strings.TrimSpace(item) == "" || strings.ContainsAny(item, "\n") {
				t.Errorf("Items(%q) has %q", s, item)
			}
			if last := []rune(item); !strings.ContainsRune(valid, last[len(last)-1]) {
				t.Errorf("Items(%q) invents %q", s, item)
			}
		}
	})
}
