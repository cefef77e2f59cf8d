package handlers

import (
	"strings"
	"testing"
	"time"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// answerTo lets a person of the register say something in private and gives the answer, mistakes included.
func answerTo(t *testing.T, s *store.Store, w *World, now time.Time, person, text string) (answer string) {
	t.Helper()
	from, ok := w.Reg.Person(person)
	if !ok {
		t.Fatalf("nobody is %s", person)
	}
	storetest.Write(t, s, now, func(tx *store.Tx) error {
		reply, err := Request{World: w, Tx: tx, Now: now, From: from, Private: true}.Handle(w.Table.Match(Input{Text: text}))
		if fail, ok := issue.AsError(err); ok {
			answer = fail.Error()
			return nil
		}
		answer = reply.Text
		return err
	})
	return answer
}

// TestPointsCountFromTheCurrentPeriod: the answer names the period that holds the decision: after a draft of the ranking was
// made, its period is over, be it published or held.
func TestPointsCountFromTheCurrentPeriod(t *testing.T) {
	s, w := storetest.Open(t), world(t)
	w.Reg.Scoring.Adjustments.ManualCap = 200
	yesterday, today := storetest.At(t, "2026-11-22 17:30"), storetest.At(t, "2026-11-23 17:30")
	keep := func(state string, from, to time.Time) {
		storetest.Write(t, s, to, func(tx *store.Tx) error {
			snapshot, err := store.NewSnapshot(store.SnapshotRanking, from, to, "test", nil, "")
			if err != nil {
				return err
			}
			snapshot.State = state
			return tx.KeepSnapshot(&snapshot)
		})
	}
	for n, tt := range []struct {
		before func()
		want   string
	}{
		{func() {}, "自本期排名起计入；本期无应处置的计入周、月排名"},
		{func() { keep(store.SnapshotPublished, yesterday.AddDate(0, 0, -1), yesterday) }, "自本期排名起计入（本期从 11-22 17:30 起）；本期无应处置的计入周、月排名"},
		{func() { keep(store.SnapshotDraft, yesterday, today.Add(24*time.Hour)) }, "自本期排名起计入（本期从 11-22 17:30 起）；本期无应处置的计入周、月排名"},
		{func() { keep(store.SnapshotDraft, yesterday, today) }, "自本期排名起计入（本期从 今日 17:30 起）；本期无应处置的计入周、月排名"},
	} {
		tt.before()
		now := today.Add(10 * time.Minute)
		answerTo(t, s, w, now, "chen_jing", "扣分 昭阳街道 0.5 迎检当天窗口无人")
		got := answerTo(t, s, w, now, "xie_lan", "同意加减分 "+string(rune('1'+n)))
		if last := got[strings.LastIndex(got, "\n")+1:]; last != tt.want {
			t.Errorf("%d: %q, want %q", n, got, tt.want)
		}
	}
}

// TestPointsAreRefused: what cannot stand as an entry is said, and nothing is stored.
func TestPointsAreRefused(t *testing.T) {
	s, w := storetest.Open(t), world(t)
	w.Reg.People = append(w.Reg.People, issue.Person{ID: "volunteer", Name: "志愿者"})
	now := storetest.At(t, "2026-11-23 09:00")
	for _, tt := range []struct {
		limit              issue.Points
		person, text, want string
	}{
		{0, "chen_jing", "加分 昭阳街道 1 主动清理", "现在的规则不用人工加减分。要用请管理员设置每笔的上限（manual_cap）"},
		{200, "chen_jing", "加分 昭阳街道 1 " + strings.Repeat("好", 501), "原因最多写 500 字。请写短一些"},
		{200, "liu_jian", "加分 昭阳街道 1 主动清理", "「加分」限创城办使用。发「帮助」看您能做什么"},
		{200, "wang_fang", "加减分 昭阳街道", "只能看本单位的加减分。其他单位的请问创城办"},
		{200, "volunteer", "加减分", "只能看本单位的加减分。其他单位的请问创城办"},
		{200, "xie_lan", "同意加减分 1", "没有加减分 1。发「加减分」看清单"},
	} {
		w.Reg.Scoring.Adjustments.ManualCap = tt.limit
		if got := answerTo(t, s, w, now, tt.person, tt.text); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
		}
	}
}

// TestReadEntry: digits belong to a name where the points follow a blank.
func TestReadEntry(t *testing.T) {
	for text, want := range map[string]entry{
		"昭阳 0.5 迎检当天窗口无人": {unit: "昭阳", points: "0.5", reason: "迎检当天窗口无人"},
		"住建局1分：主动清理":      {unit: "住建局", points: "1", reason: "主动清理", marked: true},
		"网格1 0.5 脏乱":      {unit: "网格1", points: "0.5", reason: "脏乱"},
		"昭阳0.5 2次迎检无人":    {unit: "昭阳", points: "0.5", reason: "2次迎检无人"},
		"昭阳街道 1.5分，第2次清理": {unit: "昭阳街道", points: "1.5", reason: "第2次清理", marked: true},
	} {
		if got, ok := readEntry(text); !ok || got != want {
			t.Errorf("%s: %+v %v", text, got, ok)
		}
	}
}
