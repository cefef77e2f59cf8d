package jobs

import (
	"context"
	"slices"
	"time"

	"duban/internal/issue"
	"duban/internal/report"
	"duban/internal/store"
)

// Keep says for how many days data is kept (docs/privacy.md); 0: for ever.
type Keep struct {
	Photos      int // of issues that are over
	LoosePhotos int // of no issue
	ChatText    int // of messages that were handled or sent
	Drafts      int // of publications, once another one replaced them
}

// How much one transaction removes: others wait for it. A draft may take a megabyte.
const (
	photosAtOnce = 50
	textsAtOnce  = 500
	draftsAtOnce = 10
)

// expiredAfter is for how long codes and the waiting for photos stay when they are over: somebody may still ask.
const expiredAfter = 24 * time.Hour

// retentionJob removes what was kept for its time. Nothing that is open, scored or published depends on it. What it removed stands
// in the ledger of the jobs, and the administrators are told once a month.
func retentionJob() Job {
	return Job{
		Name: "retention", Title: "资料清理", Grace: 24 * time.Hour,
		Work: func(ctx context.Context, e Env, now time.Time) (string, error) {
			c := cleaning{Env: e, ctx: ctx, now: now, day: startOfDay(now.In(e.Cal.Location()))}
			return c.run()
		},
		Prepare: func(e Env, _ *store.Tx, _ time.Time) (Commit, error) { return e.tellRemoved, nil },
	}
}

func startOfDay(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

// cleaning is one run.
type cleaning struct {
	Env
	ctx context.Context
	now time.Time
	day time.Time // its beginning
}

// run removes what is due and says what was removed on this day.
func (c *cleaning) run() (string, error) {
	for _, step := range []func() error{c.photos, c.files, c.texts, c.drafts, c.expired} {
		if err := step(); err != nil {
			return "", err
		}
	}
	var n store.Removed
	err := c.Store.Read(c.ctx, c.now, func(tx *store.Tx) (err error) {
		n, err = tx.RemovedIn(c.day, c.day.AddDate(0, 0, 1))
		return err
	})
	return report.Removed(n).Text(), err
}

// past is before when data was kept long enough; zero: none was.
func (c *cleaning) past(days int) time.Time {
	if days == 0 {
		return time.Time{}
	}
	return c.now.AddDate(0, 0, -days)
}

// photos ends the promise of the photos that are due; their files are removed afterwards.
func (c *cleaning) photos() error {
	over, loose := c.past(c.Keep.Photos), c.past(c.Keep.LoosePhotos)
	var due []int64
	err := c.Store.Read(c.ctx, c.now, func(tx *store.Tx) (err error) {
		due, err = tx.PastPhotos(over, loose)
		return err
	})
	for ids := range slices.Chunk(due, photosAtOnce) {
		if err != nil {
			return err
		}
		err = c.Store.Write(c.ctx, c.now, func(tx *store.Tx) error {
			n, err := tx.PurgePhotos(ids, over, loose)
			if err != nil {
				return err
			}
			return tx.Tally(c.day, n)
		})
	}
	return err
}

// files removes the files whose promise has ended, those that an earlier run left behind included.
func (c *cleaning) files() error {
	var list []store.Removal
	err := c.Store.Read(c.ctx, c.now, func(tx *store.Tx) (err error) {
		list, err = tx.Removals()
		return err
	})
	for part := range slices.Chunk(list, photosAtOnce) {
		if err != nil {
			return err
		}
		var done []string
		for _, r := range part {
			gone, err := c.Remove(c.ctx, r)
			if err != nil {
				return err
			}
			if gone {
				done = append(done, r.File)
			}
		}
		err = c.Store.Write(c.ctx, c.now, func(tx *store.Tx) error { return tx.EndRemovals(done) })
	}
	return err
}

// texts empties messages that came or went.
func (c *cleaning) texts() error {
	before := c.past(c.Keep.ChatText)
	for _, empty := range []func(*store.Tx) (int, error){
		func(tx *store.Tx) (int, error) { return tx.ClearArrivals(before, textsAtOnce) },
		func(tx *store.Tx) (int, error) { return tx.ClearOutgoing(before, textsAtOnce) },
	} {
		if err := c.batches(before, textsAtOnce, empty, func(n int) store.Removed { return store.Removed{Texts: n} }); err != nil {
			return err
		}
	}
	return nil
}

// drafts deletes drafts that another one replaced.
func (c *cleaning) drafts() error {
	before := c.past(c.Keep.Drafts)
	drop := func(tx *store.Tx) (int, error) { return tx.DropDrafts(before, draftsAtOnce) }
	return c.batches(before, draftsAtOnce, drop, func(n int) store.Removed { return store.Removed{Drafts: n} })
}

// batches removes in transactions of at most so many until one finds less.
func (c *cleaning) batches(before time.Time, most int, remove func(*store.Tx) (int, error), count func(int) store.Removed) error {
	for n := most; n == most && !before.IsZero(); {
		err := c.Store.Write(c.ctx, c.now, func(tx *store.Tx) (err error) {
			if n, err = remove(tx); err != nil {
				return err
			}
			return tx.Tally(c.day, count(n))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *cleaning) expired() error {
	return c.Store.Write(c.ctx, c.now, func(tx *store.Tx) error { return tx.DropExpired(c.now.Add(-expiredAfter)) })
}

// tellRemoved tells the administrators once what went in the month before. Each run of the month says so again: only the first is kept.
func (e Env) tellRemoved(tx *store.Tx) error {
	now := tx.Now().In(e.Cal.Location())
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, now.Location())
	before := month.AddDate(0, -1, 0)
	n, err := tx.RemovedIn(before, month)
	if err != nil || n == (store.Removed{Drafts: n.Drafts}) { // old drafts alone are nobody's business
		return err
	}
	return e.publish(tx, issue.ForAdmin, "retention", month, e.Words.Removed(before, report.Removed(n)))
}
