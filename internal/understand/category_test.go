package understand

import (
	"testing"

	"duban/internal/calendar"
	"duban/internal/issue"
)

// The rules that weigh keywords, each on categories small enough to see why.
func TestCategoryRules(t *testing.T) {
	reg := &issue.Register{
		Places: []issue.Place{{Name: "路灯公园"}},
		Categories: []issue.Category{
			{Name: "甲", Aliases: []string{"甲类问题"}, Keywords: []string{"垃圾", "垃圾桶", "脏"}, Limit: calendar.Limit{N: 1, Kind: calendar.WorkDay}},
			{Name: "乙", Keywords: []string{"路灯", "宣传栏", "通道*堵", "破损", "～故障"}},
			{Name: "丙", Keywords: []string{"乱停", "小广告", "~破", "～车"}},
		},
	}
	r := New(reg, testCalendar(t))
	tests := []struct{ why, text, want string }{
		{"a keyword", "有垃圾", "甲"},
		{"the longer keyword covers the shorter", "垃圾桶路灯", "甲"},
		{"of equals in a clause the last is the problem", "垃圾路灯", "乙"},
		{"a thing beside which something is does not count", "宣传栏旁有垃圾", "甲"},
		{"the same thing itself", "宣传栏有垃圾", "乙"},
		{"the first of several clauses", "有垃圾，宣传栏", "甲"},
		{"several clauses together", "有垃圾，路灯坏，路灯坏，路灯坏", "乙"},
		{"two parts in one clause", "通道被车辆堵", "乙"},
		{"the parts in two clauses", "通道，堵", ""},
		{"the parts too far apart", "通道一二三四五六七八九堵", ""},
		{"a hint alone", "机器故障", "乙"},
		{"a hint beside a keyword", "车脏", "甲"},
		{"many hints beside a keyword", "车车车车车脏", "甲"},
		{"full width in the configuration", "车", "丙"},
		{"an alias of the category", "甲类问题：路灯", "甲"},
		{"a word in a place's name", "路灯公园", ""},
		{"nothing", "你好", ""},
	}
	for _, tt := range tests {
		if got := r.Report(tt.text, monday).Category; got != tt.want {
			t.Errorf("%s: %s is %q, want %q", tt.why, tt.text, got, tt.want)
		}
		if got, ok := r.Category(tt.text); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: Category(%s) = %q, %v, want %q", tt.why, tt.text, got, ok, tt.want)
		}
	}
}
