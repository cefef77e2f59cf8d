package bot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"duban/internal/alert"
	"duban/internal/config"
	"duban/internal/health"
	"duban/internal/store"
)

// The pace of looking at the program itself; every so many looks the database is written for trial.
const (
	lookEvery  = 15 * time.Second
	probeEvery = 4
)

// watch looks at the program until ctx ends, for the checks from outside, the figures and the alerts.
func (b *Bot) watch(ctx context.Context) {
	t := time.NewTicker(lookEvery)
	defer t.Stop()
	var clock steady
	clock.look(b.Now())
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if by := clock.look(b.Now()); by != 0 {
				b.jumped(ctx, by)
			}
			b.look(ctx, n%probeEvery == 0)
		}
	}
}

// look takes a look. Probe says that the database is to be written for trial; otherwise the last trial counts.
func (b *Bot) look(ctx context.Context, probe bool) {
	e, now := b.edition(), b.Now()
	s := health.State{At: now, Started: b.begun, DiskFree: leastFree(e.cfg.Storage.Folder(), e.cfg.Storage.Media), Backups: e.cfg.Schedule.Backup != config.Off}
	if last := b.seen.Load(); last != nil {
		s.Written, s.Unwritten = last.Written, last.Unwritten
	}
	if probe {
		if s.Unwritten = b.store.Probe(ctx, now); s.Unwritten == nil {
			s.Written = now
		}
	}
	s.Unread = b.store.Read(ctx, now, func(tx *store.Tx) (err error) {
		if s.Load, err = tx.Load(); err != nil {
			return err
		}
		if s.Runs, err = tx.LatestRuns(slices.Sorted(maps.Keys(e.titles()))); err != nil {
			return err
		}
		run, found, err := tx.LatestDone("backup")
		if found {
			s.Backup = run.Slot
		}
		return err
	})
	if ctx.Err() != nil {
		return // the end of the program is no trouble of the database
	}
	if err := errors.Join(s.Unwritten, s.Unread); err != nil {
		b.log.Error("the database cannot be used", "err", err)
	}
	s.Load.Bytes = b.store.Size(ctx)
	b.seen.Store(&s)
}

// leastFree is how many bytes are free on the fullest of the disks of these folders; negative if that is not known.
func leastFree(folders ...string) int64 {
	least := int64(-1)
	for _, folder := range folders {
		if free, err := health.DiskFree(folder); err == nil && (least < 0 || free < least) {
			least = free
		}
	}
	return least
}

// health is the newest look, with the channels as they are at this moment.
func (b *Bot) health() health.State {
	s := b.seen.Load()
	if s == nil {
		return health.State{}
	}
	now := *s
	now.Channels = b.states.List()
	for _, name := range b.leases.Wants() {
		now.Leases = append(now.Leases, health.Lease{Name: name, Here: b.leases.Holds(name)})
	}
	if j := b.jump.Load(); j != nil {
		now.Jump, now.JumpAt = j.by, j.at
	}
	return now
}

// titles are the names of the jobs for people.
func (e *edition) titles() map[string]string {
	out := map[string]string{}
	for _, p := range e.timetable.Plans(time.Time{}) {
		out[p.Name] = p.Title
	}
	return out
}

// alerts tells people outside of the chat what is wrong, until ctx ends.
func (b *Bot) alerts(ctx context.Context) {
	file := b.edition().cfg.Storage.Beside(".alerts.json")
	alert.New(file, func() alert.Settings {
		e := b.edition()
		set := alertSettings(e.cfg, e.titles())
		if !b.speaks() {
			set.Ways = nil
		}
		return set
	}, b.health, b.log).Run(ctx)
}

// alertSettings is what a configuration says about alerts.
func alertSettings(cfg *config.Config, titles map[string]string) alert.Settings {
	a := cfg.Alerts
	s := alert.Settings{Campaign: cfg.Campaign.Name, Limits: alert.Limits{
		OfflineAfter: a.OfflineAfter, DiskFree: int64(a.DiskFreeMB) << 20, PerHour: a.PerHour, Jobs: titles, Zone: cfg.Location(),
	}}
	if !a.Webhook.IsZero() {
		s.Ways = append(s.Ways, alert.NewWebhook(a.Webhook.Reveal(), a.Format))
	}
	if m := a.Email; m.Server != "" {
		s.Ways = append(s.Ways, &alert.Email{Server: m.Server, From: m.From, To: m.To, User: m.User, Password: m.Password.Reveal()})
	}
	return s
}

// ErrNoAlerts says that a configuration has no way for alerts.
var ErrNoAlerts = errors.New("配置里没有设置告警（alerts.webhook 或 alerts.email），机器人掉线或被封时没有人知道")

// TestAlert sends a test message by every way that a configuration names, and gives a line for each. The error is nil if all worked.
func TestAlert(ctx context.Context, cfg *config.Config, now time.Time) (lines []string, err error) {
	set := alertSettings(cfg, nil)
	if len(set.Ways) == 0 {
		return nil, ErrNoAlerts
	}
	results := alert.Test(ctx, set, now)
	for _, name := range slices.Sorted(maps.Keys(results)) {
		if failed := results[name]; failed != nil {
			lines = append(lines, fmt.Sprintf("alerts.%s：没有送到", name))
			err = errors.Join(err, fmt.Errorf("alerts.%s：%w", name, failed))
			continue
		}
		lines = append(lines, fmt.Sprintf("alerts.%s：已送出，请看收到没有", name))
	}
	return lines, err
}
