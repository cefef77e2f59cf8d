package jobs

import (
	"strconv"
	"time"

	"duban/internal/calendar"
	"duban/internal/files"
	"duban/internal/issue"
	"duban/internal/picture"
	"duban/internal/publish"
	"duban/internal/score"
	"duban/internal/store"
	"duban/internal/understand"
)

// publishGrace is how late a ranking or summary may still go out: nobody wants last night's at noon.
const publishGrace = 6 * time.Hour

// longestDigest bounds the period of one digest: after a longer pause a new day begins.
const longestDigest = 8 * 24 * time.Hour

// draftLife is how long a draft is the one that goes out next.
const draftLife = 24 * time.Hour

// rankingDraftJob freezes the day's ranking and shows it to the office before it goes out (design.md §6).
func rankingDraftJob() Job {
	return Job{Name: "ranking_draft", Title: "排名草稿", Tells: "创城办", Grace: time.Hour, Prepare: func(e Env, tx *store.Tx, slot time.Time) (Commit, error) {
		k, _ := publish.Named("排名")
		s, err := e.Desk.Make(tx, k, understand.Period{}, e.cutoff(slot))
		return e.draft(s, e.next("ranking", slot), err)
	}}
}

// rankingJob publishes the ranking that the office has seen, unless it holds it. Without a draft the ranking is made now.
func rankingJob() Job {
	return Job{Name: "ranking", Title: "排名", Tells: "看排名的各群", Grace: publishGrace, Prepare: func(e Env, tx *store.Tx, slot time.Time) (Commit, error) {
		if draft, found, err := e.recentDraft(tx, slot); err != nil || found {
			return func(tx *store.Tx) error { return e.release(tx, draft, slot) }, err
		}
		if _, published, err := e.Desk.Published(tx, e.cutoff(slot)); err != nil || published {
			return func(*store.Tx) error { return nil }, err // somebody was faster
		}
		s, err := e.Desk.Daily(tx, e.cutoff(slot))
		return func(tx *store.Tx) error {
			// After a sleep of the computer the draft is made at the same time. Left behind, it would be in the way of the next one.
			if draft, found, err := e.recentDraft(tx, slot); err != nil {
				return err
			} else if found {
				return e.release(tx, draft, slot)
			}
			outs, err := e.Desk.PublishNow(tx, &s)
			return e.send(tx, outs, err)
		}, err
	}}
}

// release publishes a draft, unless the office holds it.
func (e Env) release(tx *store.Tx, draft store.Snapshot, slot time.Time) error {
	if draft.State == store.SnapshotHeld {
		return e.send(tx, addressed(e.Desk.Proofreaders(), "ranking_held", slot, e.Words.StillHeld("排名"), ""), nil)
	}
	r, err := e.Desk.Publish(tx, draft, publish.Hand{})
	return e.send(tx, r.Outs, err)
}

// recentDraft finds the draft of the ranking that goes out at a slot.
func (e Env) recentDraft(tx *store.Tx, slot time.Time) (store.Snapshot, bool, error) {
	draft, found, err := tx.Draft(store.SnapshotRanking)
	return draft, found && slot.Sub(draft.To()) < draftLife, err
}

// weekRankingJob, monthRankingJob and bulletinJob draft what is about the week or month that is over; the office publishes it.
func weekRankingJob() Job { return officeJob("ranking_week", "周排名") }

func monthRankingJob() Job { return officeJob("ranking_month", "月排名") }

func bulletinJob() Job { return officeJob("bulletin", "通报") }

// officeJob drafts a kind of publication that waits for the office.
func officeJob(name, kind string) Job {
	return Job{Name: name, Title: kind + "草稿", Tells: "创城办", Grace: 24 * time.Hour, Prepare: func(e Env, tx *store.Tx, slot time.Time) (Commit, error) {
		k, _ := publish.Named(kind)
		s, err := e.Desk.Make(tx, k, understand.Period{}, slot.In(e.Cal.Location()))
		return e.draft(s, time.Time{}, err)
	}}
}

// draft keeps a draft and shows it to the office. auto is when it goes out by itself; zero: never. There is nothing to draft of
// what somebody has published already, be it a moment ago.
func (e Env) draft(s store.Snapshot, auto time.Time, err error) (Commit, error) {
	return func(tx *store.Tx) error {
		outs, err := e.Desk.Draft(tx, &s, auto)
		if _, faster := issue.AsError(err); faster {
			return nil
		}
		return e.send(tx, outs, err)
	}, err
}

