package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"duban/internal/chat"
	"duban/internal/health"
	"duban/internal/issue"
	"duban/internal/lease"
	"duban/internal/store"
)

// leaseJobs is the lease of whoever runs the jobs and looks after what belongs to no channel; the other leases are called like their
// channels.
const leaseJobs = "jobs"

// share lets other processes work on the same database (docs/adr/0041-leases.md): from now on this one does only what it holds a lease
// for. All channels have been added.
func (b *Bot) share(ctx context.Context) error {
	place, err := lease.Settle(b.started.Storage.Folder())
	if err != nil {
		return err
	}
	b.place = place
	wants := []string{leaseJobs}
	for _, c := range b.channels {
		wants = append(wants, c.Name())
	}
	host, _ := os.Hostname() // it is only a name for people
	b.leases = lease.New(lease.Config{
		Store: b.store, Now: b.Now, Place: place.ID, Name: fmt.Sprintf("%s（进程 %d）", host, os.Getpid()), Wants: wants,
		Patience: b.started.Storage.Takeover, Log: b.log, Note: b.noteFor, Looked: b.sawOthers, Inherit: b.inherited,
	})
	if err := b.leases.Look(ctx); err != nil { // a disk may be full for now: there is something to look at all the same
		b.log.Error("no lease can be taken", "err", err)
	}
	return nil
}

// unshare leaves everything to the others. What cannot be written now is no failure of the program's end: the others take everything over when
// this process has been silent for a while, and its next life at once.
func (b *Bot) unshare(ctx context.Context) error {
	err := b.leases.Leave(ctx)
	if store.Passing(err) {
		b.log.Warn("leases could not be given up", "err", err)
		err = nil
	}
	return errors.Join(err, b.place.Leave())
}

// channelNote is what the holder of a channel's lease lets the others know.
type channelNote struct {
	health.Channel
	Session string
}

// noteFor is what the others are to know of a lease that is here. A QR code is for those at this process alone.
func (b *Bot) noteFor(name string) string {
	if name == leaseJobs {
		return ""
	}
	note := channelNote{Channel: b.states.Of(name), Session: b.names.session(name)}
	note.QR = ""
	text, err := json.Marshal(note)
	if err != nil {
		b.log.Error("note of a lease", "lease", name, "err", err)
	}
	return string(text)
}

// sawOthers takes over what the holders of leases know: how their channels are connected, and whom they have bound.
func (b *Bot) sawOthers(look lease.Look) {
	for _, l := range look.Elsewhere {
		var note channelNote
		if err := json.Unmarshal([]byte(l.Note), &note); err != nil || note.Name != l.Name {
			note = channelNote{Channel: health.Channel{Name: l.Name, State: chat.StateConnecting, Since: b.Now(), Down: b.Now()}}
		}
		if _, ours := b.channel(l.Name); !ours {
			continue
		}
		note.Holder = l.Holder
		b.states.Put(note.Channel)
		if note.Session != "" {
			b.names.seen(l.Name, note.Session)
		}
	}
	if len(look.Others) > 0 {
		b.rebound(context.Background())
		b.outbox.poke()
	}
	b.tellElsewhere(look)
}

// tellElsewhere says at the terminal and in the log who works, whenever that changes.
func (b *Bot) tellElsewhere(look lease.Look) {
	by := map[string][]string{}
	for _, l := range look.Elsewhere {
		by[l.Holder] = append(by[l.Holder], dutyName(l.Name))
	}
	var lines []string
	for who, what := range by {
		lines = append(lines, fmt.Sprintf("%s由另一个 duban 负责：%s。这里待命，它停下后自动接手。", strings.Join(what, "、"), who))
	}
	slices.Sort(lines)
	text := strings.Join(lines, "\n")
	if last := b.elsewhere.Swap(&text); last == nil && text == "" || last != nil && *last == text {
		return
	}
	b.log.Info("leases", "elsewhere", look.Elsewhere)
	if b.guide != nil && text != "" {
		b.guide.sayOnce(text)
	}
}

// dutyName is what people call what a lease is for.
func dutyName(name string) string {
	if name == leaseJobs {
		return "定时任务"
	}
	return health.Network(name)
}

// inherited tells the administrators that another process did not answer any more, and who does its work now.
func (b *Bot) inherited(tx *store.Tx, from store.Worker, names []string) error {
	b.log.Warn("took over", "from", from.Name, "leases", names)
	var what []string
	for _, name := range names {
		what = append(what, dutyName(name))
	}
	host, _ := os.Hostname()
	text := fmt.Sprintf("【接手】%s上的 duban 没有响应，%s已由 %s 上的接手，不用重发。请看看那台电脑", from.Name, strings.Join(what, "、"), host)
	for _, c := range b.register().ChatsFor(issue.ForAdmin) {
		if err := tx.Send(store.Out{To: store.ToChat(c.ID), Text: text, Dedup: "takeover/" + from.ID + "/" + c.ID}); err != nil {
			return err
		}
	}
	return nil
}

// speaks says whether this process tells people about what all processes notice alike.
func (b *Bot) speaks() bool { return b.leases.Held(leaseJobs) }

// runJobs runs the jobs whenever their lease is here. ready says that slots which passed meanwhile were made up for already.
func (b *Bot) runJobs(ctx context.Context, ready bool) error {
	return b.leases.Hold(ctx, leaseJobs, func(ctx context.Context) error {
		if !ready {
			b.jobs.Forget()
			if err := b.jobs.CatchUp(ctx, b.Now()); err != nil {
				b.log.Error("catching up jobs", "err", err)
			}
		}
		ready = false
		b.jobs.Start(ctx)
		return nil
	})
}

// runChannel runs a channel whenever its lease is here. ready says that what is open on it is being answered already.
func (b *Bot) runChannel(ctx context.Context, c chat.Channel, ready bool) error {
	err := b.leases.Hold(ctx, c.Name(), func(ctx context.Context) error {
		if !ready {
			b.states.Add(c.Name(), b.Now())
			b.rebound(ctx)
			if err := b.takeUp(ctx, func(channel string) bool { return channel == c.Name() }); err != nil {
				b.log.Error("taking up open messages", "channel", c.Name(), "err", err)
			}
			b.outbox.inherit(c)
		}
		ready = false
		err := c.Run(ctx, b)
		if err == nil && !b.leases.Holds(c.Name()) {
			b.states.Set(chat.Status{Channel: c.Name(), State: chat.StateOffline, Text: "已停下：数据库没有答复，或由另一个 duban 接手"}, b.Now())
		}
		return err
	})
	if err == nil {
		return nil
	}
	b.states.Set(chat.Status{Channel: c.Name(), State: chat.StateStopped, Text: err.Error()}, b.Now())
	b.log.Error("channel stopped", "channel", c.Name(), "err", err)
	b.again(ctx) // what it was to carry goes another way
	return fmt.Errorf("%s：%w", c.Name(), err)
}
