package bot

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"duban/internal/calendar"
	"duban/internal/chat"
	"duban/internal/health"
	"duban/internal/issue"
	"duban/internal/metrics"
	"duban/internal/store"
)

// way is a channel on which a target is bound, and the network's key of the target there.
type way struct {
	chat.Channel
	key string
}

// route is the way that a message goes now, and those that are left if it cannot be delivered there.
type route struct {
	now  way
	rest []way
}

// channel is the name of the channel that carries the message now, for figures; none if there is none.
func (r route) channel() string {
	if r.now.Channel == nil {
		return "none"
	}
	return r.now.Name()
}

// routeOf finds the route of a message: the way on which it was tried last, or, if it was not tried yet, the first. It never goes back:
// two channels that both refuse it would throw it to and fro.
func (o *outbox) routeOf(reg *issue.Register, row store.Outgoing) (route, error) {
	ways := o.ways(reg, row)
	if len(ways) == 0 {
		return route{}, nowhere(row.Target)
	}
	n := 0
	if row.Attempts > 0 || row.Route != "" && !o.bot.leases.HoldsAll() { // who shares with others goes by what is written (claim)
		n = max(0, slices.IndexFunc(ways, func(w way) bool { return w.Name() == row.Route }))
	}
	return route{ways[n], ways[n+1:]}, nil
}

// nowhere is the failure of a message that no channel can carry now.
func nowhere(t store.Target) error {
	if channel, _, _, ok := t.Conversation(); ok {
		return &chat.SendError{Err: fmt.Errorf("channel %s is not running", channel), Retry: true}
	}
	return &chat.SendError{Err: fmt.Errorf("%s is bound on no channel", t), Retry: true, After: lastRetry}
}

// ways lists how a message can go, in the order in which that is tried: on the channel on which it was asked for, then in the order
// of its work group's configuration, or in that of the channels. A group that is bound on none of the configured channels goes by
// what it is bound on. A conversation of a network is nowhere else.
func (o *outbox) ways(reg *issue.Register, row store.Outgoing) []way {
	if channel, _, key, ok := row.Target.Conversation(); ok {
		if c, running := o.bot.channel(channel); running {
			return []way{{c, key}} // the network itself refuses a key of an old login
		}
		return nil
	}
	var bound []way
	for _, c := range o.bot.channels {
		if key, ok := o.key(c, row.Target); ok {
			bound = append(bound, way{c, key})
		}
	}
	ways := bound
	if id, ok := row.Target.Chat(); ok {
		group, _ := reg.Chat(id)
		if wanted := among(bound, group.Channels...); len(wanted) > 0 {
			ways = wanted
		}
	}
	asked := among(bound, row.Via)
	return append(asked, slices.DeleteFunc(slices.Clone(ways), func(w way) bool { return w.Name() == row.Via })...)
}

// among gives the ways over channels of these names, in the order of the names.
func among(ways []way, names ...string) (out []way) {
	for _, name := range names {
		if n := slices.IndexFunc(ways, func(w way) bool { return w.Name() == name }); n >= 0 {
			out = append(out, ways[n])
		}
	}
	return out
}

// key is the network's key of a work group or a person, as it is now.
func (o *outbox) key(c chat.Channel, t store.Target) (string, bool) {
	if id, ok := t.Chat(); ok {
		if c.Can().Identified {
			return id, true
		}
		if r, ok := c.(chat.Reacher); ok {
			return r.Reach(id)
		}
		b, bound := o.bot.names.chatOn(c.Name(), id)
		return b.Conversation, bound
	}
	id, _ := t.Person()
	if c.Can().Identified {
		return chat.PrivateKey(id), true
	}
	return o.bot.names.private(c.Name(), id)
}

// fate is what becomes of a message after an attempt.
type fate struct {
	result string        // as the program's figures call it
	wait   time.Duration // until it is tried again, with metrics.Later
	to     way           // where it goes, with metrics.Moved
	why    reason        // why it does not stay, with metrics.Moved
}

// reason is why a message leaves a channel.
type reason int

