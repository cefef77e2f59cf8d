package jobs

import (
	"testing"
	"time"

	"duban/internal/publish"
	"duban/internal/store"
	"duban/internal/store/storetest"
	"duban/internal/understand"
)

// hand lets the office do something with the day's ranking at an instant.
func (c *county) hand(at string, fn func(*store.Tx) error) {
	c.Helper()
	c.now = storetest.At(c, at)
	storetest.Write(c, c.env.Store, c.now, fn)
}

// redraft drafts a kind by hand.
func (c *county) redraft(name string) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		k, _ := publish.Named(name)
		s, err := c.env.Desk.Make(tx, k, understand.Period{}, tx.Now().In(storetest.Zone()))
		if err != nil {
			return err
		}
		outs, err := c.env.Desk.Draft(tx, &s, time.Time{})
		return c.env.send(tx, outs, err)
	}
}

// release publishes the draft of a kind.
func (c *county) release(kind string) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		s, _, err := tx.Draft(kind)
		if err != nil {
			return err
		}
		r, err := c.env.Desk.Publish(tx, s, publish.Hand{Person: "chen_jing"})
		return c.env.send(tx, r.Outs, err)
	}
}

// TestDraftByHandWaits: a draft that says 核对后请发「发布」 does not go out by itself, also where it replaces one that would have.
func TestDraftByHandWaits(t *testing.T) {
	c := newCounty(t, "2026-11-23 17:00", daily[1:3])
	same(t, []string{"11-23 17:30 office: 【排名草稿】18:00 自动发布；暂缓请发「暂缓 排名」，现在发布请发「发布 排名」"}, c.until("2026-11-23 17:40"))
	c.hand("2026-11-23 17:45", c.redraft("排名"))
	same(t, []string{
		"11-23 17:45 office: 【排名草稿】核对后请发「发布 排名」",
		"11-23 18:00 office: 【暂缓】排名没有发布。重新计算请发「草稿 排名」，发布请发「发布 排名」",
	}, c.until("2026-11-23 18:10"))
	same(t, []string{
		"11-24 17:30 office: 【排名草稿】18:00 自动发布；暂缓请发「暂缓 排名」，现在发布请发「发布 排名」",
		"11-24 18:00 inspect: 【11月24日创城排名】截至 17:30",
	}, c.until("2026-11-24 18:10"))
}

// TestJobAndPerson: the job has seen what to publish when somebody is faster. Each group reads one ranking.
func TestJobAndPerson(t *testing.T) {
	for _, drafted := range []bool{true, false} {
		c := newCounty(t, "2026-11-23 17:00", nil)
		slot := storetest.At(t, "2026-11-23 18:00")
		if drafted {
			c.hand("2026-11-23 17:30", func(tx *store.Tx) error {
				commit, err := rankingDraftJob().Prepare(c.env, tx, tx.Now())
				if err != nil {
					return err
				}
				return commit(tx)
			})
		}
		var commit Commit
		storetest.Read(t, c.env.Store, slot, func(tx *store.Tx) (err error) {
			commit, err = rankingJob().Prepare(c.env, tx, slot)
			return err
		})
		if !drafted {
			c.hand("2026-11-23 17:59", c.redraft("排名"))
		}
		c.hand("2026-11-23 18:00", c.release(store.SnapshotRanking))
		storetest.Write(t, c.env.Store, slot, commit)
		n := 0
		for _, m := range c.unread() {
			if m.Target == store.ToChat("inspect") {
				n++
			}
		}
		if n != 1 {
			t.Errorf("drafted before: %t: %d rankings", drafted, n)
		}
	}
}

