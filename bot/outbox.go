package bot

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"duban/internal/chat"
	"duban/internal/issue"
	"duban/internal/lease"
	"duban/internal/metrics"
	"duban/internal/store"
)

// outbox carries queued messages to the networks. Only it sends, and only it repeats (design.md §9.3).
type outbox struct {
	bot  *Bot
	wake chan struct{}
	mu   sync.Mutex  // one at a time hands out what is due
	used time.Time   // when something may have been sent last before the program began
	late atomic.Bool // hurry has still to be done: the database could not be written
	seen struct {    // the last time that all was found which was due: couriers have it
		id int64
		at time.Time
	}

	at        sync.Mutex
	idle      sync.Cond
	couriers  map[string]*courier   // by channel
	err       error                 // that ended the work of a courier
	left      bool                  // a courier has left what it had for others to read
	elsewhere map[store.Target]bool // other processes have their messages, as of the last look
	ahead     map[leg]int           // how many parts have left, where the database does not know it yet
}

// leg is a message on its way over a channel.
type leg struct {
	id      int64
	channel string
}

func newOutbox(b *Bot) *outbox {
	o := &outbox{bot: b, wake: make(chan struct{}, 1), couriers: map[string]*courier{}, elsewhere: map[store.Target]bool{}, ahead: map[leg]int{}}
	o.idle.L = &o.at
	return o
}

// remember finds out when something may have been sent before the program began: an account's limits do not begin anew with it.
func (o *outbox) remember(ctx context.Context) error {
	return o.bot.store.Read(ctx, o.bot.Now(), func(tx *store.Tx) error {
		last, ever, err := tx.LastTried()
		if ever {
			o.used = time.Now().Add(-max(0, tx.Now().Sub(last)))
		}
		return err
	})
}

// The pace of repeating: from firstRetry, doubling up to lastRetry, for giveUp in all, and not less than leastTries, which take an hour: the
// program may not have run, and the clock may have jumped.
const (
	firstRetry = 5 * time.Second
	lastRetry  = 10 * time.Minute
	giveUp     = 24 * time.Hour
	leastTries = 13
	outBatch   = 50
	idleCheck  = time.Minute
	hurried    = 1000 // rows that are made due at once; there is one per target
	// databasePause is how long a database is left alone that could not be used.
	databasePause = 5 * time.Second
)

// poke makes the outbox look again.
func (o *outbox) poke() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// run sends what is due until ctx ends. A story's clock is driven by Settle as well; sending twice is impossible.
func (o *outbox) run(ctx context.Context) {
	defer o.finish()
	for ctx.Err() == nil {
		err := o.drain(ctx)
		if err == nil && o.late.Swap(false) {
			err = o.hurry(ctx)
			o.late.Store(err != nil)
		}
		if err != nil && ctx.Err() == nil {
			o.bot.log.Error("outbox", "err", err)
			_ = rest(ctx, databasePause) // an error is the end of the program
			continue
		}
		o.wait(ctx, o.pause(ctx))
	}
}

// pause is how long nothing will be due but what couriers have.
func (o *outbox) pause(ctx context.Context) time.Duration {
	if o.bot.clock.story {
		return idleCheck
	}
	o.forget()
	pause := idleCheck
	if !o.bot.leases.Alone() {
		pause = shareCheck
	}
	_ = o.bot.store.Read(context.WithoutCancel(ctx), o.bot.Now(), func(tx *store.Tx) error { // an error only means a longer pause
		due, waits, err := tx.NextOutgoing(o.busy()...)
		if waits {
			pause = min(pause, max(due.Sub(tx.Now()), firstRetry/10))
		}
		return err
	})
	return pause
}

