package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"duban/handlers"
	"duban/internal/config"
	"duban/internal/issue"
	"duban/internal/store"
)

// replacing runs fn in a writing transaction in which it may put another edition in the place of the present one. That counts for
// every transaction after this one, if this one is kept.
func (b *Bot) replacing(ctx context.Context, now time.Time, fn func(tx *store.Tx, replace func(*edition)) error) error {
	var from, to *edition
	err := b.store.Write(ctx, now, func(tx *store.Tx) error {
		from, to = b.edition(), nil
		if err := fn(tx, func(e *edition) { to = e }); err != nil || to == nil {
			return err
		}
		b.live.Store(to)
		return nil
	})
	switch {
	case to == nil:
	case err != nil:
		b.live.CompareAndSwap(to, from)
	default:
		b.log.Info("configuration", "file", b.started.File, "units", len(to.cfg.Units), "people", len(to.cfg.People))
		b.remember(to.text)
		b.rebound(ctx)
	}
	return err
}

// rebound reads the bindings again: another program may have bound people.
func (b *Bot) rebound(ctx context.Context) {
	if err := b.names.reload(context.WithoutCancel(ctx), b.store); err != nil {
		b.log.Error("bindings not read again", "err", err)
	}
}

// Reload reads the configuration's file again. All that it describes is built before any of it counts; a file with faults, and one that
// takes away what is still needed, leave the present configuration in force. by is a person's id, or what else made it happen, in
// words. The text says what changed; an error that is an *issue.Error says in words what has to be mended. The administrators'
// groups are told what changed, in the transaction that records it.
func (b *Bot) Reload(ctx context.Context, by string) (text string, err error) {
	err = b.replacing(ctx, b.Now(), func(tx *store.Tx, replace func(*edition)) (err error) {
		text, err = b.controls(replace).Reload(tx, by, "")
		return err
	})
	b.outbox.poke()
	return text, err
}

// controls are lent to commands; replace takes the edition that a reload makes.
func (b *Bot) controls(replace func(*edition)) handlers.Controls {
	return handlers.Controls{Reload: func(tx *store.Tx, by string, here store.Target) (string, error) {
		if b.started.File == "" {
			return "", issue.Fail(issue.CodeState, "这里没有配置文件，不能重载", "正式运行时，改好 config.yaml 保存就生效")
		}
		cfg, text, err := config.LoadText(b.started.File)
		if err != nil {
			return "", faulty(err)
		}
		e, d, err := b.next(tx, cfg, text)
		if err != nil {
			return "", err
		}
		if _, asked := e.world.Reg.Person(by); len(d.Lines) > 0 && (asked || b.speaks()) { // a file that changed is noticed by all processes
			err = record(tx, b.edition().cfg.Schedule, e, d, by, here)
		}
		replace(e)
		return told(d), err
	}}
}

// mostFaults are the faults that a message lists.
const mostFaults = 10

// faulty puts the faults of a file into an error for whoever wrote it.
func faulty(err error) error {
	text := err.Error()
	if e, ok := errors.AsType[*config.Errors](err); ok {
		text = e.Brief(mostFaults)
	}
	return issue.Fail(issue.CodeInput, "配置有误，没有生效，仍按原来的运行。请改好再保存：\n"+text, "")
}

// next builds the edition of a new configuration, and refuses one that takes away what is still needed. What needs a restart stays.
func (b *Bot) next(tx *store.Tx, cfg *config.Config, text []byte) (*edition, config.Difference, error) {
	now := b.edition()
	kept := b.started.Keep(cfg)
	p := now.painter
	if kept.Pictures.Font != now.cfg.Pictures.Font {
		p = painter(kept.Pictures.Font)
	}
	if _, err := p(); err != nil {
		return nil, config.Difference{}, faulty(err)
	}
	e, err := newEdition(kept, b.store, p, b.shared)
	if err != nil {
		return nil, config.Difference{}, faulty(err)
	}
	needed, err := stillNeeded(tx, now.world.Reg, e.world.Reg)
	if err == nil && len(needed) > 0 {
		err = issue.Fail(issue.CodeState, "配置没有生效，仍按原来的运行：\n"+strings.Join(needed, "\n"), "")
	}
	e.file, e.text, e.timetable = cfg, text, e.timetable.From(tx.Now())
	d := config.Diff(now.file, cfg)
	known := now.file.Warnings(tx.Now())
	for _, w := range cfg.Warnings(tx.Now()) {
		if !slices.Contains(known, w) {
			d.Warnings = append(d.Warnings, w)
		}
	}
	return e, d, err
}

// told is what a reload says to whoever asked for it.
func told(d config.Difference) string {
	if len(d.Lines) == 0 {
		return "配置" + config.Unchanged
	}
	return "配置已生效：\n" + d.Text()
}

