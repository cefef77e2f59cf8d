package handlers

import "testing"

// TestQuoting: who only quotes the bot may be talking to others about what it said, so that the verb has to end before other words.
func TestQuoting(t *testing.T) {
	table := world(t).Table
	for _, tt := range []struct {
		text   string
		quoted []int64
		want   string
	}{
		{"完成 已清理", []int64{17}, "完成 [17] 已清理"},
		{"完成了，请看", []int64{17}, "完成 [17] 请看"},
		{"完成18已清理", []int64{17}, "完成 [18] 已清理"},
		{"已处理", []int64{17}, "完成 [17]"},
		{"收到，马上办", []int64{17}, "签收 [17] 马上办"},
		{"退回还有水", []int64{17}, "退回 [17] 还有水"},
		{"改派住建局", []int64{17}, "改派 [17] 住建局"},
		{"反馈：已安排", []int64{17}, "回复 [17] 已安排"},
		{"上报：路灯不亮", []int64{17}, "上报 [17] 路灯不亮"},
		{"当场解决", []int64{17}, "当场解决 [17]"},
		{"同意加减分", nil, "同意加减分"},
		{"完成时间能不能放宽", []int64{17}, ""},
		{"通过照片看不清楚", []int64{17}, ""},
		{"签收单在我这里", []int64{17}, ""},
		{"照片发一下", []int64{17}, ""},
		{"查一查原因", []int64{17}, ""},
		{"收到货了", []int64{17}, ""},
		{"合格率太低", []int64{17}, ""},
		{"反馈给社区了", []int64{17}, ""},
		{"上报的是哪栋", []int64{17}, ""},
		{"投诉的人我认识", []int64{17}, ""},
		{"报告领导，马上处理", []int64{17}, ""},
		{"意见很大", []int64{17}, ""},
		{"收到", nil, ""},
		{"合格", nil, ""},
		{"通过", nil, "通过"},
	} {
		if got := shown(table.Match(Input{Text: tt.text, Addressed: true, Quoted: tt.quoted})); got != tt.want {
			t.Errorf("%q is %q, want %q", tt.text, got, tt.want)
		}
	}
}
