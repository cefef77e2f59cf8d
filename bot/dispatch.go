package bot

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"duban/handlers"
	"duban/internal/chat"
	"duban/internal/issue"
	"duban/internal/lease"
	"duban/internal/metrics"
	"duban/internal/store"
)

// handleTimeout bounds the work on one message, fetching its pictures included.
const handleTimeout = 2 * time.Minute

// errHandled says that a message was answered already.
var errHandled = errors.New("message already handled")

// errSlow says that a message has to be written down before it is answered.
var errSlow = errors.New("answering takes a while")

// errReloaded says that another configuration counts since the work on a message began.
var errReloaded = errors.New("reloaded meanwhile")

// mostTries is how often a message is tried that a disk or the database keeps from being done, before its writer is told so: a quarter
// of an hour. Where not even that can be written it goes on.
const mostTries = 60

// handle answers one message: the state change, its events, the answer and the end of the arrival are one transaction
// (design.md §9.2). A mistake of the writer is answered with its sentence, anything else with a reference number; either
// way the arrival ends, so that a bad message never comes back. It is not done while the database or a disk cannot be used. What is not
// written down yet is not done either if answering it may take a while, or is not this process's business.
func (b *Bot) handle(ctx context.Context, a store.Arrival, tries int) (done bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), handleTimeout)
	defer cancel()
	if err := b.recall(ctx, &a); err != nil {
		b.open(a, err)
		return false
	}
	var m chat.Message
	if err := json.Unmarshal([]byte(a.Body), &m); err != nil {
		b.log.Error("arrival cannot be read", "arrival", a.ID, "err", err)
		return b.finish(ctx, a, m, "", nil, err)
	}
	started := time.Now()
	photos, err := b.answer(ctx, a, m)
	for errors.Is(err, errReloaded) {
		coming.done(photos...)
		photos, err = b.answer(ctx, a, m)
	}
	defer func() { coming.done(photos...) }()
	if errors.Is(err, lease.ErrLost) { // whoever has the channel now answers
		return a.ID != 0
	}
	if errors.Is(err, errSlow) {
		return false
	}
	if store.Passing(err) && tries < mostTries {
		b.open(a, err)
		return false
	}
	b.count(m, err, time.Since(started))
	if err != nil && !errors.Is(err, errHandled) && !b.finish(ctx, a, m, b.apology(a, err), photos, err) {
		return false
	}
	if a.ID == 0 && !errors.Is(err, errHandled) {
		b.metrics.Received(m.Channel)
	}
	b.outbox.poke()
	return true
}

// open notes that an arrival is to be tried again. Of one that is not written down the network hears.
func (b *Bot) open(a store.Arrival, err error) {
	if a.ID != 0 {
		b.log.Error("arrival stays open", "arrival", a.ID, "err", err)
	}
}

// recall reads again what a long lane did not keep.
func (b *Bot) recall(ctx context.Context, a *store.Arrival) error {
	if a.Body != "" {
		return nil
	}
	return b.store.Read(ctx, b.Now(), func(tx *store.Tx) (err error) {
		*a, err = tx.Arrival(a.ID)
		return err
	})
}

// count counts how the work on a message ended. One that was answered before counts for nothing.
func (b *Bot) count(m chat.Message, err error, took time.Duration) {
	result := metrics.Done
	switch _, refused := issue.AsError(err); {
	case errors.Is(err, errHandled):
		return
	case refused:
		result = metrics.Refused
	case err != nil:
		b.metrics.Failed()
		return
	}
	var names []string
	for _, c := range b.edition().world.Table.Match(input(m)) {
		names = append(names, c.Command.Name)
	}
	b.metrics.Handled(names, result, took)
}

// answer does what a message asks for. It gives the pictures that came with it, which are kept even if the rest is not.
func (b *Bot) answer(ctx context.Context, a store.Arrival, m chat.Message) (photos []store.Photo, err error) {
	defer caught(&err)
	e := b.edition()
	who := b.identify(e, m)
	calls := e.world.Table.Match(input(m))
	if a.ID == 0 && slow(m, who, calls) {
		return nil, errSlow
	}
	binds, err := b.confirm(ctx, e.world.Reg, m, &who)
	if err != nil {
		return nil, err
	}
	with, err := b.bring(ctx, e, a, m, who, calls)
	if err != nil {
		return with.photos, err
	}
	var rebound bool
	now := e.world.Ahead(calls, b.Now())
	err = b.replacing(ctx, now, func(tx *store.Tx, replace func(*edition)) error {
		if err := b.begin(tx, e, a); err != nil {
			return err
		}
		for _, bind := range binds {
			if err := bind(tx); err != nil {
				return err
			}
		}
		with.controls = b.controls(replace)
		with.controls.Guess = func() bool { return !b.guesses.over(senderKey{m.Channel, m.Session, m.From.Key}, tx.Now()) }
		reply, err := b.reply(e, tx, m, who, calls, with)
		if err != nil {
			return err
		}
		rebound = len(binds) > 0 || binding(calls)
		return e.send(tx, target(m, who), m.Channel, reply)
	})
	if err != nil || !rebound {
		return with.photos, err
	}
	return with.photos, errors.Join(b.names.reload(ctx, b.store), b.outbox.hurry(ctx))
}

// slow says whether the network is asked for something before a message is answered, or the answer is much work.
func slow(m chat.Message, who identity, calls []handlers.Call) bool {
	return len(m.Pictures)+len(m.Files) > 0 || who.rebind || who.weak || handlers.TakesSheet(calls) || handlers.MayTakeLong(calls, nil)
}

