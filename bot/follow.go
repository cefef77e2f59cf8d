package bot

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"duban/internal/config"
	"duban/internal/issue"
	"duban/internal/store"
)

// What a reload says of its cause where it was no person.
const (
	bySaving = "文件有改动"
	bySignal = "收到重载信号"
	byStart  = "重新启动"
)

// calm is how long a file must not have changed before it is read, so that a half-written one is not; an editor that goes on writing is
// waited for at most patience. So long, too, a file may be missing or empty while it is replaced.
const (
	calm     = 200 * time.Millisecond
	patience = 25 * calm
)

// follower notices that the configuration's file was changed, and tells the administrators what becomes of it.
type follower struct {
	bot     *Bot
	changed chan struct{}
	refused string // the hash of the text that was complained about last
}

// follow reloads the configuration whenever its file changes, and when the program is told to, until ctx ends.
func (b *Bot) follow(ctx context.Context) {
	if b.started.File == "" {
		return
	}
	f := &follower{bot: b, changed: make(chan struct{}, 1)}
	stop := f.watch(ctx)
	defer stop()
	signals := make(chan os.Signal, 1)
	defer hangups(signals)()
	f.poke() // it may have changed between its reading and now
	f.run(ctx, signals)
}

func (f *follower) run(ctx context.Context, signals <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
			f.refused = ""
			if f.settled(ctx) { // it may be being saved at this moment
				f.reload(ctx, bySignal)
			}
		case <-f.changed:
			if f.settled(ctx) {
				f.reload(ctx, bySaving)
			}
		}
	}
}

func (f *follower) poke() {
	select {
	case f.changed <- struct{}{}:
	default:
	}
}

// watch listens to the folder, because editors put a new file in the place of the old one. Where the system cannot do that the
// command and the signal are left.
func (f *follower) watch(ctx context.Context) (stop func()) {
	file := f.bot.started.File
	w, err := fsnotify.NewWatcher()
	if err == nil {
		err = w.Add(filepath.Dir(file))
	}
	if err != nil {
		f.bot.log.Error("configuration is not watched", "file", file, "err", err)
		return func() {}
	}
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case err, open := <-w.Errors: // events may have been lost
				if !open {
					return
				}
				f.bot.log.Warn("watching the configuration", "err", err)
				f.poke()
			case e, open := <-w.Events:
				if open && filepath.Base(e.Name) == filepath.Base(file) { // not an editor's copies beside it
					f.poke()
				}
			}
		}
	}()
	return func() { _ = w.Close() }
}

// settled waits until the file has not changed for a moment and there is something in it; false when ctx has ended.
func (f *follower) settled(ctx context.Context) bool {
	for waited := time.Duration(0); waited < patience; waited += calm {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(calm):
		}
		info, err := os.Stat(f.bot.started.File)
		select {
		case <-f.changed:
		default:
			if err == nil && info.Size() > 0 {
				return true
			}
		}
	}
	return true
}

// reload reloads a text that is new, and tells the administrators once what is wrong with it.
func (f *follower) reload(ctx context.Context, by string) {
	text, _ := os.ReadFile(f.bot.started.File) // what cannot be read is like an empty file here; Reload says what is wrong
	sum := fmt.Sprintf("%x", sha256.Sum256(text))
	if f.bot.edition().sameText(text) {
		f.refused = ""
		f.bot.rebound(ctx) // duban directory touches the file
		return
	}
	if sum == f.refused {
		return
	}
	said, err := f.bot.Reload(ctx, by)
	if err == nil {
		f.refused = ""
		f.bot.log.Info("configuration reloaded", "by", by, "text", said)
		return
	}
	f.bot.log.Error("configuration not reloaded", "by", by, "err", err)
	if _, own := issue.AsError(err); !own || !f.bot.speaks() {
		return
	}
	cause := err
	err = f.bot.store.Write(ctx, f.bot.Now(), func(tx *store.Tx) error {
		if err := tx.Audit("", "config_refused", by+"\n"+cause.Error()); err != nil {
			return err
		}
		return tellAdmins(tx, f.bot.register(), "", "【配置】"+strings.TrimPrefix(cause.Error(), "配置"))
	})
	if err != nil {
		f.bot.log.Error("configuration not reloaded", "by", by, "err", err)
		return
	}
	f.refused = sum
	f.bot.outbox.poke()
}

// lastFile is where the text is kept that the program last went by: beside the database, readable by its owner alone, for there may
// be secrets in it.
func lastFile(cfg *config.Config) string {
	return filepath.Join(cfg.Storage.Folder(), "config.last.yaml")
}

// remember keeps the text that counts from now on.
func (b *Bot) remember(text []byte) {
	path := lastFile(b.started)
	if last, err := os.ReadFile(path); err == nil && bytes.Equal(last, text) {
		return
	}
	if err := config.Replace(path, text, 0o600); err != nil {
		b.log.Error("configuration not kept", "file", path, "err", err)
	}
}

// lastConfig reads what the program last went by; nil if it never ran, or if that cannot be read any more.
func lastConfig(cfg *config.Config) *config.Config {
	text, err := os.ReadFile(lastFile(cfg))
	if err != nil {
		return nil
	}
	last, err := config.Parse(cfg.File, text)
	if err != nil {
		return nil
	}
	return last
}

// compare tells the administrators, at a start, what the configuration says otherwise than at the last one, and what it lacks that is still
// needed: it was not refused, for then there would be no bot.
func (b *Bot) compare(ctx context.Context) {
	if b.started.File == "" {
		return
	}
	cfg, text, err := config.LoadText(b.started.File)
	if err != nil || len(config.Diff(b.started, cfg).Lines) > 0 {
		return // it was changed since this start read it, and will be reloaded in a moment
	}
	e := *b.edition()
	e.text = text
	if last := lastConfig(b.started); last != nil && !b.clock.story {
		err = b.store.Write(ctx, b.Now(), func(tx *store.Tx) error { return b.sinceLast(tx, last, &e) })
	}
	if err != nil {
		b.log.Error("configuration not compared", "err", err)
		return
	}
	b.live.Store(&e)
	b.remember(text)
}

func (b *Bot) sinceLast(tx *store.Tx, last *config.Config, e *edition) error {
	d := config.Diff(last, e.cfg)
	for i, line := range d.Lines {
		d.Lines[i] = strings.ReplaceAll(line, config.AfterRestart, "")
	}
	if len(d.Lines) > 0 {
		if err := record(tx, last.Schedule, e, d, byStart, ""); err != nil {
			return err
		}
	}
	needed, err := stillNeeded(tx, last.Register(), e.world.Reg)
	if err != nil || len(needed) == 0 {
		return err
	}
	return tellAdmins(tx, e.world.Reg, "", "【配置】少了还在用的单位或人，请尽快加回来：\n"+strings.Join(needed, "\n"))
}
