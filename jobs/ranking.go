package jobs

import (
	"strconv"
	"time"

	"duban/internal/issue"
	"duban/internal/score"
	"duban/internal/store"
)

// publishGrace is how late a ranking or summary may still go out: nobody wants last night's at noon.
const publishGrace = 6 * time.Hour

// longestPeriod bounds the period of one publication: after a longer pause a new day begins.
const longestPeriod = 8 * 24 * time.Hour

// rankingJob publishes the day's ranking to the groups and freezes it (design.md §6).
func rankingJob() Job {
	return Job{Name: "ranking", Title: "排名", Grace: publishGrace, Prepare: func(e Env, tx *store.Tx, slot time.Time) (Commit, error) {
		day, last, err := e.day(tx, store.SnapshotRanking, slot)
		if err != nil {
			return nil, err
		}
		text := e.Words.Ranking(day, last, true)
		return func(tx *store.Tx) error {
			err := tx.AddSnapshot(store.SnapshotRanking, day.From, day.To, e.Reg.Scoring.Version, day.Scores, text)
			if err != nil {
				return err
			}
			return e.publish(tx, issue.ForRanking, "ranking", slot, text)
		}, nil
	}}
}

// rankingDraftJob shows the office the ranking before it is published.
func rankingDraftJob() Job {
	return Job{Name: "ranking_draft", Title: "排名草稿", Grace: time.Hour, Prepare: func(e Env, tx *store.Tx, slot time.Time) (Commit, error) {
		day, last, err := e.day(tx, store.SnapshotRanking, slot)
		if err != nil {
			return nil, err
		}
		text := e.Words.Ranking(day, last, false)
		return func(tx *store.Tx) error { return e.publish(tx, issue.ForDrafts, "ranking_draft", slot, text) }, nil
	}}
}

// summaryJob sends the leaders their digest and keeps its totals for tomorrow's change.
func summaryJob() Job {
	return Job{Name: "summary", Title: "日报", Grace: publishGrace, Prepare: func(e Env, tx *store.Tx, slot time.Time) (Commit, error) {
		day, _, err := e.day(tx, store.SnapshotTotals, slot)
		if err != nil {
			return nil, err
		}
		text := e.Words.Summary(day)
		totals := score.DayTotals{Filed: day.Filed, Closed: day.Closed, Overdue: day.Overdue}
		return func(tx *store.Tx) error {
			err := tx.AddSnapshot(store.SnapshotTotals, day.From, day.To, e.Reg.Scoring.Version, totals, text)
			if err != nil {
				return err
			}
			return e.publish(tx, issue.ForSummary, "summary", slot, text)
		}, nil
	}}
}

// day gathers the period that ends at the slot. It begins where the last publication of the kind ended, so that every
// issue enters exactly one period (domain.md §5.4).
func (e Env) day(tx *store.Tx, kind string, slot time.Time) (score.Day, []score.Score, error) {
	from := slot.Add(-24 * time.Hour)
	var last []score.Score
	var ignored score.DayTotals
	var into any = &last
	if kind == store.SnapshotTotals {
		into = &ignored
	}
	snapshot, found, err := tx.LastSnapshot(kind, slot, into)
	if err != nil {
		return score.Day{}, nil, err
	}
	if found && slot.Sub(snapshot.To()) < longestPeriod {
		from = snapshot.To()
	}
	next, end := e.Cal.WorkdayAfter(slot)
	day, err := tx.Day(e.Reg, from, slot, next, end)
	return day, last, err
}

// publish sends a text to the groups that serve a purpose, once per slot; what is made up for at night waits for the morning.
func (e Env) publish(tx *store.Tx, p issue.Purpose, job string, slot time.Time, text string) error {
	morning, _ := e.Cal.Quiet(tx.Now())
	for _, c := range e.Reg.ChatsFor(p) {
		key := job + "/" + strconv.FormatInt(slot.Unix(), 10) + "/" + c.ID
		if err := tx.Send(store.Out{To: store.ToChat(c.ID), Text: text, HeldUntil: morning, Dedup: key}); err != nil {
			return err
		}
	}
	return nil
}