// begin ends an arrival, if it is this process's to answer, nobody has answered it, and the edition by which it will be still counts.
func (b *Bot) begin(tx *store.Tx, e *edition, a store.Arrival) error {
	if err := b.leases.Fence(tx, b.duty(a.Channel)); err != nil {
		return err
	}
	if b.edition() != e { // nothing may be given to a unit that is gone
		return errReloaded
	}
	fresh, err := tx.FinishArrival(a, "")
	if err == nil && !fresh {
		err = errHandled
	}
	return err
}

// caught makes an error of a panic.
func caught(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	}
}

// binding says whether a call may have changed who is who.
func binding(calls []handlers.Call) bool {
	for _, c := range calls {
		if c.Command.Anyone {
			return true
		}
	}
	return false
}

// brought is what came along with a message: fetched before any transaction is open.
type brought struct {
	photos  []store.Photo
	trouble *issue.Error // about pictures that did not come
	upload  *handlers.Upload
	// controls are those of the transaction in which the message is answered.
	controls handlers.Controls
}

// bring fetches the pictures and the spreadsheet of a message, and says if what follows takes a while.
func (b *Bot) bring(ctx context.Context, e *edition, a store.Arrival, m chat.Message, who identity, calls []handlers.Call) (with brought, err error) {
	if with.photos, with.trouble, err = b.fetchPictures(ctx, e, m, who, len(calls) > 0); err != nil {
		return with, err
	}
	if with.upload, err = b.upload(ctx, e, m, who, calls); err != nil {
		return with, err
	}
	return with, b.beforehand(ctx, e, a, m, who, calls, with.upload)
}

// reply runs what a message asks for inside the transaction.
func (b *Bot) reply(e *edition, tx *store.Tx, m chat.Message, who identity, calls []handlers.Call, with brought) (reply handlers.Reply, err error) {
	req := b.request(e, tx, m, who)
	req.Upload, req.Controls = with.upload, with.controls
	for n := range with.photos {
		if err := tx.AddPhoto(&with.photos[n]); err != nil {
			return handlers.Reply{}, err
		}
	}
	if err := tooLong(m); err != nil {
		return handlers.Reply{}, err
	}
	switch {
	case len(calls) > 0:
		reply, err = req.Handle(calls)
	case with.upload != nil:
		reply, err = req.TakeSheet()
	case len(with.photos) > 0:
		reply, err = req.TakePictures(with.photos, input(m))
	case spokenTo(m) && len(m.Pictures)+len(m.Files) == 0:
		reply = req.NotUnderstood(input(m))
	}
	if err == nil && with.trouble != nil {
		reply.Text = strings.TrimPrefix(reply.Text+"\n"+with.trouble.Error(), "\n")
	}
	return reply, err
}

// send queues an answer, and after it what others are to be told. The answer comes at once, whatever the hour, and where it was asked
// for; the others sleep.
func (e *edition) send(tx *store.Tx, to store.Target, channel string, reply handlers.Reply) error {
	var outs []store.Out
	if reply.Text != "" {
		outs = append(outs, store.Out{To: to, Via: channel, Text: reply.Text, Mentions: reply.Mentions, Make: reply.Make})
	}
	for _, o := range reply.Notices {
		if o.To == to {
			o.Via = channel
		} else {
			o = atNight(o, e.world.Cal, tx.Now())
		}
		outs = append(outs, o)
	}
	return tx.Send(outs...)
}

// apology puts an error into words: the user's own mistake as it is, anything else as a number that is also in the log. It
// is the only place where errors become words.
func (b *Bot) apology(a store.Arrival, err error) string {
	if e, ok := issue.AsError(err); ok {
		b.log.Info("refused", "arrival", a.ID, "code", e.Code, "text", e.Text)
		return e.Error()
	}
	ref := rand.Text()[:6]
	b.log.Error("handling failed", "ref", ref, "arrival", a.ID, "channel", a.Channel, "message", a.MessageID, "err", err)
	if store.Passing(err) {
		return "现在存不下，这条没有办成，编号 " + ref + "。请过一会儿重发，急的先告诉管理员"
	}
	return "处理失败，编号 " + ref + "。请稍后重发，仍不行请把编号告诉管理员"
}

// finish ends an arrival that failed, with an answer if there is one to give. Its pictures wait for the corrected command. The
// arrival stays open only if the database cannot be written.
func (b *Bot) finish(ctx context.Context, a store.Arrival, m chat.Message, text string, photos []store.Photo, cause error) (done bool) {
	e := b.edition()
	err := b.store.Write(ctx, b.Now(), func(tx *store.Tx) error {
		if err := b.leases.Fence(tx, b.duty(a.Channel)); err != nil {
			return err
		}
		failure := ""
		if _, own := issue.AsError(cause); !own {
			failure = cause.Error()
		}
		fresh, err := tx.FinishArrival(a, failure)
		if err != nil || !fresh || text == "" {
			return err
		}
		for n := range photos {
			photos[n].ID = 0 // of the transaction that was not kept
			if err := tx.AddPhoto(&photos[n]); err != nil {
				return err
			}
		}
		who := b.identify(e, m)
		if who.rebind { // nothing vouches for the group's name: the answer goes where the message came from
			who.chat = issue.Chat{}
		}
		return e.send(tx, target(m, who), m.Channel, handlers.Reply{Text: text})
	})
	if err != nil {
		b.open(a, err)
	}
	return err == nil || errors.Is(err, lease.ErrLost) && a.ID != 0
}
