package report_test

import (
	"testing"
	"time"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store/storetest"
)

// TestAdjustments: the newest first, what was refused is in the list and not in the sums, and what does not fit is counted.
func TestAdjustments(t *testing.T) {
	p := storetest.County(t)
	w := report.Words{Reg: p.Reg, Cal: p.Cal}
	now := storetest.At(t, "2026-11-23 09:00")
	var list []issue.Adjustment
	for n, points := range []issue.Points{-50, 100, -25, 200} {
		list = append(list, issue.Adjustment{
			ID: int64(n + 1), Unit: "zhaoyang", Points: points, Reason: "迎检", Person: "chen_jing", State: issue.AdjustmentApproved,
			DecidedBy: "xie_lan", DecidedAt: now.Add(time.Duration(n) * time.Minute),
		})
	}
	list[3].State, list[3].Note = issue.AdjustmentRefused, "分内的事"
	want := `本月加减分 4 笔，计入的共加 1.00 分、共扣 0.75 分
4｜昭阳街道 加 2.00 分：迎检（陈静提出，谢兰驳回，今日 09:03）：分内的事
3｜昭阳街道 扣 0.25 分：迎检（陈静提出，谢兰同意，今日 09:02）
……另有 2 笔`
	if got := w.AdjustmentsDecided("本月加减分", list, 2, now); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := w.AdjustmentsDecided("本月加减分", list[3:], 2, now); got[:len("本月加减分 1 笔\n")] != "本月加减分 1 笔\n" {
		t.Errorf("nothing counts: %s", got)
	}
}
