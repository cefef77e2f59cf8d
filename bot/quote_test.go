package bot

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestQuotedNumbers: a quoted message is about the issues that it is of, not about those that it mentions beside them.
func TestQuotedNumbers(t *testing.T) {
	for text, want := range map[string][]int64{
		"已立案 #17 金水湾小区垃圾": {17},
		"#1 和 #2":         {1, 2},
		"已立案 3 件\n#128 甲｜小区管理\n#129 乙｜公共设施\n#130 丙":                                 {128, 129, 130},
		"已立案 #17 消防通道被堵\n责任：临湖街道 孙丽\n协办：住建局 #18、交警大队 #19\n照片请在 5 分钟内发到群里":           {17},
		"#17 消防通道被堵｜消防安全 → 临湖街道 孙丽，限 11-24 09:00｜协办：住建局 #18\n#20 乙｜公共设施 → 住建局":      {17, 20},
		"【新派单】住建局 1 件\n#18 消防通道被堵（协办 #17）｜住建局 王芳，限 11-24 09:00\n签收请发「签收 18」":        {18},
		"已立案 #31 楼道堆杂物\n疑似与 #12 重复，并案请发「并案 31 到 12」":                                {31},
		"#31 已并入 #12 楼道堆放杂物｜昭阳街道 李强":                                                {31},
		"#31 已并入 #12，请对 #12 操作。请发「完成 12」":                                           {31},
		"#12 核查通过，已销号\n并入的 #31、#32 随之销号":                                            {12},
		"#3（改由本单位牵头 #1）不用办理":                                                        {3},
		"【疑似重复】\n#31 甲｜昭阳街道 李强\n#12 甲｜昭阳街道 李强\n同一问题请发「并案 31 到 12」":                  {31, 12},
		"加减分 3 已提出，等创城办的另一人或领导决定\n昭阳街道 扣 0.50 分：#17 拖了两周\n请发「同意加减分 3」或「驳回加减分 3 原因」": nil,

		"没看懂。发「帮助」看说明": nil,
	} {
		if diff := cmp.Diff(want, quotedNumbers(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// FuzzQuoted: whatever stands in a quote, it names only issues that stand in it, each once.
func FuzzQuoted(f *testing.F) {
	for _, s := range []string{
		"已立案 #17 金水湾小区垃圾", "#1 和 #2", "疑似与 #12 重复，并案请发「并案 31 到 12」", "协办：住建局 #18、交警大队 #19", "加 2 分：#17 拖了两周\n#18",
		"#0 #-1 #999999999 #1000000000", "＃17 #１７", "#17#17#18", "（改由本单位牵头 #1）", "并入的 #31、#32 随之销号", "\xff#1\xfe2",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		seen := map[int64]bool{}
		for _, n := range quotedNumbers(text) {
			if seen[n] {
				t.Errorf("#%d twice in %q", n, text)
			}
			seen[n] = true
			if !regexp.MustCompile(fmt.Sprintf("#0*%d", n)).MatchString(text) {
				t.Errorf("#%d does not stand in %q", n, text)
			}
		}
	})
}
