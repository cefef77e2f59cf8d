package understand

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLeadingNumbers(t *testing.T) {
	tests := []struct {
		in   string
		ids  []int64
		rest string
	}{
		{"17 2天 等配件", []int64{17}, "2天 等配件"},
		{"17 11-28", []int64{17}, "11-28"},
		{"17 2026-12-01", []int64{17}, "2026-12-01"},
		{"17、18 到周五", []int64{17, 18}, "到周五"},
		{"17到周五", []int64{17}, "到周五"},
		{"17", []int64{17}, ""},
		{"#17", []int64{17}, ""},
		{"＃１７　２天", []int64{17}, "２天"},
		{"17号", []int64{17}, ""},
		{"17号到28号", []int64{17}, "到28号"},
		{"第17号 2天", []int64{17}, "2天"},
		{"#17号前", []int64{17}, "前"}, // with # it is an issue
		{" 17\n2天", []int64{17}, "2天"},
		{"17，18,19 2天", []int64{17, 18, 19}, "2天"},
		{"17和18及19与20 一周", []int64{17, 18, 19, 20}, "一周"},
		{"#17、#18号 一周", []int64{17, 18}, "一周"},
		{"17、17 2天", []int64{17}, "2天"},
		{"17 18 到周五", []int64{17}, "18 到周五"}, // a blank does not join
		{"17, 18", []int64{17}, "18"},
		{"17两天", []int64{17}, "两天"},
		{"17半天", []int64{17}, "半天"},
		{"17明天", []int64{17}, "明天"},
		{"17周五前", []int64{17}, "周五前"},
		{"17星期五", []int64{17}, "星期五"},
		{"17、18周五", []int64{17, 18}, "周五"},
		{"17 月底前", []int64{17}, "月底前"},
		{"17 年底", []int64{17}, "年底"},
		{"17，2天", []int64{17}, "2天"},
		{"17，3工作日", []int64{17}, "3工作日"},
		{"17，4小时", []int64{17}, "4小时"},
		{"17，28号前", []int64{17}, "28号前"},
		{"17、28号下午5点", []int64{17}, "28号下午5点"},
		{"17，12月5日", []int64{17}, "12月5日"},
		{"17、11-28", []int64{17}, "11-28"},
		{"17，2周", []int64{17}, "2周"},
		{"17：2天", []int64{17}, "2天"},
		{"17：11-28", []int64{17}, "11-28"},
		{"17: 30天", []int64{17}, "30天"},
		{"17到11-28", []int64{17}, "到11-28"},
		{"17至12月5日", []int64{17}, "至12月5日"},
		{"17到2027-03-01", []int64{17}, "到2027-03-01"},
		{"17 住建局已答复", []int64{17}, "住建局已答复"},
		{"17周边已清", []int64{17}, "周边已清"},
		{"17天气原因", nil, ""},
		{"17 天气原因", []int64{17}, "天气原因"},
		{"1、2、3、4、5、6、7、8、9、10、11、12、13、14、15、16、17、18、19、20、21、22、23、24、25、26、27、28、29、30、31、32、33、34、35、36、37、38、39、40、41、42、43、44、45、46、47、48、49、50 2天", seq(1, 50), "2天"},
	}
	for _, tt := range tests {
		ids, rest, ok := LeadingNumbers(tt.in)
		if tt.ids == nil {
			tt.rest = tt.in
		}
		if diff := cmp.Diff(tt.ids, ids); ok != (tt.ids != nil) || diff != "" || rest != tt.rest {
			t.Errorf("LeadingNumbers(%q) = %v, %q, %v, want %v, %q", tt.in, ids, rest, ok, tt.ids, tt.rest)
		}
	}
}

func TestNoLeadingNumbers(t *testing.T) {
	for _, s := range []string{
		"", " ", "到周五", "3天内整改", "3 天内", "3天", "2个工作日", "2 个工作日", "2工作日", "4小时", "11-28", "11月28日", "2026-12-01", "12/5", "12.5", "17:30", "17:30前", "28号前",
		"28号下午5点", "28号之前", "17-19 2天", "17~19", "17—19", "#17-#19", "17号楼", "2周", "2星期", "13812345678", "0", "#0", "第三次", "17 个", "17室",
		strings.Join(numbersTo(51), "、"),
	} {
		if ids, rest, ok := LeadingNumbers(s); ok || rest != s || ids != nil {
			t.Errorf("LeadingNumbers(%q) = %v, %q", s, ids, rest)
		}
	}
}

