package bot

import (
	"context"
	"errors"
	"slices"
	"time"

	"duban/internal/chat"
	"duban/internal/store"
)

// courier carries what goes over one channel, a message at a time, so that a slow channel holds up no other one. The targets take turns: a
// long queue in one group holds up no other one either. Every second turn is for somebody who waits for an answer, or for what is urgent.
type courier struct {
	outbox *outbox
	to     chat.Channel
	gate   *gate
	sent   sent // what it has sent since it last marked anything

	// What follows is guarded by outbox.at.

	turns   []store.Target
	waits   map[store.Target]*waiting // present: nobody else sends to the target
	hurried bool                      // the last turn was out of the order
	working bool
}

// waiting is the beginning of what waits for one target.
type waiting struct {
	rows []taken
	last int64 // no message up to this one is still to be taken along
	more bool  // there may be more than these, and they are to be read in their order when these were sent
	// Of the last one it is not yet marked that it was sent; what follows is being read.
	unmarked, reading bool
}

// taken is a message as it was at an instant.
type taken struct {
	store.Outgoing
	read time.Time
}

// carried is how many messages to one target a courier takes along. The others stay in the database.
const carried = 32

// beginning makes one of messages, in their order.
func beginning(rows []store.Outgoing, read time.Time, more bool) *waiting {
	q := &waiting{}
	q.add(rows, read, more)
	return q
}

// add takes along what has come besides, unless it has to wait for something that is still to be read.
func (q *waiting) add(rows []store.Outgoing, read time.Time, more bool) {
	if q.more = q.more || q.reading; q.more {
		return
	}
	for _, row := range rows {
		if q.more = len(q.rows) == carried; q.more {
			return
		}
		q.rows, q.last = append(q.rows, taken{row, read}), max(q.last, row.ID)
	}
	q.more = more
}

// idle says whether a courier has nothing to do for a target any more.
func (q *waiting) idle() bool { return len(q.rows) == 0 && !q.unmarked && !q.reading }

// courier is the courier of a channel. Callers hold o.at.
func (o *outbox) courier(c chat.Channel) *courier {
	d := o.couriers[c.Name()]
	if d == nil {
		d = &courier{outbox: o, to: c, gate: newGate(c.Can(), o.used), waits: map[store.Target]*waiting{}}
		o.couriers[c.Name()] = d
	}
	return d
}

func (d *courier) put(ctx context.Context, t store.Target, q *waiting) {
	d.waits[t], d.turns = q, append(d.turns, t)
	if !d.working {
		d.working = true
		go d.work(ctx)
	}
}

// work carries until there is nothing more, or until it cannot go on.
func (d *courier) work(ctx context.Context) {
	for {
		var err error
		if d.sent.slow || d.to.Can().PerMinute > 0 {
			err = d.mark(ctx, d.outbox.bot.store.Write)
		}
		if err == nil {
			err = d.gate.turn(ctx) // first, so that whose turn it is is not decided too early
		}
		if err != nil || d.idle() {
			err = errors.Join(err, d.mark(ctx, d.outbox.bot.store.WriteSoon))
		}
		row, stale, ok := d.next(err)
		if !ok {
			return
		}
		var sent []int64
		if d.sent.full(row.Target) {
			err = d.mark(ctx, d.outbox.bot.store.Write)
		}
		if err == nil && stale {
			row, ok, err = d.outbox.again(ctx, row)
		}
		switch {
		case err == nil && ok:
			sent, err = d.outbox.deliver(ctx, row, d)
		case err == nil:
			sent = []int64{row.ID} // it was withdrawn meanwhile
		}
		d.done(row.Target, sent, err)
	}
}

// idle says whether no target waits for its turn.
func (d *courier) idle() bool {
	d.outbox.at.Lock()
	defer d.outbox.at.Unlock()
	return len(d.turns) == 0
}

// mark marks as sent what has left. Until then nobody else reads what waits for its targets: it would be sent again.
func (d *courier) mark(ctx context.Context, write writer) error {
	marked := d.sent
	d.sent = sent{}
	if err := d.outbox.mark(ctx, &marked, write); err != nil {
		return err
	}
	return d.refill(ctx, marked.targets)
}

// refill reads what else waits for targets of which everything was sent and is marked.
func (d *courier) refill(ctx context.Context, targets map[store.Target]bool) error {
	o := d.outbox
	for dry := d.dry(targets); len(dry) > 0; dry = d.dry(targets) {
		more := map[store.Target]*waiting{}
		err := o.bot.store.Read(context.WithoutCancel(ctx), o.bot.Now(), func(tx *store.Tx) error {
			for _, t := range dry {
				rows, err := tx.OutgoingTo(t, carried)
				if err != nil {
					return err
				}
				more[t] = beginning(rows, time.Now(), len(rows) == carried)
			}
			return nil
		})
		if err != nil {
			return err // the next turn gives up all that the courier has
		}
		d.refilled(dry, more)
	}
	return nil
}

