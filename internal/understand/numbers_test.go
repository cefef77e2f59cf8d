package understand

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNumbers(t *testing.T) {
	tests := []struct {
		in   string
		ids  []int64
		rest string
	}{
		{"17", []int64{17}, ""},
		{"#17", []int64{17}, ""},
		{"＃１７", []int64{17}, ""},
		{"17号", []int64{17}, ""},
		{"17號 已清理", []int64{17}, "已清理"},
		{"17 号", []int64{17}, ""},
		{"第17号", []int64{17}, ""},
		{"第17号，已清理", []int64{17}, "已清理"},
		{"12号13号 已清理", []int64{12, 13}, "已清理"},
		{"#12#13已清理", []int64{12, 13}, "已清理"},
		{"12+13", []int64{12, 13}, ""},
		{"12&13 已清理", []int64{12, 13}, "已清理"},
		{"12号3栋已清理", []int64{12}, "3栋已清理"},
		{"编号：12 已清理", []int64{12}, "已清理"},
		{"编号12、13", []int64{12, 13}, ""},
		{" 17\n已清理，谢谢！", []int64{17}, "已清理，谢谢！"},
		{"17、18，19", []int64{17, 18, 19}, ""},
		{"17,18;19 通过", []int64{17, 18, 19}, "通过"},
		{"#17、#18 完成", []int64{17, 18}, "完成"},
		{"#17 #18", []int64{17, 18}, ""},
		{"17 18", []int64{17, 18}, ""},
		{"17和18及19 已清理", []int64{17, 18, 19}, "已清理"},
		{"17-19", []int64{17, 18, 19}, ""},
		{"#17-#19", []int64{17, 18, 19}, ""},
		{"17—19号 通过", []int64{17, 18, 19}, "通过"},
		{"17至19", []int64{17, 18, 19}, ""},
		{"17~18", []int64{17, 18}, ""},
		{"17 17 18", []int64{17, 18}, ""},
		{"１７、１８", []int64{17, 18}, ""},
		{"017", []int64{17}, ""},
		{"17完成", []int64{17}, "完成"},
		{"#17完成：已清理，谢谢", []int64{17}, "完成：已清理，谢谢"},
		{"17：已清理", []int64{17}, "已清理"},
		{"17. 已清理", []int64{17}, "已清理"},
		{"#17:3号楼已清理", []int64{17}, "3号楼已清理"},
		{"17处理完了", []int64{17}, "处理完了"},
		{"17路灯已修好", []int64{17}, "路灯已修好"},
		{"17人行道修好了", []int64{17}, "人行道修好了"},
		{"17楼道已清", []int64{17}, "楼道已清"},
		{"17公厕已修", []int64{17}, "公厕已修"},
		{"17张敏", []int64{17}, "张敏"},
		{"17 3个垃圾桶已换", []int64{17}, "3个垃圾桶已换"},
		{"17 2号楼已清理", []int64{17}, "2号楼已清理"},
		{"17、12月1日前完成", []int64{17}, "12月1日前完成"},
		{"17 3天内整改", []int64{17}, "3天内整改"},
		{"17,18号楼", []int64{17}, "18号楼"},
		{"12号开会", []int64{12}, "开会"}, // the caller decides
		{"1-50", seq(1, 50), ""},
	}
	for _, tt := range tests {
		ids, rest, ok := Numbers(tt.in)
		if diff := cmp.Diff(tt.ids, ids); !ok || diff != "" || rest != tt.rest {
			t.Errorf("Numbers(%q) = %v, %q, %v, want %v, %q", tt.in, ids, rest, ok, tt.ids, tt.rest)
		}
	}
}

func seq(from, to int64) []int64 {
	var out []int64
	for n := from; n <= to; n++ {
		out = append(out, n)
	}
	return out
}

func TestNoNumbers(t *testing.T) {
	for s := range strings.FieldsSeq("17号楼楼道 17号院 3号线 5号门 17号店 3个 10米 2023年 8点 3天内 5栋 12月1日 8:30 17.5 100% 3#楼 17A 17米 3处 2条 5盏路灯 3人 " +
		"17单元 17小时 3公里 17平方 1-51 1-1000 19-17 2026-11-23 13812345678 0 #0 -1 第三次督导 第3天 第17 号 # 完成17 十七 17室 3楼 17户 12/1前 5组 3名 20度 3件 3项") {
		if ids, rest, ok := Numbers(s); ok || rest != s {
			t.Errorf("Numbers(%q) = %v, %q", s, ids, rest)
		}
	}
	for _, s := range []string{"", " ", "17 个", "17 号楼", "3 天内"} {
		if ids, _, ok := Numbers(s); ok {
			t.Errorf("Numbers(%q) = %v", s, ids)
		}
	}
}

func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"17、18，19 完成", "#17", "１７－１９", "第17号", "17号楼", "1-99999999999", "17 和", "۱۷"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ids, rest, ok := Numbers(s)
		if !ok {
			if rest != s || ids != nil {
				t.Errorf("Numbers(%q) = %v, %q without numbers", s, ids, rest)
			}
			return
		}
		if len(ids) == 0 || len(ids) > maxNumbers || !strings.HasSuffix(strings.ToValidUTF8(s, "\ufffd"), strings.ToValidUTF8(rest, "\ufffd")) && !strings.ContainsRune(s, '\ufffd') && strings.ToValidUTF8(s, "") == s {
			t.Errorf("Numbers(%q) = %v, %q", s, ids, rest)
		}
		for _, id := range ids {
			if id < 1 {
				t.Errorf("Numbers(%q) gives %d", s, id)
			}
		}
	})
}
