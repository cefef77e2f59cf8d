package store_test

import (
	"testing"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// TestSendBacks: only what the office decided counts, for the unit whose people asked.
func TestSendBacks(t *testing.T) {
	s, p := storetest.Open(t), storetest.County(t)
	p.Reg.Rules.SendBackLimit = p.Reg.Rules.DefaultLimit
	p.Reg.Rules.DecisionLimit = p.Reg.Rules.DefaultLimit
	now := storetest.At(t, "2026-11-23 09:00")
	file := func(acts ...issue.Act) {
		i := storetest.Issue(t, s, p, now, issue.Change{Text: "楼道堆物", Reporter: "zhang_min", Unit: "zhaoyang", Assignee: "li_qiang"})
		for _, a := range acts {
			a.At = now
			storetest.Move(t, s, p, i.ID, a)
		}
	}
	ask := issue.Act{Action: issue.AskSendBack, By: "zhang_wei", Note: "不属我单位"}
	other := issue.Act{Action: issue.Reassign, By: "chen_jing", Change: issue.Change{Unit: "zhujian", Assignee: "wang_fang"}}
	own := issue.Act{Action: issue.Reassign, By: "chen_jing", Change: issue.Change{Unit: "zhaoyang", Assignee: "zhang_wei"}}
	refuse := issue.Act{Action: issue.Refuse, By: "chen_jing"}
	file(ask, other)
	file(ask, own, refuse)
	back := issue.Act{Action: issue.Reassign, By: "chen_jing", Change: issue.Change{Unit: "zhaoyang", Assignee: "li_qiang"}}
	file(ask, refuse, other, back, ask, refuse)
	file(ask)
	file(ask, issue.Act{Action: issue.Recall, By: "zhang_wei"}, other)
	file(ask, issue.Act{Action: issue.Submit, By: "li_qiang"})
	file(other)
	storetest.Read(t, s, now, func(tx *store.Tx) error {
		upheld, refused, err := tx.SendBacks("zhaoyang", []string{"li_qiang", "zhang_wei"})
		if upheld != 1 || refused != 3 {
			t.Errorf("upheld %d, refused %d; want 1 and 3", upheld, refused)
		}
		if upheld, refused, err := tx.SendBacks("zhujian", []string{"wang_fang"}); upheld+refused != 0 || err != nil {
			t.Errorf("the other unit: %d, %d, %v", upheld, refused, err)
		}
		return err
	})
}
