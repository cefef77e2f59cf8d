package score

import (
	"math/big"
	"time"

	"duban/internal/issue"
)

// Line is one line of an account. The points of all lines add up to the score that is shown.
type Line struct {
	Kind   Kind
	Points *big.Rat
	Num    int     `json:",omitzero"` // numerator of a rate, or how many times
	Den    int     `json:",omitzero"` // denominator of a rate
	Issues []int64 `json:",omitzero"` // what cost or brought the points, where numbers are asked for
	Reason string  `json:",omitzero"` // of an entry by hand: what the office wrote
	Entry  int64   `json:",omitzero"` // of an entry by hand: its number
}

// Manual is an entry by hand 人工加减分 of the office.
type Manual struct {
	ID     int64
	Unit   string
	Points issue.Points
	Reason string
	At     time.Time
}

// Kind is what a line is about.
type Kind string

// The kinds of lines, in the order in which an account has them.
const (
	KindHandled     Kind = "handled"
	KindOnTime      Kind = "on_time"
	KindNoReturn    Kind = "no_return"
	KindNoOverdue   Kind = "no_overdue"
	KindNoExtension Kind = "no_extension"

	KindStart          Kind = "start" // style B: the full account
	KindFoundUpper     Kind = "found_upper"
	KindFoundCounty    Kind = "found_county"
	KindFoundOwn       Kind = "found_own"
	KindLateUpper      Kind = "late_upper"
	KindLateCounty     Kind = "late_county"
	KindLateOwn        Kind = "late_own"
	KindRepeatedUpper  Kind = "repeated_upper"
	KindRepeatedCounty Kind = "repeated_county"
	KindRepeatedOwn    Kind = "repeated_own"

	KindResponse  Kind = "response" // style C
	KindSolved    Kind = "solved"
	KindSatisfied Kind = "satisfied"

	KindExposure        Kind = "exposure"
	KindFalsified       Kind = "falsified"
	KindRefusedSendBack Kind = "refused_send_back"
	KindRelapse         Kind = "relapse"
	KindThirdReturn     Kind = "third_return"
	KindOnTheSpot       Kind = "on_the_spot"
	KindEarly           Kind = "early"
	KindBonusCap        Kind = "bonus_cap"  // what the bonuses are beyond their bound
	KindManual          Kind = "manual"     // an entry by hand
	KindManualCap       Kind = "manual_cap" // what an entry by hand is beyond its bound
	KindTotalCap        Kind = "total_cap"  // what the adjustments are beyond their bound
	KindFloor           Kind = "floor"      // no score is below 0
	KindShrink          Kind = "shrink"     // towards the mean of the group, for few cases
	KindRounding        Kind = "rounding"   // to two decimals, half up
)

// Text is the kind in Chinese.
func (k Kind) Text() string {
	return map[Kind]string{
		KindHandled: "处置率", KindOnTime: "按期处置率", KindNoReturn: "未返工率", KindNoOverdue: "无超期率", KindNoExtension: "未延期率",
		KindStart: "满分", KindFoundUpper: "上级反馈的问题", KindFoundCounty: "县里发现的问题", KindFoundOwn: "自查发现的问题",
		KindLateUpper: "上级反馈未按期整改", KindLateCounty: "县里发现未按期整改", KindLateOwn: "自查发现未按期整改",
		KindRepeatedUpper: "上级反馈连续超期", KindRepeatedCounty: "县里发现连续超期", KindRepeatedOwn: "自查发现连续超期",
		KindResponse: "响应率", KindSolved: "解决率", KindSatisfied: "满意率",
		KindExposure: "曝光", KindFalsified: "虚假整改", KindRefusedSendBack: "退单被驳回", KindRelapse: "反弹", KindThirdReturn: "第三次起退回",
		KindOnTheSpot: "主动当场解决", KindEarly: "提前完成", KindBonusCap: "加分封顶", KindManual: "人工加减分", KindManualCap: "人工加减分封顶",
		KindTotalCap: "加减分封顶", KindFloor: "最低 0 分", KindShrink: "小样本修正", KindRounding: "四舍五入",
	}[k]
}

func found(l Level) Kind {
	return [levels]Kind{Upper: KindFoundUpper, County: KindFoundCounty, Own: KindFoundOwn}[l]
}

func late(l Level) Kind {
	return [levels]Kind{Upper: KindLateUpper, County: KindLateCounty, Own: KindLateOwn}[l]
}

func repeated(l Level) Kind {
	return [levels]Kind{Upper: KindRepeatedUpper, County: KindRepeatedCounty, Own: KindRepeatedOwn}[l]
}

// deedKind is the line of a judgement.
func deedKind(k issue.JudgementKind) Kind {
	return map[issue.JudgementKind]Kind{
		issue.Exposed: KindExposure, issue.Falsification: KindFalsified, issue.RefusedSendBack: KindRefusedSendBack,
		issue.Relapsed: KindRelapse, issue.Returned: KindThirdReturn, issue.SolvedOnTheSpot: KindOnTheSpot,
	}[k]
}