// TestDraftOfTheSameMoment: after a sleep of the computer both jobs run at once. The draft that came while the ranking was being made
// is what goes out, and none is left behind that would make the next run fail.
func TestDraftOfTheSameMoment(t *testing.T) {
	c := newCounty(t, "2026-11-23 17:00", nil)
	slot := storetest.At(t, "2026-11-23 18:00")
	c.env.slot = func(string, time.Time) time.Time { return slot } // so that the draft goes out by itself
	prepared := func(j Job) (commit Commit) {
		storetest.Read(t, c.env.Store, slot, func(tx *store.Tx) (err error) {
			commit, err = j.Prepare(c.env, tx, slot)
			return err
		})
		return commit
	}
	draft, ranking := prepared(rankingDraftJob()), prepared(rankingJob())
	storetest.Write(t, c.env.Store, slot, draft)
	storetest.Write(t, c.env.Store, slot, ranking)
	storetest.Read(t, c.env.Store, slot, func(tx *store.Tx) error {
		if left, found, err := tx.Draft(store.SnapshotRanking); found || err != nil {
			t.Errorf("left behind: %+v, %v", left, err)
		}
		return nil
	})
	storetest.Write(t, c.env.Store, slot.Add(time.Minute), prepared(rankingJob()))
}

// TestWeekIsPublishedOnce: the job drafts nothing that the office has published already.
func TestWeekIsPublishedOnce(t *testing.T) {
	c := newCounty(t, "2026-11-23 00:10", []Spec{{"ranking_week", "0 9 * * 1"}})
	c.hand("2026-11-23 08:00", c.redraft("周排名"))
	c.hand("2026-11-23 08:10", c.release(store.SnapshotWeek))
	c.fresh()
	same(t, nil, c.until("2026-11-23 09:10"))
	same(t, []string{"11-23 09:00 done"}, c.ledger("ranking_week"))
	same(t, []string{"11-30 09:00 office: 【周排名草稿】核对后请发「发布 周排名」"}, c.until("2026-11-30 09:10"))
}

// TestStaleDraft: one that was held, and whose time went into a later ranking, is not published any more.
func TestStaleDraft(t *testing.T) {
	c := newCounty(t, "2026-11-22 17:00", daily[1:3])
	c.until("2026-11-23 17:40")
	c.hand("2026-11-23 17:45", func(tx *store.Tx) error {
		s, _, err := tx.Draft(store.SnapshotRanking)
		if err != nil {
			return err
		}
		_, err = tx.MoveSnapshot(s.ID, store.SnapshotHeld, "chen_jing")
		return err
	})
	c.until("2026-11-23 18:10")
	c.now = storetest.At(t, "2026-11-24 19:30") // the program was not running at 17:30
	if err := c.newRunner(daily[1:3]).CatchUp(t.Context(), c.now); err != nil {
		t.Fatal(err)
	}
	same(t, []string{"11-24 19:30 inspect: 【11月24日创城排名】截至 18:00"}, c.fresh())
	if err := c.env.Store.Write(t.Context(), c.now, c.release(store.SnapshotRanking)); err == nil {
		t.Error("23 November was published a second time")
	}
}

// TestDraftOfWhatIsOut: somebody drafts and publishes between the reading and the writing half of the job, which then drafts nothing:
// its draft could never go out.
func TestDraftOfWhatIsOut(t *testing.T) {
	c := newCounty(t, "2026-11-23 17:00", nil)
	slot := storetest.At(t, "2026-11-23 17:30")
	var commit Commit
	storetest.Read(t, c.env.Store, slot, func(tx *store.Tx) (err error) {
		commit, err = rankingDraftJob().Prepare(c.env, tx, slot)
		return err
	})
	c.hand("2026-11-23 17:30", c.redraft("排名"))
	c.hand("2026-11-23 17:30", c.release(store.SnapshotRanking))
	storetest.Write(t, c.env.Store, slot, commit)
	storetest.Read(t, c.env.Store, slot, func(tx *store.Tx) error {
		s, found, err := tx.Draft(store.SnapshotRanking)
		if found {
			t.Errorf("a draft is left: %+v", s)
		}
		return err
	})
}
