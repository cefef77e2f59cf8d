package issue

import (
	"fmt"
	"time"
)

// Adjustment is an entry by hand 加减分: points that the office gives a unit or takes from it, for a reason, once a second person
// has agreed (S37, domain.md row 45). It has a number of its own, which is no issue's.
type Adjustment struct {
	ID        int64
	Unit      string
	Points    Points // negative: taken off
	Reason    string
	Person    string // who asked for it
	At        time.Time
	Chat      string // where it was asked for; "" in private
	State     AdjustmentState
	DecidedBy string
	DecidedAt time.Time // it counts in the period that holds this instant
	Note      string    // what was said with the decision
}

// AdjustmentState is where an entry by hand stands.
type AdjustmentState string

// The states of an entry by hand.
const (
	AdjustmentAsked    AdjustmentState = "asked"
	AdjustmentApproved AdjustmentState = "approved"
	AdjustmentRefused  AdjustmentState = "refused"
)

// Name is how people call an entry: 加减分 3.
func (a Adjustment) Name() string { return fmt.Sprintf("加减分 %d", a.ID) }

// Text says in which direction it goes and how far: 扣 0.50 分.
func (a Adjustment) Text() string {
	if a.Points < 0 {
		return "扣 " + (-a.Points).String() + " 分"
	}
	return "加 " + a.Points.String() + " 分"
}

// CheckManual checks the points of one entry by hand, given or taken, against the cap of the rule (domain.md row 45).
func (a Adjustments) CheckManual(p Points) error {
	if p < 0 {
		p = -p
	}
	switch {
	case a.ManualCap == 0:
		return Fail(CodeState, "现在的规则不用人工加减分", "要用请管理员设置每笔的上限（manual_cap）")
	case p == 0:
		return Fail(CodeInput, "分值不能是 0", "请写大于 0、不超过 "+a.ManualCap.Text()+" 的分值")
	case p > a.ManualCap:
		return Fail(CodeInput, "每笔加减分最多 "+a.ManualCap.Text()+" 分，"+p.Text()+" 分超过上限", "请写不超过 "+a.ManualCap.Text()+" 的分值")
	}
	return nil
}

// CheckDecider lets everybody decide but who asked: points by hand take two persons.
func (a Adjustment) CheckDecider(person string) error {
	if person != a.Person {
		return nil
	}
	return Fail(CodeForbidden, a.Name()+" 是您自己提出的，要由另一个人决定",
		fmt.Sprintf("请创城办其他人或领导发「同意加减分 %d」或「驳回加减分 %d 原因」", a.ID, a.ID))
}
