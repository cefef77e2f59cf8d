package handlers

import (
	"fmt"
	"strings"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/understand"
)

// callBack records what the person who complained says after the closing (domain.md §5.4 C).
func (r *Request) callBack() (Reply, error) {
	return r.each(func(i issue.Issue) (Reply, error) {
		call, words, ok := called(r.Args)
		act := issue.Act{Action: issue.CallBack, By: r.From.ID, Note: words, Change: issue.Change{Call: call}}
		if err := r.Policy.Check(i, r.act(act)); err != nil {
			return Reply{}, err
		}
		if !ok {
			return Reply{}, issue.Fail(issue.CodeInput, i.Number()+" 请写明回访结果：满意、基本满意、不满意或未联系上",
				fmt.Sprintf("例如：「回访 %d 基本满意 已解决」", i.ID))
		}
		again := !i.Call.At.IsZero()
		if err := r.apply(&i, act); err != nil {
			return Reply{}, err
		}
		text := i.Number() + " 已记回访：" + i.Call.Text()
		if again {
			text += "（以这次为准）"
		}
		notice := fmt.Sprintf("【投诉回访】%s\n%s", r.Words.Head(i), i.Call.Text())
		if words != "" {
			notice += "：" + report.Short(words, 100)
		}
		return Reply{Text: text + afterCall(i), Notices: r.toUnit(i.Unit, i, notice)}, nil
	})
}

// afterCall is what to do about somebody who is not content or was not reached.
func afterCall(i issue.Issue) string {
	switch {
	case !i.Call.Contacted:
		return fmt.Sprintf("。联系上后请再发「回访 %d 结果」", i.ID)
	case !i.Call.Solved:
		return fmt.Sprintf("。要重新整改请督查员发「反弹 %d 原因」", i.ID)
	}
	return ""
}

// called reads the result of a call back: how content the person is, then whether it is solved, then words. Who is content counts
// as solved unless the contrary is said.
func called(args string) (call issue.Call, words string, ok bool) {
	mood, rest, ok := leading(args, "未联系上", "没联系上", "联系不上", "电话打不通", "打不通", "无人接听", "没人接",
		issue.Basic.Text(), issue.Unsatisfied.Text(), "非常满意", "很满意", issue.Satisfied.Text())
	if !ok {
		return issue.Call{}, args, false
	}
	call.Contacted = true
	switch mood {
	case issue.Satisfied.Text(), "非常满意", "很满意":
		call.Mood = issue.Satisfied
	case issue.Basic.Text():
		call.Mood = issue.Basic
	case issue.Unsatisfied.Text():
		call.Mood = issue.Unsatisfied
	default:
		return issue.Call{}, rest, true
	}
	call.Solved = call.Mood != issue.Unsatisfied
	if solved, words, said := leading(rest, "已解决", "未解决", "没解决"); said {
		call.Solved = solved == "已解决"
		return call, words, true
	}
	return call, rest, true
}

// leading takes one of some words from the beginning, and the blanks and commas behind it.
func leading(text string, words ...string) (word, rest string, ok bool) {
	for _, w := range words {
		if strings.HasPrefix(understand.Fold(text), w) {
			return w, strings.TrimLeft(original(text, w), " ，,。；;、"), true
		}
	}
	return "", text, false
}