// dry lists those of some targets, of which everything is marked, for which there is more to read than the courier has.
func (d *courier) dry(targets map[store.Target]bool) (dry []store.Target) {
	d.outbox.at.Lock()
	defer d.outbox.at.Unlock()
	for t := range targets {
		q := d.waits[t]
		if q == nil {
			continue
		}
		q.unmarked = false
		if q.more && len(q.rows) == 0 {
			q.more, q.reading = false, true
			dry = append(dry, t)
		}
	}
	slices.Sort(dry)
	return dry
}

// refilled takes along what else waits for targets. Where something came while the courier looked, it looks again.
func (d *courier) refilled(targets []store.Target, more map[store.Target]*waiting) {
	d.outbox.at.Lock()
	defer d.outbox.at.Unlock()
	for _, t := range targets {
		before, q := d.waits[t], more[t]
		q.last, q.more = max(q.last, before.last), q.more || before.more
		d.waits[t] = q
		if len(q.rows) > 0 {
			d.turns = append(d.turns, t)
		}
	}
}

// channel is the courier's; a message without a way has no courier.
func (d *courier) channel() chat.Channel {
	if d == nil {
		return nil
	}
	return d.to
}

// send carries a message to the network when it is its turn. In a story there are none, and nothing waits.
func (d *courier) send(ctx context.Context, c way, out chat.Outgoing) error {
	if d == nil {
		return c.Send(ctx, out)
	}
	return d.gate.pass(ctx, fenced{d.to, d.outbox.bot.leases}, out)
}

// next takes the first message of the target whose turn it is; false if there is nothing to do, or it cannot go on.
func (d *courier) next(err error) (row store.Outgoing, stale, ok bool) {
	o := d.outbox
	o.at.Lock()
	defer o.at.Unlock()
	if err != nil || len(d.turns) == 0 {
		d.stop(err)
		return row, false, false
	}
	n := -1
	if !d.hurried {
		n = slices.IndexFunc(d.turns, func(t store.Target) bool { return slices.ContainsFunc(d.waits[t].rows, taken.Hurried) })
	}
	d.hurried = n >= 0
	q := d.waits[d.turns[max(n, 0)]]
	d.turns = slices.Delete(d.turns, max(n, 0), max(n, 0)+1)
	return q.rows[0].Outgoing, time.Since(q.rows[0].read) > brief, true
}

// done records what became of a target's turn. What follows a message that failed waits for it.
func (d *courier) done(t store.Target, sent []int64, err error) {
	o := d.outbox
	o.at.Lock()
	defer o.at.Unlock()
	q := d.waits[t]
	q.rows = slices.DeleteFunc(q.rows, func(row taken) bool { return slices.Contains(sent, row.ID) })
	for _, id := range sent {
		if id > q.last { // it was held, and went along with another
			q.last, q.more = id, true
		}
	}
	q.unmarked = d.sent.targets[t]
	if err == nil && len(sent) > 0 && len(q.rows) > 0 {
		d.turns = append(d.turns, t)
		return
	}
	if err == nil && q.unmarked {
		return
	}
	delete(d.waits, t)
	o.left = true
	if err != nil {
		d.turns = nil
		clear(d.waits)
		o.err = err
	}
	o.poke()
}

// stop ends a courier's work. What it had because of an error stays in the database.
func (d *courier) stop(err error) {
	d.working, d.turns = false, nil
	if err != nil {
		clear(d.waits)
		d.outbox.err, d.outbox.left = err, true
	}
	d.outbox.idle.Broadcast()
	d.outbox.poke()
}

// again reads a message again that a courier has had for a while; false if it is not to be sent any more.
func (o *outbox) again(ctx context.Context, row store.Outgoing) (now store.Outgoing, ok bool, err error) {
	err = o.bot.store.Read(context.WithoutCancel(ctx), o.bot.Now(), func(tx *store.Tx) (err error) {
		now, ok, err = tx.Outgoing(row.ID)
		return err
	})
	if err != nil || !ok || now.State != store.OutQueued {
		return row, false, err
	}
	return now, true, nil
}

// working says whether a courier has something to do, and gives the error that ended the work of one since it was asked last.
func (o *outbox) working() (bool, error) {
	o.at.Lock()
	defer o.at.Unlock()
	err := o.err
	o.err = nil
	for _, d := range o.couriers {
		if d.working {
			return true, err
		}
	}
	return false, err
}

// finish waits until no courier has anything to do.
func (o *outbox) finish() {
	o.at.Lock()
	defer o.at.Unlock()
	for _, d := range o.couriers {
		for d.working {
			o.idle.Wait()
		}
	}
}
