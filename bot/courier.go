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
	waits   map[store.Target]*waiting // present: nobody else reads the target's messages
	hurried bool                      // the last turn was out of the order
	working bool
}

// waiting is the beginning of what waits for one target.
type waiting struct {
	rows   []store.Outgoing
	read   time.Time
	missed bool // there was more when the courier had it already
}

// carried is how many messages to one target a courier takes along. The others stay in the database.
const carried = 10

// courier is the courier of a channel. Callers hold o.at.
func (o *outbox) courier(c chat.Channel) *courier {
	d := o.couriers[c.Name()]
	if d == nil {
		d = &courier{outbox: o, to: c, gate: newGate(c.Can(), o.used), waits: map[store.Target]*waiting{}}
		o.couriers[c.Name()] = d
	}
	return d
}

// busy are the targets whose messages a courier has.
func (o *outbox) busy() (targets []store.Target) {
	o.at.Lock()
	defer o.at.Unlock()
	for _, d := range o.couriers {
		for t := range d.waits {
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

// had is what a courier has that waits for a target; nil: none does. Callers hold o.at.
func (o *outbox) had(t store.Target) *waiting {
	for _, d := range o.couriers {
		if q := d.waits[t]; q != nil {
			return q
		}
	}
	return nil
}

// hand gives due messages to the couriers of their channels. What has no way now is put off.
func (o *outbox) hand(ctx context.Context, due []store.Outgoing) error {
	reg := o.bot.register()
	queues, order := map[store.Target]*waiting{}, []store.Target{}
	for _, row := range due {
		if queues[row.Target] == nil {
			queues[row.Target], order = &waiting{read: time.Now()}, append(order, row.Target)
		}
		if q := queues[row.Target]; len(q.rows) < carried {
			q.rows = append(q.rows, row)
		}
	}
	for _, t := range order {
		r, err := o.routeOf(reg, queues[t].rows[0])
		if !o.bot.leases.Holds(o.owner(queues[t].rows[0], r)) {
			o.skip(t)
			continue
		}
		if err != nil {
			if _, err := o.deliver(ctx, queues[t].rows[0], nil); err != nil {
				return err
			}
			continue
		}
		o.at.Lock()
		if q := o.had(t); q != nil {
			q.missed = true
		} else {
			o.courier(r.now.Channel).put(ctx, t, queues[t])
		}
		o.at.Unlock()
	}
	return nil
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

// refill reads what else waits for targets of which everything was sent, and leaves those for which nothing does.
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
				more[t] = &waiting{rows: rows, read: time.Now()}
			}
			return nil
		})
		if err != nil {
			return err // the next turn gives up all that the courier has
		}
		d.take(dry, more)
	}
	return nil
}

// dry lists those of some targets of which everything was sent.
func (d *courier) dry(targets map[store.Target]bool) (dry []store.Target) {
	d.outbox.at.Lock()
	defer d.outbox.at.Unlock()
	for t := range targets {
		if q := d.waits[t]; q != nil && len(q.rows) == 0 {
			q.missed = false
			dry = append(dry, t)
		}
	}
	slices.Sort(dry)
	return dry
}

// take takes along what else waits for targets. Where nothing does, others may read again what will; where something came while the
// courier looked, it looks again.
func (d *courier) take(targets []store.Target, more map[store.Target]*waiting) {
	d.outbox.at.Lock()
	defer d.outbox.at.Unlock()
	for _, t := range targets {
		switch {
		case len(more[t].rows) > 0:
			d.waits[t], d.turns = more[t], append(d.turns, t)
		case !d.waits[t].missed:
			delete(d.waits, t)
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
		n = slices.IndexFunc(d.turns, func(t store.Target) bool { return slices.ContainsFunc(d.waits[t].rows, store.Outgoing.Hurried) })
	}
	d.hurried = n >= 0
	q := d.waits[d.turns[max(n, 0)]]
	d.turns = slices.Delete(d.turns, max(n, 0), max(n, 0)+1)
	return q.rows[0], time.Since(q.read) > brief, true
}

// done records what became of a target's turn. What follows a message that failed waits for it.
func (d *courier) done(t store.Target, sent []int64, err error) {
	o := d.outbox
	o.at.Lock()
	defer o.at.Unlock()
	q := d.waits[t]
	q.rows = slices.DeleteFunc(q.rows, func(row store.Outgoing) bool { return slices.Contains(sent, row.ID) })
	if err == nil && len(sent) > 0 && len(q.rows) > 0 {
		d.turns = append(d.turns, t)
		return
	}
	if err == nil && d.sent.targets[t] { // until it is marked
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

// stop ends a courier's work. What it had stays in the database.
func (d *courier) stop(err error) {
	d.working, d.turns = false, nil
	clear(d.waits)
	if err != nil {
		d.outbox.err = err
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