func TestPair(t *testing.T) {
	tests := []struct {
		in   string
		from []int64
		to   int64
	}{
		{"31 到 12", []int64{31}, 12},
		{"31到12", []int64{31}, 12},
		{"31到#12", []int64{31}, 12},
		{"31、32 并入 12", []int64{31, 32}, 12},
		{"31、32，并入12", []int64{31, 32}, 12},
		{"31 并到 12号", []int64{31}, 12},
		{"31号并入12号", []int64{31}, 12},
		{"#31 合并到 #12", []int64{31}, 12},
		{"＃３１　并入　１２", []int64{31}, 12},
		{"把31并到12", []int64{31}, 12},
		{"将 31 归入 12", []int64{31}, 12},
		{"31 至 12", []int64{31}, 12},
		{"31 -> 12", []int64{31}, 12},
		{"31→12", []int64{31}, 12},
		{"31 12", []int64{31}, 12},
		{"31和12", []int64{31}, 12},
		{"31、12", []int64{31}, 12},
		{"31 32 33 12", []int64{31, 32, 33}, 12},
		{"31、31 并入 12", []int64{31}, 12},
		{"第31号 第12号", []int64{31}, 12},
		{"12 到 31", []int64{12}, 31},
		{"31 到 12，同一个井盖", []int64{31}, 12},
		{"31 12 同一个井盖", []int64{31}, 12},
		{"31 12 3号楼同一处", []int64{31}, 12},
		{strings.Join(numbersTo(51), "、"), seq(1, 50), 51},
		{"31 12 到场看过是同一处", []int64{31}, 12},
		{"31 并入 12 到场看过", []int64{31}, 12},
		{"31 并入 12（重复）", []int64{31}, 12},
		{"31、12是同一处", []int64{31}, 12},
	}
	for _, tt := range tests {
		from, to, ok := Pair(tt.in)
		if diff := cmp.Diff(tt.from, from); !ok || diff != "" || to != tt.to {
			t.Errorf("Pair(%q) = %v, %d, %v, want %v, %d", tt.in, from, to, ok, tt.from, tt.to)
		}
	}
	for _, s := range []string{
		"", "31", "31 到", "到 12", "并入 12", "12 到 12", "31、12 并入 12", "31 并入 12、13", "31、32 并入", "31、32 并入 十二", "31、32 到", "31 到 12 到 5", "31-12", "31~12", "31~33 并入 12", "31 和 12号楼", "31和12米处", "31 12个",
		"0 12", "31 0", "三十一 到 十二", strings.Join(numbersTo(52), "、"),
	} {
		if from, to, ok := Pair(s); ok || from != nil || to != 0 {
			t.Errorf("Pair(%q) = %v, %d", s, from, to)
		}
	}
}

func numbersTo(n int) []string {
	var out []string
	for _, id := range seq(1, int64(n)) {
		out = append(out, "#"+string(rune('0'+id/10))+string(rune('0'+id%10)))
	}
	return out
}

func FuzzLeadingNumbers(f *testing.F) {
	for _, s := range []string{"17、18 到周五", "#17 2天", "１７：２天", "第17号", "17:30", "31 并入 12", "17，", "17和", "28号前", "31->12"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ids, rest, ok := LeadingNumbers(s)
		valid := strings.ToValidUTF8(s, "\ufffd")
		switch {
		case !ok && (rest != s || ids != nil):
			t.Errorf("LeadingNumbers(%q) = %v, %q without numbers", s, ids, rest)
		case ok && (len(ids) == 0 || len(ids) > maxNumbers || slices.Min(ids) < 1 || valid == s && !strings.HasSuffix(s, rest)):
			t.Errorf("LeadingNumbers(%q) = %v, %q", s, ids, rest)
		}
		from, to, ok := Pair(s)
		if ok && (len(from) == 0 || len(from) > maxNumbers || slices.Min(from) < 1 || to < 1 || slices.Contains(from, to)) || !ok && (from != nil || to != 0) {
			t.Errorf("Pair(%q) = %v, %d, %v", s, from, to, ok)
		}
	})
}
