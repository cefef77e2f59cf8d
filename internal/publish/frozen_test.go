package publish

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// TestPublishedIsTheDraft: whatever happens in the books between, what goes out is what the office saw: inputs, text and card.
func TestPublishedIsTheDraft(t *testing.T) {
	for _, name := range []string{"排名", "周排名", "月排名", "通报"} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			id := o.file("2026-11-16 09:00", "zhaoyang", "2026-11-16 12:00")
			o.file("2026-11-20 09:00", "linhu", "2026-11-22 16:00")
			o.file("2026-10-20 09:00", "zhaoyang", "2026-10-21 12:00")
			saw, err := o.drafted("2026-11-23 09:00", name, "")
			if err != nil {
				t.Fatal(err)
			}
			k, _ := Named(name)
			var draft store.Snapshot
			o.read("2026-11-23 09:00", func(tx *store.Tx) (err error) { draft, _, err = tx.Draft(k.ID); return err })
			o.done("2026-11-23 09:10", id)
			o.void("2026-11-23 09:20", 3)
			o.Reg.Scoring.Version, o.Reg.Scoring.Weights.Handled, o.Reg.Units[0].Name = "2027-01", 90, "新名街道"
			r, err := o.publish("2026-11-23 10:00", k.ID)
			if err != nil {
				t.Fatal(err)
			}
			if r.Snapshot.Inputs != draft.Inputs || r.Snapshot.Text != body(saw) || r.Snapshot.Version != "test" || r.Groups < 2 {
				t.Errorf("published is not the draft: %+v", r)
			}
			recipe, err := o.Recipe(draft)
			if err != nil {
				t.Fatal(err)
			}
			for _, out := range r.Outs {
				want := body(saw)
				if k.brief != nil && out.To == store.ToChat("leaders") {
					if want, err = k.brief(draft); err != nil || len(want) >= len(body(saw)) {
						t.Errorf("the leaders' text is no shorter: %q, %v", want, err)
					}
				}
				if out.Text != want || out.Make != recipe || recipe == "" {
					t.Errorf("%s reads %q with %q", out.To, out.Text, out.Make)
				}
			}
		})
	}
}

// TestConfigurationRewritesNothing: other weights, another version, a unit with another name in another group: what is out is
// explained, sent again and put right by the rules and in the groups of its time.
func TestConfigurationRewritesNothing(t *testing.T) {
	o := newOffice(t)
	id := o.file("2026-11-23 09:00", "zhaoyang", "2026-11-23 12:00")
	o.act("2026-11-23 10:00", id, issue.Submit, "li_qiang")
	o.act("2026-11-23 15:00", id, issue.Return, "zhang_min")
	o.file("2026-11-23 09:00", "linhu", "2026-11-23 12:00")
	was := o.out("2026-11-23 17:30", "排名", "").Snapshot
	explain := func() string {
		text, err := o.Account(was, "zhaoyang")
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	before := explain()
	o.Reg.Scoring.Version, o.Reg.Scoring.Weights = "2027-01", issue.Weights{Handled: 100}
	o.Reg.Units[0].Name, o.Reg.Units[0].Group = "新昭阳", "dept"
	o.Reg.People[1].Unit = "linhu"
	if diff := cmp.Diff(before, explain()); diff != "" {
		t.Errorf("the account has changed: %s", diff)
	}
	if _, err := o.corrected("2026-11-23 18:00"); o.refused(err) != "11月23日创城排名重新计算后没有变化，不用更正" {
		t.Error("the configuration alone asks for a correction")
	}
	o.appeal("2026-11-23 18:10", id)
	draft, err := o.corrected("2026-11-23 18:30")
	want := "【更正】11月23日创城排名\n昭阳街道 80.10（第 1）→ 100.10（第 1）\n其余不变\n原因：#1 申诉成立，退回不计\n按 test 版规则计分，有异议请联系创城办"
	if err != nil || body(draft) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, body(draft), want)
	}
	if _, err := o.publish("2026-11-23 18:40", store.SnapshotCorrection); err != nil {
		t.Fatal(err)
	}
	o.read("2026-11-23 18:50", func(tx *store.Tx) error {
		s, _, err := o.Published(tx, tx.Now())
		if !strings.Contains(s.Text, "1. 昭阳街道 100.10") || !strings.HasSuffix(s.Text, "按 test 版规则计分，有异议请联系创城办") || s.Version != "test" {
			t.Errorf("the corrected ranking: %s", s.Text)
		}
		r, err2 := o.Again(tx, was)
		if r.Snapshot.Text != was.Text || err2 != nil {
			t.Errorf("sent again: %+v, %v", r, err2)
		}
		return err
	})
}

// TestOneMessageEach: of two who publish at once one is first, and each group reads it once.
func TestOneMessageEach(t *testing.T) {
	o := newOffice(t)
	if _, err := o.drafted("2026-11-23 17:30", "排名", ""); err != nil {
		t.Fatal(err)
	}
	var draft store.Snapshot
	o.read("2026-11-23 17:31", func(tx *store.Tx) (err error) { draft, _, err = tx.Draft(store.SnapshotRanking); return err })
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			storetest.Write(t, o.db, o.at("2026-11-23 17:40"), func(tx *store.Tx) error {
				r, err := o.Publish(tx, draft, Hand{})
				return o.queue(tx, r.Outs, err)
			})
		})
	}
	both.Wait()
	if got := o.queued(); got["inspect"] != 1 || got["streets"] != 1 || len(got) != 2 {
		t.Errorf("messages: %v", got)
	}
}

