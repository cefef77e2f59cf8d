package issue_test

import (
	"testing"

	"duban/internal/issue"
)

// TestManualCap: one entry by hand is not above the cap, in either direction, and is not nothing.
func TestManualCap(t *testing.T) {
	for _, tt := range []struct {
		limit, points issue.Points
		want          string
	}{
		{200, 200, ""},
		{200, -200, ""},
		{200, 1, ""},
		{200, 201, "每笔加减分最多 2 分，2.01 分超过上限。请写不超过 2 的分值"},
		{200, -250, "每笔加减分最多 2 分，2.5 分超过上限。请写不超过 2 的分值"},
		{150, 0, "分值不能是 0。请写大于 0、不超过 1.5 的分值"},
		{0, 1, "现在的规则不用人工加减分。要用请管理员设置每笔的上限（manual_cap）"},
	} {
		got := ""
		if err := (issue.Adjustments{ManualCap: tt.limit}).CheckManual(tt.points); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s of %s: %q, want %q", tt.points, tt.limit, got, tt.want)
		}
	}
}

// TestSecondPerson: who asked does not decide.
func TestSecondPerson(t *testing.T) {
	a := issue.Adjustment{ID: 3, Points: -50, Person: "chen_jing"}
	if err := a.CheckDecider("zhao_min"); err != nil {
		t.Error(err)
	}
	want := "加减分 3 是您自己提出的，要由另一个人决定。请创城办其他人或领导发「同意加减分 3」或「驳回加减分 3 原因」"
	if err := a.CheckDecider("chen_jing"); err == nil || err.Error() != want {
		t.Errorf("who asked: %v", err)
	}
}

// TestAdjustmentText: the direction is a word, the points have two places.
func TestAdjustmentText(t *testing.T) {
	for points, want := range map[issue.Points]string{-50: "扣 0.50 分", 100: "加 1.00 分", 5: "加 0.05 分"} {
		if got := (issue.Adjustment{Points: points}).Text(); got != want {
			t.Errorf("%d: %q, want %q", points, got, want)
		}
	}
}
