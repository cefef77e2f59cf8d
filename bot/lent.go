package bot

import (
	"context"
	"sync"
	"time"

	"duban/handlers"
	"duban/internal/chat"
	"duban/internal/files"
	"duban/internal/intake"
	"duban/internal/store"
	"duban/internal/web"
	"duban/jobs"
)

// lentJobs is what commands ask of the jobs.
func lentJobs(t *jobs.Timetable) handlers.Jobs {
	lent := handlers.Jobs{Again: t.Again}
	for _, p := range t.Plans(time.Time{}) {
		lent.List = append(lent.List, handlers.Job{Name: p.Name, Title: p.Title, Again: p.Again})
	}
	return lent
}

// lent is what the dashboard asks of the running program.
func (b *Bot) lent() web.Lent {
	return web.Lent{
		Channels: b.states.List,
		Plans: func() []web.Plan {
			var out []web.Plan
			for _, p := range b.timetable().Plans(b.Now()) {
				out = append(out, web.Plan(p))
			}
			return out
		},
		Again: func(tx *store.Tx, job string, slot time.Time, by string) error {
			return b.timetable().Again(tx, job, slot, by)
		},
		Poke:      b.outbox.poke,
		Present:   b.names.current,
		Rebound:   func(ctx context.Context) error { return b.names.reload(ctx, b.store) },
		Heard:     b.heard.at,
		Config:    b.configFile(),
		KeepSheet: func(s *intake.Sheet, data []byte) (string, error) { return b.edition().keep(s, data) },
		Send:      b.later,
		Files:     func() *files.Maker { return b.edition().files },
	}
}

// later queues messages for others; at night they wait for the morning.
func (b *Bot) later(tx *store.Tx, outs []store.Out) error {
	cal := b.edition().world.Cal
	for _, o := range outs {
		if err := tx.Send(atNight(o, cal, tx.Now())); err != nil {
			return err
		}
	}
	return nil
}

// current is present for who does not hold the lock.
func (n *bindings) current(channel, session string) bool {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.present(channel, session)
}

// heard remembers, while the program runs, when people last said something to the bot. What they say among themselves is none of
// its business.
type heard struct{ last sync.Map }

func (h *heard) note(person string, now time.Time) {
	if person != "" {
		h.last.Store(person, now)
	}
}

// at is when a person last said something to the bot; zero if they have not since the program's start.
func (h *heard) at(person string) time.Time {
	at, _ := h.last.Load(person)
	t, _ := at.(time.Time)
	return t
}

// hear notes who has said something to the bot.
func (b *Bot) hear(m chat.Message) { b.heard.note(b.identify(b.edition(), m).person.ID, b.Now()) }