// TestOneDraftWaits: a draft takes the place of the one before, held or not, so that nothing waits once it is out.
func TestOneDraftWaits(t *testing.T) {
	o := newOffice(t)
	for _, now := range []string{"2026-11-23 17:00", "2026-11-23 17:10", "2026-11-23 17:20"} {
		if _, err := o.drafted(now, "排名", ""); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := o.publish("2026-11-23 17:30", store.SnapshotRanking); err != nil {
		t.Fatal(err)
	}
	o.read("2026-11-23 17:40", func(tx *store.Tx) error {
		s, found, err := tx.Draft(store.SnapshotRanking)
		if found {
			t.Errorf("still waiting: %+v", s)
		}
		return err
	})
}

// TestDraftsFindTheOffice: a draft is seen by the group for drafts, or else by the office's, or else by each of the office. Otherwise
// photos would be exposed at which nobody could look.
func TestDraftsFindTheOffice(t *testing.T) {
	o := newOffice(t)
	for _, tt := range []struct {
		chats []issue.Chat
		want  []store.Target
	}{
		{[]issue.Chat{{ID: "a", For: []issue.Purpose{issue.ForAdmin}}, {ID: "d", For: []issue.Purpose{issue.ForDrafts}}}, []store.Target{store.ToChat("d")}},
		{[]issue.Chat{{ID: "a", For: []issue.Purpose{issue.ForAdmin}}, {ID: "r", For: []issue.Purpose{issue.ForRanking}}}, []store.Target{store.ToChat("a")}},
		{[]issue.Chat{{ID: "r", For: []issue.Purpose{issue.ForRanking}}}, []store.Target{store.ToPerson("chen_jing"), store.ToPerson("xie_lan")}},
	} {
		o.Reg.Chats = tt.chats
		o.write("2026-11-23 17:30", func(tx *store.Tx) error {
			s, err := o.Daily(tx, tx.Now())
			if err != nil {
				return err
			}
			outs, err := o.Draft(tx, &s, time.Time{})
			var to []store.Target
			for _, o := range outs {
				to = append(to, o.To)
			}
			if diff := cmp.Diff(tt.want, to); diff != "" {
				t.Errorf("%+v: %s", tt.chats, diff)
			}
			return err
		})
	}
}

// TestPublishedOnce: what was made without a draft is not published beside what somebody published meanwhile, and a draft whose
// time is out is refused.
func TestPublishedOnce(t *testing.T) {
	o := newOffice(t)
	var made store.Snapshot
	o.read("2026-11-23 18:00", func(tx *store.Tx) (err error) { made, err = o.Daily(tx, tx.Now()); return err })
	if _, err := o.drafted("2026-11-23 17:59", "排名", ""); err != nil {
		t.Fatal(err)
	}
	var early store.Snapshot
	o.write("2026-11-23 18:00", func(tx *store.Tx) error {
		var err error
		if early, _, err = tx.Draft(store.SnapshotRanking); err != nil {
			return err
		}
		r, err := o.Publish(tx, early, Hand{Person: "chen_jing"})
		return o.queue(tx, r.Outs, err)
	})
	o.write("2026-11-23 18:00", func(tx *store.Tx) error {
		outs, err := o.PublishNow(tx, &made)
		return o.queue(tx, outs, err)
	})
	if got := o.queued(); got["inspect"] != 1 || got["streets"] != 1 {
		t.Errorf("messages: %v", got)
	}
	o.write("2026-11-24 09:00", func(tx *store.Tx) error { // a draft of the same time that was left over
		made.ID, made.State = 0, store.SnapshotHeld
		return tx.KeepSnapshot(&made)
	})
	_, err := o.publish("2026-11-24 09:10", store.SnapshotRanking)
	if got := o.refused(err); got != "排名已发布到 昨日 17:59，同一段时间不能再发布一次" && !strings.HasPrefix(got, "排名已发布到 11-23 17:59") {
		t.Error(got)
	}
}

func (o *office) queue(tx *store.Tx, outs []store.Out, err error) error {
	for _, out := range outs {
		if err == nil {
			err = tx.Send(out)
		}
	}
	return err
}

// queued counts the messages per group.
func (o *office) queued() map[string]int {
	o.Helper()
	got := map[string]int{}
	o.read("2027-01-01 00:00", func(tx *store.Tx) error {
		list, err := tx.DueOutgoing(1000)
		for _, m := range list {
			id, _ := m.Target.Chat()
			got[id]++
		}
		return err
	})
	return got
}

// void takes an issue out of all counts, as two people of the office do.
func (o *office) void(now string, id int64) {
	o.Helper()
	o.act(now, id, issue.AskVoid, "chen_jing")
	o.act(now, id, issue.Void, "xie_lan")
}

// appeal objects to what was judged last, and the office agrees.
func (o *office) appeal(now string, id int64) {
	o.Helper()
	o.act(now, id, issue.Appeal, "zhang_wei")
	o.act(now, id, issue.Uphold, "chen_jing")
}