// The reasons; the last two are those of the channel, whatever the message.
const (
	refused reason = iota + 1 // it will never arrive there: the bot was removed from the group, or the message is not taken
	stopped                   // the channel has stopped for good
	away                      // the channel has been away for longer than a network hiccups
)

// judge decides what becomes of a message after an attempt; cause is nil if it has arrived.
func (o *outbox) judge(e *edition, row store.Outgoing, r route, cause error) fate {
	if cause == nil {
		return fate{result: metrics.Sent}
	}
	wait, retry := backoff(row, cause)
	retry = retry && (row.Attempts < leastTries || o.bot.Now().Sub(time.UnixMicro(row.CreatedAt)) < giveUp)
	if to, why := o.leave(e.cfg.Alerts.OfflineAfter, r, cause, retry); why != 0 {
		return fate{result: metrics.Moved, to: to, why: why}
	}
	if retry {
		return fate{result: metrics.Later, wait: wait}
	}
	return fate{result: metrics.Dead}
}

// leave says where a message goes from the way on which it failed, and why; 0: nowhere. What may have arrived stays where it is, for
// under its id the network can drop the double, which another one cannot; only a channel that has stopped will not tell any more.
// A channel that is away is left when the administrators are told of it (alerts.offline_after): before, it mostly comes back by itself.
func (o *outbox) leave(long time.Duration, r route, cause error, retry bool) (way, reason) {
	if len(r.rest) == 0 {
		return way{}, 0
	}
	now := o.bot.Now()
	state := func(w way) health.Channel { return o.bot.states.Of(w.Name()) }
	why := reason(0)
	e, said := errors.AsType[*chat.SendError](cause)
	switch here := state(r.now); {
	case here.State == chat.StateStopped:
		why = stopped
	case said && e.Unknown:
	case said && !retry:
		why = refused
	case here.Away(now, long):
		why = away
	}
	for _, w := range r.rest {
		there := state(w)
		if why != 0 && there.State != chat.StateStopped && (why != away || !there.Away(now, long)) {
			return w, why
		}
	}
	return way{}, 0
}

// move gives a message that failed to another channel, and tells the administrators, once a day for each group that a channel
// refuses and for each channel that is down: that may be a hundred groups, and is one thing to mend.
func (o *outbox) move(tx *store.Tx, e *edition, row store.Outgoing, f fate, cause error) error {
	if err := tx.Move(row, f.to.Name(), cause.Error()); err != nil {
		return err
	}
	day := calendar.DateOf(tx.Now().In(e.cfg.Location()))
	text, about := movedText(e.world.Reg, row, f), ""
	if f.why == refused {
		about = "/" + string(row.Target)
	}
	for _, c := range e.world.Reg.ChatsFor(issue.ForAdmin) {
		key := fmt.Sprintf("moved/%s/%s/%s%s", day, c.ID, row.Route, about)
		if err := tx.Send(store.Out{To: store.ToChat(c.ID), Text: text, Dedup: key}); err != nil {
			return err
		}
	}
	return nil
}

// movedText tells the administrators that messages go by another channel, and what to do.
func movedText(reg *issue.Register, row store.Outgoing, f fate) string {
	whose, mend := "", "请检查机器人是否还在群里"
	if id, ok := row.Target.Chat(); ok {
		group, _ := reg.Chat(id)
		whose = cmp.Or(group.Name, id)
	}
	from, to := health.Network(row.Route), health.Network(f.to.Name())
	if id, ok := row.Target.Person(); ok {
		whose, mend = reg.PersonName(id)+"（私聊）", "请本人在"+from+"给机器人发一句话试试，不行就重新绑定"
	}
	if f.why == refused {
		return fmt.Sprintf("【换通道】“%s”的消息在%s送不到，已改从%s发。%s", whose, from, to, mend)
	}
	state := map[reason]string{stopped: "已停止", away: "一直没有连上"}[f.why]
	return fmt.Sprintf("【换通道】%s%s，接了别的通道的群和人改从别的通道发，例如“%s”改从%s发；只接了%s的要等它恢复。请看看板“通道”页怎样恢复", from, state, whose, to, from)
}
