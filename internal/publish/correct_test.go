package publish

import (
	"fmt"
	"strings"
	"testing"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/understand"
)

// TestCorrections: what is known better after the publication, and what just happened later.
func TestCorrections(t *testing.T) {
	const unchanged = "11月23日创城排名重新计算后没有变化，不用更正"
	for _, tt := range []struct {
		name   string
		before func(o *office, id int64)
		after  func(o *office, id int64)
		want   string // the lines between the title and the rules, or why there is no correction
	}{
		{"nothing", nil, nil, unchanged},
		{"void", nil, func(o *office, id int64) {
			o.void("2026-11-24 09:00", id)
		}, "昭阳街道 30.00（第 1）→ 无应处置\n其余不变\n原因：#1 已作废"},
		{
			"the dispatch", nil, func(o *office, id int64) { o.appeal("2026-11-24 09:00", id) },
			"昭阳街道 30.00（第 1）→ 无应处置\n其余不变\n原因：#1 申诉成立，不再扣分",
		},
		{"another unit's", nil, func(o *office, id int64) {
			o.do("2026-11-24 09:00", id, issue.Act{Action: issue.Reassign, By: "chen_jing", Note: "不归昭阳管", Change: issue.Change{Unit: "linhu", Assignee: "wang_lei"}})
		}, "昭阳街道 30.00（第 1）→ 无应处置\n其余不变\n原因：#1 不属原单位"},
		{
			"a return", func(o *office, id int64) {
				o.act("2026-11-23 10:00", id, issue.Submit, "li_qiang")
				o.act("2026-11-23 15:00", id, issue.Return, "zhang_min")
			}, func(o *office, id int64) { o.appeal("2026-11-24 09:00", id) },
			"昭阳街道 80.10（第 1）→ 100.10（第 1）\n其余不变\n原因：#1 申诉成立，退回不计",
		},
		{
			"a relapse", func(o *office, id int64) {
				o.done("2026-11-23 10:00", id)
				o.act("2026-11-23 11:00", id, issue.Relapse, "zhang_min")
			}, func(o *office, id int64) { o.appeal("2026-11-24 09:00", id) },
			"昭阳街道 99.60（第 1）→ 100.10（第 1）\n其余不变\n原因：#1 申诉成立",
		},
		{
			"a falsification", func(o *office, id int64) {
				o.act("2026-11-23 10:00", id, issue.Submit, "li_qiang")
				o.act("2026-11-23 11:00", id, issue.Accuse, "zhang_min")
				o.act("2026-11-23 11:10", id, issue.Uphold, "chen_jing")
			}, func(o *office, id int64) { o.appeal("2026-11-24 09:00", id) },
			"昭阳街道 98.10（第 1）→ 100.10（第 1）\n其余不变\n原因：#1 申诉成立",
		},
		{"a relapse of what is void now", func(o *office, id int64) {
			o.done("2026-11-23 10:00", id)
			o.act("2026-11-23 11:00", id, issue.Relapse, "zhang_min")
		}, func(o *office, id int64) {
			o.void("2026-11-24 09:00", id)
		}, "昭阳街道 99.60（第 1）→ 无应处置\n其余不变\n原因：#1 已作废"},
		{"a relapse that stays", func(o *office, id int64) {
			o.done("2026-11-23 10:00", id)
			o.act("2026-11-23 11:00", id, issue.Relapse, "zhang_min")
			o.file("2026-11-23 09:00", "zhaoyang", "2026-11-23 14:00")
		}, func(o *office, _ int64) { o.appeal("2026-11-24 09:00", 2) }, "昭阳街道 64.60（第 1）→ 99.60（第 1）\n其余不变\n原因：#2 申诉成立，不再扣分"},
		{"a relapse of an older one, void now", func(o *office, _ int64) {
			old := o.file("2026-11-20 09:00", "zhaoyang", "2026-11-20 14:00")
			o.done("2026-11-20 10:00", old)
			o.act("2026-11-23 11:00", old, issue.Relapse, "zhang_min")
		}, func(o *office, _ int64) { o.void("2026-11-24 09:00", 2) }, "昭阳街道 29.50（第 1）→ 30.00（第 1）\n其余不变\n原因：#2 已作废"},
		{
			"a later return", func(o *office, id int64) { o.act("2026-11-23 10:00", id, issue.Submit, "li_qiang") },
			func(o *office, id int64) { o.act("2026-11-24 09:00", id, issue.Return, "zhang_min") }, unchanged,
		},
		{
			"a later return that is excused", func(o *office, id int64) { o.act("2026-11-23 10:00", id, issue.Submit, "li_qiang") },
			func(o *office, id int64) {
				o.act("2026-11-24 09:00", id, issue.Return, "zhang_min")
				o.appeal("2026-11-24 10:00", id)
			}, unchanged,
		},
		{"a later extension", nil, func(o *office, id int64) {
			due := o.at("2026-11-26 17:30")
			o.do("2026-11-24 09:00", id, issue.Act{Action: issue.Extend, By: "liu_jian", Note: "等配件", Change: issue.Change{Due: due}})
		}, unchanged},
		{"a later submission", nil, func(o *office, id int64) { o.act("2026-11-24 09:00", id, issue.Submit, "li_qiang") }, unchanged},
		{"a later resubmission", func(o *office, id int64) {
			o.act("2026-11-23 10:00", id, issue.Submit, "li_qiang")
			o.act("2026-11-23 11:00", id, issue.Return, "zhang_min")
		}, func(o *office, id int64) { o.done("2026-11-24 09:00", id) }, unchanged},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := newOffice(t)
			id := o.file("2026-11-23 09:00", "zhaoyang", "2026-11-23 14:00")
			if tt.before != nil {
				tt.before(o, id)
			}
			o.out("2026-11-23 17:30", "排名", "")
			if tt.after != nil {
				tt.after(o, id)
			}
			draft, err := o.corrected("2026-11-24 17:00")
			got := strings.TrimSuffix(strings.TrimPrefix(body(draft), "【更正】11月23日创城排名\n"), "\n按 test 版规则计分，有异议请联系创城办")
			if err != nil {
				got = o.refused(err)
			}
			if got != tt.want {
				t.Errorf("%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// TestTwoCorrections: the second one starts from the first, and a draft that waits is drafted again as things stand.
func TestTwoCorrections(t *testing.T) {
	o := newOffice(t)
	one, two := o.file("2026-11-23 09:00", "zhaoyang", "2026-11-23 14:00"), o.file("2026-11-23 09:00", "zhaoyang", "2026-11-23 14:00")
	o.done("2026-11-23 10:00", o.file("2026-11-23 09:00", "zhaoyang", "2026-11-23 14:00"))
	first := o.out("2026-11-23 17:30", "排名", "").Snapshot
	o.appeal("2026-11-24 09:00", one)
	if _, err := o.corrected("2026-11-24 09:30"); err != nil {
		t.Fatal(err)
	}
	o.appeal("2026-11-24 10:00", two)
	again, err := o.drafted("2026-11-24 10:10", "更正", "")
	if err != nil || !strings.Contains(again, "→ 100.10（第 1）") || !strings.Contains(again, "#1 申诉成立，不再扣分；#2 申诉成立，不再扣分") {
		t.Errorf("drafted again: %v\n%s", err, again)
	}
	r, err := o.publish("2026-11-24 10:20", store.SnapshotCorrection)
	if err != nil || r.Snapshot.Corrects != first.ID || r.Groups != 3 || r.Snapshot.Text != body(again) {
		t.Errorf("published: %+v, %v", r, err)
	}
	o.act("2026-11-24 11:00", 3, issue.Relapse, "zhang_min") // later: no correction
	if _, err := o.corrected("2026-11-24 11:10"); err == nil {
		t.Error("corrected without a cause")
	}
	o.void("2026-11-24 11:20", 3)
	second, err := o.corrected("2026-11-24 11:40")
	if err != nil || !strings.Contains(second, "昭阳街道 100.10（第 1）→ 无应处置\n其余不变\n原因：#3 已作废\n") {
		t.Errorf("the second: %v\n%s", err, second)
	}
	if _, err := o.publish("2026-11-24 11:50", store.SnapshotCorrection); err != nil {
		t.Fatal(err)
	}
	o.read("2026-11-24 12:00", func(tx *store.Tx) error {
		list, err := tx.Published(store.SnapshotRanking, first.From(), first.To(), 0)
		if len(list) != 3 || list[2].Text != first.Text || strings.Count(list[0].Text, corrected) != 1 || list[0].Corrects != list[1].ID {
			t.Errorf("the three: %+v", list)
		}
		return err
	})
}

// TestReplaces: one correction waits at a time. Which one is dropped for another is known, and drafting the same again drops none.
func TestReplaces(t *testing.T) {
	o := newOffice(t)
	first, second := o.file("2026-11-21 09:00", "linhu", "2026-11-23 14:00"), o.file("2026-11-21 09:00", "linhu", "2026-11-24 14:00")
	rankings := []store.Snapshot{o.out("2026-11-23 17:30", "排名", "").Snapshot, o.out("2026-11-24 17:30", "排名", "").Snapshot}
	o.void("2026-11-25 09:00", first)
	o.void("2026-11-25 09:10", second)
	for _, step := range []struct {
		of   int
		want string
	}{{0, ""}, {0, ""}, {1, "11月23日创城排名"}} {
		_, err := o.keep("2026-11-25 10:00", func(tx *store.Tx) (store.Snapshot, error) {
			s, err := o.Correct(tx, rankings[step.of])
			if err != nil {
				return s, err
			}
			got, err := o.Replaces(tx, s)
			if got != step.want {
				t.Errorf("of %d: %q", step.of, got)
			}
			return s, err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestAffected: an issue changes the rankings that it stands in, and no other one that is wrong for a reason of its own.
func TestAffected(t *testing.T) {
	o := newOffice(t)
	later := o.file("2026-11-21 09:00", "zhaoyang", "2026-11-24 14:00")
	other := o.file("2026-11-23 09:00", "linhu", "2026-11-23 14:00")
	o.done("2026-11-23 10:00", o.file("2026-11-23 09:00", "zhaoyang", "2026-11-23 14:00"))
	o.done("2026-11-24 10:00", o.file("2026-11-24 09:00", "zhaoyang", "2026-11-24 14:00"))
	o.out("2026-11-23 17:30", "排名", "")
	o.out("2026-11-24 17:30", "排名", "")
	o.void("2026-11-25 09:00", other)
	o.appeal("2026-11-25 10:00", later)
	for id, want := range map[int64]string{later: "[更正排名 11月24日]", other: "[更正排名 11月23日 更正排名 11月24日]"} {
		o.read("2026-11-25 11:00", func(tx *store.Tx) error {
			i, err := tx.Issue(id)
			if err != nil {
				return err
			}
			asks, err := o.Affected(tx, i, tx.Now())
			if got := fmt.Sprint(asks); err != nil || got != want {
				t.Errorf("#%d: %s, %v", id, got, err)
			}
			return nil
		})
	}
}

// TestLastIsOfTheLatestTime: a correction of an older day is not the ranking that is sent again without a date.
func TestLastIsOfTheLatestTime(t *testing.T) {
	o := newOffice(t)
	id := o.file("2026-11-23 09:00", "zhaoyang", "2026-11-23 14:00")
	old := o.out("2026-11-23 17:30", "排名", "").Snapshot
	latest := o.out("2026-11-24 17:30", "排名", "").Snapshot
	o.appeal("2026-11-24 18:00", id)
	if _, err := o.keep("2026-11-24 18:10", func(tx *store.Tx) (store.Snapshot, error) { return o.Correct(tx, old) }); err != nil {
		t.Fatal(err)
	}
	if _, err := o.publish("2026-11-24 18:20", store.SnapshotCorrection); err != nil {
		t.Fatal(err)
	}
	k, _ := Named("排名")
	o.read("2026-11-24 19:00", func(tx *store.Tx) error {
		s, found, err := o.Last(tx, k, tx.Now())
		if !found || s.ID != latest.ID {
			t.Errorf("last is %+v", s)
		}
		fix, _ := Named("更正")
		s, _, err2 := o.Last(tx, fix, tx.Now())
		r, err3 := o.Again(tx, s)
		if err2 != nil || err3 != nil || !strings.HasPrefix(r.Outs[0].Text, "【补发】【更正】11月23日") {
			t.Errorf("the correction sent again: %+v, %v, %v", r, err2, err3)
		}
		return err
	})
}

// TestNotLateBeforeItsTime: a week that is not over yet counts up to now.
func TestNotLateBeforeItsTime(t *testing.T) {
	o := newOffice(t)
	o.file("2026-11-23 09:00", "zhaoyang", "2026-11-27 12:00")
	o.read("2026-11-24 09:00", func(tx *store.Tx) error {
		s, err := o.Between(tx, understand.Week(tx.Now().In(o.Cal.Location())), "")
		if strings.Contains(s.Text, "昭阳街道 30.00") {
			t.Errorf("due on Friday, asked on Tuesday:\n%s", s.Text)
		}
		return err
	})
}
