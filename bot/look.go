package bot

import (
	"context"
	"maps"
	"slices"
	"time"

	"duban/internal/store"
)

// look is what was found to be due.
type look struct {
	rows []store.Outgoing
	at   time.Time // when the looking began
	cut  bool      // there may be more, of which some go before others that will be found
}

// due reads what is due and what no courier has. While couriers work, it goes through all that waits only once in a while, and otherwise
// through what is new: what waits may be thousands for their targets, and they read that themselves.
func (o *outbox) due(ctx context.Context, working bool) (look, error) {
	seen, due := o.seen, look{at: time.Now()}
	all := o.leaves() || !working || time.Since(seen.at) >= brief
	if all {
		o.forget()
	}
	err := o.bot.store.Read(context.WithoutCancel(ctx), o.bot.Now(), func(tx *store.Tx) (err error) {
		if !all {
			if due.rows, err = tx.NewOutgoing(seen.id, outBatch); len(due.rows) > 0 {
				seen.id = due.rows[len(due.rows)-1].ID
			}
			return err
		}
		last, err := tx.LastOutgoing() // first: what couriers read from now on is not older than this
		if err != nil {
			return err
		}
		due.rows, err = tx.DueOutgoing(outBatch, o.busy()...)
		due.cut = len(due.rows) == outBatch
		if !due.cut {
			seen.id, seen.at = last, time.Now()
		}
		return err
	})
	if err == nil {
		o.seen = seen
	}
	return due, err
}

// leaves says whether a courier has left something since it was asked last.
func (o *outbox) leaves() bool {
	o.at.Lock()
	defer o.at.Unlock()
	left := o.left
	o.left = false
	return left
}

// forget forgets the targets for which couriers have nothing to do any more. All that was sent to them is marked, so that who looks from now
// on does not find it.
func (o *outbox) forget() {
	o.at.Lock()
	defer o.at.Unlock()
	for _, d := range o.couriers {
		maps.DeleteFunc(d.waits, func(_ store.Target, q *waiting) bool { return q.idle() })
	}
}

// busy are the targets that others look after: whoever looks for what is due leaves them out. Their couriers look themselves; where one has
// just finished, the outbox has to look again.
func (o *outbox) busy() (targets []store.Target) {
	o.at.Lock()
	defer o.at.Unlock()
	for _, d := range o.couriers {
		for t, q := range d.waits {
			q.more, o.left = true, o.left || q.idle()
			targets = append(targets, t)
		}
	}
	for t := range o.elsewhere {
		if !slices.Contains(targets, t) {
			targets = append(targets, t)
		}
	}
	slices.Sort(targets)
	return targets
}

// hand gives due messages to the couriers of their channels. What has no way now is put off.
func (o *outbox) hand(ctx context.Context, due look) error {
	reg := o.bot.register()
	queues, order := map[store.Target][]store.Outgoing{}, []store.Target{}
	for _, row := range due.rows {
		if queues[row.Target] == nil {
			order = append(order, row.Target)
		}
		queues[row.Target] = append(queues[row.Target], row)
	}
	for _, t := range order {
		rows := o.offer(t, queues[t], due)
		if len(rows) == 0 {
			continue
		}
		r, err := o.routeOf(reg, rows[0])
		if !o.bot.leases.Holds(o.owner(rows[0], r)) {
			o.skip(t)
			continue
		}
		if err != nil {
			if _, err := o.deliver(ctx, rows[0], nil); err != nil {
				return err
			}
			continue
		}
		o.at.Lock()
		o.courier(r.now.Channel).put(ctx, t, beginning(rows, due.at, due.cut))
		o.at.Unlock()
	}
	return nil
}

// offer gives what waits for a target to the courier that has the target. What it returns is for any other one. There is nothing left if a
// courier has given up a target since the look: what was found may have to wait for a message that has failed meanwhile.
func (o *outbox) offer(t store.Target, rows []store.Outgoing, due look) []store.Outgoing {
	o.at.Lock()
	defer o.at.Unlock()
	for _, d := range o.couriers {
		q := d.waits[t]
		if q == nil {
			continue
		}
		rows = slices.DeleteFunc(rows, func(row store.Outgoing) bool { return row.ID <= q.last }) // it has had them
		if q.idle() {
			delete(d.waits, t)
			return rows
		}
		if waits := len(q.rows) > 0; len(rows) > 0 {
			if q.add(rows, due.at, due.cut); !waits && len(q.rows) > 0 {
				d.turns = append(d.turns, t)
			}
		}
		return nil
	}
	if o.left {
		return nil
	}
	return rows
}
