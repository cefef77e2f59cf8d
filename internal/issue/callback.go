package issue

import "time"

// Call is what a call back 回访 to the person who complained brought (domain.md §5.4 C).
type Call struct {
	At        time.Time `json:",omitzero"`
	Contacted bool      `json:",omitzero"` // 联系上
	Solved    bool      `json:",omitzero"` // 已解决, says the person
	Mood      Mood      `json:",omitzero"` // "" where nobody was reached
}

// Mood is how content a person is.
type Mood string

// The answers to a call back.
const (
	Satisfied   Mood = "satisfied"   // 满意
	Basic       Mood = "basic"       // 基本满意
	Unsatisfied Mood = "unsatisfied" // 不满意
)

// Text is the answer in Chinese.
func (m Mood) Text() string {
	switch m {
	case Satisfied:
		return "满意"
	case Basic:
		return "基本满意"
	case Unsatisfied:
		return "不满意"
	}
	return string(m)
}

// Text is the result in Chinese: 满意，已解决.
func (c Call) Text() string {
	switch {
	case !c.Contacted:
		return "未联系上"
	case c.Solved:
		return c.Mood.Text() + "，已解决"
	}
	return c.Mood.Text() + "，未解决"
}

func checkCall(i Issue, a Act) error {
	switch c := a.Change.Call; {
	case !i.Complaint:
		return Fail(CodeState, i.Number()+" 不是投诉，不用回访", "要看整改得怎样请发「回头看 "+i.digits()+" 合格」")
	case c.Contacted != (c.Mood != ""):
		return Fail(CodeInput, i.Number()+" 请写明回访结果", "例如「回访 "+i.digits()+" 满意」，没联系上请发「回访 "+i.digits()+" 未联系上」")
	}
	return nil
}

func checkBoard(i Issue, a Act) error {
	on := !i.ExposedAt.IsZero()
	switch {
	case a.Action == Expose && on:
		return Fail(CodeState, i.Number()+" 已在曝光台", "要撤下请发「撤下曝光 "+i.digits()+"」")
	case a.Action == Unexpose && !on:
		return Fail(CodeState, i.Number()+" 不在曝光台", "发「查 "+i.digits()+"」看经过")
	}
	return nil
}