// summaryJob sends the leaders their digest and keeps its totals for tomorrow's change. It tells the ranking that is published,
// so that nobody reads two of them, and at the end of the working week the trend.
func summaryJob() Job {
	return Job{Name: "summary", Title: "日报", Tells: "领导群", Grace: publishGrace, Prepare: func(e Env, tx *store.Tx, slot time.Time) (Commit, error) {
		day, card, err := e.day(tx, slot)
		if err != nil {
			return nil, err
		}
		with := files.Spec{Ranking: card}
		if card != nil {
			with.Name = card.Title
		}
		if e.endsWeek(slot) {
			if with.Trend, err = e.Desk.Trend(tx, publish.LastDays(slot.In(e.Cal.Location())), &day); err != nil {
				return nil, err
			}
		}
		recipe, err := with.Recipe()
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
			return e.send(tx, e.toLeaders("summary", slot, text, recipe), nil)
		}, nil
	}}
}

// endsWeek says whether an instant is on the last working day of its week.
func (e Env) endsWeek(slot time.Time) bool {
	slot = slot.In(e.Cal.Location())
	work, _ := e.Cal.Workday(calendar.DateOf(slot))
	next, _ := e.Cal.WorkdayAfter(slot)
	return work && understand.Week(next.In(e.Cal.Location())) != understand.Week(slot)
}

// toLeaders addresses the leaders' groups, or, where there is none, each leader in private.
func (e Env) toLeaders(job string, slot time.Time, text string, recipe store.Recipe) []store.Out {
	var to []store.Target
	for _, c := range e.Reg.ChatsFor(issue.ForSummary) {
		to = append(to, store.ToChat(c.ID))
	}
	if len(to) == 0 {
		for _, p := range e.Reg.People {
			if e.Reg.Has(p.ID, issue.RoleLeader) {
				to = append(to, store.ToPerson(p.ID))
			}
		}
	}
	return addressed(to, job, slot, text, recipe)
}

// addressed is a message to each of several, once per slot.
func addressed(to []store.Target, job string, slot time.Time, text string, recipe store.Recipe) []store.Out {
	var outs []store.Out
	for _, t := range to {
		key := job + "/" + strconv.FormatInt(slot.Unix(), 10) + "/" + string(t)
		outs = append(outs, store.Out{To: t, Text: text, Make: recipe, Dedup: key})
	}
	return outs
}

// day gathers the period that ends at the slot, from the last digest on, with the ranking that people see and its card.
func (e Env) day(tx *store.Tx, slot time.Time) (score.Day, *picture.Ranking, error) {
	from := slot.Add(-24 * time.Hour)
	last, found, err := tx.LastSnapshot(store.SnapshotTotals, slot, nil)
	if err != nil {
		return score.Day{}, nil, err
	}
	if found && slot.Sub(last.To()) < longestDigest {
		from = last.To()
	}
	next, end := e.Cal.WorkdayAfter(slot)
	day, err := tx.Day(e.Reg, from, slot, next, end)
	if err != nil {
		return day, nil, err
	}
	var r publish.Ranking
	shown, held, err := e.Desk.Shown(tx, e.cutoff(slot))
	if day.Held = held; err != nil || held {
		return day, nil, err
	}
	err = shown.Decode(&r)
	day.Rank(e.Reg, r.Scores, shown.To())
	return day, r.Card, err
}

// cutoff is the end of the period of a ranking that is drafted at an instant.
func (e Env) cutoff(slot time.Time) time.Time {
	return e.Reg.Scoring.PeriodEnd(slot.In(e.Cal.Location()))
}

// send queues messages; what is made up for at night waits for the morning.
func (e Env) send(tx *store.Tx, outs []store.Out, err error) error {
	if err != nil {
		return err
	}
	morning, _ := e.Cal.Quiet(tx.Now())
	for _, o := range outs {
		o.HeldUntil = morning
		if err := tx.Send(o); err != nil {
			return err
		}
	}
	return nil
}

// publish sends a text to the groups that serve a purpose, once per slot; what is made up for at night waits for the morning.
func (e Env) publish(tx *store.Tx, p issue.Purpose, job string, slot time.Time, text string) error {
	var to []store.Target
	for _, c := range e.Reg.ChatsFor(p) {
		to = append(to, store.ToChat(c.ID))
	}
	return e.send(tx, addressed(to, job, slot, text, ""), nil)
}