// record records that a configuration counts from now on, and tells the administrators' groups, but for the conversation that is answered.
func record(tx *store.Tx, before config.Schedule, e *edition, d config.Difference, by string, here store.Target) error {
	who := by
	if p, ok := e.world.Reg.Person(by); ok {
		who = p.Name
	} else {
		by = ""
	}
	if err := tx.Audit(by, "config", who+"\n"+d.Text()); err != nil {
		return err
	}
	if err := changedTimes(tx, before, e.cfg.Schedule); err != nil {
		return err
	}
	return tellAdmins(tx, e.world.Reg, here, "【配置】已生效（"+who+"）：\n"+d.Text())
}

// tellAdmins tells the administrators' groups, but for the conversation that is answered.
func tellAdmins(tx *store.Tx, reg *issue.Register, here store.Target, text string) error {
	for _, c := range reg.ChatsFor(issue.ForAdmin) {
		if to := store.ToChat(c.ID); to != here {
			if err := tx.Send(store.Out{To: to, Text: text}); err != nil {
				return err
			}
		}
	}
	return nil
}

// changedTimes notes in the ledger which jobs have other times from now on, so that no start makes up for a slot that a job had not
// got at the time.
func changedTimes(tx *store.Tx, before, after config.Schedule) error {
	was := before.Jobs()
	for _, j := range after.Jobs() {
		if slices.Contains(was, j) {
			continue
		}
		if _, err := tx.ClaimRun(j.Name, tx.Now(), store.RunChanged, j.Spec); err != nil {
			return err
		}
	}
	return nil
}

// stillNeeded tells which units and persons of a register are not in the next one although somebody still has to do something
// there: nobody would be reminded of it any more. Places and categories may go: an issue keeps their names.
func stillNeeded(tx *store.Tx, before, after *issue.Register) (lines []string, err error) {
	for _, u := range before.Units {
		if _, stays := after.Unit(u.ID); stays {
			continue
		}
		own, err := openIssues(tx, store.Filter{Unit: u.ID})
		if err != nil {
			return nil, err
		}
		first, err := openIssues(tx, store.Filter{First: u.ID})
		if err != nil {
			return nil, err
		}
		switch {
		case len(own) > 0:
			lines = append(lines, fmt.Sprintf("%s还有 %d 件没有销号：%s，不能删。请先改派，或保留这个单位", u.Name, len(own), numbers(own)))
		case len(first) > 0:
			lines = append(lines, fmt.Sprintf("%s改派出去的 %d 件新单位还没有签收：%s，不能删。请等新单位签收，或保留这个单位", u.Name, len(first), numbers(first)))
		}
	}
	for _, p := range before.People {
		if _, stays := after.Person(p.ID); stays {
			continue
		}
		line, err := owedBy(tx, p)
		if err != nil {
			return nil, err
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// owedBy tells what a person still has to do, or waits for; "" if nothing.
func owedBy(tx *store.Tx, p issue.Person) (string, error) {
	own, err := openIssues(tx, store.Filter{Assignee: p.ID})
	if err != nil {
		return "", err
	}
	var parts []string
	if len(own) > 0 {
		parts = append(parts, fmt.Sprintf("%d 件没有销号：%s", len(own), numbers(own)))
	}
	for _, kind := range []struct {
		filter store.Filter
		his    func(issue.Issue) bool
		text   string
	}{
		{store.Filter{Requested: true}, func(i issue.Issue) bool { return i.Request.By == p.ID }, "申请没有批复"},
		{store.Filter{Drawn: true}, func(i issue.Issue) bool { return i.LookBackBy == p.ID }, "回头看没有做"},
	} {
		list, err := tx.Issues(kind.filter)
		if err != nil {
			return "", err
		}
		list = slices.DeleteFunc(list, func(i issue.Issue) bool { return !kind.his(i) })
		if len(list) > 0 {
			parts = append(parts, fmt.Sprintf("%d 件%s：%s", len(list), kind.text, numbers(list)))
		}
	}
	if len(parts) == 0 {
		return "", nil
	}
	return fmt.Sprintf("%s还有 %s，不能删。请先办完或改派，或保留这个人", p.Name, strings.Join(parts, "；")), nil
}

// openIssues are the issues that a filter chooses and that are not over.
func openIssues(tx *store.Tx, f store.Filter) ([]issue.Issue, error) {
	f.Statuses = issue.OpenStatuses()
	return tx.Issues(f)
}

// mostNumbers are the issues that a line lists.
const mostNumbers = 8

// numbers lists issues: #12、#15、#17.
func numbers(list []issue.Issue) string {
	slices.SortFunc(list, func(a, b issue.Issue) int { return int(a.ID - b.ID) })
	var out []string
	for _, i := range list[:min(len(list), mostNumbers)] {
		out = append(out, fmt.Sprintf("#%d", i.ID))
	}
	text := strings.Join(out, "、")
	if len(list) > mostNumbers {
		text += " 等"
	}
	return text
}

// sameText says whether an edition was read from this text.
func (e *edition) sameText(text []byte) bool { return e.text != nil && bytes.Equal(e.text, text) }
