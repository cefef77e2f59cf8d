package bot

import (
	"context"
	"time"

	"duban/internal/chat"
	"duban/internal/lease"
	"duban/internal/store"
)

// shareCheck is how soon it is noticed that another process has queued something.
const shareCheck = time.Second

// fenced is a channel that carries nothing which another process may carry.
type fenced struct {
	chat.Channel
	leases *lease.Keeper
}

// Send implements chat.Channel.
func (f fenced) Send(ctx context.Context, out chat.Outgoing) error {
	if err := f.leases.Check(ctx, f.Name()); err != nil {
		return err
	}
	return f.Channel.Send(ctx, out)
}

// owner is the lease that a message needs: that of the channel on which it was tried last, otherwise that of the one on which it goes
// first. What goes nowhere is looked after by whoever runs the jobs.
func (o *outbox) owner(row store.Outgoing, r route) string {
	if _, known := o.bot.channel(row.Route); known {
		return row.Route
	}
	if r.now.Channel == nil {
		return leaseJobs
	}
	return r.now.Name()
}

// claim makes sure that no other process sends a message. Where this one has all leases there is nothing to make sure of. Otherwise two
// may know different ways for it for a moment: who writes its way first has it, and who finds that it goes on another's channel
// gives it there.
func (o *outbox) claim(ctx context.Context, row store.Outgoing, r route) (ours bool, err error) {
	leases, owner := o.bot.leases, o.owner(row, r)
	defer func() {
		if ours = ours && err == nil; !ours {
			o.skip(row.Target)
		}
	}()
	switch {
	case leases.HoldsAll():
		return true, nil
	case !leases.Holds(owner):
		return false, nil
	case r.now.Channel == nil || row.Route == r.now.Name():
		return true, nil
	}
	err = o.bot.store.Write(context.WithoutCancel(ctx), o.bot.Now(), func(tx *store.Tx) error {
		if err := leases.Fence(tx, owner); err != nil {
			return err
		}
		ours, err = tx.ClaimOutgoing(row, r.now.Name())
		return err
	})
	return ours && leases.Holds(r.now.Name()), err
}

// skip leaves a target's messages alone until the outbox looks again: they are another process's.
func (o *outbox) skip(t store.Target) {
	o.at.Lock()
	defer o.at.Unlock()
	o.elsewhere[t] = true
}

// inherit begins to send on a channel on which another process sent until now: of its limits nothing is left.
func (o *outbox) inherit(c chat.Channel) {
	o.at.Lock()
	defer o.at.Unlock()
	if d := o.courier(c); !d.working {
		d.gate = newGate(c.Can(), time.Now())
	}
	o.poke()
}
