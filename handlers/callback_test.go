package handlers

import (
	"testing"

	"duban/internal/issue"
)

// TestCalled reads the results of call backs as people write them.
func TestCalled(t *testing.T) {
	for text, want := range map[string]issue.Call{
		"满意":         {Contacted: true, Mood: issue.Satisfied, Solved: true},
		"滿意":         {Contacted: true, Mood: issue.Satisfied, Solved: true},
		"非常满意 很快":    {Contacted: true, Mood: issue.Satisfied, Solved: true},
		"基本滿意，未解決":   {Contacted: true, Mood: issue.Basic},
		"不满意 已解决 太慢": {Contacted: true, Mood: issue.Unsatisfied, Solved: true},
		"电话打不通":      {},
		"无人接听 三次":    {},
	} {
		if got, _, ok := called(text); !ok || got != want {
			t.Errorf("%s: %+v %v", text, got, ok)
		}
	}
	if _, _, ok := called("还行吧"); ok {
		t.Error("还行吧 is a result")
	}
}