// hurry makes due at once what is being repeated: its network has come back, or its target has been bound.
func (o *outbox) hurry(ctx context.Context) error {
	var waiting []store.Outgoing
	err := o.bot.store.Read(context.WithoutCancel(ctx), o.bot.Now().Add(lastRetry), func(tx *store.Tx) (err error) {
		waiting, err = tx.DueOutgoing(hurried)
		return err
	})
	waiting = slices.DeleteFunc(waiting, func(row store.Outgoing) bool {
		_, known := o.bot.channel(row.Route)
		return row.Attempts == 0 || known && !o.bot.leases.Holds(row.Route)
	})
	if err != nil || len(waiting) == 0 {
		return err
	}
	return o.bot.store.Write(context.WithoutCancel(ctx), o.bot.Now(), func(tx *store.Tx) error {
		for _, row := range waiting {
			row.Attempts-- // this is none: after many starts the next failure would be repeated too late
			if err := tx.Postpone(row, tx.Now(), row.Failure); err != nil {
				return err
			}
		}
		return nil
	})
}

// drain sends everything that is due now. A story's time stands still meanwhile, so that there is none to spread messages over: they
// go out in the order in which they fell due.
func (o *outbox) drain(ctx context.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for ctx.Err() == nil {
		more, err := o.working()
		if err != nil {
			return err
		}
		due, err := o.due(ctx, more)
		switch {
		case err != nil:
			return err
		case len(due.rows) == 0 && !more:
			return nil
		case len(due.rows) == 0:
			o.wait(ctx, brief) // asking for the next instant would mean to go through all that couriers have
		case o.bot.clock.story:
			err = o.deliverAll(ctx, due.rows)
		default:
			err = o.hand(ctx, due)
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// wait waits until there may be something to do, or for a pause.
func (o *outbox) wait(ctx context.Context, pause time.Duration) {
	select {
	case <-ctx.Done():
	case <-o.wake:
		runtime.Gosched() // others whose commit has ended now are about to poke, too
		select {
		case <-o.wake:
		default:
		}
	case <-time.After(pause):
	}
	o.at.Lock()
	defer o.at.Unlock()
	clear(o.elsewhere)
}

func (o *outbox) deliverAll(ctx context.Context, due []store.Outgoing) error {
	waits := map[store.Target]bool{}
	done := map[int64]bool{}
	for _, row := range due {
		if waits[row.Target] || done[row.ID] {
			continue // its turn comes after the one that is being repeated, or it went along with another
		}
		sent, err := o.deliver(ctx, row, nil)
		if err != nil {
			return err
		}
		waits[row.Target] = len(sent) == 0
		for _, id := range sent {
			done[id] = true
		}
	}
	return nil
}

// deliver makes one attempt and records how it went, for the message and what was held together with it. They are marked as
// sent in one transaction, which a courier may put off (sent): a program that ends before it sends all again under the same id, after it
// none. A message that has left and cannot be marked is not sent again meanwhile, and no other of its channel is sent before it is. What is
// not the courier's any more, because it is bound elsewhere now, is left alone.
func (o *outbox) deliver(ctx context.Context, row store.Outgoing, d *courier) (arrived []int64, err error) {
	rows, err := o.together(ctx, row)
	if err != nil {
		return nil, err
	}
	e := o.bot.edition()
	r, cause := o.routeOf(e.world.Reg, row)
	if !o.bot.clock.story && r.now.Channel != d.channel() {
		return nil, nil
	}
	if ours, err := o.claim(ctx, row, r); !ours {
		return nil, unlessLost(err)
	}
	begun := time.Now()
	if cause == nil {
		cause = o.attempt(ctx, e, rows, r.now, d)
	}
	if cause != nil && ctx.Err() != nil {
		return nil, ctx.Err() // the end of the program is no failure of the message
	}
	if errors.Is(cause, lease.ErrLost) {
		o.skip(row.Target)
		return nil, nil
	}
	f := o.judge(e, row, r, cause)
	o.bot.metrics.Tried(r.channel(), f.result)
	if cause != nil {
		return nil, unlessLost(o.record(ctx, e, rows, r, f, cause))
	}
	for _, r := range rows {
		arrived = append(arrived, r.ID)
	}
	if d != nil {
		d.sent.add(row.Target, arrived, leg{row.ID, r.channel()}, time.Since(begun) > quick)
		return arrived, nil
	}
	return arrived, o.mark(ctx, &sent{rows: arrived, legs: []leg{{row.ID, r.channel()}}}, o.bot.store.Write)
}

// record records a failed attempt while the message is this process's.
func (o *outbox) record(ctx context.Context, e *edition, rows []store.Outgoing, r route, f fate, cause error) error {
	err := o.bot.store.Write(context.WithoutCancel(ctx), o.bot.Now(), func(tx *store.Tx) error {
		if err := o.bot.leases.Fence(tx, o.owner(rows[0], r)); err != nil {
			return err
		}
		return o.failed(tx, e, rows, r, f, cause)
	})
	if err == nil && f.result != metrics.Later {
		o.parted(leg{rows[0].ID, r.channel()}, 0)
	}
	return err
}

// unlessLost is an error, but for that of a message which another process has now.
func unlessLost(err error) error {
	if errors.Is(err, lease.ErrLost) {
		return nil
	}
	return err
}

// failed records a failed attempt. What was held together with a message waits for it, and ends with it.
func (o *outbox) failed(tx *store.Tx, e *edition, rows []store.Outgoing, r route, f fate, cause error) error {
	row := rows[0]
	o.bot.log.Warn("message not sent", "id", row.ID, "target", row.Target, "channel", r.channel(), "attempts", row.Attempts+1, "next", f.result, "err", cause)
	if r.now.Channel != nil {
		row.Route = r.now.Name()
	}
	switch f.result {
	case metrics.Moved:
		return o.move(tx, e, row, f, cause)
	case metrics.Later:
		return tx.Postpone(row, tx.Now().Add(f.wait), cause.Error())
	}
	for _, other := range rows {
		other.Route = row.Route
		if err := tx.Bury(other, cause.Error()); err != nil {
			return err
		}
	}
	return report(tx, e.world.Reg, row, len(rows))
}

// report tells the administrators of a dead letter, unless it was for them.
func report(tx *store.Tx, reg *issue.Register, row store.Outgoing, n int) error {
	for _, c := range reg.ChatsFor(issue.ForAdmin) {
		to := store.ToChat(c.ID)
		if to == row.Target {
			continue
		}
		first, _, _ := strings.Cut(row.Text, "\n")
		text := fmt.Sprintf("【发送失败】有%s消息没有送到：%s\n请检查群绑定和账号状态", pieces(n), first)
		if err := tx.Send(store.Out{To: to, Text: text, Dedup: fmt.Sprintf("dead/%d/%s", row.ID, c.ID)}); err != nil {
			return err
		}
	}
	return nil
}

// pieces counts messages: 一条, 3 条.
func pieces(n int) string {
	if n == 1 {
		return "一条"
	}
	return fmt.Sprintf(" %d 条", n)
}

// backoff is when to try again, if at all.
func backoff(row store.Outgoing, cause error) (time.Duration, bool) {
	wait := min(firstRetry<<min(row.Attempts, 20), lastRetry)
	var e *chat.SendError
	if !errors.As(cause, &e) {
		return wait, true
	}
	return max(wait, e.After), e.Retry || e.Unknown
}

// attempt sends messages that go together as one, in parts if it is too long for the network. Parts that have arrived there are
// not sent again.
func (o *outbox) attempt(ctx context.Context, e *edition, rows []store.Outgoing, c way, d *courier) error {
	row, ids, err := digest(rows)
	if err != nil {
		return err
	}
	if row, err = o.onRoute(ctx, row, c.Name()); err != nil {
		return err
	}
	with, err := o.bundle(ctx, e, row, c.Can())
	if err != nil {
		return err
	}
	defer with.drop()
	_, group := row.Target.Chat()
	on := leg{row.ID, c.Name()}
	if n := o.gone(on); n > row.PartsSent { // nobody reads it again because a disk was full
		if row.PartsSent, err = n, o.part(ctx, row, n); err != nil {
			return err
		}
	}
	parts := inParts(row, with, o.mentions(e.world.Reg, c.Channel, ids), manner{can: c.Can(), group: group, table: e.world.Table})
	for n := row.PartsSent; n < len(parts); n++ {
		parts[n].ID, parts[n].Conversation = fmt.Sprintf("%d-%d", row.ID, n), c.key
		if err := d.send(ctx, c, parts[n]); err != nil {
			return err
		}
		o.parted(on, n+1)
		if n < len(parts)-1 {
			if err := o.part(ctx, row, n+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// parted remembers how many parts of a message have left; 0: the database knows.
func (o *outbox) parted(on leg, parts int) {
	o.at.Lock()
	defer o.at.Unlock()
	if o.ahead[on] = parts; parts == 0 {
		delete(o.ahead, on)
	}
}

// gone is how many parts of a message have left as far as the database may not know.
func (o *outbox) gone(on leg) int {
	o.at.Lock()
	defer o.at.Unlock()
	return o.ahead[on]
}

// onRoute is a message as it stands on a channel: parts that arrived on another one are nothing there.
func (o *outbox) onRoute(ctx context.Context, row store.Outgoing, channel string) (store.Outgoing, error) {
	moved := row.Route != "" && row.Route != channel && row.PartsSent > 0
	row.Route = channel
	if !moved {
		return row, nil
	}
	row.PartsSent = 0
	return row, o.part(ctx, row, 0)
}

// inParts makes the messages that carry one, in the network's manner: the text in as many as it needs, the buttons and the first file with
// the last of them, and each further file by itself; the first one, too, where the network sends it apart. Every attempt cuts alike; only files may be missing that an earlier one had, and whoever got some
// of them is told of the others.
func inParts(row store.Outgoing, with bundle, mentions []chat.Mention, m manner) []chat.Outgoing {
	text := strings.Trim(row.Text+"\n"+strings.Join(with.missing, "\n"), "\n")
	var parts []chat.Outgoing
	for _, t := range split(m.say(text, mentions), m.can.MaxText) {
		parts = append(parts, chat.Outgoing{Text: t})
	}
	last := &parts[len(parts)-1]
	last.Mentions, last.Actions = mentions, m.actions(text)
	for n := range with.files {
		if n > 0 || m.can.Apart && last.Text != "" {
			parts = append(parts, chat.Outgoing{})
		}
		parts[len(parts)-1].Attachment = &with.files[n]
	}
	if len(parts) <= row.PartsSent && len(with.missing) > 0 {
		parts = append(parts, make([]chat.Outgoing, row.PartsSent-len(parts))...) // those that have arrived
		parts = append(parts, chat.Outgoing{Text: strings.Join(with.missing, "\n")})
	}
	return parts
}

func (o *outbox) part(ctx context.Context, row store.Outgoing, n int) error {
	return o.bot.store.Write(context.WithoutCancel(ctx), o.bot.Now(), func(tx *store.Tx) error {
		if err := o.bot.leases.Fence(tx, row.Route); err != nil {
			return err
		}
		return tx.MarkPart(row, n)
	})
}

// mentions are the persons to name, with their keys where the network knows them.
func (o *outbox) mentions(reg *issue.Register, c chat.Channel, ids []string) []chat.Mention {
	var out []chat.Mention
	for _, id := range ids {
		m := chat.Mention{Name: reg.PersonName(id)}
		m.Key, _ = o.bot.names.private(c.Name(), id)
		out = append(out, m)
	}
	return out
}

// split cuts a text into parts of at most limit characters, at line ends where it can. Empty lines at a cut are left out.
func split(text string, limit int) []string {
	var parts []string
	for limit > 0 && utf8.RuneCountInString(text) > limit {
		end := 0
		for range limit {
			_, n := utf8.DecodeRuneInString(text[end:])
			end += n
		}
		if n := strings.LastIndex(text[:end], "\n"); n > end/2 {
			end = n + 1
		}
		parts = append(parts, strings.TrimRight(text[:end], "\n"))
		text = strings.TrimLeft(text[end:], "\n")
	}
	if text == "" && len(parts) > 0 {
		return parts
	}
	return append(parts, text)
}
