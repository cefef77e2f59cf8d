package torture

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"duban/internal/store"
	"duban/internal/store/storetest"
)

// ledger is what is known of the slots of one job. All jobs have one in each minute.
type ledger struct {
	done  []time.Time    // as slots that were run
	known map[int64]bool // by their seconds
	first time.Time
}

// checkJobs: every slot of every job is in the ledger once: as run, when it was the newest one, or counted among those that were missed while
// the program was dead or the clock passed over them. Nothing was said by a run twice. Reminders leave a row only where there was something
// to do.
func (r *run) checkJobs(tables map[string][]storetest.Row) {
	ledgers, missed := map[string]*ledger{}, 0
	for _, row := range tables["job_runs"] {
		l := ledgers[row["job"]]
		if l == nil {
			l = &ledger{known: map[int64]bool{}, first: micros(row["slot"])}
			ledgers[row["job"]] = l
		}
		missed += r.enter(l, row)
	}
	ran := 0
	for job, l := range ledgers {
		ran += len(l.done)
		if job != "reminders" {
			r.checkSlots(job, l)
		}
	}
	totals := map[string]int{}
	for _, row := range tables["snapshots"] {
		if row["kind"] != store.SnapshotTotals {
			continue
		}
		if totals[row["period_to"]]++; totals[row["period_to"]] > 1 {
			r.Errorf("two summaries of %s", row["period_to"])
		}
	}
	r.Logf("%d runs of jobs, %d missed", ran, missed)
}

// enter takes a row of the ledger and says how many slots it counts as missed.
func (r *run) enter(l *ledger, row storetest.Row) (missed int) {
	slot, at := micros(row["slot"]), micros(row["at"])
	if slot.Before(l.first) {
		l.first = slot
	}
	switch row["result"] {
	case store.RunDone:
		if late := at.Sub(slot); late < 0 || late >= time.Minute {
			r.Errorf("a slot was run that was not the newest one: %v", row)
		}
		l.done = append(l.done, slot)
		l.known[slot.Unix()] = true
		return 0
	case store.RunMissed:
		_, count, _ := strings.Cut(row["note"], "起错过 ")
		if _, err := fmt.Sscan(count, &missed); err != nil || !slot.Add(time.Duration(missed)*time.Minute).Equal(at.Truncate(time.Minute)) {
			r.Errorf("missed slots miscounted: %v", row) // after them comes the newest, which was run
		}
		for n := range missed {
			l.known[slot.Add(time.Duration(n)*time.Minute).Unix()] = true
		}
		return missed
	case store.RunFailed:
		if row["job"] == "backup" && r.died["with no room"] > 0 { // it has told so, and there is one in the next minute
			l.known[slot.Unix()] = true
			return 0
		}
	}
	r.Errorf("job: %v", row)
	return 0
}

// checkSlots looks for slots that are not in the ledger.
//
// What the clock passed over counts as missed, but such a row gives way when the clock is put back and its first slot comes after all; then
// the others of it have none until they come. And whoever was dead when a slot came, while the clock showed less than it had before,
// and finds it ahead again, takes for the last slot that of the time before.
func (r *run) checkSlots(job string, l *ledger) {
	walks, seen := slices.Clone(r.clock.walks), time.Time{}
	for n, w := range walks {
		until := w.to
		switch {
		case n == len(walks)-1: // the newest are on their way
			until = slices.MaxFunc(l.done, time.Time.Compare)
		case !w.highest:
			until = until.Add(-time.Minute)
		}
		r.demand(job, l, w.from, until)
		if n > 0 && w.highest && !slices.ContainsFunc(walks[n:], func(later walk) bool { return later.from.Before(w.from) }) {
			r.demand(job, l, seen, w.from) // nobody had seen it, and the clock was not put back to it
		}
		if w.to.After(seen) {
			seen = w.to
		}
	}
}

// demand looks for slots after an instant and up to another one that are not in the ledger. A new program has missed nothing.
func (r *run) demand(job string, l *ledger, after, until time.Time) {
	lost := 0
	for slot := after.Truncate(time.Minute).Add(time.Minute); !slot.After(until); slot = slot.Add(time.Minute) {
		if !l.known[slot.Unix()] && slot.After(l.first) {
			lost++
		}
	}
	if lost > 0 {
		r.Errorf("job %s: %d slots after %v and up to %v have no row", job, lost, after, until)
	}
}
