package web

import (
	"context"
	"sync"
	"time"

	"duban/internal/files"
	"duban/internal/health"
	"duban/internal/intake"
	"duban/internal/store"
)

// Lent is what the dashboard asks of the running program.
type Lent struct {
	Channels func() []health.Channel
	// Plans lists the jobs of the schedule, with the next slot of each.
	Plans func() []Plan
	// Again makes up for a slot of a job that failed or was missed, in the given transaction. Its refusals are of package issue.
	Again func(tx *store.Tx, job string, slot time.Time, by string) error
	// Poke makes the outbox look for what is due.
	Poke func()
	// Present says whether the keys of a channel's login are still good, as far as is known.
	Present func(channel, session string) bool
	// Rebound makes the program read again who is who.
	Rebound func(ctx context.Context) error
	// Heard is when a person last said something to the bot; zero if they have not since the program's start.
	Heard  func(person string) time.Time
	Config ConfigFile
	// KeepSheet keeps the original of a spreadsheet and gives its path below the media folder.
	KeepSheet func(s *intake.Sheet, data []byte) (string, error)
	// Send queues messages that follow from something; at night they wait for the morning.
	Send func(tx *store.Tx, outs []store.Out) error
	// Files makes ledgers, and what goes along with publications.
	Files func() *files.Maker
}

// Plan is a job of the schedule.
type Plan struct {
	Name, Title string
	Tells       string    // who hears of a run; "" if nobody does
	Again       bool      // a slot that failed or was missed can be made up for
	Next        time.Time // zero: never
}

// seen remembers, while the program runs, when people last opened a page.
type seen struct{ last sync.Map }

func (s *seen) note(person string, now time.Time) { s.last.Store(person, now) }

func (s *seen) at(person string) time.Time {
	at, _ := s.last.Load(person)
	t, _ := at.(time.Time)
	return t
}
